#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "events.h"
#include "schema/run/offline.h"
#include "schema/server/record.h"
#include "schema/server/version.h"
#include "shape.h"
#include "term/out.h"

static const struct option upgrade_options[] = {
    SCHEMA_OPTION_CONNECTION,
    SCHEMA_OPTION_REVISIONS,
    SCHEMA_OPTION_WAIT,
    SCHEMA_OPTION_LOCK,
    SCHEMA_OPTION_SQL,
    {"from-fingerprint", 'f', OPTION_FLAG, offsetof(struct schema_options, from_fingerprint), NULL,
     "first stamp the revision of its schema, where the database has tables but no version", 0, 0,
     NULL, NULL},
    OPTION_END};

static const struct option downgrade_options[] = {
    SCHEMA_OPTION_CONNECTION, SCHEMA_OPTION_REVISIONS, SCHEMA_OPTION_WAIT, SCHEMA_OPTION_LOCK,
    SCHEMA_OPTION_SQL,        SCHEMA_OPTION_YES,       OPTION_END};

/* Resolves "FROM:TO", or "TO", which starts from the base. */
static int resolve_range(const struct schema_session *session, const char *range,
                         const struct revision **from, const struct revision **to, struct err *err)
{
    const char *colon = strchr(range, ':');
    char *start = colon ? xmemdupz(range, (size_t)(colon - range)) : xstrdup("base");
    int rc = -1;

    if (graph_resolve(&session->graph, start[0] ? start : "base", NULL, from, err) == 0 &&
        graph_resolve(&session->graph, colon ? colon + 1 : range, *from, to, err) == 0)
        rc = 0;
    free(start);
    return rc;
}

static int print_sql(const struct schema_session *session, const char *range, bool up,
                     struct err *err)
{
    const struct revision *from, *to;
    struct graph_path path = GRAPH_PATH_INIT;
    struct strbuf sql = STRBUF_INIT;
    int rc = -1;

    if (!up && !strchr(range, ':')) {
        err_set(err, ERR_USAGE, "downgrade --sql needs to know where it starts");
        return err_hint(err, "write FROM:TO, as in head:base");
    }
    if (resolve_range(session, range, &from, &to, err) < 0 ||
        graph_find_path(&path, &session->graph, from, to, err) < 0)
        goto out;
    if (path.count && path.up != up) {
        err_set(err, ERR_USAGE, "from %s to %s is %s", graph_name(from), graph_name(to),
                path.up ? "an upgrade" : "a downgrade");
        goto out;
    }
    if (offline_add_path(&sql, &session->graph, &path, from, err) < 0)
        goto out;
    out_text(sql.buf);
    rc = 0;
out:
    strbuf_release(&sql);
    graph_path_release(&path);
    return rc;
}

/* Finds the revision to stamp. NULL: a version is there, or a run was interrupted, or there are
 * no tables. An error where the schema is no revision's. */
static int find_unversioned(const struct schema_session *session, bool tell,
                            const struct revision **ret, struct err *err)
{
    struct detection detection = {.empty = false};
    struct model actual = MODEL_INIT;
    const struct revision *revision;
    struct record record;
    bool begun;
    int rc;

    *ret = NULL;
    if (schema_read_current(session, &revision, err) < 0 ||
        record_read(&record, session->db, err) < 0)
        return -1;
    begun = record.has_row && record.revision[0];
    record_release(&record);
    if (revision || begun)
        return 0;
    rc = schema_detect(session, &actual, &detection, err);
    if (rc == 0 && detection.exact)
        *ret = detection.revision;
    else if (rc == 0 && !detection.empty)
        rc = schema_fail_undetected(session, &actual, &detection, err);
    if (*ret && tell)
        schema_tell_ties(&detection);
    model_release(&actual);
    detection_release(&detection);
    return rc;
}

/* Looks again with the lock held: another run may have done it. */
static int stamp_unversioned(void *context, struct db *db, struct err *err)
{
    const struct revision *revision;

    if (find_unversioned(context, true, &revision, err) < 0)
        return -1;
    return revision ? version_write(db, revision, err) : 0;
}

static int stamp_if_unversioned(struct schema_session *session, struct err *err)
{
    const struct revision *revision;
    struct runner runner;

    if (find_unversioned(session, false, &revision, err) < 0)
        return -1;
    schema_init_runner(&runner, session);
    return revision ? runner_locked(&runner, stamp_unversioned, session, err) : 0;
}

static int run(const struct command_input *input, const char *target, bool up, struct err *err)
{
    const struct schema_options *set = input->options;
    struct schema_session session;
    struct runner_result result;
    struct runner runner;
    int rc = -1;

    if (schema_open(&session, input, err) < 0)
        goto out;
    if (set->sql || strchr(target, ':')) {
        rc = set->sql ? print_sql(&session, target, up, err)
                      : err_set(err, ERR_USAGE, "a range like %s is for --sql", target);
        goto out;
    }
    if (schema_connect(&session, err) < 0 ||
        (set->from_fingerprint && stamp_if_unversioned(&session, err) < 0))
        goto out;
    schema_init_runner(&runner, &session);
    if ((up ? runner_upgrade : runner_downgrade)(&runner, target, &result, err) < 0)
        goto out;
    schema_print_summary(input, up ? "upgrade" : "downgrade", &result);
    rc = 0;
out:
    schema_close(&session);
    return rc;
}

static int run_upgrade(const struct command_input *input, struct err *err)
{
    return run(input, schema_operand(input, "head"), true, err);
}

static int run_downgrade(const struct command_input *input, struct err *err)
{
    if (!input->operands.nr) {
        err_set(err, ERR_USAGE, "downgrade needs a revision");
        return err_hint(err, "-1 is the one before the current one, base the empty database");
    }
    return run(input, input->operands.v[0], false, err);
}

const struct command schema_upgrade_command = {
    .group = "schema",
    .name = "upgrade",
    .operands = "[REVISION]",
    .max_operands = 1,
    .summary = "take the schema up to a revision (default: head)",
    .details = "REVISION is an id, a unique prefix of one, head, +N (counted from the current\n"
               "one) or REV+N. With --sql it may be a range, FROM:TO; without FROM it starts\n"
               "from the empty database.\n"
               "\n"
               "It may be interrupted anywhere, even by kill -9: the same command goes on where\n"
               "it stopped. Several at once wait for each other. If REVISION is older than the\n"
               "current one, there is nothing to do.",
    .examples = "monasca-migrate schema upgrade\n  take it to head\n"
                "monasca-migrate schema upgrade --sql 6b2b:head\n  print what that would take\n",
    .options = upgrade_options,
    .options_size = sizeof(struct schema_options),
    .defaults = &schema_options_defaults,
    .release = schema_options_release,
    .run = run_upgrade,
};

const struct command schema_downgrade_command = {
    .group = "schema",
    .name = "downgrade",
    .operands = "REVISION",
    .max_operands = 1,
    .summary = "take the schema down to a revision",
    .details = "REVISION is an id, a unique prefix of one, base, -N (counted from the current\n"
               "one) or REV-N. With --sql it is a range, FROM:TO.\n"
               "\n"
               "It says which tables and columns will be lost and asks; where no terminal is,\n"
               "it needs --yes.",
    .examples = "monasca-migrate schema downgrade -1\n  undo the latest revision\n"
                "monasca-migrate schema downgrade --yes base\n  delete everything\n",
    .options = downgrade_options,
    .options_size = sizeof(struct schema_options),
    .defaults = &schema_options_defaults,
    .release = schema_options_release,
    .run = run_downgrade,
};
