/*
 * The journal's database: what the files of this room share, and nobody else sees.
 *
 * A function that returns int or a pointer gives -1 or NULL, with `err` set, where SQLite failed. A
 * full disk is ERR_CONFIG, with a hint.
 */
#ifndef TENANTS_JOURNAL_DB_H
#define TENANTS_JOURNAL_DB_H

#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/embed.h"
#include "base/err.h"
#include "base/names.h"
#include "base/strbuf.h"
#include "tenants/journal/journal.h"

/* The version of the tables. src/tenants/journal/tables_1.sql makes those of version 1; each file
 * behind it makes the next version of them. A change of a table is a new file, and raises this
 * number. */
#define JOURNAL_VERSION 6
extern const struct embedded_file journal_tables[];

enum {
    JOURNAL_SLOW_MAX = 20,  /* statements that are kept of a run */
    JOURNAL_BUSY_MS = 5000, /* how long a process waits for another to free the file */
};

/* A slow statement, which is kept for a report: trace.c. */
struct journal_slow {
    bool dirty; /* it isn't written yet */
    char *tenant, *database, *measurement, *words;
    const char *action;
    int64_t measurement_count, duration_ns, points;
    struct range range;
};

/* The samples and slow statements that a run keeps for a report. */
struct journal_trace {
    int64_t sample_step_ns; /* between two samples, at least */
    int64_t next_sample_ns; /* since the run began */
    int sample_count;
    struct journal_slow slow[JOURNAL_SLOW_MAX];
    size_t slow_count;
};

/* Names the rows of one tenant, target, policy of the source and set of measurements. */
struct journal_key {
    const char *tenant, *database, *policy;
    int64_t set;
};

/* A file that was read into a journal: parts.c. */
struct journal_part {
    char *path, *lock_path;
    char *name;     /* "2/4"; "" for the one of runs without --shard */
    int64_t count;  /* 4; 0 */
    int64_t run_id; /* of its last run, in the journal that it was read into; 0: none */
};

struct journal_parts {
    struct journal_part *items;
    size_t count, alloc;
};

struct journal {
    char *path;
    struct journal_parts parts; /* the files that were read into memory; else none */
    int base_lock_fd;           /* of a part: keeps runs without --shard away; -1: not held */
    int64_t load_trim_ns; /* where `trims`: journal_load() leaves out so much before each cutoff */
    bool trims;
    char *lock_path, *verify_lock_path;
    int lock_fd; /* -1: not held */
    sqlite3 *db;
    bool in_transaction;
    int64_t version; /* of the file; older than JOURNAL_VERSION only where it is read */
    int64_t run_id;
    int64_t cutoff_ns; /* as_of_ns of what this run records */
    /* The progress of earlier deltas of this run, and the last of this delta. */
    struct journal_progress before, latest;
    /* The sets that were looked up: the number of a digest is the index of its id in set_ids. */
    struct names set_digests;
    int64_t *set_ids;
    size_t set_alloc;
    bool failures_known, has_failures; /* has the file any failures, if that is known? */
    /* SQL is prepared once: its number is an index in `prepared`. NULL: it is in use. */
    struct names sql;
    sqlite3_stmt **prepared;
    size_t prepared_alloc;
    int64_t run_started_ns; /* monotonic */
    struct journal_trace trace;
};

/* db.c */

/* Adds the URI by which SQLite opens a file. `mode` is "ro" or "rw". */
void journal_db_add_uri(struct strbuf *uri, const char *path, const char *mode);
/* Opens `file`, a path or a URI, by SQLite's flags. journal_db_close() closes it in any case. */
int journal_db_open(struct journal *journal, const char *file, int flags, int busy_timeout_ms,
                    struct err *err);
/* Closes the database and forgets what is known of its tables. */
void journal_db_close(struct journal *journal);

/* Sets `err` to what SQLite says of its last failure. `what` was tried: "can't write". */
int journal_db_error(struct journal *journal, const char *what, struct err *err);
/* Runs statements that have no parameters. */
int journal_db_execute(struct journal *journal, const char *sql, struct err *err);

/*
 * Runs one statement whose rows don't matter. `types` has a letter for each argument behind it,
 * which are bound to ?1, ?2 and so on, in their order:
 *
 *     t   const char *                  one parameter
 *     i   int64_t                       one
 *     n   int                           one
 *     k   const struct journal_key *    four: tenant, database, policy, set
 *     r   struct range                  two: start, end
 *
 * The statement is kept for the next time. So nothing that differs from call to call may stand in
 * the SQL.
 */
int journal_db_run(struct journal *journal, struct err *err, const char *sql, const char *types,
                   ...);
int journal_db_run_list(struct journal *journal, struct err *err, const char *sql,
                        const char *types, va_list arguments);

/*
 * The rows of a query:
 *
 *     struct journal_rows rows;
 *
 *     journal_rows_begin(&rows, journal, err,
 *                        "SELECT name FROM measurement WHERE id = ?1", "i", id);
 *     while (journal_rows_next(&rows))
 *         use(journal_rows_text(&rows, 0));
 *     return journal_rows_end(&rows);
 *
 * journal_rows_end() is always called, and returns -1 where any of it failed.
 */
struct journal_rows {
    struct journal *journal;
    struct err *err;
    sqlite3_stmt *statement;
    uint32_t number; /* of the SQL */
    bool failed;
};
void journal_rows_begin(struct journal_rows *rows, struct journal *journal, struct err *err,
                        const char *sql, const char *types, ...);
bool journal_rows_next(struct journal_rows *rows);
int journal_rows_end(struct journal_rows *rows);
/* These give a column of the row; the first is 0. The text is borrowed until the next row, and ""
 * for null. */
const char *journal_rows_text(const struct journal_rows *rows, int at);
int64_t journal_rows_int(const struct journal_rows *rows, int at);
struct range journal_rows_range(const struct journal_rows *rows, int at);
bool journal_rows_is_null(const struct journal_rows *rows, int at);

/* Gives the first column of a query's first row. Without a row `*ret` stays as it is. */
int journal_db_query_int(struct journal *journal, const char *sql, int64_t *ret, struct err *err);

/* Begins a transaction if none is open. */
int journal_db_begin(struct journal *journal, struct err *err);
/* Commits the transaction, or rolls it back, if one is open. */
int journal_db_commit(struct journal *journal, struct err *err);
void journal_db_rollback(struct journal *journal);

/* files.c */

/* Locks a file, by an operation of flock(), for as long as the descriptor that is returned is open.
 */
int journal_lock_file(const char *path, int operation, struct err *err);
/* Does a process hold this lock? */
bool journal_is_locked(const char *lock_path);

/* version.c */

/* Refuses a file that a newer version wrote. */
int journal_check_version(struct journal *journal, int64_t *ret_version, struct err *err);
/* Gives the kind of a failure by its two columns. `kind` is "" in a row that was written before
 * version 4. */
enum failure_kind journal_failure_kind(const char *kind, const char *words);
/* Makes the tables of a new file (version 0), or adds what an older one lacks: all of it or
 * nothing. */
int journal_carry_over(struct journal *journal, const struct settings *settings, struct err *err);

/* parts.c */

/* Finds the files of the settings' source. That of runs without --shard comes first. */
void journal_parts_find(struct journal_parts *parts, const struct settings *settings);
void journal_parts_release(struct journal_parts *parts);
/* Is any of the files that of a part? */
bool journal_parts_any(const struct journal_parts *parts);
/* Refuses to go on beside a run that divides the tenants into another number of parts. */
int journal_parts_check(const struct settings *settings, struct err *err);

/* take_over.c */

/* Moves the rows of this run's tenants from the files of other runs into the journal. */
int journal_take_over(struct journal *journal, const struct settings *settings, struct err *err);
/* Reads all of journal->parts into the journal, which is empty and in memory. */
int journal_read_parts(struct journal *journal, struct err *err);

/* sets.c */

/* Gives the id of a set of measurements, which is recorded if it is new. */
int journal_set_id(struct journal *journal, const char *tags, const char *const *names,
                   size_t count, int64_t *ret_id, struct err *err);
int journal_set_of_entry(struct journal *journal, const struct journal_entry *entry,
                         int64_t *ret_id, struct err *err);
/* Adds all sets to coverage->sets. The number of a set's id in `index_of`, which must be empty,
 * becomes its index there. */
int journal_set_load(struct journal *journal, struct coverage *coverage, struct names *index_of,
                     struct err *err);
/* Adds the names of a set's members. */
int journal_set_names(struct journal *journal, const char *members, struct strvec *names,
                      struct err *err);

/* ranges.c */

/* How the rows of a table of ranges get on with one another. */
enum range_rows {
    RANGE_ROWS_MERGED,  /* ranges of a key that touch become one */
    RANGE_ROWS_IN_TURN, /* one row at most tells of a measurement at an instant */
    RANGE_ROWS_SEVERAL, /* several rows may tell of a measurement at an instant */
};

/*
 * A table whose rows begin with a key and a range: tenant, database, policy, set_id, start_ns and
 * end_ns. In the SQL of the functions below, $table stands for its name, $rest for the columns
 * behind these, and $as_of for the instant as of which its rows are true: forever where no new
 * points make them untrue. `cut` is what a row says, of which something is taken: NULL where that
 * is the same as before.
 */
struct range_table {
    const char *name, *rest, *as_of;
    enum range_rows rows;
    const char *cut; /* an assignment of SQL */
};

extern const struct range_table journal_coverage_table, journal_verified_table,
    journal_compared_table, journal_failure_table, journal_difference_table, journal_refused_table;

/* Selects the rows of a key, which must be the first argument. */
#define JOURNAL_WHERE_KEY " WHERE tenant = ?1 AND database = ?2 AND policy = ?3 AND set_id = ?4"

/* Puts the names of a table into SQL. The text is the caller's. */
char *journal_range_sql(const struct range_table *table, const char *sql);
/* As journal_db_run(). */
int journal_range_run(struct journal *journal, struct err *err, const struct range_table *table,
                      const char *sql, const char *types, ...);
/* Adds a range to a key's rows in a table whose rows merge. What touches it becomes one with it. */
int journal_range_merge(struct journal *journal, const struct range_table *table,
                        const struct journal_key *key, struct range range, int64_t as_of_ns,
                        struct err *err);
/* Takes the entry's measurements and time out of all rows of its tenant, whatever their sets. */
int journal_range_take(struct journal *journal, const struct range_table *table,
                       const struct journal_entry *entry, struct err *err);
/* Takes the time out of all rows of a policy of the source and a target. */
int journal_range_forget(struct journal *journal, const struct range_table *table,
                         const char *database, const char *policy, struct range range,
                         struct err *err);

/* holding.c */

/* Adds all landings to `coverage`. */
int journal_load_landings(struct journal *journal, struct coverage *coverage, struct err *err);

/* runs.c */

/* The columns of the table `run` that journal_run_of_row() takes, in their order. */
#define JOURNAL_RUN_COLUMNS                                                                        \
    "id, started_ns, updated_ns, ended_ns, status, cutoff_ns, start_ns, end_ns, tenants_total,"    \
    " tenants_done, windows_total, windows_done, windows_failed, statements, retries, splits,"     \
    " points, pid"
/* Gives how many parts (--shard) the newest run divides the tenants into; 0: it takes them all. */
int journal_newest_division(struct journal *journal, int64_t *ret_count, struct err *err);
struct journal_run journal_run_of_row(const struct journal *journal,
                                      const struct journal_rows *rows);

/* trace.c */

/* Adds the points of an entry to those of its tenant. */
int journal_add_points(struct journal *journal, const struct journal_entry *entry, struct err *err);
/* Begins the trace of a run, which has its id. */
int journal_begin_trace(struct journal *journal, struct err *err);
/* Writes a sample, if it is time for one, and the slow statements that are new. */
int journal_write_trace(struct journal *journal, const struct journal_progress *progress,
                        struct err *err);
void journal_trace_release(struct journal_trace *trace);

#endif
