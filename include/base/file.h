/*
 * Whole files.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>

#include "base/err.h"
#include "base/strbuf.h"

/* Appends the content of `path` to `content`; more than `max_bytes` is an error. Errors are
 * ERR_CONFIG and name the path; `content` is then as it was. */
int file_read(const char *path, size_t max_bytes, struct strbuf *content, struct err *err);

/* Makes `path` and what is missing above it, each with `mode`; directories that are there stay as
 * they are. ERR_CONFIG where something else is there. */
int file_make_directories(const char *path, unsigned mode, struct err *err);

#endif
