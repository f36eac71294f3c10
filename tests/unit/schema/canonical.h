/*
 * Reads canonical texts (schema/shape/model.h) back into models. The program only writes them;
 * tests say by them what a schema is, and check that what was written is read as the same.
 */
#ifndef SCHEMA_CANONICAL_H
#define SCHEMA_CANONICAL_H

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "schema/shape/model.h"

/* Takes a name off the front of `*p`; NULL where there is none. */
static inline char *canonical_take_name(const char **p)
{
    struct strbuf name = STRBUF_INIT;
    const char *s = *p;

    if (*s != '`') {
        size_t len = strcspn(s, " ");

        *p = s + len + (s[len] ? 1 : 0);
        return len ? xmemdupz(s, len) : NULL;
    }
    for (s++; *s && (*s != '`' || s[1] == '`'); s++) {
        s += *s == '`';
        strbuf_addch(&name, *s);
    }
    *p = *s ? s + 1 + (s[1] == ' ') : s;
    return strbuf_detach(&name);
}

/* Takes "(a, b(252))" off the front of `*p`, and a space behind it; -1 where there is none. */
static inline int canonical_take_list(const char **p, struct model_columns *columns)
{
    const char *s = *p;

    if (*s != '(')
        return -1;
    do {
        size_t len = strcspn(s + 1, "(,)");
        char *name = xmemdupz(s + 1, len), *end;

        s += len + 1;
        model_columns_add(columns, name, *s == '(' ? strtoul(s + 1, &end, 10) : 0);
        free(name);
        if (*s == '(')
            s = *end == ')' ? end + 1 : end;
    } while (*s == ',' && *++s == ' ');
    if (*s != ')')
        return -1;
    *p = s + 1 + (s[1] == ' ');
    return 0;
}

static inline bool canonical_take_word(const char **p, const char *word)
{
    size_t len = strlen(word);

    if (strncmp(*p, word, len) != 0 || ((*p)[len] != ' ' && (*p)[len] != '\0'))
        return false;
    *p += len + ((*p)[len] == ' ');
    return true;
}

/* The length of a literal or word that a default is. */
static inline size_t canonical_default_length(const char *p)
{
    const char *s = *p == 'x' && p[1] == '\'' ? p + 1 : p;

    if (*s == '\'') {
        for (s++; *s && (*s != '\'' || s[1] == '\''); s++)
            s += *s == '\'' || (*s == '\\' && s[1]);
        return (size_t)(s - p) + (*s ? 1 : 0);
    }
    if (*p == '(') {
        int depth = 0;

        for (s = p; *s; s++) {
            depth += *s == '(' ? 1 : *s == ')' ? -1 : 0;
            if (depth == 0)
                return (size_t)(s - p) + 1;
        }
    }
    return strcspn(p, " ");
}

/* Where the type ends: at " not null", " default " or an extra. */
static inline size_t canonical_type_length(const char *p)
{
    static const char *const ends[] = {" not null", " default ", " auto_increment", " on update ",
                                       " invisible"};
    size_t len = strlen(p);

    for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
        const char *at = strstr(p, ends[i]);

        if (at && (size_t)(at - p) < len)
            len = (size_t)(at - p);
    }
    return len;
}

static inline int canonical_read_column(struct model_table *table, const char *p)
{
    char *name = canonical_take_name(&p);
    bool twice = name && model_find_column(table, name);
    struct model_column *column = model_add_column(table);
    size_t len = canonical_type_length(p);

    column->name = name;
    column->type = xmemdupz(p, len);
    p += len + (p[len] == ' ');
    column->nullable = !canonical_take_word(&p, "not null");
    if (canonical_take_word(&p, "default")) {
        len = canonical_default_length(p);
        column->fallback = xmemdupz(p, len);
        p += len + (p[len] == ' ');
    }
    column->extra = xstrdup(p);
    if (!name || twice || !column->type[0])
        return -1;
    return 0;
}

static inline int canonical_read_key(struct model_table *table, const char *p)
{
    struct model_key *key = model_add_key(table);

    if (canonical_take_list(&p, &key->columns) < 0 || !canonical_take_word(&p, "references"))
        return -1;
    key->ref_table = canonical_take_name(&p);
    if (!key->ref_table || canonical_take_list(&p, &key->ref_columns) < 0)
        return -1;
    key->rules = xstrdup(p);
    return 0;
}

static inline int canonical_read_index(struct model_table *table, const char *p)
{
    struct model_index *index = model_add_index(table);
    unsigned kind = MODEL_INDEX_PLAIN;

    while (!canonical_take_word(&p, model_index_kind_name((enum model_index_kind)kind)))
        if (kind++ == MODEL_INDEX_SPATIAL)
            return -1;
    index->kind = (enum model_index_kind)kind;
    if (index->kind == MODEL_INDEX_PRIMARY)
        index->name = xstrdup("PRIMARY");
    return canonical_take_list(&p, &index->columns);
}

/* A line is one if the model that it makes has it, as it stands. */
static inline int canonical_read_line(struct model *model, const char *line)
{
    struct strvec lines = STRVEC_INIT;
    const char *p = line;
    char *name = canonical_take_name(&p);
    struct model_table *table;
    int rc = 0;

    if (!name)
        return -1;
    table = model_find_table(model, name);
    if (!table)
        table = model_add_table(model, name);
    free(name);
    if (canonical_take_word(&p, "column"))
        rc = canonical_read_column(table, p);
    else if (canonical_take_word(&p, "foreign key"))
        rc = canonical_read_key(table, p);
    else if (strcmp(p, "table") != 0)
        rc = canonical_read_index(table, p);
    if (rc < 0)
        return -1;
    model_lines(&lines, model);
    rc = strvec_has(&lines, line) ? 0 : -1;
    strvec_release(&lines);
    return rc;
}

/*
 * Reads a canonical text; empty lines and lines that begin with # are skipped. What it says nothing
 * of (names but of primary keys, charsets) is NULL. Errors (ERR_FAILED) name `file` and line.
 */
static inline int canonical_parse(struct model *model, const char *file, const char *text,
                                  struct err *err)
{
    struct strvec lines = STRVEC_INIT;
    int rc = 0;

    *model = (struct model)MODEL_INIT;
    strvec_split(&lines, text, '\n');
    for (size_t i = 0; i < lines.nr && rc == 0; i++) {
        if (lines.v[i][0] == '\0' || lines.v[i][0] == '#')
            continue;
        rc = canonical_read_line(model, lines.v[i]);
        if (rc < 0) {
            err_set(err, ERR_FAILED, "%s:%zu: this is no line of a canonical text: %s", file, i + 1,
                    lines.v[i]);
            model_release(model);
        }
    }
    strvec_release(&lines);
    return rc;
}

#endif
