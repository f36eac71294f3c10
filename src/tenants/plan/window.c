#include "tenants/plan/window.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"

void window_list_release(struct window_list *list)
{
    free(list->items);
    *list = (struct window_list)WINDOW_LIST_INIT;
}

static int compare(const void *a, const void *b)
{
    const struct window *left = a, *right = b;

    if (left->range.start_ns != right->range.start_ns)
        return left->range.start_ns < right->range.start_ns ? -1 : 1;
    return left->source_policy < right->source_policy ? -1
                                                      : left->source_policy > right->source_policy;
}

static void add_for(struct window_list *list, struct range range, size_t policy,
                    enum window_sets sets)
{
    GROW(list->items, list->count, list->alloc);
    list->items[list->count++] =
        (struct window){.range = range, .source_policy = policy, .sets = sets};
}

static void add(struct window_list *list, struct range range, size_t policy)
{
    add_for(list, range, policy, WINDOW_ALL_SETS);
}

static void sort(struct window_list *list)
{
    if (list->count)
        qsort(list->items, list->count, sizeof(*list->items), compare);
}

/* The first border after an instant, of those that are a multiple of `length_ns` before `end_ns`.
 * All of time is longer than an int64_t holds, so it goes by remainders. */
static int64_t border_after(int64_t instant_ns, int64_t end_ns, int64_t length_ns)
{
    int64_t since_ns = (instant_ns % length_ns - end_ns % length_ns) % length_ns;

    return clock_add(instant_ns, length_ns - (since_ns < 0 ? since_ns + length_ns : since_ns));
}

/* Borders are at end - n * length, since the old script counted its chunks back from the end. */
static void add_chunks(struct window_list *list, struct range part, int64_t end_ns,
                       int64_t length_ns, size_t policy)
{
    while (!range_is_empty(part)) {
        int64_t border = border_after(part.start_ns, end_ns, length_ns);
        struct range chunk = range_intersect(part, (struct range){part.start_ns, border});

        add(list, chunk, policy);
        part.start_ns = chunk.end_ns;
    }
}

void window_list_cut(struct window_list *list, struct range range,
                     const struct catalogue_policy *policy, size_t policy_index,
                     int64_t max_length_ns)
{
    for (size_t i = 0; i < policy->shard_count; i++) {
        struct range shard = {policy->shards[i].start_ns, policy->shards[i].end_ns};
        struct range part = range_intersect(shard, range);

        if (range_is_empty(part))
            continue;
        if (max_length_ns)
            add_chunks(list, part, range.end_ns, max_length_ns, policy_index);
        else
            add(list, part, policy_index);
    }
    sort(list);
}

/* Shard groups of one window to count in: a server opens the files of all of them at once. */
enum { COUNTED_TOGETHER = 26 };
/* The length of any window is a number of nanoseconds. */
#define LONGEST_TOGETHER_NS (100 * 52 * CLOCK_WEEK_NS)

void window_list_cut_to_count(struct window_list *list, struct range range,
                              const struct catalogue_policy *policy, size_t policy_index)
{
    struct range together = {0, 0};
    size_t count = 0;

    for (size_t i = 0; i < policy->shard_count; i++) {
        struct range shard = {policy->shards[i].start_ns, policy->shards[i].end_ns};
        struct range part = range_intersect(shard, range);

        if (range_is_empty(part))
            continue;
        add_for(list, part, policy_index, WINDOW_ALONE);
        if (count && (count == COUNTED_TOGETHER ||
                      clock_sub(part.end_ns, together.start_ns) > LONGEST_TOGETHER_NS)) {
            add_for(list, together, policy_index, WINDOW_TOGETHER);
            count = 0;
        }
        if (!count++)
            together.start_ns = part.start_ns;
        together.end_ns = part.end_ns;
    }
    if (count)
        add_for(list, together, policy_index, WINDOW_TOGETHER);
    sort(list);
}

void window_list_mark(struct window_list *list, struct range range, size_t policy_index,
                      size_t unreadable)
{
    size_t count = list->count;

    for (size_t i = 0; i < count; i++) {
        struct range whole = list->items[i].range, common = range_intersect(whole, range);
        enum window_sets sets = list->items[i].sets;

        if (list->items[i].source_policy != policy_index || list->items[i].unreadable ||
            range_is_empty(common))
            continue;
        list->items[i].range = common;
        list->items[i].unreadable = unreadable;
        if (whole.start_ns < common.start_ns)
            add_for(list, (struct range){whole.start_ns, common.start_ns}, policy_index, sets);
        if (common.end_ns < whole.end_ns)
            add_for(list, (struct range){common.end_ns, whole.end_ns}, policy_index, sets);
    }
    sort(list);
}

/* From the year 1 to the epoch. */
#define EPOCH_S 62135596800

/* The last border that isn't after an instant. */
static int64_t border_before(int64_t instant_ns, int64_t length_ns)
{
    int64_t seconds = length_ns / CLOCK_SECOND_NS;
    /* The first border after the epoch. No shard group is shorter than a second. */
    int64_t first_ns = seconds ? (seconds - EPOCH_S % seconds) % seconds * CLOCK_SECOND_NS : 0;
    int64_t since_ns = clock_sub(instant_ns, first_ns) % length_ns;

    return clock_sub(instant_ns, since_ns < 0 ? since_ns + length_ns : since_ns);
}

struct range window_shards(struct range range, int64_t length_ns)
{
    struct range shards = range;

    if (length_ns <= 0 || range_is_empty(range))
        return shards;
    shards.start_ns = border_before(range.start_ns, length_ns);
    shards.end_ns = clock_add(border_before(clock_sub(range.end_ns, 1), length_ns), length_ns);
    return shards;
}
