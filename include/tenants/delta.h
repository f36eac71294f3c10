/*
 * One delta, end to end: reads the catalogue, asks the journal what is covered, plans, finds what
 * targets have lost, prepares them, runs, and remembers what they hold.
 *
 * `tenants plan`, `run`, `verify` and each round of --follow are a delta of their kind
 * (tenants/plan/kind.h). The order in which the journal is asked, trimmed, planned over and told is
 * written here and nowhere else:
 *
 *     struct delta delta = {.kind = DELTA_COPY, .settings = ..., .course = &course};
 *     if (delta_read(&delta, err) == 0 && delta_plan(&delta, err) == 0 &&
 *         delta_prepare(&delta, err) == 0)
 *         rc = delta_run(&delta, &observer, &summary, err);
 *     delta_release(&delta);
 *
 * `tenants plan` stops after delta_plan(). Whatever the journal forgot for a delta that doesn't
 * come to its run, delta_release() gives back to it.
 */
#ifndef TENANTS_DELTA_H
#define TENANTS_DELTA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "influx/catalogue.h"
#include "tenants/journal/journal.h"
#include "tenants/loss.h"
#include "tenants/plan/coverage.h"
#include "tenants/plan/kind.h"
#include "tenants/plan/plan.h"
#include "tenants/plan/settings.h"
#include "tenants/run/run.h"
#include "tenants/servers/servers.h"

/* How far a quick delta goes back: longer than a persister collects points before it writes them.
 */
#define DELTA_QUICK_OVERLAP_NS (60 * CLOCK_SECOND_NS)

/* The deltas of one process, and how far they have come. Zero but for `line` at the start. */
struct delta_course {
    const char *line; /* the command line; it has no password in it */
    int64_t begun;    /* deltas whose run began */
    int64_t
        late_cutoff_ns; /* cutoff of the last delta that went through and looked for late points */
    int64_t whole_end_ns; /* end of the range of the last delta that went through; 0: none did */
    size_t tenant_count;  /* in the plan of the last delta that began */
};

/* The first members are the caller's, and outlive the delta; the rest is zero at the start. */
struct delta {
    enum delta_kind kind;
    const struct settings *settings;
    struct influx_client *source;
    struct servers *servers; /* of the targets */
    struct journal
        *journal; /* written by all kinds that copy, read by others; NULL: there is none */
    struct delta_course *course;

    struct catalogue catalogue;
    struct coverage coverage; /* the plan leaves it out, or compares it */
    struct plan plan;
    struct losses losses;   /* found by delta_plan(); the plan copies them again */
    struct coverage before; /* with --full: the coverage that the journal forgot */
    bool is_pending;        /* the journal has forgotten something that it would take back */
};

/* Reads the catalogue of the source and asks the servers of the targets: catalogue_read() and
 * servers_read() tell the errors. */
int delta_read(struct delta *delta, struct err *err);

/* Asks the journal and makes the plan. What the targets lost counts as covered no more. */
int delta_plan(struct delta *delta, struct err *err);

/* Makes the target databases ready and begins the record of the run in the journal; a comparison
 * without repair does neither. */
int delta_prepare(struct delta *delta, struct err *err);

/* Copies or compares. Returns as run_execute() does. */
int delta_run(struct delta *delta, const struct run_observer *observer, struct run_summary *summary,
              struct err *err);

void delta_release(struct delta *delta);

#endif
