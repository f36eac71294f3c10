/*
 * Makes the target databases, and repeats the grants of the source on them.
 */
#ifndef TENANTS_SERVERS_TARGET_H
#define TENANTS_SERVERS_TARGET_H

#include "base/err.h"
#include "tenants/plan/plan.h"
#include "tenants/servers/servers.h"

/*
 * For every tenant of the plan that has work: CREATE DATABASE with its policy where it is missing,
 * and, on the source's server, GRANT for each user who has rights on the source and none on the
 * target. Many statements a request. A target that can't be made gets its words in the tenant's
 * `problem`; the others go on, and so they do where one of several servers went away. -1 where a
 * server can't be reached or refuses the credentials, or after a stop signal.
 */
int targets_prepare(struct plan *plan, struct servers *servers, struct err *err);

#endif
