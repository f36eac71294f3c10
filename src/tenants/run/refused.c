/*
 * Handles points that a target refuses: tells them apart from the others of their window, and keeps
 * them in the reject file. The comparison doesn't expect them in the target.
 */
#include "base/mem.h"
#include "influx/line.h"
#include "task.h"

bool run_refused_by_stream(struct task *task)
{
    if (task->by_stream || task_is_streamed(task))
        return false;
    task->by_stream = true;
    run_tell_window(task, "refused_in_part", task->query.words);
    task_ready(task);
    return true;
}

/* Taking refused points */

/* Refused points go to the reject file when so many bytes of them have come. */
#define PENDING_BYTES ((size_t)1024 * 1024)

/* Adds the pending points to the reject file. */
static int add_pending(const struct task *task)
{
    struct run_refusals *refusals = task->refusals;
    const struct plan_tenant *tenant = task_tenant(task);
    const char *policy = task_place(task)->retention->policy;
    struct rejects_owner owner = {tenant->id, tenant->target, tenant->database,
                                  policy ? policy : ""};
    int64_t fresh;
    int rc = rejects_add(task->run->rejects, &owner, &refusals->pending, &fresh, &refusals->err);

    refusals_release(&refusals->pending);
    if (rc == 0)
        refusals->fresh += fresh;
    return rc;
}

static void excuse(void *context, const char *measurement, const char *field, enum line_type type)
{
    (void)type;
    check_excuse(context, measurement, field);
}

/* Makes the time of the refused points reach over an instant. */
static void add_time(struct run_refusals *refusals, int64_t at_ns)
{
    struct range *range = &refusals->range;

    if (range_is_empty(*range))
        *range = (struct range){at_ns, clock_add(at_ns, 1)};
    range->start_ns = at_ns < range->start_ns ? at_ns : range->start_ns;
    range->end_ns = at_ns < range->end_ns ? range->end_ns : clock_add(at_ns, 1);
}

static int on_lines(void *context, const char *words, const char *lines, size_t len)
{
    struct task *task = context;
    struct run_refusals *refusals = task_refusals(task);
    int64_t before = refusals->pending.points;

    refusals_add(&refusals->pending, words, lines, len);
    refusals->points += refusals->pending.points - before;
    if (!refusals->words)
        refusals->words = xstrdup(refusals->pending.items[0].words);
    for (size_t at = 0, part; at < len; at += part) {
        part = line_length(lines + at, len - at);
        line_each_field(lines + at, part, excuse, &refusals->excused);
        add_time(refusals, rejects_line_time(lines + at, part));
    }
    return refusals->pending.bytes < PENDING_BYTES ? 0 : add_pending(task);
}

void run_refused_begin(struct task *task)
{
    struct run_refusals *refusals = task->refusals;

    stream_on_refused(task->stream, on_lines, task);
    if (!refusals)
        return;
    refusals_release(&refusals->pending);
    check_release(&refusals->excused);
    refusals->points = 0;
    refusals->range = (struct range){0};
}

/* The end of a copy */

/* Ends a task whose refused points can't be kept. Where the reject file or its disk is full
 * (ERR_FAILED), the window fails. Any other error ends the run. */
static void fail(struct task *task)
{
    struct run *run = task->run;
    struct err err = task->refusals->err;

    task->refusals->err = (struct err)ERR_INIT;
    if (err.code != ERR_FAILED) {
        if (run->fatal.code == ERR_NONE)
            run->fatal = err;
        else
            err_release(&err);
        task_wait(task, 0);
        return;
    }
    err_wrap(&err, "%s", task->refusals->words);
    task_fail(task, failure_kind_of_cause(influx_cause_of(task->refusals->words)), err.message);
    err_release(&err);
}

bool run_refused_failed(struct task *task)
{
    if (!task->refusals || task->refusals->err.code == ERR_NONE)
        return false;
    fail(task);
    return true;
}

bool run_keep_refused(struct task *task)
{
    struct run_refusals *refusals = task->refusals;
    struct run *run = task->run;

    if (!refusals || !refusals->points)
        return true;
    if ((refusals->pending.points && add_pending(task) < 0) ||
        rejects_sync(run->rejects, &refusals->err) < 0) {
        fail(task);
        return false;
    }
    /* One event for each task, unless a later copy finds more. The first copy can't be told by
     * `recopies`: in a repair it comes after a comparison. */
    if (!refusals->told || refusals->fresh) {
        run_tell_refused(task, refusals);
        refusals->told = true;
        refusals->fresh = 0;
    }
    run->tenants[task->piece->unit->tenant].failed = true;
    return true;
}

void run_excuse_refused(struct task *task)
{
    /* `tenants verify` tells of missing points, whatever the reason. */
    if (task->refusals && task_is_streamed(task) && !delta_compares(task->run->plan->kind))
        check_excuse_all(&task->check, &task->refusals->excused);
}
