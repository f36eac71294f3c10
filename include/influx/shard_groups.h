/*
 * The shard groups of all databases of a server, in one request.
 */
#ifndef INFLUX_SHARD_GROUPS_H
#define INFLUX_SHARD_GROUPS_H

#include <stdint.h>

#include "base/err.h"
#include "influx/client.h"

struct shard_group {
    const char *database, *policy;
    int64_t id;
    int64_t start_ns, end_ns; /* [start, end) */
};

/* Hands each to `each`; what it is given is valid during the call. Errors: as influx_query_run(),
 * which may be that the user has no right to see them. */
int shard_groups_read(struct influx_client *client,
                      void (*each)(void *context, const struct shard_group *group), void *context,
                      struct err *err);

#endif
