#include "tenants/rejects.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/names.h"
#include "base/strvec.h"
#include "influx/line.h"
#include "tenants/journal.h"

#define MAX_BYTES   ((size_t)16 * 1024 * 1024)
/* One request of a retry. */
#define BATCH_BYTES ((size_t)1024 * 1024)

static const char intro[] =
    "# Points that their targets refused, with the reason. 'monasca-migrate tenants run' writes\n"
    "# them again before anything else, and takes out what is accepted: mend the target, or the\n"
    "# lines, and run again. The stock client reads this file as well:\n"
    "#     influx -import -path FILE -precision ns\n"
    "# DML\n";
static const char end_mark[] = "# END";

struct rejects {
    char *path;
    struct names known; /* digests of the points in the file, as it was when it was last read */
    ino_t inode;
    off_t size; /* of the file then; -1: it wasn't read yet */
};

struct rejects *rejects_new(const struct settings *settings)
{
    struct rejects *rejects = xcalloc(1, sizeof(*rejects));

    rejects->path = journal_file(settings, ".rejects");
    rejects->known = (struct names)NAMES_INIT;
    rejects->size = -1;
    return rejects;
}

void rejects_free(struct rejects *rejects)
{
    if (!rejects)
        return;
    names_release(&rejects->known);
    free(rejects->path);
    free(rejects);
}

const char *rejects_path(const struct rejects *rejects)
{
    return rejects->path;
}

static int cant(const struct rejects *rejects, const char *what, struct err *err)
{
    err_set(err, ERR_CONFIG, "can't %s %s: %s", what, rejects->path, strerror(errno));
    return err_hint(err, "make room, or name another place by --state-dir");
}

/* The lock's descriptor, or -1. Closing it lets go. */
static int lock(const struct rejects *rejects, struct err *err)
{
    struct strbuf path = STRBUF_INIT;
    int fd;

    strbuf_addf(&path, "%s.lock", rejects->path);
    fd = open(path.buf, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        cant(rejects, "lock", err);
    else
        while (flock(fd, LOCK_EX) < 0 && errno == EINTR)
            ;
    strbuf_release(&path);
    return fd;
}

/* Reading */

/* The whole file, without the line that a crash cut off. */
static int read_all(const struct rejects *rejects, struct strbuf *content, struct err *err)
{
    size_t mark = strlen(end_mark);

    if (access(rejects->path, F_OK) < 0 && errno == ENOENT)
        return 0;
    if (file_read(rejects->path, 2 * MAX_BYTES, content, err) < 0)
        return -1;
    if (content->len && content->buf[content->len - 1] != '\n') {
        if (content->len >= mark &&
            memcmp(content->buf + content->len - mark, end_mark, mark) == 0) {
            strbuf_addch(content, '\n');
            return 0;
        }
        while (content->len && content->buf[content->len - 1] != '\n')
            strbuf_setlen(content, content->len - 1);
    }
    return 0;
}

/* The comments of a section, by what stands before the colon. */
struct header {
    const char *title;
    size_t place; /* of a text in struct heading */
};

struct heading {
    char *tenant, *place, *database, *policy, *words;
};

static const struct header headers[] = {
    {"# TENANT: ", offsetof(struct heading, tenant)},
    {"# TARGET: ", offsetof(struct heading, place)},
    {"# CONTEXT-DATABASE: ", offsetof(struct heading, database)},
    {"# CONTEXT-RETENTION-POLICY: ", offsetof(struct heading, policy)},
    {"# REASON: ", offsetof(struct heading, words)},
};

static char **heading_text(struct heading *heading, const struct header *header)
{
    return (char **)((char *)heading + header->place);
}

static void heading_release(struct heading *heading)
{
    for (size_t i = 0; i < ARRAY_SIZE(headers); i++)
        free(*heading_text(heading, &headers[i]));
    *heading = (struct heading){0};
}

/* `line` without its newline. A tenant begins another section. */
static void take_comment(struct heading *heading, const char *line, size_t len)
{
    for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
        size_t title = strlen(headers[i].title);
        char **text = heading_text(heading, &headers[i]);

        if (len < title || memcmp(line, headers[i].title, title) != 0)
            continue;
        if (i == 0)
            heading_release(heading);
        free(*text);
        *text = xmemdupz(line + title, len - title);
    }
}

static const char *text_or_empty(const char *text)
{
    return text ? text : "";
}

static void give_section(const struct heading *heading, const struct strbuf *lines,
                         void (*each)(void *context, const struct rejects_section *section),
                         void *context)
{
    struct rejects_section section = {
        .owner = {text_or_empty(heading->tenant), text_or_empty(heading->place),
                  text_or_empty(heading->database), text_or_empty(heading->policy)},
        .words = text_or_empty(heading->words),
        .lines = lines->buf,
        .len = lines->len,
        .points = (int64_t)line_count(lines->buf, lines->len),
    };

    if (lines->len)
        each(context, &section);
}

static void parse(const struct strbuf *content,
                  void (*each)(void *context, const struct rejects_section *section), void *context)
{
    struct heading heading = {0};
    struct strbuf lines = STRBUF_INIT;

    for (size_t at = 0, len; at < content->len; at += len) {
        const char *line = content->buf + at;

        len = line_length(line, content->len - at);
        if (*line == '#') {
            give_section(&heading, &lines, each, context);
            strbuf_reset(&lines);
            take_comment(&heading, line, len - (line[len - 1] == '\n'));
        } else if (*line != '\n') {
            strbuf_add(&lines, line, len);
        }
    }
    give_section(&heading, &lines, each, context);
    heading_release(&heading);
    strbuf_release(&lines);
}

int rejects_each(const struct rejects *rejects,
                 void (*each)(void *context, const struct rejects_section *section), void *context,
                 struct err *err)
{
    struct strbuf content = STRBUF_INIT;
    int rc = read_all(rejects, &content, err);

    if (rc == 0)
        parse(&content, each, context);
    strbuf_release(&content);
    return rc;
}

/* What has one tenant, target and reason. */
struct sums {
    struct names keys; /* "TENANT\nTARGET\nREASON" */
    int64_t *points;
    size_t alloc;
};

static void sum_section(void *context, const struct rejects_section *section)
{
    struct sums *sums = context;
    struct strbuf key = STRBUF_INIT;
    size_t before = sums->keys.count;
    uint32_t number;

    strbuf_addf(&key, "%s\n%s\n%s", section->owner.tenant, section->owner.place, section->words);
    number = names_add(&sums->keys, key.buf);
    GROW(sums->points, number, sums->alloc);
    if (number == before)
        sums->points[number] = 0;
    sums->points[number] += section->points;
    strbuf_release(&key);
}

int rejects_summary(const struct rejects *rejects,
                    void (*each)(void *context, const struct rejects_section *section),
                    void *context, struct err *err)
{
    struct sums sums = {.keys = NAMES_INIT};
    int rc = rejects_each(rejects, sum_section, &sums, err);

    for (size_t i = 0; i < sums.keys.count && rc == 0; i++) {
        struct rejects_section section = {.lines = "", .points = sums.points[i]};
        struct strvec parts = STRVEC_INIT;

        strvec_split(&parts, sums.keys.items[i], '\n');
        section.owner.tenant = parts.v[0];
        section.owner.place = parts.v[1];
        section.words = parts.v[2];
        each(context, &section);
        strvec_release(&parts);
    }
    names_release(&sums.keys);
    free(sums.points);
    return rc;
}

/* Adding */

/* A point is known by its target and its line. */
static void digest_of(const struct rejects_owner *owner, const char *line, size_t len,
                      char ret_hex[DIGEST_HEX_LENGTH + 1])
{
    struct strbuf text = STRBUF_INIT;

    strbuf_addf(&text, "%s\n%s\n", owner->place, owner->policy);
    strbuf_add(&text, line, len);
    digest_sha256_hex(text.buf, text.len, ret_hex);
    ret_hex[DIGEST_HEX_LENGTH / 2] = '\0';
    strbuf_release(&text);
}

static void learn(void *context, const struct rejects_section *section)
{
    struct rejects *rejects = context;

    for (size_t at = 0, len; at < section->len; at += len) {
        char digest[DIGEST_HEX_LENGTH + 1];

        len = line_length(section->lines + at, section->len - at);
        digest_of(&section->owner, section->lines + at, len, digest);
        names_add(&rejects->known, digest);
    }
}

/* Knows what stands in the file, also what others have changed. */
static int refresh(struct rejects *rejects, struct err *err)
{
    struct stat st = {0};

    if (stat(rejects->path, &st) < 0 && errno != ENOENT)
        return cant(rejects, "read", err);
    if (rejects->size == st.st_size && rejects->inode == st.st_ino)
        return 0;
    names_release(&rejects->known);
    rejects->size = st.st_size;
    rejects->inode = st.st_ino;
    return rejects_each(rejects, learn, rejects, err);
}

/* A comment is one line. */
static void add_comment(struct strbuf *text, const char *title, const char *value)
{
    strbuf_addstr(text, title);
    strbuf_add_visible(text, value, strlen(value));
    strbuf_addch(text, '\n');
}

static void add_section(struct strbuf *text, const struct rejects_owner *owner, const char *words,
                        const struct strbuf *lines)
{
    const char *const values[] = {owner->tenant, owner->place, owner->database, owner->policy,
                                  words};

    for (size_t i = 0; i < ARRAY_SIZE(headers); i++)
        add_comment(text, headers[i].title, values[i]);
    strbuf_add(text, lines->buf, lines->len);
    strbuf_addf(text, "%s\n", end_mark);
}

/* What isn't in the file yet, as sections. */
static int64_t add_new(struct rejects *rejects, const struct rejects_owner *owner,
                       const struct refusals *refusals, struct strbuf *text)
{
    int64_t points = 0;

    for (size_t i = 0; i < refusals->count; i++) {
        const struct strbuf *all = &refusals->items[i].lines;
        struct strbuf lines = STRBUF_INIT;

        for (size_t at = 0, len; at < all->len; at += len) {
            char digest[DIGEST_HEX_LENGTH + 1];
            size_t known = rejects->known.count;

            len = line_length(all->buf + at, all->len - at);
            digest_of(owner, all->buf + at, len, digest);
            names_add(&rejects->known, digest);
            if (rejects->known.count == known)
                continue;
            strbuf_add(&lines, all->buf + at, len);
            points++;
        }
        if (lines.len)
            add_section(text, owner, refusals->items[i].words, &lines);
        strbuf_release(&lines);
    }
    return points;
}

static int write_all(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t put = write(fd, bytes, len);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        bytes += put;
        len -= (size_t)put;
    }
    return fsync(fd);
}

/* Replaces the file; what was there stays whole until the new one is. */
static int replace(const struct rejects *rejects, const struct strbuf *content, struct err *err)
{
    struct strbuf path = STRBUF_INIT;
    int rc = -1, fd;

    strbuf_addf(&path, "%s.new", rejects->path);
    fd = open(path.buf, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write_all(fd, content->buf, content->len) < 0 ||
        rename(path.buf, rejects->path) < 0) {
        cant(rejects, "write", err);
        unlink(path.buf);
    } else {
        rc = 0;
    }
    if (fd >= 0)
        close(fd);
    strbuf_release(&path);
    return rc;
}

/* Behind what is there. Where that fails the file is as it was. */
static int append(struct rejects *rejects, const struct strbuf *text, struct err *err)
{
    int fd = open(rejects->path, O_WRONLY | O_APPEND | O_CLOEXEC);
    struct stat st;
    int rc = -1;

    if (fd < 0)
        return cant(rejects, "write", err);
    if (fstat(fd, &st) < 0)
        goto out;
    if (write_all(fd, text->buf, text->len) < 0) {
        cant(rejects, "write", err);
        if (ftruncate(fd, st.st_size) < 0)
            err_wrap(err, "a part may be written");
        goto out;
    }
    rejects->size = st.st_size + (off_t)text->len;
    rc = 0;
out:
    close(fd);
    return rc;
}

/* A file that is missing, or has no whole end, is written anew. */
static int put(struct rejects *rejects, const struct strbuf *text, struct err *err)
{
    struct strbuf content = STRBUF_INIT;
    struct stat st = {0};
    int rc = -1;

    if (stat(rejects->path, &st) == 0 && (size_t)st.st_size + text->len > MAX_BYTES) {
        err_set(err, ERR_FAILED, "points are refused, and the reject file %s is full",
                rejects->path);
        return err_hint(err, "mend the target and run again");
    }
    if (read_all(rejects, &content, err) < 0)
        goto out;
    if (content.len && (off_t)content.len == st.st_size) {
        rc = append(rejects, text, err);
        goto out;
    }
    if (!content.len)
        strbuf_addstr(&content, intro);
    strbuf_add(&content, text->buf, text->len);
    rc = replace(rejects, &content, err);
    rejects->size = -1;
out:
    strbuf_release(&content);
    return rc;
}

int rejects_add(struct rejects *rejects, const struct rejects_owner *owner,
                const struct refusals *refusals, int64_t *ret_new, struct err *err)
{
    struct strbuf text = STRBUF_INIT;
    int fd = lock(rejects, err);
    int rc = -1;

    *ret_new = 0;
    if (fd < 0)
        return -1;
    if (refresh(rejects, err) == 0) {
        *ret_new = add_new(rejects, owner, refusals, &text);
        rc = *ret_new ? put(rejects, &text, err) : 0;
    }
    /* What isn't written isn't known. */
    if (rc < 0)
        rejects->size = -1;
    strbuf_release(&text);
    close(fd);
    return rc;
}

/* Trying again */

struct retry {
    const struct plan *plan;
    struct servers *servers;
    struct strbuf kept; /* the file as it will be */
    int64_t taken, left;
    struct err *err; /* set: nothing more is sent */
};

/* Whose they are in the plan; NULL for nobody who can be written to. */
static const struct plan_tenant *find_tenant(const struct plan *plan,
                                             const struct rejects_section *section)
{
    for (size_t i = 0; i < plan->tenant_count; i++)
        if (!plan->tenants[i].problem &&
            strcmp(plan->tenants[i].place, section->owner.place) == 0 &&
            strcmp(plan->tenants[i].id, section->owner.tenant) == 0)
            return &plan->tenants[i];
    return NULL;
}

/* Writes lines by `client`; what is refused goes to `refusals`, what else fails to `failed`. */
static void try_lines(struct retry *retry, struct influx_client *client,
                      const struct rejects_section *section, const char *lines, size_t len,
                      struct refusals *refusals, struct strbuf *failed)
{
    struct influx_write write = INFLUX_WRITE_INIT;
    struct strbuf condemned = STRBUF_INIT, others = STRBUF_INIT;
    bool in_data;

    write.database = section->owner.database;
    write.policy = *section->owner.policy ? section->owner.policy : NULL;
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

static void retry_section(void *context, const struct rejects_section *section)
{
    struct retry *retry = context;
    struct refusals refusals = REFUSALS_INIT;
    struct strbuf failed = STRBUF_INIT;
    const struct plan_tenant *tenant = find_tenant(retry->plan, section);

    for (size_t at = 0, end; at < section->len; at = end) {
        end = at + line_length(section->lines + at, section->len - at);
        while (end < section->len && end - at < BATCH_BYTES)
            end += line_length(section->lines + end, section->len - end);
        if (tenant)
            try_lines(retry, &retry->servers->items[tenant->server].client, section,
                      section->lines + at, end - at, &refusals, &failed);
        else
            strbuf_add(&failed, section->lines + at, end - at);
    }
    for (size_t i = 0; i < refusals.count; i++)
        add_section(&retry->kept, &section->owner, refusals.items[i].words,
                    &refusals.items[i].lines);
    if (failed.len)
        add_section(&retry->kept, &section->owner, section->words, &failed);
    retry->left += refusals.points + (int64_t)line_count(failed.buf, failed.len);
    refusals_release(&refusals);
    strbuf_release(&failed);
}

static int finish_retry(struct rejects *rejects, struct retry *retry, struct err *err)
{
    rejects->size = -1;
    if (retry->left)
        return replace(rejects, &retry->kept, err);
    return unlink(rejects->path) < 0 && errno != ENOENT ? cant(rejects, "delete", err) : 0;
}

int rejects_retry(struct rejects *rejects, const struct plan *plan, struct servers *servers,
                  int64_t *ret_taken, struct err *err)
{
    struct retry retry = {.plan = plan, .servers = servers, .kept = STRBUF_INIT, .err = err};
    struct err file_err = ERR_INIT;
    int fd, rc = -1;

    *ret_taken = 0;
    if (access(rejects->path, F_OK) < 0)
        return 0;
    fd = lock(rejects, err);
    if (fd < 0)
        return -1;
    strbuf_addstr(&retry.kept, intro);
    if (rejects_each(rejects, retry_section, &retry, &file_err) < 0 ||
        ((retry.taken || !retry.left) && finish_retry(rejects, &retry, &file_err) < 0)) {
        err_release(err);
        *err = file_err;
    } else {
        rc = err->code == ERR_NONE ? 0 : -1;
    }
    *ret_taken = retry.taken;
    strbuf_release(&retry.kept);
    close(fd);
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
