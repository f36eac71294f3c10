/*
 * Chooses the next task, from a queue for each server.
 *
 * InfluxDB 1.6.7 loses points where two writes come at once into a shard that is new: it answers
 * both with success, and keeps one of them in its log only (tests/bench/new_shard.py). So no two
 * copies into the same shard group of a target are under way at once: the second one is held back,
 * and other tasks go first.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "task.h"
#include "tenants/plan/target_facts.h"
#include "tenants/plan/window.h"

/* Tasks that are held back take memory. With so many of them, no more pieces are taken from the
 * plan until one may go. */
enum { MAX_HELD = 1000 };

static struct range shards_of(const struct task *task)
{
    return window_shards(task->range, task_place(task)->retention->shard_length_ns);
}

/* Is another copy under way into a shard group that this task would write to? */
static bool is_blocked(const struct task *task)
{
    const struct run *run = task->run;
    size_t place = task->piece->unit->place;

    if (task->phase != PHASE_COPY || !target_facts(task_server(task)->kind)->tells_shard_groups)
        return false;
    for (size_t i = 0; i < run->copying_count; i++)
        if (run->copying[i].place == place &&
            !range_is_empty(range_intersect(run->copying[i].shards, shards_of(task))))
            return true;
    return false;
}

void run_copying(const struct task *task)
{
    struct run *run = task->run;

    GROW(run->copying, run->copying_count, run->copying_alloc);
    run->copying[run->copying_count++] =
        (struct run_copy){task, task->piece->unit->place, shards_of(task)};
}

void run_copied(const struct task *task)
{
    struct run *run = task->run;

    for (size_t i = 0; i < run->copying_count; i++)
        if (run->copying[i].task == task) {
            run->copying[i] = run->copying[--run->copying_count];
            return;
        }
}

/* Takes a task that has waited long enough; NULL where there is none. */
static struct task *take_waiting(struct run *run, struct run_server *server, int64_t now_ns)
{
    for (struct task **link = &server->waiting; *link; link = &(*link)->next) {
        struct task *task = *link;

        if (task->not_before_ns > now_ns || is_blocked(task))
            continue;
        *link = task->next;
        run->state.waiting--;
        return task;
    }
    return NULL;
}

/* Takes the first task of a list that isn't blocked; NULL where there is none. */
static struct task *take_free(struct task **list)
{
    for (struct task **link = list; *link; link = &(*link)->next) {
        struct task *task = *link;

        if (is_blocked(task))
            continue;
        *link = task->next;
        return task;
    }
    return NULL;
}

static void hold(struct run *run, struct run_server *server, struct task *task)
{
    struct task **link = &server->held;

    while (*link)
        link = &(*link)->next;
    task->next = NULL;
    *link = task;
    run->held_count++;
}

static bool next_piece(const struct run *run, struct plan_cursor *cursor, struct plan_piece *piece)
{
    while (plan_cursor_next(cursor, piece))
        if (!run->plan->tenants[piece->unit->tenant].problem &&
            run->tenants[piece->unit->tenant].pass == run->pass)
            return true;
    return false;
}

void run_queue_again(struct run *run)
{
    run->pass++;
    for (size_t i = 0; i < run->plan->tenant_count; i++)
        if (run->tenants[i].pass < 0 && !run->plan->tenants[i].held_back)
            run->tenants[i].pass = run->pass;
    for (size_t i = 0; i < run->servers->count; i++) {
        struct plan_cursor *cursor = &run->by_server[i].cursor;

        cursor->window = cursor->unit = cursor->part = 0;
    }
}

/* Makes a task of the next piece of the plan whose tenant can be copied; NULL at the plan's end. */
static struct task *take_planned(struct run *run, struct run_server *server)
{
    struct plan_piece next;
    struct piece *piece;

    if (!next_piece(run, &server->cursor, &next))
        return NULL;
    piece = xcalloc(1, sizeof(*piece));
    piece->unit = next.unit;
    piece->unreadable = next.unreadable;
    return task_new(run, piece, next.unit->set, next.range);
}

bool run_is_throttled(const struct run *run)
{
    return run->plan->settings->max_rate && clock_monotonic_ns() < run->servers->rate_free_ns;
}

/* Takes the next task of one server; NULL where none may be started. */
static struct task *take_of(struct run *run, size_t number)
{
    struct run_server *server = &run->by_server[number];
    struct task *task;

    /* A server that is away is asked by one statement at a time. */
    if (server->in_flight >= (server->outage_since_ns ? 1 : run->servers->items[number].pace.limit))
        return NULL;
    task = take_waiting(run, server, clock_monotonic_ns());
    if (task || (server->outage_since_ns && server->waiting) ||
        (run->by_server[0].outage_since_ns && run->state.waiting))
        return task;
    if (run_is_throttled(run) && !(server->ready && server->ready->phase != PHASE_COPY))
        return NULL;
    if ((task = take_free(&server->ready)))
        return task;
    if ((task = take_free(&server->held))) {
        run->held_count--;
        return task;
    }
    /* With nothing in flight no task is blocked, so that this ends. */
    while (run->held_count < MAX_HELD || !server->in_flight) {
        task = take_planned(run, server);
        if (!task || !is_blocked(task))
            return task;
        hold(run, server, task);
    }
    return NULL;
}

struct task *run_take(struct run *run)
{
    size_t count = run->servers->count;
    int64_t most = 0;

    for (size_t i = 0; i < count; i++)
        if (run->by_server[i].in_flight > most)
            most = run->by_server[i].in_flight;
    for (int64_t in_flight = 0; in_flight <= most; in_flight++)
        for (size_t i = 0; i < count; i++) {
            size_t number = (run->next_server + i) % count;
            struct task *task =
                run->by_server[number].in_flight == in_flight ? take_of(run, number) : NULL;

            if (!task)
                continue;
            run->next_server = (number + 1) % count;
            return task;
        }
    return NULL;
}

bool run_is_busy(const struct run *run, size_t number)
{
    const struct run_server *server = &run->by_server[number];
    struct plan_cursor cursor = server->cursor;
    struct plan_piece piece;

    return server->in_flight || server->ready || server->waiting || server->held ||
           next_piece(run, &cursor, &piece);
}

static void leave_all(struct task **list, const char *words)
{
    while (*list) {
        struct task *task = *list;

        *list = task->next;
        task_leave(task, words);
    }
}

void run_leave_lost(struct run *run)
{
    for (size_t i = 0; i < run->servers->count; i++) {
        struct run_server *server = &run->by_server[i];
        const char *words = run->servers->items[i].away;
        struct task *task;

        if (!server->lost)
            continue;
        for (task = server->waiting; task; task = task->next)
            run->state.waiting--;
        for (task = server->held; task; task = task->next)
            run->held_count--;
        leave_all(&server->waiting, words);
        leave_all(&server->held, words);
        leave_all(&server->ready, words);
        while ((task = take_planned(run, server)))
            task_leave(task, words);
    }
}

/* Gives each server the units of its tenants, in the plan's order. */
static void share_out_units(struct run *run)
{
    const struct plan *plan = run->plan;

    for (size_t i = 0; i < plan->unit_count; i++)
        run->by_server[plan->tenants[plan->units[i].tenant].server].cursor.unit_count++;
    for (size_t i = 0; i < run->servers->count; i++) {
        struct run_server *server = &run->by_server[i];

        server->units = xcalloc(server->cursor.unit_count + 1, sizeof(*server->units));
        server->cursor.plan = plan;
        server->cursor.units = server->units;
        server->cursor.unit_count = 0;
    }
    for (size_t i = 0; i < plan->unit_count; i++) {
        struct run_server *server = &run->by_server[plan->tenants[plan->units[i].tenant].server];

        server->units[server->cursor.unit_count++] = (uint32_t)i;
    }
}

void run_queue_init(struct run *run)
{
    run->by_server = xcalloc(run->servers->count, sizeof(*run->by_server));
    share_out_units(run);
    for (size_t i = 0; i < run->servers->count; i++) {
        pace_begin(&run->servers->items[i].pace);
        run->by_server[i].lost = run->servers->items[i].away != NULL;
        run->by_server[i].told_limit = run->servers->items[i].pace.limit;
    }
}

void run_queue_release(struct run *run)
{
    for (size_t i = 0; run->by_server && i < run->servers->count; i++) {
        task_drop_all(&run->by_server[i].ready);
        task_drop_all(&run->by_server[i].waiting);
        task_drop_all(&run->by_server[i].held);
        free(run->by_server[i].units);
    }
    free(run->by_server);
    free(run->copying);
}
