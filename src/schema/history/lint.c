#include "schema/history/lint.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "schema/shape/ddl.h"

void lint_add(struct lint *lint, const char *file, unsigned line, const char *kind,
              const char *message)
{
    GROW(lint->items, lint->count, lint->alloc);
    lint->items[lint->count++] = (struct lint_finding){xstrdup(file), line, kind, xstrdup(message)};
}

void lint_release(struct lint *lint)
{
    for (size_t i = 0; i < lint->count; i++) {
        free(lint->items[i].file);
        free(lint->items[i].message);
    }
    free(lint->items);
    *lint = (struct lint)LINT_INIT;
}

/* The start of line `number`, from 1. */
static const char *line_at(const char *text, unsigned number)
{
    for (; number > 1 && *text; number--) {
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    return text;
}

/* Does a line hold `word` in a comment? */
static bool is_comment_with(const char *line, const char *word)
{
    size_t len = strcspn(line, "\n");
    const char *found = strcasestr(line, word);

    return strncmp(line, "--", 2) == 0 && found && found < line + len;
}

/* Has one of the comments right before a line this word? */
static bool comment_says(const char *text, unsigned line, const char *word)
{
    while (line-- > 1) {
        const char *before = line_at(text, line);

        if (strncmp(before, "--", 2) != 0)
            return false;
        if (is_comment_with(before, word))
            return true;
    }
    return false;
}

/* ---- one file ---- */

static void check_bytes(struct lint *lint, const char *path, const char *text)
{
    const char *cr = strstr(text, "\r\n"), *delimiter = strcasestr(text, "\nDELIMITER ");
    unsigned line = 1;

    if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
        lint_add(lint, path, 1, "bom", "the file begins with a byte order mark: take it away");
    for (const char *p = text; cr && p < cr; p++)
        line += *p == '\n';
    if (cr)
        lint_add(lint, path, line, "crlf", "lines end in CR LF: let them end in LF");
    if (!delimiter)
        return;
    line = 2;
    for (const char *p = text; p < delimiter; p++)
        line += *p == '\n';
    lint_add(lint, path, line, "statement",
             "DELIMITER is a command of the mysql client, and none of the server's");
}

static void check_words(struct lint *lint, const struct revision *revision,
                        const struct revision_part *part)
{
    for (size_t i = 0; i < part->count; i++) {
        const char *why = ddl_refusal(part->items[i].text);

        if (why)
            lint_add(lint, revision->path, part->items[i].line, "statement", why);
    }
}

/* Does the statement take away what can't be brought back? */
static bool is_destructive(const char *text)
{
    struct ddl ddl;
    bool is = strncasecmp(text, "DELETE", 6) == 0 || strncasecmp(text, "TRUNCATE", 8) == 0;

    ddl_parse(&ddl, text);
    for (size_t i = 0; i < ddl.count; i++)
        is |= ddl.actions[i].kind == DDL_DROP_TABLE || ddl.actions[i].kind == DDL_DROP_COLUMN;
    ddl_release(&ddl);
    return is;
}

static void check_meant(struct lint *lint, const struct revision *revision, const char *text)
{
    const struct revision_part *up = &revision->upgrade;

    if (!revision->message[0])
        lint_add(lint, revision->path, 1, "message",
                 "there is no message: '-- message: ' says in a line what the revision does");
    for (size_t i = 0; i < up->count; i++)
        if (is_destructive(up->items[i].text) &&
            !comment_says(text, up->items[i].line, "destructive:"))
            lint_add(
                lint, revision->path, up->items[i].line, "destructive",
                "the upgrade deletes something: if that is meant, '-- destructive: WHY' in the "
                "line before says so");
    if (up->count && !revision->downgrade.count && !strcasestr(text, "\n-- irreversible:"))
        lint_add(
            lint, revision->path, 0, "downgrade",
            "nothing takes the upgrade back: if that is meant, '-- irreversible: WHY' says so");
}

/* Adds an error of a file as a finding. Its message is "PATH:LINE: WHAT", or has no line. */
static void add_error(struct lint *lint, const char *path, const char *kind, const struct err *err)
{
    const char *message = err->message;
    size_t len = strlen(path);
    unsigned line = 0;
    char *end;

    if (strncmp(message, path, len) == 0 && message[len] == ':') {
        unsigned long number = strtoul(message + len + 1, &end, 10);

        if (strncmp(end, ": ", 2) == 0) {
            line = (unsigned)number;
            message = end + 2;
        }
    }
    lint_add(lint, path, line, kind, message);
}

bool lint_file(struct lint *lint, const char *path, const char *text)
{
    const bool has_mark = strncmp(text, "\xef\xbb\xbf", 3) == 0;
    struct revision revision;
    struct err err = ERR_INIT;

    check_bytes(lint, path, text);
    if (revision_parse(&revision, path, text + (has_mark ? 3 : 0), &err) < 0) {
        add_error(lint, path, "syntax", &err);
        err_release(&err);
        return false;
    }
    check_words(lint, &revision, &revision.upgrade);
    check_words(lint, &revision, &revision.downgrade);
    check_meant(lint, &revision, text);
    revision_release(&revision);
    return !has_mark;
}

/* ---- among the others ---- */

/* May a statement that isn't understood run again where it has taken effect? */
static bool may_repeat(const char *text)
{
    return strcasestr(text, "IF EXISTS") || strcasestr(text, "IF NOT EXISTS") ||
           strcasestr(text, "OR REPLACE");
}

/* Tries the statements of one part on the shape that the revisions before it make. */
static void check_part(struct lint *lint, const struct graph *graph,
                       const struct revision *revision, const struct revision_part *part,
                       const struct revision *from)
{
    struct err err = ERR_INIT;
    struct model model;
    bool known = graph_state(graph, from, &model);

    for (size_t i = 0; i < part->count; i++) {
        const char *text = part->items[i].text, *lost = NULL;
        unsigned line = part->items[i].line;
        struct ddl ddl;

        if (ddl_read(&ddl, text, &model, &err) < 0)
            known = false;
        if (ddl.class == DDL_CLASS_OPAQUE && !ddl_refusal(text) && !may_repeat(text))
            lint_add(lint, revision->path, line, "resume",
                     "this statement isn't understood: after a run that was killed in it, nobody "
                     "knows whether it took effect. Write it so that it may run again (OR REPLACE, "
                     "IF NOT EXISTS)");
        known = known && ddl.class != DDL_CLASS_OPAQUE;
        if (known && ddl_apply(&ddl, &model, &err) == DDL_EFFECT_CONFLICT) {
            lint_add(lint, revision->path, line, "conflict", err.message);
            known = false;
        }
        if (known && !strcasestr(text, "IF EXISTS"))
            lost = ddl_drops_nothing(&ddl);
        if (lost)
            lint_add(lint, revision->path, line, "drop", lost);
        ddl_release(&ddl);
        err_release(&err);
    }
    model_release(&model);
}

void lint_graph(struct lint *lint, const struct graph *graph, const struct strvec *paths)
{
    const struct revision *head;
    struct err err = ERR_INIT;

    if (graph_head(graph, &head, &err) < 0) {
        lint_add(lint, paths->nr ? paths->v[0] : "", 0, "heads", err.message);
        err_release(&err);
    }
    for (size_t i = 0; i < graph->count; i++) {
        const struct revision *revision = &graph->items[i];

        if (!strvec_has(paths, revision->path))
            continue;
        check_part(lint, graph, revision, &revision->upgrade, graph_parent(graph, revision));
        check_part(lint, graph, revision, &revision->downgrade, revision);
    }
}
