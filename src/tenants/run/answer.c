#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "compare.h"

enum {
    MAX_ATTEMPTS = 6, /* a statement is tried again so often where the server is busy */
    MAX_CLIPS = 12,   /* how often the margin of a window at the edge of retention is doubled */
    MAX_FRUITLESS_SPLITS = 40, /* of one piece, until a part of it is copied */
    MAX_CONFLICT_SPLITS = 6,   /* halvings in time of one measurement that a limit refuses */
};

/*
 * Splits a task that the server finds too big: in time, then in measurements. Where the server
 * counts too many series, less time is no help. The halves come one after the other, the earlier
 * first: so where many splits come without a success in between, more of them won't help either.
 */
static void on_too_big(struct task *task)
{
    bool series = influx_cause_of(task->query.words) == INFLUX_CAUSE_SELECT_SERIES;

    run_tell_window(task, "split", task->query.words);
    if (++task->piece->fruitless > MAX_FRUITLESS_SPLITS)
        task_fail_by_answer(task);
    else if (!series && task_can_split_time(task, RUN_MAX_TIME_SPLITS))
        task_split_time(task);
    else if (task_can_split_measurements(task))
        task_split_measurements(task);
    else
        task_fail_by_answer(task);
}

/* A sum that overflows can't be said. Counts alone prove nothing to a check: then it compares the
 * points. */
static bool count_without_sums(struct task *task)
{
    bool counts = task->phase == PHASE_COUNT_TARGET || task->phase == PHASE_COUNT_SOURCE;

    if (!counts || !task_sums(task) || influx_cause_of(task->query.words) != INFLUX_CAUSE_NO_NUMBER)
        return false;
    task->sumless = true;
    task_go_on(task, PHASE_COUNT_TARGET);
    return true;
}

/* The server would refuse the same statement again. A stream tells the refused points apart from
 * the rest. Where the task was streamed already, splitting finds the measurement and the time that
 * are refused, so that the rest of the window is copied. */
static void on_refused(struct task *task)
{
    bool in_the_data = influx_is_of_points(task->query.words);

    if (count_without_sums(task))
        return;
    if (task->query.failure == INFLUX_REFUSED && run_refused_by_stream(task))
        return;
    if (in_the_data && task_can_split_measurements(task))
        task_split_measurements(task);
    else if (in_the_data && task_can_split_time(task, MAX_CONFLICT_SPLITS))
        task_split_time(task);
    else
        task_fail_by_answer(task);
}

static void on_busy(struct task *task)
{
    struct run *run = task->run;

    if (run_takes_no_points(task))
        return;
    run->state.progress.retries++;
    pace_on_busy(&run->servers->items[run_asked_server(task)].pace);
    run_set_trouble(run, task->query.words);
    run_tell_window(task, "retry", task->query.words);
    if (++task->attempts <= MAX_ATTEMPTS) {
        task_wait(task, pace_retry_delay_ns(task->attempts, run_random(run)));
        return;
    }
    /* A server that dies of a statement looks busy; a smaller one may do. */
    if (task_can_split_time(task, 3) || task_can_split_measurements(task))
        on_too_big(task);
    else
        task_fail_by_answer(task);
}

/*
 * An error that nobody here knows may pass, and a person must see it. What is tried in vain once is
 * tried less often the next time, so that the run ends in a bounded time; and a smaller statement
 * is no help.
 */
static void on_unknown(struct task *task)
{
    struct run *run = task->run;
    struct run_server *server = &run->by_server[run_asked_server(task)];

    if (!server->told_unknown) {
        log_warning("an error that isn't known here: %s; it is tried again, and then the window "
                    "fails",
                    task->query.words);
        server->told_unknown = true;
    }
    run->state.progress.retries++;
    run_set_trouble(run, task->query.words);
    if (++task->attempts <= MAX_ATTEMPTS >> server->unknown_failures) {
        run_tell_window(task, "retry", task->query.words);
        task_wait(task, pace_retry_delay_ns(task->attempts, run_random(run)));
        return;
    }
    if (server->unknown_failures < MAX_ATTEMPTS)
        server->unknown_failures++;
    task_fail_by_answer(task);
}

/* The target's policy has moved on since the window was clipped: clips more, and tries again. */
static void on_retention(struct task *task)
{
    struct tenant_state *tenant = &task->run->tenants[task->piece->unit->tenant];

    if (task->clips++ == MAX_CLIPS) {
        task_fail(task, FAILURE_RETENTION, task->query.words);
        return;
    }
    tenant->margin_ns = clock_add(tenant->margin_ns, tenant->margin_ns);
    task_ready(task);
}

/* Leaves a task to the server (SELECT INTO) where line protocol can't express some of its points.
 * False where the target is on another server, or nothing needs it. */
static bool is_left_to_server(struct task *task)
{
    if (!task->stream || task->by_server || !stream_inexpressible(task->stream) ||
        !task_stays(task))
        return false;
    task->by_server = true;
    task_ready(task);
    return true;
}

/* Charges the time to the pace of the target's server; the source's pace only learns that it
 * answered. */
static void note_speed(const struct task *task)
{
    struct servers *servers = task->run->servers;
    int64_t max_rate = task->run->plan->settings->max_rate;

    pace_on_success(&task_server(task)->pace, task->points, task->query.elapsed_ns);
    if (!task_stays(task))
        pace_on_success(&servers->items[0].pace, 0, task->query.elapsed_ns);
    if (max_rate)
        servers->rate_free_ns =
            pace_rate_free_ns(servers->rate_free_ns, clock_monotonic_ns(), task->points, max_rate);
}

static void on_copied(struct task *task)
{
    struct run *run = task->run;
    struct tenant_state *tenant = &run->tenants[task->piece->unit->tenant];
    int64_t length_ns = task->range.end_ns - task->range.start_ns;

    if (is_left_to_server(task))
        return;
    if (task_is_streamed(task)) {
        task->points = stream_points(task->stream);
        if (!task->recopies)
            run->state.strings_dropped += stream_strings(task->stream);
        if (stream_inexpressible(task->stream)) {
            task_fail(task, FAILURE_INEXPRESSIBLE,
                      "points with a name or tag that line protocol can't express");
            return;
        }
        if (!run_keep_refused(task))
            return;
    }
    if (!tenant->length_ns)
        pace_on_first(&task_server(task)->pace, length_ns, task->query.elapsed_ns);
    tenant->length_ns = pace_next_length_ns(length_ns, task->query.elapsed_ns);
    run->state.copying_ns += task->query.elapsed_ns;
    task_run_server(task)->any_success = true;
    if (task->points)
        run_took_points(task_run_server(task));
    task->piece->fruitless = 0;
    note_speed(task);
    /* A copy after a difference adds no new points, but in `verify --repair` every copy is one, and
     * counts. */
    if (!task->recopies || delta_compares(run->plan->kind)) {
        tenant->points += task->points;
        run->state.progress.points += task->points;
    }
    /* The statement that would have copied points found none, so there is nothing to verify. */
    if (!task->points && !delta_compares(run->plan->kind)) {
        task_done(task);
        return;
    }
    run_remember(task);
}

static void on_fine(struct task *task)
{
    run_set_trouble(task->run, NULL);
    task->attempts = 0;
    if (task->phase == PHASE_COPY)
        on_copied(task);
    else
        task_run_server(task)->compare->on_fine(task);
}

/* A reply that broke off has taken values away already: a deep comparison reads the source anew. */
static void rewind_deep(struct task *task)
{
    if (task->phase == PHASE_READ_TARGET)
        task->phase = PHASE_READ_SOURCE;
}

/* Notes the statement in the journal, for the report's list of slow statements. */
static void note_statement(const struct task *task)
{
    static const char *const actions[] = {
        [PHASE_COPY] = "copy",           [PHASE_COUNT_TARGET] = "count",
        [PHASE_COUNT_SOURCE] = "count",  [PHASE_READ_SOURCE] = "compare",
        [PHASE_READ_TARGET] = "compare", [PHASE_NAME] = "compare",
    };
    const struct run *run = task->run;
    const struct plan_set *set = &run->plan->sets[task->set];
    const char *first = run->plan->catalogue->measurements.items[set->measurements[0]];
    const struct journal_statement statement = {
        .tenant = task_tenant(task)->id,
        .database = task_tenant(task)->target,
        .action = actions[task->phase],
        .measurement = set->count == 1 ? first : NULL,
        .words = task->query.failure == INFLUX_FINE ? NULL : task->query.words,
        .measurement_count = (int64_t)set->count,
        .range = task->range,
        .duration_ns = task->query.elapsed_ns,
        .points = task->phase == PHASE_COPY && task->stream && !task->by_server
                      ? stream_points(task->stream)
                      : task->points,
    };

    if (run->journal)
        journal_note_statement(run->journal, &statement);
}

/* Takes the task from the list of tasks in flight. */
static void take_off(struct task *task)
{
    struct run_server *server = task_run_server(task);
    struct task **link = &server->started;

    while (*link != task)
        link = &(*link)->next;
    *link = task->next;
    server->in_flight--;
    server->heard_ns = clock_monotonic_ns();
}

void run_on_answer(struct influx_query *query)
{
    struct task *task = query->context;
    struct run *run = task->run;

    run->state.in_flight--;
    take_off(task);
    run->probes -= task->probe;
    task->probe = false;
    run->answered_ns = clock_monotonic_ns();
    run->told_silence = false;
    run_copied(task);
    run->state.tenants_in_flight -= --run->tenants[task->piece->unit->tenant].in_flight == 0;
    note_statement(task);
    run_note_answer(task);
    if (query->failure != INFLUX_FINE)
        rewind_deep(task);
    if (run_refused_failed(task))
        return;
    switch (query->failure) {
    case INFLUX_FINE:
        on_fine(task);
        break;
    case INFLUX_UNKNOWN:
        on_unknown(task);
        break;
    case INFLUX_RETRY:
        on_busy(task);
        break;
    case INFLUX_CANT_REACH:
        run_on_away(task);
        break;
    case INFLUX_TOO_BIG:
        on_too_big(task);
        break;
    case INFLUX_RETENTION:
        on_retention(task);
        break;
    case INFLUX_DENIED:
        run_on_denied(task);
        break;
    case INFLUX_FULL:
        run_on_full(task);
        break;
    case INFLUX_REFUSED:
    case INFLUX_FINAL:
        on_refused(task);
        break;
    }
}
