/*
 * The pace of a server: how many statements are in flight, how much time each covers, and how many
 * points a second are written. Nothing here talks to a server, or looks at a clock.
 *
 * Statements in flight: one less whenever the server says that it is busy, or needs several times
 * as long for a point as it did at its best; one more after some successes; never more than the
 * ceiling.
 *
 * Time in a statement: a tenant's first one covers a day at most, or up to a week where the first
 * ones of other tenants were quick. Later ones cover more or less, so
 * that each takes a few seconds: an interruption then costs little, the server's memory stays
 * bounded, and small tenants need few statements.
 */
#ifndef TENANTS_SERVERS_PACE_H
#define TENANTS_SERVERS_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct pace {
    int64_t ceiling;         /* --jobs */
    int64_t limit;           /* statements in flight now; 1 to ceiling */
    int64_t successes;       /* since the limit last changed */
    int64_t first_length_ns; /* of a tenant's first window */
    double best_cost;        /* the lowest recent time for a point, in ns; 0: not known yet */
};

void pace_init(struct pace *pace, int64_t ceiling);
/* Another run begins, whose points may cost more or less: forgets the best cost. */
void pace_begin(struct pace *pace);
/* A statement wrote `points` in `elapsed_ns`. Few points tell nothing about the server's speed. */
void pace_on_success(struct pace *pace, int64_t points, int64_t elapsed_ns);
/* The server refused a statement because it is busy. */
void pace_on_busy(struct pace *pace);

/* How long a run waits for a server that is away. */
#define PACE_MAX_OUTAGE_NS (5 * 60 * INT64_C(1000000000))

/*
 * The length of a tenant's next window, in ns, after one of `length_ns` took `elapsed_ns`: at most
 * 8 times longer or shorter, and a minute at least.
 */
int64_t pace_next_length_ns(int64_t length_ns, int64_t elapsed_ns);

/*
 * A tenant's first statement, of `length_ns`, took `elapsed_ns`: those of further tenants may be
 * longer, twice as long at most, or become shorter. A small tenant then needs one statement for a
 * shard group, and a large one behind many small ones no more than seven times as long as without.
 */
void pace_on_first(struct pace *pace, int64_t length_ns, int64_t elapsed_ns);

/*
 * How long to wait before the repetition number `attempt` (the first is 1): half a second, doubled
 * each time, up to half a minute. `random` (0 to 1) takes up to half of it away, so that statements
 * that failed together don't come back together.
 */
int64_t pace_retry_delay_ns(int attempt, double random);

/*
 * Says whether a run stops waiting for a server that has been away for `lasted_ns`. It does after
 * five minutes, or after two seconds where another run follows soon (`follows`); never while other
 * servers have work, since waiting then costs nothing.
 */
bool pace_gives_up(int64_t lasted_ns, bool others_work, bool follows);

/*
 * When the next statement may start so that `max_rate` points a second are written on average.
 * `free_ns` is the last answer, or the run's start; `points` were written just now, at `now_ns`.
 * All times are monotonic.
 */
int64_t pace_rate_free_ns(int64_t free_ns, int64_t now_ns, int64_t points, int64_t max_rate);

#endif
