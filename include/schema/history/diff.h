/*
 * How an actual schema differs from a wanted one, and the statements that make it the same.
 *
 * A missing or extra table is one difference, whatever it holds. The statements are in an order in
 * which they work: foreign keys are dropped first and added last. A statement is destructive where
 * it could lose data or take away what somebody added, and where it only works behind such a one.
 * The others work without the destructive ones.
 *
 * Nothing here talks to a server.
 */
#ifndef SCHEMA_HISTORY_DIFF_H
#define SCHEMA_HISTORY_DIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strvec.h"
#include "schema/history/graph.h"
#include "schema/shape/model.h"

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
    DIFF_ROW, /* that a schema comes with (schema/history/enumeration.h); only missing ones */
};

struct diff_item {
    enum diff_kind kind;
    enum diff_object object;
    char *table;
    char *name;   /* of the column, or the columns of the index or key; NULL for tables */
    char *actual; /* its definition, canonical; NULL where it is missing */
    char *wanted; /* the same for the wanted one; NULL where it is extra */
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
/* Adds a missing row: `name` is the column's, `wanted` the value as a literal. */
void diff_add_row(struct diff *diff, const char *table, const char *column, const char *value);
void diff_release(struct diff *diff);
/* "missing column sub_alarm.state: varchar(20) not null default 'OK'". */
void diff_item_add_words(struct strbuf *text, const struct diff_item *item);
const char *diff_kind_name(enum diff_kind kind);
const char *diff_object_name(enum diff_object object);

struct diff_statement {
    char *text; /* without a semicolon; may have braces (schema/shape/ddl.h) */
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
 * The statements that make `wanted`, the state at `revision`, of `actual`. The rows that revisions
 * up to it put into a missing table are inserted, too.
 */
void diff_align(struct diff_statements *statements, const struct model *actual,
                const struct model *wanted, const struct graph *graph,
                const struct revision *revision);
/* Puts statements in front that insert the missing rows of `diff`. */
void diff_align_rows(struct diff_statements *statements, const struct diff *diff);
void diff_statements_release(struct diff_statements *statements);

#endif
