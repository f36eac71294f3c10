/*
 * Lets the journal remember the targets' shard groups while they are filled (tenants/plan/
 * holding.h). So the next run notices what a target lost, whatever ended this one.
 *
 * A window may be copied into a shard group that the journal doesn't remember yet. Such a window
 * waits until its server was asked after the copy, and the answer stands in the journal. Only then
 * it is verified and recorded. So where the journal calls a window done, it also knows its shard
 * group, and notices when the group is gone. One question answers for all windows that wait. The
 * longer the answer takes, the more seldom a server is asked.
 */
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "compare.h"
#include "tenants/run/holdings.h"

/* The pause between two questions is so many times as long as the last answer took, but no longer
 * than MAX_PAUSE_NS. So a question is on its way for a quarter of the time at most. A longer pause
 * saves no time that can be measured (60 tenants of 12 weeks), and a kill costs what was copied
 * since the last answer: with 9 in the place of 3 up to 10 statements, too many. */
#define ASK_PAUSE      3
#define MAX_PAUSE_NS   (5 * CLOCK_SECOND_NS)
#define BUSY_PAUSE_NS  CLOCK_SECOND_NS
#define ASK_TIMEOUT_NS (60 * CLOCK_SECOND_NS)
/* A server that is busy so often in a row is taken for one that doesn't tell. */
enum { MAX_BUSY = 60 };

/* The questions to one server. */
struct asking {
    struct run *run;
    size_t number;
    struct influx_query query;
    struct shard_groups_reader reader;
    bool is_under_way;
    int busy;              /* how often in a row the server was too busy to answer */
    bool is_silent;        /* the server doesn't tell: nothing waits for it */
    int64_t not_before_ns; /* monotonic */
    struct task *waiting;  /* tasks that wait for the next question */
    struct task *answered; /* tasks that the question under way will answer for */
};

struct run_memory {
    struct holdings now;        /* shard groups, as the servers answered last */
    struct holding *remembered; /* shard groups by place, as the journal has them */
    struct asking *askings;     /* one for each of run->servers */
};

static void recall(struct run *run, size_t place)
{
    const struct plan_place *of = &run->plan->places[place];
    struct holding before = {0};

    if (journal_recall(run->journal, of->name, &before, &run->fatal) < 0)
        run_stop(run);
    /* A shard group that retention has dropped by now is no loss. */
    for (size_t i = 0; i < before.count; i++)
        if (before.items[i].range.end_ns > of->oldest_ns)
            holding_add(&run->memory->remembered[place], before.items[i]);
    holding_release(&before);
}

void run_memory_init(struct run *run)
{
    struct run_memory *memory;

    if (!run->journal)
        return;
    memory = run->memory = xcalloc(1, sizeof(*memory));
    holdings_init(&memory->now, run->plan, run->servers);
    memory->remembered = xcalloc(run->plan->place_count, sizeof(*memory->remembered));
    memory->askings = xcalloc(run->servers->count, sizeof(*memory->askings));
    for (size_t i = 0; i < run->plan->place_count; i++)
        recall(run, i);
    for (size_t i = 0; i < run->servers->count; i++) {
        struct asking *asking = &memory->askings[i];

        asking->run = run;
        asking->number = i;
        asking->is_silent = !holdings_asks(&memory->now, i);
        asking->query = (struct influx_query)INFLUX_QUERY_INIT;
        asking->reader =
            (struct shard_groups_reader){.each = holdings_take, .context = &memory->now.servers[i]};
        shard_groups_reader_init(&asking->reader, &asking->query);
    }
}

void run_memory_release(struct run *run)
{
    struct run_memory *memory = run->memory;

    if (!memory)
        return;
    for (size_t i = 0; i < run->servers->count; i++) {
        task_drop_all(&memory->askings[i].waiting);
        task_drop_all(&memory->askings[i].answered);
        influx_query_release(&memory->askings[i].query);
        shard_groups_reader_release(&memory->askings[i].reader);
    }
    for (size_t i = 0; i < run->plan->place_count; i++)
        holding_release(&memory->remembered[i]);
    holdings_release(&memory->now);
    free(memory->remembered);
    free(memory->askings);
    free(memory);
    run->memory = NULL;
}

/* Windows */

/* Goes on with a task whose shard group is remembered: verifies it, or ends it as done. */
static void go_on(struct task *task)
{
    const struct plan *plan = task->run->plan;

    if (plan->settings->verify || delta_compares(plan->kind))
        task_run_server(task)->compare->on_copied(task);
    else
        task_done(task);
}

static struct asking *asking_of(const struct task *task)
{
    return &task->run->memory->askings[task_tenant(task)->server];
}

bool run_is_remembered(const struct task *task)
{
    const struct run_memory *memory = task->run->memory;

    return memory && holding_covers(&memory->remembered[task->piece->unit->place], task->range);
}

void run_remember(struct task *task)
{
    if (!task->run->memory || !task->points || asking_of(task)->is_silent ||
        run_is_remembered(task)) {
        go_on(task);
        return;
    }
    task->next = asking_of(task)->waiting;
    asking_of(task)->waiting = task;
}

/* Answers */

static void release_all(struct task **list, void (*release)(struct task *task))
{
    struct task *task = *list;

    *list = NULL;
    while (task) {
        struct task *next = task->next;

        release(task);
        task = next;
    }
}

static void copy_again(struct task *task)
{
    task_go_on(task, PHASE_COPY);
}

static void wait_again(struct task *task)
{
    task->next = asking_of(task)->waiting;
    asking_of(task)->waiting = task;
}

/* Adds the shard groups that the place has now. A group that it lost meanwhile stays remembered:
 * so the end of the run, or the next run, misses it. */
static void remember(struct run *run, size_t place)
{
    const struct holding *now = &run->memory->now.by_place[place];
    struct holding *remembered = &run->memory->remembered[place];
    size_t before = remembered->count;

    for (size_t i = 0; i < now->count; i++)
        holding_add(remembered, now->items[i]);
    if (remembered->count == before || run->fatal.code != ERR_NONE)
        return;
    if (journal_remember(run->journal, run->plan->places[place].name, remembered, &run->fatal) < 0)
        run_stop(run);
    run->dirty = true;
}

static void on_told(struct asking *asking)
{
    struct run *run = asking->run;

    holdings_end(&run->memory->now, asking->number);
    for (size_t i = 0; i < run->plan->place_count; i++)
        if (run->plan->tenants[run->plan->places[i].tenant].server == asking->number &&
            run->memory->now.known[i])
            remember(run, i);
    release_all(&asking->answered, go_on);
}

static bool is_busy(const struct influx_query *query)
{
    return query->failure == INFLUX_RETRY || query->failure == INFLUX_UNKNOWN;
}

static void on_answer(struct influx_query *query)
{
    struct asking *asking = query->context;
    int64_t pause_ns = query->elapsed_ns * ASK_PAUSE;

    asking->is_under_way = false;
    asking->busy = is_busy(query) ? asking->busy + 1 : 0;
    asking->run->asking--;
    asking->not_before_ns =
        clock_monotonic_ns() + (pause_ns < MAX_PAUSE_NS ? pause_ns : MAX_PAUSE_NS);
    if (query->failure == INFLUX_FINE) {
        on_told(asking);
    } else if (is_busy(query) && asking->busy < MAX_BUSY) {
        asking->not_before_ns = clock_monotonic_ns() + BUSY_PAUSE_NS;
        release_all(&asking->answered, wait_again);
    } else if (query->failure == INFLUX_CANT_REACH) {
        /* The copy waits for the server as any other does, and its points overwrite themselves. */
        release_all(&asking->answered, copy_again);
        release_all(&asking->waiting, copy_again);
    } else {
        log_debug("what the targets hold isn't known: %s", query->words);
        asking->is_silent = true;
        release_all(&asking->answered, go_on);
        release_all(&asking->waiting, go_on);
    }
}

/* Questions */

static void ask(struct asking *asking)
{
    struct run *run = asking->run;

    asking->answered = asking->waiting;
    asking->waiting = NULL;
    asking->is_under_way = true;
    run->asking++;
    asking->query.timeout_ns = ASK_TIMEOUT_NS;
    asking->query.done = on_answer;
    asking->query.context = asking;
    holdings_begin(&run->memory->now, asking->number);
    influx_query_start(&run->servers->items[asking->number].client, &asking->query);
}

/* Where only windows are left that wait, nothing is gained by a pause. */
static bool is_due(const struct run *run, const struct asking *asking)
{
    if (!asking->waiting || asking->is_under_way)
        return false;
    return clock_monotonic_ns() >= asking->not_before_ns ||
           (!run->state.in_flight && !asking->busy);
}

void run_memory_turn(struct run *run)
{
    for (size_t i = 0; run->memory && i < run->servers->count; i++) {
        struct asking *asking = &run->memory->askings[i];

        if (is_due(run, asking))
            ask(asking);
    }
}

bool run_memory_waits(const struct run *run)
{
    for (size_t i = 0; run->memory && i < run->servers->count; i++)
        if (run->memory->askings[i].waiting || run->memory->askings[i].is_under_way)
            return true;
    return false;
}

int64_t run_memory_sleep_ns(const struct run *run, int64_t longest_ns)
{
    for (size_t i = 0; run->memory && i < run->servers->count; i++) {
        const struct asking *asking = &run->memory->askings[i];
        int64_t left_ns = asking->not_before_ns - clock_monotonic_ns();

        if (asking->waiting && !asking->is_under_way && left_ns < longest_ns)
            longest_ns = left_ns;
    }
    return longest_ns;
}
