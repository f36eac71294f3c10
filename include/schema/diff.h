/*
 * How an actual schema differs from a wanted one, and the statements that make it the same.
 *
 * A missing or extra table is one difference, whatever it holds. Statements come in an order in
 * which they work: foreign keys go first and come last. Those that could lose data, or take away
 * what somebody added, are destructive, and so are those that only work behind one; the others work
 * without them.
 *
 * Nothing here talks to a server.
 */
#ifndef SCHEMA_DIFF_H
#define SCHEMA_DIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strvec.h"
#include "schema/graph.h"
#include "schema/model.h"

enum diff_kind {
    DIFF_MISSING,
    DIFF_EXTRA,
    DIFF_DIFFERENT,
};

enum diff_object {
    DIFF_TABLE,
    DIFF_COLUMN,
    DIFF_INDEX,
    DIFF_KEY,
};

struct diff_item {
    enum diff_kind kind;
    enum diff_object object;
    char *table;
    char *name;   /* of the column, or what an index or key is over; NULL for tables */
    char *actual; /* its definition, canonical; NULL where it is missing */
    char *wanted; /* likewise; NULL where it is extra */
};

struct diff {
    struct diff_item *items;
    size_t count, alloc;
};

#define DIFF_INIT                                                                                  \
    {                                                                                              \
        NULL, 0, 0                                                                                 \
    }

void diff_make(struct diff *diff, const struct model *actual, const struct model *wanted);
void diff_release(struct diff *diff);
/* "missing column sub_alarm.state: varchar(20) not null default 'OK'". */
void diff_item_add_words(struct strbuf *text, const struct diff_item *item);
const char *diff_kind_name(enum diff_kind kind);
const char *diff_object_name(enum diff_object object);

struct diff_statement {
    char *text; /* without a semicolon; may have braces (schema/ddl.h) */
    bool destructive;
};

struct diff_statements {
    struct diff_statement *items;
    size_t count, alloc;
};

#define DIFF_STATEMENTS_INIT                                                                       \
    {                                                                                              \
        NULL, 0, 0                                                                                 \
    }

/*
 * `wanted` is the state at `place`; the rows that its revisions put into a table that is missing
 * come with it.
 */
void diff_align(struct diff_statements *statements, const struct model *actual,
                const struct model *wanted, const struct graph *graph,
                const struct revision *revision);
void diff_statements_release(struct diff_statements *statements);

#endif
