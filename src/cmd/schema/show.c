#include "cmd/schema/schema.h"
#include "term/out.h"

static const struct option options[] = {SCHEMA_OPTION_REVISIONS, OPTION_END};

static json_t *statements(const struct revision_part *part)
{
    json_t *list = json_array();

    for (size_t i = 0; i < part->count; i++)
        json_array_append_new(list, json_text(part->items[i].text));
    return list;
}

static void print(const struct command_input *input, const struct graph *graph,
                  const struct revision *revision)
{
    json_t *value;

    if (!command_wants_json(input)) {
        out_printf("Rev: %s%s\nParent: %s\nPath: %s\n\n%s", revision->id,
                   graph_is_head(graph, revision) ? " (head)" : "",
                   revision->parent ? revision->parent : "<base>", revision->path, revision->text);
        return;
    }
    value = json_object();
    json_set_text(value, "revision", revision->id);
    json_set(value, "revises", revision->parent ? json_text(revision->parent) : json_null());
    json_set_text(value, "message", revision->message);
    json_set_text(value, "file", revision->path);
    json_set_bool(value, "head", graph_is_head(graph, revision));
    json_set(value, "script", revision->script ? json_text(revision->script) : json_null());
    json_set(value, "upgrade", statements(&revision->upgrade));
    json_set(value, "downgrade", statements(&revision->downgrade));
    out_json_document(value);
}

static int run(const struct command_input *input, struct err *err)
{
    struct schema_session session;
    const struct revision *revision;
    int rc = -1;

    if (schema_open(&session, input, err) < 0 ||
        graph_resolve(&session.graph, schema_operand(input, "head"), NULL, &revision, err) < 0)
        goto out;
    if (!revision) {
        err_set(err, ERR_USAGE, "the base is the empty database, no revision");
        goto out;
    }
    print(input, &session.graph, revision);
    rc = 0;
out:
    schema_close(&session);
    return rc;
}

const struct command schema_show_command = {
    .group = "schema",
    .name = "show",
    .operands = "[REVISION]",
    .max_operands = 1,
    .summary = "print a revision (default: head) and its statements",
    .details = "Needs no database.",
    .examples = "monasca-migrate schema show 6b2b\n  print revision 6b2b88f3cab4\n",
    .options = options,
    .options_size = sizeof(struct schema_options),
    .defaults = &schema_options_defaults,
    .release = schema_options_release,
    .run = run,
};
