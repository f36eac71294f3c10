#include <stdlib.h>

#include "../../unit.h"
#include "base/clock.h"
#include "base/mem.h"
#include "tenants/report/report.h"

/* A trace of `count` samples, a second apart, 100 points each. */
static struct report_trace make_trace(size_t count)
{
    struct report_trace trace = {.run_id = 1};

    for (size_t i = 0; i < count; i++) {
        GROW(trace.samples, trace.count, trace.alloc);
        trace.samples[trace.count++] = (struct report_sample){
            (int64_t)i * CLOCK_SECOND_NS, (int64_t)i * 100, (int64_t)i, (int64_t)i % 7};
    }
    return trace;
}

static void rates(void **state)
{
    struct report_trace trace = make_trace(480);
    struct report_rate *list;
    size_t count = report_rates(&trace, 50, &list);

    (void)state;
    assert_in_range(count, 40, 50);
    assert_int_equal(list[0].from_ns, 0);
    for (size_t i = 0; i < count; i++) {
        assert_true(list[i].points_per_second > 99.9 && list[i].points_per_second < 100.1);
        assert_int_equal(list[i].in_flight, 6);
        if (i)
            assert_int_equal(list[i].from_ns, list[i - 1].to_ns);
    }
    assert_int_equal(list[count - 1].to_ns, 479 * CLOCK_SECOND_NS);
    assert_int_equal(list[count - 1].points, 47900);
    free(list);
    free(trace.samples);
}

static void few_samples(void **state)
{
    struct report_trace trace = make_trace(2);
    struct report_rate *list;

    (void)state;
    assert_int_equal(report_rates(&trace, 50, &list), 1);
    free(list);
    trace.count = 1;
    assert_int_equal(report_rates(&trace, 50, &list), 0);
    free(list);
    trace.count = 0;
    assert_int_equal(report_rates(&trace, 50, &list), 0);
    free(list);
    free(trace.samples);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("rates cover the run without gaps, and are few", rates),
        TEST("a run of one sample has no rate", few_samples),
    };

    return cmocka_run_group_tests_name("tenants/report/rates", tests, NULL, NULL);
}
