#include "influx/line.h"

#include <math.h>
#include <string.h>

#include "base/decimal.h"

/* What needs a look in a measurement, key or tag value: all else is copied as it is, in runs. */
static bool needs_look(char c)
{
    return c == ',' || c == ' ' || c == '=' || c == '\\' || c == '\n';
}

/* False for what no escape can express. `special` are the characters that need a backslash. */
static bool add_escaped(struct strbuf *sb, const struct points_text *text, const char *special)
{
    const char *bytes = text->bytes;
    size_t start = 0;

    if (!text->len || bytes[text->len - 1] == '\\')
        return false;
    for (size_t i = 0; i < text->len; i++) {
        if (!needs_look(bytes[i]))
            continue;
        /* A backslash stands for itself unless what follows it could be escaped. */
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
    /* A line that begins so is a comment; a tab or a NUL there is skipped (models/points.go). */
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
