/*
 * Lines of VictoriaMetrics' export: any bytes, in parts of any size, must be read or refused, the same
 * way whatever the parts; counts are never negative, never more than there are rows, and what is read,
 * printed and read again counts the same; a comparison finds no more than is there. tests/fuzz/run
 * builds and runs it.
 */
#include "influx/export.h"

#include "fuzz.h"
#include "tenants/run/victoria_compare.h"

static struct victoria_server server = {.label = (char *)"db", .separator = (char *)"_"};

/* Counts each series that comes; the rows of all; and the lines, printed again. */
struct reading {
    struct victoria_counts counts;
    struct victoria_values values;
    struct strbuf printed;
    int64_t rows;
};

static void add_list(struct strbuf *printed, const json_t *list, const char *name)
{
    char *text = json_dumps(list, JSON_COMPACT);

    strbuf_addf(printed, ",\"%s\":%s", name, text);
    free(text);
}

/* As if the source had a point of each series. */
static void expect(struct victoria_counts *counts, const char *name)
{
    const char *separator = strchr(name, '_');
    json_t *columns, *values;
    struct influx_series series = {0};
    struct strbuf title = STRBUF_INIT;
    char *measurement;
    struct err err = ERR_INIT;
    struct strvec numbers = STRVEC_INIT, strings = STRVEC_INIT;

    if (!separator || names_find(&counts->series, name) != NAMES_NONE)
        return;
    measurement = xmemdupz(name, (size_t)(separator - name));
    strbuf_addf(&title, "count_%s", separator + 1);
    strvec_push(&numbers, separator + 1);
    columns = json_pack("[ss]", "time", title.buf);
    values = json_pack("[[ii]]", 0, 1);
    series.name = measurement;
    series.columns = columns;
    series.values = values;
    counts->numbers = &numbers;
    counts->strings = &strings;
    must(victoria_count_source(counts, &series, &err) == 0);
    json_decref(columns);
    json_decref(values);
    strvec_release(&numbers);
    strbuf_release(&title);
    free(measurement);
}

static int on_line(void *context, const struct export_line *line, struct err *err)
{
    struct reading *reading = context;
    const char *name = json_string_value(json_object_get(line->labels, "__name__"));
    char *labels = json_dumps(line->labels, JSON_COMPACT);

    must(labels && line->count == json_array_size(line->timestamps));
    if (name)
        expect(&reading->counts, name);
    must(victoria_count_target(&reading->counts, line, err) == 0);
    must(victoria_take(&reading->values, line, err) == 0);
    reading->rows += (int64_t)line->count;
    strbuf_addf(&reading->printed, "{\"metric\":%s", labels);
    add_list(&reading->printed, line->values, "values");
    add_list(&reading->printed, line->timestamps, "timestamps");
    strbuf_addstr(&reading->printed, "}\n");
    free(labels);
    return 0;
}

static int read_in_parts(struct reading *reading, const char *bytes, size_t size, size_t part)
{
    struct export_reader reader = EXPORT_READER_INIT;
    int rc = 0;

    reader.line = on_line;
    reader.context = reading;
    for (size_t at = 0; at < size && rc == 0; at += part)
        rc = export_reader_feed(&reader, bytes + at, size - at < part ? size - at : part);
    if (rc == 0)
        rc = export_reader_finish(&reader);
    must((rc < 0) == (reader.err.code != ERR_NONE));
    export_reader_release(&reader);
    return rc;
}

/* A point of the source, which the values are compared with: m,db=a v=1 at 1 ms. */
static void keep_one(struct victoria_values *values)
{
    static const struct points_text columns[] = {{"time", 4}, {"v", 1}};
    struct points_series series = {.measurement = {"m", 1}, .columns = columns, .column_count = 2};
    struct msgpack_value row[2] = {{.type = MSGPACK_INT, .as.integer = 1000000},
                                   {.type = MSGPACK_FLOAT, .as.real = 1}};
    struct err err = ERR_INIT;

    must(victoria_keep(values, &series, true, row, &err) == 0 && values->missing == 1);
}

static void reading_init(struct reading *reading)
{
    *reading = (struct reading){.printed = STRBUF_INIT};
    reading->counts.server = &server;
    reading->values.server = &server;
    reading->values.database = "a";
    keep_one(&reading->values);
}

static void check(const struct reading *reading)
{
    int64_t counted = 0, missing, source = victoria_counts_compare(&reading->counts, &missing);

    for (size_t i = 0; i < reading->counts.series.count; i++) {
        must(reading->counts.items[i].target >= 0);
        counted += reading->counts.items[i].target;
    }
    must(counted <= reading->rows && 0 <= missing && missing <= source);
    must(reading->values.missing <= 1 && reading->values.conflicts <= (size_t)reading->rows);
}

static void must_be_same(const struct reading *a, const struct reading *b)
{
    must(a->rows == b->rows && same_text(a->printed.buf, b->printed.buf));
    must(a->values.missing == b->values.missing && a->values.conflicts == b->values.conflicts);
    must(a->counts.series.count == b->counts.series.count);
    for (size_t i = 0; i < a->counts.series.count; i++)
        must(a->counts.items[i].target == b->counts.items[i].target);
}

static void reading_release(struct reading *reading)
{
    victoria_counts_release(&reading->counts);
    victoria_values_release(&reading->values);
    strbuf_release(&reading->printed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reading whole, parts, again;
    const char *bytes = (const char *)data + 1;

    if (!size)
        return 0;
    reading_init(&whole);
    reading_init(&parts);
    reading_init(&again);
    must(read_in_parts(&whole, bytes, size - 1, size) ==
         read_in_parts(&parts, bytes, size - 1, (size_t)data[0] % 32 + 1));
    check(&whole);
    must_be_same(&whole, &parts);
    must(read_in_parts(&again, whole.printed.buf, whole.printed.len, size) == 0);
    must_be_same(&whole, &again);
    reading_release(&whole);
    reading_release(&parts);
    reading_release(&again);
    return 0;
}
