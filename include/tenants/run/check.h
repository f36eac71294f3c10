/*
 * Compares counts: for each measurement and field, how many values the source and the target have.
 *
 * The target may have more values than the source, since a persister already writes there; it may
 * never have less.
 */
#ifndef TENANTS_RUN_CHECK_H
#define TENANTS_RUN_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/names.h"
#include "influx/reply.h"

struct check_count {
    int64_t source, target;
    /* The sums of the values, where the statements asked for sums and the field has numbers. */
    double source_sum, target_sum;
    bool summed;
};

struct check {
    struct names keys;          /* a key for each measurement and field; check.c says which */
    struct check_count *counts; /* the counts of each key */
    size_t alloc;
};

#define CHECK_INIT                                                                                 \
    {                                                                                              \
        NAMES_INIT, NULL, 0                                                                        \
    }

void check_release(struct check *check);
void check_reset(struct check *check);

/* Callbacks of influx_reader, whose `context` is a struct check: take the counts of the source, and
 * of the target. */
int check_read_source(void *context, const struct influx_series *series, struct err *err);
int check_read_target(void *context, const struct influx_series *series, struct err *err);

/* Excuses a value of the source that its target refused: it isn't expected there. */
void check_excuse(struct check *check, const char *measurement, const char *field);
/* Excuses all values that were excused in `excused`. */
void check_excuse_all(struct check *check, const struct check *excused);

struct check_result {
    int64_t source, target; /* values of all measurements and fields */
    int64_t missing;        /* values that the target lacks */
    size_t differing;       /* pairs of measurement and field that lack values in the target */
};

/*
 * Do the sums of both sides agree? They prove more than equal counts: a point that the target lacks
 * and another that it has instead have the same sum only where their values are the same. True
 * where every measurement that has values has a field with a sum, and no sum differs, but for what
 * the order of adding floating-point numbers makes of it.
 */
bool check_sums_agree(const struct check *check);

struct check_result check_compare(const struct check *check);

/*
 * Do the counts of the target alone prove that a copy is whole? They do where two things hold. Each
 * measurement has `field_count` fields, all with the same number of values: so no point lacks a
 * field. And these numbers, one for each measurement, add up to exactly the `written` points that
 * the copy read from the source: so no point is missing. False proves nothing: then both sides must
 * be counted.
 */
bool check_is_whole(const struct check *check, size_t field_count, int64_t written);

/* Calls `each` for every measurement and field of which the target has less. */
void check_each_difference(const struct check *check,
                           void (*each)(void *context, const char *measurement, const char *field,
                                        int64_t source, int64_t target),
                           void *context);

#endif
