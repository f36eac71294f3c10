/*
 * The names that a statement has in braces (schema/shape/ddl.h), asked of the server: by the
 * runner, and by the SQL of --sql when somebody loads it. Both ask by the same query, so that both
 * find the same.
 */
#ifndef SCHEMA_SERVER_LOOKUP_H
#define SCHEMA_SERVER_LOOKUP_H

#include "base/err.h"
#include "base/strbuf.h"
#include "mysql/db.h"
#include "schema/shape/ddl.h"

/* Adds `text` with its braces replaced by what the server says. An error where the server has no
 * such thing. */
int lookup_resolve_by_server(struct strbuf *resolved, const char *text, struct db *db,
                             struct err *err);

/*
 * Adds `text` as SQL that the stock client can load, each statement with its semicolon: as it is,
 * or, where it has braces, as a prepared statement that the server composes.
 */
int lookup_resolve_offline(struct strbuf *sql, const char *text, struct err *err);

#endif
