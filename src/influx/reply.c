#include "influx/reply.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "influx/quote.h"

void influx_reader_release(struct influx_reader *reader)
{
    strbuf_release(&reader->line);
    free(reader->error);
    reader->error = NULL;
    err_release(&reader->err);
}

void influx_reader_reset(struct influx_reader *reader)
{
    influx_reader_release(reader);
    reader->results = false;
    reader->partial = false;
}

static void keep_error(struct influx_reader *reader, const json_t *holder)
{
    const json_t *error = json_object_get(holder, "error");

    if (json_is_string(error) && !reader->error)
        reader->error = influx_decode_name(json_string_value(error), json_string_length(error));
}

static int read_series(struct influx_reader *reader, int64_t statement_id, const json_t *object)
{
    const json_t *name = json_object_get(object, "name");
    char *decoded = influx_decode_name(json_string_value(name), json_string_length(name));
    struct influx_series series = {
        .statement_id = statement_id,
        .name = decoded,
        .columns = json_object_get(object, "columns"),
        .values = json_object_get(object, "values"),
    };
    int rc = reader->series ? reader->series(reader->context, &series, &reader->err) : 0;

    free(decoded);
    return rc;
}

static int read_result(struct influx_reader *reader, const json_t *result)
{
    int64_t id = json_integer_value(json_object_get(result, "statement_id"));
    size_t index;
    json_t *series;

    reader->results = true;
    reader->partial = json_is_true(json_object_get(result, "partial"));
    keep_error(reader, result);
    json_array_foreach (json_object_get(result, "series"), index, series) {
        if (read_series(reader, id, series) < 0)
            return -1;
    }
    return 0;
}

static int read_document(struct influx_reader *reader, const char *text, size_t len)
{
    json_t *document = json_parse(text, len, &reader->err);
    size_t index;
    json_t *result;
    int rc = -1;

    if (!document) {
        err_wrap(&reader->err, "the reply of the server is damaged");
        return -1;
    }
    if (!json_is_object(document)) {
        err_set(&reader->err, ERR_FAILED, "the reply of the server is no JSON object");
        goto out;
    }
    keep_error(reader, document);
    if (!reader->error && !json_is_array(json_object_get(document, "results"))) {
        err_set(&reader->err, ERR_FAILED, "the reply of the server has no results");
        goto out;
    }
    json_array_foreach (json_object_get(document, "results"), index, result) {
        if (read_result(reader, result) < 0)
            goto out;
    }
    rc = 0;
out:
    json_decref(document);
    return rc;
}

static int read_line(struct influx_reader *reader, const char *line, size_t len)
{
    if (len && line[len - 1] == '\r')
        len--;
    return len ? read_document(reader, line, len) : 0;
}

int influx_reader_feed(struct influx_reader *reader, const char *bytes, size_t len)
{
    const char *newline;

    if (reader->err.code != ERR_NONE)
        return -1;
    while ((newline = memchr(bytes, '\n', len))) {
        size_t part = (size_t)(newline - bytes);
        int rc;

        if (reader->line.len) {
            strbuf_add(&reader->line, bytes, part);
            rc = read_line(reader, reader->line.buf, reader->line.len);
            strbuf_reset(&reader->line);
        } else {
            rc = read_line(reader, bytes, part);
        }
        if (rc < 0)
            return -1;
        bytes += part + 1;
        len -= part + 1;
    }
    strbuf_add(&reader->line, bytes, len);
    if (reader->max_line_bytes && reader->line.len > reader->max_line_bytes)
        return err_set(&reader->err, ERR_FAILED,
                       "a line of the server's reply is larger than %zu bytes",
                       reader->max_line_bytes);
    return 0;
}

int influx_reader_finish(struct influx_reader *reader)
{
    if (reader->err.code != ERR_NONE)
        return -1;
    if (read_line(reader, reader->line.buf, reader->line.len) < 0)
        return -1;
    strbuf_reset(&reader->line);
    if (!reader->results && !reader->error)
        return err_set(&reader->err, ERR_FAILED, "the reply of the server is empty");
    if (reader->partial && !reader->error)
        return err_set(&reader->err, ERR_FAILED, "the reply of the server ends in the middle");
    return 0;
}

char *influx_cell_name(const json_t *row, size_t column)
{
    const json_t *cell = json_array_get(row, column);

    return json_is_string(cell)
               ? influx_decode_name(json_string_value(cell), json_string_length(cell))
               : NULL;
}

/* A value beyond int64_t becomes the nearest end of its range. */
static int64_t int_of_real(double value)
{
    if (value >= 9223372036854775808.0)
        return INT64_MAX;
    return value >= -9223372036854775808.0 ? (int64_t)value : INT64_MIN;
}

int64_t influx_cell_int(const json_t *row, size_t column, int64_t fallback)
{
    const json_t *cell = json_array_get(row, column);

    if (json_is_integer(cell))
        return json_integer_value(cell);
    if (json_is_real(cell))
        return int_of_real(json_real_value(cell));
    return fallback;
}

int influx_column(const struct influx_series *series, const char *title)
{
    for (size_t i = 0; i < json_array_size(series->columns); i++) {
        const char *text = json_string_value(json_array_get(series->columns, i));

        if (text && strcmp(text, title) == 0)
            return (int)i;
    }
    return -1;
}

/*
 * Words that an error contains, what to do about it, and its cause. The first that fits counts;
 * errors that hold a name stand first, since a name may hold the words of another error. Sources:
 * InfluxDB 1.6 (query/executor.go, coordinator/statement_executor.go, coordinator/points_writer.go,
 * tsdb/engine/tsm1/engine.go); each was seen on a server.
 */
static const struct {
    const char *words;
    enum influx_failure failure;
    enum influx_cause cause;
} known_errors[] = {
    {"field type conflict", INFLUX_REFUSED, INFLUX_CAUSE_FIELD_TYPE},
    {"unable to parse '", INFLUX_REFUSED, INFLUX_CAUSE_OTHER}, /* the line itself follows */
    {"max-series-per-database limit exceeded", INFLUX_FINAL, INFLUX_CAUSE_DATABASE_SERIES},
    {"max-values-per-tag limit exceeded", INFLUX_FINAL, INFLUX_CAUSE_TAG_VALUES},
    {"database not found", INFLUX_FINAL, INFLUX_CAUSE_OTHER},
    {"retention policy not found", INFLUX_FINAL, INFLUX_CAUSE_OTHER},
    {"error parsing query", INFLUX_FINAL, INFLUX_CAUSE_OTHER},
    /* For a new series it stands in a "partial write: ...". */
    {"no space left on device", INFLUX_FULL, INFLUX_CAUSE_DISK},
    {"disk quota exceeded", INFLUX_FULL, INFLUX_CAUSE_DISK},
    {"points beyond retention policy", INFLUX_RETENTION, INFLUX_CAUSE_RETENTION},
    {"max-concurrent-queries limit exceeded", INFLUX_RETRY, INFLUX_CAUSE_OTHER},
    {"cache-max-memory-size exceeded", INFLUX_RETRY, INFLUX_CAUSE_CACHE},
    {"query-timeout limit exceeded", INFLUX_TOO_BIG, INFLUX_CAUSE_TIMEOUT},
    /* So the server spells it. */
    {"max-select-point limit exceeed", INFLUX_TOO_BIG, INFLUX_CAUSE_SELECT},
    {"max-select-point limit exceeded", INFLUX_TOO_BIG, INFLUX_CAUSE_SELECT},
    {"max-select-series limit exceeded", INFLUX_TOO_BIG, INFLUX_CAUSE_SELECT_SERIES},
    {"max-select-buckets limit exceeded", INFLUX_TOO_BIG, INFLUX_CAUSE_SELECT},
    {"not authorized", INFLUX_DENIED, INFLUX_CAUSE_RIGHTS},
    {"authorization failed", INFLUX_DENIED, INFLUX_CAUSE_RIGHTS},
    {"unable to parse authentication credentials", INFLUX_DENIED, INFLUX_CAUSE_RIGHTS},
    {"query interrupted", INFLUX_RETRY, INFLUX_CAUSE_OTHER},
    {"query killed", INFLUX_RETRY, INFLUX_CAUSE_OTHER},
    {"engine is closed", INFLUX_RETRY, INFLUX_CAUSE_OTHER},
    {"shard is disabled", INFLUX_RETRY, INFLUX_CAUSE_OTHER},
    {"timeout", INFLUX_RETRY, INFLUX_CAUSE_TIMEOUT},
    {"hinted handoff", INFLUX_RETRY, INFLUX_CAUSE_OTHER},
    {"too many open files", INFLUX_RETRY, INFLUX_CAUSE_OTHER},
    {"partial write", INFLUX_REFUSED, INFLUX_CAUSE_OTHER},
};

enum influx_cause influx_cause_of(const char *words)
{
    for (size_t i = 0; i < ARRAY_SIZE(known_errors); i++)
        if (strstr(words, known_errors[i].words))
            return known_errors[i].cause;
    return INFLUX_CAUSE_OTHER;
}

bool influx_is_of_points(const char *words)
{
    return strstr(words, "partial write") != NULL;
}

enum influx_failure influx_classify(long status, const char *words)
{
    for (size_t i = 0; words && i < ARRAY_SIZE(known_errors); i++)
        if (strstr(words, known_errors[i].words))
            return known_errors[i].failure;
    if (status == 401 || status == 403)
        return INFLUX_DENIED;
    if (status == 408 || status == 429 || status / 100 == 5)
        return INFLUX_RETRY;
    if (status == 413)
        return INFLUX_TOO_BIG;
    return words || status / 100 != 2 ? INFLUX_FINAL : INFLUX_FINE;
}
