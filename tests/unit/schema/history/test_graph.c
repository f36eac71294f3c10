#include "schema/history/graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../unit.h"
#include "schema/history/detect.h"
#include "schema/history/state.h"

static const struct strvec no_dirs = STRVEC_INIT;

static void load(struct graph *graph)
{
    struct err err = ERR_INIT;

    assert_int_equal(graph_load(graph, &no_dirs, &err), 0);
}

/* A folder with these files; `files` is a list of name, text, ends in NULL. */
static char *folder(const char *const *files)
{
    static char path[] = "/tmp/test_graph.XXXXXX";

    strcpy(path, "/tmp/test_graph.XXXXXX");
    assert_non_null(mkdtemp(path));
    for (; *files; files += 2) {
        struct strbuf name = STRBUF_INIT;
        FILE *file;

        strbuf_addf(&name, "%s/%s", path, files[0]);
        file = fopen(name.buf, "w");
        assert_non_null(file);
        fputs(files[1], file);
        fclose(file);
        strbuf_release(&name);
    }
    return path;
}

static void remove_folder(const char *path, const char *const *files)
{
    for (; *files; files += 2) {
        struct strbuf name = STRBUF_INIT;

        strbuf_addf(&name, "%s/%s", path, files[0]);
        unlink(name.buf);
        strbuf_release(&name);
    }
    rmdir(path);
}

#define REVISION(id, parent, body)                                                                 \
    "-- revision: " id "\n-- revises: " parent "\n-- message: m\n-- upgrade\n" body                \
    "\n-- downgrade\n"

/* Loading these files fails with these words. */
static void assert_fails(const char *const *files, const char *words, const char *more)
{
    struct strvec dirs = STRVEC_INIT;
    struct graph graph;
    struct err err = ERR_INIT;
    char *path = folder(files);

    strvec_push(&dirs, path);
    assert_int_equal(graph_load(&graph, &dirs, &err), -1);
    assert_int_equal(err.code, ERR_CONFIG);
    assert_has(err.message, words);
    assert_has(err.message, more);
    err_release(&err);
    strvec_release(&dirs);
    remove_folder(path, files);
}

static void bad_graphs(void **state)
{
    (void)state;
    assert_fails((const char *const[]){"a.sql", REVISION("aaaa", "nowhere", ""), NULL},
                 "it revises nowhere, and no file has that", "a.sql");
    assert_fails((const char *const[]){"a.sql", REVISION("aaaa", "26083b298bb7", ""), "b.sql",
                                       REVISION("aaaa", "26083b298bb7", ""), NULL},
                 "a.sql", "b.sql");
    assert_fails((const char *const[]){"a.sql", REVISION("aaaa", "bbbb", ""), "b.sql",
                                       REVISION("bbbb", "aaaa", ""), NULL},
                 "cycle", "a.sql");
}

static void bad_files(void **state)
{
    (void)state;
    assert_fails((const char *const[]){"a.sql", REVISION("aaaa", "base", "DROP TABLE x"), NULL},
                 "a.sql:5", "semicolon");
    assert_fails((const char *const[]){"a.sql", REVISION("aaaa", "base", "DROP 'x;"), NULL},
                 "a.sql:5", "isn't closed");
    assert_fails((const char *const[]){"a.sql", REVISION("aaaa", "base", "\nDROP {x};"), NULL},
                 "a.sql:6", "{x}");
    assert_fails(
        (const char *const[]){"a.sql", "-- revises: base\n-- upgrade\n-- downgrade\n", NULL},
        "a.sql:1", "-- revision:");
    assert_fails((const char *const[]){"a.sql", "-- revision: x y\n", NULL}, "a.sql:1", "id");
    assert_fails(
        (const char *const[]){"a.sql", "-- revision: a\n-- revises: b\nDROP TABLE x;\n", NULL},
        "a.sql:3", "before the line");
    assert_fails((const char *const[]){"a.sql", "-- revision: a\n-- revises: b, c\n", NULL},
                 "a.sql:2", "not several");
    assert_fails((const char *const[]){"a.sql", "-- revision: a\n-- revises:\n-- upgrade\n", NULL},
                 "a.sql:1", "-- downgrade");
}

static void several_heads(void **state)
{
    static const char *const files[] = {"x.sql", REVISION("xxxx", "f69cb3152a76", ""), NULL};
    struct strvec dirs = STRVEC_INIT;
    struct graph graph;
    struct err err = ERR_INIT;
    const struct revision *head;
    char *path = folder(files);

    (void)state;
    strvec_push(&dirs, path);
    assert_int_equal(graph_load(&graph, &dirs, &err), 0);
    assert_int_equal(graph_head(&graph, &head, &err), -1);
    assert_has(err.message, "x.sql");
    assert_has(err.message, "built-in 26083b298bb7.sql");
    err_release(&err);
    graph_release(&graph);
    strvec_release(&dirs);
    remove_folder(path, files);
}

static void assert_resolves(const struct graph *graph, const char *symbol, const char *current,
                            const char *wanted)
{
    const struct revision *found;
    struct err err = ERR_INIT;

    if (graph_resolve(graph, symbol, current ? graph_find(graph, current) : NULL, &found, &err) < 0)
        fail_msg("%s: %s", symbol, err.message);
    assert_string_equal(graph_name(found), wanted);
}

static void symbols(void **state)
{
    struct graph graph;

    (void)state;
    load(&graph);
    assert_resolves(&graph, "head", NULL, "26083b298bb7");
    assert_resolves(&graph, "heads", NULL, "26083b298bb7");
    assert_resolves(&graph, "base", "26083b298bb7", "base");
    assert_resolves(&graph, "8", NULL, "8781a256f0c1");
    assert_resolves(&graph, "6b2b88f3cab4", NULL, "6b2b88f3cab4");
    assert_resolves(&graph, "+1", NULL, "00597b5c8325");
    assert_resolves(&graph, "+2", "8781a256f0c1", "26083b298bb7");
    assert_resolves(&graph, "-1", "00597b5c8325", "base");
    assert_resolves(&graph, "6b2b+2", NULL, "8781a256f0c1");
    assert_resolves(&graph, "head-2", NULL, "8781a256f0c1");
    assert_resolves(&graph, "base+1", NULL, "00597b5c8325");
    graph_release(&graph);
}

static void assert_path(const struct graph *graph, const char *from, const char *to,
                        const char *wanted)
{
    struct strbuf text = STRBUF_INIT;
    struct graph_path path;
    struct err err = ERR_INIT;

    assert_int_equal(graph_find_path(&path, graph, from ? graph_find(graph, from) : NULL,
                                     to ? graph_find(graph, to) : NULL, &err),
                     0);
    strbuf_addstr(&text, path.up ? "up" : "down");
    for (size_t i = 0; i < path.count; i++)
        strbuf_addf(&text, " %s", path.items[i]->id);
    assert_string_equal(text.buf, wanted);
    strbuf_release(&text);
    graph_path_release(&path);
}

static void paths(void **state)
{
    struct graph graph;

    (void)state;
    load(&graph);
    assert_path(&graph, NULL, "0cce983d957a", "up 00597b5c8325 0cce983d957a");
    assert_path(&graph, "00597b5c8325", "c2f85438d6f3", "up 0cce983d957a c2f85438d6f3");
    assert_path(&graph, "c2f85438d6f3", "00597b5c8325", "down c2f85438d6f3 0cce983d957a");
    assert_path(&graph, "00597b5c8325", NULL, "down 00597b5c8325");
    assert_path(&graph, "0cce983d957a", "0cce983d957a", "up");
    graph_release(&graph);
}

/* A folder that stands beside the built-in revisions: a branch, and a copy that was changed. */
static void branches(void **state)
{
    static const char *const files[] = {"x.sql", REVISION("xxxx", "f69cb3152a76", ""), NULL};
    static const char *const changed[] = {"x.sql", REVISION("f69cb3152a76", "8781a256f0c1", ""),
                                          NULL};
    struct strvec dirs = STRVEC_INIT;
    struct graph graph;
    struct graph_path path;
    struct err err = ERR_INIT;
    const struct revision *found;
    char *dir = folder(files);

    (void)state;
    strvec_push(&dirs, dir);
    assert_int_equal(graph_load(&graph, &dirs, &err), 0);
    assert_int_equal(graph_resolve(&graph, "+1", graph_find(&graph, "f69cb3152a76"), &found, &err),
                     -1);
    assert_has(err.message, "branches");
    err_release(&err);
    assert_int_equal(graph_find_path(&path, &graph, graph_find(&graph, "xxxx"),
                                     graph_find(&graph, "26083b298bb7"), &err),
                     -1);
    assert_has(err.message, "two branches");
    err_release(&err);
    graph_release(&graph);
    strvec_release(&dirs);
    remove_folder(dir, files);
    assert_fails(changed, "f69cb3152a76 stands in two files", "x.sql");
}

static void bad_symbols(void **state)
{
    static const struct {
        const char *symbol, *words;
    } cases[] = {
        {"0", "may be any of 00597b5c8325, 0cce983d957a"},
        {"zzz", "there is no revision 'zzz'"},
        {"+1", "above"},
        {"head-10", "below"},
        {"", "empty"},
        {"a+b", "is no revision"},
        {"+", "is no revision"},
    };
    struct graph graph;

    (void)state;
    load(&graph);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct revision *found;
        struct err err = ERR_INIT;

        assert_int_equal(graph_resolve(&graph, cases[i].symbol, graph_find(&graph, "26083b298bb7"),
                                       &found, &err),
                         -1);
        assert_int_equal(err.code, ERR_USAGE);
        assert_has(err.message, cases[i].words);
        err_release(&err);
    }
    graph_release(&graph);
}

static void built_in_states(void **state)
{
    struct graph graph;

    (void)state;
    load(&graph);
    assert_int_equal(graph.count, 9);
    for (size_t i = 0; i < graph.count; i++) {
        struct strvec files = STRVEC_INIT, lines = STRVEC_INIT;
        struct model model;

        assert_true(state_lines(&files, &graph, &graph.items[i]));
        assert_true(graph_state(&graph, &graph.items[i], &model));
        model_lines(&lines, &model);
        if (state_distance(&files, &lines))
            fail_msg("the statements up to %s don't make its state", graph.items[i].id);
        model_release(&model);
        strvec_release(&files);
        strvec_release(&lines);
    }
    graph_release(&graph);
}

/* What is detected for the state at `id`, changed by dropping a table (NULL: not). */
static void assert_detected(const char *id, const char *dropped, const char *wanted, bool exact)
{
    struct detection detection;
    struct graph graph;
    struct model model;

    load(&graph);
    assert_true(graph_state(&graph, graph_find(&graph, id), &model));
    if (dropped)
        model_drop_table(&model, dropped);
    detect_revision(&detection, &graph, &model);
    assert_int_equal(detection.exact, exact);
    assert_string_equal(detection.revision->id, wanted);
    detection_release(&detection);
    model_release(&model);
    graph_release(&graph);
}

static void detection_rules(void **state)
{
    (void)state;
    assert_detected("00597b5c8325", NULL, "00597b5c8325", true);
    assert_detected("8781a256f0c1", NULL, "8781a256f0c1", true);
    assert_detected("d8b801498850", NULL, "f69cb3152a76", true);
    assert_detected("26083b298bb7", NULL, "f69cb3152a76", true);
    assert_detected("c2f85438d6f3", "event_transform", "c2f85438d6f3", false);
    /* As near to 6b2b88f3cab4 without a table as to d8b801498850 without a column and its keys. */
    assert_detected("30181b42434b", "stream_actions_action_type", "f69cb3152a76", false);
}

static void known_fork(void **state)
{
    struct detection detection;
    struct graph graph;
    struct model model;

    (void)state;
    load(&graph);
    graph_state(&graph, graph_find(&graph, "30181b42434b"), &model);
    model_drop_table(&model, "stream_actions_action_type");
    detect_revision(&detection, &graph, &model);
    assert_non_null(detection.fork);
    assert_string_equal(detection.fork->name, "d8b80149");
    assert_int_equal(detection.distance, 3);
    detection_release(&detection);
    model_release(&model);
    graph_release(&graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a missing parent, an id twice and a cycle are errors that name the files",
             bad_graphs),
        TEST("a file that doesn't parse is an error with file and line", bad_files),
        TEST("several heads are an error that names the files, where one is asked for",
             several_heads),
        TEST("all symbols of Alembic lead where they should", symbols),
        TEST("a path is up or down, in the order of its steps", paths),
        TEST("where revisions branch, no symbol or path leads across, nor may one be two things",
             branches),
        TEST("a symbol that leads nowhere says why, an ambiguous one its candidates", bad_symbols),
        TEST("the statements of the revisions make the states that are built in", built_in_states),
        TEST("ties go to the latest that a script could have made, distances to the nearest",
             detection_rules),
        TEST("the fork d8b80149 is known", known_fork),
    };

    return cmocka_run_group_tests_name("schema/history/graph", tests, NULL, NULL);
}
