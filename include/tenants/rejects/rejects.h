/*
 * The reject file: points that their targets refused, in line protocol, with the reason.
 *
 * One file for each source, beside its journals in the state directory, mode 0600. It is what is
 * still to do: its points are written again by the next run before anything else, and those that
 * are taken leave it. So a person may mend the target, or the lines in place, and run again; or
 * write them by other means and take the file away. It is the stock client's own format as well:
 * `influx -import -path FILE -precision ns`.
 *
 * A section begins with comments (tenant, target, database, policy, reason), then come its lines,
 * then "# END": what a crash cut off ends without it. A point stands in the file once. Several
 * processes may add to it; a lock on a file beside it keeps them apart. It may be large: it is read
 * and written in parts, and what stands in it is known on the disk, not in memory.
 */
#ifndef TENANTS_REJECTS_REJECTS_H
#define TENANTS_REJECTS_REJECTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "influx/refusal.h"
#include "tenants/plan/plan.h"
#include "tenants/plan/settings.h"
#include "tenants/servers/servers.h"

struct rejects;

/* Touches no file. */
struct rejects *rejects_new(const struct settings *settings);
void rejects_free(struct rejects *rejects);
const char *rejects_path(const struct rejects *rejects);

/* Whose points they are. All borrowed. `place` is the target as the journal knows it. */
struct rejects_owner {
    const char *tenant, *place, *database, *policy;
};

/*
 * Adds those that aren't there yet; `ret_new` is their number. ERR_CONFIG where the file can't be
 * written, ERR_FAILED where it is full (1 GiB), or would leave too little on its disk for others;
 * ERR_INTERRUPTED after a stop signal, where another process has the file for long.
 */
int rejects_add(struct rejects *rejects, const struct rejects_owner *owner,
                const struct refusals *refusals, int64_t *ret_new, struct err *err);
/* Makes what was added durable. */
int rejects_sync(const struct rejects *rejects, struct err *err);

/* A section, or a part of a long one, as it stands in the file. All borrowed; "" for a comment that
 * isn't there. */
struct rejects_section {
    struct rejects_owner owner;
    const char *words;
    const char *lines;
    size_t len;
    int64_t points;
    int64_t start; /* in the file: of the section, or of the part */
};

/* Calls `each` for all, in the file's order; a file that isn't there has none. */
int rejects_each(const struct rejects *rejects,
                 void (*each)(void *context, const struct rejects_section *section), void *context,
                 struct err *err);

/* The same, with all sections of a tenant, target and reason as one, without their lines. */
int rejects_summary(const struct rejects *rejects,
                    void (*each)(void *context, const struct rejects_section *section),
                    void *context, struct err *err);

/*
 * Writes the points of the plan's tenants to their servers again, and keeps those that are refused
 * again. `ret_taken` is the number of points that left the file: taken, or too old for their target
 * by now. What else goes wrong with a write leaves its points where they are. ERR_INTERRUPTED after
 * a stop signal, ERR_CONFIG where the file can't be read or written.
 */
int rejects_retry(struct rejects *rejects, const struct plan *plan, struct servers *servers,
                  int64_t *ret_taken, struct err *err);

/* How many points of the plan's tenants stand in the file. */
int rejects_count(const struct rejects *rejects, const struct plan *plan, int64_t *ret_points,
                  struct err *err);

#endif
