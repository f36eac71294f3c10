/*
 * --follow: delta after delta, until a signal ends it.
 *
 * The first delta is a run like any other. Each later one goes back by a minute only, so that it is
 * quick. But points may arrive later than that: so once in every --overlap a delta goes back by
 * --overlap, as a run does, counted from the last delta that did; the journal keeps its cutoff. A
 * server that goes away is waited for.
 *
 * The first SIGTERM or SIGINT asks for a last delta: when that is through, all points that were in
 * the source when the signal came are in the targets. A second signal stops it as it stops any run.
 */
#ifndef CMD_TENANTS_FOLLOW_H
#define CMD_TENANTS_FOLLOW_H

#include <stdint.h>

#include "base/err.h"
#include "cmd/tenants/copy.h"

/*
 * Returns 0 after the last delta, and 1 where windows or tenants are still failing then. -1:
 * ERR_INTERRUPTED where a signal came before the first delta was through, or a second signal came;
 * ERR_CONNECT where a server is away during the last delta; or an error that ends any run.
 */
int tenants_follow(struct tenants_copy *copy, int64_t interval_ns, struct err *err);

#endif
