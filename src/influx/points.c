#include "influx/points.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* The bound of a chunk in memory, where the caller sets none. */
#define MAX_CHUNK_BYTES ((size_t)8 * 1024 * 1024)

void points_reader_release(struct points_reader *reader)
{
    strbuf_release(&reader->pending);
    free(reader->error);
    reader->error = NULL;
    err_release(&reader->err);
}

void points_reader_reset(struct points_reader *reader)
{
    points_reader_release(reader);
    reader->scanner = (struct msgpack_scanner){0};
    reader->results = false;
    reader->partial = false;
    reader->too_large = false;
    reader->rows = 0;
}

static int damaged(struct points_reader *reader)
{
    return err_set(&reader->err, ERR_FAILED, "the reply of the server is damaged");
}

static int next_text(struct msgpack_cursor *cursor, struct points_text *text)
{
    struct msgpack_value value;

    if (msgpack_next(cursor, &value) < 0 || value.type != MSGPACK_STRING)
        return -1;
    *text = (struct points_text){value.as.string.bytes, value.as.string.len};
    return 0;
}

bool points_text_is(const struct points_text *text, const char *literal)
{
    return text->len == strlen(literal) && memcmp(text->bytes, literal, text->len) == 0;
}

const struct points_text *points_tag_value(const struct points_series *series, const char *key)
{
    for (size_t i = 0; i < series->tag_count; i++)
        if (points_text_is(&series->tags[i].key, key))
            return &series->tags[i].value;
    return NULL;
}

static int next_container(struct msgpack_cursor *cursor, enum msgpack_type type, size_t *count)
{
    struct msgpack_value value;

    if (msgpack_next(cursor, &value) < 0)
        return -1;
    if (value.type == MSGPACK_NIL) {
        *count = 0;
        return 0;
    }
    /* A value takes a byte at least: no honest count is larger than the number of bytes left. */
    if (value.type != type || value.as.count > (size_t)(cursor->end - cursor->at))
        return -1;
    *count = value.as.count;
    return 0;
}

/* A series whose map is being read. Its rows are read last: "values" may stand before "columns". */
struct parts {
    struct points_series series;
    struct points_tag *tags;
    struct points_text *columns;
    struct msgpack_cursor values;
    bool has_values;
};

static int compare_tags(const void *a, const void *b)
{
    const struct points_text *left = &((const struct points_tag *)a)->key,
                             *right = &((const struct points_tag *)b)->key;
    size_t len = left->len < right->len ? left->len : right->len;
    int order = memcmp(left->bytes, right->bytes, len);

    return order ? order : left->len < right->len ? -1 : left->len > right->len;
}

static int read_tags(struct msgpack_cursor *cursor, struct parts *parts)
{
    size_t count, kept = 0;

    if (next_container(cursor, MSGPACK_MAP, &count) < 0)
        return -1;
    free(parts->tags);
    parts->tags = xcalloc(count, sizeof(*parts->tags));
    for (size_t i = 0; i < count; i++) {
        struct points_tag tag;

        if (next_text(cursor, &tag.key) < 0 || next_text(cursor, &tag.value) < 0)
            return -1;
        /* GROUP BY * gives a tag that only other series have an empty value. */
        if (tag.value.len)
            parts->tags[kept++] = tag;
    }
    if (kept)
        qsort(parts->tags, kept, sizeof(*parts->tags), compare_tags);
    parts->series.tags = parts->tags;
    parts->series.tag_count = kept;
    return 0;
}

static int read_columns(struct msgpack_cursor *cursor, struct parts *parts)
{
    size_t count;

    if (next_container(cursor, MSGPACK_ARRAY, &count) < 0)
        return -1;
    free(parts->columns);
    parts->columns = xcalloc(count, sizeof(*parts->columns));
    for (size_t i = 0; i < count; i++)
        if (next_text(cursor, &parts->columns[i]) < 0)
            return -1;
    parts->series.columns = parts->columns;
    parts->series.column_count = count;
    return 0;
}

static int read_row(struct points_reader *reader, struct parts *parts, struct msgpack_value *values,
                    bool first)
{
    size_t count;

    if (next_container(&parts->values, MSGPACK_ARRAY, &count) < 0 ||
        count != parts->series.column_count || !count)
        return damaged(reader);
    for (size_t i = 0; i < count; i++)
        if (msgpack_next(&parts->values, &values[i]) < 0 || values[i].type == MSGPACK_ARRAY ||
            values[i].type == MSGPACK_MAP)
            return damaged(reader);
    if (values[0].type != MSGPACK_INT)
        return damaged(reader);
    reader->rows++;
    return reader->row(reader->context, &parts->series, first, values, &reader->err);
}

static int read_rows(struct points_reader *reader, struct parts *parts)
{
    struct msgpack_value *values;
    size_t count;
    int rc = 0;

    if (!parts->has_values || !reader->row)
        return 0;
    if (next_container(&parts->values, MSGPACK_ARRAY, &count) < 0)
        return damaged(reader);
    values = xcalloc(parts->series.column_count, sizeof(*values));
    for (size_t i = 0; i < count && rc == 0; i++)
        rc = read_row(reader, parts, values, i == 0);
    free(values);
    return rc;
}

static int read_series(struct points_reader *reader, struct msgpack_cursor *cursor)
{
    struct parts parts = {0};
    size_t pairs;
    int rc = -1;

    if (next_container(cursor, MSGPACK_MAP, &pairs) < 0) {
        damaged(reader);
        goto out;
    }
    for (size_t i = 0; i < pairs; i++) {
        struct points_text key;
        int read = next_text(cursor, &key);

        if (read == 0 && points_text_is(&key, "name")) {
            read = next_text(cursor, &parts.series.measurement);
        } else if (read == 0 && points_text_is(&key, "tags")) {
            read = read_tags(cursor, &parts);
        } else if (read == 0 && points_text_is(&key, "columns")) {
            read = read_columns(cursor, &parts);
        } else if (read == 0) {
            if (points_text_is(&key, "values")) {
                parts.values = *cursor;
                parts.has_values = true;
            }
            read = msgpack_skip(cursor);
        }
        if (read < 0) {
            damaged(reader);
            goto out;
        }
    }
    rc = read_rows(reader, &parts);
out:
    free(parts.tags);
    free(parts.columns);
    return rc;
}

static int keep_error(struct points_reader *reader, struct msgpack_cursor *cursor)
{
    struct points_text text;

    if (next_text(cursor, &text) < 0)
        return damaged(reader);
    if (!reader->error)
        reader->error = xmemdupz(text.bytes, text.len);
    return 0;
}

/* Reads one element of an array. */
typedef int (*reading)(struct points_reader *reader, struct msgpack_cursor *cursor);

static int read_array(struct points_reader *reader, struct msgpack_cursor *cursor, reading each)
{
    size_t count;

    if (next_container(cursor, MSGPACK_ARRAY, &count) < 0)
        return damaged(reader);
    for (size_t i = 0; i < count; i++)
        if (each(reader, cursor) < 0)
            return -1;
    return 0;
}

static int read_partial(struct points_reader *reader, struct msgpack_cursor *cursor)
{
    struct msgpack_value value;

    if (msgpack_next(cursor, &value) < 0 || value.type != MSGPACK_BOOL)
        return damaged(reader);
    reader->partial = value.as.boolean;
    return 0;
}

/* Reads a map: its "error", its "partial" and its array `array`; other keys are passed over. */
static int read_map(struct points_reader *reader, struct msgpack_cursor *cursor, const char *array,
                    reading each)
{
    size_t pairs;

    if (next_container(cursor, MSGPACK_MAP, &pairs) < 0)
        return damaged(reader);
    for (size_t i = 0; i < pairs; i++) {
        struct points_text key;
        int rc;

        if (next_text(cursor, &key) < 0)
            return damaged(reader);
        if (points_text_is(&key, "error"))
            rc = keep_error(reader, cursor);
        else if (points_text_is(&key, "partial"))
            rc = read_partial(reader, cursor);
        else if (points_text_is(&key, array))
            rc = read_array(reader, cursor, each);
        else
            rc = msgpack_skip(cursor) < 0 ? damaged(reader) : 0;
        if (rc < 0)
            return -1;
    }
    return 0;
}

static int read_result(struct points_reader *reader, struct msgpack_cursor *cursor)
{
    reader->results = true;
    reader->partial = false;
    return read_map(reader, cursor, "series", read_series);
}

int points_reader_feed(struct points_reader *reader, const char *bytes, size_t len)
{
    size_t max_bytes = reader->max_chunk_bytes ? reader->max_chunk_bytes : MAX_CHUNK_BYTES;
    int complete;

    if (reader->err.code != ERR_NONE)
        return -1;
    strbuf_add(&reader->pending, bytes, len);
    reader->too_large = reader->pending.len > max_bytes;
    if (reader->too_large)
        return err_set(&reader->err, ERR_FAILED,
                       "a chunk of the server's reply is larger than %zu bytes", max_bytes);
    while (reader->pending.len && (complete = msgpack_scan(&reader->scanner, reader->pending.buf,
                                                           reader->pending.len)) != 0) {
        struct msgpack_cursor cursor = {(const unsigned char *)reader->pending.buf,
                                        (const unsigned char *)reader->pending.buf +
                                            reader->scanner.pos};

        if (complete < 0)
            return damaged(reader);
        if (read_map(reader, &cursor, "results", read_result) < 0)
            return -1;
        strbuf_drop_front(&reader->pending, reader->scanner.pos);
        reader->scanner = (struct msgpack_scanner){0};
    }
    return 0;
}

int points_reader_finish(struct points_reader *reader)
{
    if (reader->err.code != ERR_NONE)
        return -1;
    if (reader->pending.len || (reader->partial && !reader->error))
        return err_set(&reader->err, ERR_FAILED, "the reply of the server ends in the middle");
    if (!reader->results && !reader->error)
        return err_set(&reader->err, ERR_FAILED, "the reply of the server is empty");
    return 0;
}
