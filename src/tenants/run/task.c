#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "task.h"
#include "tenants/journal/verification.h"

/* Shorter windows aren't halved. */
#define MIN_SPLIT_NS (CLOCK_SECOND_NS / 1000)

const struct plan_tenant *task_tenant(const struct task *task)
{
    return &task->run->plan->tenants[task->piece->unit->tenant];
}

const char *task_policy(const struct task *task)
{
    return task->run->plan->catalogue->policies[task->piece->unit->policy].name;
}

struct server *task_server(const struct task *task)
{
    return &task->run->servers->items[task_tenant(task)->server];
}

struct influx_client *task_target(const struct task *task)
{
    struct server *server = task_server(task);

    return run_victoria_is_for(task) ? &server->reader : &server->client;
}

struct run_server *task_run_server(const struct task *task)
{
    return &task->run->by_server[task_tenant(task)->server];
}

bool task_stays(const struct task *task)
{
    return task_tenant(task)->server == 0;
}

/* The names of a set, as the journal and statements want them. The caller's to free; the texts are
 * the catalogue's. */
const char **task_names(const struct plan *plan, const struct plan_set *set)
{
    const char **names = xcalloc(set->count, sizeof(*names));

    for (size_t i = 0; i < set->count; i++)
        names[i] = plan->catalogue->measurements.items[set->measurements[i]];
    return names;
}

void run_stop(struct run *run)
{
    if (run->fatal.code == ERR_NONE)
        err_set(&run->fatal, ERR_BUG, "a run was stopped without a reason");
}

double run_random(struct run *run)
{
    return (double)rand_r(&run->random) / ((double)RAND_MAX + 1);
}

/* Recording */

/* `names` is what the entry borrows: task_names(). */
static struct journal_entry entry_of(const struct task *task, const char *const *names)
{
    const struct plan_set *set = &task->run->plan->sets[task->set];

    return (struct journal_entry){
        .tenant = task_tenant(task)->id,
        .database = task_tenant(task)->place,
        .policy = task_policy(task),
        .measurements = names,
        .measurement_count = set->count,
        .tags = set->tags,
        .range = task->range,
        .points = task->points,
    };
}

/* Its window isn't whole, or wasn't compared. */
static void tell_verification(const struct task *task, const char *words)
{
    const struct run *run = task->run;
    const char **names = task_names(run->plan, &run->plan->sets[task->set]);
    struct journal_entry entry = entry_of(task, names);

    verification_not_whole(run->observer->verification, &entry, words, task->missing);
    free(names);
}

/* Records a task as done (`words` NULL) or failed. */
static void record(const struct task *task, const char *words)
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
        rc = journal_fail(run->journal, &entry, words, &run->fatal);
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
    task->named = (struct strvec)STRVEC_INIT;
    task->phase = first_phase(run);
    piece->open++;
    return task;
}

static void task_free(struct task *task)
{
    influx_query_release(&task->query);
    strbuf_release(&task->statement);
    check_release(&task->check);
    deep_release(&task->deep);
    stream_free(task->stream);
    run_refused_free(task->refusals);
    run_victoria_free(task->victoria);
    points_reader_release(&task->reader);
    strvec_release(&task->named);
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

static void piece_done(struct run *run, struct piece *piece)
{
    uint32_t number = piece->unit->tenant;
    struct tenant_state *tenant = &run->tenants[number];

    if (piece->failed)
        run->state.progress.windows_failed++;
    else if (piece->left)
        run->windows_left++;
    else
        run->state.progress.windows_done++;
    tenant->failed = tenant->failed || piece->failed || piece->left;
    tenant->left = tenant->left || piece->left;
    if (--tenant->open == 0) {
        run->state.progress.tenants_done += !tenant->failed;
        run_tell_tenant(run, &run->plan->tenants[number], tenant);
    }
    free(piece);
}

/* The end of a task, done or failed: it has been recorded. */
void task_end(struct task *task)
{
    struct run *run = task->run;

    run->state.done_ns = clock_add(run->state.done_ns, task->range.end_ns - task->range.start_ns);
    if (--task->piece->open == 0)
        piece_done(run, task->piece);
    task_free(task);
}

/* Drops a task that won't be tried in this run. Nothing is recorded: it is still to do. */
void task_drop(struct task *task)
{
    if (--task->piece->open == 0)
        free(task->piece);
    task_free(task);
}

/* Copied, and verified if that is wanted. */
void task_done(struct task *task)
{
    record(task, NULL);
    run_tell_window(task, "window", NULL);
    task_end(task);
}

void task_fail(struct task *task, const char *words)
{
    struct strbuf text = STRBUF_INIT;

    run_add_task(&text, task);
    log_warning("failed: %s: %s", text.buf, words);
    run_tell_window(task, "window_failed", words);
    task->piece->failed = true;
    record(task, words);
    strbuf_release(&text);
    task_end(task);
}

void task_leave(struct task *task, const char *words)
{
    enum delta_kind kind = task->run->plan->kind;

    task->piece->left = true;
    /* What is tried again at once didn't fail, and what wasn't compared doesn't differ. */
    if (delta_compares(kind))
        tell_verification(task, words);
    if (!delta_compares(kind) && !delta_is_followed(kind)) {
        task->piece->failed = true;
        run_tell_window(task, "window_failed", words);
        record(task, words);
    }
    task_end(task);
}

void task_wait(struct task *task, int64_t delay_ns)
{
    task->not_before_ns = clock_monotonic_ns() + delay_ns;
    push(&task_run_server(task)->waiting, task);
    task->run->state.waiting++;
}

/* Splitting */

bool task_can_split_time(const struct task *task, int max_splits)
{
    return task->splits < max_splits &&
           task->range.end_ns - task->range.start_ns > 2 * MIN_SPLIT_NS;
}

/* In place of the task, two: of its range's halves. */
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

/* In place of the task, two: of its measurements' halves. */
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
