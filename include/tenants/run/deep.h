/*
 * Compares points: every field value of the source must stand in the target, of the same type, to
 * the last bit.
 *
 * The values of the source are kept as digests of 16 bytes (of series, time, field, type and
 * value). Then the values of the target are taken away. The digests that remain are of values that
 * are missing or different in the target. Memory grows with the values of one comparison: callers
 * count first, and cut windows that have too many.
 */
#ifndef TENANTS_RUN_DEEP_H
#define TENANTS_RUN_DEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strvec.h"
#include "influx/points.h"

struct deep_digest {
    uint64_t words[2]; /* 0, 0 is no value's digest: a free slot */
};

struct deep {
    struct deep_digest *slots;
    size_t slot_count, count;  /* of all slots; of the values that are kept */
    struct deep_digest series; /* the digest of the series at hand */
    struct strvec *named;      /* borrowed; where deep_name() adds texts, */
    size_t named_max;          /* and how many at most */
};

#define DEEP_INIT                                                                                  \
    {                                                                                              \
        NULL, 0, 0, {{0, 0}}, NULL, 0                                                              \
    }

void deep_release(struct deep *deep);

/* Callbacks of points_reader, whose `context` is a struct deep. deep_keep() keeps each value,
 * deep_take() takes each value away, deep_name() adds the text of each value that is still kept to
 * `named`. */
int deep_keep(void *context, const struct points_series *series, bool new_series,
              const struct msgpack_value *values, struct err *err);
int deep_take(void *context, const struct points_series *series, bool new_series,
              const struct msgpack_value *values, struct err *err);
int deep_name(void *context, const struct points_series *series, bool new_series,
              const struct msgpack_value *values, struct err *err);

#endif
