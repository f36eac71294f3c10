#include "base/clock.h"

#include <string.h>

#include "../unit.h"
#include "base/mem.h"

static void durations(void **state)
{
    static const struct {
        const char *text;
        int64_t ns;
    } cases[] = {
        {"2w", 2 * CLOCK_WEEK_NS},
        {"1h30m0s", 5400 * CLOCK_SECOND_NS},
        {"0s", 0},
        {"1ms", 1000000},
        {"1m1ms", 60 * CLOCK_SECOND_NS + 1000000},
        {"5u", 5000},
        {"7ns", 7},
        {"3", 3 * CLOCK_DAY_NS},
        {"15250w", 15250 * CLOCK_WEEK_NS},
        {"9223372036854775807ns", INT64_MAX},
    };
    struct err err = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t ns = -1;

        assert_int_equal(clock_parse_duration(cases[i].text, CLOCK_DAY_NS, &ns, &err), 0);
        assert_true(ns == cases[i].ns);
    }
}

static void wrong_durations(void **state)
{
    static const char *const cases[] = {
        "",      "w",         "-1h",       "+1h",
        " 1h",   "1h ",       "1h30",      "1.5h",
        "1y",    "1H",        "15251w",    "9223372036854775808ns",
        "1hw",   "1e3s",      "15250w52w", "99999999999999999999s",
        "2w-1h", "1\xc2\xb5",
    };
    struct err err = ERR_INIT;
    int64_t ns = 42;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (clock_parse_duration(cases[i], CLOCK_DAY_NS, &ns, &err) == 0)
            fail_msg("'%s' was taken for a duration", cases[i]);
        assert_int_equal(err.code, ERR_USAGE);
    }
    assert_true(ns == 42);
    assert_int_equal(clock_parse_duration("5", 0, &ns, &err), -1);
    err_release(&err);
}

static void assert_duration(int64_t ns, const char *exact, const char *rounded)
{
    struct strbuf sb = STRBUF_INIT;

    clock_add_duration(&sb, ns);
    assert_string_equal(sb.buf, exact);
    strbuf_reset(&sb);
    clock_add_duration_rounded(&sb, ns);
    assert_string_equal(sb.buf, rounded);
    strbuf_release(&sb);
}

static void duration_texts(void **state)
{
    (void)state;
    assert_duration(0, "0s", "0.0s");
    assert_duration(2 * CLOCK_WEEK_NS, "2w", "14d 0h");
    assert_duration(36 * CLOCK_HOUR_NS, "36h", "1d 12h");
    assert_duration(90 * CLOCK_SECOND_NS, "90s", "1m 30s");
    assert_duration(1500000000, "1500ms", "1.5s");
    assert_duration(59 * CLOCK_SECOND_NS + 1, "59000000001ns", "59s");
    assert_duration(2 * CLOCK_HOUR_NS + 300 * CLOCK_SECOND_NS, "125m", "2h 5m");
}

static void assert_instant(const char *text, int64_t ns, const char *again)
{
    struct err err = ERR_INIT;
    struct strbuf sb = STRBUF_INIT;
    int64_t parsed = 42;

    if (clock_parse_instant(text, &parsed, &err) < 0)
        fail_msg("%s", err.message);
    assert_true(parsed == ns);
    clock_add_instant(&sb, parsed);
    assert_string_equal(sb.buf, again ? again : text);
    strbuf_release(&sb);
}

static void instants(void **state)
{
    (void)state;
    assert_instant("1970-01-01T00:00:00Z", 0, NULL);
    assert_instant("2026-03-01T00:00:00Z", INT64_C(1772323200) * CLOCK_SECOND_NS, NULL);
    assert_instant("2024-02-29T23:59:59.5Z", INT64_C(1709251199500000000), NULL);
    assert_instant("1969-12-31T23:59:59.999999999Z", -1, NULL);
    assert_instant("1970-01-01t00:00:00.000000001z", 1, "1970-01-01T00:00:00.000000001Z");
    assert_instant("1970-01-01T01:30:00+01:30", 0, "1970-01-01T00:00:00Z");
    assert_instant("1969-12-31T23:00:00-01:00", 0, "1970-01-01T00:00:00Z");
    assert_instant("1677-09-21T00:12:43.145224192Z", INT64_MIN, NULL);
    assert_instant("2262-04-11T23:47:16.854775807Z", INT64_MAX, NULL);
}

static void wrong_instants(void **state)
{
    static const char *const cases[] = {
        "",
        "2026-03-01",
        "2026-03-01T00:00:00",
        "2026-03-01 00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-03-00T00:00:00Z",
        "2026-03-01T24:00:00Z",
        "2026-03-01T00:60:00Z",
        "2026-03-01T00:00:61Z",
        "2026-03-01T00:00:00.Z",
        "2026-03-01T00:00:00.1234567890Z",
        "2026-03-01T00:00:00Z ",
        "2026-3-1T0:0:0Z",
        "2026- 3- 1T00:00:00Z",
        "+026-03-01T00:00:00Z",
        "2026-03-01T00:00:00+1:00",
        "2026-03-01T00:00:00+24:00",
        "2026-03-01T00:00:00+00:60",
        "2026-03-01T00:00:00+0000",
        "2262-04-11T23:47:16.854775808Z",
        "1677-09-21T00:12:43.145224191Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
    };
    struct err err = ERR_INIT;
    int64_t ns;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        if (clock_parse_instant(cases[i], &ns, &err) == 0)
            fail_msg("'%s' was taken for an instant", cases[i]);
    err_release(&err);
}

static void held_instants(void **state)
{
    static const struct {
        const char *text;
        int64_t ns;
    } cases[] = {
        {"1677-09-20T00:00:00Z", INT64_MIN},
        {"1677-09-21T00:12:43.145224191Z", INT64_MIN},
        {"0001-01-01T00:00:00Z", INT64_MIN},
        {"1969-12-31T23:59:59Z", -CLOCK_SECOND_NS},
        {"2262-04-11T23:47:16Z", INT64_MAX / CLOCK_SECOND_NS * CLOCK_SECOND_NS},
        {"2262-04-11T23:47:16.854775808Z", INT64_MAX},
        {"9999-12-31T23:59:59Z", INT64_MAX},
    };
    struct err err = ERR_INIT;
    int64_t ns;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(clock_parse_instant_held(cases[i].text, &ns, &err), 0);
        assert_true(ns == cases[i].ns);
        assert_int_equal(err.code, ERR_NONE);
    }
    assert_int_equal(clock_parse_instant_held("1677-09-31T00:00:00Z", &ns, &err), -1);
    err_release(&err);
}

static void http_dates(void **state)
{
    static const char *const wrong[] = {
        "",
        "Sun, 22 Nov 2026 01:13:16",
        "Sun, 22 Nov 2026 01:13:16 UTC",
        "Sun, 22 Nov 2026 01:13:16 GMT ",
        "Sun, 32 Nov 2026 01:13:16 GMT",
        "Sun, 22 nov 2026 01:13:16 GMT",
        "Sun, 22 vDe 2026 01:13:16 GMT",
        "Sunday, 22-Nov-26 01:13:16 GMT",
    };
    struct err err = ERR_INIT;
    int64_t ns = 0;

    (void)state;
    assert_int_equal(clock_parse_http_date("Sun, 22 Nov 2026 01:13:16 GMT", &ns, &err), 0);
    assert_true(ns == INT64_C(1795309996) * CLOCK_SECOND_NS);
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
        if (clock_parse_http_date(wrong[i], &ns, &err) == 0)
            fail_msg("'%s' was taken for a date", wrong[i]);
    err_release(&err);
}

static void sums_are_held(void **state)
{
    (void)state;
    assert_true(clock_add(INT64_MAX, 1) == INT64_MAX);
    assert_true(clock_add(INT64_MIN, -1) == INT64_MIN);
    assert_true(clock_add(1, 2) == 3);
    assert_true(clock_sub(INT64_MIN, 1) == INT64_MIN);
    assert_true(clock_sub(INT64_MAX, -1) == INT64_MAX);
    assert_true(clock_sub(0, INT64_MIN) == INT64_MAX);
}

static void clocks_run(void **state)
{
    int64_t before = clock_monotonic_ns();

    (void)state;
    assert_true(clock_monotonic_ns() >= before);
    assert_true(clock_now_ns() > INT64_C(1700000000) * CLOCK_SECOND_NS);
}

static void seconds(void **state)
{
    struct strbuf sb = STRBUF_INIT;

    (void)state;
    clock_add_second(&sb, INT64_C(1709251199999999999));
    assert_string_equal(sb.buf, "2024-02-29T23:59:59Z");
    strbuf_reset(&sb);
    clock_add_second(&sb, -1);
    assert_string_equal(sb.buf, "1969-12-31T23:59:59Z");
    strbuf_release(&sb);
}

static void floors(void **state)
{
    static const struct {
        int64_t ns, step_ns, floor_ns;
    } cases[] = {
        {0, 10, 0},
        {9, 10, 0},
        {10, 10, 10},
        {-1, 10, -10},
        {-10, 10, -10},
        {-11, 10, -20},
        {INT64_MAX, 10, INT64_C(9223372036854775800)},
        {INT64_MIN, 10, INT64_C(-9223372036854775800)},
        {INT64_MIN, 1, INT64_MIN},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_true(clock_floor_to(cases[i].ns, cases[i].step_ns) == cases[i].floor_ns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("durations are read as InfluxQL writes them", durations),
        TEST("what is no duration is refused", wrong_durations),
        TEST("durations are written exactly, and rounded for people", duration_texts),
        TEST("instants are read and written to the ends of their range", instants),
        TEST("an instant may be written without its fraction", seconds),
        TEST("what is no instant, or out of range, is refused", wrong_instants),
        TEST("an instant out of range is held at the range's ends where that is asked for",
             held_instants),
        TEST("an HTTP date is read, and nothing like it", http_dates),
        TEST("sums and differences are held at the ends of the range", sums_are_held),
        TEST("a floor is the last multiple that isn't after the instant, also before 1970", floors),
        TEST("the clocks run forward", clocks_run),
    };

    return cmocka_run_group_tests_name("base/clock", tests, NULL, NULL);
}
