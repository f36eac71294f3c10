/*
 * One run at a time.
 *
 * The lock is the server's GET_LOCK, which ends with the connection that holds it. A Galera cluster
 * has one such lock for each node (measured: two nodes gave it out at once) and may refuse it;
 * there the row of the record (schema/record.h) is the lock, and GET_LOCK, which is had first where
 * the node gives it, only tells that another owner on the same node is dead.
 */
#ifndef SCHEMA_LOCK_H
#define SCHEMA_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "mysql/db.h"
#include "schema/record.h"

struct lock {
    struct db *db;
    char *name;       /* of the GET_LOCK */
    char *owner;      /* of the record's row */
    int64_t expiry_s; /* after this long without a word, an owner on another node is dead */
    bool by_row;      /* the row decides */
    bool has_name;
};

/* `expiry_s` must be longer than a statement can take on another node. */
int lock_init(struct lock *lock, struct db *db, int64_t expiry_s, struct err *err);
/* Gives back what is held; the record's table stays. */
void lock_release(struct lock *lock);

/*
 * Waits for the server's lock for about a second. 1: it is held, or of no use here; 0: somebody
 * else has it. `ret_holder` (the caller's to free, may be NULL) says who.
 */
int lock_try(struct lock *lock, char **ret_holder, struct err *err);
/* After that, makes the record's row ours. 1: it is; 0: somebody else has it, after a short pause.
 */
int lock_claim(struct lock *lock, char **ret_holder, struct err *err);

#endif
