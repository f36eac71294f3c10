/*
 * The reject file: points that their targets refused, in line protocol, with the reason.
 *
 * Each source has one file, beside its journals in the state directory, mode 0600. The file is a
 * list of work: the next run writes its points again before anything else, and takes out those that
 * their targets accept. So a person may mend the target, or mend the lines in the file, and run
 * again; or write the points by other means, and delete the file. The stock client reads the file
 * as well: `influx -import -path FILE -precision ns`.
 *
 * A section begins with comments (tenant, target, database, policy, kind, reason), goes on with
 * lines of points, and ends in "# END". A section without "# END" is one that a crash cut off. A
 * point stands in the file once. Several processes may add to the file; a lock on a second file
 * keeps them apart. The file may be larger than memory: it is read and written in parts, and the
 * set of its points is kept on the disk.
 */
#ifndef TENANTS_REJECTS_REJECTS_H
#define TENANTS_REJECTS_REJECTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "influx/refusal.h"
#include "tenants/journal/failure.h"
#include "tenants/journal/journal.h"
#include "tenants/plan/plan.h"
#include "tenants/plan/settings.h"
#include "tenants/servers/servers.h"

struct rejects;

/* Only makes the value: opens no file. Free it by rejects_free(). */
struct rejects *rejects_new(const struct settings *settings);
void rejects_free(struct rejects *rejects);
const char *rejects_path(const struct rejects *rejects);

/* The owner of refused points. All borrowed. `target` is the target's name in the journal, as in
 * struct plan_tenant; `target_policy` is its retention policy. */
struct rejects_owner {
    const char *tenant, *target, *database, *target_policy;
};

/*
 * Adds the points that aren't in the file yet; `ret_new` is their number. ERR_CONFIG where the file
 * can't be written. ERR_FAILED where the file is full (1 GiB), or its disk nearly. ERR_INTERRUPTED
 * after a stop signal while another process holds the lock.
 */
int rejects_add(struct rejects *rejects, const struct rejects_owner *owner,
                const struct refusals *refusals, int64_t *ret_new, struct err *err);
/* Returns when the points that were added are on the disk. */
int rejects_sync(const struct rejects *rejects, struct err *err);

/* A section, or a part of a long one, as it stands in the file. All borrowed; a comment that is
 * missing is "". */
struct rejects_section {
    struct rejects_owner owner;
    enum failure_kind kind;
    const char *words; /* the reason */
    const char *lines; /* `len` bytes, whole lines */
    size_t len;
    int64_t points;
    int64_t start; /* the byte of the file where the section, or the part, begins */
};

/* Calls `each` for every section, in the file's order. A file that isn't there has none. */
int rejects_each(const struct rejects *rejects,
                 void (*each)(void *context, const struct rejects_section *section), void *context,
                 struct err *err);

/* Calls `each` once for every tenant, target and reason, with the sum of the points and without
 * lines and kind. */
int rejects_summary(const struct rejects *rejects,
                    void (*each)(void *context, const struct rejects_section *section),
                    void *context, struct err *err);

/*
 * Writes the points of the plan's tenants to their servers again. Points that are accepted leave
 * the file, and so do points that the target wouldn't keep any more; `ret_taken` is the number of
 * both. Points that are refused again, or whose write fails otherwise, stay. ERR_INTERRUPTED after
 * a stop signal, ERR_CONFIG where the file can't be read or written.
 */
int rejects_retry(struct rejects *rejects, const struct plan *plan, struct servers *servers,
                  int64_t *ret_taken, struct err *err);

/* Counts the points of the plan's tenants in the file. */
int rejects_count(const struct rejects *rejects, const struct plan *plan, int64_t *ret_points,
                  struct err *err);

/* The time of a line of `len` bytes; 0 where it has none. */
int64_t rejects_line_time(const char *line, size_t len);

/* Counts in `found` of each of `refused` how many of its points the file still has. A person may
 * have taken the file, or lines of it, away: the journal knows what stood there. The file doesn't
 * tell the source's policies apart: lines of one may stand for those of another one, of the same
 * tenant, target, measurement and time. */
int rejects_find(const struct rejects *rejects, struct journal_refusals *refused, struct err *err);

#endif
