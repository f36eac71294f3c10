/*
 * Spreads tenants over several servers, so that each has about as many points, shards and
 * descriptors as the others. `tenants plan --spread` writes the result as a map.
 *
 * A tenant that has a place keeps it: points are never moved from server to server. The others are
 * placed one by one, the largest first, on the server that is then loaded the least. The load of a
 * server is the largest of three: its points, shards and descriptors, each as a part of what the
 * server would have if all were shared out evenly. For descriptors "evenly" goes by the servers'
 * limits. A server beyond a limit gets a tenant only where no other has room.
 *
 * The result depends on nothing but what is given: not on the order of tenants or servers, and not
 * on chance. Nothing here talks to a server.
 */
#ifndef TENANTS_SPREAD_SPREAD_H
#define TENANTS_SPREAD_SPREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tenants/plan/price.h"

enum spread_item {
    SPREAD_POINTS,
    SPREAD_SHARDS,
    SPREAD_DESCRIPTORS,
    SPREAD_ITEMS,
};

struct spread_server {
    const char *url; /* borrowed */
    /* The index, what is there now, and the limits. Where it isn't priced only points count. */
    struct price_server facts;

    /* The result. `load` has what was there, too; but points that belong to no tenant of the
     * spread aren't known. */
    size_t tenant_count, kept_count;
    int64_t databases, shards; /* that are added */
    int64_t load[SPREAD_ITEMS];
};

#define SPREAD_NONE      SIZE_MAX       /* no server yet */
#define SPREAD_ELSEWHERE (SIZE_MAX - 1) /* a server that isn't one of these */

struct spread_tenant {
    const char *id;            /* borrowed */
    int64_t points;            /* or any other measure of them, the same for all tenants */
    int64_t databases, shards; /* that the tenant adds to a server; none of what is there already */
    size_t server;             /* an index: the tenant keeps it; SPREAD_NONE: one is chosen */
    bool is_placed;            /* by spread_place() */
};

/* The tenants of a plan on the servers of --spread. Release it. */
struct spread {
    struct spread_tenant *tenants; /* that a map can name; by id */
    size_t tenant_count;
    struct spread_server *servers; /* as many as settings->spread_count, in that order */
    size_t server_count;
    bool is_counted;      /* points are counted; else measurements stand for them */
    const char **unnamed; /* tenants that no map can name; they stay where they are */
    size_t unnamed_count;
};
void spread_release(struct spread *spread);

/* Gives each tenant without a server one. There is one server at least. O(tenants x servers). */
void spread_place(struct spread_tenant *tenants, size_t tenant_count, struct spread_server *servers,
                  size_t server_count);

#endif
