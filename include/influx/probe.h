/*
 * Finding out whether an InfluxDB 1.x or 2.x or a VictoriaMetrics answers at an address.
 *
 * InfluxDB names its version in a header of /ping, 2.x with a v in front: "v2.7.1". VictoriaMetrics
 * answers /ping without that header, and tells its version and its flags in /metrics (measured
 * on 1.79.5).
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
 * Asks for a page, or posts `body` where it isn't NULL (it may be ""), and waits. -1, with the
 * codes of influx_query_run(), where the server can't be reached or refuses the credentials; any
 * other HTTP status is no error. `reply` must be PROBE_REPLY_INIT; the caller releases it.
 */
int probe_ask(struct influx_client *client, const char *path, const char *body,
              struct probe_reply *reply, struct err *err);

/* A server that may be away, and whether it answers. */
struct probe_answer {
    struct influx_client *client;
    struct err err; /* ERR_NONE: the server answers, with any HTTP status; else ERR_CONNECT */
};

/* Asks all servers at once, over the loop that their clients share, and waits `timeout_ns` at most.
 * A server that is silent until then counts as away. -1 after a stop signal. */
int probe_all(struct probe_answer *answers, size_t count, int64_t timeout_ns, struct err *err);

/*
 * Finds out the kind of the client's server; INFLUX_KIND_UNKNOWN where the server says nothing
 * about itself. -1: the server can't be reached or refuses the credentials, or a stop signal came.
 */
int probe_kind(struct influx_client *client, enum influx_kind *ret_kind, struct err *err);

/* The value of a flag in a page of VictoriaMetrics' /metrics, the caller's to free; NULL where the
 * flag isn't there. */
char *probe_flag(const char *metrics, const char *flag);

#endif
