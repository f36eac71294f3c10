#include "schema/history/enumeration.h"

#include "../../unit.h"
#include "base/strbuf.h"
#include "base/strvec.h"

/* Fails where `rows` aren't the words of `expected`: "table.column=value ...". */
static void assert_rows(const struct enumeration *rows, const char *expected)
{
    struct strbuf text = STRBUF_INIT;

    for (size_t i = 0; i < rows->count; i++)
        strbuf_addf(&text, "%s%s.%s=%s", i ? " " : "", rows->items[i].table, rows->items[i].column,
                    rows->items[i].value);
    assert_string_equal(text.buf, expected);
    strbuf_release(&text);
}

static void statements(void **state)
{
    struct enumeration rows = ENUMERATION_INIT;

    (void)state;
    enumeration_apply(&rows, "INSERT IGNORE INTO a (name) VALUES ('x'), ('y')");
    enumeration_apply(&rows, "insert ignore into `b`(`name`)\n  values ( 'x' ),('z')");
    enumeration_apply(&rows, "INSERT IGNORE INTO a (name) VALUES ('x')");
    assert_rows(&rows, "a.name=x a.name=y b.name=x b.name=z");
    enumeration_apply(&rows, "INSERT INTO a (name) VALUES ('no')");
    enumeration_apply(&rows, "INSERT IGNORE INTO a (name, other) VALUES ('no', 'no')");
    enumeration_apply(&rows, "INSERT IGNORE INTO a (name) VALUES ('it''s'), (NULL)");
    enumeration_apply(&rows, "INSERT IGNORE INTO a SELECT 'no'");
    enumeration_apply(&rows, "INSERT IGNORE INTO a (name) VALUES ('no");
    assert_rows(&rows, "a.name=x a.name=y b.name=x b.name=z");
    enumeration_apply(&rows, "DELETE FROM A WHERE name = 'x'");
    assert_rows(&rows, "b.name=x b.name=z");
    enumeration_apply(&rows, "DROP TABLE b");
    assert_rows(&rows, "");
    enumeration_release(&rows);
}

static void revisions(void **state)
{
    const struct strvec no_dirs = STRVEC_INIT;
    struct enumeration rows;
    struct err err = ERR_INIT;
    struct graph graph;

    (void)state;
    assert_int_equal(graph_load(&graph, &no_dirs, &err), 0);
    enumeration_expect(&rows, &graph, graph_find(&graph, "26083b298bb7"));
    assert_rows(&rows,
                "alarm_state.name=ALARM alarm_state.name=OK alarm_state.name=UNDETERMINED "
                "alarm_definition_severity.name=CRITICAL alarm_definition_severity.name=HIGH "
                "alarm_definition_severity.name=LOW alarm_definition_severity.name=MEDIUM");
    enumeration_release(&rows);
    enumeration_expect(&rows, &graph, NULL);
    assert_rows(&rows, "");
    enumeration_release(&rows);
    graph_release(&graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("rows come of INSERT IGNORE, and go with DELETE and DROP TABLE", statements),
        TEST("the head has states and severities, the base nothing", revisions),
    };

    return cmocka_run_group_tests_name("schema/history/enumeration", tests, NULL, NULL);
}
