/*
 * Compares points: every field value of the source must stand in the target, of the same type, to
 * the last bit.
 *
 * The values of the source are kept in 16 bytes each: a digest of the place (series, time and
 * field), and one of place, type and value. Then the values of the target are taken away. Where
 * another value stands in the place of a kept one, that one is taken away, too, and counted as
 * different. Values that are still kept then are missing in the target. At last the source is read
 * once more, to name the first of both kinds. Memory grows with the values of one comparison:
 * callers count first, and cut windows that have too many.
 */
#ifndef TENANTS_RUN_DEEP_H
#define TENANTS_RUN_DEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "influx/points.h"
#include "tenants/run/difference.h"

struct deep_digest {
    uint64_t words[2]; /* of the place; of place and value. 0, 0 is a free slot */
};

/* A value of the target that is different, until the source's is read again. */
struct deep_other {
    uint64_t place;
    struct msgpack_value value;
    char *bytes; /* owned; the value's, where that is a string */
};

struct deep {
    struct deep_digest *slots;
    size_t slot_count, count; /* of all slots; of the values that are kept */
    size_t different,
        extra; /* values of the target: in the place of a kept one; in no such place */
    struct deep_digest series; /* the digest of the series at hand */
    struct deep_other others[DIFFERENCE_NAMED];
    size_t other_count;
    struct difference *found; /* borrowed; where deep_name() names values */
};

#define DEEP_INIT                                                                                  \
    {                                                                                              \
        NULL, 0, 0, 0, 0, {{0, 0}}, {{0, {.type = MSGPACK_NIL}, NULL}}, 0, NULL                    \
    }

void deep_release(struct deep *deep);

/* Callbacks of points_reader, whose `context` is a struct deep. deep_keep() keeps each value of the
 * source, deep_take() takes away what the target has, and deep_name() names the first values of the
 * source that are missing or different, in `found`. */
int deep_keep(void *context, const struct points_series *series, bool new_series,
              const struct msgpack_value *values, struct err *err);
int deep_take(void *context, const struct points_series *series, bool new_series,
              const struct msgpack_value *values, struct err *err);
int deep_name(void *context, const struct points_series *series, bool new_series,
              const struct msgpack_value *values, struct err *err);

#endif
