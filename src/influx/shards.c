#include "influx/shards.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "influx/quote.h"

/* All shards come in one document: some 200 bytes a shard in SHOW SHARDS, 400 in SHOW STATS. */
#define MAX_REPLY_BYTES ((size_t)512 * 1024 * 1024)
/* A server makes groups 30 minutes ahead, unless advance-period says otherwise. */
#define MAX_ADVANCE_NS  CLOCK_HOUR_NS

struct id_list {
    int64_t *items;
    size_t count, alloc;
};

struct reading {
    struct shard_list *listed;
    const char *database;
    struct id_list open;
    int64_t started_ns;
    bool is_spread; /* a shard has owners: this is a cluster */
};

static int malformed(struct err *err)
{
    return err_set(err, ERR_FAILED, "the server's list of shards isn't as InfluxDB 1.x gives it");
}

/* SHOW SHARDS */

enum { ID, DATABASE, POLICY, START, END, OWNERS, COLUMNS };

static const struct msgpack_value *cell(const struct points_series *series,
                                        const struct msgpack_value *values, int column)
{
    static const char *const titles[COLUMNS] = {"id",         "database", "retention_policy",
                                                "start_time", "end_time", "owners"};

    for (size_t i = 0; i < series->column_count; i++)
        if (points_text_is(&series->columns[i], titles[column]))
            return &values[i];
    return NULL;
}

static char *text_of(const struct msgpack_value *value)
{
    return value && value->type == MSGPACK_STRING
               ? influx_decode_name(value->as.string.bytes, value->as.string.len)
               : NULL;
}

static int read_instant(const struct msgpack_value *value, int64_t *ret_ns, struct err *err)
{
    char *text = text_of(value);
    int rc = text ? clock_parse_instant_held(text, ret_ns, err) : malformed(err);

    free(text);
    return rc;
}

static int read_listed(void *context, const struct points_series *series, bool new_series,
                       const struct msgpack_value *values, struct err *err)
{
    struct reading *reading = context;
    const struct msgpack_value *id = cell(series, values, ID);
    char *database = text_of(cell(series, values, DATABASE));
    char *owners = text_of(cell(series, values, OWNERS));
    struct shard shard = {.policy = text_of(cell(series, values, POLICY))};
    int rc = -1;

    (void)new_series;
    if (!id || id->type != MSGPACK_INT || !database || !shard.policy) {
        malformed(err);
        goto out;
    }
    shard.id = id->as.integer;
    if (read_instant(cell(series, values, START), &shard.start_ns, err) < 0 ||
        read_instant(cell(series, values, END), &shard.end_ns, err) < 0)
        goto out;
    rc = 0;
    if (strcmp(database, reading->database) != 0)
        goto out;
    reading->is_spread = reading->is_spread || (owners && *owners);
    GROW(reading->listed->items, reading->listed->count, reading->listed->alloc);
    reading->listed->items[reading->listed->count++] = shard;
    shard.policy = NULL;
out:
    free(shard.policy);
    free(owners);
    free(database);
    return rc;
}

/* SHOW STATS FOR 'shard': a series a shard, with its id as a tag */

static int read_open(void *context, const struct points_series *series, bool new_series,
                     const struct msgpack_value *values, struct err *err)
{
    struct reading *reading = context;

    (void)values;
    if (!new_series)
        return 0;
    for (size_t i = 0; i < series->tag_count; i++) {
        char *text, *end;

        if (!points_text_is(&series->tags[i].key, "id"))
            continue;
        text = xmemdupz(series->tags[i].value.bytes, series->tags[i].value.len);
        GROW(reading->open.items, reading->open.count, reading->open.alloc);
        reading->open.items[reading->open.count++] = strtoll(text, &end, 10);
        free(text);
        return 0;
    }
    return malformed(err);
}

/* SHOW DIAGNOSTICS FOR 'system': when the server was started */

static int read_started(void *context, const struct influx_series *series, struct err *err)
{
    struct reading *reading = context;
    int column = influx_column(series, "started");
    const json_t *value =
        json_array_get(json_array_get(series->values, 0), column < 0 ? SIZE_MAX : (size_t)column);

    if (json_is_string(value))
        return clock_parse_instant(json_string_value(value), &reading->started_ns, err);
    if (json_is_integer(value))
        reading->started_ns = json_integer_value(value);
    return 0;
}

/* Asking */

/* Runs the query. 1: the server doesn't tell, for the reason in query->words. */
static int run(struct influx_client *client, struct influx_query *query, struct err *err)
{
    if (influx_query_run(client, query, err) == 0)
        return 0;
    if (!query->words || (query->failure != INFLUX_DENIED && query->failure != INFLUX_FINAL))
        return -1;
    err_release(err);
    return 1;
}

static int ask_points(struct reading *reading, struct influx_client *client, const char *statement,
                      int (*row)(void *context, const struct points_series *series, bool new_series,
                                 const struct msgpack_value *values, struct err *err),
                      struct err *err)
{
    struct influx_query query = INFLUX_QUERY_INIT;
    struct points_reader points = POINTS_READER_INIT;
    int rc;

    points.row = row;
    points.context = reading;
    points.max_chunk_bytes = MAX_REPLY_BYTES;
    query.statement = statement;
    query.points = &points;
    rc = run(client, &query, err);
    if (rc == 1)
        reading->listed->unknown = xstrdup(query.words);
    influx_query_release(&query);
    points_reader_release(&points);
    return rc;
}

static int ask_started(struct reading *reading, struct influx_client *client, struct err *err)
{
    struct influx_query query = INFLUX_QUERY_INIT;
    int rc;

    query.statement = "SHOW DIAGNOSTICS FOR 'system'";
    query.reader.series = read_started;
    query.reader.context = reading;
    rc = run(client, &query, err);
    influx_query_release(&query);
    return rc;
}

static int compare_ids(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

    return left < right ? -1 : left > right;
}

static int compare_shards(const void *a, const void *b)
{
    return compare_ids(&((const struct shard *)a)->id, &((const struct shard *)b)->id);
}

/* Keeps the shards for which `keeps` is true. */
static void filter(struct shard_list *list,
                   bool (*keeps)(const void *context, const struct shard *shard),
                   const void *context)
{
    size_t kept = 0;

    for (size_t i = 0; i < list->count; i++) {
        if (keeps(context, &list->items[i]))
            list->items[kept++] = list->items[i];
        else
            free(list->items[i].policy);
    }
    list->count = kept;
}

static bool is_closed(const void *context, const struct shard *shard)
{
    const struct id_list *open = context;

    return !open->count ||
           !bsearch(&shard->id, open->items, open->count, sizeof(*open->items), compare_ids);
}

bool shard_list_has(const struct shard_list *list, int64_t id)
{
    const struct shard key = {.id = id};

    return list->count &&
           bsearch(&key, list->items, list->count, sizeof(*list->items), compare_shards);
}

static bool is_in(const void *context, const struct shard *shard)
{
    return shard_list_has(context, shard->id);
}

/* Groups that begin in this time may have been made ahead, and have no shard yet. */
struct ahead {
    int64_t start_ns, end_ns;
};

static bool may_hold_points(const void *context, const struct shard *shard)
{
    const struct ahead *ahead = context;

    return shard->start_ns < ahead->start_ns || shard->start_ns > ahead->end_ns;
}

/* The list of all shards comes first: a shard that is made meanwhile is open, and not missed. */
static int find(struct shard_list *closed, struct influx_client *client, const char *database,
                struct err *err)
{
    struct reading reading = {.listed = closed, .database = database};
    int rc = ask_points(&reading, client, "SHOW SHARDS", read_listed, err);

    if (rc == 0 && closed->count && reading.is_spread) {
        closed->unknown = xstrdup("shards have owners: this is a node of a cluster");
        rc = 1;
    }
    if (rc == 0 && closed->count)
        rc = ask_points(&reading, client, "SHOW STATS FOR 'shard'", read_open, err);
    if (rc == 0) {
        if (reading.open.count)
            qsort(reading.open.items, reading.open.count, sizeof(*reading.open.items), compare_ids);
        if (closed->count)
            qsort(closed->items, closed->count, sizeof(*closed->items), compare_shards);
        filter(closed, is_closed, &reading.open);
    }
    free(reading.open.items);
    return rc;
}

/* Leaves out those whose group was made ahead of its time. */
static int leave_out_ahead(struct shard_list *closed, struct influx_client *client, int64_t now_ns,
                           struct err *err)
{
    struct reading reading = {.started_ns = now_ns};
    struct ahead ahead = {.end_ns = clock_add(now_ns, MAX_ADVANCE_NS)};

    if (ask_started(&reading, client, err) < 0)
        return -1;
    ahead.start_ns = reading.started_ns < now_ns ? reading.started_ns : now_ns;
    filter(closed, may_hold_points, &ahead);
    return 0;
}

/* Leaves out those that were made, or deleted, between the first two requests. */
static int leave_out_changing(struct shard_list *closed, struct influx_client *client,
                              const char *database, struct err *err)
{
    struct shard_list again = {0};
    int rc = find(&again, client, database, err);

    if (rc == 0)
        filter(closed, is_in, &again);
    shard_list_release(&again);
    return rc < 0 ? -1 : 0;
}

int shards_find_closed(struct shard_list *closed, struct influx_client *client,
                       const char *database, int64_t now_ns, struct err *err)
{
    int rc = find(closed, client, database, err);

    if (rc == 0 && closed->count)
        rc = leave_out_ahead(closed, client, now_ns, err);
    if (rc == 0 && closed->count)
        rc = leave_out_changing(closed, client, database, err);
    if (closed->unknown)
        filter(closed, is_in, &(struct shard_list){0});
    return rc < 0 ? -1 : 0;
}

int shards_find_closed_since(struct shard_list *closed, struct influx_client *client,
                             const char *database, int64_t since_ns, int64_t now_ns,
                             struct err *err)
{
    struct reading reading = {.started_ns = since_ns};

    if (ask_started(&reading, client, err) < 0)
        return -1;
    if (reading.started_ns < since_ns)
        return 0;
    return shards_find_closed(closed, client, database, now_ns, err);
}

void shard_list_release(struct shard_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i].policy);
    free(list->items);
    free(list->unknown);
    *list = (struct shard_list){0};
}
