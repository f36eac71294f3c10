#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "cmd/schema.h"
#include "schema/diff.h"
#include "schema/lookup.h"
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
        rc = lookup_add_offline(&sql, statements->items[i].text, err);
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

static int apply(struct schema_session *session, const struct diff_statements *statements,
                 struct err *err)
{
    const char **texts = xcalloc(statements->count + 1, sizeof(*texts));
    struct runner runner;
    size_t count = 0;
    int rc;

    for (size_t i = 0; i < statements->count; i++)
        if (!statements->items[i].destructive || session->options->allow_destructive)
            texts[count++] = statements->items[i].text;
    schema_init_runner(&runner, session);
    rc = count ? runner_statements(&runner, texts, count, err) : 0;
    free(texts);
    return rc;
}

static void print_result(const struct command_input *input, const struct revision *place,
                         size_t done, size_t left)
{
    json_t *line;

    if (!command_wants_json(input)) {
        if (left)
            log_warning("%zu statements were left out, since they may lose data: "
                        "--allow-destructive does them, --sql shows them",
                        left);
        log_info("%zu statements done; the schema is %s revision %s", done,
                 left ? "nearer to" : "that of", graph_name(place));
        return;
    }
    line = json_object();
    json_set_text(line, "event", "summary");
    json_set_text(line, "command", "align");
    json_set(line, "to", schema_json_place(place));
    json_set_int(line, "statements", (int64_t)done);
    json_set_int(line, "left_out", (int64_t)left);
    out_json_line(line);
}

static int run(const struct command_input *input, struct err *err)
{
    const struct schema_options *set = input->options;
    struct schema_session session;
    struct detection detection = {.empty = false};
    struct model actual = MODEL_INIT, wanted = MODEL_INIT;
    struct diff_statements statements = DIFF_STATEMENTS_INIT;
    const struct revision *place;
    size_t left;
    int rc = -1;

    if (schema_open(&session, input, err) < 0 || schema_connect(&session, err) < 0 ||
        schema_detect(&session, &actual, &detection, err) < 0 ||
        schema_wanted_place(&session, &detection, &place, err) < 0 ||
        schema_wanted_state(&session, place, &wanted, err) < 0)
        goto out;
    diff_align(&statements, &actual, &wanted, &session.graph, place);
    if (set->sql) {
        rc = print_sql(&statements, set->allow_destructive, err);
        goto out;
    }
    if (confirm(set, &statements, err) < 0 || apply(&session, &statements, err) < 0)
        goto out;
    left = set->allow_destructive ? 0 : count_destructive(&statements);
    print_result(input, place, statements.count - left, left);
    rc = left ? 1 : 0;
out:
    diff_statements_release(&statements);
    model_release(&actual);
    model_release(&wanted);
    detection_release(&detection);
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
