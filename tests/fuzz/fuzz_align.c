/*
 * Aligning: of two schemas that the input chooses, the statements that make one into the other are
 * read by ddl_read(), none of them conflicts with what is there when its turn comes or is done
 * already, and what they leave is the wanted schema; and those of them that destroy nothing work
 * without the others, and keep every table and column. tests/fuzz/run builds and runs it.
 */
#include <stdarg.h>

#include "fuzz.h"
#include "schema/shape/ddl.h"
#include "schema/history/diff.h"

static const char *const table_names[] = {"a", "b", "c"};
static const char *const column_names[] = {"id", "x", "y", "z"};

static char *print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static char *print(const char *fmt, ...)
{
    struct strbuf text = STRBUF_INIT;
    va_list ap;

    va_start(ap, fmt);
    strbuf_vaddf(&text, fmt, ap);
    va_end(ap);
    return strbuf_detach(&text);
}

static void make_column(struct model_table *table, const char *name, struct choices *choices)
{
    static const struct {
        const char *type, *fallback;
    } kinds[] = {{"int", "7"},          {"int unsigned", NULL},
                 {"varchar(36)", "''"}, {"varchar(64)", "'it''s'"},
                 {"tinyint(1)", "0"},   {"binary(2)", "x'0001'"}};
    struct model_column *column = model_add_column(table);
    unsigned kind = choose(choices, ARRAY_SIZE(kinds));

    column->name = xstrdup(name);
    column->type = xstrdup(kinds[kind].type);
    column->nullable = choose(choices, 2);
    if (choose(choices, 2))
        column->fallback = xstrdup_or_null(kinds[kind].fallback);
    column->extra = xstrdup("");
}

static const char *some_column(const struct model_table *table, struct choices *choices)
{
    return table->columns[choose(choices, (unsigned)table->column_count)].name;
}

static void make_index(struct model_table *table, enum model_index_kind kind, const char *name,
                       struct choices *choices)
{
    const char *first = some_column(table, choices), *second = some_column(table, choices);
    struct model_index *index = model_add_index(table);

    index->kind = kind;
    index->name = xstrdup(name);
    model_columns_add(&index->columns, first, 0);
    if (first != second)
        model_columns_add(&index->columns, second, 0);
    for (size_t i = 0; i + 1 < table->index_count; i++)
        if (model_index_equal(&table->indexes[i], index)) {
            model_drop_index(table, table->index_count - 1);
            return;
        }
}

static void make_table(struct model *model, const char *name, struct choices *choices)
{
    static const enum model_index_kind kinds[] = {MODEL_INDEX_PLAIN, MODEL_INDEX_UNIQUE};
    struct model_table *table = model_add_table(model, name);
    unsigned indexes;

    /* Every table has its `id`. */
    for (size_t i = 0; i < ARRAY_SIZE(column_names); i++)
        if (i == 0 || choose(choices, 2))
            make_column(table, column_names[i], choices);
    if (choose(choices, 2)) {
        make_index(table, MODEL_INDEX_PRIMARY, "PRIMARY", choices);
        for (size_t i = 0; i < table->column_count; i++)
            if (model_columns_have(&table->indexes[0].columns, table->columns[i].name))
                table->columns[i].nullable = false;
    }
    indexes = choose(choices, 3);
    for (unsigned i = 0; i < indexes; i++) {
        char *index_name = print("i%u", i);

        make_index(table, kinds[choose(choices, 2)], index_name, choices);
        free(index_name);
    }
}

/* Foreign keys need an index on both sides. */
static void make_key(struct model *model, struct model_table *table, struct choices *choices)
{
    static const char *const rules[] = {"", "on delete cascade"};
    const struct model_table *other = &model->tables[choose(choices, (unsigned)model->count)];
    const struct model_index *target;
    const char *column = some_column(table, choices);
    struct model_key *key;

    if (!other->index_count)
        return;
    target = &other->indexes[choose(choices, (unsigned)other->index_count)];
    key = model_add_key(table);
    key->name = print("k_%s_%s", table->name, column);
    model_columns_add(&key->columns, column, 0);
    key->ref_table = xstrdup(other->name);
    model_columns_add(&key->ref_columns, target->columns.items[0].column, 0);
    key->rules = xstrdup(rules[choose(choices, 2)]);
    if (!model_index_for_key(table, &key->columns)) {
        struct model_index *index = model_add_index(table);

        index->name = xstrdup(key->name);
        model_columns_add(&index->columns, column, 0);
    }
}

static void make_model(struct model *model, struct choices *choices)
{
    for (size_t i = 0; i < ARRAY_SIZE(table_names); i++)
        if (choose(choices, 4) != 3)
            make_table(model, table_names[i], choices);
    for (size_t i = 0; i < model->count; i++)
        if (choose(choices, 2))
            make_key(model, &model->tables[i], choices);
}

static void apply(struct model *model, const char *text)
{
    struct err err = ERR_INIT;
    enum ddl_effect effect;
    struct ddl ddl;

    must(ddl_read(&ddl, text, model, &err) == 0);
    must(ddl.class == DDL_CLASS_SHAPE && ddl.count);
    effect = ddl_apply(&ddl, model, &err);
    if (effect != DDL_EFFECT_APPLIED)
        fprintf(stderr, "%s: %s\n", ddl.text, err.message ? err.message : "done already");
    must(effect == DDL_EFFECT_APPLIED);
    ddl_release(&ddl);
}

static void must_keep_all(const struct model *before, const struct model *after)
{
    for (size_t t = 0; t < before->count; t++) {
        const struct model_table *table = model_find_table(after, before->tables[t].name);

        must(table);
        for (size_t i = 0; i < before->tables[t].column_count; i++)
            must(model_find_column(table, before->tables[t].columns[i].name));
    }
}

static void check_harmless(const struct model *actual, const struct diff_statements *statements)
{
    struct model model;

    model_copy(&model, actual);
    for (size_t i = 0; i < statements->count; i++)
        if (!statements->items[i].destructive)
            apply(&model, statements->items[i].text);
    must_keep_all(actual, &model);
    model_release(&model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct graph no_graph = GRAPH_INIT;
    struct model actual = MODEL_INIT, wanted = MODEL_INIT;
    struct choices choices = {data, size};
    struct strbuf left = STRBUF_INIT, right = STRBUF_INIT;
    struct diff_statements statements;
    struct diff diff;

    make_model(&actual, &choices);
    make_model(&wanted, &choices);
    diff_make(&diff, &actual, &wanted);
    diff_align(&statements, &actual, &wanted, &no_graph, NULL);
    must((diff.count == 0) == (statements.count == 0));
    if (getenv("FUZZ_SHOW")) {
        model_add_canonical(&left, &actual);
        model_add_canonical(&right, &wanted);
        fprintf(stderr, "%s\n->\n%s\n", left.buf, right.buf);
        for (size_t i = 0; i < statements.count; i++)
            fprintf(stderr, "%s;\n", statements.items[i].text);
        strbuf_reset(&left);
        strbuf_reset(&right);
    }
    check_harmless(&actual, &statements);
    for (size_t i = 0; i < statements.count; i++)
        apply(&actual, statements.items[i].text);
    model_add_canonical(&left, &actual);
    model_add_canonical(&right, &wanted);
    must(same_text(left.buf, right.buf));
    diff_statements_release(&statements);
    diff_release(&diff);
    model_release(&actual);
    model_release(&wanted);
    strbuf_release(&left);
    strbuf_release(&right);
    return 0;
}
