#include "schema/shape/ddl.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "ddl_tokens.h"
#include "mysql/db.h"

void ddl_lookup_release(struct ddl_lookup *lookup)
{
    free(lookup->table);
    model_columns_release(&lookup->columns);
    *lookup = (struct ddl_lookup){.table = NULL};
}

static int parse_lookup(const char *inside, struct ddl_lookup *lookup)
{
    struct parser parser = {.text = inside};
    char *column;
    int rc = -1;

    ddl_tokens_read(&parser);
    if (TAKE(&parser, "charset", "of"))
        lookup->kind = DDL_LOOKUP_CHARSET;
    else if (TAKE(&parser, "foreign", "key", "of"))
        lookup->kind = DDL_LOOKUP_KEY;
    else if (TAKE(&parser, "index", "of"))
        lookup->kind = DDL_LOOKUP_INDEX;
    else
        goto out;
    lookup->table = ddl_take_identifier(&parser);
    if (lookup->kind == DDL_LOOKUP_CHARSET) {
        ddl_expect_sign(&parser, '.');
        column = ddl_take_identifier(&parser);
        if (column)
            model_columns_add(&lookup->columns, column, 0);
        free(column);
    } else {
        ddl_take_columns(&parser, &lookup->columns);
    }
    rc = parser.failed || ddl_peek(&parser)->kind != TOKEN_END ? -1 : 0;
out:
    ddl_tokens_release(&parser);
    return rc;
}

int ddl_next_lookup(const char *text, size_t from, struct ddl_lookup *ret, struct err *err)
{
    const char *p = text + from, *end;
    char *inside;
    int rc;

    *ret = (struct ddl_lookup){.table = NULL};
    while (p && *p && *p != '{')
        p = ddl_skip(p);
    if (!p || !*p)
        return 0;
    end = strchr(p, '}');
    inside = end ? xmemdupz(p + 1, (size_t)(end - p) - 1) : NULL;
    rc = inside ? parse_lookup(inside, ret) : -1;
    free(inside);
    if (rc < 0) {
        ddl_lookup_release(ret);
        err_set(err, ERR_CONFIG, "not understood: %.*s", end ? (int)(end - p + 1) : 20, p);
        return err_hint(err, "known are {charset of TABLE.COLUMN}, {foreign key of TABLE "
                             "(COLUMNS)}, {index of TABLE (COLUMNS)}");
    }
    ret->start = (size_t)(p - text);
    ret->end = (size_t)(end - text) + 1;
    return 1;
}

/* For the server, names of columns are the same in upper and lower case. */
static bool means_same(const struct model_columns *a, const struct model_columns *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (a->items[i].prefix != b->items[i].prefix ||
            strcasecmp(a->items[i].column, b->items[i].column) != 0)
            return false;
    return true;
}

static void add_charset(struct strbuf *out, const struct model_column *column)
{
    if (column && column->charset && column->collation)
        strbuf_addf(out, "CHARACTER SET %s COLLATE %s", column->charset, column->collation);
    else if (column && column->collation)
        strbuf_addf(out, "COLLATE %s", column->collation);
}

static int resolve_by_model(void *context, struct strbuf *resolved, const struct ddl_lookup *lookup,
                            struct err *err)
{
    const struct model_table *table = model_find_table(context, lookup->table);
    const char *name = NULL;

    (void)err;
    if (lookup->kind == DDL_LOOKUP_CHARSET) {
        add_charset(resolved,
                    table ? model_find_column(table, lookup->columns.items[0].column) : NULL);
        return 0;
    }
    for (size_t i = 0; table && lookup->kind == DDL_LOOKUP_KEY && i < table->key_count; i++)
        if (means_same(&table->keys[i].columns, &lookup->columns))
            name = table->keys[i].name;
    for (size_t i = 0; table && lookup->kind == DDL_LOOKUP_INDEX && i < table->index_count; i++)
        if (means_same(&table->indexes[i].columns, &lookup->columns))
            name = table->indexes[i].name;
    db_add_identifier(resolved, name ? name : "(none)");
    return 0;
}

int ddl_resolve(struct strbuf *resolved, const char *text,
                int (*resolve)(void *context, struct strbuf *resolved,
                               const struct ddl_lookup *lookup, struct err *err),
                void *context, struct err *err)
{
    struct ddl_lookup lookup;
    size_t at = 0;
    int rc;

    while ((rc = ddl_next_lookup(text, at, &lookup, err)) > 0) {
        strbuf_add(resolved, text + at, lookup.start - at);
        at = lookup.end;
        rc = resolve(context, resolved, &lookup, err);
        ddl_lookup_release(&lookup);
        if (rc < 0)
            return -1;
    }
    if (rc == 0)
        strbuf_addstr(resolved, text + at);
    return rc;
}

int ddl_resolve_by_model(struct strbuf *resolved, const char *text, const struct model *model,
                         struct err *err)
{
    struct model copy = *model; /* of the pointers only: a context isn't const */

    return ddl_resolve(resolved, text, resolve_by_model, &copy, err);
}
