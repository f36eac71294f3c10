/*
 * UTF-8, as far as a command-line tool must know it.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>

/* The length (1 to 4) of the valid UTF-8 sequence that `s` (of `len` bytes) begins with, 0 if it
 * begins with none. */
size_t utf8_sequence(const char *s, size_t len);

/* Columns that the text (UTF-8 without control characters) takes on a terminal: two for a character
 * of the wide scripts and for an emoji, none for what combines with the one before. */
size_t utf8_columns(const char *s);
/* How many of the text's bytes fit into `columns`, in whole characters. */
size_t utf8_fitting(const char *s, size_t columns);

#endif
