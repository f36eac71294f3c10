/*
 * The journal says what is done. It is an SQLite file in the state directory, one for each source
 * server and database.
 *
 * It holds what is covered (merged time ranges by tenant, target and set of measurements), what
 * failed, and the runs. A window is recorded, and on the disk, before it counts as done. `status`
 * reads the journal while a run goes on. A lock on a file beside it keeps two runs apart; the lock
 * goes with the process, so that nothing stale is left. No password is ever in the journal.
 *
 * The stock client reads it: sqlite3 FILE 'SELECT * FROM coverage'. The tables are in
 * src/tenants/journal/tables_*.sql.
 */
#ifndef TENANTS_JOURNAL_JOURNAL_H
#define TENANTS_JOURNAL_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strvec.h"
#include "tenants/journal/failure.h"
#include "tenants/plan/coverage.h"
#include "tenants/plan/holding.h"
#include "tenants/plan/range.h"
#include "tenants/plan/settings.h"

struct journal;

enum journal_mode {
    JOURNAL_WRITE, /* made where it is missing; locked; refused while another process has it */
    JOURNAL_READ,  /* must be there */
};

/*
 * Opens the journal of the settings' source.
 *
 * --shard I/N divides the tenants into parts. Each part has a file of its own, so that parts run at
 * the same time. A tenant stands in one file at a time: to write, a run takes over what other files
 * hold of its tenants, and a run without --shard takes over all and deletes the files of parts. To
 * read, all of them are one.
 *
 * Returns NULL on an error: ERR_CONFIG where the state directory can't be written, the disk is
 * full, or a newer version wrote the file; ERR_FAILED where another run has it, or where there is
 * none to read.
 */
struct journal *journal_open(const struct settings *settings, enum journal_mode mode,
                             struct err *err);
void journal_close(struct journal *journal);
/* Makes a journal that is read show what was written since. One file does so by itself; several are
 * read again. */
int journal_refresh(struct journal *journal, const struct settings *settings, struct err *err);
const char *journal_path(const struct journal *journal);

/* Names a file of the settings' source in the state directory, by its suffix: ".journal". The text
 * is the caller's. */
char *journal_file(const struct settings *settings, const char *suffix);

/* Names the directory for state where --state-dir isn't given: $STATE_DIRECTORY, /var/lib, or as
 * XDG says. The text is the caller's. */
char *journal_default_directory(void);

/* Loads all that is covered. `coverage` must be zero. With `failed`, what failed counts as covered,
 * so that it isn't tried again now. */
int journal_load(struct journal *journal, struct coverage *coverage, bool failed, struct err *err);

/*
 * The functions below set up a run. Where the run is refused after all, journal_undo() undoes what
 * they forgot. The beginning of a run or a delta makes it durable, or journal_save().
 */
int journal_save(struct journal *journal, struct err *err);
void journal_undo(struct journal *journal);

/*
 * Forgets what earlier runs copied less than `overlap_ns` before their cutoff: late points may have
 * come there since. A journal that is only read stays as it is, but journal_load() leaves that out.
 */
int journal_trim(struct journal *journal, int64_t overlap_ns, struct err *err);
/* Forgets what is covered behind `instant_ns`: for a delta that follows another at once. */
int journal_trim_at(struct journal *journal, int64_t instant_ns, struct err *err);
/* Forgets what is covered for the tenants and measurements that the settings don't leave out: for
 * --full. */
int journal_forget(struct journal *journal, const struct settings *settings, struct err *err);
/* Forgets all that is covered in a target database that was made anew, and what it held. */
int journal_forget_database(struct journal *journal, const char *database, struct err *err);
/* Forgets what is covered of a policy of the source in a target: in a time that was lost there, or
 * all of it. */
int journal_forget_time(struct journal *journal, const char *target, const char *policy,
                        struct range range, struct err *err);
int journal_forget_policy(struct journal *journal, const char *target, const char *policy,
                          struct err *err);
/* Records into which policy of a target the points of a policy of the source go: its landing. */
int journal_land(struct journal *journal, const char *tenant, const char *target,
                 const char *source_policy, const char *policy, struct err *err);
/* Adds the source's policies of which something was copied to `policies`. */
int journal_policies(struct journal *journal, struct strvec *policies, struct err *err);
/* Gives what a place (plan_place.name) held at the end of the newest run; nothing where that isn't
 * known. */
int journal_recall(struct journal *journal, const char *place, struct holding *holding,
                   struct err *err);
/* Records what a place holds now. It stays in an open transaction until the journal commits. */
int journal_remember(struct journal *journal, const char *place, const struct holding *holding,
                     struct err *err);

/*
 * Forgets, at the end of a run, the failures of earlier runs, for tenants that the settings don't
 * leave out. This run looked at all that is still there; what failed again is recorded anew. With a
 * filter of measurements it forgets none.
 */
int journal_forget_failures(struct journal *journal, const struct settings *settings,
                            struct err *err);

/* How far a run is. No count but in_flight ever shrinks. */
struct journal_progress {
    int64_t tenants_total, tenants_done;
    int64_t windows_total, windows_done, windows_failed; /* of the plan; splitting adds none */
    int64_t statements, retries, splits;
    int64_t points;    /* that the server said it wrote */
    int64_t in_flight; /* statements, now */
};

/* Begins the record of a run, which looks at points before `cutoff_ns`. */
int journal_begin_run(struct journal *journal, int64_t cutoff_ns, struct range range,
                      struct err *err);
/*
 * Begins another delta of the same run. Its record goes on, and its counts are added to.
 * `late_cutoff_ns` is the cutoff of the last delta that looked for late points, too; the next
 * journal_trim() goes back from there.
 */
int journal_begin_delta(struct journal *journal, int64_t cutoff_ns, struct range range,
                        int64_t late_cutoff_ns, struct err *err);

struct plan;
/* Records for a report what the run that has begun means to do. `command` is the command line,
 * which holds no password. */
int journal_record_plan(struct journal *journal, const struct plan *plan, const char *command,
                        struct err *err);
/*
 * Records, once a copy came to its end, what it looked at: each tenant and policy of the source
 * that is this run's to copy (--shard), and what options left out of it. What an earlier run looked
 * at as a whole stays so; what the source has no more is forgotten.
 */
int journal_look(struct journal *journal, const struct plan *plan, struct err *err);
/* Records how many points each tenant's target wouldn't keep: one count for each of plan->tenants.
 */
int journal_record_clipped(struct journal *journal, const struct plan *plan, const int64_t *clipped,
                           struct err *err);

/* A statement that the server has answered. All borrowed. */
struct journal_statement {
    const char *tenant, *database;
    const char *action;      /* "copy", "count", "compare": a literal */
    const char *measurement; /* the one, or NULL where there are more */
    const char *words;       /* of the server that didn't do it; NULL: it did */
    int64_t measurement_count;
    struct range range;
    int64_t duration_ns, points;
};
/* Keeps a statement that is one of the run's slowest. The next commit writes it. */
void journal_note_statement(struct journal *journal, const struct journal_statement *statement);

/* A piece of work that is recorded. All borrowed. */
struct journal_entry {
    const char *tenant;
    const char *database; /* the target */
    const char *policy;   /* of the source */
    const char *const *measurements;
    size_t measurement_count;
    const struct strvec *tags;
    struct range range;
    int64_t points;  /* that were written for it, which are added to the tenant's; may be 0 */
    int64_t refused; /* points that the target refused, which stand in the reject file */
    struct range refused_range; /* the time of these */
};

/* All three stay in an open transaction until journal_commit(). */
/* Records what was copied, and whether it was verified. */
int journal_cover(struct journal *journal, const struct journal_entry *entry, bool verified,
                  struct err *err);
/* Records that what is covered already was found whole. */
int journal_confirm(struct journal *journal, const struct journal_entry *entry, struct err *err);
/* Records a failure. What failed isn't covered any more, so that the next run copies it; a repair
 * may fail, too. */
int journal_fail(struct journal *journal, const struct journal_entry *entry, enum failure_kind kind,
                 const char *words, struct err *err);
/* Makes all that was recorded durable. Where it fails (a full disk), nothing of that counts as
 * done. */
int journal_commit(struct journal *journal, const struct journal_progress *progress,
                   struct err *err);

/* Points that a target refused, by the time of a window; the reject file must have them. */
struct journal_refused {
    int64_t id;
    char *tenant, *database;
    char *policy; /* of the source */
    struct strvec measurements;
    struct range range;
    int64_t points;
    bool gone;     /* the time was forgotten already, to be copied again */
    int64_t found; /* 0; for whoever looks them up in the file */
};

struct journal_refusals {
    struct journal_refused *items;
    size_t count, alloc;
};

/* Gives all of these, but for those that a verification has found whole since. Release them in any
 * case. */
int journal_load_refused(struct journal *journal, struct journal_refusals *refusals,
                         struct err *err);
void journal_refusals_release(struct journal_refusals *refusals);
/* The target took some of the points: `found` are left. It is on the disk when this returns. */
int journal_keep_refused(struct journal *journal, const struct journal_refusals *refusals,
                         struct err *err);
/* Forgets what is covered where the reject file lacks points, so that it is copied again: once, and
 * only of tenants that `settings` don't leave out. It stays in an open transaction. `ret_points`
 * are the points that the file lacks of these. */
int journal_forget_refused(struct journal *journal, const struct settings *settings,
                           const struct journal_refusals *refusals, int64_t *ret_points,
                           struct err *err);

/* How a run ended. -1: not counted. */
struct journal_end {
    int status;        /* exit status */
    const char *words; /* why it ended early; NULL: it didn't */
    int64_t values_verified;
    int64_t unassigned, skipped, clipped, homeless, ahead, other_policies; /* points that stay */
};
#define JOURNAL_END_INIT                                                                           \
    {                                                                                              \
        0, NULL, -1, -1, -1, -1, -1, -1, -1                                                        \
    }
int journal_end_run(struct journal *journal, const struct journal_end *end,
                    const struct journal_progress *progress, struct err *err);

/* Makes the run look as if it had begun so much earlier: for tests. */
void journal_backdate_run(struct journal *journal, int64_t by_ns);

/* A run, as the journal holds it. */
struct journal_run {
    int64_t id;                               /* 0: there was none */
    int64_t started_ns, updated_ns, ended_ns; /* ended_ns 0: the run was cut short, or goes on */
    int64_t cutoff_ns;
    struct range range;
    int status;   /* exit status, once the run has ended */
    bool running; /* a process has the journal's lock */
    int64_t pid;
    struct journal_progress progress;
};

/* Gives the last run; its id is 0 where there was none. */
int journal_last_run(struct journal *journal, struct journal_run *run, struct err *err);

/* How many files were read into the journal: those of parts, and that of runs without --shard. Then
 * journal_last_run() is their sum. 0 where there is no file of a part. */
size_t journal_part_count(const struct journal *journal);
/* The last run of one of these files. `ret_name` is "2/4", or "" for the file of runs without
 * --shard; borrowed. */
int journal_part_run(struct journal *journal, size_t number, const char **ret_name,
                     struct journal_run *run, struct err *err);

/* A window that failed and was not done since. All borrowed. */
struct journal_failure {
    const char *tenant, *database, *policy, *words;
    enum failure_kind kind;
    struct strvec measurements;
    struct range range;
};
/* Calls `each` for all of these windows; -1 from it ends the listing. */
int journal_failures(struct journal *journal,
                     int (*each)(void *context, const struct journal_failure *failure),
                     void *context, struct err *err);

/* The same for what a run that was cut short had planned, and no run has copied since; none while a
 * run is at work. `words` are "". */
int journal_unfinished(struct journal *journal,
                       int (*each)(void *context, const struct journal_failure *failure),
                       void *context, struct err *err);

#endif
