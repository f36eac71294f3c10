/*
 * Comparing what a target holds with the source: in one way where it is an InfluxDB, in another on
 * a VictoriaMetrics. The run chooses once for each server (run.c), and asks no more what it is.
 *
 * Both ways go through the phases of a task. Phases that ask the source are the same; a comparison
 * makes the statements of those that ask the target, reads all replies, and decides what comes
 * next.
 */
#ifndef TENANTS_RUN_COMPARE_H
#define TENANTS_RUN_COMPARE_H

#include "influx/statement.h"
#include "task.h"

struct compare {
    bool takes_strings; /* false: the target keeps numbers only */
    /* Where a server's targets are read. */
    struct influx_client *(*reader)(struct server *server);
    /* Before a statement is made; may change the task's phase. */
    void (*begin)(struct task *task);
    /* Adds the statement of a phase that asks the target, for what `source` selects there. */
    int (*add_statement)(struct strbuf *sb, const struct task *task,
                         const struct influx_selection *source, struct err *err);
    /* Chooses who takes the reply of any phase but the copy. */
    void (*set_readers)(struct task *task);
    /* After the copy, where it is to be verified. */
    void (*on_copied)(struct task *task);
    /* After any other phase that went well. */
    void (*on_fine)(struct task *task);
    /* Frees the task's `comparison`; may be NULL where there never is one. */
    void (*free)(struct comparison *comparison);
};

extern const struct compare compare_influx, compare_victoria;

#endif
