#include "cmd/tenants/counts.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"

/* Points per second: on a slow disk, as an estimate; and on two cores that server and client share,
 * as measured (docs/performance.rst). */
#define RATE_LOW  50000.0
#define RATE_HIGH 300000.0

/* An earlier run shows the rate where it copied so much, for so long. */
#define MIN_POINTS      100000
#define MIN_DURATION_NS (10 * CLOCK_SECOND_NS)

/* A run with --follow waited most of its time. Its cutoff is that of its last delta, long after its
 * start. */
static bool is_one_copy(const struct journal_run *run)
{
    return run->cutoff_ns - run->started_ns < MIN_DURATION_NS;
}

static int choose_rate(struct tenants_counts *counts, const struct settings *settings,
                       struct journal *journal, struct err *err)
{
    struct journal_run run = {0};
    int64_t took_ns;

    counts->rate_low = RATE_LOW;
    counts->rate_high = RATE_HIGH;
    counts->based_on = "measured elsewhere";
    if (journal && journal_last_run(journal, &run, err) < 0)
        return -1;
    took_ns = run.updated_ns - run.started_ns;
    if (run.id && took_ns >= MIN_DURATION_NS && run.progress.points >= MIN_POINTS &&
        is_one_copy(&run)) {
        counts->rate_low = counts->rate_high = (double)run.progress.points * 1e9 / (double)took_ns;
        counts->based_on = "last run";
    }
    if (settings->max_rate && (double)settings->max_rate < counts->rate_high) {
        counts->rate_high = (double)settings->max_rate;
        if (counts->rate_low > counts->rate_high)
            counts->rate_low = counts->rate_high;
    }
    return 0;
}

int tenants_counts_read(struct tenants_counts *counts, const struct plan *plan,
                        struct influx_client *client, struct journal *journal, struct err *err)
{
    counts->points = xcalloc(plan->tenant_count + 1, sizeof(*counts->points));
    counts->clipped = xcalloc(plan->tenant_count + 1, sizeof(*counts->clipped));
    if (source_points_needed(plan, client, counts->points, err) < 0 ||
        source_points_clipped(plan, client, counts->clipped, err) < 0 ||
        source_points_behind(plan, client, plan->range, &counts->behind, err) < 0 ||
        source_points_ahead(plan, client, &counts->ahead, err) < 0)
        return -1;
    for (size_t i = 0; i < plan->tenant_count; i++) {
        counts->points_total += counts->points[i];
        counts->clipped_total += counts->clipped[i];
    }
    return choose_rate(counts, plan->settings, journal, err);
}

void tenants_counts_release(struct tenants_counts *counts)
{
    free(counts->points);
    free(counts->clipped);
    source_points_behind_release(&counts->behind);
    *counts = (struct tenants_counts){0};
}

int64_t tenants_counts_time_ns(const struct tenants_counts *counts, double rate)
{
    return rate > 0 ? (int64_t)((double)counts->points_total / rate * 1e9) : 0;
}
