#include "base/clock.h"
#include "base/log.h"
#include "cmd/schema/schema.h"
#include "term/out.h"

static const struct schema_options defaults = {
    .revisions_dirs = STRVEC_INIT,
    .wait_ns = 300 * CLOCK_SECOND_NS,
};

static const struct option options[] = {SCHEMA_OPTION_CONNECTION,
                                        {"wait", 0, OPTION_DURATION,
                                         offsetof(struct schema_options, wait_ns), "DURATION",
                                         "give up after this long (default: 5m)", 0, 0, NULL, NULL},
                                        OPTION_END};

static int run(const struct command_input *input, struct err *err)
{
    struct schema_session session;
    int64_t start = clock_monotonic_ns();
    int rc = -1;

    if (schema_open(&session, input, err) < 0 || schema_connect(&session, err) < 0)
        goto out;
    if (command_wants_json(input)) {
        json_t *value = json_object();

        json_set_text(value, "server", db_server(session.db)->version);
        json_set_real(value, "seconds",
                      (double)(clock_monotonic_ns() - start) / (double)CLOCK_SECOND_NS);
        out_json_document(value);
    } else {
        log_info("the server answers: %s", db_server(session.db)->version);
    }
    rc = 0;
out:
    schema_close(&session);
    return rc;
}

const struct command schema_wait_command = {
    .group = "schema",
    .name = "wait",
    .summary = "wait until the server answers",
    .details = "For scripts that start the server too. An error that waiting can't mend (a wrong\n"
               "password, no such database) fails at once, with status 4.",
    .examples = "monasca-migrate schema wait --wait 1m\n  wait for a minute at most\n",
    .options = options,
    .options_size = sizeof(struct schema_options),
    .defaults = &defaults,
    .release = schema_options_release,
    .run = run,
};
