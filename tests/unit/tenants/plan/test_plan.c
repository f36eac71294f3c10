#include "tenants/plan/plan.h"

#include <stdlib.h>
#include <string.h>

#include "../../unit.h"
#include "base/clock.h"
#include "base/mem.h"

#define DAY CLOCK_DAY_NS
/* The clock of the server, and the days of the source's shard groups, counted back from it. */
#define NOW (INT64_C(20000) * DAY)

/* All that a plan is made of; the catalogue is made by hand. */
struct world {
    enum delta_kind kind;
    struct settings settings;
    struct catalogue catalogue;
    struct coverage coverage;
    struct plan plan;
    struct err err;
};

static int set_up(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));

    w->kind = DELTA_COPY;
    w->settings = (struct settings)SETTINGS_INIT;
    w->settings.database = xstrdup("mon");
    w->settings.unit = "w";
    w->settings.end_offset = 520;
    strvec_push(&w->settings.metric_tags, "_tenant_id");
    strvec_push(&w->settings.history_tags, "_tenant_id");
    strvec_push(&w->settings.history_tags, "tenant_id");
    w->catalogue.now_ns = NOW;
    w->catalogue.continuous_queries = (struct strvec)STRVEC_INIT;
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    plan_release(&w->plan);
    coverage_release(&w->coverage);
    catalogue_release(&w->catalogue);
    settings_release(&w->settings);
    err_release(&w->err);
    free(w);
    return 0;
}

/* A policy with `days` shard groups of a day before now, and one after. */
static struct catalogue_policy *add_policy(struct world *w, const char *name, size_t days)
{
    struct catalogue *c = &w->catalogue;
    struct catalogue_policy *policy;

    GROW(c->policies, c->policy_count, c->policy_alloc);
    policy = &c->policies[c->policy_count++];
    *policy = (struct catalogue_policy){.name = xstrdup(name),
                                        .shard_group_duration_ns = DAY,
                                        .is_default = c->policy_count == 1,
                                        .read = true,
                                        .shards = xcalloc(days + 1, sizeof(*policy->shards)),
                                        .shard_count = days + 1};
    for (size_t i = 0; i <= days; i++) {
        int64_t start_ns = NOW - ((int64_t)days - (int64_t)i) * DAY;

        policy->shards[i] = (struct catalogue_shard){start_ns, start_ns + DAY};
    }
    return policy;
}

/* A measurement with the fields that `signature` stands for in the policy. */
static uint32_t add_measurement(struct world *w, size_t policy, const char *name,
                                const char *signature)
{
    struct catalogue *c = &w->catalogue;
    struct catalogue_policy *p = &c->policies[policy];
    size_t before = c->measurements.count;
    uint32_t number = names_add(&c->measurements, name);

    if (number == before) {
        c->has_tenant_tag = xreallocarray(c->has_tenant_tag, before + 1, sizeof(bool));
        c->has_tenant_tag[number] = true;
    }
    p->signature = xreallocarray(p->signature, c->measurements.count, sizeof(*p->signature));
    while (p->signature_count < c->measurements.count)
        p->signature[p->signature_count++] = NAMES_NONE;
    p->signature[number] = names_add(&c->signatures, signature);
    c->signature_facts =
        xreallocarray(c->signature_facts, c->signatures.count, sizeof(*c->signature_facts));
    c->signature_facts[p->signature[number]] =
        (struct catalogue_signature){.fields = 0, .alone = strstr(signature, "alone:") != NULL};
    for (const char *at = strchr(signature, '='); at; at = strchr(at + 1, '='))
        c->signature_facts[p->signature[number]].fields++;
    return number;
}

static int compare_pairs(const void *a, const void *b)
{
    const struct catalogue_pair *l = a, *r = b;

    if (l->tenant != r->tenant)
        return l->tenant < r->tenant ? -1 : 1;
    return l->measurement < r->measurement ? -1 : l->measurement > r->measurement;
}

/* The tenant has series of these measurements. */
static void add_tenant(struct world *w, const char *tenant, const char *measurements)
{
    struct catalogue *c = &w->catalogue;
    uint32_t number = names_add(&c->tenants, tenant);
    struct strvec list = STRVEC_INIT;

    strvec_split(&list, measurements, ' ');
    for (size_t i = 0; i < list.nr; i++) {
        uint32_t measurement = names_find(&c->measurements, list.v[i]);

        assert_int_not_equal(measurement, NAMES_NONE);
        GROW(c->pairs, c->pair_count, c->pair_alloc);
        c->pairs[c->pair_count++] = (struct catalogue_pair){number, measurement};
    }
    qsort(c->pairs, c->pair_count, sizeof(*c->pairs), compare_pairs);
    strvec_release(&list);
}

/* One more policy of the database that was added last. */
static void add_target_policy(struct world *w, const char *name, int64_t duration_ns)
{
    struct catalogue_database *database = &w->catalogue.databases[w->catalogue.database_count - 1];

    GROW(database->policies, database->policy_count, database->policy_alloc);
    database->policies[database->policy_count++] =
        (struct catalogue_target_policy){.name = xstrdup(name), .duration_ns = duration_ns};
}

static void add_database(struct world *w, const char *name, const char *policy, int64_t duration_ns)
{
    struct catalogue *c = &w->catalogue;

    GROW(c->databases, c->database_count, c->database_alloc);
    c->databases[c->database_count++] =
        (struct catalogue_database){.name = xstrdup(name),
                                    .default_policy = xstrdup_or_null(policy),
                                    .duration_ns = duration_ns};
    if (policy)
        add_target_policy(w, policy, duration_ns);
}

static uint32_t add_covered_set(struct world *w, const char *measurements,
                                const struct strvec *tags)
{
    struct coverage *c = &w->coverage;
    struct strvec list = STRVEC_INIT;

    GROW(c->sets, c->set_count, c->set_alloc);
    c->sets[c->set_count] = (struct coverage_set){NAMES_INIT, coverage_tags_text(tags)};
    strvec_split(&list, measurements, ' ');
    for (size_t i = 0; i < list.nr; i++)
        names_add(&c->sets[c->set_count].measurements, list.v[i]);
    strvec_release(&list);
    return (uint32_t)c->set_count++;
}

static void cover(struct world *w, const char *tenant, uint32_t set, const char *policy,
                  const char *database, int64_t start_ns, int64_t end_ns)
{
    range_list_add(&coverage_row(&w->coverage, tenant, set, policy, database)->ranges,
                   (struct range){start_ns, end_ns});
}

static void build(struct world *w)
{
    if (plan_build(&w->plan, w->kind, &w->settings, &w->catalogue, NULL, &w->coverage, &w->err) < 0)
        fail_msg("%s", w->err.message);
}

/* The units as "tenant:policy:measurement measurement[*]" lines, the star where it goes alone. */
static void assert_units(const struct world *w, const char *expected)
{
    struct strbuf text = STRBUF_INIT;
    const struct plan *plan = &w->plan;

    for (size_t i = 0; i < plan->unit_count; i++) {
        const struct plan_unit *unit = &plan->units[i];
        const struct plan_set *set = &plan->sets[unit->set];

        strbuf_addf(&text, "%s:%s:", plan->tenants[unit->tenant].id,
                    w->catalogue.policies[unit->source_policy].name);
        for (size_t k = 0; k < set->count; k++)
            strbuf_addf(&text, "%s%s", k ? " " : "",
                        w->catalogue.measurements.items[set->measurements[k]]);
        strbuf_addf(&text, "%s\n", set->alone ? "*" : "");
    }
    assert_string_equal(text.buf, expected);
    strbuf_release(&text);
}

static void assert_needed(const struct world *w, size_t unit, size_t part, int64_t start_ns,
                          int64_t end_ns)
{
    const struct range_list *needed = &w->plan.units[unit].needed;

    assert_in_range(part, 0, needed->count - 1);
    assert_true(needed->items[part].start_ns == start_ns);
    assert_true(needed->items[part].end_ns == end_ns);
}

static void assert_left(const struct world *w, const struct plan_measurements *which,
                        const char *expected)
{
    struct strbuf text = STRBUF_INIT;

    for (size_t i = 0; i < which->count; i++)
        strbuf_addf(&text, "%s%s", i ? " " : "",
                    w->catalogue.measurements.items[which->measurements[i]]);
    assert_string_equal(text.buf, expected);
    strbuf_release(&text);
}

/* The plain world: one policy of three days, two measurements of a tenant. */
static void add_plain(struct world *w)
{
    add_policy(w, "all", 3);
    add_measurement(w, 0, "cpu", "value=float");
    add_measurement(w, 0, "disk", "value=float");
    add_tenant(w, "t", "cpu disk");
}

static void groups(void **state)
{
    struct world *w = *state;

    add_policy(w, "all", 3);
    add_measurement(w, 0, "cpu", "value=float");
    add_measurement(w, 0, "count", "value=integer");
    add_measurement(w, 0, "disk", "value=float");
    add_measurement(w, 0, "mem", "value=float");
    add_tenant(w, "a", "cpu count disk");
    add_tenant(w, "b", "cpu disk");
    add_tenant(w, "c", "mem");
    build(w);
    assert_units(w, "a:all:cpu disk\na:all:count\nb:all:cpu disk\nc:all:mem\n");
    assert_int_equal(w->plan.set_count, 3);
    assert_int_equal(w->plan.tenants[0].measurement_count, 3);
    assert_int_equal(w->plan.piece_count, 4 * 4);
    assert_int_equal(w->plan.tenants[0].piece_count, 2 * 4);
}

static void alone(void **state)
{
    struct world *w = *state;

    add_policy(w, "all", 1)->mixed_types = true;
    add_measurement(w, 0, "cpu", "value=float");
    add_measurement(w, 0, "mixed", "value=float;value=string;alone:mixed");
    add_measurement(w, 0, "clash", "value=float;alone:clash");
    add_measurement(w, 0, "disk", "value=float");
    add_tenant(w, "t", "cpu mixed clash disk");
    build(w);
    assert_units(w, "t:all:cpu disk\nt:all:mixed*\nt:all:clash*\n");
    assert_true(w->plan.tenants[0].retention.shard_group_duration_ns == DAY);
}

static void alarm_history(void **state)
{
    struct world *w = *state;

    add_policy(w, "all", 1);
    add_measurement(w, 0, "alarm_state_history", "value=float");
    add_measurement(w, 0, "cpu", "value=float");
    add_tenant(w, "t", "alarm_state_history cpu");
    build(w);
    assert_units(w, "t:all:cpu\nt:all:alarm_state_history\n");
    assert_ptr_equal(w->plan.sets[w->plan.units[0].set].tags, &w->settings.metric_tags);
    assert_ptr_equal(w->plan.sets[w->plan.units[1].set].tags, &w->settings.history_tags);
}

static void one_place_for_two(void **state)
{
    struct world *w = *state;

    add_policy(w, "all", 1);
    add_measurement(w, 0, "cpu", "value=float");
    add_tenant(w, "t", "cpu");
    add_tenant(w, "u", "cpu");
    w->settings.map_path = xstrdup("map.conf");
    names_add(&w->settings.mapped, "t");
    w->settings.routes = xcalloc(1, sizeof(*w->settings.routes));
    w->settings.routes[0].database = xstrdup("mon_u");
    assert_int_equal(
        plan_build(&w->plan, w->kind, &w->settings, &w->catalogue, NULL, &w->coverage, &w->err),
        -1);
    assert_int_equal(w->err.code, ERR_CONFIG);
    assert_has(w->err.message, "map.conf: the tenants t and u would share the database mon_u");
    plan_release(&w->plan);
    err_release(&w->err);
    free(w->settings.routes[0].database);
    w->settings.routes[0].database = xstrdup("mon_v");
    build(w);
    assert_string_equal(w->plan.tenants[0].target, "mon_v");
}

static void to_victoria(void **state)
{
    struct world *w = *state;
    struct plan_server servers[] = {{.kind = INFLUX_KIND_1}, {.kind = INFLUX_KIND_VICTORIA}};
    uint32_t number;

    w->settings.servers = xcalloc(1, sizeof(*w->settings.servers));
    w->settings.servers[0].url = xstrdup("http://127.0.0.1:8428");
    w->settings.server_count = w->settings.default_server = 1;
    add_policy(w, "all", 1);
    number = add_measurement(w, 0, "alarm_state_history", "value=float");
    add_measurement(w, 0, "cpu", "value=float");
    add_measurement(w, 0, "log", "text=string");
    strvec_push(&w->catalogue.signature_facts[w->catalogue.policies[0].signature[number]].numbers,
                "value");
    add_tenant(w, "t", "alarm_state_history cpu log");
    assert_int_equal(
        plan_build(&w->plan, w->kind, &w->settings, &w->catalogue, servers, &w->coverage, &w->err),
        0);
    assert_units(w, "t:all:cpu\n");
    assert_string_equal(w->plan.tenants[0].target, "http://127.0.0.1:8428 mon_t");
    /* VictoriaMetrics keeps nothing before its first millisecond. */
    assert_true(w->plan.tenants[0].oldest_ns == 1000000);
    assert_int_equal(w->plan.string_measurements.nr, 2);
    plan_release(&w->plan);
    servers[1].retention_ns = DAY;
    assert_int_equal(
        plan_build(&w->plan, w->kind, &w->settings, &w->catalogue, servers, &w->coverage, &w->err),
        0);
    assert_true(w->plan.tenants[0].oldest_ns == NOW - DAY + PLAN_RETENTION_MARGIN_NS);
}

static void policies(void **state)
{
    struct world *w = *state;

    add_policy(w, "all", 1);
    add_policy(w, "short", 1);
    add_policy(w, "unread", 1)->read = false;
    add_measurement(w, 0, "cpu", "value=float");
    add_measurement(w, 1, "cpu", "value=integer");
    add_measurement(w, 0, "disk", "value=float");
    add_tenant(w, "t", "cpu disk");
    build(w);
    assert_units(w, "t:all:cpu disk\nt:short:cpu\n");
    assert_int_equal(w->plan.piece_count, 4);
}

static void many_measurements(void **state)
{
    struct world *w = *state;
    struct strbuf names = STRBUF_INIT;

    add_policy(w, "all", 1);
    for (int i = 0; i < 2500; i++) {
        char name[32];

        snprintf(name, sizeof(name), "m%d", i);
        add_measurement(w, 0, name, "value=float");
        strbuf_addf(&names, "%s%s", i ? " " : "", name);
    }
    add_tenant(w, "a", names.buf);
    add_tenant(w, "b", names.buf);
    build(w);
    assert_int_equal(w->plan.unit_count, 6);
    assert_int_equal(w->plan.set_count, 3);
    assert_int_equal(w->plan.sets[0].count + w->plan.sets[1].count + w->plan.sets[2].count, 2500);
    assert_in_range(w->plan.sets[0].count, 1, 1000);
    strbuf_release(&names);
}

static void range(void **state)
{
    struct world *w = *state;

    add_plain(w);
    w->settings.unit = "d";
    w->settings.start_offset = 1;
    w->settings.end_offset = 2;
    build(w);
    assert_true(w->plan.cutoff_ns == NOW);
    assert_true(w->plan.range.start_ns == NOW - 2 * DAY + 1);
    assert_true(w->plan.range.end_ns == NOW - DAY + 1);
    assert_needed(w, 0, 0, NOW - 2 * DAY + 1, NOW - DAY + 1);
    /* The range's last nanosecond is the next shard's first. */
    assert_int_equal(w->plan.piece_count, 2);
}

static void endless_range(void **state)
{
    struct world *w = *state;

    add_plain(w);
    w->settings.end_offset = 1000000;
    build(w);
    assert_true(w->plan.range.start_ns == PLAN_OLDEST_NS);
    assert_true(w->plan.range.end_ns == NOW + 1);
    assert_int_equal(w->plan.piece_count, 4);
}

static void all_time(void **state)
{
    struct world *w = *state;

    add_plain(w);
    w->settings.end_offset = 0;
    w->settings.ahead = true;
    w->catalogue.policies[0].shards[0].start_ns = INT64_MIN;
    w->catalogue.policies[0].shards[3].end_ns = INT64_MAX;
    build(w);
    assert_true(w->plan.cutoff_ns == NOW);
    assert_true(w->plan.range.start_ns == PLAN_OLDEST_NS);
    assert_true(w->plan.range.end_ns == PLAN_NEWEST_NS);
    assert_needed(w, 0, 0, PLAN_OLDEST_NS, PLAN_NEWEST_NS);
    assert_int_equal(w->plan.piece_count, 4);
    assert_true(range_past_end_ns(w->plan.range, NOW) == NOW + 1);
}

static void lost_beginning(void **state)
{
    struct world *w = *state;

    add_plain(w);
    w->settings.end_offset = 0;
    build(w);
    assert_false(plan_lacks_beginning(&w->plan));
    w->catalogue.policies[0].lost_beginning = true;
    assert_true(plan_lacks_beginning(&w->plan));
    w->catalogue.policies[0].read = false;
    assert_false(plan_lacks_beginning(&w->plan));
    w->catalogue.policies[0].read = true;
    plan_release(&w->plan);
    w->settings.end_offset = 520;
    build(w);
    assert_false(plan_lacks_beginning(&w->plan));
}

static void empty_range(void **state)
{
    struct world *w = *state;

    add_plain(w);
    w->settings.start_offset = w->settings.end_offset = 3;
    assert_int_equal(
        plan_build(&w->plan, w->kind, &w->settings, &w->catalogue, NULL, NULL, &w->err), -1);
    assert_int_equal(w->err.code, ERR_USAGE);
    assert_has(w->err.message, "offset");
}

static void unit_given(void **state)
{
    struct world *w = *state;

    add_plain(w);
    w->settings.unit = "h";
    w->settings.end_offset = 30;
    w->settings.unit_given = true;
    build(w);
    assert_int_equal(w->plan.piece_count, 30 + 2); /* midnight cuts two pieces */
}

static void clipped(void **state)
{
    struct world *w = *state;

    add_plain(w);
    add_database(w, "mon_t", "2d", 2 * DAY);
    build(w);
    assert_false(w->plan.tenants[0].retention.create);
    assert_true(w->plan.tenants[0].oldest_ns == NOW - 2 * DAY + PLAN_RETENTION_MARGIN_NS);
    assert_int_equal(w->plan.units[0].needed.count, 1);
    assert_needed(w, 0, 0, NOW - 2 * DAY + PLAN_RETENTION_MARGIN_NS, NOW + 1);
    assert_int_equal(w->plan.piece_count, 3);
}

static void clipped_wholly(void **state)
{
    struct world *w = *state;

    add_plain(w);
    add_database(w, "mon_t", "1h", CLOCK_HOUR_NS);
    w->settings.unit = "d";
    w->settings.start_offset = 1;
    build(w);
    assert_int_equal(w->plan.unit_count, 0);
    assert_int_equal(w->plan.piece_count, 0);
    assert_int_equal(w->plan.tenant_count, 1);
}

static void left_out(void **state)
{
    struct world *w = *state;
    uint32_t nobody;

    add_policy(w, "all", 1);
    add_measurement(w, 0, "cpu", "value=float");
    add_measurement(w, 0, "log.a", "value=float");
    nobody = add_measurement(w, 0, "nobody", "value=float");
    w->catalogue.has_tenant_tag[nobody] = false;
    nobody = add_measurement(w, 0, "log.nobody", "value=float");
    w->catalogue.has_tenant_tag[nobody] = false;
    add_measurement(w, 0, "bad\xef\xbf\xbd", "value=float");
    names_add(&w->catalogue.measurements, "without fields");
    add_tenant(w, "t", "cpu log.a bad\xef\xbf\xbd");
    assert_int_equal(settings_add_skip(&w->settings, "log\\.", &w->err), 0);
    w->catalogue.has_tenant_tag = xreallocarray(w->catalogue.has_tenant_tag, 6, sizeof(bool));
    w->catalogue.has_tenant_tag[5] = false;
    build(w);
    assert_units(w, "t:all:cpu\n");
    assert_left(w, &w->plan.skipped, "log.a log.nobody");
    assert_left(w, &w->plan.unassigned, "nobody");
    assert_left(w, &w->plan.unnameable, "bad\xef\xbf\xbd");
}

static void excluded_tenants(void **state)
{
    struct world *w = *state;

    add_plain(w);
    add_tenant(w, "u", "cpu");
    add_tenant(w, "v", "disk");
    strvec_push(&w->settings.tenants, "u");
    build(w);
    assert_units(w, "u:all:cpu\n");
    assert_int_equal(w->plan.tenant_count, 1);
    assert_int_equal(w->plan.excluded_tenant_count, 2);
    assert_string_equal(w->catalogue.tenants.items[w->plan.excluded_tenants[0]], "t");
    assert_string_equal(w->catalogue.tenants.items[w->plan.excluded_tenants[1]], "v");
}

static void bad_tenants(void **state)
{
    struct world *w = *state;

    add_plain(w);
    add_tenant(w, "a/b", "cpu");
    add_tenant(w, "c", "cpu");
    add_tenant(w, "x' OR _tenant_id != '", "cpu");
    add_database(w, "mon_c", NULL, 0);
    build(w);
    assert_units(w, "t:all:cpu disk\nx' OR _tenant_id != ':all:cpu\n");
    assert_int_equal(w->plan.tenant_count, 4);
    assert_null(w->plan.tenants[0].problem);
    assert_has(w->plan.tenants[1].problem, "slash");
    assert_has(w->plan.tenants[2].problem, "default");
    assert_null(w->plan.tenants[3].problem);
    assert_string_equal(w->plan.tenants[3].database, "mon_x' OR _tenant_id != '");
}

static void covered(void **state)
{
    struct world *w = *state;
    uint32_t set;

    add_plain(w);
    add_database(w, "mon_t", "autogen", 0);
    set = add_covered_set(w, "cpu disk", &w->settings.metric_tags);
    cover(w, "t", set, "all", "mon_t", INT64_MIN + 3, NOW - 2 * DAY);
    cover(w, "t", set, "all", "mon_t", NOW - DAY, NOW);
    build(w);
    assert_units(w, "t:all:cpu disk\n");
    assert_int_equal(w->plan.units[0].needed.count, 2);
    assert_needed(w, 0, 0, NOW - 2 * DAY, NOW - DAY);
    assert_needed(w, 0, 1, NOW, NOW + 1);
    assert_int_equal(w->plan.piece_count, 2);
}

static void all_covered(void **state)
{
    struct world *w = *state;

    add_plain(w);
    add_database(w, "mon_t", "autogen", 0);
    cover(w, "t", add_covered_set(w, "disk other cpu", &w->settings.metric_tags), "all", "mon_t",
          INT64_MIN, INT64_MAX);
    build(w);
    assert_int_equal(w->plan.unit_count, 0);
    assert_int_equal(w->plan.tenant_count, 1);
    assert_int_equal(w->plan.tenants[0].measurement_count, 2);
}

static void new_measurement(void **state)
{
    struct world *w = *state;

    add_plain(w);
    add_measurement(w, 0, "new", "value=float");
    add_tenant(w, "t", "new");
    add_database(w, "mon_t", "autogen", 0);
    cover(w, "t", add_covered_set(w, "cpu disk", &w->settings.metric_tags), "all", "mon_t",
          INT64_MIN, NOW);
    build(w);
    assert_units(w, "t:all:new\nt:all:cpu disk\n");
    assert_needed(w, 0, 0, w->plan.range.start_ns, NOW + 1);
    assert_needed(w, 1, 0, NOW, NOW + 1);
}

static void covered_in_halves(void **state)
{
    struct world *w = *state;
    uint32_t both, cpu;

    add_plain(w);
    add_measurement(w, 0, "mem", "value=float");
    add_tenant(w, "t", "mem");
    add_database(w, "mon_t", "autogen", 0);
    both = add_covered_set(w, "cpu disk mem", &w->settings.metric_tags);
    cpu = add_covered_set(w, "cpu", &w->settings.metric_tags);
    cover(w, "t", both, "all", "mon_t", INT64_MIN, NOW - 2 * DAY);
    cover(w, "t", cpu, "all", "mon_t", NOW - 2 * DAY, NOW);
    build(w);
    assert_units(w, "t:all:disk mem\nt:all:cpu\n");
    assert_needed(w, 0, 0, NOW - 2 * DAY, NOW + 1);
    assert_needed(w, 1, 0, NOW, NOW + 1);
}

/* Asserts that the coverage is that of other points: all of the range is still needed. */
static void assert_covers_nothing(struct world *w)
{
    build(w);
    assert_units(w, "t:all:cpu disk\n");
    assert_int_equal(w->plan.units[0].needed.count, 1);
    assert_needed(w, 0, 0, w->plan.range.start_ns, NOW + 1);
}

static void database_gone(void **state)
{
    struct world *w = *state;

    add_plain(w);
    cover(w, "t", add_covered_set(w, "cpu disk", &w->settings.metric_tags), "all", "mon_t",
          INT64_MIN, INT64_MAX);
    assert_covers_nothing(w);
    assert_true(w->plan.tenants[0].retention.create);
}

static void other_policy(void **state)
{
    struct world *w = *state;

    add_plain(w);
    add_database(w, "mon_t", "autogen", 0);
    cover(w, "t", add_covered_set(w, "cpu disk", &w->settings.metric_tags), "short", "mon_t",
          INT64_MIN, INT64_MAX);
    assert_covers_nothing(w);
}

static void other_database(void **state)
{
    struct world *w = *state;

    add_plain(w);
    add_database(w, "mon_t", "autogen", 0);
    cover(w, "t", add_covered_set(w, "cpu disk", &w->settings.metric_tags), "all", "mon_u",
          INT64_MIN, INT64_MAX);
    assert_covers_nothing(w);
}

static void other_tags(void **state)
{
    struct world *w = *state;

    add_plain(w);
    add_database(w, "mon_t", "autogen", 0);
    cover(w, "t", add_covered_set(w, "cpu disk", &w->settings.history_tags), "all", "mon_t",
          INT64_MIN, INT64_MAX);
    assert_covers_nothing(w);
}

static void other_tenant(void **state)
{
    struct world *w = *state;

    add_plain(w);
    add_database(w, "mon_t", "autogen", 0);
    cover(w, "u", add_covered_set(w, "cpu disk", &w->settings.metric_tags), "all", "mon_t",
          INT64_MIN, INT64_MAX);
    assert_covers_nothing(w);
}

static void to_verify(void **state)
{
    struct world *w = *state;

    add_plain(w);
    cover(w, "t", add_covered_set(w, "disk", &w->settings.metric_tags), "all", "mon_t",
          NOW - 2 * DAY, NOW - DAY);
    w->kind = DELTA_VERIFY;
    build(w);
    assert_units(w, "t:all:disk\n");
    assert_int_equal(w->plan.units[0].needed.count, 1);
    assert_needed(w, 0, 0, NOW - 2 * DAY, NOW - DAY);
}

/* "SOURCE>TARGET", with "+" where it is made and "!" where all is copied again. */
static void assert_places(struct world *w, const char *want)
{
    struct strbuf text = STRBUF_INIT;

    build(w);
    for (size_t i = 0; i < w->plan.place_count; i++) {
        const struct plan_place *place = &w->plan.places[i];

        strbuf_addf(&text, "%s%s>%s%s%s", i ? " " : "",
                    w->catalogue.policies[place->source_policy].name, place->retention->policy,
                    place->retention->create ? "+" : "", place->is_moved ? "!" : "");
    }
    assert_string_equal(text.buf, want);
    strbuf_release(&text);
    plan_release(&w->plan);
}

static void places(void **state)
{
    struct world *w = *state;

    add_plain(w);
    add_policy(w, "rollup", 2);
    add_policy(w, "autogen", 2);
    assert_places(w, "all>autogen+ rollup>rollup+ autogen>autogen_2+");
    add_database(w, "mon_t", "autogen", 0);
    add_target_policy(w, "rollup", DAY);
    assert_places(w, "all>autogen rollup>rollup autogen>autogen_2+");
    /* Once points have gone to a policy, they go there for ever, and no others do. */
    coverage_add_landing(&w->coverage, "t", "autogen", "mon_t", "autogen");
    assert_places(w, "all>all+ rollup>rollup autogen>autogen");
    coverage_add_landing(&w->coverage, "t", "rollup", "mon_t", "gone");
    cover(w, "t", add_covered_set(w, "cpu", &w->settings.metric_tags), "rollup", "mon_t",
          NOW - 2 * DAY, NOW);
    assert_places(w, "all>all+ rollup>rollup! autogen>autogen");
}

static void merged(void **state)
{
    struct world *w = *state;
    uint32_t set;

    add_plain(w);
    add_policy(w, "rollup", 2);
    add_database(w, "mon_t", "autogen", 0);
    set = add_covered_set(w, "cpu disk", &w->settings.metric_tags);
    cover(w, "t", set, "all", "mon_t", NOW - 2 * DAY, NOW);
    assert_places(w, "all>autogen rollup>rollup+");
    cover(w, "t", set, "rollup", "mon_t", NOW - 2 * DAY, NOW);
    assert_places(w, "all>autogen! rollup>rollup+!");
    /* An older version copied a policy alone: it went to the default one. */
    coverage_release(&w->coverage);
    set = add_covered_set(w, "cpu disk", &w->settings.metric_tags);
    cover(w, "t", set, "rollup", "mon_t", NOW - 2 * DAY, NOW);
    assert_places(w, "all>autogen rollup>rollup+!");
}

static void oldest_first(void **state)
{
    struct world *w = *state;
    struct plan_cursor cursor = {.plan = &w->plan};
    struct plan_piece piece;
    int64_t last_ns = INT64_MIN;
    size_t count = 0;

    add_plain(w);
    add_policy(w, "short", 2)->shard_count = 2;
    add_measurement(w, 1, "cpu", "value=float");
    add_tenant(w, "u", "disk");
    build(w);
    while (plan_cursor_next(&cursor, &piece)) {
        assert_true(piece.range.start_ns >= last_ns);
        last_ns = piece.range.start_ns;
        count++;
    }
    assert_false(plan_cursor_next(&cursor, &piece));
    assert_int_equal(count, 4 + 2 + 4);
    assert_int_equal(count, w->plan.piece_count);
}

static void add_closed(struct world *w, int64_t id, const char *policy, int64_t start_ns)
{
    struct shard_list *list = &w->catalogue.closed_shards;

    GROW(list->items, list->count, list->alloc);
    list->items[list->count++] = (struct shard){id, xstrdup(policy), start_ns, start_ns + DAY};
}

static void closed_shards(void **state)
{
    struct world *w = *state;
    struct plan_cursor cursor = {.plan = &w->plan};
    struct plan_piece piece;
    size_t count = 0;

    add_plain(w);
    add_policy(w, "other", 3)->read = false;
    w->catalogue.policies[0].duration_ns = 2 * DAY;
    add_closed(w, 7, "all", NOW - 2 * DAY);
    add_closed(w, 8, "other", NOW - DAY);
    add_closed(w, 9, "all", NOW + DAY);      /* later than the cutoff */
    add_closed(w, 10, "all", NOW - 4 * DAY); /* expired */
    add_closed(w, 11, "gone", NOW - DAY);
    build(w);
    assert_int_equal(w->plan.unreadable_count, 1);
    assert_int_equal(w->plan.unreadable[0].shard, 7);
    while (plan_cursor_next(&cursor, &piece)) {
        bool closed = piece.range.start_ns == NOW - 2 * DAY;

        assert_ptr_equal(piece.unreadable, closed ? &w->plan.unreadable[0] : NULL);
        count += closed;
    }
    assert_true(count > 0);
}

/* Random coverage, seen at every point of a grid. */
enum { TENANTS = 3, MEASUREMENTS = 5, DAYS = 6, STEPS = DAYS * 4 + 4, ROUNDS = 200 };

#define STEP        (DAY / 4)
#define STEP_AT(at) (NOW - DAYS * DAY + (at)*STEP)

struct grid {
    int cells[TENANTS][MEASUREMENTS][STEPS];
};

static void mark(struct grid *grid, size_t tenant, size_t measurement, struct range range, int by)
{
    for (int at = 0; at < STEPS; at++)
        if (STEP_AT(at) >= range.start_ns && STEP_AT(at) < range.end_ns)
            grid->cells[tenant][measurement][at] += by;
}

static void cover_at_random(struct world *w, struct grid *grid)
{
    char measurement[] = "m0", tenant[] = "t0", database[] = "mon_t0";

    for (int i = rand() % 12; i > 0; i--) {
        const struct strvec *tags =
            rand() % 6 ? &w->settings.metric_tags : &w->settings.history_tags;
        bool counts = tags == &w->settings.metric_tags && rand() % 8;
        int members = 1 + rand() % ((1 << MEASUREMENTS) - 1), t = rand() % TENANTS;
        struct strbuf names = STRBUF_INIT;
        struct range range = {STEP_AT(rand() % STEPS), 0};
        uint32_t set;

        range.end_ns = range.start_ns + (1 + rand() % 8) * STEP;
        tenant[1] = database[5] = (char)('0' + t);
        for (int m = 0; m < MEASUREMENTS; m++) {
            measurement[1] = (char)('0' + m);
            if (!(members & 1 << m))
                continue;
            strbuf_addf(&names, "%s%s", names.len ? " " : "", measurement);
            if (counts)
                mark(grid, (size_t)t, (size_t)m, range, 1);
        }
        set = add_covered_set(w, names.buf, tags);
        cover(w, tenant, set, counts || tags != &w->settings.metric_tags ? "all" : "other",
              database, range.start_ns, range.end_ns);
        strbuf_release(&names);
    }
}

static void add_random_world(struct world *w)
{
    char name[] = "m0", tenant[] = "t0", database[] = "mon_t0";

    add_policy(w, "all", DAYS);
    for (int m = 0; m < MEASUREMENTS; m++) {
        name[1] = (char)('0' + m);
        add_measurement(w, 0, name, m % 2 ? "value=float" : "value=integer");
    }
    for (int t = 0; t < TENANTS; t++) {
        tenant[1] = database[5] = (char)('0' + t);
        add_tenant(w, tenant, "m0 m1 m2 m3 m4");
        add_database(w, database, "autogen", 0);
        coverage_add_landing(&w->coverage, tenant, "all", database, "autogen");
        coverage_add_landing(&w->coverage, tenant, "other", database, "other");
    }
}

/* Checks every piece of the plan, and marks what it covers. */
static void mark_pieces(const struct world *w, struct grid *planned)
{
    struct plan_cursor cursor = {.plan = &w->plan};
    struct plan_piece piece;

    while (plan_cursor_next(&cursor, &piece)) {
        const struct plan_set *set = &w->plan.sets[piece.unit->set];

        assert_true(piece.range.start_ns < piece.range.end_ns);
        assert_true((piece.range.start_ns - NOW + DAYS * DAY) / DAY ==
                    (piece.range.end_ns - 1 - NOW + DAYS * DAY) / DAY);
        for (size_t k = 0; k < set->count; k++)
            mark(planned, piece.unit->tenant, set->measurements[k], piece.range, 1);
    }
}

static void needed_and_covered(void **state)
{
    (void)state;
    srand(20261122);
    for (int round = 0; round < ROUNDS; round++) {
        void *inner = NULL;
        struct grid done = {0}, planned = {0}, verified = {0};
        struct world *w;

        set_up(&inner);
        w = inner;
        add_random_world(w);
        cover_at_random(w, &done);
        build(w);
        mark_pieces(w, &planned);
        plan_release(&w->plan);
        w->kind = DELTA_VERIFY;
        build(w);
        mark_pieces(w, &verified);
        for (int t = 0; t < TENANTS; t++)
            for (int m = 0; m < MEASUREMENTS; m++)
                for (int at = 0; at < STEPS; at++) {
                    bool in_range = STEP_AT(at) < w->plan.range.end_ns;

                    assert_int_equal(planned.cells[t][m][at], in_range && !done.cells[t][m][at]);
                    assert_int_equal(verified.cells[t][m][at], in_range && done.cells[t][m][at]);
                }
        tear_down(&inner);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define WORLD_TEST(sentence, function) TEST_WITH(sentence, function, set_up, tear_down)
        WORLD_TEST("measurements of the same fields are copied together, and tenants share sets",
                   groups),
        WORLD_TEST("a field of two types, or of a tag's name, makes a measurement go alone", alone),
        WORLD_TEST("alarm history is copied by its own tags", alarm_history),
        WORLD_TEST(
            "to a VictoriaMetrics go numbers only, and none of the time that it takes for none",
            to_victoria),
        WORLD_TEST("two tenants never go into one database", one_place_for_two),
        WORLD_TEST("each policy that was read has units of its own", policies),
        WORLD_TEST("no statement has more than a thousand measurements", many_measurements),
        WORLD_TEST("the range is (cutoff - end, cutoff - start], to the nanosecond", range),
        WORLD_TEST("an end offset beyond all time goes back to its beginning", endless_range),
        WORLD_TEST("without an end offset, and with --ahead, the range is all of time", all_time),
        WORLD_TEST("a first shard group that can't be read is no whole, where it is in the range",
                   lost_beginning),
        WORLD_TEST("an empty range is a usage error", empty_range),
        WORLD_TEST("pieces are cut at the unit where it was given", unit_given),
        WORLD_TEST("what the target wouldn't keep isn't needed", clipped),
        WORLD_TEST("a tenant whose time the target wouldn't keep has nothing to copy",
                   clipped_wholly),
        WORLD_TEST(
            "what is skipped, belongs to nobody, or can't be named stays behind, in one list",
            left_out),
        WORLD_TEST("tenants that weren't named are excluded", excluded_tenants),
        WORLD_TEST("a tenant whose database can't be has a problem, and the others go on",
                   bad_tenants),
        WORLD_TEST("what is covered isn't needed", covered),
        WORLD_TEST("a tenant that is covered wholly has nothing to copy", all_covered),
        WORLD_TEST("a measurement that is new since the last run needs all its time",
                   new_measurement),
        WORLD_TEST("measurements that were covered apart are copied apart", covered_in_halves),
        WORLD_TEST("a target database that is gone holds nothing", database_gone),
        WORLD_TEST("what was copied from another source policy doesn't count", other_policy),
        WORLD_TEST("what was copied into another database doesn't count", other_database),
        WORLD_TEST("what was copied by other tags doesn't count", other_tags),
        WORLD_TEST("what was copied of another tenant doesn't count", other_tenant),
        WORLD_TEST("what is covered, and nothing else, is verified, also where the target is gone",
                   to_verify),
        WORLD_TEST("each policy of the source has one of its own in the target", places),
        WORLD_TEST("what older versions copied into one policy counts for none of them", merged),
        WORLD_TEST("pieces come oldest first, as many as were counted", oldest_first),
        WORLD_TEST(
            "pieces of a closed shard's time can't be read, those of other times and policies "
            "can",
            closed_shards),
        TEST("every instant is in exactly one piece: covered, to verify, else to copy",
             needed_and_covered),
    };

    return cmocka_run_group_tests_name("tenants/plan", tests, NULL, NULL);
}
