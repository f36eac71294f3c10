#include "tenants/run/deep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../unit.h"

static struct points_text text(const char *s)
{
    return (struct points_text){s, strlen(s)};
}

/* A point with one field, whose value is kept or taken away. */
struct point {
    const char *measurement, *tag, *tag_value, *field;
    int64_t time_ns;
    struct msgpack_value value;
};

static const struct msgpack_value one = {.type = MSGPACK_INT, .as.integer = 1};

static void visit(struct deep *deep, const struct point *point,
                  int (*row)(void *, const struct points_series *, bool,
                             const struct msgpack_value *, struct err *))
{
    const struct points_tag tag = {text(point->tag), text(point->tag_value)};
    const struct points_text columns[] = {text("time"), text("lacking"), text(point->field)};
    const struct points_series series = {text(point->measurement), &tag, 1, columns, 3};
    struct msgpack_value values[3] = {{.type = MSGPACK_INT}, {.type = MSGPACK_NIL}, point->value};
    struct err err = ERR_INIT;

    values[0].as.integer = point->time_ns;
    assert_int_equal(row(deep, &series, true, values, &err), 0);
}

enum { ELSEWHERE = 6 }; /* so many of the others stand in another place */

static void whatever_differs(void **state)
{
    const struct point kept = {"m", "t", "ab", "f", 5, one};
    const struct point others[] = {
        {"n", "t", "ab", "f", 5, one},
        {"m", "u", "ab", "f", 5, one},
        {"m", "ta", "b", "f", 5, one}, /* the same letters, cut in another place */
        {"mt", "", "ab", "f", 5, one},
        {"m", "t", "ab", "g", 5, one},
        {"m", "t", "ab", "f", 6, one},
        {"m", "t", "ab", "f", 5, {.type = MSGPACK_INT, .as.integer = 2}},
        {"m", "t", "ab", "f", 5, {.type = MSGPACK_UINT, .as.unsigned_integer = 1}},
        {"m", "t", "ab", "f", 5, {.type = MSGPACK_FLOAT, .as.real = 1}},
        {"m", "t", "ab", "f", 5, {.type = MSGPACK_BOOL, .as.boolean = true}},
        {"m", "t", "ab", "f", 5, {.type = MSGPACK_STRING, .as.string = {"1", 1}}},
    };
    struct deep deep = DEEP_INIT;

    (void)state;
    visit(&deep, &kept, deep_take); /* from an empty set */
    visit(&deep, &kept, deep_keep);
    visit(&deep, &kept, deep_keep);
    assert_int_equal(deep.count, 1);
    assert_int_equal(deep.extra, 1);
    for (size_t i = 0; i < ELSEWHERE; i++) {
        visit(&deep, &others[i], deep_take);
        if (deep.count != 1 || deep.different)
            fail_msg("other %zu was taken for it", i);
    }
    assert_int_equal(deep.extra, 1 + ELSEWHERE);
    for (size_t i = ELSEWHERE; i < sizeof(others) / sizeof(others[0]); i++) {
        visit(&deep, &others[i], deep_take);
        if (deep.count != 0 || deep.different != i + 1 - ELSEWHERE)
            fail_msg("other %zu isn't different", i);
        visit(&deep, &kept, deep_keep);
    }
    visit(&deep, &kept, deep_take);
    assert_int_equal(deep.count, 0);
    visit(&deep, &kept, deep_take);
    assert_int_equal(deep.count, 0);
    assert_int_equal(deep.different, 5);
    assert_int_equal(deep.extra, 2 + ELSEWHERE);
    deep_release(&deep);
}

static void bits_of_numbers(void **state)
{
    const struct point zero = {"m", "t", "a", "f", 5, {.type = MSGPACK_FLOAT, .as.real = 0.0}};
    const struct point minus = {"m", "t", "a", "f", 5, {.type = MSGPACK_FLOAT, .as.real = -0.0}};
    struct deep deep = DEEP_INIT;

    (void)state;
    visit(&deep, &zero, deep_keep);
    visit(&deep, &minus, deep_take);
    assert_int_equal(deep.count, 0);
    assert_int_equal(deep.different, 1);
    deep_release(&deep);
}

enum { VALUES = 5000 };

static struct point numbered(int64_t number)
{
    return (struct point){"m", "t", "a", "f", number, {.type = MSGPACK_INT, .as.integer = number}};
}

/* The set moves its items about. In whatever order values are kept and taken, it must hold those
 * that weren't taken. */
static void any_order(void **state)
{
    unsigned seed = (unsigned)time(NULL);
    bool *is_kept = calloc(VALUES, sizeof(*is_kept));
    struct deep deep = DEEP_INIT;
    size_t count = 0;

    (void)state;
    printf("seed %u\n", seed);
    srand(seed);
    for (size_t i = 0; i < 10 * (size_t)VALUES; i++) {
        int64_t number = rand() % VALUES;
        struct point point = numbered(number);
        /* The set grows at first, then it shrinks. */
        bool keep = rand() % 10 < (i < 5 * (size_t)VALUES ? 7 : 3);

        visit(&deep, &point, keep ? deep_keep : deep_take);
        count += (size_t)(keep && !is_kept[number]);
        count -= (size_t)(!keep && is_kept[number]);
        is_kept[number] = keep;
        assert_int_equal(deep.count, count);
    }
    for (int64_t number = 0; number < VALUES; number++) {
        struct point point = numbered(number);

        visit(&deep, &point, deep_take);
        count -= is_kept[number];
        assert_int_equal(deep.count, count);
    }
    assert_int_equal(count, 0);
    deep_release(&deep);
    free(is_kept);
}

static void names(void **state)
{
    const struct point points[] = {
        {"m", "t", "a b", "f", 1000000000, one},
        {"m", "t", "a b", "f", 2000000000, {.type = MSGPACK_STRING, .as.string = {"x\ny", 3}}},
        {"m", "t", "a b", "f", 3000000000, {.type = MSGPACK_BOOL, .as.boolean = true}},
        {"m", "t", "a b", "f", 4000000000, {.type = MSGPACK_FLOAT, .as.real = 0.5}},
    };
    struct difference found = DIFFERENCE_INIT;
    struct deep deep = DEEP_INIT;

    (void)state;
    deep.found = &found;
    for (size_t i = 0; i < 4; i++)
        visit(&deep, &points[i], deep_keep);
    visit(&deep, &points[2], deep_take);
    for (size_t i = 0; i < 4; i++)
        visit(&deep, &points[i], deep_name);
    assert_int_equal(found.pair_count, 0);
    assert_int_equal(found.first_missing.nr, 3);
    assert_string_equal(found.first_missing.v[0], "m,t=a b f=1i at 1970-01-01T00:00:01Z");
    assert_string_equal(found.first_missing.v[1], "m,t=a b f=\"x\\ny\" at 1970-01-01T00:00:02Z");
    assert_string_equal(found.first_missing.v[2], "m,t=a b f=0.5 at 1970-01-01T00:00:04Z");
    deep_release(&deep);
    difference_release(&found);
}

static void names_both(void **state)
{
    struct difference found = DIFFERENCE_INIT;
    struct deep deep = DEEP_INIT;
    char word[] = "a\033";
    struct point target = {"m", "t", "a", "f", 7, {.type = MSGPACK_STRING, .as.string = {word, 2}}};

    (void)state;
    deep.found = &found;
    for (int64_t i = 0; i < 10; i++) {
        struct point point = numbered(i);

        visit(&deep, &point, deep_keep);
    }
    visit(&deep, &target, deep_take);
    word[0] = 'b'; /* the bytes of a reply don't stay */
    for (int64_t i = 0; i < 7; i++) {
        struct point point = numbered(i);

        point.value = (struct msgpack_value){.type = MSGPACK_FLOAT, .as.real = 0.5};
        visit(&deep, &point, deep_take);
    }
    assert_int_equal(deep.count, 2);
    assert_int_equal(deep.different, 8);
    for (int64_t i = 0; i < 10; i++) {
        struct point point = numbered(i);

        visit(&deep, &point, deep_name);
    }
    assert_int_equal(found.pair_count, DIFFERENCE_NAMED);
    assert_string_equal(found.first_different[0].point, "m,t=a f at 1970-01-01T00:00:00Z");
    assert_string_equal(found.first_different[0].source, "0i");
    assert_string_equal(found.first_different[0].target, "0.5");
    assert_string_equal(found.first_different[4].source, "7i");
    assert_string_equal(found.first_different[4].target, "\"a\\x1b\"");
    assert_int_equal(found.first_missing.nr, 2);
    deep_release(&deep);
    difference_release(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a value is taken away by itself only", whatever_differs),
        TEST("numbers are compared by their bits", bits_of_numbers),
        TEST("values come and go in any order, and those that weren't taken remain", any_order),
        TEST("the values that remain are named", names),
        TEST("the first of those that are different are named with both values", names_both),
    };

    return cmocka_run_group_tests_name("tenants/deep", tests, NULL, NULL);
}
