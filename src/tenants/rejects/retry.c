/* Writing the reject file's points to their targets again. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "file.h"
#include "influx/line.h"

struct retry {
    const struct rejects *rejects;
    const struct plan *plan;
    struct servers *servers;
    int fd;              /* of the new file; -1: so far the old one needs no change */
    struct strbuf path;  /* of the new file */
    int64_t taken, kept; /* points that leave the file, and that stay */
    struct err *err;     /* once set, nothing more is sent to a server */
    struct err file_err; /* once set, nothing more is sent, or written to the new file */
};

/* The plan's tenant that a section belongs to; NULL where there is none, or it has a problem. */
static const struct plan_tenant *find_tenant(const struct plan *plan,
                                             const struct rejects_section *section)
{
    for (size_t i = 0; i < plan->tenant_count; i++)
        if (!plan->tenants[i].problem &&
            strcmp(plan->tenants[i].target, section->owner.target) == 0 &&
            strcmp(plan->tenants[i].id, section->owner.tenant) == 0)
            return &plan->tenants[i];
    return NULL;
}

/*
 * Writes lines to a server. Lines that it refuses go to `refusals`; lines whose write fails
 * otherwise go to `failed`. Where a refusal is about some of the lines, these and the others are
 * tried apart.
 */
static void try_lines(struct retry *retry, struct influx_client *client,
                      const struct rejects_section *section, const char *lines, size_t len,
                      struct refusals *refusals, struct strbuf *failed)
{
    struct influx_write write = INFLUX_WRITE_INIT;
    struct strbuf condemned = STRBUF_INIT, others = STRBUF_INIT;
    bool in_data;

    write.database = section->owner.database;
    write.policy = *section->owner.target_policy ? section->owner.target_policy : NULL;
    strbuf_add(&write.lines, lines, len);
    if (retry->err->code != ERR_NONE || influx_write_run(client, &write, retry->err) < 0) {
        strbuf_add(failed, lines, len);
        goto out;
    }
    in_data = write.failure == INFLUX_REFUSED || write.failure == INFLUX_RETENTION;
    if (write.failure == INFLUX_FINE) {
        retry->taken += (int64_t)line_count(lines, len);
    } else if (!in_data) {
        strbuf_add(failed, lines, len);
    } else if (!refusal_is_of_all(write.words, lines, len)) {
        refusal_split(write.words, lines, len, &condemned, &others);
        try_lines(retry, client, section, condemned.buf, condemned.len, refusals, failed);
        try_lines(retry, client, section, others.buf, others.len, refusals, failed);
    } else if (write.failure == INFLUX_RETENTION) {
        retry->taken += (int64_t)line_count(lines, len);
    } else {
        refusals_add(refusals, write.words, lines, len);
    }
out:
    influx_write_release(&write);
    strbuf_release(&condemned);
    strbuf_release(&others);
}

/* Copies the first `len` bytes of the file as it is. */
static int copy_front(const struct retry *retry, off_t len)
{
    int from = open(retry->rejects->path, O_RDONLY | O_CLOEXEC), rc = from < 0 ? -1 : 0;

    while (len && rc == 0) {
        char bytes[65536];
        ssize_t got = read(from, bytes, len < (off_t)sizeof(bytes) ? (size_t)len : sizeof(bytes));

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || file_write_all(retry->fd, bytes, (size_t)got) < 0)
            rc = -1;
        else
            len -= got;
    }
    if (from >= 0)
        close(from);
    return rc;
}

/* Begins the new file when the first points leave the old one: with all that stood before them. */
static int begin_file(struct retry *retry, off_t front)
{
    retry->fd = open(retry->path.buf, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (retry->fd < 0)
        return -1;
    return front ? copy_front(retry, front)
                 : file_write_all(retry->fd, rejects_intro, strlen(rejects_intro));
}

/* Writes to the new file what stays of a part. */
static void keep(struct retry *retry, const struct rejects_section *section, int64_t taken,
                 const struct refusals *refusals, const struct strbuf *failed)
{
    struct strbuf text = STRBUF_INIT;

    if (retry->file_err.code != ERR_NONE || (retry->fd < 0 && !taken))
        return;
    for (size_t i = 0; i < refusals->count; i++)
        rejects_add_section(&text, &section->owner, failure_kind_of_cause(refusals->items[i].cause),
                            refusals->items[i].words, &refusals->items[i].lines);
    if (failed->len)
        rejects_add_section(&text, &section->owner, section->kind, section->words, failed);
    if ((retry->fd < 0 && begin_file(retry, section->start) < 0) ||
        file_write_all(retry->fd, text.buf, text.len) < 0)
        rejects_cant(retry->rejects, "write", &retry->file_err);
    strbuf_release(&text);
}

static void retry_section(void *context, const struct rejects_section *section)
{
    struct retry *retry = context;
    struct refusals refusals = REFUSALS_INIT;
    struct strbuf failed = STRBUF_INIT;
    const struct plan_tenant *tenant = find_tenant(retry->plan, section);
    int64_t taken = retry->taken;

    if (tenant && retry->file_err.code == ERR_NONE)
        try_lines(retry, &retry->servers->items[tenant->server].client, section, section->lines,
                  section->len, &refusals, &failed);
    else
        strbuf_add(&failed, section->lines, section->len);
    retry->kept += refusals.points + (int64_t)line_count(failed.buf, failed.len);
    keep(retry, section, retry->taken - taken, &refusals, &failed);
    refusals_release(&refusals);
    strbuf_release(&failed);
}

/* Puts the new file in the place of the old one; deletes the old one where no point stays. */
static int finish(struct retry *retry, struct err *err)
{
    const struct rejects *rejects = retry->rejects;

    if (retry->file_err.code != ERR_NONE) {
        err_release(err);
        *err = retry->file_err;
        retry->file_err = (struct err)ERR_INIT;
        return -1;
    }
    if (!retry->kept)
        return unlink(rejects->path) < 0 && errno != ENOENT ? rejects_cant(rejects, "delete", err)
                                                            : 0;
    if (retry->fd >= 0 && (fsync(retry->fd) < 0 || rename(retry->path.buf, rejects->path) < 0 ||
                           file_sync_directory_of(rejects->path) < 0))
        return rejects_cant(rejects, "write", err);
    return 0;
}

static void release(struct retry *retry)
{
    if (retry->fd >= 0) {
        close(retry->fd);
        unlink(retry->path.buf);
    }
    strbuf_release(&retry->path);
    err_release(&retry->file_err);
}

int rejects_retry(struct rejects *rejects, const struct plan *plan, struct servers *servers,
                  int64_t *ret_taken, struct err *err)
{
    struct retry retry = {.rejects = rejects,
                          .plan = plan,
                          .servers = servers,
                          .fd = -1,
                          .path = STRBUF_INIT,
                          .err = err,
                          .file_err = ERR_INIT};
    struct err scan_err = ERR_INIT;
    int lock, rc;
    off_t whole;

    *ret_taken = 0;
    if (access(rejects->path, F_OK) < 0)
        return 0;
    lock = rejects_lock(rejects, err);
    if (lock < 0)
        return -1;
    strbuf_addf(&retry.path, "%s.new", rejects->path);
    unlink(retry.path.buf); /* a process that was killed may have left one */
    if (rejects_scan(rejects, 0, retry_section, &retry, &whole, &scan_err) < 0) {
        err_release(&retry.file_err);
        retry.file_err = scan_err;
    }
    rc = finish(&retry, err) < 0 || err->code != ERR_NONE ? -1 : 0;
    *ret_taken = retry.taken;
    release(&retry);
    close(lock);
    return rc;
}

struct counting {
    const struct plan *plan;
    int64_t points;
};

static void count_section(void *context, const struct rejects_section *section)
{
    struct counting *counting = context;

    if (find_tenant(counting->plan, section))
        counting->points += section->points;
}

int rejects_count(const struct rejects *rejects, const struct plan *plan, int64_t *ret_points,
                  struct err *err)
{
    struct counting counting = {plan, 0};
    int rc = rejects_each(rejects, count_section, &counting, err);

    *ret_points = counting.points;
    return rc;
}
