#include "tenants/plan/price.h"

#include <stdlib.h>

#include "../../unit.h"
#include "base/clock.h"
#include "base/mem.h"

#define WEEK CLOCK_WEEK_NS
#define MIB  INT64_C(1048576)

/* A Thursday; shard groups of a week begin on Mondays. */
#define NOW (INT64_C(1795737600) * CLOCK_SECOND_NS)

/* Tenants with the newest `weeks` weeks of points. */
struct world {
    struct price_server server;
    struct price_place *places;
    size_t count;
};

static void add_tenants(struct world *w, size_t count, int64_t weeks, int64_t weight)
{
    w->places = xreallocarray(w->places, w->count + count, sizeof(*w->places));
    for (size_t i = 0; i < count; i++) {
        struct price_place *place = &w->places[w->count++];

        *place = (struct price_place){
            .length_ns = WEEK, .is_free = true, .makes_database = true, .weight = weight};
        range_list_add(&place->time, (struct range){NOW - weeks * WEEK, NOW + 1});
    }
}

static struct world make(int64_t descriptors, enum influx_index index)
{
    return (struct world){
        .server = {.is_priced = true,
                   .index = index,
                   .now = {[PRICE_DESCRIPTORS] = 30, [PRICE_SHARDS] = 5},
                   .limits = {[PRICE_DESCRIPTORS] = {descriptors, PRICE_MEASURED},
                              [PRICE_MAPS] = {PRICE_DEFAULT_MAPS, PRICE_ASSUMED}}}};
}

static struct price_entry choose(struct world *w)
{
    struct price_entry entry;

    price_choose_lengths(&w->server, 0, w->places, w->count, NOW);
    price_server_entry(&entry, &w->server, 0, w->places, w->count, NOW);
    return entry;
}

static void release(struct world *w)
{
    for (size_t i = 0; i < w->count; i++)
        range_list_release(&w->places[i].time);
    free(w->places);
}

static void shards_of_time(void **state)
{
    struct price_place place = {.length_ns = WEEK};
    struct holding there = {0};

    (void)state;
    assert_int_equal(price_new_shards(&place, WEEK), 0);
    range_list_add(&place.time, (struct range){NOW - 3 * WEEK, NOW});
    assert_int_equal(price_new_shards(&place, WEEK), 4);
    assert_int_equal(price_new_shards(&place, 520 * WEEK), 1);
    assert_int_equal(price_new_shards(&place, 0), 0);
    /* Two ranges in one group, and one far away. */
    range_list_add(&place.time, (struct range){NOW + 1, NOW + 2});
    assert_int_equal(price_new_shards(&place, WEEK), 4);
    range_list_add(&place.time, (struct range){NOW - 30 * WEEK, NOW - 30 * WEEK + 1});
    assert_int_equal(price_new_shards(&place, WEEK), 5);
    /* A group that is there isn't made. */
    holding_add(&there, (struct holding_group){1, {NOW - WEEK, NOW + WEEK}});
    place.there = &there;
    assert_int_equal(price_new_shards(&place, WEEK), 4);
    holding_release(&there);
    range_list_release(&place.time);
}

static void shards_at_the_ends_of_time(void **state)
{
    struct price_place place = {0};

    (void)state;
    range_list_add(&place.time, (struct range){INT64_MIN + 2, INT64_MAX});
    assert_in_range(price_new_shards(&place, WEEK), 30000, 31000);
    assert_in_range(price_new_shards(&place, 520 * WEEK), 58, 60);
    range_list_release(&place.time);
}

static void figures_of_both_indexes(void **state)
{
    struct world w = make(65536, INFLUX_INDEX_INMEM);
    struct price_entry entry;

    (void)state;
    add_tenants(&w, 10, 3, 1);
    price_server_entry(&entry, &w.server, 0, w.places, w.count, NOW);
    assert_int_equal(entry.added[PRICE_DATABASES], 10);
    assert_int_equal(entry.added[PRICE_SHARDS], 40);
    assert_int_equal(entry.added[PRICE_DESCRIPTORS], 10 * 8 + 40);
    assert_int_equal(entry.after[PRICE_DESCRIPTORS], 30 + 10 * 8 + 40);
    /* Each tenant's next week, and the source's. */
    assert_int_equal(entry.week[PRICE_SHARDS], 5 + 40 + 10 + 1);
    assert_false(entry.lacks[PRICE_DESCRIPTORS]);
    w.server.index = INFLUX_INDEX_TSI1;
    price_server_entry(&entry, &w.server, 0, w.places, w.count, NOW);
    assert_int_equal(entry.added[PRICE_DESCRIPTORS], 10 * 8 + 40 * 9);
    w.server.index = INFLUX_INDEX_UNKNOWN;
    price_server_entry(&entry, &w.server, 0, w.places, w.count, NOW);
    assert_int_equal(entry.added[PRICE_DESCRIPTORS], 10 * 8 + 40 * 9);
    /* Another server's places cost this one nothing. */
    price_server_entry(&entry, &w.server, 1, w.places, w.count, NOW);
    assert_int_equal(entry.added[PRICE_DESCRIPTORS], 0);
    release(&w);
}

static void room_enough_keeps_lengths(void **state)
{
    struct world w = make(65536, INFLUX_INDEX_INMEM);

    (void)state;
    add_tenants(&w, 300, 52, 1);
    choose(&w);
    for (size_t i = 0; i < w.count; i++)
        assert_true(w.places[i].length_ns == WEEK);
    release(&w);
}

static void small_tenants_first(void **state)
{
    struct world w = make(20000, INFLUX_INDEX_INMEM);
    struct price_entry entry;

    (void)state;
    add_tenants(&w, 20, 52, 500);
    add_tenants(&w, 480, 52, 5);
    entry = choose(&w);
    assert_true(w.places[0].length_ns == WEEK);
    assert_true(w.places[20].length_ns > WEEK);
    assert_true(entry.week[PRICE_DESCRIPTORS] <= 10000);
    release(&w);
}

static void policies_that_delete(void **state)
{
    struct world w = make(1024, INFLUX_INDEX_INMEM);

    (void)state;
    add_tenants(&w, 100, 12, 1);
    for (size_t i = 0; i < w.count; i++) {
        w.places[i].keeps_ns = 90 * CLOCK_DAY_NS;
        w.places[i].length_ns = CLOCK_DAY_NS;
    }
    choose(&w);
    for (size_t i = 0; i < w.count; i++)
        assert_true(w.places[i].length_ns == 14 * CLOCK_DAY_NS);
    release(&w);
}

static void what_is_not_free_stays(void **state)
{
    struct world w = make(2000, INFLUX_INDEX_INMEM);
    struct price_entry entry;

    (void)state;
    add_tenants(&w, 200, 12, 1);
    for (size_t i = 0; i < w.count; i++)
        w.places[i].is_free = false;
    entry = choose(&w);
    for (size_t i = 0; i < w.count; i++)
        assert_true(w.places[i].length_ns == WEEK);
    assert_true(entry.lacks[PRICE_DESCRIPTORS]);
    assert_false(entry.lacks[PRICE_MEMORY]);
    release(&w);
}

/* A delta that makes nothing goes on, however near the limit a server is. */
static void nothing_added_is_no_lack(void **state)
{
    struct world w = make(1000, INFLUX_INDEX_INMEM);
    struct price_entry entry;

    (void)state;
    w.server.now[PRICE_DESCRIPTORS] = 990;
    entry = choose(&w);
    assert_false(entry.lacks[PRICE_DESCRIPTORS]);
    assert_true(entry.lacks_in_a_week[PRICE_DESCRIPTORS]);
    add_tenants(&w, 1, 1, 1);
    entry = choose(&w);
    assert_true(entry.lacks[PRICE_DESCRIPTORS]);
    release(&w);
}

static void memory_counts_where_it_is_known(void **state)
{
    struct world w = make(65536, INFLUX_INDEX_TSI1);
    struct price_entry entry;

    (void)state;
    w.server.limits[PRICE_MEMORY] = (struct price_limit){200 * MIB, PRICE_TOLD};
    add_tenants(&w, 100, 52, 1);
    entry = choose(&w);
    assert_true(w.places[0].length_ns > WEEK);
    assert_false(entry.lacks[PRICE_MEMORY]);
    w.server.limits[PRICE_MEMORY].most = 100 * MIB;
    entry = choose(&w);
    assert_true(entry.lacks[PRICE_MEMORY]);
    release(&w);
}

/* 10,000 tenants with a year each, of a few large ones and many small ones. */
static void ten_thousand_tenants(void **state)
{
    struct world w = make(65536, INFLUX_INDEX_INMEM);
    struct price_entry entry;

    (void)state;
    add_tenants(&w, 100, 52, 1000);
    add_tenants(&w, 9900, 52, 20);
    /* The databases alone are too many for influxd's unit. */
    entry = choose(&w);
    assert_int_equal(entry.added[PRICE_DATABASES], 10000);
    assert_true(entry.lacks[PRICE_DESCRIPTORS]);
    assert_true(entry.lacks[PRICE_MAPS]);
    /* Where the limits are raised, all fits, and large tenants keep shorter groups. */
    for (size_t i = 0; i < w.count; i++)
        w.places[i].length_ns = WEEK;
    w.server.limits[PRICE_DESCRIPTORS].most = w.server.limits[PRICE_MAPS].most = 262144;
    entry = choose(&w);
    assert_false(entry.lacks[PRICE_DESCRIPTORS]);
    assert_false(entry.lacks[PRICE_MAPS]);
    assert_false(entry.lacks_in_a_week[PRICE_DESCRIPTORS]);
    assert_true(w.places[0].length_ns < w.places[100].length_ns);
    assert_int_equal(entry.after[PRICE_SHARDS] - 5, entry.added[PRICE_SHARDS]);
    release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a shard is paid for each group that time touches, unless it is there",
             shards_of_time),
        TEST("all of time has as many groups as it has weeks, or decades",
             shards_at_the_ends_of_time),
        TEST("a tsi1 shard takes nine descriptors, an inmem one takes one, and an unknown one "
             "counts as tsi1",
             figures_of_both_indexes),
        TEST("a server with room enough gets groups of its own length", room_enough_keeps_lengths),
        TEST("groups of the tenants with the fewest measurements become longer first",
             small_tenants_first),
        TEST("a policy that deletes points gets groups of a quarter of its time at most",
             policies_that_delete),
        TEST("a length that is given stays, also where it does not fit", what_is_not_free_stays),
        TEST("a run that adds nothing lacks nothing, however full the server is",
             nothing_added_is_no_lack),
        TEST("memory counts where its limit is known", memory_counts_where_it_is_known),
        TEST("10,000 tenants need higher limits, and fit then", ten_thousand_tenants),
    };

    return cmocka_run_group_tests_name("tenants/price", tests, NULL, NULL);
}
