/*
 * How much at once: statements in flight, time in a statement, points per second. Pure decisions.
 *
 * Statements in flight: one less whenever the server says that it is busy, or takes several times
 * as long for a point as it did at its best; one more after a while without; never above the
 * ceiling. Length of a window: a tenant's first statement covers a day at most; then windows grow
 * or shrink towards a few seconds a statement, so that an interruption costs little, memory on the
 * server stays bounded, and small tenants need few statements.
 */
#ifndef TENANTS_SERVERS_PACE_H
#define TENANTS_SERVERS_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct pace {
    int64_t ceiling;   /* --jobs */
    int64_t limit;     /* statements in flight now; 1 to ceiling */
    int64_t successes; /* since the limit was last changed */
    double best_cost;  /* ns a point, as low as it was lately; 0: not known yet */
};

void pace_init(struct pace *pace, int64_t ceiling);
/* Another run begins: what it copies may cost more or less a point than what the last one did. */
void pace_begin(struct pace *pace);
/* A statement wrote `points` in `elapsed_ns`. Few points say nothing about the server's speed. */
void pace_on_success(struct pace *pace, int64_t points, int64_t elapsed_ns);
void pace_on_busy(struct pace *pace);

/* The length of a tenant's first window. */
#define PACE_FIRST_LENGTH_NS (24 * INT64_C(3600000000000))

/*
 * The length of the next window of a tenant, in ns, after one of `length_ns` took `elapsed_ns`. At
 * most 8 times longer or shorter than that one; never less than a minute.
 */
int64_t pace_next_length_ns(int64_t length_ns, int64_t elapsed_ns);

/*
 * How long to wait before try number `attempt` (1 is the first repetition): from half a second,
 * doubling to half a minute, and up to half of it less by `random` (0 to 1), so that many don't
 * come back at once.
 */
int64_t pace_retry_delay_ns(int attempt, double random);

/*
 * Is a server given up that was away for so long? After five minutes, but not while others have
 * work: it costs nothing to wait then. Where another run follows at once (`follows`), the others
 * don't wait for it: after two seconds.
 */
bool pace_gives_up(int64_t lasted_ns, bool others_work, bool follows);

/*
 * When the next statement may start so that no more than `max_rate` points a second are written on
 * average: `free_ns` is what this gave last time (or the run's start), `points` were just written
 * at `now_ns`. All monotonic.
 */
int64_t pace_rate_free_ns(int64_t free_ns, int64_t now_ns, int64_t points, int64_t max_rate);

#endif
