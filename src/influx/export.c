#include "influx/export.h"

#include <string.h>

/* An honest line is far shorter: EXPORT_LINE_ROWS values of 25 bytes, and their times. */
#define MAX_LINE_BYTES ((size_t)16 * 1024 * 1024)

void export_reader_release(struct export_reader *reader)
{
    strbuf_release(&reader->pending);
    err_release(&reader->err);
}

void export_reader_reset(struct export_reader *reader)
{
    strbuf_reset(&reader->pending);
    err_release(&reader->err);
}

bool export_number(const json_t *list, size_t index, double *ret)
{
    const json_t *item = json_array_get(list, index);

    if (!json_is_number(item))
        return false;
    *ret = json_number_value(item);
    return true;
}

static int hand_over(struct export_reader *reader, const json_t *document)
{
    struct export_line line = {
        .labels = json_object_get(document, "metric"),
        .values = json_object_get(document, "values"),
        .timestamps = json_object_get(document, "timestamps"),
    };

    line.count = json_array_size(line.values);
    if (!json_is_object(line.labels) || !json_is_array(line.values) ||
        !json_is_array(line.timestamps) || json_array_size(line.timestamps) != line.count)
        return err_set(&reader->err, ERR_FAILED, "a line of the export is no series");
    return reader->line(reader->context, &line, &reader->err);
}

static int read_line(struct export_reader *reader, const char *bytes, size_t len)
{
    /* Whole numbers may be longer than 64 bits: VictoriaMetrics writes 1e300 with all its zeros. */
    json_t *document = json_loadb(bytes, len, JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL, NULL);
    int rc;

    if (!document)
        return err_set(&reader->err, ERR_FAILED, "a line of the export is no JSON");
    rc = hand_over(reader, document);
    json_decref(document);
    return rc;
}

int export_reader_feed(struct export_reader *reader, const char *bytes, size_t len)
{
    const char *newline;

    if (reader->err.code != ERR_NONE)
        return -1;
    while ((newline = memchr(bytes, '\n', len))) {
        size_t part = (size_t)(newline - bytes);
        int rc;

        if (reader->pending.len) {
            strbuf_add(&reader->pending, bytes, part);
            rc = read_line(reader, reader->pending.buf, reader->pending.len);
            strbuf_reset(&reader->pending);
        } else {
            rc = part ? read_line(reader, bytes, part) : 0;
        }
        if (rc < 0)
            return -1;
        bytes += part + 1;
        len -= part + 1;
    }
    strbuf_add(&reader->pending, bytes, len);
    if (reader->pending.len > MAX_LINE_BYTES)
        return err_set(&reader->err, ERR_FAILED, "a line of the export is larger than %zu bytes",
                       MAX_LINE_BYTES);
    return 0;
}

int export_reader_finish(struct export_reader *reader)
{
    if (reader->err.code != ERR_NONE)
        return -1;
    if (reader->pending.len)
        return err_set(&reader->err, ERR_FAILED, "the export ends in the middle of a line");
    return 0;
}
