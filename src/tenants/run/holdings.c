#include "tenants/run/holdings.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "tenants/plan/target_facts.h"

static bool can_hold(const struct servers *servers, const struct plan_tenant *tenant)
{
    return !tenant->problem && !servers->items[tenant->server].away && tenant->retention.policy &&
           target_facts(tenant->kind)->tells_shard_groups;
}

void holdings_init(struct holdings *holdings, const struct plan *plan,
                   const struct servers *servers)
{
    *holdings = (struct holdings){.plan = plan, .asked = servers};
    holdings->by_place = xcalloc(plan->place_count, sizeof(*holdings->by_place));
    holdings->known = xcalloc(plan->place_count, sizeof(*holdings->known));
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
    for (size_t i = 0; i < holdings->plan->place_count; i++)
        holding_release(&holdings->by_place[i]);
    for (size_t i = 0; i < holdings->asked->count; i++) {
        names_release(&holdings->servers[i].databases);
        free(holdings->servers[i].tenants);
    }
    free(holdings->by_place);
    free(holdings->known);
    free(holdings->servers);
    *holdings = (struct holdings){0};
}

bool holdings_asks(const struct holdings *holdings, size_t server)
{
    return holdings->servers[server].databases.count > 0;
}

/* Holdings that aren't known count as none. */
static void set_known(struct holdings *holdings, size_t server, bool known)
{
    const struct holdings_server *of = &holdings->servers[server];

    for (size_t i = 0; i < of->databases.count; i++) {
        const struct plan_tenant *tenant = &holdings->plan->tenants[of->tenants[i]];

        for (size_t k = 0; k < tenant->place_count; k++) {
            if (!known)
                holding_release(&holdings->by_place[tenant->first_place + k]);
            holdings->known[tenant->first_place + k] = known;
        }
    }
}

void holdings_begin(struct holdings *holdings, size_t server)
{
    set_known(holdings, server, false);
}

void holdings_take(void *context, const struct shard_group *group)
{
    const struct holdings_server *server = context;
    struct holdings *holdings = server->holdings;
    uint32_t number = names_find(&server->databases, group->database);
    const struct plan_tenant *tenant;

    if (number == NAMES_NONE)
        return;
    tenant = &holdings->plan->tenants[server->tenants[number]];
    for (size_t i = 0; i < tenant->place_count; i++) {
        size_t place = tenant->first_place + i;

        if (strcmp(group->policy, holdings->plan->places[place].retention->policy) == 0)
            holding_add(&holdings->by_place[place],
                        (struct holding_group){group->id, {group->start_ns, group->end_ns}});
    }
}

void holdings_end(struct holdings *holdings, size_t server)
{
    set_known(holdings, server, true);
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
