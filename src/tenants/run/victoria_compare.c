#include "tenants/run/victoria_compare.h"

#include <inttypes.h>
#include <math.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define MS_NS INT64_C(1000000)

/*
 * VictoriaMetrics keeps a block of numbers as whole numbers of 18 digits with one power of ten. So
 * a small number loses digits beside a large one, and even alone it has 12 digits (measured, and
 * lib/decimal of VictoriaMetrics).
 */
#define NEARLY 1e-9

static bool is_near(double a, double b)
{
    double larger = fabs(a) > fabs(b) ? fabs(a) : fabs(b);

    return a == b || fabs(a - b) <= NEARLY * larger;
}

/* Counts */

/* Where a line of the export ended, whose series may go on in another line. */
struct victoria_tail {
    uint32_t series;    /* a number of counts.series */
    uint64_t digest[2]; /* of all labels */
    double time_ms;     /* the line's last millisecond */
};

void victoria_counts_release(struct victoria_counts *counts)
{
    for (size_t i = 0; i < counts->series.count; i++) {
        free(counts->items[i].measurement);
        free(counts->items[i].field);
    }
    names_release(&counts->series);
    free(counts->items);
    free(counts->tails);
    *counts = (struct victoria_counts){0};
}

void victoria_counts_restart(struct victoria_counts *counts)
{
    for (size_t i = 0; i < counts->series.count; i++)
        counts->items[i].target = 0;
    counts->tail_count = 0;
}

static void add_source(struct victoria_counts *counts, const char *measurement, const char *field,
                       int64_t count)
{
    struct strbuf name = STRBUF_INIT;
    size_t before = counts->series.count;
    uint32_t number;

    strbuf_addf(&name, "%s%s%s", measurement, counts->server->separator, field);
    number = names_add(&counts->series, name.buf);
    strbuf_release(&name);
    if (number == before) {
        GROW(counts->items, number, counts->alloc);
        counts->items[number] =
            (struct victoria_count){.measurement = xstrdup(measurement), .field = xstrdup(field)};
    }
    counts->items[number].source += count;
}

int victoria_count_source(void *context, const struct influx_series *series, struct err *err)
{
    static const char prefix[] = "count_";
    struct victoria_counts *counts = context;
    size_t index;
    json_t *row;

    (void)err;
    json_array_foreach (series->values, index, row) {
        for (size_t i = 0; i < json_array_size(series->columns); i++) {
            char *title = influx_cell_name(series->columns, i);
            const char *field = title ? title + sizeof(prefix) - 1 : "";
            int64_t count = influx_cell_int(row, i, 0);

            if (title && count && strncmp(title, prefix, sizeof(prefix) - 1) == 0) {
                bool number = strvec_has(counts->numbers, field);

                counts->uncertain |= number && strvec_has(counts->strings, field);
                if (number)
                    add_source(counts, series->name, field, count);
            }
            free(title);
        }
    }
    return 0;
}

/* The length stands before the text, so that no two lists of texts give the same bytes. */
static void add_text(struct strbuf *bytes, const char *text, size_t len)
{
    uint64_t length = len;

    strbuf_add(bytes, &length, sizeof(length));
    strbuf_add(bytes, text, len);
}

static void digest_bytes(const struct strbuf *bytes, uint64_t digest[2])
{
    unsigned char sum[SHA256_DIGEST_LENGTH];

    SHA256((const unsigned char *)bytes->buf, bytes->len, sum);
    memcpy(digest, sum, 2 * sizeof(*digest));
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The digest of a series by its labels, the name among them, sorted by key. */
static void digest_labels(const json_t *labels, uint64_t digest[2])
{
    size_t count = json_object_size(labels), i = 0;
    const char **keys = xcalloc(count, sizeof(*keys));
    struct strbuf bytes = STRBUF_INIT;
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)labels, key, value)
        keys[i++] = key;
    qsort(keys, count, sizeof(*keys), compare_texts);
    for (i = 0; i < count; i++) {
        value = json_object_get(labels, keys[i]);
        add_text(&bytes, keys[i], strlen(keys[i]));
        add_text(&bytes, json_string_value(value) ? json_string_value(value) : "",
                 json_string_length(value));
    }
    digest_bytes(&bytes, digest);
    strbuf_release(&bytes);
    free(keys);
}

/* Finds the time at which an earlier line of the series ended; -1 where this is the first. */
static double *find_tail(struct victoria_counts *counts, uint32_t series,
                         const struct export_line *line)
{
    uint64_t digest[2];

    digest_labels(line->labels, digest);
    for (size_t i = 0; i < counts->tail_count; i++)
        if (counts->tails[i].series == series &&
            memcmp(counts->tails[i].digest, digest, sizeof(digest)) == 0)
            return &counts->tails[i].time_ms;
    GROW(counts->tails, counts->tail_count, counts->tail_alloc);
    counts->tails[counts->tail_count] = (struct victoria_tail){series, {digest[0], digest[1]}, -1};
    return &counts->tails[counts->tail_count++].time_ms;
}

/* Has an earlier row of the same millisecond this value, too? */
static bool is_repeated(const struct export_line *line, size_t first, size_t row, double value)
{
    for (size_t i = first; i < row; i++) {
        double earlier;

        if (export_number(line->values, i, &earlier) && earlier == value)
            return true;
    }
    return false;
}

/*
 * Counts the different values of each millisecond. Rows in the last millisecond of an earlier line
 * of the series aren't counted, since they may be repetitions. A count that is too small only makes
 * the values be compared; one that is too large would hide a lack.
 */
static int64_t count_line(const struct export_line *line, double after_ms)
{
    size_t first = 0; /* the first row of the millisecond at hand */
    double first_ms = -1;
    int64_t count = 0;

    for (size_t i = 0; i < line->count; i++) {
        double time_ms, value;

        if (!export_number(line->timestamps, i, &time_ms) ||
            !export_number(line->values, i, &value) || time_ms == after_ms)
            continue;
        if (time_ms != first_ms) {
            first = i;
            first_ms = time_ms;
        }
        count += !is_repeated(line, first, i, value);
    }
    return count;
}

int victoria_count_target(void *context, const struct export_line *line, struct err *err)
{
    struct victoria_counts *counts = context;
    const char *name = json_string_value(json_object_get(line->labels, "__name__"));
    uint32_t number = name ? names_find(&counts->series, name) : NAMES_NONE;
    double *tail;

    (void)err;
    if (number == NAMES_NONE || !line->count)
        return 0;
    if (line->count < EXPORT_LINE_ROWS && !counts->tail_count) {
        counts->items[number].target += count_line(line, -1);
        return 0;
    }
    tail = find_tail(counts, number, line);
    counts->items[number].target += count_line(line, *tail);
    export_number(line->timestamps, line->count - 1, tail);
    return 0;
}

int64_t victoria_counts_compare(const struct victoria_counts *counts, int64_t *ret_missing)
{
    int64_t source = 0;

    *ret_missing = 0;
    for (size_t i = 0; i < counts->series.count; i++) {
        const struct victoria_count *count = &counts->items[i];

        source += count->source;
        if (count->target < count->source)
            *ret_missing += count->source - count->target;
    }
    return source;
}

/* Values */

struct victoria_digest {
    uint64_t words[2];
};

enum { SLOT_FREE, SLOT_MISSING, SLOT_FOUND, SLOT_DIFFERENT };

struct victoria_value {
    uint64_t key[2]; /* a digest of series and millisecond */
    double number;
    int state;
    uint32_t conflicts; /* of the key, in the slot that is found first for it */
};

/* A value of the target at a time for which the source has others only. */
struct victoria_other {
    uint64_t key[2];
    double number;
};

void victoria_values_release(struct victoria_values *values)
{
    free(values->slots);
    free(values->columns);
    free(values->others);
    values->columns = NULL;
    values->slots = NULL;
    values->others = NULL;
    values->other_count = values->other_alloc = 0;
    values->column_alloc = 0;
    values->slot_count = values->count = values->missing = values->conflicts = 0;
}

/* A label of a field's series. */
struct label {
    const char *key, *value;
    size_t key_len, value_len;
};

static int compare_labels(const void *a, const void *b)
{
    const struct label *l = a, *r = b;
    size_t shorter = l->key_len < r->key_len ? l->key_len : r->key_len;
    int order = memcmp(l->key, r->key, shorter);

    return order ? order : l->key_len < r->key_len ? -1 : l->key_len > r->key_len;
}

static bool is_key(const struct label *label, const char *key)
{
    return label->key_len == strlen(key) && memcmp(label->key, key, label->key_len) == 0;
}

/* The label of the database is added, unless a tag has the same name: such a tag stays what it is
 * (measured). */
static void digest_field(const struct victoria_values *values, const struct points_series *series,
                         const struct points_text *field, uint64_t digest[2])
{
    struct label *labels = xcalloc(series->tag_count + 2, sizeof(*labels));
    struct strbuf name = STRBUF_INIT;
    struct strbuf bytes = STRBUF_INIT;
    const char *label = values->server->label;
    bool has_label = false;
    size_t count = 0;

    for (size_t i = 0; i < series->tag_count; i++) {
        const struct points_tag *tag = &series->tags[i];

        labels[count] =
            (struct label){tag->key.bytes, tag->value.bytes, tag->key.len, tag->value.len};
        has_label = has_label || is_key(&labels[count], label);
        count++;
    }
    if (!has_label)
        labels[count++] =
            (struct label){label, values->database, strlen(label), strlen(values->database)};
    strbuf_add(&name, series->measurement.bytes, series->measurement.len);
    strbuf_addstr(&name, values->server->separator);
    strbuf_add(&name, field->bytes, field->len);
    labels[count++] = (struct label){"__name__", name.buf, strlen("__name__"), name.len};
    qsort(labels, count, sizeof(*labels), compare_labels);
    for (size_t i = 0; i < count; i++) {
        add_text(&bytes, labels[i].key, labels[i].key_len);
        add_text(&bytes, labels[i].value, labels[i].value_len);
    }
    digest_bytes(&bytes, digest);
    strbuf_release(&bytes);
    strbuf_release(&name);
    free(labels);
}

static void key_of(const uint64_t series[2], int64_t time_ms, uint64_t key[2])
{
    uint64_t mixed = (uint64_t)time_ms * UINT64_C(0x9e3779b97f4a7c15);

    key[0] = series[0] ^ (uint64_t)time_ms;
    key[1] = series[1] ^ mixed ^ (mixed >> 32);
}

static size_t home(const struct victoria_values *values, const uint64_t key[2])
{
    return (size_t)key[1] & (values->slot_count - 1);
}

static void insert(struct victoria_values *values, const struct victoria_value *value)
{
    size_t slot = home(values, value->key);

    while (values->slots[slot].state != SLOT_FREE)
        slot = (slot + 1) & (values->slot_count - 1);
    values->slots[slot] = *value;
}

static void make_room(struct victoria_values *values)
{
    struct victoria_value *old = values->slots;
    size_t old_count = values->slot_count;

    if (values->count * 2 < values->slot_count)
        return;
    values->slot_count = old_count ? old_count * 2 : 1024;
    values->slots = xcalloc(values->slot_count, sizeof(*values->slots));
    for (size_t i = 0; i < old_count; i++)
        if (old[i].state != SLOT_FREE)
            insert(values, &old[i]);
    free(old);
}

/* Finds the next slot of the key from `slot` on, or the free slot behind the last one. */
static size_t next_slot(const struct victoria_values *values, size_t slot, const uint64_t key[2])
{
    while (values->slots[slot].state != SLOT_FREE &&
           (values->slots[slot].key[0] != key[0] || values->slots[slot].key[1] != key[1]))
        slot = (slot + 1) & (values->slot_count - 1);
    return slot;
}

static size_t after(const struct victoria_values *values, size_t slot)
{
    return (slot + 1) & (values->slot_count - 1);
}

/* Finds the slot of the key that holds nearly this number; SIZE_MAX where there is none. */
static size_t find_number(const struct victoria_values *values, const uint64_t key[2],
                          double number)
{
    size_t slot;

    if (!values->slot_count)
        return SIZE_MAX;
    for (slot = next_slot(values, home(values, key), key); values->slots[slot].state != SLOT_FREE;
         slot = next_slot(values, after(values, slot), key))
        if (is_near(values->slots[slot].number, number))
            return slot;
    return SIZE_MAX;
}

static void keep(struct victoria_values *values, const uint64_t key[2], double number)
{
    if (find_number(values, key, number) != SIZE_MAX)
        return;
    make_room(values);
    insert(values, &(struct victoria_value){{key[0], key[1]}, number, SLOT_MISSING, 0});
    values->count++;
    values->missing++;
}

/* Crosses out the key's values that are nearly `number`; where the server deduplicates, all values
 * of the key, of which it keeps one. Returns true where the source has the number; `ret_known`:
 * the source has any value for the key. */
static bool cross_out(struct victoria_values *values, const uint64_t key[2], double number,
                      bool *ret_known)
{
    bool has = find_number(values, key, number) != SIZE_MAX;

    *ret_known = false;
    for (size_t slot = next_slot(values, home(values, key), key);
         values->slots[slot].state != SLOT_FREE;
         slot = next_slot(values, after(values, slot), key)) {
        struct victoria_value *value = &values->slots[slot];

        *ret_known = true;
        if (!has || value->state == SLOT_FOUND ||
            (!is_near(value->number, number) && !values->server->deduplicates))
            continue;
        value->state = SLOT_FOUND;
        values->missing--;
    }
    return has;
}

static bool number_of(const struct msgpack_value *value, double *ret)
{
    switch (value->type) {
    case MSGPACK_BOOL:
        *ret = value->as.boolean ? 1 : 0;
        return true;
    case MSGPACK_INT:
        *ret = (double)value->as.integer;
        return true;
    case MSGPACK_FLOAT:
        *ret = value->as.real;
        return true;
    default:
        return false;
    }
}

/* On VictoriaMetrics each column is a series of its own. */
static void digest_columns(struct victoria_values *values, const struct points_series *series)
{
    while (values->column_alloc < series->column_count)
        GROW(values->columns, values->column_alloc, values->column_alloc);
    for (size_t i = 1; i < series->column_count; i++)
        digest_field(values, series, &series->columns[i], values->columns[i].words);
}

static void each_number(struct victoria_values *values, const struct points_series *series,
                        bool new_series, const struct msgpack_value *row,
                        void (*visit)(struct victoria_values *values,
                                      const struct points_series *series, size_t column,
                                      int64_t time_ns, const uint64_t key[2], double number))
{
    int64_t time_ns = row[0].as.integer;

    if (new_series)
        digest_columns(values, series);
    for (size_t i = 1; i < series->column_count; i++) {
        uint64_t key[2];
        double number;

        if (!number_of(&row[i], &number))
            continue;
        key_of(values->columns[i].words, time_ns / MS_NS, key);
        visit(values, series, i, time_ns, key, number);
    }
}

static void visit_keep(struct victoria_values *values, const struct points_series *series,
                       size_t column, int64_t time_ns, const uint64_t key[2], double number)
{
    (void)series;
    (void)column;
    (void)time_ns;
    keep(values, key, number);
}

int victoria_keep(void *context, const struct points_series *series, bool new_series,
                  const struct msgpack_value *row, struct err *err)
{
    (void)err;
    each_number(context, series, new_series, row, visit_keep);
    return 0;
}

/* What differs */

static size_t first_slot(const struct victoria_values *values, const uint64_t key[2])
{
    return next_slot(values, home(values, key), key);
}

/* Counts for the key in the slot that is found first: that one stands for all of them. */
static void settle_key(struct victoria_values *values, size_t head, struct difference *difference)
{
    const uint64_t *key = values->slots[head].key;
    size_t left = values->slots[head].conflicts; /* conflicts that no value of the source has yet */
    size_t missing = 0, found = 0;

    for (size_t slot = head; values->slots[slot].state != SLOT_FREE;
         slot = next_slot(values, after(values, slot), key)) {
        struct victoria_value *value = &values->slots[slot];

        found += value->state == SLOT_FOUND;
        if (value->state == SLOT_FOUND)
            continue;
        value->state = left ? SLOT_DIFFERENT : SLOT_MISSING;
        missing += !left;
        difference->different += left > 0;
        left -= left > 0;
    }
    found = found < left ? found : left;
    difference->missing += (int64_t)missing;
    difference->different += (int64_t)found;
    difference->extra += (int64_t)(left - found);
}

void victoria_settle(struct victoria_values *values, struct difference *difference)
{
    difference->missing = difference->different = difference->extra = 0;
    for (size_t i = 0; i < values->slot_count; i++)
        if (values->slots[i].state != SLOT_FREE && first_slot(values, values->slots[i].key) == i)
            settle_key(values, i, difference);
}

/* Adds what the target has at the time of a conflict: "7", or "5 and 7" where it has both. */
static void add_target(struct strbuf *text, const struct victoria_value *source, double other)
{
    if (source->state == SLOT_FOUND)
        strbuf_addf(text, "%.17g and ", source->number);
    strbuf_addf(text, "%.17g", other);
}

static void name_different(struct victoria_values *values, const struct strbuf *place,
                           int64_t time_ns, const struct victoria_value *source, double other)
{
    struct strbuf texts[2] = {STRBUF_INIT, STRBUF_INIT};

    strbuf_addf(&texts[0], "%.17g", source->number);
    add_target(&texts[1], source, other);
    difference_name_different(values->found, place, time_ns, texts[0].buf, texts[1].buf);
    strbuf_release(&texts[0]);
    strbuf_release(&texts[1]);
}

static void name_missing(struct victoria_values *values, const struct strbuf *place,
                         int64_t time_ns, double number)
{
    struct strbuf text = STRBUF_INIT;

    strbuf_addf(&text, "%.17g", number);
    difference_name_missing(values->found, place, text.buf, time_ns);
    strbuf_release(&text);
}

static const struct victoria_other *find_other(const struct victoria_values *values,
                                               const uint64_t key[2])
{
    for (size_t i = 0; i < values->other_count; i++)
        if (memcmp(values->others[i].key, key, sizeof(values->others[i].key)) == 0)
            return &values->others[i];
    return NULL;
}

static void visit_name(struct victoria_values *values, const struct points_series *series,
                       size_t column, int64_t time_ns, const uint64_t key[2], double number)
{
    size_t slot = find_number(values, key, number);
    const struct victoria_other *other = find_other(values, key);
    struct strbuf place = STRBUF_INIT;

    if (slot == SIZE_MAX || (!other && values->slots[slot].state != SLOT_MISSING))
        return;
    difference_add_place(&place, series, &series->columns[column]);
    if (values->slots[slot].state == SLOT_MISSING)
        name_missing(values, &place, time_ns, number);
    else
        name_different(values, &place, time_ns, &values->slots[slot], other->number);
    strbuf_release(&place);
}

int victoria_name(void *context, const struct points_series *series, bool new_series,
                  const struct msgpack_value *row, struct err *err)
{
    (void)err;
    each_number(context, series, new_series, row, visit_name);
    return 0;
}

/* Counts a value of the target at a time for which the source has another value. */
static void add_conflict(struct victoria_values *values, const uint64_t key[2], double number)
{
    values->conflicts++;
    values->slots[first_slot(values, key)].conflicts++;
    if (values->other_count == DIFFERENCE_NAMED || find_other(values, key))
        return;
    GROW(values->others, values->other_count, values->other_alloc);
    values->others[values->other_count++] = (struct victoria_other){{key[0], key[1]}, number};
}

/* Reads the time of a row; false where no point of the source can have it. */
static bool row_time(const struct export_line *line, size_t row, int64_t *ret_ms)
{
    static const double end_ms = (double)(INT64_MAX / MS_NS);
    double time_ms;

    if (!export_number(line->timestamps, row, &time_ms) || fabs(time_ms) > end_ms)
        return false;
    *ret_ms = (int64_t)time_ms;
    return true;
}

int victoria_take(void *context, const struct export_line *line, struct err *err)
{
    struct victoria_values *values = context;
    int64_t first_ms = INT64_MIN; /* the millisecond at hand, */
    size_t first = 0;             /* and its first row */
    uint64_t series[2];

    (void)err;
    if (!values->slot_count)
        return 0;
    digest_labels(line->labels, series);
    for (size_t i = 0; i < line->count; i++) {
        int64_t time_ms;
        double number;
        uint64_t key[2];
        bool known;

        if (!row_time(line, i, &time_ms) || !export_number(line->values, i, &number))
            continue;
        if (first_ms != time_ms)
            first = i;
        first_ms = time_ms;
        if (is_repeated(line, first, i, number))
            continue;
        key_of(series, time_ms, key);
        if (!cross_out(values, key, number, &known) && known)
            add_conflict(values, key, number);
    }
    return 0;
}
