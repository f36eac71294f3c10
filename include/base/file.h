/*
 * Whole files, and directories.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>

#include "base/err.h"
#include "base/strbuf.h"

/* Appends the content of `path` to `content`; more than `max_bytes` is an error. Errors are
 * ERR_CONFIG and name the path; `content` is then as it was. */
int file_read(const char *path, size_t max_bytes, struct strbuf *content, struct err *err);

/* Writes all of a buffer, however many calls that takes. -1, and errno, where that fails; a part
 * may be written by then. */
int file_write_all(int fd, const void *data, size_t len);

/* Makes the directory `path`, and the missing ones above it, each with `mode`. Directories that are
 * there stay as they are. ERR_CONFIG where something else is there. */
int file_make_directories(const char *path, unsigned mode, struct err *err);

/*
 * Replaces the content of `path`, as a whole or not at all: `data` goes into a file beside it,
 * which then takes its name. A new file has mode 0640; one that is there keeps its mode. Something
 * that is no plain file (a terminal, /dev/stdout, a pipe) is written to in place. Errors are
 * ERR_CONFIG.
 */
int file_replace(const char *path, const void *data, size_t len, struct err *err);

/* Syncs the directory of `path`, so that a file that was made, renamed or deleted there is so after
 * a loss of power, too. -1, and errno, where that fails. */
int file_sync_directory_of(const char *path);

#endif
