#include "base/utf8.h"

#include <string.h>

#include "../unit.h"

static void sequences(void **state)
{
    static const struct {
        const char *text;
        size_t length;
    } cases[] = {
        {"a", 1},
        {"\xc2\x80", 2},
        {"\xdf\xbf", 2},
        {"\xe0\xa0\x80", 3},
        {"\xed\x9f\xbf", 3},
        {"\xef\xbf\xbf", 3},
        {"\xf0\x90\x80\x80", 4},
        {"\xf4\x8f\xbf\xbf", 4},
        /* Continuations, overlong forms, surrogates, too high, cut short. */
        {"\x80", 0},
        {"\xc0\x80", 0},
        {"\xc1\xbf", 0},
        {"\xe0\x9f\xbf", 0},
        {"\xed\xa0\x80", 0},
        {"\xf0\x8f\xbf\xbf", 0},
        {"\xf4\x90\x80\x80", 0},
        {"\xf5\x80\x80\x80", 0},
        {"\xff", 0},
        {"\xc3", 0},
        {"\xe2\x82", 0},
        {"\xe2\x82"
         "a",
         0},
        {"\xf0\x9f\x98", 0},
        {"", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(utf8_sequence(cases[i].text, strlen(cases[i].text)), cases[i].length);
    assert_int_equal(utf8_sequence("\0", 1), 1);
    assert_int_equal(utf8_sequence("\xc3\xb6", 1), 0);
}

static void columns(void **state)
{
    (void)state;
    assert_int_equal(utf8_columns(""), 0);
    assert_int_equal(utf8_columns("abc"), 3);
    assert_int_equal(utf8_columns("gr\xc3\xb6\xc3\x9f"
                                  "e\xf0\x9f\x98\x80"),
                     7);
    assert_int_equal(utf8_columns("日本"), 4);
    /* A combining accent, and a joiner. */
    assert_int_equal(utf8_columns("e\xcc\x81\xe2\x80\x8d"), 1);
}

static void fitting(void **state)
{
    (void)state;
    assert_int_equal(utf8_fitting("abc", 5), 3);
    assert_int_equal(utf8_fitting("abc", 2), 2);
    assert_int_equal(utf8_fitting("abc", 0), 0);
    assert_int_equal(utf8_fitting("a日本", 2), 1);
    assert_int_equal(utf8_fitting("a日本", 3), 4);
    /* A combining mark stays with its character. */
    assert_int_equal(utf8_fitting("e\xcc\x81x", 1), 3);
    assert_int_equal(utf8_fitting("", 3), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("valid sequences are told from all others", sequences),
        TEST("a character takes a column, a wide one two, a combining one none", columns),
        TEST("text is cut to columns in whole characters", fitting),
    };

    return cmocka_run_group_tests_name("base/utf8", tests, NULL, NULL);
}
