#include "schema/shape/ddl.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

static enum ddl_effect conflict(struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static enum ddl_effect conflict(struct err *err, const char *fmt, ...)
{
    struct strbuf text = STRBUF_INIT;
    va_list ap;

    va_start(ap, fmt);
    strbuf_vaddf(&text, fmt, ap);
    va_end(ap);
    err_set(err, ERR_FAILED, "%s", text.buf);
    strbuf_release(&text);
    return DDL_EFFECT_CONFLICT;
}

/* Has `actual` the shape of `wanted`, whose name is NULL? Else adds a difference to `difference`.
 */
static bool same_table(const struct model_table *actual, const struct model_table *wanted,
                       struct strbuf *difference)
{
    struct model_table one = *actual, other = *wanted;
    struct model have = {&one, 1, 1, false}, want = {&other, 1, 1, false};
    struct strvec have_lines = STRVEC_INIT, want_lines = STRVEC_INIT;
    size_t skipped = strlen(actual->name) + 1;

    other.name = actual->name;
    model_lines(&have_lines, &have);
    model_lines(&want_lines, &want);
    for (size_t i = 0; i < have_lines.nr && !difference->len; i++)
        if (!strvec_has(&want_lines, have_lines.v[i]))
            strbuf_addf(difference, "it has '%s'", have_lines.v[i] + skipped);
    for (size_t i = 0; i < want_lines.nr && !difference->len; i++)
        if (!strvec_has(&have_lines, want_lines.v[i]))
            strbuf_addf(difference, "it lacks '%s'", want_lines.v[i] + skipped);
    strvec_release(&have_lines);
    strvec_release(&want_lines);
    return difference->len == 0;
}

/* `needs` is "needs the column" or the like, and `name` is that of the column. */
static enum ddl_effect conflict_with_key(struct err *err, const struct model_table *table,
                                         const struct model_key *key, const char *needs,
                                         const char *name)
{
    char *columns = model_columns_text(&key->columns);

    conflict(err, "a foreign key of %s (%s) %s %s, which is to go", table->name, columns, needs,
             name);
    free(columns);
    return DDL_EFFECT_CONFLICT;
}

/* Other engines ignore foreign keys without a word; partitions refuse them. */
static enum ddl_effect check_kind(const struct model_table *table, struct err *err)
{
    if (!table->kind || (!strstr(table->kind, "engine ") && !strstr(table->kind, "partitioned")))
        return DDL_EFFECT_APPLIED;
    return conflict(err, "%s has no place for a foreign key: it is no plain table of InnoDB (%s)",
                    table->name, table->kind);
}

static enum ddl_effect check_reference(const struct model *model, const char *table,
                                       const struct model_key *key, struct err *err)
{
    const struct model_table *target = model_find_table(model, key->ref_table);
    char *columns = model_columns_text(&key->columns);
    char *ref_columns = model_columns_text(&key->ref_columns);
    enum ddl_effect effect = DDL_EFFECT_APPLIED;

    if (!target && strcmp(table, key->ref_table) != 0)
        effect = conflict(err, "there is no table %s for the foreign key of %s (%s)",
                          key->ref_table, table, columns);
    if (target && !model_index_for_key(target, &key->ref_columns))
        effect = conflict(err, "%s has no index over (%s) for the foreign key of %s (%s)",
                          key->ref_table, ref_columns, table, columns);
    free(columns);
    free(ref_columns);
    if (target && effect == DDL_EFFECT_APPLIED)
        effect = check_kind(target, err);
    return effect;
}

static enum ddl_effect create_table(const struct ddl_action *action, struct model *model,
                                    struct err *err)
{
    struct model_table *table = model_find_table(model, action->table);
    struct strbuf difference = STRBUF_INIT;
    enum ddl_effect effect = DDL_EFFECT_ALREADY;

    if (table) {
        if (!same_table(table, &action->body, &difference))
            effect =
                conflict(err, "there is a table %s already, and %s", action->table, difference.buf);
        strbuf_release(&difference);
        return effect;
    }
    for (size_t i = 0; i < action->body.key_count; i++)
        if (check_reference(model, action->table, &action->body.keys[i], err) ==
            DDL_EFFECT_CONFLICT)
            return DDL_EFFECT_CONFLICT;
    table = model_add_table(model, action->table);
    table->kind = xstrdup_or_null(action->body.kind);
    for (size_t i = 0; i < action->body.column_count; i++)
        model_column_copy(model_add_column(table), &action->body.columns[i]);
    for (size_t i = 0; i < action->body.index_count; i++)
        model_index_copy(model_add_index(table), &action->body.indexes[i]);
    for (size_t i = 0; i < action->body.key_count; i++)
        model_key_copy(model_add_key(table), &action->body.keys[i]);
    return DDL_EFFECT_APPLIED;
}

static enum ddl_effect drop_table(const struct ddl_action *action, struct model *model,
                                  struct err *err)
{
    if (!model_find_table(model, action->table))
        return DDL_EFFECT_ALREADY;
    for (size_t t = 0; t < model->count; t++)
        for (size_t i = 0; i < model->tables[t].key_count; i++)
            if (strcmp(model->tables[t].keys[i].ref_table, action->table) == 0 &&
                strcmp(model->tables[t].name, action->table) != 0)
                return conflict_with_key(err, &model->tables[t], &model->tables[t].keys[i],
                                         "refers to table", action->table);
    model_drop_table(model, action->table);
    return DDL_EFFECT_APPLIED;
}

static enum ddl_effect rename_table(const struct ddl_action *action, struct model *model,
                                    struct err *err)
{
    struct model_table *table = model_find_table(model, action->table);

    if (model_find_table(model, action->new_name))
        return table ? conflict(err, "there is a table %s already", action->new_name)
                     : DDL_EFFECT_ALREADY;
    if (!table)
        return conflict(err, "there is no table %s", action->table);
    free(table->name);
    table->name = xstrdup(action->new_name);
    for (size_t t = 0; t < model->count; t++)
        for (size_t i = 0; i < model->tables[t].key_count; i++)
            if (strcmp(model->tables[t].keys[i].ref_table, action->table) == 0) {
                free(model->tables[t].keys[i].ref_table);
                model->tables[t].keys[i].ref_table = xstrdup(action->new_name);
            }
    return DDL_EFFECT_APPLIED;
}

static enum ddl_effect drop_column(const struct ddl_action *action, struct model_table *table,
                                   struct err *err)
{
    struct model_column *column = model_find_column(table, action->name);

    if (!column)
        return DDL_EFFECT_ALREADY;
    for (size_t i = 0; i < table->key_count; i++)
        if (model_columns_have(&table->keys[i].columns, action->name))
            return conflict_with_key(err, table, &table->keys[i], "needs the column", action->name);
    model_drop_column(table, (size_t)(column - table->columns));
    for (size_t i = table->index_count; i-- > 0;) {
        model_columns_drop(&table->indexes[i].columns, action->name);
        if (!table->indexes[i].columns.count)
            model_drop_index(table, i);
    }
    return DDL_EFFECT_APPLIED;
}

static void rename_in_lists(struct model *model, struct model_table *table, const char *name,
                            const char *new_name)
{
    for (size_t i = 0; i < table->index_count; i++)
        model_columns_rename(&table->indexes[i].columns, name, new_name);
    for (size_t i = 0; i < table->key_count; i++)
        model_columns_rename(&table->keys[i].columns, name, new_name);
    for (size_t t = 0; t < model->count; t++)
        for (size_t i = 0; i < model->tables[t].key_count; i++)
            if (strcmp(model->tables[t].keys[i].ref_table, table->name) == 0)
                model_columns_rename(&model->tables[t].keys[i].ref_columns, name, new_name);
}

static enum ddl_effect change_column(const struct ddl_action *action, struct model *model,
                                     struct model_table *table, struct err *err)
{
    struct model_column *column = model_find_column(table, action->name);
    struct model_column *there = model_find_column(table, action->column.name);

    if (!column && there && model_column_equal(there, &action->column))
        return DDL_EFFECT_ALREADY;
    if (!column)
        return conflict(err, "there is no column %s.%s", table->name, action->name);
    if (there && there != column)
        return conflict(err, "there is a column %s.%s already", table->name, action->column.name);
    if (strcmp(action->name, action->column.name) != 0)
        rename_in_lists(model, table, action->name, action->column.name);
    model_column_release(column);
    model_column_copy(column, &action->column);
    return DDL_EFFECT_APPLIED;
}

static enum ddl_effect rename_column(const struct ddl_action *action, struct model *model,
                                     struct model_table *table, struct err *err)
{
    struct model_column *column = model_find_column(table, action->name);
    struct model_column *there = model_find_column(table, action->new_name);

    if (!column && there)
        return DDL_EFFECT_ALREADY;
    if (!column)
        return conflict(err, "there is no column %s.%s", table->name, action->name);
    if (there)
        return conflict(err, "there is a column %s.%s already", table->name, action->new_name);
    free(column->name);
    column->name = xstrdup(action->new_name);
    rename_in_lists(model, table, action->name, action->new_name);
    return DDL_EFFECT_APPLIED;
}

static enum ddl_effect add_column(const struct ddl_action *action, struct model_table *table,
                                  struct err *err)
{
    const struct model_column *there = model_find_column(table, action->column.name);

    if (there && model_column_equal(there, &action->column))
        return DDL_EFFECT_ALREADY;
    if (there)
        return conflict(err, "there is a column %s.%s already, of another definition (%s%s)",
                        table->name, there->name, there->type, there->nullable ? "" : " not null");
    model_column_copy(model_add_column(table), &action->column);
    return DDL_EFFECT_APPLIED;
}

static enum ddl_effect set_default(const struct ddl_action *action, struct model_table *table,
                                   struct err *err)
{
    struct model_column *column = model_find_column(table, action->name);

    if (!column)
        return conflict(err, "there is no column %s.%s", table->name, action->name);
    free(column->fallback);
    column->fallback = action->new_name ? model_canonical_default(column->type, action->new_name,
                                                                  strlen(action->new_name))
                                        : NULL;
    return DDL_EFFECT_APPLIED;
}

static enum ddl_effect conflict_with_index(struct err *err, const struct model_table *table,
                                           const struct model_index *index)
{
    char *columns = model_columns_text(&index->columns);

    conflict(err, "%s has an index %s already, over (%s)", table->name, index->name, columns);
    free(columns);
    return DDL_EFFECT_CONFLICT;
}

static enum ddl_effect add_index(const struct ddl_action *action, struct model_table *table,
                                 struct err *err)
{
    for (size_t i = 0; i < table->index_count; i++) {
        const struct model_index *index = &table->indexes[i];

        if (model_index_equal(index, &action->index) && !index->implied)
            return DDL_EFFECT_ALREADY;
        if (!index->implied && index->name && strcasecmp(index->name, action->index.name) == 0)
            return conflict_with_index(err, table, index);
    }
    for (size_t i = table->index_count; i-- > 0;)
        if (table->indexes[i].implied &&
            model_columns_lead(&table->indexes[i].columns, &action->index.columns))
            model_drop_index(table, i);
    model_index_copy(model_add_index(table), &action->index);
    model_close_primary_key(table);
    return DDL_EFFECT_APPLIED;
}

/* Can the foreign key do without `dropped`, because another index serves it, or one of those that
 * the same statement adds? */
static bool has_other_index(const struct model_table *table, const struct model_index *dropped,
                            const struct model_table *added, const struct model_key *key)
{
    for (size_t i = 0; i < table->index_count; i++)
        if (&table->indexes[i] != dropped && model_index_serves(&table->indexes[i], &key->columns))
            return true;
    return model_index_for_key(added, &key->columns) != NULL;
}

static enum ddl_effect drop_index(const struct ddl_action *action, struct model_table *table,
                                  struct err *err)
{
    size_t found = table->index_count;

    for (size_t i = 0; i < table->index_count; i++)
        if (table->indexes[i].name && strcasecmp(table->indexes[i].name, action->name) == 0)
            found = i;
    if (found == table->index_count)
        return DDL_EFFECT_ALREADY;
    for (size_t i = 0; i < table->key_count; i++)
        if (!has_other_index(table, &table->indexes[found], &action->body, &table->keys[i]))
            return conflict_with_key(err, table, &table->keys[i], "needs the index", action->name);
    model_drop_index(table, found);
    return DDL_EFFECT_APPLIED;
}

static enum ddl_effect add_key(const struct ddl_action *action, struct model *model,
                               struct model_table *table, struct err *err)
{
    for (size_t i = 0; i < table->key_count; i++)
        if (model_key_equal(&table->keys[i], &action->key))
            return DDL_EFFECT_ALREADY;
    if (check_kind(table, err) == DDL_EFFECT_CONFLICT ||
        check_reference(model, table->name, &action->key, err) == DDL_EFFECT_CONFLICT)
        return DDL_EFFECT_CONFLICT;
    model_key_copy(model_add_key(table), &action->key);
    model_add_implied_index(table, &action->key);
    return DDL_EFFECT_APPLIED;
}

static enum ddl_effect drop_key(const struct ddl_action *action, struct model_table *table)
{
    for (size_t i = 0; i < table->key_count; i++)
        if (table->keys[i].name && strcasecmp(table->keys[i].name, action->name) == 0) {
            model_drop_key(table, i);
            return DDL_EFFECT_APPLIED;
        }
    return DDL_EFFECT_ALREADY;
}

static enum ddl_effect set_engine(const struct ddl_action *action, struct model_table *table)
{
    const bool has_engine = table->kind && strncmp(table->kind, "engine ", 7) == 0;
    const char *comma = has_engine ? strchr(table->kind, ',') : NULL;
    const char *rest = has_engine ? (comma ? comma + 2 : "") : table->kind ? table->kind : "";
    struct strbuf kind = STRBUF_INIT;

    if (strcasecmp(action->new_name, "innodb") != 0) {
        strbuf_addf(&kind, "engine %s%s", action->new_name, *rest ? ", " : "");
        for (char *c = kind.buf; *c; c++)
            *c = (char)tolower((unsigned char)*c);
    }
    strbuf_addstr(&kind, rest);
    free(table->kind);
    table->kind = kind.len ? xstrdup(kind.buf) : NULL;
    strbuf_release(&kind);
    return DDL_EFFECT_APPLIED;
}

enum ddl_effect ddl_action_apply(const struct ddl_action *action, struct model *model,
                                 struct err *err)
{
    struct model_table *table = model_find_table(model, action->table);
    enum ddl_effect effect;

    if (action->kind == DDL_CREATE_TABLE)
        return create_table(action, model, err);
    if (action->kind == DDL_DROP_TABLE)
        return drop_table(action, model, err);
    if (action->kind == DDL_RENAME_TABLE)
        return rename_table(action, model, err);
    if (!table)
        return conflict(err, "there is no table %s", action->table);
    switch (action->kind) {
    case DDL_ADD_COLUMN:
        return add_column(action, table, err);
    case DDL_DROP_COLUMN:
        return drop_column(action, table, err);
    case DDL_CHANGE_COLUMN:
        return change_column(action, model, table, err);
    case DDL_RENAME_COLUMN:
        return rename_column(action, model, table, err);
    case DDL_SET_DEFAULT:
        return set_default(action, table, err);
    case DDL_ADD_INDEX:
        return add_index(action, table, err);
    case DDL_DROP_INDEX:
        return drop_index(action, table, err);
    case DDL_ADD_KEY:
        return add_key(action, model, table, err);
    case DDL_DROP_KEY:
        return drop_key(action, table);
    case DDL_DROP_CONSTRAINT:
        effect = drop_key(action, table);
        return effect == DDL_EFFECT_ALREADY ? drop_index(action, table, err) : effect;
    case DDL_SET_ENGINE:
        return set_engine(action, table);
    default:
        return DDL_EFFECT_APPLIED;
    }
}

static void lower(char *name)
{
    for (; name && *name; name++)
        *name = (char)tolower((unsigned char)*name);
}

static void lower_tables(struct ddl *ddl)
{
    for (size_t i = 0; i < ddl->count; i++) {
        struct ddl_action *action = &ddl->actions[i];

        lower(action->table);
        lower(action->key.ref_table);
        if (action->kind == DDL_RENAME_TABLE)
            lower(action->new_name);
        for (size_t k = 0; k < action->body.key_count; k++)
            lower(action->body.keys[k].ref_table);
    }
}

int ddl_read(struct ddl *ddl, const char *text, const struct model *model, struct err *err)
{
    struct strbuf resolved = STRBUF_INIT;
    int rc = ddl_resolve_by_model(&resolved, text, model, err);

    *ddl = (struct ddl)DDL_INIT;
    if (rc == 0)
        ddl_parse(ddl, resolved.buf);
    if (model->caseless)
        lower_tables(ddl);
    strbuf_release(&resolved);
    return rc;
}

enum ddl_effect ddl_apply(struct ddl *ddl, struct model *model, struct err *err)
{
    size_t already = 0;

    for (size_t i = 0; i < ddl->count; i++) {
        struct ddl_action *action = &ddl->actions[i];

        action->effect = ddl_action_apply(action, model, err);
        if (action->effect == DDL_EFFECT_CONFLICT)
            return DDL_EFFECT_CONFLICT;
        already += action->effect == DDL_EFFECT_ALREADY;
    }
    if (!already)
        return DDL_EFFECT_APPLIED;
    return already == ddl->count ? DDL_EFFECT_ALREADY : DDL_EFFECT_PARTLY;
}
