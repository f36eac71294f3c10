#include "influx/line.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* False for what no escape can express. `special` are the characters that need a backslash. */
static bool add_escaped(struct strbuf *sb, const struct points_text *text, const char *special)
{
    if (!text->len || text->bytes[text->len - 1] == '\\')
        return false;
    for (size_t i = 0; i < text->len; i++) {
        char c = text->bytes[i];

        /* A backslash stands for itself unless what follows it could be escaped. */
        if (c == '\n' || (c == '\\' && strchr(", =\\\"", text->bytes[i + 1])))
            return false;
        if (c && strchr(special, c))
            strbuf_addch(sb, '\\');
        strbuf_addch(sb, c);
    }
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

    strbuf_addch(sb, '"');
    for (size_t i = 0; i < value->as.string.len; i++) {
        if (bytes[i] == '"' || bytes[i] == '\\')
            strbuf_addch(sb, '\\');
        strbuf_addch(sb, bytes[i]);
    }
    strbuf_addch(sb, '"');
}

static bool add_value(struct strbuf *sb, const struct msgpack_value *value)
{
    switch (value->type) {
    case MSGPACK_BOOL:
        strbuf_addch(sb, value->as.boolean ? 't' : 'f');
        return true;
    case MSGPACK_INT:
        strbuf_addf(sb, "%" PRId64 "i", value->as.integer);
        return true;
    case MSGPACK_FLOAT:
        strbuf_addf(sb, "%.17g", value->as.real);
        return isfinite(value->as.real);
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
    strbuf_addf(sb, " %" PRId64 "\n", values[0].as.integer);
    return true;
}
