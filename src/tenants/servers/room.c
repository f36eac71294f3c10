#include "tenants/servers/room.h"

#include <inttypes.h>

#include "base/clock.h"
#include "tenants/servers/process.h"
#include "tenants/servers/servers.h"

/* What a server runs out of, and what can be counted while it runs. */
static const enum price_item items[] = {PRICE_DESCRIPTORS, PRICE_MAPS};
enum { ITEMS = sizeof(items) / sizeof(items[0]) };

void room_init(struct room *room, const struct price_server *facts, bool only_measured)
{
    *room = (struct room){.index = facts->index};
    if (!facts->is_priced)
        return;
    room->process = (pid_t)facts->process;
    for (size_t i = 0; i < ITEMS; i++) {
        enum price_item item = items[i];
        struct price_limit limit = facts->limits[item];

        if (only_measured)
            limit.most = facts->measured[item];
        room->used[item] = facts->now[item];
        room->limit[item] = limit.most;
        room->most[item] = limit.most - (limit.most - price_bound(&limit)) / 4 * 3;
    }
}

enum price_item room_lacks(const struct room *room, int64_t databases, int64_t shards)
{
    for (size_t i = 0; i < ITEMS; i++) {
        enum price_item item = items[i];
        int64_t more = price_of(item, room->index, databases, shards);

        if (more && room->most[item] &&
            room->used[item] + room->taken[item] + more > room->most[item])
            return item;
    }
    return PRICE_ITEMS;
}

void room_take(struct room *room, int64_t databases, int64_t shards)
{
    for (size_t i = 0; i < ITEMS; i++)
        room->taken[items[i]] += price_of(items[i], room->index, databases, shards);
}

enum price_item room_is_short(const struct room *room)
{
    for (size_t i = 0; i < ITEMS; i++) {
        int64_t limit = room->limit[items[i]], reserve = limit - room->most[items[i]];

        if (limit && room->used[items[i]] > limit - reserve / 3)
            return items[i];
    }
    return PRICE_ITEMS;
}

bool room_is_easy(const struct room *room)
{
    for (size_t i = 0; i < ITEMS; i++)
        if (room->limit[items[i]] && room->used[items[i]] >= room->limit[items[i]] / 5 * 4)
            return false;
    return true;
}

enum price_item room_is_crowded(const struct room *room)
{
    for (size_t i = 0; i < ITEMS; i++) {
        int64_t limit = room->limit[items[i]];

        if (limit && room->used[items[i]] + room->taken[items[i]] >= limit - limit / 10)
            return items[i];
    }
    return PRICE_ITEMS;
}

void room_add_words(struct strbuf *sb, const struct room *room, enum price_item item)
{
    strbuf_addf(sb, "%s: %" PRId64 " of %" PRId64 " are in use", price_item_name(item),
                room->used[item], room->limit[item]);
    if (room->taken[item])
        strbuf_addf(sb, ", %" PRId64 " more were promised in this run", room->taken[item]);
    strbuf_addf(sb, ", and %" PRId64 " stay in reserve", room->limit[item] - room->most[item]);
}

bool room_look(struct room *room)
{
    int64_t descriptors, maps, began_ns = clock_monotonic_ns();
    bool seen = room->process && process_use(room->process, &descriptors, &maps);

    room->looked_ns = clock_monotonic_ns();
    room->look_ns = room->looked_ns - began_ns;
    if (!seen)
        return false;
    room->used[PRICE_DESCRIPTORS] = descriptors;
    room->used[PRICE_MAPS] = maps;
    return true;
}

void room_settle(struct room *room)
{
    if (!room_look(room))
        return;
    for (size_t i = 0; i < ITEMS; i++)
        room->taken[items[i]] = 0;
}

void rooms_set(struct servers *servers, const struct price *price, bool only_measured)
{
    for (size_t i = 0; i < price->count; i++) {
        servers->items[i].payer = price->items[i].server.paid_by;
        room_init(&servers->items[i].room, &price->items[i].server, only_measured);
    }
}

struct room *room_of(const struct servers *servers, size_t number)
{
    return &servers->items[servers->items[number].payer].room;
}

/* The shards that a tenant may get. */
static int64_t new_shards(const struct plan *plan, const struct plan_tenant *tenant)
{
    int64_t count = 0;

    for (size_t i = 0; i < tenant->place_count; i++)
        count += plan->places[tenant->first_place + i].new_shards;
    return count;
}

size_t rooms_admit(struct plan *plan, const struct servers *servers, size_t *ret_held_back)
{
    size_t admitted = 0;

    *ret_held_back = 0;
    for (size_t i = 0; i < plan->tenant_count; i++) {
        struct plan_tenant *tenant = &plan->tenants[i];
        struct room *room = room_of(servers, tenant->server);
        int64_t shards = new_shards(plan, tenant), databases = tenant->makes_database;
        bool fits;

        if (tenant->is_begun || tenant->problem || !tenant->piece_count)
            continue;
        fits = room_lacks(room, databases, shards) == PRICE_ITEMS;
        *ret_held_back += !fits;
        if (fits) {
            room_take(room, databases, shards);
            tenant->is_begun = true;
            admitted += tenant->held_back;
        }
        tenant->held_back = !fits;
    }
    return admitted;
}

enum price_item rooms_item_for(const struct plan *plan, const struct servers *servers,
                               size_t tenant)
{
    const struct plan_tenant *of = &plan->tenants[tenant];

    return room_lacks(room_of(servers, of->server), of->makes_database, new_shards(plan, of));
}
