/*
 * The record of a run, on the server: which step is under way, how many of its statements have
 * committed, and who does it.
 *
 * It is one row in a table of its own, outside alembic_version, that is there only while a run is,
 * or after one was killed. The row is a lock too, where the server's own doesn't reach (see
 * schema/lock.h): it has an owner, and an hour at which the owner is taken for dead. Every writing
 * names the owner, so that one that was taken for dead wrongly notices before its next statement.
 */
#ifndef SCHEMA_RECORD_H
#define SCHEMA_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "mysql/db.h"

#define RECORD_TABLE "monasca_migrate_progress"

struct record {
    bool has_table;
    bool has_row;
    char *owner;    /* "host:pid:connection:random", for people */
    char *node;     /* the server that it is connected to */
    char *revision; /* the step under way; "" : none */
    bool up;
    char *digest; /* of the step's statements, when it began */
    size_t done;  /* statements that have committed */
    bool expired; /* by the server's clock */
};

#define RECORD_INIT                                                                                \
    {                                                                                              \
        .has_table = false                                                                         \
    }

int record_read(struct record *record, struct db *db, struct err *err);
void record_release(struct record *record);

int record_make_table(struct db *db, struct err *err);
int record_drop_table(struct db *db, struct err *err);

/* Adds the row. 1: it is ours; 0: there is one already. */
int record_insert(struct db *db, const char *owner, int64_t expiry_s, struct err *err);
/* Takes the row over from `previous`. 1: it is ours; 0: somebody was faster. */
int record_take_over(struct db *db, const char *owner, const char *previous, int64_t expiry_s,
                     struct err *err);

/* The statement that says how far we are; it changes one row, or the record isn't ours any more. */
void record_add_update(struct strbuf *sql, const char *owner, int64_t expiry_s,
                       const char *revision, bool up, const char *digest, size_t done);

#endif
