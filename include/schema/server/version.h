/*
 * Alembic's version table: alembic_version, with a row for each head that the database is at.
 *
 * We read and write it as Alembic does: no table, or no row, means the base; a step is an UPDATE
 * that must change one row. Whoever reads it checks the ids against the graph, so that a wrong row
 * stops a command before anything is changed.
 */
#ifndef SCHEMA_SERVER_VERSION_H
#define SCHEMA_SERVER_VERSION_H

#include <stdbool.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "mysql/db.h"
#include "schema/history/graph.h"

#define VERSION_TABLE "alembic_version"

struct version {
    bool has_table;
    struct strvec ids; /* as they stand in the rows, sorted */
};

#define VERSION_INIT                                                                               \
    {                                                                                              \
        false, STRVEC_INIT                                                                         \
    }

int version_read(struct version *version, struct db *db, struct err *err);
void version_release(struct version *version);

/*
 * The revision that the database is at. An id that the graph doesn't know, an ancestor beside its
 * descendant, and two rows on two branches are errors.
 */
int version_revision(const struct version *version, const struct graph *graph,
                     const struct revision **ret, struct err *err);

/* Makes the table where it is missing. */
int version_make_table(struct db *db, struct err *err);
/* Makes `to` the only row, whatever stood there; makes the table where it is missing. */
int version_write(struct db *db, const struct revision *to, struct err *err);
/* Adds the statement that moves the version from one revision to another. */
void version_add_move(struct strbuf *sql, const struct revision *from, const struct revision *to);
/* The table's own statement, as Alembic writes it. */
extern const char version_table_sql[];

#endif
