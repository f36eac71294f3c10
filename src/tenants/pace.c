#include "tenants/pace.h"

#include "base/clock.h"

/* A statement that takes this long is worth its overhead a thousand times, and is soon repeated. */
#define TARGET_NS     (4 * CLOCK_SECOND_NS)
#define MIN_LENGTH_NS (60 * CLOCK_SECOND_NS)

enum { SUCCESSES_TO_RISE = 8, MAX_CHANGE = 8 };

void pace_init(struct pace *pace, int64_t ceiling)
{
    *pace = (struct pace){.ceiling = ceiling, .limit = ceiling};
}

void pace_on_success(struct pace *pace)
{
    if (pace->limit == pace->ceiling || ++pace->successes < SUCCESSES_TO_RISE)
        return;
    pace->limit++;
    pace->successes = 0;
}

void pace_on_busy(struct pace *pace)
{
    if (pace->limit > 1)
        pace->limit--;
    pace->successes = 0;
}

int64_t pace_next_length_ns(int64_t length_ns, int64_t elapsed_ns)
{
    double factor = elapsed_ns > 0 ? (double)TARGET_NS / (double)elapsed_ns : MAX_CHANGE;
    double next;

    if (factor > MAX_CHANGE)
        factor = MAX_CHANGE;
    if (factor < 1.0 / MAX_CHANGE)
        factor = 1.0 / MAX_CHANGE;
    next = (double)length_ns * factor;
    if (next < (double)MIN_LENGTH_NS)
        return MIN_LENGTH_NS;
    return next < 9e18 ? (int64_t)next : INT64_MAX;
}

int64_t pace_retry_delay_ns(int attempt, double random)
{
    int64_t delay_ns = CLOCK_SECOND_NS / 2;

    while (--attempt > 0 && delay_ns < 30 * CLOCK_SECOND_NS)
        delay_ns *= 2;
    if (delay_ns > 30 * CLOCK_SECOND_NS)
        delay_ns = 30 * CLOCK_SECOND_NS;
    return delay_ns - (int64_t)(random * (double)delay_ns / 2);
}
