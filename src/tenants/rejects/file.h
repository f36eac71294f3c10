/*
 * The inside of the reject file: what the files of this folder share.
 *
 * file.c makes, locks and syncs it; read.c reads it, in parts; index.c knows which points stand in
 * it; add.c adds to it; retry.c writes its points to their targets again. file.c calls index.c,
 * read.c calls file.c, and add.c and retry.c call what they need of all three.
 */
#ifndef TENANTS_REJECTS_FILE_H
#define TENANTS_REJECTS_FILE_H

#include <sys/types.h>

#include "index.h"
#include "tenants/rejects/rejects.h"

struct rejects {
    char *path;
    struct rejects_index *index; /* the points of the file when it was last read; NULL: not read */
    ino_t inode;                 /* of the file that was read */
    off_t size;                  /* of the file when it was read, in bytes */
    off_t whole;                 /* where its last whole line ends */
};

/* file.c */

/* The comments that a new file begins with. */
extern const char rejects_intro[];

/* Sets ERR_CONFIG: "can't `what` PATH: ", and what errno says. Returns -1. */
int rejects_cant(const struct rejects *rejects, const char *what, struct err *err);
/* Returns the lock's descriptor, or -1; close() unlocks. ERR_INTERRUPTED after a stop signal. */
int rejects_lock(const struct rejects *rejects, struct err *err);
/* Drops the index: the next call reads the file anew. */
void rejects_forget(struct rejects *rejects);

/* read.c */

/* Writes a section to `text`, as it stands in the file. */
void rejects_add_section(struct strbuf *text, const struct rejects_owner *owner,
                         enum failure_kind kind, const char *words, const struct strbuf *lines);
/*
 * Reads the file from the byte `from` on, and calls `each` for every part of a section. `ret_whole`
 * is the byte where the last whole line ends; behind it stands what a crash cut off. A file that
 * isn't there is empty.
 */
int rejects_scan(const struct rejects *rejects, off_t from,
                 void (*each)(void *context, const struct rejects_section *section), void *context,
                 off_t *ret_whole, struct err *err);

#endif
