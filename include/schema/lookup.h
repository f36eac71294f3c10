/*
 * SQL for what a statement has in braces (schema/ddl.h): asked by the runner, and written into
 * offline SQL, so that both find the same.
 */
#ifndef SCHEMA_LOOKUP_H
#define SCHEMA_LOOKUP_H

#include "base/err.h"
#include "base/strbuf.h"
#include "mysql/db.h"
#include "schema/ddl.h"

/* A query with one row and one value: the text that the braces stand for. */
void lookup_add_query(struct strbuf *sql, const struct ddl_lookup *lookup);

/* Adds `text` with its braces replaced by what the server says; not found is an error. */
int lookup_resolve(struct strbuf *resolved, const char *text, struct db *db, struct err *err);

/*
 * Adds `text` as SQL that the stock client can load, each statement with its semicolon: as it is,
 * or, where it has braces, as a prepared statement that the server composes.
 */
int lookup_add_offline(struct strbuf *sql, const char *text, struct err *err);

#endif
