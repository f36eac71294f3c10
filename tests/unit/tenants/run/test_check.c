#include "tenants/run/check.h"

#include <stdlib.h>
#include <string.h>

#include "../../unit.h"
#include "base/strbuf.h"

/* Counts one measurement. `json` is as in a reply: {"columns":["time","count_f"],"values":[[0,3]]}.
 */
static void count(struct check *check, bool source, const char *measurement, const char *json)
{
    json_t *document = json_loads(json, 0, NULL);
    struct influx_series series = {.name = measurement,
                                   .columns = json_object_get(document, "columns"),
                                   .values = json_object_get(document, "values")};
    struct err err = ERR_INIT;

    assert_non_null(document);
    assert_int_equal((source ? check_read_source : check_read_target)(check, &series, &err), 0);
    json_decref(document);
}

#define COUNTS(a, b)                                                                               \
    "{\"columns\":[\"time\",\"count_a\",\"count_b\",\"x\"],\"values\":[[0," #a "," #b ",9]]}"

static void add_difference(void *context, const char *measurement, const char *field,
                           int64_t source, int64_t target)
{
    strbuf_addf(context, "<%s %s %lld %lld>", measurement, field, (long long)source,
                (long long)target);
}

static void assert_compared(const struct check *check, int64_t source, int64_t target,
                            int64_t missing, size_t differing, const char *differences)
{
    struct check_result result = check_compare(check);
    struct strbuf text = STRBUF_INIT;

    assert_int_equal(result.source, source);
    assert_int_equal(result.target, target);
    assert_int_equal(result.missing, missing);
    assert_int_equal(result.differing, differing);
    strbuf_addstr(&text, "");
    check_each_difference(check, add_difference, &text);
    assert_string_equal(text.len ? text.buf : "", differences);
    strbuf_release(&text);
}

static void comparing(void **state)
{
    struct check check = CHECK_INIT;

    (void)state;
    assert_compared(&check, 0, 0, 0, 0, "");
    count(&check, true, "cpu", COUNTS(5, 3));
    count(&check, true, "cpu", COUNTS(1, null));
    count(&check, true, "mem x", COUNTS(2, 0));
    assert_compared(&check, 11, 0, 11, 3, "<cpu a 6 0><cpu b 3 0><mem x a 2 0>");
    count(&check, false, "cpu", COUNTS(6, 2));
    /* Too many values of one field make up for no lack of another. */
    count(&check, false, "mem x", COUNTS(7, 4));
    assert_compared(&check, 11, 19, 1, 1, "<cpu b 3 2>");
    check_excuse(&check, "cpu", "b");
    assert_compared(&check, 10, 19, 0, 0, "");
    check_reset(&check);
    assert_compared(&check, 0, 0, 0, 0, "");
    check_release(&check);
}

#define SUMS(count, sum)                                                                           \
    "{\"columns\":[\"time\",\"count_v\",\"count_text\",\"sum_v\"],\"values\":[[0," #count          \
    ",1," #sum "]]}"
#define TEXTS "{\"columns\":[\"time\",\"count_text\"],\"values\":[[0,1]]}"

static void assert_agree(const char *source, const char *target, bool agree)
{
    struct check check = CHECK_INIT;

    count(&check, true, "cpu", source);
    count(&check, false, "cpu", target);
    assert_int_equal(check_sums_agree(&check), agree);
    check_release(&check);
}

static void sums(void **state)
{
    struct check check = CHECK_INIT;

    (void)state;
    assert_agree(SUMS(3, 7.5), SUMS(3, 7.5), true);
    assert_agree(SUMS(3, 7.5), SUMS(3, 7.25), false);
    assert_agree(SUMS(3, -7.5), SUMS(3, 7.5), false);
    assert_agree(SUMS(3, 0), SUMS(3, 0.5), false);
    assert_agree(SUMS(3, -7), SUMS(3, -7), true);
    /* Added in another order. */
    assert_agree(SUMS(3, 0.6), SUMS(3, 0.6000000000000001), true);
    /* The target has the field as text. */
    assert_agree(SUMS(3, 7.5), TEXTS, false);
    /* Texts alone prove nothing, also beside another measurement. */
    assert_agree(TEXTS, TEXTS, false);
    count(&check, true, "cpu", SUMS(3, 7.5));
    count(&check, true, "cp", TEXTS);
    assert_false(check_sums_agree(&check));
    check_release(&check);
}

static void names_apart(void **state)
{
    struct check check = CHECK_INIT;

    (void)state;
    /* Measurement "a b" with field "c" isn't measurement "a" with field "b c". */
    count(&check, true, "a b", "{\"columns\":[\"count_c\"],\"values\":[[4]]}");
    count(&check, false, "a", "{\"columns\":[\"count_b c\"],\"values\":[[4]]}");
    assert_compared(&check, 4, 4, 4, 1, "<a b c 4 0>");
    check_release(&check);
}

static void assert_whole(const char *cpu, const char *mem, size_t fields, int64_t written,
                         bool whole)
{
    struct check check = CHECK_INIT;

    count(&check, false, "cpu", cpu);
    count(&check, false, "mem", mem);
    assert_int_equal(check_is_whole(&check, fields, written), whole);
    check_release(&check);
}

static void whole(void **state)
{
    (void)state;
    assert_whole(COUNTS(5, 5), COUNTS(2, 2), 2, 7, true);
    assert_whole(COUNTS(5, 5), COUNTS(2, 2), 2, 8, false);
    /* The target has more points than the copy read, which may hide a lack: no proof. */
    assert_whole(COUNTS(5, 5), COUNTS(2, 2), 2, 6, false);
    /* Some points lack a field. */
    assert_whole(COUNTS(5, 5), COUNTS(2, 1), 2, 7, false);
    assert_whole(COUNTS(4, 5), COUNTS(2, 2), 2, 7, false);
    /* All points of a measurement lack a field, or have one more. */
    assert_whole(COUNTS(5, 5), COUNTS(2, 0), 2, 7, false);
    assert_whole(COUNTS(5, 5), COUNTS(2, 2), 1, 7, false);
    assert_whole(COUNTS(5, 0), COUNTS(2, 0), 1, 7, true);
    assert_whole(COUNTS(0, 0), COUNTS(0, 0), 2, 0, true);
    assert_whole(COUNTS(0, 0), COUNTS(0, 0), 2, 1, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("what the target lacks is told by measurement and field", comparing),
        TEST("equal sums prove, texts do not", sums),
        TEST("no measurement and field are taken for others", names_apart),
        TEST("a target is whole where each point that was written has all fields", whole),
    };

    return cmocka_run_group_tests_name("tenants/check", tests, NULL, NULL);
}
