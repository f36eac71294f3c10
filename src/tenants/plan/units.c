#include "build.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* The server limits the length of a statement, and needs memory for each measurement in it. */
enum { SET_MAX_MEASUREMENTS = 1000 };

/* Sets */

static bool set_equals(const struct plan_set *set, const uint32_t *measurements, size_t count,
                       const struct strvec *tags)
{
    return set->tags == tags && set->count == count &&
           memcmp(set->measurements, measurements, count * sizeof(*measurements)) == 0;
}

uint32_t plan_add_set(struct plan *plan, uint32_t *measurements, size_t count,
                      const struct strvec *tags, bool alone)
{
    /* Neighbours among the tenants mostly have the same measurements: the newest set is likeliest.
     * Equal sets further back are made twice, which costs nothing but memory. */
    size_t look_back = plan->set_count < 64 ? plan->set_count : 64;

    for (size_t i = 0; i < look_back; i++) {
        size_t at = plan->set_count - 1 - i;

        if (set_equals(&plan->sets[at], measurements, count, tags)) {
            free(measurements);
            return (uint32_t)at;
        }
    }
    GROW(plan->sets, plan->set_count, plan->set_alloc);
    plan->sets[plan->set_count] = (struct plan_set){measurements, count, tags, alone};
    return (uint32_t)plan->set_count++;
}

/*
 * Classes of coverage. Measurements of a tenant that stand in the same rows of the journal have the
 * same time covered, so they form a class, and may share a unit. Class 0 stands in no row; every
 * other class stands in the rows of its parent and in one more.
 */
struct coverage_class {
    uint32_t parent;
    size_t row;
};

struct classes {
    struct coverage_class *items;
    size_t count, alloc;
    uint32_t *of; /* by measurement */
};

static uint32_t child_class(struct classes *classes, uint32_t parent, size_t row)
{
    for (size_t i = classes->count; i-- > 1;)
        if (classes->items[i].parent == parent && classes->items[i].row == row)
            return (uint32_t)i;
    GROW(classes->items, classes->count, classes->alloc);
    classes->items[classes->count] = (struct coverage_class){parent, row};
    return (uint32_t)classes->count++;
}

static void classify(struct plan *plan, struct classes *classes, const struct coverage *coverage,
                     const struct coverage_tenant *rows)
{
    const struct catalogue *catalogue = plan->catalogue;

    memset(classes->of, 0, catalogue->measurements.count * sizeof(*classes->of));
    classes->count = 0;
    GROW(classes->items, classes->count, classes->alloc);
    classes->items[classes->count++] = (struct coverage_class){0, 0};
    for (size_t r = 0; rows && r < rows->count; r++) {
        const struct coverage_set *set = &coverage->sets[rows->rows[r].set];

        for (size_t m = 0; m < set->measurements.count; m++) {
            uint32_t number = names_find(&catalogue->measurements, set->measurements.items[m]);

            if (number != NAMES_NONE)
                classes->of[number] = child_class(classes, classes->of[number], r);
        }
    }
}

/* Replaces the list by the time of `whole` that isn't in it. */
static void invert(struct range_list *list, struct range whole)
{
    struct range_list rest = RANGE_LIST_INIT;

    range_list_add(&rest, whole);
    for (size_t i = 0; i < list->count; i++)
        range_list_subtract(&rest, list->items[i]);
    range_list_release(list);
    *list = rest;
}

/*
 * Finds the time that a unit needs. To copy, that is the run's range, as far back as the target
 * keeps it, less the time that is covered; to verify, it is the covered time of that range; to
 * check, the whole range.
 */
static void find_needed(const struct plan *plan, const struct plan_place *place,
                        const struct plan_set *set, const struct classes *classes, uint32_t class,
                        const struct coverage *coverage, const struct coverage_tenant *rows,
                        struct range_list *needed)
{
    struct range whole = range_intersect(plan->range, (struct range){place->oldest_ns, INT64_MAX});
    const char *policy = plan->catalogue->policies[place->source_policy].name;
    const char *target = plan->tenants[place->tenant].target;
    char *tags = coverage_tags_text(set->tags);

    range_list_add(needed, whole);
    if (delta_asks_servers_alone(plan->kind))
        goto out;
    /* Points that were copied into another place are copied again; a verification finds them
     * missing. */
    if (place->is_moved && !delta_compares(plan->kind))
        class = 0;
    for (; class; class = classes->items[class].parent) {
        const struct coverage_row *row = &rows->rows[classes->items[class].row];

        if (strcmp(row->source_policy, policy) != 0 || strcmp(row->target, target) != 0 ||
            strcmp(coverage->sets[row->set].tags, tags) != 0)
            continue;
        for (size_t i = 0; i < row->ranges.count; i++)
            range_list_subtract(needed, row->ranges.items[i]);
    }
    if (delta_compares(plan->kind))
        invert(needed, whole);
out:
    free(tags);
}

/* A measurement of a tenant, and the facts that it must share with all others of its unit. */
struct grouping {
    uint32_t signature, class, measurement;
    bool history; /* the tags of alarm history name its tenant */
};

static int compare_groupings(const void *a, const void *b)
{
    const struct grouping *l = a, *r = b;

    if (l->history != r->history)
        return l->history ? 1 : -1;
    if (l->signature != r->signature)
        return l->signature < r->signature ? -1 : 1;
    if (l->class != r->class)
        return l->class < r->class ? -1 : 1;
    return l->measurement < r->measurement ? -1 : l->measurement > r->measurement;
}

static bool same_group(const struct grouping *a, const struct grouping *b)
{
    return a->history == b->history && a->signature == b->signature && a->class == b->class;
}

struct building {
    struct plan *plan;
    const struct coverage *coverage;
    const struct coverage_tenant *rows; /* of the tenant at hand */
    struct classes classes;
    struct grouping *groupings;  /* of the tenant at hand; has room for all measurements */
    bool *left_out, *is_history; /* by measurement */
};

static void add_unit(struct building *building, size_t number, const struct grouping *items,
                     size_t count)
{
    struct plan *plan = building->plan;
    const struct plan_place *place = &plan->places[number];
    const struct settings *settings = plan->settings;
    const struct strvec *tags = items[0].history ? &settings->history_tags : &settings->metric_tags;
    const struct catalogue_signature *facts = &plan->catalogue->signature_facts[items[0].signature];
    uint32_t *measurements = xcalloc(count, sizeof(*measurements));
    struct plan_unit unit = {.tenant = place->tenant,
                             .source_policy = place->source_policy,
                             .place = number,
                             .field_count = facts->fields};

    for (size_t i = 0; i < count; i++)
        measurements[i] = items[i].measurement;
    unit.set = plan_add_set(plan, measurements, count, tags, facts->alone);
    find_needed(plan, place, &plan->sets[unit.set], &building->classes, items[0].class,
                building->coverage, building->rows, &unit.needed);
    if (!unit.needed.count) {
        range_list_release(&unit.needed);
        return;
    }
    GROW(plan->units, plan->unit_count, plan->unit_alloc);
    plan->units[plan->unit_count++] = unit;
}

/* Notes which fields of a measurement VictoriaMetrics can't keep. True where these are all of them;
 * alarm history always is, since it is text about alarms, whatever its fields are. */
static bool stays_behind(struct plan *plan, const struct catalogue_signature *facts, bool history,
                         uint32_t measurement)
{
    bool all = history || !facts->numbers.nr;

    for (size_t i = 0; i < facts->strings.nr && !all; i++)
        if (!strvec_has(&plan->string_fields, facts->strings.v[i]))
            strvec_push(&plan->string_fields, facts->strings.v[i]);
    if (all &&
        !strvec_has(&plan->string_measurements, plan->catalogue->measurements.items[measurement]))
        strvec_push(&plan->string_measurements, plan->catalogue->measurements.items[measurement]);
    return all;
}

/* Adds the units of a tenant that go to one place. `pairs` are the tenant's. */
static void add_units(struct building *building, size_t place, const struct catalogue_pair *pairs,
                      size_t pair_count)
{
    struct plan *plan = building->plan;
    uint32_t tenant = plan->places[place].tenant;
    size_t policy = plan->places[place].source_policy;
    const struct catalogue *catalogue = plan->catalogue;
    size_t count = 0;

    for (size_t i = 0; i < pair_count; i++) {
        uint32_t measurement = pairs[i].measurement;
        uint32_t signature = catalogue_signature(&catalogue->policies[policy], measurement);

        if (signature == NAMES_NONE || building->left_out[measurement])
            continue;
        if (plan->tenants[tenant].numbers_only &&
            stays_behind(plan, &catalogue->signature_facts[signature],
                         building->is_history[measurement], measurement))
            continue;
        building->groupings[count++] =
            (struct grouping){signature, building->classes.of[measurement], measurement,
                              building->is_history[measurement]};
    }
    qsort(building->groupings, count, sizeof(*building->groupings), compare_groupings);
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && end - first < SET_MAX_MEASUREMENTS &&
                              same_group(&building->groupings[first], &building->groupings[end]);
             end++)
            ;
        add_unit(building, place, &building->groupings[first], end - first);
    }
    plan->tenants[tenant].measurement_count = pair_count;
}

static void look_at_measurements(struct building *building)
{
    const struct plan *plan = building->plan;
    const struct names *measurements = &plan->catalogue->measurements;

    building->left_out = xcalloc(measurements->count, sizeof(*building->left_out));
    building->is_history = xcalloc(measurements->count, sizeof(*building->is_history));
    for (size_t i = 0; i < measurements->count; i++)
        building->is_history[i] = settings_tags_of(plan->settings, measurements->items[i]) ==
                                  &plan->settings->history_tags;
    for (size_t i = 0; i < plan->skipped.count; i++)
        building->left_out[plan->skipped.measurements[i]] = true;
    for (size_t i = 0; i < plan->unnameable.count; i++)
        building->left_out[plan->unnameable.measurements[i]] = true;
}

static size_t count_read(const struct catalogue *catalogue)
{
    size_t count = 0;

    for (size_t i = 0; i < catalogue->policy_count; i++)
        count += catalogue->policies[i].read;
    return count;
}

void plan_add_tenants(struct plan *plan, const struct plan_server *servers,
                      const struct coverage *coverage)
{
    const struct catalogue *catalogue = plan->catalogue;
    struct building building = {.plan = plan, .coverage = coverage};

    look_at_measurements(&building);
    plan->tenants = xcalloc(catalogue->tenants.count, sizeof(*plan->tenants));
    /* A place points into itself, so that the list mustn't grow. */
    plan->places = xcalloc(catalogue->tenants.count * count_read(catalogue), sizeof(*plan->places));
    plan->excluded_tenants = xcalloc(catalogue->tenants.count, sizeof(*plan->excluded_tenants));
    building.groupings = xcalloc(catalogue->measurements.count, sizeof(*building.groupings));
    building.classes.of = xcalloc(catalogue->measurements.count, sizeof(*building.classes.of));
    for (size_t first = 0, end; first < catalogue->pair_count; first = end) {
        uint32_t number = catalogue->pairs[first].tenant;
        uint32_t tenant = (uint32_t)plan->tenant_count;

        for (end = first; end < catalogue->pair_count && catalogue->pairs[end].tenant == number;
             end++)
            ;
        /* Another run, with another --shard, copies this tenant: it doesn't stay behind. */
        if (settings_is_elsewhere(plan->settings, catalogue->tenants.items[number]))
            continue;
        if (settings_skips_tenant(plan->settings, catalogue->tenants.items[number])) {
            plan->excluded_tenants[plan->excluded_tenant_count++] = number;
            continue;
        }
        plan_add_tenant(plan, servers, number);
        building.rows = coverage ? coverage_find(coverage, plan->tenants[tenant].id) : NULL;
        plan_add_places(plan, servers, tenant, building.rows);
        if (plan->tenants[tenant].problem)
            continue;
        /* A database that is missing holds nothing, whatever the journal says was copied. A check
         * asks the journal only in which policies the points should stand. */
        if ((plan->tenants[tenant].retention.create && !delta_compares(plan->kind)) ||
            delta_asks_servers_alone(plan->kind))
            building.rows = NULL;
        classify(plan, &building.classes, coverage, building.rows);
        for (size_t p = 0; p < plan->tenants[tenant].place_count; p++) {
            size_t place = plan->tenants[tenant].first_place + p;

            if (plan_has_place(plan, &plan->places[place]))
                add_units(&building, place, &catalogue->pairs[first], end - first);
        }
    }
    free(building.groupings);
    free(building.left_out);
    free(building.is_history);
    free(building.classes.of);
    free(building.classes.items);
}
