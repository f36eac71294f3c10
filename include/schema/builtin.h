/*
 * The files that are built into the program: revisions and states, as `make` found them in
 * src/schema/revisions and src/schema/states, sorted by name.
 */
#ifndef SCHEMA_BUILTIN_H
#define SCHEMA_BUILTIN_H

#include <stddef.h>

struct builtin_file {
    const char *name;          /* without its folder; NULL ends a list */
    const unsigned char *data; /* with a NUL behind it */
    size_t len;
};

extern const struct builtin_file builtin_revisions[];
extern const struct builtin_file builtin_states[];

#endif
