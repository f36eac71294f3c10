/* The queue of a run, which chooses the next task. */
#include "../../../../src/tenants/run/task.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../../unit.h"
#include "base/mem.h"

#define SHARD (10 * CLOCK_SECOND_NS)

enum { TENANTS = 3, WINDOWS = 8, SERVERS = 2, JOBS = 4 };

/* A run of a plan that is made by hand: each tenant has one unit, and a window is half as long as a
 * shard group. The last tenant's target is on the second server. */
struct world {
    struct settings settings;
    struct server items[SERVERS];
    struct servers servers;
    struct plan_tenant tenants[TENANTS];
    struct plan_place places[TENANTS];
    struct plan_unit units[TENANTS];
    struct plan plan;
    struct tenant_state states[TENANTS];
    struct run run;
};

static int set_up(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));

    for (size_t i = 0; i < SERVERS; i++) {
        w->items[i].kind = INFLUX_KIND_1;
        pace_init(&w->items[i].pace, JOBS);
    }
    w->servers = (struct servers){.items = w->items, .count = SERVERS};
    w->plan = (struct plan){.settings = &w->settings,
                            .tenants = w->tenants,
                            .tenant_count = TENANTS,
                            .places = w->places,
                            .place_count = TENANTS,
                            .units = w->units,
                            .unit_count = TENANTS};
    for (uint32_t t = 0; t < TENANTS; t++) {
        w->tenants[t].retention.shard_length_ns = SHARD;
        w->places[t] = (struct plan_place){.tenant = t, .retention = &w->tenants[t].retention};
        w->units[t].place = t;
        w->tenants[t].server = t == TENANTS - 1;
        w->units[t].tenant = t;
        range_list_add(&w->units[t].needed, (struct range){0, WINDOWS * SHARD / 2});
    }
    for (int64_t i = 0; i < WINDOWS; i++) {
        GROW(w->plan.windows.items, w->plan.windows.count, w->plan.windows.alloc);
        w->plan.windows.items[w->plan.windows.count++] =
            (struct window){.range = {i * SHARD / 2, (i + 1) * SHARD / 2}};
    }
    w->run = (struct run){.plan = &w->plan, .servers = &w->servers, .tenants = w->states};
    run_queue_init(&w->run);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    run_queue_release(&w->run);
    for (uint32_t t = 0; t < TENANTS; t++)
        range_list_release(&w->units[t].needed);
    window_list_release(&w->plan.windows);
    free(w);
    return 0;
}

/* begin(), answer() and end() do to a task what run.c, answer.c and finish.c do. */
static void begin(struct task *task)
{
    task_run_server(task)->in_flight++;
    if (task->phase == PHASE_COPY)
        run_copying(task);
}

static void answer(struct task *task)
{
    task_run_server(task)->in_flight--;
    run_copied(task);
    run_copied(task);
}

static void end(struct task *task)
{
    answer(task);
    task_drop(task);
}

/* Takes the next task, which must be of that tenant and window, and begins its copy. */
static struct task *start(struct world *w, uint32_t tenant, int64_t window)
{
    struct task *task = run_take(&w->run);

    assert_non_null(task);
    assert_int_equal(task->piece->unit->tenant, tenant);
    assert_int_equal(task->range.start_ns, window * SHARD / 2);
    assert_int_equal(task->range.end_ns, (window + 1) * SHARD / 2);
    begin(task);
    return task;
}

static void one_shard_group(void **state)
{
    struct world *w = *state;
    struct task *first, *second, *later;

    w->run.by_server[1].in_flight = JOBS;
    first = start(w, 0, 0);
    second = start(w, 1, 0);
    /* The second windows are in the same shard groups: the third is next. */
    later = start(w, 0, 2);
    assert_int_equal(w->run.held_count, 2);
    end(first);
    first = start(w, 0, 1);
    end(first);
    end(second);
    end(start(w, 1, 1));
    end(start(w, 1, 2));
    end(later);
    end(start(w, 0, 3));
    /* Held tasks go first, the oldest of them at once. */
    first = start(w, 1, 3);
    second = start(w, 0, 4);
    later = start(w, 1, 4);
    end(start(w, 0, 6));
    assert_int_equal(w->run.held_count, 2);
    end(first);
    end(second);
    end(later);
    end(start(w, 0, 5));
    end(start(w, 1, 5));
    end(start(w, 1, 6));
    assert_int_equal(w->run.held_count, 0);
    assert_int_equal(w->run.copying_count, 0);
}

static void held_by_another(void **state)
{
    struct world *w = *state;
    struct task *first;

    /* All tasks that may be held are held, for other servers. A server with nothing in flight goes
     * on all the same. */
    w->run.held_count = 1000000;
    w->run.by_server[1].in_flight = JOBS;
    first = start(w, 0, 0);
    assert_null(run_take(&w->run));
    end(first);
    end(start(w, 1, 0));
}

static void at_most(void **state)
{
    struct world *w = *state;
    struct task *tasks[2 * JOBS];
    size_t count = 0;

    w->items[0].kind = w->items[1].kind = INFLUX_KIND_VICTORIA;
    while (count < 2 * JOBS && (tasks[count] = run_take(&w->run)))
        begin(tasks[count++]);
    assert_int_equal(count, 2 * JOBS);
    assert_int_equal(w->run.by_server[0].in_flight, JOBS);
    assert_null(run_take(&w->run));
    while (count)
        end(tasks[--count]);
}

static void not_for_counts(void **state)
{
    struct world *w = *state;
    struct task *first = start(w, 0, 0), *counting = start(w, 2, 0), *third;

    answer(counting);
    counting->phase = PHASE_COUNT_TARGET;
    counting->range = first->range;
    counting->piece->unit = first->piece->unit;
    task_ready(counting);
    w->run.by_server[1].in_flight = JOBS;
    assert_ptr_equal(run_take(&w->run), counting);
    counting->phase = PHASE_COPY;
    task_ready(counting);
    third = start(w, 1, 0);
    assert_ptr_not_equal(third, counting);
    w->items[0].kind = INFLUX_KIND_VICTORIA;
    assert_ptr_equal(run_take(&w->run), counting);
    task_drop(counting);
    end(third);
    end(first);
    w->run.by_server[1].in_flight = 0;
}

static void waiting(void **state)
{
    struct world *w = *state;
    struct task *first = start(w, 0, 0), *other = start(w, 2, 0);

    answer(first);
    task_wait(first, CLOCK_HOUR_NS);
    assert_int_equal(w->run.state.waiting, 1);
    /* While the server is away, only the task that waits is tried there. */
    w->run.by_server[0].outage_since_ns = 1;
    assert_null(run_take(&w->run));
    first->not_before_ns = 0;
    assert_ptr_equal(run_take(&w->run), first);
    assert_int_equal(w->run.state.waiting, 0);
    begin(first);
    /* One statement at a time asks a server that is away. While that is the source, no other server
     * goes on; while it is another one, all others do. */
    assert_int_equal(w->run.by_server[0].in_flight, 1);
    w->run.by_server[1].in_flight = JOBS;
    assert_null(run_take(&w->run));
    w->run.by_server[0].outage_since_ns = 0;
    w->run.by_server[1].outage_since_ns = 1;
    end(start(w, 1, 0));
    end(first);
    w->run.by_server[1].in_flight = 1;
    answer(other);
    task_wait(other, CLOCK_HOUR_NS);
    w->run.by_server[0].in_flight = JOBS;
    assert_null(run_take(&w->run));
    w->run.by_server[1].outage_since_ns = 0;
    end(start(w, 2, 1));
    w->run.by_server[0].in_flight = 0;
}

static void waiting_in_a_shard_group(void **state)
{
    struct world *w = *state;
    struct task *first = start(w, 0, 0), *second, *third;

    answer(first);
    task_wait(first, 0);
    first->not_before_ns = 0;
    /* Another copy into the task's shard group began meanwhile. */
    second = task_new(&w->run, first->piece, 0, first->range);
    begin(second);
    end(start(w, 2, 0));
    end(start(w, 2, 1));
    w->run.by_server[1].in_flight = JOBS;
    third = start(w, 1, 0);
    assert_ptr_not_equal(third, first);
    end(second);
    assert_ptr_equal(run_take(&w->run), first);
    task_drop(first);
    end(third);
}

static void problems(void **state)
{
    struct world *w = *state;
    struct task *first, *other;

    w->tenants[0].problem = (char *)"why";
    first = start(w, 1, 0);
    other = start(w, 2, 0);
    assert_true(run_is_busy(&w->run, 0));
    end(first);
    w->tenants[1].problem = (char *)"why";
    assert_false(run_is_busy(&w->run, 0));
    end(other);
}

static void throttled(void **state)
{
    struct world *w = *state;
    struct task *task = start(w, 0, 0);

    answer(task);
    w->settings.max_rate = 1;
    w->servers.rate_free_ns = INT64_MAX;
    assert_null(run_take(&w->run));
    /* --max-rate doesn't hold back a task that only reads. */
    task->phase = PHASE_COUNT_TARGET;
    task_ready(task);
    assert_ptr_equal(run_take(&w->run), task);
    w->servers.rate_free_ns = 0;
    end(start(w, 2, 0));
    task_drop(task);
}

/* No two copies may write into one shard group of a target at once. */
static void must_not_collide(const struct task *task, struct task *const *in_flight, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_true(in_flight[i]->piece->unit->tenant != task->piece->unit->tenant ||
                    range_is_empty(range_intersect(window_shards(in_flight[i]->range, SHARD),
                                                   window_shards(task->range, SHARD))));
}

/* Splits a task, lets it wait, or ends it. */
static void go_on(struct task *task, struct range_list *done)
{
    struct range_list *list = &done[task->piece->unit->tenant];
    int64_t before_ns = range_list_length_ns(list);

    if (rand() % 4 == 0 && task_can_split_time(task, 3)) {
        task_split_time(task);
    } else if (rand() % 4 == 0) {
        task_wait(task, 0);
        task->not_before_ns = 0;
    } else {
        range_list_add(list, task->range);
        assert_int_equal(range_list_length_ns(list),
                         before_ns + task->range.end_ns - task->range.start_ns);
        task_drop(task);
    }
}

static void any_order(struct world *w)
{
    struct range_list done[TENANTS] = {RANGE_LIST_INIT};
    struct task *in_flight[SERVERS * JOBS];
    size_t count = 0;

    for (;;) {
        /* With nothing in flight, run_take() gives a task as long as anything is to be done. */
        struct task *task = !count || rand() % 3 ? run_take(&w->run) : NULL;
        size_t at;

        if (!task && !count)
            break;
        if (task) {
            assert_true(count < SERVERS * JOBS);
            must_not_collide(task, in_flight, count);
            begin(task);
            in_flight[count++] = task;
            continue;
        }
        at = (size_t)rand() % count;
        task = in_flight[at];
        in_flight[at] = in_flight[--count];
        answer(task);
        go_on(task, done);
    }
    assert_int_equal(w->run.held_count, 0);
    assert_int_equal(w->run.state.waiting, 0);
    assert_int_equal(w->run.copying_count, 0);
    for (uint32_t t = 0; t < TENANTS; t++) {
        assert_true(range_list_equal(&done[t], &w->units[t].needed));
        range_list_release(&done[t]);
    }
}

static void any_orders(void **state)
{
    unsigned seed = (unsigned)time(NULL);

    (void)state;
    printf("seed %u\n", seed);
    srand(seed);
    for (int i = 0; i < 50; i++) {
        void *w;

        set_up(&w);
        any_order(w);
        tear_down(&w);
    }
}

/* A tenant that is held back comes in a later pass, with all of its windows. */
static void passes(void **state)
{
    struct world *w = *state;
    size_t first = 0, second = 0;
    struct task *task;

    w->tenants[0].held_back = true;
    w->states[0].pass = -1;
    while ((task = run_take(&w->run))) {
        assert_int_not_equal(task->piece->unit->tenant, 0);
        task_drop(task);
        first++;
    }
    assert_int_equal(first, (TENANTS - 1) * WINDOWS);
    w->tenants[0].held_back = false;
    run_queue_again(&w->run);
    while ((task = run_take(&w->run))) {
        assert_int_equal(task->piece->unit->tenant, 0);
        task_drop(task);
        second++;
    }
    assert_int_equal(second, WINDOWS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_WITH("no two copies into one shard group of a target are under way", one_shard_group,
                  set_up, tear_down),
        TEST_WITH("what is held for others doesn't stop a server that is idle", held_by_another,
                  set_up, tear_down),
        TEST_WITH("of a server no more are in flight than its limit says", at_most, set_up,
                  tear_down),
        TEST_WITH("what is only read is held back by none, nor is a VictoriaMetrics",
                  not_for_counts, set_up, tear_down),
        TEST_WITH("what waits is taken when it is time, and alone while its server is away",
                  waiting, set_up, tear_down),
        TEST_WITH("a tenant that is held back comes in a later pass", passes, set_up, tear_down),
        TEST_WITH("what waits waits for the shard group, too", waiting_in_a_shard_group, set_up,
                  tear_down),
        TEST_WITH("a tenant with a problem is passed over", problems, set_up, tear_down),
        TEST_WITH("--max-rate holds copies back, and nothing else", throttled, set_up, tear_down),
        TEST("tasks end, split and wait in any order, and each window is copied once", any_orders),
    };

    return cmocka_run_group_tests_name("tenants/run_queue", tests, NULL, NULL);
}
