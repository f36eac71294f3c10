#include "influx/client.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stop.h"
#include "influx/quote.h"

/* No honest line is longer: a list of the catalogue comes whole, all else in chunks. */
#define MAX_LIST_LINE_BYTES ((size_t)32 * 1024 * 1024)
#define MAX_LINE_BYTES      ((size_t)4 * 1024 * 1024)
/* No honest reply in JSON is longer. Points have no bound: they are read as they arrive. */
#define MAX_REPLY_BYTES     ((size_t)1024 * 1024 * 1024)
/* influx_query_run() waits so long for a server that accepts a statement and says nothing. */
#define MAX_WAIT_NS         (60 * 60 * CLOCK_SECOND_NS)
/* Rows of a series in one chunk of a reply. Points have smaller chunks, since each statement in
 * flight holds a chunk in memory, and a point of the alarm history has some KiB. */
#define CHUNK_SIZE          "10000"
#define POINTS_CHUNK_SIZE   "1000"

/* The server answers a batch of points by one line. */
#define MAX_WRITE_REPLY_BYTES ((size_t)1024 * 1024)
#define WRITE_TIMEOUT_NS      (5 * 60 * CLOCK_SECOND_NS)

enum { BUSY_TRIES = 5 };

void influx_query_release(struct influx_query *query)
{
    influx_reader_release(&query->reader);
    free(query->words);
    query->words = NULL;
}

static int on_data(void *context, const char *bytes, size_t len)
{
    struct influx_query *query = context;

    if (query->exported)
        return export_reader_feed(query->exported, bytes, len);
    if (query->points)
        return points_reader_feed(query->points, bytes, len);
    return influx_reader_feed(&query->reader, bytes, len);
}

/* InfluxDB 2 says {"code":"...","message":"..."}. NULL where the page isn't that. */
static char *message_of(const struct http_result *result)
{
    struct err err = ERR_INIT;
    json_t *page = json_parse(result->body, result->body_len, &err);
    const json_t *message = json_object_get(page, "message");
    char *words = NULL;

    if (json_is_string(message) && json_string_length(message))
        words = influx_decode_name(json_string_value(message), json_string_length(message));
    json_decref(page);
    err_release(&err);
    return words;
}

/* The words of an error page: the "error" of an object in JSON or MessagePack, or the "message";
 * else the status and the page's first 200 bytes. */
static char *words_of_body(const struct http_result *result)
{
    struct influx_reader reader = INFLUX_READER_INIT;
    struct points_reader points = POINTS_READER_INIT;
    struct strbuf text = STRBUF_INIT;
    char *message = message_of(result);

    influx_reader_feed(&reader, result->body, result->body_len);
    influx_reader_finish(&reader);
    points_reader_feed(&points, result->body, result->body_len);
    if (reader.error || points.error || message)
        strbuf_addstr(&text, reader.error ? reader.error : points.error ? points.error : message);
    else
        strbuf_addf(&text, "HTTP status %ld%s%.*s", result->status, result->body_len ? ": " : "",
                    (int)(result->body_len < 200 ? result->body_len : 200), result->body);
    influx_reader_release(&reader);
    points_reader_release(&points);
    free(message);
    return strbuf_detach(&text);
}

/* The error of the query's reader. */
static const struct err *reader_err(const struct influx_query *query)
{
    return query->exported ? &query->exported->err
           : query->points ? &query->points->err
                           : &query->reader.err;
}

static int finish_reader(struct influx_query *query)
{
    if (query->exported)
        return export_reader_finish(query->exported);
    return query->points ? points_reader_finish(query->points)
                         : influx_reader_finish(&query->reader);
}

/* The first error that a reply with status 200 carries, or NULL. */
static const char *carried_error(const struct influx_query *query)
{
    if (query->exported)
        return NULL;
    return query->points ? query->points->error : query->reader.error;
}

static void judge(struct influx_query *query, const struct http_result *result)
{
    const char *error;

    switch (result->failure) {
    case HTTP_OK:
        break;
    case HTTP_CONNECT:
    case HTTP_TLS:
        query->untrusted = result->failure == HTTP_TLS;
        query->failure = INFLUX_CANT_REACH;
        query->words = xstrdup(result->failure_text);
        return;
    case HTTP_TIMEOUT:
        /* A smaller window takes less time. */
        query->failure = INFLUX_TOO_BIG;
        query->words = xstrdup(result->failure_text);
        return;
    case HTTP_REFUSED:
        query->failure = reader_err(query)->code == ERR_FAILED ? INFLUX_RETRY : INFLUX_FINAL;
        if (query->points && query->points->too_large)
            query->failure = INFLUX_TOO_BIG;
        query->words = xstrdup(reader_err(query)->message);
        return;
    case HTTP_CUT:
    case HTTP_TOO_LARGE:
    case HTTP_CANCELLED:
        query->failure = INFLUX_RETRY;
        query->words = xstrdup(result->failure_text);
        return;
    }
    if (result->status != 200) {
        query->words = words_of_body(result);
        query->failure = influx_classify(result->status, query->words);
        return;
    }
    if (finish_reader(query) < 0) {
        query->failure = INFLUX_RETRY;
        query->words = xstrdup(reader_err(query)->message);
        return;
    }
    error = carried_error(query);
    query->failure = influx_classify(200, error);
    query->words = xstrdup_or_null(error);
}

static void on_done(void *context, const struct http_result *result)
{
    struct influx_query *query = context;
    struct err err = ERR_INIT;

    query->elapsed_ns = result->elapsed_ns;
    query->status = result->status;
    if (result->date && clock_parse_http_date(result->date, &query->server_ns, &err) < 0)
        err_release(&err);
    judge(query, result);
    if (query->failure != INFLUX_FINE)
        log_debug("failed: %s", query->words);
    query->done(query);
}

static void reset_readers(struct influx_query *query)
{
    influx_reader_reset(&query->reader);
    query->reader.max_line_bytes = query->is_list ? MAX_LIST_LINE_BYTES : MAX_LINE_BYTES;
    if (query->points)
        points_reader_reset(query->points);
    if (query->exported)
        export_reader_reset(query->exported);
}

static void add_query_path(struct strbuf *path, const struct influx_query *query)
{
    strbuf_addf(path, "/query?epoch=ns&chunked=true&chunk_size=%s",
                query->points ? POINTS_CHUNK_SIZE : CHUNK_SIZE);
    if (query->policy) {
        strbuf_addstr(path, "&db=");
        influx_add_url_encoded(path, query->database, strlen(query->database));
        strbuf_addstr(path, "&rp=");
        influx_add_url_encoded(path, query->policy, strlen(query->policy));
    }
}

void influx_query_start(struct influx_client *client, struct influx_query *query)
{
    struct strbuf path = STRBUF_INIT, body = STRBUF_INIT;
    struct http_call call = {.content_type = "application/x-www-form-urlencoded",
                             .accept = query->points ? "application/x-msgpack" : "application/json",
                             .timeout_ns = query->timeout_ns,
                             .max_reply_bytes =
                                 query->points || query->exported ? 0 : MAX_REPLY_BYTES,
                             .data = on_data,
                             .done = on_done,
                             .context = query};

    query->client = client;
    query->failure = INFLUX_FINE;
    query->untrusted = false;
    free(query->words);
    query->words = NULL;
    reset_readers(query);
    if (query->exported) {
        strbuf_addstr(&path, "/api/v1/export");
        strbuf_addstr(&body, query->statement);
    } else {
        add_query_path(&path, query);
        strbuf_addstr(&body, "q=");
        influx_add_url_encoded(&body, query->statement, strlen(query->statement));
    }
    call.path = path.buf;
    call.body = body.buf;
    call.body_len = body.len;
    log_debug("statement: %s", query->statement);
    query->request = http_start(client->loop, &client->endpoint, &call);
    strbuf_release(&path);
    strbuf_release(&body);
}

void influx_write_release(struct influx_write *write)
{
    strbuf_release(&write->lines);
    free(write->words);
    write->words = NULL;
}

/* The server answers 204 on success. With 400 it may have stored a part ("partial write"). */
static void on_written(void *context, const struct http_result *result)
{
    struct influx_write *write = context;

    free(write->words);
    write->words = NULL;
    write->failure = INFLUX_FINE;
    if (result->failure != HTTP_OK) {
        write->failure = result->failure == HTTP_CONNECT || result->failure == HTTP_TLS
                             ? INFLUX_CANT_REACH
                             : INFLUX_RETRY;
        write->words = xstrdup(result->failure_text);
    } else if (result->status / 100 != 2) {
        write->words = words_of_body(result);
        write->failure = influx_classify(result->status, write->words);
    }
    write->done(write);
}

void influx_write_start(struct influx_client *client, struct influx_write *write)
{
    struct strbuf path = STRBUF_INIT;
    struct http_call call = {.content_type = "text/plain; charset=utf-8",
                             .compress = true,
                             .timeout_ns = WRITE_TIMEOUT_NS,
                             .max_reply_bytes = MAX_WRITE_REPLY_BYTES,
                             .done = on_written,
                             .context = write};

    strbuf_addstr(&path, "/write?precision=ns&db=");
    influx_add_url_encoded(&path, write->database, strlen(write->database));
    if (write->policy) {
        strbuf_addstr(&path, "&rp=");
        influx_add_url_encoded(&path, write->policy, strlen(write->policy));
    }
    call.path = path.buf;
    call.body = write->lines.buf;
    call.body_len = write->lines.len;
    write->request = http_start(client->loop, &client->endpoint, &call);
    strbuf_release(&path);
}

const char *influx_kind_name(enum influx_kind kind)
{
    return kind == INFLUX_KIND_2          ? "InfluxDB 2"
           : kind == INFLUX_KIND_VICTORIA ? "VictoriaMetrics"
                                          : "InfluxDB";
}

static int cant_reach(const struct influx_client *client, const char *words, bool untrusted,
                      struct err *err)
{
    err_set(err, ERR_CONNECT, "can't reach %s at %s: %s", influx_kind_name(client->kind),
            client->endpoint.base_url, words);
    if (untrusted)
        return err_hint(err,
                        "%s? REQUESTS_CA_BUNDLE or SSL_CERT_FILE names authorities beside the "
                        "system's",
                        client->origin ? "is https right for the server"
                                       : "does ssl in section [influxdb] fit the server");
    if (client->origin)
        return err_hint(err, "is the server up, and is its address right? It comes from %s",
                        client->origin);
    return err_hint(
        err, "is the server up, and are ip_address, port and ssl right in section [influxdb]?");
}

/* What the user lacks, from the server's words ("..., requires READ on mon", "... not authorized to
 * write to mon_a"). Returns the database, in the words, or NULL: it must be an admin. */
static const char *lacking(const char *words, const char **ret_right)
{
    static const struct {
        const char *words, *right;
    } known[] = {{", requires READ on ", "READ"},
                 {", requires WRITE on ", "WRITE"},
                 {", requires ALL PRIVILEGES on ", "ALL"},
                 {"not authorized to write to database ", "WRITE"},
                 {"not authorized to write to ", "WRITE"}};

    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        const char *found = strstr(words, known[i].words);

        *ret_right = known[i].right;
        if (found)
            return found + strlen(known[i].words);
    }
    return NULL;
}

/* The server knows the user, but the user lacks rights. */
static int hint_rights(const char *user, const char *words, struct err *err)
{
    struct strbuf name = STRBUF_INIT, database = STRBUF_INIT;
    const char *right, *found = lacking(words, &right);

    influx_add_identifier(&name, user);
    if (found && *found == '"')
        strbuf_addstr(&database, found); /* quoted already */
    else if (found)
        influx_add_identifier(&database, found);
    if (found)
        err_hint(err,
                 "the password is right, but the user lacks a right: an admin of InfluxDB gives it "
                 "by GRANT %s ON %s TO %s%s",
                 right, database.buf, name.buf,
                 strcmp(right, "ALL") == 0
                     ? ""
                     : "; GRANT ALL ON, where the user is to read and to write there: each grant "
                       "replaces the one before");
    else
        err_hint(
            err,
            "the password is right, but the user lacks rights: an admin of InfluxDB gives them by "
            "GRANT ALL PRIVILEGES TO %s, and takes them back by REVOKE ALL PRIVILEGES FROM %s",
            name.buf, name.buf);
    strbuf_release(&database);
    strbuf_release(&name);
    return -1;
}

/* The server took the credentials, and says what they don't allow. */
static int hint_forbidden(const struct influx_client *client, struct err *err)
{
    return err_hint(err,
                    "the credentials are known there, but may not do this%s%s; give them the "
                    "right to read and to write",
                    client->origin ? "; they come from " : "",
                    client->origin ? client->origin : "");
}

static int denied(const struct influx_client *client, long status, const char *words,
                  struct err *err)
{
    const char *user = client->endpoint.user ? client->endpoint.user : "";

    if (client->endpoint.token_scheme && client->endpoint.password && !*user)
        err_set(err, ERR_CONNECT, "%s at %s refuses the token: %s", influx_kind_name(client->kind),
                client->endpoint.base_url, words);
    else
        err_set(err, ERR_CONNECT, "%s at %s refuses the user '%s': %s",
                influx_kind_name(client->kind), client->endpoint.base_url, user, words);
    if (*user && strstr(words, "not authorized"))
        return hint_rights(user, words, err);
    if (status == 403)
        return hint_forbidden(client, err);
    if (client->origin)
        return err_hint(err, "check the user and the password's file in %s", client->origin);
    return err_hint(err, "check user and password in section [influxdb]; creating databases needs "
                         "an admin of InfluxDB");
}

/* Is it what servers of HTTPS say to plain HTTP? Go's net/http, nginx, Apache. */
static bool wants_tls(const char *words)
{
    static const char *const known[] = {"HTTP request to an HTTPS server",
                                        "plain HTTP request was sent to HTTPS port",
                                        "speaking plain HTTP to an SSL-enabled server port"};

    for (size_t i = 0; i < ARRAY_SIZE(known); i++)
        if (strstr(words, known[i]))
            return true;
    return false;
}

/* A page of HTTP that isn't in InfluxDB's own words: the address has a wrong path. */
static bool is_no_path(const struct influx_query *query)
{
    return query->status == 404 && strncmp(query->words, "HTTP status", 11) == 0;
}

int influx_query_error(const struct influx_client *client, const struct influx_query *query,
                       struct err *err)
{
    switch (query->failure) {
    case INFLUX_CANT_REACH:
        return cant_reach(client, query->words, query->untrusted, err);
    case INFLUX_DENIED:
        return denied(client, query->status, query->words, err);
    case INFLUX_FULL:
        err_set(err, ERR_FAILED, "the disk of %s at %s is full: %s", influx_kind_name(client->kind),
                client->endpoint.base_url, query->words);
        return err_hint(err, "make room there and restart the server, which may refuse or hang "
                             "until then; then the same command goes on from here");
    case INFLUX_FINE:
    case INFLUX_UNKNOWN:
    case INFLUX_RETRY:
    case INFLUX_TOO_BIG:
    case INFLUX_RETENTION:
    case INFLUX_REFUSED:
    case INFLUX_FINAL:
        break;
    }
    if (query->words && wants_tls(query->words)) {
        err_set(err, ERR_CONNECT, "%s at %s wants TLS: %s", influx_kind_name(client->kind),
                client->endpoint.base_url, query->words);
        return client->origin
                   ? err_hint(err, "the address begins with https:// then; it comes from %s",
                              client->origin)
                   : err_hint(err, "set ssl = true in section [influxdb]");
    }
    err_set(err, ERR_FAILED, "%s at %s: %s", influx_kind_name(client->kind),
            client->endpoint.base_url, query->words ? query->words : "no answer");
    if (is_no_path(query)) {
        err->code = ERR_CONNECT;
        err_hint(err, "no InfluxDB answers at this path%s%s",
                 client->origin ? "; it comes from " : "", client->origin ? client->origin : "");
    }
    return -1;
}

static void mark_done(struct influx_query *query)
{
    *(bool *)query->context = true;
}

static void mark_written(struct influx_write *write)
{
    *(bool *)write->context = true;
}

/* Turns the loop until `done` is set or a stop signal comes. */
static int wait_for(struct influx_client *client, const bool *done, struct err *err)
{
    int rc = 0;

    while (!*done && rc == 0 && !stop_requested())
        rc = http_loop_turn(client->loop, CLOCK_SECOND_NS, err) < 0 ? -1 : 0;
    if (!*done)
        http_cancel_all(client->loop);
    if (rc == 0 && stop_requested())
        rc = err_set(err, ERR_INTERRUPTED, "interrupted");
    return rc;
}

static int run_once(struct influx_client *client, struct influx_query *query, struct err *err)
{
    bool done = false;
    int rc;

    query->done = mark_done;
    query->context = &done;
    influx_query_start(client, query);
    rc = wait_for(client, &done, err);
    query->context = NULL;
    return rc;
}

int influx_write_run(struct influx_client *client, struct influx_write *write, struct err *err)
{
    bool done = false;
    int rc;

    write->done = mark_written;
    write->context = &done;
    influx_write_start(client, write);
    rc = wait_for(client, &done, err);
    write->context = NULL;
    return rc;
}

/* Waits for `pause_ns`, or until a stop signal comes. */
static int pause_for(struct influx_client *client, int64_t pause_ns, struct err *err)
{
    int64_t end_ns = clock_monotonic_ns() + pause_ns;

    for (int64_t now_ns; (now_ns = clock_monotonic_ns()) < end_ns && !stop_requested();)
        if (http_loop_turn(client->loop, end_ns - now_ns + 1000000, err) < 0)
            return -1;
    return 0;
}

/* A server that is busy is asked a few times, one that is away as long as the client is patient. */
static bool may_ask_again(const struct influx_client *client, const struct influx_query *query,
                          int tries)
{
    if (query->failure == INFLUX_CANT_REACH)
        return clock_monotonic_ns() < client->patient_until_ns;
    return (query->failure == INFLUX_RETRY || query->failure == INFLUX_UNKNOWN) &&
           tries < BUSY_TRIES;
}

int influx_query_run(struct influx_client *client, struct influx_query *query, struct err *err)
{
    if (!query->timeout_ns)
        query->timeout_ns = MAX_WAIT_NS;
    query->is_list = true;
    for (int tries = 1;; tries++) {
        if (run_once(client, query, err) < 0)
            return -1;
        if (query->failure == INFLUX_FINE)
            return 0;
        if (!may_ask_again(client, query, tries))
            return influx_query_error(client, query, err);
        if (pause_for(client, (tries < BUSY_TRIES ? tries : BUSY_TRIES) * CLOCK_SECOND_NS / 2,
                      err) < 0)
            return -1;
    }
}
