/*
 * The record of a run, on the server: which step is under way, how many of its statements have
 * committed, and who runs it.
 *
 * The record is one row in a table of its own, beside alembic_version. The table exists only while
 * a run does, or after one was killed. Where the server's own lock doesn't reach
 * (src/schema/run/lock.h), the row is the lock: it has an owner, and a time at which the owner is
 * taken for dead. Whoever writes the row names its owner; so a run that was wrongly taken for dead
 * notices before its next statement.
 */
#ifndef SCHEMA_SERVER_RECORD_H
#define SCHEMA_SERVER_RECORD_H

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
    char *revision; /* the step under way; "": none */
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
/* Takes the row over from `previous`. 1: it is ours; 0: somebody else was faster. */
int record_take_over(struct db *db, const char *owner, const char *previous, int64_t expiry_s,
                     struct err *err);

/* Adds the statement that records how far we are. It changes one row; where it changes none, the
 * record isn't ours any more. */
void record_add_update(struct strbuf *sql, const char *owner, int64_t expiry_s,
                       const char *revision, bool up, const char *digest, size_t done);

#endif
