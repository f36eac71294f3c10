#include "tenants/journal/verification.h"

#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "verification_inside.h"

enum {
    KEPT = 100,     /* verifications that are remembered */
    KEPT_ROWS = 50, /* verifications of which the compared ranges are remembered */
};
/* Windows that differ are written this often. */
#define WRITE_INTERVAL_NS CLOCK_SECOND_NS

/* A window that isn't whole, and isn't written yet. */
struct pending {
    char *tenant, *database, *policy, *words;
    struct strvec measurements, tags;
    struct range range;
    bool differs; /* false: it couldn't be compared */
};

struct verification {
    const struct settings *settings;
    struct journal *journal; /* of a repair; NULL: files are opened to write */
    bool broken;             /* the record isn't kept any more */
    int lock_fd;
    int64_t written_ns; /* monotonic */
    struct verification_record record;
    const struct plan *plan; /* during verification_limit() */
    bool skipped;            /* a window couldn't be compared */
    struct pending *pending;
    size_t pending_count, pending_alloc;
};

static void give_up(struct verification *verification, struct err *err)
{
    verification->broken = true;
    log_warning("this verification isn't recorded in the journal: %s", err->message);
    err_release(err);
}

typedef int (*writer)(struct verification *verification, struct journal *file, struct err *err);

/* A writer and its verification, as verification_each_file() calls it. */
struct writing {
    struct verification *verification;
    writer work;
};

static int write_file(void *context, struct journal *file, struct err *err)
{
    const struct writing *writing = context;

    return writing->work(writing->verification, file, err);
}

/* Does the work in all files; or in the journal of a repair, which commits with its own work unless
 * `commit` is set. */
static void do_work(struct verification *verification, writer work, bool commit)
{
    struct writing writing = {verification, work};
    struct err err = ERR_INIT;
    int rc;

    if (verification->broken)
        return;
    verification->written_ns = clock_monotonic_ns();
    if (!verification->journal)
        rc = verification_each_file(verification->settings, write_file, &writing, &err);
    else if ((rc = journal_db_begin(verification->journal, &err)) == 0 &&
             (rc = work(verification, verification->journal, &err)) == 0 && commit)
        rc = journal_db_commit(verification->journal, &err);
    if (rc < 0)
        give_up(verification, &err);
}

/* Runs a statement whose only parameter is the verification's token. */
static int run_sql(const struct verification *verification, struct journal *file, const char *sql,
                   struct err *err)
{
    return journal_db_run(file, err, sql, "i", verification->record.token);
}

/* The beginning */

static int write_record(struct verification *verification, struct journal *file, struct err *err)
{
    return verification_record_write(&verification->record, file, err);
}

/* Forgets what killed verifications had noted. It says nothing. */
static int sweep(struct verification *verification, struct journal *file, struct err *err)
{
    struct strvec tokens = STRVEC_INIT;
    struct journal_rows rows;
    int rc;

    journal_rows_begin(&rows, file, err, "SELECT token FROM verification WHERE ended_ns = 0", "");
    while (journal_rows_next(&rows))
        strvec_push(&tokens, journal_rows_text(&rows, 0));
    rc = journal_rows_end(&rows);
    for (size_t i = 0; i < tokens.nr && rc == 0; i++) {
        int64_t token = strtoll(tokens.v[i], NULL, 10);

        if (token != verification->record.token &&
            !verification_is_running(file->verify_lock_path, token))
            rc = journal_db_run(file, err, "DELETE FROM compared WHERE verification = ?1", "i",
                                token);
    }
    strvec_release(&tokens);
    return rc;
}

static int begin(struct verification *verification, struct journal *file, struct err *err)
{
    if (sweep(verification, file, err) < 0 || write_record(verification, file, err) < 0)
        return -1;
    return run_sql(verification, file,
                   "INSERT OR REPLACE INTO compared SELECT tenant, database, policy, set_id,"
                   " start_ns, end_ns, as_of_ns, ?1 FROM coverage",
                   err);
}

struct verification *verification_begin(const struct settings *settings, struct journal *journal,
                                        const char *command, const char *filters)
{
    struct verification *verification = xcalloc(1, sizeof(*verification));
    struct verification_record *record = &verification->record;
    struct err err = ERR_INIT;

    verification->settings = settings;
    verification->journal = journal;
    *record = (struct verification_record){.pid = getpid(),
                                           .started_ns = clock_now_ns(),
                                           .status = -1,
                                           .words = xstrdup(""),
                                           .command = xstrdup(command),
                                           .filters = xstrdup(filters),
                                           .deep = settings->deep,
                                           .repair = settings->repair};
    if (getentropy(&record->token, sizeof(record->token)) < 0)
        record->token = record->started_ns;
    /* A positive byte offset, for fcntl locks. */
    record->token = (record->token & (INT64_MAX >> 1)) | 1;
    verification->lock_fd = verification_lock(settings, record->token, &err);
    if (verification->lock_fd < 0)
        give_up(verification, &err);
    do_work(verification, begin, true);
    return verification;
}

static void pending_release(struct verification *verification)
{
    for (size_t i = 0; i < verification->pending_count; i++) {
        struct pending *pending = &verification->pending[i];

        free(pending->tenant);
        free(pending->database);
        free(pending->policy);
        free(pending->words);
        strvec_release(&pending->measurements);
        strvec_release(&pending->tags);
    }
    verification->pending_count = 0;
}

void verification_free(struct verification *verification)
{
    if (!verification)
        return;
    pending_release(verification);
    free(verification->pending);
    verification_record_release(&verification->record);
    if (verification->lock_fd >= 0)
        close(verification->lock_fd);
    free(verification);
}

bool verification_is_kept(const struct verification *verification)
{
    return verification && !verification->broken;
}

/* Limits */

static int limit(struct verification *verification, struct journal *file, struct err *err)
{
    return verification_limit_rows(file, verification->record.token, verification->plan,
                                   &verification->record.part, err) < 0
               ? -1
               : write_record(verification, file, err);
}

void verification_limit(struct verification *verification, const struct plan *plan)
{
    if (!verification_is_kept(verification))
        return;
    verification->plan = plan;
    verification->record.cutoff_ns = plan->cutoff_ns;
    verification->record.range = plan->range;
    verification->record.tenants_total = (int64_t)plan->tenant_count;
    verification->record.windows_total = (int64_t)plan->piece_count;
    do_work(verification, limit, true);
    /* Where one file had something to leave out, the record says so in each. */
    if (verification->record.part)
        do_work(verification, write_record, true);
    verification->plan = NULL;
}

/* Windows that aren't whole */

static int has_tenant(struct journal *file, const char *tenant, bool *ret_has, struct err *err)
{
    struct journal_rows rows;

    journal_rows_begin(&rows, file, err, "SELECT 1 FROM coverage WHERE tenant = ?1 LIMIT 1", "t",
                       tenant);
    *ret_has = journal_rows_next(&rows);
    return journal_rows_end(&rows);
}

static int insert_difference(struct verification *verification, struct journal *file,
                             const struct journal_entry *entry, const char *words, struct err *err)
{
    struct journal_key key = {entry->tenant, entry->database, entry->policy, 0};

    if (journal_range_take(file, &journal_difference_table, entry, err) < 0 ||
        journal_set_of_entry(file, entry, &key.set, err) < 0)
        return -1;
    return journal_db_run(
        file, err, "INSERT OR REPLACE INTO difference VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        "krtin", &key, entry->range, words, verification->record.token, verification->record.deep);
}

/* Where no file has the tenant any more, a run has forgotten it meanwhile: then the window is
 * copied again, and is no difference. A repair forgets by itself what it couldn't mend. */
static int write_one(struct verification *verification, struct journal *file,
                     const struct pending *pending, struct err *err)
{
    const struct journal_entry entry = {
        .tenant = pending->tenant,
        .database = pending->database,
        .policy = pending->policy,
        .measurements = (const char *const *)pending->measurements.v,
        .measurement_count = pending->measurements.nr,
        .tags = &pending->tags,
        .range = pending->range,
    };
    bool has = true;

    if (!verification->journal && has_tenant(file, pending->tenant, &has, err) < 0)
        return -1;
    if (!has)
        return 0;
    if (journal_range_take(file, &journal_compared_table, &entry, err) < 0)
        return -1;
    return pending->differs ? insert_difference(verification, file, &entry, pending->words, err)
                            : 0;
}

static int write_pending(struct verification *verification, struct journal *file, struct err *err)
{
    for (size_t i = 0; i < verification->pending_count; i++)
        if (write_one(verification, file, &verification->pending[i], err) < 0)
            return -1;
    return write_record(verification, file, err);
}

static void flush(struct verification *verification)
{
    do_work(verification, write_pending, false);
    pending_release(verification);
}

void verification_not_whole(struct verification *verification, const struct journal_entry *entry,
                            const char *words, int64_t missing, int64_t different)
{
    struct pending *pending;

    if (!verification_is_kept(verification))
        return;
    GROW(verification->pending, verification->pending_count, verification->pending_alloc);
    pending = &verification->pending[verification->pending_count++];
    *pending = (struct pending){.tenant = xstrdup(entry->tenant),
                                .database = xstrdup(entry->database),
                                .policy = xstrdup(entry->policy),
                                .words = xstrdup(words),
                                .measurements = STRVEC_INIT,
                                .tags = STRVEC_INIT,
                                .range = entry->range,
                                .differs = missing || different};
    for (size_t i = 0; i < entry->measurement_count; i++)
        strvec_push(&pending->measurements, entry->measurements[i]);
    for (size_t i = 0; i < entry->tags->nr; i++)
        strvec_push(&pending->tags, entry->tags->v[i]);
    verification->record.values_missing += missing;
    verification->record.values_different += different;
    verification->record.windows_failed++;
    verification->skipped = verification->skipped || !pending->differs;
    if (clock_monotonic_ns() - verification->written_ns >= WRITE_INTERVAL_NS)
        flush(verification);
}

/* The end */

/* Deletes what earlier verifications compared and this one compared again. Counts don't take the
 * place of compared points. */
static const char drop_older[] =
    "DELETE FROM compared WHERE verification != ?1 AND verification IN"
    " (SELECT token FROM verification WHERE ended_ns != 0 AND deep <="
    " (SELECT deep FROM verification WHERE token = ?1)) AND EXISTS"
    " (SELECT 1 FROM compared AS newer WHERE newer.verification = ?1"
    " AND newer.tenant = compared.tenant AND newer.database = compared.database"
    " AND newer.policy = compared.policy AND newer.set_id = compared.set_id"
    " AND newer.start_ns <= compared.start_ns AND newer.end_ns >= compared.end_ns)";

/* Deletes the differences of earlier verifications, where this one left nothing out. */
static const char drop_differences[] = "DELETE FROM difference WHERE verification != ?1 AND deep <="
                                       " (SELECT deep FROM verification WHERE token = ?1)";

static int forget_old(struct journal *file, struct err *err)
{
    if (journal_db_run(file, err,
                       "DELETE FROM compared WHERE verification NOT IN"
                       " (SELECT token FROM verification ORDER BY started_ns DESC LIMIT ?1)",
                       "n", KEPT_ROWS) < 0)
        return -1;
    return journal_db_run(file, err,
                          "DELETE FROM verification WHERE token NOT IN"
                          " (SELECT token FROM verification ORDER BY started_ns DESC LIMIT ?1)"
                          " AND token NOT IN (SELECT verification FROM difference)",
                          "n", KEPT);
}

static int end(struct verification *verification, struct journal *file, struct err *err)
{
    const struct verification_record *record = &verification->record;
    int rc;

    if (write_pending(verification, file, err) < 0)
        return -1;
    if (!verification_is_complete(record))
        return run_sql(verification, file, "DELETE FROM compared WHERE verification = ?1", err);
    rc = record->part || verification->skipped
             ? verification_mend(file, record->token, record->deep, err)
             : run_sql(verification, file, drop_differences, err);
    if (rc < 0 || run_sql(verification, file, drop_older, err) < 0)
        return -1;
    return forget_old(file, err);
}

void verification_end(struct verification *verification, const struct verification_end *ended,
                      const struct journal_progress *progress)
{
    struct verification_record *record;

    if (!verification_is_kept(verification))
        return;
    record = &verification->record;
    record->ended_ns = clock_now_ns();
    record->status = ended->status;
    free(record->words);
    record->words = xstrdup(ended->words ? ended->words : "");
    record->values_verified = ended->values_verified;
    record->points_repaired = ended->points_repaired;
    record->tenants_total = progress->tenants_total;
    record->windows_total = progress->windows_total;
    record->windows_done = progress->windows_done;
    record->windows_failed = progress->windows_failed;
    do_work(verification, end, true);
    pending_release(verification);
}
