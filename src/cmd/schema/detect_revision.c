#include "base/status.h"
#include "shape.h"
#include "term/out.h"

static const struct option options[] = {SCHEMA_OPTION_CONNECTION, SCHEMA_OPTION_REVISIONS,
                                        SCHEMA_OPTION_WAIT, OPTION_END};

static int run(const struct command_input *input, struct err *err)
{
    struct schema_session session;
    struct detection detection = {.empty = false};
    struct model actual = MODEL_INIT;
    int rc = -1;

    if (schema_open(&session, input, err) < 0 || schema_connect(&session, err) < 0 ||
        schema_detect(&session, &actual, &detection, err) < 0)
        goto out;
    if (command_wants_json(input)) {
        out_json_document(schema_json_detection(&detection));
        rc = detection.exact ? STATUS_DONE : STATUS_IN_PART;
    } else if (detection.exact) {
        schema_tell_ties(&detection);
        out_printf("%s\n", detection.revision->id);
        rc = 0;
    } else {
        schema_fail_undetected(&session, &actual, &detection, err);
    }
out:
    model_release(&actual);
    detection_release(&detection);
    schema_close(&session);
    return rc;
}

const struct command schema_detect_revision_command = {
    .group = "schema",
    .name = "detect-revision",
    .summary = "print the revision whose schema the database has",
    .details = "Compares the tables with every known revision, whatever alembic_version says.\n"
               "Where several revisions have one shape, it prints the latest of them that a\n"
               "legacy SQL script could have made. That is always safe: the revisions after it\n"
               "change rows only, and may run again. Status 1 means that none matches; then the\n"
               "nearest is named.",
    .examples = "monasca-migrate schema detect-revision\n  print the revision\n",
    .options = options,
    .options_size = sizeof(struct schema_options),
    .defaults = &schema_options_defaults,
    .release = schema_options_release,
    .run = run,
};
