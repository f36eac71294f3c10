#include "schema/server/rows.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/plural.h"
#include "base/strbuf.h"
#include "schema/shape/ddl.h"

/* ---- rows that a schema comes with ---- */

static bool is_in(const struct db_rows *rows, const char *value)
{
    for (size_t i = 0; i < rows->count; i++)
        if (strcasecmp(rows->items[i][0], value) == 0)
            return true;
    return false;
}

/* Adds "IN ('a', 'b')" for the rows of `table`. */
static void add_values(struct strbuf *sql, const struct enumeration *rows, const char *table)
{
    size_t count = 0;

    strbuf_addstr(sql, "IN (");
    for (size_t i = 0; i < rows->count; i++) {
        if (strcasecmp(rows->items[i].table, table) != 0)
            continue;
        strbuf_addstr(sql, count++ ? ", " : "");
        db_add_string(sql, rows->items[i].value);
    }
    strbuf_addch(sql, ')');
}

/* Compares the rows of one table, from the one at `*at` on; moves `*at` behind them. */
static int compare_table(struct diff *diff, struct db *db, const struct enumeration *expected,
                         size_t *at, const struct model *actual, struct err *err)
{
    const struct enumeration_row *first = &expected->items[*at];
    const struct model_table *table = model_find_table(actual, first->table);
    bool there = table && model_find_column(table, first->column);
    struct strbuf sql = STRBUF_INIT;
    struct db_rows rows = DB_ROWS_INIT;
    int rc = 0;

    if (there) {
        strbuf_addstr(&sql, "SELECT ");
        db_add_identifier(&sql, first->column);
        strbuf_addstr(&sql, " FROM ");
        db_add_identifier(&sql, first->table);
        strbuf_addstr(&sql, " WHERE ");
        db_add_identifier(&sql, first->column);
        strbuf_addch(&sql, ' ');
        add_values(&sql, expected, first->table);
        rc = db_query(db, sql.buf, "t", &rows, err);
    }
    for (; *at < expected->count && strcmp(expected->items[*at].table, first->table) == 0; ++*at)
        if (there && rc == 0 && !is_in(&rows, expected->items[*at].value))
            diff_add_row(diff, first->table, first->column, expected->items[*at].value);
    db_rows_release(&rows);
    strbuf_release(&sql);
    return rc < 0 ? err_wrap(err, "reading the rows of %s", first->table) : 0;
}

int rows_compare(struct diff *diff, struct db *db, const struct enumeration *expected,
                 const struct model *actual, struct err *err)
{
    for (size_t i = 0; i < expected->count;)
        if (compare_table(diff, db, expected, &i, actual, err) < 0)
            return -1;
    return 0;
}

/* ---- rows in the way of a foreign key ---- */

/* Adds the value that the key will have in a column: what stands there, or the default of a column
 * that is added before. False where it can't be told, or is NULL. */
static bool add_child_value(struct strbuf *sql, const struct model_table *now,
                            const struct model_table *later, const char *name)
{
    const struct model_column *column = later ? model_find_column(later, name) : NULL;

    if (model_find_column(now, name)) {
        strbuf_addstr(sql, "child.");
        db_add_identifier(sql, name);
        return true;
    }
    if (!column || column->nullable || !column->fallback)
        return false;
    strbuf_addstr(sql, column->fallback);
    return true;
}

/* Adds the condition of the rows that the key would refuse; false where there can't be any. */
static bool add_condition(struct strbuf *sql, const struct model_key *key,
                          const struct model *actual, const struct model *later,
                          const struct model_table *now, const struct enumeration *inserted)
{
    const struct model_table *parent = model_find_table(actual, key->ref_table);
    struct strbuf match = STRBUF_INIT, value = STRBUF_INIT;
    bool tells = true;

    for (size_t i = 0; i < key->columns.count && tells; i++) {
        strbuf_reset(&value);
        tells = i < key->ref_columns.count &&
                add_child_value(&value, now, model_find_table(later, now->name),
                                key->columns.items[i].column) &&
                (!parent || model_find_column(parent, key->ref_columns.items[i].column));
        if (!tells)
            break;
        strbuf_addf(sql, "%s%s IS NOT NULL", i ? " AND " : "", value.buf);
        strbuf_addf(&match, "%sparent.", i ? " AND " : "");
        db_add_identifier(&match, key->ref_columns.items[i].column);
        strbuf_addf(&match, " = %s", value.buf);
    }
    if (tells && parent) {
        strbuf_addstr(sql, " AND NOT EXISTS (SELECT 1 FROM ");
        db_add_identifier(sql, key->ref_table);
        strbuf_addf(sql, " AS parent WHERE %s)", match.buf);
    }
    for (size_t i = 0; tells && key->columns.count == 1 && i < inserted->count; i++)
        if (strcasecmp(inserted->items[i].table, key->ref_table) == 0) {
            strbuf_addf(sql, " AND %s NOT ", value.buf);
            add_values(sql, inserted, key->ref_table);
            break;
        }
    strbuf_release(&match);
    strbuf_release(&value);
    return tells;
}

static int fail_orphans(const struct model_table *table, const struct model_key *key,
                        const char *count, const char *query, struct err *err)
{
    char *columns = model_columns_text(&key->columns);

    err_set(err, ERR_FAILED,
            "the foreign key of %s (%s) can't be made: %s row%s no row of %s that %s to",
            table->name, columns, count, strcmp(count, "1") == 0 ? " has" : "s have",
            key->ref_table, strcmp(count, "1") == 0 ? "it refers" : "they refer");
    free(columns);
    return err_hint(err,
                    "nothing was changed; %s shows them: delete or mend them, and run the same "
                    "command again",
                    query);
}

static int check_key(struct db *db, const struct model_table *now, const struct model_key *key,
                     const struct model *actual, const struct model *later,
                     const struct enumeration *inserted, struct err *err)
{
    struct strbuf from = STRBUF_INIT, count = STRBUF_INIT, show = STRBUF_INIT;
    struct err problem = ERR_INIT;
    char *value = NULL;
    int rc = 0;

    strbuf_addstr(&from, "FROM ");
    db_add_identifier(&from, now->name);
    strbuf_addstr(&from, " AS child WHERE ");
    if (!add_condition(&from, key, actual, later, now, inserted))
        goto out;
    strbuf_addf(&count, "SELECT COUNT(*) %s", from.buf);
    strbuf_addf(&show, "SELECT child.* %s", from.buf);
    if (db_query_value(db, count.buf, &value, &problem) < 0) {
        if (db_lost(db)) {
            rc = err_set(err, problem.code, "%s", problem.message);
            goto out;
        }
        /* Collations that don't mix, for one: the server will say so of the key, too. */
        log_debug("orphans can't be looked for: %s", problem.message);
    } else if (value && strcmp(value, "0") != 0) {
        rc = fail_orphans(now, key, value, show.buf, err);
    }
out:
    err_release(&problem);
    free(value);
    strbuf_release(&from);
    strbuf_release(&count);
    strbuf_release(&show);
    return rc;
}

int rows_check_keys(struct db *db, const char *const *statements, size_t count,
                    const struct model *actual, struct err *err)
{
    struct enumeration inserted = ENUMERATION_INIT;
    struct err ignored = ERR_INIT;
    struct model later;
    int rc = 0;

    model_copy(&later, actual);
    for (size_t i = 0; i < count && rc == 0; i++) {
        struct ddl ddl;

        enumeration_apply(&inserted, statements[i]);
        if (ddl_read(&ddl, statements[i], &later, &ignored) == 0)
            ddl_apply(&ddl, &later, &ignored);
        for (size_t a = 0; a < ddl.count && rc == 0; a++) {
            const struct model_table *now = model_find_table(actual, ddl.actions[a].table);

            if (ddl.actions[a].kind == DDL_ADD_KEY && now)
                rc = check_key(db, now, &ddl.actions[a].key, actual, &later, &inserted, err);
        }
        ddl_release(&ddl);
        err_release(&ignored);
    }
    model_release(&later);
    enumeration_release(&inserted);
    return rc;
}
