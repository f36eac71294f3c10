#include "tenants/journal/verification.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "db.h"
#include "verification_parts.h"

enum {
    BUSY_TIMEOUT_MS = 30000, /* a run that begins writes in one transaction until it has its plan */
    MAX_ATTEMPTS = 3,        /* to find files that stay where they are */
    KEPT = 100,              /* verifications that are remembered */
    KEPT_ROWS = 50,          /* and what they compared */
};
/* What differs is written so often. */
#define WRITE_INTERVAL_NS CLOCK_SECOND_NS

/* A window that isn't whole, until it is written. */
struct pending {
    char *tenant, *database, *policy, *words;
    struct strvec measurements, tags;
    struct range range;
    int64_t missing;
};

struct verification {
    const struct settings *settings;
    struct journal *journal; /* of a repair; NULL: files are opened to write */
    bool broken;             /* it isn't kept any more */
    int lock_fd;
    int64_t written_ns; /* monotonic */
    struct verification_record record;
    const struct plan *plan; /* while it limits */
    bool skipped;            /* something couldn't be compared */
    struct pending *pending;
    size_t pending_count, pending_alloc;
};

/* Is it at work? Each verification locks a byte of one file, at the place of its token; the lock
 * goes with the process. */

static struct flock lock_of(int64_t token)
{
    return (struct flock){
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = token, .l_len = 1, .l_pid = 0};
}

static int take_lock(struct verification *verification, struct err *err)
{
    char *path = journal_file(verification->settings, ".verify.lock");
    struct flock lock = lock_of(verification->record.token);

    verification->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (verification->lock_fd < 0 || fcntl(verification->lock_fd, F_OFD_SETLK, &lock) < 0)
        err_set(err, ERR_CONFIG, "can't write %s: %s", path, strerror(errno));
    free(path);
    return err->code == ERR_NONE ? 0 : -1;
}

static bool is_running(const char *lock_path, int64_t token)
{
    struct flock lock = lock_of(token);
    int fd = open(lock_path, O_RDONLY | O_CLOEXEC);
    bool locked;

    if (fd < 0)
        return false;
    locked = fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    close(fd);
    return locked;
}

/* The files of the journal */

typedef int (*writer)(struct verification *verification, struct journal *file, struct err *err);

/* A run may take the file over, and delete it, at any time. */
static bool has_moved(struct journal *file)
{
    int moved = 0;

    sqlite3_file_control(file->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return moved != 0;
}

static int carry_over(struct verification *verification, struct journal *file,
                      const struct journal_part *part, int64_t *ret_version, struct err *err)
{
    if (journal_db_query_int(file, "PRAGMA user_version", ret_version, err) < 0)
        return -1;
    /* The program that is at work there knows nothing of the new tables. */
    if (*ret_version && *ret_version < JOURNAL_VERSION && journal_is_locked(part->lock_path))
        return err_set(err, ERR_FAILED, "a run of an older version is at work on %s", part->path);
    return *ret_version ? journal_carry_over(file, verification->settings, err) : 0;
}

static int in_transaction(struct verification *verification, struct journal *file, writer work,
                          bool *ret_moved, struct err *err)
{
    if (journal_db_begin(file, err) < 0)
        return -1;
    *ret_moved = has_moved(file);
    if (!*ret_moved && work(verification, file, err) == 0)
        return journal_db_commit(file, err);
    journal_db_rollback(file);
    return *ret_moved ? 0 : -1;
}

static int on_file(struct verification *verification, const struct journal_part *part, writer work,
                   bool *ret_moved, struct err *err)
{
    struct journal file = {.path = part->path, .lock_fd = -1, .base_lock_fd = -1};
    int64_t version = 0;
    int rc = -1;

    file.verify_lock_path = journal_file(verification->settings, ".verify.lock");
    if (access(part->path, F_OK) < 0) {
        *ret_moved = true;
        rc = 0;
    } else if (journal_db_open(&file, part->path, SQLITE_OPEN_READWRITE, BUSY_TIMEOUT_MS, err) ==
                   0 &&
               journal_db_execute(&file, "PRAGMA synchronous = FULL", err) == 0 &&
               carry_over(verification, &file, part, &version, err) == 0) {
        /* 0: a run that has just begun, or ended before it had made the tables. */
        rc = version ? in_transaction(verification, &file, work, ret_moved, err) : 0;
    }
    journal_db_close(&file);
    free(file.set_ids);
    free(file.verify_lock_path);
    return rc;
}

/* `work` may be done twice on a file. */
static int on_all_files(struct verification *verification, writer work, struct err *err)
{
    bool moved = true;
    int rc = 0;

    for (int attempt = 0; moved && attempt < MAX_ATTEMPTS && rc == 0; attempt++) {
        struct journal_parts parts = {0};

        moved = false;
        journal_parts_find(&parts, verification->settings);
        for (size_t i = 0; i < parts.count && rc == 0; i++) {
            bool this_moved = false;

            rc = on_file(verification, &parts.items[i], work, &this_moved, err);
            moved = moved || this_moved;
        }
        journal_parts_release(&parts);
    }
    return rc;
}

static void give_up(struct verification *verification, struct err *err)
{
    verification->broken = true;
    log_warning("this verification isn't recorded in the journal: %s", err->message);
    err_release(err);
}

/* `commit`: of a repair, whose journal commits by itself else. */
static void do_work(struct verification *verification, writer work, bool commit)
{
    struct err err = ERR_INIT;
    int rc;

    if (verification->broken)
        return;
    verification->written_ns = clock_monotonic_ns();
    if (!verification->journal)
        rc = on_all_files(verification, work, &err);
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

/* The record */

#define COLUMNS                                                                                    \
    "token, pid, started_ns, ended_ns, status, words, command, filters, deep, repair, part,"       \
    " cutoff_ns, start_ns, end_ns, tenants_total, windows_total, windows_done, windows_failed,"    \
    " values_verified, values_missing, points_repaired"

static int write_record(struct verification *verification, struct journal *file, struct err *err)
{
    const struct verification_record *record = &verification->record;

    return journal_db_run(
        file, err,
        "INSERT OR REPLACE INTO verification (" COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"
        " ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)",
        "iiiintttnnniriiiiiii", record->token, record->pid, record->started_ns, record->ended_ns,
        record->status, record->words, record->command, record->filters, record->deep,
        record->repair, record->part, record->cutoff_ns, record->range, record->tenants_total,
        record->windows_total, record->windows_done, record->windows_failed,
        record->values_verified, record->values_missing, record->points_repaired);
}

/* Forgets what verifications noted that were killed: it says nothing. */
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

        if (token != verification->record.token && !is_running(file->verify_lock_path, token))
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
    /* A place in a file, and no end of the range of these. */
    record->token = (record->token & (INT64_MAX >> 1)) | 1;
    if (take_lock(verification, &err) < 0)
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

static void record_release(struct verification_record *record)
{
    free(record->words);
    free(record->command);
    free(record->filters);
}

void verification_free(struct verification *verification)
{
    if (!verification)
        return;
    pending_release(verification);
    free(verification->pending);
    record_release(&verification->record);
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
    /* What one file left out counts for the record in each. */
    if (verification->record.part)
        do_work(verification, write_record, true);
    verification->plan = NULL;
}

/* What isn't whole */

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

/* What a run forgot meanwhile (no file has the tenant any more) is copied again, and no difference.
 * A repair forgets by itself what it couldn't mend. */
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
    return pending->missing ? insert_difference(verification, file, &entry, pending->words, err)
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
                            const char *words, int64_t missing)
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
                                .missing = missing};
    for (size_t i = 0; i < entry->measurement_count; i++)
        strvec_push(&pending->measurements, entry->measurements[i]);
    for (size_t i = 0; i < entry->tags->nr; i++)
        strvec_push(&pending->tags, entry->tags->v[i]);
    verification->record.values_missing += missing;
    verification->record.windows_failed++;
    verification->skipped = verification->skipped || !missing;
    if (clock_monotonic_ns() - verification->written_ns >= WRITE_INTERVAL_NS)
        flush(verification);
}

/* The end */

/* What earlier ones compared, and this one did again, is told of this one. Counting doesn't take
 * the place of comparing points. */
static const char drop_older[] =
    "DELETE FROM compared WHERE verification != ?1 AND verification IN"
    " (SELECT token FROM verification WHERE ended_ns != 0 AND deep <="
    " (SELECT deep FROM verification WHERE token = ?1)) AND EXISTS"
    " (SELECT 1 FROM compared AS newer WHERE newer.verification = ?1"
    " AND newer.tenant = compared.tenant AND newer.database = compared.database"
    " AND newer.policy = compared.policy AND newer.set_id = compared.set_id"
    " AND newer.start_ns <= compared.start_ns AND newer.end_ns >= compared.end_ns)";

/* Where nothing was left out. */
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

/* Reading */

bool verification_is_complete(const struct verification_record *record)
{
    return record->ended_ns && (record->status == 0 || record->status == 1) && !*record->words;
}

static struct verification_record record_of_row(const struct journal *journal,
                                                const struct journal_rows *rows)
{
    int64_t numbers[21];
    struct verification_record record;

    for (int i = 0; i < 21; i++)
        numbers[i] = journal_rows_int(rows, i);
    record = (struct verification_record){
        .token = numbers[0],
        .pid = numbers[1],
        .started_ns = numbers[2],
        .ended_ns = numbers[3],
        .status = (int)numbers[4],
        .words = xstrdup(journal_rows_text(rows, 5)),
        .command = xstrdup(journal_rows_text(rows, 6)),
        .filters = xstrdup(journal_rows_text(rows, 7)),
        .deep = numbers[8],
        .repair = numbers[9],
        .part = numbers[10],
        .cutoff_ns = numbers[11],
        .range = {numbers[12], numbers[13]},
        .tenants_total = numbers[14],
        .windows_total = numbers[15],
        .windows_done = numbers[16],
        .windows_failed = numbers[17],
        .values_verified = numbers[18],
        .values_missing = numbers[19],
        .points_repaired = numbers[20],
    };
    record.running = !record.ended_ns && is_running(journal->verify_lock_path, record.token);
    return record;
}

int verification_read(struct verification_list *list, struct journal *journal, size_t max,
                      struct err *err)
{
    struct journal_rows rows;

    if (journal->version < 3)
        return 0;
    journal_rows_begin(&rows, journal, err,
                       "SELECT " COLUMNS " FROM verification ORDER BY started_ns DESC LIMIT ?1",
                       "i", (int64_t)max);
    while (journal_rows_next(&rows)) {
        GROW(list->items, list->count, list->alloc);
        list->items[list->count++] = record_of_row(journal, &rows);
    }
    return journal_rows_end(&rows);
}

void verification_list_release(struct verification_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        record_release(&list->items[i]);
    free(list->items);
    *list = (struct verification_list){0};
}
