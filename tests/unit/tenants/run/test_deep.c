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
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        visit(&deep, &others[i], deep_take);
        if (deep.count != 1)
            fail_msg("other %zu was taken for it", i);
    }
    visit(&deep, &kept, deep_take);
    assert_int_equal(deep.count, 0);
    visit(&deep, &kept, deep_take);
    assert_int_equal(deep.count, 0);
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
    assert_int_equal(deep.count, 1);
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
    struct strvec named = STRVEC_INIT;
    struct deep deep = DEEP_INIT;

    (void)state;
    deep.named = &named;
    deep.named_max = 3;
    for (size_t i = 0; i < 4; i++)
        visit(&deep, &points[i], deep_keep);
    visit(&deep, &points[2], deep_take);
    for (size_t i = 0; i < 4; i++)
        visit(&deep, &points[i], deep_name);
    assert_int_equal(named.nr, 3);
    assert_string_equal(named.v[0], "m,t=a b f=1i at 1970-01-01T00:00:01Z");
    assert_string_equal(named.v[1], "m,t=a b f=\"x\\ny\" at 1970-01-01T00:00:02Z");
    assert_string_equal(named.v[2], "m,t=a b f=0.5 at 1970-01-01T00:00:04Z");
    deep.named_max = 0;
    visit(&deep, &points[0], deep_name);
    assert_int_equal(named.nr, 3);
    deep_release(&deep);
    strvec_release(&named);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a value is taken away by itself only", whatever_differs),
        TEST("numbers are compared by their bits", bits_of_numbers),
        TEST("values come and go in any order, and those that weren't taken remain", any_order),
        TEST("the values that remain are named, as far as there is room", names),
    };

    return cmocka_run_group_tests_name("tenants/deep", tests, NULL, NULL);
}
