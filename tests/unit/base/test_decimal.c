#include "base/decimal.h"

#include <float.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit.h"

static void expect_int(int64_t number, const char *text)
{
    struct strbuf sb = STRBUF_INIT;

    decimal_add_int(&sb, number);
    assert_string_equal(sb.buf, text);
    strbuf_release(&sb);
}

static void expect_real(double number, const char *text)
{
    struct strbuf sb = STRBUF_INIT;

    decimal_add_real(&sb, number);
    assert_string_equal(sb.buf, text);
    strbuf_release(&sb);
}

static void expect_same_bits(double number)
{
    struct strbuf sb = STRBUF_INIT;
    double again;

    decimal_add_real(&sb, number);
    again = strtod(sb.buf, NULL);
    if (memcmp(&again, &number, sizeof(number)) != 0)
        fail_msg("%.17g became %s", number, sb.buf);
    strbuf_release(&sb);
}

static void integers(void **state)
{
    (void)state;
    expect_int(0, "0");
    expect_int(7, "7");
    expect_int(-10, "-10");
    expect_int(INT64_MAX, "9223372036854775807");
    expect_int(INT64_MIN, "-9223372036854775808");
}

static void short_reals(void **state)
{
    (void)state;
    expect_real(0.0, "0");
    expect_real(-0.0, "-0");
    expect_real(1.0, "1");
    expect_real(-1.5, "-1.5");
    expect_real(0.1, "0.1");
    expect_real(99.05, "99.05");
    expect_real(0.000001, "0.000001");
    expect_real(-1234.056789, "-1234.056789");
    expect_real(9007199254740991.0, "9007199254740991");
}

static void other_reals(void **state)
{
    (void)state;
    expect_real(0.1 + 0.2, "0.30000000000000004");
    expect_real(9007199254740994.0, "9007199254740994");
    expect_real(1e300, "1.0000000000000001e+300");
    expect_real(5e-324, "4.9406564584124654e-324");
}

/* The seed is fixed, so that a failure comes again. */
static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void same_bits(void **state)
{
    uint64_t seed = 88172645463325252u;

    (void)state;
    expect_same_bits(DBL_MAX);
    expect_same_bits(-DBL_MIN);
    for (int i = 0; i < 200000; i++) {
        uint64_t bits = next_random(&seed);
        double any, whole = (double)(int64_t)(bits >> (bits & 63));
        const double powers[] = {10, 1e3, 1e5, 1e6, 1e7, 1e9};

        memcpy(&any, &bits, sizeof(any));
        if (any - any == 0) /* finite */
            expect_same_bits(any);
        expect_same_bits(whole);
        /* Numbers with few decimals, and the doubles next to them, which need 17 digits. */
        any = whole / powers[i % 6];
        expect_same_bits(any);
        memcpy(&bits, &any, sizeof(bits));
        bits++;
        memcpy(&any, &bits, sizeof(any));
        expect_same_bits(any);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("integers come out to the last digit, the ends of 64 bits too", integers),
        TEST("a number of few decimals is written with these, and zero keeps its sign",
             short_reals),
        TEST("a number that six decimals can't hold gets 17 digits", other_reals),
        TEST("whatever the number, reading the text gives the same bits", same_bits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
