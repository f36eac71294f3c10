/*
 * JSON, by jansson: short calls for what is done again and again.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"

/* Parses exactly one document. Its strings may hold NULs (json_string_length()). Returns NULL on an
 * error (ERR_FAILED). */
json_t *json_parse(const char *text, size_t len, struct err *err);

/* Appends `value` on one line, without spaces, keys in the order in which they were set. */
void json_add_compact(struct strbuf *sb, const json_t *value);
/* Appends `value` indented by two, for people, with a newline behind it. */
void json_add_pretty(struct strbuf *sb, const json_t *value);

/* A string of text that may be no UTF-8: bad bytes become U+FFFD. The reference is the caller's. */
json_t *json_text(const char *s);

/* All json_set*() set a member of an object; `key` is a literal. NULL text becomes null. */
void json_set_text(json_t *object, const char *key, const char *s);
void json_set_int(json_t *object, const char *key, int64_t value);
/* NaN and infinity, which JSON doesn't have, become null. */
void json_set_real(json_t *object, const char *key, double value);
void json_set_bool(json_t *object, const char *key, int value);
/* Sets an instant, as clock_add_instant() writes it. */
void json_set_instant(json_t *object, const char *key, int64_t instant_ns);
/* Sets an instant that may not have been yet: 0 becomes null. */
void json_set_instant_or_null(json_t *object, const char *key, int64_t instant_ns);
/* Takes over the reference of `value`. */
void json_set(json_t *object, const char *key, json_t *value);

#endif
