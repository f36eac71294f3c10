#include "tenants/run/victoria_compare.h"

#include <stdlib.h>
#include <string.h>

#include "../../unit.h"
#include "influx/reply.h"

#define MS INT64_C(1000000)

static struct victoria_server server = {.label = (char *)"db", .separator = (char *)"_"};

/* Counts */

static void count_source(struct victoria_counts *counts, const char *json)
{
    json_t *document = json_loads(json, 0, NULL);
    struct influx_series series = {.name = "cpu",
                                   .columns = json_object_get(document, "columns"),
                                   .values = json_object_get(document, "values")};
    struct err err = ERR_INIT;

    assert_int_equal(victoria_count_source(counts, &series, &err), 0);
    json_decref(document);
}

static void count_target(struct victoria_counts *counts, const char *json)
{
    json_t *document = json_loads(json, JSON_DECODE_INT_AS_REAL, NULL);
    struct export_line line = {.labels = json_object_get(document, "metric"),
                               .values = json_object_get(document, "values"),
                               .timestamps = json_object_get(document, "timestamps")};
    struct err err = ERR_INIT;

    line.count = json_array_size(line.values);
    assert_int_equal(victoria_count_target(counts, &line, &err), 0);
    json_decref(document);
}

static void counts_of_numbers(void **state)
{
    struct strvec strings = STRVEC_INIT, numbers = STRVEC_INIT;
    struct victoria_counts counts = {.server = &server, .strings = &strings, .numbers = &numbers};
    int64_t missing;

    (void)state;
    strvec_push(&strings, "value_meta");
    strvec_push(&numbers, "value");
    count_source(
        &counts,
        "{\"columns\":[\"time\",\"count_value\",\"count_value_meta\"],\"values\":[[0,5,5]]}");
    assert_false(counts.uncertain);
    /* A value that is twice in a millisecond counts once; another value there counts, too. */
    count_target(
        &counts,
        "{\"metric\":{\"__name__\":\"cpu_value\"},\"values\":[1,1,2,1],\"timestamps\":[5,5,5,6]}");
    count_target(
        &counts,
        "{\"metric\":{\"__name__\":\"mem_value\"},\"values\":[1,2,3],\"timestamps\":[5,6,7]}");
    assert_int_equal(victoria_counts_compare(&counts, &missing), 5);
    assert_int_equal(missing, 2);
    count_target(&counts, "{\"metric\":{\"__name__\":\"cpu_value\",\"h\":\"1\"},\"values\":[1,1],"
                          "\"timestamps\":[5,6]}");
    victoria_counts_compare(&counts, &missing);
    assert_int_equal(missing, 0);
    victoria_counts_restart(&counts);
    victoria_counts_compare(&counts, &missing);
    assert_int_equal(missing, 5);
    strvec_push(&numbers, "value_meta");
    count_source(&counts, "{\"columns\":[\"time\",\"count_value_meta\"],\"values\":[[0,5]]}");
    assert_true(counts.uncertain);
    victoria_counts_release(&counts);
    strvec_release(&strings);
    strvec_release(&numbers);
}

static void count_many(struct victoria_counts *counts, size_t rows, int64_t first_ms)
{
    struct strbuf text = STRBUF_INIT;

    strbuf_addstr(&text, "{\"metric\":{\"__name__\":\"cpu_value\"},\"values\":[");
    for (size_t i = 0; i < rows; i++)
        strbuf_addf(&text, "%s1", i ? "," : "");
    strbuf_addstr(&text, "],\"timestamps\":[");
    for (size_t i = 0; i < rows; i++)
        strbuf_addf(&text, "%s%lld", i ? "," : "", (long long)(first_ms + (int64_t)i));
    strbuf_addstr(&text, "]}");
    count_target(counts, text.buf);
    strbuf_release(&text);
}

static void lines_that_go_on(void **state)
{
    struct strvec strings = STRVEC_INIT, numbers = STRVEC_INIT;
    struct victoria_counts counts = {.server = &server, .strings = &strings, .numbers = &numbers};

    (void)state;
    strvec_push(&numbers, "value");
    count_source(&counts, "{\"columns\":[\"time\",\"count_value\"],\"values\":[[0,1]]}");
    count_many(&counts, EXPORT_LINE_ROWS, 1000);
    /* The first row repeats the last row of the line before. */
    count_many(&counts, 5, 1000 + EXPORT_LINE_ROWS - 1);
    assert_int_equal(counts.items[0].target, EXPORT_LINE_ROWS + 4);
    victoria_counts_release(&counts);
    strvec_release(&numbers);
}

/* Values */

static void keep(struct victoria_values *values, int64_t time_ns, double number)
{
    const struct points_tag tag = {{"h", 1}, {"x", 1}};
    const struct points_text columns[] = {{"time", 4}, {"value", 5}};
    const struct points_series series = {{"cpu", 3}, &tag, 1, columns, 2};
    struct msgpack_value row[2] = {{.type = MSGPACK_INT}, {.type = MSGPACK_FLOAT}};
    struct err err = ERR_INIT;

    row[0].as.integer = time_ns;
    row[1].as.real = number;
    assert_int_equal(victoria_keep(values, &series, true, row, &err), 0);
}

static void take(struct victoria_values *values, const char *labels, double time_ms, double number)
{
    json_t *metric = json_loads(labels, 0, NULL);
    json_t *numbers = json_pack("[f]", number), *times = json_pack("[f]", time_ms);
    struct export_line line = {metric, numbers, times, 1};
    struct err err = ERR_INIT;

    assert_int_equal(victoria_take(values, &line, &err), 0);
    json_decref(metric);
    json_decref(numbers);
    json_decref(times);
}

static const char labels[] = "{\"__name__\":\"cpu_value\",\"h\":\"x\",\"db\":\"mon_a\"}";

static void values_that_are_there(void **state)
{
    struct victoria_values values = {.server = &server, .database = "mon_a"};

    (void)state;
    for (int64_t i = 0; i < 3000; i++)
        keep(&values, (1000 + i) * MS + 999, 0.1 + (double)i);
    keep(&values, 1000 * MS, 0.1); /* the same value in the same millisecond */
    keep(&values, 1000 * MS, 7);   /* another value there */
    assert_int_equal(values.missing, 3001);
    for (int64_t i = 0; i < 3000; i++)
        take(&values, labels, (double)(1000 + i), 0.1 + (double)i + 1e-12);
    assert_int_equal(values.missing, 1);
    take(&values, labels, 1000, 7);
    take(&values, labels, 1000, 7);
    assert_int_equal(values.missing, 0);
    assert_int_equal(values.conflicts, 0);
    take(&values, labels, 99, 7); /* a time at which the source has nothing */
    assert_int_equal(values.conflicts, 0);
    victoria_values_release(&values);
}

static void values_of_others(void **state)
{
    struct victoria_values values = {.server = &server, .database = "mon_a"};

    (void)state;
    keep(&values, 1000 * MS, 7);
    take(&values, "{\"__name__\":\"cpu_value\",\"h\":\"x\",\"db\":\"mon_b\"}", 1000, 7);
    take(&values, "{\"__name__\":\"cpu_value\",\"h\":\"y\",\"db\":\"mon_a\"}", 1000, 7);
    take(&values, "{\"__name__\":\"cpu_n\",\"h\":\"x\",\"db\":\"mon_a\"}", 1000, 7);
    take(&values, labels, 1001, 7);
    assert_int_equal(values.missing, 1);
    assert_int_equal(values.conflicts, 0);
    take(&values, labels, 1000, 7.1);
    assert_int_equal(values.missing, 1);
    assert_int_equal(values.conflicts, 1);
    /* No point can have these times. */
    take(&values, labels, 1e300, 7);
    take(&values, labels, -1e13, 7);
    assert_int_equal(values.missing, 1);
    assert_int_equal(values.conflicts, 1);
    victoria_values_release(&values);
}

static void one_of_several(void **state)
{
    struct victoria_server one = server;
    struct victoria_values values = {.server = &one, .database = "mon_a"};

    (void)state;
    one.deduplicates = true;
    keep(&values, 1000 * MS, 1);
    keep(&values, 1000 * MS + 5, 2);
    take(&values, labels, 1000, 3);
    assert_int_equal(values.missing, 2);
    take(&values, labels, 1000, 2);
    assert_int_equal(values.missing, 0);
    victoria_values_release(&values);
}

static void name(struct victoria_values *values, int64_t time_ns, double number)
{
    const struct points_tag tag = {{"h", 1}, {"x", 1}};
    const struct points_text columns[] = {{"time", 4}, {"value", 5}};
    const struct points_series series = {{"cpu", 3}, &tag, 1, columns, 2};
    struct msgpack_value row[2] = {{.type = MSGPACK_INT}, {.type = MSGPACK_FLOAT}};
    struct err err = ERR_INIT;

    row[0].as.integer = time_ns;
    row[1].as.real = number;
    assert_int_equal(victoria_name(values, &series, true, row, &err), 0);
}

static void missing_or_different(void **state)
{
    struct difference found = DIFFERENCE_INIT;
    struct victoria_values values = {.server = &server, .database = "mon_a", .found = &found};

    (void)state;
    keep(&values, 1000 * MS, 1); /* missing */
    keep(&values, 2000 * MS, 2); /* another one in its place */
    keep(&values, 3000 * MS, 3); /* another one beside it */
    keep(&values, 4000 * MS, 4); /* two others in its place */
    keep(&values, 5000 * MS, 5); /* two in a millisecond, of which one is there, */
    keep(&values, 5000 * MS + 1, 6);
    keep(&values, 6000 * MS, 7); /* whole */
    take(&values, labels, 2000, 22);
    take(&values, labels, 3000, 3);
    take(&values, labels, 3000, 33);
    take(&values, labels, 4000, 44);
    take(&values, labels, 4000, 45);
    take(&values, labels, 5000, 6);
    take(&values, labels, 5000, 55); /* and another one */
    take(&values, labels, 6000, 7);
    /* To settle it twice does no harm: the source is read again where its reply broke off. */
    for (int i = 0; i < 2; i++) {
        victoria_settle(&values, &found);
        assert_int_equal(found.missing, 1);
        assert_int_equal(found.different, 4);
        assert_int_equal(found.extra, 1);
    }
    for (int64_t i = 1; i <= 5; i++)
        name(&values, i * 1000 * MS, (double)i);
    name(&values, 6000 * MS, 7);
    assert_int_equal(found.first_missing.nr, 1);
    assert_string_equal(found.first_missing.v[0], "cpu,h=x value=1 at 1970-01-01T00:00:01Z");
    assert_int_equal(found.pair_count, 4);
    assert_string_equal(found.first_different[0].point, "cpu,h=x value at 1970-01-01T00:00:02Z");
    assert_string_equal(found.first_different[0].source, "2");
    assert_string_equal(found.first_different[0].target, "22");
    assert_string_equal(found.first_different[1].target, "3 and 33");
    assert_string_equal(found.first_different[2].target, "44");
    assert_string_equal(found.first_different[3].source, "5");
    assert_string_equal(found.first_different[3].target, "55");
    victoria_values_release(&values);
    difference_release(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("numbers are counted, each value once in a millisecond", counts_of_numbers),
        TEST("rows that a line repeats from the line before aren't counted", lines_that_go_on),
        TEST("values that are nearly there are there", values_that_are_there),
        TEST("values of other series and times aren't there, and another value is a conflict",
             values_of_others),
        TEST("what is missing and what is different are counted and named", missing_or_different),
        TEST("a server that deduplicates has one of several values", one_of_several),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
