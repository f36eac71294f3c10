#include "plan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/names.h"
#include "base/plural.h"
#include "schema/shape/ddl.h"
#include "term/number.h"
#include "term/out.h"

/* The fate of a table. FATE_PASS: these statements make it, and drop it again. */
enum fate { FATE_CHANGE, FATE_MAKE, FATE_DROP, FATE_PASS };

static const char *const fate_names[] = {"change", "make", "drop"};
static const char *const fate_words[] = {"Tables that it changes", "Tables that it makes",
                                         "Tables that it drops"};

/* The tables that the statements name, in the order in which they do. */
struct touched {
    struct names tables;
    enum fate *fates; /* by table */
    int64_t *rows;    /* -1: not known */
    size_t alloc, rows_alloc;
};

static void touch(struct touched *touched, const char *table, enum ddl_kind kind)
{
    uint32_t before = (uint32_t)touched->tables.count, number;

    number = names_add(&touched->tables, table);
    if (number == before) {
        GROW(touched->fates, number, touched->alloc);
        GROW(touched->rows, number, touched->rows_alloc);
        touched->fates[number] = FATE_CHANGE;
        touched->rows[number] = -1;
    }
    if (kind == DDL_CREATE_TABLE)
        touched->fates[number] = FATE_MAKE;
    if (kind == DDL_DROP_TABLE)
        touched->fates[number] = touched->fates[number] == FATE_MAKE ? FATE_PASS : FATE_DROP;
}

/* Names in braces are known to the database only, and the tables that a statement changes don't
 * depend on them: any name will do, and no charset. */
static int resolve_by_anything(void *context, struct strbuf *resolved,
                               const struct ddl_lookup *lookup, struct err *err)
{
    (void)context;
    (void)err;
    strbuf_addstr(resolved, lookup->kind == DDL_LOOKUP_CHARSET ? "" : "`name`");
    return 0;
}

static void read_statements(struct touched *touched, const struct strvec *statements)
{
    for (size_t i = 0; i < statements->nr; i++) {
        struct strbuf text = STRBUF_INIT;
        struct err ignored = ERR_INIT;
        struct ddl ddl;

        ddl_resolve(&text, statements->v[i], resolve_by_anything, NULL, &ignored);
        ddl_parse(&ddl, text.buf);
        for (size_t a = 0; a < ddl.count; a++)
            if (ddl.actions[a].table)
                touch(touched, ddl.actions[a].table, ddl.actions[a].kind);
        ddl_release(&ddl);
        err_release(&ignored);
        strbuf_release(&text);
    }
}

static void read_rows(struct touched *touched, struct db *db)
{
    struct db_rows rows = DB_ROWS_INIT;
    struct err err = ERR_INIT;

    if (db_query(db,
                 "SELECT TABLE_NAME, TABLE_ROWS FROM information_schema.TABLES"
                 " WHERE TABLE_SCHEMA = DATABASE()",
                 "tn", &rows, &err) < 0)
        log_debug("the numbers of rows aren't known: %s", err.message);
    for (size_t i = 0; i < rows.count; i++) {
        uint32_t number =
            rows.items[i][0] ? names_find(&touched->tables, rows.items[i][0]) : NAMES_NONE;

        if (number != NAMES_NONE && touched->rows && rows.items[i][1])
            touched->rows[number] = strtoll(rows.items[i][1], NULL, 10);
        /* The table exists, so these statements don't make it: dropping it loses it. */
        if (number != NAMES_NONE && touched->fates && touched->fates[number] == FATE_PASS)
            touched->fates[number] = FATE_DROP;
    }
    db_rows_release(&rows);
    err_release(&err);
}

static void tell_tables(const struct touched *touched, enum fate fate)
{
    struct strbuf text = STRBUF_INIT;

    for (size_t i = 0; i < touched->tables.count; i++) {
        if (touched->fates[i] != fate)
            continue;
        strbuf_addf(&text, "%s%s", text.len ? ", " : "", touched->tables.items[i]);
        if (touched->rows[i] >= 0 && fate != FATE_MAKE) {
            strbuf_addstr(&text, " (about ");
            number_add_grouped(&text, touched->rows[i]);
            strbuf_addstr(&text, PLURAL(touched->rows[i], " row)", " rows)"));
        }
    }
    if (text.len)
        log_info("%s: %s", fate_words[fate], text.buf);
    strbuf_release(&text);
}

static void tell_text(const struct schema_plan *plan, const struct touched *touched)
{
    struct strbuf losses = STRBUF_INIT;

    for (size_t i = 0; plan->losses && i < plan->losses->nr; i++)
        strbuf_addf(&losses, "%s%s", i ? ", " : "", plan->losses->v[i]);
    if (losses.len)
        log_warning("this deletes, with all data in it: %s", losses.buf);
    if (plan->steps)
        log_info("Plan: %zu revision%s with %zu statement%s, from %s to %s", plan->steps,
                 PLURAL(plan->steps, "", "s"), plan->statements.nr,
                 PLURAL(plan->statements.nr, "", "s"), graph_name(plan->from),
                 graph_name(plan->to));
    else
        log_info("Plan: %zu statement%s, to the shape of %s", plan->statements.nr,
                 PLURAL(plan->statements.nr, "", "s"), graph_name(plan->to));
    tell_tables(touched, FATE_DROP);
    tell_tables(touched, FATE_CHANGE);
    tell_tables(touched, FATE_MAKE);
    strbuf_release(&losses);
}

static void tell_json(const struct schema_plan *plan, const struct touched *touched)
{
    json_t *event = json_object(), *losses = json_array(), *tables = json_array();

    json_set_text(event, "event", "plan");
    if (plan->steps)
        json_set(event, "from", schema_json_revision(plan->from));
    json_set(event, "to", schema_json_revision(plan->to));
    json_set_int(event, "revisions", (int64_t)plan->steps);
    json_set_int(event, "statements", (int64_t)plan->statements.nr);
    for (size_t i = 0; plan->losses && i < plan->losses->nr; i++)
        json_array_append_new(losses, json_text(plan->losses->v[i]));
    json_set(event, "losses", losses);
    for (size_t i = 0; i < touched->tables.count; i++) {
        json_t *table;

        if (touched->fates[i] == FATE_PASS)
            continue;
        table = json_object();
        json_set_text(table, "table", touched->tables.items[i]);
        json_set_text(table, "action", fate_names[touched->fates[i]]);
        json_set(table, "rows",
                 touched->rows[i] >= 0 ? json_integer(touched->rows[i]) : json_null());
        json_array_append_new(tables, table);
    }
    json_set(event, "tables", tables);
    out_json_line(event);
}

void schema_tell_plan(const struct schema_session *session, const struct schema_plan *plan)
{
    struct touched touched = {.tables = NAMES_INIT};

    if (!plan->statements.nr && !plan->steps)
        return;
    read_statements(&touched, &plan->statements);
    read_rows(&touched, session->db);
    if (command_wants_json(session->input))
        tell_json(plan, &touched);
    else
        tell_text(plan, &touched);
    names_release(&touched.tables);
    free(touched.fates);
    free(touched.rows);
}
