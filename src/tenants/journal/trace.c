#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "db.h"

/*
 * Keeps for a report how far a run was, and its slowest statements. Both are written by commits
 * that happen anyway, and are bounded.
 */

/* The first samples are this far apart. When they are too many, every second one is dropped, and
 * the next come half as often. */
#define FIRST_STEP_NS (CLOCK_SECOND_NS / 4)
enum {
    MAX_SAMPLES = 480,
    KEPT_RUNS = 20, /* keep their samples and slow statements; --follow makes many runs */
};

int journal_add_points(struct journal *journal, const struct journal_entry *entry, struct err *err)
{
    return journal_db_run(journal, err,
                          "INSERT INTO tenant (tenant, database, points) VALUES (?1, ?2, ?3)"
                          " ON CONFLICT (tenant, database) DO UPDATE SET points = points + ?3",
                          "tti", entry->tenant, entry->database, entry->points);
}

/* Statements */

static void slow_release(struct journal_slow *slow)
{
    free(slow->tenant);
    free(slow->database);
    free(slow->measurement);
    free(slow->words);
}

void journal_trace_release(struct journal_trace *trace)
{
    for (size_t i = 0; i < trace->slow_count; i++)
        slow_release(&trace->slow[i]);
    *trace = (struct journal_trace){0};
}

/* Finds a place for a statement of this duration; NULL where all that are kept are slower. */
static struct journal_slow *slot_for(struct journal_trace *trace, int64_t duration_ns)
{
    struct journal_slow *least = &trace->slow[0];

    if (trace->slow_count < JOURNAL_SLOW_MAX)
        return &trace->slow[trace->slow_count++];
    for (size_t i = 1; i < trace->slow_count; i++)
        if (trace->slow[i].duration_ns < least->duration_ns)
            least = &trace->slow[i];
    if (duration_ns <= least->duration_ns)
        return NULL;
    slow_release(least);
    return least;
}

void journal_note_statement(struct journal *journal, const struct journal_statement *statement)
{
    struct journal_slow *slow = slot_for(&journal->trace, statement->duration_ns);

    if (!slow)
        return;
    *slow = (struct journal_slow){
        .dirty = true,
        .tenant = xstrdup(statement->tenant),
        .database = xstrdup(statement->database),
        .measurement = xstrdup(statement->measurement ? statement->measurement : ""),
        .words = xstrdup(statement->words ? statement->words : ""),
        .action = statement->action,
        .measurement_count = statement->measurement_count,
        .duration_ns = statement->duration_ns,
        .points = statement->points,
        .range = statement->range,
    };
}

static int write_slow(struct journal *journal, size_t slot, struct err *err)
{
    struct journal_slow *slow = &journal->trace.slow[slot];

    slow->dirty = false;
    return journal_db_run(journal, err,
                          "INSERT OR REPLACE INTO slow VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
                          " ?10, ?11, ?12)",
                          "iitttitriit", journal->run_id, (int64_t)slot, slow->tenant,
                          slow->database, slow->action, slow->measurement_count, slow->measurement,
                          slow->range, slow->duration_ns, slow->points, slow->words);
}

/* Samples */

/* Deletes about every second sample: the step becomes twice as long, and the first sample of each
 * step stays. */
static int thin(struct journal *journal, struct err *err)
{
    struct journal_trace *trace = &journal->trace;

    trace->sample_step_ns *= 2;
    if (journal_db_run(journal, err,
                       "DELETE FROM sample WHERE run_id = ?1 AND EXISTS (SELECT 1 FROM sample"
                       " AS first WHERE first.run_id = ?1 AND first.at_ns < sample.at_ns"
                       " AND first.at_ns >= sample.at_ns / ?2 * ?2)",
                       "ii", journal->run_id, trace->sample_step_ns) < 0)
        return -1;
    trace->sample_count -= sqlite3_changes(journal->db);
    return 0;
}

static int write_sample(struct journal *journal, const struct journal_progress *progress,
                        struct err *err)
{
    struct journal_trace *trace = &journal->trace;
    int64_t since_ns = clock_monotonic_ns() - journal->run_started_ns;

    if (since_ns < trace->next_sample_ns)
        return 0;
    if (trace->sample_count >= MAX_SAMPLES && thin(journal, err) < 0)
        return -1;
    since_ns = since_ns / trace->sample_step_ns * trace->sample_step_ns;
    trace->sample_count++;
    trace->next_sample_ns = since_ns + trace->sample_step_ns;
    return journal_db_run(journal, err, "INSERT OR REPLACE INTO sample VALUES (?1, ?2, ?3, ?4, ?5)",
                          "iiiii", journal->run_id, since_ns, progress->points,
                          progress->windows_done + progress->windows_failed, progress->in_flight);
}

void journal_backdate_run(struct journal *journal, int64_t by_ns)
{
    journal->run_started_ns -= by_ns;
}

int journal_write_trace(struct journal *journal, const struct journal_progress *progress,
                        struct err *err)
{
    for (size_t i = 0; i < journal->trace.slow_count; i++)
        if (journal->trace.slow[i].dirty && write_slow(journal, i, err) < 0)
            return -1;
    return write_sample(journal, progress, err);
}

/* Deletes what old runs left in a table, but for the run that wrote most. */
static int forget_old(struct journal *journal, const char *sql, struct err *err)
{
    return journal_db_run(journal, err, sql, "i", journal->run_id - KEPT_RUNS);
}

#define RUN_IS_OLD                                                                                 \
    " WHERE run_id <= ?1 AND run_id != (SELECT id FROM run ORDER BY points DESC, id LIMIT 1)"

int journal_begin_trace(struct journal *journal, struct err *err)
{
    journal_trace_release(&journal->trace);
    journal->trace.sample_step_ns = FIRST_STEP_NS;
    journal->run_started_ns = clock_monotonic_ns();
    if (forget_old(journal, "DELETE FROM sample" RUN_IS_OLD, err) < 0)
        return -1;
    return forget_old(journal, "DELETE FROM slow" RUN_IS_OLD, err);
}
