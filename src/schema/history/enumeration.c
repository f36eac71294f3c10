#include "schema/history/enumeration.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/strbuf.h"

static void skip_space(const char **p)
{
    while (isspace((unsigned char)**p))
        (*p)++;
}

/* Takes a word, or several with one space between them, in upper or lower case. */
static bool take(const char **p, const char *words)
{
    const char *s = *p;

    for (; *words; words++) {
        if (*words == ' ') {
            if (!isspace((unsigned char)*s))
                return false;
            skip_space(&s);
        } else if (tolower((unsigned char)*s++) != tolower((unsigned char)*words)) {
            return false;
        }
    }
    *p = s;
    skip_space(p);
    return true;
}

/* Takes a plain name, with or without backticks; NULL where none stands. */
static char *take_name(const char **p)
{
    bool quoted = **p == '`';
    const char *start = *p + quoted, *s = start;
    char *name;

    while (isalnum((unsigned char)*s) || *s == '_' || *s == '$')
        s++;
    if (s == start || (quoted && *s != '`'))
        return NULL;
    name = xmemdupz(start, (size_t)(s - start));
    *p = s + quoted;
    skip_space(p);
    return name;
}

/* Takes ('text'), without quotes or backslashes in it; NULL for anything else. */
static char *take_value(const char **p)
{
    const char *s = *p, *end;
    char *value = NULL;

    if (!take(&s, "(") || *s != '\'')
        return NULL;
    end = strchr(++s, '\'');
    if (end && !memchr(s, '\\', (size_t)(end - s))) {
        value = xmemdupz(s, (size_t)(end - s));
        s = end + 1;
        skip_space(&s);
        if (!take(&s, ")")) {
            free(value);
            return NULL;
        }
        *p = s;
    }
    return value;
}

static void release_row(struct enumeration_row *row)
{
    free(row->table);
    free(row->column);
    free(row->value);
}

void enumeration_release(struct enumeration *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        release_row(&rows->items[i]);
    free(rows->items);
    *rows = (struct enumeration)ENUMERATION_INIT;
}

static void forget(struct enumeration *rows, const char *table)
{
    size_t kept = 0;

    for (size_t i = 0; i < rows->count; i++)
        if (strcasecmp(rows->items[i].table, table) == 0)
            release_row(&rows->items[i]);
        else
            rows->items[kept++] = rows->items[i];
    rows->count = kept;
}

static bool has(const struct enumeration *rows, const char *table, const char *value)
{
    for (size_t i = 0; i < rows->count; i++)
        if (strcasecmp(rows->items[i].table, table) == 0 &&
            strcmp(rows->items[i].value, value) == 0)
            return true;
    return false;
}

/* Takes what follows INSERT IGNORE INTO. */
static void insert(struct enumeration *rows, const char *p)
{
    char *table = take_name(&p), *column = NULL, *value;

    if (table && take(&p, "("))
        column = take_name(&p);
    if (column && take(&p, ") VALUES"))
        while ((value = take_value(&p))) {
            if (!has(rows, table, value)) {
                GROW(rows->items, rows->count, rows->alloc);
                rows->items[rows->count++] =
                    (struct enumeration_row){xstrdup(table), xstrdup(column), xstrdup(value)};
            }
            free(value);
            if (!take(&p, ","))
                break;
        }
    free(table);
    free(column);
}

void enumeration_apply(struct enumeration *rows, const char *statement)
{
    const char *p = statement;
    char *table = NULL;

    if (take(&p, "INSERT IGNORE INTO ")) {
        insert(rows, p);
        return;
    }
    if (take(&p, "DELETE FROM ") || take(&p, "DROP TABLE "))
        table = take_name(&p);
    if (table)
        forget(rows, table);
    free(table);
}

void enumeration_expect(struct enumeration *rows, const struct graph *graph,
                        const struct revision *revision)
{
    struct err ignored = ERR_INIT;
    struct graph_path path;

    *rows = (struct enumeration)ENUMERATION_INIT;
    graph_find_path(&path, graph, NULL, revision, &ignored);
    for (size_t r = 0; r < path.count; r++)
        for (size_t i = 0; i < path.items[r]->upgrade.count; i++)
            enumeration_apply(rows, path.items[r]->upgrade.items[i].text);
    graph_path_release(&path);
    err_release(&ignored);
}
