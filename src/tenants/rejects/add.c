/* Adding to the reject file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/file.h"
#include "file.h"
#include "influx/line.h"

/* About ten million points. There is a limit since each run writes all of them again. */
#define MAX_BYTES  ((off_t)1024 * 1024 * 1024)
/* Others need the disk, too: this much of it stays free, or a sixteenth of a small one. */
#define FREE_BYTES ((uint64_t)256 * 1024 * 1024)
enum { FREE_PART = 16 };

/* Learning what stands in the file */

struct learning {
    struct rejects *rejects;
    struct err err;
};

static void learn(void *context, const struct rejects_section *section)
{
    struct learning *learning = context;

    for (size_t at = 0, len; at < section->len && learning->err.code == ERR_NONE; at += len) {
        bool is_new;

        len = line_length(section->lines + at, section->len - at);
        rejects_index_add(learning->rejects->index, &section->owner, section->lines + at, len,
                          &is_new, &learning->err);
    }
}

/*
 * Brings the index up to date with the file, which others may have changed meanwhile. A process
 * that adds makes the file longer: only its new lines are read. A retry replaces the file, and a
 * person may do anything: then the whole file is read.
 */
static int refresh(struct rejects *rejects, struct err *err)
{
    struct learning learning = {rejects, ERR_INIT};
    struct stat st = {0};
    off_t from = 0;

    if (stat(rejects->path, &st) < 0 && errno != ENOENT)
        return rejects_cant(rejects, "read", err);
    if (rejects->index && rejects->inode == st.st_ino && rejects->size == st.st_size)
        return 0;
    if (rejects->index && rejects->inode == st.st_ino && rejects->whole == rejects->size &&
        rejects->size < st.st_size)
        from = rejects->whole;
    if (!from)
        rejects_forget(rejects);
    if (!rejects->index && !(rejects->index = rejects_index_new(rejects->path, err)))
        return -1;
    rejects->size = st.st_size;
    rejects->inode = st.st_ino;
    if (rejects_scan(rejects, from, learn, &learning, &rejects->whole, err) < 0)
        return -1;
    if (learning.err.code == ERR_NONE)
        return 0;
    *err = learning.err;
    return -1;
}

/* Adding */

/* Writes the points that aren't in the file yet to `text`, as sections. */
static int add_new(struct rejects *rejects, const struct rejects_owner *owner,
                   const struct refusals *refusals, struct strbuf *text, int64_t *ret_new,
                   struct err *err)
{
    int rc = 0;

    for (size_t i = 0; i < refusals->count && rc == 0; i++) {
        const struct strbuf *all = &refusals->items[i].lines;
        struct strbuf lines = STRBUF_INIT;

        for (size_t at = 0, len; at < all->len && rc == 0; at += len) {
            bool is_new;

            len = line_length(all->buf + at, all->len - at);
            rc = rejects_index_add(rejects->index, owner, all->buf + at, len, &is_new, err);
            if (rc < 0 || !is_new)
                continue;
            strbuf_add(&lines, all->buf + at, len);
            (*ret_new)++;
        }
        if (lines.len)
            rejects_add_section(text, owner, failure_kind_of_cause(refusals->items[i].cause),
                                refusals->items[i].words, &lines);
        strbuf_release(&lines);
    }
    return rc;
}

static int full(const struct rejects *rejects, const char *words, struct err *err)
{
    err_set(err, ERR_FAILED, "points are refused, and the reject file %s %s", rejects->path, words);
    return err_hint(err, "mend the target and run again");
}

/* Fails where the file, or its disk, has no room for more. */
static int check_room(const struct rejects *rejects, struct err *err)
{
    struct statvfs disk;
    struct stat st;
    uint64_t least;

    if (stat(rejects->path, &st) < 0)
        return 0;
    if (st.st_size >= MAX_BYTES)
        return full(rejects, "is full", err);
    if (statvfs(rejects->path, &disk) < 0)
        return 0;
    least = (uint64_t)disk.f_blocks * disk.f_frsize / FREE_PART;
    least = least < FREE_BYTES ? least : FREE_BYTES;
    if ((uint64_t)disk.f_bavail * disk.f_frsize < least)
        return full(rejects, "has no room: its disk is nearly full", err);
    return 0;
}

/* Makes a file that has nothing but the introduction. rename() makes it appear as a whole or not at
 * all. */
static int make_file(struct rejects *rejects, struct err *err)
{
    struct strbuf path = STRBUF_INIT;
    int fd, rc = 0;

    strbuf_addf(&path, "%s.new", rejects->path);
    fd = open(path.buf, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || file_write_all(fd, rejects_intro, strlen(rejects_intro)) < 0 ||
        rename(path.buf, rejects->path) < 0) {
        rc = rejects_cant(rejects, "write", err);
        unlink(path.buf);
    }
    rejects->whole = rc < 0 ? 0 : (off_t)strlen(rejects_intro);
    if (fd >= 0)
        close(fd);
    strbuf_release(&path);
    return rc;
}

/* Writes behind the last whole line. Where that fails the file is as it was. */
static int append(struct rejects *rejects, const struct strbuf *text, struct err *err)
{
    struct stat st;
    int fd, rc = -1;

    if (!rejects->whole && make_file(rejects, err) < 0)
        return -1;
    fd = open(rejects->path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (fd < 0)
        return rejects_cant(rejects, "write", err);
    if (ftruncate(fd, rejects->whole) < 0 || fstat(fd, &st) < 0) {
        rejects_cant(rejects, "write", err);
        goto out;
    }
    if (file_write_all(fd, text->buf, text->len) < 0) {
        rejects_cant(rejects, "write", err);
        if (ftruncate(fd, rejects->whole) < 0)
            err_wrap(err, "a part may be written");
        goto out;
    }
    rejects->inode = st.st_ino;
    rejects->whole += (off_t)text->len;
    rejects->size = rejects->whole;
    rc = 0;
out:
    close(fd);
    return rc;
}

int rejects_add(struct rejects *rejects, const struct rejects_owner *owner,
                const struct refusals *refusals, int64_t *ret_new, struct err *err)
{
    struct strbuf text = STRBUF_INIT;
    int lock = rejects_lock(rejects, err);
    int rc = -1;

    *ret_new = 0;
    if (lock < 0)
        return -1;
    if (check_room(rejects, err) == 0 && refresh(rejects, err) == 0 &&
        add_new(rejects, owner, refusals, &text, ret_new, err) == 0)
        rc = *ret_new ? append(rejects, &text, err) : 0;
    /* The index may have points now that the file doesn't have. */
    if (rc < 0)
        rejects_forget(rejects);
    strbuf_release(&text);
    close(lock);
    return rc;
}
