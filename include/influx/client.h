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

/* What a server is. */
enum influx_kind {
    INFLUX_KIND_UNKNOWN,
    INFLUX_KIND_1,        /* InfluxDB 1.x */
    INFLUX_KIND_2,        /* InfluxDB 2.x, by its interface of 1.x */
    INFLUX_KIND_VICTORIA, /* VictoriaMetrics, which takes line protocol */
};

struct influx_client {
    struct http_loop *loop;
    struct http_endpoint endpoint;
    enum influx_kind kind;
    /* Who named the server, for hints: "--target-url". NULL: the section [influxdb]. Borrowed. */
    const char *origin;
};

/* "InfluxDB", "InfluxDB 2", "VictoriaMetrics": for messages. */
const char *influx_kind_name(enum influx_kind kind);

struct influx_query {
    /* What the caller sets. */
    const char *statement;
    const char *policy; /* of the database that the statement names by ON; NULL: its default one */
    const char *database;         /* with `policy`; else NULL */
    int64_t timeout_ns;           /* 0: none; in influx_query_run() an hour */
    struct influx_reader reader;  /* `series` and `context` of it */
    struct points_reader *points; /* not NULL: points are read by it, in MessagePack, instead */
    /* Not NULL: VictoriaMetrics' export is read by it, and `statement` has its parameters, encoded
     * as a form. */
    struct export_reader *exported;
    /* The end of influx_query_start(); the query is the caller's again. */
    void (*done)(struct influx_query *query);
    void *context;

    /* What comes back. */
    enum influx_failure failure;
    char *
        words; /* of the server, or of what broke on the way; NULL where `failure` is INFLUX_FINE */
    int64_t server_ns; /* the server's clock as its reply said, to the second; 0: it said nothing */
    int64_t elapsed_ns;
    struct influx_client *client; /* its own; and the request, while it is in flight */
    struct http_request *request;
    bool untrusted; /* with INFLUX_CANT_REACH: TLS failed, or the certificate isn't trusted */
    bool is_list;   /* by influx_query_run(): the reply may have longer lines */
};

#define INFLUX_QUERY_INIT                                                                          \
    {                                                                                              \
        NULL, NULL, NULL, 0, INFLUX_READER_INIT, NULL, NULL, NULL, NULL, INFLUX_FINE, NULL, 0, 0,  \
            NULL, NULL, false, false                                                               \
    }

void influx_query_release(struct influx_query *query);

/* Starts it; `done` is called from a turn of the client's loop. The query stays in place until
 * then. */
void influx_query_start(struct influx_client *client, struct influx_query *query);

/*
 * Asks and waits. -1: ERR_CONNECT where the server can't be reached or refuses the credentials
 * (with a hint), ERR_INTERRUPTED after a stop signal, else ERR_FAILED with the server's words. What
 * is busy is asked again for some seconds.
 */
int influx_query_run(struct influx_client *client, struct influx_query *query, struct err *err);

/* A batch of points in line protocol, with times in ns. */
struct influx_write {
    /* What the caller sets. */
    const char *database, *policy;
    struct strbuf lines; /* the write's own */
    void (*done)(struct influx_write *write);
    void *context;

    struct http_request *request; /* while it is in flight */

    /* What comes back. On INFLUX_REFUSED and INFLUX_RETENTION the server may have stored a part of
     * the batch. */
    enum influx_failure failure;
    char *words;
};

#define INFLUX_WRITE_INIT                                                                          \
    {                                                                                              \
        NULL, NULL, STRBUF_INIT, NULL, NULL, NULL, INFLUX_FINE, NULL                               \
    }

void influx_write_release(struct influx_write *write);
/* Starts it; `done` is called from a turn of the client's loop. */
void influx_write_start(struct influx_client *client, struct influx_write *write);

/* Writes and waits. What the server said is in the write. -1: ERR_INTERRUPTED after a stop signal.
 */
int influx_write_run(struct influx_client *client, struct influx_write *write, struct err *err);

/* Sets `err` to what a failed query means for a person. Returns -1. */
int influx_query_error(const struct influx_client *client, const struct influx_query *query,
                       struct err *err);

#endif
