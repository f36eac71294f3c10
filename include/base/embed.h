/*
 * Files that are built into the program.
 *
 * `make` turns them into C by src/base/embed.sh, sorted by name. The room that has such files
 * declares their list: src/schema/history/builtin.h has the revisions and the states.
 */
#ifndef BASE_EMBED_H
#define BASE_EMBED_H

#include <stddef.h>

struct embedded_file {
    const char *name;          /* the file's name without its folder; NULL ends a list */
    const unsigned char *data; /* `len` bytes, and a NUL behind them */
    size_t len;
};

#endif
