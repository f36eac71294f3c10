/*
 * The inside of the reject file: what its files share. Nobody else includes this.
 *
 * rejects.c adds to the file; rejects_read.c reads it, in parts; rejects_retry.c writes its points
 * to their targets again; rejects_index.c knows which points stand in it.
 */
#ifndef TENANTS_REJECTS_FILE_H
#define TENANTS_REJECTS_FILE_H

#include <sys/types.h>

#include "index.h"
#include "tenants/rejects/rejects.h"

struct rejects {
    char *path;
    struct rejects_index *index; /* of the file as it was when it was last read; NULL: it wasn't */
    ino_t inode;
    off_t size;  /* of the file then */
    off_t whole; /* up to the end of the last line that is whole */
};

extern const char rejects_intro[];

/* rejects.c */

/* Says what errno says. Returns -1. */
int rejects_cant(const struct rejects *rejects, const char *what, struct err *err);
/* The lock's descriptor, or -1. Closing it lets go. ERR_INTERRUPTED by a stop signal. */
int rejects_lock(const struct rejects *rejects, struct err *err);

/* rejects_read.c */

/* As it stands in the file. */
void rejects_add_section(struct strbuf *text, const struct rejects_owner *owner, const char *words,
                         const struct strbuf *lines);
/*
 * Reads from this place on. `ret_whole` is where the last whole line ends: what a crash cut off
 * stands behind it. A file that isn't there is empty.
 */
int rejects_scan(const struct rejects *rejects, off_t from,
                 void (*each)(void *context, const struct rejects_section *section), void *context,
                 off_t *ret_whole, struct err *err);

#endif
