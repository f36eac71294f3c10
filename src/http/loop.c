#include "http/loop.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/stop.h"
#include "gzip.h"

/* The time for a connect, and the silence after which, and then between which, TCP probes a peer.
 */
enum { CONNECT_TIMEOUT_S = 10, KEEPALIVE_IDLE_S = 30, KEEPALIVE_INTERVAL_S = 10 };
/* The bound of a reply with a status but 200: an error's words, or some page. */
#define MAX_ERROR_BYTES ((size_t)1024 * 1024)

struct http_request {
    struct http_loop *loop;
    struct http_request *next, **link; /* in the loop's list; *link points to this request */
    CURL *easy;
    bool added; /* to the multi handle */
    struct curl_slist *headers;
    struct http_call call; /* `body` is the request's own copy */
    struct strbuf reply;
    size_t received;
    bool delimited;              /* the reply's headers tell where it ends */
    char *date, *influx_version; /* the headers' values, or NULL */
    enum http_failure failure;   /* set by a callback that ends the transfer */
    char text[CURL_ERROR_SIZE];
    int64_t started_ns;
};

struct http_loop {
    CURLM *multi;
    struct http_request *requests;
    int in_flight;
    bool in_curl;   /* curl is calling back: it takes no new request then */
    CURL *idle[16]; /* handles to use again for the next requests */
    size_t idle_count;
};

struct http_loop *http_loop_new(struct err *err)
{
    struct http_loop *loop;

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        err_set(err, ERR_FAILED, "can't initialise libcurl");
        return NULL;
    }
    loop = xcalloc(1, sizeof(*loop));
    loop->multi = curl_multi_init();
    if (!loop->multi) {
        err_set(err, ERR_FAILED, "can't initialise libcurl's multi interface");
        free(loop);
        return NULL;
    }
    return loop;
}

static void request_free(struct http_request *request)
{
    struct http_loop *loop = request->loop;

    *request->link = request->next;
    if (request->next)
        request->next->link = request->link;
    curl_multi_remove_handle(loop->multi, request->easy);
    if (loop->idle_count < ARRAY_SIZE(loop->idle))
        loop->idle[loop->idle_count++] = request->easy;
    else
        curl_easy_cleanup(request->easy);
    curl_slist_free_all(request->headers);
    free((char *)request->call.body);
    free(request->date);
    free(request->influx_version);
    strbuf_release(&request->reply);
    free(request);
    loop->in_flight--;
}

void http_loop_free(struct http_loop *loop)
{
    if (!loop)
        return;
    /* request_free() takes the request off the list, which the analyzer doesn't see. */
    while (loop->requests)
        request_free(loop->requests); /* NOLINT(clang-analyzer-unix.Malloc) */
    while (loop->idle_count)
        curl_easy_cleanup(loop->idle[--loop->idle_count]);
    curl_multi_cleanup(loop->multi);
    free(loop);
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct http_request *request = context;
    size_t len = size * count;
    long status = 0;

    request->received += len;
    if (request->call.max_reply_bytes && request->received > request->call.max_reply_bytes) {
        request->failure = HTTP_TOO_LARGE;
        return CURL_WRITEFUNC_ERROR;
    }
    curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
    if (!request->call.data || status != 200) {
        if (status != 200 && request->received > MAX_ERROR_BYTES) {
            request->failure = HTTP_TOO_LARGE;
            return CURL_WRITEFUNC_ERROR;
        }
        strbuf_add(&request->reply, bytes, len);
        return len;
    }
    if (request->call.data(request->call.context, bytes, len) < 0) {
        request->failure = HTTP_REFUSED;
        return CURL_WRITEFUNC_ERROR;
    }
    return len;
}

static bool begins_with(const char *bytes, size_t len, const char *name)
{
    return len > strlen(name) && strncasecmp(bytes, name, strlen(name)) == 0;
}

/* The value of a header line, without the blanks around it. The caller's to free. */
static char *header_value(const char *bytes, size_t len, const char *name)
{
    size_t start = strlen(name), end = len;

    while (start < end && strchr(" \t", bytes[start]))
        start++;
    while (end > start && strchr("\r\n ", bytes[end - 1]))
        end--;
    return xmemdupz(bytes + start, end - start);
}

static void keep_header(char **value, const char *bytes, size_t len, const char *name)
{
    if (!begins_with(bytes, len, name))
        return;
    free(*value);
    *value = header_value(bytes, len, name);
}

static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
    struct http_request *request = context;
    size_t len = size * count;

    if (begins_with(bytes, len, "content-length:") || begins_with(bytes, len, "transfer-encoding:"))
        request->delimited = true;
    keep_header(&request->date, bytes, len, "date:");
    keep_header(&request->influx_version, bytes, len, "x-influxdb-version:");
    return len;
}

static bool has_user(const struct http_endpoint *endpoint)
{
    return endpoint->user && *endpoint->user;
}

static void set_endpoint(CURL *easy, const struct http_endpoint *endpoint)
{
    if (has_user(endpoint)) {
        curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        curl_easy_setopt(easy, CURLOPT_USERNAME, endpoint->user);
        curl_easy_setopt(easy, CURLOPT_PASSWORD, endpoint->password ? endpoint->password : "");
    }
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, endpoint->verify_tls ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, endpoint->verify_tls ? 2L : 0L);
    if (endpoint->ca_file)
        curl_easy_setopt(easy, CURLOPT_CAINFO, endpoint->ca_file);
    if (endpoint->compress)
        curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
}

static void set_connection(CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    /* The persister talks to its server directly, whatever the shell's http_proxy says. */
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIMEOUT_S);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_IDLE_S);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_INTERVAL_S);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 256L * 1024);
}

static void set_call(struct http_request *request, const struct http_endpoint *endpoint)
{
    const struct http_call *call = &request->call;
    CURL *easy = request->easy;
    struct strbuf text = STRBUF_INIT;

    strbuf_addf(&text, "%s%s", endpoint->base_url, call->path);
    curl_easy_setopt(easy, CURLOPT_URL, text.buf);
    strbuf_reset(&text);
    if (call->body) {
        strbuf_addf(&text, "Content-Type: %s", call->content_type);
        request->headers = curl_slist_append(request->headers, text.buf);
        /* An empty Expect keeps curl from waiting for "100 Continue" before larger bodies. */
        request->headers = curl_slist_append(request->headers, "Expect:");
        if (call->compress)
            request->headers = curl_slist_append(request->headers, "Content-Encoding: gzip");
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->body);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_len);
    }
    if (call->accept) {
        strbuf_reset(&text);
        strbuf_addf(&text, "Accept: %s", call->accept);
        request->headers = curl_slist_append(request->headers, text.buf);
    }
    if (!has_user(endpoint) && endpoint->token_scheme && endpoint->password) {
        strbuf_reset(&text);
        strbuf_addf(&text, "Authorization: %s %s", endpoint->token_scheme, endpoint->password);
        request->headers = curl_slist_append(request->headers, text.buf);
        explicit_bzero(text.buf, text.len);
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->headers);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(call->timeout_ns / 1000000));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, request);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, request->text);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, request);
    strbuf_release(&text);
}

static void add_to_curl(struct http_request *request)
{
    request->added = true;
    curl_multi_add_handle(request->loop->multi, request->easy);
}

/* Gives curl the requests that callbacks started while curl was calling back. */
static void add_late_requests(struct http_loop *loop)
{
    for (struct http_request *request = loop->requests; request; request = request->next)
        if (!request->added)
            add_to_curl(request);
}

static CURLMcode perform(struct http_loop *loop, int *running)
{
    CURLMcode code;

    loop->in_curl = true;
    code = curl_multi_perform(loop->multi, running);
    loop->in_curl = false;
    add_late_requests(loop);
    return code;
}

/* Copies the body into the request, compressed where the request says so. */
static void take_body(struct http_request *request, const struct http_call *call)
{
    struct strbuf body = STRBUF_INIT;

    if (!call->body)
        return;
    if (request->call.compress)
        gzip_add(&body, call->body, call->body_len);
    else
        strbuf_add(&body, call->body, call->body_len);
    request->call.body_len = body.len;
    request->call.body = strbuf_detach(&body);
}

struct http_request *http_start(struct http_loop *loop, const struct http_endpoint *endpoint,
                                const struct http_call *call)
{
    struct http_request *request = xcalloc(1, sizeof(*request));

    request->loop = loop;
    request->call = *call;
    request->call.compress = call->compress && endpoint->compress;
    take_body(request, call);
    request->reply = (struct strbuf)STRBUF_INIT;
    request->started_ns = clock_monotonic_ns();
    request->easy = loop->idle_count ? loop->idle[--loop->idle_count] : curl_easy_init();
    if (!request->easy)
        abort(); /* only for lack of memory */
    curl_easy_reset(request->easy);
    set_connection(request->easy);
    set_endpoint(request->easy, endpoint);
    set_call(request, endpoint);
    request->next = loop->requests;
    request->link = &loop->requests;
    if (request->next)
        request->next->link = &request->next;
    loop->requests = request;
    loop->in_flight++;
    if (!loop->in_curl)
        add_to_curl(request);
    return request;
}

/* Is it a refusal in HTTP/1.0, whose bodies end with the connection? So a server of HTTPS answers
 * plain HTTP. */
static bool is_old_refusal(const struct http_request *request)
{
    long version = 0, status = 0;

    curl_easy_getinfo(request->easy, CURLINFO_HTTP_VERSION, &version);
    curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
    return version == CURL_HTTP_VERSION_1_0 && status / 100 == 4;
}

static enum http_failure classify(const struct http_request *request, CURLcode code)
{
    if (request->failure != HTTP_OK)
        return request->failure;
    switch (code) {
    case CURLE_OK:
        /* Without a length or chunks a body ends with the connection, and may be cut: curl can't
         * tell. An InfluxDB always sends one of them. */
        return request->received && !request->delimited && !is_old_refusal(request) ? HTTP_CUT
                                                                                    : HTTP_OK;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return HTTP_CONNECT;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_USE_SSL_FAILED:
        return HTTP_TLS;
    case CURLE_OPERATION_TIMEDOUT: {
        curl_off_t connected_us = 0;

        curl_easy_getinfo(request->easy, CURLINFO_CONNECT_TIME_T, &connected_us);
        return connected_us ? HTTP_TIMEOUT : HTTP_CONNECT;
    }
    default:
        return HTTP_CUT;
    }
}

static void finish(struct http_request *request, enum http_failure failure, const char *text)
{
    struct http_result result = {
        .failure = failure,
        .failure_text = text,
        .body = request->reply.buf,
        .body_len = request->reply.len,
        .date = request->date,
        .influx_version = request->influx_version,
        .elapsed_ns = clock_monotonic_ns() - request->started_ns,
    };

    curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &result.status);
    request->call.done(request->call.context, &result);
    request_free(request);
}

static const char *failure_text(const struct http_request *request, enum http_failure failure,
                                CURLcode code)
{
    if (failure == HTTP_OK)
        return "";
    if (failure == HTTP_TOO_LARGE)
        return "the reply is larger than expected";
    if (failure == HTTP_CUT && code == CURLE_OK)
        return "the reply ended with the connection, and may be cut";
    return request->text[0] ? request->text : curl_easy_strerror(code);
}

static void harvest(struct http_loop *loop)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(loop->multi, &left))) {
        struct http_request *request = NULL;
        enum http_failure failure;
        CURLcode code = message->data.result;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&request);
        failure = classify(request, code);
        finish(request, failure, failure_text(request, failure, code));
    }
}

int http_loop_turn(struct http_loop *loop, int64_t max_wait_ns, struct err *err)
{
    struct curl_waitfd stop = {.fd = stop_fd(), .events = CURL_WAIT_POLLIN};
    int running = 0;
    CURLMcode code = perform(loop, &running);

    /* Nothing has ended yet: wait, and look again. */
    if (code == CURLM_OK && running == loop->in_flight) {
        code =
            curl_multi_poll(loop->multi, &stop, stop.fd >= 0, (int)(max_wait_ns / 1000000), NULL);
        if (stop.fd >= 0)
            stop_drain();
        if (code == CURLM_OK)
            code = perform(loop, &running);
    }
    if (code != CURLM_OK)
        return err_set(err, ERR_BUG, "libcurl: %s", curl_multi_strerror(code));
    harvest(loop);
    return loop->in_flight;
}

void http_pause(struct http_request *request)
{
    curl_easy_pause(request->easy, CURLPAUSE_RECV);
}

void http_resume(struct http_request *request)
{
    struct http_loop *loop = request->loop;
    bool in_curl = loop->in_curl;

    /* curl may call back with the bytes that it held back, before curl_easy_pause() returns. */
    loop->in_curl = true;
    curl_easy_pause(request->easy, CURLPAUSE_CONT);
    loop->in_curl = in_curl;
    if (!in_curl)
        add_late_requests(loop);
}

void http_cancel(struct http_request *request)
{
    finish(request, HTTP_CANCELLED, "cancelled");
}

void http_cancel_all(struct http_loop *loop)
{
    while (loop->requests)
        http_cancel(loop->requests); /* NOLINT(clang-analyzer-unix.Malloc) */
}
