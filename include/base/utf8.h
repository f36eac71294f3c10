/*
 * UTF-8, as far as a command-line tool must know it.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>

/* The length (1 to 4) of the valid UTF-8 sequence that `s` (of `len` bytes) begins with, 0 if it
 * begins with none. */
size_t utf8_sequence(const char *s, size_t len);

/* Columns that the text takes on a terminal, counting one for each code point (wide scripts take
 * more, and look odd). */
size_t utf8_columns(const char *s);

#endif
