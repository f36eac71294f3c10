/*
 * One delta, end to end: reads the catalogue, asks the journal what is covered, plans, finds what
 * targets have lost, prepares the targets, and runs.
 *
 * `tenants plan`, `run`, `verify` and each round of --follow are one delta, each of its own kind
 * (tenants/plan/kind.h). Only this module decides in which order the journal is asked, trimmed,
 * planned over and told:
 *
 *     struct delta delta = {.kind = DELTA_COPY, .settings = ..., .course = &course};
 *     if (delta_read(&delta, err) == 0 && delta_plan(&delta, err) == 0 &&
 *         delta_prepare(&delta, err) == 0)
 *         rc = delta_run(&delta, &observer, &summary, err);
 *     delta_release(&delta);
 *
 * `tenants plan` stops after delta_plan(). A delta lets the journal forget what it will copy again;
 * where it doesn't come to its run, delta_release() gives that back to the journal.
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
#include "tenants/plan/price.h"
#include "tenants/plan/settings.h"
#include "tenants/run/run.h"
#include "tenants/servers/servers.h"
#include "tenants/spread/spread.h"

/* A quick delta goes back so far: longer than a persister collects points before it writes them. */
#define DELTA_QUICK_OVERLAP_NS (60 * CLOCK_SECOND_NS)

/* The deltas of one process, and how far they have come. At the start all but `line` is zero. */
struct delta_course {
    const char *line; /* the command line; it has no password in it */
    int64_t begun;    /* how many deltas have begun their run */
    /* The cutoff of the last delta that went through and looked for late points. */
    int64_t late_cutoff_ns;
    int64_t whole_end_ns; /* up to where the last delta that went through has copied all, which is
                             its cutoff at most; 0: none did */
    size_t tenant_count;  /* how many tenants the plan of the last delta that began has */
};

/* The first members are the caller's, and outlive the delta; the rest is zero at the start. */
struct delta {
    enum delta_kind kind;
    const struct settings *settings;
    struct influx_client *source;
    struct servers *servers; /* of the targets */
    struct journal *journal; /* kinds that copy write it, others read it; NULL: there is none */
    struct delta_course *course;

    struct catalogue catalogue;
    struct coverage
        coverage; /* the plan of a copy leaves it out; that of a comparison has no more */
    struct plan plan;
    struct price price;     /* of the plan; delta_plan() makes it where a delta copies */
    struct losses losses;   /* what delta_plan() found; the plan copies it again */
    struct coverage before; /* with --full: the coverage that the journal forgot */
    bool is_pending;        /* the journal has forgotten something that it would take back */
};

/* Reads the catalogue of the source and asks the servers of the targets. Errors are those of
 * catalogue_read() and servers_read(). */
int delta_read(struct delta *delta, struct err *err);

/* Asks the journal and makes the plan. Time that the targets lost counts as covered no more. Then
 * asks the servers for what they have, makes the price, and chooses the shard groups of policies
 * that will be made. */
int delta_plan(struct delta *delta, struct err *err);

/*
 * Between the two: spreads the tenants over the servers of --spread, all of which must answer. Asks
 * them for what they have, and the source for its points where `count` says so. `spread` must be
 * zero; it borrows from the delta and its settings. The caller adds the routes to the settings.
 */
int delta_spread(struct delta *delta, bool count, struct spread *spread, struct err *err);

/* Makes the target databases ready and begins the record of the run in the journal; a comparison
 * without repair does neither. */
int delta_prepare(struct delta *delta, struct err *err);

/* Copies or compares. Returns as run_execute() does. */
int delta_run(struct delta *delta, const struct run_observer *observer, struct run_summary *summary,
              struct err *err);

void delta_release(struct delta *delta);

#endif
