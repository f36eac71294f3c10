#include "tenants/plan/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "influx/quote.h"

/* A statement's text must stay well below what the server takes, and its memory grows with its
 * measurements. */
enum { SET_MAX_MEASUREMENTS = 1000 };

/* A piece of the past that ends here is one that InfluxDB can hold: 1677-09-21T00:12:43.145224194Z,
 * and one to spare. */
#define OLDEST_NS (INT64_MIN + 3)

void plan_release(struct plan *plan)
{
    for (size_t i = 0; i < plan->tenant_count; i++) {
        free(plan->tenants[i].database);
        free(plan->tenants[i].place);
        free(plan->tenants[i].problem);
        retention_choice_release(&plan->tenants[i].retention);
    }
    for (size_t i = 0; i < plan->set_count; i++)
        free(plan->sets[i].measurements);
    for (size_t i = 0; i < plan->unit_count; i++)
        range_list_release(&plan->units[i].needed);
    free(plan->tenants);
    free(plan->sets);
    free(plan->units);
    free(plan->skipped.measurements);
    free(plan->unassigned.measurements);
    free(plan->unnameable.measurements);
    free(plan->excluded_tenants);
    window_list_release(&plan->windows);
    strvec_release(&plan->string_fields);
    strvec_release(&plan->string_measurements);
    *plan = (struct plan){0};
}

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
    /* Tenants that follow one another mostly have the same measurements, so the newest set is the
     * likeliest. */
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

/* Range */

/* Held at INT64_MAX, which is further back than InfluxDB's time goes. */
static int64_t units_ns(int64_t count, const char *unit)
{
    int64_t length_ns;

    return __builtin_mul_overflow(count, settings_unit_ns(unit), &length_ns) ? INT64_MAX
                                                                             : length_ns;
}

static int make_range(struct plan *plan, struct err *err)
{
    const struct settings *settings = plan->settings;
    int64_t start_back_ns = units_ns(settings->start_offset, settings->unit);
    int64_t end_back_ns = units_ns(settings->end_offset, settings->unit);

    plan->cutoff_ns = plan->catalogue->now_ns;
    /* (cutoff - end, cutoff - start], as half-open whole nanoseconds */
    plan->range.start_ns = clock_add(clock_sub(plan->cutoff_ns, end_back_ns), 1);
    plan->range.end_ns = clock_add(clock_sub(plan->cutoff_ns, start_back_ns), 1);
    if (plan->range.start_ns < OLDEST_NS)
        plan->range.start_ns = OLDEST_NS;
    if (range_is_empty(plan->range))
        return err_set(err, ERR_USAGE,
                       "--migrate-start-time-offset must be less than --migrate-end-time-offset");
    return 0;
}

static void cut_windows(struct plan *plan)
{
    const struct settings *settings = plan->settings;
    int64_t max_length_ns = settings->unit_given ? settings_unit_ns(settings->unit) : 0;

    for (size_t i = 0; i < plan->catalogue->policy_count; i++)
        if (plan->catalogue->policies[i].read)
            window_list_cut(&plan->windows, plan->range, &plan->catalogue->policies[i], i,
                            max_length_ns);
}

/* What stays behind */

static void leave(struct plan_left *left, uint32_t measurement)
{
    GROW(left->measurements, left->count, left->alloc);
    left->measurements[left->count++] = measurement;
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
        if (settings_skips(plan->settings, name))
            leave(&plan->skipped, i);
        else if (!influx_name_is_exact(name))
            leave(&plan->unnameable, i);
        else if (!catalogue->has_tenant_tag[i])
            leave(&plan->unassigned, i);
    }
}

/* Tenants */

static const struct catalogue_policy *default_policy(const struct catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->policy_count; i++)
        if (catalogue->policies[i].is_default)
            return &catalogue->policies[i];
    return &catalogue->policies[0];
}

static bool any_mixed(const struct catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->policy_count; i++)
        if (catalogue->policies[i].mixed_types)
            return true;
    return false;
}

static char *place_of(const struct settings *settings, size_t server, const char *database)
{
    struct strbuf place = STRBUF_INIT;

    if (server)
        strbuf_addf(&place, "%s ", settings_server(settings, server)->url);
    strbuf_addstr(&place, database);
    return strbuf_detach(&place);
}

/* Two tenants in one database could not be told apart. */
static int check_places(const struct plan *plan, struct err *err)
{
    const struct settings *settings = plan->settings;
    const struct names *tenants = &plan->catalogue->tenants;
    struct names places = NAMES_INIT;
    int rc = 0;

    for (size_t i = 0; rc == 0 && settings->map_path && i < tenants->count; i++) {
        char *database = settings_target_database(settings, tenants->items[i]);
        char *place =
            place_of(settings, settings_target_server(settings, tenants->items[i]), database);
        uint32_t number = names_add(&places, place);

        if (number < i)
            rc = err_set(err, ERR_CONFIG, "%s: the tenants %s and %s would share the database %s",
                         settings->map_path, tenants->items[number], tenants->items[i], place);
        free(database);
        free(place);
    }
    names_release(&places);
    return rc;
}

/* A database must be a bucket's name for InfluxDB 2, whose duration it doesn't tell. */
static const char *choose_bucket(struct plan_tenant *tenant, const struct plan_server *server)
{
    if (!tenant->retention.policy || tenant->retention.create)
        return "InfluxDB 2 has no bucket that is mapped to this database; make one by 'influx "
               "bucket create' and 'influx v1 dbrp create --default'";
    tenant->retention.duration_ns = server->retention_ns;
    free(tenant->retention.note);
    tenant->retention.note =
        server->retention_ns ? NULL
                             : xstrdup("InfluxDB 2 doesn't tell how long its bucket keeps points, "
                                       "and is taken to keep them all");
    return NULL;
}

/* There are no databases to be made, and the retention is the server's. */
static void choose_victoria(struct plan_tenant *tenant, const struct plan_server *server)
{
    tenant->retention = (struct retention_choice){.duration_ns = server->retention_ns};
    if (!tenant->retention.duration_ns)
        tenant->retention.note =
            xstrdup("how long VictoriaMetrics keeps points isn't known; what is older is dropped "
                    "there without a word, and then missed by the verification");
}

/* VictoriaMetrics takes the time 0 for none, and keeps nothing before (measured). */
#define VICTORIA_OLDEST_NS INT64_C(1000000)

static void choose_retention(const struct plan *plan, struct plan_tenant *tenant,
                             const struct plan_server *server)
{
    const struct settings *settings = plan->settings;
    const char *problem = influx_database_name_problem(tenant->database);

    if (server->away) {
        tenant->problem = xstrdup(server->away);
        tenant->away = true;
        return;
    }
    if (server->kind == INFLUX_KIND_VICTORIA) {
        choose_victoria(tenant, server);
        tenant->problem = xstrdup_or_null(problem);
        return;
    }
    retention_choose(&tenant->retention, &settings->retention, settings->default_retention_hours,
                     tenant->id, catalogue_find_database(server->databases, tenant->database),
                     default_policy(plan->catalogue), any_mixed(plan->catalogue));
    if (!problem && server->kind == INFLUX_KIND_2)
        problem = choose_bucket(tenant, server);
    if (!problem && !tenant->retention.policy)
        problem = "its database is there, and has no default retention policy";
    tenant->problem = xstrdup_or_null(problem);
}

static void add_tenant(struct plan *plan, const struct plan_server *servers, uint32_t number)
{
    const struct catalogue *catalogue = plan->catalogue;
    const struct settings *settings = plan->settings;
    struct plan_tenant *tenant = &plan->tenants[plan->tenant_count++];
    const char *id = catalogue->tenants.items[number];
    struct plan_server source = {.kind = INFLUX_KIND_1, .databases = catalogue};
    const struct plan_server *server;

    *tenant = (struct plan_tenant){.id = id,
                                   .server = settings_target_server(settings, id),
                                   .database = settings_target_database(settings, id)};
    tenant->place = place_of(settings, tenant->server, tenant->database);
    server = servers ? &servers[tenant->server] : &source;
    tenant->kind = server->kind;
    choose_retention(plan, tenant, server);
    tenant->numbers_only = server->kind == INFLUX_KIND_VICTORIA;
    tenant->oldest_ns = retention_oldest_ns(tenant->retention.duration_ns, plan->cutoff_ns,
                                            PLAN_RETENTION_MARGIN_NS);
    if (tenant->numbers_only && tenant->oldest_ns < VICTORIA_OLDEST_NS)
        tenant->oldest_ns = VICTORIA_OLDEST_NS;
}

/*
 * Classes of coverage: the measurements of a tenant that the same sets of the journal name have the
 * same time covered. Class 0 is named by none; each other is its parent and one row more.
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

/* What of `whole` is not in the list. */
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
 * The time that a unit still needs: the run's range, as far as the target keeps it, less what is
 * covered; or, to verify, only what is covered.
 */
static void find_needed(const struct plan *plan, const struct plan_tenant *tenant,
                        const struct plan_set *set, size_t policy, const struct classes *classes,
                        uint32_t class, const struct coverage *coverage,
                        const struct coverage_tenant *rows, struct range_list *needed)
{
    struct range whole = range_intersect(plan->range, (struct range){tenant->oldest_ns, INT64_MAX});
    char *tags = coverage_tags_text(set->tags);

    range_list_add(needed, whole);
    for (; class; class = classes->items[class].parent) {
        const struct coverage_row *row = &rows->rows[classes->items[class].row];

        if (strcmp(row->policy, plan->catalogue->policies[policy].name) != 0 ||
            strcmp(row->database, tenant->place) != 0 ||
            strcmp(coverage->sets[row->set].tags, tags) != 0)
            continue;
        for (size_t i = 0; i < row->ranges.count; i++)
            range_list_subtract(needed, row->ranges.items[i]);
    }
    if (delta_compares(plan->kind))
        invert(needed, whole);
    free(tags);
}

/* A measurement of a tenant, and what it can be grouped by. */
struct grouping {
    uint32_t signature, class, measurement;
    bool history; /* belongs by the tags of alarm history */
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
    struct grouping *groupings;  /* room for all measurements */
    bool *left_out, *is_history; /* by measurement */
};

static void add_unit(struct building *building, uint32_t tenant, size_t policy,
                     const struct grouping *items, size_t count)
{
    struct plan *plan = building->plan;
    const struct settings *settings = plan->settings;
    const struct strvec *tags = items[0].history ? &settings->history_tags : &settings->metric_tags;
    const struct catalogue_signature *facts = &plan->catalogue->signature_facts[items[0].signature];
    uint32_t *measurements = xcalloc(count, sizeof(*measurements));
    struct plan_unit unit = {.tenant = tenant, .policy = policy, .field_count = facts->fields};

    for (size_t i = 0; i < count; i++)
        measurements[i] = items[i].measurement;
    unit.set = plan_add_set(plan, measurements, count, tags, facts->alone);
    find_needed(plan, &plan->tenants[tenant], &plan->sets[unit.set], policy, &building->classes,
                items[0].class, building->coverage, building->rows, &unit.needed);
    if (!unit.needed.count) {
        range_list_release(&unit.needed);
        return;
    }
    GROW(plan->units, plan->unit_count, plan->unit_alloc);
    plan->units[plan->unit_count++] = unit;
}

/* What VictoriaMetrics can't keep of a measurement is noted; is that all of it? Alarm history is
 * texts about alarms, whatever its fields are. */
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

/* `pairs` are the tenant's. */
static void add_units(struct building *building, uint32_t tenant, size_t policy,
                      const struct catalogue_pair *pairs, size_t pair_count)
{
    struct plan *plan = building->plan;
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
        add_unit(building, tenant, policy, &building->groupings[first], end - first);
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

static void add_tenants(struct plan *plan, const struct plan_server *servers,
                        const struct coverage *coverage)
{
    const struct catalogue *catalogue = plan->catalogue;
    struct building building = {.plan = plan, .coverage = coverage};

    look_at_measurements(&building);

    plan->tenants = xcalloc(catalogue->tenants.count, sizeof(*plan->tenants));
    plan->excluded_tenants = xcalloc(catalogue->tenants.count, sizeof(*plan->excluded_tenants));
    building.groupings = xcalloc(catalogue->measurements.count, sizeof(*building.groupings));
    building.classes.of = xcalloc(catalogue->measurements.count, sizeof(*building.classes.of));
    for (size_t first = 0, end; first < catalogue->pair_count; first = end) {
        uint32_t number = catalogue->pairs[first].tenant;
        uint32_t tenant = (uint32_t)plan->tenant_count;

        for (end = first; end < catalogue->pair_count && catalogue->pairs[end].tenant == number;
             end++)
            ;
        /* What is another shard's doesn't stay behind. */
        if (settings_is_elsewhere(plan->settings, catalogue->tenants.items[number]))
            continue;
        if (settings_skips_tenant(plan->settings, catalogue->tenants.items[number])) {
            plan->excluded_tenants[plan->excluded_tenant_count++] = number;
            continue;
        }
        add_tenant(plan, servers, number);
        if (plan->tenants[tenant].problem)
            continue;
        building.rows = coverage ? coverage_find(coverage, plan->tenants[tenant].id) : NULL;
        /* A database that is gone holds nothing, whatever the journal remembers. */
        if (plan->tenants[tenant].retention.create && !delta_compares(plan->kind))
            building.rows = NULL;
        classify(plan, &building.classes, coverage, building.rows);
        for (size_t p = 0; p < catalogue->policy_count; p++)
            if (catalogue->policies[p].read)
                add_units(&building, tenant, p, &catalogue->pairs[first], end - first);
    }
    free(building.groupings);
    free(building.left_out);
    free(building.is_history);
    free(building.classes.of);
    free(building.classes.items);
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
                tenants == 1 ? "tenant" : "tenants");
    add_list(&text, "the text fields ", &plan->string_fields);
    add_list(&text, plan->string_fields.nr ? "; the measurements " : "the measurements ",
             &plan->string_measurements);
    strbuf_addf(&text,
                "%swhat times have below a millisecond and numbers beyond about 12 digits; true "
                "becomes 1 and false 0",
                plan->string_fields.nr || plan->string_measurements.nr ? "; " : "");
    return strbuf_detach(&text);
}

static void count_pieces(struct plan *plan)
{
    struct plan_cursor cursor = {.plan = plan};
    struct plan_piece piece;

    while (plan_cursor_next(&cursor, &piece)) {
        plan->piece_count++;
        plan->tenants[piece.unit->tenant].piece_count++;
    }
}

int plan_build(struct plan *plan, enum delta_kind kind, const struct settings *settings,
               const struct catalogue *catalogue, const struct plan_server *servers,
               const struct coverage *coverage, struct err *err)
{
    plan->string_fields = (struct strvec)STRVEC_INIT;
    plan->string_measurements = (struct strvec)STRVEC_INIT;
    plan->kind = kind;
    plan->catalogue = catalogue;
    plan->settings = settings;
    if (make_range(plan, err) < 0 || check_places(plan, err) < 0)
        return -1;
    cut_windows(plan);
    sort_out_measurements(plan);
    add_tenants(plan, servers, coverage);
    count_pieces(plan);
    return 0;
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

            while (unit->policy == window->policy && cursor->part < unit->needed.count) {
                struct range part =
                    range_intersect(unit->needed.items[cursor->part++], window->range);

                if (range_is_empty(part))
                    continue;
                *piece = (struct plan_piece){unit, part};
                return true;
            }
        }
    }
    return false;
}
