#include "http/loop.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../unit.h"
#include "base/clock.h"
#include "base/mem.h"

/* A server in a process of its own. It gives the same reply to every connection, and writes all
 * requests to a pipe. */
struct server {
    pid_t pid;
    int port, requests_fd;
};

/* Reads a request: its head, and as much of a body as Content-Length says. */
static void read_request(int fd, struct strbuf *request)
{
    char bytes[4096];
    ssize_t len;

    strbuf_reset(request);
    while ((len = read(fd, bytes, sizeof(bytes))) > 0) {
        const char *end, *length;

        strbuf_add(request, bytes, (size_t)len);
        end = strstr(request->buf, "\r\n\r\n");
        length = strstr(request->buf, "Content-Length: ");
        if (end && request->len >= (size_t)(end + 4 - request->buf) +
                                       (length ? strtoul(length + 16, NULL, 10) : 0))
            return;
    }
}

/* Answers connections for ever. `reply` NULL: no answer, and the connection stays open. */
static _Noreturn void serve(int listener, int requests_fd, const char *reply)
{
    struct strbuf request = STRBUF_INIT;

    for (;;) {
        int fd = accept(listener, NULL, NULL);
        const char *rest = reply;

        read_request(fd, &request);
        if (write(requests_fd, request.buf, request.len) < 0)
            _exit(1);
        if (!reply)
            continue;
        while (*rest) {
            ssize_t written = send(fd, rest, strlen(rest), MSG_NOSIGNAL);

            if (written <= 0)
                break;
            rest += written;
        }
        shutdown(fd, SHUT_RDWR);
        close(fd);
    }
}

static struct server start_server(const char *reply)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0), pipes[2];
    struct server server;

    assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    assert_int_equal(listen(listener, 16), 0);
    assert_int_equal(pipe(pipes), 0);
    server.port = ntohs(address.sin_port);
    server.requests_fd = pipes[0];
    server.pid = fork();
    assert_true(server.pid >= 0);
    if (!server.pid) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(pipes[0]);
        serve(listener, pipes[1], reply);
    }
    close(listener);
    close(pipes[1]);
    return server;
}

/* Ends the server, and returns all requests that it read, the caller's to free. */
static char *stop_server(struct server *server)
{
    struct strbuf requests = STRBUF_INIT;
    char bytes[4096];
    ssize_t len;

    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
    while ((len = read(server->requests_fd, bytes, sizeof(bytes))) > 0)
        strbuf_add(&requests, bytes, (size_t)len);
    close(server->requests_fd);
    return strbuf_detach(&requests);
}

/* The end of a request, as its callbacks saw it. */
struct outcome {
    enum http_failure failure;
    long status;
    char *body, *text, *date;
    struct strbuf data;
    bool refuse; /* on_data() returns -1 */
    int times;   /* calls of on_done() */
};

static void on_done(void *context, const struct http_result *result)
{
    struct outcome *outcome = context;

    outcome->failure = result->failure;
    outcome->status = result->status;
    outcome->body = xmemdupz(result->body, result->body_len);
    outcome->text = xstrdup(result->failure_text);
    outcome->date = xstrdup_or_null(result->date);
    assert_true(result->elapsed_ns >= 0);
    outcome->times++;
}

static int on_data(void *context, const char *bytes, size_t len)
{
    struct outcome *outcome = context;

    strbuf_add(&outcome->data, bytes, len);
    return outcome->refuse ? -1 : 0;
}

static void release(struct outcome *outcome)
{
    free(outcome->body);
    free(outcome->text);
    free(outcome->date);
    strbuf_release(&outcome->data);
}

static void run(struct http_loop *loop)
{
    struct err err = ERR_INIT;
    int left;

    while ((left = http_loop_turn(loop, CLOCK_SECOND_NS, &err)) > 0)
        ;
    assert_int_equal(left, 0);
}

/* Sends one request to a port of this machine, and waits for its end. */
static struct outcome ask_port(int port, struct http_call call)
{
    struct outcome outcome = {.data = STRBUF_INIT};
    struct http_endpoint endpoint = {.user = "admin", .password = "s3cret"};
    struct strbuf url = STRBUF_INIT;
    struct err err = ERR_INIT;
    struct http_loop *loop = http_loop_new(&err);

    assert_non_null(loop);
    strbuf_addf(&url, "http://127.0.0.1:%d", port);
    endpoint.base_url = url.buf;
    if (!call.path)
        call.path = "/ping";
    call.done = on_done;
    call.context = &outcome;
    http_start(loop, &endpoint, &call);
    assert_int_equal(outcome.times, 0);
    run(loop);
    assert_int_equal(outcome.times, 1);
    http_loop_free(loop);
    strbuf_release(&url);
    return outcome;
}

static struct outcome ask(const char *reply, struct http_call call)
{
    struct server server = start_server(reply);
    struct outcome outcome = ask_port(server.port, call);

    free(stop_server(&server));
    return outcome;
}

static const char good[] = "HTTP/1.1 200 OK\r\nDate:  Sun, 22 Nov 2026 01:13:16 GMT \r\n"
                           "Content-Length: 5\r\n\r\nhello";

static void whole_reply(void **state)
{
    struct outcome outcome = ask(good, (struct http_call){0});

    (void)state;
    assert_int_equal(outcome.failure, HTTP_OK);
    assert_int_equal(outcome.status, 200);
    assert_string_equal(outcome.body, "hello");
    assert_string_equal(outcome.text, "");
    assert_string_equal(outcome.date, "Sun, 22 Nov 2026 01:13:16 GMT");
    release(&outcome);
}

static void to_data(void **state)
{
    struct outcome outcome = ask(good, (struct http_call){.data = on_data});

    (void)state;
    assert_int_equal(outcome.failure, HTTP_OK);
    assert_string_equal(outcome.body, "");
    assert_string_equal(outcome.data.buf, "hello");
    release(&outcome);
}

static void error_page(void **state)
{
    struct outcome outcome = ask("HTTP/1.1 401 Unauthorized\r\nContent-Length: 32\r\n\r\n"
                                 "{\"error\":\"authorization failed\"}",
                                 (struct http_call){.data = on_data});

    (void)state;
    assert_int_equal(outcome.failure, HTTP_OK);
    assert_int_equal(outcome.status, 401);
    assert_string_equal(outcome.data.buf, "");
    assert_string_equal(outcome.body, "{\"error\":\"authorization failed\"}");
    release(&outcome);
}

static void truncated(void **state)
{
    static const char *const replies[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello",
        "",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(replies); i++) {
        struct outcome outcome = ask(replies[i], (struct http_call){.data = on_data});

        assert_int_equal(outcome.failure, HTTP_CUT);
        assert_true(*outcome.text);
        release(&outcome);
    }
}

static void refused(void **state)
{
    struct server server = start_server(good);
    struct outcome outcome;

    (void)state;
    free(stop_server(&server));
    outcome = ask_port(server.port, (struct http_call){0});
    assert_int_equal(outcome.failure, HTTP_CONNECT);
    assert_int_equal(outcome.status, 0);
    assert_true(*outcome.text);
    release(&outcome);
}

static void too_large(void **state)
{
    struct outcome outcome = ask(good, (struct http_call){.max_reply_bytes = 4});

    (void)state;
    assert_int_equal(outcome.failure, HTTP_TOO_LARGE);
    assert_has(outcome.text, "larger");
    release(&outcome);
    outcome = ask(good, (struct http_call){.max_reply_bytes = 4, .data = on_data});
    assert_int_equal(outcome.failure, HTTP_TOO_LARGE);
    release(&outcome);
    outcome = ask(good, (struct http_call){.max_reply_bytes = 5});
    assert_int_equal(outcome.failure, HTTP_OK);
    release(&outcome);
}

static void timed_out(void **state)
{
    struct outcome outcome = ask(NULL, (struct http_call){.timeout_ns = CLOCK_SECOND_NS / 20});

    (void)state;
    assert_int_equal(outcome.failure, HTTP_TIMEOUT);
    release(&outcome);
}

static int refuse(void *context, const char *bytes, size_t len)
{
    struct outcome *outcome = context;

    outcome->refuse = true;
    return on_data(context, bytes, len);
}

static void data_refuses(void **state)
{
    struct outcome outcome = ask(good, (struct http_call){.data = refuse});

    (void)state;
    assert_int_equal(outcome.failure, HTTP_REFUSED);
    release(&outcome);
}

static void no_redirect(void **state)
{
    struct server other = start_server(good), server;
    struct strbuf reply = STRBUF_INIT;
    struct outcome outcome;
    char *requests;

    (void)state;
    strbuf_addf(&reply,
                "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%d/\r\nContent-Length: 0\r\n\r\n",
                other.port);
    server = start_server(reply.buf);
    outcome = ask_port(server.port, (struct http_call){0});
    assert_int_equal(outcome.failure, HTTP_OK);
    assert_int_equal(outcome.status, 302);
    requests = stop_server(&server);
    assert_has(requests, "Authorization: Basic YWRtaW46czNjcmV0\r\n");
    free(requests);
    requests = stop_server(&other);
    assert_string_equal(requests, "");
    free(requests);
    release(&outcome);
    strbuf_release(&reply);
}

static void post(void **state)
{
    struct server server = start_server(good);
    struct outcome outcome = ask_port(
        server.port, (struct http_call){.path = "/query?epoch=ns",
                                        .body = "q=a%20b\0c",
                                        .body_len = 9,
                                        .content_type = "application/x-www-form-urlencoded",
                                        .accept = "application/x-msgpack"});
    char *requests = stop_server(&server);

    (void)state;
    assert_int_equal(outcome.failure, HTTP_OK);
    assert_ptr_equal(strstr(requests, "POST /query?epoch=ns HTTP/1.1\r\n"), requests);
    assert_has(requests, "Content-Type: application/x-www-form-urlencoded\r\n");
    assert_has(requests, "Accept: application/x-msgpack\r\n");
    assert_has(requests, "Content-Length: 9\r\n");
    assert_has(requests, "\r\n\r\nq=a%20b");
    assert_null(strstr(requests, "Expect:"));
    assert_null(strstr(requests, "s3cret"));
    free(requests);
    release(&outcome);
}

static void environment(void **state)
{
    struct server proxy = start_server(good), server = start_server(good);
    struct strbuf url = STRBUF_INIT;
    struct outcome outcome;
    char *requests;

    (void)state;
    strbuf_addf(&url, "http://127.0.0.1:%d", proxy.port);
    setenv("http_proxy", url.buf, 1);
    setenv("all_proxy", url.buf, 1);
    outcome = ask_port(server.port, (struct http_call){0});
    unsetenv("http_proxy");
    unsetenv("all_proxy");
    requests = stop_server(&proxy);
    assert_string_equal(requests, "");
    free(requests);
    requests = stop_server(&server);
    assert_has(requests, "GET /ping HTTP/1.1\r\n");
    free(requests);
    release(&outcome);
    strbuf_release(&url);
}

static void cancelled(void **state)
{
    struct server server = start_server(NULL);
    struct outcome outcomes[3] = {
        {.data = STRBUF_INIT}, {.data = STRBUF_INIT}, {.data = STRBUF_INIT}};
    struct strbuf url = STRBUF_INIT;
    struct err err = ERR_INIT;
    struct http_loop *loop = http_loop_new(&err);
    struct http_endpoint endpoint = {0};

    (void)state;
    strbuf_addf(&url, "http://127.0.0.1:%d", server.port);
    endpoint.base_url = url.buf;
    for (int i = 0; i < 3; i++)
        http_start(loop, &endpoint,
                   &(struct http_call){.path = "/", .done = on_done, .context = &outcomes[i]});
    assert_int_equal(http_loop_turn(loop, CLOCK_SECOND_NS / 100, &err), 3);
    http_cancel_all(loop);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(outcomes[i].times, 1);
        assert_int_equal(outcomes[i].failure, HTTP_CANCELLED);
        release(&outcomes[i]);
    }
    assert_int_equal(http_loop_turn(loop, 0, &err), 0);
    http_start(loop, &endpoint,
               &(struct http_call){.path = "/", .done = on_done, .context = &outcomes[0]});
    http_loop_free(loop);
    assert_int_equal(outcomes[0].times, 1);
    http_loop_free(NULL);
    free(stop_server(&server));
    strbuf_release(&url);
}

/* Starts the next request from the end of the one before. */
struct chain {
    struct http_loop *loop;
    struct http_endpoint endpoint;
    int left;
};

static void next_in_chain(void *context, const struct http_result *result)
{
    struct chain *chain = context;

    assert_int_equal(result->failure, HTTP_CONNECT);
    if (chain->left-- > 0)
        http_start(chain->loop, &chain->endpoint,
                   &(struct http_call){.path = "/", .done = next_in_chain, .context = chain});
}

static void chained(void **state)
{
    struct err err = ERR_INIT;
    struct chain chain = {http_loop_new(&err), {.base_url = "gopher://127.0.0.1"}, 50};

    (void)state;
    http_start(chain.loop, &chain.endpoint,
               &(struct http_call){.path = "/", .done = next_in_chain, .context = &chain});
    run(chain.loop);
    assert_int_equal(chain.left, -1);
    http_loop_free(chain.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a whole reply comes with its status, its body and its date", whole_reply),
        TEST("a reply goes to data, part by part", to_data),
        TEST("the body of an error goes to done, not to data", error_page),
        TEST("a reply that ends too early is cut, however it was sent", truncated),
        TEST("where nobody listens there is no connection", refused),
        TEST("a reply beyond its bound is refused, whoever takes it", too_large),
        TEST("a server that is silent for too long is a timeout", timed_out),
        TEST("data may end a request", data_refuses),
        TEST("a redirect is not followed, and the credentials go nowhere else", no_redirect),
        TEST("a statement goes in the body, and the password not in plain text", post),
        TEST("the shell's proxy is asked nothing", environment),
        TEST("what is cancelled reports once, and what is dropped not at all", cancelled),
        TEST("a request may be started from the end of another", chained),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("http/loop", tests, NULL, NULL);
}
