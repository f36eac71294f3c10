#include "base/json.h"

#include <math.h>
#include <string.h>

#include "../unit.h"

static void parses_one(void **state)
{
    struct err err = ERR_INIT;
    static const char document[] = "{\"a\": [1, \"x\\u0000y\"]}";
    json_t *value = json_parse(document, strlen(document), &err);
    const json_t *text;

    (void)state;
    assert_non_null(value);
    text = json_array_get(json_object_get(value, "a"), 1);
    assert_int_equal(json_string_length(text), 3);
    assert_memory_equal(json_string_value(text), "x\0y", 3);
    json_decref(value);
}

static void refuses_others(void **state)
{
    static const char *const cases[] = {"",     "{",        "{} {}",     "{\"a\":}",
                                        "[1,]", "\"\xff\"", "[\"\xff\"]"};
    struct err err = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_null(json_parse(cases[i], strlen(cases[i]), &err));
        assert_int_equal(err.code, ERR_FAILED);
        assert_has(err.message, "no valid JSON at byte");
    }
    err_release(&err);
}

static void keeps_order(void **state)
{
    struct strbuf sb = STRBUF_INIT;
    json_t *object = json_object();

    (void)state;
    json_set_text(object, "z", "a\"b");
    json_set_int(object, "a", INT64_MIN);
    json_set_bool(object, "m", 1);
    json_set_text(object, "none", NULL);
    json_set_real(object, "half", 0.5);
    json_add_compact(&sb, object);
    assert_string_equal(sb.buf, "{\"z\":\"a\\\"b\",\"a\":-9223372036854775808,\"m\":true,"
                                "\"none\":null,\"half\":0.5}");
    strbuf_reset(&sb);
    json_set_int(object, "z", 1);
    json_object_del(object, "a");
    json_object_del(object, "m");
    json_object_del(object, "half");
    json_add_pretty(&sb, object);
    assert_string_equal(sb.buf, "{\n  \"z\": 1,\n  \"none\": null\n}\n");
    strbuf_release(&sb);
    json_decref(object);
}

static void no_number(void **state)
{
    struct strbuf sb = STRBUF_INIT;
    json_t *object = json_object();

    (void)state;
    json_set_real(object, "a", NAN);
    json_set_real(object, "b", -INFINITY);
    json_add_compact(&sb, object);
    assert_string_equal(sb.buf, "{\"a\":null,\"b\":null}");
    strbuf_release(&sb);
    json_decref(object);
}

static void mends_text(void **state)
{
    json_t *good = json_text("gr\xc3\xb6\xc3\x9f"), *bad = json_text("a\xff\xc3"
                                                                     "b\xed\xa0\x80");

    (void)state;
    assert_string_equal(json_string_value(good), "gr\xc3\xb6\xc3\x9f");
    assert_string_equal(json_string_value(bad), "a\xef\xbf\xbd\xef\xbf\xbd"
                                                "b\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    json_decref(good);
    json_decref(bad);
}

static void instants(void **state)
{
    json_t *object = json_object();
    struct strbuf text = STRBUF_INIT;

    (void)state;
    json_set_instant(object, "a", 0);
    json_set_instant_or_null(object, "b", 0);
    json_set_instant_or_null(object, "c", INT64_C(1500000000000000001));
    json_add_compact(&text, object);
    assert_string_equal(text.buf, "{\"a\":\"1970-01-01T00:00:00Z\",\"b\":null,"
                                  "\"c\":\"2017-07-14T02:40:00.000000001Z\"}");
    strbuf_release(&text);
    json_decref(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("one document is parsed, NULs in strings too", parses_one),
        TEST("what is no document, or two, is refused", refuses_others),
        TEST("members are written in the order in which they were set", keeps_order),
        TEST("what is no number becomes null", no_number),
        TEST("bytes that are no UTF-8 become U+FFFD", mends_text),
        TEST("instants are written as the clock writes them, or null", instants),
    };

    return cmocka_run_group_tests_name("base/json", tests, NULL, NULL);
}
