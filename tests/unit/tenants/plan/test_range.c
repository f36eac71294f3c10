#include "tenants/plan/range.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../unit.h"
#include "base/strbuf.h"

static void add_text(struct strbuf *sb, const struct range_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        strbuf_addf(sb, "%s%lld-%lld", i ? " " : "", (long long)list->items[i].start_ns,
                    (long long)list->items[i].end_ns);
}

static void assert_list(const struct range_list *list, const char *expected)
{
    struct strbuf sb = STRBUF_INIT;

    add_text(&sb, list);
    assert_string_equal(sb.buf, expected);
    strbuf_release(&sb);
}

/* "+1-5 -2-3": adds and subtracts, one after the other. */
static struct range_list made_of(const char *steps)
{
    struct range_list list = RANGE_LIST_INIT;
    long long start, end;
    char sign;
    int used;

    for (; sscanf(steps, " %c%lld-%lld%n", &sign, &start, &end, &used) == 3; steps += used) {
        struct range range = {start, end};

        if (sign == '+')
            range_list_add(&list, range);
        else
            range_list_subtract(&list, range);
    }
    assert_int_equal(*steps, 0);
    return list;
}

static void assert_steps(const char *steps, const char *expected)
{
    struct range_list list = made_of(steps);

    assert_list(&list, expected);
    range_list_release(&list);
}

static void adds(void **state)
{
    (void)state;
    assert_steps("+5-9", "5-9");
    assert_steps("+5-9 +1-3", "1-3 5-9");
    assert_steps("+5-9 +1-5", "1-9");
    assert_steps("+5-9 +9-12", "5-12");
    assert_steps("+1-2 +3-4 +5-6 +7-8 +2-7", "1-8");
    assert_steps("+1-9 +2-3", "1-9");
    assert_steps("+2-3 +1-9", "1-9");
    assert_steps("+1-2 +3-4 +1-2", "1-2 3-4");
    assert_steps("+5-5 +9-3", "");
}

static void subtracts(void **state)
{
    (void)state;
    assert_steps("+1-9 -3-5", "1-3 5-9");
    assert_steps("+1-9 -1-5", "5-9");
    assert_steps("+1-9 -5-9", "1-5");
    assert_steps("+1-9 -0-10", "");
    assert_steps("+1-3 +5-9 -2-6", "1-2 6-9");
    assert_steps("+1-3 +5-9 -3-5", "1-3 5-9");
    assert_steps("+1-2 +3-4 +5-6 -0-5", "5-6");
    assert_steps("+1-9 -5-5 -7-3", "1-9");
    assert_steps("-1-9", "");
}

static void ends_of_time(void **state)
{
    struct range_list list = RANGE_LIST_INIT;

    (void)state;
    range_list_add(&list, (struct range){INT64_MIN, INT64_MAX});
    assert_true(range_list_length_ns(&list) == INT64_MAX);
    range_list_subtract(&list, (struct range){0, 10});
    assert_list(&list, "-9223372036854775808-0 10-9223372036854775807");
    range_list_subtract(&list, (struct range){INT64_MIN, INT64_MIN + 1});
    range_list_subtract(&list, (struct range){INT64_MAX - 1, INT64_MAX});
    assert_list(&list, "-9223372036854775807-0 10-9223372036854775806");
    range_list_add(&list, (struct range){INT64_MIN, INT64_MAX});
    assert_int_equal(list.count, 1);
    range_list_subtract(&list, (struct range){INT64_MIN, INT64_MAX});
    assert_int_equal(list.count, 0);
    range_list_release(&list);
}

static void copies(void **state)
{
    struct range_list list = made_of("+1-2 +3-4"), copy = made_of("+7-9 +11-12 +13-14");

    (void)state;
    assert_false(range_list_equal(&list, &copy));
    range_list_copy(&copy, &list);
    assert_true(range_list_equal(&list, &copy));
    assert_int_equal(range_list_length_ns(&copy), 2);
    range_list_add(&copy, (struct range){2, 3});
    assert_list(&list, "1-2 3-4");
    range_list_copy(&list, &copy);
    assert_list(&list, "1-4");
    range_list_release(&list);
    range_list_copy(&copy, &list);
    assert_list(&copy, "");
    range_list_release(&copy);
}

static void assert_common(struct range a, struct range b, int64_t start_ns, int64_t end_ns)
{
    struct range common = range_intersect(a, b);

    assert_true(common.start_ns == start_ns && common.end_ns == end_ns);
}

static void intersects(void **state)
{
    (void)state;
    assert_common((struct range){1, 5}, (struct range){3, 9}, 3, 5);
    assert_common((struct range){3, 9}, (struct range){1, 5}, 3, 5);
    assert_common((struct range){1, 9}, (struct range){3, 4}, 3, 4);
    assert_true(range_is_empty(range_intersect((struct range){1, 3}, (struct range){3, 4})));
    assert_true(range_is_empty(range_intersect((struct range){7, 9}, (struct range){1, 4})));
    assert_common((struct range){INT64_MIN, INT64_MAX}, (struct range){1, 2}, 1, 2);
    assert_true(range_is_empty((struct range){2, 1}));
    assert_false(range_is_empty((struct range){1, 2}));
}

enum { WORLD = 64, ROUNDS = 3000 };

static void assert_is(const struct range_list *list, const char *instants)
{
    char found[WORLD] = {0};

    for (size_t i = 0; i < list->count; i++) {
        assert_true(list->items[i].start_ns < list->items[i].end_ns);
        assert_true(!i || list->items[i - 1].end_ns < list->items[i].start_ns);
        for (int64_t at = list->items[i].start_ns; at < list->items[i].end_ns; at++)
            found[at] = 1;
    }
    assert_memory_equal(found, instants, WORLD);
}

/* The model keeps a flag for each instant: it is in the list, or it isn't. */
static void like_a_set(void **state)
{
    struct range_list list = RANGE_LIST_INIT;
    char instants[WORLD] = {0};

    (void)state;
    srand(4711);
    for (int i = 0; i < ROUNDS; i++) {
        int64_t start = rand() % WORLD, end = start + rand() % 8;
        int add = rand() % 2;
        struct range range = {start, end < WORLD ? end : WORLD};

        if (add)
            range_list_add(&list, range);
        else
            range_list_subtract(&list, range);
        for (int64_t at = range.start_ns; at < range.end_ns; at++)
            instants[at] = (char)add;
        assert_is(&list, instants);
    }
    range_list_release(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("what is added joins what it touches, and nothing else", adds),
        TEST("what is subtracted cuts what it meets, and nothing else", subtracts),
        TEST("lists go to both ends of time without overflow", ends_of_time),
        TEST("a copy replaces what was there and is a list of its own", copies),
        TEST("what two ranges have in common may be nothing", intersects),
        TEST("a list holds the instants that a set would, sorted and apart", like_a_set),
    };

    return cmocka_run_group_tests_name("tenants/range", tests, NULL, NULL);
}
