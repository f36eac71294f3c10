#include "tenants/plan/kind.h"

#include "../../unit.h"

/* A letter for each kind, in the order of the enum: plan, copy, first, late, quick, quickest,
 * verify, repair, check. */
#define KINDS "pcflqtvrk"

/* A kind of which the fact doesn't hold is a dot in `expected`. */
static void assert_holds(bool (*fact)(enum delta_kind kind), const char *expected)
{
    char found[] = KINDS;

    for (int kind = DELTA_PLAN; kind <= DELTA_CHECK; kind++)
        if (!fact((enum delta_kind)kind))
            found[kind] = '.';
    assert_string_equal(found, expected);
}

static void compares(void **state)
{
    (void)state;
    assert_holds(delta_compares, "......vrk");
}

static void reads(void **state)
{
    (void)state;
    assert_holds(delta_only_reads, "p.....v.k");
    assert_holds(delta_asks_servers_alone, "........k");
}

static void follows(void **state)
{
    (void)state;
    assert_holds(delta_is_followed, "..flqt...");
    assert_holds(delta_is_brief, "...lqt...");
    assert_holds(delta_leaves_out_failed, ".....t...");
}

static void looks_back(void **state)
{
    (void)state;
    assert_holds(delta_looks_back, "pcfl.....");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("verify, its repair and check compare, and nothing else does", compares),
        TEST("plan, verify and check only read, and check asks the servers alone", reads),
        TEST("deltas of --follow are followed, and all but the first are brief", follows),
        TEST("late points are looked for by plan and run, and now and then by --follow",
             looks_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
