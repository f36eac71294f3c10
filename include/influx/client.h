/*
 * Asking an InfluxDB server: one statement a request, over the event loop.
 *
 * Nothing is retried here. Statements go in the body of a POST, credentials in the Authorization
 * header.
 */
#ifndef INFLUX_CLIENT_H
#define INFLUX_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "http/loop.h"
#include "influx/export.h"
#include "influx/points.h"
#include "influx/reply.h"

/* The program that answers at an address. */
enum influx_kind {
    INFLUX_KIND_UNKNOWN,
    INFLUX_KIND_1,        /* InfluxDB 1.x */
    INFLUX_KIND_2,        /* InfluxDB 2.x, used by its interface for clients of 1.x */
    INFLUX_KIND_VICTORIA, /* VictoriaMetrics, which takes line protocol */
};

struct influx_client {
    struct http_loop *loop;
    struct http_endpoint endpoint;
    enum influx_kind kind;
    /* The option that named the server, for hints: "--target-url". NULL: the section [influxdb].
     * Borrowed. */
    const char *origin;
    /* Until then influx_query_run() goes on asking a server that is away; monotonic; 0: not at all.
     */
    int64_t patient_until_ns;
};

/* "InfluxDB", "InfluxDB 2", "VictoriaMetrics": for messages. */
const char *influx_kind_name(enum influx_kind kind);

struct influx_query {
    /* The caller sets these. */
    const char *statement;
    const char *policy; /* of the database that the statement names by ON; NULL: its default one */
    const char *database;         /* with `policy`; else NULL */
    int64_t timeout_ns;           /* 0: none; in influx_query_run() an hour */
    struct influx_reader reader;  /* the caller sets `series` and `context` */
    struct points_reader *points; /* not NULL: reads points, in MessagePack, instead of `reader` */
    /* Not NULL: reads VictoriaMetrics' export instead of `reader`; `statement` then holds the
     * export's parameters, encoded as a form. */
    struct export_reader *exported;
    /* Called when a query that was started has ended; the query is the caller's again. */
    void (*done)(struct influx_query *query);
    void *context;

    /* The answer. */
    enum influx_failure failure;
    char *words; /* of the server, or of the failure on the way; NULL: `failure` is INFLUX_FINE */
    int64_t server_ns; /* the server's clock by its reply, to the second; 0: not in the reply */
    int64_t elapsed_ns;
    struct influx_client *client; /* the client that asks; set by influx_query_start() */
    struct http_request *request; /* valid while it is in flight */
    bool untrusted; /* with INFLUX_CANT_REACH: TLS failed, or the certificate isn't trusted */
    bool is_list;   /* set by influx_query_run(): the reply may have longer lines */
    long status;    /* of HTTP; 0: there was none */
};

#define INFLUX_QUERY_INIT                                                                          \
    {                                                                                              \
        NULL, NULL, NULL, 0, INFLUX_READER_INIT, NULL, NULL, NULL, NULL, INFLUX_FINE, NULL, 0, 0,  \
            NULL, NULL, false, false, 0                                                            \
    }

void influx_query_release(struct influx_query *query);

/* Starts a query. `done` is called from a turn of the client's loop; the caller doesn't move or
 * free the query before. */
void influx_query_start(struct influx_client *client, struct influx_query *query);

/*
 * Asks and waits. -1: ERR_CONNECT where the server can't be reached or refuses the credentials
 * (with a hint), ERR_INTERRUPTED after a stop signal, else ERR_FAILED with the server's words. A
 * busy server is asked up to five times, within some seconds.
 */
int influx_query_run(struct influx_client *client, struct influx_query *query, struct err *err);

/* A batch of points in line protocol, with times in ns. */
struct influx_write {
    /* The caller sets these. */
    const char *database, *policy;
    struct strbuf lines; /* freed by influx_write_release() */
    void (*done)(struct influx_write *write);
    void *context;

    struct http_request *request; /* valid while it is in flight */

    /* The answer. On INFLUX_REFUSED and INFLUX_RETENTION the server may have stored a part of the
     * batch. */
    enum influx_failure failure;
    char *words;
};

#define INFLUX_WRITE_INIT                                                                          \
    {                                                                                              \
        NULL, NULL, STRBUF_INIT, NULL, NULL, NULL, INFLUX_FINE, NULL                               \
    }

void influx_write_release(struct influx_write *write);
/* Starts a write; `done` is called from a turn of the client's loop. */
void influx_write_start(struct influx_client *client, struct influx_write *write);

/* Writes and waits; the answer is in the write. -1: ERR_INTERRUPTED after a stop signal. */
int influx_write_run(struct influx_client *client, struct influx_write *write, struct err *err);

/* Sets `err` to a message for a person about a failed query. Returns -1. */
int influx_query_error(const struct influx_client *client, const struct influx_query *query,
                       struct err *err);

#endif
