/* Each tenant of the report: what became of its points, by the rows of the journal. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "parts.h"
#include "tenants/plan/plan.h"

/* The rows of each tenant, by its number. */
struct slices {
    struct report_slice *covered, *verified, *failed, *planned, *differing;
};

/* The oldest time that the target keeps by now. A run clips a little more, since it takes a while.
 */
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
        report_mark(report, tenant, clipped, REPORT_CLIPPED);
    }
}

static void mark_covered(const struct report *report, struct report_tenant *tenant,
                         struct report_slice covered, struct report_slice verified)
{
    for (size_t i = 0; i < covered.count; i++) {
        struct report_pieces pieces = {0};

        report_widen(&tenant->covered, covered.items[i].range);
        report_mark(report, tenant, covered.items[i].range, REPORT_VERIFIED);
        report_subtract_rows(&pieces, report->facts, &covered.items[i], verified);
        for (size_t p = 0; p < pieces.count; p++)
            for (size_t r = 0; r < pieces.items[p].ranges.count; r++)
                report_mark(report, tenant, pieces.items[p].ranges.items[r], REPORT_COPIED);
        report_pieces_release(&pieces);
    }
}

static void mark_todo(const struct report *report, struct report_tenant *tenant,
                      struct report_slice planned, struct report_slice covered, int64_t oldest_ns)
{
    for (size_t i = 0; i < planned.count; i++) {
        struct report_pieces pieces = {0};

        report_subtract_rows(&pieces, report->facts, &planned.items[i], covered);
        for (size_t p = 0; p < pieces.count; p++)
            for (size_t r = 0; r < pieces.items[p].ranges.count; r++)
                report_mark(report, tenant,
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

    report_count_reason(report, names->items[row->tenant], row->kind, names->items[row->words], 1,
                        0);
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
        report_mark(report, tenant, row->range, REPORT_DIFFERS);
        if (report->difference_total++ >= REPORT_FAILURES_MAX)
            continue;
        GROW(report->differences, report->difference_count, report->difference_alloc);
        report->differences[report->difference_count++] =
            make_failure(report, row, set->measurements, set->count, row->range);
    }
}

/* A failure counts where its time wasn't covered since. */
static void mark_failed(struct report *report, struct report_tenant *tenant,
                        struct report_slice failed, struct report_slice covered)
{
    for (size_t i = 0; i < failed.count; i++) {
        struct report_pieces pieces = {0};

        report_subtract_rows(&pieces, report->facts, &failed.items[i], covered);
        for (size_t p = 0; p < pieces.count; p++)
            for (size_t r = 0; r < pieces.items[p].ranges.count; r++) {
                struct range range = pieces.items[p].ranges.items[r];

                tenant->failures++;
                report_mark(report, tenant, range, REPORT_FAILED);
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
        const char *words = facts->names.items[refused->words];

        if (refused->tenant != number)
            continue;
        tenant->refused += refused->points;
        report->refused += refused->points;
        report_count_reason(report, tenant->id, refused->kind, words, 0, refused->points);
        for (size_t r = 0; r < refused->times.count; r++)
            report_mark(report, tenant, refused->times.items[r], REPORT_FAILED);
    }
}

static void fill_tenant(struct report *report, const struct slices *slices,
                        struct report_tenant *tenant, uint32_t number, int64_t oldest_ns)
{
    struct report_slice covered = slices->covered[number];

    tenant->bins = xcalloc(report->bin_count + 1, 1);
    mark_clipped(report, tenant, oldest_ns);
    mark_covered(report, tenant, covered, slices->verified[number]);
    mark_todo(report, tenant, slices->planned[number], covered, oldest_ns);
    mark_failed(report, tenant, slices->failed[number], covered);
    mark_differing(report, tenant, slices->differing[number]);
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
    /* A tenant that went to another database has two targets; the one that a run planned counts. */
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

/* The numbers of all names that are tenants. */
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

/* Tenants with a problem come first, then the gravest state. */
static int compare_tenants(const void *a, const void *b)
{
    const struct report_tenant *x = a, *y = b;
    int x_grave = *x->problem ? REPORT_STATES : (int)x->state;
    int y_grave = *y->problem ? REPORT_STATES : (int)y->state;

    if (x_grave != y_grave)
        return y_grave - x_grave;
    return strcmp(x->id, y->id);
}

void report_add_tenants(struct report *report)
{
    const struct report_facts *facts = report->facts;
    struct slices slices = {
        .covered = report_slices(facts, &facts->covered),
        .verified = report_slices(facts, &facts->verified),
        .failed = report_slices(facts, &facts->failed),
        .planned = report_slices(facts, &facts->planned),
        .differing = report_slices(facts, &facts->differing),
    };
    uint32_t *numbers = find_tenants(facts, &report->tenant_count);
    size_t *index_of = xcalloc(facts->names.count + 1, sizeof(*index_of));
    int64_t *oldest_ns = xcalloc(report->tenant_count + 1, sizeof(*oldest_ns));

    report->tenants = xcalloc(report->tenant_count + 1, sizeof(*report->tenants));
    for (size_t i = 0; i < report->tenant_count; i++) {
        index_of[numbers[i]] = i;
        oldest_ns[i] = INT64_MIN;
        report->tenants[i] = (struct report_tenant){.id = facts->names.items[numbers[i]],
                                                    .database = "",
                                                    .policy = "",
                                                    .problem = "",
                                                    .points_clipped = -1};
    }
    for (size_t i = 0; i < facts->target_count; i++) {
        size_t at = index_of[facts->targets[i].tenant];

        take_target(facts, &report->tenants[at], &facts->targets[i], &oldest_ns[at], report);
    }
    for (size_t i = 0; i < report->tenant_count; i++) {
        fill_tenant(report, &slices, &report->tenants[i], numbers[i], oldest_ns[i]);
        count_tenant(report, &report->tenants[i]);
    }
    if (report->tenant_count)
        qsort(report->tenants, report->tenant_count, sizeof(*report->tenants), compare_tenants);
    free(numbers);
    free(index_of);
    free(oldest_ns);
    free(slices.covered);
    free(slices.verified);
    free(slices.failed);
    free(slices.planned);
    free(slices.differing);
}
