#include "base/names.h"

#include <stdio.h>
#include <string.h>

#include "../unit.h"

static void numbers_in_order(void **state)
{
    struct names names = NAMES_INIT;

    (void)state;
    assert_int_equal(names_find(&names, "a"), NAMES_NONE);
    assert_int_equal(names_add(&names, "b"), 0);
    assert_int_equal(names_add(&names, "a"), 1);
    assert_int_equal(names_add(&names, "b"), 0);
    assert_int_equal(names_add(&names, ""), 2);
    assert_int_equal(names_find(&names, ""), 2);
    assert_int_equal(names_find(&names, "A"), NAMES_NONE);
    assert_int_equal(names_add(&names, names.items[1]), 1);
    assert_string_equal(names.items[1], "a");
    names_release(&names);
    assert_int_equal(names.count, 0);
    assert_int_equal(names_find(&names, "a"), NAMES_NONE);
}

static void many(void **state)
{
    struct names names = NAMES_INIT;
    char text[16];

    (void)state;
    for (uint32_t i = 0; i < 50000; i++) {
        snprintf(text, sizeof(text), "n%u", i);
        assert_int_equal(names_add(&names, text), i);
    }
    for (uint32_t i = 0; i < 50000; i++) {
        snprintf(text, sizeof(text), "n%u", i);
        assert_int_equal(names_find(&names, text), i);
    }
    assert_int_equal(names.count, 50000);
    names_release(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("names get their numbers in the order of arrival", numbers_in_order),
        TEST("fifty thousand names are found again", many),
    };

    return cmocka_run_group_tests_name("base/names", tests, NULL, NULL);
}
