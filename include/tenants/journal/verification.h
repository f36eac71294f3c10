/*
 * The record of a `tenants verify` in the journal says what was compared when, and what was found.
 *
 * A verification may go on beside a run, and must not disturb it. So it takes no lock of the
 * journal. It writes at its beginning, when it found a difference, and at its end, each in one
 * short transaction to each file of the source (--shard makes several). At its beginning it
 * notes all that the journal covers. A run takes out of that what it forgets and copies again; the
 * verification takes out, at its end, what differs. Only what is left then was compared and found
 * whole: see `compared`, `difference` and `verification` in
 * src/tenants/journal/tables_3.sql.
 *
 * A record that can't be kept (a state directory that is only read) costs a warning, and no more.
 */
#ifndef TENANTS_JOURNAL_VERIFICATION_H
#define TENANTS_JOURNAL_VERIFICATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "tenants/journal/journal.h"
#include "tenants/plan/plan.h"
#include "tenants/plan/range.h"
#include "tenants/plan/settings.h"

struct verification;

/*
 * Begins a record. `command` is the command line, `filters` the options in it that leave something
 * out ("" for none); neither has a password in it. A repair passes the journal that it writes,
 * which must outlive the verification; others pass NULL. Must be called before the coverage that is
 * compared is loaded.
 */
struct verification *verification_begin(const struct settings *settings, struct journal *journal,
                                        const char *command, const char *filters);
void verification_free(struct verification *verification);
/* Is the record kept? It isn't where a warning was given. */
bool verification_is_kept(const struct verification *verification);

/* The functions below do nothing where `verification` is NULL or isn't kept. */

/* Takes out what the plan leaves out: it isn't compared. */
void verification_limit(struct verification *verification, const struct plan *plan);
/* Notes that a window isn't whole: the target lacks `missing` values, and `different` ones are
 * others there; or it couldn't be compared (0, 0). */
void verification_not_whole(struct verification *verification, const struct journal_entry *entry,
                            const char *words, int64_t missing, int64_t different);

struct verification_end {
    int status;        /* exit status */
    const char *words; /* why it ended early; NULL: it didn't */
    int64_t values_verified;
    int64_t points_repaired;
};
void verification_end(struct verification *verification, const struct verification_end *end,
                      const struct journal_progress *progress);

/* A verification, as the journal holds it. */
struct verification_record {
    int64_t token, pid;
    int64_t started_ns, ended_ns; /* ended_ns 0: the verification was killed, or goes on */
    int status;                   /* exit status; -1: none yet */
    char *words, *command, *filters;
    bool deep, repair;
    bool part;    /* it left something out that the journal held */
    bool running; /* a process is at work on it */
    int64_t cutoff_ns;
    struct range range;
    int64_t tenants_total, windows_total, windows_done, windows_failed;
    int64_t values_verified, values_missing, points_repaired;
    int64_t values_different; /* -1: an older version counted them in values_missing */
};

struct verification_list {
    struct verification_record *items; /* the newest first */
    size_t count, alloc;
};

/* Did the verification come to its end? Only then it tells what it found whole. */
bool verification_is_complete(const struct verification_record *record);
/* Reads the newest verifications, at most `max`. `list` must be zero; release it in any case. */
int verification_read(struct verification_list *list, struct journal *journal, size_t max,
                      struct err *err);
void verification_list_release(struct verification_list *list);

#endif
