/*
 * Compressing request bodies in gzip's format. libcurl decompresses replies, but compresses
 * nothing.
 */
#ifndef HTTP_GZIP_H
#define HTTP_GZIP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

/* Appends `data` compressed at the fastest level: other levels take longer and save little more. */
void gzip_add(struct strbuf *sb, const char *data, size_t len);

#endif
