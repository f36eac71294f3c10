/*
 * The runner: takes the database from its revision to another.
 *
 * A run can be killed anywhere. Each statement that committed is recorded (schema/server/record.h);
 * one that changes rows, in one transaction with its record; quick ones whose effect shows in the
 * schema, a few together. The next run, whoever starts it, looks in the schema for statements that
 * aren't recorded, finishes the interrupted step, and then does what it was asked to.
 *
 * Before the first statement a run waits until it is alone (src/schema/run/lock.h), tries the whole
 * route on a model (schema/run/route.h), and checks the user's rights (schema/server/rights.h).
 */
#ifndef SCHEMA_RUN_RUNNER_H
#define SCHEMA_RUN_RUNNER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "mysql/db.h"
#include "schema/history/graph.h"
#include "schema/run/route.h"

enum runner_event_kind {
    RUNNER_WAITING,   /* waits for another run; `holder` has the lock */
    RUNNER_RESUMING,  /* an interrupted step is finished first */
    RUNNER_PLAN,      /* what is to be done, before anybody is asked: `route` and `losses` */
    RUNNER_STEP,      /* a step begins */
    RUNNER_STATEMENT, /* a statement is done, or was found done (`skipped`) */
    RUNNER_STEP_DONE, /* the version is written */
    RUNNER_DRIFT,     /* `count` differences that no step touches */
};

struct runner_event {
    enum runner_event_kind kind;
    const struct route_step *step;
    size_t statement; /* its number, from 1; RUNNER_RESUMING: how many had committed */
    bool skipped;
    const char *holder;
    const struct route *route;
    const struct strvec *losses; /* tables and columns that are deleted, in words */
    size_t count;
    int64_t duration_ns;
};

struct runner {
    struct db *db;
    const struct graph *graph;
    int64_t lock_timeout_s; /* how long to wait for other runs, and for the lock of a table */
    int64_t lock_expiry_s;  /* see src/schema/run/lock.h */
    void *context;
    void (*notify)(void *context, const struct runner_event *event);
    /* Asked before the first statement of a downgrade; `losses` says what it deletes. -1 with
     * `err` set: don't. */
    int (*confirm)(void *context, const struct strvec *losses, struct err *err);
};

struct runner_result {
    const struct revision *from, *to; /* the revision at the start, and now */
    size_t steps, statements;         /* done by this run */
    size_t found_done;                /* of a half-done step: statements that needn't run */
    int64_t duration_ns;
};

/*
 * Takes the database to `target` (see graph_resolve()). A target that is reached already, and for
 * an upgrade one that lies behind, is nothing to do, and no error. When all is done the schema is
 * read again; it is an error where it isn't what the statements should have made. On an error `ret`
 * says how far it got.
 */
int runner_upgrade(const struct runner *runner, const char *target, struct runner_result *ret,
                   struct err *err);
int runner_downgrade(const struct runner *runner, const char *target, struct runner_result *ret,
                     struct err *err);

/*
 * Holds the lock of runs while `work` runs. `work` must read itself what it decides by: another run
 * may have changed that before the lock was ours.
 */
int runner_locked(const struct runner *runner,
                  int (*work)(void *context, struct db *db, struct err *err), void *context,
                  struct err *err);

/* Runs statements that belong to no revision (schema/history/diff.h), with the lock held: call it
 * from such `work`. */
int runner_statements(const struct runner *runner, const char *const *statements, size_t count,
                      struct err *err);

#endif
