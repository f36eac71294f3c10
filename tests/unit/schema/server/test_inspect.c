/* Rows of information_schema as several servers print them: one schema, one canonical text. */
#include "schema/server/inspect.h"

#include <stdlib.h>
#include <string.h>

#include "../../unit.h"
#include "base/file.h"
#include "base/mem.h"

#define FOLDER "tests/unit/schema/dialects/"

/* One value of a row: \N is NULL, \0 a zero byte. */
static char *read_value(const char *text, size_t *ret_len)
{
    struct strbuf out = STRBUF_INIT;

    if (strcmp(text, "\\N") == 0)
        return NULL;
    for (; *text; text++) {
        bool escaped = text[0] == '\\' && text[1];

        text += escaped;
        strbuf_addch(&out, escaped && *text == '0' ? '\0' : *text);
    }
    *ret_len = out.len;
    return strbuf_detach(&out);
}

static void read_rows(struct db_rows *rows, const char *server, const char *kind)
{
    struct strbuf path = STRBUF_INIT, text = STRBUF_INIT;
    struct strvec lines = STRVEC_INIT;
    struct err err = ERR_INIT;

    strbuf_addf(&path, FOLDER "%s.%s.tsv", server, kind);
    assert_int_equal(file_read(path.buf, 1 << 20, &text, &err), 0);
    strvec_split(&lines, text.buf, '\n');
    rows->items = xcalloc(lines.nr, sizeof(*rows->items));
    rows->lens = xcalloc(lines.nr, sizeof(*rows->lens));
    for (size_t i = 0; i < lines.nr; i++) {
        struct strvec values = STRVEC_INIT;

        if (!lines.v[i][0])
            continue;
        strvec_split(&values, lines.v[i], '\t');
        rows->width = values.nr;
        rows->items[rows->count] = xcalloc(values.nr, sizeof(**rows->items));
        rows->lens[rows->count] = xcalloc(values.nr, sizeof(**rows->lens));
        for (size_t v = 0; v < values.nr; v++)
            rows->items[rows->count][v] = read_value(values.v[v], &rows->lens[rows->count][v]);
        rows->count++;
        strvec_release(&values);
    }
    strvec_release(&lines);
    strbuf_release(&path);
    strbuf_release(&text);
}

static void assert_canonical(const char *server, enum inspect_dialect dialect)
{
    struct inspect_rows rows = {.dialect = dialect};
    struct strbuf expected = STRBUF_INIT, actual = STRBUF_INIT;
    struct model model;
    struct err err = ERR_INIT;

    read_rows(&rows.tables, server, "tables");
    read_rows(&rows.columns, server, "columns");
    read_rows(&rows.indexes, server, "indexes");
    read_rows(&rows.keys, server, "keys");
    read_rows(&rows.rules, server, "rules");
    assert_int_equal(file_read(FOLDER "expected.txt", 1 << 20, &expected, &err), 0);
    inspect_build(&model, &rows);
    model_add_canonical(&actual, &model);
    assert_string_equal(actual.buf, expected.buf);
    model_release(&model);
    inspect_rows_release(&rows);
    strbuf_release(&expected);
    strbuf_release(&actual);
}

static void mysql57(void **state)
{
    (void)state;
    assert_canonical("mysql57", INSPECT_DEFAULTS_RAW);
}

static void mysql80(void **state)
{
    (void)state;
    assert_canonical("mysql80", INSPECT_DEFAULTS_RAW);
}

static void mariadb(void **state)
{
    (void)state;
    assert_canonical("mariadb", INSPECT_DEFAULTS_QUOTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("rows of MySQL 5.7 give the canonical text", mysql57),
        TEST("rows of MySQL 8.0 give the same canonical text", mysql80),
        TEST("rows of MariaDB 10.11 give the same canonical text", mariadb),
    };

    return cmocka_run_group_tests_name("schema/server/inspect", tests, NULL, NULL);
}
