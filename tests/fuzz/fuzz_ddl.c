/*
 * Statements: an action that was applied is found done when it comes again, one that conflicts
 * leaves the model alone, a part of an ALTER TABLE is a statement of its own; and a name or literal
 * that was quoted is read as itself. tests/fuzz/run builds and runs it.
 */
#include "schema/shape/ddl.h"

#include "fuzz.h"
#include "mysql/db.h"
#include "schema/history/graph.h"
#include "schema/server/lookup.h"

static struct model head;

static void load_once(void)
{
    struct strvec no_dirs = STRVEC_INIT;
    const struct revision *place;
    struct graph graph;
    struct err err = ERR_INIT;

    if (head.count)
        return;
    must(graph_load(&graph, &no_dirs, &err) == 0);
    must(graph_head(&graph, &place, &err) == 0);
    must(graph_state(&graph, place, &head));
    /* A few tables that refer to each other are enough, and much faster. */
    for (size_t i = head.count; i-- > 0;)
        if (strncmp(head.tables[i].name, "alarm", 5) != 0 &&
            strcmp(head.tables[i].name, "sub_alarm") != 0)
            model_drop_table(&head, head.tables[i].name);
    graph_release(&graph);
}

static void check_action(const struct ddl_action *action, struct model *model)
{
    struct strbuf before = STRBUF_INIT, after = STRBUF_INIT, again = STRBUF_INIT;
    struct err err = ERR_INIT;
    enum ddl_effect effect;

    model_add_canonical(&before, model);
    effect = ddl_action_apply(action, model, &err);
    model_add_canonical(&after, model);
    if (effect != DDL_EFFECT_APPLIED) {
        must(same_text(before.buf, after.buf));
        must((effect == DDL_EFFECT_CONFLICT) == (err.message != NULL));
    } else {
        must(ddl_action_apply(action, model, &err) != DDL_EFFECT_CONFLICT);
        model_add_canonical(&again, model);
        must(same_text(after.buf, again.buf));
    }
    err_release(&err);
    strbuf_release(&before);
    strbuf_release(&after);
    strbuf_release(&again);
}

/* Each action of an ALTER TABLE, behind its head, is that action. */
static void check_parts(const struct ddl *ddl, const char *text)
{
    for (size_t i = 0; i < ddl->count && ddl->head_end; i++) {
        const struct ddl_action *action = &ddl->actions[i];
        struct strbuf one = STRBUF_INIT;
        struct ddl part;

        must(ddl->head_end <= action->start && action->start < action->end);
        must(action->end <= strlen(text));
        strbuf_add(&one, text, ddl->head_end);
        strbuf_add(&one, text + action->start, action->end - action->start);
        ddl_parse(&part, one.buf);
        must(part.class == DDL_CLASS_SHAPE && part.count == 1);
        must(part.actions[0].kind == action->kind);
        must(same_text(part.actions[0].table, action->table));
        must(same_text(part.actions[0].name, action->name));
        must(same_text(part.actions[0].new_name, action->new_name));
        ddl_release(&part);
        strbuf_release(&one);
    }
}

static void check_statement(const char *text)
{
    struct model model;
    struct ddl ddl;

    ddl_parse(&ddl, text);
    must(ddl.class == DDL_CLASS_SHAPE || !ddl.count);
    check_parts(&ddl, text);
    model_copy(&model, &head);
    for (size_t i = 0; i < ddl.count; i++)
        check_action(&ddl.actions[i], &model);
    model_release(&model);
    ddl_release(&ddl);
}

static void check_braces(const char *text)
{
    struct strbuf online = STRBUF_INIT, offline = STRBUF_INIT;
    struct err err = ERR_INIT, other = ERR_INIT;
    int rc = ddl_resolve_by_model(&online, text, &head, &err);

    must(rc == lookup_resolve_offline(&offline, text, &other));
    if (rc == 0 && !strchr(text, '{'))
        must(same_text(online.buf, text));
    err_release(&err);
    err_release(&other);
    strbuf_release(&online);
    strbuf_release(&offline);
}

static void check_quoting(const char *text)
{
    struct strbuf sql = STRBUF_INIT;
    const char *next;
    size_t len;
    struct ddl ddl;

    strbuf_addstr(&sql, "ALTER TABLE ");
    db_add_identifier(&sql, text);
    strbuf_addstr(&sql, " ALTER COLUMN ");
    db_add_identifier(&sql, text);
    strbuf_addstr(&sql, " SET DEFAULT ");
    db_add_string(&sql, text);
    must(ddl_statement_length(sql.buf, &len, &next) == 0 && len == sql.len);
    ddl_parse(&ddl, sql.buf);
    must(ddl.class == DDL_CLASS_SHAPE && ddl.count == 1);
    must(same_text(ddl.actions[0].table, text) && same_text(ddl.actions[0].name, text));
    must(same_text(ddl.actions[0].new_name, text));
    ddl_release(&ddl);
    strbuf_release(&sql);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = text_of(data, size);
    const char *next = text;
    size_t len;

    load_once();
    check_quoting(text);
    check_braces(text);
    while (*next) {
        const char *start = next;
        char *statement;

        if (ddl_statement_length(start, &len, &next) < 0)
            break;
        statement = xmemdupz(start, len);
        check_statement(statement);
        free(statement);
    }
    check_statement(text);
    free(text);
    return 0;
}
