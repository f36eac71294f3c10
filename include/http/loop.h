/*
 * The event loop: HTTP requests in flight over kept-alive connections, by curl_multi. One thread;
 * the only user of curl.
 *
 * An endpoint is a server with credentials. A request is started on a loop and reports its end
 * exactly once, by its `done`, from within http_loop_turn() (never from within http_start()). The
 * loop retries nothing and follows no redirect. Credentials go into the Authorization header of
 * requests to their endpoint, and nowhere else.
 */
#ifndef HTTP_LOOP_H
#define HTTP_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"

struct http_loop;
struct http_request;

/* All text is borrowed and must outlive the requests. */
struct http_endpoint {
    const char *base_url; /* "https://10.0.0.1:8086", without a slash at the end */
    const char *user;     /* NULL or "": no Authorization header */
    const char *password;
    /* The scheme of the Authorization header, "Token" or "Bearer", where there is no user: the
     * password is then a token. NULL: no header without a user. */
    const char *token_scheme;
    bool verify_tls;
    const char *ca_file; /* NULL: the system's authorities */
    bool compress;       /* asks for replies in gzip, and lets calls compress their bodies; worth it
                            where the network is slower than the processor */
};

enum http_failure {
    HTTP_OK,        /* a whole reply came, with any status */
    HTTP_CONNECT,   /* no connection: refused, unreachable, unknown host, timeout of the connect */
    HTTP_TLS,       /* the certificate isn't trusted, or the handshake failed */
    HTTP_CUT,       /* the connection broke, or the reply ended too early */
    HTTP_TIMEOUT,   /* the reply didn't end within the request's time */
    HTTP_TOO_LARGE, /* the reply exceeds the request's bound, or 1 MiB with a status but 200 */
    HTTP_REFUSED,   /* `data` returned -1 */
    HTTP_CANCELLED, /* http_cancel_all() */
};

struct http_result {
    enum http_failure failure;
    const char *failure_text; /* for a person; "" where there is none */
    long status;              /* HTTP status, 0 when there was none */
    const char *body;         /* the part that `data` didn't take; NUL-terminated */
    size_t body_len;
    const char *date;           /* the Date header, or NULL */
    const char *influx_version; /* the X-Influxdb-Version header, or NULL */
    int64_t elapsed_ns;
};

struct http_call {
    const char *path; /* with query string, already encoded: "/query?epoch=ns" */
    const char *body; /* POST where not NULL, else GET; copied */
    size_t body_len;
    const char *content_type; /* of the body */
    bool compress;            /* compress the body, where the endpoint allows it */
    const char *accept;       /* the Accept header; NULL: anything */
    int64_t timeout_ns; /* for the whole request; 0: none (TCP keepalive notices a dead peer) */
    size_t
        max_reply_bytes; /* of the whole reply, kept in memory or passed to `data`; 0: no bound */
    /* Takes a part of a reply with status 200; returns -1 to end the request. NULL: the body is
     * kept for `done`. */
    int (*data)(void *context, const char *bytes, size_t len);
    /* Called at the end, good or bad; `result` lives during the call. It may start requests. */
    void (*done)(void *context, const struct http_result *result);
    void *context;
};

struct http_loop *http_loop_new(struct err *err);
/* Drops the requests still in flight, without calling their `done`. */
void http_loop_free(struct http_loop *loop);

/* Starts a request, which lives until its `done` has returned. */
struct http_request *http_start(struct http_loop *loop, const struct http_endpoint *endpoint,
                                const struct http_call *call);

/*
 * Waits until a connection has news or a stop signal comes, at most `max_wait_ns`, and reports the
 * requests that ended. Returns the number of requests still in flight, or -1.
 */
int http_loop_turn(struct http_loop *loop, int64_t max_wait_ns, struct err *err);

/*
 * Back-pressure: http_pause() stops reading a reply, http_resume() goes on. Buffered bytes may
 * still come in one more call of `data` after http_pause(). Both may be called from `data` and from
 * anywhere else.
 */
void http_pause(struct http_request *request);
void http_resume(struct http_request *request);
/* Ends one request, which reports HTTP_CANCELLED before this returns. Never call it from within the
 * request's own callbacks. */
void http_cancel(struct http_request *request);

/* Ends all requests in flight; each reports HTTP_CANCELLED before this returns. */
void http_cancel_all(struct http_loop *loop);

#endif
