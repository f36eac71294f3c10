#include "tenants/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stop.h"
#include "tenants/check.h"
#include "tenants/pace.h"
#include "tenants/target.h"

enum {
    MAX_ATTEMPTS = 6,     /* of one statement, for what is worth repeating */
    MAX_CLIPS = 12,       /* how often the margin of a window at the edge of retention is doubled */
    MAX_TIME_SPLITS = 24, /* halvings in time of what is too big */
    MAX_FRUITLESS_SPLITS = 40, /* of one piece, until a part of it is copied */
    MAX_LIVE_RECOPIES = 5,     /* of a window at the cutoff whose counts differ; of others one */
    MAX_CONFLICT_SPLITS = 6,   /* halvings in time of one measurement that the server refuses */
};

/* The server may be away for so long before the run gives up. */
#define MAX_OUTAGE_NS        (5 * 60 * CLOCK_SECOND_NS)
/* Shorter windows aren't halved. */
#define MIN_SPLIT_NS         (CLOCK_SECOND_NS / 1000)
/* A statement that the server hasn't ended after so long is halved. */
#define STATEMENT_TIMEOUT_NS CLOCK_HOUR_NS
/* What is recorded becomes durable at least so often. */
#define COMMIT_INTERVAL_NS   (CLOCK_SECOND_NS / 10)
#define PROGRESS_INTERVAL_NS (CLOCK_SECOND_NS / 5)

/* A piece of the plan, while parts of it are under way. */
struct piece {
    const struct plan_unit *unit;
    size_t open;   /* tasks of it that aren't done */
    int fruitless; /* splits since one of its tasks was copied */
    bool failed;
};

enum phase {
    PHASE_COPY,
    PHASE_COUNT, /* verification: both sides are counted */
};

/* What one statement copies. */
struct task {
    struct run *run;
    struct task *next;
    struct piece *piece;
    uint32_t set;
    struct range range;
    enum phase phase;
    int attempts, clips, splits, recopies;
    struct check check;
    int64_t not_before_ns; /* monotonic; for what waits */
    struct influx_query query;
    struct strbuf statement;
    int64_t points; /* as the server says */
};

struct tenant_state {
    size_t open; /* pieces that aren't done */
    bool failed;
    int64_t length_ns; /* of its next window */
    int64_t margin_ns; /* at the edge of retention */
    int64_t points;
};

struct run {
    struct plan *plan;
    struct influx_client *client;
    struct journal *journal;
    const struct run_observer *observer;
    struct run_state state;
    struct pace pace;
    struct plan_cursor cursor;
    struct task *ready;   /* the next to start, last in first out */
    struct task *waiting; /* to be tried again */
    struct tenant_state *tenants;
    int64_t outage_since_ns; /* 0: the server answers */
    bool any_success, dirty;
    int64_t committed_ns, reported_ns;
    char *trouble;
    struct err fatal; /* why no statement is started any more */
    unsigned random;
};

/* Telling */

static const struct plan_tenant *tenant_of(const struct task *task)
{
    return &task->run->plan->tenants[task->piece->unit->tenant];
}

static const char *policy_of(const struct task *task)
{
    return task->run->plan->catalogue->policies[task->piece->unit->policy].name;
}

static void set_instant(json_t *object, const char *key, int64_t instant_ns)
{
    struct strbuf text = STRBUF_INIT;

    clock_add_instant(&text, instant_ns);
    json_set_text(object, key, text.buf);
    strbuf_release(&text);
}

static bool has_events(const struct run *run)
{
    return run->observer->event != NULL;
}

static void tell_window(const struct task *task, const char *name, const char *words)
{
    const struct run *run = task->run;
    const struct plan_set *set = &run->plan->sets[task->set];
    json_t *event;

    if (!has_events(run))
        return;
    event = json_object();
    json_set_text(event, "event", name);
    json_set_text(event, "tenant", tenant_of(task)->id);
    json_set_text(event, "database", tenant_of(task)->database);
    json_set_text(event, "source_policy", policy_of(task));
    json_set_int(event, "measurements", (int64_t)set->count);
    if (set->count == 1)
        json_set_text(event, "measurement",
                      run->plan->catalogue->measurements.items[set->measurements[0]]);
    set_instant(event, "start", task->range.start_ns);
    set_instant(event, "end", task->range.end_ns);
    if (words)
        json_set_text(event, "words", words);
    else
        json_set_int(event, "points", task->points);
    json_set_real(event, "seconds", (double)task->query.elapsed_ns / 1e9);
    run->observer->event(run->observer->context, event);
}

static void tell_tenant(const struct run *run, const struct plan_tenant *tenant,
                        const struct tenant_state *state)
{
    json_t *event;

    log_info("tenant %s: %s in %s, %lld points", tenant->id,
             state->failed ? "done in part" : "done", tenant->database, (long long)state->points);
    if (!has_events(run))
        return;
    event = json_object();
    json_set_text(event, "event", "tenant");
    json_set_text(event, "tenant", tenant->id);
    json_set_text(event, "database", tenant->database);
    json_set_bool(event, "failed", state->failed);
    json_set_int(event, "points", state->points);
    run->observer->event(run->observer->context, event);
}

static void add_range(struct strbuf *sb, struct range range)
{
    clock_add_instant(sb, range.start_ns);
    strbuf_addstr(sb, " to ");
    clock_add_instant(sb, range.end_ns);
}

/* "3 measurements" or the one's name, tenant and time: for messages. */
static void add_task(struct strbuf *sb, const struct task *task)
{
    const struct plan *plan = task->run->plan;
    const struct plan_set *set = &plan->sets[task->set];

    strbuf_addf(sb, "tenant %s, ", tenant_of(task)->id);
    if (set->count == 1)
        strbuf_addf(sb, "measurement %s, ",
                    plan->catalogue->measurements.items[set->measurements[0]]);
    else
        strbuf_addf(sb, "%zu measurements, ", set->count);
    add_range(sb, task->range);
}

static void set_trouble(struct run *run, const char *words)
{
    free(run->trouble);
    run->trouble = xstrdup_or_null(words);
    run->state.trouble = run->trouble;
}

static void stop_run(struct run *run)
{
    if (run->fatal.code == ERR_NONE)
        err_set(&run->fatal, ERR_BUG, "a run was stopped without a reason");
}

/* Recording */

/* The names of a set, as the journal and statements want them. The caller's to free; the texts are
 * the catalogue's. */
static const char **set_names(const struct plan *plan, const struct plan_set *set)
{
    const char **names = xcalloc(set->count, sizeof(*names));

    for (size_t i = 0; i < set->count; i++)
        names[i] = plan->catalogue->measurements.items[set->measurements[i]];
    return names;
}

/* Records a task as done (`words` NULL) or failed. */
static void record(const struct task *task, const char *words)
{
    struct run *run = task->run;
    const struct plan_set *set = &run->plan->sets[task->set];
    const char **names = set_names(run->plan, set);
    struct journal_entry entry = {
        .tenant = tenant_of(task)->id,
        .database = tenant_of(task)->database,
        .policy = policy_of(task),
        .measurements = names,
        .measurement_count = set->count,
        .tags = set->tags,
        .range = task->range,
    };
    int rc = 0;

    if (run->fatal.code != ERR_CONFIG)
        rc = words ? journal_fail(run->journal, &entry, words, &run->fatal)
                   : journal_cover(run->journal, &entry, run->plan->settings->verify, &run->fatal);
    if (rc < 0)
        stop_run(run);
    run->dirty = true;
    free(names);
}

static int commit(struct run *run)
{
    run->dirty = false;
    run->committed_ns = clock_monotonic_ns();
    return journal_commit(run->journal, &run->state.progress, &run->fatal);
}

/* Tasks */

static struct task *task_new(struct run *run, struct piece *piece, uint32_t set, struct range range)
{
    struct task *task = xcalloc(1, sizeof(*task));

    task->run = run;
    task->piece = piece;
    task->set = set;
    task->range = range;
    task->query = (struct influx_query)INFLUX_QUERY_INIT;
    task->statement = (struct strbuf)STRBUF_INIT;
    task->check = (struct check)CHECK_INIT;
    piece->open++;
    return task;
}

static void task_free(struct task *task)
{
    influx_query_release(&task->query);
    strbuf_release(&task->statement);
    check_release(&task->check);
    free(task);
}

static void push(struct task **list, struct task *task)
{
    task->next = *list;
    *list = task;
}

static void piece_done(struct run *run, struct piece *piece)
{
    uint32_t number = piece->unit->tenant;
    struct tenant_state *tenant = &run->tenants[number];

    if (piece->failed)
        run->state.progress.windows_failed++;
    else
        run->state.progress.windows_done++;
    tenant->failed = tenant->failed || piece->failed;
    if (--tenant->open == 0) {
        run->state.progress.tenants_done += !tenant->failed;
        tell_tenant(run, &run->plan->tenants[number], tenant);
    }
    free(piece);
}

/* The end of a task, done or failed: it has been recorded. */
static void task_end(struct task *task)
{
    struct run *run = task->run;

    run->state.done_ns = clock_add(run->state.done_ns, task->range.end_ns - task->range.start_ns);
    if (--task->piece->open == 0)
        piece_done(run, task->piece);
    task_free(task);
}

/* Drops a task that won't be tried in this run. Nothing is recorded: it is still to do. */
static void task_drop(struct task *task)
{
    if (--task->piece->open == 0)
        free(task->piece);
    task_free(task);
}

static void task_fail(struct task *task, const char *words)
{
    struct strbuf text = STRBUF_INIT;

    add_task(&text, task);
    log_warning("failed: %s: %s", text.buf, words);
    tell_window(task, "window_failed", words);
    task->piece->failed = true;
    record(task, words);
    strbuf_release(&text);
    task_end(task);
}

static void task_wait(struct task *task, int64_t delay_ns)
{
    task->not_before_ns = clock_monotonic_ns() + delay_ns;
    push(&task->run->waiting, task);
    task->run->state.waiting++;
}

static double random_fraction(struct run *run)
{
    return (double)rand_r(&run->random) / ((double)RAND_MAX + 1);
}

/* Splitting */

/* In place of the task, two: of its range's halves. */
static void split_time(struct task *task)
{
    struct run *run = task->run;
    int64_t middle = task->range.start_ns + (task->range.end_ns - task->range.start_ns) / 2;
    struct task *later =
        task_new(run, task->piece, task->set, (struct range){middle, task->range.end_ns});

    task->range.end_ns = middle;
    task->phase = PHASE_COPY;
    task->splits++;
    later->splits = task->splits;
    later->clips = task->clips;
    task->attempts = 0;
    push(&run->ready, later);
    push(&run->ready, task);
    run->state.progress.splits++;
}

static uint32_t part_of_set(struct plan *plan, uint32_t set, size_t first, size_t count)
{
    uint32_t *measurements = xcalloc(count, sizeof(*measurements));

    memcpy(measurements, plan->sets[set].measurements + first, count * sizeof(*measurements));
    return plan_add_set(plan, measurements, count, plan->sets[set].tags, plan->sets[set].alone);
}

/* In place of the task, two: of its measurements' halves. */
static void split_measurements(struct task *task)
{
    struct run *run = task->run;
    size_t count = run->plan->sets[task->set].count, half = count / 2;
    uint32_t rest = part_of_set(run->plan, task->set, half, count - half);
    struct task *other = task_new(run, task->piece, rest, task->range);

    task->set = part_of_set(run->plan, task->set, 0, half);
    task->phase = PHASE_COPY;
    task->attempts = 0;
    other->clips = task->clips;
    push(&run->ready, other);
    push(&run->ready, task);
    run->state.progress.splits++;
}

static bool can_split_time(const struct task *task, int max_splits)
{
    return task->splits < max_splits &&
           task->range.end_ns - task->range.start_ns > 2 * MIN_SPLIT_NS;
}

static bool can_split_measurements(const struct task *task)
{
    return task->run->plan->sets[task->set].count > 1;
}

/*
 * What the server finds too big: in time, then in measurements. Where the series are too many, less
 * time is no help. Halves come one after the other, the earlier first, so that many splits without
 * a success in between lead nowhere.
 */
static void on_too_big(struct task *task)
{
    bool series = strstr(task->query.words, "max-select-series") != NULL;

    tell_window(task, "split", task->query.words);
    if (++task->piece->fruitless > MAX_FRUITLESS_SPLITS)
        task_fail(task, task->query.words);
    else if (!series && can_split_time(task, MAX_TIME_SPLITS))
        split_time(task);
    else if (can_split_measurements(task))
        split_measurements(task);
    else
        task_fail(task, task->query.words);
}

/* What the server will refuse again: find out which measurement and when, so that the rest isn't
 * lost with it. */
static void on_refused(struct task *task)
{
    bool in_the_data = strstr(task->query.words, "partial write") ||
                       strstr(task->query.words, "field type conflict");

    if (in_the_data && can_split_measurements(task))
        split_measurements(task);
    else if (in_the_data && can_split_time(task, MAX_CONFLICT_SPLITS))
        split_time(task);
    else
        task_fail(task, task->query.words);
}

static void on_busy(struct task *task)
{
    struct run *run = task->run;

    run->state.progress.retries++;
    pace_on_busy(&run->pace);
    set_trouble(run, task->query.words);
    tell_window(task, "retry", task->query.words);
    if (++task->attempts <= MAX_ATTEMPTS) {
        task_wait(task, pace_retry_delay_ns(task->attempts, random_fraction(run)));
        return;
    }
    /* A server that dies of a statement looks busy; a smaller one may do. */
    if (can_split_time(task, 3) || can_split_measurements(task))
        on_too_big(task);
    else
        task_fail(task, task->query.words);
}

/* The server is away: everybody waits, and the run gives up when that lasts. */
static void on_away(struct task *task)
{
    struct run *run = task->run;
    int64_t now_ns = clock_monotonic_ns();

    if (!run->outage_since_ns) {
        run->outage_since_ns = now_ns;
        log_warning("InfluxDB at %s is away: %s; waiting for it", run->client->endpoint.base_url,
                    task->query.words);
    }
    set_trouble(run, task->query.words);
    run->state.progress.retries++;
    tell_window(task, "retry", task->query.words);
    if (now_ns - run->outage_since_ns > MAX_OUTAGE_NS && run->fatal.code == ERR_NONE) {
        influx_query_error(run->client, &task->query, &run->fatal);
        err_hint(&run->fatal,
                 "run the same command again when the server is back: it goes on from here");
    }
    task_wait(task,
              pace_retry_delay_ns(++task->attempts < 4 ? task->attempts : 4, random_fraction(run)));
}

/* A point before the limit of the target's policy: the limit has moved on, so clip more. */
static void on_retention(struct task *task)
{
    struct tenant_state *tenant = &task->run->tenants[task->piece->unit->tenant];

    if (task->clips++ == MAX_CLIPS) {
        task_fail(task, task->query.words);
        return;
    }
    tenant->margin_ns = clock_add(tenant->margin_ns, tenant->margin_ns);
    push(&task->run->ready, task);
}

static void on_denied(struct task *task)
{
    struct run *run = task->run;

    if (run->any_success) {
        task_fail(task, task->query.words);
        return;
    }
    if (run->fatal.code == ERR_NONE)
        influx_query_error(run->client, &task->query, &run->fatal);
    task_wait(task, 0);
}

/* Copied, and verified if that is wanted. */
static void on_done(struct task *task)
{
    record(task, NULL);
    tell_window(task, "window", NULL);
    task_end(task);
}

static void on_copied(struct task *task)
{
    struct run *run = task->run;
    struct tenant_state *tenant = &run->tenants[task->piece->unit->tenant];
    int64_t length_ns = task->range.end_ns - task->range.start_ns;

    tenant->length_ns = pace_next_length_ns(length_ns, task->query.elapsed_ns);
    run->state.copying_ns += task->query.elapsed_ns;
    run->any_success = true;
    task->piece->fruitless = 0;
    pace_on_success(&run->pace);
    set_trouble(run, NULL);
    if (!task->recopies) {
        tenant->points += task->points;
        run->state.progress.points += task->points;
    }
    if (!run->plan->settings->verify) {
        on_done(task);
        return;
    }
    task->phase = PHASE_COUNT;
    task->attempts = 0;
    push(&run->ready, task);
}

static void keep_first_difference(void *context, const char *measurement, const char *field,
                                  int64_t source, int64_t target)
{
    struct strbuf *text = context;

    if (!text->len)
        strbuf_addf(text, "measurement %s, field %s: %lld in the source, %lld in the target",
                    measurement, field, (long long)source, (long long)target);
}

/* Near the cutoff, points still arrive while both sides are counted: that is worth more than one
 * repetition. */
static int max_recopies(const struct task *task)
{
    const struct plan *plan = task->run->plan;
    bool live = task->range.end_ns > clock_sub(plan->cutoff_ns, plan->settings->overlap_ns);

    return live ? MAX_LIVE_RECOPIES : 1;
}

static void on_counted(struct task *task)
{
    struct run *run = task->run;
    struct check_result result = check_compare(&task->check);
    struct strbuf words = STRBUF_INIT, first = STRBUF_INIT;

    run->state.verifying_ns += task->query.elapsed_ns;
    if (!result.differing) {
        run->state.values_verified += result.source;
        on_done(task);
        return;
    }
    check_each_difference(&task->check, keep_first_difference, &first);
    strbuf_addf(&words, "verification: the target lacks %lld of %lld values; %s",
                (long long)result.missing, (long long)result.source, first.buf);
    if (task->recopies++ < max_recopies(task)) {
        tell_window(task, "copied_again", words.buf);
        task->phase = PHASE_COPY;
        push(&run->ready, task);
    } else {
        task_fail(task, words.buf);
    }
    strbuf_release(&words);
    strbuf_release(&first);
}

static void on_answer(struct influx_query *query)
{
    struct task *task = query->context;
    struct run *run = task->run;

    run->state.in_flight--;
    if (query->failure != INFLUX_CANT_REACH)
        run->outage_since_ns = 0;
    switch (query->failure) {
    case INFLUX_FINE:
        if (task->phase == PHASE_COPY)
            on_copied(task);
        else
            on_counted(task);
        break;
    case INFLUX_RETRY:
        on_busy(task);
        break;
    case INFLUX_CANT_REACH:
        on_away(task);
        break;
    case INFLUX_TOO_BIG:
        on_too_big(task);
        break;
    case INFLUX_RETENTION:
        on_retention(task);
        break;
    case INFLUX_DENIED:
        on_denied(task);
        break;
    case INFLUX_FINAL:
        on_refused(task);
        break;
    }
}

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

/* Starting */

/* Cuts off what the target wouldn't keep. False where nothing is left. */
static bool clip(struct task *task)
{
    const struct run *run = task->run;
    const struct tenant_state *tenant = &run->tenants[task->piece->unit->tenant];
    int64_t now_ns = run->plan->cutoff_ns + (clock_monotonic_ns() - run->state.started_ns);
    int64_t oldest_ns =
        retention_oldest_ns(tenant_of(task)->retention.duration_ns, now_ns, tenant->margin_ns);

    if (task->range.start_ns < oldest_ns)
        task->range.start_ns = oldest_ns < task->range.end_ns ? oldest_ns : task->range.end_ns;
    return !range_is_empty(task->range);
}

/* A window longer than the tenant's pace is cut there; the rest comes next. */
static void cut_to_pace(struct task *task)
{
    struct run *run = task->run;
    int64_t length_ns = run->tenants[task->piece->unit->tenant].length_ns;
    int64_t middle;

    /* What is little more than the pace isn't worth a statement of its own. */
    if ((task->range.end_ns - task->range.start_ns) / 2 <= length_ns / 4 * 3)
        return;
    middle = clock_add(task->range.start_ns, length_ns);
    if (middle >= task->range.end_ns)
        return;
    push(&run->ready,
         task_new(run, task->piece, task->set, (struct range){middle, task->range.end_ns}));
    task->range.end_ns = middle;
}

/* What the task is to ask for: the copy, or the counts of both sides. */
static int make_statement(struct task *task, struct err *err)
{
    const struct plan *plan = task->run->plan;
    const struct plan_set *set = &plan->sets[task->set];
    const struct plan_tenant *tenant = tenant_of(task);
    struct influx_target target;
    const char **names;
    struct influx_selection selection = {
        .database = plan->settings->database,
        .policy = policy_of(task),
        .measurement_count = set->count,
        .belonging = {.tags = set->tags, .owner = INFLUX_OWNER_TENANT, .tenant = tenant->id},
        .start_ns = task->range.start_ns,
        .end_ns = task->range.end_ns,
    };

    if (influx_target_init(&target, tenant->database, tenant->retention.policy,
                           plan->settings->database, err) < 0)
        return -1;
    names = set_names(plan, set);
    selection.measurements = names;
    strbuf_reset(&task->statement);
    if (task->phase == PHASE_COPY)
        influx_statement_copy(&task->statement, &target, &selection);
    else
        check_add_statements(&task->statement, &selection, &target);
    free(names);
    return 0;
}

static void ask(struct task *task)
{
    struct run *run = task->run;

    if (make_statement(task, &run->fatal) < 0) {
        task_wait(task, 0);
        return;
    }
    task->query.statement = task->statement.buf;
    task->query.timeout_ns = STATEMENT_TIMEOUT_NS;
    task->query.reader.series = task->phase == PHASE_COPY ? read_written : check_read;
    task->query.reader.context = task->phase == PHASE_COPY ? (void *)task : &task->check;
    task->query.done = on_answer;
    task->query.context = task;
    run->state.in_flight++;
    run->state.progress.statements++;
    influx_query_start(run->client, &task->query);
}

static void start(struct task *task)
{
    if (task->phase == PHASE_COUNT) {
        check_reset(&task->check);
        ask(task);
        return;
    }
    if (!clip(task)) {
        task_end(task);
        return;
    }
    cut_to_pace(task);
    task->points = 0;
    ask(task);
}

/* Takes what has waited long enough; NULL where there is none. */
static struct task *take_waiting(struct run *run, int64_t now_ns)
{
    for (struct task **link = &run->waiting; *link; link = &(*link)->next) {
        struct task *task = *link;

        if (task->not_before_ns > now_ns)
            continue;
        *link = task->next;
        run->state.waiting--;
        return task;
    }
    return NULL;
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

static struct task *take(struct run *run)
{
    struct task *task = take_waiting(run, clock_monotonic_ns());

    if (task || (run->outage_since_ns && run->waiting))
        return task;
    if (run->ready) {
        task = run->ready;
        run->ready = task->next;
        return task;
    }
    return take_planned(run);
}

/* How long the loop may sleep: until the next task has waited enough, or something is to be told or
 * recorded. */
static int64_t longest_sleep_ns(const struct run *run)
{
    int64_t now_ns = clock_monotonic_ns(), sleep_ns = PROGRESS_INTERVAL_NS;

    for (const struct task *task = run->waiting; task; task = task->next)
        if (task->not_before_ns - now_ns < sleep_ns)
            sleep_ns = task->not_before_ns - now_ns;
    if (run->dirty && sleep_ns > COMMIT_INTERVAL_NS)
        sleep_ns = COMMIT_INTERVAL_NS;
    return sleep_ns > 1000000 ? sleep_ns : 1000000;
}

static void report(struct run *run)
{
    int64_t now_ns = clock_monotonic_ns();

    run->state.limit = run->pace.limit;
    run->state.finishing = stop_requested() || run->fatal.code != ERR_NONE;
    if (!run->observer->progress || now_ns - run->reported_ns < PROGRESS_INTERVAL_NS)
        return;
    run->reported_ns = now_ns;
    run->observer->progress(run->observer->context, &run->state);
}

/* One turn: start what may be started, let things happen, record. False when nothing is left to do.
 */
static bool turn(struct run *run)
{
    bool stopping = stop_requested() || run->fatal.code != ERR_NONE;
    struct task *task;

    if (stop_requested() > 1)
        http_cancel_all(run->client->loop);
    while (!stopping && run->fatal.code == ERR_NONE && run->state.in_flight < run->pace.limit &&
           (task = take(run)))
        start(task);
    if (!run->state.in_flight && (stopping || run->fatal.code != ERR_NONE || !run->waiting))
        return false;
    if (http_loop_turn(run->client->loop, longest_sleep_ns(run), &run->fatal) < 0)
        return false;
    if (run->dirty && clock_monotonic_ns() - run->committed_ns >= COMMIT_INTERVAL_NS &&
        commit(run) < 0)
        stop_run(run);
    report(run);
    return true;
}

static void prepare_tenants(struct run *run)
{
    run->tenants = xcalloc(run->plan->tenant_count, sizeof(*run->tenants));
    for (size_t i = 0; i < run->plan->tenant_count; i++) {
        struct plan_tenant *tenant = &run->plan->tenants[i];

        run->tenants[i] = (struct tenant_state){.open = tenant->piece_count,
                                                .length_ns = PACE_FIRST_LENGTH_NS,
                                                .margin_ns = PLAN_RETENTION_MARGIN_NS};
        run->state.progress.tenants_total++;
        if (!tenant->piece_count && !tenant->problem)
            run->state.progress.tenants_done++;
        if (!tenant->problem)
            run->state.progress.windows_total += (int64_t)tenant->piece_count;
    }
}

static void sum_up_time(struct run *run)
{
    struct plan_cursor cursor = {run->plan, 0, 0, 0};
    struct plan_piece piece;

    while (plan_cursor_next(&cursor, &piece))
        if (!run->plan->tenants[piece.unit->tenant].problem)
            run->state.total_ns =
                clock_add(run->state.total_ns, piece.range.end_ns - piece.range.start_ns);
}

/* Problems that are known before the first statement. */
static void tell_problems(const struct run *run, struct run_summary *summary)
{
    for (size_t i = 0; i < run->plan->tenant_count; i++) {
        const struct plan_tenant *tenant = &run->plan->tenants[i];
        json_t *event;

        if (!tenant->problem)
            continue;
        summary->tenants_failed++;
        log_warning("tenant %s can't be copied to the database %s: %s", tenant->id,
                    tenant->database, tenant->problem);
        if (!has_events(run))
            continue;
        event = json_object();
        json_set_text(event, "event", "tenant_failed");
        json_set_text(event, "tenant", tenant->id);
        json_set_text(event, "database", tenant->database);
        json_set_text(event, "words", tenant->problem);
        run->observer->event(run->observer->context, event);
    }
}

static void drop_all(struct task **list)
{
    while (*list) {
        struct task *task = *list;

        *list = task->next;
        task_drop(task);
    }
}

static int count_left(struct run *run, struct run_summary *summary, struct err *err)
{
    int64_t *clipped = xcalloc(run->plan->tenant_count, sizeof(*clipped));
    int rc = -1;

    if (left_count(run->plan, run->client, run->plan->range, &summary->left, err) < 0 ||
        left_count_clipped(run->plan, run->client, clipped, err) < 0)
        goto out;
    for (size_t i = 0; i < run->plan->tenant_count; i++) {
        int64_t points = 0;

        summary->clipped += clipped[i];
        if (run->plan->tenants[i].problem &&
            left_count_tenant(run->plan, run->client, i, run->plan->range, &points, err) < 0)
            goto out;
        summary->homeless += points;
    }
    summary->left_known = true;
    rc = 0;
out:
    free(clipped);
    return rc;
}

/* Why the run ended before its end. */
static int ended_early(struct run *run, struct err *err)
{
    if (run->fatal.code != ERR_NONE) {
        *err = run->fatal;
        run->fatal = (struct err)ERR_INIT;
        return -1;
    }
    err_set(err, ERR_INTERRUPTED, "interrupted; what was copied is recorded");
    return err_hint(err, "run the same command again: it goes on from here");
}

int run_execute(struct plan *plan, struct influx_client *client, struct journal *journal,
                const struct run_observer *observer, struct run_summary *summary, struct err *err)
{
    struct run run = {.plan = plan,
                      .client = client,
                      .journal = journal,
                      .observer = observer,
                      .cursor = {plan, 0, 0, 0},
                      .fatal = ERR_INIT,
                      .random = (unsigned)clock_now_ns()};
    int rc = -1;

    *summary = (struct run_summary){0};
    run.state.started_ns = clock_monotonic_ns();
    pace_init(&run.pace, plan->settings->jobs);
    if (targets_prepare(plan, client, err) < 0)
        goto out;
    prepare_tenants(&run);
    sum_up_time(&run);
    tell_problems(&run, summary);
    while (turn(&run))
        ;
    if (run.dirty && commit(&run) < 0)
        stop_run(&run);
    rc = run.fatal.code == ERR_NONE && !stop_requested() ? 0 : ended_early(&run, err);
    if (rc == 0 && count_left(&run, summary, err) < 0)
        rc = -1;
    for (size_t i = 0; i < plan->tenant_count; i++)
        summary->tenants_failed += run.tenants[i].failed;
    if (rc == 0)
        rc = summary->tenants_failed || plan->unnameable.count;
out:
    drop_all(&run.ready);
    drop_all(&run.waiting);
    free(run.tenants);
    set_trouble(&run, NULL);
    err_release(&run.fatal);
    summary->state = run.state;
    summary->elapsed_ns = clock_monotonic_ns() - run.state.started_ns;
    return rc;
}
