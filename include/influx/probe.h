/*
 * What answers at an address: an InfluxDB 1.x or 2.x, or a VictoriaMetrics.
 *
 * InfluxDB names its version in a header of /ping, 2.x with a v in front: "v2.7.1". VictoriaMetrics
 * answers /ping without it, and tells its version and its flags in /metrics (measured on 1.79.5).
 */
#ifndef INFLUX_PROBE_H
#define INFLUX_PROBE_H

#include "base/strbuf.h"
#include "influx/client.h"

struct probe_reply {
    long status;   /* of HTTP */
    char *version; /* of InfluxDB, or NULL */
    struct strbuf body;
};

#define PROBE_REPLY_INIT                                                                           \
    {                                                                                              \
        0, NULL, STRBUF_INIT                                                                       \
    }

void probe_reply_release(struct probe_reply *reply);

/*
 * Asks for a page, or with `body` (which may be "") posts it, and waits. A server that says no is
 * no error here, one that can't be reached or refuses the credentials is; -1 as in
 * influx_query_run(). `reply` must be PROBE_REPLY_INIT.
 */
int probe_ask(struct influx_client *client, const char *path, const char *body,
              struct probe_reply *reply, struct err *err);

/* A server that is asked whether it is there. */
struct probe_answer {
    struct influx_client *client;
    struct err err; /* ERR_NONE: it answers, whatever it says; else ERR_CONNECT */
};

/* Asks all at once, and waits for so long at most; who is silent doesn't answer. -1 after a stop
 * signal. */
int probe_all(struct probe_answer *answers, size_t count, int64_t timeout_ns, struct err *err);

/*
 * Finds out the kind of the client's server; INFLUX_KIND_UNKNOWN where it says nothing about
 * itself. -1: it can't be reached, refuses the credentials, or a stop signal came.
 */
int probe_kind(struct influx_client *client, enum influx_kind *ret_kind, struct err *err);

/* The value of a flag in a page of VictoriaMetrics' /metrics, the caller's to free; NULL where it
 * isn't there. */
char *probe_flag(const char *metrics, const char *flag);

#endif
