/*
 * Symbols of the graph of revisions: what a symbol means is named by its id too; REV+N is N steps
 * above REV, and on one line with it. The first byte chooses the current revision.
 * tests/fuzz/run builds and runs it.
 */
#include "base/strbuf.h"
#include "fuzz.h"
#include "schema/history/graph.h"

static struct graph graph;

/* The built-in revisions, and two branches on top of one in the middle. */
static void load_once(void)
{
    static const char *const more[] = {
        "-- revision: f69cb3152a7\n-- revises: f69cb3152a76\n-- upgrade\n-- downgrade\n",
        "-- revision: 0x\n-- revises: f69cb3152a7\n-- upgrade\n-- downgrade\n",
    };
    struct strvec no_dirs = STRVEC_INIT;
    struct err err = ERR_INIT;

    if (graph.count)
        return;
    must(graph_load(&graph, &no_dirs, &err) == 0);
    for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
        GROW(graph.items, graph.count, graph.alloc);
        must(revision_parse(&graph.items[graph.count++], "more.sql", more[i], &err) == 0);
    }
}

static long depth(const struct revision *place)
{
    long steps = 0;

    for (; place; place = graph_parent(&graph, place))
        steps++;
    return steps;
}

static void check_place(const char *symbol, const struct revision *current,
                        const struct revision *found)
{
    size_t len = strcspn(symbol, "+-");
    char *word = xmemdupz(symbol, len);
    const struct revision *again, *from = current;
    struct err err = ERR_INIT;

    must(graph_resolve(&graph, graph_name(found), NULL, &again, &err) == 0 && again == found);
    if (len)
        must(graph_resolve(&graph, word, current, &from, &err) == 0);
    must(depth(found) - depth(from) == strtol(symbol + len, NULL, 10));
    must(graph_is_ancestor(&graph, found, from) || graph_is_ancestor(&graph, from, found));
    free(word);
}

static void check_path(const struct revision *from, const struct revision *to)
{
    struct graph_path path;
    struct err err = ERR_INIT;
    long steps = depth(to) - depth(from);

    if (graph_find_path(&path, &graph, from, to, &err) == 0) {
        must((long)path.count == labs(steps) && (path.up ? steps >= 0 : steps < 0));
        for (size_t i = 0; i < path.count; i++) {
            const struct revision *step = path.items[i];
            const struct revision *parent = graph_parent(&graph, step);

            must((path.up ? parent : step) == from);
            from = path.up ? step : parent;
        }
        must(from == to);
        graph_path_release(&path);
    } else {
        must(!graph_is_ancestor(&graph, from, to) && !graph_is_ancestor(&graph, to, from));
    }
    err_release(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct choices choices = {data, size};
    const struct revision *current, *found = NULL;
    struct err err = ERR_INIT;
    unsigned number;
    char *symbol;

    load_once();
    number = choose(&choices, (unsigned)graph.count + 1);
    current = number < graph.count ? &graph.items[number] : NULL;
    symbol = text_of(choices.data, choices.size);
    if (graph_resolve(&graph, symbol, current, &found, &err) == 0) {
        check_place(symbol, current, found);
        check_path(current, found);
    } else {
        must((err.code == ERR_USAGE || err.code == ERR_CONFIG) && err.message);
    }
    err_release(&err);
    free(symbol);
    return 0;
}
