#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "compare.h"
#include "task.h"

/* Halves of a window aren't shorter than this. */
#define MIN_SPLIT_NS (CLOCK_SECOND_NS / 1000)

const struct plan_tenant *task_tenant(const struct task *task)
{
    return &task->run->plan->tenants[task->piece->unit->tenant];
}

const struct plan_place *task_place(const struct task *task)
{
    return &task->run->plan->places[task->piece->unit->place];
}

const char *task_policy(const struct task *task)
{
    return task->run->plan->catalogue->policies[task->piece->unit->source_policy].name;
}

struct server *task_server(const struct task *task)
{
    return &task->run->servers->items[task_tenant(task)->server];
}

struct influx_client *task_target(const struct task *task)
{
    return task_run_server(task)->compare->reader(task_server(task));
}

int task_target_init(const struct task *task, struct influx_target *target, struct err *err)
{
    const struct plan_tenant *tenant = task_tenant(task);

    return influx_target_init(target, tenant->database, task_place(task)->retention->policy,
                              task->run->plan->settings->database, err);
}

struct run_server *task_run_server(const struct task *task)
{
    return &task->run->by_server[task_tenant(task)->server];
}

bool task_stays(const struct task *task)
{
    return task_tenant(task)->server == 0;
}

bool task_asks_target(const struct task *task)
{
    return task->phase == PHASE_COUNT_TARGET || task->phase == PHASE_READ_TARGET;
}

bool task_is_streamed(const struct task *task)
{
    if (task->by_server)
        return false;
    return task->by_stream || !task_stays(task) ||
           task->run->plan->settings->engine == ENGINE_STREAM;
}

const char **task_names(const struct plan *plan, const struct plan_set *set)
{
    const char **names = xcalloc(set->count, sizeof(*names));

    for (size_t i = 0; i < set->count; i++)
        names[i] = plan->catalogue->measurements.items[set->measurements[i]];
    return names;
}

double run_random(struct run *run)
{
    return (double)rand_r(&run->random) / ((double)RAND_MAX + 1);
}

/* Life */

static enum phase first_phase(const struct run *run)
{
    return delta_compares(run->plan->kind) ? PHASE_COUNT_TARGET : PHASE_COPY;
}

struct task *task_new(struct run *run, struct piece *piece, uint32_t set, struct range range)
{
    struct task *task = xcalloc(1, sizeof(*task));

    task->run = run;
    task->piece = piece;
    task->set = set;
    task->range = range;
    task->query = (struct influx_query)INFLUX_QUERY_INIT;
    task->statement = (struct strbuf)STRBUF_INIT;
    task->check = (struct check)CHECK_INIT;
    task->deep = (struct deep)DEEP_INIT;
    task->reader = (struct points_reader)POINTS_READER_INIT;
    task->difference = (struct difference)DIFFERENCE_INIT;
    task->phase = first_phase(run);
    piece->open++;
    return task;
}

struct run_refusals *task_refusals(struct task *task)
{
    if (!task->refusals) {
        task->refusals = xcalloc(1, sizeof(*task->refusals));
        task->refusals->pending = (struct refusals)REFUSALS_INIT;
        task->refusals->excused = (struct check)CHECK_INIT;
        task->refusals->err = (struct err)ERR_INIT;
    }
    return task->refusals;
}

static void free_refusals(struct run_refusals *refusals)
{
    if (!refusals)
        return;
    refusals_release(&refusals->pending);
    check_release(&refusals->excused);
    err_release(&refusals->err);
    free(refusals->words);
    free(refusals);
}

void task_free(struct task *task)
{
    influx_query_release(&task->query);
    strbuf_release(&task->statement);
    check_release(&task->check);
    deep_release(&task->deep);
    stream_free(task->stream);
    free_refusals(task->refusals);
    if (task->comparison)
        task_run_server(task)->compare->free(task->comparison);
    points_reader_release(&task->reader);
    difference_release(&task->difference);
    free(task);
}

static void push(struct task **list, struct task *task)
{
    task->next = *list;
    *list = task;
}

void task_ready(struct task *task)
{
    push(&task_run_server(task)->ready, task);
}

void task_go_on(struct task *task, enum phase phase)
{
    task->phase = phase;
    task_ready(task);
}

void task_wait(struct task *task, int64_t delay_ns)
{
    task->not_before_ns = clock_monotonic_ns() + delay_ns;
    push(&task_run_server(task)->waiting, task);
    task->run->state.waiting++;
}

/* Splitting */

bool task_sums(const struct task *task)
{
    return delta_asks_servers_alone(task->run->plan->kind) && !task->sumless;
}

bool task_may_count(const struct task *task)
{
    const struct plan *plan = task->run->plan;

    return !delta_asks_servers_alone(plan->kind) ||
           task->range.end_ns <= plan_counted_until_ns(plan, task->piece->unit->source_policy);
}

bool task_can_split_time(const struct task *task, int max_splits)
{
    return task->splits < max_splits &&
           task->range.end_ns - task->range.start_ns > 2 * MIN_SPLIT_NS;
}

void task_split_time(struct task *task)
{
    struct run *run = task->run;
    int64_t middle = task->range.start_ns + (task->range.end_ns - task->range.start_ns) / 2;
    struct task *later =
        task_new(run, task->piece, task->set, (struct range){middle, task->range.end_ns});

    task->range.end_ns = middle;
    task->phase = first_phase(run);
    task->splits++;
    later->splits = task->splits;
    later->clips = task->clips;
    task->attempts = 0;
    task_ready(later);
    task_ready(task);
    run->state.progress.splits++;
}

static uint32_t part_of_set(struct plan *plan, uint32_t set, size_t first, size_t count)
{
    uint32_t *measurements = xcalloc(count, sizeof(*measurements));

    memcpy(measurements, plan->sets[set].measurements + first, count * sizeof(*measurements));
    return plan_add_set(plan, measurements, count, plan->sets[set].tags, plan->sets[set].alone);
}

bool task_can_split_measurements(const struct task *task)
{
    return task->run->plan->sets[task->set].count > 1;
}

void task_split_measurements(struct task *task)
{
    struct run *run = task->run;
    size_t count = run->plan->sets[task->set].count, half = count / 2;
    uint32_t rest = part_of_set(run->plan, task->set, half, count - half);
    struct task *other = task_new(run, task->piece, rest, task->range);

    task->set = part_of_set(run->plan, task->set, 0, half);
    task->phase = first_phase(run);
    task->attempts = 0;
    other->clips = task->clips;
    task_ready(other);
    task_ready(task);
    run->state.progress.splits++;
}
