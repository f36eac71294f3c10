/*
 * What all targets of a plan hold: their shard groups, as their servers list them.
 *
 * A server lists the groups of all its databases in one answer, so targets are read a server at a
 * time. Only InfluxDB 1.x tells, and only to a user with the right to see shard groups.
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
    struct names databases; /* the number of each is an index in `tenants` */
    size_t *tenants;
    size_t tenants_alloc;
};

struct holdings {
    const struct plan *plan;
    const struct servers *asked;
    struct holding *by_tenant;       /* as many as plan->tenants */
    bool *known;                     /* was the tenant's server read? */
    struct holdings_server *servers; /* as many as `asked` has */
};

/* `plan` and `servers` outlive it. Release it in any case. */
void holdings_init(struct holdings *holdings, const struct plan *plan,
                   const struct servers *servers);
void holdings_release(struct holdings *holdings);

/* Is there a target on this server that it could tell of? */
bool holdings_asks(const struct holdings *holdings, size_t server);

/* Reading one server: forgets what is known of its targets; takes each group of the answer
 * (`context` is &holdings->servers[server]); and after the last one all are known. */
void holdings_begin(struct holdings *holdings, size_t server);
void holdings_take(void *context, const struct shard_group *group);
void holdings_end(struct holdings *holdings, size_t server);

/* Reads all servers, one after the other. Those that don't tell are passed over: nothing is known
 * of their targets. */
void holdings_read(struct holdings *holdings);

#endif
