#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>

#include "../unit.h"

static void empty_is_a_string(void **state)
{
    struct strbuf sb = STRBUF_INIT;
    char *text;

    (void)state;
    assert_string_equal(sb.buf, "");
    strbuf_reset(&sb);
    strbuf_drop_front(&sb, 0);
    strbuf_add(&sb, NULL, 0);
    strbuf_addf(&sb, "%s", "");
    assert_string_equal(sb.buf, "");
    text = strbuf_detach(&sb);
    assert_string_equal(text, "");
    free(text);
    strbuf_release(&sb);
    assert_string_equal(strbuf_empty, "");
}

static void grows(void **state)
{
    struct strbuf sb = STRBUF_INIT;

    (void)state;
    for (int i = 0; i < 10000; i++)
        strbuf_addch(&sb, (char)('a' + i % 26));
    assert_int_equal(sb.len, 10000);
    assert_int_equal(strlen(sb.buf), 10000);
    assert_int_equal(sb.buf[9999], 'a' + 9999 % 26);
    strbuf_release(&sb);
}

static void grow_keeps(void **state)
{
    struct strbuf sb = STRBUF_INIT;

    (void)state;
    strbuf_addstr(&sb, "abc");
    strbuf_grow(&sb, 100000);
    assert_string_equal(sb.buf, "abc");
    assert_true(sb.alloc > 100003);
    strbuf_release(&sb);
}

static void formats(void **state)
{
    struct strbuf sb = STRBUF_INIT;
    char wide[300];

    (void)state;
    memset(wide, 'x', sizeof(wide) - 1);
    wide[sizeof(wide) - 1] = '\0';
    strbuf_addf(&sb, "%d-", 7);
    strbuf_addf(&sb, "%s", wide);
    assert_int_equal(sb.len, 2 + 299);
    assert_memory_equal(sb.buf, "7-xxx", 5);
    strbuf_release(&sb);
}

static void holds_nuls(void **state)
{
    struct strbuf sb = STRBUF_INIT;

    (void)state;
    strbuf_add(&sb, "a\0b", 3);
    strbuf_addstr(&sb, "c");
    assert_int_equal(sb.len, 4);
    assert_memory_equal(sb.buf, "a\0bc", 5);
    strbuf_release(&sb);
}

static void drops_the_front(void **state)
{
    struct strbuf sb = STRBUF_INIT;

    (void)state;
    strbuf_addstr(&sb, "abcdef");
    strbuf_drop_front(&sb, 2);
    assert_string_equal(sb.buf, "cdef");
    strbuf_drop_front(&sb, 4);
    assert_string_equal(sb.buf, "");
    strbuf_release(&sb);
}

static void detaches(void **state)
{
    struct strbuf sb = STRBUF_INIT;
    char *text;

    (void)state;
    strbuf_addstr(&sb, "x");
    text = strbuf_detach(&sb);
    strbuf_addstr(&sb, "y");
    assert_string_equal(text, "x");
    assert_string_equal(sb.buf, "y");
    free(text);
    strbuf_release(&sb);
}

static void assert_visible(const char *s, size_t len, const char *expected)
{
    struct strbuf sb = STRBUF_INIT;

    strbuf_add_visible(&sb, s, len);
    assert_string_equal(sb.buf, expected);
    strbuf_release(&sb);
}

static void makes_visible(void **state)
{
    (void)state;
    assert_visible("a\nb\tc\rd", 7, "a\\nb\\tc\\rd");
    assert_visible("\x1b[2J\x7f", 5, "\\x1b[2J\\x7f");
    assert_visible("a\0b", 3, "a\\x00b");
    assert_visible("gr\xc3\xb6\xc3\x9f", 6, "gr\xc3\xb6\xc3\x9f");
    assert_visible("\xff\xc3", 2, "\\xff\\xc3");
    assert_visible("\xc2\x9b", 2, "\\xc2\\x9b");
    assert_visible("\xc2\xa0", 2, "\xc2\xa0");
    assert_visible("", 0, "");
    /* Turned round, of no width, a byte order mark, a tag. */
    assert_visible("a\xe2\x80\xae"
                   "b",
                   5, "a\\u{202e}b");
    assert_visible("\xe2\x80\x8b\xef\xbb\xbf", 6, "\\u{200b}\\u{feff}");
    assert_visible("\xf3\xa0\x80\x81\xc2\xad", 6, "\\u{e0001}\\u{ad}");
    assert_visible("\xe2\x98\x83\xf0\x9f\x98\x80\xe2\x9c\x94\xef\xb8\x8f", 13,
                   "\xe2\x98\x83\xf0\x9f\x98\x80\xe2\x9c\x94\xef\xb8\x8f");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("an empty strbuf is an empty string throughout", empty_is_a_string),
        TEST("a strbuf grows by single characters", grows),
        TEST("strbuf_grow keeps the text", grow_keeps),
        TEST("strbuf_addf appends text of any length", formats),
        TEST("a strbuf may hold NULs", holds_nuls),
        TEST("strbuf_drop_front drops a part and everything", drops_the_front),
        TEST("a detached text is independent", detaches),
        TEST("control characters and bad bytes are made visible", makes_visible),
    };

    return cmocka_run_group_tests_name("base/strbuf", tests, NULL, NULL);
}
