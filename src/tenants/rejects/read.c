/* Reading the reject file, in parts, and writing the text of a section. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/names.h"
#include "base/strvec.h"
#include "file.h"
#include "influx/line.h"

/* A longer section is given in parts, each little larger than this. */
#define PART_BYTES ((size_t)512 * 1024)
#define READ_BYTES ((size_t)256 * 1024)
/* No line is longer. One that seems to be lacks a quote: a person edited it. */
#define MAX_LINE   ((size_t)4 * 1024 * 1024)

/* The comments of a section. The table serves writing and reading. */
struct header {
    const char *title;
    size_t offset; /* of its text in struct heading */
};

struct heading {
    char *tenant, *target, *database, *policy, *kind, *words;
};

static const struct header headers[] = {
    {"# TENANT: ", offsetof(struct heading, tenant)},
    {"# TARGET: ", offsetof(struct heading, target)},
    {"# CONTEXT-DATABASE: ", offsetof(struct heading, database)},
    {"# CONTEXT-RETENTION-POLICY: ", offsetof(struct heading, policy)},
    {"# KIND: ", offsetof(struct heading, kind)},
    {"# REASON: ", offsetof(struct heading, words)},
};

static const char end_mark[] = "\n# END";

/* A comment must stay one line, whatever the server said: control characters are escaped. */
static void add_comment(struct strbuf *text, const char *title, const char *value)
{
    strbuf_addstr(text, title);
    strbuf_add_visible(text, value, strlen(value));
    strbuf_addch(text, '\n');
}

void rejects_add_section(struct strbuf *text, const struct rejects_owner *owner,
                         enum failure_kind kind, const char *words, const struct strbuf *lines)
{
    const char *const values[] = {owner->tenant,        owner->target,           owner->database,
                                  owner->target_policy, failure_kind_name(kind), words};

    for (size_t i = 0; i < ARRAY_SIZE(headers); i++)
        add_comment(text, headers[i].title, values[i]);
    strbuf_add(text, lines->buf, lines->len);
    strbuf_addf(text, "%s\n", end_mark + 1); /* the last line ends in a newline */
}

struct reader {
    const struct rejects *rejects;
    int fd;
    struct strbuf bytes; /* read, and not dropped yet */
    size_t used;         /* how many of `bytes` are done with */
    off_t at;            /* the byte of the file where `bytes` begins */
    bool ended;          /* the file has no more bytes */

    struct heading heading;
    struct strbuf lines; /* of the section, read since the last part was given */
    int64_t points;
    off_t start; /* the byte where the next part begins: the heading's, or the last part's end */
    void (*each)(void *context, const struct rejects_section *section);
    void *context;
};

static char **heading_text(struct heading *heading, const struct header *header)
{
    return (char **)((char *)heading + header->offset);
}

static void heading_release(struct heading *heading)
{
    for (size_t i = 0; i < ARRAY_SIZE(headers); i++)
        free(*heading_text(heading, &headers[i]));
    *heading = (struct heading){0};
}

/* Lines */

/* Reads as much again as is there, at least READ_BYTES: a long line is not searched too often. */
static int fill(struct reader *reader, struct err *err)
{
    size_t rest = reader->bytes.len - reader->used, wanted = rest > READ_BYTES ? rest : READ_BYTES;

    reader->at += (off_t)reader->used;
    strbuf_drop_front(&reader->bytes, reader->used);
    reader->used = 0;
    strbuf_grow(&reader->bytes, wanted);
    while (wanted) {
        ssize_t got = read(reader->fd, reader->bytes.buf + reader->bytes.len, wanted);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return rejects_cant(reader->rejects, "read", err);
        if (got == 0) {
            reader->ended = true;
            break;
        }
        strbuf_setlen(&reader->bytes, reader->bytes.len + (size_t)got);
        wanted -= (size_t)got;
    }
    return 0;
}

static size_t up_to_newline(const char *bytes, size_t len)
{
    const char *newline = memchr(bytes, '\n', len);

    return newline ? (size_t)(newline - bytes) + 1 : 0;
}

/*
 * The length of a line whose end can't be told from its `len` bytes, though these are all there are
 * or more than a line can have. If no "# END" follows, a crash cut the line off: 0. Otherwise a
 * person forgot a quote, and the line ends at its first newline.
 */
static size_t odd_line(const char *line, size_t len)
{
    if (len <= MAX_LINE && !memmem(line, len, end_mark, strlen(end_mark)))
        return 0;
    return up_to_newline(line, len);
}

/* The length of the next line; 0 at the end. */
static int next_line(struct reader *reader, size_t *ret_len, struct err *err)
{
    for (;;) {
        const char *line = reader->bytes.buf + reader->used;
        size_t rest = reader->bytes.len - reader->used, len = line_length_so_far(line, rest);

        if (!len && rest <= MAX_LINE && !reader->ended) {
            if (fill(reader, err) < 0)
                return -1;
            continue;
        }
        if (!len && rest)
            len = odd_line(line, rest);
        *ret_len = len || rest <= MAX_LINE ? len : rest;
        return 0;
    }
}

/* Sections */

static const char *text_or_empty(const char *text)
{
    return text ? text : "";
}

/* Gives what was read since the last part. `end` is the byte where the next one begins. */
static void give_part(struct reader *reader, off_t end)
{
    const struct heading *heading = &reader->heading;
    struct rejects_section section = {
        .owner = {text_or_empty(heading->tenant), text_or_empty(heading->target),
                  text_or_empty(heading->database), text_or_empty(heading->policy)},
        /* A file of an older version has no kinds. */
        .kind = heading->kind ? failure_kind_named(heading->kind)
                              : failure_kind_of_words(text_or_empty(heading->words)),
        .words = text_or_empty(heading->words),
        .lines = reader->lines.buf,
        .len = reader->lines.len,
        .points = reader->points,
        .start = reader->start,
    };

    if (reader->lines.len)
        reader->each(reader->context, &section);
    strbuf_reset(&reader->lines);
    reader->points = 0;
    reader->start = end;
}

/* Takes a comment, `line` without its newline. "# TENANT: " begins another section. */
static void take_comment(struct reader *reader, const char *line, size_t len, off_t at)
{
    for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
        size_t title = strlen(headers[i].title);
        char **text = heading_text(&reader->heading, &headers[i]);

        if (len < title || memcmp(line, headers[i].title, title) != 0)
            continue;
        if (i == 0) {
            heading_release(&reader->heading);
            reader->start = at;
        }
        free(*text);
        *text = xmemdupz(line + title, len - title);
    }
}

static void take_line(struct reader *reader, const char *line, size_t len)
{
    off_t at = reader->at + (off_t)reader->used;

    if (*line == '#') {
        if (reader->lines.len)
            give_part(reader, at);
        take_comment(reader, line, len - (line[len - 1] == '\n'), at);
    } else if (*line != '\n') {
        strbuf_add(&reader->lines, line, len);
        reader->points++;
        if (reader->lines.len >= PART_BYTES)
            give_part(reader, at + (off_t)len);
    }
}

int rejects_scan(const struct rejects *rejects, off_t from,
                 void (*each)(void *context, const struct rejects_section *section), void *context,
                 off_t *ret_whole, struct err *err)
{
    struct reader reader = {.rejects = rejects,
                            .fd = open(rejects->path, O_RDONLY | O_CLOEXEC),
                            .bytes = STRBUF_INIT,
                            .lines = STRBUF_INIT,
                            .at = from,
                            .start = from,
                            .each = each,
                            .context = context};
    size_t len;
    int rc;

    *ret_whole = from;
    if (reader.fd < 0)
        return errno == ENOENT ? 0 : rejects_cant(rejects, "read", err);
    if (lseek(reader.fd, from, SEEK_SET) < 0)
        rc = rejects_cant(rejects, "read", err);
    else
        while ((rc = next_line(&reader, &len, err)) == 0 && len) {
            take_line(&reader, reader.bytes.buf + reader.used, len);
            reader.used += len;
        }
    *ret_whole = reader.at + (off_t)reader.used;
    if (rc == 0)
        give_part(&reader, *ret_whole);
    close(reader.fd);
    heading_release(&reader.heading);
    strbuf_release(&reader.bytes);
    strbuf_release(&reader.lines);
    return rc;
}

int rejects_each(const struct rejects *rejects,
                 void (*each)(void *context, const struct rejects_section *section), void *context,
                 struct err *err)
{
    off_t whole;

    return rejects_scan(rejects, 0, each, context, &whole, err);
}

/* The points of each tenant, target and reason. */
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

    strbuf_addf(&key, "%s\n%s\n%s", section->owner.tenant, section->owner.target, section->words);
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
        section.owner.target = parts.v[1];
        section.words = parts.v[2];
        each(context, &section);
        strvec_release(&parts);
    }
    names_release(&sums.keys);
    free(sums.points);
    return rc;
}
