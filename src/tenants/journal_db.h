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
#include "tenants/journal.h"

/* The statements that merge a range into a table. */
struct journal_merge {
    const char *table;
    sqlite3_stmt *find, *remove, *insert;
};

struct journal {
    char *path;
    char *lock_path;
    int lock_fd; /* -1: not held */
    sqlite3 *db;
    bool in_transaction;
    int64_t run_id, cutoff_ns;
    /* Sets that this run has used, so that each is looked up once: the digest's number is an index
     * in set_ids. */
    struct names set_digests;
    int64_t *set_ids;
    size_t set_alloc;
    struct journal_merge coverage, verified;
    sqlite3_stmt *clear_failure, *insert_failure, *update_run;
};

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

#endif
