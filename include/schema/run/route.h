/*
 * The route of a run: the statements from one revision to another, checked against the database.
 *
 * Every statement is tried on a copy of the model first. So we know before the first one runs
 * whether something in the database is in the way of a later one; and which statements of the first
 * step took effect already, because a run (of this program, or of another tool) ended half-way.
 *
 * Nothing here talks to a server.
 */
#ifndef SCHEMA_RUN_ROUTE_H
#define SCHEMA_RUN_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/strvec.h"
#include "schema/history/graph.h"
#include "schema/server/record.h"
#include "schema/shape/model.h"

enum route_verdict {
    ROUTE_RUN,
    ROUTE_SKIP, /* it took effect already */
    ROUTE_REST, /* a part of it did; `text` is the rest */
};

struct route_statement {
    const struct revision_statement *source;
    enum route_verdict verdict;
    char *text;      /* ROUTE_REST */
    bool data;       /* rows only: commits together with its record */
    bool settles;    /* its effect shows in the schema until the step is over */
    bool has_braces; /* they are resolved when its turn comes */
};

struct route_step {
    const struct revision *revision;
    const struct revision *from, *to; /* NULL: base */
    bool up;
    char digest[DIGEST_HEX_LENGTH + 1];
    struct route_statement *statements;
    size_t count;
    size_t first; /* the statements before it are recorded as done */
};

struct route {
    struct route_step *steps;
    size_t count, alloc;
    size_t found_done;  /* statements found done though no record said so */
    bool uncertain;     /* a statement isn't understood: the shape after it is unknown */
    struct model after; /* the shape at the end, unless `uncertain` */
    bool needs_create, needs_alter, needs_index, needs_drop, needs_references;
    bool needs_rename; /* a statement has RENAME COLUMN */
};

#define ROUTE_INIT                                                                                 \
    {                                                                                              \
        .steps = NULL                                                                              \
    }

/*
 * Works out the steps of `path`, which begins at `from`. `record` is that of an earlier run; NULL:
 * there was none. Errors (ERR_FAILED) say which statement of which file can't work, and why.
 */
int route_make(struct route *route, const struct graph *graph, const struct graph_path *path,
               const struct revision *from, const struct model *actual, const struct record *record,
               struct err *err);
void route_release(struct route *route);

/* Adds a line for each table and column of `actual` that won't be there at the end. */
void route_add_losses(struct strvec *losses, const struct route *route, const struct model *actual);

#endif
