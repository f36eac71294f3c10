/*
 * The spread of a plan's tenants: what each costs, and where it stands already.
 *
 * Nothing here talks to a server.
 */
#ifndef TENANTS_SPREAD_SPREAD_MAKE_H
#define TENANTS_SPREAD_SPREAD_MAKE_H

#include "base/err.h"
#include "tenants/plan/plan.h"
#include "tenants/plan/settings.h"
#include "tenants/spread/spread.h"

/*
 * Spreads the tenants of a plan. A tenant keeps its place where the map names it, or where one
 * server of the spread has its database; but not for a database on the source's own server, which a
 * persister may have made. The plan has all that a tenant has, whatever the journal covers, and the
 * number of new shards of each place (price_make()).
 *
 * `points` are by tenant of the plan, NULL: not counted. `facts` and `servers` are by number of the
 * settings. `spread` must be zero, and borrows from the plan and its settings. ERR_USAGE where two
 * addresses are one server.
 */
int spread_make(struct spread *spread, const struct plan *plan, const int64_t *points,
                const struct price_server *facts, const struct plan_server *servers,
                struct err *err);

/* Adds a route to the settings for each tenant that the map doesn't name. */
void spread_apply(const struct spread *spread, struct settings *settings);

#endif
