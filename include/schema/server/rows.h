/*
 * What must be looked at in the rows: those that a schema comes with, and those in the way of a
 * foreign key.
 */
#ifndef SCHEMA_SERVER_ROWS_H
#define SCHEMA_SERVER_ROWS_H

#include <stddef.h>

#include "base/err.h"
#include "mysql/db.h"
#include "schema/history/diff.h"
#include "schema/history/enumeration.h"
#include "schema/shape/model.h"

/* Adds a difference for each of `expected` that isn't in its table. Tables that `actual`, the shape
 * of the database, doesn't have are left out. */
int rows_compare(struct diff *diff, struct db *db, const struct enumeration *expected,
                 const struct model *actual, struct err *err);

/*
 * Fails where a foreign key that these statements add would be refused because of rows that are
 * there now, and refer to nothing. The error counts them, and its hint is a query that shows them.
 * Rows that the statements themselves insert (schema/history/enumeration.h) count as there.
 */
int rows_check_keys(struct db *db, const char *const *statements, size_t count,
                    const struct model *actual, struct err *err);

#endif
