/*
 * Comparing points: every field value of the source must stand in the target, of the same type, to
 * the last bit.
 *
 * The values of one side are kept as digests (16 bytes for series, time, field, type and value),
 * and those of the other taken away. What is left is missing or different in the target. Memory is
 * bounded by what one comparison holds; callers cut windows by counting first.
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
    size_t slot_count, count;
    struct deep_digest series; /* of the series at hand */
    struct strvec *named;      /* for deep_name() */
    size_t named_max;
};

#define DEEP_INIT                                                                                  \
    {                                                                                              \
        NULL, 0, 0, {{0, 0}}, NULL, 0                                                              \
    }

void deep_release(struct deep *deep);

/* For points_reader, `context` is a struct deep: keeps each value; takes each value away; adds the
 * text of each that is kept to `named`. */
int deep_keep(void *context, const struct points_series *series, bool new_series,
              const struct msgpack_value *values, struct err *err);
int deep_take(void *context, const struct points_series *series, bool new_series,
              const struct msgpack_value *values, struct err *err);
int deep_name(void *context, const struct points_series *series, bool new_series,
              const struct msgpack_value *values, struct err *err);

#endif
