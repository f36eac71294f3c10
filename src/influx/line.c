#include "influx/line.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "influx/quote.h"

/* Characters of a measurement, key or tag value that may need an escape; all others are copied in
 * runs. */
static bool needs_look(char c)
{
    return c == ',' || c == ' ' || c == '=' || c == '\\' || c == '\n';
}

/* Adds a name with a backslash before each character of `special`. False where no escape can
 * express the name. */
static bool add_escaped(struct strbuf *sb, const struct points_text *text, const char *special)
{
    const char *bytes = text->bytes;
    size_t start = 0;

    if (!text->len || bytes[text->len - 1] == '\\')
        return false;
    for (size_t i = 0; i < text->len; i++) {
        if (!needs_look(bytes[i]))
            continue;
        /* A backslash stands for itself, except before a character that can be escaped. */
        if (bytes[i] == '\n' || (bytes[i] == '\\' && strchr(", =\\\"", bytes[i + 1])))
            return false;
        if (!strchr(special, bytes[i]))
            continue;
        strbuf_add(sb, bytes + start, i - start);
        strbuf_addch(sb, '\\');
        start = i;
    }
    strbuf_add(sb, bytes + start, text->len - start);
    return true;
}

bool line_add_series(struct strbuf *sb, const struct points_series *series)
{
    size_t start = sb->len;
    bool good = add_escaped(sb, &series->measurement, ", ");

    for (size_t i = 0; good && i < series->tag_count; i++) {
        strbuf_addch(sb, ',');
        good = add_escaped(sb, &series->tags[i].key, ", =");
        strbuf_addch(sb, '=');
        good = good && add_escaped(sb, &series->tags[i].value, ", =");
    }
    /* InfluxDB takes a line that begins with # as a comment, and skips a tab or a NUL at its
     * beginning (models/points.go). strchr() finds the NUL, too. */
    if (good && strchr("#\t", series->measurement.bytes[0]))
        good = false;
    if (!good)
        strbuf_setlen(sb, start);
    return good;
}

static void add_string(struct strbuf *sb, const struct msgpack_value *value)
{
    const char *bytes = value->as.string.bytes;
    size_t len = value->as.string.len, start = 0;

    strbuf_addch(sb, '"');
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != '"' && bytes[i] != '\\')
            continue;
        strbuf_add(sb, bytes + start, i - start);
        strbuf_addch(sb, '\\');
        start = i;
    }
    strbuf_add(sb, bytes + start, len - start);
    strbuf_addch(sb, '"');
}

static bool add_value(struct strbuf *sb, const struct msgpack_value *value)
{
    switch (value->type) {
    case MSGPACK_BOOL:
        strbuf_addch(sb, value->as.boolean ? 't' : 'f');
        return true;
    case MSGPACK_INT:
        decimal_add_int(sb, value->as.integer);
        strbuf_addch(sb, 'i');
        return true;
    case MSGPACK_FLOAT:
        if (!isfinite(value->as.real))
            return false;
        decimal_add_real(sb, value->as.real);
        return true;
    case MSGPACK_STRING:
        add_string(sb, value);
        return true;
    default:
        return false;
    }
}

bool line_add_point(struct strbuf *sb, const struct strbuf *head,
                    const struct points_series *series, const struct msgpack_value *values)
{
    size_t start = sb->len;
    size_t fields = 0;
    bool good = true;

    strbuf_add(sb, head->buf, head->len);
    for (size_t i = 1; good && i < series->column_count; i++) {
        if (values[i].type == MSGPACK_NIL)
            continue;
        strbuf_addch(sb, fields++ ? ',' : ' ');
        good = add_escaped(sb, &series->columns[i], ", =");
        strbuf_addch(sb, '=');
        good = good && add_value(sb, &values[i]);
    }
    if (!good || !fields) {
        strbuf_setlen(sb, start);
        return false;
    }
    strbuf_addch(sb, ' ');
    decimal_add_int(sb, values[0].as.integer);
    strbuf_addch(sb, '\n');
    return true;
}

/* Reading */

/* This loop replaces strchr(), which took a third of the time on a reject file of millions of
 * lines. */
static bool is_one_of(char c, const char *all)
{
    while (*all && *all != c)
        all++;
    return *all;
}

/* The position of the first of `ends` from `at` on that no backslash escapes, or `len`. */
static size_t skip_name(const char *line, size_t len, size_t at, const char *ends)
{
    for (; at < len && !is_one_of(line[at], ends); at++)
        if (line[at] == '\\' && at + 1 < len && line[at + 1] != '\n')
            at++;
    return at < len ? at : len;
}

/* The position behind the string whose first quote is at `at`; 0 where its last quote is missing.
 */
static size_t skip_string(const char *line, size_t len, size_t at)
{
    for (at++; at < len && line[at] != '"'; at++)
        if (line[at] == '\\' && at + 1 < len)
            at++;
    return at < len ? at + 1 : 0;
}

/* Reads the field behind the blank or comma at `*at`, and moves `*at` to the field's end. False
 * where no whole field is there. */
static bool next_field(const char *line, size_t len, size_t *at, struct points_text *key,
                       struct points_text *value)
{
    size_t start = *at + 1, equals = skip_name(line, len, start, "= \n"), end;

    if (start >= len || equals >= len || line[equals] != '=')
        return false;
    end = equals + 1;
    if (end < len && line[end] == '"') {
        if (!(end = skip_string(line, len, end)))
            return false;
    } else {
        end = skip_name(line, len, end, ", \n");
    }
    *key = (struct points_text){line + start, equals - start};
    *value = (struct points_text){line + equals + 1, end - equals - 1};
    *at = end;
    return true;
}

/* Does the line end at `at`, or behind a time that stands there? */
static bool ends_at(const char *line, size_t len, size_t at)
{
    if (at < len && line[at] == ' ') {
        at++;
        at += at < len && line[at] == '-';
        while (at < len && isdigit((unsigned char)line[at]))
            at++;
    }
    return at >= len || line[at] == '\n';
}

/* The position behind the last field; 0 where the line is no whole point. */
static size_t end_of_fields(const char *line, size_t len)
{
    struct points_text key, value;
    size_t at = skip_name(line, len, 0, " \n");

    while (at < len && (line[at] == ' ' || line[at] == ',') &&
           next_field(line, len, &at, &key, &value) && at < len && line[at] == ',')
        ;
    return ends_at(line, len, at) ? at : 0;
}

/* The length of a line that holds no quote, or is a comment: its first newline ends it. 0 for other
 * lines, in which a string may hold the newline. */
static size_t simple_length(const char *lines, size_t len)
{
    const char *newline = len ? memchr(lines, '\n', len) : NULL;
    size_t length = newline ? (size_t)(newline - lines) + 1 : 0;

    return length && (lines[0] == '#' || !memchr(lines, '"', length)) ? length : 0;
}

size_t line_length(const char *lines, size_t len)
{
    size_t length = simple_length(lines, len), at;
    const char *newline;

    if (length)
        return length;
    at = len && lines[0] != '#' ? end_of_fields(lines, len) : 0;
    newline = memchr(lines + at, '\n', len - at);
    return newline ? (size_t)(newline - lines) + 1 : len;
}

size_t line_length_so_far(const char *lines, size_t len)
{
    size_t simple = simple_length(lines, len), at;
    const char *newline;

    if (simple || !len || lines[0] == '#')
        return simple;
    at = end_of_fields(lines, len);
    newline = at ? memchr(lines + at, '\n', len - at) : NULL;
    return newline ? (size_t)(newline - lines) + 1 : 0;
}

size_t line_count(const char *lines, size_t len)
{
    size_t count = 0;

    for (size_t at = 0; at < len; at += line_length(lines + at, len - at))
        count++;
    return count;
}

/* A name without the backslashes that escape; the caller's to free. */
static char *unescape(const struct points_text *text)
{
    struct strbuf plain = STRBUF_INIT;
    char *name;

    for (size_t i = 0; i < text->len; i++) {
        if (text->bytes[i] == '\\' && i + 1 < text->len && text->bytes[i + 1] &&
            strchr(", =", text->bytes[i + 1]))
            i++;
        strbuf_addch(&plain, text->bytes[i]);
    }
    name = influx_decode_name(plain.buf, plain.len);
    strbuf_release(&plain);
    return name;
}

static enum line_type type_of(const struct points_text *value)
{
    if (!value->len)
        return LINE_FLOAT;
    if (value->bytes[0] == '"')
        return LINE_STRING;
    if (strchr("tTfF", value->bytes[0]))
        return LINE_BOOLEAN;
    return value->bytes[value->len - 1] == 'i' ? LINE_INTEGER : LINE_FLOAT;
}

void line_each_field(const char *line, size_t len,
                     void (*each)(void *context, const char *measurement, const char *field,
                                  enum line_type type),
                     void *context)
{
    struct points_text name = {line, skip_name(line, len, 0, ", \n")}, key, value;
    size_t at = skip_name(line, len, 0, " \n");
    char *measurement = unescape(&name);

    while (at < len && (line[at] == ' ' || line[at] == ',') &&
           next_field(line, len, &at, &key, &value)) {
        char *field = unescape(&key);

        each(context, measurement, field, type_of(&value));
        free(field);
        /* The time stands behind a blank. */
        if (at >= len || line[at] != ',')
            break;
    }
    free(measurement);
}
