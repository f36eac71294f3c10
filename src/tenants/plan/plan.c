#include "tenants/plan/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/plural.h"
#include "base/strbuf.h"
#include "build.h"
#include "influx/quote.h"

/* How long before the source's newest point persisters may have begun to write elsewhere, one after
 * the other. */
#define CUTOVER_NS CLOCK_HOUR_NS

void plan_release(struct plan *plan)
{
    for (size_t i = 0; i < plan->tenant_count; i++) {
        free(plan->tenants[i].database);
        free(plan->tenants[i].target);
        free(plan->tenants[i].problem);
        retention_choice_release(&plan->tenants[i].retention);
    }
    for (size_t i = 0; i < plan->set_count; i++)
        free(plan->sets[i].measurements);
    for (size_t i = 0; i < plan->unit_count; i++)
        range_list_release(&plan->units[i].needed);
    for (size_t i = 0; i < plan->place_count; i++) {
        free(plan->places[i].name);
        retention_choice_release(&plan->places[i].own);
    }
    free(plan->places);
    free(plan->tenants);
    free(plan->sets);
    free(plan->units);
    free(plan->skipped.measurements);
    free(plan->unassigned.measurements);
    free(plan->unnameable.measurements);
    free(plan->excluded_tenants);
    free(plan->unreadable);
    window_list_release(&plan->windows);
    strvec_release(&plan->string_fields);
    strvec_release(&plan->string_measurements);
    strvec_release(&plan->copied_policies);
    *plan = (struct plan){0};
}

/* Range */

/* Longer times become INT64_MAX: nothing lies so far back. */
static int64_t units_ns(int64_t count, const char *unit)
{
    int64_t length_ns;

    return __builtin_mul_overflow(count, settings_unit_ns(unit), &length_ns) ? INT64_MAX
                                                                             : length_ns;
}

int64_t plan_counted_until_ns(const struct plan *plan, size_t policy)
{
    return clock_sub(plan->catalogue->policies[policy].newest_ns, CUTOVER_NS);
}

static int make_range(struct plan *plan, struct err *err)
{
    const struct settings *settings = plan->settings;
    int64_t start_back_ns = units_ns(settings->start_offset, settings->unit);
    int64_t end_back_ns =
        settings->end_offset ? units_ns(settings->end_offset, settings->unit) : INT64_MAX;

    plan->cutoff_ns = plan->catalogue->now_ns;
    if (delta_asks_servers_alone(plan->kind)) {
        plan->range = (struct range){PLAN_OLDEST_NS, PLAN_NEWEST_NS};
        return 0;
    }
    /* (cutoff - end, cutoff - start], as half-open whole nanoseconds */
    plan->range.start_ns = clock_add(clock_sub(plan->cutoff_ns, end_back_ns), 1);
    plan->range.end_ns =
        settings->ahead ? PLAN_NEWEST_NS : clock_add(clock_sub(plan->cutoff_ns, start_back_ns), 1);
    if (end_back_ns == INT64_MAX || plan->range.start_ns < PLAN_OLDEST_NS)
        plan->range.start_ns = PLAN_OLDEST_NS;
    if (range_is_empty(plan->range))
        return err_set(err, ERR_USAGE,
                       "--migrate-start-time-offset must be less than --migrate-end-time-offset");
    return 0;
}

/* A check has three windows: for time that is counted, for time that is compared point by point up
 * to the newest point, and for time ahead of the clock. The source has nothing between the last
 * two. */
static void cut_to_check(struct plan *plan, size_t policy)
{
    const struct catalogue *catalogue = plan->catalogue;
    int64_t counted_until_ns = plan_counted_until_ns(plan, policy);
    const struct range parts[] = {
        {plan->range.start_ns, counted_until_ns},
        {counted_until_ns, clock_add(catalogue->policies[policy].newest_ns, 1)},
        {plan->cutoff_ns + 1, plan->range.end_ns},
    };

    for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
        window_list_cut_to_count(&plan->windows, range_intersect(parts[i], plan->range),
                                 &catalogue->policies[policy], policy);
}

static void cut_windows(struct plan *plan)
{
    const struct settings *settings = plan->settings;
    int64_t max_length_ns = settings->unit_given ? settings_unit_ns(settings->unit) : 0;

    if (delta_asks_servers_alone(plan->kind)) {
        for (size_t i = 0; i < plan->catalogue->policy_count; i++)
            cut_to_check(plan, i);
        return;
    }
    for (size_t i = 0; i < plan->catalogue->policy_count; i++)
        if (plan->catalogue->policies[i].read)
            window_list_cut(&plan->windows, plan->range, &plan->catalogue->policies[i], i,
                            max_length_ns);
}

/* Shards that aren't open */

/* The policy of a shard, where it is read; else policy_count. */
static size_t policy_of(const struct catalogue *catalogue, const struct shard *shard)
{
    size_t i = 0;

    while (i < catalogue->policy_count && (!catalogue->policies[i].read ||
                                           strcmp(catalogue->policies[i].name, shard->policy) != 0))
        i++;
    return i;
}

/* The loss of points that the source keeps no more is no fault. */
static bool is_expired(const struct plan *plan, const struct catalogue_policy *policy,
                       const struct shard *shard)
{
    return policy->duration_ns &&
           clock_add(shard->end_ns, policy->duration_ns) <= plan->catalogue->now_ns;
}

static void mark_unreadable(struct plan *plan)
{
    const struct catalogue *catalogue = plan->catalogue;

    for (size_t i = 0; i < catalogue->closed_shards.count; i++) {
        const struct shard *shard = &catalogue->closed_shards.items[i];
        struct range range = {shard->start_ns, shard->end_ns};
        size_t policy = policy_of(catalogue, shard);

        if (policy == catalogue->policy_count ||
            range_is_empty(range_intersect(range, plan->range)) ||
            is_expired(plan, &catalogue->policies[policy], shard))
            continue;
        GROW(plan->unreadable, plan->unreadable_count, plan->unreadable_alloc);
        plan->unreadable[plan->unreadable_count++] =
            (struct plan_unreadable){shard->id, policy, range};
        window_list_mark(&plan->windows, range, policy, plan->unreadable_count);
    }
}

char *plan_unreadable_words(const struct plan *plan, const struct plan_unreadable *unreadable)
{
    const char *policy = plan->catalogue->policies[unreadable->source_policy].name;
    struct strbuf text = STRBUF_INIT;

    strbuf_addf(&text, "shard %lld of the source, policy ", (long long)unreadable->shard);
    strbuf_add_visible(&text, policy, strlen(policy));
    strbuf_addstr(&text, ", ");
    clock_add_second(&text, unreadable->range.start_ns);
    strbuf_addstr(&text, " to ");
    clock_add_second(&text, unreadable->range.end_ns);
    strbuf_addstr(&text, ", is not open: its points can't be read");
    return strbuf_detach(&text);
}

/* Measurements that stay behind */

static void leave(struct plan_measurements *which, uint32_t measurement)
{
    GROW(which->measurements, which->count, which->alloc);
    which->measurements[which->count++] = measurement;
}

static bool has_fields(const struct catalogue *catalogue, uint32_t measurement)
{
    for (size_t i = 0; i < catalogue->policy_count; i++)
        if (catalogue_signature(&catalogue->policies[i], measurement) != NAMES_NONE)
            return true;
    return false;
}

static void sort_out_measurements(struct plan *plan)
{
    const struct catalogue *catalogue = plan->catalogue;

    for (uint32_t i = 0; i < catalogue->measurements.count; i++) {
        const char *name = catalogue->measurements.items[i];

        if (!has_fields(catalogue, i))
            continue;
        if (influx_measurement_problem(name) &&
            (delta_asks_servers_alone(plan->kind) || !settings_skips(plan->settings, name)))
            leave(&plan->unnameable, i);
        else if (settings_skips(plan->settings, name))
            leave(&plan->skipped, i);
        else if (!catalogue->has_tenant_tag[i])
            leave(&plan->unassigned, i);
    }
}

static void add_list(struct strbuf *text, const char *title, const struct strvec *list)
{
    enum { SHOWN = 10 };

    for (size_t i = 0; i < list->nr && i < SHOWN; i++) {
        strbuf_addstr(text, i ? ", " : title);
        strbuf_add_visible(text, list->v[i], strlen(list->v[i]));
    }
    if (list->nr > SHOWN)
        strbuf_addf(text, " and %zu more", list->nr - SHOWN);
}

char *plan_not_kept(const struct plan *plan)
{
    struct strbuf text = STRBUF_INIT;
    size_t tenants = 0;

    for (size_t i = 0; i < plan->tenant_count; i++)
        tenants += plan->tenants[i].numbers_only;
    if (!tenants)
        return NULL;
    strbuf_addf(&text, "VictoriaMetrics keeps numbers only; of %zu %s it loses: ", tenants,
                PLURAL(tenants, "tenant", "tenants"));
    add_list(&text, "the text fields ", &plan->string_fields);
    add_list(&text, plan->string_fields.nr ? "; the measurements " : "the measurements ",
             &plan->string_measurements);
    strbuf_addf(&text,
                "%swhat times have below a millisecond and numbers beyond about 12 digits; true "
                "becomes 1 and false 0",
                plan->string_fields.nr || plan->string_measurements.nr ? "; " : "");
    return strbuf_detach(&text);
}

static void note_copied(struct plan *plan, const struct coverage *coverage)
{
    for (size_t i = 0; i < coverage->tenants.count; i++)
        for (size_t r = 0; r < coverage->by_tenant[i].count; r++) {
            const char *policy = coverage->by_tenant[i].rows[r].source_policy;

            if (!strvec_has(&plan->copied_policies, policy))
                strvec_push(&plan->copied_policies, policy);
        }
}

static void count_pieces(struct plan *plan)
{
    struct plan_cursor cursor = {.plan = plan};
    struct plan_piece piece;

    while (plan_cursor_next(&cursor, &piece)) {
        plan->piece_count++;
        plan->places[piece.unit->place].piece_count++;
        plan->tenants[piece.unit->tenant].piece_count++;
    }
}

int plan_build(struct plan *plan, enum delta_kind kind, const struct settings *settings,
               const struct catalogue *catalogue, const struct plan_server *servers,
               const struct coverage *coverage, struct err *err)
{
    plan->string_fields = (struct strvec)STRVEC_INIT;
    plan->string_measurements = (struct strvec)STRVEC_INIT;
    plan->copied_policies = (struct strvec)STRVEC_INIT;
    plan->kind = kind;
    plan->catalogue = catalogue;
    plan->settings = settings;
    if (make_range(plan, err) < 0 || plan_check_targets(plan, err) < 0)
        return -1;
    cut_windows(plan);
    mark_unreadable(plan);
    sort_out_measurements(plan);
    if (coverage)
        note_copied(plan, coverage);
    plan_add_tenants(plan, servers, coverage);
    count_pieces(plan);
    return plan_check_places(plan, coverage, err);
}

bool plan_lacks_beginning(const struct plan *plan)
{
    return plan->range.start_ns == PLAN_OLDEST_NS && catalogue_lost_beginning(plan->catalogue);
}

/* Is the window for units of this set? */
static bool takes_set(const struct window *window, const struct plan_set *set)
{
    return window->sets == WINDOW_ALL_SETS || (window->sets == WINDOW_ALONE) == set->alone;
}

bool plan_cursor_next(struct plan_cursor *cursor, struct plan_piece *piece)
{
    const struct plan *plan = cursor->plan;
    size_t unit_count = cursor->units ? cursor->unit_count : plan->unit_count;

    for (; cursor->window < plan->windows.count; cursor->window++, cursor->unit = 0) {
        const struct window *window = &plan->windows.items[cursor->window];

        for (; cursor->unit < unit_count; cursor->unit++, cursor->part = 0) {
            const struct plan_unit *unit =
                &plan->units[cursor->units ? cursor->units[cursor->unit] : cursor->unit];

            while (unit->source_policy == window->source_policy &&
                   takes_set(window, &plan->sets[unit->set]) && cursor->part < unit->needed.count) {
                struct range part =
                    range_intersect(unit->needed.items[cursor->part++], window->range);

                if (range_is_empty(part))
                    continue;
                *piece = (struct plan_piece){
                    unit, part,
                    window->unreadable ? &plan->unreadable[window->unreadable - 1] : NULL};
                return true;
            }
        }
    }
    return false;
}
