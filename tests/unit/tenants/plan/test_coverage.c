#include "tenants/plan/coverage.h"

#include <stdlib.h>
#include <string.h>

#include "../../unit.h"
#include "base/strbuf.h"

static void finds_rows(void **state)
{
    struct coverage coverage = {0};

    (void)state;
    assert_null(coverage_find(&coverage, "t"));
    for (int i = 0; i < 100; i++) {
        struct strbuf tenant = STRBUF_INIT;

        strbuf_addf(&tenant, "t%d", i);
        range_list_add(&coverage_row(&coverage, tenant.buf, 0, "p", "d")->ranges,
                       (struct range){i, i + 1});
        range_list_add(&coverage_row(&coverage, tenant.buf, 1, "p", "d")->ranges,
                       (struct range){0, 1000});
        strbuf_release(&tenant);
    }
    range_list_add(&coverage_row(&coverage, "t7", 0, "p", "d")->ranges, (struct range){8, 9});
    assert_int_equal(coverage.tenants.count, 100);
    assert_int_equal(coverage_find(&coverage, "t7")->count, 2);
    assert_int_equal(coverage_find(&coverage, "t7")->rows[0].ranges.count, 1);
    assert_int_equal(coverage_find(&coverage, "t7")->rows[0].ranges.items[0].end_ns, 9);
    assert_null(coverage_find(&coverage, "t"));
    coverage_release(&coverage);
    coverage_release(&coverage);
}

static void keys(void **state)
{
    struct coverage coverage = {0};
    const struct coverage_tenant *rows;

    (void)state;
    coverage_row(&coverage, "t", 0, "p", "d");
    coverage_row(&coverage, "t", 1, "p", "d");
    coverage_row(&coverage, "t", 0, "q", "d");
    coverage_row(&coverage, "t", 0, "p", "e");
    coverage_row(&coverage, "t", 0, "q", "d");
    rows = coverage_find(&coverage, "t");
    assert_int_equal(rows->count, 4);
    assert_string_equal(rows->rows[2].source_policy, "q");
    assert_string_equal(rows->rows[3].target, "e");
    coverage_release(&coverage);
}

static void takes_out(void **state)
{
    struct coverage coverage = {0};
    const struct coverage_tenant *rows;

    (void)state;
    range_list_add(&coverage_row(&coverage, "t", 0, "p", "d")->ranges, (struct range){0, 10});
    range_list_add(&coverage_row(&coverage, "t", 1, "p", "d")->ranges, (struct range){0, 10});
    range_list_add(&coverage_row(&coverage, "t", 1, "q", "d")->ranges, (struct range){0, 10});
    range_list_add(&coverage_row(&coverage, "t", 0, "p", "e")->ranges, (struct range){0, 10});
    range_list_add(&coverage_row(&coverage, "u", 0, "p", "d")->ranges, (struct range){0, 10});
    coverage_take_out(&coverage, "nobody", "p", "d", (struct range){0, 10});
    coverage_take_out(&coverage, "t", "p", "d", (struct range){5, 20});
    rows = coverage_find(&coverage, "t");
    assert_int_equal(rows->rows[0].ranges.items[0].end_ns, 5);
    assert_int_equal(rows->rows[1].ranges.items[0].end_ns, 5);
    /* The rows of another policy, and of another target, stay as they are. */
    assert_int_equal(rows->rows[2].ranges.items[0].end_ns, 10);
    assert_int_equal(rows->rows[3].ranges.items[0].end_ns, 10);
    assert_int_equal(coverage_find(&coverage, "u")->rows[0].ranges.items[0].end_ns, 10);
    coverage_release(&coverage);
}

static void finds_landings(void **state)
{
    struct coverage coverage = {0};
    const struct coverage_tenant *rows;

    (void)state;
    coverage_add_landing(&coverage, "t", "p", "d", "autogen");
    coverage_add_landing(&coverage, "t", "q", "d", "q");
    rows = coverage_find(&coverage, "t");
    assert_string_equal(coverage_find_landing(rows, "p", "d"), "autogen");
    assert_string_equal(coverage_find_landing(rows, "q", "d"), "q");
    assert_null(coverage_find_landing(rows, "q", "e"));
    assert_null(coverage_find_landing(NULL, "q", "d"));
    coverage_release(&coverage);
}

static char *tags_text(const char *list, char separator)
{
    struct strvec tags = STRVEC_INIT;
    char *text;

    strvec_split(&tags, list, separator);
    text = coverage_tags_text(&tags);
    strvec_release(&tags);
    return text;
}

static void tags(void **state)
{
    struct strvec no_tags = STRVEC_INIT;
    char *two = tags_text("_tenant_id,a", ','), *one = tags_text("_tenant_id;1:a", ','),
         *none = coverage_tags_text(&no_tags), *swapped = tags_text("a,_tenant_id", ',');

    (void)state;
    assert_string_equal(two, "10:_tenant_id;1:a;");
    assert_string_equal(none, "");
    assert_string_not_equal(two, one);
    assert_string_not_equal(two, swapped);
    free(two);
    free(one);
    free(none);
    free(swapped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a row is found again by its key, among many tenants", finds_rows),
        TEST("the set, the policy and the database each make a row of its own", keys),
        TEST("what a target lost is taken out of all its rows, and of no other's", takes_out),
        TEST("a landing is found by the policy of the source and the target", finds_landings),
        TEST("two lists of tags never have one text", tags),
    };

    return cmocka_run_group_tests_name("tenants/coverage", tests, NULL, NULL);
}
