/*
 * The set of points that stand in the reject file, kept on the disk since it may be large.
 *
 * The set is a file of its own in the state directory. Its name is deleted as soon as it is open,
 * so nothing stays behind, whatever ends the process. Each process makes the set from the reject
 * file, and trusts no other.
 */
#ifndef TENANTS_REJECTS_INDEX_H
#define TENANTS_REJECTS_INDEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct rejects_owner;
struct rejects_index;

/* An empty set, in a file beside `path`, the reject file. NULL and ERR_CONFIG where no file can be
 * made. */
struct rejects_index *rejects_index_new(const char *path, struct err *err);
void rejects_index_free(struct rejects_index *index);

/* Adds a line of the owner's target; `ret_new` says that it wasn't there. */
int rejects_index_add(struct rejects_index *index, const struct rejects_owner *owner,
                      const char *line, size_t len, bool *ret_new, struct err *err);

#endif
