/*
 * Comparing counts: for each measurement and field, how many points both sides have.
 *
 * The source may hold less than its target (a persister already writes there), never more.
 */
#ifndef TENANTS_RUN_CHECK_H
#define TENANTS_RUN_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/names.h"
#include "influx/reply.h"

struct check_count {
    int64_t source, target;
};

struct check {
    struct names keys; /* of measurement and field */
    struct check_count *counts;
    size_t alloc;
};

#define CHECK_INIT                                                                                 \
    {                                                                                              \
        NAMES_INIT, NULL, 0                                                                        \
    }

void check_release(struct check *check);
void check_reset(struct check *check);

/* For influx_reader, `context` is a struct check: takes the counts of the source; of the target. */
int check_read_source(void *context, const struct influx_series *series, struct err *err);
int check_read_target(void *context, const struct influx_series *series, struct err *err);

/* A value of the source that its target refused, so that it isn't expected there. */
void check_excuse(struct check *check, const char *measurement, const char *field);
/* All that were excused in another. */
void check_excuse_all(struct check *check, const struct check *excused);

struct check_result {
    int64_t source, target; /* values, over all measurements and fields */
    int64_t missing;        /* values that the target lacks */
    size_t differing;       /* measurements and fields with a lack */
};

struct check_result check_compare(const struct check *check);

/*
 * Do the counts of the target alone prove that a copy is whole? So it is where every measurement in
 * it has as many values of each of its `field_count` fields as the others, and these add up to
 * exactly the `written` points that the copy read from the source: no point can lack a field, and
 * none can be missing. Where this is false nothing is proven, and both sides must be counted.
 */
bool check_is_whole(const struct check *check, size_t field_count, int64_t written);

/* Calls `each` for every measurement and field of which the target has less. */
void check_each_difference(const struct check *check,
                           void (*each)(void *context, const char *measurement, const char *field,
                                        int64_t source, int64_t target),
                           void *context);

#endif
