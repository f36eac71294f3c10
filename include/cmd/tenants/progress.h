/*
 * How far a run is, and how it ended: as one line, as members of JSON objects, and in words.
 */
#ifndef CMD_TENANTS_PROGRESS_H
#define CMD_TENANTS_PROGRESS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "tenants/journal/journal.h"
#include "tenants/servers/source_points.h"

/* Adds "1,234 points". */
void tenants_add_points(struct strbuf *text, int64_t points);
/* Adds a line for each of the source's policies whose points stay behind. */
void tenants_add_other_policies(struct strbuf *text, const struct source_points_behind *behind);
/* The state of a run: "running", "cut short" or the word of its status; "none" where there is no
 * run.
 */
const char *tenants_run_state(const struct journal_run *run);
/* The content of a progress line. A number that isn't known is -1, a text NULL. */
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

/* Columns for a line in a log, which has room for all. */
enum { TENANTS_LOG_COLUMNS = 1000 };

/* Adds the line, as much of it as `columns` have room for. */
void tenants_add_progress(struct strbuf *sb, const struct tenants_progress *shown, size_t columns);

/* Set members of `object`: how many tenants and windows there are and are done; and, with these,
 * the work that this took. */
void tenants_set_tenants(json_t *object, const struct journal_progress *progress);
void tenants_set_windows(json_t *object, const struct journal_progress *progress);
void tenants_set_progress(json_t *object, const struct journal_progress *progress);

#endif
