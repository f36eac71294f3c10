/*
 * Standard output: the only place that writes to it.
 *
 * Standard output carries data and nothing else. A write that fails (a full disk, a closed pipe) is
 * remembered until out_finish() reports it: so a command never claims to have printed everything
 * when it hasn't.
 */
#ifndef TERM_OUT_H
#define TERM_OUT_H

#include <jansson.h>
#include <stddef.h>

#include "base/err.h"

void out_text(const char *text);
void out_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Flushes; call it before a pause, so that a reader has all that was printed. */
void out_flush(void);

/* Prints one document, indented where standard output is a terminal. Takes over the reference. */
void out_json_document(json_t *value);
/* Prints one object on a line of its own, flushed at once. Takes over the reference. */
void out_json_line(json_t *value);

/*
 * A table: the columns line up, two spaces apart. Cells are text of any content (made visible). A
 * column whose title begins with '>' is aligned to the right.
 */
struct out_table;
/* `titles` ends in NULL. */
struct out_table *out_table_new(const char *const *titles);
/* Adds one cell. Cells come row after row, each row with as many cells as there are titles. */
void out_table_cell(struct out_table *table, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Prints the table, where it has rows, and frees it. */
void out_table_print(struct out_table *table);

/* Flushes. -1 if any write has failed. A reader that closed the pipe is such an error too, but one
 * without a message: to stop reading early is the reader's right. */
int out_finish(struct err *err);

#endif
