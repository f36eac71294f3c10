#include "tenants/run/difference.h"

#include <string.h>

#include "../../unit.h"

static struct msgpack_value string(const char *s, size_t len)
{
    return (struct msgpack_value){.type = MSGPACK_STRING, .as.string = {s, len}};
}

static void assert_value(struct msgpack_value value, size_t from, const char *expected)
{
    struct strbuf text = STRBUF_INIT;

    difference_add_value(&text, &value, from);
    assert_string_equal(text.buf, expected);
    strbuf_release(&text);
}

static void types_show(void **state)
{
    (void)state;
    assert_value((struct msgpack_value){.type = MSGPACK_INT, .as.integer = -1}, 0, "-1i");
    assert_value((struct msgpack_value){.type = MSGPACK_FLOAT, .as.real = 1}, 0, "1");
    assert_value((struct msgpack_value){.type = MSGPACK_FLOAT, .as.real = -0.0}, 0, "-0");
    assert_value((struct msgpack_value){.type = MSGPACK_BOOL, .as.boolean = true}, 0, "true");
    assert_value((struct msgpack_value){.type = MSGPACK_UINT, .as.unsigned_integer = UINT64_MAX}, 0,
                 "18446744073709551615u");
    assert_value(string("true", 4), 0, "\"true\"");
    assert_value(string("a\"b\n\033[1m\0\xff", 10), 0, "\"a\"b\\n\\x1b[1m\\x00\\xff\"");
    assert_value(string("", 0), 0, "\"\"");
}

static void long_strings(void **state)
{
    char a[300], b[300];
    struct msgpack_value left, right;
    size_t from;

    (void)state;
    memset(a, 'a', sizeof(a));
    memset(b, 'a', sizeof(b));
    b[200] = 'b';
    left = string(a, sizeof(a));
    right = string(b, sizeof(b));
    from = difference_first_byte(&left, &right);
    assert_int_equal(from, 200);
    assert_value(right, from,
                 "\"...aaaaaaaaaaaaaaaaaaaabaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\"");
    /* One ends where the other goes on. */
    left = string(a, 100);
    right = string(a, 101);
    from = difference_first_byte(&left, &right);
    assert_int_equal(from, 100);
    assert_value(left, from, "\"...aaaaaaaaaaaaaaaaaaaa\"");
    assert_value(right, from, "\"...aaaaaaaaaaaaaaaaaaaaa\"");
    /* A character isn't cut: byte 80 is the second one of an e with an accent. */
    memcpy(b + 79, "\xc3\xa9", 2);
    assert_value(string(b, 101), 100,
                 "\"...\xc3\xa9"
                 "aaaaaaaaaaaaaaaaaaaa\"");
    left = (struct msgpack_value){.type = MSGPACK_INT, .as.integer = 1};
    assert_int_equal(difference_first_byte(&left, &right), 0);
}

static void assert_words(int64_t missing, int64_t different, const char *expected)
{
    struct difference difference = DIFFERENCE_INIT;
    struct strbuf text = STRBUF_INIT;

    difference.missing = missing;
    difference.different = different;
    difference_add_words(&text, &difference);
    assert_string_equal(text.buf, expected);
    strbuf_release(&text);
}

static void words(void **state)
{
    (void)state;
    assert_words(1, 0, "1 value is missing in the target");
    assert_words(0, 1, "1 value is different in the target");
    assert_words(0, 2, "2 values are different in the target");
    assert_words(2, 1, "2 values are missing in the target; 1 is different there");
    assert_words(1, 2, "1 value is missing in the target; 2 are different there");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a value's text shows its type, and is safe on a terminal", types_show),
        TEST("two long strings are shown where they differ", long_strings),
        TEST("missing and different are two counts", words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
