/*
 * What earlier runs have copied: a value that the journal loads and the plan reads.
 *
 * A row says: of this tenant, from this policy of the source, into this database, the points of
 * these measurements in these ranges are done. Measurements stand as a set, and a set once however
 * many rows name it.
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
    char *tags; /* coverage_tags_text() */
};

struct coverage_row {
    uint32_t set;   /* index in coverage.sets */
    char *policy;   /* of the source */
    char *database; /* the target */
    struct range_list ranges;
};

struct coverage_tenant {
    struct coverage_row *rows;
    size_t count, alloc;
};

struct coverage {
    struct names tenants;
    struct coverage_tenant *by_tenant; /* as many as tenants */
    size_t by_tenant_alloc;
    struct coverage_set *sets;
    size_t set_count, set_alloc;
};

void coverage_release(struct coverage *coverage);
/* The rows of a tenant, or NULL where there are none. */
const struct coverage_tenant *coverage_find(const struct coverage *coverage, const char *tenant);
/* The row for these, which is added if it is new. */
struct coverage_row *coverage_row(struct coverage *coverage, const char *tenant, uint32_t set,
                                  const char *policy, const char *database);
/* Takes a range out of all rows of a tenant's target. */
void coverage_take_out(struct coverage *coverage, const char *tenant, const char *database,
                       struct range range);
/* How the journal writes a list of tags. The caller's to free. */
char *coverage_tags_text(const struct strvec *tags);

#endif
