/*
 * Losses: the time of points that were copied into a target and are gone. A shard group that is
 * gone tells of them (tenants/plan/holding.h); a run lets the journal remember the groups that it
 * fills.
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
    size_t place; /* index in plan.places */
    struct range_list ranges;
    struct holding now; /* the shard groups that the target still has */
};

struct losses {
    struct loss *items;
    size_t count, alloc;
};

void losses_release(struct losses *losses);

enum losses_when {
    LOSSES_BEFORE_RUN, /* databases that the run is to make hold nothing yet, and lose nothing */
    LOSSES_AFTER_RUN,  /* all databases of the plan are there */
};

/*
 * Compares the shard groups of the plan's targets with those that the journal remembers; one
 * request for each server. A target that can't be compared has no loss: it is on another server
 * than an InfluxDB 1.x, or the user may not see shard groups. -1 where the journal can't be read.
 * `losses` must be zero.
 */
int losses_find(const struct plan *plan, const struct servers *servers, struct journal *journal,
                enum losses_when when, struct losses *losses, struct err *err);

/* Take the losses out of a coverage, and out of the journal. A plan that was made from either must
 * be made again. */
void losses_take_out(const struct losses *losses, const struct plan *plan,
                     struct coverage *coverage);
int losses_forget(const struct losses *losses, const struct plan *plan, struct journal *journal,
                  struct err *err);

#endif
