/*
 * Line protocol: points as /write takes them.
 *
 * Rules as InfluxDB 1.x reads it (measured on 1.6.7, and models/points.go): in measurements comma
 * and space are escaped, in keys and tag values the equals sign too; strings escape quote and
 * backslash; integers end in i. A newline or a backslash at the end of a measurement, key or tag
 * value, or one before what must be escaped, can't be expressed.
 */
#ifndef INFLUX_LINE_H
#define INFLUX_LINE_H

#include <stdbool.h>

#include "base/strbuf.h"
#include "influx/points.h"

/* "measurement,tag=value,...": what all points of a series begin with. False where it can't be
 * expressed; `sb` is as it was then. */
bool line_add_series(struct strbuf *sb, const struct points_series *series);

/*
 * A whole line for a row: `head` is what line_add_series() gave. False where the row has no value
 * or can't be expressed; `sb` is as it was then. Floats are written so that the same bits are read.
 */
bool line_add_point(struct strbuf *sb, const struct strbuf *head,
                    const struct points_series *series, const struct msgpack_value *values);

/* Reading what these wrote, and what a person made of it. */

/* The length of the first line of `lines`, its newline included: a string of a whole point may hold
 * newlines. What is no such point, a quote being missing, ends at its first newline, so that it
 * takes nothing of what follows with it. 0 only where `len` is. */
size_t line_length(const char *lines, size_t len);
/* The same of lines that may go on behind `len`: 0 where what is there doesn't tell. */
size_t line_length_so_far(const char *lines, size_t len);
size_t line_count(const char *lines, size_t len);

enum line_type { LINE_FLOAT, LINE_INTEGER, LINE_STRING, LINE_BOOLEAN };

/* Calls `each` for every field of a line; names as influx/quote.h has them. */
void line_each_field(const char *line, size_t len,
                     void (*each)(void *context, const char *measurement, const char *field,
                                  enum line_type type),
                     void *context);

#endif
