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

/* What the display of one process remembers over all its runs. */
struct tenants_watcher {
    bool json;
    struct tenants_metrics *metrics; /* NULL: none are wanted */
    int64_t last_line_ns;
    struct progress_rate points;  /* of the run at hand */
    struct progress_rate covered; /* the time that its windows cover */
};

void tenants_watcher_init(struct tenants_watcher *watcher, bool json,
                          struct tenants_metrics *metrics);
/* An observer of one run that shows what it is told. The watcher must outlive it. */
struct run_observer tenants_watcher_observer(struct tenants_watcher *watcher);

/* The last event, with what `run` and `verify` tell alike. The caller's reference. */
json_t *tenants_summary_json(int status, const struct run_summary *summary,
                             const struct servers *servers);

#endif
