#include "tenants/loss.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/names.h"
#include "influx/shard_groups.h"
#include "tenants/plan/holding.h"

void losses_release(struct losses *losses)
{
    for (size_t i = 0; i < losses->count; i++) {
        range_list_release(&losses->items[i].ranges);
        holding_release(&losses->items[i].now);
    }
    free(losses->items);
    *losses = (struct losses){0};
}

/* What the targets hold: by number of the plan's tenants. */
struct holdings {
    const struct plan *plan;
    struct holding *by_tenant;
    bool *known;            /* by tenant */
    struct names databases; /* of the server that is being read; as many numbers in `tenants` */
    size_t *tenants;
    size_t tenants_alloc;
};

static void holdings_release(struct holdings *holdings)
{
    for (size_t i = 0; i < holdings->plan->tenant_count; i++)
        holding_release(&holdings->by_tenant[i]);
    free(holdings->by_tenant);
    free(holdings->known);
    free(holdings->tenants);
    names_release(&holdings->databases);
}

static void add_group(void *context, const struct shard_group *group)
{
    struct holdings *holdings = context;
    uint32_t number = names_find(&holdings->databases, group->database);
    size_t tenant;

    if (number == NAMES_NONE)
        return;
    tenant = holdings->tenants[number];
    if (strcmp(group->policy, holdings->plan->tenants[tenant].retention.policy) == 0)
        holding_add(&holdings->by_tenant[tenant],
                    (struct holding_group){group->id, {group->start_ns, group->end_ns}});
}

static bool can_hold(const struct plan *plan, const struct plan_tenant *tenant)
{
    return !tenant->problem && !plan->servers->items[tenant->server].away &&
           tenant->retention.policy && plan->servers->items[tenant->server].kind == INFLUX_KIND_1;
}

/* Those of one server. */
static int read_server(struct holdings *holdings, size_t server, struct err *err)
{
    const struct plan *plan = holdings->plan;

    names_release(&holdings->databases);
    for (size_t i = 0; i < plan->tenant_count; i++) {
        uint32_t number;

        if (plan->tenants[i].server != server || !can_hold(plan, &plan->tenants[i]))
            continue;
        number = names_add(&holdings->databases, plan->tenants[i].database);
        GROW(holdings->tenants, number, holdings->tenants_alloc);
        holdings->tenants[number] = i;
        holdings->known[i] = true;
    }
    if (!holdings->databases.count)
        return 0;
    return shard_groups_read(&plan->servers->items[server].client, add_group, holdings, err);
}

static void holdings_init(struct holdings *holdings, const struct plan *plan)
{
    *holdings = (struct holdings){.plan = plan, .databases = NAMES_INIT};
    holdings->by_tenant = xcalloc(plan->tenant_count, sizeof(*holdings->by_tenant));
    holdings->known = xcalloc(plan->tenant_count, sizeof(*holdings->known));
}

/* Servers that don't tell are passed over: nothing is known of their tenants. */
static void read_all(struct holdings *holdings)
{
    const struct plan *plan = holdings->plan;

    for (size_t server = 0; server < plan->servers->count; server++) {
        struct err err = ERR_INIT;

        if (read_server(holdings, server, &err) == 0)
            continue;
        log_debug("what the targets hold isn't known: %s", err.message);
        for (size_t i = 0; i < plan->tenant_count; i++)
            if (plan->tenants[i].server == server)
                holdings->known[i] = false;
        err_release(&err);
    }
}

/* What the journal remembers of all targets; false in `ret_any` where that is nothing. */
static int recall_all(const struct plan *plan, struct journal *journal, struct holding *before,
                      bool *ret_any, struct err *err)
{
    for (size_t i = 0; i < plan->tenant_count; i++) {
        if (journal_recall(journal, plan->tenants[i].place, &before[i], err) < 0)
            return -1;
        *ret_any = *ret_any || before[i].count;
    }
    return 0;
}

static void compare(struct holdings *now, const struct holding *before, struct losses *losses)
{
    const struct plan *plan = now->plan;

    for (size_t i = 0; i < plan->tenant_count; i++) {
        struct range_list ranges = RANGE_LIST_INIT;

        if (now->known[i] && !plan->tenants[i].retention.create)
            holding_compare(&before[i], &now->by_tenant[i], plan->tenants[i].oldest_ns, &ranges);
        if (!ranges.count)
            continue;
        GROW(losses->items, losses->count, losses->alloc);
        losses->items[losses->count++] = (struct loss){i, ranges, now->by_tenant[i]};
        now->by_tenant[i] = (struct holding){0};
    }
}

int losses_find(const struct plan *plan, struct journal *journal, struct losses *losses,
                struct err *err)
{
    struct holding *before = xcalloc(plan->tenant_count, sizeof(*before));
    struct holdings now;
    bool any = false;
    int rc;

    holdings_init(&now, plan);
    rc = recall_all(plan, journal, before, &any, err);
    if (rc == 0 && any) {
        read_all(&now);
        compare(&now, before, losses);
    }
    for (size_t i = 0; i < plan->tenant_count; i++)
        holding_release(&before[i]);
    free(before);
    holdings_release(&now);
    return rc;
}

void losses_take_out(const struct losses *losses, const struct plan *plan,
                     struct coverage *coverage)
{
    for (size_t i = 0; i < losses->count; i++) {
        const struct plan_tenant *tenant = &plan->tenants[losses->items[i].tenant];

        for (size_t k = 0; k < losses->items[i].ranges.count; k++)
            coverage_take_out(coverage, tenant->id, tenant->place,
                              losses->items[i].ranges.items[k]);
    }
}

int losses_forget(const struct losses *losses, const struct plan *plan, struct journal *journal,
                  struct err *err)
{
    for (size_t i = 0; i < losses->count; i++) {
        const struct loss *loss = &losses->items[i];
        const char *place = plan->tenants[loss->tenant].place;

        for (size_t k = 0; k < loss->ranges.count; k++)
            if (journal_forget_time(journal, place, loss->ranges.items[k], err) < 0)
                return -1;
        /* What is copied into it from here on isn't lost when this run is killed. */
        if (journal_remember(journal, place, &loss->now, err) < 0)
            return -1;
    }
    return 0;
}

/* What was there before and went during the run stays remembered: the next run notices it. */
static int keep_what_went(const struct plan_tenant *tenant, struct journal *journal,
                          struct holding *now, struct err *err)
{
    struct holding before = {0};
    int rc = journal_recall(journal, tenant->place, &before, err);

    for (size_t i = 0; i < before.count; i++)
        if (before.items[i].range.end_ns > tenant->oldest_ns)
            holding_add(now, before.items[i]);
    holding_release(&before);
    return rc;
}

int losses_remember(const struct plan *plan, struct journal *journal, struct err *err)
{
    struct holdings now;
    int rc = 0;

    holdings_init(&now, plan);
    read_all(&now);
    for (size_t i = 0; i < plan->tenant_count && rc == 0; i++)
        if (now.known[i] &&
            (rc = keep_what_went(&plan->tenants[i], journal, &now.by_tenant[i], err)) == 0)
            rc = journal_remember(journal, plan->tenants[i].place, &now.by_tenant[i], err);
    holdings_release(&now);
    return rc;
}
