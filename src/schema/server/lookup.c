#include "schema/server/lookup.h"

#include <stdlib.h>
#include <string.h>

/* Adds the list as GROUP_CONCAT() gives it: 'a,b'. */
static void add_column_list(struct strbuf *sql, const struct model_columns *columns)
{
    struct strbuf list = STRBUF_INIT;

    for (size_t i = 0; i < columns->count; i++)
        strbuf_addf(&list, "%s%s", i ? "," : "", columns->items[i].column);
    db_add_string(sql, list.buf);
    strbuf_release(&list);
}

static void add_name_query(struct strbuf *sql, const struct ddl_lookup *lookup,
                           const char *name_column, const char *view, const char *condition,
                           const char *order)
{
    strbuf_addf(sql,
                "SELECT CONCAT('`', MAX(%s), '`') FROM (SELECT %s FROM information_schema.%s"
                " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ",
                name_column, name_column, view);
    db_add_string(sql, lookup->table);
    strbuf_addf(sql, "%s GROUP BY %s HAVING GROUP_CONCAT(COLUMN_NAME ORDER BY %s) = ", condition,
                name_column, order);
    add_column_list(sql, &lookup->columns);
    strbuf_addstr(sql, ") AS found");
}

static void add_query(struct strbuf *sql, const struct ddl_lookup *lookup)
{
    switch (lookup->kind) {
    case DDL_LOOKUP_KEY:
        add_name_query(sql, lookup, "CONSTRAINT_NAME", "KEY_COLUMN_USAGE",
                       " AND REFERENCED_TABLE_NAME IS NOT NULL", "ORDINAL_POSITION");
        break;
    case DDL_LOOKUP_INDEX:
        add_name_query(sql, lookup, "INDEX_NAME", "STATISTICS", "", "SEQ_IN_INDEX");
        break;
    case DDL_LOOKUP_CHARSET:
        strbuf_addstr(sql, "SELECT CONCAT('CHARACTER SET ', CHARACTER_SET_NAME, ' COLLATE ',"
                           " COLLATION_NAME) FROM information_schema.COLUMNS"
                           " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ");
        db_add_string(sql, lookup->table);
        strbuf_addstr(sql, " AND COLUMN_NAME = ");
        db_add_string(sql, lookup->columns.items[0].column);
        break;
    }
}

struct question {
    struct db *db;
    const char *text; /* of the statement */
};

static int resolve_by_server(void *context, struct strbuf *resolved,
                             const struct ddl_lookup *lookup, struct err *err)
{
    const struct question *question = context;
    struct strbuf sql = STRBUF_INIT;
    char *value;
    int rc;

    add_query(&sql, lookup);
    rc = db_query_value(question->db, sql.buf, &value, err);
    if (rc == 0 && !value)
        rc = err_set(err, ERR_FAILED, "the database has no %.*s",
                     (int)(lookup->end - lookup->start) - 2, question->text + lookup->start + 1);
    if (rc == 0) {
        strbuf_addstr(resolved, value);
        free(value);
    }
    strbuf_release(&sql);
    return rc;
}

int lookup_resolve_by_server(struct strbuf *resolved, const char *text, struct db *db,
                             struct err *err)
{
    struct question question = {db, text};

    return ddl_resolve(resolved, text, resolve_by_server, &question, err);
}

static void add_literal_part(struct strbuf *sql, const char *text, size_t len)
{
    struct strbuf part = STRBUF_INIT;

    strbuf_add(&part, text, len);
    db_add_string(sql, part.buf);
    strbuf_release(&part);
}

int lookup_resolve_offline(struct strbuf *sql, const char *text, struct err *err)
{
    struct strbuf before = STRBUF_INIT, concat = STRBUF_INIT;
    struct ddl_lookup lookup;
    unsigned count = 0;
    size_t at = 0;
    int rc;

    while ((rc = ddl_next_lookup(text, at, &lookup, err)) > 0) {
        strbuf_addf(&before, "SET @monasca_%u = (", ++count);
        add_query(&before, &lookup);
        strbuf_addstr(&before, ");\n");
        add_literal_part(&concat, text + at, lookup.start - at);
        strbuf_addf(&concat, ", @monasca_%u, ", count);
        at = lookup.end;
        ddl_lookup_release(&lookup);
    }
    if (rc == 0 && count) {
        add_literal_part(&concat, text + at, strlen(text + at));
        strbuf_addf(sql,
                    "%sSET @monasca_statement = CONCAT(%s);\n"
                    "PREPARE monasca_statement FROM @monasca_statement;\n"
                    "EXECUTE monasca_statement;\n"
                    "DEALLOCATE PREPARE monasca_statement;\n",
                    before.buf, concat.buf);
    } else if (rc == 0) {
        strbuf_addf(sql, "%s;\n", text);
    }
    strbuf_release(&before);
    strbuf_release(&concat);
    return rc;
}
