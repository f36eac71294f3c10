/*
 * Comparing a target with the source: an InfluxDB in one way, a VictoriaMetrics in another. The run
 * chooses the way once for each server (run.c).
 *
 * Both ways go through the phases of a task. The run makes the statements of phases that ask the
 * source. A comparison makes the statements of phases that ask the target, reads all replies, and
 * decides which phase comes next.
 */
#ifndef TENANTS_RUN_COMPARE_H
#define TENANTS_RUN_COMPARE_H

#include "influx/statement.h"
#include "task.h"

struct compare {
    bool takes_strings; /* false: the target keeps numbers only */
    /* The client that reads a server's targets. */
    struct influx_client *(*reader)(struct server *server);
    /* Is called before a statement is made; may change the task's phase. */
    void (*begin)(struct task *task);
    /* Adds the statement of a phase that asks the target for the points that `source` selects in
     * the source. */
    int (*add_statement)(struct strbuf *sb, const struct task *task,
                         const struct influx_selection *source, struct err *err);
    /* Chooses who takes the reply of any phase but the copy. */
    void (*set_readers)(struct task *task);
    /* Takes a task after its copy, where that is to be verified. */
    void (*on_copied)(struct task *task);
    /* Takes a task after any other phase that went well. */
    void (*on_fine)(struct task *task);
    /* Frees the task's `comparison`; may be NULL where there never is one. */
    void (*free)(struct comparison *comparison);
};

extern const struct compare compare_influx, compare_victoria;

#endif
