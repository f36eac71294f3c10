/*
 * Compares the series of a VictoriaMetrics with the source.
 *
 * VictoriaMetrics keeps no points, but series of numbers. Their times are in milliseconds, the
 * numbers are less exact than the source's, and some of them are there twice
 * (tenants/servers/victoria.h). So the comparison takes the set of values that a series has in a
 * millisecond, and two numbers that are nearly equal count as equal.
 *
 * Counts come first, since they are cheap: equal counts prove a copy. Where the target has less,
 * the values decide.
 */
#ifndef TENANTS_RUN_VICTORIA_COMPARE_H
#define TENANTS_RUN_VICTORIA_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/names.h"
#include "base/strvec.h"
#include "influx/client.h"
#include "influx/export.h"
#include "influx/points.h"
#include "tenants/run/difference.h"
#include "tenants/servers/victoria.h"

/*
 * Counts by series. `source` counts all values; `target` counts the different ones of each
 * millisecond, so that a value that was written twice counts once. So equal counts prove a copy,
 * and a smaller `target` proves nothing yet.
 */
struct victoria_count {
    char *measurement, *field;
    int64_t source, target;
};

struct victoria_counts {
    struct names series; /* MEASUREMENT_FIELD; each number is the index in `items` */
    struct victoria_count *items;
    size_t alloc;
    struct victoria_tail *tails; /* where lines ended whose series goes on in another line */
    size_t tail_count, tail_alloc;
    bool uncertain; /* a field is a string in one shard group and a number in another */
    /* Set by the caller, all borrowed. */
    const struct victoria_server *server;
    const struct strvec *strings, *numbers; /* fields of the measurements that are counted */
};

void victoria_counts_release(struct victoria_counts *counts);
/*
 * Callbacks of influx_reader and export_reader; `context` is a struct victoria_counts. The source
 * is counted first: series of the target that the source doesn't have are passed over.
 */
int victoria_count_source(void *context, const struct influx_series *series, struct err *err);
int victoria_count_target(void *context, const struct export_line *line, struct err *err);
/* Sets the target's counts to 0, so that it can be counted again. */
void victoria_counts_restart(struct victoria_counts *counts);
/* Returns the sum of the source's counts. `ret_missing`: values that the target lacks. */
int64_t victoria_counts_compare(const struct victoria_counts *counts, int64_t *ret_missing);

/* The values themselves: those of the source are kept, then those of the target crossed out. */
struct victoria_values {
    struct victoria_value *slots;
    size_t slot_count, count;        /* of all slots; of the values that are kept */
    struct victoria_digest *columns; /* the digest of each column of the series at hand */
    size_t column_alloc;
    size_t missing;   /* values of the source that aren't crossed out */
    size_t conflicts; /* values of the target where the source has another at this time */
    struct victoria_other *others; /* the first conflicts, DIFFERENCE_NAMED at most */
    size_t other_count, other_alloc;
    struct difference *found; /* where victoria_name() names values */
    /* Set by the caller, all borrowed. */
    const struct victoria_server *server;
    const char *database;
};

void victoria_values_release(struct victoria_values *values);
/*
 * Callbacks of points_reader and export_reader; `context` is a struct victoria_values.
 * victoria_keep() takes the points of the source, then victoria_take() the lines of the target.
 * victoria_settle() counts what is missing and what is different. victoria_name() takes the points
 * of the source once more, to name the first of these in `found`.
 */
int victoria_keep(void *context, const struct points_series *series, bool new_series,
                  const struct msgpack_value *row, struct err *err);
int victoria_take(void *context, const struct export_line *line, struct err *err);
/*
 * Sets the counts of `difference`. A value is different where the target holds another at its time,
 * in its place or beside it, since nothing is overwritten there; what stands there beyond one for
 * each value of the source is extra.
 */
void victoria_settle(struct victoria_values *values, struct difference *difference);
int victoria_name(void *context, const struct points_series *series, bool new_series,
                  const struct msgpack_value *row, struct err *err);

#endif
