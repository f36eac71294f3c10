#include "schema/run/route.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "schema/shape/ddl.h"

void route_release(struct route *route)
{
    for (size_t s = 0; s < route->count; s++) {
        for (size_t i = 0; i < route->steps[s].count; i++)
            free(route->steps[s].statements[i].text);
        free(route->steps[s].statements);
    }
    free(route->steps);
    model_release(&route->after);
    *route = (struct route)ROUTE_INIT;
}

static void digest_part(const struct revision_part *part, char ret[DIGEST_HEX_LENGTH + 1])
{
    struct strbuf all = STRBUF_INIT;

    for (size_t i = 0; i < part->count; i++)
        strbuf_addf(&all, "%s;\n", part->items[i].text);
    digest_sha256_hex(all.buf, all.len, ret);
    strbuf_release(&all);
}

static struct route_step *add_step(struct route *route, const struct graph *graph,
                                   const struct revision *revision, bool up)
{
    const struct revision *parent = graph_parent(graph, revision);
    const struct revision_part *part = up ? &revision->upgrade : &revision->downgrade;
    struct route_step *step;

    GROW(route->steps, route->count, route->alloc);
    step = &route->steps[route->count++];
    *step = (struct route_step){.revision = revision,
                                .from = up ? parent : revision,
                                .to = up ? revision : parent,
                                .up = up,
                                .statements = xcalloc(part->count + 1, sizeof(*step->statements)),
                                .count = part->count};
    digest_part(part, step->digest);
    for (size_t i = 0; i < part->count; i++)
        step->statements[i].source = &part->items[i];
    return step;
}

static void note_needs(struct route *route, const struct ddl *ddl)
{
    for (size_t i = 0; i < ddl->count; i++) {
        enum ddl_kind kind = ddl->actions[i].kind;

        route->needs_create |= kind == DDL_CREATE_TABLE || kind == DDL_RENAME_TABLE;
        route->needs_rename |= kind == DDL_RENAME_COLUMN;
        route->needs_drop |= kind == DDL_DROP_TABLE || kind == DDL_RENAME_TABLE;
        route->needs_alter |= ddl->head_end > 0 || kind == DDL_RENAME_TABLE;
        route->needs_index |=
            ddl->head_end == 0 && (kind == DDL_ADD_INDEX || kind == DDL_DROP_INDEX);
        route->needs_references |=
            kind == DDL_ADD_KEY || (kind == DDL_CREATE_TABLE && ddl->actions[i].body.key_count > 0);
    }
}

/* The statement without the actions that took effect already; NULL where it can't be cut. */
static char *rest_of(const struct ddl *ddl)
{
    struct strbuf rest = STRBUF_INIT;
    size_t kept = 0;

    if (ddl->head_end)
        strbuf_add(&rest, ddl->text, ddl->head_end);
    else
        strbuf_addstr(&rest, "DROP TABLE ");
    for (size_t i = 0; i < ddl->count; i++) {
        const struct ddl_action *action = &ddl->actions[i];

        if (!ddl->head_end && action->kind != DDL_DROP_TABLE) {
            strbuf_release(&rest);
            return NULL;
        }
        if (action->effect == DDL_EFFECT_ALREADY)
            continue;
        strbuf_addstr(&rest, kept++ ? ", " : "");
        if (ddl->head_end)
            strbuf_add(&rest, ddl->text + action->start, action->end - action->start);
        else
            strbuf_addf(&rest, "`%s`", action->table);
    }
    return strbuf_detach(&rest);
}

static int fail_at(const struct route_step *step, const struct route_statement *statement,
                   struct err *err)
{
    err_wrap(err, "%s of revision %s can't work (%s:%u)",
             step->up ? "the upgrade" : "the downgrade", step->revision->id, step->revision->path,
             statement->source->line);
    return err_hint(err, "nothing was changed; 'schema diff %s' shows where the database differs",
                    graph_name(step->from));
}

/* Tries a statement that is understood; `resumes`: it may have taken effect already. */
static int try_actions(struct route *route, const struct route_step *step,
                       struct route_statement *statement, struct ddl *ddl, bool resumes,
                       struct err *err)
{
    enum ddl_effect effect = ddl_apply(ddl, &route->after, err);

    if (effect == DDL_EFFECT_APPLIED)
        return 0;
    if (effect == DDL_EFFECT_CONFLICT)
        return fail_at(step, statement, err);
    if (!resumes) {
        err_set(err, ERR_FAILED,
                "the statement has taken effect already, and no run was interrupted in it");
        return fail_at(step, statement, err);
    }
    if (effect == DDL_EFFECT_ALREADY) {
        statement->verdict = ROUTE_SKIP;
        return 0;
    }
    statement->verdict = ROUTE_REST;
    statement->text = rest_of(ddl);
    if (statement->text)
        return 0;
    err_set(err, ERR_FAILED, "a part of it took effect already");
    return fail_at(step, statement, err);
}

static int try_statement(struct route *route, const struct route_step *step, size_t i, bool resumes,
                         struct err *err)
{
    struct route_statement *statement = &step->statements[i];
    struct ddl ddl;
    int rc = 0;

    if (ddl_read(&ddl, statement->source->text, &route->after, err) < 0)
        return -1;
    statement->has_braces = strcmp(ddl.text, statement->source->text) != 0;
    statement->data = ddl.class == DDL_CLASS_DATA;
    route->uncertain |= ddl.class == DDL_CLASS_OPAQUE;
    statement->settles = ddl.class == DDL_CLASS_SHAPE && !route->uncertain;
    note_needs(route, &ddl);
    if (statement->settles)
        rc = try_actions(route, step, statement, &ddl, resumes, err);
    ddl_release(&ddl);
    return rc;
}

/* Does `end`, the shape when the step is over, show that the statement took effect? Where it
 * doesn't, `end` was changed, and must be made anew. */
static bool shows_in(const struct route_statement *statement, struct model *end)
{
    struct err ignored = ERR_INIT;
    struct ddl ddl;
    bool shows = ddl_read(&ddl, statement->source->text, end, &ignored) == 0 &&
                 ddl_apply(&ddl, end, &ignored) == DDL_EFFECT_ALREADY;

    ddl_release(&ddl);
    err_release(&ignored);
    return shows;
}

static void find_settling(const struct route_step *step, const struct model *after)
{
    struct model end;

    model_copy(&end, after);
    for (size_t i = step->first; i < step->count; i++) {
        struct route_statement *statement = &step->statements[i];

        if (!statement->settles || shows_in(statement, &end))
            continue;
        statement->settles = false;
        model_release(&end);
        model_copy(&end, after);
    }
    model_release(&end);
}

/* A statement that drops what the revision before it doesn't have names it wrongly: in no database
 * can it have taken effect already. `what` says so. */
static int fail_drop(const struct route_step *step, const struct route_statement *statement,
                     const char *what, struct err *err)
{
    err_set(err, ERR_FAILED, "%s of revision %s can't work (%s:%u): %s",
            step->up ? "the upgrade" : "the downgrade", step->revision->id, step->revision->path,
            statement->source->line, what);
    return err_hint(err, "nothing was changed; correct the name, or write IF EXISTS");
}

static int fail_refused(const struct route_step *step, const struct route_statement *statement,
                        const char *why, struct err *err)
{
    err_set(err, ERR_FAILED, "%s of revision %s can't run (%s:%u): %s",
            step->up ? "the upgrade" : "the downgrade", step->revision->id, step->revision->path,
            statement->source->line, why);
    return err_hint(err, "nothing was changed; 'schema lint' finds such statements");
}

/* Tries the statements on the shape that comes of the revisions alone. */
static int check_step(const struct graph *graph, const struct route_step *step, struct err *err)
{
    struct err ignored = ERR_INIT;
    struct model ideal;
    bool known = graph_state(graph, step->from, &ideal);
    int rc = 0;

    for (size_t i = 0; i < step->count && rc == 0; i++) {
        const char *why = ddl_refusal(step->statements[i].source->text);

        if (why)
            rc = fail_refused(step, &step->statements[i], why, err);
    }
    for (size_t i = 0; i < step->count && known && rc == 0; i++) {
        const char *text = step->statements[i].source->text, *what = NULL;
        struct ddl ddl;

        known = ddl_read(&ddl, text, &ideal, &ignored) == 0 && ddl.class != DDL_CLASS_OPAQUE &&
                ddl_apply(&ddl, &ideal, &ignored) != DDL_EFFECT_CONFLICT;
        if (known && !strcasestr(text, "IF EXISTS"))
            what = ddl_drops_nothing(&ddl);
        if (what)
            rc = fail_drop(step, &step->statements[i], what, err);
        ddl_release(&ddl);
    }
    err_release(&ignored);
    model_release(&ideal);
    return rc;
}

static int try_step(struct route *route, const struct route_step *step, bool resumes,
                    struct err *err)
{
    for (size_t i = step->first; i < step->count; i++) {
        if (try_statement(route, step, i, resumes, err) < 0)
            return -1;
        route->found_done += step->statements[i].verdict != ROUTE_RUN;
    }
    find_settling(step, &route->after);
    return 0;
}

int route_make(struct route *route, const struct graph *graph, const struct graph_path *path,
               const struct revision *from, const struct model *actual, const struct record *record,
               struct err *err)
{
    *route = (struct route)ROUTE_INIT;
    model_copy(&route->after, actual);
    for (size_t i = 0; i < path->count; i++) {
        struct route_step *step = add_step(route, graph, path->items[i], path->up);

        if (i == 0 && step->from != from) {
            err_set(err, ERR_BUG, "a path that begins elsewhere");
            goto fail;
        }
        if (i == 0 && record && record->has_row && record->up == step->up &&
            strcmp(record->revision, step->revision->id) == 0 &&
            strcmp(record->digest, step->digest) == 0 && record->done <= step->count)
            step->first = record->done;
        if (check_step(graph, step, err) < 0 || try_step(route, step, i == 0, err) < 0)
            goto fail;
    }
    return 0;
fail:
    route_release(route);
    return -1;
}

void route_add_losses(struct strvec *losses, const struct route *route, const struct model *actual)
{
    for (size_t t = 0; t < actual->count && !route->uncertain; t++) {
        const struct model_table *table = &actual->tables[t];
        const struct model_table *kept = model_find_table(&route->after, table->name);

        if (!kept)
            strvec_pushf(losses, "table %s", table->name);
        for (size_t i = 0; kept && i < table->column_count; i++)
            if (!model_find_column(kept, table->columns[i].name))
                strvec_pushf(losses, "column %s.%s", table->name, table->columns[i].name);
    }
}
