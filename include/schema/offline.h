/*
 * SQL that says what a run would do, for the stock client to load.
 */
#ifndef SCHEMA_OFFLINE_H
#define SCHEMA_OFFLINE_H

#include "base/err.h"
#include "base/strbuf.h"
#include "schema/graph.h"

/*
 * Adds the way of `path`, which begins at `from`, as Alembic writes it: the version table when it
 * starts from the base, a comment, the statements and the version row for each step; and the
 * version table's end when it goes back to the base. No raw NULs, and nothing that needs a model.
 */
int offline_add_path(struct strbuf *sql, const struct graph *graph, const struct graph_path *path,
                     const struct revision *from, struct err *err);

#endif
