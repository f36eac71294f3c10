#include "tenants/run/deep.h"

#include <inttypes.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/strbuf.h"

void deep_release(struct deep *deep)
{
    free(deep->slots);
    *deep = (struct deep)DEEP_INIT;
}

/* Digests */

static struct deep_digest digest_of(const struct strbuf *bytes)
{
    unsigned char sha[SHA256_DIGEST_LENGTH];
    struct deep_digest digest;

    SHA256((const unsigned char *)bytes->buf, bytes->len, sha);
    memcpy(&digest, sha, sizeof(digest));
    if (!digest.words[0] && !digest.words[1])
        digest.words[0] = 1;
    return digest;
}

/* The length stands before the text, so that no two lists of texts give the same bytes. */
static void add_text(struct strbuf *bytes, const struct points_text *text)
{
    uint64_t len = text->len;

    strbuf_add(bytes, &len, sizeof(len));
    strbuf_add(bytes, text->bytes, text->len);
}

static struct deep_digest series_digest(const struct points_series *series)
{
    struct strbuf bytes = STRBUF_INIT;
    struct deep_digest digest;

    add_text(&bytes, &series->measurement);
    for (size_t i = 0; i < series->tag_count; i++) {
        add_text(&bytes, &series->tags[i].key);
        add_text(&bytes, &series->tags[i].value);
    }
    digest = digest_of(&bytes);
    strbuf_release(&bytes);
    return digest;
}

static void add_value(struct strbuf *bytes, const struct msgpack_value *value)
{
    unsigned char type = (unsigned char)value->type;

    strbuf_add(bytes, &type, 1);
    if (value->type == MSGPACK_STRING || value->type == MSGPACK_EXT)
        strbuf_add(bytes, value->as.string.bytes, value->as.string.len);
    else if (value->type == MSGPACK_BOOL)
        strbuf_addch(bytes, (char)value->as.boolean);
    else
        strbuf_add(bytes, &value->as.unsigned_integer, sizeof(value->as.unsigned_integer));
}

/* `bytes` is room to work in, which the caller uses again for the next value. */
static struct deep_digest value_digest(struct strbuf *bytes, const struct deep_digest *series,
                                       int64_t time_ns, const struct points_text *field,
                                       const struct msgpack_value *value)
{
    strbuf_reset(bytes);
    strbuf_add(bytes, series, sizeof(*series));
    strbuf_add(bytes, &time_ns, sizeof(time_ns));
    add_text(bytes, field);
    add_value(bytes, value);
    return digest_of(bytes);
}

/* The set: open addressing, deletion by moving back what follows. */

static bool is_free(const struct deep_digest *digest)
{
    return !digest->words[0] && !digest->words[1];
}

static bool same(const struct deep_digest *a, const struct deep_digest *b)
{
    return a->words[0] == b->words[0] && a->words[1] == b->words[1];
}

static size_t home(const struct deep *deep, const struct deep_digest *digest)
{
    return (size_t)digest->words[1] & (deep->slot_count - 1);
}

static size_t find_slot(const struct deep *deep, const struct deep_digest *digest)
{
    size_t slot = home(deep, digest);

    while (!is_free(&deep->slots[slot]) && !same(&deep->slots[slot], digest))
        slot = (slot + 1) & (deep->slot_count - 1);
    return slot;
}

static void grow(struct deep *deep)
{
    struct deep_digest *old = deep->slots;
    size_t old_count = deep->slot_count;

    deep->slot_count = old_count ? old_count * 2 : 1024;
    deep->slots = xcalloc(deep->slot_count, sizeof(*deep->slots));
    for (size_t i = 0; i < old_count; i++)
        if (!is_free(&old[i]))
            deep->slots[find_slot(deep, &old[i])] = old[i];
    free(old);
}

static void keep(struct deep *deep, const struct deep_digest *digest)
{
    size_t slot;

    if (deep->count * 2 >= deep->slot_count)
        grow(deep);
    slot = find_slot(deep, digest);
    if (is_free(&deep->slots[slot])) {
        deep->slots[slot] = *digest;
        deep->count++;
    }
}

static void take(struct deep *deep, const struct deep_digest *digest)
{
    size_t mask = deep->slot_count - 1, hole, next;

    if (!deep->count)
        return;
    hole = find_slot(deep, digest);
    if (is_free(&deep->slots[hole]))
        return;
    deep->count--;
    for (next = (hole + 1) & mask; !is_free(&deep->slots[next]); next = (next + 1) & mask) {
        /* A digest may not move before its home: then nobody would find it. */
        if (((next - home(deep, &deep->slots[next])) & mask) < ((next - hole) & mask))
            continue;
        deep->slots[hole] = deep->slots[next];
        hole = next;
    }
    deep->slots[hole] = (struct deep_digest){{0, 0}};
}

/* Naming */

static void add_visible(struct strbuf *text, const struct points_text *part)
{
    strbuf_add_visible(text, part->bytes, part->len);
}

static void add_value_text(struct strbuf *text, const struct msgpack_value *value)
{
    switch (value->type) {
    case MSGPACK_BOOL:
        strbuf_addstr(text, value->as.boolean ? "true" : "false");
        break;
    case MSGPACK_INT:
        strbuf_addf(text, "%" PRId64 "i", value->as.integer);
        break;
    case MSGPACK_FLOAT:
        strbuf_addf(text, "%.17g", value->as.real);
        break;
    case MSGPACK_STRING:
        strbuf_addch(text, '"');
        strbuf_add_visible(text, value->as.string.bytes,
                           value->as.string.len < 60 ? value->as.string.len : 60);
        strbuf_addstr(text, value->as.string.len < 60 ? "\"" : "...\"");
        break;
    default:
        strbuf_addch(text, '?');
        break;
    }
}

static char *value_text(const struct points_series *series, int64_t time_ns,
                        const struct points_text *field, const struct msgpack_value *value)
{
    struct strbuf text = STRBUF_INIT;

    add_visible(&text, &series->measurement);
    for (size_t i = 0; i < series->tag_count; i++) {
        strbuf_addch(&text, ',');
        add_visible(&text, &series->tags[i].key);
        strbuf_addch(&text, '=');
        add_visible(&text, &series->tags[i].value);
    }
    strbuf_addch(&text, ' ');
    add_visible(&text, field);
    strbuf_addch(&text, '=');
    add_value_text(&text, value);
    strbuf_addstr(&text, " at ");
    clock_add_instant(&text, time_ns);
    return strbuf_detach(&text);
}

/* The rows of a reply */

typedef void (*visitor)(struct deep *deep, const struct deep_digest *digest,
                        const struct points_series *series, int64_t time_ns, size_t column,
                        const struct msgpack_value *value);

static int each_value(struct deep *deep, const struct points_series *series, bool new_series,
                      const struct msgpack_value *values, visitor visit)
{
    struct strbuf room = STRBUF_INIT;
    int64_t time_ns = values[0].as.integer;

    if (new_series)
        deep->series = series_digest(series);
    for (size_t i = 1; i < series->column_count; i++) {
        struct deep_digest digest;

        if (values[i].type == MSGPACK_NIL)
            continue;
        digest = value_digest(&room, &deep->series, time_ns, &series->columns[i], &values[i]);
        visit(deep, &digest, series, time_ns, i, &values[i]);
    }
    strbuf_release(&room);
    return 0;
}

static void visit_keep(struct deep *deep, const struct deep_digest *digest,
                       const struct points_series *series, int64_t time_ns, size_t column,
                       const struct msgpack_value *value)
{
    (void)series;
    (void)time_ns;
    (void)column;
    (void)value;
    keep(deep, digest);
}

static void visit_take(struct deep *deep, const struct deep_digest *digest,
                       const struct points_series *series, int64_t time_ns, size_t column,
                       const struct msgpack_value *value)
{
    (void)series;
    (void)time_ns;
    (void)column;
    (void)value;
    take(deep, digest);
}

static void visit_name(struct deep *deep, const struct deep_digest *digest,
                       const struct points_series *series, int64_t time_ns, size_t column,
                       const struct msgpack_value *value)
{
    char *text;

    if (!deep->count || deep->named->nr >= deep->named_max ||
        is_free(&deep->slots[find_slot(deep, digest)]))
        return;
    text = value_text(series, time_ns, &series->columns[column], value);
    strvec_push(deep->named, text);
    free(text);
}

int deep_keep(void *context, const struct points_series *series, bool new_series,
              const struct msgpack_value *values, struct err *err)
{
    (void)err;
    return each_value(context, series, new_series, values, visit_keep);
}

int deep_take(void *context, const struct points_series *series, bool new_series,
              const struct msgpack_value *values, struct err *err)
{
    (void)err;
    return each_value(context, series, new_series, values, visit_take);
}

int deep_name(void *context, const struct points_series *series, bool new_series,
              const struct msgpack_value *values, struct err *err)
{
    (void)err;
    return each_value(context, series, new_series, values, visit_name);
}
