#include "tenants/check/totals.h"

#include <stdlib.h>

#include "base/mem.h"
#include "influx/quote.h"

enum { GROUP_MAX_MEASUREMENTS = 1000 };

/* A measurement, and the facts that it must share with all others of its statement. */
struct member {
    uint32_t signature, measurement;
    const struct strvec *tags;
};

struct counting {
    const struct totals_source *source;
    const struct totals_question *question;
    struct totals *totals;
    struct member *members;
    size_t count;
    const char **names; /* of one statement */
};

/* {"columns":["time","count_value",...],"values":[[0,n,...]]} for each measurement */
static int read_counts(void *context, const struct influx_series *series, struct err *err)
{
    struct totals *totals = context;
    size_t index;
    json_t *row;

    (void)err;
    json_array_foreach (series->values, index, row) {
        int64_t most = 0;

        for (size_t i = 1; i < json_array_size(row); i++) {
            int64_t count = influx_cell_int(row, i, 0);

            totals->values += count;
            most = count > most ? count : most;
        }
        totals->points += most;
    }
    return 0;
}

static int ask(struct influx_client *client, const char *statement, struct totals *totals,
               struct err *err)
{
    struct influx_query query = INFLUX_QUERY_INIT;
    int rc;

    query.statement = statement;
    query.reader.series = read_counts;
    query.reader.context = totals;
    rc = influx_query_run(client, &query, err);
    influx_query_release(&query);
    return rc;
}

static int compare_members(const void *a, const void *b)
{
    const struct member *l = a, *r = b;

    if (l->tags != r->tags)
        return l->tags < r->tags ? -1 : 1;
    if (l->signature != r->signature)
        return l->signature < r->signature ? -1 : 1;
    return l->measurement < r->measurement ? -1 : l->measurement > r->measurement;
}

static bool is_asked_for(const struct counting *counting, const char *name)
{
    enum totals_measurements wanted = counting->question->measurements;

    return wanted == TOTALS_ALL ||
           settings_skips(counting->source->settings, name) == (wanted == TOTALS_SKIPPED);
}

static void gather(struct counting *counting)
{
    const struct catalogue *catalogue = counting->source->catalogue;

    for (uint32_t i = 0; i < catalogue->measurements.count; i++) {
        const char *name = catalogue->measurements.items[i];
        uint32_t signature =
            catalogue_signature(&catalogue->policies[counting->question->policy], i);

        if (signature != NAMES_NONE && !influx_measurement_problem(name) &&
            is_asked_for(counting, name))
            counting->members[counting->count++] =
                (struct member){signature, i, settings_tags_of(counting->source->settings, name)};
    }
    if (counting->count)
        qsort(counting->members, counting->count, sizeof(*counting->members), compare_members);
}

static int count_range(struct counting *counting, const struct strvec *tags, size_t names,
                       struct range range, struct err *err)
{
    const struct totals_source *source = counting->source;
    const struct totals_question *question = counting->question;
    const struct influx_selection selection = {
        .database = source->settings->database,
        .policy = source->catalogue->policies[question->policy].name,
        .measurements = counting->names,
        .measurement_count = names,
        .belonging = {.tags = tags, .owner = question->owner, .tenant = question->tenant},
        .start_ns = range.start_ns,
        .end_ns = range.end_ns,
    };
    struct strbuf statement = STRBUF_INIT;
    int rc;

    influx_statement_count(&statement, &selection);
    rc = ask(source->client, statement.buf, counting->totals, err);
    strbuf_release(&statement);
    return rc;
}

/* Where a field has two types, each shard group is counted alone: over several, the server counts
 * values of one type only. */
static int count_members(struct counting *counting, const struct member *members, size_t count,
                         struct err *err)
{
    const struct catalogue *catalogue = counting->source->catalogue;
    const struct catalogue_policy *policy = &catalogue->policies[counting->question->policy];
    struct range range = counting->question->range;

    for (size_t i = 0; i < count; i++)
        counting->names[i] = catalogue->measurements.items[members[i].measurement];
    if (!catalogue->signature_facts[members[0].signature].alone)
        return count_range(counting, members[0].tags, count, range, err);
    for (size_t i = 0; i < policy->shard_count; i++) {
        struct range part = range_intersect(
            (struct range){policy->shards[i].start_ns, policy->shards[i].end_ns}, range);

        if (!range_is_empty(part) && count_range(counting, members[0].tags, count, part, err) < 0)
            return -1;
    }
    return 0;
}

int totals_count(struct totals *totals, const struct totals_source *source,
                 const struct totals_question *question, struct err *err)
{
    size_t all = source->catalogue->measurements.count;
    struct counting counting = {
        .source = source,
        .question = question,
        .totals = totals,
        .members = xcalloc(all, sizeof(*counting.members)),
        .names = xcalloc(GROUP_MAX_MEASUREMENTS, sizeof(*counting.names)),
    };
    int rc = 0;

    gather(&counting);
    for (size_t first = 0, end; first < counting.count && rc == 0; first = end) {
        const struct member *member = &counting.members[first];

        for (end = first + 1; end < counting.count && end - first < GROUP_MAX_MEASUREMENTS &&
                              counting.members[end].signature == member->signature &&
                              counting.members[end].tags == member->tags;
             end++)
            ;
        rc = count_members(&counting, member, end - first, err);
    }
    free(counting.members);
    free(counting.names);
    return rc < 0 ? err_wrap(err, "counting the points of the source") : 0;
}

int totals_count_unnameable(struct totals *totals, const struct totals_source *source,
                            size_t policy, struct err *err)
{
    struct strbuf statement = STRBUF_INIT;
    int rc;

    influx_statement_count_unnameable(&statement, source->settings->database,
                                      source->catalogue->policies[policy].name);
    rc = ask(source->client, statement.buf, totals, err);
    strbuf_release(&statement);
    return rc < 0 ? err_wrap(err, "counting what no statement can name") : 0;
}
