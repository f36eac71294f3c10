/*
 * Preparing the targets: makes missing databases, and repeats the source's grants on them.
 */
#ifndef TENANTS_SERVERS_TARGET_H
#define TENANTS_SERVERS_TARGET_H

#include "base/err.h"
#include "tenants/plan/plan.h"
#include "tenants/servers/servers.h"

/*
 * Prepares the target of every tenant of the plan that has pieces. CREATE DATABASE makes it, with
 * its policy, where it is missing. On the source's server, GRANT repeats the rights of each user of
 * the source who has none on the target. One request runs many statements.
 *
 * Where a statement is refused, the tenant's `problem` says why, and the others go on. So they do
 * where one of several servers went away. -1 where no server can be reached, where one refuses the
 * credentials, or after a stop signal.
 */
int targets_prepare(struct plan *plan, struct servers *servers, struct err *err);

#endif
