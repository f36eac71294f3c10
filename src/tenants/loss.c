#include "tenants/loss.h"

#include <stdlib.h>

#include "base/mem.h"
#include "tenants/plan/holding.h"
#include "tenants/run/holdings.h"

void losses_release(struct losses *losses)
{
    for (size_t i = 0; i < losses->count; i++) {
        range_list_release(&losses->items[i].ranges);
        holding_release(&losses->items[i].now);
    }
    free(losses->items);
    *losses = (struct losses){0};
}

/* Reads the shard groups that the journal remembers, of all places. `ret_any` becomes true where
 * there are any; it must be false before. */
static int recall_all(const struct plan *plan, struct journal *journal, struct holding *before,
                      bool *ret_any, struct err *err)
{
    for (size_t i = 0; i < plan->place_count; i++) {
        if (journal_recall(journal, plan->places[i].name, &before[i], err) < 0)
            return -1;
        *ret_any = *ret_any || before[i].count;
    }
    return 0;
}

static void compare(struct holdings *now, const struct holding *before, enum losses_when when,
                    struct losses *losses)
{
    const struct plan *plan = now->plan;

    for (size_t i = 0; i < plan->place_count; i++) {
        struct range_list ranges = RANGE_LIST_INIT;

        if (now->known[i] && (when == LOSSES_AFTER_RUN || !plan->places[i].retention->create))
            holding_compare(&before[i], &now->by_place[i], plan->places[i].oldest_ns, &ranges);
        if (!ranges.count)
            continue;
        GROW(losses->items, losses->count, losses->alloc);
        losses->items[losses->count++] = (struct loss){i, ranges, now->by_place[i]};
        now->by_place[i] = (struct holding){0};
    }
}

int losses_find(const struct plan *plan, const struct servers *servers, struct journal *journal,
                enum losses_when when, struct losses *losses, struct err *err)
{
    struct holding *before = xcalloc(plan->place_count, sizeof(*before));
    struct holdings now;
    bool any = false;
    int rc;

    holdings_init(&now, plan, servers);
    rc = recall_all(plan, journal, before, &any, err);
    if (rc == 0 && any) {
        holdings_read(&now);
        compare(&now, before, when, losses);
    }
    for (size_t i = 0; i < plan->place_count; i++)
        holding_release(&before[i]);
    free(before);
    holdings_release(&now);
    return rc;
}

void losses_take_out(const struct losses *losses, const struct plan *plan,
                     struct coverage *coverage)
{
    for (size_t i = 0; i < losses->count; i++) {
        const struct plan_place *place = &plan->places[losses->items[i].place];
        const struct plan_tenant *tenant = &plan->tenants[place->tenant];

        for (size_t k = 0; k < losses->items[i].ranges.count; k++)
            coverage_take_out(coverage, tenant->id,
                              plan->catalogue->policies[place->source_policy].name, tenant->target,
                              losses->items[i].ranges.items[k]);
    }
}

int losses_forget(const struct losses *losses, const struct plan *plan, struct journal *journal,
                  struct err *err)
{
    for (size_t i = 0; i < losses->count; i++) {
        const struct loss *loss = &losses->items[i];
        const struct plan_place *place = &plan->places[loss->place];
        const char *policy = plan->catalogue->policies[place->source_policy].name;

        for (size_t k = 0; k < loss->ranges.count; k++)
            if (journal_forget_time(journal, plan->tenants[place->tenant].target, policy,
                                    loss->ranges.items[k], err) < 0)
                return -1;
        /* The journal remembers only the groups that are still there. Else, after a kill, the next
         * run would miss the lost groups again, and copy their time once more. */
        if (journal_remember(journal, place->name, &loss->now, err) < 0)
            return -1;
    }
    return 0;
}
