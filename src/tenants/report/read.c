#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../journal/db.h"
#include "base/clock.h"
#include "base/mem.h"
#include "tenants/rejects/rejects.h"
#include "tenants/report/report.h"

/* More than are remembered. */
enum { VERIFICATIONS = 1000 };

static uint32_t column_name(struct report_facts *facts, const struct journal_rows *rows, int at)
{
    return names_add(&facts->names, journal_rows_text(rows, at));
}

/* Sets. An id of the journal becomes an index by way of its text in `ids`. */

static int compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* `number_of` has the number of each measurement's name, by its id as text. */
static void add_set(struct report_facts *facts, const struct names *ids, const uint32_t *numbers,
                    const char *tags, const char *members)
{
    struct strvec parts = STRVEC_INIT;
    struct report_set set = {.tags = names_add(&facts->names, tags)};

    strvec_split(&parts, members, ',');
    set.measurements = xcalloc(parts.nr, sizeof(*set.measurements));
    for (size_t i = 0; i < parts.nr; i++) {
        uint32_t id = names_find(ids, parts.v[i]);

        if (numbers && id != NAMES_NONE)
            set.measurements[set.count++] = numbers[id];
    }
    if (set.count)
        qsort(set.measurements, set.count, sizeof(*set.measurements), compare_numbers);
    GROW(facts->sets, facts->set_count, facts->set_alloc);
    facts->sets[facts->set_count++] = set;
    strvec_release(&parts);
}

static int read_measurements(struct journal *journal, struct report_facts *facts, struct names *ids,
                             uint32_t **ret_numbers, struct err *err)
{
    struct journal_rows rows;
    size_t alloc = 0;

    journal_rows_begin(&rows, journal, err, "SELECT id, name FROM measurement", "");
    while (journal_rows_next(&rows)) {
        uint32_t id = names_add(ids, journal_rows_text(&rows, 0));

        GROW(*ret_numbers, id, alloc);
        (*ret_numbers)[id] = column_name(facts, &rows, 1);
    }
    return journal_rows_end(&rows);
}

static int read_sets(struct journal *journal, struct report_facts *facts, struct names *set_ids,
                     struct err *err)
{
    struct names ids = NAMES_INIT;
    uint32_t *numbers = NULL;
    struct journal_rows rows;
    int rc = -1;

    if (read_measurements(journal, facts, &ids, &numbers, err) == 0) {
        journal_rows_begin(&rows, journal, err, "SELECT id, tags, members FROM measurement_set",
                           "");
        while (journal_rows_next(&rows)) {
            names_add(set_ids, journal_rows_text(&rows, 0));
            add_set(facts, &ids, numbers, journal_rows_text(&rows, 1), journal_rows_text(&rows, 2));
        }
        rc = journal_rows_end(&rows);
    }
    free(numbers);
    names_release(&ids);
    return rc;
}

/* Rows */

/* What a run that came to its end left undone, it did not find any more. */
#define PLANNED_OPEN                                                                               \
    " LEFT JOIN run ON run.id = t.run_id"                                                          \
    " WHERE run.id IS NULL OR run.ended_ns = 0 OR run.status NOT IN (0, 1)"

/* What verifications found whole, that came to their end. */
#define COMPARED                                                                                   \
    "SELECT tenant, database, policy, set_id, compared.start_ns AS start_ns,"                      \
    " compared.end_ns AS end_ns, token, deep FROM compared JOIN verification ON token ="           \
    " verification WHERE ended_ns != 0 AND status IN (0, 1) AND words = ''"

/* A kind of rows: where they come from, as `t`, and what stands in `words` and `verification`. */
struct source_of_rows {
    const char *from, *words, *token;
    int64_t version; /* of the journal, at least */
};

static const struct source_of_rows covered_rows = {"coverage AS t", "''", "0", 1},
                                   verified_rows = {"verified AS t", "''", "0", 1},
                                   failed_rows = {"failure AS t", "t.words", "0", 1},
                                   planned_rows = {"planned AS t" PLANNED_OPEN, "''", "0", 2},
                                   differing_rows = {"difference AS t", "t.words", "verification",
                                                     3},
                                   compared_rows = {"(" COMPARED ") AS t WHERE deep", "''", "token",
                                                    3},
                                   counted_rows = {"(" COMPARED ") AS t", "''", "token", 3},
                                   /* By a run, or since. */
    all_verified_rows = {"(SELECT tenant, database, policy, set_id, start_ns, end_ns FROM verified"
                         " UNION ALL SELECT tenant, database, policy, set_id, start_ns, end_ns"
                         " FROM (" COMPARED ")) AS t",
                         "''", "0", 3};

static uint32_t verification_of(const struct report_facts *facts, int64_t token)
{
    size_t i = 0;

    while (i < facts->verifications.count && facts->verifications.items[i].token != token)
        i++;
    return (uint32_t)i;
}

static int read_rows(struct journal *journal, struct report_facts *facts,
                     const struct names *set_ids, const struct source_of_rows *source,
                     struct report_rows *list, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    struct journal_rows rows;

    if (journal->version < source->version)
        return 0;
    strbuf_addf(&sql,
                "SELECT tenant, database, policy, set_id, t.start_ns, t.end_ns, %s, %s FROM %s"
                " ORDER BY tenant, database, policy, set_id, t.start_ns",
                source->words, source->token, source->from);
    journal_rows_begin(&rows, journal, err, sql.buf, "");
    strbuf_release(&sql);
    while (journal_rows_next(&rows)) {
        struct report_row item = {
            .tenant = column_name(facts, &rows, 0),
            .database = column_name(facts, &rows, 1),
            .policy = column_name(facts, &rows, 2),
            .set = names_find(set_ids, journal_rows_text(&rows, 3)),
            .words = column_name(facts, &rows, 6),
            .verification = verification_of(facts, journal_rows_int(&rows, 7)),
            .range = {journal_rows_int(&rows, 4), journal_rows_int(&rows, 5)},
        };

        if (item.set == NAMES_NONE || range_is_empty(item.range))
            continue;
        GROW(list->items, list->count, list->alloc);
        list->items[list->count++] = item;
    }
    return journal_rows_end(&rows);
}

static int read_targets(struct journal *journal, struct report_facts *facts, struct err *err)
{
    struct journal_rows rows;

    journal_rows_begin(&rows, journal, err,
                       "SELECT tenant, database, policy, problem, keeps_ns, oldest_ns, points,"
                       " points_clipped FROM tenant ORDER BY tenant, database",
                       "");
    while (journal_rows_next(&rows)) {
        GROW(facts->targets, facts->target_count, facts->target_alloc);
        facts->targets[facts->target_count++] = (struct report_target){
            .tenant = column_name(facts, &rows, 0),
            .database = column_name(facts, &rows, 1),
            .policy = column_name(facts, &rows, 2),
            .problem = column_name(facts, &rows, 3),
            .keeps_ns = journal_rows_int(&rows, 4),
            .oldest_ns = journal_rows_int(&rows, 5),
            .points = journal_rows_int(&rows, 6),
            .points_clipped = journal_rows_int(&rows, 7),
        };
    }
    return journal_rows_end(&rows);
}

static int read_source(struct journal *journal, struct report_facts *facts, struct err *err)
{
    struct journal_rows rows;

    journal_rows_begin(&rows, journal, err, "SELECT start_ns, end_ns FROM source_range", "");
    while (journal_rows_next(&rows))
        range_list_add(&facts->source,
                       (struct range){journal_rows_int(&rows, 0), journal_rows_int(&rows, 1)});
    return journal_rows_end(&rows);
}

/* Runs */

static struct report_run run_of_row(const struct journal *journal, const struct journal_rows *rows)
{
    bool new_columns = journal->version >= 2;
    struct report_run run = {
        .run = journal_run_of_row(journal, rows),
        .kind = xstrdup(new_columns ? journal_rows_text(rows, 18) : "copy"),
        .engine = xstrdup(new_columns ? journal_rows_text(rows, 19) : ""),
        .command = xstrdup(new_columns ? journal_rows_text(rows, 20) : ""),
        .words = xstrdup(new_columns ? journal_rows_text(rows, 21) : ""),
        .verify = -1,
        .values_verified = -1,
        .unassigned = -1,
        .skipped = -1,
        .clipped = -1,
        .homeless = -1,
    };

    if (new_columns) {
        run.verify = (int)journal_rows_int(rows, 22);
        run.values_verified = journal_rows_int(rows, 23);
        run.unassigned = journal_rows_int(rows, 24);
        run.skipped = journal_rows_int(rows, 25);
        run.clipped = journal_rows_int(rows, 26);
        run.homeless = journal_rows_int(rows, 27);
    }
    return run;
}

static int read_runs(struct journal *journal, struct report_facts *facts, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    struct journal_rows rows;

    strbuf_addf(&sql,
                "SELECT " JOURNAL_RUN_COLUMNS
                "%s FROM run ORDER BY started_ns DESC, id DESC LIMIT %d",
                journal->version >= 2
                    ? ", kind, engine, command, words, verify, values_verified, points_unassigned,"
                      " points_skipped, points_clipped, points_homeless"
                    : "",
                REPORT_RUNS_MAX);
    journal_rows_begin(&rows, journal, err, sql.buf, "");
    strbuf_release(&sql);
    while (journal_rows_next(&rows)) {
        GROW(facts->runs, facts->run_count, facts->run_alloc);
        facts->runs[facts->run_count++] = run_of_row(journal, &rows);
    }
    if (journal_rows_end(&rows) < 0)
        return -1;
    return journal_db_query_int(journal, "SELECT count(*) FROM run", &facts->run_total, err);
}

/* Shards */

/* How many the newest run divides the tenants into; 0: it takes them all. */
static int newest_division(struct journal *journal, int64_t *ret_count, struct err *err)
{
    int64_t newest_ns = INT64_MIN;

    *ret_count = 0;
    for (size_t i = 0; i < journal->parts.count; i++) {
        struct journal_run run;
        const char *name;

        if (journal_shard_run(journal, i, &name, &run, err) < 0)
            return -1;
        if (run.id && run.started_ns > newest_ns) {
            newest_ns = run.started_ns;
            *ret_count = journal->parts.items[i].count;
        }
    }
    return 0;
}

static int read_shard(struct journal *journal, struct report_shard *shard, size_t part,
                      struct err *err)
{
    const char *name;
    struct journal_rows rows;

    if (journal_shard_run(journal, part, &name, &shard->run, err) < 0)
        return -1;
    shard->ran = shard->run.id != 0;
    journal_rows_begin(&rows, journal, err, "SELECT command, words FROM run WHERE id = ?1", "i",
                       shard->run.id);
    if (journal_rows_next(&rows)) {
        shard->command = xstrdup(journal_rows_text(&rows, 0));
        shard->words = xstrdup(journal_rows_text(&rows, 1));
    }
    return journal_rows_end(&rows);
}

static int read_shards(struct journal *journal, struct report_facts *facts, struct err *err)
{
    int64_t count;

    if (newest_division(journal, &count, err) < 0)
        return -1;
    facts->shards = xcalloc((size_t)count + 1, sizeof(*facts->shards));
    facts->shard_count = (size_t)count;
    for (int64_t i = 0; i < count; i++) {
        struct report_shard *shard = &facts->shards[i];
        struct strbuf name = STRBUF_INIT;

        strbuf_addf(&name, "%" PRId64 "/%" PRId64, i + 1, count);
        shard->name = strbuf_detach(&name);
        for (size_t p = 0; p < journal->parts.count; p++)
            if (strcmp(journal->parts.items[p].name, shard->name) == 0 &&
                read_shard(journal, shard, p, err) < 0)
                return -1;
        facts->shards_here += shard->ran;
    }
    return 0;
}

static int read_trace(struct journal *journal, struct report_trace *trace, int64_t run_id,
                      struct err *err)
{
    struct journal_rows rows;

    trace->run_id = run_id;
    journal_rows_begin(&rows, journal, err,
                       "SELECT at_ns, points, windows, in_flight FROM sample WHERE run_id = ?1"
                       " ORDER BY at_ns",
                       "i", run_id);
    while (journal_rows_next(&rows)) {
        GROW(trace->samples, trace->count, trace->alloc);
        trace->samples[trace->count++] =
            (struct report_sample){journal_rows_int(&rows, 0), journal_rows_int(&rows, 1),
                                   journal_rows_int(&rows, 2), journal_rows_int(&rows, 3)};
    }
    return journal_rows_end(&rows);
}

static int read_slow(struct journal *journal, struct report_facts *facts, struct err *err)
{
    struct journal_rows rows;

    journal_rows_begin(
        &rows, journal, err,
        "SELECT tenant, database, action, measurement, words, measurements, duration_ns, points,"
        " start_ns, end_ns FROM slow WHERE run_id IN (?1, ?2) ORDER BY duration_ns DESC LIMIT 20",
        "ii", facts->last.run_id, facts->largest.run_id);
    while (journal_rows_next(&rows)) {
        GROW(facts->slow, facts->slow_count, facts->slow_alloc);
        facts->slow[facts->slow_count++] = (struct report_slow){
            .tenant = xstrdup(journal_rows_text(&rows, 0)),
            .database = xstrdup(journal_rows_text(&rows, 1)),
            .action = xstrdup(journal_rows_text(&rows, 2)),
            .measurement = xstrdup(journal_rows_text(&rows, 3)),
            .words = xstrdup(journal_rows_text(&rows, 4)),
            .measurement_count = journal_rows_int(&rows, 5),
            .duration_ns = journal_rows_int(&rows, 6),
            .points = journal_rows_int(&rows, 7),
            .range = {journal_rows_int(&rows, 8), journal_rows_int(&rows, 9)},
        };
    }
    return journal_rows_end(&rows);
}

static int read_traces(struct journal *journal, struct report_facts *facts, struct err *err)
{
    int64_t largest = 0;

    if (!facts->run_count)
        return 0;
    if (journal_db_query_int(journal,
                             "SELECT id FROM run WHERE id IN (SELECT run_id FROM sample)"
                             " ORDER BY points DESC, id LIMIT 1",
                             &largest, err) < 0 ||
        read_trace(journal, &facts->last, facts->runs[0].run.id, err) < 0)
        return -1;
    if (largest && largest != facts->runs[0].run.id &&
        read_trace(journal, &facts->largest, largest, err) < 0)
        return -1;
    return read_slow(journal, facts, err);
}

static int read_origin(struct journal *journal, struct report_facts *facts, struct err *err)
{
    struct journal_rows rows;
    bool any;

    journal_rows_begin(&rows, journal, err, "SELECT url, database FROM source LIMIT 1", "");
    any = journal_rows_next(&rows);
    facts->journal = xstrdup(journal_path(journal));
    facts->url = xstrdup(any ? journal_rows_text(&rows, 0) : "");
    facts->database = xstrdup(any ? journal_rows_text(&rows, 1) : "");
    return journal_rows_end(&rows);
}

static int read_all(struct journal *journal, struct report_facts *facts, struct err *err)
{
    struct names set_ids = NAMES_INIT;
    int rc = -1;

    if (read_origin(journal, facts, err) < 0 || read_sets(journal, facts, &set_ids, err) < 0 ||
        verification_read(&facts->verifications, journal, VERIFICATIONS, err) < 0 ||
        read_rows(journal, facts, &set_ids, &covered_rows, &facts->covered, err) < 0 ||
        read_rows(journal, facts, &set_ids,
                  journal->version >= 3 ? &all_verified_rows : &verified_rows, &facts->verified,
                  err) < 0 ||
        read_rows(journal, facts, &set_ids, &failed_rows, &facts->failed, err) < 0 ||
        read_rows(journal, facts, &set_ids, &planned_rows, &facts->planned, err) < 0 ||
        read_rows(journal, facts, &set_ids, &differing_rows, &facts->differing, err) < 0 ||
        read_rows(journal, facts, &set_ids, &compared_rows, &facts->compared, err) < 0 ||
        read_rows(journal, facts, &set_ids, &counted_rows, &facts->counted, err) < 0 ||
        read_runs(journal, facts, err) < 0 || read_shards(journal, facts, err) < 0)
        goto out;
    /* A journal of version 1, which only a run carries over. */
    if (journal->version >= 2 &&
        (read_targets(journal, facts, err) < 0 || read_source(journal, facts, err) < 0 ||
         read_traces(journal, facts, err) < 0))
        goto out;
    rc = 0;
out:
    names_release(&set_ids);
    return rc;
}

int report_read(struct report_facts *facts, struct journal *journal, struct err *err)
{
    int rc;

    /* One transaction: what a run commits meanwhile is seen as a whole, or not. */
    if (journal_db_execute(journal, "BEGIN", err) < 0)
        return -1;
    rc = read_all(journal, facts, err);
    sqlite3_exec(journal->db, "COMMIT", NULL, NULL, NULL);
    return rc;
}

/* Rejects */

static struct report_refused *refused_of(struct report_facts *facts,
                                         const struct rejects_section *section)
{
    struct report_refused item = {.tenant = names_add(&facts->names, section->owner.tenant),
                                  .database = names_add(&facts->names, section->owner.place),
                                  .words = names_add(&facts->names, section->words)};

    for (size_t i = 0; i < facts->refused_count; i++)
        if (facts->refused[i].tenant == item.tenant &&
            facts->refused[i].database == item.database && facts->refused[i].words == item.words)
            return &facts->refused[i];
    GROW(facts->refused, facts->refused_count, facts->refused_alloc);
    facts->refused[facts->refused_count] = item;
    return &facts->refused[facts->refused_count++];
}

/* A line ends in its time. */
static void add_line_time(struct report_refused *refused, const char *line, const char *end)
{
    const char *blank = memrchr(line, ' ', (size_t)(end - line));
    char *digits = blank ? xmemdupz(blank + 1, (size_t)(end - blank - 1)) : NULL;
    int64_t at_ns = digits ? strtoll(digits, NULL, 10) : 0;

    if (at_ns) {
        at_ns -= at_ns % CLOCK_HOUR_NS;
        range_list_add(&refused->times, (struct range){at_ns, clock_add(at_ns, CLOCK_HOUR_NS)});
    }
    free(digits);
}

static void add_section(void *context, const struct rejects_section *section)
{
    struct report_refused *refused = refused_of(context, section);
    const char *line = section->lines, *end = section->lines + section->len;

    refused->points += section->points;
    while (line < end) {
        const char *next = memchr(line, '\n', (size_t)(end - line));

        next = next ? next : end;
        if (next > line && *line != '#')
            add_line_time(refused, line, next);
        line = next + 1;
    }
}

int report_read_rejects(struct report_facts *facts, const struct rejects *rejects, struct err *err)
{
    facts->reject_file = xstrdup(rejects_path(rejects));
    return rejects_each(rejects, add_section, facts, err);
}

static void slow_release(struct report_slow *slow)
{
    free(slow->tenant);
    free(slow->database);
    free(slow->action);
    free(slow->measurement);
    free(slow->words);
}

void report_facts_release(struct report_facts *facts)
{
    for (size_t i = 0; i < facts->set_count; i++)
        free(facts->sets[i].measurements);
    for (size_t i = 0; i < facts->run_count; i++) {
        free(facts->runs[i].kind);
        free(facts->runs[i].engine);
        free(facts->runs[i].command);
        free(facts->runs[i].words);
    }
    for (size_t i = 0; i < facts->slow_count; i++)
        slow_release(&facts->slow[i]);
    for (size_t i = 0; i < facts->refused_count; i++)
        range_list_release(&facts->refused[i].times);
    for (size_t i = 0; i < facts->shard_count; i++) {
        free(facts->shards[i].name);
        free(facts->shards[i].command);
        free(facts->shards[i].words);
    }
    free(facts->shards);
    free(facts->refused);
    free(facts->reject_file);
    free(facts->journal);
    free(facts->url);
    free(facts->database);
    free(facts->sets);
    free(facts->covered.items);
    free(facts->verified.items);
    free(facts->failed.items);
    free(facts->planned.items);
    free(facts->differing.items);
    free(facts->compared.items);
    free(facts->counted.items);
    verification_list_release(&facts->verifications);
    free(facts->targets);
    free(facts->runs);
    free(facts->last.samples);
    free(facts->largest.samples);
    free(facts->slow);
    range_list_release(&facts->source);
    names_release(&facts->names);
    *facts = (struct report_facts){0};
}
