/*
 * The rows that a schema comes with: alarm states, severities, types of notification methods.
 *
 * Other tables refer to them, so a database without them is of no use, whatever its shape. They are
 * read from the statements of the revisions: INSERT IGNORE INTO t (c) VALUES ('a'), ('b') adds
 * some, DELETE FROM t and DROP TABLE t forget those of a table. Other forms are not understood, and
 * say nothing.
 *
 * Nothing here talks to a server.
 */
#ifndef SCHEMA_HISTORY_ENUMERATION_H
#define SCHEMA_HISTORY_ENUMERATION_H

#include <stddef.h>

#include "schema/history/graph.h"

struct enumeration_row {
    char *table, *column, *value;
};

struct enumeration {
    struct enumeration_row *items;
    size_t count, alloc;
};

#define ENUMERATION_INIT                                                                           \
    {                                                                                              \
        NULL, 0, 0                                                                                 \
    }

/* Makes the changes of a statement. */
void enumeration_apply(struct enumeration *rows, const char *statement);
/* The rows that every database at `revision` has; none at the base. */
void enumeration_expect(struct enumeration *rows, const struct graph *graph,
                        const struct revision *revision);
void enumeration_release(struct enumeration *rows);

#endif
