/*
 * `plan --count`: how many points there are to copy, and how long that may take.
 */
#ifndef CMD_TENANTS_COUNTS_H
#define CMD_TENANTS_COUNTS_H

#include <stdint.h>

#include "base/err.h"
#include "influx/client.h"
#include "tenants/journal/journal.h"
#include "tenants/plan/plan.h"
#include "tenants/servers/source_points.h"

/* The counts of `plan --count`, which the server makes. */
struct tenants_counts {
    int64_t *points;  /* points to copy, by tenant of the plan */
    int64_t *clipped; /* points that are older than the target keeps, likewise */
    int64_t points_total, clipped_total;
    struct source_points_behind behind;
    int64_t ahead; /* points ahead of the source's clock */
    /* Points per second that the copy may do, at least and at most. They are equal where a run has
     * shown the rate. */
    double rate_low, rate_high;
    const char *based_on; /* where the rates are from, for programs; a literal */
};

/* `counts` must be zero; release it in any case. `journal` is that of earlier runs, or NULL. */
int tenants_counts_read(struct tenants_counts *counts, const struct plan *plan,
                        struct influx_client *client, struct journal *journal, struct err *err);
void tenants_counts_release(struct tenants_counts *counts);
/* The time that the copy takes at a rate. */
int64_t tenants_counts_time_ns(const struct tenants_counts *counts, double rate);

#endif
