/*
 * Time windows: the ranges that statements are cut at.
 *
 * A window is a half-open range of absolute time that lies in one shard group of the source; only
 * WINDOW_TOGETHER ones lie in several. A statement over two shard groups loses points of a field
 * whose type changed in between, without a word (measured on InfluxDB 1.6.7).
 *
 * Nothing here talks to a server.
 */
#ifndef TENANTS_PLAN_WINDOW_H
#define TENANTS_PLAN_WINDOW_H

#include <stddef.h>

#include "influx/catalogue.h"
#include "tenants/plan/range.h"

/* Which sets of measurements a window is for. */
enum window_sets {
    WINDOW_ALL_SETS,
    WINDOW_ALONE,    /* for those with a field of two types: lies in one shard group */
    WINDOW_TOGETHER, /* for all others: may span shard groups, and only serves to count */
};

struct window {
    struct range range;   /* never empty */
    size_t source_policy; /* index in catalogue.policies */
    size_t unreadable;    /* 1 and more: the number of the closed shard that it lies in; 0: none */
    enum window_sets sets;
};

struct window_list {
    struct window *items; /* sorted by start */
    size_t count;
    size_t alloc;
};

#define WINDOW_LIST_INIT                                                                           \
    {                                                                                              \
        NULL, 0, 0                                                                                 \
    }

void window_list_release(struct window_list *list);

/*
 * Cuts `range` at the borders of the policy's shard groups, and also every `max_length_ns` (0: no
 * limit), counted from the range's end backwards. Time that no shard group covers holds no points,
 * and gives no window. Adds the windows to `list`, and sorts it.
 */
void window_list_cut(struct window_list *list, struct range range,
                     const struct catalogue_policy *policy, size_t policy_index,
                     int64_t max_length_ns);

/*
 * Marks the policy's time in `range` as that of the closed shard of this number, and cuts windows
 * at its ends. What another shard has marked stays as it is.
 */
void window_list_mark(struct window_list *list, struct range range, size_t policy_index,
                      size_t unreadable);

/*
 * Cuts `range` into windows to count in: WINDOW_ALONE ones, as window_list_cut() makes them, and
 * WINDOW_TOGETHER ones of many shard groups each, since a statement over many groups costs hardly
 * more than one over one.
 */
void window_list_cut_to_count(struct window_list *list, struct range range,
                              const struct catalogue_policy *policy, size_t policy_index);

/*
 * Widens a range to the borders of the shard groups that a target with groups of this length makes
 * for it. InfluxDB counts the borders from the year 1 (Go's time.Truncate).
 */
struct range window_shards(struct range range, int64_t length_ns);

#endif
