#include "tenants/rejects/rejects.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/stop.h"
#include "file.h"
#include "tenants/journal/journal.h"

const char rejects_intro[] =
    "# Points that their targets refused, with the reason. 'monasca-migrate tenants run' writes\n"
    "# them again before anything else, and takes out what is accepted: mend the target, or the\n"
    "# lines, and run again. The stock client reads this file as well:\n"
    "#     influx -import -path FILE -precision ns\n"
    "# DML\n";

struct rejects *rejects_new(const struct settings *settings)
{
    struct rejects *rejects = xcalloc(1, sizeof(*rejects));

    rejects->path = journal_file(settings, ".rejects");
    return rejects;
}

void rejects_forget(struct rejects *rejects)
{
    rejects_index_free(rejects->index);
    rejects->index = NULL;
}

void rejects_free(struct rejects *rejects)
{
    if (!rejects)
        return;
    rejects_forget(rejects);
    free(rejects->path);
    free(rejects);
}

const char *rejects_path(const struct rejects *rejects)
{
    return rejects->path;
}

int rejects_cant(const struct rejects *rejects, const char *what, struct err *err)
{
    err_set(err, ERR_CONFIG, "can't %s %s: %s", what, rejects->path, strerror(errno));
    return err_hint(err, "make room, or name another place by --state-dir");
}

int rejects_lock(const struct rejects *rejects, struct err *err)
{
    struct strbuf path = STRBUF_INIT;
    int fd;

    strbuf_addf(&path, "%s.lock", rejects->path);
    fd = open(path.buf, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    strbuf_release(&path);
    if (fd < 0)
        return rejects_cant(rejects, "lock", err);
    while (flock(fd, LOCK_EX) < 0) {
        if (errno == EINTR && !stop_requested())
            continue;
        if (errno == EINTR)
            err_set(err, ERR_INTERRUPTED, "interrupted");
        else
            rejects_cant(rejects, "lock", err);
        close(fd);
        return -1;
    }
    return fd;
}

int rejects_sync(const struct rejects *rejects, struct err *err)
{
    int fd = open(rejects->path, O_RDONLY | O_CLOEXEC), rc = 0;

    /* A person may delete the file at any time: then there is nothing to make durable. */
    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0 || fsync(fd) < 0 || file_sync_directory_of(rejects->path) < 0)
        rc = rejects_cant(rejects, "write", err);
    if (fd >= 0)
        close(fd);
    return rc;
}
