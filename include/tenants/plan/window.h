/*
 * Time windows of a migration.
 *
 * A window is a half-open range of absolute time that lies in one shard group of the source: a
 * statement over two of them loses points of a field whose type changed in between, without a word
 * (measured on InfluxDB 1.6.7).
 *
 * Nothing here talks to a server.
 */
#ifndef TENANTS_PLAN_WINDOW_H
#define TENANTS_PLAN_WINDOW_H

#include <stddef.h>

#include "influx/catalogue.h"
#include "tenants/plan/range.h"

struct window {
    struct range range; /* never empty */
    size_t policy;      /* of the source: index in the catalogue */
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
 * Cuts `range` at the borders of the policy's shard groups and, from the range's end backwards,
 * after every `max_length_ns` (0: no limit). Parts of the range that no shard group covers hold no
 * points, and give no window. The windows are added to `list`, which is sorted again.
 */
void window_list_cut(struct window_list *list, struct range range,
                     const struct catalogue_policy *policy, size_t policy_index,
                     int64_t max_length_ns);

/*
 * The time of all shard groups of this length that a range touches: what a target makes of it.
 * InfluxDB counts their borders from the year 1 (Go's time.Truncate).
 */
struct range window_shards(struct range range, int64_t length_ns);

#endif
