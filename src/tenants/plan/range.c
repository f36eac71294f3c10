#include "tenants/plan/range.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

void range_list_release(struct range_list *list)
{
    free(list->items);
    *list = (struct range_list)RANGE_LIST_INIT;
}

int64_t range_past_end_ns(struct range range, int64_t clock_ns)
{
    return range.end_ns <= clock_ns ? range.end_ns : clock_ns + 1;
}

bool range_is_empty(struct range range)
{
    return range.start_ns >= range.end_ns;
}

struct range range_intersect(struct range a, struct range b)
{
    struct range common = {a.start_ns > b.start_ns ? a.start_ns : b.start_ns,
                           a.end_ns < b.end_ns ? a.end_ns : b.end_ns};

    if (range_is_empty(common))
        common.end_ns = common.start_ns;
    return common;
}

/* Replaces the `count` items at `at` by `with_count` others. */
static void splice(struct range_list *list, size_t at, size_t count, const struct range *with,
                   size_t with_count)
{
    size_t after = list->count - at - count;

    while (list->alloc < list->count - count + with_count)
        list->items = mem_grow(list->items, list->alloc, &list->alloc, sizeof(*list->items));
    if (after)
        memmove(list->items + at + with_count, list->items + at + count,
                after * sizeof(*list->items));
    for (size_t i = 0; i < with_count; i++)
        list->items[at + i] = with[i];
    list->count = at + with_count + after;
}

void range_list_add(struct range_list *list, struct range range)
{
    size_t first = 0, last;

    if (range_is_empty(range))
        return;
    while (first < list->count && list->items[first].end_ns < range.start_ns)
        first++;
    for (last = first; last < list->count && list->items[last].start_ns <= range.end_ns; last++) {
        if (list->items[last].start_ns < range.start_ns)
            range.start_ns = list->items[last].start_ns;
        if (list->items[last].end_ns > range.end_ns)
            range.end_ns = list->items[last].end_ns;
    }
    splice(list, first, last - first, &range, 1);
}

void range_list_subtract(struct range_list *list, struct range range)
{
    if (range_is_empty(range))
        return;
    for (size_t i = 0; i < list->count;) {
        struct range item = list->items[i];
        struct range rest[2];
        size_t rests = 0;

        if (item.start_ns < range.start_ns)
            rest[rests++] = range_intersect(item, (struct range){INT64_MIN, range.start_ns});
        if (item.end_ns > range.end_ns)
            rest[rests++] = range_intersect(item, (struct range){range.end_ns, INT64_MAX});
        splice(list, i, 1, rest, rests);
        i += rests;
    }
}

void range_list_copy(struct range_list *copy, const struct range_list *list)
{
    splice(copy, 0, copy->count, list->items, list->count);
}

bool range_list_equal(const struct range_list *a, const struct range_list *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (a->items[i].start_ns != b->items[i].start_ns ||
            a->items[i].end_ns != b->items[i].end_ns)
            return false;
    return true;
}

int64_t range_list_length_ns(const struct range_list *list)
{
    int64_t length = 0;

    for (size_t i = 0; i < list->count; i++)
        length = clock_add(length, clock_sub(list->items[i].end_ns, list->items[i].start_ns));
    return length;
}
