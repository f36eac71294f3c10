/*
 * Whole files.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>

#include "base/err.h"
#include "base/strbuf.h"

/* Appends the content of `path` to `content`; more than `max_bytes` is an error. Errors are
 * ERR_CONFIG and name the path. */
int file_read(const char *path, size_t max_bytes, struct strbuf *content, struct err *err);

/* Makes `path` and what is missing above it, each with `mode`; what is there stays as it is. */
int file_make_directories(const char *path, unsigned mode, struct err *err);

#endif
