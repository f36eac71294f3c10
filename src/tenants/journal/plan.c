#include <stdlib.h>

#include "base/mem.h"
#include "db.h"
#include "tenants/plan/plan.h"

/* What a run means to do, as a report tells it: journal.sql.h has the tables. */

static int record_kind(struct journal *journal, const struct plan *plan, const char *command,
                       struct err *err)
{
    const struct settings *settings = plan->settings;
    sqlite3_stmt *statement = journal_db_prepare(
        journal, "UPDATE run SET kind = ?2, engine = ?3, verify = ?4, command = ?5 WHERE id = ?1",
        err);
    int rc = -1;

    if (statement) {
        sqlite3_bind_int64(statement, 1, journal->run_id);
        journal_db_bind_text(statement, 2, delta_compares(plan->kind) ? "repair" : "copy");
        journal_db_bind_text(statement, 3, settings->engine == ENGINE_STREAM ? "stream" : "server");
        sqlite3_bind_int(statement, 4, settings->verify || delta_compares(plan->kind));
        journal_db_bind_text(statement, 5, command);
        rc = journal_db_step_done(journal, statement, err);
    }
    sqlite3_finalize(statement);
    return rc;
}

static int record_tenants(struct journal *journal, const struct plan *plan, struct err *err)
{
    sqlite3_stmt *statement = journal_db_prepare(
        journal,
        "INSERT INTO tenant (tenant, database, policy, keeps_ns, oldest_ns, problem, run_id)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (tenant, database) DO UPDATE SET"
        " policy = ?3, keeps_ns = ?4, oldest_ns = ?5, problem = ?6, run_id = ?7",
        err);
    int rc = statement ? 0 : -1;

    for (size_t i = 0; i < plan->tenant_count && rc == 0; i++) {
        const struct plan_tenant *tenant = &plan->tenants[i];

        journal_db_bind_text(statement, 1, tenant->id);
        journal_db_bind_text(statement, 2, tenant->place);
        journal_db_bind_text(statement, 3,
                             tenant->retention.policy ? tenant->retention.policy : "");
        sqlite3_bind_int64(statement, 4, tenant->retention.duration_ns);
        sqlite3_bind_int64(statement, 5, tenant->oldest_ns);
        journal_db_bind_text(statement, 6, tenant->problem ? tenant->problem : "");
        sqlite3_bind_int64(statement, 7, journal->run_id);
        rc = journal_db_step_done(journal, statement, err);
    }
    sqlite3_finalize(statement);
    return rc;
}

/* For each policy of the source, the time of its windows. */
static struct range_list *source_ranges(const struct plan *plan)
{
    struct range_list *lists = xcalloc(plan->catalogue->policy_count, sizeof(*lists));

    for (size_t i = 0; i < plan->windows.count; i++)
        range_list_add(&lists[plan->windows.items[i].policy], plan->windows.items[i].range);
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
    sqlite3_stmt *statement;
    int rc = journal_db_execute(journal, "DELETE FROM source_range", err);

    statement = journal_db_prepare(journal, "INSERT INTO source_range VALUES (?, ?, ?)", err);
    if (!statement)
        rc = -1;
    for (size_t p = 0; p < plan->catalogue->policy_count; p++)
        for (size_t i = 0; i < lists[p].count && rc == 0; i++) {
            journal_db_bind_text(statement, 1, plan->catalogue->policies[p].name);
            sqlite3_bind_int64(statement, 2, lists[p].items[i].start_ns);
            sqlite3_bind_int64(statement, 3, lists[p].items[i].end_ns);
            rc = journal_db_step_done(journal, statement, err);
        }
    sqlite3_finalize(statement);
    return rc;
}

/* The ids of the plan's sets. Looking each up once for all units is what makes this cheap. */
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

/* The parts of a unit's time that have windows. */
static int record_unit(struct journal *journal, sqlite3_stmt *statement, const struct plan *plan,
                       const struct plan_unit *unit, int64_t set, const struct range_list *source,
                       struct err *err)
{
    const struct plan_tenant *tenant = &plan->tenants[unit->tenant];
    struct journal_key key = {tenant->id, tenant->place,
                              plan->catalogue->policies[unit->policy].name, set};

    for (size_t n = 0; n < unit->needed.count; n++)
        for (size_t i = 0; i < source->count; i++) {
            struct range range = range_intersect(unit->needed.items[n], source->items[i]);

            if (range_is_empty(range))
                continue;
            journal_bind_range(statement, &key, range);
            sqlite3_bind_int64(statement, 7, journal->run_id);
            if (journal_db_step_done(journal, statement, err) < 0)
                return -1;
        }
    return 0;
}

static int record_units(struct journal *journal, const struct plan *plan,
                        const struct range_list *lists, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    int64_t *ids = set_ids(journal, plan, err);
    int rc = -1;

    if (!ids)
        return -1;
    statement = journal_db_prepare(
        journal, "INSERT OR REPLACE INTO planned VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", err);
    if (statement)
        rc = 0;
    for (size_t i = 0; i < plan->unit_count && rc == 0; i++) {
        const struct plan_unit *unit = &plan->units[i];

        if (!plan->tenants[unit->tenant].problem)
            rc = record_unit(journal, statement, plan, unit, ids[unit->set], &lists[unit->policy],
                             err);
    }
    sqlite3_finalize(statement);
    free(ids);
    return rc;
}

/* Runs a statement for each tenant that the plan means, its id as ?1. */
static int for_tenants(struct journal *journal, const struct plan *plan, const char *sql,
                       struct err *err)
{
    sqlite3_stmt *statement = journal_db_prepare(journal, sql, err);
    int rc = statement ? 0 : -1;

    for (size_t i = 0; i < plan->tenant_count && rc == 0; i++) {
        journal_db_bind_text(statement, 1, plan->tenants[i].id);
        rc = journal_db_step_done(journal, statement, err);
    }
    sqlite3_finalize(statement);
    return rc;
}

int journal_record_plan(struct journal *journal, const struct plan *plan, const char *command,
                        struct err *err)
{
    const struct settings *settings = plan->settings;
    struct range_list *lists;
    int rc = -1;

    if (journal_db_begin(journal, err) < 0 || record_kind(journal, plan, command, err) < 0)
        return -1;
    /* A repair looks at what was copied, and plans nothing. */
    if (delta_compares(plan->kind))
        return journal_db_commit(journal, err);
    lists = source_ranges(plan);
    /* What an earlier run had to do stays to be done only where this one doesn't look. */
    if (!settings->skip.count && !settings->measurements.count &&
        for_tenants(journal, plan, "DELETE FROM planned WHERE tenant = ?1", err) < 0)
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
    sqlite3_stmt *statement;
    int rc = 0;

    if (journal_db_begin(journal, err) < 0 ||
        !(statement = journal_db_prepare(
              journal, "UPDATE tenant SET points_clipped = ?3 WHERE tenant = ?1 AND database = ?2",
              err)))
        return -1;
    for (size_t i = 0; i < plan->tenant_count && rc == 0; i++) {
        journal_db_bind_text(statement, 1, plan->tenants[i].id);
        journal_db_bind_text(statement, 2, plan->tenants[i].place);
        sqlite3_bind_int64(statement, 3, clipped[i]);
        rc = journal_db_step_done(journal, statement, err);
    }
    sqlite3_finalize(statement);
    return rc < 0 ? -1 : journal_db_commit(journal, err);
}
