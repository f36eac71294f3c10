/*
 * Who holds the lock that a statement waited for in vain.
 *
 * The server's own tables of metadata locks tell, where they are switched on; else the oldest open
 * transaction is the likeliest one. Nothing here is certain, and the words say so.
 */
#ifndef SCHEMA_BLOCKER_H
#define SCHEMA_BLOCKER_H

#include <stdint.h>

#include "base/err.h"
#include "mysql/db.h"

/* Replaces the error by one that names the blocking connection, and what to do about it. */
void blocker_explain(struct db *db, const char *sql, int64_t waited_s, struct err *err);

#endif
