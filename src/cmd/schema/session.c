#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stop.h"
#include "cmd/schema/plan.h"
#include "cmd/schema/schema.h"
#include "conf/api.h"
#include "conf/dburl.h"
#include "schema/diff.h"
#include "schema/inspect.h"
#include "term/out.h"

const struct schema_options schema_options_defaults = {
    .revisions_dirs = STRVEC_INIT,
    .wait_ns = SCHEMA_NO_WAIT,
    .lock_timeout_ns = 60 * CLOCK_SECOND_NS,
    .lock_expiry_ns = 300 * CLOCK_SECOND_NS,
};

void schema_options_release(void *options)
{
    struct schema_options *schema = options;

    strvec_release(&schema->revisions_dirs);
}

const char *schema_operand(const struct command_input *input, const char *fallback)
{
    return input->operands.nr ? input->operands.v[0] : fallback;
}

int schema_open(struct schema_session *session, const struct command_input *input, struct err *err)
{
    *session = (struct schema_session){.input = input, .options = input->options};
    if (stop_install(err) < 0)
        return -1;
    return graph_load(&session->graph, &session->options->revisions_dirs, err);
}

void schema_close(struct schema_session *session)
{
    db_close(session->db);
    graph_release(&session->graph);
}

/* ---- connecting ---- */

static int read_url(struct dburl *url, const struct schema_session *session, struct err *err)
{
    const struct common_options *common = session->input->common;
    char *text = NULL;
    int rc;

    if (session->options->connection) {
        if (dburl_parse(session->options->connection, url, err) < 0)
            return err_wrap(err, "--connection");
        return 0;
    }
    if (api_connection_load(&common->config_files, &common->config_dirs, &text, err) < 0)
        return -1;
    rc = dburl_parse(text, url, err);
    free(text);
    return rc < 0 ? err_wrap(err, "[database] connection") : 0;
}

static const char *password_of(const struct dburl *url)
{
    const char *password = url->password;

    if (!password)
        password = getenv("MONASCA_MIGRATE_DB_PASSWORD");
    return password ? password : getenv("MYSQL_PWD");
}

static struct db_target target_of(const struct dburl *url, const struct schema_options *options)
{
    return (struct db_target){
        .host = url->host,
        .port = url->port,
        .socket = url->socket,
        .user = url->user,
        .password = password_of(url),
        .database = url->database,
        .charset = url->charset,
        .defaults_file = options->defaults_file ? options->defaults_file : url->defaults_file,
        .tls = url->ssl,
        .tls_verify = url->ssl_verify,
        .tls_verify_host = url->ssl_verify_host,
        .tls_ca = url->ssl_ca,
        .tls_capath = url->ssl_capath,
        .tls_cert = url->ssl_cert,
        .tls_key = url->ssl_key,
        .tls_cipher = url->ssl_cipher,
        .connect_timeout_s = url->connect_timeout_s,
    };
}

/* Sleeps, or until a signal comes. */
static int pause_for_server(struct err *err)
{
    struct pollfd wake = {.fd = stop_fd(), .events = POLLIN};

    poll(&wake, 1, 250);
    if (stop_requested())
        return err_set(err, ERR_INTERRUPTED, "interrupted while waiting for the server");
    return 0;
}

/* Only a server that isn't up yet is worth waiting for: a wrong password stays wrong. */
static struct db *connect_in_time(const struct db_target *target, int64_t wait_ns, struct err *err)
{
    int64_t deadline_ns = clock_add(clock_monotonic_ns(), wait_ns < 0 ? 0 : wait_ns);
    bool told = false, starting;
    struct db *db;

    while (!(db = db_open(target, &starting, err))) {
        if (wait_ns < 0 || clock_monotonic_ns() >= deadline_ns || !starting)
            return NULL;
        if (!told)
            log_info("waiting for the server: %s", err->message);
        told = true;
        if (pause_for_server(err) < 0)
            return NULL;
        err_release(err);
    }
    return db;
}

int schema_connect(struct schema_session *session, struct err *err)
{
    struct dburl url = DBURL_INIT;
    struct db_target target;

    if (read_url(&url, session, err) < 0)
        return -1;
    target = target_of(&url, session->options);
    if (target.tls && !target.tls_verify)
        log_warning("the server's certificate isn't verified (ssl_verify_cert in the URL)");
    session->db = connect_in_time(&target, session->options->wait_ns, err);
    dburl_release(&url);
    return session->db ? 0 : -1;
}

/* ---- asking the database ---- */

int schema_read_place(const struct schema_session *session, const struct revision **ret,
                      struct err *err)
{
    struct version version;
    int rc;

    if (version_read(&version, session->db, err) < 0)
        return -1;
    rc = version_place(&version, &session->graph, ret, err);
    version_release(&version);
    return rc;
}

int schema_detect(const struct schema_session *session, struct model *actual,
                  struct detection *detection, struct err *err)
{
    *detection = (struct detection){.empty = false};
    if (inspect_database(session->db, actual, err) < 0)
        return -1;
    detect_revision(detection, &session->graph, actual);
    return 0;
}

/* Adds up to five differences in words, and how many more there are. */
static void add_differences(struct strbuf *text, const struct schema_session *session,
                            const struct model *actual, const struct revision *place)
{
    enum { DIFFERENCES_SHOWN = 5 };
    struct model wanted = MODEL_INIT;
    struct diff diff = DIFF_INIT;

    if (graph_state(&session->graph, place, &wanted))
        diff_make(&diff, actual, &wanted);
    for (size_t i = 0; i < diff.count && i < DIFFERENCES_SHOWN; i++) {
        strbuf_addstr(text, i ? "; " : " ");
        diff_item_add_words(text, &diff.items[i]);
    }
    if (diff.count > DIFFERENCES_SHOWN)
        strbuf_addf(text, "; and %zu more", diff.count - DIFFERENCES_SHOWN);
    diff_release(&diff);
    model_release(&wanted);
}

/* The words that scripts know come first. */
int schema_fail_undetected(const struct schema_session *session, const struct model *actual,
                           const struct detection *detection, struct err *err)
{
    const struct revision *nearest = detection->revision;
    struct strbuf text = STRBUF_INIT;

    if (detection->empty) {
        err_set(err, ERR_FAILED, "the database is empty: it has no tables");
        return err_hint(err, "'schema upgrade' makes them");
    }
    strbuf_addf(&text, "Schema fingerprint %s does not match any known legacy revision.",
                detection->fingerprint);
    if (detection->fork)
        strbuf_addf(&text, " Known, though: %s.", detection->fork->explanation);
    if (nearest) {
        strbuf_addf(&text, " It is nearest to %s:", nearest->id);
        add_differences(&text, session, actual, nearest);
    }
    err_set(err, ERR_FAILED, "%s", text.buf);
    strbuf_release(&text);
    if (!nearest)
        return -1;
    return err_hint(err, "'schema align %s' mends it ('--sql' shows how), then 'schema stamp %s'",
                    nearest->id, nearest->id);
}

void schema_tell_ties(const struct detection *detection)
{
    struct strbuf list = STRBUF_INIT;

    if (!detection->exact || detection->same_count < 2)
        return;
    for (size_t i = 0; i < detection->same_count; i++)
        strbuf_addf(&list, "%s%s",
                    i == 0                           ? ""
                    : i + 1 == detection->same_count ? " and "
                                                     : ", ",
                    detection->same[i]->id);
    log_notice("%s have the same shape; %s is %s", list.buf, detection->revision->id,
               detection->revision->script ? "the latest of them that a script could have made"
                                           : "the earliest of them");
    strbuf_release(&list);
}

json_t *schema_json_place(const struct revision *place)
{
    return place ? json_text(place->id) : json_null();
}

json_t *schema_json_detection(const struct detection *detection)
{
    json_t *value = json_object(), *same = json_array();

    for (size_t i = 0; i < detection->same_count; i++)
        json_array_append_new(same, json_text(detection->same[i]->id));
    json_set_bool(value, "empty", detection->empty);
    json_set_bool(value, "exact", detection->exact);
    json_set(value, "revision", schema_json_place(detection->exact ? detection->revision : NULL));
    json_set(value, "nearest", schema_json_place(detection->revision));
    json_set_int(value, "distance", (int64_t)detection->distance);
    json_set(value, "same_shape", same);
    json_set(value, "fork", detection->fork ? json_text(detection->fork->name) : json_null());
    json_set_text(value, "fingerprint", detection->fingerprint);
    return value;
}

/* ---- running ---- */

static const char *direction_name(const struct route_step *step)
{
    return step->up ? "upgrade" : "downgrade";
}

static void notify_text(const struct runner_event *event)
{
    const struct route_step *step = event->step;

    switch (event->kind) {
    case RUNNER_WAITING:
        log_info("waiting for another run%s%s", event->holder ? ": " : "",
                 event->holder ? event->holder : "");
        break;
    case RUNNER_RESUMING:
        log_info("a run was interrupted in revision %s, after %zu statements: finishing it first",
                 event->holder, event->statement);
        break;
    case RUNNER_DRIFT:
        log_warning("the schema differs from its revision in %zu lines that are not in the way; "
                    "'schema diff' tells them",
                    event->count);
        break;
    case RUNNER_STEP:
        log_info("Running %s %s -> %s, %s", direction_name(step), step->from ? step->from->id : "",
                 step->to ? step->to->id : "", step->revision->message);
        break;
    case RUNNER_STATEMENT:
        if (event->skipped)
            log_info("statement %zu of %zu has taken effect already", event->statement,
                     step->count);
        break;
    case RUNNER_STEP_DONE:
    case RUNNER_PLAN:
        break;
    }
}

static void notify_json(const struct runner_event *event)
{
    static const char *const names[] = {
        [RUNNER_WAITING] = "waiting", [RUNNER_RESUMING] = "resuming",
        [RUNNER_STEP] = "step",       [RUNNER_STATEMENT] = "statement",
        [RUNNER_DRIFT] = "drift",     [RUNNER_STEP_DONE] = "step-done",
    };
    const struct route_step *step = event->step;
    json_t *line = json_object();

    json_set_text(line, "event", names[event->kind]);
    if (step) {
        json_set_text(line, "revision", step->revision->id);
        json_set_text(line, "direction", direction_name(step));
        json_set(line, "from", schema_json_place(step->from));
        json_set(line, "to", schema_json_place(step->to));
        json_set_int(line, "statements", (int64_t)step->count);
    }
    if (event->kind == RUNNER_STATEMENT) {
        json_set_int(line, "statement", (int64_t)event->statement);
        json_set_bool(line, "skipped", event->skipped);
    }
    if (event->kind == RUNNER_RESUMING) {
        json_set_text(line, "revision", event->holder);
        json_set_int(line, "done", (int64_t)event->statement);
    }
    if (event->kind == RUNNER_WAITING && event->holder)
        json_set_text(line, "holder", event->holder);
    if (event->kind == RUNNER_DRIFT)
        json_set_int(line, "lines", (int64_t)event->count);
    if (event->kind == RUNNER_STATEMENT || event->kind == RUNNER_STEP_DONE)
        json_set_real(line, "seconds", (double)event->duration_ns / (double)CLOCK_SECOND_NS);
    out_json_line(line);
}

static void tell_route(const struct schema_session *session, const struct runner_event *event)
{
    const struct route *route = event->route;
    struct schema_plan plan = {.from = route->steps[0].from,
                               .to = route->steps[route->count - 1].to,
                               .steps = route->count,
                               .statements = STRVEC_INIT,
                               .losses = event->losses};

    /* Of a downgrade, the question tells what is lost; where it can't be asked, nothing is done. */
    if (!route->steps[0].up && !session->options->yes) {
        plan.losses = NULL;
        if (!isatty(STDIN_FILENO))
            return;
    }
    for (size_t i = 0; i < route->count; i++)
        for (size_t k = route->steps[i].first; k < route->steps[i].count; k++) {
            const struct route_statement *statement = &route->steps[i].statements[k];

            if (statement->verdict != ROUTE_SKIP)
                strvec_push(&plan.statements, statement->verdict == ROUTE_REST
                                                  ? statement->text
                                                  : statement->source->text);
        }
    schema_tell_plan(session, &plan);
    strvec_release(&plan.statements);
}

static void on_event(void *context, const struct runner_event *event)
{
    const struct schema_session *session = context;

    if (event->kind == RUNNER_PLAN)
        tell_route(session, event);
    else if (command_wants_json(session->input))
        notify_json(event);
    else
        notify_text(event);
}

/* Waits for a line, or for a signal, which is an answer as well. */
static bool read_yes(void)
{
    struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                           {.fd = stop_fd(), .events = POLLIN}};
    char answer[16] = "";
    ssize_t got;

    while (poll(fds, ARRAY_SIZE(fds), -1) < 0)
        if (errno != EINTR)
            return false;
    if (stop_requested() || !fds[0].revents)
        return false;
    got = read(STDIN_FILENO, answer, sizeof(answer) - 1);
    return got > 0 && (strncmp(answer, "yes\n", 4) == 0 || strcmp(answer, "yes") == 0);
}

int schema_confirm(const struct schema_options *options, const char *what, struct err *err)
{
    if (options->yes)
        return 0;
    if (!isatty(STDIN_FILENO)) {
        err_set(err, ERR_FAILED, "%s Nobody is there to be asked", what);
        return err_hint(err, "--yes does it without a question; nothing was changed");
    }
    log_notice("%s Type yes to go on:", what);
    if (read_yes())
        return 0;
    if (stop_requested())
        return err_set(err, ERR_INTERRUPTED, "interrupted before the answer; nothing was changed");
    return err_set(err, ERR_FAILED, "not done: the answer wasn't yes");
}

static int confirm_losses(void *context, const struct strvec *losses, struct err *err)
{
    const struct schema_session *session = context;
    struct strbuf what = STRBUF_INIT;
    int rc;

    strbuf_addstr(&what, losses->nr ? "This deletes, with all that is in it: "
                                    : "This takes the schema back; no table and no column is lost");
    for (size_t i = 0; i < losses->nr; i++)
        strbuf_addf(&what, "%s%s", i ? ", " : "", losses->v[i]);
    strbuf_addch(&what, '.');
    rc = schema_confirm(session->options, what.buf, err);
    strbuf_release(&what);
    return rc;
}

void schema_init_runner(struct runner *runner, struct schema_session *session)
{
    *runner = (struct runner){
        .db = session->db,
        .graph = &session->graph,
        .lock_timeout_s = session->options->lock_timeout_ns / CLOCK_SECOND_NS,
        .lock_expiry_s = session->options->lock_expiry_ns / CLOCK_SECOND_NS,
        .context = session,
        .notify = on_event,
        .confirm = confirm_losses,
    };
}

void schema_print_summary(const struct command_input *input, const char *what,
                          const struct runner_result *result)
{
    json_t *line;

    if (!command_wants_json(input)) {
        if (result->steps == 0)
            log_info("nothing to do: the database is at %s", graph_name(result->to));
        else
            log_info("the database is at %s now", graph_name(result->to));
        return;
    }
    line = json_object();
    json_set_text(line, "event", "summary");
    json_set_text(line, "command", what);
    json_set(line, "from", schema_json_place(result->from));
    json_set(line, "to", schema_json_place(result->to));
    json_set_int(line, "steps", (int64_t)result->steps);
    json_set_int(line, "statements", (int64_t)result->statements);
    json_set_int(line, "found_done", (int64_t)result->found_done);
    json_set_real(line, "seconds", (double)result->duration_ns / (double)CLOCK_SECOND_NS);
    out_json_line(line);
}
