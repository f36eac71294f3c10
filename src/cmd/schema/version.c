#include <string.h>

#include "base/status.h"
#include "cmd/schema/schema.h"
#include "term/out.h"

static const struct option options[] = {SCHEMA_OPTION_CONNECTION, SCHEMA_OPTION_REVISIONS,
                                        SCHEMA_OPTION_WAIT, OPTION_END};

static int run(const struct command_input *input, struct err *err)
{
    struct schema_session session;
    const struct revision *revision;
    int rc = -1;

    if (schema_open(&session, input, err) < 0 || schema_connect(&session, err) < 0 ||
        schema_read_current(&session, &revision, err) < 0)
        goto out;
    if (command_wants_json(input)) {
        json_t *value = json_object();

        json_set(value, "revision", schema_json_revision(revision));
        json_set_bool(value, "head", revision && graph_is_head(&session.graph, revision));
        out_json_document(value);
    } else if (revision) {
        out_printf("%s\n", revision->id);
    } else {
        err_set(err, ERR_FAILED, "the database has no version in alembic_version");
        err_hint(err, "'schema detect-revision' tells what its tables are; 'schema stamp' writes "
                      "a version");
        goto out;
    }
    rc = revision ? STATUS_DONE : STATUS_IN_PART;
out:
    schema_close(&session);
    return rc;
}

const struct command schema_version_command = {
    .group = "schema",
    .name = "version",
    .summary = "print the revision that alembic_version says the database is at",
    .details = "Prints the bare id on standard output. Status 1 means that there is none.",
    .examples = "monasca-migrate schema version\n  print the revision\n",
    .options = options,
    .options_size = sizeof(struct schema_options),
    .defaults = &schema_options_defaults,
    .release = schema_options_release,
    .run = run,
};
