#include "base/json.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"

json_t *json_parse(const char *text, size_t len, struct err *err)
{
    json_error_t error;
    json_t *value = json_loadb(text, len, JSON_ALLOW_NUL, &error);

    if (!value)
        err_set(err, ERR_FAILED, "no valid JSON at byte %d: %s", error.position, error.text);
    return value;
}

static int append(const char *data, size_t len, void *sb)
{
    strbuf_add(sb, data, len);
    return 0;
}

void json_add_compact(struct strbuf *sb, const json_t *value)
{
    json_dump_callback(value, append, sb, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(12));
}

void json_add_pretty(struct strbuf *sb, const json_t *value)
{
    json_dump_callback(value, append, sb,
                       JSON_INDENT(2) | JSON_ENCODE_ANY | JSON_REAL_PRECISION(12));
    strbuf_addch(sb, '\n');
}

json_t *json_text(const char *s)
{
    struct strbuf clean = STRBUF_INIT;
    json_t *value = json_string(s);

    if (value)
        return value;
    for (size_t i = 0, len = strlen(s); i < len;) {
        size_t run = utf8_sequence(s + i, len - i);

        if (run)
            strbuf_add(&clean, s + i, run);
        else
            strbuf_addstr(&clean, "\xef\xbf\xbd");
        i += run ? run : 1;
    }
    value = json_string(clean.buf);
    strbuf_release(&clean);
    return value;
}

void json_set_text(json_t *object, const char *key, const char *s)
{
    json_set(object, key, s ? json_text(s) : json_null());
}

void json_set_int(json_t *object, const char *key, int64_t value)
{
    json_set(object, key, json_integer(value));
}

void json_set_real(json_t *object, const char *key, double value)
{
    json_set(object, key, isfinite(value) ? json_real(value) : json_null());
}

void json_set_bool(json_t *object, const char *key, int value)
{
    json_set(object, key, json_boolean(value));
}

void json_set_instant(json_t *object, const char *key, int64_t instant_ns)
{
    struct strbuf text = STRBUF_INIT;

    clock_add_instant(&text, instant_ns);
    json_set_text(object, key, text.buf);
    strbuf_release(&text);
}

void json_set_instant_or_null(json_t *object, const char *key, int64_t instant_ns)
{
    if (instant_ns)
        json_set_instant(object, key, instant_ns);
    else
        json_set(object, key, json_null());
}

void json_set(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}
