#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "verification_inside.h"

enum {
    BUSY_MS = 30000,  /* a run that begins writes in one transaction until it has its plan */
    MAX_ATTEMPTS = 3, /* until no file has moved */
};

/* Locks: each verification locks one byte of a file. Its token is the byte's offset. */

static struct flock lock_of(int64_t token)
{
    return (struct flock){
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = token, .l_len = 1, .l_pid = 0};
}

int verification_lock(const struct settings *settings, int64_t token, struct err *err)
{
    char *path = journal_file(settings, ".verify.lock");
    struct flock lock = lock_of(token);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0 || fcntl(fd, F_OFD_SETLK, &lock) < 0) {
        err_set(err, ERR_CONFIG, "can't write %s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
    free(path);
    return fd;
}

bool verification_is_running(const char *lock_path, int64_t token)
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

/* Files */

/* The work for each file. */
struct file_work {
    const struct settings *settings;
    verification_work call;
    void *context;
};

/* A run may take the file over and delete it at any time. */
static bool has_moved(struct journal *file)
{
    int moved = 0;

    sqlite3_file_control(file->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return moved != 0;
}

static int carry_over(const struct file_work *work, struct journal *file,
                      const struct journal_part *part, int64_t *ret_version, struct err *err)
{
    if (journal_db_query_int(file, "PRAGMA user_version", ret_version, err) < 0)
        return -1;
    /* A program of an older version knows nothing of the new tables. */
    if (*ret_version && *ret_version < JOURNAL_VERSION && journal_is_locked(part->lock_path))
        return err_set(err, ERR_FAILED, "a run of an older version is at work on %s", part->path);
    return *ret_version ? journal_carry_over(file, work->settings, err) : 0;
}

static int in_transaction(const struct file_work *work, struct journal *file, bool *ret_moved,
                          struct err *err)
{
    if (journal_db_begin(file, err) < 0)
        return -1;
    *ret_moved = has_moved(file);
    if (!*ret_moved && work->call(work->context, file, err) == 0)
        return journal_db_commit(file, err);
    journal_db_rollback(file);
    return *ret_moved ? 0 : -1;
}

static int on_file(const struct file_work *work, const struct journal_part *part, bool *ret_moved,
                   struct err *err)
{
    struct journal file = {.path = part->path, .lock_fd = -1, .base_lock_fd = -1};
    int64_t version = 0;
    int rc = -1;

    file.verify_lock_path = journal_file(work->settings, ".verify.lock");
    if (access(part->path, F_OK) < 0) {
        *ret_moved = true;
        rc = 0;
    } else if (journal_db_open(&file, part->path, SQLITE_OPEN_READWRITE, BUSY_MS, err) == 0 &&
               journal_db_execute(&file, "PRAGMA synchronous = FULL", err) == 0 &&
               carry_over(work, &file, part, &version, err) == 0) {
        /* 0: a run has just begun, or ended before it had made the tables. */
        rc = version ? in_transaction(work, &file, ret_moved, err) : 0;
    }
    journal_db_close(&file);
    free(file.set_ids);
    free(file.verify_lock_path);
    return rc;
}

int verification_each_file(const struct settings *settings, verification_work work, void *context,
                           struct err *err)
{
    const struct file_work all = {settings, work, context};
    bool moved = true;
    int rc = 0;

    for (int attempt = 0; moved && attempt < MAX_ATTEMPTS && rc == 0; attempt++) {
        struct journal_parts parts = {0};

        moved = false;
        journal_parts_find(&parts, settings);
        for (size_t i = 0; i < parts.count && rc == 0; i++) {
            bool this_moved = false;

            rc = on_file(&all, &parts.items[i], &this_moved, err);
            moved = moved || this_moved;
        }
        journal_parts_release(&parts);
    }
    return rc;
}
