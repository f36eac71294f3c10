/*
 * The journal's database: what the files of the journal share, and nobody else sees.
 *
 * All but the column's text return -1 (or NULL) with `err` set where SQLite failed. A full disk is
 * ERR_CONFIG, with a hint.
 */
#ifndef TENANTS_JOURNAL_DB_H
#define TENANTS_JOURNAL_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/names.h"
#include "base/strbuf.h"
#include "tenants/journal/journal.h"

/* Of the tables in journal.sql.h. */
#define JOURNAL_VERSION 3

enum { JOURNAL_SLOW_MAX = 20 };

/* The statements that merge a range into a table. */
struct journal_merge {
    const char *table;
    sqlite3_stmt *find, *remove, *insert;
};

/* What is kept of a run for a report: journal_trace.c. */
struct journal_slow {
    bool dirty;
    char *tenant, *database, *measurement, *words;
    const char *action;
    int64_t measurement_count, duration_ns, points;
    struct range range;
};

struct journal_trace {
    int64_t sample_step_ns; /* samples are as far apart at least */
    int64_t next_sample_ns; /* since the run began */
    int sample_count;
    struct journal_slow slow[JOURNAL_SLOW_MAX];
    size_t slow_count;
};

/* Whose rows are meant. */
struct journal_key {
    const char *tenant, *database, *policy;
    int64_t set;
};

#define JOURNAL_WHERE_KEY " WHERE tenant = ?1 AND database = ?2 AND policy = ?3 AND set_id = ?4"

/* A file that was read into a journal: journal_shard.c. */
struct journal_part {
    char *path, *lock_path;
    char *name;     /* "2/4"; "" for the one of runs without --shard */
    int64_t count;  /* 4; 0 */
    int64_t run_id; /* its last run, in the journal it was read into; 0: none */
};

struct journal_parts {
    struct journal_part *items;
    size_t count, alloc;
};

struct journal {
    char *path;
    struct journal_parts parts; /* where it is read, and there are several files */
    int base_lock_fd;           /* of a shard: keeps runs without --shard away; -1: not held */
    int64_t load_trim_ns;       /* journal_load() leaves out so much before each cutoff */
    bool trims;
    char *lock_path, *verify_lock_path;
    int lock_fd; /* -1: not held */
    sqlite3 *db;
    bool in_transaction;
    int64_t version; /* of the file: an older one that is only read stays as it is */
    int64_t run_id;
    int64_t cutoff_ns; /* as_of_ns of what is recorded */
    /* What earlier deltas of this run have done, and the last state of this one. */
    struct journal_progress before, latest;
    /* Sets that this run has used, so that each is looked up once: the digest's number is an index
     * in set_ids. */
    struct names set_digests;
    int64_t *set_ids;
    size_t set_alloc;
    struct journal_merge coverage, verified;
    bool failures_known, has_failures; /* of the file: is there any? */
    sqlite3_stmt *insert_failure, *update_run, *add_points, *insert_sample, *replace_slow;
    sqlite3_stmt *find_holding, *replace_holding, *any_difference;
    int64_t run_started_ns; /* monotonic */
    struct journal_trace trace;
};

/* The URI by which SQLite opens a file: `mode` is "ro" or "rw". */
void journal_db_add_uri(struct strbuf *uri, const char *path, const char *mode);
/* What SQLite says of its last failure; `what` is what was tried: "can't write". */
int journal_db_error(struct journal *journal, const char *what, struct err *err);
int journal_db_execute(struct journal *journal, const char *sql, struct err *err);
/* The caller's to sqlite3_finalize(). */
sqlite3_stmt *journal_db_prepare(struct journal *journal, const char *sql, struct err *err);
/* Into `*statement` if that is still NULL; the journal keeps it. */
int journal_db_prepare_kept(struct journal *journal, sqlite3_stmt **statement, const char *sql,
                            struct err *err);
/* Runs a statement whose rows don't matter, and makes it ready for the next time. */
int journal_db_step_done(struct journal *journal, sqlite3_stmt *statement, struct err *err);
/* SQLITE_ROW or SQLITE_DONE as 1 or 0. */
int journal_db_step_row(struct journal *journal, sqlite3_stmt *statement, struct err *err);
void journal_db_bind_text(sqlite3_stmt *statement, int at, const char *text);
/* Borrowed; "" for null. */
const char *journal_db_column_text(sqlite3_stmt *statement, int at);
/* The first column of the first row, `fallback` where there is none. */
int journal_db_query_int(struct journal *journal, const char *sql, int64_t fallback, int64_t *ret,
                         struct err *err);
/* A transaction, if none is open; and its end, if one is. */
int journal_db_begin(struct journal *journal, struct err *err);
int journal_db_commit(struct journal *journal, struct err *err);
/* Its other end. */
void journal_db_rollback(struct journal *journal);

/* journal.c */

/* The tables of a new file, or what an older one lacks. */
int journal_carry_over(struct journal *journal, const struct settings *settings, struct err *err);

/* journal_run.c */

/* Does a process hold this lock? */
bool journal_is_locked(const char *lock_path);

/* journal_shard.c */

/* The files of the settings' source: that of runs without --shard first. */
void journal_parts_find(struct journal_parts *parts, const struct settings *settings);
void journal_parts_release(struct journal_parts *parts);
bool journal_parts_any_shard(const struct journal_parts *parts);
/* Moves what the files of others hold of this run's tenants into the journal. */
int journal_take_over(struct journal *journal, const struct settings *settings, struct err *err);
/* Reads all of journal->parts into the journal, which is empty and in memory. */
int journal_read_parts(struct journal *journal, struct err *err);
/* Refuses to go on beside a run of other shards. */
int journal_check_shards(const struct settings *settings, struct err *err);

/* journal_set.c */

/* The id of a set of measurements, which is recorded if it is new. */
int journal_set_id(struct journal *journal, const char *tags, const char *const *names,
                   size_t count, int64_t *ret_id, struct err *err);
int journal_set_of_entry(struct journal *journal, const struct journal_entry *entry,
                         int64_t *ret_id, struct err *err);
/* The next id of a set's members, behind which `*members` goes on; false at the end, or where the
 * text is damaged: what comes then counts for nothing, wherever sets are read. */
bool journal_set_next_member(const char **members, int64_t *ret_id);
/* The names of a set's members, from their ids. */
int journal_set_names(struct journal *journal, const char *members, struct strvec *names,
                      struct err *err);

/* journal_range.c: the tables of ranges, which are coverage, verified, compared, failure and
 * difference. */

void journal_bind_key(sqlite3_stmt *statement, const char *tenant, const char *database,
                      const char *policy, int64_t set);
/* ?1 to ?4 are the key, ?5 and ?6 the range. */
void journal_bind_range(sqlite3_stmt *statement, const struct journal_key *key, struct range range);
/* The columns of a table of ranges behind these, as they stand. */
const char *journal_range_other_columns(const char *table);
/* "VERB TABLE TAIL". */
int journal_range_prepare(struct journal *journal, sqlite3_stmt **statement, const char *verb,
                          const char *table, const char *tail, struct err *err);
/* Adds a range to a key's; what touches it becomes one with it, in `range` too. */
int journal_range_merge(struct journal *journal, struct journal_merge *merge,
                        const struct journal_key *key, struct range *range, int64_t as_of_ns,
                        struct err *err);
/* Takes the entry's measurements and time out of all rows of its tenant, whatever their sets. */
int journal_range_take(struct journal *journal, const char *table,
                       const struct journal_entry *entry, struct err *err);

/* journal_run.c */

/* What journal_run_of_row() takes from a row of the table `run`. */
#define JOURNAL_RUN_COLUMNS                                                                        \
    "id, started_ns, updated_ns, ended_ns, status, cutoff_ns, start_ns, end_ns, tenants_total,"    \
    " tenants_done, windows_total, windows_done, windows_failed, statements, retries, splits,"     \
    " points, pid"
struct journal_run journal_run_of_row(const struct journal *journal, sqlite3_stmt *statement);

/* journal_trace.c */

int journal_add_points(struct journal *journal, const struct journal_entry *entry, struct err *err);
/* When a run begins; its id is known. */
int journal_begin_trace(struct journal *journal, struct err *err);
/* A sample, if it is time for one, and the slow statements that are new. */
int journal_write_trace(struct journal *journal, const struct journal_progress *progress,
                        struct err *err);
void journal_trace_release(struct journal_trace *trace);

#endif
