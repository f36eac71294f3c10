/*
 * Gaps: what a verification can't compare, though its options ask for it. They make the answer no.
 *
 * A verification compares what the journal covers. The coverage lacks what was never copied, what
 * failed, and a tenant that can have no database: if nobody named them, they would pass for whole.
 */
#ifndef TENANTS_GAPS_H
#define TENANTS_GAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "tenants/journal/journal.h"
#include "tenants/plan/coverage.h"
#include "tenants/plan/plan.h"
#include "tenants/plan/scope.h"

/* A gap owns its texts. */
struct gap {
    enum scope_reason reason;
    char *name;     /* of a tenant; or of a measurement: SCOPE_NEVER_COPIED_MEASUREMENTS */
    char *words;    /* "tenant b was never copied" */
    int64_t figure; /* in the unit of the reason: 1 for a tenant or measurement that is named, else
                       windows (SCOPE_FAILED, SCOPE_TIME), shard groups (SCOPE_TIME) or measurements
                       (SCOPE_FILTERED_MEASUREMENTS) */
};

struct gaps {
    struct gap *items;
    size_t count, alloc;
};

/*
 * Finds the gaps of a plan that compares, whose coverage is `coverage`, and whose own options leave
 * out `asked`. That a server is away is no gap: the run tells of it. -1 where the journal can't be
 * read. `gaps` must be zero; release it in any case.
 */
int gaps_find(struct gaps *gaps, const struct plan *plan, const struct coverage *coverage,
              const struct scope *asked, struct journal *journal, struct err *err);
void gaps_release(struct gaps *gaps);

/* Adds the figures to a scope. */
void gaps_count(const struct gaps *gaps, struct scope *scope);
/* Is there any that makes the answer no? A measurement that is new in the source, and has no points
 * of the time that was copied, isn't told from one that was left out: it is named only. */
bool gaps_deny(const struct gaps *gaps);

#endif
