/*
 * The log, and everything else that goes to standard error.
 *
 * Records go to the log file where one is open, in oslo.log's layout, else to standard error.
 * Warnings and errors always reach standard error too, since a person may be there, and so does
 * what a log file couldn't take (its disk is full), behind a warning. The status line is one line
 * that is drawn over and over at the bottom of a terminal; records are printed above it. Control
 * characters in a message are made visible.
 *
 * The level, the file and the status line are the only state here; one thread.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdarg.h>
#include <stddef.h>

#include "base/err.h"

enum log_level {
    LOG_LEVEL_DEBUG,
    LOG_LEVEL_INFO,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_ERROR,
};

/* Records below this level are dropped; the default is LOG_LEVEL_INFO. */
void log_set_level(enum log_level level);
/* Standard error gets errors only, or all again. */
void log_set_quiet(int quiet);
/* Opens the file for all records from here on. It appends to a file that is there; a new one has
 * mode 0640. */
int log_open_file(const char *path, struct err *err);
void log_close(void);

void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Prints the error of a failed command as one line, and its hint as a second. Both go to the log
 * file, too. */
void log_err(const struct err *err);

/*
 * Prints text for the person at standard error that is no log record: a question, a notice. It is
 * printed as it is, with a newline behind it. The log file doesn't get it.
 */
void log_notice(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * The columns of a status line: one less than the terminal at standard error has at this moment. 0
 * where no status line is to be drawn: there is no terminal, it can't move its cursor (TERM is dumb
 * or not set), or --quiet is given.
 */
size_t log_status_columns(void);
/* Draws `line` (no newline in it) as the status line, as far as it fits; NULL takes it away. Does
 * nothing where log_status_columns() is 0. */
void log_status(const char *line);

#endif
