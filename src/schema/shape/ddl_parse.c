#include "schema/shape/ddl.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ddl_tokens.h"

static void release_actions(struct ddl *ddl)
{
    for (size_t i = 0; i < ddl->count; i++) {
        struct ddl_action *action = &ddl->actions[i];

        free(action->table);
        free(action->name);
        free(action->new_name);
        model_column_release(&action->column);
        model_index_release(&action->index);
        model_key_release(&action->key);
        model_table_release(&action->body);
    }
    free(ddl->actions);
    ddl->actions = NULL;
    ddl->count = ddl->alloc = ddl->head_end = 0;
}

void ddl_release(struct ddl *ddl)
{
    release_actions(ddl);
    free(ddl->text);
    *ddl = (struct ddl)DDL_INIT;
}

static struct ddl_action *add_action(struct ddl *ddl, enum ddl_kind kind, const char *table)
{
    struct ddl_action *action;

    GROW(ddl->actions, ddl->count, ddl->alloc);
    action = &ddl->actions[ddl->count++];
    *action = (struct ddl_action){.kind = kind, .table = xstrdup(table)};
    return action;
}

static void take_index_options(struct parser *parser)
{
    for (;;) {
        if (TAKE(parser, "using", "btree") || TAKE(parser, "using", "hash"))
            continue;
        if (!TAKE(parser, "comment"))
            return;
        parser->at += ddl_peek(parser)->kind == TOKEN_STRING;
    }
}

static char *take_type(struct parser *parser)
{
    struct strbuf out = STRBUF_INIT;
    char *word = ddl_take_identifier(parser), *canonical;

    strbuf_addstr(&out, word ? word : "");
    free(word);
    if (TAKE(parser, "precision"))
        strbuf_addstr(&out, " precision");
    if (ddl_is_sign(ddl_peek(parser), '(')) {
        char *list = ddl_take_parenthesis(parser);

        strbuf_addstr(&out, list ? list : "");
        free(list);
    }
    while (ddl_is_word(ddl_peek(parser), "unsigned") || ddl_is_word(ddl_peek(parser), "zerofill"))
        strbuf_addf(&out, " %s", parser->tokens[parser->at++].text.buf);
    canonical = model_canonical_type(out.buf);
    strbuf_release(&out);
    return canonical;
}

/* Takes CURRENT_TIMESTAMP, NOW() or the like. Returns the canonical word, with its precision where
 * it has one, the caller's to free; NULL where none of them stands. */
static char *take_now(struct parser *parser)
{
    struct strbuf word = STRBUF_INIT;
    char *list;

    if (!TAKE(parser, "current_timestamp") && !TAKE(parser, "now"))
        return NULL;
    strbuf_addstr(&word, "current_timestamp");
    if (ddl_is_sign(ddl_peek(parser), '(')) {
        list = ddl_take_parenthesis(parser);
        if (list && strcmp(list, "()") != 0 && strcmp(list, "(0)") != 0)
            strbuf_addstr(&word, list);
        free(list);
    }
    return strbuf_detach(&word);
}

static char *take_default(struct parser *parser, const char *type)
{
    const struct token *token = ddl_peek(parser);
    char *now;

    if (TAKE(parser, "null"))
        return NULL;
    if ((now = take_now(parser)))
        return now;
    if (TAKE(parser, "true") || TAKE(parser, "false"))
        return xstrdup(ddl_is_word(token, "true") ? "1" : "0");
    if (ddl_is_sign(token, '('))
        return ddl_take_parenthesis(parser);
    if (token->kind != TOKEN_STRING && token->kind != TOKEN_HEX && token->kind != TOKEN_NUMBER)
        parser->failed = true;
    parser->at += token->kind != TOKEN_END;
    return model_canonical_default(type, token->text.buf, token->text.len);
}

static void take_on_update(struct parser *parser, struct model_column *column)
{
    struct strbuf extra = STRBUF_INIT;
    char *now = take_now(parser);

    if (now) {
        strbuf_addf(&extra, "on update %s", now);
        free(column->extra);
        column->extra = strbuf_detach(&extra);
    } else {
        parser->failed = true;
    }
    free(now);
}

/* Takes what follows the name of a column. True where that makes it a key, of kind `*ret_key`. */
static bool take_column(struct parser *parser, struct model_column *column,
                        enum model_index_kind *ret_key)
{
    bool is_key = false;

    column->type = take_type(parser);
    column->nullable = true;
    column->extra = xstrdup("");
    while (!parser->failed) {
        if (TAKE(parser, "not", "null")) {
            column->nullable = false;
        } else if (TAKE(parser, "null")) {
            column->nullable = true;
        } else if (TAKE(parser, "default")) {
            free(column->fallback);
            column->fallback = take_default(parser, column->type);
        } else if (TAKE(parser, "character", "set") || TAKE(parser, "charset")) {
            free(column->charset);
            column->charset = ddl_take_identifier(parser);
        } else if (TAKE(parser, "collate")) {
            free(column->collation);
            column->collation = ddl_take_identifier(parser);
        } else if (TAKE(parser, "auto_increment")) {
            free(column->extra);
            column->extra = xstrdup("auto_increment");
        } else if (TAKE(parser, "on", "update")) {
            take_on_update(parser, column);
        } else if (TAKE(parser, "comment")) {
            parser->at += ddl_peek(parser)->kind == TOKEN_STRING;
        } else if (TAKE(parser, "primary", "key")) {
            *ret_key = MODEL_INDEX_PRIMARY;
            is_key = true;
            column->nullable = false;
        } else if (TAKE(parser, "unique", "key") || TAKE(parser, "unique")) {
            *ret_key = MODEL_INDEX_UNIQUE;
            is_key = true;
        } else {
            break;
        }
    }
    return is_key;
}

static void take_position(struct parser *parser)
{
    if (TAKE(parser, "after"))
        free(ddl_take_identifier(parser));
    else
        TAKE(parser, "first");
}

static void add_rule(struct strbuf *rules, const char *event, struct parser *parser)
{
    const char *rule = TAKE(parser, "cascade")          ? "cascade"
                       : TAKE(parser, "set", "null")    ? "set null"
                       : TAKE(parser, "set", "default") ? "set default"
                       : TAKE(parser, "restrict")       ? ""
                       : TAKE(parser, "no", "action")   ? ""
                                                        : NULL;

    if (!rule)
        parser->failed = true;
    else if (*rule)
        strbuf_addf(rules, "%son %s %s", rules->len ? " " : "", event, rule);
}

/* Takes what follows FOREIGN KEY. Takes over `name`, that of the constraint, or NULL. */
static void take_key(struct parser *parser, struct model_key *key, char *name)
{
    struct strbuf deleted = STRBUF_INIT, updated = STRBUF_INIT;

    if (ddl_peek(parser)->kind == TOKEN_WORD || ddl_peek(parser)->kind == TOKEN_QUOTED) {
        char *index = ddl_take_identifier(parser);

        if (name)
            free(index);
        else
            name = index;
    }
    key->name = name;
    ddl_take_columns(parser, &key->columns);
    if (!TAKE(parser, "references"))
        parser->failed = true;
    key->ref_table = ddl_take_identifier(parser);
    ddl_take_columns(parser, &key->ref_columns);
    while (!parser->failed && ddl_is_word(ddl_peek(parser), "on")) {
        if (TAKE(parser, "on", "delete"))
            add_rule(&deleted, "delete", parser);
        else if (TAKE(parser, "on", "update"))
            add_rule(&updated, "update", parser);
        else
            parser->failed = true;
    }
    strbuf_addf(&deleted, "%s%s", deleted.len && updated.len ? " " : "", updated.buf);
    key->rules = strbuf_detach(&deleted);
    strbuf_release(&updated);
}

/* Takes UNIQUE INDEX, KEY, PRIMARY KEY or the like; false where none of them stands. */
static bool take_index_kind(struct parser *parser, enum model_index_kind *ret)
{
    bool has_word = true;

    *ret = MODEL_INDEX_PLAIN;
    if (TAKE(parser, "primary", "key")) {
        *ret = MODEL_INDEX_PRIMARY;
        return true;
    }
    if (TAKE(parser, "unique"))
        *ret = MODEL_INDEX_UNIQUE;
    else if (TAKE(parser, "fulltext"))
        *ret = MODEL_INDEX_FULLTEXT;
    else if (TAKE(parser, "spatial"))
        *ret = MODEL_INDEX_SPATIAL;
    else
        has_word = false;
    return TAKE(parser, "index") || TAKE(parser, "key") || has_word;
}

/* Takes what follows the kind: [name] (columns) [options]. Takes over `constraint`, the name that
 * stands in front, or NULL. */
static void take_index(struct parser *parser, struct model_index *index, enum model_index_kind kind,
                       char *constraint)
{
    index->kind = kind;
    index->name = constraint;
    take_index_options(parser);
    if (ddl_peek(parser)->kind == TOKEN_WORD || ddl_peek(parser)->kind == TOKEN_QUOTED) {
        free(index->name);
        index->name = ddl_take_identifier(parser);
    }
    if (kind == MODEL_INDEX_PRIMARY) {
        free(index->name);
        index->name = xstrdup("PRIMARY");
    }
    take_index_options(parser);
    ddl_take_columns(parser, &index->columns);
    take_index_options(parser);
    if (!index->name && index->columns.count)
        index->name = xstrdup(index->columns.items[0].column);
}

static void add_inline_key(struct model_table *table, const char *column,
                           enum model_index_kind kind)
{
    struct model_index *index = model_add_index(table);

    index->kind = kind;
    model_columns_add(&index->columns, column, 0);
    index->name = xstrdup(kind == MODEL_INDEX_PRIMARY ? "PRIMARY" : column);
}

/* Takes CONSTRAINT and its name; NULL where there is none. */
static char *take_constraint(struct parser *parser)
{
    if (!TAKE(parser, "constraint") || ddl_is_word(ddl_peek(parser), "foreign") ||
        ddl_is_word(ddl_peek(parser), "unique") || ddl_is_word(ddl_peek(parser), "primary"))
        return NULL;
    return ddl_take_identifier(parser);
}

static void take_table_item(struct parser *parser, struct model_table *table)
{
    char *constraint = take_constraint(parser);
    enum model_index_kind kind;
    struct model_column *column;
    bool is_key;

    if (TAKE(parser, "foreign", "key")) {
        take_key(parser, model_add_key(table), constraint);
        return;
    }
    if (take_index_kind(parser, &kind)) {
        take_index(parser, model_add_index(table), kind, constraint);
        return;
    }
    if (constraint || TAKE(parser, "check")) {
        free(constraint);
        parser->failed = true;
        return;
    }
    column = model_add_column(table);
    column->name = ddl_take_identifier(parser);
    is_key = take_column(parser, column, &kind);
    if (is_key && column->name)
        add_inline_key(table, column->name, kind);
}

/* Takes the options of a table, and its partitions. Returns what they make of it, NULL: a plain
 * table of InnoDB, which is the default of our sessions. */
static char *take_kind(struct parser *parser)
{
    struct strbuf kind = STRBUF_INIT;
    bool partitioned = false, versioned = false;

    while (ddl_peek(parser)->kind != TOKEN_END) {
        if (TAKE(parser, "engine")) {
            ddl_take_sign(parser, '=');
            strbuf_reset(&kind);
            if (!ddl_is_word(ddl_peek(parser), "innodb"))
                strbuf_addf(&kind, "engine %s", ddl_peek(parser)->text.buf);
        }
        partitioned |= TAKE(parser, "partition", "by");
        versioned |= TAKE(parser, "system", "versioning");
        parser->at += ddl_peek(parser)->kind != TOKEN_END;
    }
    for (char *c = kind.buf; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    if (partitioned)
        strbuf_addf(&kind, "%spartitioned", kind.len ? ", " : "");
    if (versioned)
        strbuf_addf(&kind, "%ssystem versioned", kind.len ? ", " : "");
    if (kind.len)
        return strbuf_detach(&kind);
    strbuf_release(&kind);
    return NULL;
}

/* The action gets the body only when all of it was read: nobody else expects incomplete items. */
static void parse_create_table(struct parser *parser, struct ddl *ddl)
{
    struct model_table body = {.name = NULL};
    struct ddl_action *action;
    char *name;

    TAKE(parser, "if", "not", "exists");
    name = ddl_take_identifier(parser);
    ddl_expect_sign(parser, '(');
    while (!parser->failed) {
        take_table_item(parser, &body);
        if (!ddl_take_sign(parser, ','))
            break;
    }
    ddl_expect_sign(parser, ')');
    if (!parser->failed) {
        model_close_primary_key(&body);
        for (size_t i = 0; i < body.key_count; i++)
            model_add_implied_index(&body, &body.keys[i]);
        action = add_action(ddl, DDL_CREATE_TABLE, name);
        action->body = body;
        action->body.kind = take_kind(parser);
    } else {
        model_table_release(&body);
    }
    free(name);
}

static void parse_drop_table(struct parser *parser, struct ddl *ddl)
{
    TAKE(parser, "if", "exists");
    do {
        char *name = ddl_take_identifier(parser);

        if (name)
            add_action(ddl, DDL_DROP_TABLE, name);
        free(name);
    } while (!parser->failed && ddl_take_sign(parser, ','));
    if (!TAKE(parser, "restrict"))
        TAKE(parser, "cascade");
}

static void parse_rename_table(struct parser *parser, struct ddl *ddl)
{
    do {
        char *name = ddl_take_identifier(parser);

        if (!TAKE(parser, "to"))
            parser->failed = true;
        if (name)
            add_action(ddl, DDL_RENAME_TABLE, name)->new_name = ddl_take_identifier(parser);
        free(name);
    } while (!parser->failed && ddl_take_sign(parser, ','));
}

static void parse_create_index(struct parser *parser, struct ddl *ddl, enum model_index_kind kind)
{
    char *name = ddl_take_identifier(parser), *table;
    struct ddl_action *action;

    take_index_options(parser);
    if (!TAKE(parser, "on"))
        parser->failed = true;
    table = ddl_take_identifier(parser);
    if (!parser->failed) {
        action = add_action(ddl, DDL_ADD_INDEX, table);
        action->index.kind = kind;
        action->index.name = xstrdup(name);
        ddl_take_columns(parser, &action->index.columns);
        take_index_options(parser);
    }
    free(name);
    free(table);
}

static void parse_drop_index(struct parser *parser, struct ddl *ddl)
{
    char *name, *table;

    TAKE(parser, "if", "exists");
    name = ddl_take_identifier(parser);
    if (!TAKE(parser, "on"))
        parser->failed = true;
    table = ddl_take_identifier(parser);
    if (!parser->failed)
        add_action(ddl, DDL_DROP_INDEX, table)->name = xstrdup(name);
    free(name);
    free(table);
}

static void parse_add(struct parser *parser, struct ddl *ddl, const char *table)
{
    char *constraint = take_constraint(parser);
    enum model_index_kind kind;
    struct ddl_action *action;
    bool many, is_key;

    if (TAKE(parser, "foreign", "key")) {
        take_key(parser, &add_action(ddl, DDL_ADD_KEY, table)->key, constraint);
        return;
    }
    if (take_index_kind(parser, &kind)) {
        take_index(parser, &add_action(ddl, DDL_ADD_INDEX, table)->index, kind, constraint);
        return;
    }
    if (constraint) {
        free(constraint);
        parser->failed = true;
        return;
    }
    TAKE(parser, "column");
    TAKE(parser, "if", "not", "exists");
    many = ddl_take_sign(parser, '(');
    action = add_action(ddl, DDL_ADD_COLUMN, table);
    action->column.name = ddl_take_identifier(parser);
    is_key = take_column(parser, &action->column, &kind);
    take_position(parser);
    /* ADD (a int, b int), or a key in the definition of a column, would be two actions with one
     * text, which can't be cut apart. */
    if (many || is_key)
        parser->failed = true;
}

static void parse_drop(struct parser *parser, struct ddl *ddl, const char *table)
{
    struct ddl_action *action = add_action(ddl, DDL_DROP_COLUMN, table);

    if (TAKE(parser, "primary", "key")) {
        action->kind = DDL_DROP_INDEX;
        action->name = xstrdup("PRIMARY");
        return;
    }
    if (TAKE(parser, "foreign", "key"))
        action->kind = DDL_DROP_KEY;
    else if (TAKE(parser, "index") || TAKE(parser, "key"))
        action->kind = DDL_DROP_INDEX;
    else if (TAKE(parser, "constraint"))
        action->kind = DDL_DROP_CONSTRAINT;
    else
        TAKE(parser, "column");
    TAKE(parser, "if", "exists");
    action->name = ddl_take_identifier(parser);
}

static void parse_change(struct parser *parser, struct ddl *ddl, const char *table, bool renames)
{
    struct ddl_action *action = add_action(ddl, DDL_CHANGE_COLUMN, table);
    enum model_index_kind kind;

    TAKE(parser, "column");
    action->name = ddl_take_identifier(parser);
    action->column.name = renames        ? ddl_take_identifier(parser)
                          : action->name ? xstrdup(action->name)
                                         : NULL;
    parser->failed |= take_column(parser, &action->column, &kind);
    take_position(parser);
}

static void parse_alter_column(struct parser *parser, struct ddl *ddl, const char *table)
{
    struct ddl_action *action = add_action(ddl, DDL_SET_DEFAULT, table);

    TAKE(parser, "column");
    action->name = ddl_take_identifier(parser);
    if (TAKE(parser, "drop", "default"))
        return;
    if (!TAKE(parser, "set", "default"))
        parser->failed = true;
    /* How a default is written depends on the column's type, which is known when it is applied:
     * keep the value as it is until then. */
    action->new_name = xstrdup(ddl_peek(parser)->text.buf);
    parser->failed |=
        ddl_peek(parser)->kind != TOKEN_STRING && ddl_peek(parser)->kind != TOKEN_NUMBER;
    parser->at += ddl_peek(parser)->kind != TOKEN_END;
}

static void parse_rename(struct parser *parser, struct ddl *ddl, const char *table)
{
    struct ddl_action *action = add_action(ddl, DDL_RENAME_TABLE, table);

    if (TAKE(parser, "column")) {
        action->kind = DDL_RENAME_COLUMN;
        action->name = ddl_take_identifier(parser);
        parser->failed |= !TAKE(parser, "to");
    } else if (ddl_is_word(ddl_peek(parser), "index") || ddl_is_word(ddl_peek(parser), "key")) {
        parser->failed = true;
    } else if (!TAKE(parser, "to")) {
        TAKE(parser, "as");
    }
    action->new_name = ddl_take_identifier(parser);
}

static bool is_table_option(const struct token *token)
{
    static const char *const words[] = {"engine",         "default", "character", "charset",
                                        "collate",        "convert", "comment",   "row_format",
                                        "auto_increment", "force",   "algorithm", "lock"};

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (ddl_is_word(token, words[i]))
            return true;
    return false;
}

static void parse_alteration(struct parser *parser, struct ddl *ddl, const char *table)
{
    if (TAKE(parser, "add"))
        parse_add(parser, ddl, table);
    else if (TAKE(parser, "drop"))
        parse_drop(parser, ddl, table);
    else if (TAKE(parser, "modify"))
        parse_change(parser, ddl, table, false);
    else if (TAKE(parser, "change"))
        parse_change(parser, ddl, table, true);
    else if (TAKE(parser, "alter"))
        parse_alter_column(parser, ddl, table);
    else if (TAKE(parser, "rename"))
        parse_rename(parser, ddl, table);
    else if (is_table_option(ddl_peek(parser))) {
        struct ddl_action *action = add_action(ddl, DDL_NEUTRAL, table);

        if (TAKE(parser, "engine")) {
            ddl_take_sign(parser, '=');
            action->kind = DDL_SET_ENGINE;
            action->new_name = xstrdup(ddl_peek(parser)->text.buf);
        }
        while (ddl_peek(parser)->kind != TOKEN_END && !(ddl_is_sign(ddl_peek(parser), ',')))
            parser->at++;
    } else
        parser->failed = true;
}

/* The server drops foreign keys before it does anything else, wherever they stand. */
static void drop_keys_first(struct ddl *ddl)
{
    size_t first = 0;

    for (size_t i = 0; i < ddl->count; i++) {
        struct ddl_action action = ddl->actions[i];

        if (action.kind != DDL_DROP_KEY)
            continue;
        memmove(&ddl->actions[first + 1], &ddl->actions[first], (i - first) * sizeof(action));
        ddl->actions[first++] = action;
    }
}

/* A statement may drop an index that a foreign key needs, where it adds another one that serves
 * the key. So the drop knows the indexes that are added. */
static void note_added_indexes(struct ddl *ddl)
{
    for (size_t i = 0; i < ddl->count; i++)
        for (size_t j = 0; j < ddl->count && ddl->actions[i].kind == DDL_DROP_INDEX; j++)
            if (ddl->actions[j].kind == DDL_ADD_INDEX)
                model_index_copy(model_add_index(&ddl->actions[i].body), &ddl->actions[j].index);
}

static void parse_alter_table(struct parser *parser, struct ddl *ddl)
{
    char *table = ddl_take_identifier(parser);

    ddl->head_end = ddl_peek(parser)->start;
    while (!parser->failed) {
        size_t start = ddl_peek(parser)->start;

        parse_alteration(parser, ddl, table);
        if (parser->failed)
            break;
        ddl->actions[ddl->count - 1].start = start;
        ddl->actions[ddl->count - 1].end = parser->tokens[parser->at - 1].end;
        if (!ddl_take_sign(parser, ','))
            break;
    }
    free(table);
    if (parser->failed)
        return;
    drop_keys_first(ddl);
    note_added_indexes(ddl);
}

static bool is_data(const struct token *token)
{
    static const char *const words[] = {"insert", "update", "delete", "replace", "set", "select"};

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (ddl_is_word(token, words[i]))
            return true;
    return false;
}

static void parse_statement(struct parser *parser, struct ddl *ddl)
{
    enum model_index_kind kind;

    ddl->class = DDL_CLASS_SHAPE;
    if (is_data(ddl_peek(parser))) {
        ddl->class = DDL_CLASS_DATA;
        parser->at = parser->count - 1;
    } else if (TAKE(parser, "create", "table")) {
        parse_create_table(parser, ddl);
    } else if (TAKE(parser, "drop", "table")) {
        parse_drop_table(parser, ddl);
    } else if (TAKE(parser, "alter", "table")) {
        parse_alter_table(parser, ddl);
    } else if (TAKE(parser, "rename", "table")) {
        parse_rename_table(parser, ddl);
    } else if (TAKE(parser, "drop", "index")) {
        parse_drop_index(parser, ddl);
    } else if (TAKE(parser, "create") && take_index_kind(parser, &kind)) {
        parse_create_index(parser, ddl, kind);
    } else {
        parser->failed = true;
    }
}

void ddl_parse(struct ddl *ddl, const char *text)
{
    struct parser parser = {.text = text};

    *ddl = (struct ddl){.text = xstrdup(text)};
    ddl_tokens_read(&parser);
    if (!parser.failed)
        parse_statement(&parser, ddl);
    if (parser.failed || ddl_peek(&parser)->kind != TOKEN_END) {
        release_actions(ddl);
        ddl->class = DDL_CLASS_OPAQUE;
    }
    ddl_tokens_release(&parser);
}
