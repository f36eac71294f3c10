/*
 * The findings of a comparison of points in one window: how many values differ, and the first of
 * them.
 *
 * A value is missing where the target has none in its place, which is its series, time and field.
 * It is different where another one stands there, be it only of another type. Values that only the
 * target has are extra: these are no fault.
 *
 * All texts are safe on a terminal. Floats have 17 digits, integers an i at their end, strings
 * quotation marks: as in line protocol, so that types show.
 */
#ifndef TENANTS_RUN_DIFFERENCE_H
#define TENANTS_RUN_DIFFERENCE_H

#include <stdint.h>

#include "base/strbuf.h"
#include "base/strvec.h"
#include "influx/points.h"

/* So many values of each kind are named. */
enum { DIFFERENCE_NAMED = 5 };

/* A value that is different: its place, and what stands there on both sides. */
struct difference_pair {
    char *point, *source, *target;
};

struct difference {
    int64_t missing, different, extra;
    struct strvec first_missing; /* "cpu,host=a usage=1.5 at 2026-...", at most DIFFERENCE_NAMED */
    struct difference_pair first_different[DIFFERENCE_NAMED];
    size_t pair_count;
};

#define DIFFERENCE_INIT                                                                            \
    {                                                                                              \
        0, 0, 0, STRVEC_INIT, {{NULL, NULL, NULL}}, 0                                              \
    }

/* Makes it DIFFERENCE_INIT again. */
void difference_release(struct difference *difference);

/* Adds "cpu,host=a usage". */
void difference_add_place(struct strbuf *sb, const struct points_series *series,
                          const struct points_text *field);
/* Adds a value; of a long string the part around byte `from`. */
void difference_add_value(struct strbuf *sb, const struct msgpack_value *value, size_t from);
/* Returns the first byte at which two strings differ; 0 for other values. */
size_t difference_first_byte(const struct msgpack_value *a, const struct msgpack_value *b);

/* Names a value that is missing (place, value, time), or that is different. Does nothing where
 * DIFFERENCE_NAMED of the kind are named. */
void difference_name_missing(struct difference *difference, const struct strbuf *place,
                             const char *value, int64_t time_ns);
void difference_name_different(struct difference *difference, const struct strbuf *place,
                               int64_t time_ns, const char *source, const char *target);

/* Adds "3 values are missing in the target, the first: ...; 2 are different there, the first: ...,
 * 1 in the source, 1i in the target". */
void difference_add_words(struct strbuf *sb, const struct difference *difference);

#endif
