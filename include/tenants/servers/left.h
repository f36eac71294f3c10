/*
 * Counting what stays behind: points that belong to nobody, that a filter leaves out, or that the
 * target wouldn't keep.
 *
 * The server counts; a statement for each group of measurements with the same fields. Counts are of
 * the field that is there most often, so they are exact where every point has that field (Monasca's
 * `value`), and a lower bound else.
 */
#ifndef TENANTS_SERVERS_LEFT_H
#define TENANTS_SERVERS_LEFT_H

#include <stdint.h>

#include "base/err.h"
#include "influx/client.h"
#include "tenants/plan/plan.h"
#include "tenants/plan/range.h"

struct left_counts {
    int64_t unassigned; /* no tag that could name a tenant */
    int64_t skipped;    /* of measurements or tenants that a filter leaves out */
};

/* Adds to `counts` what stays behind in `range`. */
int left_count(const struct plan *plan, struct influx_client *client, struct range range,
               struct left_counts *counts, struct err *err);

/* What is older than each target keeps, by tenant: adds to clipped[index in plan.tenants]. */
int left_count_clipped(const struct plan *plan, struct influx_client *client, int64_t *clipped,
                       struct err *err);

/* What the plan is to copy, by tenant: adds to points[index in plan.tenants]. For `plan --count`.
 */
int left_count_needed(const struct plan *plan, struct influx_client *client, int64_t *points,
                      struct err *err);

/* All points of a tenant in a range, whatever was copied. */
int left_count_tenant(const struct plan *plan, struct influx_client *client, size_t tenant,
                      struct range range, int64_t *ret_points, struct err *err);

#endif
