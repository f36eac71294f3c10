/*
 * From information_schema to a model.
 *
 * Servers print one schema in several ways. MariaDB (from 10.2.7 on) quotes literal defaults and
 * prints NULL as a word; MySQL prints the bare value, and from 8.0 on binary ones in hexadecimal.
 * inspect_build() takes rows as any of them prints them, and asks no server: so rows can be test
 * data.
 */
#ifndef SCHEMA_SERVER_INSPECT_H
#define SCHEMA_SERVER_INSPECT_H

#include "base/err.h"
#include "mysql/db.h"
#include "schema/shape/model.h"

enum inspect_dialect {
    INSPECT_DEFAULTS_RAW,    /* MySQL, and MariaDB before 10.2.7 */
    INSPECT_DEFAULTS_QUOTED, /* MariaDB */
};

/* The results of the queries of inspect_database(), with its columns. */
struct inspect_rows {
    enum inspect_dialect dialect;
    struct db_rows tables;  /* name, engine, type, options, comment */
    struct db_rows columns; /* table, name, type, YES or NO, default, extra, charset, collation;
                               in their order */
    struct db_rows indexes; /* table, index, 0 if unique, column, prefix, BTREE or another type */
    struct db_rows keys;    /* table, constraint, column, referenced table, referenced column */
    struct db_rows rules;   /* table, constraint, delete rule, update rule */
};

void inspect_build(struct model *model, const struct inspect_rows *rows);
void inspect_rows_release(struct inspect_rows *rows);

/*
 * Reads the shape of the connection's database, but for Alembic's version table and the runner's
 * record. An error where the user may not see all of it, or the server can't open a table.
 */
int inspect_database(struct db *db, struct model *model, struct err *err);

#endif
