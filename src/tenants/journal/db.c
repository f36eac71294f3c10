#include "db.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "influx/quote.h"

/* Beside a file that is read, SQLite makes two more. Where it can't, and nobody writes, the file
 * alone is all there is. */
static bool is_alone(const char *path)
{
    struct strbuf name = STRBUF_INIT;
    struct stat wal;
    bool alone;

    strbuf_add(&name, path, (size_t)(strrchr(path, '/') - path) + 1);
    alone = access(name.buf, W_OK) < 0;
    strbuf_reset(&name);
    strbuf_addf(&name, "%s-wal", path);
    alone = alone && (stat(name.buf, &wal) < 0 || wal.st_size == 0);
    strbuf_release(&name);
    return alone;
}

/* Other characters than these mean something in a URI. */
void journal_db_add_uri(struct strbuf *uri, const char *path, const char *mode)
{
    strbuf_addstr(uri, "file:");
    for (const char *c = path; *c; c++)
        if (*c == '/')
            strbuf_addch(uri, *c);
        else
            influx_add_url_encoded(uri, c, 1);
    strbuf_addf(uri, "?mode=%s%s", mode,
                strcmp(mode, "ro") == 0 && is_alone(path) ? "&immutable=1" : "");
}

int journal_db_error(struct journal *journal, const char *what, struct err *err)
{
    int code = journal->db ? sqlite3_errcode(journal->db) : SQLITE_NOMEM;
    bool damaged = code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
    bool unusable = code == SQLITE_IOERR || code == SQLITE_READONLY || code == SQLITE_CANTOPEN;

    err_set(err, damaged || unusable || code == SQLITE_FULL ? ERR_CONFIG : ERR_FAILED,
            "%s the journal %s: %s", what, journal->path,
            journal->db ? sqlite3_errmsg(journal->db) : "no memory");
    if (code == SQLITE_FULL)
        err_hint(
            err,
            "the disk is full; make room, or name another place by --state-dir, and run the same "
            "command again");
    /* To read takes files beside it, too: those that writer and readers share. */
    if (unusable)
        err_hint(err, "this user must be able to write there, and the disk must have room; a copy "
                      "of that directory elsewhere will do for reading: --state-dir");
    if (damaged)
        err_hint(err, "the file is damaged; move it away and run again: all is copied anew, onto "
                      "what is there");
    return -1;
}

int journal_db_execute(struct journal *journal, const char *sql, struct err *err)
{
    if (sqlite3_exec(journal->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return journal_db_error(journal, "can't write", err);
    return 0;
}

sqlite3_stmt *journal_db_prepare(struct journal *journal, const char *sql, struct err *err)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v2(journal->db, sql, -1, &statement, NULL) != SQLITE_OK)
        journal_db_error(journal, "can't read", err);
    return statement;
}

int journal_db_prepare_kept(struct journal *journal, sqlite3_stmt **statement, const char *sql,
                            struct err *err)
{
    if (!*statement)
        *statement = journal_db_prepare(journal, sql, err);
    return *statement ? 0 : -1;
}

int journal_db_step_done(struct journal *journal, sqlite3_stmt *statement, struct err *err)
{
    int code = sqlite3_step(statement);

    if (code != SQLITE_DONE && code != SQLITE_ROW) {
        journal_db_error(journal, "can't write", err);
        sqlite3_reset(statement);
        return -1;
    }
    sqlite3_reset(statement);
    return 0;
}

void journal_db_bind_text(sqlite3_stmt *statement, int at, const char *text)
{
    sqlite3_bind_text(statement, at, text, -1, SQLITE_TRANSIENT);
}

const char *journal_db_column_text(sqlite3_stmt *statement, int at)
{
    const unsigned char *text = sqlite3_column_text(statement, at);

    return text ? (const char *)text : "";
}

int journal_db_query_int(struct journal *journal, const char *sql, int64_t fallback, int64_t *ret,
                         struct err *err)
{
    sqlite3_stmt *statement = journal_db_prepare(journal, sql, err);
    int code, rc = -1;

    if (!statement)
        return -1;
    code = sqlite3_step(statement);
    if (code == SQLITE_ROW || code == SQLITE_DONE) {
        *ret = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : fallback;
        rc = 0;
    } else {
        journal_db_error(journal, "can't read", err);
    }
    sqlite3_finalize(statement);
    return rc;
}

int journal_db_step_row(struct journal *journal, sqlite3_stmt *statement, struct err *err)
{
    int code = sqlite3_step(statement);

    if (code == SQLITE_ROW || code == SQLITE_DONE)
        return code == SQLITE_ROW;
    return journal_db_error(journal, "can't read", err);
}

int journal_db_begin(struct journal *journal, struct err *err)
{
    if (journal->in_transaction)
        return 0;
    if (journal_db_execute(journal, "BEGIN IMMEDIATE", err) < 0)
        return -1;
    journal->in_transaction = true;
    return 0;
}

int journal_db_commit(struct journal *journal, struct err *err)
{
    if (!journal->in_transaction)
        return 0;
    if (journal_db_execute(journal, "COMMIT", err) < 0)
        return -1;
    journal->in_transaction = false;
    return 0;
}

void journal_db_rollback(struct journal *journal)
{
    if (!journal->in_transaction)
        return;
    /* After a failure SQLite may have done it already. */
    sqlite3_exec(journal->db, "ROLLBACK", NULL, NULL, NULL);
    journal->in_transaction = false;
    /* What was known of the tables may be gone. */
    names_release(&journal->set_digests);
    journal->failures_known = false;
}
