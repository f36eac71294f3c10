/*
 * Compares a target that is on a VictoriaMetrics. Points are visible there only a second or two
 * after they were written, so a task waits after its copy. The source is counted first. Where the
 * target has less, the points decide.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "compare.h"
#include "tenants/run/victoria_compare.h"

/* New points and series were visible after 0.3 to 1.3 s; a series that was asked for too early only
 * after 9 s (measured on 1.79.5). So a target is counted after 2 s, and again after 4, 8 and 16. */
#define VISIBLE_NS (2 * CLOCK_SECOND_NS)
enum { MAX_WAITS = 3 };

/* The same goes for points that somebody else has just written: a run, a persister, a repair. The
 * server renews what it knows of its series every 10 s. So a value that is missing is looked for
 * once more so long after the comparison began, or after its own copy. */
#define SURELY_VISIBLE_NS (12 * CLOCK_SECOND_NS)

/* A value takes 32 bytes, in a table at most four times as large; and several tasks have one. */
enum { MAX_VALUES = 100000 };

struct comparison {
    struct victoria_counts counts;
    struct victoria_values values;
    struct export_reader reader;
    bool counted;               /* the source was counted, */
    struct range counted_range; /* for this time */
    uint32_t counted_set;       /* and this set; splitting changes both */
    bool fresh;                 /* this task has copied the points, */
    int64_t copied_ns;          /* at this time (monotonic) */
    int waits;                  /* how often the task waited for points to become visible */
};

static const struct victoria_server *server_of(const struct task *task)
{
    return &task_server(task)->victoria;
}

static struct comparison *state_of(struct task *task)
{
    if (!task->comparison) {
        task->comparison = xcalloc(1, sizeof(*task->comparison));
        task->comparison->reader = (struct export_reader)EXPORT_READER_INIT;
    }
    return task->comparison;
}

static void free_comparison(struct comparison *state)
{
    victoria_counts_release(&state->counts);
    victoria_values_release(&state->values);
    export_reader_release(&state->reader);
    free(state);
}

static bool is_counted(const struct task *task)
{
    const struct comparison *state = task->comparison;

    return state && state->counted && state->counted_set == task->set &&
           state->counted_range.start_ns == task->range.start_ns &&
           state->counted_range.end_ns == task->range.end_ns;
}

/* Requests */

static struct influx_client *reader(struct server *server)
{
    return &server->reader;
}

static void begin(struct task *task)
{
    if (task->phase == PHASE_COUNT_TARGET && !is_counted(task))
        task->phase = PHASE_COUNT_SOURCE;
}

static int add_statement(struct strbuf *sb, const struct task *task,
                         const struct influx_selection *source, struct err *err)
{
    const struct victoria_selection selection = {
        .server = server_of(task),
        .measurements = source->measurements,
        .measurement_count = source->measurement_count,
        .database = task_tenant(task)->database,
        .tags = source->belonging.tags,
        .tenant = source->belonging.tenant,
        .range = task->range,
    };

    (void)err;
    if (task->phase == PHASE_COUNT_TARGET)
        victoria_add_database_export(sb, &selection);
    else
        victoria_add_tenant_export(sb, &selection);
    return 0;
}

static void prepare_counts(struct task *task)
{
    const struct plan *plan = task->run->plan;
    struct victoria_counts *counts = &state_of(task)->counts;
    uint32_t signature =
        catalogue_signature(&plan->catalogue->policies[task->piece->unit->source_policy],
                            plan->sets[task->set].measurements[0]);

    victoria_counts_release(counts);
    counts->server = server_of(task);
    counts->strings = &plan->catalogue->signature_facts[signature].strings;
    counts->numbers = &plan->catalogue->signature_facts[signature].numbers;
}

static void prepare_values(struct task *task)
{
    struct victoria_values *values = &state_of(task)->values;

    victoria_values_release(values);
    values->server = server_of(task);
    values->database = task_tenant(task)->database;
    values->found = &task->difference;
    difference_release(&task->difference);
}

static void set_readers(struct task *task)
{
    struct comparison *state = state_of(task);
    struct influx_query *query = &task->query;

    switch (task->phase) {
    case PHASE_COPY:
        return;
    case PHASE_COUNT_SOURCE:
        prepare_counts(task);
        query->reader.series = victoria_count_source;
        query->reader.context = &state->counts;
        return;
    case PHASE_COUNT_TARGET:
        victoria_counts_restart(&state->counts);
        state->reader.line = victoria_count_target;
        state->reader.context = &state->counts;
        query->exported = &state->reader;
        return;
    case PHASE_READ_TARGET:
        state->reader.line = victoria_take;
        state->reader.context = &state->values;
        query->exported = &state->reader;
        return;
    case PHASE_READ_SOURCE:
        prepare_values(task);
        task->reader.row = victoria_keep;
        break;
    case PHASE_NAME:
        difference_release(&task->difference);
        victoria_settle(&state->values, &task->difference);
        task->reader.row = victoria_name;
        break;
    }
    task->reader.context = &state->values;
    query->points = &task->reader;
}

/* Answers */

static void on_copied(struct task *task)
{
    struct comparison *state = state_of(task);

    /* The batches of a stream are large, and many tasks may wait at once. */
    stream_free(task->stream);
    task->stream = NULL;
    state->fresh = true;
    state->copied_ns = clock_monotonic_ns();
    state->counted = false;
    state->waits = 0;
    task->phase = PHASE_COUNT_SOURCE;
    task_wait(task, VISIBLE_NS);
}

/* Compares point by point. A window with too many values is halved first. */
static void compare_points(struct task *task, int64_t values)
{
    if (values > MAX_VALUES && task_can_split_time(task, RUN_MAX_TIME_SPLITS))
        task_split_time(task);
    else
        task_go_on(task, PHASE_READ_SOURCE);
}

static void on_source_counted(struct task *task)
{
    struct comparison *state = task->comparison;
    int64_t missing, source = victoria_counts_compare(&state->counts, &missing);

    state->counted = true;
    state->counted_range = task->range;
    state->counted_set = task->set;
    if (task->run->plan->settings->deep && !state->fresh)
        compare_points(task, source);
    else
        task_go_on(task, PHASE_COUNT_TARGET);
}

/* A check must find values that are others, too. */
static bool counts_prove(const struct task *task, int64_t source)
{
    const struct plan *plan = task->run->plan;

    return !task->comparison->counts.uncertain && !plan->settings->deep &&
           (!source || !delta_asks_servers_alone(plan->kind));
}

static void on_target_counted(struct task *task)
{
    struct comparison *state = task->comparison;
    int64_t missing, source = victoria_counts_compare(&state->counts, &missing);

    if (!missing && counts_prove(task, source)) {
        task->run->state.values_verified += source;
        task_done(task);
    } else if (missing && state->fresh && state->waits < MAX_WAITS) {
        state->waits++;
        task_wait(task, VISIBLE_NS << state->waits);
    } else {
        compare_points(task, source);
    }
}

/* Until then points may have been written that the server doesn't show yet. */
static int64_t visible_ns(const struct task *task)
{
    const struct comparison *state = task->comparison;
    int64_t written_ns = state->fresh ? state->copied_ns : task->run->state.started_ns;

    return clock_add(written_ns, SURELY_VISIBLE_NS);
}

/* Waits for values that are missing, unless they would have been seen by now, or are to be copied
 * anyway. */
static bool wait_for_values(struct task *task)
{
    int64_t read_ns = clock_monotonic_ns() - task->query.elapsed_ns;
    int64_t wait_ns = clock_sub(visible_ns(task), read_ns);

    if (wait_ns <= 0 || !(task->comparison->fresh || delta_only_reads(task->run->plan->kind)))
        return false;
    task->phase = PHASE_READ_SOURCE;
    task_wait(task, wait_ns);
    return true;
}

static void on_values_compared(struct task *task)
{
    const struct victoria_values *values = &task->comparison->values;

    if (values->missing && wait_for_values(task))
        return;
    if (values->missing || (values->conflicts && task->run->plan->settings->deep)) {
        task_go_on(task, PHASE_NAME);
        return;
    }
    task->run->state.values_verified += (int64_t)values->count;
    task_done(task);
}

/* No value is missing, and a copy takes none away: another copy would be of no use. */
static void on_others_named(struct task *task)
{
    const struct difference *difference = &task->difference;
    const struct difference_pair *first = &difference->first_different[0];
    struct strbuf words = STRBUF_INIT;

    strbuf_addf(&words,
                "verification: %zu values stand beside the source's at the same time, and "
                "VictoriaMetrics never overwrites",
                task->comparison->values.conflicts);
    if (difference->pair_count)
        strbuf_addf(&words, "; the first: %s, %s in the source, %s in the target", first->point,
                    first->source, first->target);
    task->missing = difference->missing + difference->different;
    task->different = difference->different;
    run_tell_difference(task, words.buf);
    task_fail(task, FAILURE_DIFFERENCE, words.buf);
    strbuf_release(&words);
}

static void on_values_named(struct task *task)
{
    struct strbuf words = STRBUF_INIT;

    if (!task->comparison->values.missing) {
        on_others_named(task);
        return;
    }
    strbuf_addstr(&words, "verification: ");
    difference_add_words(&words, &task->difference);
    task_differs(task, words.buf, task->difference.missing + task->difference.different);
    strbuf_release(&words);
}

static void on_fine(struct task *task)
{
    if (task->phase == PHASE_COUNT_SOURCE || task->phase == PHASE_COUNT_TARGET)
        task->run->state.verifying_ns += task->query.elapsed_ns;
    switch (task->phase) {
    case PHASE_COPY:
        break;
    case PHASE_COUNT_SOURCE:
        on_source_counted(task);
        break;
    case PHASE_COUNT_TARGET:
        on_target_counted(task);
        break;
    case PHASE_READ_SOURCE:
        task_go_on(task, PHASE_READ_TARGET);
        break;
    case PHASE_READ_TARGET:
        on_values_compared(task);
        break;
    case PHASE_NAME:
        on_values_named(task);
        break;
    }
}

const struct compare compare_victoria = {
    .takes_strings = false,
    .reader = reader,
    .begin = begin,
    .add_statement = add_statement,
    .set_readers = set_readers,
    .on_copied = on_copied,
    .on_fine = on_fine,
    .free = free_comparison,
};
