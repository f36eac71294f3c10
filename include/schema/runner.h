/*
 * The runner: takes the database from the revision that it is at to another.
 *
 * It can be killed anywhere. Each statement that committed is recorded (schema/record.h), rows and
 * their record in one transaction; quick ones whose effect shows in the schema a few together. A
 * statement whose record is missing is looked for in the schema.
 * So the next run, by whoever, goes on where this one stopped; it finishes the interrupted step
 * before it does what it was asked to.
 *
 * Before the first statement: one run at a time (schema/lock.h), the whole way tried on a model
 * (schema/route.h), the user's rights (schema/rights.h).
 */
#ifndef SCHEMA_RUNNER_H
#define SCHEMA_RUNNER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "mysql/db.h"
#include "schema/graph.h"
#include "schema/route.h"

enum runner_event_kind {
    RUNNER_WAITING,   /* for another run; `holder` has the lock */
    RUNNER_RESUMING,  /* an interrupted step is finished first */
    RUNNER_PLAN,      /* what will be done, before anybody is asked: `route` and `losses` */
    RUNNER_STEP,      /* a step begins */
    RUNNER_STATEMENT, /* a statement is done, or was found done (`skipped`) */
    RUNNER_STEP_DONE, /* the version says so */
    RUNNER_DRIFT,     /* `count` differences that no step touches */
};

struct runner_event {
    enum runner_event_kind kind;
    const struct route_step *step;
    size_t statement; /* its number, from 1 */
    bool skipped;
    const char *holder;
    const struct route *route;
    const struct strvec *losses; /* what is deleted, in words */
    size_t count;
    int64_t duration_ns;
};

struct runner {
    struct db *db;
    const struct graph *graph;
    int64_t lock_timeout_s; /* for the lock of runs, and for those of tables */
    int64_t lock_expiry_s;  /* see schema/lock.h */
    void *context;
    void (*notify)(void *context, const struct runner_event *event);
    /* Asked before the first statement of steps that lose something; `losses` says what. -1 with
     * `err` set: don't. */
    int (*confirm)(void *context, const struct strvec *losses, struct err *err);
};

struct runner_result {
    const struct revision *from, *to; /* where it was at the start, and is now */
    size_t steps, statements;         /* that were done by this run */
    size_t found_done;                /* statements of a half-done step that needn't run */
    int64_t duration_ns;
};

/*
 * Takes the database to `target` (see graph_resolve()); a target that lies behind an upgrade, or is
 * reached already, is no error and nothing to do. On an error `ret` says how far it got.
 */
int runner_upgrade(const struct runner *runner, const char *target, struct runner_result *ret,
                   struct err *err);
int runner_downgrade(const struct runner *runner, const char *target, struct runner_result *ret,
                     struct err *err);

/*
 * Holds the lock of runs while `work` does something with it. What `work` decides by, it reads
 * itself: before the lock was held, another run may have changed it.
 */
int runner_locked(const struct runner *runner,
                  int (*work)(void *context, struct db *db, struct err *err), void *context,
                  struct err *err);

/* Runs statements (schema/diff.h) outside of any revision; from within such `work`. */
int runner_statements(const struct runner *runner, const char *const *statements, size_t count,
                      struct err *err);

#endif
