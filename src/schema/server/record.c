#include "schema/server/record.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Did the statement fail because another run, perhaps on another node, was faster? */
static bool is_conflict(const struct db *db)
{
    return db_errno(db) == DB_ERROR_DUPLICATE_ENTRY || db_errno(db) == DB_ERROR_DEADLOCK ||
           db_errno(db) == DB_ERROR_LOCK_WAIT || db_errno(db) == DB_ERROR_TABLE_MISSING;
}

void record_release(struct record *record)
{
    free(record->owner);
    free(record->node);
    free(record->revision);
    free(record->digest);
    *record = (struct record)RECORD_INIT;
}

int record_read(struct record *record, struct db *db, struct err *err)
{
    struct db_rows rows;

    *record = (struct record)RECORD_INIT;
    if (db_query(db,
                 "SELECT owner, node, revision, direction, digest, done,"
                 " expires_at < UTC_TIMESTAMP() FROM " RECORD_TABLE " WHERE id = 1",
                 "ttttttn", &rows, err) < 0) {
        if (db_errno(db) != DB_ERROR_TABLE_MISSING)
            return err_wrap(err, "reading " RECORD_TABLE);
        err_release(err);
        return 0;
    }
    record->has_table = true;
    record->has_row = rows.count > 0;
    if (record->has_row) {
        char **row = rows.items[0];

        record->owner = xstrdup(row[0]);
        record->node = xstrdup(row[1]);
        record->revision = xstrdup(row[2]);
        record->up = strcmp(row[3], "upgrade") == 0;
        record->digest = xstrdup(row[4]);
        record->done = strtoul(row[5], NULL, 10);
        record->expired = row[6] && strcmp(row[6], "1") == 0;
    }
    db_rows_release(&rows);
    return 0;
}

int record_make_table(struct db *db, struct err *err)
{
    if (db_run(db,
               "CREATE TABLE IF NOT EXISTS " RECORD_TABLE " ("
               "id int NOT NULL PRIMARY KEY,"
               " owner varchar(255) NOT NULL,"
               " node varchar(255) NOT NULL,"
               " expires_at datetime NOT NULL,"
               " revision varchar(32) NOT NULL,"
               " direction varchar(9) NOT NULL,"
               " digest char(64) NOT NULL,"
               " done int NOT NULL"
               ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"
               " COMMENT='monasca-migrate: a run is under way, or was interrupted'",
               NULL, err) < 0) {
        if (db_errno(db) == DB_ERROR_READ_ONLY)
            err_hint(err, "the server is read-only, a replica perhaps; nothing was changed");
        return err_wrap(err, "creating " RECORD_TABLE ", the record of the run");
    }
    return 0;
}

int record_drop_table(struct db *db, struct err *err)
{
    if (db_run(db, "DROP TABLE IF EXISTS " RECORD_TABLE, NULL, err) < 0)
        return err_wrap(err, "dropping " RECORD_TABLE ", the record of the run");
    return 0;
}

static int run_for_row(struct db *db, const char *sql, struct err *err)
{
    uint64_t affected;

    if (db_run(db, sql, &affected, err) < 0) {
        if (!is_conflict(db))
            return err_wrap(err, "writing the record of the run");
        err_release(err);
        return 0;
    }
    return affected == 1;
}

int record_insert(struct db *db, const char *owner, int64_t expiry_s, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    int rc;

    strbuf_addstr(&sql, "INSERT INTO " RECORD_TABLE
                        " (id, owner, node, expires_at, revision, direction, digest, done)"
                        " VALUES (1, ");
    db_add_string(&sql, owner);
    strbuf_addf(&sql,
                ", CONCAT(@@hostname, ':', @@port), UTC_TIMESTAMP() + INTERVAL %lld SECOND,"
                " '', '', '', 0)",
                (long long)expiry_s);
    rc = run_for_row(db, sql.buf, err);
    strbuf_release(&sql);
    return rc;
}

int record_take_over(struct db *db, const char *owner, const char *previous, int64_t expiry_s,
                     struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    int rc;

    strbuf_addstr(&sql, "UPDATE " RECORD_TABLE " SET owner = ");
    db_add_string(&sql, owner);
    strbuf_addf(&sql,
                ", node = CONCAT(@@hostname, ':', @@port),"
                " expires_at = UTC_TIMESTAMP() + INTERVAL %lld SECOND WHERE id = 1 AND owner = ",
                (long long)expiry_s);
    db_add_string(&sql, previous);
    rc = run_for_row(db, sql.buf, err);
    strbuf_release(&sql);
    return rc;
}

void record_add_update(struct strbuf *sql, const char *owner, int64_t expiry_s,
                       const char *revision, bool up, const char *digest, size_t done)
{
    /* The server counts a row as changed only where a value differs. Two updates within a second
     * may write the same numbers, and must count both: so the second one moves the expiry on. */
    strbuf_addf(sql,
                "UPDATE " RECORD_TABLE " SET revision = '%s', direction = '%s', digest = '%s',"
                " done = %zu, expires_at = IF(expires_at = UTC_TIMESTAMP() + INTERVAL %lld SECOND,"
                " expires_at + INTERVAL 1 SECOND, UTC_TIMESTAMP() + INTERVAL %lld SECOND)"
                " WHERE id = 1 AND owner = ",
                revision, up ? "upgrade" : "downgrade", digest, done, (long long)expiry_s,
                (long long)expiry_s);
    db_add_string(sql, owner);
}
