#include "tenants/servers/source_points.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "influx/quote.h"

enum { GROUP_MAX_MEASUREMENTS = 1000 };

/* Measurements that one statement can count: of one policy, signature and list of tags. */
struct group {
    size_t policy;
    uint32_t signature;
    const struct strvec *tags;
    const char **names;
    size_t count;
};

struct groups {
    struct group *items;
    size_t count, alloc;
};

static void groups_release(struct groups *groups)
{
    for (size_t i = 0; i < groups->count; i++)
        free(groups->items[i].names);
    free(groups->items);
    *groups = (struct groups){0};
}

static void add_to_groups(struct groups *groups, const struct plan *plan, size_t policy,
                          uint32_t measurement)
{
    const char *name = plan->catalogue->measurements.items[measurement];
    const struct strvec *tags = settings_tags_of(plan->settings, name);
    uint32_t signature = catalogue_signature(&plan->catalogue->policies[policy], measurement);
    struct group *group = NULL;

    if (signature == NAMES_NONE || influx_measurement_problem(name))
        return;
    for (size_t i = groups->count; i-- > 0 && !group;)
        if (groups->items[i].policy == policy && groups->items[i].signature == signature &&
            groups->items[i].tags == tags && groups->items[i].count < GROUP_MAX_MEASUREMENTS)
            group = &groups->items[i];
    if (!group) {
        GROW(groups->items, groups->count, groups->alloc);
        group = &groups->items[groups->count++];
        *group = (struct group){policy, signature, tags,
                                xcalloc(GROUP_MAX_MEASUREMENTS, sizeof(*group->names)), 0};
    }
    group->names[group->count++] = name;
}

/* For add_to_policies(): all policies that are read. */
#define ALL_POLICIES SIZE_MAX

static void add_to_policies(struct groups *groups, const struct plan *plan, size_t policy,
                            uint32_t measurement)
{
    for (size_t p = 0; p < plan->catalogue->policy_count; p++)
        if (plan->catalogue->policies[p].read && (policy == ALL_POLICIES || policy == p))
            add_to_groups(groups, plan, p, measurement);
}

/* Every row counts the values of each field. There are at least as many points as the largest of
 * these counts. */
static int read_counts(void *context, const struct influx_series *series, struct err *err)
{
    int64_t *points = context;
    size_t index;
    json_t *row;

    (void)err;
    json_array_foreach (series->values, index, row) {
        int64_t most = 0;

        for (size_t i = 1; i < json_array_size(row); i++) {
            int64_t count = influx_cell_int(row, i, 0);

            most = count > most ? count : most;
        }
        *points += most;
    }
    return 0;
}

static int count_selection(struct influx_client *client, const struct influx_selection *selection,
                           int64_t *points, struct err *err)
{
    struct influx_query query = INFLUX_QUERY_INIT;
    struct strbuf statement = STRBUF_INIT;
    int rc;

    influx_statement_count(&statement, selection);
    query.statement = statement.buf;
    query.reader.series = read_counts;
    query.reader.context = points;
    rc = influx_query_run(client, &query, err);
    influx_query_release(&query);
    strbuf_release(&statement);
    return rc;
}

/*
 * Counts a group in a range. Where a field has two types, each shard group is counted alone: over
 * several, the server counts values of one type only.
 */
static int count_group(const struct plan *plan, struct influx_client *client,
                       const struct group *group, enum influx_owner owner, const char *tenant,
                       struct range range, int64_t *points, struct err *err)
{
    const struct catalogue_policy *policy = &plan->catalogue->policies[group->policy];
    struct influx_selection selection = {
        .database = plan->settings->database,
        .policy = policy->name,
        .measurements = group->names,
        .measurement_count = group->count,
        .belonging = {.tags = group->tags, .owner = owner, .tenant = tenant},
        .start_ns = range.start_ns,
        .end_ns = range.end_ns,
    };

    if (!plan->catalogue->signature_facts[group->signature].alone)
        return count_selection(client, &selection, points, err);
    for (size_t i = 0; i < policy->shard_count; i++) {
        struct range shard = {policy->shards[i].start_ns, policy->shards[i].end_ns};
        struct range part = range_intersect(shard, range);

        if (range_is_empty(part))
            continue;
        selection.start_ns = part.start_ns;
        selection.end_ns = part.end_ns;
        if (count_selection(client, &selection, points, err) < 0)
            return -1;
    }
    return 0;
}

static int count_groups(const struct plan *plan, struct influx_client *client,
                        const struct groups *groups, enum influx_owner owner, const char *tenant,
                        struct range range, int64_t *points, struct err *err)
{
    for (size_t i = 0; i < groups->count && !range_is_empty(range); i++)
        if (count_group(plan, client, &groups->items[i], owner, tenant, range, points, err) < 0)
            return err_wrap(err, "counting the points that stay behind");
    return 0;
}

/* Marks the measurements that a filter leaves out. The caller's to free. */
static bool *left_out_measurements(const struct plan *plan)
{
    bool *left_out = xcalloc(plan->catalogue->measurements.count, sizeof(*left_out));

    for (size_t i = 0; i < plan->skipped.count; i++)
        left_out[plan->skipped.measurements[i]] = true;
    return left_out;
}

/*
 * Counts the points of tenants that --tenant leaves out. Where these tenants are the more, counts
 * the points of all, and subtracts those of the tenants that are copied and those of nobody.
 */
static int count_excluded(const struct plan *plan, struct influx_client *client,
                          const struct groups *groups, struct range range, int64_t unassigned,
                          int64_t *points, struct err *err)
{
    const struct catalogue *catalogue = plan->catalogue;
    bool by_rest = plan->excluded_tenant_count > plan->tenant_count;
    size_t count = by_rest ? plan->tenant_count : plan->excluded_tenant_count;
    int64_t all = 0, counted = 0;

    if (!plan->excluded_tenant_count)
        return 0;
    if (by_rest && count_groups(plan, client, groups, INFLUX_OWNER_ANY, NULL, range, &all, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const char *tenant =
            by_rest ? plan->tenants[i].id : catalogue->tenants.items[plan->excluded_tenants[i]];

        if (count_groups(plan, client, groups, INFLUX_OWNER_TENANT, tenant, range, &counted, err) <
            0)
            return -1;
    }
    if (by_rest)
        counted = all > counted + unassigned ? all - counted - unassigned : 0;
    *points += counted;
    return 0;
}

/*
 * Counts the points of a policy that isn't read, of whatever measurement. Its fields aren't known,
 * so each shard group is counted alone: none has a field of two types.
 */
static int count_policy(const struct plan *plan, struct influx_client *client,
                        const struct catalogue_policy *policy, struct range range, int64_t *points,
                        struct err *err)
{
    const struct influx_selection selection = {
        .database = plan->settings->database,
        .policy = policy->name,
        .belonging = {.owner = INFLUX_OWNER_ANY},
    };

    for (size_t i = 0; i < policy->shard_count; i++) {
        struct range part = range_intersect(
            range, (struct range){policy->shards[i].start_ns, policy->shards[i].end_ns});
        struct influx_selection shard = selection;

        shard.start_ns = part.start_ns;
        shard.end_ns = part.end_ns;
        if (!range_is_empty(part) && count_selection(client, &shard, points, err) < 0)
            return err_wrap(err, "counting the points of the retention policy %s", policy->name);
    }
    return 0;
}

/* Points that an earlier run copied don't stay behind, though --source-retention-policy leaves
 * their policy out now. */
static int count_policies(const struct plan *plan, struct influx_client *client, struct range range,
                          struct source_points_behind *counts, struct err *err)
{
    for (size_t i = 0; i < plan->catalogue->policy_count; i++) {
        const struct catalogue_policy *policy = &plan->catalogue->policies[i];
        int64_t points = 0;

        if (policy->read || strvec_has(&plan->copied_policies, policy->name))
            continue;
        if (count_policy(plan, client, policy, range, &points, err) < 0)
            return -1;
        if (!points)
            continue;
        GROW(counts->policies, counts->policy_count, counts->policy_alloc);
        counts->policies[counts->policy_count++] =
            (struct source_points_policy){xstrdup(policy->name), policy->is_default, points};
        counts->other_policies += points;
    }
    return 0;
}

void source_points_behind_release(struct source_points_behind *counts)
{
    for (size_t i = 0; i < counts->policy_count; i++)
        free(counts->policies[i].name);
    free(counts->policies);
    *counts = (struct source_points_behind){0};
}

int source_points_behind(const struct plan *plan, struct influx_client *client, struct range range,
                         struct source_points_behind *counts, struct err *err)
{
    const struct catalogue *catalogue = plan->catalogue;
    struct groups wanted = {0}, skipped = {0};
    bool *left_out = left_out_measurements(plan);
    int rc = -1;

    for (uint32_t i = 0; i < catalogue->measurements.count; i++)
        add_to_policies(left_out[i] ? &skipped : &wanted, plan, ALL_POLICIES, i);
    if (count_groups(plan, client, &wanted, INFLUX_OWNER_NOBODY, NULL, range, &counts->unassigned,
                     err) < 0 ||
        count_groups(plan, client, &skipped, INFLUX_OWNER_ANY, NULL, range, &counts->skipped, err) <
            0)
        goto out;
    rc = count_excluded(plan, client, &wanted, range, counts->unassigned, &counts->skipped, err);
    if (rc == 0)
        rc = count_policies(plan, client, range, counts, err);
out:
    free(left_out);
    groups_release(&wanted);
    groups_release(&skipped);
    return rc;
}

/* The time ahead of the source's clock; empty where the source has nothing there. */
static struct range time_ahead(const struct plan *plan)
{
    const struct catalogue *catalogue = plan->catalogue;
    int64_t since_ns = clock_monotonic_ns() - catalogue->read_ns;
    /* The clock may be known to the second only. */
    int64_t now_ns = clock_add(catalogue->now_ns, since_ns + CLOCK_SECOND_NS);

    for (size_t p = 0; p < catalogue->policy_count && !plan->settings->ahead; p++)
        for (size_t i = 0; i < catalogue->policies[p].shard_count; i++)
            if (catalogue->policies[p].shards[i].end_ns > now_ns)
                return (struct range){now_ns, PLAN_NEWEST_NS};
    return (struct range){now_ns, now_ns};
}

int source_points_ahead(const struct plan *plan, struct influx_client *client, int64_t *ret_points,
                        struct err *err)
{
    struct groups groups = {0};
    int rc;

    *ret_points = 0;
    for (uint32_t i = 0; i < plan->catalogue->measurements.count; i++)
        add_to_policies(&groups, plan, ALL_POLICIES, i);
    rc = count_groups(plan, client, &groups, INFLUX_OWNER_ANY, NULL, time_ahead(plan), ret_points,
                      err);
    groups_release(&groups);
    return rc;
}

/* The index of a tenant's first pair in the catalogue; `ret_end` is behind its last. */
static size_t find_pairs(const struct catalogue *catalogue, const char *tenant, size_t *ret_end)
{
    uint32_t number = names_find(&catalogue->tenants, tenant);
    size_t first = 0, end;

    while (first < catalogue->pair_count && catalogue->pairs[first].tenant != number)
        first++;
    for (end = first; end < catalogue->pair_count && catalogue->pairs[end].tenant == number; end++)
        ;
    *ret_end = end;
    return first;
}

static int count_tenant(const struct plan *plan, struct influx_client *client, size_t tenant,
                        size_t policy, struct range range, int64_t *ret_points, struct err *err)
{
    const struct catalogue *catalogue = plan->catalogue;
    struct groups groups = {0};
    bool *left_out = left_out_measurements(plan);
    size_t end, first = find_pairs(catalogue, plan->tenants[tenant].id, &end);
    int rc;

    *ret_points = 0;
    for (size_t i = first; i < end; i++)
        if (!left_out[catalogue->pairs[i].measurement])
            add_to_policies(&groups, plan, policy, catalogue->pairs[i].measurement);
    rc = count_groups(plan, client, &groups, INFLUX_OWNER_TENANT, plan->tenants[tenant].id, range,
                      ret_points, err);
    free(left_out);
    groups_release(&groups);
    return rc;
}

int source_points_of_tenant(const struct plan *plan, struct influx_client *client, size_t tenant,
                            struct range range, int64_t *ret_points, struct err *err)
{
    return count_tenant(plan, client, tenant, ALL_POLICIES, range, ret_points, err);
}

int source_points_needed(const struct plan *plan, struct influx_client *client, int64_t *points,
                         struct err *err)
{
    for (size_t i = 0; i < plan->unit_count; i++) {
        const struct plan_unit *unit = &plan->units[i];
        const struct plan_set *set = &plan->sets[unit->set];
        const char *tenant = plan->tenants[unit->tenant].id;
        const char **names = xcalloc(set->count, sizeof(*names));
        struct group group = {unit->source_policy, 0, set->tags, names, set->count};
        int rc = 0;

        for (size_t m = 0; m < set->count; m++)
            names[m] = plan->catalogue->measurements.items[set->measurements[m]];
        group.signature = catalogue_signature(&plan->catalogue->policies[unit->source_policy],
                                              set->measurements[0]);
        for (size_t n = 0; n < unit->needed.count && rc == 0; n++)
            rc = count_group(plan, client, &group, INFLUX_OWNER_TENANT, tenant,
                             unit->needed.items[n], &points[unit->tenant], err);
        free(names);
        if (rc < 0)
            return err_wrap(err, "counting the points of tenant %s", tenant);
    }
    return 0;
}

static bool has_windows(const struct plan *plan, size_t policy, struct range range)
{
    for (size_t i = 0; i < plan->windows.count; i++)
        if (plan->windows.items[i].source_policy == policy &&
            !range_is_empty(range_intersect(plan->windows.items[i].range, range)))
            return true;
    return false;
}

int source_points_clipped(const struct plan *plan, struct influx_client *client, int64_t *clipped,
                          struct err *err)
{
    for (size_t i = 0; i < plan->place_count; i++) {
        const struct plan_place *place = &plan->places[i];
        struct range older =
            range_intersect(plan->range, (struct range){INT64_MIN, place->oldest_ns});
        int64_t points = 0;

        if (plan->tenants[place->tenant].problem || range_is_empty(older) ||
            !has_windows(plan, place->source_policy, older))
            continue;
        if (count_tenant(plan, client, place->tenant, place->source_policy, older, &points, err) <
            0)
            return -1;
        clipped[place->tenant] += points;
    }
    return 0;
}
