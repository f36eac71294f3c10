/*
 * The shards that a server has open, as SHOW STATS tells: how many, how large, with which index.
 *
 * Only InfluxDB 1.x tells that, to a user who may see it (an admin). Before 1.7 it doesn't tell the
 * index (measured on 1.6.7).
 */
#ifndef INFLUX_SHARD_STATS_H
#define INFLUX_SHARD_STATS_H

#include <stdint.h>

#include "base/err.h"
#include "base/names.h"
#include "influx/client.h"

/* The index of the shards that a server makes. */
enum influx_index {
    INFLUX_INDEX_UNKNOWN,
    INFLUX_INDEX_INMEM,
    INFLUX_INDEX_TSI1,
};

/* "inmem", "tsi1"; "unknown" for INFLUX_INDEX_UNKNOWN. */
const char *influx_index_name(enum influx_index index);
/* INFLUX_INDEX_UNKNOWN for any other text, and for NULL. */
enum influx_index influx_index_of(const char *name);

struct shard_stats {
    struct names databases; /* that have an open shard */
    int64_t shards;
    int64_t bytes;           /* on the disk, of all shards */
    int64_t database_bytes;  /* of the shards of the database that was asked about */
    int64_t newest;          /* the highest id of a shard */
    enum influx_index index; /* of that shard */
    char *path;              /* the folder of a shard, on the server; NULL: there is none */
};

/* `stats` must be zero; release it in any case. Errors: as influx_query_run(). */
int shard_stats_read(struct shard_stats *stats, struct influx_client *client, const char *database,
                     struct err *err);
void shard_stats_release(struct shard_stats *stats);

/* The memory that the server has from its system, SHOW STATS FOR 'runtime'; 0 where it doesn't
 * tell. */
int shard_stats_read_memory(int64_t *ret_bytes, struct influx_client *client, struct err *err);

#endif
