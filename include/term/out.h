/*
 * Standard output: the only place that writes to it.
 *
 * Data goes here, and nothing else. What can't be written (a full disk, a closed pipe) is
 * remembered, and out_finish() tells it, so that a command never claims to have printed what it
 * didn't.
 */
#ifndef TERM_OUT_H
#define TERM_OUT_H

#include <jansson.h>
#include <stddef.h>

#include "base/err.h"

void out_text(const char *text);
void out_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* What was printed is on its way: before a pause. */
void out_flush(void);

/* One document, indented where standard output is a terminal. Takes over the reference. */
void out_json_document(json_t *value);
/* One object on a line of its own, flushed at once. Takes over the reference. */
void out_json_line(json_t *value);

/*
 * A table: the columns line up, two spaces apart. Cells are text of any content (made visible). A
 * column whose title begins with '>' is aligned to the right.
 */
struct out_table;
/* `titles` ends in NULL. */
struct out_table *out_table_new(const char *const *titles);
/* A cell after the other, row after row, as many as there are titles. */
void out_table_cell(struct out_table *table, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Prints it, where it has rows, and frees it. */
void out_table_print(struct out_table *table);

/* Flushes. An error if anything could not be written. A reader that closed its pipe is an error
 * too, without a message. */
int out_finish(struct err *err);

#endif
