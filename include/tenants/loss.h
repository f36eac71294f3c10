/*
 * What targets lost of the points that were copied into them: known by their shard groups
 * (tenants/plan/holding.h), which a run has the journal remember as it fills them.
 */
#ifndef TENANTS_LOSS_H
#define TENANTS_LOSS_H

#include <stddef.h>

#include "base/err.h"
#include "tenants/journal/journal.h"
#include "tenants/plan/coverage.h"
#include "tenants/plan/holding.h"
#include "tenants/plan/plan.h"
#include "tenants/plan/range.h"
#include "tenants/servers/servers.h"

struct loss {
    size_t tenant; /* index in plan.tenants */
    struct range_list ranges;
    struct holding now; /* what the target holds still */
};

struct losses {
    struct loss *items;
    size_t count, alloc;
};

void losses_release(struct losses *losses);

enum losses_when {
    LOSSES_BEFORE_RUN, /* databases that the run is to make hold nothing yet, and lose nothing */
    LOSSES_AFTER_RUN,  /* they are there */
};

/*
 * Compares what the plan's targets hold with what the journal remembers, one request for each
 * server. What can't be compared isn't a loss: other servers than InfluxDB 1.x, a user that may
 * not see shard groups. -1 where the journal can't be read. `losses` must be zero.
 */
int losses_find(const struct plan *plan, const struct servers *servers, struct journal *journal,
                enum losses_when when, struct losses *losses, struct err *err);

/* What was lost counts as covered no more: in a value, and in the journal. A plan that was made
 * from them must be made anew. */
void losses_take_out(const struct losses *losses, const struct plan *plan,
                     struct coverage *coverage);
int losses_forget(const struct losses *losses, const struct plan *plan, struct journal *journal,
                  struct err *err);

#endif
