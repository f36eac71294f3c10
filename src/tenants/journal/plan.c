#include <stdlib.h>

#include "base/mem.h"
#include "db.h"
#include "tenants/plan/plan.h"

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

/* Forgets what earlier runs had to do for the plan's tenants. */
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
    if (record_tenants(journal, plan, err) < 0 || record_source(journal, plan, lists, err) < 0 ||
        record_units(journal, plan, lists, err) < 0)
        goto out;
    rc = journal_db_commit(journal, err);
out:
    free_ranges(plan, lists);
    return rc;
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
