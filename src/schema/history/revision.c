#include "schema/history/revision.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "schema/shape/ddl.h"

struct reader {
    const char *path;
    const char *p;
    unsigned line;
    struct revision *revision;
    bool has_parent_line, has_upgrade, has_downgrade;
};

static void part_release(struct revision_part *part)
{
    for (size_t i = 0; i < part->count; i++)
        free(part->items[i].text);
    free(part->items);
}

void revision_release(struct revision *revision)
{
    free(revision->id);
    free(revision->parent);
    free(revision->message);
    free(revision->script);
    free(revision->path);
    free(revision->text);
    part_release(&revision->upgrade);
    part_release(&revision->downgrade);
    *revision = (struct revision){.id = NULL};
}

static int fail(const struct reader *reader, struct err *err, const char *what)
{
    err_set(err, ERR_CONFIG, "%s:%u: %s", reader->path, reader->line, what);
    return err_hint(err, "docs/adding-a-revision.rst shows what a revision file looks like");
}

/* The value behind "-- key:" on this line, or NULL. The caller's. */
static char *header_value(const char *line, size_t len, const char *key)
{
    size_t n = strlen(key);
    const char *p = line + 2, *end = line + len;

    while (p < end && *p == ' ')
        p++;
    if ((size_t)(end - p) <= n || strncmp(p, key, n) != 0 || p[n] != ':')
        return NULL;
    p += n + 1;
    while (p < end && isspace((unsigned char)*p))
        p++;
    while (end > p && isspace((unsigned char)end[-1]))
        end--;
    return xmemdupz(p, (size_t)(end - p));
}

/* Takes the value of a header line. 1: taken; 0: the line has another key; -1: there is a value
 * already. */
static int take_header(struct reader *reader, const char *line, size_t len, const char *key,
                       char **field, struct err *err)
{
    char *value = header_value(line, len, key);

    if (!value)
        return 0;
    if (*field) {
        free(value);
        return fail(reader, err, "this header line stands here a second time");
    }
    *field = value;
    return 1;
}

static bool valid_id(const char *id)
{
    size_t len = strlen(id);

    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)id[i]) && id[i] != '_')
            return false;
    return len > 0 && len <= REVISION_ID_MAX;
}

static int check_id(const struct reader *reader, const char *id, struct err *err)
{
    static const char *const words[] = {"head", "heads", "base", "current"};

    if (!valid_id(id))
        return fail(reader, err, "a revision's id is 1 to 32 letters, digits and underscores");
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (strcmp(id, words[i]) == 0)
            return fail(reader, err, "this word has a meaning of its own and can't be an id");
    return 0;
}

static int read_parent(struct reader *reader, char *value, struct err *err)
{
    reader->has_parent_line = true;
    if (!value[0] || strcmp(value, "base") == 0 || strcmp(value, "None") == 0) {
        free(value);
        reader->revision->parent = NULL;
        return 0;
    }
    reader->revision->parent = value;
    if (strchr(value, ','))
        return fail(reader, err, "a revision revises one other, not several");
    return check_id(reader, value, err);
}

static int read_header(struct reader *reader, const char *line, size_t len, struct err *err)
{
    struct revision *revision = reader->revision;
    char *parent = NULL;
    int rc;

    rc = take_header(reader, line, len, "revision", &revision->id, err);
    if (rc > 0)
        return check_id(reader, revision->id, err);
    if (rc == 0)
        rc = take_header(reader, line, len, "message", &revision->message, err);
    if (rc == 0)
        rc = take_header(reader, line, len, "script", &revision->script, err);
    if (rc == 0)
        rc = take_header(reader, line, len, "revises", &parent, err);
    if (parent && reader->has_parent_line) {
        free(parent);
        return fail(reader, err, "this header line stands here a second time");
    }
    if (parent)
        return read_parent(reader, parent, err);
    return rc < 0 ? -1 : 0;
}

/* Is this line "-- word"? */
static bool is_part_line(const char *line, size_t len, const char *word)
{
    const char *p = line + 2, *end = line + len;

    if (len < 2 || strncmp(line, "--", 2) != 0)
        return false;
    while (p < end && isspace((unsigned char)*p))
        p++;
    while (end > p && isspace((unsigned char)end[-1]))
        end--;
    return (size_t)(end - p) == strlen(word) && strncmp(p, word, (size_t)(end - p)) == 0;
}

static void next_line(struct reader *reader)
{
    reader->p += strcspn(reader->p, "\n");
    if (*reader->p) {
        reader->p++;
        reader->line++;
    }
}

/* Goes to the next statement, or to the end, past empty lines and comments. Reads the headers on
 * the way; a part line sets `*part`. */
static int skip_to_statement(struct reader *reader, struct revision_part **part, struct err *err)
{
    for (;; next_line(reader)) {
        size_t len;

        reader->p += strspn(reader->p, " \t\r");
        len = strcspn(reader->p, "\n");
        if (is_part_line(reader->p, len, "upgrade")) {
            if (reader->has_upgrade)
                return fail(reader, err, "there is an upgrade part already");
            reader->has_upgrade = true;
            *part = &reader->revision->upgrade;
        } else if (is_part_line(reader->p, len, "downgrade")) {
            if (reader->has_downgrade)
                return fail(reader, err, "there is a downgrade part already");
            reader->has_downgrade = true;
            *part = &reader->revision->downgrade;
        } else if (strncmp(reader->p, "--", 2) == 0) {
            if (!*part && read_header(reader, reader->p, len, err) < 0)
                return -1;
        } else if (*reader->p && *reader->p != '\n') {
            return 0;
        }
        if (!*reader->p)
            return 0;
    }
}

static int check_lookups(struct reader *reader, const char *text, struct err *err)
{
    struct ddl_lookup lookup;
    size_t at = 0;
    int rc;

    while ((rc = ddl_next_lookup(text, at, &lookup, err)) > 0) {
        at = lookup.end;
        ddl_lookup_release(&lookup);
    }
    return rc < 0 ? err_wrap(err, "%s:%u", reader->path, reader->line) : 0;
}

static int read_statement(struct reader *reader, struct revision_part *part, struct err *err)
{
    const char *next;
    struct revision_statement *item;
    size_t len;

    if (!part)
        return fail(reader, err, "a statement stands before the line '-- upgrade'");
    if (ddl_statement_length(reader->p, &len, &next) < 0)
        return fail(reader, err, "in this statement a quote or a comment isn't closed");
    if (next == reader->p + len)
        return fail(reader, err, "this statement doesn't end in a semicolon");
    GROW(part->items, part->count, part->alloc);
    item = &part->items[part->count++];
    *item = (struct revision_statement){xmemdupz(reader->p, len), reader->line};
    if (!len)
        return fail(reader, err, "an empty statement");
    if (check_lookups(reader, item->text, err) < 0)
        return -1;
    for (; reader->p < next; reader->p++)
        reader->line += *reader->p == '\n';
    return 0;
}

static int read_all(struct reader *reader, struct err *err)
{
    struct revision_part *part = NULL;

    for (;;) {
        if (skip_to_statement(reader, &part, err) < 0)
            return -1;
        if (!*reader->p)
            break;
        if (read_statement(reader, part, err) < 0)
            return -1;
    }
    reader->line = 1;
    if (!reader->revision->id)
        return fail(reader, err, "there is no line '-- revision: ID'");
    if (!reader->has_parent_line)
        return fail(reader, err, "there is no line '-- revises: ID'");
    if (!reader->has_upgrade || !reader->has_downgrade)
        return fail(reader, err,
                    reader->has_upgrade ? "there is no line '-- downgrade'"
                                        : "there is no line '-- upgrade'");
    if (!reader->revision->message)
        reader->revision->message = xstrdup("");
    return 0;
}

int revision_parse(struct revision *ret, const char *path, const char *text, struct err *err)
{
    struct reader reader = {.path = path, .p = text, .line = 1, .revision = ret};

    *ret = (struct revision){.path = xstrdup(path), .text = xstrdup(text)};
    if (read_all(&reader, err) < 0) {
        revision_release(ret);
        return -1;
    }
    return 0;
}

char *revision_new_id(void)
{
    struct strbuf id = STRBUF_INIT;
    unsigned char bytes[6] = {0};

    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
        abort(); /* 6 bytes can't fail on any kernel that has the call */
    for (size_t i = 0; i < sizeof(bytes); i++)
        strbuf_addf(&id, "%02x", bytes[i]);
    return strbuf_detach(&id);
}

char *revision_template(const char *id, const char *parent, const char *message)
{
    struct strbuf text = STRBUF_INIT;

    strbuf_addf(&text,
                "-- revision: %s\n"
                "-- revises: %s\n"
                "-- message: %s\n"
                "\n"
                "-- upgrade\n"
                "-- One change a statement, each ending in a semicolon:\n"
                "-- ALTER TABLE alarm ADD COLUMN note varchar(255) NULL;\n"
                "\n"
                "-- downgrade\n"
                "-- Statements that take it back, in reverse order:\n"
                "-- ALTER TABLE alarm DROP COLUMN note;\n",
                id, parent ? parent : "base", message);
    return strbuf_detach(&text);
}
