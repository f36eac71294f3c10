#include "schema/run/route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../unit.h"
#include "schema/history/diff.h"
#include "schema/history/state.h"
#include "schema/shape/ddl.h"

static const struct strvec no_dirs = STRVEC_INIT;

/* The state at `id`, after these statements (ends in NULL) were applied to it. */
static void make_model(const struct graph *graph, struct model *model, const char *id,
                       const char *const *statements)
{
    struct err err = ERR_INIT;

    assert_true(graph_state(graph, graph_find(graph, id), model));
    for (; *statements; statements++) {
        struct ddl ddl;

        ddl_parse(&ddl, *statements);
        assert_int_equal(ddl_apply(&ddl, model, &err), DDL_EFFECT_APPLIED);
        ddl_release(&ddl);
    }
}

struct attempt {
    struct graph graph;
    struct model actual;
    struct graph_path path;
    struct route route;
    struct err err;
    int rc;
};

static void attempt(struct attempt *a, const char *from, const char *to,
                    const char *const *statements, const struct record *record)
{
    *a = (struct attempt){.err = ERR_INIT};
    assert_int_equal(graph_load(&a->graph, &no_dirs, &a->err), 0);
    make_model(&a->graph, &a->actual, from, statements);
    assert_int_equal(graph_find_path(&a->path, &a->graph, graph_find(&a->graph, from),
                                     to ? graph_find(&a->graph, to) : NULL, &a->err),
                     0);
    a->rc = route_make(&a->route, &a->graph, &a->path, graph_find(&a->graph, from), &a->actual,
                       record, &a->err);
}

static void end_attempt(struct attempt *a)
{
    route_release(&a->route);
    model_release(&a->actual);
    graph_path_release(&a->path);
    graph_release(&a->graph);
    err_release(&a->err);
}

static size_t count_to_run(const struct route *route)
{
    size_t count = 0;

    for (size_t s = 0; s < route->count; s++)
        for (size_t i = route->steps[s].first; i < route->steps[s].count; i++)
            count += route->steps[s].statements[i].verdict != ROUTE_SKIP;
    return count;
}

static void fresh(void **state)
{
    struct attempt a;

    (void)state;
    attempt(&a, "8781a256f0c1", "26083b298bb7", (const char *const[]){NULL}, NULL);
    assert_int_equal(a.rc, 0);
    assert_int_equal(a.route.count, 2);
    assert_int_equal(a.route.found_done, 0);
    assert_int_equal(count_to_run(&a.route), 3);
    assert_true(a.route.needs_alter);
    assert_false(a.route.needs_create);
    assert_false(a.route.needs_references);
    end_attempt(&a);
    /* A downgrade that makes tables with foreign keys. */
    attempt(&a, "30181b42434b", "c2f85438d6f3", (const char *const[]){NULL}, NULL);
    assert_int_equal(a.rc, 0);
    assert_true(a.route.needs_create);
    assert_true(a.route.needs_references);
    end_attempt(&a);
}

static void half_done(void **state)
{
    struct attempt a;

    (void)state;
    attempt(&a, "8781a256f0c1", "26083b298bb7",
            (const char *const[]){"ALTER TABLE alarm DROP COLUMN silenced", NULL}, NULL);
    assert_int_equal(a.rc, 0);
    assert_int_equal(a.route.found_done, 1);
    assert_int_equal(a.route.steps[0].statements[0].verdict, ROUTE_RUN);
    assert_int_equal(a.route.steps[0].statements[1].verdict, ROUTE_SKIP);
    end_attempt(&a);
}

static void recorded(void **state)
{
    struct record record = {.has_table = true, .has_row = true, .up = true, .done = 1};
    struct attempt a;

    (void)state;
    attempt(&a, "8781a256f0c1", "f69cb3152a76", (const char *const[]){NULL}, NULL);
    record.revision = a.route.steps[0].revision->id;
    record.digest = a.route.steps[0].digest;
    route_release(&a.route);
    assert_int_equal(route_make(&a.route, &a.graph, &a.path, graph_find(&a.graph, "8781a256f0c1"),
                                &a.actual, NULL, &a.err),
                     0);
    record.digest = a.route.steps[0].digest;
    {
        struct route second;

        assert_int_equal(route_make(&second, &a.graph, &a.path,
                                    graph_find(&a.graph, "8781a256f0c1"), &a.actual, &record,
                                    &a.err),
                         0);
        assert_int_equal(second.steps[0].first, 1);
        route_release(&second);
        /* The file has changed since: the record tells nothing, the schema does. */
        record.digest = strbuf_empty;
        assert_int_equal(route_make(&second, &a.graph, &a.path,
                                    graph_find(&a.graph, "8781a256f0c1"), &a.actual, &record,
                                    &a.err),
                         0);
        assert_int_equal(second.steps[0].first, 0);
        route_release(&second);
    }
    end_attempt(&a);
}

static void drift(void **state)
{
    struct attempt a;

    (void)state;
    /* The second step would trip over it. */
    attempt(&a, "0cce983d957a", "30181b42434b",
            (const char *const[]){"DROP TABLE event_transform", NULL}, NULL);
    assert_int_equal(a.rc, -1);
    assert_has(a.err.message, "30181b42434b");
    assert_has(a.err.message, "built-in 30181b42434b.sql:8");
    end_attempt(&a);
    attempt(&a, "0cce983d957a", "c2f85438d6f3",
            (const char *const[]){"ALTER TABLE notification_method ADD period varchar(3)", NULL},
            NULL);
    assert_int_equal(a.rc, -1);
    assert_has(a.err.message, "of another definition");
    end_attempt(&a);
}

static void harmless_drift(void **state)
{
    struct attempt a;

    (void)state;
    attempt(&a, "0cce983d957a", "26083b298bb7",
            (const char *const[]){"CREATE TABLE vendor (x int)",
                                  "ALTER TABLE alarm MODIFY link varchar(999)", NULL},
            NULL);
    assert_int_equal(a.rc, 0);
    end_attempt(&a);
}

static void losses(void **state)
{
    struct strvec lost = STRVEC_INIT;
    struct attempt a;

    (void)state;
    attempt(&a, "c2f85438d6f3", "00597b5c8325", (const char *const[]){NULL}, NULL);
    route_add_losses(&lost, &a.route, &a.actual);
    strvec_sort(&lost);
    assert_int_equal(lost.nr, 2);
    assert_string_equal(lost.v[0], "column notification_method.period");
    assert_string_equal(lost.v[1], "column sub_alarm_definition.is_deterministic");
    strvec_release(&lost);
    end_attempt(&a);
    attempt(&a, "26083b298bb7", NULL, (const char *const[]){NULL}, NULL);
    assert_int_equal(a.rc, 0);
    assert_int_equal(a.route.after.count, 0);
    end_attempt(&a);
}

/* Whatever the way, what the statements leave is the state that is built in. */
static void all_ways(void **state)
{
    struct graph graph;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(graph_load(&graph, &no_dirs, &err), 0);
    for (size_t i = 0; i <= graph.count; i++)
        for (size_t j = 0; j <= graph.count; j++) {
            const struct revision *from = i ? &graph.items[i - 1] : NULL;
            const struct revision *to = j ? &graph.items[j - 1] : NULL;
            struct strvec lines = STRVEC_INIT, wanted = STRVEC_INIT;
            struct graph_path path;
            struct model actual;
            struct route route;

            assert_true(graph_state(&graph, from, &actual));
            assert_int_equal(graph_find_path(&path, &graph, from, to, &err), 0);
            if (route_make(&route, &graph, &path, from, &actual, NULL, &err) < 0)
                fail_msg("%s to %s: %s", graph_name(from), graph_name(to), err.message);
            assert_int_equal(route.found_done, 0);
            assert_false(route.uncertain);
            model_lines(&lines, &route.after);
            assert_true(state_lines(&wanted, &graph, to));
            assert_int_equal(state_distance(&lines, &wanted), 0);
            route_release(&route);
            model_release(&actual);
            graph_path_release(&path);
            strvec_release(&lines);
            strvec_release(&wanted);
        }
    graph_release(&graph);
}

/* An attempt to go from the head to a revision of a file on top of it, which upgrades by `sql`. */
static void attempt_file(struct attempt *a, const char *sql, const char *const *statements)
{
    char folder[] = "/tmp/test_route.XXXXXX";
    struct strbuf path = STRBUF_INIT;
    struct strvec dirs = STRVEC_INIT;
    const struct revision *head, *next;
    FILE *file;

    *a = (struct attempt){.err = ERR_INIT};
    assert_non_null(mkdtemp(folder));
    strbuf_addf(&path, "%s/next.sql", folder);
    file = fopen(path.buf, "w");
    assert_non_null(file);
    fprintf(file, "-- revision: next\n-- revises: 26083b298bb7\n-- upgrade\n%s\n-- downgrade\n",
            sql);
    fclose(file);
    strvec_push(&dirs, folder);
    if (graph_load(&a->graph, &dirs, &a->err) < 0)
        fail_msg("%s", a->err.message);
    unlink(path.buf);
    rmdir(folder);
    head = graph_find(&a->graph, "26083b298bb7");
    next = graph_find(&a->graph, "next");
    make_model(&a->graph, &a->actual, head->id, statements);
    assert_int_equal(graph_find_path(&a->path, &a->graph, head, next, &a->err), 0);
    a->rc = route_make(&a->route, &a->graph, &a->path, head, &a->actual, NULL, &a->err);
    strbuf_release(&path);
    strvec_release(&dirs);
}

static void parts_done(void **state)
{
    struct attempt a;

    (void)state;
    attempt_file(&a,
                 "ALTER TABLE alarm ADD COLUMN x int DEFAULT 1, DROP COLUMN link,"
                 " ADD COLUMN y int /* , */ NOT NULL, ENGINE = InnoDB;\n"
                 "DROP TABLE alarm_metric, sub_alarm_definition_dimension, metric_dimension;",
                 (const char *const[]){"ALTER TABLE alarm ADD COLUMN x int DEFAULT 1",
                                       "DROP TABLE alarm_metric", NULL});
    if (a.rc < 0)
        fail_msg("%s", a.err.message);
    assert_int_equal(a.route.found_done, 2);
    assert_int_equal(count_to_run(&a.route), 2);
    assert_int_equal(a.route.steps[0].statements[0].verdict, ROUTE_REST);
    assert_string_equal(a.route.steps[0].statements[0].text,
                        "ALTER TABLE alarm DROP COLUMN link, "
                        "ADD COLUMN y int /* , */ NOT NULL, ENGINE = InnoDB");
    assert_int_equal(a.route.steps[0].statements[1].verdict, ROUTE_REST);
    assert_string_equal(a.route.steps[0].statements[1].text,
                        "DROP TABLE `sub_alarm_definition_dimension`, `metric_dimension`");
    assert_true(a.route.needs_alter && a.route.needs_drop && !a.route.needs_create);
    end_attempt(&a);
}

static void part_cannot_be_cut(void **state)
{
    struct attempt a;

    (void)state;
    attempt_file(&a, "RENAME TABLE alarm_metric TO a, metric_dimension TO b;",
                 (const char *const[]){"RENAME TABLE alarm_metric TO a", NULL});
    assert_int_equal(a.rc, -1);
    assert_has(a.err.message, "a part of it took effect already");
    assert_has(a.err.message, "next.sql:4");
    assert_has(a.err.hint, "schema diff 26083b298bb7");
    end_attempt(&a);
}

static void later_step_done(void **state)
{
    static const char *const begun[] = {
        "ALTER TABLE alarm ADD COLUMN inhibited tinyint(1) NOT NULL DEFAULT 0", NULL};
    struct attempt a;

    (void)state;
    /* Only the first step may have been begun by another run: in the second attempt it is 8781. */
    attempt(&a, "6b2b88f3cab4", "8781a256f0c1", begun, NULL);
    assert_int_equal(a.rc, -1);
    assert_has(a.err.message, "the statement has taken effect already");
    end_attempt(&a);
    attempt(&a, "d8b801498850", "8781a256f0c1", begun, NULL);
    assert_int_equal(a.rc, 0);
    assert_int_equal(a.route.found_done, 1);
    end_attempt(&a);
}

static void not_understood(void **state)
{
    struct strvec lost = STRVEC_INIT;
    struct attempt a;

    (void)state;
    attempt_file(&a,
                 "ALTER TABLE alarm ADD COLUMN x int;\n"
                 "CALL rename_everything();\n"
                 "ALTER TABLE nowhere DROP COLUMN x;\n"
                 "UPDATE alarm SET link = NULL;",
                 (const char *const[]){NULL});
    assert_int_equal(a.rc, 0);
    assert_true(a.route.uncertain);
    assert_true(a.route.steps[0].statements[0].settles);
    assert_false(a.route.steps[0].statements[2].settles);
    assert_true(a.route.steps[0].statements[3].data);
    assert_int_equal(count_to_run(&a.route), 4);
    route_add_losses(&lost, &a.route, &a.actual);
    assert_int_equal(lost.nr, 0);
    strvec_release(&lost);
    end_attempt(&a);
}

static void settling(void **state)
{
    struct attempt a;

    (void)state;
    attempt_file(&a,
                 "ALTER TABLE alarm ADD COLUMN x int;\n"
                 "ALTER TABLE alarm ADD COLUMN y int;\n"
                 "ALTER TABLE alarm DROP COLUMN x;",
                 (const char *const[]){NULL});
    assert_int_equal(a.rc, 0);
    assert_false(a.route.steps[0].statements[0].settles);
    assert_true(a.route.steps[0].statements[1].settles);
    assert_true(a.route.steps[0].statements[2].settles);
    end_attempt(&a);
}

static void elsewhere(void **state)
{
    struct attempt a;

    (void)state;
    /* A downgrade that makes tables with foreign keys. */
    attempt(&a, "30181b42434b", "c2f85438d6f3", (const char *const[]){NULL}, NULL);
    route_release(&a.route);
    assert_int_equal(route_make(&a.route, &a.graph, &a.path, NULL, &a.actual, NULL, &a.err), -1);
    assert_int_equal(a.err.code, ERR_BUG);
    end_attempt(&a);
}

static bool has_statement(const struct diff_statements *all, const char *part, bool destructive)
{
    for (size_t i = 0; i < all->count; i++)
        if (strstr(all->items[i].text, part) && all->items[i].destructive == destructive)
            return true;
    return false;
}

static void aligned(void **state)
{
    struct diff_statements statements;
    struct model actual, wanted;
    struct graph graph;
    struct diff diff;
    struct err err = ERR_INIT;
    const struct revision *head;
    struct strbuf words = STRBUF_INIT;

    (void)state;
    assert_int_equal(graph_load(&graph, &no_dirs, &err), 0);
    assert_int_equal(graph_head(&graph, &head, &err), 0);
    make_model(&graph, &actual, head->id,
               (const char *const[]){"ALTER TABLE alarm MODIFY link varchar(999)",
                                     "ALTER TABLE alarm MODIFY state varchar(10) NOT NULL",
                                     "ALTER TABLE alarm_definition DROP INDEX tenant_id",
                                     "ALTER TABLE metric_definition DROP COLUMN region",
                                     "CREATE TABLE vendor (x int)", "DROP TABLE alarm_metric",
                                     NULL});
    assert_true(graph_state(&graph, head, &wanted));
    diff_make(&diff, &actual, &wanted);
    for (size_t i = 0; i < diff.count; i++) {
        diff_item_add_words(&words, &diff.items[i]);
        strbuf_addch(&words, '\n');
    }
    assert_has(words.buf, "different column alarm.link: it is 'varchar(999)', and should be "
                          "'varchar(512)'\n");
    assert_has(words.buf, "missing index alarm_definition (tenant_id): index (tenant_id)\n");
    assert_has(words.buf, "missing column metric_definition.region: varchar(255) not null");
    assert_has(words.buf, "extra table vendor\n");
    assert_has(words.buf, "missing table alarm_metric\n");
    assert_int_equal(diff.count, 6);
    diff_align(&statements, &actual, &wanted, &graph, head);
    assert_true(has_statement(&statements, "MODIFY COLUMN `link` varchar(512)", true));
    assert_true(has_statement(&statements, "MODIFY COLUMN `state` varchar(20)", false));
    assert_true(has_statement(&statements, "DROP TABLE `vendor`", true));
    assert_true(has_statement(&statements, "ADD INDEX `tenant_id` (`tenant_id`)", false));
    assert_true(has_statement(&statements, "CREATE TABLE `alarm_metric`", false));
    for (size_t i = 0; i < statements.count; i++) {
        struct ddl ddl;

        assert_int_equal(ddl_read(&ddl, statements.items[i].text, &actual, &err), 0);
        assert_int_equal(ddl_apply(&ddl, &actual, &err), DDL_EFFECT_APPLIED);
        ddl_release(&ddl);
    }
    diff_release(&diff);
    diff_make(&diff, &actual, &wanted);
    assert_int_equal(diff.count, 0);
    diff_release(&diff);
    diff_statements_release(&statements);
    model_release(&actual);
    model_release(&wanted);
    graph_release(&graph);
    strbuf_release(&words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a route for a schema without drift runs every statement", fresh),
        TEST("a step that another tool left half-done goes on with the rest", half_done),
        TEST("what the record says is done isn't run again, unless the file has changed", recorded),
        TEST("drift that a later step would trip over is told, with file and line", drift),
        TEST("drift that no step touches is no obstacle", harmless_drift),
        TEST("a downgrade knows which tables and columns it loses", losses),
        TEST("from every revision to every other the statements give the state that is built in",
             all_ways),
        TEST("of a statement that took effect in part the rest is run", parts_done),
        TEST("a statement that can't be cut is told where a part of it took effect",
             part_cannot_be_cut),
        TEST("what a later step does must not be there", later_step_done),
        TEST("after a statement that isn't understood nothing is checked, and no loss is claimed",
             not_understood),
        TEST("a statement settles if its effect shows when the step is over", settling),
        TEST("a path that begins elsewhere is a bug", elsewhere),
        TEST("a hand-altered schema is explained, and aligned", aligned),
    };

    return cmocka_run_group_tests_name("schema/run/route", tests, NULL, NULL);
}
