#include "tenants/run/deep.h"

#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"

void deep_release(struct deep *deep)
{
    for (size_t i = 0; i < deep->other_count; i++)
        free(deep->others[i].bytes);
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
    if (!digest.words[0])
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

/* Two values of one type have different words; those of two types may share one once in 2^64. */
static uint64_t value_word(const struct msgpack_value *value)
{
    uint64_t word = value->as.unsigned_integer;

    if (value->type == MSGPACK_STRING || value->type == MSGPACK_EXT) {
        unsigned char sha[SHA256_DIGEST_LENGTH];

        SHA256((const unsigned char *)value->as.string.bytes, value->as.string.len, sha);
        memcpy(&word, sha, sizeof(word));
    } else if (value->type == MSGPACK_BOOL) {
        word = value->as.boolean;
    }
    return word + (uint64_t)value->type * UINT64_C(0x9e3779b97f4a7c15);
}

/* `bytes` is room to work in, which the caller uses again for the next value. */
static struct deep_digest value_digest(struct strbuf *bytes, const struct deep_digest *series,
                                       int64_t time_ns, const struct points_text *field,
                                       const struct msgpack_value *value)
{
    struct deep_digest digest;

    strbuf_reset(bytes);
    strbuf_add(bytes, series, sizeof(*series));
    strbuf_add(bytes, &time_ns, sizeof(time_ns));
    add_text(bytes, field);
    digest = digest_of(bytes);
    digest.words[1] ^= value_word(value);
    return digest;
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
    return (size_t)digest->words[0] & (deep->slot_count - 1);
}

static size_t find_slot(const struct deep *deep, const struct deep_digest *digest)
{
    size_t slot = home(deep, digest);

    while (!is_free(&deep->slots[slot]) && !same(&deep->slots[slot], digest))
        slot = (slot + 1) & (deep->slot_count - 1);
    return slot;
}

/* Finds any value that is kept for the place. */
static size_t find_place(const struct deep *deep, const struct deep_digest *digest)
{
    size_t slot = home(deep, digest);

    while (!is_free(&deep->slots[slot]) && deep->slots[slot].words[0] != digest->words[0])
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

static void take_slot(struct deep *deep, size_t hole)
{
    size_t mask = deep->slot_count - 1, next;

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

/* Values that are different */

static void remember_other(struct deep *deep, const struct deep_digest *digest,
                           const struct msgpack_value *value)
{
    struct deep_other *other;

    if (deep->other_count == DIFFERENCE_NAMED)
        return;
    other = &deep->others[deep->other_count++];
    *other = (struct deep_other){digest->words[0], *value, NULL};
    if (value->type != MSGPACK_STRING)
        return;
    other->bytes = xmemdupz(value->as.string.bytes, value->as.string.len);
    other->value.as.string.bytes = other->bytes;
}

static void name_different(struct difference *found, const struct strbuf *place, int64_t time_ns,
                           const struct msgpack_value *source, const struct msgpack_value *target)
{
    size_t from = difference_first_byte(source, target);
    struct strbuf texts[2] = {STRBUF_INIT, STRBUF_INIT};

    difference_add_value(&texts[0], source, from);
    difference_add_value(&texts[1], target, from);
    difference_name_different(found, place, time_ns, texts[0].buf, texts[1].buf);
    strbuf_release(&texts[0]);
    strbuf_release(&texts[1]);
}

static void name_missing(struct difference *found, const struct strbuf *place, int64_t time_ns,
                         const struct msgpack_value *value)
{
    struct strbuf text = STRBUF_INIT;

    difference_add_value(&text, value, 0);
    difference_name_missing(found, place, text.buf, time_ns);
    strbuf_release(&text);
}

static const struct deep_other *find_other(const struct deep *deep,
                                           const struct deep_digest *digest)
{
    for (size_t i = 0; i < deep->other_count; i++)
        if (deep->others[i].place == digest->words[0])
            return &deep->others[i];
    return NULL;
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
    size_t slot;

    (void)series;
    (void)time_ns;
    (void)column;
    if (!deep->count) {
        deep->extra++;
        return;
    }
    slot = find_slot(deep, digest);
    if (!is_free(&deep->slots[slot])) {
        take_slot(deep, slot);
        return;
    }
    slot = find_place(deep, digest);
    if (is_free(&deep->slots[slot])) {
        deep->extra++;
        return;
    }
    take_slot(deep, slot);
    deep->different++;
    remember_other(deep, digest, value);
}

static void visit_name(struct deep *deep, const struct deep_digest *digest,
                       const struct points_series *series, int64_t time_ns, size_t column,
                       const struct msgpack_value *value)
{
    const struct deep_other *other = find_other(deep, digest);
    bool missing = !other && deep->count && !is_free(&deep->slots[find_slot(deep, digest)]);
    struct strbuf place = STRBUF_INIT;

    if (!other && (!missing || deep->found->first_missing.nr == DIFFERENCE_NAMED))
        return;
    difference_add_place(&place, series, &series->columns[column]);
    if (other)
        name_different(deep->found, &place, time_ns, value, &other->value);
    else
        name_missing(deep->found, &place, time_ns, value);
    strbuf_release(&place);
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
