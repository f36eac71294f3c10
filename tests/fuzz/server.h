/*
 * A server whose replies are the input: tests/fuzz/run links what includes this with http_start() and
 * the clock replaced, so that all above the event loop is the program's own.
 *
 * The input is a list of replies, each behind a line that begins with '@':
 *
 *     @200
 *     {"results":[{"statement_id":0}]}
 *     @401 v2.7.1
 *
 * that is, the HTTP status and the version that the server tells of itself; a status that is none is
 * no connection. A newline before an '@' belongs to neither reply. The requests get them one after the other, and no connection behind the last.
 * tests/fuzz/record writes what real servers reply into this form.
 */
#ifndef TESTS_FUZZ_SERVER_H
#define TESTS_FUZZ_SERVER_H

#include "base/clock.h"
#include "base/strbuf.h"
#include "fuzz.h"
#include "http/loop.h"
#include "influx/client.h"

/* The clock of all requests; those that wait move it on. */
#define SERVER_NOW_NS INT64_C(1795330000000000000)

struct http_request {
    struct http_call call;
    struct http_request *next;
};

static struct {
    const char *at, *end; /* the replies that are left */
    size_t part;          /* bytes that come at once */
    struct http_request *first;
    int64_t waited_ns;
} server;

int64_t __wrap_clock_now_ns(void);
int64_t __wrap_clock_monotonic_ns(void);
struct http_request *__wrap_http_start(struct http_loop *loop, const struct http_endpoint *endpoint,
                                       const struct http_call *call);
int __wrap_http_loop_turn(struct http_loop *loop, int64_t max_wait_ns, struct err *err);
void __wrap_http_cancel_all(struct http_loop *loop);

int64_t __wrap_clock_now_ns(void)
{
    return SERVER_NOW_NS + server.waited_ns;
}

int64_t __wrap_clock_monotonic_ns(void)
{
    return server.waited_ns;
}

struct http_request *__wrap_http_start(struct http_loop *loop, const struct http_endpoint *endpoint,
                                       const struct http_call *call)
{
    struct http_request *request = xcalloc(1, sizeof(*request)), **last = &server.first;

    (void)loop;
    (void)endpoint;
    request->call = *call;
    while (*last)
        last = &(*last)->next;
    return *last = request;
}

/* Where the next line that begins with '@' is, or the end. */
static const char *next_reply(const char *at)
{
    while (at < server.end) {
        const char *newline = memchr(at, '\n', (size_t)(server.end - at));

        if (!newline)
            break;
        at = newline + 1;
        if (at < server.end && *at == '@')
            return at;
    }
    return server.end;
}

/* Hands a body over, in parts. A copy of just its size, so that who reads behind it is found. */
static enum http_failure deliver(const struct http_call *call, const char *body, size_t len)
{
    for (size_t at = 0, part; at < len; at += part) {
        char *bytes;
        int rc;

        part = len - at < server.part ? len - at : server.part;
        bytes = xmalloc(part);
        memcpy(bytes, body + at, part);
        rc = call->data(call->context, bytes, part);
        free(bytes);
        if (rc < 0)
            return HTTP_REFUSED;
    }
    return HTTP_OK;
}

static void answer(const struct http_call *call)
{
    struct http_result result = {.failure_text = "", .body = ""};
    const char *end = next_reply(server.at), *body = server.at;
    char *head = NULL, *kept = NULL, *version;

    if (server.at < server.end) {
        const char *newline = memchr(server.at, '\n', (size_t)(end - server.at));

        body = newline ? newline + 1 : end;
        head = xmemdupz(server.at + 1, (size_t)(body - server.at - 1));
        result.status = strtol(head, &version, 10);
        version[strcspn(version, "\n")] = '\0';
        if (*version == ' ')
            result.influx_version = version + 1;
    }
    server.at = end;
    /* The newline before the next reply is none of this one's. */
    end -= end > body && end[-1] == '\n';
    if (result.status < 100 || result.status > 599) {
        result = (struct http_result){
            .failure = HTTP_CONNECT, .failure_text = "no connection", .body = ""};
    } else if (call->data && result.status == 200) {
        result.failure = deliver(call, body, (size_t)(end - body));
    } else {
        kept = xmemdupz(body, (size_t)(end - body));
        result.body = kept;
        result.body_len = (size_t)(end - body);
    }
    call->done(call->context, &result);
    free(head);
    free(kept);
}

int __wrap_http_loop_turn(struct http_loop *loop, int64_t max_wait_ns, struct err *err)
{
    struct http_request *request = server.first;

    (void)loop;
    (void)err;
    if (!request) {
        server.waited_ns += max_wait_ns;
        return 0;
    }
    server.first = request->next;
    answer(&request->call);
    free(request);
    return server.first != NULL;
}

void __wrap_http_cancel_all(struct http_loop *loop)
{
    (void)loop;
    must(!server.first);
}

/* The replies are read from here on, in parts of `part` bytes. */
static inline void server_begin(const uint8_t *data, size_t size, size_t part)
{
    server.at = (const char *)data;
    server.end = server.at + size;
    server.part = part;
    server.waited_ns = 0;
}

static inline struct influx_client server_client(void)
{
    return (struct influx_client){.endpoint = {.base_url = "http://127.0.0.1:8086"}};
}

#endif
