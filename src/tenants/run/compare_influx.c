/*
 * Compares a target that is an InfluxDB: the counts of its fields, and with --deep every point,
 * whether the counts agree or not.
 */
#include "compare.h"

/* A deep comparison keeps so many values at most, of 16 bytes each, in a table twice as large. */
#define MAX_VALUES 200000

/* Requests */

static struct influx_client *reader(struct server *server)
{
    return &server->client;
}

static void begin(struct task *task)
{
    (void)task;
}

static int add_statement(struct strbuf *sb, const struct task *task,
                         const struct influx_selection *source, struct err *err)
{
    struct influx_target target;
    struct influx_selection there;

    if (task_target_init(task, &target, err) < 0)
        return -1;
    there = influx_selection_of_target(source, &target);
    /* Points of another tenant in the same database must not stand for those that are missing. */
    if (delta_asks_servers_alone(task->run->plan->kind))
        there.belonging = source->belonging;
    if (task->phase == PHASE_COUNT_TARGET && task_sums(task))
        influx_statement_sum(sb, &there);
    else if (task->phase == PHASE_COUNT_TARGET)
        influx_statement_count(sb, &there);
    else
        influx_statement_select(sb, &there);
    return 0;
}

static void set_readers(struct task *task)
{
    struct influx_query *query = &task->query;

    switch (task->phase) {
    case PHASE_COPY:
        return;
    case PHASE_COUNT_TARGET:
        check_reset(&task->check);
        difference_release(&task->difference);
        query->reader.series = check_read_target;
        query->reader.context = &task->check;
        return;
    case PHASE_COUNT_SOURCE:
        query->reader.series = check_read_source;
        query->reader.context = &task->check;
        return;
    case PHASE_READ_SOURCE:
        deep_release(&task->deep);
        task->reader.row = deep_keep;
        break;
    case PHASE_READ_TARGET:
        task->reader.row = deep_take;
        break;
    case PHASE_NAME:
        difference_release(&task->difference);
        task->deep.found = &task->difference;
        task->reader.row = deep_name;
        break;
    }
    task->reader.context = &task->deep;
    query->points = &task->reader;
}

/* Answers */

static void on_copied(struct task *task)
{
    task_go_on(task, PHASE_COUNT_TARGET);
}

static void keep_first_difference(void *context, const char *measurement, const char *field,
                                  int64_t source, int64_t target)
{
    struct strbuf *text = context;

    if (!text->len)
        strbuf_addf(text, "measurement %s, field %s: %lld in the source, %lld in the target",
                    measurement, field, (long long)source, (long long)target);
}

/* Compares every point of the window. A window with too many values is halved first. */
static void compare_points(struct task *task, int64_t values)
{
    if (values > MAX_VALUES && task_can_split_time(task, RUN_MAX_TIME_SPLITS))
        task_split_time(task);
    else
        task_go_on(task, PHASE_READ_SOURCE);
}

/* Where the target has points of its own, these may stand for others that it lacks. A check looks
 * at all time, so it must tell them apart. Equal counts with equal sums are proof enough for it;
 * texts have no sums. */
static bool counts_prove(const struct task *task, const struct check_result *result)
{
    return !delta_asks_servers_alone(task->run->plan->kind) || !result->source ||
           (result->target == result->source && task_may_count(task) &&
            check_sums_agree(&task->check));
}

static void on_source_counted(struct task *task)
{
    struct strbuf words = STRBUF_INIT, first = STRBUF_INIT;
    struct check_result result;

    run_excuse_refused(task);
    result = check_compare(&task->check);
    task->run->state.verifying_ns += task->query.elapsed_ns;
    if (task->run->plan->settings->deep || (!result.differing && !counts_prove(task, &result))) {
        compare_points(task, result.source);
        return;
    }
    if (!result.differing) {
        task->run->state.values_verified += result.source;
        task_done(task);
        return;
    }
    check_each_difference(&task->check, keep_first_difference, &first);
    strbuf_addf(&words, "verification: the target lacks %lld of %lld values; %s",
                (long long)result.missing, (long long)result.source, first.buf);
    task_differs(task, words.buf, result.missing);
    strbuf_release(&words);
    strbuf_release(&first);
}

static void on_target_counted(struct task *task)
{
    task->run->state.verifying_ns += task->query.elapsed_ns;
    if (!delta_compares(task->run->plan->kind) &&
        check_is_whole(&task->check, task->piece->unit->field_count, task->points)) {
        task->run->state.values_verified += check_compare(&task->check).target;
        task_done(task);
        return;
    }
    task_go_on(task, PHASE_COUNT_SOURCE);
}

static void on_target_read(struct task *task)
{
    if (task->deep.count || task->deep.different) {
        task_go_on(task, PHASE_NAME);
        return;
    }
    task->run->state.values_verified += check_compare(&task->check).source;
    task_done(task);
}

static void on_named(struct task *task)
{
    struct difference *difference = &task->difference;
    struct strbuf words = STRBUF_INIT;

    difference->missing = (int64_t)task->deep.count;
    difference->different = (int64_t)task->deep.different;
    difference->extra = (int64_t)task->deep.extra;
    strbuf_addstr(&words, "verification: ");
    difference_add_words(&words, difference);
    task_differs(task, words.buf, difference->missing + difference->different);
    strbuf_release(&words);
}

static void on_fine(struct task *task)
{
    switch (task->phase) {
    case PHASE_COPY:
        break;
    case PHASE_COUNT_TARGET:
        on_target_counted(task);
        break;
    case PHASE_COUNT_SOURCE:
        on_source_counted(task);
        break;
    case PHASE_READ_SOURCE:
        task_go_on(task, PHASE_READ_TARGET);
        break;
    case PHASE_READ_TARGET:
        on_target_read(task);
        break;
    case PHASE_NAME:
        on_named(task);
        break;
    }
}

const struct compare compare_influx = {
    .takes_strings = true,
    .reader = reader,
    .begin = begin,
    .add_statement = add_statement,
    .set_readers = set_readers,
    .on_copied = on_copied,
    .on_fine = on_fine,
};
