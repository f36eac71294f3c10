#include "term/number.h"

#include <string.h>

#include "../unit.h"

static void assert_grouped(int64_t number, const char *expected)
{
    struct strbuf sb = STRBUF_INIT;

    number_add_grouped(&sb, number);
    assert_string_equal(sb.buf, expected);
    strbuf_release(&sb);
}

static void grouped(void **state)
{
    (void)state;
    assert_grouped(0, "0");
    assert_grouped(7, "7");
    assert_grouped(999, "999");
    assert_grouped(1000, "1,000");
    assert_grouped(123456, "123,456");
    assert_grouped(1234567, "1,234,567");
    assert_grouped(-1, "-1");
    assert_grouped(-123, "-123");
    assert_grouped(-1234, "-1,234");
    assert_grouped(-123456, "-123,456");
    assert_grouped(INT64_MAX, "9,223,372,036,854,775,807");
    assert_grouped(INT64_MIN, "-9,223,372,036,854,775,808");
}

static void assert_short(double number, const char *expected)
{
    struct strbuf sb = STRBUF_INIT;

    number_add_short(&sb, number);
    assert_string_equal(sb.buf, expected);
    strbuf_release(&sb);
}

static void three_digits(void **state)
{
    (void)state;
    assert_short(0, "0");
    assert_short(7.4, "7");
    assert_short(987, "987");
    assert_short(999.4, "999");
    assert_short(999.6, "1.00k");
    assert_short(1000, "1.00k");
    assert_short(9994, "9.99k");
    assert_short(9996, "10.0k");
    assert_short(12345, "12.3k");
    assert_short(99949, "99.9k");
    assert_short(99951, "100k");
    assert_short(999499, "999k");
    assert_short(999501, "1.00M");
    assert_short(4560000, "4.56M");
    assert_short(5.24e9, "5.24G");
    assert_short(1e12, "1.00T");
    assert_short(1e15, "1000T");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("digits are grouped by threes, behind the sign", grouped),
        TEST("a short number has three digits and a unit, also where it is rounded up",
             three_digits),
    };

    return cmocka_run_group_tests_name("term/number", tests, NULL, NULL);
}
