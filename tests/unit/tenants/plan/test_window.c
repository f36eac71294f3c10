#include "tenants/plan/window.h"

#include <stdlib.h>
#include <string.h>

#include "../../unit.h"
#include "base/mem.h"
#include "base/strbuf.h"

static void assert_windows(const struct window_list *list, const char *expected)
{
    struct strbuf sb = STRBUF_INIT;

    for (size_t i = 0; i < list->count; i++)
        strbuf_addf(&sb, "%s%zu:%lld-%lld", i ? " " : "", list->items[i].source_policy,
                    (long long)list->items[i].range.start_ns,
                    (long long)list->items[i].range.end_ns);
    assert_string_equal(sb.buf, expected);
    strbuf_release(&sb);
}

static void cut(struct window_list *list, struct range range, const struct catalogue_shard *shards,
                size_t count, size_t index, int64_t max_length_ns)
{
    struct catalogue_policy policy = {.shards = (struct catalogue_shard *)shards,
                                      .shard_count = count};

    window_list_cut(list, range, &policy, index, max_length_ns);
}

static void assert_cut(struct range range, const struct catalogue_shard *shards, size_t count,
                       int64_t max_length_ns, const char *expected)
{
    struct window_list list = WINDOW_LIST_INIT;

    cut(&list, range, shards, count, 0, max_length_ns);
    assert_windows(&list, expected);
    window_list_release(&list);
}

static const struct catalogue_shard three[] = {{0, 100}, {100, 200}, {300, 400}};

static void shards(void **state)
{
    (void)state;
    assert_cut((struct range){0, 400}, three, 3, 0, "0:0-100 0:100-200 0:300-400");
    assert_cut((struct range){10, 90}, three, 3, 0, "0:10-90");
    assert_cut((struct range){99, 101}, three, 3, 0, "0:99-100 0:100-101");
    assert_cut((struct range){100, 300}, three, 3, 0, "0:100-200");
    assert_cut((struct range){200, 300}, three, 3, 0, "");
    assert_cut((struct range){-50, 1}, three, 3, 0, "0:0-1");
    assert_cut((struct range){399, 1000}, three, 3, 0, "0:399-400");
    assert_cut((struct range){0, 400}, NULL, 0, 0, "");
    assert_cut((struct range){5, 5}, three, 3, 0, "");
}

static void chunks(void **state)
{
    (void)state;
    assert_cut((struct range){0, 100}, three, 1, 30, "0:0-10 0:10-40 0:40-70 0:70-100");
    assert_cut((struct range){0, 90}, three, 1, 30, "0:0-30 0:30-60 0:60-90");
    assert_cut((struct range){0, 90}, three, 1, 90, "0:0-90");
    assert_cut((struct range){0, 90}, three, 1, 1000, "0:0-90");
    assert_cut((struct range){0, 2}, three, 1, 1, "0:0-1 0:1-2");
}

static void chunks_in_shards(void **state)
{
    (void)state;
    /* Borders from the end: 330, 270, 210, 150, 90, 30. */
    assert_cut((struct range){20, 390}, three, 3, 60,
               "0:20-30 0:30-90 0:90-100 0:100-150 0:150-200 0:300-330 0:330-390");
    /* The shard ends long before the range. */
    assert_cut((struct range){0, 1000}, three, 1, 60, "0:0-40 0:40-100");
}

static void marks(void **state)
{
    struct window_list list = WINDOW_LIST_INIT;
    size_t marked = 0;

    (void)state;
    cut(&list, (struct range){0, 400}, three, 3, 0, 0);
    cut(&list, (struct range){0, 400}, three, 1, 1, 0);
    window_list_mark(&list, (struct range){100, 200}, 0, 1);
    assert_windows(&list, "0:0-100 1:0-100 0:100-200 0:300-400");
    assert_int_equal(list.items[2].unreadable, 1);
    /* A shard of another length than the others of its policy; and one where there is no window. */
    window_list_mark(&list, (struct range){50, 320}, 0, 2);
    window_list_mark(&list, (struct range){200, 300}, 0, 3);
    assert_windows(&list, "0:0-50 1:0-100 0:50-100 0:100-200 0:300-320 0:320-400");
    for (size_t i = 0; i < list.count; i++)
        marked = marked * 10 + list.items[i].unreadable;
    assert_int_equal(marked, 2120);
    window_list_release(&list);
}

static void extremes(void **state)
{
    static const struct catalogue_shard whole[] = {{INT64_MIN, INT64_MAX}};
    static const struct catalogue_shard edges[] = {{INT64_MIN, INT64_MIN + 5},
                                                   {INT64_MAX - 5, INT64_MAX}};
    struct window_list list = WINDOW_LIST_INIT;

    (void)state;
    assert_cut((struct range){INT64_MIN, INT64_MAX}, edges, 2, 0,
               "0:-9223372036854775808--9223372036854775803"
               " 0:9223372036854775802-9223372036854775807");
    assert_cut((struct range){INT64_MAX - 3, INT64_MAX}, whole, 1, INT64_MAX,
               "0:9223372036854775804-9223372036854775807");
    cut(&list, (struct range){INT64_MIN, INT64_MAX}, whole, 1, 0, INT64_MAX / 4);
    assert_true(list.items[0].range.start_ns == INT64_MIN);
    assert_true(list.items[list.count - 1].range.end_ns == INT64_MAX);
    for (size_t i = 1; i < list.count; i++)
        assert_true(list.items[i - 1].range.end_ns == list.items[i].range.start_ns);
    window_list_release(&list);
}

static void chunks_of_all_time(void **state)
{
    enum { LENGTH = 30 };
    static const struct catalogue_shard edges[] = {{INT64_MIN, INT64_MIN + 100},
                                                   {INT64_MAX - 100, INT64_MAX}};
    static const int64_t ends[] = {INT64_MIN + 100, -1, 0, 7, INT64_MAX - 1, INT64_MAX};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
        struct window_list list = WINDOW_LIST_INIT;
        int64_t length_ns = 0;

        cut(&list, (struct range){INT64_MIN, ends[i]}, edges, 2, 0, LENGTH);
        for (size_t k = 0; k < list.count; k++) {
            struct range range = list.items[k].range;

            assert_true(range.end_ns - range.start_ns <= LENGTH);
            length_ns += range.end_ns - range.start_ns;
        }
        assert_true(length_ns ==
                    100 + (ends[i] > INT64_MAX - 100 ? ends[i] - (INT64_MAX - 100) : 0));
        window_list_release(&list);
    }
}

static void overlapping_policies(void **state)
{
    static const struct catalogue_shard weeks[] = {{0, 700}, {700, 1400}};
    static const struct catalogue_shard days[] = {{600, 700}, {700, 800}};
    struct window_list list = WINDOW_LIST_INIT;

    (void)state;
    cut(&list, (struct range){100, 1000}, weeks, 2, 1, 0);
    cut(&list, (struct range){100, 1000}, days, 2, 0, 0);
    assert_windows(&list, "1:100-700 0:600-700 0:700-800 1:700-1000");
    window_list_release(&list);
    window_list_release(&list);
}

/* Random shards and ranges: every instant of the range that a shard covers is in one window, in
 * one shard, and none is longer than allowed. */
static void exactly_once(void **state)
{
    enum { WORLD = 200 };

    (void)state;
    srand(42);
    for (int round = 0; round < 500; round++) {
        struct catalogue_shard items[20];
        struct window_list list = WINDOW_LIST_INIT;
        struct range range = {rand() % WORLD, 0};
        int64_t length = rand() % 20;
        char wanted[WORLD + 100] = {0}, found[WORLD + 100] = {0};
        size_t count = 0;

        range.end_ns = range.start_ns + rand() % (WORLD + 1 - (int)range.start_ns);
        for (int64_t at = rand() % 20; count < 20 && at < WORLD; count++) {
            items[count] = (struct catalogue_shard){at, at + 1 + rand() % 30};
            at = items[count].end_ns + rand() % 3 * (rand() % 10);
        }
        cut(&list, range, items, count, 0, length);
        for (size_t i = 0; i < count; i++)
            for (int64_t at = items[i].start_ns; at < items[i].end_ns; at++)
                wanted[at] = at >= range.start_ns && at < range.end_ns;
        for (size_t i = 0; i < list.count; i++) {
            struct range window = list.items[i].range;

            assert_true(window.start_ns < window.end_ns);
            assert_true(!length || window.end_ns - window.start_ns <= length);
            assert_true(!i || list.items[i - 1].range.end_ns <= window.start_ns);
            for (int64_t at = window.start_ns; at < window.end_ns; at++)
                found[at]++;
            for (size_t k = 0; k < count; k++)
                assert_false(window.start_ns < items[k].start_ns &&
                             window.end_ns > items[k].start_ns);
        }
        assert_memory_equal(wanted, found, sizeof(wanted));
        window_list_release(&list);
    }
}

static void assert_shards(int64_t start_ns, int64_t end_ns, int64_t length_ns, int64_t first_ns,
                          int64_t last_ns)
{
    struct range shards = window_shards((struct range){start_ns, end_ns}, length_ns);

    assert_int_equal(shards.start_ns, first_ns);
    assert_int_equal(shards.end_ns, last_ns);
}

/* The borders are those that SHOW SHARD GROUPS of InfluxDB 1.6.7 gives. */
static void shards_of_targets(void **state)
{
    const int64_t s = 1000000000, day = 86400 * s, week = 7 * day;
    const int64_t monday = 1761523200 * s; /* 2025-10-27 */

    (void)state;
    assert_shards(monday, monday + week, week, monday, monday + week);
    assert_shards(monday + 1, monday + 2, week, monday, monday + week);
    assert_shards(monday - 1, monday + 1, week, monday - week, monday + week);
    assert_shards(monday + 3 * day, monday + 4 * day, day, monday + 3 * day, monday + 4 * day);
    assert_shards(monday + 3 * day, monday + 4 * day + 1, day, monday + 3 * day, monday + 5 * day);
    assert_shards(-1, 0, week, -3 * day, 4 * day);
    assert_shards(-3 * day - 1, 0, week, -10 * day, 4 * day);
    assert_shards(5, 5, week, 5, 5);
    assert_shards(5, 6, 0, 5, 6);
    assert_true(window_shards((struct range){INT64_MIN + 3, INT64_MIN + 4}, week).start_ns <=
                INT64_MIN + 3);
    assert_true(window_shards((struct range){INT64_MAX - 2, INT64_MAX - 1}, week).end_ns >=
                INT64_MAX - 1);
}

static void to_count(void **state)
{
    struct catalogue_shard shards[60];
    struct catalogue_policy policy = {.shards = shards, .shard_count = 60};
    struct window_list list = WINDOW_LIST_INIT;
    struct range covered[3] = {{0, 0}, {0, 0}, {0, 0}};

    (void)state;
    for (int64_t i = 0; i < 60; i++)
        shards[i] = (struct catalogue_shard){i * 100, i * 100 + 100};
    window_list_cut_to_count(&list, (struct range){50, 5950}, &policy, 0);
    for (size_t i = 0; i < list.count; i++) {
        const struct window *window = &list.items[i];
        struct range *range = &covered[window->sets];

        assert_int_equal(window->range.start_ns, range->end_ns ? range->end_ns : 50);
        range->end_ns = window->range.end_ns;
        range->start_ns++;
    }
    assert_int_equal(covered[WINDOW_ALONE].start_ns, 60);
    assert_int_equal(covered[WINDOW_TOGETHER].start_ns, 3);
    assert_int_equal(covered[WINDOW_ALONE].end_ns, 5950);
    assert_int_equal(covered[WINDOW_TOGETHER].end_ns, 5950);
    window_list_release(&list);
    /* The ends of time stand in one list, and no window is longer than a number. */
    shards[0] = (struct catalogue_shard){INT64_MIN + 3, INT64_MIN + 1000};
    shards[1] = (struct catalogue_shard){INT64_MAX - 1000, INT64_MAX};
    policy.shard_count = 2;
    window_list_cut_to_count(&list, (struct range){INT64_MIN + 3, INT64_MAX}, &policy, 0);
    assert_int_equal(list.count, 4);
    window_list_release(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a range is cut at the shards' borders, and time without a shard gives no window",
             shards),
        TEST("chunks count back from the range's end", chunks),
        TEST("chunks and shards cut together", chunks_in_shards),
        TEST("the time of a closed shard is marked, and windows are cut at its ends", marks),
        TEST("windows reach both ends of time", extremes),
        TEST("chunks are no longer than allowed at both ends of time", chunks_of_all_time),
        TEST("the windows of two policies stand in one order, oldest first", overlapping_policies),
        TEST("each instant that a shard covers is in exactly one window", exactly_once),
        TEST("the shard groups that a range touches are those that InfluxDB makes",
             shards_of_targets),
        TEST("windows to count in span many shards, and stand beside those of one each", to_count),
    };

    return cmocka_run_group_tests_name("tenants/window", tests, NULL, NULL);
}
