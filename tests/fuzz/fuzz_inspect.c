/*
 * Rows of information_schema, whatever stands in them: a model comes of them that prints at most a line for
 * each object, differs in nothing from itself, and, where its canonical text can be read back, is what
 * it was. The input has a row in each line, its values between tabs, \N for NULL; the first letter says
 * which: t, c, i, k or r for tables, columns, indexes, keys or rules; q for MariaDB's quoted defaults.
 * tests/fuzz/run builds and runs it.
 */
#include "schema/server/inspect.h"

#include <strings.h>

#include "../unit/schema/canonical.h"
#include "fuzz.h"
#include "schema/history/diff.h"

/* As the queries have them: t may not be NULL, n may. */
static const struct {
    char letter;
    size_t place;
    const char *columns;
    size_t names; /* how many of them stand in one row only; 0: in any number */
} kinds[] = {{'t', offsetof(struct inspect_rows, tables), "tnnnn", 1},
             {'c', offsetof(struct inspect_rows, columns), "ttttnnnn", 2},
             {'i', offsetof(struct inspect_rows, indexes), "tttnnn", 0},
             {'k', offsetof(struct inspect_rows, keys), "ttttt", 0},
             {'r', offsetof(struct inspect_rows, rules), "tttt", 0}};

static void add_row(struct db_rows *rows, const char *columns, const struct strvec *values)
{
    size_t at = rows->count++;

    rows->width = strlen(columns);
    rows->items = xreallocarray(rows->items, rows->count, sizeof(*rows->items));
    rows->lens = xreallocarray(rows->lens, rows->count, sizeof(*rows->lens));
    rows->items[at] = xcalloc(rows->width, sizeof(**rows->items));
    rows->lens[at] = xcalloc(rows->width, sizeof(**rows->lens));
    for (size_t i = 0; i < rows->width; i++) {
        const char *value = i + 1 < values->nr ? values->v[i + 1] : "";

        if (columns[i] == 'n' && strcmp(value, "\\N") == 0)
            continue;
        rows->items[at][i] = xstrdup(value);
        rows->lens[at][i] = strlen(value);
    }
}

/* A server names a table once, and a column of it. */
static bool is_there(const struct db_rows *rows, size_t names, const struct strvec *values)
{
    for (size_t i = 0; i < rows->count; i++) {
        bool same = true;

        for (size_t k = 0; k < names; k++)
            same = same && strcasecmp(rows->items[i][k], k + 1 < values->nr ? values->v[k + 1] : "") == 0;
        if (same)
            return true;
    }
    return false;
}

static void read_line(struct inspect_rows *rows, const char *line)
{
    struct strvec values = STRVEC_INIT;

    strvec_split(&values, line, '\t');
    if (line[0] == 'q')
        rows->dialect = INSPECT_DEFAULTS_QUOTED;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (line[0] == kinds[i].letter) {
            struct db_rows *list = (struct db_rows *)(void *)((char *)rows + kinds[i].place);

            if (!kinds[i].names || !is_there(list, kinds[i].names, &values))
                add_row(list, kinds[i].columns, &values);
        }
    strvec_release(&values);
}

static size_t count_objects(const struct model *model)
{
    size_t count = model->count;

    for (size_t t = 0; t < model->count; t++)
        count += model->tables[t].column_count + model->tables[t].index_count +
                 model->tables[t].key_count;
    return count;
}

static void check_itself(const struct model *model)
{
    struct diff_statements statements;
    struct graph no_graph = GRAPH_INIT;
    struct diff diff;
    struct model copy;

    model_copy(&copy, model);
    diff_make(&diff, model, &copy);
    must(diff.count == 0);
    diff_align(&statements, model, &copy, &no_graph, NULL);
    must(statements.count == 0);
    diff_statements_release(&statements);
    diff_release(&diff);
    model_release(&copy);
}

static void check_text(const struct model *model)
{
    struct strbuf text = STRBUF_INIT, again = STRBUF_INIT;
    struct strvec lines = STRVEC_INIT;
    struct err err = ERR_INIT;
    struct model back;

    model_lines(&lines, model);
    must(lines.nr <= count_objects(model) && (lines.nr != 0) == (model->count != 0));
    for (size_t i = 1; i < lines.nr; i++)
        must(strcmp(lines.v[i - 1], lines.v[i]) <= 0);
    model_add_canonical(&text, model);
    if (canonical_parse(&back, "back", text.buf, &err) == 0) {
        model_add_canonical(&again, &back);
        must(same_text(text.buf, again.buf));
    }
    model_release(&back);
    err_release(&err);
    strvec_release(&lines);
    strbuf_release(&text);
    strbuf_release(&again);
}

/* Making the schema anew is told, whatever it is. */
static void check_making(const struct model *model)
{
    struct model nothing = MODEL_INIT;
    struct graph no_graph = GRAPH_INIT;
    struct diff_statements statements;
    struct diff diff;

    diff_make(&diff, &nothing, model);
    must(diff.count == model->count);
    diff_align(&statements, &nothing, model, &no_graph, NULL);
    must((statements.count == 0) == (model->count == 0));
    diff_statements_release(&statements);
    diff_release(&diff);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct inspect_rows rows = {.dialect = INSPECT_DEFAULTS_RAW};
    struct strvec lines = STRVEC_INIT;
    char *text = text_of(data, size);
    struct model model;

    strvec_split(&lines, text, '\n');
    for (size_t i = 0; i < lines.nr; i++)
        read_line(&rows, lines.v[i]);
    inspect_build(&model, &rows);
    check_itself(&model);
    check_text(&model);
    check_making(&model);
    model_release(&model);
    inspect_rows_release(&rows);
    strvec_release(&lines);
    free(text);
    return 0;
}
