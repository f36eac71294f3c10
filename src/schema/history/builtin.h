/*
 * The files that are built into the program: revisions and states, as `make` found them in
 * src/schema/revisions and src/schema/states, sorted by name.
 */
#ifndef SCHEMA_HISTORY_BUILTIN_H
#define SCHEMA_HISTORY_BUILTIN_H

#include "base/embed.h"

extern const struct embedded_file builtin_revisions[];
extern const struct embedded_file builtin_states[];

#endif
