#include "tenants/run/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const char count_prefix[] = "count_";
static const char sum_prefix[] = "sum_";

void check_release(struct check *check)
{
    names_release(&check->keys);
    free(check->counts);
    *check = (struct check)CHECK_INIT;
}

void check_reset(struct check *check)
{
    check_release(check);
}

/* A key is "LENGTH:MEASUREMENT FIELD", so that no two pairs of names have the same key. */
static struct check_count *count_of(struct check *check, const char *key)
{
    uint32_t number = names_add(&check->keys, key);

    if (number >= check->alloc) {
        size_t before = check->alloc;

        check->counts = mem_grow(check->counts, before, &check->alloc, sizeof(*check->counts));
        memset(check->counts + before, 0, (check->alloc - before) * sizeof(*check->counts));
    }
    return &check->counts[number];
}

static struct check_count *find_count(struct check *check, const char *measurement,
                                      const char *field)
{
    struct strbuf key = STRBUF_INIT;
    struct check_count *count;

    strbuf_addf(&key, "%zu:%s %s", strlen(measurement), measurement, field);
    count = count_of(check, key.buf);
    strbuf_release(&key);
    return count;
}

static bool begins_with(const char *title, const char *prefix)
{
    return strncmp(title, prefix, strlen(prefix)) == 0;
}

static void add_count(struct check_count *counts, int64_t count, bool source)
{
    if (source)
        counts->source += count;
    else
        counts->target += count;
}

static void add_sum(struct check_count *counts, double sum, bool source)
{
    counts->summed = true;
    if (source)
        counts->source_sum += sum;
    else
        counts->target_sum += sum;
}

static void add_row(struct check *check, const struct influx_series *series, const json_t *row,
                    bool source)
{
    for (size_t i = 0; i < json_array_size(series->columns); i++) {
        const json_t *cell = json_array_get(row, i);
        char *title = influx_cell_name(series->columns, i);
        int64_t count = influx_cell_int(row, i, 0);

        if (title && count && begins_with(title, count_prefix))
            add_count(find_count(check, series->name, title + strlen(count_prefix)), count, source);
        else if (title && json_is_number(cell) && begins_with(title, sum_prefix))
            add_sum(find_count(check, series->name, title + strlen(sum_prefix)),
                    json_number_value(cell), source);
        free(title);
    }
}

static int read_rows(struct check *check, const struct influx_series *series, bool source)
{
    size_t index;
    json_t *row;

    json_array_foreach (series->values, index, row) {
        add_row(check, series, row, source);
    }
    return 0;
}

int check_read_source(void *context, const struct influx_series *series, struct err *err)
{
    (void)err;
    return read_rows(context, series, true);
}

int check_read_target(void *context, const struct influx_series *series, struct err *err)
{
    (void)err;
    return read_rows(context, series, false);
}

void check_excuse(struct check *check, const char *measurement, const char *field)
{
    find_count(check, measurement, field)->source--;
}

void check_excuse_all(struct check *check, const struct check *excused)
{
    for (size_t i = 0; i < excused->keys.count; i++)
        count_of(check, excused->keys.items[i])->source += excused->counts[i].source;
}

struct check_result check_compare(const struct check *check)
{
    struct check_result result = {0};

    for (size_t i = 0; i < check->keys.count; i++) {
        const struct check_count *counts = &check->counts[i];

        result.source += counts->source;
        result.target += counts->target;
        if (counts->target < counts->source) {
            result.missing += counts->source - counts->target;
            result.differing++;
        }
    }
    return result;
}

/* The length of the part "LENGTH:MEASUREMENT" at the beginning of a key. */
static size_t measurement_part(const char *key)
{
    char *end;
    size_t len = strtoul(key, &end, 10);

    return (size_t)(end - key) + 1 + len;
}

bool check_is_whole(const struct check *check, size_t field_count, int64_t written)
{
    int64_t points = 0;

    /* The counts of a measurement come in one row, so they stand together. */
    for (size_t first = 0, end; first < check->keys.count; first = end) {
        const char *key = check->keys.items[first];
        size_t part = measurement_part(key);

        for (end = first;
             end < check->keys.count && measurement_part(check->keys.items[end]) == part &&
             strncmp(check->keys.items[end], key, part) == 0;
             end++)
            if (check->counts[end].target != check->counts[first].target)
                return false;
        if (end - first != field_count)
            return false;
        points += check->counts[first].target;
    }
    return points == written;
}

/* Adding in another order changes a sum by about the square root of the number of values, in units
 * of the last of 53 bits. */
#define SUM_TOLERANCE 1e-12

static bool same_sum(const struct check_count *counts)
{
    double difference = counts->source_sum - counts->target_sum;
    double largest = counts->source_sum < 0 ? -counts->source_sum : counts->source_sum;

    return difference <= largest * SUM_TOLERANCE && -difference <= largest * SUM_TOLERANCE;
}

bool check_sums_agree(const struct check *check)
{
    /* A measurement's keys needn't stand together, since a field may be new in the second answer.
     */
    struct names summed = NAMES_INIT;
    bool agree = true;

    for (size_t i = 0; i < check->keys.count && agree; i++) {
        char *measurement = xmemdupz(check->keys.items[i], measurement_part(check->keys.items[i]));

        agree = !check->counts[i].summed || same_sum(&check->counts[i]);
        if (check->counts[i].summed)
            names_add(&summed, measurement);
        free(measurement);
    }
    for (size_t i = 0; i < check->keys.count && agree; i++) {
        char *measurement = xmemdupz(check->keys.items[i], measurement_part(check->keys.items[i]));

        agree = names_find(&summed, measurement) != NAMES_NONE;
        free(measurement);
    }
    names_release(&summed);
    return agree;
}

void check_each_difference(const struct check *check,
                           void (*each)(void *context, const char *measurement, const char *field,
                                        int64_t source, int64_t target),
                           void *context)
{
    for (size_t i = 0; i < check->keys.count; i++) {
        const struct check_count *counts = &check->counts[i];
        char *end;
        size_t len = strtoul(check->keys.items[i], &end, 10);
        char *measurement;

        if (counts->target >= counts->source)
            continue;
        measurement = xmemdupz(end + 1, len);
        each(context, measurement, end + 1 + len + 1, counts->source, counts->target);
        free(measurement);
    }
}
