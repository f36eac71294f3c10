#include "influx/shard_stats.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* All shards come in one document: some 400 bytes a shard. */
#define MAX_REPLY_BYTES ((size_t)512 * 1024 * 1024)

static const char *const index_names[] = {
    [INFLUX_INDEX_UNKNOWN] = "unknown",
    [INFLUX_INDEX_INMEM] = "inmem",
    [INFLUX_INDEX_TSI1] = "tsi1",
};

const char *influx_index_name(enum influx_index index)
{
    return index_names[index];
}

enum influx_index influx_index_of(const char *name)
{
    if (name && strcmp(name, "inmem") == 0)
        return INFLUX_INDEX_INMEM;
    return name && strcmp(name, "tsi1") == 0 ? INFLUX_INDEX_TSI1 : INFLUX_INDEX_UNKNOWN;
}

struct reading {
    struct shard_stats *stats;
    const char *database;
};

/* The value of a tag, the caller's to free; NULL where the series lacks the tag. */
static char *tag_of(const struct points_series *series, const char *key)
{
    const struct points_text *value = points_tag_value(series, key);

    return value ? xmemdupz(value->bytes, value->len) : NULL;
}

static int64_t integer_of(const struct points_series *series, const struct msgpack_value *values,
                          const char *column)
{
    for (size_t i = 0; i < series->column_count; i++)
        if (points_text_is(&series->columns[i], column) && values[i].type == MSGPACK_INT)
            return values[i].as.integer;
    return 0;
}

/* Keeps what only one shard need tell: the newest has the index that new ones get. */
static void take_newest(struct shard_stats *stats, const struct points_series *series, int64_t id)
{
    char *index;

    if (stats->path && id < stats->newest)
        return;
    free(stats->path);
    stats->newest = id;
    index = tag_of(series, "indexType");
    stats->index = influx_index_of(index);
    free(index);
    stats->path = tag_of(series, "path");
}

static int read_shard(void *context, const struct points_series *series, bool new_series,
                      const struct msgpack_value *values, struct err *err)
{
    struct reading *reading = context;
    struct shard_stats *stats = reading->stats;
    char *database = tag_of(series, "database"), *id = tag_of(series, "id");
    int64_t bytes = integer_of(series, values, "diskBytes");
    int rc = 0;

    (void)new_series;
    if (!database || !id) {
        rc = err_set(err, ERR_FAILED,
                     "the server's statistics of shards aren't as InfluxDB 1.x gives them");
    } else {
        names_add(&stats->databases, database);
        stats->shards++;
        stats->bytes += bytes;
        if (strcmp(database, reading->database) == 0)
            stats->database_bytes += bytes;
        take_newest(stats, series, strtoll(id, NULL, 10));
    }
    free(database);
    free(id);
    return rc;
}

static int ask(struct influx_client *client, const char *statement, struct points_reader *points,
               struct err *err)
{
    struct influx_query query = INFLUX_QUERY_INIT;
    int rc;

    points->max_chunk_bytes = MAX_REPLY_BYTES;
    query.statement = statement;
    query.points = points;
    rc = influx_query_run(client, &query, err);
    influx_query_release(&query);
    points_reader_release(points);
    return rc;
}

int shard_stats_read(struct shard_stats *stats, struct influx_client *client, const char *database,
                     struct err *err)
{
    struct reading reading = {stats, database};
    struct points_reader points = POINTS_READER_INIT;

    stats->databases = (struct names)NAMES_INIT;
    points.row = read_shard;
    points.context = &reading;
    return ask(client, "SHOW STATS FOR 'shard'", &points, err);
}

void shard_stats_release(struct shard_stats *stats)
{
    names_release(&stats->databases);
    free(stats->path);
    *stats = (struct shard_stats){0};
}

static int read_memory(void *context, const struct points_series *series, bool new_series,
                       const struct msgpack_value *values, struct err *err)
{
    int64_t *bytes = context;

    (void)new_series;
    (void)err;
    *bytes = integer_of(series, values, "Sys");
    return 0;
}

int shard_stats_read_memory(int64_t *ret_bytes, struct influx_client *client, struct err *err)
{
    struct points_reader points = POINTS_READER_INIT;

    *ret_bytes = 0;
    points.row = read_memory;
    points.context = ret_bytes;
    return ask(client, "SHOW STATS FOR 'runtime'", &points, err);
}
