/*
 * UTF-8, as far as a command-line tool must know it.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The length (1 to 4) of the valid UTF-8 sequence that `s`, of `len` bytes, begins with; 0 where it
 * begins with none. */
size_t utf8_sequence(const char *s, size_t len);

/* The character that the text begins with, which must be valid UTF-8. */
uint32_t utf8_character(const char *s);
/* Is it a character that shows nothing, or that changes the order of those around it? Two names may
 * then look alike that aren't. */
bool utf8_is_hidden(uint32_t character);

/* How many columns a text takes on a terminal. It must be UTF-8 without control characters. A
 * character of a wide script or an emoji takes two, one that combines with the one before takes
 * none. */
size_t utf8_columns(const char *s);
/* How many bytes of the text fit into `columns`, in whole characters. */
size_t utf8_fitting(const char *s, size_t columns);

#endif
