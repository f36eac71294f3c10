#include "influx/catalogue.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "influx/quote.h"
#include "influx/shard_groups.h"

/* Statements in one request: enough to make few requests, few enough for a short request. */
enum { STATEMENTS_A_REQUEST = 1000 };

/* The state that the callbacks share. */
struct reading {
    struct catalogue *catalogue;
    const struct catalogue_request *request;
    struct catalogue_policy *policy; /* the policy whose field keys are being read */
    struct strvec *tag_keys;         /* by measurement */
    size_t tag_keys_alloc;
    size_t first; /* index of the user that statement 0 of a request asks about */
    struct catalogue_database **asked; /* by statement of a request: the database it asks about */
    struct strvec users;
};

typedef int (*series_reader)(void *context, const struct influx_series *series, struct err *err);

/*
 * A reply tells the server's clock to the second only: where our clock agrees, it is more exact.
 * Where the clocks disagree, the earlier one counts. A clock that is ahead would call a time past,
 * and points of that time that arrive later would never be copied.
 */
static int64_t best_clock_ns(int64_t server_ns)
{
    int64_t here_ns = clock_now_ns();
    struct strbuf text = STRBUF_INIT;

    if (!server_ns || (server_ns <= here_ns && here_ns < server_ns + 2 * CLOCK_SECOND_NS))
        return here_ns;
    if (here_ns < server_ns - 10 * CLOCK_SECOND_NS || here_ns > server_ns + 10 * CLOCK_SECOND_NS) {
        clock_add_instant(&text, server_ns);
        log_warning("the server's clock says %s, and this machine's clock disagrees; the earlier "
                    "one counts",
                    text.buf);
        strbuf_release(&text);
    }
    return server_ns < here_ns ? server_ns : here_ns;
}

/* Runs a statement and hands each series of the reply to `series`. The first reply sets the clock.
 */
static int ask(struct influx_client *client, const char *statement, const char *database,
               const char *policy, series_reader series, struct reading *reading, struct err *err)
{
    struct influx_query query = INFLUX_QUERY_INIT;
    int rc;

    query.statement = statement;
    query.database = database;
    query.policy = policy;
    query.reader.series = series;
    query.reader.context = reading;
    rc = influx_query_run(client, &query, err);
    if (rc == 0 && !reading->catalogue->now_ns) {
        reading->catalogue->now_ns = best_clock_ns(query.server_ns);
        reading->catalogue->read_ns = clock_monotonic_ns();
    }
    influx_query_release(&query);
    return rc;
}

static int missing_column(const char *what, struct err *err)
{
    return err_set(err, ERR_FAILED, "the server's list of %s lacks columns that InfluxDB 1.x gives",
                   what);
}

/* Databases */

static int compare_databases(const void *a, const void *b)
{
    return strcmp(((const struct catalogue_database *)a)->name,
                  ((const struct catalogue_database *)b)->name);
}

static int read_databases(void *context, const struct influx_series *series, struct err *err)
{
    struct catalogue *catalogue = ((struct reading *)context)->catalogue;
    size_t index;
    json_t *row;

    (void)err;
    json_array_foreach (series->values, index, row) {
        char *name = influx_cell_name(row, 0);

        if (!name)
            continue;
        GROW(catalogue->databases, catalogue->database_count, catalogue->database_alloc);
        catalogue->databases[catalogue->database_count++] =
            (struct catalogue_database){.name = name};
    }
    return 0;
}

const struct catalogue_database *catalogue_find_database(const struct catalogue *catalogue,
                                                         const char *name)
{
    struct catalogue_database key = {.name = (char *)name};

    if (!catalogue->database_count)
        return NULL;
    return bsearch(&key, catalogue->databases, catalogue->database_count, sizeof(key),
                   compare_databases);
}

/* Retention policies */

/* The server prints "336h0m0s"; "0s" is forever. */
static int read_duration(const json_t *row, int column, int64_t *ret_ns, struct err *err)
{
    const char *text = json_string_value(json_array_get(row, (size_t)column));

    if (!text || clock_parse_duration(text, 0, ret_ns, err) < 0)
        return err_set(err, ERR_FAILED, "the server's list of retention policies has no duration");
    return 0;
}

/* A limit of a write window; 0 where there is none, and with a server that knows none. */
static int read_limit(const struct influx_series *series, const json_t *row, const char *title,
                      int64_t *ret_ns, struct err *err)
{
    int column = influx_column(series, title);

    *ret_ns = 0;
    return column < 0 ? 0 : read_duration(row, column, ret_ns, err);
}

static int read_policy_row(const struct influx_series *series, const json_t *row,
                           struct catalogue_policy *policy, struct err *err)
{
    int name = influx_column(series, "name"), duration = influx_column(series, "duration");
    int shard = influx_column(series, "shardGroupDuration"),
        is_default = influx_column(series, "default");

    *policy = (struct catalogue_policy){0};
    if (name < 0 || duration < 0 || shard < 0 || is_default < 0)
        return missing_column("retention policies", err);
    if (read_duration(row, duration, &policy->duration_ns, err) < 0 ||
        read_duration(row, shard, &policy->shard_group_duration_ns, err) < 0 ||
        read_limit(series, row, "pastWriteLimit", &policy->past_limit_ns, err) < 0 ||
        read_limit(series, row, "futureWriteLimit", &policy->future_limit_ns, err) < 0)
        return -1;
    policy->is_default = json_is_true(json_array_get(row, (size_t)is_default));
    policy->name = influx_cell_name(row, (size_t)name);
    return policy->name ? 0 : missing_column("retention policies", err);
}

static int read_policies(void *context, const struct influx_series *series, struct err *err)
{
    struct catalogue *catalogue = ((struct reading *)context)->catalogue;
    size_t index;
    json_t *row;

    json_array_foreach (series->values, index, row) {
        struct catalogue_policy policy;

        if (read_policy_row(series, row, &policy, err) < 0)
            return -1;
        GROW(catalogue->policies, catalogue->policy_count, catalogue->policy_alloc);
        catalogue->policies[catalogue->policy_count++] = policy;
    }
    return 0;
}

static int read_target_policies(void *context, const struct influx_series *series, struct err *err)
{
    struct reading *reading = context;
    struct catalogue_database *database;
    size_t index;
    json_t *row;

    if (series->statement_id < 0 || series->statement_id >= STATEMENTS_A_REQUEST ||
        !reading->asked[series->statement_id])
        return err_set(err, ERR_FAILED, "the server answered a statement that wasn't asked");
    database = reading->asked[series->statement_id];
    json_array_foreach (series->values, index, row) {
        struct catalogue_policy policy;

        if (read_policy_row(series, row, &policy, err) < 0)
            return -1;
        if (policy.is_default && !database->default_policy) {
            database->default_policy = xstrdup(policy.name);
            database->duration_ns = policy.duration_ns;
            database->shard_group_duration_ns = policy.shard_group_duration_ns;
            database->past_limit_ns = policy.past_limit_ns;
        }
        GROW(database->policies, database->policy_count, database->policy_alloc);
        database->policies[database->policy_count++] = (struct catalogue_target_policy){
            policy.name, policy.duration_ns, policy.shard_group_duration_ns, policy.past_limit_ns};
    }
    return 0;
}

static bool is_target(const struct reading *reading, const struct catalogue_database *database)
{
    return reading->request->is_target(reading->request->context, database->name);
}

/* The next database that may be a target, from `i` on. */
static size_t next_target(const struct reading *reading, size_t i)
{
    const struct catalogue *catalogue = reading->catalogue;

    while (i < catalogue->database_count && !is_target(reading, &catalogue->databases[i]))
        i++;
    return i;
}

static int ask_target_policies(struct reading *reading, struct influx_client *client,
                               struct err *err)
{
    struct catalogue *catalogue = reading->catalogue;
    size_t i = next_target(reading, 0);
    int rc = 0;

    reading->asked = xcalloc(STATEMENTS_A_REQUEST, sizeof(*reading->asked));
    while (rc == 0 && i < catalogue->database_count) {
        struct strbuf statements = STRBUF_INIT;
        size_t count = 0;

        for (; i < catalogue->database_count && count < STATEMENTS_A_REQUEST;
             i = next_target(reading, i + 1)) {
            strbuf_addstr(&statements, count ? "; " : "");
            influx_statement_show_policies(&statements, catalogue->databases[i].name);
            reading->asked[count++] = &catalogue->databases[i];
        }
        rc = ask(client, statements.buf, NULL, NULL, read_target_policies, reading, err);
        strbuf_release(&statements);
    }
    free(reading->asked);
    reading->asked = NULL;
    return rc;
}

/* Shard groups */

static struct catalogue_policy *find_policy(struct catalogue *catalogue, const char *name)
{
    for (size_t i = 0; i < catalogue->policy_count; i++)
        if (strcmp(catalogue->policies[i].name, name) == 0)
            return &catalogue->policies[i];
    return NULL;
}

static void add_shard(void *context, const struct shard_group *group)
{
    const struct reading *reading = context;
    struct catalogue_policy *policy = NULL;

    if (strcmp(group->database, reading->request->database) == 0)
        policy = find_policy(reading->catalogue, group->policy);
    if (!policy)
        return;
    if (group->wrapped) {
        policy->lost_beginning = true;
        return;
    }
    GROW(policy->shards, policy->shard_count, policy->shard_alloc);
    policy->shards[policy->shard_count++] =
        (struct catalogue_shard){group->start_ns, group->end_ns};
}

bool catalogue_lost_beginning(const struct catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->policy_count; i++)
        if (catalogue->policies[i].read && catalogue->policies[i].lost_beginning)
            return true;
    return false;
}

static int compare_shards(const void *a, const void *b)
{
    const struct catalogue_shard *left = a, *right = b;

    return left->start_ns < right->start_ns ? -1 : left->start_ns > right->start_ns;
}

/*
 * Sorts the shard groups, and cuts overlaps. Groups may overlap where the shard group duration of a
 * policy was changed. The later group then begins where the earlier one ends, so that each instant
 * is in one window; the server reads both groups for that window.
 */
static void order_shards(struct catalogue_policy *policy)
{
    size_t kept = 0;

    if (policy->shard_count)
        qsort(policy->shards, policy->shard_count, sizeof(*policy->shards), compare_shards);
    for (size_t i = 0; i < policy->shard_count; i++) {
        struct catalogue_shard shard = policy->shards[i];

        if (kept && shard.start_ns < policy->shards[kept - 1].end_ns)
            shard.start_ns = policy->shards[kept - 1].end_ns;
        if (shard.start_ns < shard.end_ns)
            policy->shards[kept++] = shard;
    }
    policy->shard_count = kept;
}

/* Tag keys and field keys */

static int read_tag_keys(void *context, const struct influx_series *series, struct err *err)
{
    struct reading *reading = context;
    struct catalogue *catalogue = reading->catalogue;
    uint32_t number = names_add(&catalogue->measurements, series->name);
    size_t index;
    json_t *row;

    (void)err;
    while (number >= reading->tag_keys_alloc) {
        size_t before = reading->tag_keys_alloc;

        reading->tag_keys =
            mem_grow(reading->tag_keys, before, &reading->tag_keys_alloc, sizeof(struct strvec));
        for (size_t i = before; i < reading->tag_keys_alloc; i++)
            reading->tag_keys[i] = (struct strvec)STRVEC_INIT;
    }
    json_array_foreach (series->values, index, row) {
        char *key = influx_cell_name(row, 0);

        if (key)
            strvec_push(&reading->tag_keys[number], key);
        free(key);
    }
    return 0;
}

/* A measurement's fields, and their types in the same order. The server may send them in several
 * parts, so all are gathered before signatures are made. */
struct field_list {
    struct strvec names, types;
};

struct field_reading {
    struct reading *reading;
    struct field_list *lists; /* by measurement */
    size_t count, alloc;
};

static int read_field_keys(void *context, const struct influx_series *series, struct err *err)
{
    struct field_reading *fields = context;
    uint32_t number = names_add(&fields->reading->catalogue->measurements, series->name);
    size_t index;
    json_t *row;

    (void)err;
    while (number >= fields->count) {
        GROW(fields->lists, fields->count, fields->alloc);
        fields->lists[fields->count++] = (struct field_list){STRVEC_INIT, STRVEC_INIT};
    }
    json_array_foreach (series->values, index, row) {
        char *name = influx_cell_name(row, 0), *type = influx_cell_name(row, 1);

        if (name && type) {
            strvec_push(&fields->lists[number].names, name);
            strvec_push(&fields->lists[number].types, type);
        }
        free(name);
        free(type);
    }
    return 0;
}

static bool has_twice(const struct strvec *list)
{
    for (size_t i = 0; i < list->nr; i++)
        for (size_t k = i + 1; k < list->nr; k++)
            if (strcmp(list->v[i], list->v[k]) == 0)
                return true;
    return false;
}

static bool share_one(const struct strvec *a, const struct strvec *b)
{
    for (size_t i = 0; i < a->nr; i++)
        if (strvec_has(b, a->v[i]))
            return true;
    return false;
}

static struct catalogue_signature facts_of(const struct field_list *fields, bool alone)
{
    struct catalogue_signature facts = {
        .fields = fields->names.nr, .alone = alone, .strings = STRVEC_INIT, .numbers = STRVEC_INIT};

    for (size_t i = 0; i < fields->names.nr; i++)
        strvec_push(strcmp(fields->types.v[i], "string") == 0 ? &facts.strings : &facts.numbers,
                    fields->names.v[i]);
    return facts;
}

/* The signature is the sorted list of "length:field=type;". The length keeps two different lists
 * from giving one text, whatever their names hold. */
static uint32_t signature_of(struct reading *reading, uint32_t measurement,
                             const struct field_list *fields)
{
    struct catalogue *catalogue = reading->catalogue;
    struct strvec sorted = STRVEC_INIT;
    struct strbuf text = STRBUF_INIT;
    bool mixed = has_twice(&fields->names);
    bool alone = mixed || (measurement < reading->tag_keys_alloc &&
                           share_one(&fields->names, &reading->tag_keys[measurement]));
    size_t before;
    uint32_t number;

    if (mixed)
        reading->policy->mixed_types = true;
    for (size_t i = 0; i < fields->names.nr; i++)
        strvec_pushf(&sorted, "%zu:%s=%s;", strlen(fields->names.v[i]), fields->names.v[i],
                     fields->types.v[i]);
    strvec_sort(&sorted);
    for (size_t i = 0; i < sorted.nr; i++)
        strbuf_addstr(&text, sorted.v[i]);
    if (alone)
        strbuf_addf(&text, "alone:%s", catalogue->measurements.items[measurement]);
    before = catalogue->signatures.count;
    number = names_add(&catalogue->signatures, text.buf);
    if (number == before) {
        GROW(catalogue->signature_facts, number, catalogue->signature_alloc);
        catalogue->signature_facts[number] = facts_of(fields, alone);
    }
    strbuf_release(&text);
    strvec_release(&sorted);
    return number;
}

static int ask_field_keys(struct reading *reading, struct influx_client *client, struct err *err)
{
    struct catalogue_policy *policy = reading->policy;
    struct field_reading fields = {.reading = reading};
    struct influx_query query = INFLUX_QUERY_INIT;
    struct strbuf statement = STRBUF_INIT;
    int rc = -1;

    influx_statement_show_field_keys(&statement, reading->request->database);
    query.statement = statement.buf;
    query.database = reading->request->database;
    query.policy = policy->name;
    query.reader.series = read_field_keys;
    query.reader.context = &fields;
    if (influx_query_run(client, &query, err) < 0)
        goto out;
    policy->signature = xcalloc(fields.count, sizeof(*policy->signature));
    policy->signature_count = fields.count;
    for (size_t i = 0; i < fields.count; i++)
        policy->signature[i] = fields.lists[i].names.nr
                                   ? signature_of(reading, (uint32_t)i, &fields.lists[i])
                                   : NAMES_NONE;
    policy->read = true;
    rc = 0;
out:
    for (size_t i = 0; i < fields.count; i++) {
        strvec_release(&fields.lists[i].names);
        strvec_release(&fields.lists[i].types);
    }
    free(fields.lists);
    influx_query_release(&query);
    strbuf_release(&statement);
    return rc;
}

/* Tenants */

static int read_tag_values(void *context, const struct influx_series *series, struct err *err)
{
    struct reading *reading = context;
    struct catalogue *catalogue = reading->catalogue;
    uint32_t measurement = names_find(&catalogue->measurements, series->name);
    const char *last_key = NULL;
    bool wanted = false;
    size_t index;
    json_t *row;

    (void)err;
    if (measurement == NAMES_NONE)
        return 0; /* the measurement is newer than the first request: the next run takes it */
    json_array_foreach (series->values, index, row) {
        const char *key = json_string_value(json_array_get(row, 0));
        char *tenant;

        if (!key)
            continue;
        if (!last_key || strcmp(key, last_key) != 0)
            wanted = reading->request->wanted(reading->request->context, series->name, key);
        last_key = key;
        tenant = wanted ? influx_cell_name(row, 1) : NULL;
        if (tenant && *tenant) {
            GROW(catalogue->pairs, catalogue->pair_count, catalogue->pair_alloc);
            catalogue->pairs[catalogue->pair_count++] =
                (struct catalogue_pair){names_add(&catalogue->tenants, tenant), measurement};
        }
        free(tenant);
    }
    return 0;
}

static int compare_pairs(const void *a, const void *b)
{
    const struct catalogue_pair *left = a, *right = b;

    if (left->tenant != right->tenant)
        return left->tenant < right->tenant ? -1 : 1;
    return left->measurement < right->measurement ? -1 : left->measurement > right->measurement;
}

static void order_pairs(struct catalogue *catalogue)
{
    size_t kept = 0;

    if (catalogue->pair_count)
        qsort(catalogue->pairs, catalogue->pair_count, sizeof(*catalogue->pairs), compare_pairs);
    for (size_t i = 0; i < catalogue->pair_count; i++)
        if (!kept || compare_pairs(&catalogue->pairs[kept - 1], &catalogue->pairs[i]) != 0)
            catalogue->pairs[kept++] = catalogue->pairs[i];
    catalogue->pair_count = kept;
}

static void mark_tenant_tags(struct reading *reading)
{
    struct catalogue *catalogue = reading->catalogue;
    const struct catalogue_request *request = reading->request;

    catalogue->has_tenant_tag =
        xcalloc(catalogue->measurements.count, sizeof(*catalogue->has_tenant_tag));
    for (size_t i = 0; i < catalogue->measurements.count && i < reading->tag_keys_alloc; i++)
        for (size_t k = 0; k < request->tags->nr; k++)
            if (strvec_has(&reading->tag_keys[i], request->tags->v[k]) &&
                request->wanted(request->context, catalogue->measurements.items[i],
                                request->tags->v[k]))
                catalogue->has_tenant_tag[i] = true;
}

/* Continuous queries and grants */

static int read_continuous_queries(void *context, const struct influx_series *series,
                                   struct err *err)
{
    struct reading *reading = context;
    size_t index;
    json_t *row;

    (void)err;
    if (strcmp(series->name, reading->request->database) != 0)
        return 0;
    json_array_foreach (series->values, index, row) {
        const char *name = json_string_value(json_array_get(row, 0));
        const char *text = json_string_value(json_array_get(row, 1));

        if (name && text)
            strvec_pushf(&reading->catalogue->continuous_queries, "%s: %s", name, text);
    }
    return 0;
}

static int read_users(void *context, const struct influx_series *series, struct err *err)
{
    struct reading *reading = context;
    size_t index;
    json_t *row;

    (void)err;
    json_array_foreach (series->values, index, row) {
        char *user = influx_cell_name(row, 0);

        /* An admin has all rights everywhere, and needs no grants. */
        if (user && !json_is_true(json_array_get(row, 1)))
            strvec_push(&reading->users, user);
        free(user);
    }
    return 0;
}

static enum influx_privilege parse_privilege(const char *text)
{
    if (strcmp(text, "READ") == 0)
        return INFLUX_PRIVILEGE_READ;
    if (strcmp(text, "WRITE") == 0)
        return INFLUX_PRIVILEGE_WRITE;
    if (strcmp(text, "ALL PRIVILEGES") == 0 || strcmp(text, "ALL") == 0)
        return INFLUX_PRIVILEGE_ALL;
    return INFLUX_PRIVILEGE_NONE;
}

static int read_grants(void *context, const struct influx_series *series, struct err *err)
{
    struct reading *reading = context;
    struct catalogue *catalogue = reading->catalogue;
    size_t user = reading->first + (size_t)series->statement_id;
    size_t index;
    json_t *row;

    (void)err;
    json_array_foreach (series->values, index, row) {
        char *database = influx_cell_name(row, 0);
        const char *privilege = json_string_value(json_array_get(row, 1));

        if (!database || !privilege || user >= reading->users.nr) {
            free(database);
            continue;
        }
        GROW(catalogue->grants, catalogue->grant_count, catalogue->grant_alloc);
        catalogue->grants[catalogue->grant_count++] = (struct catalogue_grant){
            xstrdup(reading->users.v[user]), database, parse_privilege(privilege)};
    }
    return 0;
}

static int ask_grants(struct reading *reading, struct influx_client *client, struct err *err)
{
    if (ask(client, "SHOW USERS", NULL, NULL, read_users, reading, err) < 0)
        return -1;
    for (size_t i = 0; i < reading->users.nr;) {
        struct strbuf statements = STRBUF_INIT;
        int rc;

        reading->first = i;
        for (; i < reading->users.nr && i - reading->first < STATEMENTS_A_REQUEST; i++) {
            strbuf_addstr(&statements, i > reading->first ? "; " : "");
            influx_statement_show_grants(&statements, reading->users.v[i]);
        }
        rc = ask(client, statements.buf, NULL, NULL, read_grants, reading, err);
        strbuf_release(&statements);
        if (rc < 0)
            return -1;
    }
    return 0;
}

/* The catalogue as a whole */

static bool is_selected(const struct catalogue_policy *policy,
                        const struct catalogue_request *request)
{
    if (request->policy)
        return strcmp(request->policy, "all") == 0 || strcmp(request->policy, policy->name) == 0;
    return policy->is_default || (request->also && strvec_has(request->also, policy->name));
}

static int check_policy(const struct catalogue *catalogue, const struct catalogue_request *request,
                        struct err *err)
{
    struct strbuf there = STRBUF_INIT;

    for (size_t i = 0; i < catalogue->policy_count; i++) {
        if (is_selected(&catalogue->policies[i], request)) {
            strbuf_release(&there);
            return 0;
        }
        strbuf_addf(&there, "%s%s", i ? ", " : "", catalogue->policies[i].name);
    }
    if (request->policy)
        err_set(err, ERR_USAGE, "the database %s has no retention policy '%s'; it has %s",
                request->database, request->policy, there.buf);
    else
        err_set(err, ERR_FAILED, "the database %s has no default retention policy; it has %s",
                request->database, there.buf);
    err_hint(err, "--source-retention-policy takes the name of one policy, or all for all of them");
    strbuf_release(&there);
    return -1;
}

static int list_databases(struct reading *reading, struct influx_client *client, struct err *err)
{
    struct catalogue *catalogue = reading->catalogue;

    if (ask(client, "SHOW DATABASES", NULL, NULL, read_databases, reading, err) < 0)
        return -1;
    if (catalogue->database_count)
        qsort(catalogue->databases, catalogue->database_count, sizeof(*catalogue->databases),
              compare_databases);
    return 0;
}

/* SHOW DATABASES lists only those that the user has a right on. A statement about another one names
 * the right that is missing. -1: it is missing. */
static int check_rights(struct influx_client *client, const char *database, struct err *err)
{
    struct influx_query query = INFLUX_QUERY_INIT;
    struct strbuf statement = STRBUF_INIT;
    int rc;

    influx_statement_show_policies(&statement, database);
    query.statement = statement.buf;
    rc = influx_query_run(client, &query, err);
    if (rc < 0 && query.failure != INFLUX_DENIED) {
        err_release(err);
        rc = 0;
    }
    influx_query_release(&query);
    strbuf_release(&statement);
    return rc;
}

/* Lists the databases, and refuses a server that lacks the source. */
static int ask_databases(struct reading *reading, struct influx_client *client, struct err *err)
{
    const char *database = reading->request->database;

    if (list_databases(reading, client, err) < 0)
        return -1;
    if (!catalogue_find_database(reading->catalogue, database)) {
        if (check_rights(client, database, err) < 0)
            return -1;
        err_set(err, ERR_CONFIG, "there is no database '%s' on InfluxDB at %s", database,
                client->endpoint.base_url);
        return err_hint(err, "database_name in section [influxdb] names the database");
    }
    return ask_target_policies(reading, client, err);
}

static int ask_structure(struct reading *reading, struct influx_client *client, struct err *err)
{
    struct catalogue *catalogue = reading->catalogue;
    const char *database = reading->request->database;
    struct strbuf statement = STRBUF_INIT;
    int rc = -1;

    influx_statement_show_policies(&statement, database);
    if (ask(client, statement.buf, NULL, NULL, read_policies, reading, err) < 0 ||
        check_policy(catalogue, reading->request, err) < 0 ||
        shard_groups_read(client, add_shard, reading, err) < 0)
        goto out;
    for (size_t i = 0; i < catalogue->policy_count; i++)
        order_shards(&catalogue->policies[i]);
    strbuf_reset(&statement);
    influx_statement_show_tag_keys(&statement, database);
    if (ask(client, statement.buf, NULL, NULL, read_tag_keys, reading, err) < 0)
        goto out;
    for (size_t i = 0; i < catalogue->policy_count; i++) {
        reading->policy = &catalogue->policies[i];
        if (is_selected(reading->policy, reading->request) &&
            ask_field_keys(reading, client, err) < 0)
            goto out;
    }
    mark_tenant_tags(reading);
    for (size_t i = 0; i < reading->request->tags->nr; i++) {
        strbuf_reset(&statement);
        influx_statement_show_tenants(&statement, database, reading->request->tags, i);
        if (ask(client, statement.buf, NULL, NULL, read_tag_values, reading, err) < 0)
            goto out;
    }
    order_pairs(catalogue);
    rc = 0;
out:
    strbuf_release(&statement);
    return rc;
}

int catalogue_read(struct catalogue *catalogue, struct influx_client *client,
                   const struct catalogue_request *request, struct err *err)
{
    struct reading reading = {.catalogue = catalogue, .request = request, .users = STRVEC_INIT};
    int rc = -1;

    catalogue->continuous_queries = (struct strvec)STRVEC_INIT;
    catalogue->oldest_ns = INT64_MAX;
    catalogue->newest_ns = INT64_MIN;
    if (ask_databases(&reading, client, err) < 0 || ask_structure(&reading, client, err) < 0 ||
        ask(client, "SHOW CONTINUOUS QUERIES", NULL, NULL, read_continuous_queries, &reading, err) <
            0)
        goto out;
    if (shards_find_closed(&catalogue->closed_shards, client, request->database, catalogue->now_ns,
                           err) < 0 ||
        (request->grants && ask_grants(&reading, client, err) < 0))
        goto out;
    rc = 0;
out:
    for (size_t i = 0; i < reading.tag_keys_alloc; i++)
        strvec_release(&reading.tag_keys[i]);
    free(reading.tag_keys);
    strvec_release(&reading.users);
    return rc;
}

int catalogue_read_databases(struct catalogue *catalogue, struct influx_client *client,
                             bool (*is_wanted)(const void *context, const char *database),
                             const void *context, struct err *err)
{
    struct catalogue_request request = {.is_target = is_wanted, .context = context};
    struct reading reading = {.catalogue = catalogue, .request = &request, .users = STRVEC_INIT};

    catalogue->continuous_queries = (struct strvec)STRVEC_INIT;
    if (list_databases(&reading, client, err) < 0)
        return -1;
    return ask_target_policies(&reading, client, err);
}

uint32_t catalogue_signature(const struct catalogue_policy *policy, uint32_t measurement)
{
    return measurement < policy->signature_count ? policy->signature[measurement] : NAMES_NONE;
}

const struct catalogue_target_policy *catalogue_find_policy(
    const struct catalogue_database *database, const char *name)
{
    for (size_t i = 0; database && i < database->policy_count; i++)
        if (strcmp(database->policies[i].name, name) == 0)
            return &database->policies[i];
    return NULL;
}

void catalogue_release(struct catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->policy_count; i++) {
        free(catalogue->policies[i].name);
        free(catalogue->policies[i].shards);
        free(catalogue->policies[i].signature);
    }
    for (size_t i = 0; i < catalogue->database_count; i++) {
        for (size_t k = 0; k < catalogue->databases[i].policy_count; k++)
            free(catalogue->databases[i].policies[k].name);
        free(catalogue->databases[i].policies);
        free(catalogue->databases[i].name);
        free(catalogue->databases[i].default_policy);
    }
    for (size_t i = 0; i < catalogue->grant_count; i++) {
        free(catalogue->grants[i].user);
        free(catalogue->grants[i].database);
    }
    for (size_t i = 0; i < catalogue->signatures.count && catalogue->signature_facts; i++) {
        strvec_release(&catalogue->signature_facts[i].strings);
        strvec_release(&catalogue->signature_facts[i].numbers);
    }
    free(catalogue->policies);
    free(catalogue->databases);
    free(catalogue->grants);
    free(catalogue->has_tenant_tag);
    free(catalogue->pairs);
    names_release(&catalogue->measurements);
    names_release(&catalogue->tenants);
    names_release(&catalogue->signatures);
    free(catalogue->signature_facts);
    shard_list_release(&catalogue->closed_shards);
    strvec_release(&catalogue->continuous_queries);
    *catalogue = (struct catalogue){0};
}
