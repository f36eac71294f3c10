/*
 * The run does what the plan says, statement by statement, and records it.
 *
 * It takes pieces of the plan while other statements are in flight. A statement that fails is tried
 * again, split in time or in measurements, or recorded as failed; the others go on. There is one
 * thread: all of it happens in run_execute().
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

/* The state of a run, for whoever watches it. */
struct run_state {
    struct journal_progress progress;
    int64_t started_ns;        /* monotonic */
    int64_t in_flight, limit;  /* statements in flight, and how many may be */
    int64_t tenants_in_flight; /* tenants that these statements are for */
    const char *tenant; /* the tenant of the newest statement; borrowed; NULL: there was none */
    int64_t waiting;    /* tasks that wait to be tried again */
    int64_t servers_away;
    int64_t done_ns;  /* the time that windows cover which are done, */
    int64_t total_ns; /* and that all windows cover: to estimate the time that the rest takes */
    int64_t copying_ns, verifying_ns; /* sums over all statements */
    int64_t values_verified;          /* field values that were found in the target */
    int64_t strings_dropped;    /* strings that weren't sent, since the targets can't keep them */
    int64_t windows_unreadable; /* failed windows whose shard of the source isn't open */
    bool finishing;             /* a stop signal came */
    const char *trouble;        /* the last words of a server that is away or busy; else NULL */
};

struct run_observer {
    void *context;
    /* Takes an event, and the reference to it. docs/json.rst lists the events. May be NULL. */
    void (*event)(void *context, json_t *event);
    /* Is called some times a second. May be NULL. */
    void (*progress)(void *context, const struct run_state *state);
    /* The record that is told of each window that isn't whole; NULL: there is none. */
    struct verification *verification;
};

struct run_summary {
    struct run_state state;
    int64_t elapsed_ns;
    int64_t tenants_failed;
    int64_t tenants_away; /* of these, the tenants whose server is away */
    int64_t windows_owed; /* their windows, which are neither done nor failed */
    struct source_points_behind behind;
    int64_t clipped;   /* points that the targets wouldn't keep */
    int64_t homeless;  /* points of tenants that can have no database */
    int64_t ahead;     /* points ahead of the source's clock; -1: not counted */
    int64_t refused;   /* points of the plan's tenants in the reject file */
    bool behind_known; /* `behind`, `clipped` and `homeless` were counted: an interrupted run
                          doesn't */
};

/*
 * Copies from `source` to the plan's servers, which targets_prepare() has made ready; all clients
 * share one event loop. Splitting a set of measurements adds sets to `plan`; nothing else of it
 * changes.
 *
 * Returns 0 when all is done, 1 when something failed (which the journal has, and the observer was
 * told), or -1: ERR_INTERRUPTED after a stop signal, ERR_CONNECT when the source or all servers of
 * targets stay away or refuse the credentials, or the error that made the journal unwritable.
 *
 * One of several servers that stays away is marked in `servers`, and the others are served. Its
 * windows are in the journal as failed, unless another delta follows at once. Whatever happens, a
 * window that is recorded as done is done.
 */
int run_execute(struct plan *plan, struct influx_client *source, struct servers *servers,
                struct journal *journal, const struct run_observer *observer,
                struct run_summary *summary, struct err *err);

#endif
