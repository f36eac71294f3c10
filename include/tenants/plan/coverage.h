/*
 * Coverage: the time that earlier runs have copied. The journal loads it, and the plan reads it.
 *
 * A row says: the points of this tenant and these measurements, from this policy of the source into
 * this target, are copied in these ranges of time. Rows name their measurements by the number of a
 * set; many rows share one.
 *
 * A landing says into which policy of the target the points of a policy of the source were copied.
 * Versions before it was recorded copied all policies of the source into one.
 */
#ifndef TENANTS_PLAN_COVERAGE_H
#define TENANTS_PLAN_COVERAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/names.h"
#include "base/strvec.h"
#include "tenants/plan/range.h"

struct coverage_set {
    struct names measurements;
    char *tags; /* the tags that name the tenant: coverage_tags_text() */
};

struct coverage_row {
    uint32_t set; /* index in coverage.sets */
    char *source_policy;
    char *target; /* the target's name in the journal: plan_tenant.target */
    struct range_list ranges;
};

struct coverage_landing {
    char *source_policy, *target, *policy;
};

struct coverage_tenant {
    struct coverage_row *rows;
    size_t count, alloc;
    struct coverage_landing *landings; /* one for each policy of the source and target */
    size_t landing_count, landing_alloc;
};

struct coverage {
    struct names tenants;
    struct coverage_tenant *by_tenant; /* as many as tenants */
    size_t by_tenant_alloc;
    struct coverage_set *sets;
    size_t set_count, set_alloc;
};

void coverage_release(struct coverage *coverage);
/* The rows of a tenant, or NULL where it has none. */
const struct coverage_tenant *coverage_find(const struct coverage *coverage, const char *tenant);
/* The row of these four, which is added where it is missing. Valid until the next row is added. */
struct coverage_row *coverage_row(struct coverage *coverage, const char *tenant, uint32_t set,
                                  const char *policy, const char *database);
/* Takes a range out of every row of a tenant, policy of the source, and target. */
void coverage_take_out(struct coverage *coverage, const char *tenant, const char *policy,
                       const char *database, struct range range);
/* Adds the landing of a tenant, which has none yet. */
void coverage_add_landing(struct coverage *coverage, const char *tenant, const char *source_policy,
                          const char *target, const char *policy);
/* The target's policy, NULL where none is recorded. `rows` may be NULL. */
const char *coverage_find_landing(const struct coverage_tenant *rows, const char *source_policy,
                                  const char *target);
/* A list of tags as the journal writes it, "LENGTH:TAG;" for each. The caller's to free. */
char *coverage_tags_text(const struct strvec *tags);

#endif
