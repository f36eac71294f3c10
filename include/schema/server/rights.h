/*
 * Whether the user may do what a run needs, asked before the first statement.
 *
 * Grants are read as SHOW GRANTS prints them. Where they can't tell (a role that isn't spelled out,
 * rights on single tables), the user gets the benefit of the doubt.
 */
#ifndef SCHEMA_SERVER_RIGHTS_H
#define SCHEMA_SERVER_RIGHTS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/strvec.h"
#include "mysql/db.h"

/*
 * Appends to `missing` the privileges of `needed` (MySQL's names, the list ends in NULL) that the
 * lines of SHOW GRANTS don't give for `database`. Those about which the grants can't tell aren't
 * missing.
 */
void rights_find_missing(struct strvec *missing, const struct strvec *grants, const char *database,
                         const char *const *needed);

/*
 * Fails where the user may not see the whole of the database. A server leaves out of
 * information_schema what a user has no right on, without a word: tables without any, foreign keys
 * without another right than SELECT (measured: MySQL 5.5, MariaDB 10.2, 10.11). Here nobody gets
 * the benefit of the doubt; the rights of the roles that are in use count.
 */
int rights_check_sight(struct db *db, struct err *err);
/* Can a user with these lines of SHOW GRANTS see the whole of `database`? Adds what is missing. */
void rights_find_blind(struct strvec *missing, const struct strvec *grants, const char *database);

/* Fails where any of `needed` is missing; the error names them, and the GRANT that gives them. */
int rights_check(struct db *db, const char *const *needed, struct err *err);

#endif
