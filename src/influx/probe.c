#include "influx/probe.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/stop.h"

/* A page of metrics is some hundred KB. */
#define MAX_PAGE_BYTES  ((size_t)32 * 1024 * 1024)
#define PAGE_TIMEOUT_NS (30 * CLOCK_SECOND_NS)

struct asking {
    struct probe_reply *reply;
    struct influx_query outcome; /* stands in for a statement's, for influx_query_error() */
    bool done;
};

void probe_reply_release(struct probe_reply *reply)
{
    free(reply->version);
    strbuf_release(&reply->body);
    *reply = (struct probe_reply)PROBE_REPLY_INIT;
}

static char *status_text(const struct http_result *result)
{
    struct strbuf text = STRBUF_INIT;

    strbuf_addf(&text, "HTTP status %ld", result->status);
    return strbuf_detach(&text);
}

static void judge(struct asking *asking, const struct http_result *result)
{
    struct influx_query *outcome = &asking->outcome;

    if (result->failure == HTTP_OK && result->status != 401 && result->status != 403)
        return;
    outcome->failure = result->failure == HTTP_OK ? INFLUX_DENIED : INFLUX_CANT_REACH;
    outcome->untrusted = result->failure == HTTP_TLS;
    outcome->status = result->status;
    outcome->words =
        result->failure == HTTP_OK ? status_text(result) : xstrdup(result->failure_text);
}

static void on_done(void *context, const struct http_result *result)
{
    struct asking *asking = context;

    asking->done = true;
    asking->reply->status = result->status;
    asking->reply->version = xstrdup_or_null(result->influx_version);
    strbuf_add(&asking->reply->body, result->body, result->body_len);
    judge(asking, result);
}

int probe_ask(struct influx_client *client, const char *path, const char *body,
              struct probe_reply *reply, struct err *err)
{
    struct asking asking = {.reply = reply, .outcome = INFLUX_QUERY_INIT};
    struct http_call call = {.path = path,
                             .body = body,
                             .body_len = body ? strlen(body) : 0,
                             .content_type = "application/x-www-form-urlencoded",
                             .timeout_ns = PAGE_TIMEOUT_NS,
                             .max_reply_bytes = MAX_PAGE_BYTES,
                             .done = on_done,
                             .context = &asking};
    int rc = 0;

    http_start(client->loop, &client->endpoint, &call);
    while (!asking.done && rc == 0 && !stop_requested())
        rc = http_loop_turn(client->loop, CLOCK_SECOND_NS, err) < 0 ? -1 : 0;
    if (!asking.done)
        http_cancel_all(client->loop);
    if (rc == 0 && stop_requested())
        rc = err_set(err, ERR_INTERRUPTED, "interrupted");
    else if (rc == 0 && asking.outcome.failure != INFLUX_FINE)
        rc = influx_query_error(client, &asking.outcome, err);
    influx_query_release(&asking.outcome);
    return rc;
}

/* An answer of any HTTP status shows that the server is there. */
static void on_answer(void *context, const struct http_result *result)
{
    struct probe_answer *answer = context;
    struct influx_query outcome = INFLUX_QUERY_INIT;

    if (result->failure == HTTP_OK)
        return;
    outcome.failure = INFLUX_CANT_REACH;
    outcome.untrusted = result->failure == HTTP_TLS;
    outcome.words = xstrdup(result->failure_text);
    influx_query_error(answer->client, &outcome, &answer->err);
    influx_query_release(&outcome);
}

int probe_all(struct probe_answer *answers, size_t count, int64_t timeout_ns, struct err *err)
{
    int rc = 0;

    if (!count)
        return 0;
    for (size_t i = 0; i < count; i++) {
        struct http_call call = {.path = "/ping",
                                 .timeout_ns = timeout_ns,
                                 .max_reply_bytes = MAX_PAGE_BYTES,
                                 .done = on_answer,
                                 .context = &answers[i]};

        http_start(answers[i].client->loop, &answers[i].client->endpoint, &call);
    }
    while (rc == 0 && !stop_requested()) {
        int left = http_loop_turn(answers[0].client->loop, CLOCK_SECOND_NS, err);

        if (left == 0)
            return 0;
        rc = left < 0 ? -1 : 0;
    }
    http_cancel_all(answers[0].client->loop);
    return rc < 0 ? -1 : err_set(err, ERR_INTERRUPTED, "interrupted");
}

static bool is_victoria(const struct probe_reply *reply)
{
    return reply->status == 200 && strstr(reply->body.buf, "vm_app_version{");
}

int probe_kind(struct influx_client *client, enum influx_kind *ret_kind, struct err *err)
{
    struct probe_reply ping = PROBE_REPLY_INIT, metrics = PROBE_REPLY_INIT;
    int rc = -1;

    if (probe_ask(client, "/ping", NULL, &ping, err) < 0)
        goto out;
    if (ping.version) {
        *ret_kind = ping.version[0] == 'v' ? INFLUX_KIND_2 : INFLUX_KIND_1;
        rc = 0;
        goto out;
    }
    if (probe_ask(client, "/metrics", NULL, &metrics, err) < 0)
        goto out;
    *ret_kind = is_victoria(&metrics) ? INFLUX_KIND_VICTORIA : INFLUX_KIND_UNKNOWN;
    rc = 0;
out:
    probe_reply_release(&ping);
    probe_reply_release(&metrics);
    return rc;
}

char *probe_flag(const char *metrics, const char *flag)
{
    struct strbuf head = STRBUF_INIT;
    const char *line;
    char *value = NULL;

    strbuf_addf(&head, "\nflag{name=\"%s\", value=\"", flag);
    line = strstr(metrics, head.buf);
    if (line)
        value = xmemdupz(line + head.len, strcspn(line + head.len, "\""));
    strbuf_release(&head);
    return value;
}
