#include "influx/edges.h"

#include <stdlib.h>

#include "base/mem.h"
#include "influx/quote.h"

enum { MEASUREMENTS_A_STATEMENT = 1000 };

struct edges_reading {
    struct catalogue *catalogue;
    struct influx_client *client;
    const char *database;
    const char **names;              /* room for one statement's */
    struct catalogue_policy *policy; /* that is read */
    bool newest;                     /* of the two edges, the one that is read */
    bool found;
};

static int read_edge(void *context, const struct influx_series *series, struct err *err)
{
    struct edges_reading *reading = context;
    struct catalogue *catalogue = reading->catalogue;
    size_t index;
    json_t *row;

    (void)err;
    json_array_foreach (series->values, index, row) {
        int64_t time_ns = influx_cell_int(row, 0, 0);

        reading->found = true;
        if (reading->newest && time_ns > reading->policy->newest_ns)
            reading->policy->newest_ns = time_ns;
        if (reading->newest && time_ns > catalogue->newest_ns)
            catalogue->newest_ns = time_ns;
        if (!reading->newest && time_ns < catalogue->oldest_ns)
            catalogue->oldest_ns = time_ns;
    }
    return 0;
}

static int ask(struct edges_reading *reading, const struct influx_selection *selection,
               struct err *err)
{
    struct influx_query query = INFLUX_QUERY_INIT;
    struct strbuf statement = STRBUF_INIT;
    int rc;

    influx_statement_edge(&statement, selection, reading->newest);
    query.statement = statement.buf;
    query.reader.series = read_edge;
    query.reader.context = reading;
    rc = influx_query_run(reading->client, &query, err);
    influx_query_release(&query);
    strbuf_release(&statement);
    return rc;
}

/* Asks all measurements of a policy for their edge in one shard group. */
static int ask_shard(struct edges_reading *reading, const struct catalogue_shard *shard,
                     struct err *err)
{
    const struct catalogue_policy *policy = reading->policy;
    const struct catalogue *catalogue = reading->catalogue;
    struct influx_selection selection = {
        .database = reading->database,
        .policy = policy->name,
        .measurements = reading->names,
        .belonging = {.owner = INFLUX_OWNER_ANY},
        .start_ns = shard->start_ns,
        .end_ns = shard->end_ns,
    };

    if (reading->newest && catalogue->now_ns < selection.end_ns)
        selection.end_ns = catalogue->now_ns + 1;
    for (uint32_t i = 0; i < catalogue->measurements.count; i++) {
        const char *name = catalogue->measurements.items[i];

        if (catalogue_signature(policy, i) != NAMES_NONE && !influx_measurement_problem(name))
            reading->names[selection.measurement_count++] = name;
        if (!selection.measurement_count ||
            (selection.measurement_count < MEASUREMENTS_A_STATEMENT &&
             i + 1 < catalogue->measurements.count))
            continue;
        if (ask(reading, &selection, err) < 0)
            return -1;
        selection.measurement_count = 0;
    }
    return 0;
}

static int read_policy(struct edges_reading *reading, bool newest, struct err *err)
{
    const struct catalogue_policy *policy = reading->policy;

    reading->newest = newest;
    reading->found = false;
    for (size_t i = 0; i < policy->shard_count && !reading->found; i++) {
        const struct catalogue_shard *shard =
            &policy->shards[reading->newest ? policy->shard_count - 1 - i : i];

        if (reading->newest && shard->start_ns > reading->catalogue->now_ns)
            continue;
        if (ask_shard(reading, shard, err) < 0)
            return -1;
    }
    return 0;
}

int edges_read(struct catalogue *catalogue, struct influx_client *client, const char *database,
               struct err *err)
{
    struct edges_reading reading = {
        .catalogue = catalogue,
        .client = client,
        .database = database,
        .names = xcalloc(MEASUREMENTS_A_STATEMENT, sizeof(*reading.names)),
    };
    int rc = 0;

    for (size_t i = 0; i < catalogue->policy_count && rc == 0; i++) {
        reading.policy = &catalogue->policies[i];
        reading.policy->newest_ns = INT64_MIN;
        if (reading.policy->read &&
            (read_policy(&reading, false, err) < 0 || read_policy(&reading, true, err) < 0))
            rc = -1;
    }
    free(reading.names);
    return rc < 0 ? err_wrap(err, "looking for the oldest and the newest point") : 0;
}
