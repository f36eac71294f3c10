/*
 * Watching a run: the progress line on a terminal, a line now and then elsewhere, events as JSON.
 */
#ifndef CMD_TENANTS_WATCH_H
#define CMD_TENANTS_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "tenants/run.h"

/* What the progress display remembers. */
struct tenants_watcher {
    bool terminal, json;
    int64_t last_line_ns;
    int64_t sample_ns, sample_points; /* for the rate */
    double rate;
};

/* An observer that shows what it is told. The watcher must outlive it. */
struct run_observer tenants_watcher_observer(struct tenants_watcher *watcher, bool json);

/* "1,234 points" */
void tenants_add_points(struct strbuf *text, int64_t points);
/* An exit status in words: "done", "done in part", "interrupted", "failed". */
const char *tenants_status_word(int status);

#endif
