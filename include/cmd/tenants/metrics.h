/*
 * --metrics-file: how far a run is, for the textfile collector of the Prometheus node exporter.
 *
 * The file is written when it is opened, every few seconds, and at the end. It is written whole to
 * FILE.tmp and renamed, so that a reader never sees half of it. docs/metrics.rst promises the names
 * of the metrics.
 */
#ifndef CMD_TENANTS_METRICS_H
#define CMD_TENANTS_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "tenants/run/run.h"

struct tenants_metrics;

/*
 * Writes the first state, and so finds out whether the file can be written: ERR_CONFIG where not.
 * The time of the last success is taken over from the file that is there. `part` ("1/2", or NULL)
 * becomes the label "shard" of all samples. Returns NULL on an error.
 */
struct tenants_metrics *tenants_metrics_open(const char *path, const char *part, struct err *err);
void tenants_metrics_free(struct tenants_metrics *metrics);

/* All of these do nothing where `metrics` is NULL. When the file can't be written any more, one
 * warning says so. */

/* Begins a run. The work of earlier runs of this process is added up. */
void tenants_metrics_begin(struct tenants_metrics *metrics);
/* Takes the state of the run at hand (NULL: nothing runs), and writes the file if it is time. */
void tenants_metrics_update(struct tenants_metrics *metrics, const struct run_state *state);
/* A run went through. Where nothing failed, all points before `end_ns` are copied; the source's
 * clock stood there `age_ns` ago. */
void tenants_metrics_delta(struct tenants_metrics *metrics, const struct run_state *state,
                           bool failed, int64_t end_ns, int64_t age_ns);
/* The process has ended its work. `complete`: nothing of the source was left out, and nothing was
 * found to be wrong. */
void tenants_metrics_end(struct tenants_metrics *metrics, int status, bool complete);

#endif
