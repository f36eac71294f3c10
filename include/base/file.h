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
 * may be written then. */
int file_write_all(int fd, const void *data, size_t len);

/* Makes `path` and what is missing above it, each with `mode`; directories that are there stay as
 * they are. ERR_CONFIG where something else is there. */
int file_make_directories(const char *path, unsigned mode, struct err *err);

/*
 * Puts `data` where `path` is, as a whole or not at all: into a file beside it, which then takes
 * its name. A new file has mode 0640; one that is there keeps its mode. Something that is no plain
 * file (a terminal, /dev/stdout, a pipe) is written to as it is. ERR_CONFIG where it can't be.
 */
int file_replace(const char *path, const void *data, size_t len, struct err *err);

/* Makes it outlast a loss of power that `path` has come, gone, or been given another file: syncs
 * the directory that it stands in. -1, and errno, where that fails. */
int file_sync_directory_of(const char *path);

#endif
