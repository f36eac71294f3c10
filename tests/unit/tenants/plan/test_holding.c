#include "tenants/plan/holding.h"

#include <string.h>

#include "../../unit.h"

static struct holding_group group(int64_t id, int64_t start, int64_t end)
{
    return (struct holding_group){id, {start, end}};
}

static void is_sorted(void **state)
{
    struct holding holding = {0};

    (void)state;
    holding_add(&holding, group(7, 0, 10));
    holding_add(&holding, group(3, 10, 20));
    holding_add(&holding, group(5, 20, 30));
    holding_add(&holding, group(5, 90, 99));
    assert_int_equal(holding.count, 3);
    assert_int_equal(holding.items[0].id, 3);
    assert_int_equal(holding.items[1].id, 5);
    assert_int_equal(holding.items[1].range.start_ns, 20);
    assert_int_equal(holding.items[2].id, 7);
    holding_release(&holding);
}

static void text_and_back(void **state)
{
    struct holding holding = {0}, again = {0};
    struct strbuf text = STRBUF_INIT;

    (void)state;
    holding_add(&holding, group(9, -604800000000000, 0));
    holding_add(&holding, group(2, INT64_MIN, INT64_MAX));
    holding_add_text(&text, &holding);
    assert_string_equal(text.buf, "2 -9223372036854775808 9223372036854775807\n"
                                  "9 -604800000000000 0\n");
    holding_parse(&again, text.buf);
    assert_int_equal(again.count, 2);
    assert_memory_equal(again.items, holding.items, 2 * sizeof(*holding.items));
    holding_parse(&again, "");
    holding_parse(&again, "no group\n\n1 2\n4 5 6");
    assert_int_equal(again.count, 3);
    assert_int_equal(again.items[1].id, 4);
    /* A line lacks a number that the next one has; another line has more than three. */
    holding_parse(&again, "11\n12 13\n\n14 15 16 17\n18 19 20x\n");
    assert_int_equal(again.count, 3);
    strbuf_release(&text);
    holding_release(&holding);
    holding_release(&again);
}

static void nothing_is_lost(void **state)
{
    struct holding before = {0}, now = {0};
    struct range_list lost = RANGE_LIST_INIT;

    (void)state;
    holding_compare(&before, &now, INT64_MIN, &lost);
    assert_int_equal(lost.count, 0);
    holding_add(&before, group(1, 0, 10));
    holding_add(&now, group(1, 0, 10));
    holding_add(&now, group(2, 10, 20));
    holding_compare(&before, &now, INT64_MIN, &lost);
    assert_int_equal(lost.count, 0);
    holding_release(&before);
    holding_release(&now);
}

static void what_is_lost(void **state)
{
    struct holding before = {0}, now = {0};
    struct range_list lost = RANGE_LIST_INIT;

    (void)state;
    holding_add(&before, group(1, 0, 10));
    holding_add(&before, group(2, 10, 20));
    holding_add(&before, group(3, 40, 50));
    holding_add(&before, group(4, 60, 70));
    holding_add(&before, group(6, 80, 90));
    /* Group 2 is gone, 3 has another time, 5 is new, 6 is shorter. */
    holding_add(&now, group(1, 0, 10));
    holding_add(&now, group(3, 30, 40));
    holding_add(&now, group(4, 60, 70));
    holding_add(&now, group(5, 10, 20));
    holding_add(&now, group(6, 80, 85));
    holding_compare(&before, &now, INT64_MIN, &lost);
    assert_int_equal(lost.count, 3);
    assert_int_equal(lost.items[2].start_ns, 80);
    assert_int_equal(lost.items[0].start_ns, 10);
    assert_int_equal(lost.items[0].end_ns, 20);
    assert_int_equal(lost.items[1].start_ns, 40);
    range_list_release(&lost);
    holding_release(&before);
    holding_release(&now);
}

static void retention_takes_what_is_old(void **state)
{
    struct holding before = {0}, now = {0};
    struct range_list lost = RANGE_LIST_INIT;

    (void)state;
    holding_add(&before, group(1, 0, 10));
    holding_add(&before, group(2, 10, 20));
    holding_compare(&before, &now, 15, &lost);
    assert_int_equal(lost.count, 1);
    assert_int_equal(lost.items[0].start_ns, 15);
    assert_int_equal(lost.items[0].end_ns, 20);
    range_list_release(&lost);
    holding_compare(&before, &now, 20, &lost);
    assert_int_equal(lost.count, 0);
    range_list_release(&lost);
    holding_release(&before);
}

static void covers_by_all_its_groups(void **state)
{
    struct holding holding = {0};

    (void)state;
    assert_false(holding_covers(&holding, (struct range){0, 1}));
    holding_add(&holding, group(1, 0, 10));
    holding_add(&holding, group(2, 20, 30));
    assert_true(holding_covers(&holding, (struct range){0, 10}));
    assert_true(holding_covers(&holding, (struct range){25, 26}));
    assert_false(holding_covers(&holding, (struct range){5, 11}));
    assert_false(holding_covers(&holding, (struct range){0, 30}));
    holding_add(&holding, group(3, 10, 20));
    assert_true(holding_covers(&holding, (struct range){0, 30}));
    assert_false(holding_covers(&holding, (struct range){-1, 30}));
    holding_release(&holding);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("groups are sorted, and each is there once", is_sorted),
        TEST("the journal's text reads back as it was", text_and_back),
        TEST("what is still there, and what is new, isn't lost", nothing_is_lost),
        TEST("what is gone or another is lost", what_is_lost),
        TEST("a range is covered where its groups leave no gap", covers_by_all_its_groups),
        TEST("what is older than the target keeps isn't lost", retention_takes_what_is_old),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
