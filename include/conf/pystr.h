/*
 * Text as Python's str sees it, as far as oslo.config relies on str: white space, integers, truth.
 *
 * Python's white space is Unicode's: the six ASCII characters, 0x1c to 0x1f, U+0085, U+00A0,
 * U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F and U+3000.
 */
#ifndef CONF_PYSTR_H
#define CONF_PYSTR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Part of a text, borrowed; not NUL-terminated. */
struct pystr {
    const char *s;
    size_t len;
};

/* These return `text` without white space at the left, at the right, at both ends. */
struct pystr pystr_lstrip(struct pystr text);
struct pystr pystr_rstrip(struct pystr text);
struct pystr pystr_strip(struct pystr text);

enum pystr_number {
    PYSTR_NUMBER_DONE,
    PYSTR_NUMBER_EMPTY, /* nothing but white space */
    PYSTR_NUMBER_WRONG,
    PYSTR_NUMBER_LARGE, /* a number that int64_t doesn't hold */
};

/*
 * Reads a number as int(text.strip()) does: a sign, decimal digits, single underscores between
 * them. Only ASCII digits count here; Python takes those of all scripts.
 */
enum pystr_number pystr_int(const char *text, int64_t *ret_value);

/* Reads a boolean as oslo.config does: true, 1, on, yes; false, 0, off, no; upper or lower case,
 * without white space around it. -1: the text is none of these. */
int pystr_bool(const char *text, bool *ret_value);

#endif
