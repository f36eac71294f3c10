/*
 * --follow: delta after delta, until it is told to stop.
 *
 * The first is a run as any. Each later one goes back a minute only, so that it is quick; so that
 * no late point is lost, one in every --overlap goes back from the one before it by --overlap, as a
 * run does, and the journal knows from where the next must. A server that goes away is waited for.
 *
 * The first SIGTERM or SIGINT asks for a last delta: when that is through, all that was in the
 * source when the signal came is in the targets. A second one stops as it stops any run.
 */
#ifndef CMD_TENANTS_FOLLOW_H
#define CMD_TENANTS_FOLLOW_H

#include <stdint.h>

#include "base/err.h"
#include "cmd/tenants/copy.h"

/*
 * Returns 0 after the last delta, 1 where windows or tenants are left that failed; -1:
 * ERR_INTERRUPTED where it was stopped before the first was through, or by a second signal;
 * ERR_CONNECT where the last one couldn't be made; or what ends any run.
 */
int tenants_follow(struct tenants_copy *copy, int64_t interval_ns, struct err *err);

#endif
