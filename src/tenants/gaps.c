#include "tenants/gaps.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/plural.h"
#include "tenants/journal/contents.h"

void gaps_release(struct gaps *gaps)
{
    for (size_t i = 0; i < gaps->count; i++) {
        free(gaps->items[i].name);
        free(gaps->items[i].words);
    }
    free(gaps->items);
    *gaps = (struct gaps){0};
}

static void add(struct gaps *gaps, enum scope_reason reason, int64_t figure, const char *name,
                const char *fmt, ...) __attribute__((format(printf, 5, 6)));

static void add(struct gaps *gaps, enum scope_reason reason, int64_t figure, const char *name,
                const char *fmt, ...)
{
    struct strbuf words = STRBUF_INIT;
    va_list ap;

    va_start(ap, fmt);
    strbuf_vaddf(&words, fmt, ap);
    va_end(ap);
    GROW(gaps->items, gaps->count, gaps->alloc);
    gaps->items[gaps->count++] = (struct gap){reason, xstrdup(name), strbuf_detach(&words), figure};
}

/* Tenants */

static bool is_covered(const struct coverage *coverage, const struct plan_tenant *tenant)
{
    const struct coverage_tenant *rows = coverage_find(coverage, tenant->id);

    for (size_t i = 0; rows && i < rows->count; i++)
        if (rows->rows[i].ranges.count && strcmp(rows->rows[i].target, tenant->target) == 0)
            return true;
    return false;
}

/* Could the target keep anything that the source has? */
static bool has_time(const struct plan *plan, const struct plan_tenant *tenant)
{
    for (size_t i = 0; i < plan->windows.count; i++)
        if (plan->windows.items[i].range.end_ns > tenant->oldest_ns)
            return true;
    return false;
}

/* Does the plan leave out every measurement of the tenant? */
static bool has_measurements(const struct plan *plan, const bool *wanted,
                             const struct plan_tenant *tenant)
{
    const struct catalogue *catalogue = plan->catalogue;
    uint32_t number = names_find(&catalogue->tenants, tenant->id);

    for (size_t i = 0; i < catalogue->pair_count; i++)
        if (catalogue->pairs[i].tenant == number && wanted[catalogue->pairs[i].measurement])
            return true;
    return false;
}

static void look_at_tenant(struct gaps *gaps, const struct plan *plan, const bool *wanted,
                           const struct coverage *coverage, const struct plan_tenant *tenant)
{
    bool covered = is_covered(coverage, tenant);

    if (tenant->away)
        return;
    if (tenant->problem)
        add(gaps, SCOPE_HOMELESS, 1, tenant->id,
            "tenant %s can't be copied to the database %s, and is not compared: %s", tenant->id,
            tenant->database, tenant->problem);
    /* A repair makes a lost database again. */
    else if (covered && tenant->retention.create && plan->kind != DELTA_REPAIR)
        add(gaps, SCOPE_NO_DATABASE, 1, tenant->id,
            "tenant %s was copied, and its database %s is gone", tenant->id, tenant->database);
    else if (!covered && has_time(plan, tenant) && has_measurements(plan, wanted, tenant))
        add(gaps, SCOPE_NEVER_COPIED, 1, tenant->id, "tenant %s was never copied to %s%s",
            tenant->id, tenant->target, tenant->retention.create ? ", which is not there" : "");
}

/* Measurements */

/* Which measurements the plan would copy, by number; the caller frees the array. */
static bool *wanted_measurements(const struct plan *plan)
{
    const struct catalogue *catalogue = plan->catalogue;
    const struct plan_measurements *left[] = {&plan->skipped, &plan->unassigned, &plan->unnameable};
    bool *wanted = xcalloc(catalogue->measurements.count + 1, sizeof(*wanted));

    for (size_t p = 0; p < catalogue->policy_count; p++)
        for (uint32_t m = 0; catalogue->policies[p].read && m < catalogue->measurements.count; m++)
            if (catalogue_signature(&catalogue->policies[p], m) != NAMES_NONE)
                wanted[m] = true;
    for (size_t l = 0; l < ARRAY_SIZE(left); l++)
        for (size_t i = 0; i < left[l]->count; i++)
            wanted[left[l]->measurements[i]] = false;
    for (size_t i = 0; i < plan->string_measurements.nr; i++)
        wanted[names_find(&catalogue->measurements, plan->string_measurements.v[i])] = false;
    return wanted;
}

static void close_set(const struct catalogue *catalogue, const struct coverage_set *set, bool *open)
{
    for (size_t i = 0; i < set->measurements.count; i++) {
        uint32_t number = names_find(&catalogue->measurements, set->measurements.items[i]);

        if (number != NAMES_NONE)
            open[number] = false;
    }
}

/* Measurements that no coverage has, of tenants that have some. */
static void look_at_measurements(struct gaps *gaps, const struct plan *plan, const bool *wanted,
                                 const struct coverage *coverage)
{
    const struct catalogue *catalogue = plan->catalogue;
    bool *open = xcalloc(catalogue->measurements.count + 1, sizeof(*open));

    for (size_t i = 0; i < catalogue->pair_count; i++)
        if (wanted[catalogue->pairs[i].measurement] &&
            coverage_find(coverage, catalogue->tenants.items[catalogue->pairs[i].tenant]))
            open[catalogue->pairs[i].measurement] = true;
    for (size_t t = 0; t < coverage->tenants.count; t++)
        for (size_t r = 0; r < coverage->by_tenant[t].count; r++)
            close_set(catalogue, &coverage->sets[coverage->by_tenant[t].rows[r].set], open);
    for (size_t m = 0; m < catalogue->measurements.count; m++)
        if (open[m])
            add(gaps, SCOPE_NEVER_COPIED_MEASUREMENTS, 1, catalogue->measurements.items[m],
                "measurement %s was never copied", catalogue->measurements.items[m]);
    free(open);
}

/* Failures */

struct counting {
    const struct plan *plan;
    const bool *wanted;
    int64_t *failed; /* windows, by tenant of the plan */
};

static bool is_wanted(const struct counting *counting, const struct strvec *measurements)
{
    for (size_t i = 0; i < measurements->nr; i++) {
        uint32_t number = names_find(&counting->plan->catalogue->measurements, measurements->v[i]);

        if (number != NAMES_NONE && counting->wanted[number])
            return true;
    }
    return false;
}

static int count_failure(void *context, const struct journal_failure *failure)
{
    const struct counting *counting = context;
    const struct plan *plan = counting->plan;

    for (size_t i = 0; i < plan->tenant_count; i++) {
        const struct plan_tenant *tenant = &plan->tenants[i];
        struct range range = range_intersect(failure->range, plan->range);

        if (strcmp(tenant->id, failure->tenant) == 0 &&
            strcmp(tenant->target, failure->database) == 0 && !range_is_empty(range) &&
            range.end_ns > tenant->oldest_ns && is_wanted(counting, &failure->measurements))
            counting->failed[i]++;
    }
    return 0;
}

static int look_at_failures(struct gaps *gaps, const struct plan *plan, const bool *wanted,
                            struct journal *journal, struct err *err)
{
    struct counting counting = {plan, wanted,
                                xcalloc(plan->tenant_count + 1, sizeof(*counting.failed))};
    int rc = journal_failures(journal, count_failure, &counting, err);

    for (size_t i = 0; rc == 0 && i < plan->tenant_count; i++) {
        int64_t count = counting.failed[i];

        if (count)
            add(gaps, SCOPE_FAILED, count, plan->tenants[i].id,
                "%" PRId64 " window%s of tenant %s failed and %s not compared", count,
                PLURAL(count, "", "s"), plan->tenants[i].id, PLURAL(count, "is", "are"));
    }
    free(counting.failed);
    return rc;
}

/* Tenants that lack windows since a run was cut short. */
static int look_at_unfinished(struct gaps *gaps, const struct plan *plan, const bool *wanted,
                              struct journal *journal, struct err *err)
{
    struct counting counting = {plan, wanted,
                                xcalloc(plan->tenant_count + 1, sizeof(*counting.failed))};
    int rc = journal_unfinished(journal, count_failure, &counting, err);

    for (size_t i = 0; rc == 0 && i < plan->tenant_count; i++)
        if (counting.failed[i])
            add(gaps, SCOPE_CUT_SHORT, 1, plan->tenants[i].id,
                "a run was cut short before it had copied all of tenant %s; what it did not copy "
                "is not compared, the same run goes on from there",
                plan->tenants[i].id);
    free(counting.failed);
    return rc;
}

/* Time that was never copied */

/* Windows that no coverage of the tenant holds whole, though it reaches beyond them: points came
 * into old time after the runs that copied the tenant. */
static int64_t count_passed_over(const struct plan *plan, const struct coverage *coverage,
                                 const struct plan_tenant *tenant)
{
    const struct coverage_tenant *rows = coverage_find(coverage, tenant->id);
    struct range_list covered = {0};
    int64_t newest_ns = INT64_MIN, count = 0;

    for (size_t i = 0; rows && i < rows->count; i++)
        for (size_t r = 0; r < rows->rows[i].ranges.count; r++)
            if (strcmp(rows->rows[i].target, tenant->target) == 0)
                range_list_add(&covered, rows->rows[i].ranges.items[r]);
    if (covered.count)
        newest_ns = covered.items[covered.count - 1].end_ns;
    for (size_t i = 0; i < plan->windows.count; i++) {
        struct range_list open = {0};
        struct range window = plan->windows.items[i].range;

        if (window.start_ns < tenant->oldest_ns || window.end_ns > newest_ns)
            continue;
        range_list_add(&open, window);
        for (size_t r = 0; r < covered.count; r++)
            range_list_subtract(&open, covered.items[r]);
        count += open.count > 0;
        range_list_release(&open);
    }
    range_list_release(&covered);
    return count;
}

/* Is it said already that windows of the tenant weren't copied? */
static bool is_told(const struct gaps *gaps, const struct plan_tenant *tenant)
{
    for (size_t i = 0; i < gaps->count; i++)
        if ((gaps->items[i].reason == SCOPE_FAILED || gaps->items[i].reason == SCOPE_CUT_SHORT) &&
            strcmp(gaps->items[i].name, tenant->id) == 0)
            return true;
    return false;
}

static void look_at_time(struct gaps *gaps, const struct plan *plan,
                         const struct coverage *coverage)
{
    for (size_t i = 0; i < plan->tenant_count; i++) {
        const struct plan_tenant *tenant = &plan->tenants[i];
        int64_t count = 0;

        if (!tenant->problem && is_covered(coverage, tenant) && !is_told(gaps, tenant))
            count = count_passed_over(plan, coverage, tenant);
        if (count)
            add(gaps, SCOPE_TIME, count, tenant->id,
                "%" PRId64 " window%s of time, older than what was copied of tenant %s, %s never "
                "copied",
                count, PLURAL(count, "", "s"), tenant->id, PLURAL(count, "was", "were"));
    }
}

/* What options left out of each run */

struct leaving {
    struct gaps *gaps;
    const struct plan *plan;
    const struct scope *asked;
};

static const struct plan_tenant *find_tenant(const struct plan *plan, const char *id)
{
    for (size_t i = 0; i < plan->tenant_count; i++)
        if (strcmp(plan->tenants[i].id, id) == 0 && !plan->tenants[i].problem)
            return &plan->tenants[i];
    return NULL;
}

static bool is_read(const struct plan *plan, const char *policy)
{
    for (size_t i = 0; i < plan->catalogue->policy_count; i++)
        if (strcmp(plan->catalogue->policies[i].name, policy) == 0)
            return plan->catalogue->policies[i].read;
    return false;
}

/* A verification that itself leaves out measurements, or time, is no question for these. */
static void look_at_left_out(void *context, const struct journal_looked *looked)
{
    const struct leaving *leaving = context;

    if (!looked->looked || !find_tenant(leaving->plan, looked->tenant) ||
        !is_read(leaving->plan, looked->policy))
        return;
    if (looked->measurements && !leaving->asked->figures[SCOPE_FILTERED_MEASUREMENTS])
        add(leaving->gaps, SCOPE_FILTERED_MEASUREMENTS, looked->measurements, looked->tenant,
            "no run looked at all measurements of tenant %s, the last one left out %" PRId64
            "; a run without the filter settles it",
            looked->tenant, looked->measurements);
    if (looked->shard_groups && !leaving->asked->figures[SCOPE_TIME])
        add(leaving->gaps, SCOPE_TIME, looked->shard_groups, looked->tenant,
            "no run looked at all time of tenant %s, the last one left out time of %" PRId64
            " shard group%s; a run without the offset settles it",
            looked->tenant, looked->shard_groups, PLURAL(looked->shard_groups, "", "s"));
}

static int look_at_runs(struct gaps *gaps, const struct plan *plan, const struct scope *asked,
                        struct journal *journal, struct err *err)
{
    struct leaving leaving = {gaps, plan, asked};
    struct journal_contents *contents = journal_contents_open(journal, err);
    int rc;

    if (!contents)
        return -1;
    rc = journal_each_looked(contents, look_at_left_out, &leaving, err);
    journal_contents_close(contents);
    return rc;
}

int gaps_find(struct gaps *gaps, const struct plan *plan, const struct coverage *coverage,
              const struct scope *asked, struct journal *journal, struct err *err)
{
    bool *wanted = wanted_measurements(plan);
    int rc;

    for (size_t i = 0; i < plan->tenant_count; i++)
        look_at_tenant(gaps, plan, wanted, coverage, &plan->tenants[i]);
    look_at_measurements(gaps, plan, wanted, coverage);
    rc = look_at_failures(gaps, plan, wanted, journal, err);
    if (rc == 0)
        rc = look_at_unfinished(gaps, plan, wanted, journal, err);
    look_at_time(gaps, plan, coverage);
    if (rc == 0)
        rc = look_at_runs(gaps, plan, asked, journal, err);
    free(wanted);
    return rc;
}

void gaps_count(const struct gaps *gaps, struct scope *scope)
{
    for (size_t i = 0; i < gaps->count; i++) {
        const struct gap *gap = &gaps->items[i];
        int64_t *figure = &scope->figures[gap->reason];

        /* Tenants share the source's shard groups and measurements. */
        if (gap->reason != SCOPE_TIME && gap->reason != SCOPE_FILTERED_MEASUREMENTS)
            *figure += gap->figure;
        else if (*figure >= 0 && gap->figure > *figure)
            *figure = gap->figure;
    }
    /* The run that was cut short counts once, however many tenants it left behind. */
    if (scope->figures[SCOPE_CUT_SHORT])
        scope->figures[SCOPE_CUT_SHORT] = 1;
}

bool gaps_deny(const struct gaps *gaps)
{
    for (size_t i = 0; i < gaps->count; i++)
        if (gaps->items[i].reason != SCOPE_NEVER_COPIED_MEASUREMENTS)
            return true;
    return false;
}
