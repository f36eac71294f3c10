/*
 * Who holds the lock that a statement waited for in vain.
 *
 * Where the server's tables of metadata locks are switched on, they tell; else the oldest open
 * transaction is the likeliest holder. Neither is certain, and the message says so.
 */
#ifndef SCHEMA_RUN_BLOCKER_H
#define SCHEMA_RUN_BLOCKER_H

#include <stdint.h>

#include "base/err.h"
#include "mysql/db.h"

/* Replaces the error of `sql` by one that names the blocking connection, and what to do about
 * it. */
void blocker_explain(struct db *db, const char *sql, int64_t waited_s, struct err *err);

#endif
