#include "tenants/spread/spread_make.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tenants/plan/target_map.h"

static const char *url_of(const struct settings *settings, size_t number)
{
    return number ? settings_server(settings, number)->url : settings->url;
}

/* The map may name a server with several users: the address tells. */
static size_t place_in_map(const struct settings *settings, uint32_t route)
{
    const char *url = url_of(settings, settings->routes[route].server);

    for (size_t i = 0; i < settings->spread_count; i++)
        if (strcmp(settings->spread[i].url, url) == 0)
            return i;
    return SPREAD_ELSEWHERE;
}

/* The one server that has the tenant's database; SPREAD_NONE where none has it, or several do. */
static size_t place_of_database(const struct plan *plan, const struct plan_server *servers,
                                const char *database)
{
    const struct settings *settings = plan->settings;
    size_t found = SPREAD_NONE;

    for (size_t i = 0; i < settings->spread_count; i++) {
        size_t number = settings->spread[i].server;

        if (!number || !catalogue_find_database(servers[number].databases, database))
            continue;
        if (found != SPREAD_NONE)
            return SPREAD_NONE;
        found = i;
    }
    return found;
}

static void set_cost(struct spread_tenant *tenant, const struct plan *plan, size_t number)
{
    const struct plan_tenant *of = &plan->tenants[number];

    tenant->databases = of->retention.create || of->problem;
    for (size_t i = 0; i < of->place_count; i++)
        tenant->shards += plan->places[of->first_place + i].new_shards;
}

static struct spread_tenant make_tenant(const struct plan *plan, size_t number,
                                        const int64_t *points, const struct plan_server *servers)
{
    const struct plan_tenant *of = &plan->tenants[number];
    struct spread_tenant tenant = {
        .id = of->id, .points = points ? points[number] : (int64_t)of->measurement_count};
    uint32_t route = names_find(&plan->settings->mapped, of->id);

    if (route != NAMES_NONE)
        tenant.server = place_in_map(plan->settings, route);
    else
        tenant.server = place_of_database(plan, servers, of->database);
    /* The server's figures of now have a database that is there, with its shards. The plan knows
     * that where the map names the tenant. */
    if (route != NAMES_NONE || tenant.server == SPREAD_NONE)
        set_cost(&tenant, plan, number);
    return tenant;
}

static int compare_tenants(const void *a, const void *b)
{
    const struct spread_tenant *l = a, *r = b;

    return strcmp(l->id, r->id);
}

static void add_tenants(struct spread *spread, const struct plan *plan, const int64_t *points,
                        const struct plan_server *servers)
{
    spread->tenants = xcalloc(plan->tenant_count + 1, sizeof(*spread->tenants));
    spread->unnamed = xcalloc(plan->tenant_count + 1, sizeof(*spread->unnamed));
    for (size_t i = 0; i < plan->tenant_count; i++)
        if (target_map_can_name(plan->tenants[i].id))
            spread->tenants[spread->tenant_count++] = make_tenant(plan, i, points, servers);
        else
            spread->unnamed[spread->unnamed_count++] = plan->tenants[i].id;
    qsort(spread->tenants, spread->tenant_count, sizeof(*spread->tenants), compare_tenants);
}

static int add_servers(struct spread *spread, const struct settings *settings,
                       const struct price_server *facts, struct err *err)
{
    spread->servers = xcalloc(settings->spread_count, sizeof(*spread->servers));
    for (size_t i = 0; i < settings->spread_count; i++) {
        size_t number = settings->spread[i].server, payer = facts[number].paid_by;

        for (size_t k = 0; k < i; k++)
            if (facts[payer].is_priced && facts[settings->spread[k].server].paid_by == payer)
                return err_set(err, ERR_USAGE, "--spread: %s and %s are the same server",
                               settings->spread[k].url, settings->spread[i].url);
        spread->servers[spread->server_count++] =
            (struct spread_server){.url = settings->spread[i].url, .facts = facts[payer]};
    }
    return 0;
}

int spread_make(struct spread *spread, const struct plan *plan, const int64_t *points,
                const struct price_server *facts, const struct plan_server *servers,
                struct err *err)
{
    spread->is_counted = points;
    if (add_servers(spread, plan->settings, facts, err) < 0)
        return -1;
    add_tenants(spread, plan, points, servers);
    spread_place(spread->tenants, spread->tenant_count, spread->servers, spread->server_count);
    return 0;
}

void spread_apply(const struct spread *spread, struct settings *settings)
{
    for (size_t i = 0; i < spread->tenant_count; i++) {
        const struct spread_tenant *tenant = &spread->tenants[i];
        uint32_t number;

        if (names_find(&settings->mapped, tenant->id) != NAMES_NONE)
            continue;
        number = names_add(&settings->mapped, tenant->id);
        GROW(settings->routes, number, settings->route_alloc);
        settings->routes[number] =
            (struct settings_route){.server = settings->spread[tenant->server].server};
    }
}
