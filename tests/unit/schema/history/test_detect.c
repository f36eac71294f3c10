#include "schema/history/detect.h"

#include <stdlib.h>
#include <string.h>

#include "../../unit.h"
#include "schema/shape/ddl.h"

static const struct strvec no_dirs = STRVEC_INIT;

struct attempt {
    struct graph graph;
    struct model actual;
    struct detection found;
};

/* Detects the state at `id` after `statement`, which may be NULL. */
static void detect(struct attempt *a, const char *id, const char *statement)
{
    struct err err = ERR_INIT;
    struct ddl ddl;

    *a = (struct attempt){.actual = MODEL_INIT};
    assert_int_equal(graph_load(&a->graph, &no_dirs, &err), 0);
    if (id)
        assert_true(graph_state(&a->graph, graph_find(&a->graph, id), &a->actual));
    if (statement) {
        ddl_parse(&ddl, statement);
        assert_int_equal(ddl_apply(&ddl, &a->actual, &err), DDL_EFFECT_APPLIED);
        ddl_release(&ddl);
    }
    detect_revision(&a->found, &a->graph, &a->actual);
}

static void end(struct attempt *a)
{
    detection_release(&a->found);
    model_release(&a->actual);
    graph_release(&a->graph);
}

static void nothing(void **state)
{
    struct attempt a;

    (void)state;
    detect(&a, NULL, NULL);
    assert_true(a.found.empty);
    assert_false(a.found.exact);
    assert_null(a.found.revision);
    assert_int_equal(a.found.same_count, 0);
    end(&a);
}

/* Of one shape, the latest that a script made is meant. */
static void each_revision(void **state)
{
    struct err err = ERR_INIT;
    struct graph graph;

    (void)state;
    assert_int_equal(graph_load(&graph, &no_dirs, &err), 0);
    for (size_t i = 0; i < graph.count; i++) {
        struct attempt a;
        bool is_among = false, any_script = false;

        detect(&a, graph.items[i].id, NULL);
        assert_true(a.found.exact && !a.found.empty && !a.found.fork);
        assert_int_equal(a.found.distance, 0);
        for (size_t k = 0; k < a.found.same_count; k++) {
            is_among |= strcmp(a.found.same[k]->id, graph.items[i].id) == 0;
            any_script |= a.found.same[k]->script != NULL;
        }
        assert_true(is_among);
        assert_true(!any_script || a.found.revision->script);
        for (size_t k = a.found.same_count; k-- > 0 && a.found.same[k] != a.found.revision;)
            assert_true(any_script && !a.found.same[k]->script);
        end(&a);
    }
    graph_release(&graph);
}

static void nearest(void **state)
{
    struct attempt a;

    (void)state;
    detect(&a, "0cce983d957a", "ALTER TABLE alarm ADD COLUMN mine int");
    assert_false(a.found.exact || a.found.empty);
    assert_int_equal(a.found.distance, 1);
    assert_string_equal(a.found.revision->id, "0cce983d957a");
    assert_null(a.found.fork);
    end(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a database without tables has no revision", nothing),
        TEST("the state of each revision is detected, as the latest that a script made",
             each_revision),
        TEST("a shape that none has is near to one, and not exact", nearest),
    };

    return cmocka_run_group_tests_name("schema/history/detect", tests, NULL, NULL);
}
