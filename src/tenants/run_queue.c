/*
 * Which task comes next.
 *
 * InfluxDB 1.6.7 loses points where two writes come at once into a shard that is new: it answers
 * both with success, and keeps one of them in its log only (tests/bench/new_shard.py). So no two
 * copies into the same shard group of a target are under way at once; the second is held back, and
 * others go first.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "run_task.h"
#include "tenants/window.h"

/* What is held back is in memory; where it is so much, the next waits for its end. */
enum { MAX_HELD = 1000 };

static struct range shards_of(const struct task *task)
{
    return window_shards(task->range, task_tenant(task)->retention.shard_length_ns);
}

/* Is a copy into a shard group of this task's under way? */
static bool is_blocked(const struct task *task)
{
    const struct run *run = task->run;
    uint32_t tenant = task->piece->unit->tenant;

    if (task->phase != PHASE_COPY || task_server(task)->kind != INFLUX_KIND_1)
        return false;
    for (size_t i = 0; i < run->copying_count; i++)
        if (run->copying[i].tenant == tenant &&
            !range_is_empty(range_intersect(run->copying[i].shards, shards_of(task))))
            return true;
    return false;
}

void run_copying(const struct task *task)
{
    struct run *run = task->run;

    GROW(run->copying, run->copying_count, run->copying_alloc);
    run->copying[run->copying_count++] =
        (struct run_copy){task, task->piece->unit->tenant, shards_of(task)};
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

/* Takes what has waited long enough; NULL where there is none. */
static struct task *take_waiting(struct run *run, int64_t now_ns)
{
    for (struct task **link = &run->waiting; *link; link = &(*link)->next) {
        struct task *task = *link;

        if (task->not_before_ns > now_ns || is_blocked(task))
            continue;
        *link = task->next;
        run->state.waiting--;
        return task;
    }
    return NULL;
}

/* Takes the first that isn't blocked; NULL where there is none. */
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

static void hold(struct task *task)
{
    struct task **link = &task->run->held;

    while (*link)
        link = &(*link)->next;
    task->next = NULL;
    *link = task;
    task->run->held_count++;
}

/* The next piece of the plan whose tenant can be copied. */
static struct task *take_planned(struct run *run)
{
    struct plan_piece next;

    while (plan_cursor_next(&run->cursor, &next)) {
        struct piece *piece;

        if (run->plan->tenants[next.unit->tenant].problem)
            continue;
        piece = xcalloc(1, sizeof(*piece));
        piece->unit = next.unit;
        return task_new(run, piece, next.unit->set, next.range);
    }
    return NULL;
}

bool run_is_throttled(const struct run *run)
{
    return run->plan->settings->max_rate && clock_monotonic_ns() < run->rate_free_ns &&
           !(run->ready && run->ready->phase != PHASE_COPY);
}

struct task *run_take(struct run *run)
{
    struct task *task = take_waiting(run, clock_monotonic_ns());

    if (task || (run->outage_since_ns && run->waiting))
        return task;
    if (run_is_throttled(run))
        return NULL;
    if ((task = take_free(&run->ready)))
        return task;
    if ((task = take_free(&run->held))) {
        run->held_count--;
        return task;
    }
    while (run->held_count < MAX_HELD) {
        task = take_planned(run);
        if (!task || !is_blocked(task))
            return task;
        hold(task);
    }
    return NULL;
}
