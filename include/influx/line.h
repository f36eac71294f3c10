/*
 * Line protocol: points as /write takes them.
 *
 * The rules are InfluxDB 1.x's (measured on 1.6.7, and models/points.go). In measurements comma and
 * space are escaped, in keys and tag values the equals sign too; strings escape quote and
 * backslash; integers end in i. Line protocol can't express a measurement, key or tag value that
 * holds a newline, ends in a backslash, or has a backslash before a character that is escaped.
 */
#ifndef INFLUX_LINE_H
#define INFLUX_LINE_H

#include <stdbool.h>

#include "base/strbuf.h"
#include "influx/points.h"

/* Adds "measurement,tag=value,...", with which all points of a series begin. False where line
 * protocol can't express it; `sb` is as it was then. */
bool line_add_series(struct strbuf *sb, const struct points_series *series);

/*
 * Adds a whole line for a row; `head` comes from line_add_series(). False where the row has no
 * value or can't be expressed; `sb` is as it was then. A float is written so that the same bits are
 * read.
 */
bool line_add_point(struct strbuf *sb, const struct strbuf *head,
                    const struct points_series *series, const struct msgpack_value *values);

/* The rest reads lines that these functions wrote, and that a person may have edited. */

/* The length of the first line of `lines`, its newline included. A string of a whole point may hold
 * newlines. A line that is no whole point, since a quote is missing, ends at its first newline, so
 * that it swallows no lines behind it. 0 only where `len` is 0. */
size_t line_length(const char *lines, size_t len);
/* Likewise for lines that may go on behind `len`: 0 where the line's end isn't there yet. */
size_t line_length_so_far(const char *lines, size_t len);
size_t line_count(const char *lines, size_t len);

enum line_type { LINE_FLOAT, LINE_INTEGER, LINE_STRING, LINE_BOOLEAN };

/* Calls `each` for every field of a line; names are those of influx/quote.h, valid for the call. */
void line_each_field(const char *line, size_t len,
                     void (*each)(void *context, const char *measurement, const char *field,
                                  enum line_type type),
                     void *context);

#endif
