#include "events.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stop.h"
#include "plan.h"
#include "term/out.h"

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
        log_warning("the schema differs from its revision in %zu lines, which are not in the way; "
                    "'schema diff' shows them",
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
        json_set(line, "from", schema_json_revision(step->from));
        json_set(line, "to", schema_json_revision(step->to));
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

    /* Before a downgrade the question tells what is lost, and the plan needn't. Where nobody can
     * be asked, the run fails: then there is no plan to tell. */
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

/* Waits for a line, or for a signal, which means no. */
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

    strbuf_addstr(&what, losses->nr ? "This deletes, with all data in it: "
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
    json_set(line, "from", schema_json_revision(result->from));
    json_set(line, "to", schema_json_revision(result->to));
    json_set_int(line, "steps", (int64_t)result->steps);
    json_set_int(line, "statements", (int64_t)result->statements);
    json_set_int(line, "found_done", (int64_t)result->found_done);
    json_set_real(line, "seconds", (double)result->duration_ns / (double)CLOCK_SECOND_NS);
    out_json_line(line);
}
