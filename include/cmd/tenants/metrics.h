/*
 * --metrics-file: how far a run is, for the textfile collector of the Prometheus node exporter.
 *
 * The file is written whole to FILE.tmp and renamed, so that a reader never sees half of it: when
 * it is opened, every few seconds, and at the end. Its names are a promise; docs/metrics.rst has
 * them.
 */
#ifndef CMD_TENANTS_METRICS_H
#define CMD_TENANTS_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "tenants/run/run.h"

struct tenants_metrics;

/*
 * Writes the first state, which finds out whether it can be written: ERR_CONFIG where not. When the
 * last success was is taken over from the file that is there. `shard` ("1/2",
 * or NULL) becomes a label of all samples. NULL on an error.
 */
struct tenants_metrics *tenants_metrics_open(const char *path, const char *shard, struct err *err);
void tenants_metrics_free(struct tenants_metrics *metrics);

/* All of these do nothing where `metrics` is NULL. A file that can't be written any more is told
 * once. */

/* A run begins; what earlier ones of this process did is added up. */
void tenants_metrics_begin(struct tenants_metrics *metrics);
/* The state of the run at hand; NULL while nothing runs. Written if it is time. */
void tenants_metrics_update(struct tenants_metrics *metrics, const struct run_state *state);
/* A run went through. Where nothing failed, all points before `end_ns` are copied, which is
 * `age_ns` ago by the source's clock. */
void tenants_metrics_delta(struct tenants_metrics *metrics, const struct run_state *state,
                           bool failed, int64_t end_ns, int64_t age_ns);
/* The end of the process's work. */
void tenants_metrics_end(struct tenants_metrics *metrics, int status);

#endif
