/*
 * Which points stand in the reject file: a set on the disk, since they may be more than memory is
 * for.
 *
 * A file of its own in the state directory, without a name once it is open: nothing is left of it,
 * whatever the process dies of. The reject file alone counts; the set is made from it.
 */
#ifndef TENANTS_REJECTS_INDEX_H
#define TENANTS_REJECTS_INDEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct rejects_owner;
struct rejects_index;

/* Beside `path`, the reject file. NULL with ERR_CONFIG where no file can be made. */
struct rejects_index *rejects_index_new(const char *path, struct err *err);
void rejects_index_free(struct rejects_index *index);

/* Adds a line of a target; `ret_new`: it wasn't there. */
int rejects_index_add(struct rejects_index *index, const struct rejects_owner *owner,
                      const char *line, size_t len, bool *ret_new, struct err *err);

#endif
