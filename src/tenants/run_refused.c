#include "influx/line.h"
#include "run_task.h"

bool run_is_streamed(const struct task *task)
{
    if (task->by_server)
        return false;
    return task->by_stream || !task_stays(task) ||
           task->run->plan->settings->engine == ENGINE_STREAM;
}

bool run_refused_by_stream(struct task *task)
{
    if (task->by_stream || run_is_streamed(task))
        return false;
    task->by_stream = true;
    run_tell_window(task, "refused_in_part", task->query.words);
    task_ready(task);
    return true;
}

/* What the last copy of the task had refused. */
static const struct refusals *refusals_of(const struct task *task)
{
    static const struct refusals none = REFUSALS_INIT;

    return task->stream && run_is_streamed(task) ? stream_refusals(task->stream) : &none;
}

bool run_keep_refused(struct task *task)
{
    const struct refusals *refusals = refusals_of(task);
    const struct plan_tenant *tenant = task_tenant(task);
    struct rejects_owner owner = {tenant->id, tenant->place, tenant->database,
                                  tenant->retention.policy ? tenant->retention.policy : ""};
    struct run *run = task->run;
    struct err err = ERR_INIT;
    int64_t fresh = 0;

    if (!refusals->points)
        return true;
    if (rejects_add(run->rejects, &owner, refusals, &fresh, &err) == 0) {
        if (!task->recopies)
            run_tell_refused(task, refusals, fresh);
        run->tenants[task->piece->unit->tenant].failed = true;
        return true;
    }
    if (err.code == ERR_CONFIG) {
        if (run->fatal.code == ERR_NONE)
            run->fatal = err;
        else
            err_release(&err);
        task_wait(task, 0);
        return false;
    }
    err_wrap(&err, "%s", refusals->items[0].words);
    task_fail(task, err.message);
    err_release(&err);
    return false;
}

static void excuse(void *context, const char *measurement, const char *field, enum line_type type)
{
    (void)type;
    check_excuse(context, measurement, field);
}

void run_excuse_refused(struct task *task)
{
    const struct refusals *refusals = refusals_of(task);

    /* Who verifies wants to know what is missing, whatever the reason. */
    if (task->run->plan->settings->purpose != PURPOSE_COPY)
        return;
    for (size_t i = 0; i < refusals->count; i++) {
        const struct strbuf *lines = &refusals->items[i].lines;

        for (size_t at = 0, len; at < lines->len; at += len) {
            len = line_length(lines->buf + at, lines->len - at);
            line_each_field(lines->buf + at, len, excuse, &task->check);
        }
    }
}
