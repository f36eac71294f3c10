/*
 * The building of a plan, in parts: tenant.c says where a tenant goes and what is kept there,
 * units.c what is to be copied of it, plan.c the rest. plan.c calls units.c, which calls tenant.c.
 */
#ifndef TENANTS_PLAN_BUILD_H
#define TENANTS_PLAN_BUILD_H

#include "tenants/plan/plan.h"

/* tenant.c */

/* ERR_CONFIG where two tenants would share a database: nobody could tell their points apart. */
int plan_check_targets(const struct plan *plan, struct err *err);
/* Adds a tenant of the catalogue, by its number there. plan.tenants must have room for it. */
void plan_add_tenant(struct plan *plan, const struct plan_server *servers, uint32_t number);

/* units.c */

/* Adds all tenants of the catalogue that the settings don't leave out, and the units of those that
 * have no problem. Arguments are those of plan_build(). */
void plan_add_tenants(struct plan *plan, const struct plan_server *servers,
                      const struct coverage *coverage);

#endif
