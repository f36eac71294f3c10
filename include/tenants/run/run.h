/*
 * The run: does what the plan says, statement by statement, and records it.
 *
 * Pieces of the plan are taken from its cursor while statements are in flight; what fails is tried
 * again, split in time or in measurements, or recorded, and the rest goes on. One thread:
 * everything happens in run_execute().
 */
#ifndef TENANTS_RUN_RUN_H
#define TENANTS_RUN_RUN_H

#include <jansson.h>
#include <stdint.h>

#include "base/err.h"
#include "influx/client.h"
#include "tenants/journal/journal.h"
#include "tenants/plan/plan.h"
#include "tenants/servers/servers.h"
#include "tenants/servers/source_points.h"

struct verification;

/* What a person or a program watches. */
struct run_state {
    struct journal_progress progress;
    int64_t started_ns; /* monotonic */
    int64_t in_flight, limit;
    int64_t tenants_in_flight; /* that these statements are for */
    const char *tenant;        /* of the one that was started last; borrowed; NULL: none was */
    int64_t waiting;           /* tasks that wait to be tried again */
    int64_t servers_away;
    int64_t done_ns; /* the time covered by what is done, and by all there is to do: for the time
                        left */
    int64_t total_ns;
    int64_t copying_ns, verifying_ns; /* sums over all statements */
    int64_t values_verified; /* field values found in the target: against what the copy read, or the
                                source */
    int64_t strings_dropped; /* values that the targets can't keep, and weren't sent */
    bool finishing;          /* a stop signal came */
    const char *trouble;     /* what the server said last, while it is away or busy; else NULL */
};

struct run_observer {
    void *context;
    /* Something happened; takes over the reference. docs/json.rst lists the events. May be NULL. */
    void (*event)(void *context, json_t *event);
    /* Called some times a second. May be NULL. */
    void (*progress)(void *context, const struct run_state *state);
    /* Is told of each window that isn't whole. NULL: nobody is. */
    struct verification *verification;
};

struct run_summary {
    struct run_state state;
    int64_t elapsed_ns;
    int64_t tenants_failed;
    int64_t tenants_away; /* of these: their server is away */
    int64_t windows_owed; /* neither done nor failed, for that reason */
    struct source_points_behind behind;
    int64_t clipped;   /* points that the targets wouldn't keep */
    int64_t homeless;  /* points of tenants that can have no database */
    int64_t refused;   /* points of these tenants in the reject file */
    bool behind_known; /* they were counted; not so after an interruption */
};

/*
 * Copies from `source` to the plan's servers, which targets_prepare() has made ready; all clients
 * share one event loop. `plan` is changed
 * only in the `problem` of tenants. Returns 0 when all
 * is done, 1 when something failed (it is in the journal and was told), or -1: ERR_INTERRUPTED
 * after a stop signal, ERR_CONNECT when the source or all servers of targets stay away or refuse
 * the credentials, or what made the journal unwritable. One of several that stays away is marked in
 * `servers`, and the others are served; what is left for it is in the journal as failed, unless
 * another run follows at once. Whatever happens, what is recorded as done is done.
 */
int run_execute(struct plan *plan, struct influx_client *source, struct servers *servers,
                struct journal *journal, const struct run_observer *observer,
                struct run_summary *summary, struct err *err);

#endif
