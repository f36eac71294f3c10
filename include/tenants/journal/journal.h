/*
 * The journal: what is done, in SQLite, one file for each source server and database, in the state
 * directory.
 *
 * It holds what is covered (merged time ranges by tenant, target and set of measurements), what
 * failed, and the runs. A window is recorded, and on the disk, before it counts as done. `status`
 * reads it while a run goes on; a lock on a file beside it keeps two runs apart, and goes with the
 * process that holds it, so that nothing stale is left. No password is ever in it.
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
 * ERR_CONFIG where the state directory can't be written,
 * the disk is full, or a newer version wrote the file; ERR_FAILED where another run has it, or, to
 * read, where there is none. NULL on an error.
 */
struct journal *journal_open(const struct settings *settings, enum journal_mode mode,
                             struct err *err);
void journal_close(struct journal *journal);
/* Of a journal that is read: what was written since. One file shows that by itself, several are
 * read again. */
int journal_refresh(struct journal *journal, const struct settings *settings, struct err *err);
const char *journal_path(const struct journal *journal);

/* A file of the settings' source in the state directory, by its suffix: ".journal". The caller's to
 * free. */
char *journal_file(const struct settings *settings, const char *suffix);

/* Where state is kept when --state-dir isn't given (design: $STATE_DIRECTORY, /var/lib, XDG). The
 * caller's to free. */
char *journal_default_directory(void);

/* All that is covered. `coverage` must be zero. With `failed`, what failed counts as covered: it
 * isn't to be tried again now. */
int journal_load(struct journal *journal, struct coverage *coverage, bool failed, struct err *err);

/*
 * Setting up a run. What the functions below forget is undone by journal_undo(), when the run is
 * refused after all; the beginning of a run or a delta makes it durable, or journal_save().
 */
int journal_save(struct journal *journal, struct err *err);
void journal_undo(struct journal *journal);

/*
 * Before a run: what was copied by an earlier one less than `overlap_ns` before that run's cutoff
 * may have got late points since, so it doesn't count as covered any more. A journal that is only
 * read stays as it is; journal_load() then leaves it out.
 */
int journal_trim(struct journal *journal, int64_t overlap_ns, struct err *err);
/* Nothing that ends behind `instant_ns` is covered any more: for a delta that follows another at
 * once. */
int journal_trim_at(struct journal *journal, int64_t instant_ns, struct err *err);
/* Forgets what is covered for the tenants and measurements that the settings don't leave out. For
 * --full. */
int journal_forget(struct journal *journal, const struct settings *settings, struct err *err);
/* Forgets all that is covered in a target database; it was made anew. */
int journal_forget_database(struct journal *journal, const char *database, struct err *err);
/* Forgets what is covered in a target, by its place, in this time: the target lost it. */
int journal_forget_time(struct journal *journal, const char *place, struct range range,
                        struct err *err);
/* What a target held at the end of the newest run; nothing where that isn't known. */
int journal_recall(struct journal *journal, const char *place, struct holding *holding,
                   struct err *err);
/* Is kept in an open transaction until the journal commits. */
int journal_remember(struct journal *journal, const char *place, const struct holding *holding,
                     struct err *err);

/*
 * At the end of a run: forgets the failures that earlier runs left of tenants that the settings
 * don't leave out. This one looked at all that is still there; what failed again is recorded anew.
 * With a filter of measurements, none.
 */
int journal_forget_failures(struct journal *journal, const struct settings *settings,
                            struct err *err);

/* What a run has done so far. All counts grow only. */
struct journal_progress {
    int64_t tenants_total, tenants_done;
    int64_t windows_total, windows_done,
        windows_failed; /* pieces of the plan; splitting adds none */
    int64_t statements, retries, splits;
    int64_t points;    /* that the server says it has written */
    int64_t in_flight; /* statements, now */
};

/* `cutoff_ns` is the end of what the run looks at. Starts its record. */
int journal_begin_run(struct journal *journal, int64_t cutoff_ns, struct range range,
                      struct err *err);
/*
 * Begins another delta of the same run, which goes on as one record: what it has done so far is
 * added to. `late_cutoff_ns` is the cutoff of the last delta that looked for late points too; the
 * next journal_trim() goes back from there.
 */
int journal_begin_delta(struct journal *journal, int64_t cutoff_ns, struct range range,
                        int64_t late_cutoff_ns, struct err *err);

struct plan;
/* What the run that has begun means to do: for a report. `command` is the command line, which has
 * no password in it. */
int journal_record_plan(struct journal *journal, const struct plan *plan, const char *command,
                        struct err *err);
/* How many points each tenant's target wouldn't keep; as many as plan->tenants. */
int journal_record_clipped(struct journal *journal, const struct plan *plan, const int64_t *clipped,
                           struct err *err);

/* A statement that the server has answered. All borrowed. */
struct journal_statement {
    const char *tenant, *database;
    const char *action;      /* "copy", "count", "compare": a literal */
    const char *measurement; /* the one, or NULL where there are more */
    const char *words;       /* what the server said instead of doing it; NULL: it did */
    int64_t measurement_count;
    struct range range;
    int64_t duration_ns, points;
};
/* Keeps it where it is one of the run's slowest; written by the next commit. */
void journal_note_statement(struct journal *journal, const struct journal_statement *statement);

/* What is recorded about a piece of work. All borrowed. */
struct journal_entry {
    const char *tenant;
    const char *database; /* the target */
    const char *policy;   /* of the source */
    const char *const *measurements;
    size_t measurement_count;
    const struct strvec *tags;
    struct range range;
    int64_t points; /* written for it: added to the tenant's; may be 0 */
};

/* All three are kept in an open transaction until journal_commit(). */
int journal_cover(struct journal *journal, const struct journal_entry *entry, bool verified,
                  struct err *err);
/* What is covered already was found whole. */
int journal_confirm(struct journal *journal, const struct journal_entry *entry, struct err *err);
/* What failed isn't covered any more, so that the next run copies it: a repair may fail too. */
int journal_fail(struct journal *journal, const struct journal_entry *entry, enum failure_kind kind,
                 const char *words, struct err *err);
/* Makes it durable. What fails here (a full disk) was not done. */
int journal_commit(struct journal *journal, const struct journal_progress *progress,
                   struct err *err);

/* How a run ended. -1: not counted. */
struct journal_end {
    int status;        /* exit status */
    const char *words; /* why it ended early; NULL: it didn't */
    int64_t values_verified;
    int64_t unassigned, skipped, clipped, homeless; /* points that stay behind */
};
#define JOURNAL_END_INIT                                                                           \
    {                                                                                              \
        0, NULL, -1, -1, -1, -1, -1                                                                \
    }
int journal_end_run(struct journal *journal, const struct journal_end *end,
                    const struct journal_progress *progress, struct err *err);

/* For tests: as if the run had begun so much earlier. */
void journal_backdate_run(struct journal *journal, int64_t by_ns);

/* The last run, for `status`. */
struct journal_run {
    int64_t id;                               /* 0: there was none */
    int64_t started_ns, updated_ns, ended_ns; /* ended_ns 0: it was cut short, or goes on */
    int64_t cutoff_ns;
    struct range range;
    int status;   /* exit status; meaningful once ended */
    bool running; /* a process has the journal's lock */
    int64_t pid;
    struct journal_progress progress;
};

int journal_last_run(struct journal *journal, struct journal_run *run, struct err *err);

/* How many files were read into the journal: those of parts, and that of runs without --shard. Then
 * journal_last_run() is their sum. 0 where there is no file of a part. */
size_t journal_part_count(const struct journal *journal);
/* The last run of one of these files. `ret_name` is "2/4", or "" for the file of runs without
 * --shard; borrowed. */
int journal_part_run(struct journal *journal, size_t number, const char **ret_name,
                     struct journal_run *run, struct err *err);

/* A window that failed and was not done since. */
struct journal_failure {
    const char *tenant, *database, *policy, *words;
    enum failure_kind kind;
    struct strvec measurements;
    struct range range;
};
/* Calls `each` for all; -1 from it ends the listing. */
int journal_failures(struct journal *journal,
                     int (*each)(void *context, const struct journal_failure *failure),
                     void *context, struct err *err);

#endif
