/* The price of a plan: what its places want, and the lengths that they get. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tenants/plan/price.h"

/* Measurements of fields with two types keep the shard groups of the source. */
static bool may_choose(const struct plan *plan)
{
    if (plan->settings->shard_duration_ns)
        return false;
    for (size_t i = 0; i < plan->catalogue->policy_count; i++)
        if (plan->catalogue->policies[i].mixed_types)
            return false;
    return true;
}

/* The time of the source's shard groups that are copied of a policy. */
static double time_of_policy(const struct plan *plan, size_t policy)
{
    double time = 0;

    for (size_t i = 0; i < plan->windows.count; i++)
        if (plan->windows.items[i].source_policy == policy)
            time += (double)clock_sub(plan->windows.items[i].range.end_ns,
                                      plan->windows.items[i].range.start_ns);
    return time;
}

static void add_times(struct price_place *places, const struct plan *plan)
{
    struct plan_cursor cursor = {.plan = plan};
    struct plan_piece piece;

    while (plan_cursor_next(&cursor, &piece))
        if (!piece.unreadable)
            range_list_add(&places[piece.unit->place].time, piece.range);
}

static void fill_place(struct price_place *place, const struct plan *plan, size_t number,
                       double time_of_source, const struct price_server *facts,
                       const struct holding *there)
{
    const struct plan_place *of = &plan->places[number];
    const struct plan_tenant *tenant = &plan->tenants[of->tenant];
    size_t pairs = plan->catalogue->pair_count;

    place->server = facts[tenant->server].paid_by;
    place->there = there && !of->retention->create ? &there[number] : NULL;
    place->length_ns = of->retention->shard_length_ns;
    place->keeps_ns = of->retention->duration_ns;
    place->is_free = of->retention->create && place->time.count && may_choose(plan);
    place->weight = (int64_t)tenant->measurement_count;
    /* The catalogue counts no points: measurements and time stand for them. */
    if (pairs && time_of_source > 0)
        place->share = (double)place->weight / (double)pairs *
                       (double)range_list_length_ns(&place->time) / time_of_source;
}

/* A database costs something from its first shard on: one that is there may be empty. */
static bool has_shards(const struct plan_tenant *tenant, const struct holding *there)
{
    if (tenant->retention.create)
        return false;
    for (size_t i = 0; there && i < tenant->place_count; i++)
        if (there[tenant->first_place + i].count)
            return true;
    return !there;
}

/* The first place of a tenant with something to copy pays for the database. */
static void mark_databases(struct price_place *places, struct plan *plan,
                           const struct holding *there)
{
    for (size_t i = 0; i < plan->tenant_count; i++) {
        struct plan_tenant *tenant = &plan->tenants[i];
        size_t at = tenant->first_place, end = at + tenant->place_count;

        while (at < end && !places[at].time.count)
            at++;
        tenant->makes_database = at < end && !tenant->problem && !has_shards(tenant, there);
        if (tenant->makes_database)
            places[at].makes_database = true;
    }
}

/* New groups of another length than the server's own are asked for. */
static void set_length(struct plan *plan, size_t number, const struct price_place *place)
{
    struct plan_place *of = &plan->places[number];
    struct retention_choice *choice =
        of->retention == &of->own ? &of->own : &plan->tenants[of->tenant].retention;

    if (place->is_free && place->length_ns != choice->shard_length_ns)
        retention_set_shards(choice, place->length_ns);
}

/* Notes what became of the places that were free. */
static void note_lengths(struct price_entry *entry, size_t number, const struct price_place *places,
                         const struct plan *plan)
{
    for (size_t i = 0; i < plan->place_count; i++) {
        if (places[i].server != number || !places[i].is_free)
            continue;
        entry->free_count++;
        entry->longer_count += places[i].length_ns != plan->places[i].retention->shard_length_ns;
        if (places[i].length_ns > entry->longest_ns)
            entry->longest_ns = places[i].length_ns;
    }
}

void price_make(struct price *price, struct plan *plan, const struct price_server *facts,
                size_t server_count, const struct holding *there)
{
    struct price_place *places = xcalloc(plan->place_count + 1, sizeof(*places));
    double *times = xcalloc(plan->catalogue->policy_count + 1, sizeof(*times));

    for (size_t i = 0; i < plan->catalogue->policy_count; i++)
        times[i] = time_of_policy(plan, i);
    add_times(places, plan);
    for (size_t i = 0; i < plan->place_count; i++)
        fill_place(&places[i], plan, i, times[plan->places[i].source_policy], facts, there);
    mark_databases(places, plan, there);
    price->items = xcalloc(server_count, sizeof(*price->items));
    price->count = server_count;
    for (size_t i = 0; i < server_count; i++) {
        struct price_entry *entry = &price->items[i];

        if (!facts[i].is_priced)
            continue;
        price_choose_lengths(&facts[i], i, places, plan->place_count, plan->cutoff_ns);
        price_server_entry(entry, &facts[i], i, places, plan->place_count, plan->cutoff_ns);
        note_lengths(entry, i, places, plan);
    }
    for (size_t i = 0; i < plan->place_count; i++) {
        set_length(plan, i, &places[i]);
        plan->places[i].new_shards = price_new_shards(&places[i], places[i].length_ns);
        range_list_release(&places[i].time);
    }
    free(times);
    free(places);
}
