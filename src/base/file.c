#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

int file_read(const char *path, size_t max_bytes, struct strbuf *content, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t start = content->len;
    int rc = -1;

    if (fd < 0)
        return err_set(err, ERR_CONFIG, "can't read %s: %s", path, strerror(errno));
    for (;;) {
        char chunk[16384];
        ssize_t got = read(fd, chunk, sizeof(chunk));

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            err_set(err, ERR_CONFIG, "can't read %s: %s", path, strerror(errno));
            goto out;
        }
        if (got == 0)
            break;
        strbuf_add(content, chunk, (size_t)got);
        if (content->len - start > max_bytes) {
            err_set(err, ERR_CONFIG, "%s is larger than %zu bytes", path, max_bytes);
            goto out;
        }
    }
    rc = 0;
out:
    if (rc < 0)
        strbuf_setlen(content, start);
    close(fd);
    return rc;
}

int file_make_directories(const char *path, unsigned mode, struct err *err)
{
    char *copy = xstrdup(path);
    struct stat st;
    int rc = -1;

    if (!*path) {
        err_set(err, ERR_CONFIG, "the name of the directory is empty");
        goto out;
    }
    for (char *slash = copy + 1;; slash++) {
        char kept = *slash;

        if (kept != '/' && kept != '\0')
            continue;
        *slash = '\0';
        if (mkdir(copy, (mode_t)mode) < 0 && errno != EEXIST) {
            err_set(err, ERR_CONFIG, "can't make the directory %s: %s", copy, strerror(errno));
            goto out;
        }
        *slash = kept;
        if (!kept)
            break;
    }
    if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode)) {
        err_set(err, ERR_CONFIG, "can't make the directory %s: something else is there", path);
        goto out;
    }
    rc = 0;
out:
    free(copy);
    return rc;
}

int file_write_all(int fd, const void *data, size_t len)
{
    for (const char *at = data; len;) {
        ssize_t written = write(fd, at, len);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return -1;
        at += written;
        len -= (size_t)written;
    }
    return 0;
}

/* Writes to something that isn't a file, and that no file may replace. */
static int write_device(const char *path, const void *data, size_t len, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC), rc = -1;

    if (fd >= 0)
        rc = file_write_all(fd, data, len);
    if (rc < 0)
        err_set(err, ERR_CONFIG, "can't write %s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return rc;
}

int file_sync_directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *directory = slash ? xmemdupz(path, (size_t)(slash - path) + 1) : xstrdup(".");
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = -1;

    free(directory);
    if (fd < 0)
        return -1;
    /* EINVAL: the filesystem can't sync directories. */
    if (fsync(fd) == 0 || errno == EINVAL)
        rc = 0;
    close(fd);
    return rc;
}

int file_replace(const char *path, const void *data, size_t len, struct err *err)
{
    struct strbuf beside = STRBUF_INIT;
    struct stat st = {.st_mode = 0640};
    int fd = -1, rc = -1;

    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return write_device(path, data, len, err);
    if (S_ISDIR(st.st_mode))
        return err_set(err, ERR_CONFIG, "can't write %s: %s", path, strerror(EISDIR));
    strbuf_addf(&beside, "%s.new-%ld", path, (long)getpid());
    fd = open(beside.buf, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (fd < 0)
        goto out;
    if ((S_ISREG(st.st_mode) && fchmod(fd, st.st_mode & 07777) < 0) ||
        file_write_all(fd, data, len) < 0 || fsync(fd) < 0 || rename(beside.buf, path) < 0) {
        int failed = errno;

        unlink(beside.buf);
        errno = failed;
        goto out;
    }
    rc = 0;
out:
    if (rc < 0)
        err_set(err, ERR_CONFIG, "can't write %s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    strbuf_release(&beside);
    return rc;
}
