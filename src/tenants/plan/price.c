#include "tenants/plan/price.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tenants/plan/window.h"

#define KIB 1024
#define MIB (1024 * KIB)

/* What a database and a shard cost (measured on 1.6.7; `make price` compares
 * them with a server). A database has a
 * series file of eight parts, each a descriptor and a map. A shard has the file of its log, and
 * later a file of points, which is mapped; tsi1 adds eight files, which are mapped when the server
 * is started again. */
static const int64_t database_price[PRICE_ITEMS] = {
    [PRICE_DATABASES] = 1,      [PRICE_DESCRIPTORS] = 8,  [PRICE_MAPS] = 8,
    [PRICE_MEMORY] = 900 * KIB, [PRICE_DISK] = 100 * KIB,
};
static const int64_t shard_prices[][PRICE_ITEMS] = {
    [INFLUX_INDEX_INMEM] = {[PRICE_SHARDS] = 1,
                            [PRICE_DESCRIPTORS] = 1,
                            [PRICE_MAPS] = 1,
                            [PRICE_MEMORY] = 200 * KIB,
                            [PRICE_DISK] = 10 * KIB},
    [INFLUX_INDEX_TSI1] = {[PRICE_SHARDS] = 1,
                           [PRICE_DESCRIPTORS] = 9,
                           [PRICE_MAPS] = 9,
                           [PRICE_MEMORY] = 880 * KIB,
                           [PRICE_DISK] = 80 * KIB},
};

/* Lengths of shard groups, in weeks. The longest is that of ten years, which InfluxDB takes. */
static const int64_t weeks[] = {1, 2, 4, 13, 26, 52, 104, 260, 520};
/* Policies that delete points have groups of days, too. */
static const int64_t days[] = {1, 2, 4};

const char *price_item_name(enum price_item item)
{
    static const char *const names[PRICE_ITEMS] = {
        [PRICE_DATABASES] = "databases",     [PRICE_SHARDS] = "shards",
        [PRICE_DESCRIPTORS] = "descriptors", [PRICE_MAPS] = "maps",
        [PRICE_MEMORY] = "memory",           [PRICE_DISK] = "disk",
    };

    return names[item];
}

int64_t price_bound(const struct price_limit *limit)
{
    return limit->most - limit->most / 25;
}

/* Counts the shard groups of this length that the ranges touch. */
static int64_t count_groups(const struct range_list *time, int64_t length_ns)
{
    int64_t count = 0, counted_ns = INT64_MIN;

    for (size_t i = 0; i < time->count; i++) {
        struct range groups = window_shards(time->items[i], length_ns);
        uint64_t length;

        if (groups.start_ns < counted_ns)
            groups.start_ns = counted_ns;
        if (groups.start_ns >= groups.end_ns)
            continue;
        counted_ns = groups.end_ns;
        /* All of time is longer than an int64_t. Its first and last group are shorter. */
        length = (uint64_t)groups.end_ns - (uint64_t)groups.start_ns;
        count += (int64_t)((length - 1) / (uint64_t)length_ns + 1);
    }
    return count;
}

static int64_t count_new(const struct range_list *time, const struct holding *there,
                         int64_t length_ns)
{
    struct range_list rest = RANGE_LIST_INIT;
    int64_t count;

    if (length_ns <= 0)
        return 0;
    if (!there || !there->count)
        return count_groups(time, length_ns);
    range_list_copy(&rest, time);
    for (size_t i = 0; i < there->count; i++)
        range_list_subtract(&rest, there->items[i].range);
    count = count_groups(&rest, length_ns);
    range_list_release(&rest);
    return count;
}

int64_t price_new_shards(const struct price_place *place, int64_t length_ns)
{
    return count_new(&place->time, place->there, length_ns);
}

/* How many more shards there are after a week in which points come in for the place. */
static int64_t grown_shards(const struct price_place *place, int64_t now_ns)
{
    struct range_list time = RANGE_LIST_INIT;
    int64_t count;

    range_list_copy(&time, &place->time);
    range_list_add(&time, (struct range){now_ns, clock_add(now_ns, CLOCK_WEEK_NS)});
    count = count_new(&time, place->there, place->length_ns);
    range_list_release(&time);
    return count - price_new_shards(place, place->length_ns);
}

static void add(int64_t *figures, const int64_t *price, int64_t times)
{
    for (enum price_item i = 0; i < PRICE_ITEMS; i++)
        figures[i] += times * price[i];
}

static const int64_t *shard_price(enum influx_index index)
{
    return shard_prices[index == INFLUX_INDEX_INMEM ? INFLUX_INDEX_INMEM : INFLUX_INDEX_TSI1];
}

int64_t price_of(enum price_item item, enum influx_index index, int64_t databases, int64_t shards)
{
    return databases * database_price[item] + shards * shard_price(index)[item];
}

static void set_lacks(struct price_entry *entry)
{
    for (enum price_item i = 0; i < PRICE_ITEMS; i++) {
        const struct price_limit *limit = &entry->server.limits[i];

        /* The disk is an estimate, by the room that points take in the source: no run is refused
         * for it. */
        if (limit->origin == PRICE_NO_LIMIT || i == PRICE_DISK)
            continue;
        entry->lacks[i] = entry->added[i] > 0 && entry->after[i] > price_bound(limit);
        entry->lacks_in_a_week[i] =
            entry->week[i] > entry->after[i] && entry->week[i] > price_bound(limit);
    }
}

void price_server_entry(struct price_entry *entry, const struct price_server *server, size_t number,
                        const struct price_place *places, size_t count, int64_t now_ns)
{
    int64_t grown = 1; /* the source, or whatever else is written there */

    *entry = (struct price_entry){.server = *server};
    if (!server->is_priced)
        return;
    for (size_t i = 0; i < count; i++) {
        const struct price_place *place = &places[i];

        if (place->server != number)
            continue;
        if (place->makes_database)
            add(entry->added, database_price, 1);
        add(entry->added, shard_price(server->index), price_new_shards(place, place->length_ns));
        entry->added[PRICE_DISK] += (int64_t)(place->share * (double)server->source_bytes);
        grown += grown_shards(place, now_ns);
    }
    for (enum price_item i = 0; i < PRICE_ITEMS; i++)
        entry->week[i] = entry->after[i] = server->now[i] + entry->added[i];
    add(entry->week, shard_price(server->index), grown);
    set_lacks(entry);
}

/* Choosing lengths */

/* The longest length that a place may have. */
static int64_t longest_of(const struct price_place *place)
{
    int64_t longest_ns = place->keeps_ns ? place->keeps_ns / 4 : INT64_MAX;

    return longest_ns > place->length_ns ? longest_ns : place->length_ns;
}

/* The shortest length, from the place's own on, with which weight times length is `worth`. */
static int64_t length_for(const struct price_place *place, double worth)
{
    int64_t chosen_ns = place->length_ns, longest_ns = longest_of(place);

    for (size_t i = 0; i < ARRAY_SIZE(days) + ARRAY_SIZE(weeks); i++) {
        int64_t length_ns = i < ARRAY_SIZE(days) ? days[i] * CLOCK_DAY_NS
                                                 : weeks[i - ARRAY_SIZE(days)] * CLOCK_WEEK_NS;

        if ((double)chosen_ns * (double)place->weight >= worth)
            break;
        if (length_ns > chosen_ns && length_ns <= longest_ns)
            chosen_ns = length_ns;
    }
    return chosen_ns;
}

/* How much of the scarcest limit is used, 1 being all that may; of `figures`. */
static double use_of(const struct price_entry *entry, const int64_t *figures)
{
    double most = 0;

    for (enum price_item i = 0; i < PRICE_ITEMS; i++) {
        const struct price_limit *limit = &entry->server.limits[i];
        double use;

        if (limit->origin == PRICE_NO_LIMIT || i == PRICE_DISK || price_bound(limit) <= 0)
            continue;
        use = (double)figures[i] / (double)price_bound(limit);
        most = use > most ? use : most;
    }
    return most;
}

/* The lengths that one worth gives, tried. */
struct trial {
    struct price_place *places; /* a copy */
    const struct price_place *own;
    size_t count, number;
    const struct price_server *server;
    int64_t now_ns;
};

static void try_worth(const struct trial *trial, double worth, struct price_entry *entry)
{
    for (size_t i = 0; i < trial->count; i++)
        if (trial->own[i].server == trial->number && trial->own[i].is_free)
            trial->places[i].length_ns = length_for(&trial->own[i], worth);
    price_server_entry(entry, trial->server, trial->number, trial->places, trial->count,
                       trial->now_ns);
}

/* The least and the most worth that make a difference. */
static bool find_worths(const struct trial *trial, double *ret_least, double *ret_most)
{
    bool any = false;

    for (size_t i = 0; i < trial->count; i++) {
        const struct price_place *place = &trial->own[i];
        double own = (double)place->length_ns * (double)place->weight;
        double last = (double)weeks[ARRAY_SIZE(weeks) - 1] * CLOCK_WEEK_NS * (double)place->weight;

        if (place->server != trial->number || !place->is_free)
            continue;
        if (!any || own < *ret_least)
            *ret_least = own;
        if (!any || last > *ret_most)
            *ret_most = last;
        any = true;
    }
    return any;
}

/* The worth of a shard at which the use is least, or good enough. A greater worth makes longer
 * groups, which cost more room of their own when points are deleted. */
static double choose_worth(const struct trial *trial, double least, double most)
{
    double chosen = 0, fitting = -1, fitting_a_week = -1, least_use = -1;

    /* Steps of 1.5 at most: between two lengths lies a factor of 1.75 at least. */
    for (double worth = 0; worth <= most * 1.5; worth = worth > 0 ? worth * 1.5 : least * 1.01) {
        struct price_entry entry;
        double after, week;

        try_worth(trial, worth, &entry);
        after = use_of(&entry, entry.after);
        week = use_of(&entry, entry.week);
        if (week <= 0.5)
            return worth;
        if (fitting_a_week < 0 && week <= 1)
            fitting_a_week = worth;
        if (fitting < 0 && after <= 1)
            fitting = worth;
        if (least_use < 0 || after < least_use) {
            least_use = after;
            chosen = worth;
        }
    }
    return fitting_a_week >= 0 ? fitting_a_week : fitting >= 0 ? fitting : chosen;
}

void price_choose_lengths(const struct price_server *server, size_t number,
                          struct price_place *places, size_t count, int64_t now_ns)
{
    struct trial trial = {.places = xcalloc(count + 1, sizeof(*places)),
                          .own = places,
                          .count = count,
                          .number = number,
                          .server = server,
                          .now_ns = now_ns};
    double least = 0, most = 0, worth = 0;

    for (size_t i = 0; i < count; i++)
        trial.places[i] = places[i];
    if (server->is_priced && find_worths(&trial, &least, &most))
        worth = choose_worth(&trial, least, most);
    for (size_t i = 0; i < count; i++)
        if (places[i].server == number && places[i].is_free)
            trial.places[i].length_ns = length_for(&places[i], worth);
    for (size_t i = 0; i < count; i++)
        places[i].length_ns = trial.places[i].length_ns;
    free(trial.places);
}

bool price_fits(const struct price *price)
{
    for (size_t i = 0; i < price->count; i++)
        for (enum price_item k = 0; k < PRICE_ITEMS; k++)
            if (price->items[i].lacks[k])
                return false;
    return true;
}

void price_release(struct price *price)
{
    free(price->items);
    *price = (struct price){0};
}
