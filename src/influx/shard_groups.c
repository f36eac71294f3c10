#include "influx/shard_groups.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

/* All shard groups come in one document: 110 bytes a group, and a group for each week of each
 * tenant. */
#define MAX_REPLY_BYTES ((size_t)512 * 1024 * 1024)

enum { ID, DATABASE, POLICY, START, END, COLUMNS };
_Static_assert(COLUMNS == ARRAY_SIZE(((struct shard_groups_reader *)0)->columns), "all columns");

static int find_columns(struct shard_groups_reader *reading, const struct points_series *series,
                        struct err *err)
{
    static const char *const titles[COLUMNS] = {"id", "database", "retention_policy", "start_time",
                                                "end_time"};

    for (size_t i = 0; i < COLUMNS; i++) {
        size_t k = 0;

        while (k < series->column_count &&
               (series->columns[k].len != strlen(titles[i]) ||
                memcmp(series->columns[k].bytes, titles[i], series->columns[k].len) != 0))
            k++;
        if (k == series->column_count)
            return err_set(err, ERR_FAILED, "the server's list of shard groups has no column %s",
                           titles[i]);
        reading->columns[i] = k;
    }
    return 0;
}

static int read_instant(const struct msgpack_value *value, int64_t *ret_ns, struct err *err)
{
    char text[64];

    if (value->type != MSGPACK_STRING || value->as.string.len >= sizeof(text))
        return err_set(err, ERR_FAILED,
                       "the server's list of shard groups has a cell that is no time");
    memcpy(text, value->as.string.bytes, value->as.string.len);
    text[value->as.string.len] = '\0';
    return clock_parse_instant_held(text, ret_ns, err);
}

/*
 * The first shard group of InfluxDB's time begins before that time: 1677-09-20T00:00:00Z for a
 * week. When the server is started again, that start has become 2262-04-10T23:34:33Z. The last one
 * ends within a second, of which the server tells no fraction (measured with 1.6.7).
 */
static void mend_ends_of_time(struct shard_group *group)
{
    if (group->end_ns >= clock_floor_to(INT64_MAX, CLOCK_SECOND_NS))
        group->end_ns = INT64_MAX;
    group->wrapped = group->start_ns > group->end_ns;
    if (group->wrapped)
        group->start_ns = INT64_MIN;
}

static int read_row(void *context, const struct points_series *series, bool new_series,
                    const struct msgpack_value *values, struct err *err)
{
    struct shard_groups_reader *reading = context;
    const struct msgpack_value *database, *policy;
    struct shard_group group = {0};
    char *names[2];

    if (new_series && find_columns(reading, series, err) < 0)
        return -1;
    database = &values[reading->columns[DATABASE]];
    policy = &values[reading->columns[POLICY]];
    if (database->type != MSGPACK_STRING || policy->type != MSGPACK_STRING ||
        values[reading->columns[ID]].type != MSGPACK_INT)
        return err_set(err, ERR_FAILED, "the server's list of shard groups has an empty cell");
    if (read_instant(&values[reading->columns[START]], &group.start_ns, err) < 0 ||
        read_instant(&values[reading->columns[END]], &group.end_ns, err) < 0)
        return -1;
    mend_ends_of_time(&group);
    names[0] = xmemdupz(database->as.string.bytes, database->as.string.len);
    names[1] = xmemdupz(policy->as.string.bytes, policy->as.string.len);
    group.id = values[reading->columns[ID]].as.integer;
    group.database = names[0];
    group.policy = names[1];
    reading->each(reading->context, &group);
    free(names[0]);
    free(names[1]);
    return 0;
}

void shard_groups_reader_init(struct shard_groups_reader *reader, struct influx_query *query)
{
    reader->points = (struct points_reader)POINTS_READER_INIT;
    reader->points.row = read_row;
    reader->points.context = reader;
    reader->points.max_chunk_bytes = MAX_REPLY_BYTES;
    query->statement = "SHOW SHARD GROUPS";
    query->points = &reader->points;
}

void shard_groups_reader_release(struct shard_groups_reader *reader)
{
    points_reader_release(&reader->points);
}

int shard_groups_read(struct influx_client *client,
                      void (*each)(void *context, const struct shard_group *group), void *context,
                      struct err *err)
{
    struct influx_query query = INFLUX_QUERY_INIT;
    struct shard_groups_reader reader = {.each = each, .context = context};
    int rc;

    shard_groups_reader_init(&reader, &query);
    rc = influx_query_run(client, &query, err);
    influx_query_release(&query);
    shard_groups_reader_release(&reader);
    return rc;
}
