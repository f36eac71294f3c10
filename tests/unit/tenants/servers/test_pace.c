#include "tenants/servers/pace.h"

#include "../../unit.h"
#include "base/clock.h"

static void ceiling(void **state)
{
    struct pace pace;

    (void)state;
    pace_init(&pace, 4);
    assert_int_equal(pace.limit, 4);
    for (int i = 0; i < 1000; i++)
        pace_on_success(&pace, 10, CLOCK_SECOND_NS);
    assert_int_equal(pace.limit, 4);
}

static void busy(void **state)
{
    struct pace pace;

    (void)state;
    pace_init(&pace, 4);
    for (int64_t limit = 3; limit >= 1; limit--) {
        pace_on_busy(&pace);
        assert_int_equal(pace.limit, limit);
    }
    pace_on_busy(&pace);
    assert_int_equal(pace.limit, 1);
}

static void recovers(void **state)
{
    struct pace pace;
    int successes = 0;

    (void)state;
    pace_init(&pace, 4);
    pace_on_busy(&pace);
    pace_on_busy(&pace);
    while (pace.limit < 3 && ++successes < 1000)
        pace_on_success(&pace, 10, CLOCK_SECOND_NS);
    assert_in_range(successes, 2, 100);
    /* A refusal in between starts the count of successes anew. */
    for (int i = 0; i < successes - 1; i++)
        pace_on_success(&pace, 10, CLOCK_SECOND_NS);
    pace_on_busy(&pace);
    pace_on_success(&pace, 10, CLOCK_SECOND_NS);
    assert_int_equal(pace.limit, 2);
}

static void slow(void **state)
{
    struct pace pace;

    (void)state;
    pace_init(&pace, 4);
    pace_on_success(&pace, 100000, CLOCK_SECOND_NS);
    pace_on_success(&pace, 100000, 4 * CLOCK_SECOND_NS);
    assert_int_equal(pace.limit, 4);
    pace_on_success(&pace, 100000, 20 * CLOCK_SECOND_NS);
    assert_int_equal(pace.limit, 3);
    /* A statement of few points tells nothing, however long it takes. */
    pace_on_success(&pace, 999, 3600 * CLOCK_SECOND_NS);
    assert_int_equal(pace.limit, 3);
    /* A server that stays slow isn't busy: this is its speed. */
    for (int i = 0; i < 500; i++)
        pace_on_success(&pace, 100000, 20 * CLOCK_SECOND_NS);
    assert_int_equal(pace.limit, 4);
}

static void begins_again(void **state)
{
    struct pace pace;

    (void)state;
    pace_init(&pace, 4);
    pace_on_success(&pace, 100000, CLOCK_SECOND_NS);
    pace_on_busy(&pace);
    pace_begin(&pace);
    /* What was learned of its refusals stays; a small statement costs more a point than a large
     * one. */
    assert_int_equal(pace.limit, 3);
    pace_on_success(&pace, 1000, CLOCK_SECOND_NS);
    assert_int_equal(pace.limit, 3);
}

static void rate(void **state)
{
    const int64_t now = 1000 * CLOCK_SECOND_NS;
    int64_t free_ns = now;

    (void)state;
    for (int i = 0; i < 10; i++)
        free_ns = pace_rate_free_ns(free_ns, now, 500, 1000);
    assert_true(free_ns == now + 5 * CLOCK_SECOND_NS);
    /* After an hour without points, a second's worth may be written at once, not an hour's. */
    assert_true(pace_rate_free_ns(0, now, 0, 1000) == now - CLOCK_SECOND_NS);
    assert_true(pace_rate_free_ns(0, now, 1000, 1000) == now);
    assert_true(pace_rate_free_ns(now, now, INT64_MAX, 1) == INT64_MAX);
}

static void lengths(void **state)
{
    const int64_t day = 24 * CLOCK_HOUR_NS;

    (void)state;
    assert_true(pace_next_length_ns(day, 4 * CLOCK_SECOND_NS) == day);
    assert_true(pace_next_length_ns(day, 2 * CLOCK_SECOND_NS) == 2 * day);
    assert_true(pace_next_length_ns(day, 8 * CLOCK_SECOND_NS) == day / 2);
    assert_true(pace_next_length_ns(day, 1) == 8 * day);
    assert_true(pace_next_length_ns(day, 0) == 8 * day);
    assert_true(pace_next_length_ns(day, -5) == 8 * day);
    assert_true(pace_next_length_ns(day, CLOCK_HOUR_NS) == day / 8);
}

static void length_bounds(void **state)
{
    (void)state;
    assert_true(pace_next_length_ns(1, CLOCK_HOUR_NS) == 60 * CLOCK_SECOND_NS);
    assert_true(pace_next_length_ns(INT64_MAX, 1) == INT64_MAX);
    assert_true(pace_next_length_ns(INT64_MAX, INT64_MAX) > 0);
}

static void delays(void **state)
{
    static const double halves[] = {0.5, 1, 2, 4, 8, 16, 30, 30, 30};

    (void)state;
    for (int i = 0; i < 9; i++) {
        int64_t longest = (int64_t)(halves[i] * 1e9);

        assert_true(pace_retry_delay_ns(i + 1, 0) == longest);
        assert_true(pace_retry_delay_ns(i + 1, 0.999999) > longest / 2);
        assert_true(pace_retry_delay_ns(i + 1, 0.5) < longest);
    }
    assert_true(pace_retry_delay_ns(INT32_MAX, 0) == 30 * CLOCK_SECOND_NS);
}

static void gives_up(void **state)
{
    const int64_t second = CLOCK_SECOND_NS, minute = 60 * second;

    (void)state;
    assert_false(pace_gives_up(5 * minute, false, false));
    assert_true(pace_gives_up(5 * minute + 1, false, false));
    assert_false(pace_gives_up(60 * minute, true, false));
    assert_false(pace_gives_up(2 * second, false, true));
    assert_true(pace_gives_up(2 * second + 1, false, true));
    assert_false(pace_gives_up(10 * second, true, true));
}

static void first_windows(void **state)
{
    struct pace pace;

    (void)state;
    pace_init(&pace, 4);
    assert_int_equal(pace.first_length_ns, CLOCK_DAY_NS);
    pace_on_first(&pace, CLOCK_DAY_NS, CLOCK_SECOND_NS / 100);
    assert_int_equal(pace.first_length_ns, 2 * CLOCK_DAY_NS);
    for (int i = 0; i < 5; i++)
        pace_on_first(&pace, CLOCK_DAY_NS, CLOCK_SECOND_NS / 100);
    assert_int_equal(pace.first_length_ns, CLOCK_WEEK_NS);
    pace_on_first(&pace, CLOCK_WEEK_NS, 28 * CLOCK_SECOND_NS);
    assert_int_equal(pace.first_length_ns, CLOCK_DAY_NS);
    pace_on_first(&pace, CLOCK_DAY_NS, 100 * CLOCK_SECOND_NS);
    assert_int_equal(pace.first_length_ns, CLOCK_DAY_NS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("no more statements are in flight than the ceiling allows", ceiling),
        TEST("a tenant's first window learns from those of other tenants", first_windows),
        TEST("a busy server gets one statement less, and one at least", busy),
        TEST("after a while without refusals one more is in flight", recovers),
        TEST("a server that slows down gets one statement less, until it is known as slow", slow),
        TEST("another run measures a server's speed anew, and keeps its limit", begins_again),
        TEST("points are bounded to so many a second, on average", rate),
        TEST("a window's length follows the time that its statement took", lengths),
        TEST("a window's length stays between a minute and all of time", length_bounds),
        TEST("the wait doubles from half a second to half a minute, and at random to half of it",
             delays),
        TEST("a server that is away is waited for as long as others work, and for a while",
             gives_up),
    };

    return cmocka_run_group_tests_name("tenants/pace", tests, NULL, NULL);
}
