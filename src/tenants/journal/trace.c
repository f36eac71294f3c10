#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "db.h"

/*
 * What is kept of a run while it goes on, for a report: how far it was, and its slowest statements.
 * Both ride on commits that happen anyway, and are bounded.
 */

/* Samples begin this far apart; when there are too many, every second is dropped, and the next come
 * half as often. */
#define FIRST_STEP_NS (CLOCK_SECOND_NS / 4)
enum {
    MAX_SAMPLES = 480,
    KEPT_RUNS = 20, /* that have samples and slow statements; --follow makes many */
};

int journal_add_points(struct journal *journal, const struct journal_entry *entry, struct err *err)
{
    sqlite3_stmt *statement;

    if (journal_db_prepare_kept(journal, &journal->add_points,
                                "INSERT INTO tenant (tenant, database, points) VALUES (?1, ?2, ?3)"
                                " ON CONFLICT (tenant, database) DO UPDATE"
                                " SET points = points + ?3",
                                err) < 0)
        return -1;
    statement = journal->add_points;
    journal_db_bind_text(statement, 1, entry->tenant);
    journal_db_bind_text(statement, 2, entry->database);
    sqlite3_bind_int64(statement, 3, entry->points);
    return journal_db_step_done(journal, statement, err);
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

/* Where a statement of this duration goes, or NULL where the slowest are slower. */
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
    sqlite3_stmt *statement;

    if (journal_db_prepare_kept(journal, &journal->replace_slow,
                                "INSERT OR REPLACE INTO slow VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,"
                                " ?8, ?9, ?10, ?11, ?12)",
                                err) < 0)
        return -1;
    statement = journal->replace_slow;
    sqlite3_bind_int64(statement, 1, journal->run_id);
    sqlite3_bind_int64(statement, 2, (int64_t)slot);
    journal_db_bind_text(statement, 3, slow->tenant);
    journal_db_bind_text(statement, 4, slow->database);
    journal_db_bind_text(statement, 5, slow->action);
    sqlite3_bind_int64(statement, 6, slow->measurement_count);
    journal_db_bind_text(statement, 7, slow->measurement);
    sqlite3_bind_int64(statement, 8, slow->range.start_ns);
    sqlite3_bind_int64(statement, 9, slow->range.end_ns);
    sqlite3_bind_int64(statement, 10, slow->duration_ns);
    sqlite3_bind_int64(statement, 11, slow->points);
    journal_db_bind_text(statement, 12, slow->words);
    slow->dirty = false;
    return journal_db_step_done(journal, statement, err);
}

/* Samples */

/* About every second one goes: of each step, twice as long, the first one stays. */
static int thin(struct journal *journal, struct err *err)
{
    struct journal_trace *trace = &journal->trace;
    sqlite3_stmt *statement = journal_db_prepare(
        journal,
        "DELETE FROM sample WHERE run_id = ?1 AND EXISTS (SELECT 1 FROM sample AS first"
        " WHERE first.run_id = ?1 AND first.at_ns < sample.at_ns"
        " AND first.at_ns >= sample.at_ns / ?2 * ?2)",
        err);
    int rc = -1;

    if (!statement)
        return -1;
    trace->sample_step_ns *= 2;
    sqlite3_bind_int64(statement, 1, journal->run_id);
    sqlite3_bind_int64(statement, 2, trace->sample_step_ns);
    rc = journal_db_step_done(journal, statement, err);
    trace->sample_count -= sqlite3_changes(journal->db);
    sqlite3_finalize(statement);
    return rc;
}

static int write_sample(struct journal *journal, const struct journal_progress *progress,
                        struct err *err)
{
    struct journal_trace *trace = &journal->trace;
    int64_t since_ns = clock_monotonic_ns() - journal->run_started_ns;
    sqlite3_stmt *statement;

    if (since_ns < trace->next_sample_ns)
        return 0;
    if (trace->sample_count >= MAX_SAMPLES && thin(journal, err) < 0)
        return -1;
    if (journal_db_prepare_kept(journal, &journal->insert_sample,
                                "INSERT OR REPLACE INTO sample VALUES (?1, ?2, ?3, ?4, ?5)",
                                err) < 0)
        return -1;
    statement = journal->insert_sample;
    since_ns = since_ns / trace->sample_step_ns * trace->sample_step_ns;
    sqlite3_bind_int64(statement, 1, journal->run_id);
    sqlite3_bind_int64(statement, 2, since_ns);
    sqlite3_bind_int64(statement, 3, progress->points);
    sqlite3_bind_int64(statement, 4, progress->windows_done + progress->windows_failed);
    sqlite3_bind_int64(statement, 5, progress->in_flight);
    trace->sample_count++;
    trace->next_sample_ns = since_ns + trace->sample_step_ns;
    return journal_db_step_done(journal, statement, err);
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

/* Before a run: of old ones, little stays; the one that wrote most stays whole. */
int journal_begin_trace(struct journal *journal, struct err *err)
{
    static const char *const tables[] = {"sample", "slow"};
    struct strbuf sql = STRBUF_INIT;
    int rc = 0;

    journal_trace_release(&journal->trace);
    journal->trace.sample_step_ns = FIRST_STEP_NS;
    journal->run_started_ns = clock_monotonic_ns();
    for (size_t i = 0; i < ARRAY_SIZE(tables) && rc == 0; i++) {
        strbuf_reset(&sql);
        strbuf_addf(&sql,
                    "DELETE FROM %s WHERE run_id <= %lld AND run_id !="
                    " (SELECT id FROM run ORDER BY points DESC, id LIMIT 1)",
                    tables[i], (long long)(journal->run_id - KEPT_RUNS));
        rc = journal_db_execute(journal, sql.buf, err);
    }
    strbuf_release(&sql);
    return rc;
}
