/*
 * One run at a time.
 *
 * The lock is the server's GET_LOCK, which ends with the connection that holds it. On a Galera
 * cluster each node has a GET_LOCK of its own (measured: two nodes gave it out at once), and may
 * refuse it. There the row of the record (schema/server/record.h) is the lock. A run takes GET_LOCK
 * first where the node grants it: who has that knows that an owner of the row on the same node is
 * dead.
 */
#ifndef SCHEMA_RUN_LOCK_H
#define SCHEMA_RUN_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "mysql/db.h"
#include "schema/server/record.h"

struct lock {
    struct db *db;
    char *name;       /* of the GET_LOCK */
    char *owner;      /* of the record's row */
    int64_t expiry_s; /* an owner on another node that wrote nothing for so long is dead */
    bool by_row;      /* the row decides */
    bool has_name;
};

/* `expiry_s` must be longer than any statement takes. */
int lock_init(struct lock *lock, struct db *db, int64_t expiry_s, struct err *err);
/* Gives back the lock; the record's table stays. */
void lock_release(struct lock *lock);

/*
 * First: waits for the server's lock, for about a second. 1: we hold it, or it is of no use here;
 * 0: somebody else does, and `*ret_holder` says who (the caller's to free, may be NULL).
 */
int lock_try(struct lock *lock, char **ret_holder, struct err *err);
/* Then: makes the record's row ours. 1: it is; 0: somebody else has it, and a short pause is
 * over. */
int lock_claim(struct lock *lock, char **ret_holder, struct err *err);

#endif
