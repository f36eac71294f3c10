#include "mysql/db.h"

#include <errno.h>
#include <mysql.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

struct db {
    MYSQL *handle;
    unsigned last_errno;
    char *where; /* for messages: "mon on 127.0.0.1:3306" */
};

/* Numbers of the client library, the same in all of them (errmsg.h). */
enum {
    CLIENT_ERROR_FIRST = 2000,
    CLIENT_ERROR_LAST = 2999,
    CLIENT_ERROR_TLS = 2026,
    SERVER_ERROR_ACCESS_DATABASE = 1044,
    SERVER_ERROR_ACCESS = 1045,
    SERVER_ERROR_TOO_MANY = 1040,
    SERVER_ERROR_SHUTDOWN = 1053,
    SERVER_ERROR_KILLED = 1927,
    SERVER_ERROR_CLIENT_TIMEOUT = 4031,
};

/*
 * The meaning of statements must not depend on how the server is set up: strict, as all supported
 * servers are by default, with backslash escapes and backtick quotes.
 */
static const char session_setup[] =
    "SET SESSION sql_mode = "
    "'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO',"
    " SESSION foreign_key_checks = 1, SESSION autocommit = 1";

static bool number_means_lost(unsigned number)
{
    return (number >= CLIENT_ERROR_FIRST && number <= CLIENT_ERROR_LAST) ||
           number == SERVER_ERROR_SHUTDOWN || number == SERVER_ERROR_KILLED ||
           number == SERVER_ERROR_CLIENT_TIMEOUT;
}

static int fail(struct db *db, struct err *err)
{
    db->last_errno = mysql_errno(db->handle);
    return err_set(err, number_means_lost(db->last_errno) ? ERR_CONNECT : ERR_FAILED,
                   "%s (error %u)", mysql_error(db->handle), db->last_errno);
}

static void describe(struct strbuf *where, const struct db_target *target)
{
    if (target->socket)
        strbuf_addf(where, "%s", target->socket);
    else
        strbuf_addf(where, "%s:%u", target->host ? target->host : "localhost",
                    target->port ? target->port : 3306);
}

static int fail_to_open(struct db *db, const struct db_target *target, struct err *err)
{
    const char *user = target->user ? target->user : "";
    unsigned number = mysql_errno(db->handle);
    const char *text = mysql_error(db->handle);

    if (number == DB_ERROR_DATABASE_UNKNOWN) {
        err_set(err, ERR_CONNECT, "connecting to %s: there is no database '%s' (error %u)",
                db->where, target->database, number);
        return err_hint(err, "create it, or correct the name at the end of the connection URL");
    }
    err_set(err, ERR_CONNECT, "connecting to %s: %s (error %u)", db->where, text, number);
    if (number == SERVER_ERROR_ACCESS)
        return err_hint(err, "check user '%s' and its password%s", user,
                        target->password ? "" : "; none was given");
    if (number == SERVER_ERROR_ACCESS_DATABASE)
        return err_hint(err, "GRANT ALL PRIVILEGES ON %s.* to user '%s'",
                        target->database ? target->database : "the database", user);
    if (number == CLIENT_ERROR_TLS)
        return err_hint(err, "check ssl_ca, ssl_cert and ssl_key; ssl_verify_cert=false doesn't "
                             "verify the server's certificate");
    if (number >= CLIENT_ERROR_FIRST && number <= CLIENT_ERROR_LAST)
        return err_hint(err, "is the server running? --wait waits for one that is starting");
    return -1;
}

static void set_tls(MYSQL *handle, const struct db_target *target)
{
    /* MariaDB's library checks against an authority that it is given, asked to or not. */
    if (target->tls_ca && target->tls_verify)
        mysql_options(handle, MYSQL_OPT_SSL_CA, target->tls_ca);
    if (target->tls_cert)
        mysql_options(handle, MYSQL_OPT_SSL_CERT, target->tls_cert);
    if (target->tls_key)
        mysql_options(handle, MYSQL_OPT_SSL_KEY, target->tls_key);
        /* The one thing that the two libraries name differently. */
#ifdef MARIADB_PACKAGE_VERSION
    if (target->tls) {
        my_bool yes = 1, verify = target->tls_verify;

        mysql_options(handle, MYSQL_OPT_SSL_ENFORCE, &yes);
        mysql_options(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
    }
#else
    if (target->tls) {
        unsigned mode = target->tls_verify ? SSL_MODE_VERIFY_IDENTITY : SSL_MODE_REQUIRED;

        mysql_options(handle, MYSQL_OPT_SSL_MODE, &mode);
    }
#endif
}

static void set_options(MYSQL *handle, const struct db_target *target)
{
    unsigned timeout = target->connect_timeout_s;
    const unsigned protocol = target->socket ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;

    mysql_options(handle, MYSQL_SET_CHARSET_NAME, target->charset ? target->charset : "utf8mb4");
    if (timeout)
        mysql_options(handle, MYSQL_OPT_CONNECT_TIMEOUT, &timeout);
    if (target->defaults_file) {
        mysql_options(handle, MYSQL_READ_DEFAULT_FILE, target->defaults_file);
        mysql_options(handle, MYSQL_READ_DEFAULT_GROUP, "client");
    }
    /* "localhost" with a port means TCP to PyMySQL, but a socket to the library. */
    if (target->socket || target->host)
        mysql_options(handle, MYSQL_OPT_PROTOCOL, &protocol);
    set_tls(handle, target);
}

static bool may_be_starting(unsigned number)
{
    return number == SERVER_ERROR_TOO_MANY || number == SERVER_ERROR_SHUTDOWN ||
           (number >= CLIENT_ERROR_FIRST && number <= CLIENT_ERROR_LAST &&
            number != CLIENT_ERROR_TLS);
}

struct db *db_open(const struct db_target *target, bool *ret_starting, struct err *err)
{
    struct strbuf where = STRBUF_INIT;
    struct db *db = xcalloc(1, sizeof(*db));

    if (ret_starting)
        *ret_starting = false;
    describe(&where, target);
    db->where = strbuf_detach(&where);
    db->handle = mysql_init(NULL);
    if (!db->handle) {
        err_set(err, ERR_BUG, "the MySQL client library can't be initialised");
        goto fail;
    }
    set_options(db->handle, target);
    if (!mysql_real_connect(db->handle, target->host, target->user, target->password,
                            target->database, target->port, target->socket, 0)) {
        fail_to_open(db, target, err);
        if (ret_starting)
            *ret_starting = may_be_starting(mysql_errno(db->handle));
        goto fail;
    }
    if (target->tls && !mysql_get_ssl_cipher(db->handle)) {
        err_set(err, ERR_CONNECT, "connecting to %s: the server offers no TLS", db->where);
        goto fail;
    }
    if (db_run(db, session_setup, NULL, err) < 0) {
        err_wrap(err, "setting up the session on %s", db->where);
        goto fail;
    }
    return db;
fail:
    db_close(db);
    return NULL;
}

void db_close(struct db *db)
{
    if (!db)
        return;
    if (db->handle)
        mysql_close(db->handle);
    free(db->where);
    free(db);
}

static void read_row(struct db_rows *rows, MYSQL_ROW row, const unsigned long *lens)
{
    char **values = xcalloc(rows->width, sizeof(*values));
    size_t *sizes = xcalloc(rows->width, sizeof(*sizes));

    for (size_t i = 0; i < rows->width; i++) {
        values[i] = row[i] ? xmemdupz(row[i], lens[i]) : NULL;
        sizes[i] = row[i] ? lens[i] : 0;
    }
    rows->items[rows->count] = values;
    rows->lens[rows->count++] = sizes;
}

static int store_rows(struct db *db, struct db_rows *rows, struct err *err)
{
    MYSQL_RES *result = mysql_store_result(db->handle);
    MYSQL_ROW row;

    if (!result)
        return mysql_errno(db->handle) ? fail(db, err) : 0;
    rows->width = mysql_num_fields(result);
    rows->items = xcalloc((size_t)mysql_num_rows(result) + 1, sizeof(*rows->items));
    rows->lens = xcalloc((size_t)mysql_num_rows(result) + 1, sizeof(*rows->lens));
    while ((row = mysql_fetch_row(result)))
        read_row(rows, row, mysql_fetch_lengths(result));
    mysql_free_result(result);
    return 0;
}

int db_query(struct db *db, const char *sql, struct db_rows *rows, struct err *err)
{
    *rows = (struct db_rows)DB_ROWS_INIT;
    db->last_errno = 0;
    log_debug("sql: %s", sql);
    if (mysql_real_query(db->handle, sql, (unsigned long)strlen(sql)) != 0)
        return fail(db, err);
    return store_rows(db, rows, err);
}

int db_run(struct db *db, const char *sql, uint64_t *ret_affected, struct err *err)
{
    struct db_rows rows;

    if (db_query(db, sql, &rows, err) < 0)
        return -1;
    db_rows_release(&rows);
    if (ret_affected)
        *ret_affected = mysql_affected_rows(db->handle);
    return 0;
}

int db_query_value(struct db *db, const char *sql, char **ret_value, struct err *err)
{
    struct db_rows rows;

    *ret_value = NULL;
    if (db_query(db, sql, &rows, err) < 0)
        return -1;
    if (rows.count && rows.width)
        *ret_value = xstrdup_or_null(rows.items[0][0]);
    db_rows_release(&rows);
    return 0;
}

void db_rows_release(struct db_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        for (size_t j = 0; j < rows->width; j++)
            free(rows->items[i][j]);
        free(rows->items[i]);
        free(rows->lens[i]);
    }
    free(rows->items);
    free(rows->lens);
    *rows = (struct db_rows)DB_ROWS_INIT;
}

unsigned db_errno(const struct db *db)
{
    return db->last_errno;
}

bool db_lost(const struct db *db)
{
    return number_means_lost(db->last_errno);
}

unsigned long db_connection_id(const struct db *db)
{
    return mysql_thread_id(db->handle);
}

const char *db_server_version(const struct db *db)
{
    const char *version = mysql_get_server_info(db->handle);

    /* MariaDB puts this in front for old clients; not every library takes it off. */
    return strncmp(version, "5.5.5-", 6) == 0 ? version + 6 : version;
}

bool db_is_mariadb(const struct db *db)
{
    return strstr(mysql_get_server_info(db->handle), "MariaDB") != NULL;
}

void db_add_string(struct strbuf *sql, const char *text)
{
    strbuf_addch(sql, '\'');
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            strbuf_addch(sql, *text);
        strbuf_addch(sql, *text);
    }
    strbuf_addch(sql, '\'');
}

void db_add_identifier(struct strbuf *sql, const char *name)
{
    strbuf_addch(sql, '`');
    for (; *name; name++) {
        if (*name == '`')
            strbuf_addch(sql, '`');
        strbuf_addch(sql, *name);
    }
    strbuf_addch(sql, '`');
}
