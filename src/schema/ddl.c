#include "schema/ddl.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "mysql/db.h"

/* ---- tokens ---- */

enum token_kind {
    TOKEN_WORD,   /* a keyword or a plain name */
    TOKEN_QUOTED, /* `a name` */
    TOKEN_STRING,
    TOKEN_HEX,    /* x'00ff' or 0x00ff; its text is the bytes */
    TOKEN_NUMBER, /* with its sign */
    TOKEN_SIGN,   /* one other character */
    TOKEN_END,
};

struct token {
    enum token_kind kind;
    size_t start, end;
    struct strbuf text; /* decoded */
};

struct parser {
    const char *text;
    struct token *tokens;
    size_t count, alloc;
    size_t at;
    bool failed;
};

static bool is_name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (c & 0x80);
}

/* The end of a comment that `p` begins with, or `p`; NULL where it doesn't end. */
static const char *skip_comment(const char *p)
{
    const char *end;

    if (p[0] == '#' || (p[0] == '-' && p[1] == '-' && (isspace((unsigned char)p[2]) || !p[2])))
        return p + strcspn(p, "\n");
    if (p[0] != '/' || p[1] != '*')
        return p;
    end = strstr(p + 2, "*/");
    return end ? end + 2 : NULL;
}

/* The end of a quoted thing that `p` begins with; NULL where it doesn't end. */
static const char *skip_quoted(const char *p)
{
    char quote = *p;

    for (p++; *p; p++) {
        if ((*p == '\\' && quote != '`' && p[1]) || (*p == quote && p[1] == quote))
            p++;
        else if (*p == quote)
            return p + 1;
    }
    return NULL;
}

int ddl_statement_length(const char *text, size_t *ret_len, const char **ret_next)
{
    const char *p = text;

    while (*p && *p != ';') {
        const char *end = skip_comment(p);

        if (end == p)
            end = *p == '\'' || *p == '"' || *p == '`' ? skip_quoted(p) : p + 1;
        if (!end)
            return -1;
        p = end;
    }
    *ret_len = (size_t)(p - text);
    *ret_next = *p ? p + 1 : p;
    return 0;
}

static char unescape(char c)
{
    static const char from[] = "0nrtbZ", to[] = "\0\n\r\t\b\x1a";
    const char *at = strchr(from, c);

    return c && at ? to[at - from] : c;
}

static void decode_quoted(struct strbuf *out, const char *p, const char *end)
{
    char quote = *p;

    for (p++, end--; p < end; p++) {
        if (*p == '\\' && quote != '`') {
            strbuf_addch(out, unescape(*++p));
        } else {
            p += *p == quote;
            strbuf_addch(out, *p);
        }
    }
}

static int hex_value(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

static const char *read_hex(struct token *token, const char *p)
{
    const char *digits = p + 2, *end = digits;

    while (isxdigit((unsigned char)*end))
        end++;
    for (const char *d = digits; d + 1 < end; d += 2)
        strbuf_addch(&token->text, (char)(hex_value(d[0]) * 16 + hex_value(d[1])));
    return p[1] == '\'' && *end == '\'' ? end + 1 : end;
}

static const char *read_token(struct token *token, const char *p)
{
    const char *end = p + 1;

    if (*p == '\'' || *p == '"' || *p == '`') {
        token->kind = *p == '`' ? TOKEN_QUOTED : TOKEN_STRING;
        end = skip_quoted(p);
        if (end)
            decode_quoted(&token->text, p, end);
        return end;
    }
    if (((*p == 'x' || *p == 'X') && p[1] == '\'') || (*p == '0' && p[1] == 'x')) {
        token->kind = TOKEN_HEX;
        return read_hex(token, p);
    }
    if (isdigit((unsigned char)*p) || ((*p == '-' || *p == '+') && isdigit((unsigned char)p[1]))) {
        token->kind = TOKEN_NUMBER;
        while (isdigit((unsigned char)*end) || *end == '.')
            end++;
    } else if (is_name_char(*p)) {
        token->kind = TOKEN_WORD;
        while (is_name_char(*end))
            end++;
    } else {
        token->kind = TOKEN_SIGN;
    }
    strbuf_add(&token->text, p, (size_t)(end - p));
    return end;
}

static void tokenize(struct parser *parser)
{
    const char *p = parser->text;

    for (;;) {
        const char *end;
        struct token *token;

        while (isspace((unsigned char)*p))
            p++;
        end = skip_comment(p);
        if (end && end != p && !(p[0] == '/' && p[2] == '!')) {
            p = end;
            continue;
        }
        GROW(parser->tokens, parser->count, parser->alloc);
        token = &parser->tokens[parser->count++];
        *token = (struct token){TOKEN_END, (size_t)(p - parser->text), (size_t)(p - parser->text),
                                STRBUF_INIT};
        if (!*p)
            return;
        end = end ? read_token(token, p) : NULL;
        if (!end) {
            parser->failed = true;
            token->kind = TOKEN_END;
            return;
        }
        token->end = (size_t)(end - parser->text);
        p = end;
    }
}

static void parser_release(struct parser *parser)
{
    for (size_t i = 0; i < parser->count; i++)
        strbuf_release(&parser->tokens[i].text);
    free(parser->tokens);
}

static const struct token *peek(const struct parser *parser)
{
    return &parser->tokens[parser->at];
}

static bool is_word(const struct token *token, const char *word)
{
    return token->kind == TOKEN_WORD && strcasecmp(token->text.buf, word) == 0;
}

/* Takes these words (ends in NULL), all or none. */
static bool take_words(struct parser *parser, const char *const *words)
{
    size_t n = 0;

    for (; words[n]; n++)
        if (parser->at + n >= parser->count || !is_word(&parser->tokens[parser->at + n], words[n]))
            return false;
    parser->at += n;
    return true;
}

#define TAKE(parser, ...) take_words((parser), (const char *const[]){__VA_ARGS__, NULL})

static bool take_sign(struct parser *parser, char c)
{
    if (peek(parser)->kind != TOKEN_SIGN || peek(parser)->text.buf[0] != c)
        return false;
    parser->at++;
    return true;
}

/* A name that is no keyword by its place; NULL and `failed` where there is none. */
static char *take_identifier(struct parser *parser)
{
    const struct token *token = peek(parser);

    if (token->kind != TOKEN_WORD && token->kind != TOKEN_QUOTED) {
        parser->failed = true;
        return NULL;
    }
    parser->at++;
    return xstrdup(token->text.buf);
}

static void expect_sign(struct parser *parser, char c)
{
    if (!take_sign(parser, c))
        parser->failed = true;
}

/* Skips a balanced "(...)" whose opening stands next; its text is the caller's. */
static char *take_parenthesis(struct parser *parser)
{
    size_t start = peek(parser)->start;
    int depth = 0;

    do {
        depth += take_sign(parser, '(');
        if (take_sign(parser, ')'))
            depth--;
        else if (depth && !(peek(parser)->kind == TOKEN_SIGN && peek(parser)->text.buf[0] == '('))
            parser->at += peek(parser)->kind != TOKEN_END;
        if (peek(parser)->kind == TOKEN_END && depth) {
            parser->failed = true;
            return NULL;
        }
    } while (depth);
    return xmemdupz(parser->text + start, parser->tokens[parser->at - 1].end - start);
}

/* ---- statements ---- */

void ddl_release(struct ddl *ddl)
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

/* "(a, b(252))" in canonical form, without the parentheses. */
static char *take_columns(struct parser *parser)
{
    struct strbuf out = STRBUF_INIT;

    expect_sign(parser, '(');
    while (!parser->failed) {
        char *name = take_identifier(parser);

        strbuf_addf(&out, "%s%s", out.len ? ", " : "", name ? name : "");
        free(name);
        if (take_sign(parser, '(')) {
            strbuf_addf(&out, "(%s)", peek(parser)->text.buf);
            parser->at += peek(parser)->kind == TOKEN_NUMBER;
            expect_sign(parser, ')');
        }
        if (!TAKE(parser, "asc"))
            TAKE(parser, "desc");
        if (!take_sign(parser, ','))
            break;
    }
    expect_sign(parser, ')');
    return strbuf_detach(&out);
}

static void take_index_options(struct parser *parser)
{
    for (;;) {
        if (TAKE(parser, "using", "btree") || TAKE(parser, "using", "hash"))
            continue;
        if (!TAKE(parser, "comment"))
            return;
        parser->at += peek(parser)->kind == TOKEN_STRING;
    }
}

static char *take_type(struct parser *parser)
{
    struct strbuf out = STRBUF_INIT;
    char *word = take_identifier(parser), *canonical;

    strbuf_addstr(&out, word ? word : "");
    free(word);
    if (TAKE(parser, "precision"))
        strbuf_addstr(&out, " precision");
    if (peek(parser)->kind == TOKEN_SIGN && peek(parser)->text.buf[0] == '(') {
        char *list = take_parenthesis(parser);

        strbuf_addstr(&out, list ? list : "");
        free(list);
    }
    while (is_word(peek(parser), "unsigned") || is_word(peek(parser), "zerofill"))
        strbuf_addf(&out, " %s", parser->tokens[parser->at++].text.buf);
    canonical = model_canonical_type(out.buf);
    strbuf_release(&out);
    return canonical;
}

static bool take_now(struct parser *parser)
{
    if (!TAKE(parser, "current_timestamp") && !TAKE(parser, "now"))
        return false;
    if (peek(parser)->kind == TOKEN_SIGN && peek(parser)->text.buf[0] == '(')
        free(take_parenthesis(parser));
    return true;
}

static char *take_default(struct parser *parser, const char *type)
{
    const struct token *token = peek(parser);

    if (TAKE(parser, "null"))
        return NULL;
    if (take_now(parser))
        return xstrdup("current_timestamp");
    if (TAKE(parser, "true") || TAKE(parser, "false"))
        return xstrdup(is_word(token, "true") ? "1" : "0");
    if (token->kind == TOKEN_SIGN && token->text.buf[0] == '(')
        return take_parenthesis(parser);
    if (token->kind != TOKEN_STRING && token->kind != TOKEN_HEX && token->kind != TOKEN_NUMBER)
        parser->failed = true;
    parser->at += token->kind != TOKEN_END;
    return model_canonical_default(type, token->text.buf, token->text.len);
}

/* What a column says of itself, but its name; inline keys go to `keys`. */
static void take_column(struct parser *parser, struct model_column *column, const char **inline_key)
{
    *inline_key = NULL;
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
            column->charset = take_identifier(parser);
        } else if (TAKE(parser, "collate")) {
            free(column->collation);
            column->collation = take_identifier(parser);
        } else if (TAKE(parser, "auto_increment")) {
            free(column->extra);
            column->extra = xstrdup("auto_increment");
        } else if (TAKE(parser, "on", "update") && take_now(parser)) {
            free(column->extra);
            column->extra = xstrdup("on update current_timestamp");
        } else if (TAKE(parser, "comment")) {
            parser->at += peek(parser)->kind == TOKEN_STRING;
        } else if (TAKE(parser, "primary", "key")) {
            *inline_key = "primary key";
            column->nullable = false;
        } else if (TAKE(parser, "unique", "key") || TAKE(parser, "unique")) {
            *inline_key = "unique index";
        } else {
            return;
        }
    }
}

static void take_position(struct parser *parser)
{
    if (TAKE(parser, "after"))
        free(take_identifier(parser));
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

/* Behind FOREIGN KEY; `name` is that of the constraint, or NULL. */
static void take_key(struct parser *parser, struct model_key *key, char *name)
{
    struct strbuf deleted = STRBUF_INIT, updated = STRBUF_INIT;

    if (peek(parser)->kind == TOKEN_WORD || peek(parser)->kind == TOKEN_QUOTED) {
        char *index = take_identifier(parser);

        if (name)
            free(index);
        else
            name = index;
    }
    key->name = name;
    key->columns = take_columns(parser);
    if (!TAKE(parser, "references"))
        parser->failed = true;
    key->ref_table = take_identifier(parser);
    key->ref_columns = take_columns(parser);
    while (!parser->failed && is_word(peek(parser), "on")) {
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

/* UNIQUE INDEX, KEY, PRIMARY KEY...: its kind, or NULL. */
static const char *take_index_kind(struct parser *parser)
{
    const char *kind = NULL;

    if (TAKE(parser, "primary", "key"))
        return "primary key";
    if (TAKE(parser, "unique"))
        kind = "unique index";
    else if (TAKE(parser, "fulltext"))
        kind = "fulltext index";
    else if (TAKE(parser, "spatial"))
        kind = "spatial index";
    if (TAKE(parser, "index") || TAKE(parser, "key"))
        kind = kind ? kind : "index";
    return kind;
}

/* Behind the kind: [name] (columns) [options]. */
static void take_index(struct parser *parser, struct model_index *index, const char *kind,
                       char *constraint)
{
    index->kind = xstrdup(kind);
    index->name = constraint;
    take_index_options(parser);
    if (peek(parser)->kind == TOKEN_WORD || peek(parser)->kind == TOKEN_QUOTED) {
        free(index->name);
        index->name = take_identifier(parser);
    }
    if (strcmp(kind, "primary key") == 0) {
        free(index->name);
        index->name = xstrdup("PRIMARY");
    }
    take_index_options(parser);
    index->columns = take_columns(parser);
    take_index_options(parser);
    if (!index->name && index->columns)
        index->name = xmemdupz(index->columns, strcspn(index->columns, "(,"));
}

static void implied_index(struct model_table *table, const struct model_key *key)
{
    struct model_index *index;

    if (model_index_for_key(table, key->columns))
        return;
    index = model_add_index(table);
    index->kind = xstrdup("index");
    index->columns = xstrdup(key->columns);
    index->name =
        key->name ? xstrdup(key->name) : xmemdupz(key->columns, strcspn(key->columns, ","));
    index->implied = true;
}

static void add_inline_key(struct model_table *table, const char *column, const char *kind)
{
    struct model_index *index;

    if (!kind)
        return;
    index = model_add_index(table);
    index->kind = xstrdup(kind);
    index->columns = xstrdup(column);
    index->name = xstrdup(strcmp(kind, "primary key") == 0 ? "PRIMARY" : column);
}

/* Columns of the primary key are NOT NULL, said or not. */
static void close_primary_key(struct model_table *table)
{
    for (size_t i = 0; i < table->index_count; i++) {
        struct strvec names = STRVEC_INIT;

        if (strcmp(table->indexes[i].kind, "primary key") != 0)
            continue;
        strvec_split(&names, table->indexes[i].columns, ',');
        for (size_t n = 0; n < names.nr; n++) {
            const char *name = names.v[n] + strspn(names.v[n], " ");
            struct model_column *column = model_find_column(table, name);

            if (column)
                column->nullable = false;
        }
        strvec_release(&names);
    }
}

static void take_table_item(struct parser *parser, struct model_table *table)
{
    char *constraint = NULL;
    const char *kind, *inline_key;
    struct model_column *column;

    if (TAKE(parser, "constraint") && !is_word(peek(parser), "foreign") &&
        !is_word(peek(parser), "unique") && !is_word(peek(parser), "primary"))
        constraint = take_identifier(parser);
    if (TAKE(parser, "foreign", "key")) {
        take_key(parser, model_add_key(table), constraint);
        return;
    }
    kind = take_index_kind(parser);
    if (kind) {
        take_index(parser, model_add_index(table), kind, constraint);
        return;
    }
    if (constraint || TAKE(parser, "check")) {
        free(constraint);
        parser->failed = true;
        return;
    }
    column = model_add_column(table);
    column->name = take_identifier(parser);
    take_column(parser, column, &inline_key);
    if (column->name)
        add_inline_key(table, column->name, inline_key);
}

/* Incomplete items that a failed parse left would trip everybody else. */
static void parse_create_table(struct parser *parser, struct ddl *ddl)
{
    struct model_table body = {.name = NULL};
    struct ddl_action *action;
    char *name;

    TAKE(parser, "if", "not", "exists");
    name = take_identifier(parser);
    expect_sign(parser, '(');
    while (!parser->failed) {
        take_table_item(parser, &body);
        if (!take_sign(parser, ','))
            break;
    }
    expect_sign(parser, ')');
    if (!parser->failed) {
        close_primary_key(&body);
        for (size_t i = 0; i < body.key_count; i++)
            implied_index(&body, &body.keys[i]);
        action = add_action(ddl, DDL_CREATE_TABLE, name);
        action->body = body;
        /* What follows is engine, charset and comment; partitions aren't, but are no shape. */
        parser->at = parser->count - 1;
    } else {
        model_table_release(&body);
    }
    free(name);
}

static void parse_drop_table(struct parser *parser, struct ddl *ddl)
{
    TAKE(parser, "if", "exists");
    do {
        char *name = take_identifier(parser);

        if (name)
            add_action(ddl, DDL_DROP_TABLE, name);
        free(name);
    } while (!parser->failed && take_sign(parser, ','));
    if (!TAKE(parser, "restrict"))
        TAKE(parser, "cascade");
}

static void parse_rename_table(struct parser *parser, struct ddl *ddl)
{
    do {
        char *name = take_identifier(parser);

        if (!TAKE(parser, "to"))
            parser->failed = true;
        if (name)
            add_action(ddl, DDL_RENAME_TABLE, name)->new_name = take_identifier(parser);
        free(name);
    } while (!parser->failed && take_sign(parser, ','));
}

static void parse_create_index(struct parser *parser, struct ddl *ddl, const char *kind)
{
    char *name = take_identifier(parser), *table;
    struct ddl_action *action;

    take_index_options(parser);
    if (!TAKE(parser, "on"))
        parser->failed = true;
    table = take_identifier(parser);
    if (!parser->failed) {
        action = add_action(ddl, DDL_ADD_INDEX, table);
        action->index.kind = xstrdup(kind);
        action->index.name = xstrdup(name);
        action->index.columns = take_columns(parser);
        take_index_options(parser);
    }
    free(name);
    free(table);
}

static void parse_drop_index(struct parser *parser, struct ddl *ddl)
{
    char *name, *table;

    TAKE(parser, "if", "exists");
    name = take_identifier(parser);
    if (!TAKE(parser, "on"))
        parser->failed = true;
    table = take_identifier(parser);
    if (!parser->failed)
        add_action(ddl, DDL_DROP_INDEX, table)->name = xstrdup(name);
    free(name);
    free(table);
}

static void parse_add(struct parser *parser, struct ddl *ddl, const char *table)
{
    char *constraint = NULL;
    const char *kind, *inline_key;
    struct ddl_action *action;
    bool many;

    if (TAKE(parser, "constraint") && !is_word(peek(parser), "foreign") &&
        !is_word(peek(parser), "unique") && !is_word(peek(parser), "primary"))
        constraint = take_identifier(parser);
    if (TAKE(parser, "foreign", "key")) {
        take_key(parser, &add_action(ddl, DDL_ADD_KEY, table)->key, constraint);
        return;
    }
    kind = take_index_kind(parser);
    if (kind) {
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
    many = take_sign(parser, '(');
    action = add_action(ddl, DDL_ADD_COLUMN, table);
    action->column.name = take_identifier(parser);
    take_column(parser, &action->column, &inline_key);
    take_position(parser);
    /* ADD (a int, b int) and inline keys are two actions in one text. */
    if (many || inline_key)
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
    action->name = take_identifier(parser);
}

static void parse_change(struct parser *parser, struct ddl *ddl, const char *table, bool renames)
{
    struct ddl_action *action = add_action(ddl, DDL_CHANGE_COLUMN, table);
    const char *inline_key;

    TAKE(parser, "column");
    action->name = take_identifier(parser);
    action->column.name = renames        ? take_identifier(parser)
                          : action->name ? xstrdup(action->name)
                                         : NULL;
    take_column(parser, &action->column, &inline_key);
    take_position(parser);
    parser->failed |= inline_key != NULL;
}

static void parse_alter_column(struct parser *parser, struct ddl *ddl, const char *table)
{
    struct ddl_action *action = add_action(ddl, DDL_SET_DEFAULT, table);

    TAKE(parser, "column");
    action->name = take_identifier(parser);
    if (TAKE(parser, "drop", "default"))
        return;
    if (!TAKE(parser, "set", "default"))
        parser->failed = true;
    /* The column's type decides about the form; kept as a string until it is applied. */
    action->new_name = xstrdup(peek(parser)->text.buf);
    parser->failed |= peek(parser)->kind != TOKEN_STRING && peek(parser)->kind != TOKEN_NUMBER;
    parser->at += peek(parser)->kind != TOKEN_END;
}

static void parse_rename(struct parser *parser, struct ddl *ddl, const char *table)
{
    struct ddl_action *action = add_action(ddl, DDL_RENAME_TABLE, table);

    if (TAKE(parser, "column")) {
        action->kind = DDL_RENAME_COLUMN;
        action->name = take_identifier(parser);
        parser->failed |= !TAKE(parser, "to");
    } else if (is_word(peek(parser), "index") || is_word(peek(parser), "key")) {
        parser->failed = true;
    } else if (!TAKE(parser, "to")) {
        TAKE(parser, "as");
    }
    action->new_name = take_identifier(parser);
}

static bool is_table_option(const struct token *token)
{
    static const char *const words[] = {"engine",         "default", "character", "charset",
                                        "collate",        "convert", "comment",   "row_format",
                                        "auto_increment", "force",   "algorithm", "lock"};

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (is_word(token, words[i]))
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
    else if (is_table_option(peek(parser))) {
        add_action(ddl, DDL_NEUTRAL, table);
        while (peek(parser)->kind != TOKEN_END &&
               !(peek(parser)->kind == TOKEN_SIGN && peek(parser)->text.buf[0] == ','))
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

/* An index may go that a foreign key needs, where the same statement brings another one for it. */
static void note_added_indexes(struct ddl *ddl)
{
    for (size_t i = 0; i < ddl->count; i++)
        for (size_t j = 0; j < ddl->count && ddl->actions[i].kind == DDL_DROP_INDEX; j++)
            if (ddl->actions[j].kind == DDL_ADD_INDEX)
                model_index_copy(model_add_index(&ddl->actions[i].body), &ddl->actions[j].index);
}

static void parse_alter_table(struct parser *parser, struct ddl *ddl)
{
    char *table = take_identifier(parser);

    ddl->head_end = peek(parser)->start;
    while (!parser->failed) {
        size_t start = peek(parser)->start;

        parse_alteration(parser, ddl, table);
        if (parser->failed)
            break;
        ddl->actions[ddl->count - 1].start = start;
        ddl->actions[ddl->count - 1].end = parser->tokens[parser->at - 1].end;
        if (!take_sign(parser, ','))
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
        if (is_word(token, words[i]))
            return true;
    return false;
}

static void parse_statement(struct parser *parser, struct ddl *ddl)
{
    const char *kind = NULL;

    ddl->class = DDL_CLASS_SHAPE;
    if (is_data(peek(parser))) {
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
    } else if (TAKE(parser, "create") && (kind = take_index_kind(parser))) {
        parse_create_index(parser, ddl, kind);
    } else {
        parser->failed = true;
    }
}

void ddl_parse(struct ddl *ddl, const char *text)
{
    struct parser parser = {.text = text};

    *ddl = (struct ddl)DDL_INIT;
    tokenize(&parser);
    if (!parser.failed)
        parse_statement(&parser, ddl);
    if (parser.failed || peek(&parser)->kind != TOKEN_END) {
        ddl_release(ddl);
        ddl->class = DDL_CLASS_OPAQUE;
    }
    parser_release(&parser);
}

/* ---- applying ---- */

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

static bool same_table(const struct model_table *a, const struct model_table *b, const char *name,
                       struct strbuf *difference)
{
    struct model left = MODEL_INIT, right = MODEL_INIT;
    struct model_table saved_a = *a, saved_b = *b;
    char *own_name = xstrdup(name);
    struct strvec have = STRVEC_INIT, want = STRVEC_INIT;
    bool same;

    saved_a.name = saved_b.name = own_name;
    left = (struct model){&saved_a, 1, 1};
    right = (struct model){&saved_b, 1, 1};
    model_lines(&have, &left);
    model_lines(&want, &right);
    for (size_t i = 0; i < have.nr && !difference->len; i++)
        if (!strvec_has(&want, have.v[i]))
            strbuf_addf(difference, "it has '%s'", have.v[i] + strlen(name) + 1);
    for (size_t i = 0; i < want.nr && !difference->len; i++)
        if (!strvec_has(&have, want.v[i]))
            strbuf_addf(difference, "it lacks '%s'", want.v[i] + strlen(name) + 1);
    same = difference->len == 0;
    free(own_name);
    strvec_release(&have);
    strvec_release(&want);
    return same;
}

static enum ddl_effect check_reference(const struct model *model, const char *table,
                                       const struct model_key *key, struct err *err)
{
    const struct model_table *target = model_find_table(model, key->ref_table);

    if (!target && strcmp(table, key->ref_table) != 0)
        return conflict(err, "there is no table %s for the foreign key of %s (%s)", key->ref_table,
                        table, key->columns);
    if (target && !model_index_for_key(target, key->ref_columns))
        return conflict(err, "%s has no index over (%s) for the foreign key of %s (%s)",
                        key->ref_table, key->ref_columns, table, key->columns);
    return DDL_EFFECT_APPLIED;
}

static enum ddl_effect create_table(const struct ddl_action *action, struct model *model,
                                    struct err *err)
{
    struct model_table *table = model_find_table(model, action->table);
    struct strbuf difference = STRBUF_INIT;
    enum ddl_effect effect = DDL_EFFECT_ALREADY;

    if (table) {
        if (!same_table(table, &action->body, action->table, &difference))
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
                return conflict(err, "a foreign key of %s (%s) refers to table %s, which is to go",
                                model->tables[t].name, model->tables[t].keys[i].columns,
                                action->table);
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

/* Calls for each item of a canonical column list; true where `name` is one. */
static bool list_has(const char *columns, const char *name)
{
    struct strvec items = STRVEC_INIT;
    bool found = false;

    strvec_split(&items, columns, ',');
    for (size_t i = 0; i < items.nr; i++) {
        const char *item = items.v[i] + strspn(items.v[i], " ");

        found |= strcspn(item, "(") == strlen(name) && strncasecmp(item, name, strlen(name)) == 0;
    }
    strvec_release(&items);
    return found;
}

/* The list with `name` replaced, or left out where `new_name` is NULL. The caller's. */
static char *list_replace(const char *columns, const char *name, const char *new_name)
{
    struct strvec items = STRVEC_INIT;
    struct strbuf out = STRBUF_INIT;

    strvec_split(&items, columns, ',');
    for (size_t i = 0; i < items.nr; i++) {
        const char *item = items.v[i] + strspn(items.v[i], " ");
        size_t len = strcspn(item, "(");
        bool meant = len == strlen(name) && strncasecmp(item, name, len) == 0;

        if (meant && !new_name)
            continue;
        strbuf_addstr(&out, out.len ? ", " : "");
        if (meant)
            strbuf_addf(&out, "%s%s", new_name, item + len);
        else
            strbuf_addstr(&out, item);
    }
    strvec_release(&items);
    return strbuf_detach(&out);
}

static enum ddl_effect drop_column(const struct ddl_action *action, struct model_table *table,
                                   struct err *err)
{
    struct model_column *column = model_find_column(table, action->name);

    if (!column)
        return DDL_EFFECT_ALREADY;
    for (size_t i = 0; i < table->key_count; i++)
        if (list_has(table->keys[i].columns, action->name))
            return conflict(err, "a foreign key of %s (%s) needs the column %s, which is to go",
                            table->name, table->keys[i].columns, action->name);
    model_drop_column(table, (size_t)(column - table->columns));
    for (size_t i = table->index_count; i-- > 0;) {
        char *rest = list_replace(table->indexes[i].columns, action->name, NULL);

        free(table->indexes[i].columns);
        table->indexes[i].columns = rest;
        if (!*rest)
            model_drop_index(table, i);
    }
    return DDL_EFFECT_APPLIED;
}

static void rename_in_lists(struct model *model, struct model_table *table, const char *name,
                            const char *new_name)
{
    for (size_t i = 0; i < table->index_count; i++) {
        char *list = list_replace(table->indexes[i].columns, name, new_name);

        free(table->indexes[i].columns);
        table->indexes[i].columns = list;
    }
    for (size_t i = 0; i < table->key_count; i++) {
        char *list = list_replace(table->keys[i].columns, name, new_name);

        free(table->keys[i].columns);
        table->keys[i].columns = list;
    }
    for (size_t t = 0; t < model->count; t++)
        for (size_t i = 0; i < model->tables[t].key_count; i++) {
            struct model_key *key = &model->tables[t].keys[i];
            char *list;

            if (strcmp(key->ref_table, table->name) != 0)
                continue;
            list = list_replace(key->ref_columns, name, new_name);
            free(key->ref_columns);
            key->ref_columns = list;
        }
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

static enum ddl_effect add_index(const struct ddl_action *action, struct model_table *table,
                                 struct err *err)
{
    for (size_t i = 0; i < table->index_count; i++) {
        const struct model_index *index = &table->indexes[i];

        if (model_index_equal(index, &action->index) && !index->implied)
            return DDL_EFFECT_ALREADY;
        if (!index->implied && index->name && strcasecmp(index->name, action->index.name) == 0)
            return conflict(err, "%s has an index %s already, over (%s)", table->name, index->name,
                            index->columns);
    }
    for (size_t i = table->index_count; i-- > 0;)
        if (table->indexes[i].implied && strncmp(action->index.columns, table->indexes[i].columns,
                                                 strlen(table->indexes[i].columns)) == 0)
            model_drop_index(table, i);
    model_index_copy(model_add_index(table), &action->index);
    close_primary_key(table);
    return DDL_EFFECT_APPLIED;
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
    for (size_t i = 0; i < table->key_count; i++) {
        struct model_table rest = *table;
        struct model_index saved = table->indexes[found];

        /* Without it, is there another one that the key can use? */
        table->indexes[found].columns = strbuf_empty;
        if (!model_index_for_key(&rest, table->keys[i].columns) &&
            !model_index_for_key(&action->body, table->keys[i].columns)) {
            table->indexes[found] = saved;
            return conflict(err, "a foreign key of %s (%s) needs the index %s, which is to go",
                            table->name, table->keys[i].columns, action->name);
        }
        table->indexes[found] = saved;
    }
    model_drop_index(table, found);
    return DDL_EFFECT_APPLIED;
}

static enum ddl_effect add_key(const struct ddl_action *action, struct model *model,
                               struct model_table *table, struct err *err)
{
    for (size_t i = 0; i < table->key_count; i++)
        if (model_key_equal(&table->keys[i], &action->key))
            return DDL_EFFECT_ALREADY;
    if (check_reference(model, table->name, &action->key, err) == DDL_EFFECT_CONFLICT)
        return DDL_EFFECT_CONFLICT;
    model_key_copy(model_add_key(table), &action->key);
    implied_index(table, &action->key);
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
    default:
        return DDL_EFFECT_APPLIED;
    }
}

/* ---- braces ---- */

void ddl_lookup_release(struct ddl_lookup *lookup)
{
    free(lookup->table);
    free(lookup->columns);
    *lookup = (struct ddl_lookup){.table = NULL};
}

static int parse_lookup(const char *inside, struct ddl_lookup *lookup)
{
    struct parser parser = {.text = inside};
    int rc = -1;

    tokenize(&parser);
    if (TAKE(&parser, "charset", "of"))
        lookup->kind = DDL_LOOKUP_CHARSET;
    else if (TAKE(&parser, "foreign", "key", "of"))
        lookup->kind = DDL_LOOKUP_KEY;
    else if (TAKE(&parser, "index", "of"))
        lookup->kind = DDL_LOOKUP_INDEX;
    else
        goto out;
    lookup->table = take_identifier(&parser);
    if (lookup->kind == DDL_LOOKUP_CHARSET) {
        expect_sign(&parser, '.');
        lookup->columns = take_identifier(&parser);
    } else {
        lookup->columns = take_columns(&parser);
    }
    rc = parser.failed || peek(&parser)->kind != TOKEN_END ? -1 : 0;
out:
    parser_release(&parser);
    return rc;
}

int ddl_next_lookup(const char *text, size_t from, struct ddl_lookup *ret, struct err *err)
{
    const char *p = text + from, *end;
    char *inside;
    int rc;

    *ret = (struct ddl_lookup){.table = NULL};
    while (*p && *p != '{') {
        end = skip_comment(p);
        if (end == p)
            end = *p == '\'' || *p == '"' || *p == '`' ? skip_quoted(p) : p + 1;
        if (!end)
            return 0;
        p = end;
    }
    if (!*p)
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

static void add_found(struct strbuf *out, const struct ddl_lookup *lookup,
                      const struct model *model)
{
    const struct model_table *table = model_find_table(model, lookup->table);
    const struct model_column *column;
    const char *name = NULL;

    if (lookup->kind == DDL_LOOKUP_CHARSET) {
        column = table ? model_find_column(table, lookup->columns) : NULL;
        if (column && column->charset && column->collation)
            strbuf_addf(out, "CHARACTER SET %s COLLATE %s", column->charset, column->collation);
        else if (column && column->collation)
            strbuf_addf(out, "COLLATE %s", column->collation);
        return;
    }
    for (size_t i = 0; table && lookup->kind == DDL_LOOKUP_KEY && i < table->key_count; i++)
        if (strcasecmp(table->keys[i].columns, lookup->columns) == 0)
            name = table->keys[i].name;
    for (size_t i = 0; table && lookup->kind == DDL_LOOKUP_INDEX && i < table->index_count; i++)
        if (strcasecmp(table->indexes[i].columns, lookup->columns) == 0)
            name = table->indexes[i].name;
    db_add_identifier(out, name ? name : "(none)");
}

int ddl_resolve(struct strbuf *resolved, const char *text, const struct model *model,
                struct err *err)
{
    struct ddl_lookup lookup;
    size_t at = 0;
    int rc;

    while ((rc = ddl_next_lookup(text, at, &lookup, err)) > 0) {
        strbuf_add(resolved, text + at, lookup.start - at);
        add_found(resolved, &lookup, model);
        at = lookup.end;
        ddl_lookup_release(&lookup);
    }
    if (rc == 0)
        strbuf_addstr(resolved, text + at);
    return rc;
}
