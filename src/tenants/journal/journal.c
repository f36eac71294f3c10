#include "tenants/journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "db.h"

/* A run begins only where the disk has this much left: the journal of a large run is a few MiB. */
#define MIN_FREE_BYTES ((uint64_t)8 * 1024 * 1024)

/* The runs of parts share the lock that a run without --shard wants for itself. */
static int take_base_lock(struct journal *journal, const struct settings *settings, struct err *err)
{
    char *path;

    if (!settings->part_count)
        return 0;
    path = journal_file(settings, ".journal.lock");
    journal->base_lock_fd = journal_lock_file(path, LOCK_SH, err);
    free(path);
    if (journal->base_lock_fd < 0)
        return -1;
    return journal_parts_check(settings, err);
}

static int take_lock(struct journal *journal, const struct settings *settings, struct err *err)
{
    char pid[32];
    ssize_t ignored;

    if (take_base_lock(journal, settings, err) < 0)
        return -1;
    journal->lock_fd = journal_lock_file(journal->lock_path, LOCK_EX, err);
    if (journal->lock_fd < 0)
        return -1;
    snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
    if (ftruncate(journal->lock_fd, 0) == 0) {
        ignored = pwrite(journal->lock_fd, pid, strlen(pid), 0);
        (void)ignored;
    }
    return 0;
}

static int check_space(const char *directory, struct err *err)
{
    struct statvfs space;

    if (statvfs(directory, &space) == 0 &&
        (uint64_t)space.f_bavail * space.f_frsize < MIN_FREE_BYTES) {
        err_set(err, ERR_CONFIG, "the disk under %s is full: less than %" PRIu64 " MiB are free",
                directory, MIN_FREE_BYTES / 1024 / 1024);
        return err_hint(err, "make room, or name another place by --state-dir");
    }
    return 0;
}

/* Deletes rows that only damage leaves. A row whose set is missing would become a row of the next
 * new set; times that aren't integers are compared otherwise by SQL than here. */
static int drop_damaged(struct journal *journal, struct err *err)
{
    static const char *const tables[] = {"coverage", "verified", "failure", "planned"};

    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        struct strbuf sql = STRBUF_INIT;
        int rc;

        strbuf_addf(&sql,
                    "DELETE FROM %s WHERE set_id NOT IN (SELECT id FROM measurement_set)"
                    " OR typeof(start_ns) <> 'integer' OR typeof(end_ns) <> 'integer'",
                    tables[i]);
        rc = journal_db_execute(journal, sql.buf, err);
        strbuf_release(&sql);
        if (rc < 0)
            return -1;
    }
    return 0;
}

static int open_for_writing(struct journal *journal, const struct settings *settings,
                            struct err *err)
{
    int fd;

    if (file_make_directories(settings->state_dir, 0700, err) < 0)
        return err_hint(err, "--state-dir names another directory");
    if (check_space(settings->state_dir, err) < 0 || take_lock(journal, settings, err) < 0)
        return -1;
    /* SQLite would make the file with the mode that the umask leaves. The files that SQLite makes
     * beside it take its mode. */
    fd = open(journal->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(err, ERR_CONFIG, "can't write %s: %s", journal->path, strerror(errno));
    close(fd);
    if (journal_db_open(journal, journal->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI,
                        JOURNAL_BUSY_MS, err) < 0 ||
        journal_db_execute(journal, "PRAGMA journal_mode = WAL", err) < 0 ||
        journal_db_execute(journal, "PRAGMA synchronous = FULL", err) < 0 ||
        journal_carry_over(journal, settings, err) < 0 || drop_damaged(journal, err) < 0)
        return -1;
    return journal_take_over(journal, settings, err);
}

static int no_journal(const struct journal *journal, const char *state, struct err *err)
{
    err_set(err, ERR_FAILED, "there is no journal of this source: %s is %s", journal->path, state);
    return err_hint(err, "no run was made yet with this configuration and state directory; where "
                         "another user made one, --state-dir names that user's");
}

/* Reads several files into memory, where they are one journal. */
static int open_parts(struct journal *journal, const struct settings *settings, struct err *err)
{
    if (journal_db_open(journal, ":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI,
                        JOURNAL_BUSY_MS, err) < 0 ||
        journal_carry_over(journal, settings, err) < 0)
        return -1;
    return journal_read_parts(journal, err);
}

static int open_for_reading(struct journal *journal, const struct settings *settings,
                            struct err *err)
{
    struct strbuf uri = STRBUF_INIT;
    int64_t version = 0;
    int rc;

    journal_parts_find(&journal->parts, settings);
    if (journal_parts_any(&journal->parts))
        return open_parts(journal, settings, err);
    journal_parts_release(&journal->parts);
    if (access(journal->path, F_OK) < 0 && errno != ENOENT && errno != ENOTDIR) {
        err_set(err, ERR_CONFIG, "can't read the journal %s: %s", journal->path, strerror(errno));
        return err_hint(err, "be the user that ran it, or name another place by --state-dir");
    }
    if (access(journal->path, F_OK) < 0)
        return no_journal(journal, "missing", err);
    journal_db_add_uri(&uri, journal->path, "ro");
    rc = journal_db_open(journal, uri.buf, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, JOURNAL_BUSY_MS,
                         err);
    strbuf_release(&uri);
    if (rc < 0 || journal_check_version(journal, &version, err) < 0)
        return -1;
    journal->version = version;
    /* 0: a run ended before it had made the tables. */
    return version ? 0 : no_journal(journal, "empty", err);
}

struct journal *journal_open(const struct settings *settings, enum journal_mode mode,
                             struct err *err)
{
    struct journal *journal = xcalloc(1, sizeof(*journal));
    struct strbuf suffix = STRBUF_INIT, lock_path = STRBUF_INIT;
    int rc;

    journal->lock_fd = journal->base_lock_fd = -1;
    if (mode == JOURNAL_WRITE && settings->part_count)
        strbuf_addf(&suffix, ".shard-%" PRId64 "-of-%" PRId64, settings->part,
                    settings->part_count);
    strbuf_addstr(&suffix, ".journal");
    journal->path = journal_file(settings, suffix.buf);
    strbuf_release(&suffix);
    strbuf_addf(&lock_path, "%s.lock", journal->path);
    journal->lock_path = strbuf_detach(&lock_path);
    journal->verify_lock_path = journal_file(settings, ".verify.lock");
    rc = mode == JOURNAL_WRITE ? open_for_writing(journal, settings, err)
                               : open_for_reading(journal, settings, err);
    if (rc < 0) {
        journal_close(journal);
        return NULL;
    }
    return journal;
}

int journal_refresh(struct journal *journal, const struct settings *settings, struct err *err)
{
    if (!journal->parts.count)
        return 0;
    journal_db_close(journal);
    journal_parts_release(&journal->parts);
    journal_parts_find(&journal->parts, settings);
    return open_parts(journal, settings, err);
}

void journal_close(struct journal *journal)
{
    if (!journal)
        return;
    journal_trace_release(&journal->trace);
    journal_db_close(journal);
    if (journal->lock_fd >= 0)
        close(journal->lock_fd);
    if (journal->base_lock_fd >= 0)
        close(journal->base_lock_fd);
    journal_parts_release(&journal->parts);
    free(journal->set_ids);
    free(journal->path);
    free(journal->lock_path);
    free(journal->verify_lock_path);
    free(journal);
}

const char *journal_path(const struct journal *journal)
{
    return journal->path;
}
