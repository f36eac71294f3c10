/*
 * The uses of the source that are still there: grants, continuous queries of all databases,
 * subscriptions.
 *
 * A list that the user may not see is a reason of its own: nobody knows what stands in it.
 */
#ifndef TENANTS_CHECK_USES_H
#define TENANTS_CHECK_USES_H

#include <stdbool.h>

#include "base/err.h"
#include "influx/client.h"
#include "tenants/check/reasons.h"

/* Asks the server of the source, and adds a reason for each use. Errors: as influx_query_run(), but
 * for a lack of rights. */
int uses_find(struct reasons *reasons, struct influx_client *client, const char *database,
              struct err *err);

/*
 * Does an InfluxQL statement name a database: a name before a dot, as in mon.autogen.cpu or
 * "mon".."cpu"? A text in single quotes is no name. A policy of that name is taken for the
 * database, so that no use is missed.
 */
bool uses_named(const char *statement, const char *database);

#endif
