#include "db.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "influx/quote.h"

/* SQLite makes two files beside the one that it reads. Where this user can't write there, and no
 * other process does, the file alone holds everything. */
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

/* All but the slash is encoded: other characters may mean something in a URI. */
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

int journal_db_open(struct journal *journal, const char *file, int flags, int busy_timeout_ms,
                    struct err *err)
{
    if (sqlite3_open_v2(file, &journal->db, flags, NULL) != SQLITE_OK)
        return journal_db_error(journal, "can't open", err);
    sqlite3_busy_timeout(journal->db, busy_timeout_ms);
    return 0;
}

void journal_db_close(struct journal *journal)
{
    for (size_t i = 0; i < journal->sql.count; i++)
        sqlite3_finalize(journal->prepared[i]);
    names_release(&journal->sql);
    free(journal->prepared);
    journal->prepared = NULL;
    journal->prepared_alloc = 0;
    names_release(&journal->set_digests);
    sqlite3_close(journal->db);
    journal->db = NULL;
    journal->in_transaction = false;
    journal->failures_known = false;
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
    /* Reading takes files beside the journal, too, which the writer and the readers share. */
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

/* Statements */

/* Takes a statement from those that are kept, or prepares it. */
static sqlite3_stmt *take_statement(struct journal *journal, const char *sql, uint32_t *ret_number,
                                    struct err *err)
{
    uint32_t number = names_find(&journal->sql, sql);
    sqlite3_stmt *statement = NULL;

    if (number == NAMES_NONE) {
        number = names_add(&journal->sql, sql);
        GROW(journal->prepared, number, journal->prepared_alloc);
        journal->prepared[number] = NULL;
    }
    *ret_number = number;
    statement = journal->prepared[number];
    journal->prepared[number] = NULL;
    if (!statement && sqlite3_prepare_v3(journal->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                         &statement, NULL) != SQLITE_OK)
        journal_db_error(journal, "can't read", err);
    return statement;
}

/* Puts a statement back. Where it was prepared twice, because the first was in use, one of both is
 * freed. */
static void keep_statement(struct journal *journal, sqlite3_stmt *statement, uint32_t number)
{
    if (!statement)
        return;
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    if (journal->prepared[number])
        sqlite3_finalize(statement);
    else
        journal->prepared[number] = statement;
}

static void bind_text(sqlite3_stmt *statement, int at, const char *text)
{
    sqlite3_bind_text(statement, at, text, -1, SQLITE_TRANSIENT);
}

static int bind_range(sqlite3_stmt *statement, int at, struct range range)
{
    sqlite3_bind_int64(statement, at, range.start_ns);
    sqlite3_bind_int64(statement, at + 1, range.end_ns);
    return at + 2;
}

static int bind_key(sqlite3_stmt *statement, int at, const struct journal_key *key)
{
    bind_text(statement, at, key->tenant);
    bind_text(statement, at + 1, key->database);
    bind_text(statement, at + 2, key->policy);
    sqlite3_bind_int64(statement, at + 3, key->set);
    return at + 4;
}

/* Binds the arguments. A statement must have as many parameters. */
static int bind_all(sqlite3_stmt *statement, const char *types, va_list arguments, struct err *err)
{
    int at = 1;

    for (const char *type = types; *type; type++)
        switch (*type) {
        case 't':
            bind_text(statement, at++, va_arg(arguments, const char *));
            break;
        case 'i':
            sqlite3_bind_int64(statement, at++, va_arg(arguments, int64_t));
            break;
        case 'n':
            sqlite3_bind_int(statement, at++, va_arg(arguments, int));
            break;
        case 'k':
            at = bind_key(statement, at, va_arg(arguments, const struct journal_key *));
            break;
        case 'r':
            at = bind_range(statement, at, va_arg(arguments, struct range));
            break;
        default:
            return err_set(err, ERR_BUG, "the journal knows no parameter of type %c", *type);
        }
    if (at - 1 != sqlite3_bind_parameter_count(statement))
        return err_set(err, ERR_BUG, "the journal has %d parameters for: %s", at - 1,
                       sqlite3_sql(statement));
    return 0;
}

int journal_db_run_list(struct journal *journal, struct err *err, const char *sql,
                        const char *types, va_list arguments)
{
    uint32_t number;
    sqlite3_stmt *statement = take_statement(journal, sql, &number, err);
    int rc = -1, code;

    if (statement && bind_all(statement, types, arguments, err) == 0) {
        code = sqlite3_step(statement);
        rc = code == SQLITE_DONE || code == SQLITE_ROW
                 ? 0
                 : journal_db_error(journal, "can't write", err);
    }
    keep_statement(journal, statement, number);
    return rc;
}

int journal_db_run(struct journal *journal, struct err *err, const char *sql, const char *types,
                   ...)
{
    va_list arguments;
    int rc;

    va_start(arguments, types);
    rc = journal_db_run_list(journal, err, sql, types, arguments);
    va_end(arguments);
    return rc;
}

/* Rows */

void journal_rows_begin(struct journal_rows *rows, struct journal *journal, struct err *err,
                        const char *sql, const char *types, ...)
{
    va_list arguments;

    *rows = (struct journal_rows){.journal = journal, .err = err};
    rows->statement = take_statement(journal, sql, &rows->number, err);
    va_start(arguments, types);
    rows->failed = !rows->statement || bind_all(rows->statement, types, arguments, err) < 0;
    va_end(arguments);
}

bool journal_rows_next(struct journal_rows *rows)
{
    int code;

    if (rows->failed)
        return false;
    code = sqlite3_step(rows->statement);
    if (code == SQLITE_ROW)
        return true;
    if (code != SQLITE_DONE) {
        rows->failed = true;
        journal_db_error(rows->journal,
                         sqlite3_stmt_readonly(rows->statement) ? "can't read" : "can't write",
                         rows->err);
    }
    return false;
}

int journal_rows_end(struct journal_rows *rows)
{
    keep_statement(rows->journal, rows->statement, rows->number);
    rows->statement = NULL;
    return rows->failed ? -1 : 0;
}

const char *journal_rows_text(const struct journal_rows *rows, int at)
{
    const unsigned char *text = sqlite3_column_text(rows->statement, at);

    return text ? (const char *)text : "";
}

int64_t journal_rows_int(const struct journal_rows *rows, int at)
{
    return sqlite3_column_int64(rows->statement, at);
}

struct range journal_rows_range(const struct journal_rows *rows, int at)
{
    return (struct range){journal_rows_int(rows, at), journal_rows_int(rows, at + 1)};
}

bool journal_rows_is_null(const struct journal_rows *rows, int at)
{
    return sqlite3_column_type(rows->statement, at) == SQLITE_NULL;
}

int journal_db_query_int(struct journal *journal, const char *sql, int64_t *ret, struct err *err)
{
    struct journal_rows rows;

    journal_rows_begin(&rows, journal, err, sql, "");
    if (journal_rows_next(&rows))
        *ret = journal_rows_int(&rows, 0);
    return journal_rows_end(&rows);
}

/* Transactions */

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
    /* After a failure SQLite may have rolled back already. */
    sqlite3_exec(journal->db, "ROLLBACK", NULL, NULL, NULL);
    journal->in_transaction = false;
    /* Sets that this transaction made are gone. */
    names_release(&journal->set_digests);
    journal->failures_known = false;
}
