#include "base/strvec.h"

#include <string.h>

#include "../unit.h"

static void empty_is_a_list(void **state)
{
    struct strvec list = STRVEC_INIT;

    (void)state;
    assert_null(list.v[0]);
    strvec_sort(&list);
    assert_false(strvec_has(&list, ""));
    strvec_release(&list);
    strvec_release(&list);
}

static void pushes(void **state)
{
    struct strvec list = STRVEC_INIT;

    (void)state;
    for (int i = 0; i < 1000; i++)
        strvec_pushf(&list, "%d", i);
    assert_int_equal(list.nr, 1000);
    assert_string_equal(list.v[999], "999");
    assert_null(list.v[1000]);
    assert_true(strvec_has(&list, "500"));
    assert_false(strvec_has(&list, "1000"));
    strvec_release(&list);
}

static void assert_split(const char *text, const char *const *parts)
{
    struct strvec list = STRVEC_INIT;
    size_t i;

    strvec_split(&list, text, ',');
    for (i = 0; parts[i]; i++)
        assert_string_equal(list.v[i], parts[i]);
    assert_int_equal(list.nr, i);
    strvec_release(&list);
}

static void splits(void **state)
{
    (void)state;
    assert_split("a,b", (const char *const[]){"a", "b", NULL});
    assert_split("", (const char *const[]){"", NULL});
    assert_split(",a,,", (const char *const[]){"", "a", "", "", NULL});
}

static void sorts(void **state)
{
    struct strvec list = STRVEC_INIT;

    (void)state;
    strvec_split(&list, "b,a,B,\xc3\xb6,10,9,a", ',');
    strvec_sort(&list);
    assert_string_equal(list.v[0], "10");
    assert_string_equal(list.v[1], "9");
    assert_string_equal(list.v[2], "B");
    assert_string_equal(list.v[4], "a");
    assert_string_equal(list.v[6], "\xc3\xb6");
    strvec_release(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("an empty list ends in NULL", empty_is_a_list),
        TEST("a list grows and ends in NULL", pushes),
        TEST("strvec_split keeps empty parts", splits),
        TEST("strvec_sort sorts by bytes", sorts),
    };

    return cmocka_run_group_tests_name("base/strvec", tests, NULL, NULL);
}
