#include "schema/history/graph.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "builtin.h"
#include "schema/shape/ddl.h"

enum { REVISION_FILE_MAX_BYTES = 16 * 1024 * 1024 };

void graph_release(struct graph *graph)
{
    for (size_t i = 0; i < graph->count; i++)
        revision_release(&graph->items[i]);
    free(graph->items);
    *graph = (struct graph)GRAPH_INIT;
}

const char *graph_name(const struct revision *revision)
{
    return revision ? revision->id : "base";
}

const struct revision *graph_find(const struct graph *graph, const char *id)
{
    for (size_t i = 0; i < graph->count; i++)
        if (strcmp(graph->items[i].id, id) == 0)
            return &graph->items[i];
    return NULL;
}

const struct revision *graph_parent(const struct graph *graph, const struct revision *revision)
{
    return revision->parent ? graph_find(graph, revision->parent) : NULL;
}

/* ---- loading ---- */

static int add_text(struct graph *graph, const char *path, const char *text, bool built_in,
                    struct err *err)
{
    struct revision revision;
    const struct revision *other;

    if (revision_parse(&revision, path, text, err) < 0)
        return -1;
    revision.built_in = built_in;
    other = graph_find(graph, revision.id);
    if (other && other->built_in && strcmp(other->text, text) == 0) {
        revision_release(&revision);
        return 0;
    }
    if (other) {
        err_set(err, ERR_CONFIG, "revision %s stands in two files: %s and %s", revision.id,
                other->path, path);
        revision_release(&revision);
        return err_hint(err, "give one of them another id, or take it away");
    }
    GROW(graph->items, graph->count, graph->alloc);
    graph->items[graph->count++] = revision;
    return 0;
}

static int add_built_in(struct graph *graph, struct err *err)
{
    struct strbuf path = STRBUF_INIT;
    int rc = 0;

    for (const struct embedded_file *file = builtin_revisions; file->name && rc == 0; file++) {
        strbuf_reset(&path);
        strbuf_addf(&path, "built-in %s", file->name);
        rc = add_text(graph, path.buf, (const char *)file->data, true, err);
    }
    strbuf_release(&path);
    return rc;
}

int graph_list_files(struct strvec *paths, const char *dir, struct err *err)
{
    DIR *handle = opendir(dir);
    struct dirent *entry;

    if (!handle && errno == ENOTDIR) {
        strvec_push(paths, dir);
        return 0;
    }
    if (!handle)
        return err_set(err, ERR_CONFIG, "can't read the revisions directory %s: %s", dir,
                       strerror(errno));
    while ((entry = readdir(handle))) {
        size_t len = strlen(entry->d_name);

        if (len > 4 && strcmp(entry->d_name + len - 4, ".sql") == 0 && entry->d_name[0] != '.')
            strvec_pushf(paths, "%s/%s", dir, entry->d_name);
    }
    closedir(handle);
    strvec_sort(paths);
    return 0;
}

static int add_directory(struct graph *graph, const char *dir, struct err *err)
{
    struct strvec paths = STRVEC_INIT;
    struct strbuf text = STRBUF_INIT;
    int rc = graph_list_files(&paths, dir, err);

    for (size_t i = 0; i < paths.nr && rc == 0; i++) {
        strbuf_reset(&text);
        rc = file_read(paths.v[i], REVISION_FILE_MAX_BYTES, &text, err);
        if (rc == 0 && strlen(text.buf) != text.len)
            rc = err_set(err, ERR_CONFIG, "%s holds a NUL byte", paths.v[i]);
        if (rc == 0)
            rc = add_text(graph, paths.v[i], text.buf, false, err);
    }
    strvec_release(&paths);
    strbuf_release(&text);
    return rc;
}

static int fail_cycle(const struct graph *graph, size_t from, struct err *err)
{
    struct strbuf files = STRBUF_INIT;

    for (size_t i = from; i < graph->count; i++)
        strbuf_addf(&files, "%s%s", i > from ? ", " : "", graph->items[i].path);
    err_set(err, ERR_CONFIG, "these revisions revise each other in a cycle: %s", files.buf);
    strbuf_release(&files);
    return -1;
}

/* Puts parents before their children. */
static int sort_and_check(struct graph *graph, struct err *err)
{
    for (size_t i = 0; i < graph->count; i++)
        if (graph->items[i].parent && !graph_find(graph, graph->items[i].parent)) {
            err_set(err, ERR_CONFIG, "%s: it revises %s, and no file has that revision",
                    graph->items[i].path, graph->items[i].parent);
            return err_hint(err, "--revisions-dir may be given more than once");
        }
    for (size_t done = 0; done < graph->count; done++) {
        size_t next = graph->count;

        for (size_t i = done; i < graph->count && next == graph->count; i++) {
            bool ready = graph->items[i].parent == NULL;

            for (size_t j = 0; j < done && !ready; j++)
                ready = strcmp(graph->items[j].id, graph->items[i].parent) == 0;
            if (ready)
                next = i;
        }
        if (next == graph->count)
            return fail_cycle(graph, done, err);
        if (next != done) {
            struct revision revision = graph->items[next];

            memmove(&graph->items[done + 1], &graph->items[done],
                    (next - done) * sizeof(*graph->items));
            graph->items[done] = revision;
        }
    }
    return 0;
}

int graph_load(struct graph *graph, const struct strvec *dirs, struct err *err)
{
    *graph = (struct graph)GRAPH_INIT;
    if (add_built_in(graph, err) < 0)
        goto fail;
    for (size_t i = 0; i < dirs->nr; i++)
        if (add_directory(graph, dirs->v[i], err) < 0)
            goto fail;
    if (sort_and_check(graph, err) < 0)
        goto fail;
    return 0;
fail:
    graph_release(graph);
    return -1;
}

/* ---- heads and ancestors ---- */

bool graph_is_head(const struct graph *graph, const struct revision *revision)
{
    for (size_t i = 0; i < graph->count; i++)
        if (graph->items[i].parent && strcmp(graph->items[i].parent, revision->id) == 0)
            return false;
    return true;
}

int graph_head(const struct graph *graph, const struct revision **ret, struct err *err)
{
    struct strbuf files = STRBUF_INIT;
    size_t heads = 0;

    for (size_t i = 0; i < graph->count; i++) {
        if (!graph_is_head(graph, &graph->items[i]))
            continue;
        *ret = &graph->items[i];
        strbuf_addf(&files, "%s%s (%s)", heads++ ? ", " : "", graph->items[i].id,
                    graph->items[i].path);
    }
    if (heads > 1) {
        err_set(err, ERR_CONFIG, "there are several heads: %s", files.buf);
        err_hint(err, "let one of these files revise the other one's revision");
    }
    strbuf_release(&files);
    return heads == 1 ? 0 : -1;
}

bool graph_is_ancestor(const struct graph *graph, const struct revision *ancestor,
                       const struct revision *revision)
{
    for (; revision; revision = graph_parent(graph, revision))
        if (revision == ancestor)
            return true;
    return ancestor == NULL;
}

/* ---- symbols ---- */

static int by_prefix(const struct graph *graph, const char *prefix, const struct revision **ret,
                     struct err *err)
{
    struct strbuf candidates = STRBUF_INIT;
    size_t found = 0;

    *ret = graph_find(graph, prefix);
    if (*ret)
        return 0;
    for (size_t i = 0; i < graph->count; i++)
        if (*prefix && strncmp(graph->items[i].id, prefix, strlen(prefix)) == 0) {
            *ret = &graph->items[i];
            strbuf_addf(&candidates, "%s%s", found++ ? ", " : "", graph->items[i].id);
        }
    if (found > 1)
        err_set(err, ERR_USAGE, "'%s' may be any of %s", prefix, candidates.buf);
    if (found == 0) {
        err_set(err, ERR_USAGE, "there is no revision '%s'", prefix);
        err_hint(err, "'schema history' lists them; --revisions-dir adds more");
    }
    strbuf_release(&candidates);
    return found == 1 ? 0 : -1;
}

static int by_word(const struct graph *graph, const char *word, const struct revision *current,
                   const struct revision **ret, struct err *err)
{
    *ret = NULL;
    if (strcmp(word, "base") == 0)
        return 0;
    if (strcmp(word, "head") == 0 || strcmp(word, "heads") == 0)
        return graph_head(graph, ret, err);
    if (strcmp(word, "current") == 0) {
        *ret = current;
        return 0;
    }
    return by_prefix(graph, word, ret, err);
}

static int fail_relative(const char *symbol, const char *why, struct err *err)
{
    return err_set(err, ERR_USAGE, "'%s' leads nowhere: %s", symbol, why);
}

static int step_up(const struct graph *graph, const char *symbol, const struct revision **at,
                   struct err *err)
{
    const struct revision *child = NULL;

    for (size_t i = 0; i < graph->count; i++) {
        if (graph_parent(graph, &graph->items[i]) != *at)
            continue;
        if (child)
            return fail_relative(symbol, "the way up branches", err);
        child = &graph->items[i];
    }
    if (!child)
        return fail_relative(symbol, "there aren't as many revisions above", err);
    *at = child;
    return 0;
}

static int move(const struct graph *graph, const char *symbol, long steps,
                const struct revision **at, struct err *err)
{
    for (; steps > 0; steps--)
        if (step_up(graph, symbol, at, err) < 0)
            return -1;
    for (; steps < 0; steps++) {
        if (!*at)
            return fail_relative(symbol, "there aren't as many revisions below", err);
        *at = graph_parent(graph, *at);
    }
    return 0;
}

int graph_resolve(const struct graph *graph, const char *symbol, const struct revision *current,
                  const struct revision **ret, struct err *err)
{
    size_t len = strcspn(symbol, "+-");
    char *word = xmemdupz(symbol, len), *end = NULL;
    long steps = symbol[len] ? strtol(symbol + len, &end, 10) : 0;
    int rc;

    if (symbol[len] && (!isdigit((unsigned char)symbol[len + 1]) || *end || labs(steps) > 100000))
        rc = err_set(err, ERR_USAGE, "'%s' is no revision", symbol);
    else
        rc = len ? by_word(graph, word, current, ret, err) : 0;
    if (rc == 0 && !len) {
        *ret = current;
        if (!symbol[0])
            rc = err_set(err, ERR_USAGE, "an empty word is no revision");
    }
    if (rc == 0)
        rc = move(graph, symbol, steps, ret, err);
    free(word);
    return rc;
}

/* ---- paths ---- */

void graph_path_release(struct graph_path *path)
{
    free(path->items);
    *path = (struct graph_path)GRAPH_PATH_INIT;
}

static void push_step(struct graph_path *path, const struct revision *revision)
{
    /* The list holds pointers. NOLINTNEXTLINE(bugprone-sizeof-expression) */
    GROW(path->items, path->count, path->alloc);
    path->items[path->count++] = revision;
}

int graph_find_path(struct graph_path *path, const struct graph *graph, const struct revision *from,
                    const struct revision *to, struct err *err)
{
    *path = (struct graph_path)GRAPH_PATH_INIT;
    if (graph_is_ancestor(graph, to, from)) {
        path->up = from == to;
        for (; from != to; from = graph_parent(graph, from))
            push_step(path, from);
        return 0;
    }
    if (!graph_is_ancestor(graph, from, to))
        return err_set(err, ERR_FAILED,
                       "no way leads from revision %s to %s: they are on two "
                       "branches",
                       graph_name(from), graph_name(to));
    for (; to != from; to = graph_parent(graph, to))
        push_step(path, to);
    for (size_t i = 0; i < path->count / 2; i++) {
        const struct revision *swapped = path->items[i];

        path->items[i] = path->items[path->count - 1 - i];
        path->items[path->count - 1 - i] = swapped;
    }
    return 0;
}

/* ---- states ---- */

static bool apply_part(const struct revision_part *part, struct model *model)
{
    struct err err = ERR_INIT;
    bool ok = true;

    for (size_t i = 0; i < part->count && ok; i++) {
        struct ddl ddl;

        ok = ddl_read(&ddl, part->items[i].text, model, &err) == 0 &&
             ddl.class != DDL_CLASS_OPAQUE && ddl_apply(&ddl, model, &err) == DDL_EFFECT_APPLIED;
        ddl_release(&ddl);
    }
    err_release(&err);
    return ok;
}

/* Applies the statements of all revisions on the way: only they tell the names of indexes and
 * foreign keys. */
bool graph_state(const struct graph *graph, const struct revision *revision, struct model *model)
{
    struct graph_path path;
    struct err err = ERR_INIT;
    bool ok;

    *model = (struct model)MODEL_INIT;
    model->caseless = graph->caseless;
    ok = graph_find_path(&path, graph, NULL, revision, &err) == 0;
    for (size_t i = 0; i < path.count && ok; i++)
        ok = apply_part(&path.items[i]->upgrade, model);
    graph_path_release(&path);
    err_release(&err);
    return ok;
}
