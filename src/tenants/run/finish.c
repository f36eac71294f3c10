/*
 * Ends tasks: records them in the journal, tells of them, and counts them in their piece and
 * tenant. Decides whether a task whose target differs is copied again.
 */
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "task.h"
#include "tenants/journal/verification.h"

/* A window near the cutoff that differs is copied again at most so often; any other one once. */
enum { MAX_LIVE_RECOPIES = 5 };

void run_stop(struct run *run)
{
    if (run->fatal.code == ERR_NONE)
        err_set(&run->fatal, ERR_BUG, "a run was stopped without a reason");
}

/* Recording */

/* The entry borrows `names`, which are task_names(). */
static struct journal_entry entry_of(const struct task *task, const char *const *names)
{
    const struct plan_set *set = &task->run->plan->sets[task->set];

    return (struct journal_entry){
        .tenant = task_tenant(task)->id,
        .database = task_tenant(task)->target,
        .policy = task_policy(task),
        .measurements = names,
        .measurement_count = set->count,
        .tags = set->tags,
        .range = task->range,
        .points = task->points,
        .refused = task->refusals ? task->refusals->points : 0,
        .refused_range = task->refusals ? task->refusals->range : (struct range){0},
    };
}

/* Tells the verification that a window isn't whole, or wasn't compared. */
static void tell_verification(const struct task *task, const char *words)
{
    const struct run *run = task->run;
    const char **names = task_names(run->plan, &run->plan->sets[task->set]);
    struct journal_entry entry = entry_of(task, names);

    verification_not_whole(run->observer->verification, &entry, words,
                           task->missing - task->different, task->different);
    free(names);
}

/* Records a task as done (`words` NULL), or as failed for a reason of that kind. */
static void record(const struct task *task, enum failure_kind kind, const char *words)
{
    struct run *run = task->run;
    const struct settings *settings = run->plan->settings;
    const char **names;
    struct journal_entry entry;
    int rc = 0;

    if (words)
        tell_verification(task, words);
    if (!run->journal)
        return;
    names = task_names(run->plan, &run->plan->sets[task->set]);
    entry = entry_of(task, names);
    if (run->fatal.code == ERR_CONFIG)
        rc = -1;
    else if (words)
        rc = journal_fail(run->journal, &entry, kind, words, &run->fatal);
    else if (delta_compares(run->plan->kind))
        rc = journal_confirm(run->journal, &entry, &run->fatal);
    else
        rc = journal_cover(run->journal, &entry, settings->verify, &run->fatal);
    if (rc < 0)
        run_stop(run);
    run->dirty = true;
    run->recorded += task->points > 0;
    free(names);
}

int run_commit(struct run *run)
{
    run->dirty = false;
    run->recorded = 0;
    run->committed_ns = clock_monotonic_ns();
    run->state.progress.in_flight = run->state.in_flight;
    return journal_commit(run->journal, &run->state.progress, &run->fatal);
}

/* Ending */

static void piece_done(struct run *run, struct piece *piece)
{
    uint32_t number = piece->unit->tenant;
    struct tenant_state *tenant = &run->tenants[number];

    if (piece->failed)
        run->state.progress.windows_failed++;
    else if (piece->owed)
        run->windows_owed++;
    else
        run->state.progress.windows_done++;
    tenant->failed = tenant->failed || piece->failed || piece->owed;
    tenant->owed = tenant->owed || piece->owed;
    tenant->unreadable = tenant->unreadable || piece->unreadable;
    if (--tenant->open == 0) {
        run->state.progress.tenants_done += !tenant->failed;
        run_tell_tenant(run, &run->plan->tenants[number], tenant);
    }
    free(piece);
}

void task_end(struct task *task)
{
    struct run *run = task->run;
    struct piece *piece = task->piece;

    run->state.done_ns = clock_add(run->state.done_ns, task->range.end_ns - task->range.start_ns);
    task_free(task);
    if (--piece->open == 0)
        piece_done(run, piece);
}

void task_drop(struct task *task)
{
    struct piece *piece = task->piece;

    task_free(task);
    if (--piece->open == 0)
        free(piece);
}

void task_drop_all(struct task **list)
{
    while (*list) {
        struct task *task = *list;

        *list = task->next;
        task_drop(task);
    }
}

void task_done(struct task *task)
{
    record(task, FAILURE_OTHER, NULL);
    run_tell_window(task, "window", NULL);
    task_end(task);
}

void task_fail(struct task *task, enum failure_kind kind, const char *words)
{
    struct strbuf text = STRBUF_INIT;

    run_add_task(&text, task);
    log_warning("failed: %s: %s", text.buf, words);
    run_tell_window(task, "window_failed", words);
    task->piece->failed = true;
    record(task, kind, words);
    strbuf_release(&text);
    task_end(task);
}

void task_fail_by_answer(struct task *task)
{
    const char *words = task->query.words;

    task_fail(task, failure_kind_of_cause(influx_cause_of(words)), words);
}

void task_leave(struct task *task, const char *words)
{
    enum delta_kind kind = task->run->plan->kind;

    task->piece->owed = true;
    /* A followed delta is tried again at once, so that nothing failed; and a window that wasn't
     * compared doesn't differ. */
    if (delta_compares(kind))
        tell_verification(task, words);
    if (!delta_compares(kind) && !delta_is_followed(kind)) {
        task->piece->failed = true;
        run_tell_window(task, "window_failed", words);
        record(task, task->run->by_server[task_tenant(task)->server].lost_kind, words);
    }
    task_end(task);
}

/* Points that were copied while the shard could be read stay recorded as copied. A warning names
 * the shard once, and not each of its windows. */
void task_unreadable(struct task *task)
{
    struct run *run = task->run;
    char *words = plan_unreadable_words(run->plan, task->piece->unreadable);

    task->piece->failed = true;
    run->state.windows_unreadable++;
    run_tell_window(task, "window_failed", words);
    if (delta_compares(run->plan->kind))
        tell_verification(task, words);
    else
        record(task, FAILURE_UNREADABLE, words);
    free(words);
    task_end(task);
}

/* Differences */

/* Near the cutoff, points still arrive while both sides are counted, so that they differ for a
 * moment. Such a window is tried more than once. */
static int max_recopies(const struct task *task)
{
    const struct plan *plan = task->run->plan;
    bool live = task->range.end_ns > clock_sub(plan->cutoff_ns, plan->settings->overlap_ns);

    return live ? MAX_LIVE_RECOPIES : 1;
}

/* May a task that differs be copied once more? */
static bool may_copy_again(struct task *task)
{
    if (delta_only_reads(task->run->plan->kind))
        return false;
    return task->recopies++ < max_recopies(task);
}

void task_differs(struct task *task, const char *words, int64_t missing)
{
    task->missing = missing;
    task->different = task->difference.different;
    if (may_copy_again(task)) {
        run_tell_window(task, "copied_again", words);
        task->phase = PHASE_COPY;
        task_ready(task);
        return;
    }
    run_tell_difference(task, words);
    task_fail(task, FAILURE_DIFFERENCE, words);
}
