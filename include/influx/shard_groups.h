/*
 * The shard groups of all databases of a server, in one request.
 */
#ifndef INFLUX_SHARD_GROUPS_H
#define INFLUX_SHARD_GROUPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "influx/client.h"

struct shard_group {
    const char *database, *policy;
    int64_t id;
    int64_t start_ns, end_ns; /* [start, end); INT64_MIN and INT64_MAX at the ends of time */
    /* The server has lost the group's start, and reads it only for a statement whose time goes on
     * to 2262. */
    bool wrapped;
};

/*
 * Reads the answer to SHOW SHARD GROUPS. It stays in place, with the query, until the query's end;
 * `each` is given what is valid during the call.
 */
struct shard_groups_reader {
    void (*each)(void *context, const struct shard_group *group);
    void *context;

    struct points_reader points; /* the rest is the reader's own */
    size_t columns[5];
};

/* Makes `query` ask for all shard groups; the caller starts or runs it. The reader's first two
 * members are set. Release both. */
void shard_groups_reader_init(struct shard_groups_reader *reader, struct influx_query *query);
void shard_groups_reader_release(struct shard_groups_reader *reader);

/* Asks and waits. Errors: as influx_query_run(), which may be that the user has no right to see
 * shard groups. */
int shard_groups_read(struct influx_client *client,
                      void (*each)(void *context, const struct shard_group *group), void *context,
                      struct err *err);

#endif
