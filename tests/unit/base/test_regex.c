#include "base/regex.h"

#include <string.h>

#include "../unit.h"

static bool matches(const char *pattern, enum regex_mode mode, const char *text)
{
    struct err err = ERR_INIT;
    struct regex *re = regex_new(pattern, mode, &err);
    bool result;

    if (!re)
        fail_msg("%s", err.message);
    result = regex_matches(re, text);
    regex_free(re);
    return result;
}

static void modes(void **state)
{
    (void)state;
    assert_true(matches("b", REGEX_SEARCH, "abc"));
    assert_false(matches("b", REGEX_MATCH_PREFIX, "abc"));
    assert_true(matches("a", REGEX_MATCH_PREFIX, "abc"));
    assert_false(matches("a", REGEX_MATCH_WHOLE, "abc"));
    assert_true(matches("a|abc", REGEX_MATCH_WHOLE, "abc"));
    assert_true(matches("^log\\..+", REGEX_MATCH_PREFIX, "log.errors"));
    assert_false(matches("x|y", REGEX_MATCH_PREFIX, "ay"));
    assert_true(matches("", REGEX_MATCH_WHOLE, ""));
}

static void unicode(void **state)
{
    (void)state;
    assert_true(matches("^.$", REGEX_SEARCH, "\xc3\xb6"));
    assert_true(matches("\\w+", REGEX_MATCH_WHOLE,
                        "gr\xc3\xb6\xc3\x9f"
                        "e"));
    assert_true(matches("\\d", REGEX_MATCH_WHOLE, "\xd9\xa3"));
}

static void bad_utf8(void **state)
{
    (void)state;
    assert_true(matches("cpu", REGEX_MATCH_PREFIX, "cpu\xff"));
    assert_false(matches("cpu.", REGEX_MATCH_WHOLE, "cpu\xff"));
}

static void wrong_pattern(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    assert_null(regex_new("a(b", REGEX_SEARCH, &err));
    assert_int_equal(err.code, ERR_USAGE);
    assert_has(err.message, "'a(b'");
    assert_has(err.message, "character 4");
    err_release(&err);
    regex_free(NULL);
}

static void bounded(void **state)
{
    (void)state;
    assert_false(matches("(a+)+$", REGEX_SEARCH, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("the three modes anchor nothing, the start, and both ends", modes),
        TEST("a character is a code point, and classes are Unicode's", unicode),
        TEST("text that is no UTF-8 is matched as far as it goes", bad_utf8),
        TEST("a wrong pattern is an error that says where", wrong_pattern),
        TEST("an expression that would take for ever ends as no match", bounded),
    };

    return cmocka_run_group_tests_name("base/regex", tests, NULL, NULL);
}
