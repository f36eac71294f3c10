#include "tenants/run/holdings.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

static bool can_hold(const struct servers *servers, const struct plan_tenant *tenant)
{
    return !tenant->problem && !servers->items[tenant->server].away && tenant->retention.policy &&
           tenant->kind == INFLUX_KIND_1;
}

void holdings_init(struct holdings *holdings, const struct plan *plan,
                   const struct servers *servers)
{
    *holdings = (struct holdings){.plan = plan, .asked = servers};
    holdings->by_tenant = xcalloc(plan->tenant_count, sizeof(*holdings->by_tenant));
    holdings->known = xcalloc(plan->tenant_count, sizeof(*holdings->known));
    holdings->servers = xcalloc(servers->count, sizeof(*holdings->servers));
    for (size_t i = 0; i < servers->count; i++)
        holdings->servers[i] =
            (struct holdings_server){.holdings = holdings, .databases = NAMES_INIT};
    for (size_t i = 0; i < plan->tenant_count; i++) {
        struct holdings_server *server = &holdings->servers[plan->tenants[i].server];
        uint32_t number;

        if (!can_hold(servers, &plan->tenants[i]))
            continue;
        number = names_add(&server->databases, plan->tenants[i].database);
        GROW(server->tenants, number, server->tenants_alloc);
        server->tenants[number] = i;
    }
}

void holdings_release(struct holdings *holdings)
{
    if (!holdings->plan)
        return;
    for (size_t i = 0; i < holdings->plan->tenant_count; i++)
        holding_release(&holdings->by_tenant[i]);
    for (size_t i = 0; i < holdings->asked->count; i++) {
        names_release(&holdings->servers[i].databases);
        free(holdings->servers[i].tenants);
    }
    free(holdings->by_tenant);
    free(holdings->known);
    free(holdings->servers);
    *holdings = (struct holdings){0};
}

bool holdings_asks(const struct holdings *holdings, size_t server)
{
    return holdings->servers[server].databases.count > 0;
}

void holdings_begin(struct holdings *holdings, size_t server)
{
    const struct holdings_server *of = &holdings->servers[server];

    for (size_t i = 0; i < of->databases.count; i++) {
        holding_release(&holdings->by_tenant[of->tenants[i]]);
        holdings->known[of->tenants[i]] = false;
    }
}

void holdings_take(void *context, const struct shard_group *group)
{
    const struct holdings_server *server = context;
    struct holdings *holdings = server->holdings;
    uint32_t number = names_find(&server->databases, group->database);
    size_t tenant;

    if (number == NAMES_NONE)
        return;
    tenant = server->tenants[number];
    if (strcmp(group->policy, holdings->plan->tenants[tenant].retention.policy) == 0)
        holding_add(&holdings->by_tenant[tenant],
                    (struct holding_group){group->id, {group->start_ns, group->end_ns}});
}

void holdings_end(struct holdings *holdings, size_t server)
{
    const struct holdings_server *of = &holdings->servers[server];

    for (size_t i = 0; i < of->databases.count; i++)
        holdings->known[of->tenants[i]] = true;
}

void holdings_read(struct holdings *holdings)
{
    for (size_t i = 0; i < holdings->asked->count; i++) {
        struct err err = ERR_INIT;

        if (!holdings_asks(holdings, i))
            continue;
        holdings_begin(holdings, i);
        if (shard_groups_read(&holdings->asked->items[i].client, holdings_take,
                              &holdings->servers[i], &err) == 0)
            holdings_end(holdings, i);
        else
            log_debug("what the targets hold isn't known: %s", err.message);
        err_release(&err);
    }
}
