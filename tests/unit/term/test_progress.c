#include "term/progress.h"

#include <string.h>

#include "../unit.h"
#include "base/clock.h"
#include "base/utf8.h"

static void part(struct progress_line *line, int rank, const char *text)
{
    strbuf_addstr(progress_line_part(line, rank), text);
}

static void expect_line(const struct progress_line *line, size_t columns, const char *expected)
{
    struct strbuf text = STRBUF_INIT;

    progress_line_add(line, columns, &text);
    assert_string_equal(text.buf, expected);
    assert_true(utf8_columns(text.buf) <= columns);
    strbuf_release(&text);
}

static void parts_that_fit(void **state)
{
    struct progress_line line = PROGRESS_LINE_INIT;

    (void)state;
    part(&line, 3, "12 points");
    part(&line, 1, "42%");
    part(&line, 2, "日本語");
    expect_line(&line, 100, "12 points, 42%, 日本語");
    expect_line(&line, 22, "12 points, 42%, 日本語");
    expect_line(&line, 21, "42%, 日本語");
    expect_line(&line, 11, "42%, 日本語");
    /* A less important part may still fit where a more important one doesn't. */
    expect_line(&line, 10, "42%");
    expect_line(&line, 3, "42%");
    progress_line_release(&line);
}

static void first_is_cut(void **state)
{
    struct progress_line line = PROGRESS_LINE_INIT;

    (void)state;
    part(&line, 1, "日本語 and more");
    expect_line(&line, 5, "日本");
    expect_line(&line, 1, "");
    expect_line(&line, 0, "");
    progress_line_release(&line);
    expect_line(&line, 10, "");
}

static void every_width(void **state)
{
    struct progress_line line = PROGRESS_LINE_INIT;

    (void)state;
    part(&line, 4, "3 of 4 in flight");
    part(&line, 2, "5m 10s left");
    part(&line, 1, "42%");
    part(&line, 3, "at 日本語のテナント and 2 more");
    for (size_t columns = 0; columns < 100; columns++) {
        struct strbuf text = STRBUF_INIT;

        progress_line_add(&line, columns, &text);
        assert_true(utf8_columns(text.buf) <= columns);
        assert_true(columns < 3 || strstr(text.buf, "42%"));
        strbuf_release(&text);
    }
    progress_line_release(&line);
}

static void rate_settles(void **state)
{
    struct progress_rate rate;
    int64_t now_ns = 1000 * CLOCK_SECOND_NS;
    double lowest = 1e9, highest = 0;

    (void)state;
    progress_rate_begin(&rate, 0, now_ns);
    assert_true(progress_rate(&rate) < 0);
    assert_true(progress_time_left_ns(&rate, 1000) < 0);
    /* 100 a second on average, in jumps: 300 every third second. */
    for (int second = 1; second <= 300; second++) {
        now_ns += CLOCK_SECOND_NS;
        progress_rate_update(&rate, second / 3 * 300, now_ns);
        /* A second sample within the same second changes nothing. */
        progress_rate_update(&rate, 1e9, now_ns + CLOCK_SECOND_NS / 2);
        if (second > 60) {
            lowest = progress_rate(&rate) < lowest ? progress_rate(&rate) : lowest;
            highest = progress_rate(&rate) > highest ? progress_rate(&rate) : highest;
        }
    }
    assert_true(lowest > 85 && highest < 115);
    assert_int_equal(progress_time_left_ns(&rate, 1e-6), CLOCK_SECOND_NS);
    assert_true(progress_time_left_ns(&rate, 0) < 0);
}

static void time_left_is_rounded(void **state)
{
    static const struct {
        double seconds;
        int64_t shown;
    } cases[] = {{7.4, 7},     {59, 59},     {63, 65},      {599, 600},
                 {1234, 1260}, {7300, 7200}, {86399, 86400}};
    struct progress_rate rate;

    (void)state;
    progress_rate_begin(&rate, 0, CLOCK_SECOND_NS);
    progress_rate_update(&rate, 10, 2 * CLOCK_SECOND_NS);
    progress_rate_update(&rate, 20, 3 * CLOCK_SECOND_NS);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(progress_time_left_ns(&rate, cases[i].seconds * 10) / CLOCK_SECOND_NS,
                         cases[i].shown);
    assert_true(progress_time_left_ns(&rate, 1e18) < 0);
    /* Nothing moves: the rate falls to nothing. */
    for (int64_t second = 4; second < 4000; second++)
        progress_rate_update(&rate, 20, second * CLOCK_SECOND_NS);
    assert_true(progress_rate(&rate) < 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("parts that fit stand in their order, the most important first of all",
             parts_that_fit),
        TEST("where nothing fits, the most important part is cut in whole characters",
             first_is_cut),
        TEST("no width is exceeded", every_width),
        TEST("a rate settles, whatever jumps there are", rate_settles),
        TEST("time left is rounded, the coarser the longer", time_left_is_rounded),
    };

    return cmocka_run_group_tests_name("term/progress", tests, NULL, NULL);
}
