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

/* Where a result is infinite or no number, the words of Go's JSON stand in place of the document.
 */
static bool keep_unsupported(struct influx_reader *reader, const char *text, size_t len)
{
    static const char begin[] = "json: ", words[] = "json: unsupported value: ";

    if (len < sizeof(words) || memcmp(text, begin, sizeof(begin) - 1) != 0 ||
        !memmem(text, len, words, sizeof(words) - 1))
        return false;
    reader->partial = false;
    if (!reader->error)
        reader->error = xmemdupz(text, len);
    return true;
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
    return len && !keep_unsupported(reader, line, len) ? read_document(reader, line, len) : 0;
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
 * Words that an error contains, what to do about it, and its cause. Sources: InfluxDB 1.6, 1.7,
 * 1.8, 1.11, 1.12 and 2.7 (query/executor.go, coordinator, tsdb, services/httpd); the test has
 * each with its versions.
 *
 * `names_follow`: names, which come from users, stand behind the words only. Of these errors the
 * one that stands first in the text counts. Otherwise the first of the table counts; a path may
 * stand before such words.
 */
static const struct known_error {
    const char *words;
    enum influx_failure failure;
    enum influx_cause cause;
    bool names_follow;
} known_errors[] = {
    {"field type conflict", INFLUX_REFUSED, INFLUX_CAUSE_FIELD_TYPE, true},
    /* The line itself follows. */
    {"unable to parse '", INFLUX_REFUSED, INFLUX_CAUSE_OTHER, true},
    {"partial write: input field ", INFLUX_REFUSED, INFLUX_CAUSE_OTHER, true}, /* is too long */
    {"invalid field name", INFLUX_REFUSED, INFLUX_CAUSE_OTHER, true},
    {"max-series-per-database limit exceeded", INFLUX_FINAL, INFLUX_CAUSE_DATABASE_SERIES, true},
    {"max-series-per-database exceeded", INFLUX_FINAL, INFLUX_CAUSE_DATABASE_SERIES, true},
    {"max-values-per-tag limit exceeded", INFLUX_FINAL, INFLUX_CAUSE_TAG_VALUES, true},
    {"points outside retention policy of duration", INFLUX_RETENTION, INFLUX_CAUSE_RETENTION, true},
    {"not attempting to open shard", INFLUX_FINAL, INFLUX_CAUSE_OTHER, true},
    {"database not found", INFLUX_FINAL, INFLUX_CAUSE_OTHER, true},
    {"retention policy not found", INFLUX_FINAL, INFLUX_CAUSE_OTHER, true},
    {"error parsing query", INFLUX_FINAL, INFLUX_CAUSE_OTHER, true},
    /* For a new series it stands in a "partial write: ...". */
    {"no space left on device", INFLUX_FULL, INFLUX_CAUSE_DISK, false},
    {"disk quota exceeded", INFLUX_FULL, INFLUX_CAUSE_DISK, false},
    {"points beyond retention policy", INFLUX_RETENTION, INFLUX_CAUSE_RETENTION, false},
    {"is pending deletion", INFLUX_RETRY, INFLUX_CAUSE_OTHER, false},
    {"shard is being deleted", INFLUX_RETRY, INFLUX_CAUSE_OTHER, false},
    {"new readers blocked", INFLUX_RETRY, INFLUX_CAUSE_OTHER, false},
    {"max-concurrent-queries limit exceeded", INFLUX_RETRY, INFLUX_CAUSE_OTHER, false},
    {"cache-max-memory-size exceeded", INFLUX_RETRY, INFLUX_CAUSE_CACHE, false},
    {"query-timeout limit exceeded", INFLUX_TOO_BIG, INFLUX_CAUSE_TIMEOUT, false},
    /* So 1.6 to 1.11 spell it. */
    {"max-select-point limit exceeed", INFLUX_TOO_BIG, INFLUX_CAUSE_SELECT, false},
    {"max-select-point limit exceeded", INFLUX_TOO_BIG, INFLUX_CAUSE_SELECT, false},
    {"max-select-series limit exceeded", INFLUX_TOO_BIG, INFLUX_CAUSE_SELECT_SERIES, false},
    {"max-select-buckets limit exceeded", INFLUX_TOO_BIG, INFLUX_CAUSE_SELECT, false},
    {"not authorized", INFLUX_DENIED, INFLUX_CAUSE_RIGHTS, false},
    {"authorization failed", INFLUX_DENIED, INFLUX_CAUSE_RIGHTS, false},
    {"unable to parse authentication credentials", INFLUX_DENIED, INFLUX_CAUSE_RIGHTS, false},
    {"json: unsupported value: ", INFLUX_FINAL, INFLUX_CAUSE_NO_NUMBER, false},
    {"query interrupted", INFLUX_RETRY, INFLUX_CAUSE_OTHER, false},
    {"query killed", INFLUX_RETRY, INFLUX_CAUSE_OTHER, false},
    {"query aborted", INFLUX_RETRY, INFLUX_CAUSE_OTHER, false},
    {"query engine shutdown", INFLUX_RETRY, INFLUX_CAUSE_OTHER, false},
    {"engine is closed", INFLUX_RETRY, INFLUX_CAUSE_OTHER, false},
    {"store is closed", INFLUX_RETRY, INFLUX_CAUSE_OTHER, false},
    {"shard is disabled", INFLUX_RETRY, INFLUX_CAUSE_OTHER, false},
    {"timeout", INFLUX_RETRY, INFLUX_CAUSE_TIMEOUT, false},
    {"hinted handoff", INFLUX_RETRY, INFLUX_CAUSE_OTHER, false},
    {"too many open files", INFLUX_RETRY, INFLUX_CAUSE_OTHER, false},
    /* It can't be opened: only a person helps. */
    {"[shard ", INFLUX_FINAL, INFLUX_CAUSE_OTHER, false},
    {"partial write", INFLUX_REFUSED, INFLUX_CAUSE_OTHER, false},
};

/* The end of the server's own words: 1.12 and 2.7 add " for database: D for retention policy: P" to
 * those of a partial write, and D and P may be any words. */
static const char *end_of_words(const char *words)
{
    static const char dropped[] = " dropped=", database[] = " for database: ";

    for (const char *at = words; (at = strstr(at, dropped)); at++) {
        const char *behind = at + strlen(dropped);

        behind += strspn(behind, "0123456789");
        if (strncmp(behind, database, strlen(database)) == 0)
            return behind;
    }
    return words + strlen(words);
}

/* NULL where the words are those of no known error. */
static const struct known_error *find_error(const char *words)
{
    const struct known_error *found = NULL;
    const char *end = end_of_words(words), *found_at = end;

    for (size_t i = 0; i < ARRAY_SIZE(known_errors); i++) {
        const struct known_error *known = &known_errors[i];
        const char *at = strstr(words, known->words);

        if (!at || at >= end || (found && (!known->names_follow || at >= found_at)))
            continue;
        found = known;
        found_at = at;
    }
    return found;
}

enum influx_cause influx_cause_of(const char *words)
{
    const struct known_error *error = find_error(words);

    return error ? error->cause : INFLUX_CAUSE_OTHER;
}

bool influx_is_of_points(const char *words)
{
    return strstr(words, "partial write") != NULL;
}

enum influx_failure influx_classify(long status, const char *words)
{
    const struct known_error *error = words ? find_error(words) : NULL;

    if (error)
        return error->failure;
    if (status == 401 || status == 403)
        return INFLUX_DENIED;
    /* An intermediary's page has no words of the server. */
    if (status == 500 && words && strncmp(words, "HTTP status", strlen("HTTP status")) != 0)
        return INFLUX_UNKNOWN;
    if (status == 408 || status == 429 || status / 100 == 5)
        return INFLUX_RETRY;
    if (status == 413)
        return INFLUX_TOO_BIG;
    return words || status / 100 != 2 ? INFLUX_FINAL : INFLUX_FINE;
}
