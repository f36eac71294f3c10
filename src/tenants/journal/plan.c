#include <stdlib.h>

#include "base/mem.h"
#include "db.h"
#include "tenants/plan/plan.h"
#include "tenants/plan/scope.h"

/* Records what a run means to do, for a report: tables_2.sql has the tables. */

static int record_kind(struct journal *journal, const struct plan *plan, const char *command,
                       struct err *err)
{
    const struct settings *settings = plan->settings;
    bool verifies = delta_compares(plan->kind);

    return journal_db_run(
        journal, err,
        "UPDATE run SET kind = ?2, engine = ?3, verify = ?4, command = ?5 WHERE id = ?1", "ittnt",
        journal->run_id, verifies ? "repair" : "copy",
        settings->engine == ENGINE_STREAM ? "stream" : "server", settings->verify || verifies,
        command);
}

/* The measurements that hold anything in the policies that are read. */
static int64_t count_measurements(const struct catalogue *catalogue)
{
    int64_t count = 0;

    for (uint32_t m = 0; m < catalogue->measurements.count; m++) {
        bool has_fields = false;

        for (size_t i = 0; i < catalogue->policy_count && !has_fields; i++)
            has_fields = catalogue_signature(&catalogue->policies[i], m) != NAMES_NONE;
        count += has_fields;
    }
    return count;
}

/* Records how much of all that the source has the plan looks at. */
static int record_scope(struct journal *journal, const struct plan *plan, struct err *err)
{
    const struct catalogue *catalogue = plan->catalogue;
    struct strbuf record = STRBUF_INIT;
    int64_t policies = 0, read = 0, measurements = count_measurements(catalogue);
    struct scope scope;
    int rc;

    scope_of_plan(&scope, plan);
    scope_add_record(&record, &scope);
    for (size_t i = 0; i < catalogue->policy_count; i++) {
        policies += catalogue->policies[i].shard_count != 0;
        read += catalogue->policies[i].shard_count && catalogue->policies[i].read;
    }
    rc = journal_db_run(
        journal, err,
        "UPDATE run SET scope = ?2, tenants_source = ?3, measurements = ?4,"
        " measurements_source = ?5, policies = ?6, policies_source = ?7 WHERE id = ?1",
        "itiiiii", journal->run_id, record.buf, scope.tenants_total,
        measurements - scope.figures[SCOPE_FILTERED_MEASUREMENTS], measurements, read, policies);
    strbuf_release(&record);
    return rc;
}

static int record_tenant(struct journal *journal, const struct plan_tenant *tenant, struct err *err)
{
    return journal_db_run(
        journal, err,
        "INSERT INTO tenant (tenant, database, policy, keeps_ns, oldest_ns, problem, run_id)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (tenant, database) DO UPDATE SET"
        " policy = ?3, keeps_ns = ?4, oldest_ns = ?5, problem = ?6, run_id = ?7",
        "tttiiti", tenant->id, tenant->target,
        tenant->retention.policy ? tenant->retention.policy : "", tenant->retention.duration_ns,
        tenant->oldest_ns, tenant->problem ? tenant->problem : "", journal->run_id);
}

static int record_tenants(struct journal *journal, const struct plan *plan, struct err *err)
{
    for (size_t i = 0; i < plan->tenant_count; i++)
        if (record_tenant(journal, &plan->tenants[i], err) < 0)
            return -1;
    return 0;
}

/* Gives the time of the windows for each policy of the source. */
static struct range_list *source_ranges(const struct plan *plan)
{
    struct range_list *lists = xcalloc(plan->catalogue->policy_count, sizeof(*lists));

    for (size_t i = 0; i < plan->windows.count; i++)
        range_list_add(&lists[plan->windows.items[i].source_policy], plan->windows.items[i].range);
    return lists;
}

static void free_ranges(const struct plan *plan, struct range_list *lists)
{
    for (size_t i = 0; i < plan->catalogue->policy_count; i++)
        range_list_release(&lists[i]);
    free(lists);
}

/* Records how long the policies keep points, of the source and of the targets. */
static int record_places(struct journal *journal, const struct plan *plan, struct err *err)
{
    for (size_t i = 0; i < plan->place_count; i++) {
        const struct plan_place *place = &plan->places[i];
        const struct plan_tenant *tenant = &plan->tenants[place->tenant];
        const struct catalogue_policy *source = &plan->catalogue->policies[place->source_policy];

        if (journal_db_run(journal, err,
                           "UPDATE landing SET source_keeps_ns = ?4, keeps_ns = ?5"
                           " WHERE tenant = ?1 AND database = ?2 AND policy = ?3",
                           "tttii", tenant->id, tenant->target, source->name, source->duration_ns,
                           place->retention->duration_ns) < 0)
            return -1;
    }
    return 0;
}

static int record_source(struct journal *journal, const struct plan *plan,
                         const struct range_list *lists, struct err *err)
{
    if (journal_db_run(journal, err, "DELETE FROM source_range", "") < 0)
        return -1;
    for (size_t p = 0; p < plan->catalogue->policy_count; p++)
        for (size_t i = 0; i < lists[p].count; i++)
            if (journal_db_run(journal, err, "INSERT INTO source_range VALUES (?1, ?2, ?3)", "tr",
                               plan->catalogue->policies[p].name, lists[p].items[i]) < 0)
                return -1;
    return 0;
}

/* Gives the ids of the plan's sets. Each set is looked up once for all units, which makes this
 * cheap. */
static int64_t *set_ids(struct journal *journal, const struct plan *plan, struct err *err)
{
    int64_t *ids = xcalloc(plan->set_count, sizeof(*ids));

    for (size_t s = 0; s < plan->set_count; s++) {
        const struct plan_set *set = &plan->sets[s];
        const char **names = xcalloc(set->count, sizeof(*names));
        struct journal_entry entry = {
            .measurements = names, .measurement_count = set->count, .tags = set->tags};
        int rc;

        for (size_t i = 0; i < set->count; i++)
            names[i] = plan->catalogue->measurements.items[set->measurements[i]];
        rc = journal_set_of_entry(journal, &entry, &ids[s], err);
        free(names);
        if (rc < 0) {
            free(ids);
            return NULL;
        }
    }
    return ids;
}

/* Records the parts of a unit's time that have windows. */
static int record_unit(struct journal *journal, const struct plan *plan,
                       const struct plan_unit *unit, int64_t set, const struct range_list *source,
                       struct err *err)
{
    const struct plan_tenant *tenant = &plan->tenants[unit->tenant];
    struct journal_key key = {tenant->id, tenant->target,
                              plan->catalogue->policies[unit->source_policy].name, set};

    for (size_t n = 0; n < unit->needed.count; n++)
        for (size_t i = 0; i < source->count; i++) {
            struct range range = range_intersect(unit->needed.items[n], source->items[i]);

            if (!range_is_empty(range) &&
                journal_db_run(journal, err,
                               "INSERT OR REPLACE INTO planned VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                               "kri", &key, range, journal->run_id) < 0)
                return -1;
        }
    return 0;
}

static int record_units(struct journal *journal, const struct plan *plan,
                        const struct range_list *lists, struct err *err)
{
    int64_t *ids = set_ids(journal, plan, err);
    int rc = ids ? 0 : -1;

    for (size_t i = 0; i < plan->unit_count && rc == 0; i++) {
        const struct plan_unit *unit = &plan->units[i];

        if (!plan->tenants[unit->tenant].problem)
            rc = record_unit(journal, plan, unit, ids[unit->set], &lists[unit->source_policy], err);
    }
    free(ids);
    return rc;
}

/* Forgets the work that earlier runs had planned for the plan's tenants. */
static int forget_planned(struct journal *journal, const struct plan *plan, struct err *err)
{
    for (size_t i = 0; i < plan->tenant_count; i++)
        if (journal_db_run(journal, err, "DELETE FROM planned WHERE tenant = ?1", "t",
                           plan->tenants[i].id) < 0)
            return -1;
    return 0;
}

int journal_record_plan(struct journal *journal, const struct plan *plan, const char *command,
                        struct err *err)
{
    const struct settings *settings = plan->settings;
    struct range_list *lists;
    int rc = -1;

    if (journal_db_begin(journal, err) < 0 || record_kind(journal, plan, command, err) < 0)
        return -1;
    /* A repair plans nothing. */
    if (delta_compares(plan->kind))
        return journal_db_commit(journal, err);
    lists = source_ranges(plan);
    /* Where this run looks at everything, its plan takes the place of what earlier runs planned. */
    if (!settings->skip.count && !settings->measurements.count &&
        forget_planned(journal, plan, err) < 0)
        goto out;
    if (record_scope(journal, plan, err) < 0 || record_places(journal, plan, err) < 0)
        goto out;
    if (record_tenants(journal, plan, err) < 0 || record_source(journal, plan, lists, err) < 0 ||
        record_units(journal, plan, lists, err) < 0)
        goto out;
    rc = journal_db_commit(journal, err);
out:
    free_ranges(plan, lists);
    return rc;
}

/* Records what the run looked at of a policy. `excluded` says it of each tenant of the catalogue.
 */
static int look_at(struct journal *journal, const struct plan *plan,
                   const struct catalogue_policy *policy, const bool *excluded, struct err *err)
{
    const struct names *tenants = &plan->catalogue->tenants;
    int64_t shard_groups = scope_count_cut(plan, policy);
    int rc = 0;

    for (size_t i = 0; i < tenants->count && rc == 0; i++)
        if (!settings_is_elsewhere(plan->settings, tenants->items[i]))
            rc = journal_db_run(
                journal, err,
                "INSERT INTO looked VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
                " ON CONFLICT (tenant, policy) DO UPDATE SET as_of_ns = ?6,"
                " measurements = iif(?3 = 0 OR (looked AND measurements + shard_groups = 0),"
                " measurements, ?4),"
                " shard_groups = iif(?3 = 0 OR (looked AND measurements + shard_groups = 0),"
                " shard_groups, ?5), looked = max(looked, ?3)",
                "ttniii", tenants->items[i], policy->name, policy->read && !excluded[i],
                (int64_t)plan->skipped.count, shard_groups, plan->cutoff_ns);
    return rc;
}

int journal_look(struct journal *journal, const struct plan *plan, struct err *err)
{
    const struct catalogue *catalogue = plan->catalogue;
    bool *excluded = xcalloc(catalogue->tenants.count + 1, sizeof(*excluded));
    int rc = journal_db_begin(journal, err);

    for (size_t i = 0; i < plan->excluded_tenant_count; i++)
        excluded[plan->excluded_tenants[i]] = true;
    for (size_t i = 0; i < catalogue->policy_count && rc == 0; i++)
        if (catalogue->policies[i].shard_count)
            rc = look_at(journal, plan, &catalogue->policies[i], excluded, err);
    free(excluded);
    if (rc < 0 || journal_db_run(journal, err, "DELETE FROM looked WHERE as_of_ns <> ?1", "i",
                                 plan->cutoff_ns) < 0)
        return -1;
    return journal_db_commit(journal, err);
}

int journal_record_clipped(struct journal *journal, const struct plan *plan, const int64_t *clipped,
                           struct err *err)
{
    if (journal_db_begin(journal, err) < 0)
        return -1;
    for (size_t i = 0; i < plan->tenant_count; i++)
        if (journal_db_run(
                journal, err,
                "UPDATE tenant SET points_clipped = ?3 WHERE tenant = ?1 AND database = ?2", "tti",
                plan->tenants[i].id, plan->tenants[i].target, clipped[i]) < 0)
            return -1;
    return journal_db_commit(journal, err);
}
