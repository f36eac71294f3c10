#include "tenants/servers/room.h"

#include "../../unit.h"

static struct price_server facts(int64_t now, int64_t most, enum price_origin origin)
{
    struct price_server server = {.is_priced = true, .index = INFLUX_INDEX_INMEM};

    server.now[PRICE_DESCRIPTORS] = now;
    server.limits[PRICE_DESCRIPTORS] = (struct price_limit){most, origin};
    return server;
}

/* A database of one shard takes nine descriptors; 3 % of the limit stay. */
static void promises(void **state)
{
    const struct price_server server = facts(890, 1000, PRICE_MEASURED);
    struct room room;

    (void)state;
    room_init(&room, &server, false);
    assert_int_equal(room.most[PRICE_DESCRIPTORS], 970);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(room_lacks(&room, 1, 1), PRICE_ITEMS);
        room_take(&room, 1, 1);
    }
    assert_int_equal(room_lacks(&room, 1, 1), PRICE_DESCRIPTORS);
    assert_int_equal(room_lacks(&room, 0, 8), PRICE_ITEMS);
    /* Nothing made is never too much. */
    room.used[PRICE_DESCRIPTORS] = 999;
    assert_int_equal(room_lacks(&room, 0, 0), PRICE_ITEMS);
}

static void fits_price(void **state)
{
    const struct price_limit limit = {1000, PRICE_TOLD};
    const struct price_server server = facts(0, 1000, PRICE_TOLD);
    struct room room;

    (void)state;
    room_init(&room, &server, false);
    assert_int_equal(room_lacks(&room, 0, price_bound(&limit)), PRICE_ITEMS);
}

static void only_measured(void **state)
{
    struct price_server server = facts(900, 1000, PRICE_TOLD);
    struct room room;

    (void)state;
    room_init(&room, &server, false);
    assert_int_equal(room_lacks(&room, 100, 100), PRICE_DESCRIPTORS);
    room_init(&room, &server, true);
    assert_int_equal(room_lacks(&room, 100, 100), PRICE_ITEMS);
    server.measured[PRICE_DESCRIPTORS] = 1100;
    room_init(&room, &server, true);
    assert_int_equal(room_lacks(&room, 100, 100), PRICE_DESCRIPTORS);
}

static void signs(void **state)
{
    const struct price_server server = facts(800, 1000, PRICE_TOLD);
    struct strbuf words = STRBUF_INIT;
    struct room room;

    (void)state;
    room_init(&room, &server, false);
    assert_int_equal(room_is_crowded(&room), PRICE_ITEMS);
    room_take(&room, 0, 100);
    assert_int_equal(room_is_crowded(&room), PRICE_DESCRIPTORS);
    assert_int_equal(room_is_short(&room), PRICE_ITEMS);
    room_add_words(&words, &room, PRICE_DESCRIPTORS);
    assert_string_equal(words.buf, "descriptors: 800 of 1000 are in use, 100 more were promised in "
                                   "this run, and 30 stay in reserve");
    assert_false(room_is_easy(&room));
    room.used[PRICE_DESCRIPTORS] = 799;
    assert_true(room_is_easy(&room));
    room.used[PRICE_DESCRIPTORS] = 991;
    assert_int_equal(room_is_short(&room), PRICE_DESCRIPTORS);
    strbuf_release(&words);
}

/* A VictoriaMetrics, or a server whose price wasn't asked. */
static void unknown(void **state)
{
    const struct price_server server = {0};
    struct room room;

    (void)state;
    room_init(&room, &server, true);
    assert_int_equal(room_lacks(&room, 1000000, 1000000), PRICE_ITEMS);
    assert_int_equal(room_is_short(&room), PRICE_ITEMS);
    assert_int_equal(room_is_crowded(&room), PRICE_ITEMS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("what was promised counts, and a reserve stays", promises),
        TEST("a run that fits by its price has room", fits_price),
        TEST("a limit that is ignored gives way to that of the process", only_measured),
        TEST("a server that has only its reserve left is short", signs),
        TEST("without a limit there is always room", unknown),
    };

    return cmocka_run_group_tests_name("tenants/room", tests, NULL, NULL);
}
