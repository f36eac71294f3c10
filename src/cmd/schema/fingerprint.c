#include "cmd/schema/schema.h"
#include "schema/server/inspect.h"
#include "term/out.h"

static const struct option options[] = {
    SCHEMA_OPTION_CONNECTION,
    SCHEMA_OPTION_WAIT,
    {"raw", 'r', OPTION_FLAG, offsetof(struct schema_options, raw), NULL,
     "print the canonical text that the digest is taken over", 0, 0, NULL, NULL},
    OPTION_END};

static void print(const struct command_input *input, const struct model *actual)
{
    const struct schema_options *set = input->options;
    struct strbuf text = STRBUF_INIT;
    char hex[DIGEST_HEX_LENGTH + 1];
    json_t *value;

    model_fingerprint(actual, hex);
    model_add_canonical(&text, actual);
    if (command_wants_json(input)) {
        value = json_object();
        json_set_text(value, "fingerprint", hex);
        json_set_text(value, "canonical", text.buf);
        out_json_document(value);
    } else if (set->raw) {
        out_text(text.buf);
    } else {
        out_printf("%s\n", hex);
    }
    strbuf_release(&text);
}

static int run(const struct command_input *input, struct err *err)
{
    struct schema_session session;
    struct model actual = MODEL_INIT;
    int rc = -1;

    if (schema_open(&session, input, err) < 0 || schema_connect(&session, err) < 0 ||
        inspect_database(session.db, &actual, err) < 0)
        goto out;
    print(input, &actual);
    rc = 0;
out:
    model_release(&actual);
    schema_close(&session);
    return rc;
}

const struct command schema_fingerprint_command = {
    .group = "schema",
    .name = "fingerprint",
    .summary = "print a digest of the database's schema",
    .details = "The SHA-256 of a canonical text: the same schema has the same digest on every\n"
               "server and version. Names of indexes and keys, the order of columns, charsets\n"
               "and comments are no part of it.",
    .examples = "monasca-migrate schema fingerprint --raw\n  print the canonical text\n",
    .options = options,
    .options_size = sizeof(struct schema_options),
    .defaults = &schema_options_defaults,
    .release = schema_options_release,
    .run = run,
};
