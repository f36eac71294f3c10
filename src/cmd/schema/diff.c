#include "schema/diff.h"

#include "cmd/schema/schema.h"
#include "term/out.h"

static const struct option options[] = {SCHEMA_OPTION_CONNECTION, SCHEMA_OPTION_REVISIONS,
                                        SCHEMA_OPTION_WAIT, OPTION_END};

json_t *schema_json_diff(const struct diff *diff)
{
    json_t *list = json_array();

    for (size_t i = 0; i < diff->count; i++) {
        const struct diff_item *item = &diff->items[i];
        json_t *value = json_object();

        json_set_text(value, "kind", diff_kind_name(item->kind));
        json_set_text(value, "object", diff_object_name(item->object));
        json_set_text(value, "table", item->table);
        json_set(value, "name", item->name ? json_text(item->name) : json_null());
        json_set(value, "actual", item->actual ? json_text(item->actual) : json_null());
        json_set(value, "wanted", item->wanted ? json_text(item->wanted) : json_null());
        json_array_append_new(list, value);
    }
    return list;
}

/* The operand, else what alembic_version says, else the nearest. */
int schema_wanted_place(const struct schema_session *session, const struct detection *detection,
                        const struct revision **ret, struct err *err)
{
    const struct revision *place;

    if (schema_read_place(session, &place, err) < 0)
        return -1;
    if (session->input->operands.nr)
        return graph_resolve(&session->graph, session->input->operands.v[0], place, ret, err);
    *ret = place ? place : detection->revision;
    if (*ret)
        return 0;
    err_set(err, ERR_FAILED, "the database is empty, and near to no revision");
    return err_hint(err, "'schema upgrade' makes its tables");
}

int schema_wanted_state(const struct schema_session *session, const struct revision *place,
                        struct model *wanted, struct err *err)
{
    if (graph_state(&session->graph, place, wanted))
        return 0;
    return err_set(err, ERR_FAILED,
                   "what revision %s looks like can't be told: it, or one before it, has a "
                   "statement that isn't understood",
                   graph_name(place));
}

static void print(const struct command_input *input, const struct revision *place,
                  const struct detection *detection, const struct diff *diff)
{
    struct strbuf words = STRBUF_INIT;

    if (command_wants_json(input)) {
        json_t *value = json_object();

        json_set(value, "revision", schema_json_place(place));
        json_set(value, "detection", schema_json_detection(detection));
        json_set(value, "differences", schema_json_diff(diff));
        out_json_document(value);
        return;
    }
    if (!diff->count)
        out_printf("the schema is that of revision %s\n", graph_name(place));
    else
        out_printf("compared with revision %s:\n", graph_name(place));
    if (diff->count && detection->fork)
        out_printf("  (%s)\n", detection->fork->explanation);
    for (size_t i = 0; i < diff->count; i++) {
        strbuf_reset(&words);
        diff_item_add_words(&words, &diff->items[i]);
        out_printf("  %s\n", words.buf);
    }
    strbuf_release(&words);
}

static int run(const struct command_input *input, struct err *err)
{
    struct schema_session session;
    struct detection detection = {.empty = false};
    struct model actual = MODEL_INIT, wanted = MODEL_INIT;
    struct diff diff = DIFF_INIT;
    const struct revision *place;
    int rc = -1;

    if (schema_open(&session, input, err) < 0 || schema_connect(&session, err) < 0 ||
        schema_detect(&session, &actual, &detection, err) < 0 ||
        schema_wanted_place(&session, &detection, &place, err) < 0 ||
        schema_wanted_state(&session, place, &wanted, err) < 0)
        goto out;
    diff_make(&diff, &actual, &wanted);
    print(input, place, &detection, &diff);
    rc = diff.count ? 1 : 0;
out:
    diff_release(&diff);
    model_release(&actual);
    model_release(&wanted);
    detection_release(&detection);
    schema_close(&session);
    return rc;
}

const struct command schema_diff_command = {
    .group = "schema",
    .name = "diff",
    .operands = "[REVISION]",
    .max_operands = 1,
    .summary = "tell how the schema differs from a revision",
    .details = "The default is the revision that alembic_version says, or where there is none,\n"
               "the nearest. Status 0: it doesn't differ; 1: it does.",
    .examples = "monasca-migrate schema diff\n  tell what is missing, extra, different\n",
    .options = options,
    .options_size = sizeof(struct schema_options),
    .defaults = &schema_options_defaults,
    .release = schema_options_release,
    .run = run,
};
