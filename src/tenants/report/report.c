#include "tenants/report/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/status.h"
#include "parts.h"
#include "tenants/plan/plan.h"

const char *report_state_name(enum report_state state)
{
    static const char *const names[REPORT_STATES] = {
        [REPORT_NOTHING] = "nothing", [REPORT_CLIPPED] = "clipped", [REPORT_VERIFIED] = "verified",
        [REPORT_COPIED] = "copied",   [REPORT_TODO] = "to_do",      [REPORT_DIFFERS] = "differs",
        [REPORT_FAILED] = "failed",
    };

    return names[state];
}

/* Bins */

#define MONDAY_NS (4 * CLOCK_DAY_NS) /* the first one of the epoch; weeks of shards begin on it */

int64_t report_bin_ns(int64_t time_ns)
{
    static const int64_t lengths[] = {
        CLOCK_HOUR_NS,      2 * CLOCK_HOUR_NS, 3 * CLOCK_HOUR_NS,  6 * CLOCK_HOUR_NS,
        12 * CLOCK_HOUR_NS, CLOCK_DAY_NS,      2 * CLOCK_DAY_NS,   CLOCK_WEEK_NS,
        2 * CLOCK_WEEK_NS,  4 * CLOCK_WEEK_NS, 13 * CLOCK_WEEK_NS, 26 * CLOCK_WEEK_NS,
        52 * CLOCK_WEEK_NS,
    };
    int64_t length = lengths[ARRAY_SIZE(lengths) - 1];

    for (size_t i = 0; i < ARRAY_SIZE(lengths); i++)
        if (time_ns / lengths[i] < REPORT_BINS_MAX - 1)
            return lengths[i];
    while (time_ns / length >= REPORT_BINS_MAX - 1)
        length *= 2;
    return length;
}

/* The last multiple of `step` that isn't after `at`. */
static int64_t round_down(int64_t at, int64_t step, int64_t origin)
{
    int64_t since = clock_sub(at, origin), rest = since % step;

    return clock_add(origin, clock_sub(since, rest < 0 ? rest + step : rest));
}

static void widen(struct range *time, struct range range)
{
    if (range_is_empty(range))
        return;
    if (range_is_empty(*time)) {
        *time = range;
        return;
    }
    time->start_ns = range.start_ns < time->start_ns ? range.start_ns : time->start_ns;
    time->end_ns = range.end_ns > time->end_ns ? range.end_ns : time->end_ns;
}

int64_t report_bin_start_ns(const struct report *report, size_t bin)
{
    /* All of time is more than an int64_t holds. */
    uint64_t left = (uint64_t)INT64_MAX - (uint64_t)report->time.start_ns, since;

    if (__builtin_mul_overflow((uint64_t)bin, (uint64_t)report->bin_ns, &since) || since >= left)
        return INT64_MAX;
    return (int64_t)((uint64_t)report->time.start_ns + since);
}

static void find_bins(struct report *report)
{
    const struct report_facts *facts = report->facts;
    const struct report_rows *tables[] = {&facts->covered, &facts->failed, &facts->planned,
                                          &facts->differing};
    struct range time = {0, 0};

    for (size_t t = 0; t < ARRAY_SIZE(tables); t++)
        for (size_t i = 0; i < tables[t]->count; i++)
            widen(&time, tables[t]->items[i].range);
    for (size_t i = 0; i < facts->source.count; i++)
        widen(&time, facts->source.items[i]);
    if (range_is_empty(time))
        return;
    report->bin_ns = report_bin_ns(clock_sub(time.end_ns, time.start_ns));
    time.start_ns = round_down(time.start_ns, report->bin_ns,
                               report->bin_ns % CLOCK_WEEK_NS == 0 ? MONDAY_NS : 0);
    report->time = time;
    while (report->bin_count < REPORT_BINS_MAX &&
           report_bin_start_ns(report, report->bin_count) < time.end_ns)
        report->bin_count++;
    report->time.end_ns = report_bin_start_ns(report, report->bin_count);
}

/* Of an instant that is not before the first bin. */
static size_t bin_of(const struct report *report, int64_t at_ns)
{
    return (size_t)(((uint64_t)at_ns - (uint64_t)report->time.start_ns) / (uint64_t)report->bin_ns);
}

static void mark(const struct report *report, struct report_tenant *tenant, struct range range,
                 enum report_state state)
{
    size_t first, last;

    range = range_intersect(range, report->time);
    if (range_is_empty(range))
        return;
    first = bin_of(report, range.start_ns);
    last = bin_of(report, range.end_ns - 1);
    for (size_t i = first; i <= last && i < report->bin_count; i++)
        if (tenant->bins[i] < state)
            tenant->bins[i] = (unsigned char)state;
}

/* Tenants */

struct building {
    struct report *report;
    struct report_slice *covered, *verified, *failed, *planned, *differing;
};

/* What is older the target doesn't keep by now; a run clips a little more, as it takes a while. */
static int64_t oldest_kept_ns(const struct report *report, const struct report_target *target)
{
    if (!target->keeps_ns)
        return INT64_MIN;
    return clock_add(clock_sub(report->made_ns, target->keeps_ns), PLAN_RETENTION_MARGIN_NS);
}

static void mark_clipped(const struct report *report, struct report_tenant *tenant,
                         int64_t oldest_ns)
{
    const struct range_list *source = &report->facts->source;

    for (size_t i = 0; i < source->count; i++) {
        struct range clipped =
            range_intersect(source->items[i], (struct range){INT64_MIN, oldest_ns});

        if (range_is_empty(clipped))
            continue;
        tenant->clipped = true;
        mark(report, tenant, clipped, REPORT_CLIPPED);
    }
}

static void mark_covered(const struct building *building, struct report_tenant *tenant,
                         struct report_slice covered, struct report_slice verified)
{
    const struct report *report = building->report;

    for (size_t i = 0; i < covered.count; i++) {
        struct report_pieces pieces = {0};

        widen(&tenant->covered, covered.items[i].range);
        mark(report, tenant, covered.items[i].range, REPORT_VERIFIED);
        report_subtract_rows(&pieces, report->facts, &covered.items[i], verified);
        for (size_t p = 0; p < pieces.count; p++)
            for (size_t r = 0; r < pieces.items[p].ranges.count; r++)
                mark(report, tenant, pieces.items[p].ranges.items[r], REPORT_COPIED);
        report_pieces_release(&pieces);
    }
}

static void mark_todo(const struct building *building, struct report_tenant *tenant,
                      struct report_slice planned, struct report_slice covered, int64_t oldest_ns)
{
    const struct report *report = building->report;

    for (size_t i = 0; i < planned.count; i++) {
        struct report_pieces pieces = {0};

        report_subtract_rows(&pieces, report->facts, &planned.items[i], covered);
        for (size_t p = 0; p < pieces.count; p++)
            for (size_t r = 0; r < pieces.items[p].ranges.count; r++)
                mark(report, tenant,
                     range_intersect(pieces.items[p].ranges.items[r],
                                     (struct range){oldest_ns, INT64_MAX}),
                     REPORT_TODO);
        report_pieces_release(&pieces);
    }
}

static struct report_failure make_failure(const struct report *report, const struct report_row *row,
                                          const uint32_t *measurements, size_t count,
                                          struct range range)
{
    const struct names *names = &report->facts->names;
    struct report_failure failure = {
        .tenant = names->items[row->tenant],
        .database = names->items[row->database],
        .policy = names->items[row->policy],
        .words = names->items[row->words],
        .measurements = xcalloc(count, sizeof(*failure.measurements)),
        .measurement_count = count,
        .range = range,
    };

    for (size_t i = 0; i < count; i++)
        failure.measurements[i] = names->items[measurements[i]];
    return failure;
}

static void keep_failure(struct report *report, const struct report_row *row,
                         const struct report_piece *piece, struct range range)
{
    const struct names *names = &report->facts->names;

    report_count_reason(report, names->items[row->tenant], names->items[row->words], 1, 0);
    if (report->failure_total++ >= REPORT_FAILURES_MAX)
        return;
    GROW(report->failures, report->failure_count, report->failure_alloc);
    report->failures[report->failure_count++] =
        make_failure(report, row, piece->measurements, piece->count, range);
}

static void mark_differing(struct report *report, struct report_tenant *tenant,
                           struct report_slice differing)
{
    for (size_t i = 0; i < differing.count; i++) {
        const struct report_row *row = &differing.items[i];
        const struct report_set *set = &report->facts->sets[row->set];

        tenant->differences++;
        mark(report, tenant, row->range, REPORT_DIFFERS);
        if (report->difference_total++ >= REPORT_FAILURES_MAX)
            continue;
        GROW(report->differences, report->difference_count, report->difference_alloc);
        report->differences[report->difference_count++] =
            make_failure(report, row, set->measurements, set->count, row->range);
    }
}

/* What failed and wasn't covered since. */
static void mark_failed(struct building *building, struct report_tenant *tenant,
                        struct report_slice failed, struct report_slice covered)
{
    struct report *report = building->report;

    for (size_t i = 0; i < failed.count; i++) {
        struct report_pieces pieces = {0};

        report_subtract_rows(&pieces, report->facts, &failed.items[i], covered);
        for (size_t p = 0; p < pieces.count; p++)
            for (size_t r = 0; r < pieces.items[p].ranges.count; r++) {
                struct range range = pieces.items[p].ranges.items[r];

                tenant->failures++;
                mark(report, tenant, range, REPORT_FAILED);
                keep_failure(report, &failed.items[i], &pieces.items[p], range);
            }
        report_pieces_release(&pieces);
    }
}

static void mark_refused(struct report *report, struct report_tenant *tenant, uint32_t number)
{
    const struct report_facts *facts = report->facts;

    for (size_t i = 0; i < facts->refused_count; i++) {
        const struct report_refused *refused = &facts->refused[i];

        if (refused->tenant != number)
            continue;
        tenant->refused += refused->points;
        report->refused += refused->points;
        report_count_reason(report, tenant->id, facts->names.items[refused->words], 0,
                            refused->points);
        for (size_t r = 0; r < refused->times.count; r++)
            mark(report, tenant, refused->times.items[r], REPORT_FAILED);
    }
}

static void fill_tenant(struct building *building, struct report_tenant *tenant, uint32_t number,
                        int64_t oldest_ns)
{
    struct report *report = building->report;
    struct report_slice covered = building->covered[number];

    tenant->bins = xcalloc(report->bin_count + 1, 1);
    mark_clipped(report, tenant, oldest_ns);
    mark_covered(building, tenant, covered, building->verified[number]);
    mark_todo(building, tenant, building->planned[number], covered, oldest_ns);
    mark_failed(building, tenant, building->failed[number], covered);
    mark_differing(report, tenant, building->differing[number]);
    mark_refused(report, tenant, number);
    for (size_t i = 0; i < report->bin_count; i++)
        if (tenant->bins[i] != REPORT_CLIPPED && tenant->state < tenant->bins[i])
            tenant->state = tenant->bins[i];
    if (tenant->refused)
        tenant->state = REPORT_FAILED;
}

static void take_target(const struct report_facts *facts, struct report_tenant *tenant,
                        const struct report_target *target, int64_t *oldest_ns,
                        const struct report *report)
{
    tenant->points += target->points;
    /* A tenant that went to another database has two; the one that a run planned counts. */
    if (tenant->planned && !*facts->names.items[target->policy])
        return;
    tenant->planned = true;
    tenant->database = facts->names.items[target->database];
    tenant->policy = facts->names.items[target->policy];
    tenant->problem = facts->names.items[target->problem];
    tenant->keeps_ns = target->keeps_ns;
    tenant->points_clipped = target->points_clipped;
    *oldest_ns = oldest_kept_ns(report, target);
}

/* The numbers of all that are tenants. */
static uint32_t *find_tenants(const struct report_facts *facts, size_t *ret_count)
{
    const struct report_rows *tables[] = {&facts->covered, &facts->failed, &facts->planned,
                                          &facts->differing};
    bool *seen = xcalloc(facts->names.count + 1, sizeof(*seen));
    uint32_t *numbers = xcalloc(facts->names.count + 1, sizeof(*numbers));
    size_t count = 0;

    for (size_t i = 0; i < facts->target_count; i++)
        seen[facts->targets[i].tenant] = true;
    for (size_t i = 0; i < facts->refused_count; i++)
        seen[facts->refused[i].tenant] = true;
    for (size_t t = 0; t < ARRAY_SIZE(tables); t++)
        for (size_t i = 0; i < tables[t]->count; i++)
            seen[tables[t]->items[i].tenant] = true;
    for (uint32_t i = 0; i < facts->names.count; i++)
        if (seen[i])
            numbers[count++] = i;
    free(seen);
    *ret_count = count;
    return numbers;
}

static void count_tenant(struct report *report, const struct report_tenant *tenant)
{
    report->points += tenant->points;
    report->tenants_clipped += tenant->clipped;
    if (tenant->clipped && report->points_clipped >= 0)
        report->points_clipped =
            tenant->points_clipped < 0 ? -1 : report->points_clipped + tenant->points_clipped;
    if (*tenant->problem)
        report->tenants_problem++;
    else
        report->tenants_in[tenant->state]++;
}

/* Those with a problem first, then the gravest state. */
static int compare_tenants(const void *a, const void *b)
{
    const struct report_tenant *x = a, *y = b;
    int x_grave = *x->problem ? REPORT_STATES : (int)x->state;
    int y_grave = *y->problem ? REPORT_STATES : (int)y->state;

    if (x_grave != y_grave)
        return y_grave - x_grave;
    return strcmp(x->id, y->id);
}

static void add_tenants(struct building *building)
{
    struct report *report = building->report;
    const struct report_facts *facts = report->facts;
    uint32_t *numbers = find_tenants(facts, &report->tenant_count);
    size_t *place = xcalloc(facts->names.count + 1, sizeof(*place));
    int64_t *oldest_ns = xcalloc(report->tenant_count + 1, sizeof(*oldest_ns));

    report->tenants = xcalloc(report->tenant_count + 1, sizeof(*report->tenants));
    for (size_t i = 0; i < report->tenant_count; i++) {
        place[numbers[i]] = i;
        oldest_ns[i] = INT64_MIN;
        report->tenants[i] = (struct report_tenant){.id = facts->names.items[numbers[i]],
                                                    .database = "",
                                                    .policy = "",
                                                    .problem = "",
                                                    .points_clipped = -1};
    }
    for (size_t i = 0; i < facts->target_count; i++) {
        size_t at = place[facts->targets[i].tenant];

        take_target(facts, &report->tenants[at], &facts->targets[i], &oldest_ns[at], report);
    }
    for (size_t i = 0; i < report->tenant_count; i++) {
        fill_tenant(building, &report->tenants[i], numbers[i], oldest_ns[i]);
        count_tenant(report, &report->tenants[i]);
    }
    if (report->tenant_count)
        qsort(report->tenants, report->tenant_count, sizeof(*report->tenants), compare_tenants);
    free(numbers);
    free(place);
    free(oldest_ns);
}

/* The whole */

bool report_is_cut_short(const struct journal_run *run)
{
    return !run->running && (!run->ended_ns || run->status > STATUS_IN_PART);
}

bool report_lacks_shard(const struct report_facts *facts, size_t shard)
{
    return !facts->shards[shard].ran && facts->shards_here > 1;
}

/* The newest run of all, or of each shard. */
static enum report_verdict verdict_of_runs(const struct report_facts *facts)
{
    bool in_part = false, cut_short = false;

    for (size_t i = 0; i < facts->shard_count; i++) {
        const struct report_shard *shard = &facts->shards[i];

        cut_short = cut_short || report_lacks_shard(facts, i) ||
                    (shard->ran && report_is_cut_short(&shard->run));
        in_part = in_part || (shard->ran && shard->run.status == STATUS_IN_PART);
    }
    if (!facts->shard_count) {
        cut_short = report_is_cut_short(&facts->runs[0].run);
        in_part = facts->runs[0].run.status == STATUS_IN_PART;
    }
    return cut_short ? REPORT_CUT_SHORT : in_part ? REPORT_IN_PART : REPORT_DONE;
}

static enum report_verdict verdict_of(const struct report *report)
{
    const struct report_facts *facts = report->facts;
    enum report_verdict verdict;

    if (!facts->run_count)
        return REPORT_NO_RUN;
    /* Shards run beside each other. */
    for (size_t i = 0; i < facts->run_count; i++)
        if (facts->runs[i].run.running)
            return REPORT_RUNNING;
    for (size_t i = 0; i < facts->shard_count; i++)
        if (facts->shards[i].run.running)
            return REPORT_RUNNING;
    if (report->difference_total)
        return REPORT_NOT_WHOLE;
    verdict = verdict_of_runs(facts);
    if (verdict == REPORT_CUT_SHORT)
        return verdict;
    if (verdict == REPORT_IN_PART || report->tenants_problem || report->tenants_in[REPORT_FAILED] ||
        report->tenants_in[REPORT_TODO])
        return REPORT_IN_PART;
    return report->tenants_in[REPORT_COPIED] ? REPORT_DONE : REPORT_DONE_VERIFIED;
}

void report_build(struct report *report, const struct report_facts *facts, int64_t now_ns,
                  const struct strvec *options)
{
    struct building building = {
        .report = report,
        .covered = report_slices(facts, &facts->covered),
        .verified = report_slices(facts, &facts->verified),
        .failed = report_slices(facts, &facts->failed),
        .planned = report_slices(facts, &facts->planned),
        .differing = report_slices(facts, &facts->differing),
    };

    report->facts = facts;
    report->made_ns = now_ns;
    find_bins(report);
    add_tenants(&building);
    report_prove(&report->proof, facts);
    report->verdict = verdict_of(report);
    report_sort_reasons(report);
    report_add_steps(report, options);
    free(building.covered);
    free(building.verified);
    free(building.failed);
    free(building.planned);
    free(building.differing);
}

void report_release(struct report *report)
{
    for (size_t i = 0; i < report->tenant_count; i++)
        free(report->tenants[i].bins);
    for (size_t i = 0; i < report->failure_count; i++)
        free(report->failures[i].measurements);
    for (size_t i = 0; i < report->difference_count; i++)
        free(report->differences[i].measurements);
    free(report->differences);
    for (size_t i = 0; i < report->reason_count; i++)
        free(report->reasons[i].words);
    for (size_t i = 0; i < report->step_count; i++) {
        free(report->steps[i].why);
        free(report->steps[i].command);
    }
    free(report->tenants);
    free(report->failures);
    free(report->reasons);
    free(report->steps);
    *report = (struct report){0};
}
