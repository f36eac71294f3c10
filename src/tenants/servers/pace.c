#include "tenants/servers/pace.h"

#include "base/clock.h"

/* The overhead of a statement is a thousandth of this, and repeating a statement costs no more. */
#define TARGET_NS           (4 * CLOCK_SECOND_NS)
#define MIN_LENGTH_NS       (60 * CLOCK_SECOND_NS)
/* Of a tenant's first window. */
#define MIN_FIRST_LENGTH_NS CLOCK_DAY_NS
#define MAX_FIRST_LENGTH_NS CLOCK_WEEK_NS

/* ... where another delta follows. */
#define BRIEF_OUTAGE_NS (2 * CLOCK_SECOND_NS)

enum { SUCCESSES_TO_RISE = 8, MAX_CHANGE = 8, MIN_TELLING_POINTS = 1000, SLOW_FACTOR = 5 };

void pace_init(struct pace *pace, int64_t ceiling)
{
    *pace =
        (struct pace){.ceiling = ceiling, .limit = ceiling, .first_length_ns = MIN_FIRST_LENGTH_NS};
}

void pace_begin(struct pace *pace)
{
    pace->best_cost = 0;
    pace->first_length_ns = MIN_FIRST_LENGTH_NS;
}

/* Keeps the best cost: a lower cost becomes the best at once, a higher one moves it up slowly. Says
 * whether this cost is far above. */
static bool is_slow(struct pace *pace, int64_t points, int64_t elapsed_ns)
{
    double cost;

    if (points < MIN_TELLING_POINTS)
        return false;
    cost = (double)elapsed_ns / (double)points;
    if (pace->best_cost <= 0 || cost < pace->best_cost)
        pace->best_cost = cost;
    else
        pace->best_cost += (cost - pace->best_cost) / 64;
    return cost > SLOW_FACTOR * pace->best_cost;
}

void pace_on_success(struct pace *pace, int64_t points, int64_t elapsed_ns)
{
    if (is_slow(pace, points, elapsed_ns)) {
        pace_on_busy(pace);
        return;
    }
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

void pace_on_first(struct pace *pace, int64_t length_ns, int64_t elapsed_ns)
{
    int64_t next_ns = pace_next_length_ns(length_ns, elapsed_ns);

    if (next_ns > 2 * pace->first_length_ns)
        next_ns = 2 * pace->first_length_ns;
    if (next_ns > MAX_FIRST_LENGTH_NS)
        next_ns = MAX_FIRST_LENGTH_NS;
    pace->first_length_ns = next_ns > MIN_FIRST_LENGTH_NS ? next_ns : MIN_FIRST_LENGTH_NS;
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

bool pace_gives_up(int64_t lasted_ns, bool others_work, bool follows)
{
    return lasted_ns > (follows ? BRIEF_OUTAGE_NS : PACE_MAX_OUTAGE_NS) && !others_work;
}

int64_t pace_rate_free_ns(int64_t free_ns, int64_t now_ns, int64_t points, int64_t max_rate)
{
    double cost_ns = (double)points * 1e9 / (double)max_rate;

    /* At most a second of unused time is saved up. */
    if (free_ns < now_ns - CLOCK_SECOND_NS)
        free_ns = now_ns - CLOCK_SECOND_NS;
    return clock_add(free_ns, cost_ns < 9e18 ? (int64_t)cost_ns : INT64_MAX);
}
