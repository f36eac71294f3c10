/*
 * How many points each shard of a database has taken since its server was started.
 *
 * Two readings tell whether anybody wrote in between, also where a point overwrote another one and
 * no count changed. SHOW STATS FOR 'shard' lists the shards that are open (1.6 to 1.12).
 */
#ifndef INFLUX_WRITES_H
#define INFLUX_WRITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "influx/client.h"

struct shard_writes {
    int64_t id;
    int64_t points;
};

struct writes {
    struct shard_writes *items;
    size_t count, alloc;
    bool known; /* false: the user may not see it */
};

/* Reads the counts, in one request; `writes` must be zero. Errors: as influx_query_run(), but for a
 * lack of rights. */
int writes_read(struct writes *writes, struct influx_client *client, const char *database,
                struct err *err);
void writes_release(struct writes *writes);

/* How many points came between two readings. A count that fell began anew with its server: all of
 * it came since. 0 where one of the two isn't known. */
int64_t writes_between(const struct writes *before, const struct writes *after);

#endif
