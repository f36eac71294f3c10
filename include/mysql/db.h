/*
 * Connections to a MySQL or MariaDB server, and what they answer.
 *
 * Only this file uses the client library, and only calls that MariaDB's and MySQL's have in common.
 * A result is read whole into memory: catalogues and version rows are small. A result that is
 * larger than 32 MiB, or has other columns than the caller names, is an error, after which the
 * connection is of no use.
 *
 * A session begins with the settings that our statements need, whatever the server's own are: its
 * sql_mode, autocommit and the like. db_open() then asks the server itself what it is, because a
 * proxy in front of it may name another version in the handshake.
 *
 * db_open() gives up a server that doesn't answer. After that we wait as long as the server's host
 * is there, since a statement may take hours. A second signal (base/stop.h) ends the wait.
 *
 * The server may choose a statement as the victim of a deadlock. Outside a transaction it is tried
 * again, for some half a second; within one, the server undoes all of it, and db_transaction()
 * repeats it.
 *
 * Errors are ERR_CONNECT where the server can't be reached, is lost on the way or refuses the
 * credentials, ERR_INTERRUPTED after a second signal, else ERR_FAILED. Their message is the
 * server's, with its number; db_errno() tells the number of the last failure on a connection. No
 * message holds the password.
 */
#ifndef MYSQL_DB_H
#define MYSQL_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"

/* Where to connect, and as whom. All strings are borrowed; NULL: not given. */
struct db_target {
    const char *host; /* NULL: localhost */
    unsigned port;    /* 0: the library's default, 3306 */
    const char *socket;
    const char *user;
    const char *password;
    const char *database;
    const char *charset;       /* NULL: utf8mb4 */
    const char *defaults_file; /* an option file of the MySQL tools; its group [client] is read */
    bool tls;                  /* ask for TLS, and refuse a connection without it */
    bool tls_optional;         /* ... or go on without it, where the server offers none */
    bool tls_verify;           /* refuse a certificate of an unknown authority */
    bool tls_verify_host;      /* refuse a certificate that isn't the host's, too */
    /* The authorities, a file or a folder (NULL: the system's); the client's own; the ciphers. */
    const char *tls_ca, *tls_capath, *tls_cert, *tls_key, *tls_cipher;
    unsigned connect_timeout_s; /* 0: 10 */
};

/* Server errors that callers branch on. */
enum {
    DB_ERROR_CANT_CREATE = 1005,
    DB_ERROR_DUPLICATE_KEY = 1022,
    DB_ERROR_DATABASE_UNKNOWN = 1049,
    DB_ERROR_TABLE_EXISTS = 1050,
    DB_ERROR_DUPLICATE_ENTRY = 1062,
    DB_ERROR_NOT_SUPPORTED = 1105,
    DB_ERROR_TABLE_MISSING = 1146,
    DB_ERROR_NOT_ALLOWED = 1142,
    DB_ERROR_KEY_REQUIRED_MARIADB = 1173,
    DB_ERROR_LOCK_WAIT = 1205,
    DB_ERROR_DEADLOCK = 1213,
    DB_ERROR_NOT_SUPPORTED_YET = 1235,
    DB_ERROR_READ_ONLY = 1290,
    DB_ERROR_DUPLICATE_KEY_NAME = 1826,
    DB_ERROR_KEY_REQUIRED_MYSQL = 3750,
};

struct db;

/* A server, as it describes itself. All but the version follow from what it executes, not from what
 * it is called. */
struct db_server {
    char *version;         /* as VERSION() prints it: "10.11.19-MariaDB-0+deb12u1", "8.0.36" */
    bool is_mariadb;       /* else MySQL */
    bool quotes_defaults;  /* MariaDB from 10.2.7 on: defaults in information_schema have quotes */
    bool lower_tables;     /* it keeps the names of tables in lower case */
    bool renames_columns;  /* it has RENAME COLUMN: MySQL 8.0, MariaDB 10.5.2 */
    bool needs_references; /* MySQL from 5.7.6 on: a foreign key needs the right REFERENCES */
};

/* A result: `count` rows of `width` values. NULL is SQL's NULL; `lens` counts bytes. */
struct db_rows {
    char ***items;
    size_t **lens;
    size_t count;
    size_t width;
};

#define DB_ROWS_INIT                                                                               \
    {                                                                                              \
        NULL, NULL, 0, 0                                                                           \
    }

/*
 * Connects; NULL on an error. The caller closes by db_close(). `*ret_starting` (may be NULL) tells
 * whether the server may just be starting, so that another try a little later may work.
 */
struct db *db_open(const struct db_target *target, bool *ret_starting, struct err *err);
void db_close(struct db *db);

/* Runs one statement whose rows, if any, don't matter. `ret_affected` may be NULL. */
int db_run(struct db *db, const char *sql, uint64_t *ret_affected, struct err *err);
/*
 * Runs one statement and fills `rows`, which the caller releases; it stays empty on an error.
 * `columns` has a letter for each column that the rows must have: 't' for a value, 'n' for a value
 * or NULL.
 */
int db_query(struct db *db, const char *sql, const char *columns, struct db_rows *rows,
             struct err *err);
void db_rows_release(struct db_rows *rows);

/*
 * Runs `work` in a transaction: all of it or nothing. Where the server chose it as the victim of a
 * deadlock, `work` runs again, a few times. Where the connection is lost at the end, the
 * transaction may have taken effect or not.
 */
int db_transaction(struct db *db, int (*work)(struct db *db, void *context, struct err *err),
                   void *context, struct err *err);

/* The first value of the first row, the caller's to free; NULL where there is none. */
int db_query_value(struct db *db, const char *sql, char **ret_value, struct err *err);

/* The server's (or the library's) number of the last failure, 0 after a success. */
unsigned db_errno(const struct db *db);
/* True where the last failure says that there is no connection any more. */
bool db_lost(const struct db *db);
/* The server's own name of this connection, as its process list has it. */
unsigned long db_connection_id(const struct db *db);
/* What the server has said of itself. */
const struct db_server *db_server(const struct db *db);

/* Adds `text` as a string literal with its quotes, for any sql_mode that treats backslashes as
 * MySQL does (db_open() sets one). */
void db_add_string(struct strbuf *sql, const char *text);
/* Adds `name` as an identifier, in backticks. */
void db_add_identifier(struct strbuf *sql, const char *name);

#endif
