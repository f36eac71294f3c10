#include "tenants/run/difference.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/plural.h"

/* So many bytes of a string are shown, and so many of them stand before the first that differs. */
enum { SHOWN_BYTES = 60, SHOWN_BEFORE = 20 };

void difference_release(struct difference *difference)
{
    for (size_t i = 0; i < difference->pair_count; i++) {
        free(difference->first_different[i].point);
        free(difference->first_different[i].source);
        free(difference->first_different[i].target);
    }
    strvec_release(&difference->first_missing);
    *difference = (struct difference)DIFFERENCE_INIT;
}

/* Texts */

static void add_visible(struct strbuf *sb, const struct points_text *text)
{
    strbuf_add_visible(sb, text->bytes, text->len);
}

void difference_add_place(struct strbuf *sb, const struct points_series *series,
                          const struct points_text *field)
{
    add_visible(sb, &series->measurement);
    for (size_t i = 0; i < series->tag_count; i++) {
        strbuf_addch(sb, ',');
        add_visible(sb, &series->tags[i].key);
        strbuf_addch(sb, '=');
        add_visible(sb, &series->tags[i].value);
    }
    strbuf_addch(sb, ' ');
    add_visible(sb, field);
}

/* A character of several bytes isn't cut at its beginning. */
static size_t first_shown(const char *bytes, size_t len, size_t from)
{
    size_t start = from < SHOWN_BYTES ? 0 : from - SHOWN_BEFORE;

    while (start > 0 && start < len && ((unsigned char)bytes[start] & 0xc0) == 0x80)
        start--;
    return start < len ? start : len;
}

static void add_string(struct strbuf *sb, const char *bytes, size_t len, size_t from)
{
    size_t start = first_shown(bytes, len, from), rest = len - start;

    strbuf_addstr(sb, start ? "\"..." : "\"");
    strbuf_add_visible(sb, bytes + start, rest < SHOWN_BYTES ? rest : SHOWN_BYTES);
    strbuf_addstr(sb, rest <= SHOWN_BYTES ? "\"" : "...\"");
}

void difference_add_value(struct strbuf *sb, const struct msgpack_value *value, size_t from)
{
    switch (value->type) {
    case MSGPACK_BOOL:
        strbuf_addstr(sb, value->as.boolean ? "true" : "false");
        break;
    case MSGPACK_INT:
        strbuf_addf(sb, "%" PRId64 "i", value->as.integer);
        break;
    case MSGPACK_UINT:
        strbuf_addf(sb, "%" PRIu64 "u", value->as.unsigned_integer);
        break;
    case MSGPACK_FLOAT:
        strbuf_addf(sb, "%.17g", value->as.real);
        break;
    case MSGPACK_STRING:
        add_string(sb, value->as.string.bytes, value->as.string.len, from);
        break;
    default:
        strbuf_addch(sb, '?');
        break;
    }
}

size_t difference_first_byte(const struct msgpack_value *a, const struct msgpack_value *b)
{
    size_t i = 0;

    if (a->type != MSGPACK_STRING || b->type != MSGPACK_STRING)
        return 0;
    while (i < a->as.string.len && i < b->as.string.len &&
           a->as.string.bytes[i] == b->as.string.bytes[i])
        i++;
    return i;
}

/* Naming */

void difference_name_missing(struct difference *difference, const struct strbuf *place,
                             const char *value, int64_t time_ns)
{
    struct strbuf text = STRBUF_INIT;

    if (difference->first_missing.nr >= DIFFERENCE_NAMED)
        return;
    strbuf_addf(&text, "%s=%s at ", place->buf, value);
    clock_add_instant(&text, time_ns);
    strvec_push(&difference->first_missing, text.buf);
    strbuf_release(&text);
}

void difference_name_different(struct difference *difference, const struct strbuf *place,
                               int64_t time_ns, const char *source, const char *target)
{
    struct strbuf text = STRBUF_INIT;

    if (difference->pair_count >= DIFFERENCE_NAMED)
        return;
    strbuf_addf(&text, "%s at ", place->buf);
    clock_add_instant(&text, time_ns);
    difference->first_different[difference->pair_count++] =
        (struct difference_pair){strbuf_detach(&text), xstrdup(source), xstrdup(target)};
}

void difference_add_words(struct strbuf *sb, const struct difference *difference)
{
    const struct difference_pair *pair = &difference->first_different[0];
    const char *words = difference->missing
                            ? PLURAL(difference->different, "is", "are")
                            : PLURAL(difference->different, "value is", "values are");

    if (difference->missing)
        strbuf_addf(sb, "%" PRId64 " value%s missing in the target", difference->missing,
                    PLURAL(difference->missing, " is", "s are"));
    if (difference->first_missing.nr)
        strbuf_addf(sb, ", the first: %s", difference->first_missing.v[0]);
    if (difference->different)
        strbuf_addf(sb, "%s%" PRId64 " %s different %s", difference->missing ? "; " : "",
                    difference->different, words, difference->missing ? "there" : "in the target");
    if (difference->pair_count)
        strbuf_addf(sb, ", the first: %s, %s in the source, %s in the target", pair->point,
                    pair->source, pair->target);
}
