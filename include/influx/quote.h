/*
 * Quoting: every name and text that goes into InfluxQL, a URL or line protocol passes through here.
 *
 * Names come from the server and may hold anything. In this program a name is a NUL-terminated
 * string of UTF-8 in which a NUL stands as the two bytes C0 80 (as in Java's modified UTF-8;
 * influx_decode_name() makes it from a reply), so that names are plain C strings everywhere.
 *
 * Measured on InfluxDB 1.6.7: InfluxQL's scanner ends at a NUL, turns a carriage return into a
 * newline, and reads bytes that are no UTF-8 as U+FFFD. So identifiers and strings can't express
 * NUL and CR; regular expressions can (\x00, \x0d). A reply in JSON shows bytes that are no UTF-8
 * as U+FFFD, and nothing can name them: see influx_name_is_exact().
 */
#ifndef INFLUX_QUOTE_H
#define INFLUX_QUOTE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

/* Adds "name" with \" \\ \n. The name must be influx_name_is_quotable(). */
void influx_add_identifier(struct strbuf *sb, const char *name);
/* Adds 'text' with \' \\ \n. The text must be influx_name_is_quotable(). */
void influx_add_string(struct strbuf *sb, const char *text);
/* Adds a regular expression that matches exactly the name: /^...$/. */
void influx_add_exact_regex(struct strbuf *sb, const char *name);
/* Adds a condition: `left = 'text'`, or `left =~ /^...$/` where a string can't express the text. */
void influx_add_equals(struct strbuf *sb, const char *left, const char *text);
/* Adds the text percent-encoded for a URL's query string. */
void influx_add_url_encoded(struct strbuf *sb, const char *text, size_t len);

/* False for a name with a NUL or a carriage return, which needs a regular expression. */
bool influx_name_is_quotable(const char *name);
/* False for a name with U+FFFD: this may stand for bytes that are no UTF-8, which no statement can
 * name. */
bool influx_name_is_exact(const char *name);
/* Does InfluxQL keep the name for lists of its own ("_name", "_series", ...)? It refuses the name
 * of such a measurement, but not a regular expression that matches it (1.6 to 1.12). */
bool influx_name_is_reserved(const char *name);
/* Why no statement can read a measurement of that name, in words; NULL: one can. */
const char *influx_measurement_problem(const char *name);
/*
 * Can a database have this name? InfluxDB (1.6, meta.ValidName and the limit of 255 bytes) refuses
 * /, \, characters that aren't printable, and long names. Returns NULL where it can, else the
 * reason in words.
 */
const char *influx_database_name_problem(const char *name);

/* Makes a name from the bytes of a JSON string; the caller frees it. */
char *influx_decode_name(const char *bytes, size_t len);

#endif
