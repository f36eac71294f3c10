#include "influx/writes.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* All shards of the server come in one document, some 400 bytes each. */
#define MAX_REPLY_BYTES ((size_t)512 * 1024 * 1024)

struct reading {
    struct writes *writes;
    const char *database;
};

/* A series a shard, with its database and its id as tags. */
static int read_shard(void *context, const struct points_series *series, bool new_series,
                      const struct msgpack_value *values, struct err *err)
{
    struct reading *reading = context;
    struct writes *writes = reading->writes;
    const struct points_text *database = points_tag_value(series, "database"),
                             *id = points_tag_value(series, "id");
    char *text;

    (void)new_series;
    (void)err;
    if (!database || !id || !points_text_is(database, reading->database))
        return 0;
    for (size_t i = 0; i < series->column_count; i++) {
        if (!points_text_is(&series->columns[i], "writePointsOk") || values[i].type != MSGPACK_INT)
            continue;
        text = xmemdupz(id->bytes, id->len);
        GROW(writes->items, writes->count, writes->alloc);
        writes->items[writes->count++] =
            (struct shard_writes){strtoll(text, NULL, 10), values[i].as.integer};
        free(text);
    }
    return 0;
}

int writes_read(struct writes *writes, struct influx_client *client, const char *database,
                struct err *err)
{
    struct influx_query query = INFLUX_QUERY_INIT;
    struct points_reader points = POINTS_READER_INIT;
    struct reading reading = {writes, database};
    int rc;

    points.row = read_shard;
    points.context = &reading;
    points.max_chunk_bytes = MAX_REPLY_BYTES;
    query.statement = "SHOW STATS FOR 'shard'";
    query.points = &points;
    rc = influx_query_run(client, &query, err);
    writes->known = rc == 0;
    if (rc < 0 && (query.failure == INFLUX_DENIED || query.failure == INFLUX_FINAL)) {
        err_release(err);
        rc = 0;
    }
    influx_query_release(&query);
    points_reader_release(&points);
    return rc;
}

void writes_release(struct writes *writes)
{
    free(writes->items);
    *writes = (struct writes){0};
}

static int64_t points_of(const struct writes *writes, int64_t id)
{
    for (size_t i = 0; i < writes->count; i++)
        if (writes->items[i].id == id)
            return writes->items[i].points;
    return 0;
}

int64_t writes_between(const struct writes *before, const struct writes *after)
{
    int64_t points = 0;

    for (size_t i = 0; before->known && after->known && i < after->count; i++) {
        int64_t then = points_of(before, after->items[i].id), now = after->items[i].points;

        points += now < then ? now : now - then;
    }
    return points;
}
