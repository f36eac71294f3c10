#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "events.h"
#include "schema/server/inspect.h"
#include "schema/server/record.h"
#include "schema/server/version.h"
#include "shape.h"
#include "term/out.h"

static const struct option options[] = {
    SCHEMA_OPTION_CONNECTION,
    SCHEMA_OPTION_REVISIONS,
    SCHEMA_OPTION_WAIT,
    SCHEMA_OPTION_LOCK,
    SCHEMA_OPTION_SQL,
    SCHEMA_OPTION_YES,
    {"from-fingerprint", 'f', OPTION_FLAG, offsetof(struct schema_options, from_fingerprint), NULL,
     "stamp the revision that 'detect-revision' prints", 0, 0, NULL, NULL},
    {"purge", 0, OPTION_FLAG, offsetof(struct schema_options, purge), NULL,
     "delete what stands in alembic_version first, known or not", 0, 0, NULL, NULL},
    OPTION_END};

struct stamp {
    struct schema_session *session;
    const struct revision *to;
    bool purge;
};

/* Warns where the schema is not that of the revision that is stamped. */
static void tell_difference(const struct schema_session *session, const struct revision *to)
{
    struct model actual = MODEL_INIT;
    struct strvec have = STRVEC_INIT, want = STRVEC_INIT;
    struct err ignored = ERR_INIT;
    size_t distance;

    if (inspect_database(session->db, &actual, &ignored) == 0 &&
        state_lines(&want, &session->graph, to)) {
        model_lines(&have, &actual);
        distance = state_distance(&have, &want);
        if (distance)
            log_warning("the schema differs from revision %s in %zu lines: 'schema diff %s' shows "
                        "them, 'schema align %s' mends them",
                        graph_name(to), distance, graph_name(to), graph_name(to));
    }
    err_release(&ignored);
    strvec_release(&have);
    strvec_release(&want);
    model_release(&actual);
}

/* Finds the revision to stamp. It is called twice: early, so that a wrong operand changes
 * nothing, and with the lock held (`tell`), while no other run can change the schema. */
static int find_target(const struct schema_session *session, struct stamp *stamp, bool tell,
                       struct err *err)
{
    struct detection detection = {.empty = false};
    struct model actual = MODEL_INIT;
    const struct revision *revision = NULL;
    const char *symbol = schema_operand(session->input, NULL);
    int rc = -1;

    if (symbol) {
        /* Relative symbols count from the current revision. Others don't need it: a purge must
         * work where it is unknown. */
        if (strpbrk(symbol, "+-") == symbol && schema_read_current(session, &revision, err) < 0)
            return -1;
        return graph_resolve(&session->graph, symbol, revision, &stamp->to, err);
    }
    if (schema_detect(session, &actual, &detection, err) < 0)
        goto out;
    if (!detection.exact) {
        schema_fail_undetected(session, &actual, &detection, err);
        goto out;
    }
    if (tell)
        schema_tell_ties(&detection);
    stamp->to = detection.revision;
    rc = 0;
out:
    model_release(&actual);
    detection_release(&detection);
    return rc;
}

static int work(void *context, struct db *db, struct err *err)
{
    struct stamp *stamp = context;
    const struct revision *revision;
    struct record record;

    if (!stamp->purge && schema_read_current(stamp->session, &revision, err) < 0)
        return -1;
    if (find_target(stamp->session, stamp, true, err) < 0)
        return -1;
    if (!stamp->session->options->from_fingerprint)
        tell_difference(stamp->session, stamp->to);
    if (record_read(&record, db, err) < 0)
        return -1;
    if (record.has_row && record.revision[0])
        log_warning("a run was interrupted in revision %s; this stamp forgets it", record.revision);
    record_release(&record);
    if (version_write(db, stamp->to, err) < 0)
        return -1;
    return record_drop_table(db, err);
}

static int check_usage(const struct command_input *input, struct err *err)
{
    const struct schema_options *set = input->options;

    if (!input->operands.nr && !set->from_fingerprint) {
        /* ERR_FAILED, not ERR_USAGE: deployment scripts know status 1. */
        err_set(err, ERR_FAILED, "No version or --from-fingerprint was given");
        return err_hint(err, "'schema stamp head', or 'schema stamp --from-fingerprint'");
    }
    if (input->operands.nr && set->from_fingerprint)
        return err_set(err, ERR_USAGE, "a revision and --from-fingerprint exclude each other");
    if (set->sql && set->from_fingerprint)
        return err_set(err, ERR_USAGE, "--sql asks no database, --from-fingerprint does");
    return 0;
}

static void print_sql(const struct revision *to)
{
    struct strbuf sql = STRBUF_INIT;

    strbuf_addf(&sql, "%s;\n\nDELETE FROM " VERSION_TABLE ";\n\n", version_table_sql);
    version_add_move(&sql, NULL, to);
    out_printf("%s%s", sql.buf, to ? ";\n" : "");
    strbuf_release(&sql);
}

static int confirm_purge(const struct schema_options *set, const struct stamp *stamp,
                         struct err *err)
{
    struct strbuf what = STRBUF_INIT;
    int rc;

    strbuf_addf(&what, "This deletes what alembic_version says, and writes %s.",
                graph_name(stamp->to));
    rc = schema_confirm(set, what.buf, err);
    strbuf_release(&what);
    return rc;
}

static void print_result(const struct command_input *input, const struct revision *to)
{
    json_t *line;

    if (!command_wants_json(input)) {
        log_info("the database is stamped %s", graph_name(to));
        return;
    }
    line = json_object();
    json_set_text(line, "event", "summary");
    json_set_text(line, "command", "stamp");
    json_set(line, "to", schema_json_revision(to));
    out_json_line(line);
}

static int run(const struct command_input *input, struct err *err)
{
    const struct schema_options *set = input->options;
    struct schema_session session;
    struct stamp stamp = {.session = &session, .purge = set->purge};
    struct runner runner;
    int rc = -1;

    if (check_usage(input, err) < 0)
        return -1;
    if (schema_open(&session, input, err) < 0)
        goto out;
    if (set->sql) {
        rc = graph_resolve(&session.graph, input->operands.v[0], NULL, &stamp.to, err);
        if (rc == 0)
            print_sql(stamp.to);
        goto out;
    }
    if (schema_connect(&session, err) < 0 || find_target(&session, &stamp, false, err) < 0 ||
        (set->purge && confirm_purge(set, &stamp, err) < 0))
        goto out;
    schema_init_runner(&runner, &session);
    if (runner_locked(&runner, work, &stamp, err) < 0)
        goto out;
    print_result(input, stamp.to);
    rc = 0;
out:
    schema_close(&session);
    return rc;
}

const struct command schema_stamp_command = {
    .group = "schema",
    .name = "stamp",
    .operands = "[REVISION]",
    .max_operands = 1,
    .summary = "write a revision into alembic_version, without changing any table",
    .details = "For a database that a legacy SQL script made. --purge is for a version table\n"
               "that holds something unknown: it checks first that REVISION exists, and asks;\n"
               "where no terminal is, it needs --yes.",
    .examples = "monasca-migrate schema stamp --from-fingerprint\n  write the revision that fits\n",
    .options = options,
    .options_size = sizeof(struct schema_options),
    .defaults = &schema_options_defaults,
    .release = schema_options_release,
    .run = run,
};
