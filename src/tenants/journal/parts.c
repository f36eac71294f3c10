#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "db.h"

/*
 * The files of one source: one for each part that --shard I/N has made, and that of runs without
 * --shard.
 */

/* Takes over the path. `count` is 0 for the file of runs without --shard. */
static void add_part(struct journal_parts *parts, char *path, int64_t number, int64_t count)
{
    struct strbuf name = STRBUF_INIT, lock_path = STRBUF_INIT;

    if (count)
        strbuf_addf(&name, "%" PRId64 "/%" PRId64, number, count);
    strbuf_addf(&lock_path, "%s.lock", path);
    GROW(parts->items, parts->count, parts->alloc);
    parts->items[parts->count++] =
        (struct journal_part){path, strbuf_detach(&lock_path), strbuf_detach(&name), count, 0};
}

void journal_parts_release(struct journal_parts *parts)
{
    for (size_t i = 0; i < parts->count; i++) {
        free(parts->items[i].path);
        free(parts->items[i].lock_path);
        free(parts->items[i].name);
    }
    free(parts->items);
    *parts = (struct journal_parts){0};
}

static int compare_parts(const void *a, const void *b)
{
    const struct journal_part *l = a, *r = b;

    if (l->count != r->count)
        return l->count < r->count ? -1 : 1;
    return strverscmp(l->name, r->name);
}

/* Is `name` PREFIX "I-of-N.journal"? */
static bool is_part(const char *name, const char *prefix, int64_t *number, int64_t *count)
{
    char *end;

    if (strncmp(name, prefix, strlen(prefix)) != 0)
        return false;
    *number = strtoll(name + strlen(prefix), &end, 10);
    if (strncmp(end, "-of-", 4) != 0)
        return false;
    *count = strtoll(end + 4, &end, 10);
    return *number > 0 && *count >= *number && strcmp(end, ".journal") == 0;
}

static void find_parts(struct journal_parts *parts, const struct settings *settings)
{
    char *stem = journal_file(settings, ".shard-");
    const char *prefix = strrchr(stem, '/') + 1;
    DIR *directory = opendir(settings->state_dir);
    struct dirent *entry;

    while (directory && (entry = readdir(directory))) {
        struct strbuf path = STRBUF_INIT;
        int64_t number, count;

        if (!is_part(entry->d_name, prefix, &number, &count))
            continue;
        strbuf_addf(&path, "%s/%s", settings->state_dir, entry->d_name);
        add_part(parts, strbuf_detach(&path), number, count);
    }
    if (directory)
        closedir(directory);
    free(stem);
}

void journal_parts_find(struct journal_parts *parts, const struct settings *settings)
{
    char *base = journal_file(settings, ".journal");

    if (access(base, F_OK) == 0)
        add_part(parts, base, 0, 0);
    else
        free(base);
    find_parts(parts, settings);
    if (parts->count)
        qsort(parts->items, parts->count, sizeof(*parts->items), compare_parts);
}

bool journal_parts_any(const struct journal_parts *parts)
{
    for (size_t i = 0; i < parts->count; i++)
        if (parts->items[i].count)
            return true;
    return false;
}

int journal_parts_check(const struct settings *settings, struct err *err)
{
    struct journal_parts parts = {0};
    int rc = 0;

    journal_parts_find(&parts, settings);
    for (size_t i = 0; i < parts.count && rc == 0; i++) {
        const struct journal_part *part = &parts.items[i];

        if (!part->count || part->count == settings->part_count ||
            !journal_is_locked(part->lock_path))
            continue;
        rc =
            err_set(err, ERR_FAILED, "a run with --shard %s is at work on this source", part->name);
        err_hint(err, "shards that run at the same time divide the tenants by the same number");
    }
    journal_parts_release(&parts);
    return rc;
}
