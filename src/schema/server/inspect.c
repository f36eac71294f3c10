#include "schema/server/inspect.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "schema/server/record.h"
#include "schema/server/rights.h"
#include "schema/server/version.h"

static const char tables_sql[] =
    "SELECT TABLE_NAME, ENGINE, TABLE_TYPE, CREATE_OPTIONS, TABLE_COMMENT"
    " FROM information_schema.TABLES"
    " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')";
static const char columns_sql[] =
    "SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA,"
    " CHARACTER_SET_NAME, COLLATION_NAME FROM information_schema.COLUMNS"
    " WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, ORDINAL_POSITION";
static const char indexes_sql[] =
    "SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE, COLUMN_NAME, SUB_PART, INDEX_TYPE"
    " FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()"
    " ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX";
static const char keys_sql[] =
    "SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME,"
    " REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE"
    " WHERE TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME IS NOT NULL"
    " ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION";
static const char rules_sql[] = "SELECT TABLE_NAME, CONSTRAINT_NAME, DELETE_RULE, UPDATE_RULE"
                                " FROM information_schema.REFERENTIAL_CONSTRAINTS"
                                " WHERE CONSTRAINT_SCHEMA = DATABASE()";

static bool is_ours(const char *table)
{
    return strcmp(table, VERSION_TABLE) == 0 || strcmp(table, RECORD_TABLE) == 0;
}

static bool begins(const char *text, const char *word)
{
    return strncasecmp(text, word, strlen(word)) == 0;
}

/* Adds the bytes of a quoted literal; false where `text` is none. */
static bool unquote(struct strbuf *out, const char *text, size_t len)
{
    static const char from[] = "0nrtZb", to[] = "\0\n\r\t\x1a\b";

    if (len < 2 || text[0] != '\'' || text[len - 1] != '\'')
        return false;
    for (size_t i = 1; i + 1 < len; i++) {
        if (text[i] == '\\' && i + 2 < len) {
            const char *at = strchr(from, text[++i]);

            strbuf_addch(out, at && *at ? to[at - from] : text[i]);
        } else {
            i += text[i] == '\'';
            strbuf_addch(out, text[i]);
        }
    }
    return true;
}

/* Adds the bytes of x'00ff' or 0x00ff; false where `text` is neither. */
static bool unhex(struct strbuf *out, const char *text)
{
    if (!begins(text, "0x") && !begins(text, "x'"))
        return false;
    for (text += 2; isxdigit((unsigned char)text[0]) && isxdigit((unsigned char)text[1]);
         text += 2) {
        const char digits[] = {text[0], text[1], '\0'};

        strbuf_addch(out, (char)strtoul(digits, NULL, 16));
    }
    return true;
}

static bool is_binary(const char *type)
{
    return begins(type, "binary") || begins(type, "varbinary");
}

/* Servers print "current_timestamp()" and "now()" for one thing: the canonical word is
 * current_timestamp, with its precision where it has one. Other expressions stay as they are. */
static char *expression(const char *text)
{
    struct strbuf out = STRBUF_INIT;

    if (begins(text, "current_timestamp") || begins(text, "now(")) {
        const char *list = strchr(text, '(');

        strbuf_addstr(&out, "current_timestamp");
        if (list && list[1] != ')')
            strbuf_addstr(&out, list);
    } else {
        strbuf_addstr(&out, text);
    }
    return strbuf_detach(&out);
}

static bool is_expression(const char *type, const char *text, const char *extra,
                          enum inspect_dialect dialect)
{
    bool is_time = begins(type, "timestamp") || begins(type, "datetime");

    return (is_time && begins(text, "current_timestamp")) ||
           strcasestr(extra, "DEFAULT_GENERATED") ||
           (dialect == INSPECT_DEFAULTS_QUOTED &&
            (strchr(text, '(') || isalpha((unsigned char)text[0])));
}

static char *default_of(const char *type, const char *text, size_t len, const char *extra,
                        enum inspect_dialect dialect)
{
    struct strbuf value = STRBUF_INIT;
    char *canonical;

    if (!text)
        return NULL;
    if (dialect == INSPECT_DEFAULTS_QUOTED && strcmp(text, "NULL") == 0)
        return NULL;
    if (!(is_binary(type) && unhex(&value, text)) &&
        !(dialect == INSPECT_DEFAULTS_QUOTED && unquote(&value, text, len))) {
        if (is_expression(type, text, extra, dialect))
            return expression(text);
        strbuf_add(&value, text, len);
    }
    canonical = model_canonical_default(type, value.buf, value.len);
    strbuf_release(&value);
    return canonical;
}

static char *extra_of(const char *text)
{
    struct strvec words = STRVEC_INIT;
    struct strbuf out = STRBUF_INIT;

    strvec_split(&words, text, ' ');
    for (size_t i = 0; i < words.nr; i++) {
        const char *word = words.v[i];
        size_t len = strlen(word);

        if (!*word || strcasecmp(word, "DEFAULT_GENERATED") == 0)
            continue;
        if (len > 2 && strcmp(word + len - 2, "()") == 0)
            len -= 2;
        strbuf_addch(&out, ' ');
        for (size_t c = 0; c < len; c++)
            strbuf_addch(&out, (char)tolower((unsigned char)word[c]));
    }
    if (out.len)
        strbuf_drop_front(&out, 1);
    strvec_release(&words);
    return strbuf_detach(&out);
}

static void add_column(struct model *model, char *const *row, const size_t *lens,
                       enum inspect_dialect dialect)
{
    struct model_table *table = model_find_table(model, row[0]);
    struct model_column *column;

    if (!table)
        return;
    column = model_add_column(table);
    column->name = xstrdup(row[1]);
    column->type = model_canonical_type(row[2]);
    column->nullable = strcasecmp(row[3], "YES") == 0;
    column->fallback = default_of(column->type, row[4], lens[4], row[5] ? row[5] : "", dialect);
    column->extra = extra_of(row[5] ? row[5] : "");
    column->charset = xstrdup_or_null(row[6]);
    column->collation = xstrdup_or_null(row[7]);
}

static enum model_index_kind index_kind(const char *name, const char *not_unique, const char *type)
{
    if (strcmp(name, "PRIMARY") == 0)
        return MODEL_INDEX_PRIMARY;
    if (strcasecmp(type, "FULLTEXT") == 0)
        return MODEL_INDEX_FULLTEXT;
    if (strcasecmp(type, "SPATIAL") == 0)
        return MODEL_INDEX_SPATIAL;
    return strcmp(not_unique, "0") == 0 ? MODEL_INDEX_UNIQUE : MODEL_INDEX_PLAIN;
}

static void add_index_part(struct model *model, char *const *row)
{
    struct model_table *table = model_find_table(model, row[0]);
    struct model_index *index;

    if (!table)
        return;
    index = table->index_count ? &table->indexes[table->index_count - 1] : NULL;
    if (!index || strcmp(index->name, row[1]) != 0) {
        index = model_add_index(table);
        index->name = xstrdup(row[1]);
        index->kind = index_kind(row[1], row[2], row[5] ? row[5] : "");
    }
    model_columns_add(&index->columns, row[3] ? row[3] : "(expression)",
                      row[4] ? strtoul(row[4], NULL, 10) : 0);
}

static void add_rule(struct strbuf *rules, const char *event, const char *rule)
{
    if (!rule || strcasecmp(rule, "RESTRICT") == 0 || strcasecmp(rule, "NO ACTION") == 0)
        return;
    strbuf_addf(rules, "%son %s ", rules->len ? " " : "", event);
    for (; *rule; rule++)
        strbuf_addch(rules, (char)tolower((unsigned char)*rule));
}

static void add_key_part(struct model *model, char *const *row, const struct db_rows *rules)
{
    struct model_table *table = model_find_table(model, row[0]);
    struct strbuf text = STRBUF_INIT;
    struct model_key *key;

    if (!table)
        return;
    key = table->key_count ? &table->keys[table->key_count - 1] : NULL;
    if (!key || strcmp(key->name, row[1]) != 0) {
        key = model_add_key(table);
        key->name = xstrdup(row[1]);
        key->ref_table = xstrdup(row[3]);
        for (size_t i = 0; i < rules->count; i++)
            if (strcmp(rules->items[i][0], row[0]) == 0 &&
                strcmp(rules->items[i][1], row[1]) == 0) {
                add_rule(&text, "delete", rules->items[i][2]);
                add_rule(&text, "update", rules->items[i][3]);
            }
        key->rules = strbuf_detach(&text);
    }
    model_columns_add(&key->columns, row[2], 0);
    model_columns_add(&key->ref_columns, row[4], 0);
}

/* Says what a table is that isn't a plain one of InnoDB; NULL: it is. */
static char *kind_of(const char *engine, const char *type, const char *options)
{
    struct strbuf kind = STRBUF_INIT;

    if (engine && strcasecmp(engine, "InnoDB") != 0) {
        strbuf_addstr(&kind, "engine ");
        for (; *engine; engine++)
            strbuf_addch(&kind, (char)tolower((unsigned char)*engine));
    }
    if (options && strcasestr(options, "partitioned"))
        strbuf_addf(&kind, "%spartitioned", kind.len ? ", " : "");
    if (type && strcasecmp(type, "SYSTEM VERSIONED") == 0)
        strbuf_addf(&kind, "%ssystem versioned", kind.len ? ", " : "");
    if (kind.len)
        return strbuf_detach(&kind);
    strbuf_release(&kind);
    return NULL;
}

/* The server knows the table's name, and can't open the table: a crash in the middle of a statement
 * may do that where such statements aren't atomic (error 1932, "doesn't exist in engine"). */
static int check_readable(const struct db_rows *tables, struct err *err)
{
    for (size_t i = 0; i < tables->count; i++) {
        char **row = tables->items[i];

        if (row[1])
            continue;
        err_set(err, ERR_FAILED, "the server can't open table %s: %s", row[0],
                row[4] && *row[4] ? row[4] : "it says no reason");
        return err_hint(err,
                        "nothing was changed. Restore the table from a backup; or, if its rows may "
                        "be lost, DROP TABLE %s, and 'schema align' makes it anew",
                        row[0]);
    }
    return 0;
}

void inspect_build(struct model *model, const struct inspect_rows *rows)
{
    *model = (struct model)MODEL_INIT;
    for (size_t i = 0; i < rows->tables.count; i++) {
        char **row = rows->tables.items[i];

        if (!is_ours(row[0]))
            model_add_table(model, row[0])->kind = kind_of(row[1], row[2], row[3]);
    }
    for (size_t i = 0; i < rows->columns.count; i++)
        add_column(model, rows->columns.items[i], rows->columns.lens[i], rows->dialect);
    for (size_t i = 0; i < rows->indexes.count; i++)
        add_index_part(model, rows->indexes.items[i]);
    for (size_t i = 0; i < rows->keys.count; i++)
        add_key_part(model, rows->keys.items[i], &rows->rules);
}

void inspect_rows_release(struct inspect_rows *rows)
{
    db_rows_release(&rows->tables);
    db_rows_release(&rows->columns);
    db_rows_release(&rows->indexes);
    db_rows_release(&rows->keys);
    db_rows_release(&rows->rules);
}

int inspect_database(struct db *db, struct model *model, struct err *err)
{
    struct inspect_rows rows = {.dialect = db_server(db)->quotes_defaults ? INSPECT_DEFAULTS_QUOTED
                                                                          : INSPECT_DEFAULTS_RAW};
    int rc = -1;

    *model = (struct model)MODEL_INIT;
    if (rights_check_sight(db, err) < 0 ||
        db_query(db, tables_sql, "tnnnn", &rows.tables, err) < 0 ||
        check_readable(&rows.tables, err) < 0)
        goto out;
    if (rows.tables.count && (db_query(db, columns_sql, "ttttnnnn", &rows.columns, err) < 0 ||
                              db_query(db, indexes_sql, "tttnnn", &rows.indexes, err) < 0 ||
                              db_query(db, keys_sql, "ttttt", &rows.keys, err) < 0 ||
                              db_query(db, rules_sql, "tttt", &rows.rules, err) < 0))
        goto out;
    inspect_build(model, &rows);
    model->caseless = db_server(db)->lower_tables;
    rc = 0;
out:
    inspect_rows_release(&rows);
    return rc < 0 ? err_wrap(err, "reading the schema") : 0;
}
