/*
 * Watching a run: the progress line on a terminal, a line now and then elsewhere, events as JSON,
 * metrics in a file; and the words for how it ended.
 */
#ifndef CMD_TENANTS_WATCH_H
#define CMD_TENANTS_WATCH_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "cmd/tenants/metrics.h"
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

/* What a progress line shows. Counts that aren't known are -1, texts NULL. */
struct tenants_progress {
    const struct journal_progress *progress;
    double done; /* from 0 to 1; less than 0: not known */
    int64_t left_ns;
    double points_per_second;
    int64_t tenants_in_flight;
    const char *tenant; /* the one that is copied */
    int64_t in_flight, limit;
    int64_t waiting;
    int64_t servers_away;
    bool stopping;
    int64_t behind_ns;
};

/* In a log there is room for all. */
enum { TENANTS_LOG_COLUMNS = 1000 };

/* The line, in so many columns. */
void tenants_add_progress(struct strbuf *sb, const struct tenants_progress *shown, size_t columns);

void tenants_watcher_init(struct tenants_watcher *watcher, bool json,
                          struct tenants_metrics *metrics);
/* An observer of one run that shows what it is told. The watcher must outlive it. */
struct run_observer tenants_watcher_observer(struct tenants_watcher *watcher);

/* "1,234 points" */
void tenants_add_points(struct strbuf *text, int64_t points);
/* The state of a run: "running", "cut short" or the word of its status; "none" where there is no
 * run.
 */
const char *tenants_run_state(const struct journal_run *run);
/* The last event, with what `run` and `verify` tell alike. The caller's reference. */
json_t *tenants_summary_json(int status, const struct run_summary *summary,
                             const struct servers *servers);

#endif
