#include "lock.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/strbuf.h"

/* Some servers cut the name of a lock at 64 characters. */
enum { LOCK_NAME_MAX = 64 };

static char *lock_name(const char *database)
{
    struct strbuf name = STRBUF_INIT;
    char hex[DIGEST_HEX_LENGTH + 1];

    strbuf_addf(&name, "monasca-migrate.%s", database);
    if (name.len >= LOCK_NAME_MAX) {
        digest_sha256_hex(database, strlen(database), hex);
        hex[32] = '\0';
        strbuf_reset(&name);
        strbuf_addf(&name, "monasca-migrate.%s", hex);
    }
    return strbuf_detach(&name);
}

static char *owner_name(const struct db *db)
{
    struct strbuf owner = STRBUF_INIT;
    char host[256] = "";
    unsigned random = 0;

    gethostname(host, sizeof(host) - 1);
    if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
        random = (unsigned)getpid();
    strbuf_addf(&owner, "%s, process %ld, connection %lu (%08x)", host, (long)getpid(),
                db_connection_id(db), random);
    return strbuf_detach(&owner);
}

static int is_cluster(struct db *db, bool *ret, struct err *err)
{
    struct db_rows rows;

    if (db_query(db, "SHOW GLOBAL VARIABLES LIKE 'wsrep_on'", "tt", &rows, err) < 0)
        return -1;
    *ret = rows.count && strcmp(rows.items[0][1], "ON") == 0;
    db_rows_release(&rows);
    return 0;
}

int lock_init(struct lock *lock, struct db *db, int64_t expiry_s, struct err *err)
{
    char *database;

    *lock = (struct lock){.db = db, .expiry_s = expiry_s};
    if (is_cluster(db, &lock->by_row, err) < 0 ||
        db_query_value(db, "SELECT DATABASE()", &database, err) < 0)
        return -1;
    /* We must see what other nodes have committed before we decide anything. */
    if (lock->by_row && db_run(db, "SET SESSION wsrep_sync_wait = 1", NULL, err) < 0) {
        free(database);
        return -1;
    }
    lock->name = lock_name(database ? database : "");
    lock->owner = owner_name(db);
    free(database);
    return 0;
}

void lock_release(struct lock *lock)
{
    struct strbuf sql = STRBUF_INIT;
    struct err ignored = ERR_INIT;

    if (lock->has_name) {
        strbuf_addstr(&sql, "DO RELEASE_LOCK(");
        db_add_string(&sql, lock->name);
        strbuf_addstr(&sql, ")");
        /* If this fails, the connection is gone, and the lock with it. */
        db_run(lock->db, sql.buf, NULL, &ignored);
    }
    err_release(&ignored);
    strbuf_release(&sql);
    free(lock->name);
    free(lock->owner);
    *lock = (struct lock){.db = NULL};
}

/* Does the server refuse GET_LOCK as such? MariaDB's number for that, in a cluster, and
 * Percona's. */
static bool is_refused(const struct db *db)
{
    return db_errno(db) == DB_ERROR_NOT_SUPPORTED_YET || db_errno(db) == DB_ERROR_NOT_SUPPORTED;
}

/*
 * 1: we hold it; 0: somebody else does; -1: failed. Where the server refuses GET_LOCK, the row
 * decides from here on. Where it doesn't, nobody may go on without this lock, in a cluster too: who
 * holds it takes a row that this node made for that of a dead owner.
 */
static int try_name(struct lock *lock, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    char *value;
    int rc;

    if (lock->has_name)
        return 1;
    strbuf_addstr(&sql, "SELECT GET_LOCK(");
    db_add_string(&sql, lock->name);
    strbuf_addstr(&sql, ", 1)");
    rc = db_query_value(lock->db, sql.buf, &value, err);
    strbuf_release(&sql);
    if (rc < 0 && is_refused(lock->db)) {
        err_release(err);
        lock->by_row = true;
        return 1;
    }
    if (rc < 0)
        return err_wrap(err, "asking for the lock");
    /* NULL: the wait was interrupted, perhaps by an administrator. */
    lock->has_name = value && strcmp(value, "1") == 0;
    free(value);
    return lock->has_name;
}

static void add_holder_by_name(struct lock *lock, char **ret_holder)
{
    struct strbuf sql = STRBUF_INIT, text = STRBUF_INIT;
    struct err ignored = ERR_INIT;
    char *id;

    strbuf_addstr(&sql, "SELECT IS_USED_LOCK(");
    db_add_string(&sql, lock->name);
    strbuf_addstr(&sql, ")");
    if (db_query_value(lock->db, sql.buf, &id, &ignored) == 0 && id) {
        strbuf_addf(&text, "connection %s", id);
        *ret_holder = strbuf_detach(&text);
        free(id);
    }
    err_release(&ignored);
    strbuf_release(&sql);
}

static int own_node(struct lock *lock, char **ret, struct err *err)
{
    return db_query_value(lock->db, "SELECT CONCAT(@@hostname, ':', @@port)", ret, err);
}

static void pause_briefly(void)
{
    const struct timespec pause = {.tv_nsec = 200 * 1000 * 1000};

    nanosleep(&pause, NULL);
}

/* Is the row's owner dead? */
static int is_abandoned(struct lock *lock, const struct record *record, bool *ret, struct err *err)
{
    char *node;

    *ret = !lock->by_row || record->expired;
    if (*ret || !lock->has_name)
        return 0;
    if (own_node(lock, &node, err) < 0)
        return -1;
    *ret = node && strcmp(node, record->node) == 0;
    free(node);
    return 0;
}

static int try_row(struct lock *lock, char **ret_holder, struct err *err)
{
    struct record record;
    bool abandoned = false;
    int rc = -1;

    if (record_read(&record, lock->db, err) < 0)
        return -1;
    if (!record.has_table && record_make_table(lock->db, err) < 0)
        goto out;
    if (!record.has_row) {
        rc = record_insert(lock->db, lock->owner, lock->expiry_s, err);
        goto out;
    }
    if (is_abandoned(lock, &record, &abandoned, err) < 0)
        goto out;
    if (abandoned) {
        rc = record_take_over(lock->db, lock->owner, record.owner, lock->expiry_s, err);
        goto out;
    }
    *ret_holder = xstrdup(record.owner);
    rc = 0;
out:
    record_release(&record);
    return rc;
}

int lock_try(struct lock *lock, char **ret_holder, struct err *err)
{
    int rc;

    *ret_holder = NULL;
    rc = try_name(lock, err);
    if (rc == 0)
        add_holder_by_name(lock, ret_holder);
    return rc;
}

int lock_claim(struct lock *lock, char **ret_holder, struct err *err)
{
    int rc;

    *ret_holder = NULL;
    rc = try_row(lock, ret_holder, err);
    if (rc == 0)
        pause_briefly();
    return rc;
}
