#include "schema/shape/model.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

/* Removes item `i` of a list; what the item held was released before. */
#define REMOVE(items, count, i)                                                                    \
    (memmove(&(items)[i], &(items)[(i) + 1], ((count) - (i)-1) * sizeof(*(items))), (count)--)

void model_column_release(struct model_column *column)
{
    free(column->name);
    free(column->type);
    free(column->fallback);
    free(column->extra);
    free(column->charset);
    free(column->collation);
    *column = (struct model_column){.nullable = false};
}

void model_columns_add(struct model_columns *columns, const char *column, size_t prefix)
{
    GROW(columns->items, columns->count, columns->alloc);
    columns->items[columns->count++] = (struct model_part){xstrdup(column), prefix};
}

void model_columns_copy(struct model_columns *to, const struct model_columns *from)
{
    *to = (struct model_columns)MODEL_COLUMNS_INIT;
    for (size_t i = 0; i < from->count; i++)
        model_columns_add(to, from->items[i].column, from->items[i].prefix);
}

void model_columns_release(struct model_columns *columns)
{
    for (size_t i = 0; i < columns->count; i++)
        free(columns->items[i].column);
    free(columns->items);
    *columns = (struct model_columns)MODEL_COLUMNS_INIT;
}

bool model_columns_lead(const struct model_columns *columns,
                        const struct model_columns *index_columns)
{
    if (columns->count > index_columns->count)
        return false;
    for (size_t i = 0; i < columns->count; i++)
        if (columns->items[i].prefix != index_columns->items[i].prefix ||
            strcmp(columns->items[i].column, index_columns->items[i].column) != 0)
            return false;
    return true;
}

bool model_columns_equal(const struct model_columns *a, const struct model_columns *b)
{
    return a->count == b->count && model_columns_lead(a, b);
}

bool model_columns_have(const struct model_columns *columns, const char *column)
{
    for (size_t i = 0; i < columns->count; i++)
        if (strcasecmp(columns->items[i].column, column) == 0)
            return true;
    return false;
}

void model_columns_rename(struct model_columns *columns, const char *column, const char *new_name)
{
    for (size_t i = 0; i < columns->count; i++)
        if (strcasecmp(columns->items[i].column, column) == 0) {
            free(columns->items[i].column);
            columns->items[i].column = xstrdup(new_name);
        }
}

void model_columns_drop(struct model_columns *columns, const char *column)
{
    for (size_t i = columns->count; i-- > 0;)
        if (strcasecmp(columns->items[i].column, column) == 0) {
            free(columns->items[i].column);
            REMOVE(columns->items, columns->count, i);
        }
}

void model_columns_add_text(struct strbuf *text, const struct model_columns *columns)
{
    for (size_t i = 0; i < columns->count; i++) {
        strbuf_addf(text, "%s%s", i ? ", " : "", columns->items[i].column);
        if (columns->items[i].prefix)
            strbuf_addf(text, "(%zu)", columns->items[i].prefix);
    }
}

char *model_columns_text(const struct model_columns *columns)
{
    struct strbuf text = STRBUF_INIT;

    model_columns_add_text(&text, columns);
    return strbuf_detach(&text);
}

void model_index_release(struct model_index *index)
{
    free(index->name);
    model_columns_release(&index->columns);
    *index = (struct model_index){.implied = false};
}

void model_key_release(struct model_key *key)
{
    free(key->name);
    model_columns_release(&key->columns);
    free(key->ref_table);
    model_columns_release(&key->ref_columns);
    free(key->rules);
    *key = (struct model_key){.name = NULL};
}

void model_table_release(struct model_table *table)
{
    for (size_t i = 0; i < table->column_count; i++)
        model_column_release(&table->columns[i]);
    for (size_t i = 0; i < table->index_count; i++)
        model_index_release(&table->indexes[i]);
    for (size_t i = 0; i < table->key_count; i++)
        model_key_release(&table->keys[i]);
    free(table->name);
    free(table->kind);
    free(table->columns);
    free(table->indexes);
    free(table->keys);
    *table = (struct model_table){.name = NULL};
}

void model_release(struct model *model)
{
    for (size_t i = 0; i < model->count; i++)
        model_table_release(&model->tables[i]);
    free(model->tables);
    *model = (struct model)MODEL_INIT;
}

void model_column_copy(struct model_column *to, const struct model_column *from)
{
    *to = (struct model_column){
        .name = xstrdup_or_null(from->name),
        .type = xstrdup_or_null(from->type),
        .fallback = xstrdup_or_null(from->fallback),
        .extra = xstrdup_or_null(from->extra),
        .charset = xstrdup_or_null(from->charset),
        .collation = xstrdup_or_null(from->collation),
        .nullable = from->nullable,
    };
}

void model_index_copy(struct model_index *to, const struct model_index *from)
{
    *to = (struct model_index){
        .kind = from->kind,
        .name = xstrdup_or_null(from->name),
        .implied = from->implied,
    };
    model_columns_copy(&to->columns, &from->columns);
}

void model_key_copy(struct model_key *to, const struct model_key *from)
{
    *to = (struct model_key){
        .name = xstrdup_or_null(from->name),
        .ref_table = xstrdup_or_null(from->ref_table),
        .rules = xstrdup_or_null(from->rules),
    };
    model_columns_copy(&to->columns, &from->columns);
    model_columns_copy(&to->ref_columns, &from->ref_columns);
}

void model_copy(struct model *to, const struct model *from)
{
    *to = (struct model)MODEL_INIT;
    to->caseless = from->caseless;
    for (size_t t = 0; t < from->count; t++) {
        const struct model_table *source = &from->tables[t];
        struct model_table *table = model_add_table(to, source->name);

        table->kind = xstrdup_or_null(source->kind);
        for (size_t i = 0; i < source->column_count; i++)
            model_column_copy(model_add_column(table), &source->columns[i]);
        for (size_t i = 0; i < source->index_count; i++)
            model_index_copy(model_add_index(table), &source->indexes[i]);
        for (size_t i = 0; i < source->key_count; i++)
            model_key_copy(model_add_key(table), &source->keys[i]);
    }
}

struct model_table *model_find_table(const struct model *model, const char *name)
{
    for (size_t i = 0; i < model->count; i++)
        if (strcmp(model->tables[i].name, name) == 0)
            return &model->tables[i];
    return NULL;
}

struct model_table *model_add_table(struct model *model, const char *name)
{
    struct model_table *table;

    GROW(model->tables, model->count, model->alloc);
    table = &model->tables[model->count++];
    *table = (struct model_table){.name = xstrdup(name)};
    return table;
}

void model_drop_table(struct model *model, const char *name)
{
    struct model_table *table = model_find_table(model, name);
    size_t i = table ? (size_t)(table - model->tables) : 0;

    if (!table)
        return;
    model_table_release(table);
    REMOVE(model->tables, model->count, i);
}

struct model_column *model_find_column(const struct model_table *table, const char *name)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (strcasecmp(table->columns[i].name, name) == 0)
            return &table->columns[i];
    return NULL;
}

struct model_column *model_add_column(struct model_table *table)
{
    GROW(table->columns, table->column_count, table->column_alloc);
    memset(&table->columns[table->column_count], 0, sizeof(*table->columns));
    return &table->columns[table->column_count++];
}

struct model_index *model_add_index(struct model_table *table)
{
    GROW(table->indexes, table->index_count, table->index_alloc);
    memset(&table->indexes[table->index_count], 0, sizeof(*table->indexes));
    return &table->indexes[table->index_count++];
}

struct model_key *model_add_key(struct model_table *table)
{
    GROW(table->keys, table->key_count, table->key_alloc);
    memset(&table->keys[table->key_count], 0, sizeof(*table->keys));
    return &table->keys[table->key_count++];
}

void model_drop_column(struct model_table *table, size_t i)
{
    model_column_release(&table->columns[i]);
    REMOVE(table->columns, table->column_count, i);
}

void model_drop_index(struct model_table *table, size_t i)
{
    model_index_release(&table->indexes[i]);
    REMOVE(table->indexes, table->index_count, i);
}

void model_drop_key(struct model_table *table, size_t i)
{
    model_key_release(&table->keys[i]);
    REMOVE(table->keys, table->key_count, i);
}

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool model_column_equal(const struct model_column *a, const struct model_column *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->type, b->type) == 0 &&
           a->nullable == b->nullable && same(a->fallback, b->fallback) &&
           strcmp(a->extra, b->extra) == 0;
}

bool model_kind_equal(const struct model_table *a, const struct model_table *b)
{
    return same(a->kind, b->kind);
}

bool model_index_equal(const struct model_index *a, const struct model_index *b)
{
    return a->kind == b->kind && model_columns_equal(&a->columns, &b->columns);
}

bool model_key_equal(const struct model_key *a, const struct model_key *b)
{
    return model_columns_equal(&a->columns, &b->columns) &&
           strcmp(a->ref_table, b->ref_table) == 0 &&
           model_columns_equal(&a->ref_columns, &b->ref_columns) && strcmp(a->rules, b->rules) == 0;
}

const char *model_index_kind_name(enum model_index_kind kind)
{
    static const char *const names[] = {"index", "unique index", "primary key", "fulltext index",
                                        "spatial index"};

    return names[kind];
}

bool model_index_serves(const struct model_index *index, const struct model_columns *columns)
{
    return index->kind != MODEL_INDEX_FULLTEXT && index->kind != MODEL_INDEX_SPATIAL &&
           model_columns_lead(columns, &index->columns);
}

struct model_index *model_index_for_key(const struct model_table *table,
                                        const struct model_columns *columns)
{
    for (size_t i = 0; i < table->index_count; i++)
        if (model_index_serves(&table->indexes[i], columns))
            return &table->indexes[i];
    return NULL;
}

void model_add_implied_index(struct model_table *table, const struct model_key *key)
{
    struct model_index *index;

    if (model_index_for_key(table, &key->columns))
        return;
    index = model_add_index(table);
    model_columns_copy(&index->columns, &key->columns);
    index->name = xstrdup(key->name ? key->name : key->columns.items[0].column);
    index->implied = true;
}

void model_close_primary_key(struct model_table *table)
{
    for (size_t i = 0; i < table->index_count; i++) {
        const struct model_columns *columns = &table->indexes[i].columns;

        for (size_t n = 0; n < columns->count && table->indexes[i].kind == MODEL_INDEX_PRIMARY;
             n++) {
            struct model_column *column = model_find_column(table, columns->items[n].column);

            if (column)
                column->nullable = false;
        }
    }
}

/* Synonyms of types, and what servers store for them. Behind a word with `takes_list`, "(...)"
 * may follow. */
static const struct {
    const char *word, *canonical;
    bool takes_list;
} type_words[] = {
    {"bool", "tinyint(1)", false},
    {"boolean", "tinyint(1)", false},
    {"integer", "int", true},
    {"double precision", "double", true},
    {"real", "double", true},
    {"char", "char(1)", false},
    {"binary", "binary(1)", false},
    {"character(", "char(", true},
    {"character", "char(1)", false},
    {"json", "longtext", false},
    {"numeric(", "decimal(", true},
    {"numeric", "decimal(10,0)", false},
    {"decimal", "decimal(10,0)", false},
    {"bit", "bit(1)", false},
};

static bool has_display_width(const char *word, size_t len)
{
    static const char *const words[] = {"tinyint", "smallint", "mediumint",
                                        "int",     "bigint",   "year"};

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (strlen(words[i]) == len && strncmp(words[i], word, len) == 0)
            return true;
    return false;
}

static void replace_type_word(struct strbuf *type)
{
    for (size_t i = 0; i < ARRAY_SIZE(type_words); i++) {
        size_t len = strlen(type_words[i].word);
        char next = type->buf[len < type->len ? len : type->len];
        char *rest;

        if (strncmp(type->buf, type_words[i].word, len) != 0 ||
            (next != '\0' && next != ' ' && !type_words[i].takes_list))
            continue;
        rest = xstrdup(type->buf + len);
        strbuf_setlen(type, 0);
        strbuf_addf(type, "%s%s", type_words[i].canonical, rest);
        free(rest);
        return;
    }
}

char *model_canonical_type(const char *type)
{
    struct strbuf out = STRBUF_INIT;
    bool quoted = false;
    size_t word;

    for (const char *p = type; *p; p++) {
        quoted ^= *p == '\'';
        if (!quoted && *p == ' ' && (p[1] == ' ' || p[1] == ')' || p[1] == ',' || p[1] == '('))
            continue;
        if (!quoted && *p == ' ' && out.len && strchr("(,", out.buf[out.len - 1]))
            continue;
        strbuf_addch(&out, quoted ? *p : (char)tolower((unsigned char)*p));
    }
    replace_type_word(&out);
    word = strcspn(out.buf, "( ");
    if (has_display_width(out.buf, word) && out.buf[word] == '(' && !strstr(out.buf, "zerofill") &&
        strcmp(out.buf, "tinyint(1)") != 0) {
        char *rest = xstrdup(strchr(out.buf, ')') ? strchr(out.buf, ')') + 1 : "");

        strbuf_setlen(&out, word);
        strbuf_addstr(&out, rest);
        free(rest);
    }
    return strbuf_detach(&out);
}

static bool type_begins(const char *type, const char *const *words)
{
    for (; *words; words++) {
        size_t len = strlen(*words);

        if (strncmp(type, *words, len) == 0 && !isalpha((unsigned char)type[len]))
            return true;
    }
    return false;
}

/* A canonical line can hold neither a newline nor a NUL: they are written as \n and \0. */
static void add_literal_byte(struct strbuf *out, char byte)
{
    if (byte == '\n' || byte == '\0') {
        strbuf_addstr(out, byte ? "\\n" : "\\0");
        return;
    }
    if (byte == '\'' || byte == '\\')
        strbuf_addch(out, byte);
    strbuf_addch(out, byte);
}

char *model_canonical_default(const char *type, const char *value, size_t len)
{
    static const char *const numbers[] = {"tinyint", "smallint", "mediumint", "int", "bigint",
                                          "decimal", "double",   "float",     NULL};
    static const char *const bytes[] = {"binary", "varbinary", NULL};
    struct strbuf out = STRBUF_INIT;

    if (type_begins(type, numbers)) {
        /* Servers write a decimal with all of its digits: 1.5 as 1.50. */
        if (strncmp(type, "decimal", 7) == 0 && memchr(value, '.', len)) {
            while (value[len - 1] == '0')
                len--;
            len -= value[len - 1] == '.';
        }
        strbuf_add(&out, value, len);
    } else if (type_begins(type, bytes)) {
        size_t width = strncmp(type, "binary(", 7) == 0 ? (size_t)strtoul(type + 7, NULL, 10) : 0;

        strbuf_addstr(&out, "x'");
        for (size_t i = 0; i < len || i < width; i++)
            strbuf_addf(&out, "%02x", i < len ? (unsigned)(unsigned char)value[i] : 0U);
        strbuf_addch(&out, '\'');
    } else {
        strbuf_addch(&out, '\'');
        for (size_t i = 0; i < len; i++)
            add_literal_byte(&out, value[i]);
        strbuf_addch(&out, '\'');
    }
    return strbuf_detach(&out);
}

static bool is_plain_name(const char *name)
{
    for (const char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p) && *p != '_' && *p != '$')
            return false;
    return name[0] != '\0';
}

static void add_name(struct strbuf *text, const char *name)
{
    if (is_plain_name(name)) {
        strbuf_addstr(text, name);
        return;
    }
    strbuf_addch(text, '`');
    for (const char *p = name; *p; p++) {
        if (*p == '`')
            strbuf_addch(text, '`');
        strbuf_addch(text, *p == '\n' ? ' ' : *p);
    }
    strbuf_addch(text, '`');
}

static void add_column_line(struct strbuf *line, const char *table,
                            const struct model_column *column)
{
    add_name(line, table);
    strbuf_addstr(line, " column ");
    add_name(line, column->name);
    strbuf_addf(line, " %s%s", column->type, column->nullable ? "" : " not null");
    if (column->fallback)
        strbuf_addf(line, " default %s", column->fallback);
    if (column->extra[0])
        strbuf_addf(line, " %s", column->extra);
}

static void add_index_line(struct strbuf *line, const char *table, const struct model_index *index)
{
    add_name(line, table);
    strbuf_addf(line, " %s (", model_index_kind_name(index->kind));
    model_columns_add_text(line, &index->columns);
    strbuf_addch(line, ')');
}

static void add_key_line(struct strbuf *line, const char *table, const struct model_key *key)
{
    add_name(line, table);
    strbuf_addstr(line, " foreign key (");
    model_columns_add_text(line, &key->columns);
    strbuf_addstr(line, ") references ");
    add_name(line, key->ref_table);
    strbuf_addstr(line, " (");
    model_columns_add_text(line, &key->ref_columns);
    strbuf_addf(line, ")%s%s", key->rules[0] ? " " : "", key->rules);
}

static void push_line(struct strvec *lines, struct strbuf *line)
{
    strvec_push(lines, line->buf);
    strbuf_reset(line);
}

static void push_table(struct strvec *lines, const struct model_table *table)
{
    struct strbuf line = STRBUF_INIT;

    add_name(&line, table->name);
    strbuf_addf(&line, " table%s%s", table->kind ? " " : "", table->kind ? table->kind : "");
    push_line(lines, &line);
    for (size_t i = 0; i < table->column_count; i++) {
        add_column_line(&line, table->name, &table->columns[i]);
        push_line(lines, &line);
    }
    for (size_t i = 0; i < table->index_count; i++) {
        add_index_line(&line, table->name, &table->indexes[i]);
        push_line(lines, &line);
    }
    for (size_t i = 0; i < table->key_count; i++) {
        add_key_line(&line, table->name, &table->keys[i]);
        push_line(lines, &line);
    }
    strbuf_release(&line);
}

void model_lines(struct strvec *lines, const struct model *model)
{
    struct strvec all = STRVEC_INIT;

    for (size_t i = 0; i < model->count; i++)
        push_table(&all, &model->tables[i]);
    strvec_sort(&all);
    for (size_t i = 0; i < all.nr; i++)
        if (i == 0 || strcmp(all.v[i], all.v[i - 1]) != 0)
            strvec_push(lines, all.v[i]);
    strvec_release(&all);
}

void model_add_canonical(struct strbuf *text, const struct model *model)
{
    struct strvec lines = STRVEC_INIT;

    model_lines(&lines, model);
    for (size_t i = 0; i < lines.nr; i++)
        strbuf_addf(text, "%s\n", lines.v[i]);
    strvec_release(&lines);
}

void model_fingerprint(const struct model *model, char ret_hex[DIGEST_HEX_LENGTH + 1])
{
    struct strbuf text = STRBUF_INIT;

    model_add_canonical(&text, model);
    digest_sha256_hex(text.buf, text.len, ret_hex);
    strbuf_release(&text);
}
