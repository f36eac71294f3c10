#include "cmd/schema/schema.h"
#include "term/out.h"

static const struct option options[] = {SCHEMA_OPTION_REVISIONS, OPTION_END};

static void print_json(const struct graph *graph, bool heads_only)
{
    json_t *list = json_array(), *value = json_object();

    for (size_t i = graph->count; i-- > 0;) {
        const struct revision *revision = &graph->items[i];
        json_t *item;

        if (heads_only && !graph_is_head(graph, revision))
            continue;
        item = json_object();
        json_set_text(item, "revision", revision->id);
        json_set(item, "revises", revision->parent ? json_text(revision->parent) : json_null());
        json_set_text(item, "message", revision->message);
        json_set_text(item, "file", revision->path);
        json_set_bool(item, "head", graph_is_head(graph, revision));
        json_array_append_new(list, item);
    }
    json_set(value, "revisions", list);
    out_json_document(value);
}

static void print_text(const struct graph *graph)
{
    for (size_t i = graph->count; i-- > 0;) {
        const struct revision *revision = &graph->items[i];

        out_printf("%s -> %s%s, %s\n", revision->parent ? revision->parent : "<base>", revision->id,
                   graph_is_head(graph, revision) ? " (head)" : "", revision->message);
    }
}

static int run_history(const struct command_input *input, struct err *err)
{
    struct schema_session session;

    if (schema_open(&session, input, err) < 0)
        return -1;
    if (command_wants_json(input))
        print_json(&session.graph, false);
    else
        print_text(&session.graph);
    schema_close(&session);
    return 0;
}

static int run_heads(const struct command_input *input, struct err *err)
{
    struct schema_session session;

    if (schema_open(&session, input, err) < 0)
        return -1;
    if (command_wants_json(input))
        print_json(&session.graph, true);
    for (size_t i = 0; i < session.graph.count && !command_wants_json(input); i++)
        if (graph_is_head(&session.graph, &session.graph.items[i]))
            out_printf("%s (head)\n", session.graph.items[i].id);
    schema_close(&session);
    return 0;
}

const struct command schema_history_command = {
    .group = "schema",
    .name = "history",
    .summary = "list the revisions, latest first",
    .details = "Needs no database.",
    .examples = "monasca-migrate schema history\n  list them\n",
    .options = options,
    .options_size = sizeof(struct schema_options),
    .defaults = &schema_options_defaults,
    .release = schema_options_release,
    .run = run_history,
};

const struct command schema_heads_command = {
    .group = "schema",
    .name = "heads",
    .summary = "print the heads: the revisions that no other one revises",
    .details = "Needs no database.",
    .examples = "monasca-migrate schema heads\n  print it\n",
    .options = options,
    .options_size = sizeof(struct schema_options),
    .defaults = &schema_options_defaults,
    .release = schema_options_release,
    .run = run_heads,
};
