#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "build.h"
#include "tenants/plan/target_facts.h"

/* The tenant whose places are chosen. */
struct choosing {
    const struct plan *plan;
    struct plan_tenant *tenant;
    const struct plan_server *server;
    const struct catalogue_database *existing; /* its database; NULL: it is made */
    const struct coverage_tenant *rows;        /* NULL: the journal knows nothing of the tenant */
};

static const char *name_of(const struct choosing *choosing, size_t source_policy)
{
    return choosing->plan->catalogue->policies[source_policy].name;
}

static bool is_row(const struct choosing *choosing, const struct coverage_row *row,
                   const char *source_policy)
{
    return row->ranges.count && strcmp(row->target, choosing->tenant->target) == 0 &&
           strcmp(row->source_policy, source_policy) == 0;
}

/* Was anything copied of a policy of the source? */
static bool is_covered(const struct choosing *choosing, const char *source_policy)
{
    for (size_t i = 0; choosing->rows && i < choosing->rows->count; i++)
        if (is_row(choosing, &choosing->rows->rows[i], source_policy))
            return true;
    return false;
}

/* Did an older version copy another policy of the source to the same place as this one? */
static bool is_merged(const struct choosing *choosing, const char *source_policy)
{
    const char *target = choosing->tenant->target;

    for (size_t i = 0; choosing->rows && i < choosing->rows->count; i++) {
        const char *other = choosing->rows->rows[i].source_policy;

        if (strcmp(other, source_policy) != 0 &&
            is_row(choosing, &choosing->rows->rows[i], other) &&
            !coverage_find_landing(choosing->rows, other, target))
            return true;
    }
    return false;
}

/* Where the points of a policy of the source went before; NULL: nowhere, or that policy is gone. */
static const char *landing_of(const struct choosing *choosing, size_t source_policy)
{
    const char *policy = coverage_find_landing(choosing->rows, name_of(choosing, source_policy),
                                               choosing->tenant->target);

    return policy && catalogue_find_policy(choosing->existing, policy) ? policy : NULL;
}

/* Do points of another policy of the source go to this one of the target? */
static bool is_taken(const struct choosing *choosing, size_t source_policy, const char *policy)
{
    const struct plan *plan = choosing->plan;
    const struct coverage_tenant *rows = choosing->rows;

    for (size_t i = choosing->tenant->first_place; i < plan->place_count; i++)
        if (plan->places[i].source_policy != source_policy &&
            strcmp(plan->places[i].retention->policy, policy) == 0)
            return true;
    for (size_t i = 0; rows && i < rows->landing_count; i++)
        if (strcmp(rows->landings[i].target, choosing->tenant->target) == 0 &&
            strcmp(rows->landings[i].source_policy, name_of(choosing, source_policy)) != 0 &&
            strcmp(rows->landings[i].policy, policy) == 0)
            return true;
    return false;
}

/* The name of a new policy: as in the source, with a number behind it where that name is in use. */
static char *own_name(const struct choosing *choosing, size_t source_policy)
{
    const char *wanted = name_of(choosing, source_policy);
    const char *standard = choosing->tenant->retention.policy;
    struct strbuf name = STRBUF_INIT;

    strbuf_addstr(&name, wanted);
    for (int i = 2; (standard && strcmp(standard, name.buf) == 0) ||
                    is_taken(choosing, source_policy, name.buf);
         i++) {
        strbuf_reset(&name);
        strbuf_addf(&name, "%s_%d", wanted, i);
    }
    return strbuf_detach(&name);
}

/* Points of the source's default policy that don't go to the target's are noted: nobody who reads
 * the default policy finds them. */
static void note_not_default(const struct choosing *choosing, struct plan_place *place)
{
    struct strbuf note = STRBUF_INIT;

    if (!choosing->plan->catalogue->policies[place->source_policy].is_default)
        return;
    strbuf_addf(&note,
                "points of the source's default policy %s go to the policy %s, since the default "
                "policy %s of the database has those of another one; ALTER RETENTION POLICY "
                "makes %s the default",
                name_of(choosing, place->source_policy), place->own.policy,
                choosing->tenant->retention.policy, place->own.policy);
    free(place->own.note);
    place->own.note = strbuf_detach(&note);
}

static void choose_own(const struct choosing *choosing, struct plan_place *place, const char *name)
{
    const struct catalogue_policy *source =
        &choosing->plan->catalogue->policies[place->source_policy];

    place->retention = &place->own;
    retention_choose_own(&place->own, name, source, choosing->existing);
    if (place->own.create)
        plan_set_shards(choosing->plan, &place->own);
    if (strcmp(name, source->name) != 0 && !place->own.note && place->own.create) {
        struct strbuf note = STRBUF_INIT;

        strbuf_addf(&note, "points of the source's policy %s go to a policy %s: the name is in use",
                    source->name, name);
        place->own.note = strbuf_detach(&note);
    }
    note_not_default(choosing, place);
}

/* InfluxDB 2 makes no policies by this interface; it maps their names to buckets. */
static void check_bucket(const struct choosing *choosing, struct plan_place *place)
{
    struct strbuf problem = STRBUF_INIT;

    place->own.duration_ns = choosing->server->retention_ns;
    if (!place->own.create || choosing->tenant->problem)
        return;
    strbuf_addf(&problem,
                "InfluxDB 2 has no bucket that is mapped to this database's retention policy %s, "
                "for the points of that policy of the source; make one by 'influx bucket create' "
                "and 'influx v1 dbrp create --rp'",
                place->own.policy);
    choosing->tenant->problem = strbuf_detach(&problem);
}

/* Does the policy of the source go to the target's default one? Points of the source's default
 * policy do where they can: nobody who reads the default policy would find them elsewhere. */
static bool goes_to_default(const struct choosing *choosing, size_t source_policy,
                            const char *landing)
{
    const char *standard = choosing->tenant->retention.policy;

    if (!standard || (landing && strcmp(landing, standard) == 0))
        return true;
    return choosing->plan->catalogue->policies[source_policy].is_default &&
           !is_taken(choosing, source_policy, standard);
}

static void choose(const struct choosing *choosing, struct plan_place *place)
{
    const char *landing = landing_of(choosing, place->source_policy);
    char *own;

    place->retention = &choosing->tenant->retention;
    if (goes_to_default(choosing, place->source_policy, landing))
        return;
    own = landing ? xstrdup(landing) : own_name(choosing, place->source_policy);
    choose_own(choosing, place, own);
    if (target_facts(choosing->server->kind)->has_buckets &&
        !delta_asks_servers_alone(choosing->plan->kind))
        check_bucket(choosing, place);
    free(own);
}

/* Compares a choice with what the journal knows. */
static void compare_with_landing(const struct choosing *choosing, struct plan_place *place)
{
    const char *source_policy = name_of(choosing, place->source_policy);
    const char *landing =
        coverage_find_landing(choosing->rows, source_policy, choosing->tenant->target);

    if (!place->retention->policy)
        return;
    place->is_recorded = landing && strcmp(landing, place->retention->policy) == 0;
    if (!is_covered(choosing, source_policy))
        return;
    if (landing)
        place->is_moved = !place->is_recorded || place->retention->create;
    else
        place->is_moved = place->retention == &place->own || is_merged(choosing, source_policy);
}

static void set_oldest(const struct choosing *choosing, struct plan_place *place)
{
    struct plan_tenant *tenant = choosing->tenant;

    place->oldest_ns = retention_oldest_ns(retention_reach_ns(place->retention),
                                           choosing->plan->cutoff_ns, PLAN_RETENTION_MARGIN_NS);
    if (place->oldest_ns < target_facts(tenant->kind)->oldest_ns)
        place->oldest_ns = target_facts(tenant->kind)->oldest_ns;
    if (place->oldest_ns < tenant->oldest_ns)
        tenant->oldest_ns = place->oldest_ns;
}

static void add_place(struct plan *plan, const struct choosing *choosing, uint32_t tenant,
                      size_t source_policy)
{
    struct plan_place *place = &plan->places[plan->place_count];
    struct strbuf name = STRBUF_INIT;

    *place = (struct plan_place){.tenant = tenant, .source_policy = source_policy};
    choose(choosing, place);
    compare_with_landing(choosing, place);
    set_oldest(choosing, place);
    strbuf_addf(&name, "%s\t%s", choosing->tenant->target,
                place->retention->policy ? place->retention->policy : "");
    place->name = strbuf_detach(&name);
    plan->place_count++;
    choosing->tenant->place_count++;
}

void plan_add_places(struct plan *plan, const struct plan_server *servers, uint32_t tenant,
                     const struct coverage_tenant *rows)
{
    const struct catalogue *catalogue = plan->catalogue;
    struct plan_tenant *of = &plan->tenants[tenant];
    const struct plan_server source = {.kind = INFLUX_KIND_1, .databases = catalogue};
    struct choosing choosing = {
        .plan = plan, .tenant = of, .server = servers ? &servers[of->server] : &source};

    of->first_place = plan->place_count;
    of->oldest_ns = of->problem ? INT64_MIN : INT64_MAX;
    if (of->problem)
        return;
    if (target_facts(of->kind)->has_policies && !of->retention.create) {
        choosing.existing = catalogue_find_database(choosing.server->databases, of->database);
        choosing.rows = rows;
    }
    for (size_t p = 0; p < catalogue->policy_count; p++)
        if (catalogue->policies[p].read && catalogue->policies[p].is_default)
            add_place(plan, &choosing, tenant, p);
    /* VictoriaMetrics has no policies: a check looks there for points of the default policy. */
    for (size_t p = 0; p < catalogue->policy_count; p++)
        if (catalogue->policies[p].read && !catalogue->policies[p].is_default &&
            (target_facts(of->kind)->has_policies || !delta_asks_servers_alone(plan->kind)))
            add_place(plan, &choosing, tenant, p);
}

/* A policy of the source, other than this one, of which the journal says that it was copied into
 * the tenant's target; NULL: there is none. */
static const char *other_copied(const struct coverage_tenant *rows,
                                const struct plan_tenant *tenant, const char *policy)
{
    for (size_t i = 0; rows && i < rows->count; i++)
        if (rows->rows[i].ranges.count && strcmp(rows->rows[i].target, tenant->target) == 0 &&
            strcmp(rows->rows[i].source_policy, policy) != 0)
            return rows->rows[i].source_policy;
    return NULL;
}

int plan_check_places(const struct plan *plan, const struct coverage *coverage, struct err *err)
{
    const struct catalogue_policy *policies = plan->catalogue->policies;

    for (size_t i = 0; i < plan->tenant_count; i++) {
        const struct plan_tenant *tenant = &plan->tenants[i];
        const struct plan_place *first = &plan->places[tenant->first_place];
        const char *policy, *other = NULL;

        if (target_facts(tenant->kind)->has_policies || !tenant->place_count)
            continue;
        policy = policies[first->source_policy].name;
        if (tenant->place_count > 1)
            other = policies[first[1].source_policy].name;
        else if (coverage && !delta_compares(plan->kind))
            other = other_copied(coverage_find(coverage, tenant->id), tenant, policy);
        if (!other)
            continue;
        err_set(err, ERR_USAGE,
                "%s has no retention policies: points of the source's %s and %s would land on each "
                "other there, in %s",
                influx_kind_name(tenant->kind), policy, other, tenant->target);
        return err_hint(err, "--source-retention-policy NAME copies the points of one policy; "
                             "a --target-map with other databases, or another account, keeps "
                             "those of another one apart");
    }
    return 0;
}
