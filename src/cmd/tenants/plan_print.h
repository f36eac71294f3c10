/*
 * The plan on standard output: as text for a person (plan_text.c), as JSON for programs
 * (plan_json.c).
 */
#ifndef CMD_TENANTS_PLAN_PRINT_H
#define CMD_TENANTS_PLAN_PRINT_H

#include <jansson.h>

#include "cmd/tenants/counts.h"
#include "tenants/plan/plan.h"
#include "tenants/plan/price.h"

/* `counts` may be NULL: nothing was counted. */
void tenants_print_plan_text(const struct plan *plan, const struct price *price,
                             const struct tenants_counts *counts);
/* Takes over the reference of `spread`; NULL: the tenants weren't spread. */
void tenants_print_plan_json(const struct plan *plan, const struct price *price,
                             const struct tenants_counts *counts, json_t *spread);

/* The shards of the source that aren't open, as a list of objects; null where it isn't known. The
 * reference is the caller's. */
json_t *tenants_unreadable_json(const struct plan *plan);

/* The URL of the server that a tenant goes to. */
const char *tenants_server_url(const struct plan *plan, const struct plan_tenant *tenant);

#endif
