#include "influx/shard_groups.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"

struct reading {
    void (*each)(void *context, const struct shard_group *group);
    void *context;
};

enum { ID, DATABASE, POLICY, START, END, COLUMNS };

static int read_row(const struct reading *reading, const json_t *row, const int columns[COLUMNS],
                    struct err *err)
{
    char *database = influx_cell_name(row, (size_t)columns[DATABASE]),
         *policy = influx_cell_name(row, (size_t)columns[POLICY]);
    const char *start = json_string_value(json_array_get(row, (size_t)columns[START]));
    const char *end = json_string_value(json_array_get(row, (size_t)columns[END]));
    struct shard_group group = {
        .database = database, .policy = policy, .id = influx_cell_int(row, (size_t)columns[ID], 0)};
    int rc = -1;

    if (!database || !policy || !start || !end)
        err_set(err, ERR_FAILED, "the server's list of shard groups has an empty cell");
    else if (clock_parse_instant(start, &group.start_ns, err) == 0 &&
             clock_parse_instant(end, &group.end_ns, err) == 0)
        rc = 0;
    if (rc == 0)
        reading->each(reading->context, &group);
    free(database);
    free(policy);
    return rc;
}

static int read_groups(void *context, const struct influx_series *series, struct err *err)
{
    static const char *const titles[COLUMNS] = {"id", "database", "retention_policy", "start_time",
                                                "end_time"};
    int columns[COLUMNS];
    size_t index;
    json_t *row;

    for (size_t i = 0; i < COLUMNS; i++) {
        columns[i] = influx_column(series, titles[i]);
        if (columns[i] < 0)
            return err_set(err, ERR_FAILED, "the server's list of shard groups has no column %s",
                           titles[i]);
    }
    json_array_foreach (series->values, index, row) {
        if (read_row(context, row, columns, err) < 0)
            return -1;
    }
    return 0;
}

int shard_groups_read(struct influx_client *client,
                      void (*each)(void *context, const struct shard_group *group), void *context,
                      struct err *err)
{
    struct influx_query query = INFLUX_QUERY_INIT;
    struct reading reading = {each, context};
    int rc;

    query.statement = "SHOW SHARD GROUPS";
    query.reader.series = read_groups;
    query.reader.context = &reading;
    rc = influx_query_run(client, &query, err);
    influx_query_release(&query);
    return rc;
}
