/*
 * The building of a plan, in parts: tenant.c says where a tenant goes, places.c into which
 * policies, units.c what is to be copied of it, plan.c the rest. plan.c calls units.c, which calls
 * both.
 */
#ifndef TENANTS_PLAN_BUILD_H
#define TENANTS_PLAN_BUILD_H

#include "tenants/plan/plan.h"

/* tenant.c */

/* ERR_CONFIG where two tenants would share a database: nobody could tell their points apart. */
int plan_check_targets(const struct plan *plan, struct err *err);
/* Adds a tenant of the catalogue, by its number there. plan.tenants must have room for it. */
void plan_add_tenant(struct plan *plan, const struct plan_server *servers, uint32_t number);

/* Gives a policy that is made shard groups as long as --shard-duration says. */
void plan_set_shards(const struct plan *plan, struct retention_choice *choice);

/* places.c */

/* Adds a tenant's places, for all policies of the source that are read. plan.places must have room
 * for them. `rows` is what the journal says of the tenant, or NULL. The tenant may get a problem.
 */
void plan_add_places(struct plan *plan, const struct plan_server *servers, uint32_t tenant,
                     const struct coverage_tenant *rows);
/* ERR_USAGE where points of several policies would land on each other, also on those that the
 * journal says were copied. `coverage` may be NULL. */
int plan_check_places(const struct plan *plan, const struct coverage *coverage, struct err *err);

/* units.c */

/* Adds all tenants of the catalogue that the settings don't leave out, and the units of those that
 * have no problem. Arguments are those of plan_build(). */
void plan_add_tenants(struct plan *plan, const struct plan_server *servers,
                      const struct coverage *coverage);

#endif
