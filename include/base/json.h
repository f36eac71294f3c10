/*
 * JSON, by jansson: what its calls leave to write again and again.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"

/* Parses exactly one document. NULs in strings are allowed (json_string_length()). NULL on an error
 * (ERR_FAILED). */
json_t *json_parse(const char *text, size_t len, struct err *err);

/* Appends `value` on one line, without spaces, keys in the order in which they were set. */
void json_add_compact(struct strbuf *sb, const json_t *value);
/* Appends `value` indented by two, for people, with a newline behind it. */
void json_add_pretty(struct strbuf *sb, const json_t *value);

/* A string value from text that may be no UTF-8: bad bytes become U+FFFD. The caller's reference.
 */
json_t *json_text(const char *s);

/* Sets a member; `key` is a literal. A negative -1 of json_set_*() can't happen but for lack of
 * memory, which ends the program. */
void json_set_text(json_t *object, const char *key, const char *s);
void json_set_int(json_t *object, const char *key, int64_t value);
/* JSON has no NaN and no infinity: they become null. */
void json_set_real(json_t *object, const char *key, double value);
void json_set_bool(json_t *object, const char *key, int value);
/* Nanoseconds since 1970, as clock_add_instant() writes them. */
void json_set_instant(json_t *object, const char *key, int64_t instant_ns);
/* The same for what may not have been yet: 0 becomes null. */
void json_set_instant_or_null(json_t *object, const char *key, int64_t instant_ns);
/* Takes over the reference of `value`. */
void json_set(json_t *object, const char *key, json_t *value);

#endif
