#include "tenants/spread/spread.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* What a server would have if all were shared out evenly; 0: the item doesn't count there. */
struct share {
    double items[SPREAD_ITEMS];
};

struct placing {
    struct spread_server *servers;
    struct share *shares; /* of the servers */
    size_t count;
    double totals[SPREAD_ITEMS];
};

/* What a tenant would add to a server. */
static void added_by(const struct spread_tenant *tenant, const struct price_server *facts,
                     int64_t *added)
{
    added[SPREAD_POINTS] = tenant->points;
    added[SPREAD_SHARDS] = facts->is_priced ? tenant->shards : 0;
    added[SPREAD_DESCRIPTORS] = facts->is_priced ? price_of(PRICE_DESCRIPTORS, facts->index,
                                                            tenant->databases, tenant->shards)
                                                 : 0;
}

static void put(struct spread_tenant *tenant, struct spread_server *server)
{
    int64_t added[SPREAD_ITEMS];

    added_by(tenant, &server->facts, added);
    for (int i = 0; i < SPREAD_ITEMS; i++)
        server->load[i] += added[i];
    server->tenant_count++;
    server->databases += tenant->databases;
    server->shards += tenant->shards;
}

/* Shares */

/* All that there will be. Where servers have different indexes, descriptors are an average. */
static void set_totals(struct placing *placing, const struct spread_tenant *tenants, size_t count)
{
    size_t priced = 0;

    for (size_t s = 0; s < placing->count; s++) {
        const struct price_server *facts = &placing->servers[s].facts;

        if (!facts->is_priced)
            continue;
        priced++;
        placing->totals[SPREAD_SHARDS] += (double)facts->now[PRICE_SHARDS];
        placing->totals[SPREAD_DESCRIPTORS] += (double)facts->now[PRICE_DESCRIPTORS];
    }
    for (size_t t = 0; t < count; t++) {
        if (tenants[t].server == SPREAD_ELSEWHERE)
            continue;
        placing->totals[SPREAD_POINTS] += (double)tenants[t].points;
        if (priced)
            placing->totals[SPREAD_SHARDS] += (double)tenants[t].shards;
        for (size_t s = 0; s < placing->count; s++) {
            int64_t added[SPREAD_ITEMS];

            added_by(&tenants[t], &placing->servers[s].facts, added);
            if (priced)
                placing->totals[SPREAD_DESCRIPTORS] +=
                    (double)added[SPREAD_DESCRIPTORS] / (double)priced;
        }
    }
}

static double descriptors_of(const struct price_server *facts)
{
    const struct price_limit *limit = &facts->limits[PRICE_DESCRIPTORS];

    return limit->origin == PRICE_NO_LIMIT ? PRICE_DEFAULT_DESCRIPTORS : (double)price_bound(limit);
}

static void set_shares(struct placing *placing)
{
    double priced = 0, descriptors = 0;

    for (size_t s = 0; s < placing->count; s++)
        if (placing->servers[s].facts.is_priced) {
            priced++;
            descriptors += descriptors_of(&placing->servers[s].facts);
        }
    for (size_t s = 0; s < placing->count; s++) {
        const struct price_server *facts = &placing->servers[s].facts;
        struct share *share = &placing->shares[s];

        share->items[SPREAD_POINTS] = placing->totals[SPREAD_POINTS] / (double)placing->count;
        if (!facts->is_priced)
            continue;
        share->items[SPREAD_SHARDS] = placing->totals[SPREAD_SHARDS] / priced;
        if (descriptors > 0)
            share->items[SPREAD_DESCRIPTORS] =
                placing->totals[SPREAD_DESCRIPTORS] * descriptors_of(facts) / descriptors;
    }
}

/* Choosing */

/* The rank of a server for a tenant; the least is chosen. */
struct rank {
    bool is_full;
    double load; /* the largest */
    double sum;  /* of all three */
    uint64_t hash;
};

/* FNV-1a; text after text, each with its NUL. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
    do {
        hash ^= (unsigned char)*text;
        hash *= UINT64_C(0x100000001b3);
    } while (*text++);
    return hash;
}

/* Whether a limit would be exceeded. */
static bool is_full(const struct spread_server *server, const struct spread_tenant *tenant)
{
    static const enum price_item bounded[] = {PRICE_DESCRIPTORS, PRICE_MAPS, PRICE_MEMORY};
    const struct price_server *facts = &server->facts;

    for (size_t i = 0; i < ARRAY_SIZE(bounded) && facts->is_priced; i++) {
        const struct price_limit *limit = &facts->limits[bounded[i]];
        int64_t added = price_of(bounded[i], facts->index, server->databases + tenant->databases,
                                 server->shards + tenant->shards);

        if (limit->origin != PRICE_NO_LIMIT && facts->now[bounded[i]] + added > price_bound(limit))
            return true;
    }
    return false;
}

static struct rank rank_of(const struct placing *placing, size_t number,
                           const struct spread_tenant *tenant)
{
    const struct spread_server *server = &placing->servers[number];
    struct rank rank = {.is_full = is_full(server, tenant)};
    int64_t added[SPREAD_ITEMS];

    added_by(tenant, &server->facts, added);
    for (int i = 0; i < SPREAD_ITEMS; i++) {
        double share = placing->shares[number].items[i];
        double load = share > 0 ? (double)(server->load[i] + added[i]) / share : 0;

        rank.load = load > rank.load ? load : rank.load;
        rank.sum += load;
    }
    rank.hash = hash_text(hash_text(UINT64_C(0xcbf29ce484222325), tenant->id), server->url);
    return rank;
}

static bool is_less(const struct rank *a, const struct rank *b)
{
    if (a->is_full != b->is_full)
        return b->is_full;
    if (a->load < b->load || a->load > b->load)
        return a->load < b->load;
    if (a->sum < b->sum || a->sum > b->sum)
        return a->sum < b->sum;
    return a->hash < b->hash;
}

static size_t choose(const struct placing *placing, const struct spread_tenant *tenant)
{
    struct rank least = rank_of(placing, 0, tenant);
    size_t chosen = 0;

    for (size_t s = 1; s < placing->count; s++) {
        struct rank rank = rank_of(placing, s, tenant);

        if (is_less(&rank, &least)) {
            least = rank;
            chosen = s;
        }
    }
    return chosen;
}

/* The order of tenants */

/* A large tenant that came last would find no place where it does no harm. */
struct sized {
    double size; /* its part of all points or shards, whichever is larger */
    struct spread_tenant *tenant;
};

static double part_of(int64_t figure, double total)
{
    return total > 0 ? (double)figure / total : 0;
}

static double size_of(const struct placing *placing, const struct spread_tenant *tenant)
{
    double points = part_of(tenant->points, placing->totals[SPREAD_POINTS]);
    double shards = part_of(tenant->shards, placing->totals[SPREAD_SHARDS]);

    return points > shards ? points : shards;
}

static int compare_sized(const void *a, const void *b)
{
    const struct sized *l = a, *r = b;

    if (l->size > r->size || l->size < r->size)
        return l->size > r->size ? -1 : 1;
    return strcmp(l->tenant->id, r->tenant->id);
}

static void place_all(const struct placing *placing, struct spread_tenant *tenants, size_t count)
{
    struct sized *order = xcalloc(count + 1, sizeof(*order));
    size_t found = 0;

    for (size_t t = 0; t < count; t++)
        if (tenants[t].server == SPREAD_NONE)
            order[found++] = (struct sized){size_of(placing, &tenants[t]), &tenants[t]};
    qsort(order, found, sizeof(*order), compare_sized);
    for (size_t i = 0; i < found; i++) {
        order[i].tenant->server = choose(placing, order[i].tenant);
        order[i].tenant->is_placed = true;
        put(order[i].tenant, &placing->servers[order[i].tenant->server]);
    }
    free(order);
}

void spread_place(struct spread_tenant *tenants, size_t tenant_count, struct spread_server *servers,
                  size_t server_count)
{
    struct placing placing = {.servers = servers,
                              .shares = xcalloc(server_count, sizeof(*placing.shares)),
                              .count = server_count};

    set_totals(&placing, tenants, tenant_count);
    set_shares(&placing);
    for (size_t s = 0; s < server_count; s++)
        if (servers[s].facts.is_priced) {
            servers[s].load[SPREAD_SHARDS] = servers[s].facts.now[PRICE_SHARDS];
            servers[s].load[SPREAD_DESCRIPTORS] = servers[s].facts.now[PRICE_DESCRIPTORS];
        }
    for (size_t t = 0; t < tenant_count; t++)
        if (tenants[t].server != SPREAD_NONE && tenants[t].server != SPREAD_ELSEWHERE) {
            put(&tenants[t], &servers[tenants[t].server]);
            servers[tenants[t].server].kept_count++;
        }
    place_all(&placing, tenants, tenant_count);
    free(placing.shares);
}

void spread_release(struct spread *spread)
{
    free(spread->tenants);
    free(spread->servers);
    free(spread->unnamed);
    *spread = (struct spread){0};
}
