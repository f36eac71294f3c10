#include "schema/run/offline.h"

#include "schema/server/lookup.h"
#include "schema/server/version.h"

static int add_step(struct strbuf *sql, const struct graph *graph, const struct revision *revision,
                    bool up, struct err *err)
{
    const struct revision *parent = graph_parent(graph, revision);
    const struct revision_part *part = up ? &revision->upgrade : &revision->downgrade;
    const char *parent_id = parent ? parent->id : "";

    strbuf_addf(sql, "-- Running %s %s -> %s\n\n", up ? "upgrade" : "downgrade",
                up ? parent_id : revision->id, up ? revision->id : parent_id);
    for (size_t i = 0; i < part->count; i++) {
        if (lookup_resolve_offline(sql, part->items[i].text, err) < 0)
            return -1;
        strbuf_addch(sql, '\n');
    }
    version_add_move(sql, up ? parent : revision, up ? revision : parent);
    strbuf_addstr(sql, ";\n\n");
    return 0;
}

int offline_add_path(struct strbuf *sql, const struct graph *graph, const struct graph_path *path,
                     const struct revision *from, struct err *err)
{
    if (!from && path->count)
        strbuf_addf(sql, "%s;\n\n", version_table_sql);
    for (size_t i = 0; i < path->count; i++)
        if (add_step(sql, graph, path->items[i], path->up, err) < 0)
            return -1;
    if (!path->up && path->count && !graph_parent(graph, path->items[path->count - 1]))
        strbuf_addstr(sql, "DROP TABLE alembic_version;\n\n");
    return 0;
}
