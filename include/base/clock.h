/*
 * Time: reading the clock, durations and instants as text.
 *
 * Instants are nanoseconds since the epoch as int64_t (`_ns`), as InfluxDB has them: 1677-09-21 to
 * 2262-04-11. Durations are nanoseconds too.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"

#define CLOCK_SECOND_NS INT64_C(1000000000)
#define CLOCK_HOUR_NS   (3600 * CLOCK_SECOND_NS)
#define CLOCK_DAY_NS    (24 * CLOCK_HOUR_NS)
#define CLOCK_WEEK_NS   (7 * CLOCK_DAY_NS)

/* The time of the wall clock. */
int64_t clock_now_ns(void);
/* The time of a clock that never goes back, to measure with. */
int64_t clock_monotonic_ns(void);

/*
 * Parses a duration as InfluxQL writes it: one or more numbers, each with a unit of ns, u, ms, s,
 * m, h, d or w ("2w", "1h30m0s"). Where `plain_unit_ns` isn't 0, a plain number counts in that
 * unit. Negative, empty and overlarge durations are errors.
 */
int clock_parse_duration(const char *text, int64_t plain_unit_ns, int64_t *ret_ns, struct err *err);

/* Adds the shortest exact form with one unit: "2w", "36h", "90s", "1500ms". 0 is "0s". */
void clock_add_duration(struct strbuf *sb, int64_t duration_ns);
/* Adds a rounded form for people: "3d 4h", "12m 5s", "0.8s". */
void clock_add_duration_rounded(struct strbuf *sb, int64_t duration_ns);

/* Adds an instant as RFC 3339 in UTC: "2026-03-01T00:00:00Z", with as many digits of a fraction as
 * are needed. */
void clock_add_instant(struct strbuf *sb, int64_t instant_ns);
/* Adds an instant without its fraction, by clock_floor_to(). */
void clock_add_second(struct strbuf *sb, int64_t instant_ns);
/* Parses RFC 3339 with any offset and up to nine digits of a fraction, as InfluxDB prints
 * instants. */
int clock_parse_instant(const char *text, int64_t *ret_ns, struct err *err);
/* The same; an instant out of range becomes the end of the range that it lies beyond. */
int clock_parse_instant_held(const char *text, int64_t *ret_ns, struct err *err);
/* Parses the fixed form of an HTTP Date header (RFC 7231): "Sun, 22 Nov 2026 01:13:16 GMT". */
int clock_parse_http_date(const char *text, int64_t *ret_ns, struct err *err);

/* a + b and a - b, held at the ends of the range. */
int64_t clock_add(int64_t a, int64_t b);
int64_t clock_sub(int64_t a, int64_t b);

/*
 * The last multiple of `step_ns` (> 0) that isn't after the instant. Where that one lies before the
 * range, it is the first multiple within the range.
 */
int64_t clock_floor_to(int64_t instant_ns, int64_t step_ns);

#endif
