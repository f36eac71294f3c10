/*
 * The shape of a database, as a value.
 *
 * A model is what information_schema told (schema/server/inspect.h), or what the statements of a
 * revision make of another model (schema/shape/ddl.h). Two models have the same shape when their
 * canonical texts are equal.
 *
 * The canonical text has one line for each table, column, index and foreign key, sorted by bytes:
 *
 *     alarm column lifecycle_state varchar(50)
 *     alarm column state varchar(20) not null
 *     alarm foreign key (alarm_definition_id) references alarm_definition (id) on delete cascade
 *     alarm index (state)
 *     alarm primary key (id)
 *     alarm table
 *
 * A table that isn't a plain one of InnoDB says so: "alarm table engine myisam". The text leaves
 * out what differs without meaning: names of indexes and foreign keys, the order of columns,
 * charsets, comments. Two indexes over the same columns are one line. Types and defaults are in one
 * dialect, whoever the server is: no display widths but tinyint(1), RESTRICT and NO ACTION are one
 * and not mentioned, a nullable column has the default NULL without a word, binary defaults are
 * hexadecimal and padded to the column's width.
 *
 * Nothing here talks to a server.
 */
#ifndef SCHEMA_SHAPE_MODEL_H
#define SCHEMA_SHAPE_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/digest.h"
#include "base/strbuf.h"
#include "base/strvec.h"

struct model_column {
    char *name;
    char *type;      /* canonical: "varchar(36)", "int unsigned" */
    char *fallback;  /* the default, canonical: "'OK'", "0", "current_timestamp"; NULL: none */
    char *extra;     /* "auto_increment", "on update current_timestamp", ... or "" */
    char *charset;   /* NULL where it isn't known, or the type has none */
    char *collation; /* NULL as for the charset */
    bool nullable;
};

/* A column of an index, or of one side of a foreign key. */
struct model_part {
    char *column;
    size_t prefix; /* so many characters of it are in the index; 0: all */
};

/* The columns of an index, or of one side of a foreign key, in order. */
struct model_columns {
    struct model_part *items;
    size_t count, alloc;
};

#define MODEL_COLUMNS_INIT                                                                         \
    {                                                                                              \
        NULL, 0, 0                                                                                 \
    }

enum model_index_kind {
    MODEL_INDEX_PLAIN,
    MODEL_INDEX_UNIQUE,
    MODEL_INDEX_PRIMARY,
    MODEL_INDEX_FULLTEXT,
    MODEL_INDEX_SPATIAL,
};

struct model_index {
    enum model_index_kind kind;
    char *name; /* NULL where it isn't known */
    struct model_columns columns;
    bool implied; /* the server made it for a foreign key, and takes it away for a better one */
};

/* A foreign key. */
struct model_key {
    char *name; /* NULL where it isn't known */
    struct model_columns columns;
    char *ref_table;
    struct model_columns ref_columns;
    char *rules; /* "", "on delete cascade", "on delete set null on update cascade", ... */
};

struct model_table {
    char *name;
    char *kind; /* "engine myisam", "partitioned", "system versioned"; NULL: plain, in InnoDB */
    struct model_column *columns;
    size_t column_count, column_alloc;
    struct model_index *indexes;
    size_t index_count, index_alloc;
    struct model_key *keys;
    size_t key_count, key_alloc;
};

struct model {
    struct model_table *tables;
    size_t count, alloc;
    bool caseless; /* the server keeps names of tables in lower case, however they are written */
};

#define MODEL_INIT                                                                                 \
    {                                                                                              \
        NULL, 0, 0, false                                                                          \
    }

void model_release(struct model *model);
void model_copy(struct model *to, const struct model *from);

struct model_table *model_find_table(const struct model *model, const char *name);
/* The new table, empty; pointers to other tables are stale after it. */
struct model_table *model_add_table(struct model *model, const char *name);
void model_drop_table(struct model *model, const char *name);

struct model_column *model_find_column(const struct model_table *table, const char *name);
/* Each returns the new item, zeroed; pointers to the others of its kind are stale after it. */
struct model_column *model_add_column(struct model_table *table);
struct model_index *model_add_index(struct model_table *table);
struct model_key *model_add_key(struct model_table *table);
void model_drop_column(struct model_table *table, size_t i);
void model_drop_index(struct model_table *table, size_t i);
void model_drop_key(struct model_table *table, size_t i);
void model_column_copy(struct model_column *to, const struct model_column *from);
void model_column_release(struct model_column *column);
void model_index_copy(struct model_index *to, const struct model_index *from);
void model_index_release(struct model_index *index);
void model_key_copy(struct model_key *to, const struct model_key *from);
void model_key_release(struct model_key *key);
void model_table_release(struct model_table *table);

/* True where both have the same shape; names of indexes and keys don't count. */
bool model_column_equal(const struct model_column *a, const struct model_column *b);
bool model_kind_equal(const struct model_table *a, const struct model_table *b);
bool model_index_equal(const struct model_index *a, const struct model_index *b);
bool model_key_equal(const struct model_key *a, const struct model_key *b);

void model_columns_add(struct model_columns *columns, const char *column, size_t prefix);
void model_columns_copy(struct model_columns *to, const struct model_columns *from);
void model_columns_release(struct model_columns *columns);
bool model_columns_equal(const struct model_columns *a, const struct model_columns *b);
/* True where `columns` are the first ones of `index_columns`. */
bool model_columns_lead(const struct model_columns *columns,
                        const struct model_columns *index_columns);
/* These three take `column` in upper or lower case, with a prefix or without. */
bool model_columns_have(const struct model_columns *columns, const char *column);
void model_columns_rename(struct model_columns *columns, const char *column, const char *new_name);
void model_columns_drop(struct model_columns *columns, const char *column);
/* "dimension_set_id, name(252)", as the canonical text has it. */
void model_columns_add_text(struct strbuf *text, const struct model_columns *columns);
/* The text that model_columns_add_text() adds; the caller's to free. */
char *model_columns_text(const struct model_columns *columns);

/* "index", "unique index", "primary key", "fulltext index", "spatial index". */
const char *model_index_kind_name(enum model_index_kind kind);
/* True where a foreign key over `columns` can use the index: they lead it. */
bool model_index_serves(const struct model_index *index, const struct model_columns *columns);
/* The first index of `table` that serves a foreign key over `columns`, or NULL. */
struct model_index *model_index_for_key(const struct model_table *table,
                                        const struct model_columns *columns);
/* Adds an index for the foreign key, marked as implied, where no other serves it, as a server
 * does. */
void model_add_implied_index(struct model_table *table, const struct model_key *key);
/* Makes the columns of a primary key NOT NULL, as a server does. */
void model_close_primary_key(struct model_table *table);

/*
 * The canonical type for any server's: "INT(10) UNSIGNED" is "int unsigned", "bool" is
 * "tinyint(1)". The caller's to free.
 */
char *model_canonical_type(const char *type);
/*
 * The canonical default for the value of a literal (its text without quotes, any bytes) of a column
 * of this (canonical) type. The caller's to free.
 */
char *model_canonical_default(const char *type, const char *value, size_t len);

/* Adds the lines, each with a newline. */
void model_add_canonical(struct strbuf *text, const struct model *model);
/* The lines as a list, sorted. */
void model_lines(struct strvec *lines, const struct model *model);
/* SHA-256 of the canonical text, in hexadecimal digits. */
void model_fingerprint(const struct model *model, char ret_hex[DIGEST_HEX_LENGTH + 1]);

#endif
