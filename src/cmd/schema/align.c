#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/plural.h"
#include "base/status.h"
#include "events.h"
#include "plan.h"
#include "schema/server/lookup.h"
#include "schema/server/record.h"
#include "schema/server/rows.h"
#include "shape.h"
#include "term/out.h"

static const struct option options[] = {
    SCHEMA_OPTION_CONNECTION,
    SCHEMA_OPTION_REVISIONS,
    SCHEMA_OPTION_WAIT,
    SCHEMA_OPTION_LOCK,
    SCHEMA_OPTION_SQL,
    SCHEMA_OPTION_YES,
    {"allow-destructive", 0, OPTION_FLAG, offsetof(struct schema_options, allow_destructive), NULL,
     "also take away what is extra, and change columns in ways that may lose data", 0, 0, NULL,
     NULL},
    OPTION_END};

static size_t count_destructive(const struct diff_statements *statements)
{
    size_t count = 0;

    for (size_t i = 0; i < statements->count; i++)
        count += statements->items[i].destructive;
    return count;
}

static int print_sql(const struct diff_statements *statements, bool all, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    int rc = 0;

    for (size_t i = 0; i < statements->count && rc == 0; i++) {
        if (statements->items[i].destructive && !all) {
            strbuf_addf(&sql, "-- left out without --allow-destructive: %s;\n",
                        statements->items[i].text);
            continue;
        }
        rc = lookup_resolve_offline(&sql, statements->items[i].text, err);
    }
    if (rc == 0)
        out_text(sql.buf);
    strbuf_release(&sql);
    return rc;
}

static int confirm(const struct schema_options *set, const struct diff_statements *statements,
                   struct err *err)
{
    struct strbuf what = STRBUF_INIT;
    int rc;

    if (!set->allow_destructive || !count_destructive(statements))
        return 0;
    strbuf_addstr(&what, "This may lose data: ");
    for (size_t i = 0, n = 0; i < statements->count; i++)
        if (statements->items[i].destructive)
            strbuf_addf(&what, "%s%s", n++ ? "; " : "", statements->items[i].text);
    strbuf_addch(&what, '.');
    rc = schema_confirm(set, what.buf, err);
    strbuf_release(&what);
    return rc;
}

static void tell(const struct schema_session *session, const struct revision *revision,
                 const struct diff_statements *statements)
{
    struct schema_plan plan = {.to = revision, .statements = STRVEC_INIT};

    /* Where nobody can be asked, the command fails: then there is no plan to tell. */
    if (session->options->allow_destructive && count_destructive(statements) &&
        !session->options->yes && !isatty(STDIN_FILENO))
        return;
    for (size_t i = 0; i < statements->count; i++)
        if (!statements->items[i].destructive || session->options->allow_destructive)
            strvec_push(&plan.statements, statements->items[i].text);
    schema_tell_plan(session, &plan);
    strvec_release(&plan.statements);
}

/* The error where a step was interrupted. The objects that it has made so far are no drift; were
 * they taken away, its record would be wrong. */
static int fail_under_way(const struct record *record, struct err *err)
{
    const char *what = record->up ? "upgrade" : "downgrade";

    err_set(err, ERR_FAILED, "%s %s was interrupted in revision %s", record->up ? "an" : "a", what,
            record->revision);
    return err_hint(
        err, "'schema %s' finishes it, or 'schema stamp' forgets it; nothing was changed", what);
}

/* The statements of an alignment, and the revision that they lead to. */
struct align {
    struct schema_session *session;
    struct runner runner;
    const struct revision *revision;
    struct diff_statements statements;
    bool has_old_record; /* a run ended before it could clear up */
    size_t done;
    struct model actual;
    struct diff diff; /* what differs, as it was seen last */
};

/* Finds the statements to run. `locked`: we have the lock, so a step that is recorded was
 * interrupted. */
static int look(struct align *align, bool locked, struct err *err)
{
    struct schema_session *session = align->session;
    struct detection detection = {.empty = false};
    struct model actual = MODEL_INIT, wanted = MODEL_INIT;
    struct record record = RECORD_INIT;
    int rc = -1;

    diff_statements_release(&align->statements);
    diff_release(&align->diff);
    if (record_read(&record, session->db, err) < 0)
        goto out;
    align->has_old_record = record.has_table;
    if (locked && record.has_row && record.revision[0]) {
        fail_under_way(&record, err);
        goto out;
    }
    if (schema_detect(session, &actual, &detection, err) < 0 ||
        schema_wanted_revision(session, &detection, &align->revision, err) < 0 ||
        schema_wanted_state(session, align->revision, &wanted, err) < 0 ||
        schema_compare(session, &actual, &wanted, align->revision, &align->diff, err) < 0)
        goto out;
    diff_align(&align->statements, &actual, &wanted, &session->graph, align->revision);
    diff_align_rows(&align->statements, &align->diff);
    model_release(&align->actual);
    model_copy(&align->actual, &actual);
    rc = 0;
out:
    record_release(&record);
    model_release(&actual);
    model_release(&wanted);
    detection_release(&detection);
    return rc;
}

static size_t count_left_out(const struct align *align)
{
    return align->session->options->allow_destructive ? 0 : count_destructive(&align->statements);
}

/* Looks again with the lock held: another run may have changed the schema meanwhile. */
static int apply(void *context, struct db *db, struct err *err)
{
    struct align *align = context;
    const struct schema_options *set = align->session->options;
    const char **texts;
    size_t count = 0;
    int rc;

    if (look(align, true, err) < 0)
        return -1;
    tell(align->session, align->revision, &align->statements);
    if (confirm(set, &align->statements, err) < 0)
        return -1;
    texts = xcalloc(align->statements.count + 1, sizeof(*texts));
    for (size_t i = 0; i < align->statements.count; i++)
        if (!align->statements.items[i].destructive || set->allow_destructive)
            texts[count++] = align->statements.items[i].text;
    align->done = count;
    rc = rows_check_keys(db, texts, count, &align->actual, err);
    if (rc == 0)
        rc = runner_statements(&align->runner, texts, count, err);
    free(texts);
    return rc == 0 ? look(align, true, err) : rc;
}

static void print_result(const struct command_input *input, const struct align *align)
{
    size_t left_out = count_left_out(align);
    json_t *line;

    if (!command_wants_json(input)) {
        if (left_out)
            log_warning("%zu statement%s left out, since data may be lost: "
                        "--allow-destructive does that, --sql shows it",
                        left_out, PLURAL(left_out, " was", "s were"));
        log_info("%zu statement%s done; the schema is %s revision %s", align->done,
                 PLURAL(align->done, "", "s"), align->diff.count ? "nearer to" : "that of",
                 graph_name(align->revision));
        return;
    }
    line = json_object();
    json_set_text(line, "event", "summary");
    json_set_text(line, "command", "align");
    json_set(line, "to", schema_json_revision(align->revision));
    json_set_int(line, "statements", (int64_t)align->done);
    json_set_int(line, "left_out", (int64_t)left_out);
    json_set_int(line, "differences", (int64_t)align->diff.count);
    out_json_line(line);
}

/* The error where nothing was left out, and the schema still differs. */
static int fail_different(const struct align *align, struct err *err)
{
    struct strbuf words = STRBUF_INIT;

    diff_item_add_words(&words, &align->diff.items[0]);
    err_set(err, ERR_FAILED,
            "%zu statement%s done, and the schema still isn't that of revision %s: %s%s",
            align->done, PLURAL(align->done, "", "s"), graph_name(align->revision), words.buf,
            align->diff.count > 1 ? "; and more" : "");
    strbuf_release(&words);
    return err_hint(err, "'schema diff' shows all that differs");
}

static int run(const struct command_input *input, struct err *err)
{
    const struct schema_options *set = input->options;
    struct schema_session session;
    struct align align = {.session = &session,
                          .statements = DIFF_STATEMENTS_INIT,
                          .actual = MODEL_INIT,
                          .diff = DIFF_INIT};
    int rc = -1;

    if (schema_open(&session, input, err) < 0 || schema_connect(&session, err) < 0 ||
        look(&align, false, err) < 0)
        goto out;
    if (set->sql) {
        rc = print_sql(&align.statements, set->allow_destructive, err);
        goto out;
    }
    schema_init_runner(&align.runner, &session);
    if ((align.statements.count > count_left_out(&align) || align.has_old_record) &&
        runner_locked(&align.runner, apply, &align, err) < 0)
        goto out;
    if (align.diff.count && !count_left_out(&align)) {
        rc = fail_different(&align, err);
        goto out;
    }
    print_result(input, &align);
    rc = align.diff.count ? STATUS_IN_PART : STATUS_DONE;
out:
    model_release(&align.actual);
    diff_release(&align.diff);
    diff_statements_release(&align.statements);
    schema_close(&session);
    return rc;
}

const struct command schema_align_command = {
    .group = "schema",
    .name = "align",
    .operands = "[REVISION]",
    .max_operands = 1,
    .summary = "make the schema that of a revision, without touching alembic_version",
    .details = "The default is the revision that alembic_version says, or where there is none,\n"
               "the nearest. Whatever could lose data, or take away what somebody added, needs\n"
               "--allow-destructive, which says what it is and asks; where no terminal is, it\n"
               "needs --yes. Status 1: something was left out.",
    .examples = "monasca-migrate schema align --sql\n  print the statements\n",
    .options = options,
    .options_size = sizeof(struct schema_options),
    .defaults = &schema_options_defaults,
    .release = schema_options_release,
    .run = run,
};
