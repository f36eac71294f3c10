/*
 * The graph of revisions: which ones there are, and what follows what.
 *
 * Each revision revises one other or starts from the empty database, so the graph is a tree, and a
 * line as long as nobody branches. Loading checks all of it: an id in two files, a parent that
 * doesn't exist, and a cycle are errors (ERR_CONFIG) that name the files. Several heads are an
 * error only where one is asked for.
 *
 * A NULL revision is the base, the empty database, wherever `const struct revision *` says where
 * something is.
 */
#ifndef SCHEMA_HISTORY_GRAPH_H
#define SCHEMA_HISTORY_GRAPH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/strvec.h"
#include "schema/history/revision.h"
#include "schema/shape/model.h"

struct graph {
    struct revision *items; /* parents before their children */
    size_t count, alloc;
    bool caseless; /* of the states (schema/shape/model.h): as the server is that they are for */
};

#define GRAPH_INIT                                                                                 \
    {                                                                                              \
        NULL, 0, 0, false                                                                          \
    }

/* Adds the paths of the *.sql files in `dir`, sorted; that of `dir` itself where it is a file. */
int graph_list_files(struct strvec *paths, const char *dir, struct err *err);

/* Loads the built-in revisions, and the *.sql files of `dirs`, which may be files too. A file with
 * the text of a built-in revision is that one. On an error `graph` is released. */
int graph_load(struct graph *graph, const struct strvec *dirs, struct err *err);
void graph_release(struct graph *graph);

/* NULL where there is none. */
const struct revision *graph_find(const struct graph *graph, const char *id);
const struct revision *graph_parent(const struct graph *graph, const struct revision *revision);
/* Finds the head; several are an error that names their files. */
int graph_head(const struct graph *graph, const struct revision **ret, struct err *err);
bool graph_is_head(const struct graph *graph, const struct revision *revision);
/* Is `ancestor` (NULL: the base) on the way from `revision` down to the base, or itself? */
bool graph_is_ancestor(const struct graph *graph, const struct revision *ancestor,
                       const struct revision *revision);

/*
 * Finds the revision that a symbol names: head, heads, base, current, an id or a unique prefix of
 * one, +N and -N from `current`, REV+N, REV-N. Errors are ERR_USAGE; for an ambiguous prefix they
 * list the candidates.
 */
int graph_resolve(const struct graph *graph, const char *symbol, const struct revision *current,
                  const struct revision **ret, struct err *err);

/* The revisions between one and another, in the order of the steps; all steps are up, or all
 * down. */
struct graph_path {
    const struct revision **items;
    size_t count, alloc;
    bool up;
};

#define GRAPH_PATH_INIT                                                                            \
    {                                                                                              \
        NULL, 0, 0, true                                                                           \
    }

/* An error where neither is an ancestor of the other. From a revision to itself there is no
 * step. */
int graph_find_path(struct graph_path *path, const struct graph *graph, const struct revision *from,
                    const struct revision *to, struct err *err);
void graph_path_release(struct graph_path *path);

/*
 * The shape that the database has at `revision`. False where it can't be told, because a statement
 * on the way isn't understood; the caller releases `model` either way.
 */
bool graph_state(const struct graph *graph, const struct revision *revision, struct model *model);

/* "00597b5c8325", or "base". */
const char *graph_name(const struct revision *revision);

#endif
