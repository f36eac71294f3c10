#include "tenants/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const char count_prefix[] = "count_";

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

void check_add_statements(struct strbuf *sb, const struct influx_selection *source,
                          const struct influx_target *target)
{
    struct influx_selection there = *source;

    there.database = target->database;
    there.policy = target->policy;
    there.belonging.owner = INFLUX_OWNER_ANY;
    influx_statement_count(sb, source);
    strbuf_addstr(sb, "; ");
    influx_statement_count(sb, &there);
}

/* "LENGTH:MEASUREMENT FIELD": no two pairs are the same. */
static struct check_count *find_count(struct check *check, const char *measurement,
                                      const char *field)
{
    struct strbuf key = STRBUF_INIT;
    uint32_t number;

    strbuf_addf(&key, "%zu:%s %s", strlen(measurement), measurement, field);
    number = names_add(&check->keys, key.buf);
    strbuf_release(&key);
    if (number >= check->alloc) {
        size_t before = check->alloc;

        check->counts = mem_grow(check->counts, before, &check->alloc, sizeof(*check->counts));
        memset(check->counts + before, 0, (check->alloc - before) * sizeof(*check->counts));
    }
    return &check->counts[number];
}

static void add_row(struct check *check, const struct influx_series *series, const json_t *row)
{
    for (size_t i = 0; i < json_array_size(series->columns); i++) {
        char *title = influx_cell_name(series->columns, i);
        int64_t count = influx_cell_int(row, i, 0);

        if (title && count && strncmp(title, count_prefix, sizeof(count_prefix) - 1) == 0) {
            struct check_count *counts =
                find_count(check, series->name, title + sizeof(count_prefix) - 1);

            if (series->statement_id == 0)
                counts->source += count;
            else
                counts->target += count;
        }
        free(title);
    }
}

int check_read(void *context, const struct influx_series *series, struct err *err)
{
    size_t index;
    json_t *row;

    (void)err;
    json_array_foreach (series->values, index, row) {
        add_row(context, series, row);
    }
    return 0;
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
