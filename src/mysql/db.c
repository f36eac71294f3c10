#include "mysql/db.h"

#include <errno.h>
#include <mysql.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stop.h"

/* Limits a result, and a packet. The catalogue of a database is never so large. */
#define MAX_RESULT_BYTES ((size_t)32 * 1024 * 1024)

/* As in PyMySQL. It bounds the handshake too, and the first statement. */
enum { CONNECT_TIMEOUT_S = 10 };

/* A statement may take hours without a byte on its connection. These probes notice after some
 * two minutes that the peer is gone, and show firewalls that the connection is in use. */
enum { KEEPALIVE_IDLE_S = 30, KEEPALIVE_INTERVAL_S = 10, KEEPALIVE_PROBES = 9 };

/* A statement that was the victim of a deadlock is tried so often in all. The first pause is
 * this long, and each is twice the one before. */
enum { DEADLOCK_TRIES = 6 };
static const int64_t deadlock_pause_ns = CLOCK_SECOND_NS / 50;

struct db {
    MYSQL *handle;
    struct db_server server;
    unsigned last_errno;
    char *where; /* for messages: "mon on 127.0.0.1:3306" */
};

/* Numbers of the client library, the same in all of them (errmsg.h). */
enum {
    CLIENT_ERROR_FIRST = 2000,
    CLIENT_ERROR_LAST = 2999,
    CLIENT_ERROR_LOST = 2013,
    CLIENT_ERROR_TLS = 2026,
    CLIENT_ERROR_MALFORMED = 2027,
    SERVER_ERROR_ACCESS_DATABASE = 1044,
    SERVER_ERROR_ACCESS = 1045,
    SERVER_ERROR_TOO_MANY = 1040,
    SERVER_ERROR_DISK_FULL = 1021,
    SERVER_ERROR_TABLE_FULL = 1114,
    SERVER_ERROR_USER_TOO_MANY = 1203,
    SERVER_ERROR_USER_LIMIT = 1226,
    SERVER_ERROR_READ_ONLY_MODE = 1836,
    SERVER_ERROR_TLS_REQUIRED = 3159,
    SERVER_ERROR_SHUTDOWN = 1053,
    SERVER_ERROR_KILLED = 1927,
    SERVER_ERROR_CLIENT_TIMEOUT = 4031,
};

/*
 * The meaning of a statement must not depend on how the server is set up. So the mode is strict, as
 * all supported servers are by default, with backslash escapes and backtick quotes. Nor may
 * MariaDB's max_statement_time end a statement that takes hours; MySQL has a limit for SELECT only.
 */
static const char session_setup[] =
    "SET SESSION sql_mode = "
    "'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO',"
    " SESSION foreign_key_checks = 1, SESSION autocommit = 1, SESSION completion_type = 0,"
    " SESSION sql_safe_updates = 0, SESSION sql_select_limit = 18446744073709551615,"
    " SESSION sql_big_selects = 1"
    " /*M!100101 , SESSION max_statement_time = 0 */";

/*
 * The same for variables that not every server has, or lets everybody set. What SHOW VARIABLES
 * prints otherwise is set to `value`; where the server refuses that, its own stays.
 */
static const struct setting {
    const char *name, *shown, *value;
} settings[] = {
    {"sql_auto_is_null", "OFF", "0"},
    {"sql_if_exists", "OFF", "0"},
    {"unique_checks", "ON", "1"},
    {"tx_read_only", "OFF", "0"},
    {"transaction_read_only", "OFF", "0"},
    {"information_schema_stats_expiry", "0", "0"},
    {"alter_algorithm", "DEFAULT", "'DEFAULT'"},
    {"default_storage_engine", "InnoDB", "'InnoDB'"},
    {"explicit_defaults_for_timestamp", "ON", "1"},
    /* schema/server/lookup.h asks for lists of columns. */
    {"group_concat_max_len", "65536", "65536"},
    /* A generated key, which nobody wrote, is no part of a table's shape. */
    {"show_gipk_in_create_table_and_information_schema", "OFF", "0"},
};

/* Executable comments tell what a server is: a number in one is compared with the version that it
 * was compiled as, and only MariaDB reads those that begin with an M. */
static const char server_sql[] = "SELECT VERSION(), 0 /*M! + 1 */, 0 /*M!100207 + 1 */,"
                                 " 0 /*!50706 + 1 */, @@lower_case_table_names = 1,"
                                 " 0 /*M!100502 + 1 */ /*!80000 + 1 */";

static bool number_means_lost(unsigned number)
{
    return (number >= CLIENT_ERROR_FIRST && number <= CLIENT_ERROR_LAST) ||
           number == SERVER_ERROR_SHUTDOWN || number == SERVER_ERROR_KILLED ||
           number == SERVER_ERROR_CLIENT_TIMEOUT;
}

/* Is a disk, a quota or a tablespace full? Some errors say that in words only: 1005 and 1030
 * with "errno: 135", 3 with "Errcode: 28". */
static bool means_full(unsigned number, const char *text)
{
    return number == SERVER_ERROR_DISK_FULL || number == SERVER_ERROR_TABLE_FULL ||
           strstr(text, "No space left on device") || strstr(text, "No more room in record file") ||
           strstr(text, "Disk quota exceeded");
}

static bool means_read_only(unsigned number, const char *text)
{
    return number == SERVER_ERROR_READ_ONLY_MODE ||
           (number == DB_ERROR_READ_ONLY && strstr(text, "read-only"));
}

/* Adds a hint where the server's state is the reason, and not the statement. */
static void hint_at_state(unsigned number, const char *text, struct err *err)
{
    if (means_full(number, text))
        err_hint(err, "the server's disk (or a tablespace) is full: make room there, and run the "
                      "same command again; it goes on from here");
    else if (means_read_only(number, text))
        err_hint(err, "the server has been made read-only, or is a replica: use the one that "
                      "takes writes, or make it writable, and run the same command again; it goes "
                      "on from here");
}

/* Makes an error of a failure of the library. MariaDB's (3.3) was seen to give neither number
 * nor words for a packet that stops short. */
static int fail(struct db *db, struct err *err)
{
    const char *text = mysql_error(db->handle);

    db->last_errno = mysql_errno(db->handle);
    if (!db->last_errno) {
        db->last_errno = CLIENT_ERROR_MALFORMED;
        text = "the server's reply is damaged";
    }
    if (number_means_lost(db->last_errno) && stop_requested() > 1)
        return err_set(err, ERR_INTERRUPTED, "interrupted while the server was working");
    err_set(err, number_means_lost(db->last_errno) ? ERR_CONNECT : ERR_FAILED, "%s (error %u)",
            text, db->last_errno);
    hint_at_state(db->last_errno, text, err);
    return -1;
}

/* Gives up a connection that is of no use any more. The server hears that at once (RST): else it
 * might go on sending, and hold its locks. */
static int fail_lost(struct db *db, const char *text, struct err *err)
{
    const struct linger none = {.l_onoff = 1, .l_linger = 0};

    setsockopt(db->handle->net.fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
    shutdown(db->handle->net.fd, SHUT_RDWR);
    db->last_errno = CLIENT_ERROR_LOST;
    return err_set(err, ERR_CONNECT, "%s", text);
}

static void describe(struct strbuf *where, const struct db_target *target)
{
    if (target->socket)
        strbuf_addf(where, "%s", target->socket);
    else
        strbuf_addf(where, "%s:%u", target->host ? target->host : "localhost",
                    target->port ? target->port : 3306);
}

static bool means_crowded(unsigned number)
{
    return number == SERVER_ERROR_TOO_MANY || number == SERVER_ERROR_USER_TOO_MANY ||
           number == SERVER_ERROR_USER_LIMIT;
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
        return err_hint(err, "check user '%s' and its password%s%s", user,
                        target->password ? "" : "; none was given",
                        target->tls ? ""
                                    : "; if the user is made with REQUIRE SSL, ssl_ca=FILE in the "
                                      "connection URL asks for TLS");
    if (number == SERVER_ERROR_TLS_REQUIRED)
        return err_hint(err, "ssl_ca=FILE in the connection URL asks for TLS");
    if (number == SERVER_ERROR_ACCESS_DATABASE)
        return err_hint(err, "GRANT ALL PRIVILEGES ON %s.* to user '%s'",
                        target->database ? target->database : "the database", user);
    if (means_crowded(number))
        return err_hint(err, "as many clients are connected as the server allows "
                             "(max_connections, max_user_connections); --wait waits until one is "
                             "gone");
    if (number == CLIENT_ERROR_TLS)
        return err_hint(err, "check ssl_ca, ssl_cert and ssl_key; ssl_verify_cert=false doesn't "
                             "verify the server's certificate");
    if (number >= CLIENT_ERROR_FIRST && number <= CLIENT_ERROR_LAST)
        return err_hint(err, "is the server running? --wait waits for one that is starting");
    return -1;
}

static void set_tls(MYSQL *handle, const struct db_target *target)
{
    const bool has_authority = target->tls_ca || target->tls_capath;

    /* MariaDB's library verifies the certificate as soon as it has an authority: so it gets one
     * only when it should verify. */
    if (target->tls_ca && target->tls_verify)
        mysql_options(handle, MYSQL_OPT_SSL_CA, target->tls_ca);
    if (target->tls_capath && target->tls_verify)
        mysql_options(handle, MYSQL_OPT_SSL_CAPATH, target->tls_capath);
    if (target->tls_cipher)
        mysql_options(handle, MYSQL_OPT_SSL_CIPHER, target->tls_cipher);
    if (target->tls_cert)
        mysql_options(handle, MYSQL_OPT_SSL_CERT, target->tls_cert);
    if (target->tls_key)
        mysql_options(handle, MYSQL_OPT_SSL_KEY, target->tls_key);
        /* Only this is named differently in the two libraries. */
#ifdef MARIADB_PACKAGE_VERSION
    if (target->tls) {
        /* With the system's authorities, this library verifies certificate and host, or neither. */
        my_bool yes = 1, verify = target->tls_verify_host || (target->tls_verify && !has_authority);

        mysql_options(handle, MYSQL_OPT_SSL_ENFORCE, &yes);
        mysql_options(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
    }
#else
    if (target->tls) {
        unsigned mode = target->tls_verify_host ? SSL_MODE_VERIFY_IDENTITY
                        : target->tls_verify    ? SSL_MODE_VERIFY_CA
                                                : SSL_MODE_REQUIRED;

        (void)has_authority;

        mysql_options(handle, MYSQL_OPT_SSL_MODE, &mode);
    }
#endif
}

static unsigned connect_timeout_s(const struct db_target *target)
{
    return target->connect_timeout_s ? target->connect_timeout_s : CONNECT_TIMEOUT_S;
}

static void set_options(MYSQL *handle, const struct db_target *target)
{
    const unsigned timeout = connect_timeout_s(target);
    const unsigned protocol = target->socket ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
    const unsigned long max_packet = MAX_RESULT_BYTES;

    mysql_options(handle, MYSQL_SET_CHARSET_NAME, target->charset ? target->charset : "utf8mb4");
    mysql_options(handle, MYSQL_OPT_CONNECT_TIMEOUT, &timeout);
    mysql_options(handle, MYSQL_OPT_MAX_ALLOWED_PACKET, &max_packet);
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
    return means_crowded(number) || number == SERVER_ERROR_SHUTDOWN ||
           (number >= CLIENT_ERROR_FIRST && number <= CLIENT_ERROR_LAST &&
            number != CLIENT_ERROR_TLS);
}

/* Only sockets of TCP have these options: for others the first call fails. */
static void keep_alive(int fd)
{
    const int yes = 1, idle = KEEPALIVE_IDLE_S, interval = KEEPALIVE_INTERVAL_S,
              probes = KEEPALIVE_PROBES;

    if (setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle)) < 0)
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof(yes));
}

/* Runs the first statement, within a time limit: a server that accepts a connection and then
 * says nothing counts as absent. */
static int set_up_session(struct db *db, unsigned timeout_s, struct err *err)
{
    const int64_t end_ns = clock_monotonic_ns() + (int64_t)timeout_s * CLOCK_SECOND_NS;
    struct pollfd answer = {.fd = db->handle->net.fd, .events = POLLIN};
    int64_t left_ns;
    int rc = -1;

    log_debug("sql: %s", session_setup);
    if (mysql_send_query(db->handle, session_setup, (unsigned long)strlen(session_setup)) != 0)
        return fail(db, err);
    while (rc < 0 && (left_ns = end_ns - clock_monotonic_ns()) > 0 && stop_requested() < 2)
        rc = poll(&answer, 1, (int)(left_ns / 1000000) + 1);
    if (rc <= 0)
        return fail_lost(db, "the server doesn't answer", err);
    return mysql_read_query_result(db->handle) == 0 ? 0 : fail(db, err);
}

static void apply_setting(struct db *db, const char *name, const char *shown)
{
    struct strbuf sql = STRBUF_INIT;
    struct err ignored = ERR_INIT;

    for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
        if (strcasecmp(settings[i].name, name) != 0 || strcasecmp(settings[i].shown, shown) == 0)
            continue;
        strbuf_addf(&sql, "SET SESSION %s = %s", settings[i].name, settings[i].value);
        if (db_run(db, sql.buf, NULL, &ignored) < 0)
            log_debug("%s stays %s: %s", name, shown, ignored.message);
    }
    err_release(&ignored);
    strbuf_release(&sql);
}

/* An error only where the connection is lost. */
static int apply_settings(struct db *db, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    struct db_rows rows;
    int rc;

    strbuf_addstr(&sql, "SHOW SESSION VARIABLES WHERE Variable_name IN (");
    for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
        strbuf_addf(&sql, "%s'%s'", i ? ", " : "", settings[i].name);
    strbuf_addch(&sql, ')');
    rc = db_query(db, sql.buf, "tt", &rows, err);
    for (size_t i = 0; i < rows.count; i++)
        apply_setting(db, rows.items[i][0], rows.items[i][1]);
    db_rows_release(&rows);
    strbuf_release(&sql);
    if (rc == 0 || db_lost(db))
        return rc;
    err_release(err);
    return 0;
}

static bool is_one(const char *value)
{
    return strcmp(value, "1") == 0;
}

static int ask_what_it_is(struct db *db, struct err *err)
{
    struct db_rows rows;
    char **row;

    if (db_query(db, server_sql, "tttttt", &rows, err) < 0)
        return -1;
    if (!rows.count)
        return fail_lost(db, "the server doesn't say what it is", err);
    row = rows.items[0];
    db->server = (struct db_server){.version = xstrdup(row[0]),
                                    .is_mariadb = is_one(row[1]),
                                    .quotes_defaults = is_one(row[2]),
                                    .needs_references = is_one(row[3]),
                                    .lower_tables = is_one(row[4]),
                                    .renames_columns = is_one(row[5])};
    db_rows_release(&rows);
    return 0;
}

/* Opens a connection as `target` says. `*ret_no_tls`: it failed for want of TLS. */
static struct db *open_once(const struct db_target *target, bool *ret_no_tls, bool *ret_starting,
                            struct err *err)
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
    /* With a host, the library may take the socket of its own configuration, or none. */
    if (!mysql_real_connect(db->handle, target->socket ? NULL : target->host, target->user,
                            target->password, target->database, target->port, target->socket, 0)) {
        fail_to_open(db, target, err);
        *ret_no_tls = mysql_errno(db->handle) == CLIENT_ERROR_TLS;
        if (ret_starting)
            *ret_starting = may_be_starting(mysql_errno(db->handle));
        goto fail;
    }
    if (target->tls && !mysql_get_ssl_cipher(db->handle)) {
        err_set(err, ERR_CONNECT, "connecting to %s: the server offers no TLS", db->where);
        err_hint(err, "the connection URL asks for it (ssl_...); switch it on in the server");
        *ret_no_tls = true;
        goto fail;
    }
    keep_alive(db->handle->net.fd);
    stop_set_socket(db->handle->net.fd);
    if (set_up_session(db, connect_timeout_s(target), err) < 0 || apply_settings(db, err) < 0 ||
        ask_what_it_is(db, err) < 0) {
        err_wrap(err, "setting up the session on %s", db->where);
        if (ret_starting)
            *ret_starting = may_be_starting(db->last_errno);
        goto fail;
    }
    return db;
fail:
    db_close(db);
    return NULL;
}

struct db *db_open(const struct db_target *target, bool *ret_starting, struct err *err)
{
    bool no_tls = false;
    struct db *db = open_once(target, &no_tls, ret_starting, err);
    struct db_target plain = *target;

    if (db || !no_tls || !target->tls_optional)
        return db;
    log_warning("the server offers no TLS; ssl_mode=PREFERRED goes on without it");
    err_release(err);
    plain.tls = false;
    return open_once(&plain, &no_tls, ret_starting, err);
}

void db_close(struct db *db)
{
    if (!db)
        return;
    stop_set_socket(-1);
    if (db->handle)
        mysql_close(db->handle);
    free(db->server.version);
    free(db->where);
    free(db);
}

/* ---- replies ---- */

static bool fits(const char *columns, MYSQL_ROW row)
{
    for (size_t i = 0; columns[i]; i++)
        if (columns[i] == 't' && !row[i])
            return false;
    return true;
}

static void keep_row(struct db_rows *rows, size_t *alloc, MYSQL_ROW row, const unsigned long *lens)
{
    char **values = xcalloc(rows->width, sizeof(*values));
    size_t *sizes = xcalloc(rows->width, sizeof(*sizes));

    for (size_t i = 0; i < rows->width; i++) {
        values[i] = row[i] ? xmemdupz(row[i], lens[i]) : NULL;
        sizes[i] = row[i] ? lens[i] : 0;
    }
    if (rows->count == *alloc) {
        *alloc = *alloc ? *alloc * 2 : 16;
        rows->items = xreallocarray(rows->items, *alloc, sizeof(*rows->items));
        rows->lens = xreallocarray(rows->lens, *alloc, sizeof(*rows->lens));
    }
    rows->items[rows->count] = values;
    rows->lens[rows->count++] = sizes;
}

static size_t row_size(const unsigned long *lens, size_t width)
{
    size_t size = width * sizeof(char *);

    for (size_t i = 0; i < width; i++)
        size += lens[i];
    return size;
}

/* `columns` is NULL where the rows don't matter. */
static int read_rows(struct db *db, MYSQL_RES *result, const char *columns, struct db_rows *rows,
                     struct err *err)
{
    size_t size = 0, alloc = 0, width = mysql_num_fields(result);
    MYSQL_ROW row;

    if (columns && width != strlen(columns))
        return fail_lost(db, "the server's reply has not the columns that were asked for", err);
    while ((row = mysql_fetch_row(result))) {
        size += row_size(mysql_fetch_lengths(result), width);
        if (size > MAX_RESULT_BYTES)
            return fail_lost(db, "the server's reply is larger than 32 MiB", err);
        if (!columns)
            continue;
        if (!fits(columns, row))
            return fail_lost(db, "the server's reply lacks values", err);
        rows->width = width;
        keep_row(rows, &alloc, row, mysql_fetch_lengths(result));
    }
    return mysql_errno(db->handle) ? fail(db, err) : 0;
}

/* Reads what follows the first result, of a procedure that is called. */
static int drain(struct db *db, struct err *err)
{
    int more = 0;

    /* Asked for where there is none, the library would forget how many rows were affected. */
    while (mysql_more_results(db->handle) && (more = mysql_next_result(db->handle)) == 0) {
        MYSQL_RES *result = mysql_use_result(db->handle);
        int rc = result ? read_rows(db, result, NULL, NULL, err) : 0;

        if (result)
            mysql_free_result(result);
        if (rc < 0)
            return -1;
    }
    return more > 0 ? fail(db, err) : 0;
}

static int try_query(struct db *db, const char *sql, const char *columns, struct db_rows *rows,
                     struct err *err)
{
    MYSQL_RES *result;
    int rc = 0;

    db->last_errno = 0;
    log_debug("sql: %s", sql);
    if (mysql_real_query(db->handle, sql, (unsigned long)strlen(sql)) != 0)
        return fail(db, err);
    result = mysql_use_result(db->handle);
    if (result)
        rc = read_rows(db, result, columns, rows, err);
    else if (mysql_field_count(db->handle))
        rc = fail(db, err);
    else if (columns)
        rc = fail_lost(db, "the server's reply has no rows where it must have", err);
    if (result)
        mysql_free_result(result);
    return rc == 0 ? drain(db, err) : rc;
}

static void pause_for(int64_t ns)
{
    const struct timespec pause = {.tv_nsec = (long)ns};

    nanosleep(&pause, NULL);
}

/* May a statement be tried again, after `tries`? If so, pauses first. */
static bool may_try_again(const struct db *db, int tries)
{
    if (db->last_errno != DB_ERROR_DEADLOCK || tries >= DEADLOCK_TRIES || stop_requested())
        return false;
    pause_for(deadlock_pause_ns << (tries - 1));
    return true;
}

/*
 * A statement that was the victim of a deadlock had no effect, and is tried again. A cluster may
 * choose any statement, even one that only reads, when another node's change of a table arrives.
 * Within a transaction the server has undone all of it: there db_transaction() tries again.
 */
static int run_query(struct db *db, const char *sql, const char *columns, struct db_rows *rows,
                     struct err *err)
{
    const bool alone = !(db->handle->server_status & SERVER_STATUS_IN_TRANS);
    int rc = try_query(db, sql, columns, rows, err);

    for (int tries = 1; rc < 0 && alone && may_try_again(db, tries); tries++) {
        if (rows)
            db_rows_release(rows);
        err_release(err);
        rc = try_query(db, sql, columns, rows, err);
    }
    return rc;
}

int db_query(struct db *db, const char *sql, const char *columns, struct db_rows *rows,
             struct err *err)
{
    *rows = (struct db_rows)DB_ROWS_INIT;
    if (run_query(db, sql, columns, rows, err) == 0)
        return 0;
    db_rows_release(rows);
    return -1;
}

int db_run(struct db *db, const char *sql, uint64_t *ret_affected, struct err *err)
{
    if (run_query(db, sql, NULL, NULL, err) < 0)
        return -1;
    if (ret_affected)
        *ret_affected = mysql_affected_rows(db->handle);
    return 0;
}

static int try_transaction(struct db *db, int (*work)(struct db *, void *, struct err *),
                           void *context, struct err *err)
{
    struct err ignored = ERR_INIT;
    unsigned number;

    if (db_run(db, "START TRANSACTION", NULL, err) == 0 && work(db, context, err) == 0 &&
        db_run(db, "COMMIT", NULL, err) == 0)
        return 0;
    number = db->last_errno;
    /* Else the next statement that changes a table would commit what was done so far. */
    if (!db_lost(db)) {
        db_run(db, "ROLLBACK", NULL, &ignored);
        db->last_errno = number;
    }
    err_release(&ignored);
    return -1;
}

int db_transaction(struct db *db, int (*work)(struct db *, void *, struct err *), void *context,
                   struct err *err)
{
    int rc = try_transaction(db, work, context, err);

    for (int tries = 1; rc < 0 && may_try_again(db, tries); tries++) {
        err_release(err);
        rc = try_transaction(db, work, context, err);
    }
    return rc;
}

int db_query_value(struct db *db, const char *sql, char **ret_value, struct err *err)
{
    struct db_rows rows;

    *ret_value = NULL;
    if (db_query(db, sql, "n", &rows, err) < 0)
        return -1;
    if (rows.count)
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

const struct db_server *db_server(const struct db *db)
{
    return &db->server;
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
