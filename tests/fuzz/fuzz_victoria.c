/*
 * A copy in VictoriaMetrics, as it exports it: of points that the input chooses, a whole copy lacks
 * nothing, also where points were written twice or the server keeps one value of a millisecond; counts
 * that are equal prove it, and a copy that lacks a value is found by both. tests/fuzz/run builds and
 * runs it.
 */
#include <inttypes.h>

#include "fuzz.h"
#include "influx/export.h"
#include "tenants/run/victoria_compare.h"

static struct victoria_server server = {.label = (char *)"db", .separator = (char *)"_"};

enum { SERIES = 4, FIELDS = 2, ROWS = 6 };

/* Where a value of the source is. */
struct point {
    unsigned series, field;
    int64_t time_ns;
    double number;
    bool copied; /* is it in the target? */
};

struct points {
    struct point items[64];
    size_t count;
};

static const struct points_text field_names[] = {{"v", 1}, {"v_\"w", 4}};

/* Tags are sorted by key. The last has a tag that is called as the label of the database. */
static const struct {
    const char *measurement;
    struct points_tag tags[2];
    size_t tag_count;
} all_series[SERIES] = {
    {"cpu", {{{"host", 4}, {"a", 1}}}, 1},
    {"cpu", {{{"host", 4}, {"b\"\\", 3}}, {{"zone", 4}, {"\xc3\xa4", 2}}}, 2},
    {"cpu_v", {{{"host", 4}, {"a", 1}}}, 1},
    {"cpu", {{{"db", 2}, {"x", 1}}, {{"host", 4}, {"a", 1}}}, 2},
};

static void choose_points(struct points *points, struct choices *choices)
{
    static const double numbers[] = {0, 1, -1, 0.1, 1e300, 1e-300, 123456789.25};
    size_t count = 1 + choose(choices, ARRAY_SIZE(points->items) - 1);

    while (points->count < count) {
        struct point *point = &points->items[points->count];

        point->series = choose(choices, SERIES);
        point->field = choose(choices, FIELDS);
        /* Some share a millisecond. */
        point->time_ns = INT64_C(1700000000000000000) + (int64_t)choose(choices, ROWS) * 1000000 +
                         (int64_t)choose(choices, 3);
        point->number = numbers[choose(choices, ARRAY_SIZE(numbers))];
        point->copied = true;
        /* A series has one value of a field at a time. */
        for (size_t i = 0; i < points->count; i++)
            if (points->items[i].series == point->series &&
                points->items[i].field == point->field &&
                points->items[i].time_ns == point->time_ns)
                count = points->count;
        points->count += points->count < count;
    }
}

static void keep(struct victoria_values *values, const struct points *points)
{
    for (size_t i = 0; i < points->count; i++) {
        const struct point *point = &points->items[i];
        struct points_text columns[1 + FIELDS] = {{"time", 4}, field_names[0], field_names[1]};
        struct points_series series = {
            .measurement = {all_series[point->series].measurement,
                            strlen(all_series[point->series].measurement)},
            .tags = all_series[point->series].tags,
            .tag_count = all_series[point->series].tag_count,
            .columns = columns,
            .column_count = ARRAY_SIZE(columns)};
        struct msgpack_value row[1 + FIELDS] = {{.type = MSGPACK_INT}};
        struct err err = ERR_INIT;

        row[0].as.integer = point->time_ns;
        row[1 + point->field].type = MSGPACK_FLOAT;
        row[1 + point->field].as.real = point->number;
        must(victoria_keep(values, &series, true, row, &err) == 0);
    }
}

static void count_source(struct victoria_counts *counts, const struct points *points)
{
    for (size_t i = 0; i < points->count; i++) {
        const struct point *point = &points->items[i];
        struct strbuf title = STRBUF_INIT;
        json_t *columns, *values = json_pack("[[ii]]", 0, 1);
        struct influx_series series = {.name = all_series[point->series].measurement};
        struct err err = ERR_INIT;

        strbuf_addf(&title, "count_%s", field_names[point->field].bytes);
        columns = json_pack("[ss]", "time", title.buf);
        series.columns = columns;
        series.values = values;
        must(victoria_count_source(counts, &series, &err) == 0);
        json_decref(columns);
        json_decref(values);
        strbuf_release(&title);
    }
}

static json_t *labels_of(unsigned series, unsigned field)
{
    struct strbuf name = STRBUF_INIT;
    json_t *labels = json_object();

    strbuf_addf(&name, "%s_%s", all_series[series].measurement, field_names[field].bytes);
    json_object_set_new(labels, "__name__", json_string(name.buf));
    json_object_set_new(labels, "db", json_string("mon_a"));
    for (size_t i = 0; i < all_series[series].tag_count; i++)
        json_object_set_new(labels, all_series[series].tags[i].key.bytes,
                            json_string(all_series[series].tags[i].value.bytes));
    strbuf_release(&name);
    return labels;
}

static int compare_rows(const void *a, const void *b)
{
    const struct point *l = a, *r = b;

    return l->time_ns / 1000000 < r->time_ns / 1000000 ? -1 : l->time_ns / 1000000 > r->time_ns / 1000000;
}

/* The line that VictoriaMetrics exports of a series: sorted by millisecond; `copies` of each value. */
static void export_series(struct strbuf *text, const struct points *points, unsigned series,
                          unsigned field, unsigned copies)
{
    json_t *values = json_array(), *times = json_array(), *line;
    struct point rows[ARRAY_SIZE(points->items)];
    int64_t last_ms = -1;
    size_t count = 0;
    char *printed;

    for (size_t i = 0; i < points->count; i++)
        if (points->items[i].series == series && points->items[i].field == field &&
            points->items[i].copied)
            rows[count++] = points->items[i];
    qsort(rows, count, sizeof(*rows), compare_rows);
    for (size_t i = 0; i < count; i++) {
        int64_t ms = rows[i].time_ns / 1000000;

        for (unsigned copy = 0; copy < copies && (!server.deduplicates || ms != last_ms); copy++) {
            json_array_append_new(values, json_real(rows[i].number));
            json_array_append_new(times, json_integer(ms));
            if (server.deduplicates)
                break;
        }
        last_ms = ms;
    }
    line = json_pack("{sososo}", "metric", labels_of(series, field), "values", values,
                     "timestamps", times);
    printed = json_dumps(line, JSON_COMPACT);
    if (json_array_size(values))
        strbuf_addf(text, "%s\n", printed);
    free(printed);
    json_decref(line);
}

struct reading {
    struct victoria_values values;
    struct victoria_counts counts;
};

static int on_line(void *context, const struct export_line *line, struct err *err)
{
    struct reading *reading = context;

    must(victoria_take(&reading->values, line, err) == 0);
    must(victoria_count_target(&reading->counts, line, err) == 0);
    return 0;
}

static void read_export(struct reading *reading, const struct points *points, unsigned copies)
{
    struct export_reader reader = EXPORT_READER_INIT;
    struct strbuf text = STRBUF_INIT;

    for (unsigned series = 0; series < SERIES; series++)
        for (unsigned field = 0; field < FIELDS; field++)
            export_series(&text, points, series, field, copies);
    reader.line = on_line;
    reader.context = reading;
    must(export_reader_feed(&reader, text.buf, text.len) == 0);
    must(export_reader_finish(&reader) == 0);
    export_reader_release(&reader);
    strbuf_release(&text);
}

/* Is there another point that a series keeps as the same value in the same millisecond? */
static bool has_twin(const struct points *points, size_t which)
{
    const struct point *point = &points->items[which];

    for (size_t i = 0; i < points->count; i++)
        if (i != which && points->items[i].series == point->series &&
            points->items[i].field == point->field &&
            compare_rows(&points->items[i], point) == 0 &&
            points->items[i].number == point->number)
            return true;
    return false;
}

static void check_copy(const struct points *points, unsigned copies, bool whole)
{
    struct strvec numbers = STRVEC_INIT, strings = STRVEC_INIT;
    struct reading reading = {.values = {.server = &server, .database = "mon_a"},
                              .counts = {.server = &server, .numbers = &numbers, .strings = &strings}};
    int64_t missing;

    for (size_t i = 0; i < FIELDS; i++)
        strvec_push(&numbers, field_names[i].bytes);
    keep(&reading.values, points);
    count_source(&reading.counts, points);
    must(reading.values.missing && reading.values.missing <= points->count);
    read_export(&reading, points, copies);
    must(victoria_counts_compare(&reading.counts, &missing) == (int64_t)points->count);
    must((reading.values.missing == 0) == whole);
    must(whole || missing > 0);
    must(!whole || reading.values.conflicts == 0);
    for (size_t i = 0; i < reading.counts.series.count; i++)
        must(reading.counts.items[i].target <= reading.counts.items[i].source);
    victoria_values_release(&reading.values);
    victoria_counts_release(&reading.counts);
    strvec_release(&numbers);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct choices choices = {data, size};
    struct points points = {.count = 0};
    unsigned copies = 1 + choose(&choices, 3);
    size_t lacking;

    server.deduplicates = choose(&choices, 4) == 3;
    choose_points(&points, &choices);
    if (!points.count)
        return 0;
    check_copy(&points, copies, true);
    lacking = choose(&choices, (unsigned)points.count);
    if (server.deduplicates || has_twin(&points, lacking))
        return 0;
    points.items[lacking].copied = false;
    check_copy(&points, copies, false);
    return 0;
}
