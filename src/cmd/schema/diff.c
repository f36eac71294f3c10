#include "base/status.h"
#include "shape.h"
#include "term/out.h"

static const struct option options[] = {SCHEMA_OPTION_CONNECTION, SCHEMA_OPTION_REVISIONS,
                                        SCHEMA_OPTION_WAIT, OPTION_END};

static void print(const struct command_input *input, const struct revision *revision,
                  const struct detection *detection, const struct diff *diff)
{
    struct strbuf words = STRBUF_INIT;

    if (command_wants_json(input)) {
        json_t *value = json_object();

        json_set(value, "revision", schema_json_revision(revision));
        json_set(value, "detection", schema_json_detection(detection));
        json_set(value, "differences", schema_json_diff(diff));
        out_json_document(value);
        return;
    }
    if (!diff->count)
        out_printf("the schema is that of revision %s\n", graph_name(revision));
    else
        out_printf("compared with revision %s:\n", graph_name(revision));
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
    const struct revision *revision;
    int rc = -1;

    if (schema_open(&session, input, err) < 0 || schema_connect(&session, err) < 0 ||
        schema_detect(&session, &actual, &detection, err) < 0 ||
        schema_wanted_revision(&session, &detection, &revision, err) < 0 ||
        schema_wanted_state(&session, revision, &wanted, err) < 0 ||
        schema_compare(&session, &actual, &wanted, revision, &diff, err) < 0)
        goto out;
    print(input, revision, &detection, &diff);
    rc = diff.count ? STATUS_IN_PART : STATUS_DONE;
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
