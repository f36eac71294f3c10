/*
 * Line protocol: what is written for a point must be read back as the same point by a scanner that
 * works as InfluxDB's (models/points.go of 1.6), or be refused before. The points come from
 * MessagePack, as in the program. tests/fuzz/run builds and runs it.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "influx/line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool true_here)
{
    if (!true_here)
        abort();
}

/* Reads up to one of `ends` that no backslash stands before; a backslash before one of `special` is
 * none. Compares with what it should be; returns where it ends. */
static const char *scan(const char *at, const char *end, const char *special, const char *ends,
                        const struct points_text *wanted)
{
    size_t len = 0;

    for (; at < end && (!*at || !strchr(ends, *at)); at++, len++) {
        if (*at == '\\' && at + 1 < end && at[1] && strchr(special, at[1]))
            at++;
        must(*at != '\n' && len < wanted->len && *at == wanted->bytes[len]);
    }
    must(at < end && len == wanted->len);
    return at;
}

static const char *scan_string(const char *at, const char *end, const struct msgpack_value *value)
{
    size_t len = 0;

    must(*at == '"');
    for (at++; at < end && *at != '"'; at++, len++) {
        if (*at == '\\' && at + 1 < end && (at[1] == '"' || at[1] == '\\'))
            at++;
        must(len < value->as.string.len && *at == value->as.string.bytes[len]);
    }
    must(at < end && len == value->as.string.len);
    return at + 1;
}

static const char *scan_value(const char *at, const char *end, const struct msgpack_value *value)
{
    char *stop = NULL;
    double real;

    switch (value->type) {
    case MSGPACK_STRING:
        return scan_string(at, end, value);
    case MSGPACK_BOOL:
        must(*at == (value->as.boolean ? 't' : 'f'));
        return at + 1;
    case MSGPACK_INT:
        must(strtoll(at, &stop, 10) == value->as.integer && *stop == 'i');
        return stop + 1;
    default:
        real = strtod(at, &stop);
        must(value->type == MSGPACK_FLOAT && memcmp(&real, &value->as.real, sizeof(real)) == 0);
        return stop;
    }
}

static void scan_line(const struct strbuf *line, const struct points_series *series,
                      const struct msgpack_value *values)
{
    const char *at = line->buf, *end = line->buf + line->len;
    char separator = ' ', *stop;

    /* Skipped as a comment, or as blanks. */
    must(*at && !strchr("# \t", *at));
    at = scan(at, end, ", ", ", ", &series->measurement);
    for (size_t i = 0; i < series->tag_count; i++) {
        must(*at == ',');
        at = scan(at + 1, end, ", =", "=", &series->tags[i].key);
        at = scan(at + 1, end, ", =", ", ", &series->tags[i].value);
    }
    for (size_t i = 1; i < series->column_count; i++) {
        if (values[i].type == MSGPACK_NIL)
            continue;
        must(*at == separator);
        separator = ',';
        at = scan(at + 1, end, ", =", "=", &series->columns[i]);
        at = scan_value(at + 1, end, &values[i]);
    }
    must(*at == ' ' && strtoll(at, &stop, 10) == values[0].as.integer && *stop == '\n' &&
         stop + 1 == end);
}

static int on_row(void *context, const struct points_series *series, bool new_series,
                  const struct msgpack_value *values, struct err *err)
{
    struct strbuf head = STRBUF_INIT, line = STRBUF_INIT;

    (void)context;
    (void)new_series;
    (void)err;
    if (line_add_series(&head, series) && line_add_point(&line, &head, series, values))
        scan_line(&line, series, values);
    else
        must(!line.len);
    must(line_length(line.buf, line.len) == line.len);
    strbuf_release(&head);
    strbuf_release(&line);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct points_reader reader = POINTS_READER_INIT;

    reader.row = on_row;
    if (points_reader_feed(&reader, (const char *)data, size) == 0)
        points_reader_finish(&reader);
    points_reader_release(&reader);
    return 0;
}
