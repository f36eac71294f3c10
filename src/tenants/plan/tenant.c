#include "build.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "influx/quote.h"
#include "tenants/plan/target_facts.h"

static const struct catalogue_policy *default_policy(const struct catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->policy_count; i++)
        if (catalogue->policies[i].is_default)
            return &catalogue->policies[i];
    return &catalogue->policies[0];
}

bool plan_has_place(const struct plan *plan, const struct plan_place *place)
{
    return !delta_asks_servers_alone(plan->kind) || !place->retention->create;
}

bool plan_compares_policy(const struct plan *plan, size_t policy)
{
    if (!delta_asks_servers_alone(plan->kind) || plan->catalogue->policies[policy].is_default)
        return true;
    for (size_t i = 0; i < plan->place_count; i++)
        if (plan->places[i].source_policy == policy && plan_has_place(plan, &plan->places[i]))
            return true;
    return false;
}

static bool any_mixed(const struct catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->policy_count; i++)
        if (catalogue->policies[i].mixed_types)
            return true;
    return false;
}

void plan_set_shards(const struct plan *plan, struct retention_choice *choice)
{
    int64_t wanted_ns = plan->settings->shard_duration_ns;

    if (!wanted_ns)
        return;
    if (!any_mixed(plan->catalogue)) {
        retention_set_shards(choice, wanted_ns);
    } else if (!choice->note && choice->shard_length_ns != wanted_ns) {
        choice->note = xstrdup("a field of the source has two types, so shard groups are as long "
                               "as the source's; --shard-duration isn't followed");
    }
}

static char *target_name(const struct settings *settings, size_t server, const char *database)
{
    struct strbuf target = STRBUF_INIT;

    if (server)
        strbuf_addf(&target, "%s ", settings_server(settings, server)->url);
    strbuf_addstr(&target, database);
    return strbuf_detach(&target);
}

int plan_check_targets(const struct plan *plan, struct err *err)
{
    const struct settings *settings = plan->settings;
    const struct names *tenants = &plan->catalogue->tenants;
    struct names targets = NAMES_INIT;
    int rc = 0;

    for (size_t i = 0; rc == 0 && settings->map_path && i < tenants->count; i++) {
        char *database = settings_target_database(settings, tenants->items[i]);
        char *target =
            target_name(settings, settings_target_server(settings, tenants->items[i]), database);
        uint32_t number = names_add(&targets, target);

        if (number < i)
            rc = err_set(err, ERR_CONFIG, "%s: the tenants %s and %s would share the database %s",
                         settings->map_path, tenants->items[number], tenants->items[i], target);
        free(database);
        free(target);
    }
    names_release(&targets);
    return rc;
}

/* InfluxDB 2 must map a bucket to the database. Its 1.x interface doesn't tell how long the bucket
 * keeps points. Returns the problem, or NULL. */
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

/* The server has one retention for all, which may not be known. */
static void choose_server_wide(struct plan_tenant *tenant, const struct plan_server *server)
{
    struct strbuf note = STRBUF_INIT;

    tenant->retention = (struct retention_choice){.duration_ns = server->retention_ns};
    if (tenant->retention.duration_ns)
        return;
    strbuf_addf(&note,
                "how long %s keeps points isn't known; what is older is dropped there without a "
                "word, and then missed by the verification",
                influx_kind_name(server->kind));
    tenant->retention.note = strbuf_detach(&note);
}

/* Why no database can have the target's name, and what helps; NULL: one can. */
static char *name_problem(const char *database)
{
    const char *problem = influx_database_name_problem(database);
    struct strbuf text = STRBUF_INIT;

    if (!problem)
        return NULL;
    strbuf_addf(&text, "%s; a file of --target-map gives the tenant a database of another name",
                problem);
    return strbuf_detach(&text);
}

static void choose_retention(const struct plan *plan, struct plan_tenant *tenant,
                             const struct plan_server *server)
{
    const struct settings *settings = plan->settings;
    const char *problem = NULL;

    if (server->away) {
        tenant->problem = xstrdup(server->away);
        tenant->away = true;
        return;
    }
    if (!target_facts(server->kind)->has_policies) {
        choose_server_wide(tenant, server);
        tenant->problem = name_problem(tenant->database);
        return;
    }
    retention_choose(&tenant->retention, &settings->retention, settings->default_retention_hours,
                     tenant->id, catalogue_find_database(server->databases, tenant->database),
                     default_policy(plan->catalogue), any_mixed(plan->catalogue));
    if (tenant->retention.create)
        plan_set_shards(plan, &tenant->retention);
    tenant->problem = name_problem(tenant->database);
    if (tenant->problem)
        return;
    if (target_facts(server->kind)->has_buckets)
        problem = choose_bucket(tenant, server);
    if (!problem && !tenant->retention.policy)
        problem = "its database is there, and has no default retention policy";
    /* A copy would make the missing database. */
    if (!problem && tenant->retention.create && delta_asks_servers_alone(plan->kind))
        problem = "it isn't there";
    tenant->problem = xstrdup_or_null(problem);
}

void plan_add_tenant(struct plan *plan, const struct plan_server *servers, uint32_t number)
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
    tenant->target = target_name(settings, tenant->server, tenant->database);
    server = servers ? &servers[tenant->server] : &source;
    tenant->kind = server->kind;
    choose_retention(plan, tenant, server);
    tenant->numbers_only = !target_facts(server->kind)->keeps_texts;
}
