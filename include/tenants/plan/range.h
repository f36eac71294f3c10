/*
 * Ranges of time, and lists of them.
 *
 * A range is half-open, [start_ns, end_ns), in nanoseconds since the epoch. A list is sorted. Its
 * ranges neither overlap nor touch: ranges that touch become one.
 *
 * Nothing here talks to a server.
 */
#ifndef TENANTS_PLAN_RANGE_H
#define TENANTS_PLAN_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct range {
    int64_t start_ns;
    int64_t end_ns;
};

struct range_list {
    struct range *items;
    size_t count;
    size_t alloc;
};

#define RANGE_LIST_INIT                                                                            \
    {                                                                                              \
        NULL, 0, 0                                                                                 \
    }

void range_list_release(struct range_list *list);
/* Adds a range; an empty one changes nothing. */
void range_list_add(struct range_list *list, struct range range);
void range_list_subtract(struct range_list *list, struct range range);
/* Makes `copy` equal to `list`; what `copy` held before is gone. */
void range_list_copy(struct range_list *copy, const struct range_list *list);
bool range_list_equal(const struct range_list *a, const struct range_list *b);
/* The sum of the lengths, at most INT64_MAX. */
int64_t range_list_length_ns(const struct range_list *list);

/* The end of what isn't ahead of a clock: of the range, or right behind `clock_ns` where the range
 * goes on. */
int64_t range_past_end_ns(struct range range, int64_t clock_ns);
/* The time that both ranges have; an empty range (start = end) where there is none. */
struct range range_intersect(struct range a, struct range b);
bool range_is_empty(struct range range);

#endif
