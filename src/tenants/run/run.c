#include "tenants/run/run.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stop.h"
#include "compare.h"
#include "tenants/plan/target_facts.h"

/* A window whose statement takes longer is halved. */
#define STATEMENT_TIMEOUT_NS CLOCK_HOUR_NS
/* Records are committed after so many windows with points, or after so much time. */
#define COMMIT_WINDOWS       4
#define COMMIT_INTERVAL_NS   (CLOCK_SECOND_NS / 10)
#define PROGRESS_INTERVAL_NS (CLOCK_SECOND_NS / 5)
/* A statement takes some seconds, and InfluxDB ends a write after 10 s (coordinator.write-timeout).
 * So a silence that is longer than these means something: a person is told, and where a disk is
 * full, the run ends. */
#define TELLING_SILENCE_NS   (60 * CLOCK_SECOND_NS)
#define MAX_FULL_SILENCE_NS  (15 * CLOCK_SECOND_NS)

/* {"columns":["time","written"],"values":[[0,n]]} */
static int read_written(void *context, const struct influx_series *series, struct err *err)
{
    struct task *task = context;
    int column = influx_column(series, "written");

    (void)err;
    if (column >= 0)
        task->points += influx_cell_int(json_array_get(series->values, 0), (size_t)column, 0);
    return 0;
}

/* Cuts off the time that the target wouldn't keep. False where that is all of it. */
static bool clip(struct task *task)
{
    const struct run *run = task->run;
    const struct tenant_state *tenant = &run->tenants[task->piece->unit->tenant];
    int64_t now_ns = run->plan->cutoff_ns + (clock_monotonic_ns() - run->state.started_ns);
    int64_t oldest_ns = retention_oldest_ns(retention_reach_ns(task_place(task)->retention), now_ns,
                                            tenant->margin_ns);

    if (task->range.start_ns < oldest_ns)
        task->range.start_ns = oldest_ns < task->range.end_ns ? oldest_ns : task->range.end_ns;
    return !range_is_empty(task->range);
}

/* Cuts a window that is longer than the tenant's pace allows; its rest is the next task. */
static void cut_to_pace(struct task *task)
{
    struct run *run = task->run;
    int64_t known_ns = run->tenants[task->piece->unit->tenant].length_ns;
    int64_t length_ns = known_ns ? known_ns : task_server(task)->pace.first_length_ns;
    struct task *rest;
    int64_t middle;

    /* A short rest isn't worth a statement of its own. */
    if ((task->range.end_ns - task->range.start_ns) / 2 <= length_ns / 4 * 3)
        return;
    middle = clock_add(task->range.start_ns, length_ns);
    if (middle >= task->range.end_ns)
        return;
    rest = task_new(run, task->piece, task->set, (struct range){middle, task->range.end_ns});
    rest->phase = task->phase;
    task_ready(rest);
    task->range.end_ns = middle;
}

static int add_copy(struct strbuf *sb, const struct task *task,
                    const struct influx_selection *source, struct err *err)
{
    struct influx_target target;

    if (task_target_init(task, &target, err) < 0)
        return -1;
    if (task_is_streamed(task))
        influx_statement_select(sb, source);
    else
        influx_statement_copy(sb, &target, source);
    return 0;
}

/* Adds the statement of the task's phase. */
static int add_statement(struct strbuf *sb, const struct task *task,
                         const struct influx_selection *source, struct err *err)
{
    switch (task->phase) {
    case PHASE_COPY:
        return add_copy(sb, task, source, err);
    case PHASE_COUNT_SOURCE:
        if (task_sums(task))
            influx_statement_sum(sb, source);
        else
            influx_statement_count(sb, source);
        break;
    case PHASE_READ_SOURCE:
    case PHASE_NAME:
        influx_statement_select(sb, source);
        break;
    case PHASE_COUNT_TARGET:
    case PHASE_READ_TARGET:
        return task_run_server(task)->compare->add_statement(sb, task, source, err);
    }
    return 0;
}

static int make_statement(struct task *task, struct err *err)
{
    const struct plan *plan = task->run->plan;
    const struct plan_set *set = &plan->sets[task->set];
    const char **names = task_names(plan, set);
    const struct influx_selection source = {
        .database = plan->settings->database,
        .policy = task_policy(task),
        .measurements = names,
        .measurement_count = set->count,
        .belonging = {.tags = set->tags,
                      .owner = INFLUX_OWNER_TENANT,
                      .tenant = task_tenant(task)->id},
        .start_ns = task->range.start_ns,
        .end_ns = task->range.end_ns,
    };
    int rc;

    strbuf_reset(&task->statement);
    rc = add_statement(&task->statement, task, &source, err);
    free(names);
    return rc;
}

/* Chooses who takes the reply. */
static void set_readers(struct task *task)
{
    struct influx_query *query = &task->query;

    query->points = NULL;
    query->exported = NULL;
    if (task->phase != PHASE_COPY) {
        task_run_server(task)->compare->set_readers(task);
        return;
    }
    task->points = 0;
    query->reader.series = read_written;
    query->reader.context = task;
}

static void send(struct task *task)
{
    struct run *run = task->run;
    const struct plan_tenant *tenant = task_tenant(task);

    if (task->phase != PHASE_COPY || !task_is_streamed(task)) {
        influx_query_start(task_asks_target(task) ? task_target(task) : run->source, &task->query);
        return;
    }
    if (!task->stream)
        task->stream = stream_new();
    if (!task_run_server(task)->compare->takes_strings)
        stream_leave_strings(task->stream);
    run_refused_begin(task);
    stream_start(task->stream, run->source, &task->query, &task_server(task)->client,
                 tenant->database, task_place(task)->retention->policy);
}

static void start(struct task *task)
{
    struct run *run = task->run;

    if (task->phase == PHASE_COPY && !clip(task)) {
        task_end(task);
        return;
    }
    if (task->piece->unreadable) {
        task_unreadable(task);
        return;
    }
    if (task->phase == PHASE_COPY)
        cut_to_pace(task);
    task_run_server(task)->compare->begin(task);
    if (make_statement(task, &run->fatal) < 0) {
        task_wait(task, 0);
        return;
    }
    set_readers(task);
    task->query.statement = task->statement.buf;
    task->query.timeout_ns = STATEMENT_TIMEOUT_NS;
    task->query.done = run_on_answer;
    task->query.context = task;
    if (task->phase == PHASE_COPY)
        run_copying(task);
    task->makes = task->phase == PHASE_COPY && !run_is_remembered(task);
    task_run_server(task)->made = task_run_server(task)->made || task->makes;
    if (!run->state.in_flight++)
        run->answered_ns = clock_monotonic_ns();
    if (!task_run_server(task)->in_flight++)
        task_run_server(task)->heard_ns = clock_monotonic_ns();
    task->next = task_run_server(task)->started;
    task_run_server(task)->started = task;
    task->probe = task_run_server(task)->outage_since_ns != 0;
    run->probes += task->probe;
    run->state.tenants_in_flight += run->tenants[task->piece->unit->tenant].in_flight++ == 0;
    run->state.tenant = task_tenant(task)->id;
    run->state.progress.statements++;
    send(task);
}

/* The loop may sleep so long: then a task has waited enough, or it is time for a report or a
 * commit. */
static int64_t longest_sleep_ns(const struct run *run)
{
    int64_t now_ns = clock_monotonic_ns(), sleep_ns = PROGRESS_INTERVAL_NS;
    int64_t rate_ns = run->servers->rate_free_ns - now_ns;

    /* A task that is due already waits for an answer, which ends the sleep by itself. */
    for (size_t i = 0; i < run->servers->count; i++)
        for (const struct task *task = run->by_server[i].waiting; task; task = task->next)
            if ((task->not_before_ns > now_ns || !run->state.in_flight) &&
                task->not_before_ns - now_ns < sleep_ns)
                sleep_ns = task->not_before_ns - now_ns;
    if (rate_ns > 0 && rate_ns < sleep_ns)
        sleep_ns = rate_ns;
    sleep_ns = run_memory_sleep_ns(run, sleep_ns);
    if (run->dirty && sleep_ns > COMMIT_INTERVAL_NS)
        sleep_ns = COMMIT_INTERVAL_NS;
    return sleep_ns > 1000000 ? sleep_ns : 1000000;
}

static void tell_limits(struct run *run)
{
    for (size_t i = 0; i < run->servers->count; i++) {
        int64_t limit = run->servers->items[i].pace.limit;

        if (run->by_server[i].told_limit != limit)
            run_tell_limit(run, i);
        run->by_server[i].told_limit = limit;
    }
    run->state.limit = run->servers->items[0].pace.limit;
}

static void count_away(struct run *run)
{
    run->state.servers_away = 0;
    for (size_t i = 0; i < run->servers->count; i++)
        run->state.servers_away += (run->servers->items[i].wanted && run->servers->items[i].away) ||
                                   run->by_server[i].outage_since_ns;
}

static void report(struct run *run)
{
    int64_t now_ns = clock_monotonic_ns();

    tell_limits(run);
    count_away(run);
    run->state.finishing = stop_requested() || run->fatal.code != ERR_NONE;
    if (!run->observer->progress || now_ns - run->reported_ns < PROGRESS_INTERVAL_NS)
        return;
    run->reported_ns = now_ns;
    run->observer->progress(run->observer->context, &run->state);
}

/* A kill loses the records since the last commit: those few windows are copied again, which is
 * cheap for the empty ones. */
static bool is_commit_due(const struct run *run)
{
    return run->dirty && (run->recorded >= COMMIT_WINDOWS ||
                          clock_monotonic_ns() - run->committed_ns >= COMMIT_INTERVAL_NS);
}

static bool is_anything_left(const struct run *run)
{
    for (size_t i = 0; i < run->servers->count; i++)
        if (run_is_busy(run, i))
            return true;
    return run_memory_waits(run);
}

/* A statement that asks whether a server is back doesn't count for --jobs. */
static bool may_start(const struct run *run)
{
    return run->fatal.code == ERR_NONE &&
           run->state.in_flight - run->probes < run->servers->items[0].pace.limit;
}

/* InfluxDB 1.6 has been seen to hang in a statement for ever when its disk was full. Only a person
 * can tell such a statement from a long one. */
static void tell_silence(struct run *run)
{
    if (!run->state.in_flight || run->told_silence ||
        clock_monotonic_ns() - run->answered_ns < TELLING_SILENCE_NS)
        return;
    run->told_silence = true;
    run_on_silence(run);
}

static bool is_hopeless(const struct run *run)
{
    return run->full && clock_monotonic_ns() - run->answered_ns > MAX_FULL_SILENCE_NS;
}

/* One turn of the run: starts tasks, waits for answers, commits. False when the run is over. */
static bool turn(struct run *run)
{
    bool stopping = stop_requested() || run->fatal.code != ERR_NONE;
    struct task *task;

    if (stop_requested() > 1 || is_hopeless(run))
        http_cancel_all(run->source->loop);
    if (!stopping) {
        run_leave_silent(run);
        run_leave_lost(run);
    }
    while (!stopping && may_start(run) && (task = run_take(run)))
        start(task);
    if (!stopping)
        run_memory_turn(run);
    if (!run->state.in_flight && !run->asking &&
        (stopping || run->fatal.code != ERR_NONE || !is_anything_left(run)))
        return !stopping && run->fatal.code == ERR_NONE && run_begin_held_back(run);
    if (http_loop_turn(run->source->loop, longest_sleep_ns(run), &run->fatal) < 0)
        return false;
    if (is_commit_due(run) && run_commit(run) < 0)
        run_stop(run);
    tell_silence(run);
    run_watch_room(run);
    report(run);
    return true;
}

static void prepare_tenants(struct run *run)
{
    run->tenants = xcalloc(run->plan->tenant_count, sizeof(*run->tenants));
    for (size_t i = 0; i < run->plan->tenant_count; i++) {
        struct plan_tenant *tenant = &run->plan->tenants[i];

        run->tenants[i] = (struct tenant_state){.open = tenant->piece_count,
                                                .pass = tenant->held_back ? -1 : 0,
                                                .margin_ns = PLAN_RETENTION_MARGIN_NS};
        /* A comparison speaks of the tenants that it compares. */
        if (delta_compares(run->plan->kind) && !tenant->piece_count && !tenant->away)
            continue;
        run->state.progress.tenants_total++;
        if (!tenant->piece_count && !tenant->problem)
            run->state.progress.tenants_done++;
        if (!tenant->problem)
            run->state.progress.windows_total += (int64_t)tenant->piece_count;
    }
}

/* Chooses how each server's targets are compared. */
static void choose_comparisons(struct run *run)
{
    for (size_t i = 0; i < run->servers->count; i++)
        run->by_server[i].compare = target_facts(run->servers->items[i].kind)->is_exported
                                        ? &compare_victoria
                                        : &compare_influx;
}

static void sum_up_time(struct run *run)
{
    struct plan_cursor cursor = {.plan = run->plan};
    struct plan_piece piece;

    while (plan_cursor_next(&cursor, &piece))
        if (!run->plan->tenants[piece.unit->tenant].problem)
            run->state.total_ns =
                clock_add(run->state.total_ns, piece.range.end_ns - piece.range.start_ns);
}

/* Tells of tenants that can't be copied, which the plan knows before the first statement. */
static void tell_problems(const struct run *run, struct run_summary *summary)
{
    for (size_t i = 0; i < run->plan->tenant_count; i++) {
        const struct plan_tenant *tenant = &run->plan->tenants[i];

        /* A tenant that was never copied can't differ. */
        if (!tenant->problem || (delta_compares(run->plan->kind) && !tenant->away))
            continue;
        summary->tenants_failed++;
        summary->tenants_away += tenant->away;
        run_tell_problem(run, tenant);
    }
}

static int count_left(struct run *run, struct run_summary *summary, struct err *err)
{
    int64_t *clipped = xcalloc(run->plan->tenant_count, sizeof(*clipped));
    int rc = -1;

    run->source->patient_until_ns = clock_monotonic_ns() + PACE_MAX_OUTAGE_NS;
    if (source_points_behind(run->plan, run->source, run->plan->range, &summary->behind, err) < 0 ||
        source_points_clipped(run->plan, run->source, clipped, err) < 0)
        goto out;
    for (size_t i = 0; i < run->plan->tenant_count; i++) {
        int64_t points = 0;

        summary->clipped += clipped[i];
        if (run->plan->tenants[i].problem && !run->plan->tenants[i].away &&
            source_points_of_tenant(run->plan, run->source, i, run->plan->range, &points, err) < 0)
            goto out;
        summary->homeless += points;
    }
    summary->behind_known = true;
    rc = run->journal ? journal_record_clipped(run->journal, run->plan, clipped, err) : 0;
out:
    run->source->patient_until_ns = 0;
    free(clipped);
    return rc;
}

/* Sets `err` to the reason why the run ended early. Returns -1. */
static int ended_early(struct run *run, struct err *err)
{
    if (run->fatal.code != ERR_NONE) {
        *err = run->fatal;
        run->fatal = (struct err)ERR_INIT;
        return -1;
    }
    err_set(err, ERR_INTERRUPTED, "interrupted; what was copied is recorded");
    return err_hint(err, run->plan->settings->full
                             ? "run the same command without --full: it goes on from here"
                             : "run the same command again: it goes on from here");
}

/* Records how many of the refused points are left. */
static int keep_refused(const struct run *run, struct err *err)
{
    struct journal_refusals refused = {0};
    int rc = journal_load_refused(run->journal, &refused, err);

    if (rc == 0 && rejects_find(run->rejects, &refused, err) == 0)
        rc = journal_keep_refused(run->journal, &refused, err);
    else
        rc = -1;
    journal_refusals_release(&refused);
    return rc;
}

/* Writes the points of the reject file again: the target or the lines may have been mended. */
static int retry_refused(struct run *run, struct err *err)
{
    int64_t taken = 0;

    if (delta_compares(run->plan->kind) || delta_leaves_out_failed(run->plan->kind))
        return 0;
    if (rejects_retry(run->rejects, run->plan, run->servers, &taken, err) < 0)
        return err_wrap(err, "writing again what was refused");
    if (!taken)
        return 0;
    log_info("%lld points that were refused before are taken now", (long long)taken);
    return run->journal ? keep_refused(run, err) : 0;
}

/* Counts the refused points of the plan's tenants: those in the file, and those that it lacks. */
static int count_refused(const struct run *run, int64_t *ret_points, struct err *err)
{
    struct journal_refusals refused = {0};
    int rc = rejects_count(run->rejects, run->plan, ret_points, err);

    if (rc == 0 && run->journal)
        rc = journal_load_refused(run->journal, &refused, err);
    if (rc == 0)
        rc = rejects_find(run->rejects, &refused, err);
    for (size_t i = 0; i < refused.count && rc == 0; i++)
        if (refused.items[i].found < refused.items[i].points &&
            !settings_skips_tenant(run->plan->settings, refused.items[i].tenant))
            *ret_points += refused.items[i].points - refused.items[i].found;
    journal_refusals_release(&refused);
    return rc;
}

static void sum_up_tenants(const struct run *run, struct run_summary *summary)
{
    struct server *servers = run->servers->items;

    summary->windows_owed = run->windows_owed;
    for (size_t i = 0; i < run->servers->count; i++)
        servers[i].tenants_owed = 0;
    for (size_t i = 0; i < run->plan->tenant_count; i++) {
        const struct plan_tenant *tenant = &run->plan->tenants[i];

        summary->tenants_failed += run->tenants[i].failed;
        summary->tenants_away += run->tenants[i].owed;
        servers[tenant->server].tenants_owed += run->tenants[i].owed || tenant->away;
    }
}

int run_execute(struct plan *plan, struct influx_client *source, struct servers *servers,
                struct journal *journal, const struct run_observer *observer,
                struct run_summary *summary, struct err *err)
{
    struct run run = {.plan = plan,
                      .source = source,
                      .servers = servers,
                      .journal = journal,
                      .observer = observer,
                      .fatal = ERR_INIT,
                      .random = (unsigned)clock_now_ns()};
    int rc = -1;

    *summary = (struct run_summary){.ahead = -1};
    run.state.started_ns = clock_monotonic_ns();
    run.state.limit = servers->items[0].pace.limit;
    run_queue_init(&run);
    choose_comparisons(&run);
    run_memory_init(&run);
    run.rejects = rejects_new(plan->settings);
    if (retry_refused(&run, err) < 0)
        goto out;
    prepare_tenants(&run);
    sum_up_time(&run);
    tell_problems(&run, summary);
    while (turn(&run))
        ;
    if (run.dirty && run_commit(&run) < 0)
        run_stop(&run);
    rc = run.fatal.code == ERR_NONE && !stop_requested() ? 0 : ended_early(&run, err);
    if (rc == 0 && !delta_compares(plan->kind) &&
        ((!delta_is_brief(plan->kind) && count_left(&run, summary, err) < 0) ||
         count_refused(&run, &summary->refused, err) < 0))
        rc = -1;
    if (rc == 0 && (!delta_is_brief(plan->kind) || stop_announced()))
        rc = source_points_ahead(plan, source, &summary->ahead, err);
    sum_up_tenants(&run, summary);
    if (rc == 0)
        rc = summary->tenants_failed || summary->refused || plan_lacks_beginning(plan) ||
             plan->unreadable_count || (plan->unnameable.count && !delta_compares(plan->kind));
out:
    run_memory_release(&run);
    run_queue_release(&run);
    free(run.tenants);
    run_set_trouble(&run, NULL);
    rejects_free(run.rejects);
    err_release(&run.fatal);
    summary->state = run.state;
    summary->elapsed_ns = clock_monotonic_ns() - run.state.started_ns;
    return rc;
}
