/*
 * Watching a run of this process: the progress line on a terminal, a line now and then elsewhere,
 * events as JSON, and metrics in a file.
 */
#ifndef CMD_TENANTS_WATCH_H
#define CMD_TENANTS_WATCH_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "cmd/tenants/metrics.h"
#include "cmd/tenants/progress.h"
#include "tenants/run/run.h"
#include "tenants/servers/servers.h"
#include "term/progress.h"

/* The display of one process, over all its runs. */
struct tenants_watcher {
    bool json;
    struct tenants_metrics *metrics; /* NULL: none are wanted */
    int64_t last_line_ns;
    struct progress_rate points;  /* the rate of the run at hand */
    struct progress_rate covered; /* the time that windows cover, per second */
};

void tenants_watcher_init(struct tenants_watcher *watcher, bool json,
                          struct tenants_metrics *metrics);
/* Makes an observer that shows one run. The watcher must outlive it. */
struct run_observer tenants_watcher_observer(struct tenants_watcher *watcher);

/* The last event, with the members that `run` and `verify` share. The reference is the caller's. */
json_t *tenants_summary_json(int status, const struct run_summary *summary,
                             const struct servers *servers);

#endif
