#include "blocker.h"

#include <string.h>

#include "base/strbuf.h"
#include "schema/shape/ddl.h"

static const char by_lock_sql[] =
    "SELECT t.PROCESSLIST_ID, t.PROCESSLIST_USER, t.PROCESSLIST_HOST, t.PROCESSLIST_TIME"
    " FROM performance_schema.metadata_locks m"
    " JOIN performance_schema.threads t ON t.THREAD_ID = m.OWNER_THREAD_ID"
    " WHERE m.OBJECT_SCHEMA = DATABASE() AND m.LOCK_STATUS = 'GRANTED'"
    " AND t.PROCESSLIST_ID <> CONNECTION_ID() AND m.OBJECT_NAME = ";
static const char by_transaction_sql[] =
    "SELECT p.ID, p.USER, p.HOST, TIMESTAMPDIFF(SECOND, x.trx_started, NOW())"
    " FROM information_schema.INNODB_TRX x"
    " JOIN information_schema.PROCESSLIST p ON p.ID = x.trx_mysql_thread_id"
    " WHERE p.ID <> CONNECTION_ID() ORDER BY x.trx_started LIMIT 1";

/* Runs a query that may name the blocker. 1: `rows` has somebody; 0: nobody, or the server has
 * no such tables, or forbids them. */
static int look(struct db *db, const char *sql, struct db_rows *rows)
{
    struct err ignored = ERR_INIT;
    int found = db_query(db, sql, "tnnn", rows, &ignored) == 0 && rows->count > 0;

    err_release(&ignored);
    if (!found)
        db_rows_release(rows);
    return found;
}

static int find(struct db *db, const char *table, struct db_rows *rows)
{
    struct strbuf sql = STRBUF_INIT;
    int found;

    strbuf_addstr(&sql, by_lock_sql);
    db_add_string(&sql, table);
    strbuf_addstr(&sql, " LIMIT 1");
    found = look(db, sql.buf, rows) || look(db, by_transaction_sql, rows);
    strbuf_release(&sql);
    return found;
}

void blocker_explain(struct db *db, const char *sql, int64_t waited_s, struct err *err)
{
    struct db_rows rows = DB_ROWS_INIT;
    struct ddl ddl;
    const char *table;

    ddl_parse(&ddl, sql);
    table = ddl.count ? ddl.actions[0].table : "the table";
    if (find(db, table, &rows)) {
        char **row = rows.items[0];

        err_set(err, ERR_FAILED,
                "waited %lld s for the lock of %s, which connection %s (user %s from %s, for %s s) "
                "seems to hold",
                (long long)waited_s, table, row[0], row[1] ? row[1] : "?", row[2] ? row[2] : "?",
                row[3] ? row[3] : "?");
        err_hint(err,
                 "end that transaction, or KILL %s, and run the same command again; "
                 "--lock-timeout waits longer",
                 row[0]);
    } else {
        err_set(err, ERR_FAILED, "waited %lld s for the lock of %s", (long long)waited_s, table);
        err_hint(err, "SHOW PROCESSLIST tells who uses it, to a user with the right PROCESS; "
                      "--lock-timeout waits longer");
    }
    db_rows_release(&rows);
    ddl_release(&ddl);
}
