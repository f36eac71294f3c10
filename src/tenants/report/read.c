#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tenants/journal/contents.h"
#include "tenants/rejects/rejects.h"
#include "tenants/report/report.h"

enum {
    VERIFICATIONS = 1000, /* a journal remembers fewer */
    SLOW = 20,
};

/* Sets */

static int compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static void add_set(void *context, const struct coverage_set *set)
{
    struct report_facts *facts = context;
    struct report_set item = {.tags = names_add(&facts->names, set->tags)};

    item.measurements = xcalloc(set->measurements.count, sizeof(*item.measurements));
    for (size_t i = 0; i < set->measurements.count; i++)
        item.measurements[item.count++] = names_add(&facts->names, set->measurements.items[i]);
    if (item.count)
        qsort(item.measurements, item.count, sizeof(*item.measurements), compare_numbers);
    GROW(facts->sets, facts->set_count, facts->set_alloc);
    facts->sets[facts->set_count++] = item;
}

/* Rows */

/* The list that takes the rows of one kind. */
struct reading {
    struct report_facts *facts;
    struct report_rows *rows;
};

static uint32_t verification_of(const struct report_facts *facts, int64_t token)
{
    size_t i = 0;

    while (i < facts->verifications.count && facts->verifications.items[i].token != token)
        i++;
    return (uint32_t)i;
}

static void add_row(void *context, const struct journal_range *range)
{
    const struct reading *reading = context;
    struct report_facts *facts = reading->facts;
    struct report_rows *rows = reading->rows;

    GROW(rows->items, rows->count, rows->alloc);
    rows->items[rows->count++] = (struct report_row){
        .tenant = names_add(&facts->names, range->tenant),
        .database = names_add(&facts->names, range->database),
        .policy = names_add(&facts->names, range->policy),
        .set = (uint32_t)range->set,
        .words = names_add(&facts->names, range->words),
        .kind = range->kind,
        .verification = verification_of(facts, range->verification),
        .range = range->range,
    };
}

static int read_rows(struct journal_contents *contents, struct report_facts *facts, struct err *err)
{
    const struct {
        enum journal_ranges which;
        struct report_rows *rows;
    } kinds[] = {
        {JOURNAL_COVERED, &facts->covered},     {JOURNAL_VERIFIED, &facts->verified},
        {JOURNAL_FAILED, &facts->failed},       {JOURNAL_PLANNED, &facts->planned},
        {JOURNAL_DIFFERING, &facts->differing}, {JOURNAL_COMPARED, &facts->compared},
        {JOURNAL_COUNTED, &facts->counted},
    };

    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        struct reading reading = {facts, kinds[i].rows};

        if (journal_each_range(contents, kinds[i].which, add_row, &reading, err) < 0)
            return -1;
    }
    return 0;
}

static void add_target(void *context, const struct journal_target *target)
{
    struct report_facts *facts = context;

    GROW(facts->targets, facts->target_count, facts->target_alloc);
    facts->targets[facts->target_count++] = (struct report_target){
        .tenant = names_add(&facts->names, target->tenant),
        .database = names_add(&facts->names, target->database),
        .policy = names_add(&facts->names, target->policy),
        .problem = names_add(&facts->names, target->problem),
        .keeps_ns = target->keeps_ns,
        .oldest_ns = target->oldest_ns,
        .points = target->points,
        .points_clipped = target->points_clipped,
    };
}

static void add_landing(void *context, const struct journal_landing *landing)
{
    struct report_facts *facts = context;

    GROW(facts->landings, facts->landing_count, facts->landing_alloc);
    facts->landings[facts->landing_count++] = (struct report_landing){
        .tenant = names_add(&facts->names, landing->tenant),
        .database = names_add(&facts->names, landing->database),
        .source_policy = names_add(&facts->names, landing->source_policy),
        .policy = names_add(&facts->names, landing->policy),
        .source_keeps_ns = landing->source_keeps_ns,
        .keeps_ns = landing->keeps_ns,
    };
}

static void add_looked(void *context, const struct journal_looked *looked)
{
    struct report_facts *facts = context;

    GROW(facts->looked, facts->looked_count, facts->looked_alloc);
    facts->looked[facts->looked_count++] = (struct report_looked){
        .tenant = names_add(&facts->names, looked->tenant),
        .policy = names_add(&facts->names, looked->policy),
        .looked = looked->looked,
        .measurements = looked->measurements,
        .shard_groups = looked->shard_groups,
    };
}

/* Runs */

static void add_run(void *context, const struct journal_run_details *run)
{
    struct report_facts *facts = context;

    GROW(facts->runs, facts->run_count, facts->run_alloc);
    facts->runs[facts->run_count++] = (struct report_run){
        .run = run->run,
        .kind = xstrdup(run->kind),
        .engine = xstrdup(run->engine),
        .command = xstrdup(run->command),
        .words = xstrdup(run->words),
        .verify = run->verify,
        .values_verified = run->values_verified,
        .unassigned = run->unassigned,
        .skipped = run->skipped,
        .clipped = run->clipped,
        .homeless = run->homeless,
        .ahead = run->ahead,
        .other_policies = run->other_policies,
        .scope = xstrdup(run->scope),
        .tenants_source = run->tenants_source,
        .measurements = run->measurements,
        .measurements_source = run->measurements_source,
        .policies = run->policies,
        .policies_source = run->policies_source,
    };
}

static void add_part(void *context, const struct journal_part_details *part)
{
    struct report_facts *facts = context;

    facts->parts = xreallocarray(facts->parts, facts->part_count + 1, sizeof(*facts->parts));
    facts->parts[facts->part_count++] = (struct report_part){
        .name = xstrdup(part->name),
        .ran = part->run.id != 0,
        .run = part->run,
        .command = xstrdup(part->command),
        .words = xstrdup(part->words),
    };
    facts->parts_here += part->run.id != 0;
}

static void add_sample(void *context, const struct journal_sample *sample)
{
    struct report_trace *trace = context;

    GROW(trace->samples, trace->count, trace->alloc);
    trace->samples[trace->count++] =
        (struct report_sample){sample->at_ns, sample->points, sample->windows, sample->in_flight};
}

static int read_trace(struct journal_contents *contents, struct report_trace *trace, int64_t run_id,
                      struct err *err)
{
    trace->run_id = run_id;
    return journal_each_sample(contents, run_id, add_sample, trace, err);
}

static void add_slow(void *context, const struct journal_statement *statement)
{
    struct report_facts *facts = context;

    GROW(facts->slow, facts->slow_count, facts->slow_alloc);
    facts->slow[facts->slow_count++] = (struct report_slow){
        .tenant = xstrdup(statement->tenant),
        .database = xstrdup(statement->database),
        .action = xstrdup(statement->action),
        .measurement = xstrdup(statement->measurement),
        .words = xstrdup(statement->words),
        .measurement_count = statement->measurement_count,
        .duration_ns = statement->duration_ns,
        .points = statement->points,
        .range = statement->range,
    };
}

static int read_traces(struct journal_contents *contents, struct report_facts *facts,
                       struct err *err)
{
    int64_t largest, newest;

    if (!facts->run_count)
        return 0;
    newest = facts->runs[0].run.id;
    if (journal_largest_run(contents, &largest, err) < 0 ||
        read_trace(contents, &facts->last, newest, err) < 0)
        return -1;
    if (largest && largest != newest && read_trace(contents, &facts->largest, largest, err) < 0)
        return -1;
    return journal_each_slow(contents, newest, largest, SLOW, add_slow, facts, err);
}

static int read_all(struct journal_contents *contents, struct report_facts *facts, struct err *err)
{
    if (journal_source(contents, &facts->url, &facts->database, err) < 0)
        return -1;
    journal_each_set(contents, add_set, facts);
    if (read_rows(contents, facts, err) < 0 ||
        journal_each_target(contents, add_target, facts, err) < 0 ||
        journal_each_landing(contents, add_landing, facts, err) < 0 ||
        journal_each_looked(contents, add_looked, facts, err) < 0 ||
        journal_source_ranges(contents, &facts->source, err) < 0 ||
        journal_each_run(contents, REPORT_RUNS_MAX, add_run, facts, err) < 0 ||
        journal_count_runs(contents, &facts->run_total, err) < 0 ||
        journal_each_part(contents, add_part, facts, err) < 0)
        return -1;
    return read_traces(contents, facts, err);
}

int report_read(struct report_facts *facts, struct journal *journal, struct err *err)
{
    struct journal_contents *contents = journal_contents_open(journal, err);
    int rc = -1;

    if (!contents)
        return -1;
    facts->journal = xstrdup(journal_path(journal));
    if (verification_read(&facts->verifications, journal, VERIFICATIONS, err) == 0)
        rc = read_all(contents, facts, err);
    journal_contents_close(contents);
    return rc;
}

/* Rejects */

static struct report_refused *refused_of(struct report_facts *facts,
                                         const struct rejects_section *section)
{
    struct report_refused item = {.tenant = names_add(&facts->names, section->owner.tenant),
                                  .kind = section->kind,
                                  .database = names_add(&facts->names, section->owner.target),
                                  .words = names_add(&facts->names, section->words)};

    for (size_t i = 0; i < facts->refused_count; i++)
        if (facts->refused[i].tenant == item.tenant &&
            facts->refused[i].database == item.database && facts->refused[i].words == item.words)
            return &facts->refused[i];
    GROW(facts->refused, facts->refused_count, facts->refused_alloc);
    facts->refused[facts->refused_count] = item;
    return &facts->refused[facts->refused_count++];
}

/* Adds the hour of a line. */
static void add_line_time(struct report_refused *refused, const char *line, const char *end)
{
    int64_t at_ns = rejects_line_time(line, (size_t)(end - line));

    if (at_ns) {
        at_ns -= at_ns % CLOCK_HOUR_NS;
        range_list_add(&refused->times, (struct range){at_ns, clock_add(at_ns, CLOCK_HOUR_NS)});
    }
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

/* Adds the points that the journal knows to be refused, and that the file lacks. */
static void add_lost(struct report_facts *facts, const struct journal_refused *lost)
{
    const struct rejects_section section = {
        .owner = {.tenant = lost->tenant, .target = lost->database},
        .kind = FAILURE_OTHER,
        .words = "refused by the target, and not in the reject file any more",
    };
    struct report_refused *refused = refused_of(facts, &section);

    refused->points += lost->points - lost->found;
    facts->refused_lost += lost->points - lost->found;
    range_list_add(&refused->times, lost->range);
}

int report_read_rejects(struct report_facts *facts, const struct rejects *rejects,
                        struct journal *journal, struct err *err)
{
    struct journal_refusals refused = {0};
    int rc = -1;

    facts->reject_file = xstrdup(rejects_path(rejects));
    if (rejects_each(rejects, add_section, facts, err) == 0 &&
        journal_load_refused(journal, &refused, err) == 0)
        rc = rejects_find(rejects, &refused, err);
    for (size_t i = 0; i < refused.count && rc == 0; i++)
        if (refused.items[i].found < refused.items[i].points)
            add_lost(facts, &refused.items[i]);
    journal_refusals_release(&refused);
    return rc;
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
        free(facts->runs[i].scope);
    }
    for (size_t i = 0; i < facts->slow_count; i++)
        slow_release(&facts->slow[i]);
    for (size_t i = 0; i < facts->refused_count; i++)
        range_list_release(&facts->refused[i].times);
    for (size_t i = 0; i < facts->part_count; i++) {
        free(facts->parts[i].name);
        free(facts->parts[i].command);
        free(facts->parts[i].words);
    }
    free(facts->parts);
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
    free(facts->landings);
    free(facts->looked);
    free(facts->runs);
    free(facts->last.samples);
    free(facts->largest.samples);
    free(facts->slow);
    range_list_release(&facts->source);
    names_release(&facts->names);
    *facts = (struct report_facts){0};
}
