#include "influx/refusal.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "influx/line.h"

/* The last " dropped=" in the words, or NULL. The server's own is the last one, whatever names in
 * its words hold. */
static const char *find_dropped(const char *words)
{
    const char *found = NULL;

    for (const char *at = words; (at = strstr(at, " dropped=")); at++)
        found = at;
    return found;
}

bool refusal_is_of_all(const char *words, const char *lines, size_t len)
{
    const char *dropped = find_dropped(words);
    size_t count = line_count(lines, len);

    return count <= 1 || (dropped && strtoull(dropped + strlen(" dropped="), NULL, 10) == count);
}

/* A field type conflict that the words tell of. Points whose field has another type are condemned.
 */
struct conflict {
    char *measurement, *field;
    enum line_type type; /* the field's type in the target */
    bool found;
};

static bool parse_type(const char *name, enum line_type *type)
{
    static const struct {
        const char *name;
        enum line_type type;
    } types[] = {{"float", LINE_FLOAT},
                 {"integer", LINE_INTEGER},
                 {"string", LINE_STRING},
                 {"boolean", LINE_BOOLEAN}};

    for (size_t i = 0; i < ARRAY_SIZE(types); i++)
        if (strncmp(name, types[i].name, strlen(types[i].name)) == 0) {
            *type = types[i].type;
            return true;
        }
    return false;
}

/* The text behind the first `part` in `text`; NULL where `part` isn't there, or `text` is NULL. */
static const char *behind(const char *text, const char *part)
{
    const char *found = text ? strstr(text, part) : NULL;

    return found ? found + strlen(part) : NULL;
}

/* Parses: input field "F" on measurement "M" is type A, already exists as type B. From 1.12 and 2.7
 * on F and M are written by Go's %q. */
static bool parse_conflict(const char *words, struct conflict *conflict)
{
    static const char input[] = "input field \"", on[] = "\" on measurement \"",
                      is[] = "\" is type ", exists[] = ", already exists as type ";
    const char *field = behind(words, input), *measurement = behind(field, on);
    const char *type = behind(measurement, is), *other = behind(type, exists);

    if (!other || !parse_type(other, &conflict->type))
        return false;
    conflict->field = xmemdupz(field, (size_t)(measurement - field) - strlen(on));
    conflict->measurement = xmemdupz(measurement, (size_t)(type - measurement) - strlen(is));
    return true;
}

static void add_rune(struct strbuf *sb, unsigned long rune)
{
    if (rune >= 0x10000)
        strbuf_addf(sb, "%c%c%c", (int)(0xf0 | rune >> 18), (int)(0x80 | (rune >> 12 & 0x3f)),
                    (int)(0x80 | (rune >> 6 & 0x3f)));
    else if (rune >= 0x800)
        strbuf_addf(sb, "%c%c", (int)(0xe0 | rune >> 12), (int)(0x80 | (rune >> 6 & 0x3f)));
    else
        strbuf_addch(sb, (char)(0xc0 | rune >> 6));
    strbuf_addch(sb, (char)(0x80 | (rune & 0x3f)));
}

/* Adds what an escape of `digits` hexadecimal digits stands for; \x is a byte. Returns the number
 * of digits. */
static size_t add_hex(struct strbuf *sb, const char *text, size_t digits)
{
    char hex[9] = "";
    unsigned long value;

    for (size_t i = 0; i < digits && text[i]; i++)
        hex[i] = text[i];
    value = strtoul(hex, NULL, 16);
    if (digits == 2)
        strbuf_addch(sb, (char)value);
    else
        add_rune(sb, value);
    return strlen(hex);
}

/* Is `quoted` what Go's %q makes of `name`? */
static bool is_quoted(const char *name, const char *quoted)
{
    static const char escapes[] = "abfnrtv\\\"", meant[] = "\a\b\f\n\r\t\v\\\"";
    struct strbuf text = STRBUF_INIT;
    bool same;

    for (const char *at = quoted; *at; at++) {
        const char *known;

        if (*at != '\\' || !at[1]) {
            strbuf_addch(&text, *at);
            continue;
        }
        at++;
        known = strchr(escapes, *at);
        if (known)
            strbuf_addch(&text, meant[known - escapes]);
        else
            at += add_hex(&text, at + 1, *at == 'x' ? 2 : *at == 'u' ? 4 : 8);
    }
    same = strcmp(text.buf, name) == 0;
    strbuf_release(&text);
    return same;
}

/* Does a name of the server's words, quoted or not, mean this name? */
static bool is_name(const char *words, const char *name)
{
    return strcmp(words, name) == 0 || is_quoted(name, words);
}

static void look_at_field(void *context, const char *measurement, const char *field,
                          enum line_type type)
{
    struct conflict *conflict = context;

    if (type != conflict->type && is_name(conflict->field, field) &&
        is_name(conflict->measurement, measurement))
        conflict->found = true;
}

static bool split_by_conflict(const char *words, const char *lines, size_t len,
                              struct strbuf *condemned, struct strbuf *others)
{
    size_t condemned_before = condemned->len, others_before = others->len;
    struct conflict conflict = {NULL, NULL, LINE_FLOAT, false};

    if (!parse_conflict(words, &conflict))
        return false;
    for (size_t at = 0, part; at < len; at += part) {
        part = line_length(lines + at, len - at);
        conflict.found = false;
        line_each_field(lines + at, part, look_at_field, &conflict);
        strbuf_add(conflict.found ? condemned : others, lines + at, part);
    }
    free(conflict.measurement);
    free(conflict.field);
    if (condemned->len > condemned_before && others->len > others_before)
        return true;
    strbuf_setlen(condemned, condemned_before);
    strbuf_setlen(others, others_before);
    return false;
}

void refusal_split(const char *words, const char *lines, size_t len, struct strbuf *condemned,
                   struct strbuf *others)
{
    size_t half = line_count(lines, len) / 2, at = 0;

    if (split_by_conflict(words, lines, len, condemned, others))
        return;
    while (half-- > 0)
        at += line_length(lines + at, len - at);
    strbuf_add(condemned, lines, at);
    strbuf_add(others, lines + at, len - at);
}

void refusals_release(struct refusals *refusals)
{
    for (size_t i = 0; i < refusals->count; i++) {
        free(refusals->items[i].words);
        strbuf_release(&refusals->items[i].lines);
    }
    free(refusals->items);
    *refusals = (struct refusals)REFUSALS_INIT;
}

static struct refusal *find_refusal(struct refusals *refusals, const char *words, size_t len)
{
    for (size_t i = 0; i < refusals->count; i++)
        if (strlen(refusals->items[i].words) == len &&
            strncmp(refusals->items[i].words, words, len) == 0)
            return &refusals->items[i];
    GROW(refusals->items, refusals->count, refusals->alloc);
    refusals->items[refusals->count] =
        (struct refusal){xmemdupz(words, len), INFLUX_CAUSE_OTHER, STRBUF_INIT, 0};
    refusals->items[refusals->count].cause =
        influx_cause_of(refusals->items[refusals->count].words);
    refusals->bytes += len;
    return &refusals->items[refusals->count++];
}

void refusals_add(struct refusals *refusals, const char *words, const char *lines, size_t len)
{
    const char *dropped = find_dropped(words);
    struct refusal *refusal =
        find_refusal(refusals, words, dropped ? (size_t)(dropped - words) : strlen(words));
    int64_t points = (int64_t)line_count(lines, len);

    strbuf_add(&refusal->lines, lines, len);
    refusal->points += points;
    refusals->points += points;
    refusals->bytes += len;
}
