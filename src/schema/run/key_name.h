/*
 * Another name for a foreign key whose own is taken.
 *
 * Names of foreign keys are unique in a database. Where statements aren't atomic (MySQL before 8.0,
 * MariaDB before 10.6), a server that is killed in the middle of one may keep a name that no table
 * has (InnoDB's errno 121), and every further try would fail. The names are no part of the shape,
 * so the key gets another.
 */
#ifndef SCHEMA_RUN_KEY_NAME_H
#define SCHEMA_RUN_KEY_NAME_H

#include "base/err.h"
#include "mysql/db.h"

/*
 * After `sql` failed with `err`: where it adds one foreign key whose name is taken, runs it with
 * other names, and says so. 0: that worked, and `err` is released; -1: `err` stands.
 */
int key_name_retry(struct db *db, const char *sql, struct err *err);

#endif
