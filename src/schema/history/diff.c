#include "schema/history/diff.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "mysql/db.h"
#include "schema/shape/ddl.h"

void diff_release(struct diff *diff)
{
    for (size_t i = 0; i < diff->count; i++) {
        free(diff->items[i].table);
        free(diff->items[i].name);
        free(diff->items[i].actual);
        free(diff->items[i].wanted);
    }
    free(diff->items);
    *diff = (struct diff)DIFF_INIT;
}

const char *diff_kind_name(enum diff_kind kind)
{
    static const char *const names[] = {"missing", "extra", "different"};

    return names[kind];
}

const char *diff_object_name(enum diff_object object)
{
    static const char *const names[] = {"table", "column", "index", "foreign key", "row"};

    return names[object];
}

void diff_item_add_words(struct strbuf *text, const struct diff_item *item)
{
    strbuf_addf(text, "%s %s %s", diff_kind_name(item->kind), diff_object_name(item->object),
                item->table);
    if (item->object == DIFF_COLUMN)
        strbuf_addf(text, ".%s", item->name);
    else if (item->object != DIFF_TABLE)
        strbuf_addf(text, " (%s)", item->name);
    if (item->kind == DIFF_DIFFERENT)
        strbuf_addf(text, ": it is '%s', and should be '%s'", item->actual, item->wanted);
    else if (item->object != DIFF_TABLE)
        strbuf_addf(text, ": %s", item->kind == DIFF_MISSING ? item->wanted : item->actual);
}

/* ---- finding ---- */

static char *column_text(const struct model_column *column)
{
    struct strbuf text = STRBUF_INIT;

    strbuf_addf(&text, "%s%s", column->type, column->nullable ? "" : " not null");
    if (column->fallback)
        strbuf_addf(&text, " default %s", column->fallback);
    if (column->extra[0])
        strbuf_addf(&text, " %s", column->extra);
    return strbuf_detach(&text);
}

static char *index_text(const struct model_index *index)
{
    struct strbuf text = STRBUF_INIT;

    strbuf_addf(&text, "%s (", model_index_kind_name(index->kind));
    model_columns_add_text(&text, &index->columns);
    strbuf_addch(&text, ')');
    return strbuf_detach(&text);
}

static char *key_text(const struct model_key *key)
{
    struct strbuf text = STRBUF_INIT;

    strbuf_addf(&text, "references %s (", key->ref_table);
    model_columns_add_text(&text, &key->ref_columns);
    strbuf_addf(&text, ")%s%s", key->rules[0] ? " " : "", key->rules);
    return strbuf_detach(&text);
}

/* Takes over `name`, `actual` and `wanted`. */
static void add_item(struct diff *diff, enum diff_kind kind, enum diff_object object,
                     const char *table, char *name, char *actual, char *wanted)
{
    GROW(diff->items, diff->count, diff->alloc);
    diff->items[diff->count++] =
        (struct diff_item){kind, object, xstrdup(table), name, actual, wanted};
}

static const struct model_index *find_index(const struct model_table *table,
                                            const struct model_index *index)
{
    for (size_t i = 0; i < table->index_count; i++)
        if (model_index_equal(&table->indexes[i], index))
            return &table->indexes[i];
    return NULL;
}

static const struct model_key *find_key(const struct model_table *table,
                                        const struct model_key *key)
{
    for (size_t i = 0; i < table->key_count; i++)
        if (model_key_equal(&table->keys[i], key))
            return &table->keys[i];
    return NULL;
}

static void compare_columns(struct diff *diff, const struct model_table *actual,
                            const struct model_table *wanted)
{
    for (size_t i = 0; i < wanted->column_count; i++) {
        const struct model_column *want = &wanted->columns[i];
        const struct model_column *have = model_find_column(actual, want->name);

        if (!have)
            add_item(diff, DIFF_MISSING, DIFF_COLUMN, wanted->name, xstrdup(want->name), NULL,
                     column_text(want));
        else if (!model_column_equal(have, want))
            add_item(diff, DIFF_DIFFERENT, DIFF_COLUMN, wanted->name, xstrdup(want->name),
                     column_text(have), column_text(want));
    }
    for (size_t i = 0; i < actual->column_count; i++)
        if (!model_find_column(wanted, actual->columns[i].name))
            add_item(diff, DIFF_EXTRA, DIFF_COLUMN, actual->name, xstrdup(actual->columns[i].name),
                     column_text(&actual->columns[i]), NULL);
}

static void compare_keys(struct diff *diff, const struct model_table *actual,
                         const struct model_table *wanted)
{
    for (size_t i = 0; i < wanted->index_count; i++)
        if (!find_index(actual, &wanted->indexes[i]))
            add_item(diff, DIFF_MISSING, DIFF_INDEX, wanted->name,
                     model_columns_text(&wanted->indexes[i].columns), NULL,
                     index_text(&wanted->indexes[i]));
    for (size_t i = 0; i < actual->index_count; i++)
        if (!find_index(wanted, &actual->indexes[i]))
            add_item(diff, DIFF_EXTRA, DIFF_INDEX, actual->name,
                     model_columns_text(&actual->indexes[i].columns),
                     index_text(&actual->indexes[i]), NULL);
    for (size_t i = 0; i < wanted->key_count; i++)
        if (!find_key(actual, &wanted->keys[i]))
            add_item(diff, DIFF_MISSING, DIFF_KEY, wanted->name,
                     model_columns_text(&wanted->keys[i].columns), NULL,
                     key_text(&wanted->keys[i]));
    for (size_t i = 0; i < actual->key_count; i++)
        if (!find_key(wanted, &actual->keys[i]))
            add_item(diff, DIFF_EXTRA, DIFF_KEY, actual->name,
                     model_columns_text(&actual->keys[i].columns), key_text(&actual->keys[i]),
                     NULL);
}

static char *kind_text(const struct model_table *table)
{
    return xstrdup(table->kind ? table->kind : "a plain table of InnoDB");
}

static void compare_kinds(struct diff *diff, const struct model_table *actual,
                          const struct model_table *wanted)
{
    if (!model_kind_equal(actual, wanted))
        add_item(diff, DIFF_DIFFERENT, DIFF_TABLE, wanted->name, NULL, kind_text(actual),
                 kind_text(wanted));
}

void diff_make(struct diff *diff, const struct model *actual, const struct model *wanted)
{
    *diff = (struct diff)DIFF_INIT;
    for (size_t t = 0; t < wanted->count; t++) {
        const struct model_table *table = model_find_table(actual, wanted->tables[t].name);

        if (!table) {
            add_item(diff, DIFF_MISSING, DIFF_TABLE, wanted->tables[t].name, NULL, NULL, NULL);
            continue;
        }
        compare_kinds(diff, table, &wanted->tables[t]);
        compare_columns(diff, table, &wanted->tables[t]);
        compare_keys(diff, table, &wanted->tables[t]);
    }
    for (size_t t = 0; t < actual->count; t++)
        if (!model_find_table(wanted, actual->tables[t].name))
            add_item(diff, DIFF_EXTRA, DIFF_TABLE, actual->tables[t].name, NULL, NULL, NULL);
}

void diff_add_row(struct diff *diff, const char *table, const char *column, const char *value)
{
    struct strbuf literal = STRBUF_INIT;

    db_add_string(&literal, value);
    add_item(diff, DIFF_MISSING, DIFF_ROW, table, xstrdup(column), NULL, strbuf_detach(&literal));
}

/* ---- mending ---- */

struct aligner {
    struct diff_statements *out;
    const struct model *actual, *wanted;
};

void diff_statements_release(struct diff_statements *statements)
{
    for (size_t i = 0; i < statements->count; i++)
        free(statements->items[i].text);
    free(statements->items);
    *statements = (struct diff_statements)DIFF_STATEMENTS_INIT;
}

static void push(struct aligner *aligner, bool destructive, struct strbuf *text)
{
    struct diff_statements *out = aligner->out;

    GROW(out->items, out->count, out->alloc);
    out->items[out->count++] = (struct diff_statement){strbuf_detach(text), destructive};
}

/* (`a`, `b`(252)) */
static void add_column_list(struct strbuf *text, const struct model_columns *columns)
{
    strbuf_addch(text, '(');
    for (size_t i = 0; i < columns->count; i++) {
        strbuf_addstr(text, i ? ", " : "");
        db_add_identifier(text, columns->items[i].column);
        if (columns->items[i].prefix)
            strbuf_addf(text, "(%zu)", columns->items[i].prefix);
    }
    strbuf_addch(text, ')');
}

/*
 * A text column of a foreign key needs the charset of the column that it refers to, not the table's
 * default one.
 */
static void add_charset(struct strbuf *text, const struct model_table *table,
                        const struct model_column *column)
{
    if (!strstr(column->type, "char") && !strstr(column->type, "text"))
        return;
    for (size_t i = 0; i < table->key_count; i++) {
        const struct model_key *key = &table->keys[i];

        if (key->columns.count == 1 && strcmp(key->columns.items[0].column, column->name) == 0)
            strbuf_addf(text, " {charset of %s.%s}", key->ref_table,
                        key->ref_columns.items[0].column);
    }
}

static void add_definition(struct strbuf *text, const struct model_table *table,
                           const struct model_column *column, const char *collation)
{
    db_add_identifier(text, column->name);
    strbuf_addf(text, " %s", column->type);
    if (collation)
        strbuf_addf(text, " COLLATE %s", collation);
    else
        add_charset(text, table, column);
    strbuf_addstr(text, column->nullable ? " NULL" : " NOT NULL");
    if (column->fallback)
        strbuf_addf(text, " DEFAULT %s", column->fallback);
    if (column->extra[0])
        strbuf_addf(text, " %s", column->extra);
}

static void add_index(struct strbuf *text, const struct model_index *index, const char *name)
{
    const char *kind = model_index_kind_name(index->kind);

    for (; *kind; kind++)
        strbuf_addch(text, (char)toupper((unsigned char)*kind));
    if (name && index->kind != MODEL_INDEX_PRIMARY) {
        strbuf_addch(text, ' ');
        db_add_identifier(text, name);
    }
    strbuf_addch(text, ' ');
    add_column_list(text, &index->columns);
}

static void add_key(struct strbuf *text, const struct model_key *key, bool with_name)
{
    if (key->name && with_name) {
        strbuf_addstr(text, "CONSTRAINT ");
        db_add_identifier(text, key->name);
        strbuf_addch(text, ' ');
    }
    strbuf_addstr(text, "FOREIGN KEY ");
    add_column_list(text, &key->columns);
    strbuf_addstr(text, " REFERENCES ");
    db_add_identifier(text, key->ref_table);
    strbuf_addch(text, ' ');
    add_column_list(text, &key->ref_columns);
    strbuf_addf(text, "%s%s", key->rules[0] ? " " : "", key->rules);
}

static void alter(struct strbuf *text, const char *table)
{
    strbuf_addstr(text, "ALTER TABLE ");
    db_add_identifier(text, table);
    strbuf_addch(text, ' ');
}

static void drop_named(struct aligner *aligner, const char *table, const char *what,
                       const char *name)
{
    struct strbuf text = STRBUF_INIT;

    alter(&text, table);
    strbuf_addf(&text, "DROP %s", what);
    if (name) {
        strbuf_addch(&text, ' ');
        db_add_identifier(&text, name);
    }
    push(aligner, true, &text);
}

static void drop_extra_keys(struct aligner *aligner)
{
    for (size_t t = 0; t < aligner->actual->count; t++) {
        const struct model_table *table = &aligner->actual->tables[t];
        const struct model_table *want = model_find_table(aligner->wanted, table->name);

        for (size_t i = 0; i < table->key_count; i++)
            if (!want || !find_key(want, &table->keys[i]))
                drop_named(aligner, table->name, "FOREIGN KEY", table->keys[i].name);
    }
}

/* Is there a foreign key of `have` that can use `old`, and couldn't use `fresh`? */
static bool strands_a_key(const struct model_table *have, const struct model_index *old,
                          const struct model_index *fresh)
{
    for (size_t i = 0; i < have->key_count; i++)
        if (model_columns_lead(&have->keys[i].columns, &old->columns) &&
            !model_columns_lead(&have->keys[i].columns, &fresh->columns))
            return true;
    return false;
}

static const struct model_index *index_named(const struct model_table *table, const char *name)
{
    for (size_t i = 0; name && table->indexes && i < table->index_count; i++)
        if (table->indexes[i].name && strcasecmp(table->indexes[i].name, name) == 0)
            return &table->indexes[i];
    return NULL;
}

/*
 * The index of `have` that has to go when `fresh`, a missing one, is made, since both have one
 * name: a table has one primary key, and one index of a name. NULL: there is none, or it has to
 * stay until a foreign key can use another.
 */
static const struct model_index *replaced_by(const struct model_table *have,
                                             const struct model_table *want,
                                             const struct model_index *fresh)
{
    bool primary = fresh->kind == MODEL_INDEX_PRIMARY;
    const struct model_index *old = index_named(have, primary ? "PRIMARY" : fresh->name);

    if (!old || find_index(want, old) || (!primary && strands_a_key(have, old, fresh)))
        return NULL;
    return old;
}

static bool is_replaced(const struct model_table *have, const struct model_table *want,
                        const struct model_index *old)
{
    for (size_t i = 0; i < want->index_count; i++)
        if (!find_index(have, &want->indexes[i]) &&
            replaced_by(have, want, &want->indexes[i]) == old)
            return true;
    return false;
}

static void drop_extra_indexes(struct aligner *aligner)
{
    for (size_t t = 0; t < aligner->actual->count; t++) {
        const struct model_table *table = &aligner->actual->tables[t];
        const struct model_table *want = model_find_table(aligner->wanted, table->name);

        for (size_t i = 0; want && i < table->index_count; i++) {
            if (find_index(want, &table->indexes[i]) ||
                is_replaced(table, want, &table->indexes[i]))
                continue;
            if (table->indexes[i].kind == MODEL_INDEX_PRIMARY)
                drop_named(aligner, table->name, "PRIMARY KEY", NULL);
            else
                drop_named(aligner, table->name, "INDEX", table->indexes[i].name);
        }
    }
}

/* Makes plain tables of InnoDB. Only a change of the engine takes nothing away. */
static void change_kinds(struct aligner *aligner)
{
    for (size_t t = 0; t < aligner->wanted->count; t++) {
        const struct model_table *want = &aligner->wanted->tables[t];
        const struct model_table *have = model_find_table(aligner->actual, want->name);
        struct strbuf text = STRBUF_INIT;

        if (!have || !have->kind || want->kind)
            continue;
        if (strstr(have->kind, "system versioned")) {
            alter(&text, want->name);
            strbuf_addstr(&text, "DROP SYSTEM VERSIONING");
            push(aligner, true, &text);
        }
        if (strstr(have->kind, "partitioned")) {
            alter(&text, want->name);
            strbuf_addstr(&text, "REMOVE PARTITIONING");
            push(aligner, true, &text);
        }
        if (strstr(have->kind, "engine ")) {
            alter(&text, want->name);
            strbuf_addstr(&text, "ENGINE=InnoDB");
            push(aligner, false, &text);
        }
    }
}

/* The statement has the indexes, but not the foreign keys: they may refer to tables that are
 * made later. */
static void create_table(struct aligner *aligner, const struct model_table *table)
{
    struct strbuf text = STRBUF_INIT;

    strbuf_addstr(&text, "CREATE TABLE ");
    db_add_identifier(&text, table->name);
    strbuf_addstr(&text, " (");
    for (size_t i = 0; i < table->column_count; i++) {
        strbuf_addstr(&text, i ? ",\n    " : "\n    ");
        add_definition(&text, table, &table->columns[i], NULL);
    }
    for (size_t i = 0; i < table->index_count; i++) {
        strbuf_addstr(&text, ",\n    ");
        add_index(&text, &table->indexes[i], table->indexes[i].name);
    }
    strbuf_addstr(&text, "\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci");
    push(aligner, false, &text);
}

static bool is_created_before(const struct aligner *aligner, size_t t, const struct strvec *made)
{
    const struct model_table *table = &aligner->wanted->tables[t];

    for (size_t i = 0; i < table->key_count; i++)
        if (!model_find_table(aligner->actual, table->keys[i].ref_table) &&
            !strvec_has(made, table->keys[i].ref_table) &&
            strcmp(table->keys[i].ref_table, table->name) != 0)
            return false;
    return true;
}

/* The next missing table to make: one that refers to no table that is still to be made, or, in a
 * circle of them, the first. NULL: all are made. */
static const struct model_table *next_table(const struct aligner *aligner,
                                            const struct strvec *made)
{
    const struct model_table *first = NULL;

    for (size_t t = 0; t < aligner->wanted->count; t++) {
        const struct model_table *table = &aligner->wanted->tables[t];

        if (model_find_table(aligner->actual, table->name) || strvec_has(made, table->name))
            continue;
        if (is_created_before(aligner, t, made))
            return table;
        first = first ? first : table;
    }
    return first;
}

/* Makes a table after those that it refers to, because {charset of ...} asks for their columns. */
static void create_missing_tables(struct aligner *aligner)
{
    struct strvec made = STRVEC_INIT;
    const struct model_table *table;

    while ((table = next_table(aligner, &made))) {
        create_table(aligner, table);
        strvec_push(&made, table->name);
    }
    strvec_release(&made);
}

/* Inserts the rows that the revisions put into the missing tables. */
static void insert_rows(struct aligner *aligner, const struct graph *graph,
                        const struct revision *revision)
{
    struct graph_path path;
    struct err ignored = ERR_INIT;

    graph_find_path(&path, graph, NULL, revision, &ignored);
    for (size_t r = 0; r < path.count; r++)
        for (size_t i = 0; i < path.items[r]->upgrade.count; i++) {
            static const char insert[] = "INSERT IGNORE INTO ";
            const char *text = path.items[r]->upgrade.items[i].text;
            struct strbuf copy = STRBUF_INIT;
            char *table;

            if (strncmp(text, insert, strlen(insert)) != 0)
                continue;
            text += strlen(insert);
            table = xmemdupz(text, strcspn(text, " ("));
            if (model_find_table(aligner->wanted, table) &&
                !model_find_table(aligner->actual, table)) {
                strbuf_addf(&copy, "%s%s", insert, text);
                push(aligner, false, &copy);
            }
            free(table);
        }
    graph_path_release(&path);
    err_release(&ignored);
}

/* Does `to` hold every value of `from`, as "varchar(64)" holds those of "varchar(36)"? */
static bool type_widens(const char *from, const char *to)
{
    size_t word = strcspn(from, "(");

    if (strcmp(from, to) == 0)
        return true;
    if (strncmp(from, to, word + 1) != 0 || from[word] != '(' ||
        (strncmp(from, "varchar", word) != 0 && strncmp(from, "varbinary", word) != 0))
        return false;
    return strtoul(from + word + 1, NULL, 10) <= strtoul(to + word + 1, NULL, 10);
}

/* Must the primary key go before this column can become nullable? */
static bool waits_for_primary_key(const struct model_table *have, const struct model_column *to)
{
    const struct model_index *primary = index_named(have, "PRIMARY");

    return primary && to->nullable && model_columns_have(&primary->columns, to->name);
}

static void change_column(struct aligner *aligner, const struct model_table *want,
                          const struct model_column *from, const struct model_column *to,
                          bool waited)
{
    bool loses = from && (!type_widens(from->type, to->type) || (from->nullable && !to->nullable));
    struct strbuf text = STRBUF_INIT;

    alter(&text, want->name);
    strbuf_addstr(&text, from ? "MODIFY COLUMN " : "ADD COLUMN ");
    /* Without a collation, MODIFY would give the column the table's default one. */
    add_definition(&text, want, to, from ? from->collation : NULL);
    push(aligner, loses || waited, &text);
}

/* Adds and changes columns: with `waiting` only those that wait for their primary key to go,
 * without it all others. */
static void change_columns(struct aligner *aligner, bool waiting)
{
    for (size_t t = 0; t < aligner->wanted->count; t++) {
        const struct model_table *want = &aligner->wanted->tables[t];
        const struct model_table *have = model_find_table(aligner->actual, want->name);

        for (size_t i = 0; have && i < want->column_count; i++) {
            const struct model_column *to = &want->columns[i];
            const struct model_column *from = model_find_column(have, to->name);

            if ((from && model_column_equal(from, to)) ||
                waits_for_primary_key(have, to) != waiting)
                continue;
            change_column(aligner, want, from, to, waiting);
        }
    }
}

/* The indexes over these columns must have been dropped before: the server drops an index with
 * its last column, and a DROP INDEX after that would fail. */
static void drop_extra_columns(struct aligner *aligner)
{
    for (size_t t = 0; t < aligner->actual->count; t++) {
        const struct model_table *have = &aligner->actual->tables[t];
        const struct model_table *want = model_find_table(aligner->wanted, have->name);

        for (size_t i = 0; want && i < have->column_count; i++)
            if (!model_find_column(want, have->columns[i].name))
                drop_named(aligner, have->name, "COLUMN", have->columns[i].name);
    }
}

/* Makes a name that no index of `have` has: `name`, or `name`_2 and so on, which no index of
 * `want` has either. The caller frees it. */
static char *free_name(const struct model_table *have, const struct model_table *want,
                       const char *name)
{
    struct strbuf text = STRBUF_INIT;
    unsigned number = 1;

    strbuf_addstr(&text, name);
    while (index_named(have, text.buf) || (number > 1 && index_named(want, text.buf))) {
        strbuf_reset(&text);
        strbuf_addf(&text, "%s_%u", name, ++number);
    }
    return strbuf_detach(&text);
}

static void add_missing_index(struct aligner *aligner, const struct model_table *have,
                              const struct model_table *want, const struct model_index *fresh)
{
    const struct model_index *old = replaced_by(have, want, fresh);
    struct strbuf text = STRBUF_INIT;
    char *name = NULL;

    if (fresh->name)
        name = old ? xstrdup(fresh->name) : free_name(have, want, fresh->name);
    alter(&text, want->name);
    if (old && old->kind == MODEL_INDEX_PRIMARY) {
        strbuf_addstr(&text, "DROP PRIMARY KEY, ");
    } else if (old) {
        strbuf_addstr(&text, "DROP INDEX ");
        db_add_identifier(&text, old->name);
        strbuf_addstr(&text, ", ");
    }
    strbuf_addstr(&text, "ADD ");
    add_index(&text, fresh, name);
    push(aligner, old != NULL, &text);
    free(name);
}

/* When a missing index is made: in this order. */
enum index_turn {
    INDEX_FRESH,
    INDEX_REPLACING, /* takes the name of another: foreign keys may need fresh ones before that goes
                      */
    INDEX_PRIMARY,   /* replaces a primary key, which foreign keys may use like any index */
};

static enum index_turn turn_of(const struct model_table *have, const struct model_table *want,
                               const struct model_index *fresh)
{
    if (!replaced_by(have, want, fresh))
        return INDEX_FRESH;
    return fresh->kind == MODEL_INDEX_PRIMARY ? INDEX_PRIMARY : INDEX_REPLACING;
}

static void add_missing_indexes(struct aligner *aligner, enum index_turn turn)
{
    for (size_t t = 0; t < aligner->wanted->count; t++) {
        const struct model_table *want = &aligner->wanted->tables[t];
        const struct model_table *have = model_find_table(aligner->actual, want->name);

        for (size_t i = 0; have && i < want->index_count; i++) {
            const struct model_index *fresh = &want->indexes[i];

            if (!find_index(have, fresh) && turn_of(have, want, fresh) == turn)
                add_missing_index(aligner, have, want, fresh);
        }
    }
}

/* Which foreign key has a name already, in any table: such names are unique in the database. */
enum key_name {
    KEY_NAME_FREE,
    KEY_NAME_DROPPED, /* one that is dropped before; where it isn't, no other can have its name */
    KEY_NAME_TAKEN,
};

static enum key_name look_for_name(const struct aligner *aligner, const char *name)
{
    for (size_t t = 0; name && t < aligner->actual->count; t++) {
        const struct model_table *table = &aligner->actual->tables[t];
        const struct model_table *want = model_find_table(aligner->wanted, table->name);

        for (size_t i = 0; i < table->key_count; i++)
            if (table->keys[i].name && strcasecmp(table->keys[i].name, name) == 0)
                return want && find_key(want, &table->keys[i]) ? KEY_NAME_TAKEN : KEY_NAME_DROPPED;
    }
    return KEY_NAME_FREE;
}

static void add_missing_keys(struct aligner *aligner)
{
    for (size_t t = 0; t < aligner->wanted->count; t++) {
        const struct model_table *want = &aligner->wanted->tables[t];
        const struct model_table *have = model_find_table(aligner->actual, want->name);

        for (size_t i = 0; i < want->key_count; i++) {
            enum key_name found = look_for_name(aligner, want->keys[i].name);
            struct strbuf text = STRBUF_INIT;

            if (have && find_key(have, &want->keys[i]))
                continue;
            alter(&text, want->name);
            strbuf_addstr(&text, "ADD ");
            add_key(&text, &want->keys[i], found != KEY_NAME_TAKEN);
            push(aligner, found == KEY_NAME_DROPPED, &text);
        }
    }
}

static void drop_extra_tables(struct aligner *aligner)
{
    for (size_t t = 0; t < aligner->actual->count; t++) {
        struct strbuf text = STRBUF_INIT;

        if (model_find_table(aligner->wanted, aligner->actual->tables[t].name))
            continue;
        strbuf_addstr(&text, "DROP TABLE ");
        db_add_identifier(&text, aligner->actual->tables[t].name);
        push(aligner, true, &text);
    }
}

void diff_align_rows(struct diff_statements *statements, const struct diff *diff)
{
    struct diff_statements all = DIFF_STATEMENTS_INIT;
    struct aligner aligner = {&all, NULL, NULL};

    for (size_t i = 0; i < diff->count; i++) {
        struct strbuf text = STRBUF_INIT;

        if (diff->items[i].object != DIFF_ROW)
            continue;
        strbuf_addstr(&text, "INSERT IGNORE INTO ");
        db_add_identifier(&text, diff->items[i].table);
        strbuf_addstr(&text, " (");
        db_add_identifier(&text, diff->items[i].name);
        strbuf_addf(&text, ") VALUES (%s)", diff->items[i].wanted);
        push(&aligner, false, &text);
    }
    for (size_t i = 0; i < statements->count; i++) {
        struct strbuf text = STRBUF_INIT;

        strbuf_addstr(&text, statements->items[i].text);
        push(&aligner, statements->items[i].destructive, &text);
    }
    diff_statements_release(statements);
    *statements = all;
}

/* Tries a statement on the model, and tells whether it works. */
static bool works(const char *text, struct model *model)
{
    struct err ignored = ERR_INIT;
    struct ddl ddl;
    bool ok = ddl_read(&ddl, text, model, &ignored) == 0 &&
              ddl_apply(&ddl, model, &ignored) != DDL_EFFECT_CONFLICT;

    ddl_release(&ddl);
    err_release(&ignored);
    return ok;
}

/* A statement that only works behind a destructive one is destructive too, so that both are left
 * out. */
static void mark_dependent(struct diff_statements *statements, const struct model *actual)
{
    struct model model;

    model_copy(&model, actual);
    for (size_t i = 0; i < statements->count; i++)
        if (!statements->items[i].destructive && !works(statements->items[i].text, &model))
            statements->items[i].destructive = true;
    model_release(&model);
}

void diff_align(struct diff_statements *statements, const struct model *actual,
                const struct model *wanted, const struct graph *graph,
                const struct revision *revision)
{
    struct aligner aligner = {statements, actual, wanted};

    *statements = (struct diff_statements)DIFF_STATEMENTS_INIT;
    drop_extra_keys(&aligner);
    change_kinds(&aligner);
    create_missing_tables(&aligner);
    insert_rows(&aligner, graph, revision);
    change_columns(&aligner, false);
    add_missing_indexes(&aligner, INDEX_FRESH);
    add_missing_indexes(&aligner, INDEX_REPLACING);
    add_missing_indexes(&aligner, INDEX_PRIMARY);
    drop_extra_indexes(&aligner);
    change_columns(&aligner, true);
    drop_extra_columns(&aligner);
    add_missing_keys(&aligner);
    drop_extra_tables(&aligner);
    mark_dependent(statements, actual);
}
