/*
 * Counting points of the source: those that are to be copied, and those that stay behind since they
 * belong to nobody, a filter leaves them out, the target wouldn't keep them, or they are ahead of
 * the clock.
 *
 * The source's server counts, by a statement for each group of measurements with the same fields.
 * It counts values of fields, not points; the largest count of a measurement stands for its points.
 * That is exact where every point has the field (as `value` of Monasca), and else too low.
 */
#ifndef TENANTS_SERVERS_SOURCE_POINTS_H
#define TENANTS_SERVERS_SOURCE_POINTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "influx/client.h"
#include "tenants/plan/plan.h"
#include "tenants/plan/range.h"

/* A policy of the source that isn't read. */
struct source_points_policy {
    char *name;
    bool is_default;
    int64_t points;
};

struct source_points_behind {
    int64_t unassigned; /* points without a tag that could name a tenant */
    int64_t skipped;    /* points of measurements or tenants that a filter leaves out */
    /* The policies that aren't read and hold points, and the points of all of these. Release it. */
    struct source_points_policy *policies;
    size_t policy_count, policy_alloc;
    int64_t other_policies;
};

void source_points_behind_release(struct source_points_behind *counts);

/* Adds the points that stay behind in `range` to `counts`. */
int source_points_behind(const struct plan *plan, struct influx_client *client, struct range range,
                         struct source_points_behind *counts, struct err *err);

/*
 * Counts the points ahead of the source's clock, whoever's they are; with --ahead none stays behind
 * for that. By the clock of now, so that what a persister wrote since the plan was made is no part
 * of it.
 */
int source_points_ahead(const struct plan *plan, struct influx_client *client, int64_t *ret_points,
                        struct err *err);

/* Adds the points of each tenant that its target wouldn't keep to clipped[index in plan.tenants].
 */
int source_points_clipped(const struct plan *plan, struct influx_client *client, int64_t *clipped,
                          struct err *err);

/* Adds the points of each tenant that are to be copied to points[index in plan.tenants]. */
int source_points_needed(const struct plan *plan, struct influx_client *client, int64_t *points,
                         struct err *err);

/* Counts all points of a tenant in a range, copied or not, in the policies that are read. */
int source_points_of_tenant(const struct plan *plan, struct influx_client *client, size_t tenant,
                            struct range range, int64_t *ret_points, struct err *err);

#endif
