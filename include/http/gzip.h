/*
 * Compressing what is sent; libcurl does it for what is received only.
 */
#ifndef HTTP_GZIP_H
#define HTTP_GZIP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

/* Appends `data` in gzip's format, at the fastest level: the others take longer for little more. */
void gzip_add(struct strbuf *sb, const char *data, size_t len);

#endif
