/*
 * SQL that says what a run would do, for the stock client to load.
 */
#ifndef SCHEMA_RUN_OFFLINE_H
#define SCHEMA_RUN_OFFLINE_H

#include "base/err.h"
#include "base/strbuf.h"
#include "schema/history/graph.h"

/*
 * Adds the SQL of the steps of `path`, which begins at `from`, as Alembic writes it: for each step
 * a comment, its statements and the move of the version. A path that starts from the base begins by
 * making the version table; one that ends there drops it. No NUL bytes, and no model of a database
 * is needed.
 */
int offline_add_path(struct strbuf *sql, const struct graph *graph, const struct graph_path *path,
                     const struct revision *from, struct err *err);

#endif
