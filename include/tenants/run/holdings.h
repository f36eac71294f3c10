/*
 * The shard groups of all targets of a plan, as their servers list them.
 *
 * A server lists the shard groups of all its databases in one answer, so targets are read one
 * server at a time. Only InfluxDB 1.x lists them, and only for a user with the right to see them.
 */
#ifndef TENANTS_RUN_HOLDINGS_H
#define TENANTS_RUN_HOLDINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/names.h"
#include "influx/shard_groups.h"
#include "tenants/plan/holding.h"
#include "tenants/plan/plan.h"
#include "tenants/servers/servers.h"

/* The targets on one server. */
struct holdings_server {
    struct holdings *holdings;
    struct names databases; /* the number of a database is an index in `tenants` */
    size_t *tenants;        /* each is an index in plan->tenants */
    size_t tenants_alloc;
};

struct holdings {
    const struct plan *plan;
    const struct servers *asked;     /* the servers of the targets */
    struct holding *by_place;        /* the shard groups of each of plan->places */
    bool *known;                     /* by place: the server has answered for it */
    struct holdings_server *servers; /* one for each of `asked` */
};

/* `plan` and `servers` must outlive `holdings`. Release it in any case. */
void holdings_init(struct holdings *holdings, const struct plan *plan,
                   const struct servers *servers);
void holdings_release(struct holdings *holdings);

/* Has this server any target whose shard groups it could list? */
bool holdings_asks(const struct holdings *holdings, size_t server);

/* Read the answer of one server. holdings_begin() forgets the shard groups of its targets,
 * holdings_take() takes each group of the answer (`context` is &holdings->servers[server]), and
 * holdings_end() says that the answer was whole. */
void holdings_begin(struct holdings *holdings, size_t server);
void holdings_take(void *context, const struct shard_group *group);
void holdings_end(struct holdings *holdings, size_t server);

/* Reads all servers, one after the other. A server that lists nothing is passed over: its targets
 * stay unknown. */
void holdings_read(struct holdings *holdings);

#endif
