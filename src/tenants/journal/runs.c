#include <unistd.h>

#include "base/clock.h"
#include "db.h"

int journal_begin_run(struct journal *journal, int64_t cutoff_ns, struct range range,
                      struct err *err)
{
    journal->cutoff_ns = cutoff_ns;
    if (journal_db_begin(journal, err) < 0 ||
        journal_db_run(journal, err,
                       "INSERT INTO run (pid, started_ns, updated_ns, cutoff_ns, start_ns, end_ns)"
                       " VALUES (?1, ?2, ?2, ?3, ?4, ?5)",
                       "niir", getpid(), clock_now_ns(), cutoff_ns, range) < 0)
        return -1;
    journal->run_id = sqlite3_last_insert_rowid(journal->db);
    return journal_begin_trace(journal, err) < 0 ? -1 : journal_db_commit(journal, err);
}

/* Sums the progress of all deltas of the run, but for failed windows: these are in the table of
 * failures until they are done. */
static struct journal_progress sum_of_deltas(const struct journal *journal,
                                             const struct journal_progress *progress)
{
    const struct journal_progress *before = &journal->before;
    struct journal_progress sum = *progress;

    sum.windows_total += before->windows_done;
    sum.windows_done += before->windows_done;
    sum.statements += before->statements;
    sum.retries += before->retries;
    sum.splits += before->splits;
    sum.points += before->points;
    return sum;
}

int journal_begin_delta(struct journal *journal, int64_t cutoff_ns, struct range range,
                        int64_t late_cutoff_ns, struct err *err)
{
    journal->cutoff_ns = late_cutoff_ns;
    journal->before = sum_of_deltas(journal, &journal->latest);
    journal->latest = (struct journal_progress){0};
    if (journal_db_begin(journal, err) < 0 ||
        journal_db_run(journal, err,
                       "UPDATE run SET cutoff_ns = ?2, start_ns = ?3, end_ns = ?4 WHERE id = ?1",
                       "iir", journal->run_id, cutoff_ns, range) < 0)
        return -1;
    return journal_db_commit(journal, err);
}

static int write_progress(struct journal *journal, const struct journal_progress *latest,
                          struct err *err)
{
    struct journal_progress sum = sum_of_deltas(journal, latest);

    journal->latest = *latest;
    if (journal_db_run(journal, err,
                       "UPDATE run SET updated_ns = ?2, tenants_total = ?3, tenants_done = ?4,"
                       " windows_total = ?5, windows_done = ?6, windows_failed = ?7,"
                       " statements = ?8, retries = ?9, splits = ?10, points = ?11 WHERE id = ?1",
                       "iiiiiiiiiii", journal->run_id, clock_now_ns(), sum.tenants_total,
                       sum.tenants_done, sum.windows_total, sum.windows_done, sum.windows_failed,
                       sum.statements, sum.retries, sum.splits, sum.points) < 0)
        return -1;
    return journal_write_trace(journal, &sum, err);
}

int journal_commit(struct journal *journal, const struct journal_progress *progress,
                   struct err *err)
{
    if (journal_db_begin(journal, err) < 0 || write_progress(journal, progress, err) < 0)
        return -1;
    return journal_db_commit(journal, err);
}

int journal_end_run(struct journal *journal, const struct journal_end *end,
                    const struct journal_progress *progress, struct err *err)
{
    if (journal_db_begin(journal, err) < 0 || write_progress(journal, progress, err) < 0 ||
        journal_db_run(journal, err,
                       "UPDATE run SET ended_ns = ?2, status = ?3, words = ?4,"
                       " values_verified = ?5, points_unassigned = ?6, points_skipped = ?7,"
                       " points_clipped = ?8, points_homeless = ?9, points_ahead = ?10,"
                       " points_other_policies = ?11 WHERE id = ?1",
                       "iintiiiiiii", journal->run_id, clock_now_ns(), end->status,
                       end->words ? end->words : "", end->values_verified, end->unassigned,
                       end->skipped, end->clipped, end->homeless, end->ahead,
                       end->other_policies) < 0)
        return -1;
    return journal_db_commit(journal, err);
}

/* Is a process at work on this run? It has no end. */
static bool is_at_work(const struct journal *journal, int64_t id)
{
    for (size_t i = 0; i < journal->parts.count; i++)
        if (journal->parts.items[i].run_id == id)
            return journal_is_locked(journal->parts.items[i].lock_path);
    return !journal->parts.count && journal_is_locked(journal->lock_path);
}

struct journal_run journal_run_of_row(const struct journal *journal,
                                      const struct journal_rows *rows)
{
    int64_t values[18];
    struct journal_run run;

    for (int i = 0; i < 18; i++)
        values[i] = journal_rows_int(rows, i);
    run = (struct journal_run){
        .id = values[0],
        .started_ns = values[1],
        .updated_ns = values[2],
        .ended_ns = values[3],
        .status = (int)values[4],
        .cutoff_ns = values[5],
        .range = {values[6], values[7]},
        .progress = {values[8], values[9], values[10], values[11], values[12], values[13],
                     values[14], values[15], values[16], 0},
        .pid = values[17],
    };
    run.running = !run.ended_ns && is_at_work(journal, run.id);
    return run;
}

/* Reads the run of that number, or the newest for 0. There may be none. */
static int read_run(struct journal *journal, int64_t id, struct journal_run *run, struct err *err)
{
    struct journal_rows rows;

    *run = (struct journal_run){0};
    journal_rows_begin(&rows, journal, err,
                       "SELECT " JOURNAL_RUN_COLUMNS
                       " FROM run WHERE id = ?1 OR ?1 = 0 ORDER BY id DESC LIMIT 1",
                       "i", id);
    if (journal_rows_next(&rows))
        *run = journal_run_of_row(journal, &rows);
    return journal_rows_end(&rows);
}

size_t journal_part_count(const struct journal *journal)
{
    return journal->parts.count;
}

int journal_part_run(struct journal *journal, size_t number, const char **ret_name,
                     struct journal_run *run, struct err *err)
{
    const struct journal_part *part = &journal->parts.items[number];

    *ret_name = part->name;
    *run = (struct journal_run){0};
    return part->run_id ? read_run(journal, part->run_id, run, err) : 0;
}

static void add_progress(struct journal_progress *sum, const struct journal_progress *other)
{
    sum->tenants_total += other->tenants_total;
    sum->tenants_done += other->tenants_done;
    sum->windows_total += other->windows_total;
    sum->windows_done += other->windows_done;
    sum->windows_failed += other->windows_failed;
    sum->statements += other->statements;
    sum->retries += other->retries;
    sum->splits += other->splits;
    sum->points += other->points;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Adds the run of a part to the sum of all. */
static void add_run(struct journal_run *sum, const struct journal_run *run)
{
    if (!sum->id) {
        *sum = *run;
        return;
    }
    sum->started_ns = least(sum->started_ns, run->started_ns);
    sum->updated_ns = most(sum->updated_ns, run->updated_ns);
    sum->ended_ns = sum->ended_ns && run->ended_ns ? most(sum->ended_ns, run->ended_ns) : 0;
    sum->cutoff_ns = most(sum->cutoff_ns, run->cutoff_ns);
    sum->range.start_ns = least(sum->range.start_ns, run->range.start_ns);
    sum->range.end_ns = most(sum->range.end_ns, run->range.end_ns);
    sum->status = sum->status > run->status ? sum->status : run->status;
    sum->running = sum->running || run->running;
    if (run->running)
        sum->pid = run->pid;
    add_progress(&sum->progress, &run->progress);
}

int journal_newest_division(struct journal *journal, int64_t *ret_count, struct err *err)
{
    int64_t newest_ns = INT64_MIN;

    *ret_count = 0;
    for (size_t i = 0; i < journal->parts.count; i++) {
        struct journal_run run;
        const char *name;

        if (journal_part_run(journal, i, &name, &run, err) < 0)
            return -1;
        if (run.id && run.started_ns > newest_ns) {
            newest_ns = run.started_ns;
            *ret_count = journal->parts.items[i].count;
        }
    }
    return 0;
}

/* Where there are several files, this sums the runs of the newest division. */
int journal_last_run(struct journal *journal, struct journal_run *run, struct err *err)
{
    const struct journal_parts *parts = &journal->parts;
    int64_t count;

    *run = (struct journal_run){0};
    if (!parts->count)
        return read_run(journal, 0, run, err);
    if (journal_newest_division(journal, &count, err) < 0)
        return -1;
    for (size_t i = 0; i < parts->count; i++) {
        struct journal_run one;
        const char *name;

        if (parts->items[i].count != count)
            continue;
        if (journal_part_run(journal, i, &name, &one, err) < 0)
            return -1;
        if (one.id)
            add_run(run, &one);
    }
    return 0;
}

int journal_forget_failures(struct journal *journal, const struct settings *settings,
                            struct err *err)
{
    int rc = 0;

    if (settings->skip.count || settings->measurements.count)
        return 0;
    if (journal_db_begin(journal, err) < 0)
        return -1;
    if (!settings->tenants.nr)
        rc = journal_db_run(journal, err, "DELETE FROM failure WHERE run_id < ?1", "i",
                            journal->run_id);
    for (size_t i = 0; i < settings->tenants.nr && rc == 0; i++)
        rc = journal_db_run(journal, err, "DELETE FROM failure WHERE run_id < ?1 AND tenant = ?2",
                            "it", journal->run_id, settings->tenants.v[i]);
    /* Refused points that are gone were to be copied again. What wasn't isn't there any more. */
    if (rc == 0 && !settings->tenants.nr && !settings->start_offset && !settings->end_offset)
        rc = journal_db_run(journal, err,
                            "DELETE FROM refused WHERE gone"
                            " AND policy IN (SELECT policy FROM source_range)",
                            "");
    return rc < 0 ? -1 : journal_db_commit(journal, err);
}

/* Reads rows as journal_failures() has them. */
static int each_window(struct journal *journal, const char *sql,
                       int (*each)(void *context, const struct journal_failure *failure),
                       void *context, struct err *err)
{
    struct journal_rows rows;
    int rc = 0;

    journal_rows_begin(&rows, journal, err, sql, "");
    while (rc >= 0 && journal_rows_next(&rows)) {
        struct journal_failure failure = {
            .tenant = journal_rows_text(&rows, 0),
            .database = journal_rows_text(&rows, 1),
            .policy = journal_rows_text(&rows, 2),
            .words = journal_rows_text(&rows, 3),
            .kind = journal_failure_kind(journal_rows_text(&rows, 7), journal_rows_text(&rows, 3)),
            .measurements = STRVEC_INIT,
            .range = journal_rows_range(&rows, 4),
        };

        rc = journal_set_names(journal, journal_rows_text(&rows, 6), &failure.measurements, err);
        if (rc == 0)
            rc = each(context, &failure);
        strvec_release(&failure.measurements);
    }
    return journal_rows_end(&rows) < 0 || rc < 0 ? -1 : 0;
}

#define FROM_FAILURE                                                                               \
    " FROM failure JOIN measurement_set ON measurement_set.id = set_id"                            \
    " ORDER BY tenant, start_ns, members"

int journal_failures(struct journal *journal,
                     int (*each)(void *context, const struct journal_failure *failure),
                     void *context, struct err *err)
{
    return each_window(journal,
                       journal->version < 4
                           ? "SELECT tenant, database, policy, words, start_ns, end_ns, members,"
                             " ''" FROM_FAILURE
                           : "SELECT tenant, database, policy, words, start_ns, end_ns, members,"
                             " kind" FROM_FAILURE,
                       each, context, err);
}

/* Ranges of coverage that touch are merged, so one row holds all of what was done. */
#define UNFINISHED                                                                                 \
    "SELECT tenant, database, policy, '', t.start_ns, t.end_ns, members, ''"                       \
    " FROM planned AS t JOIN run ON run.id = t.run_id"                                             \
    " JOIN measurement_set ON measurement_set.id = set_id"                                         \
    " WHERE (ended_ns = 0 OR status NOT IN (0, 1)) AND NOT EXISTS (SELECT 1 FROM coverage AS c"    \
    " WHERE c.tenant = t.tenant AND c.database = t.database AND c.policy = t.policy"               \
    " AND c.set_id = t.set_id AND c.start_ns <= t.start_ns AND c.end_ns >= t.end_ns)"              \
    " ORDER BY tenant, t.start_ns, members"

int journal_unfinished(struct journal *journal,
                       int (*each)(void *context, const struct journal_failure *failure),
                       void *context, struct err *err)
{
    struct journal_run last;

    if (journal->version < 2)
        return 0;
    if (journal_last_run(journal, &last, err) < 0)
        return -1;
    return last.running ? 0 : each_window(journal, UNFINISHED, each, context, err);
}
