#include <stdint.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/plural.h"
#include "base/status.h"
#include "base/stop.h"
#include "events.h"
#include "schema/history/lint.h"
#include "schema/run/runner.h"
#include "schema/server/inspect.h"
#include "term/out.h"

enum { FILE_MAX_BYTES = 16 * 1024 * 1024 };

static const struct option options[] = {
    SCHEMA_OPTION_REVISIONS,
    {"database", 0, OPTION_STRING, offsetof(struct schema_options, connection), "URL",
     "an empty scratch database: the revisions go up, down and up again there, and must make the "
     "same schema each time",
     0, 0, NULL, NULL},
    SCHEMA_OPTION_WAIT,
    SCHEMA_OPTION_LOCK,
    OPTION_END};

/* Adds the files of an operand, or of a directory of revisions. */
static int add_files(struct strvec *paths, const char *place, struct err *err)
{
    size_t before = paths->nr;

    if (graph_list_files(paths, place, err) < 0)
        return -1;
    if (paths->nr > before)
        return 0;
    err_set(err, ERR_CONFIG, "there is no *.sql in %s", place);
    return err_hint(err, "'schema revision' writes the first one");
}

static int list_all(struct strvec *paths, const struct command_input *input, struct err *err)
{
    const struct schema_options *set = input->options;
    const struct strvec *places = input->operands.nr ? &input->operands : &set->revisions_dirs;

    if (!places->nr) {
        err_set(err, ERR_USAGE, "which files? None was named");
        return err_hint(err, "name files or directories, or give --revisions-dir");
    }
    for (size_t i = 0; i < places->nr; i++)
        if (add_files(paths, places->v[i], err) < 0)
            return -1;
    return 0;
}

/* Looks at each file by itself. `*ret_readable`: all of them are revisions. */
static int lint_files(struct lint *lint, const struct strvec *paths, bool *ret_readable,
                      struct err *err)
{
    struct strbuf text = STRBUF_INIT;
    int rc = 0;

    *ret_readable = true;
    for (size_t i = 0; i < paths->nr && rc == 0; i++) {
        strbuf_reset(&text);
        rc = file_read(paths->v[i], FILE_MAX_BYTES, &text, err);
        if (rc < 0)
            break;
        if (strlen(text.buf) != text.len) {
            lint_add(lint, paths->v[i], 0, "syntax", "the file holds a NUL byte");
            *ret_readable = false;
        } else {
            *ret_readable &= lint_file(lint, paths->v[i], text.buf);
        }
    }
    strbuf_release(&text);
    return rc;
}

/* The revisions that the files are among: those of --revisions-dir, and the files that stand in
 * none of these. */
static void list_places(struct strvec *places, const struct strvec *paths,
                        const struct schema_options *set)
{
    struct strvec known = STRVEC_INIT;
    struct err ignored = ERR_INIT;

    for (size_t i = 0; i < set->revisions_dirs.nr; i++) {
        strvec_push(places, set->revisions_dirs.v[i]);
        graph_list_files(&known, set->revisions_dirs.v[i], &ignored);
        err_release(&ignored);
    }
    for (size_t i = 0; i < paths->nr; i++)
        if (!strvec_has(&known, paths->v[i]))
            strvec_push(places, paths->v[i]);
    strvec_release(&known);
}

/* ---- on a scratch database ---- */

static int fingerprint(struct schema_session *session, char ret_hex[DIGEST_HEX_LENGTH + 1],
                       bool *ret_empty, struct err *err)
{
    struct model model;

    if (inspect_database(session->db, &model, err) < 0)
        return -1;
    *ret_empty = model.count == 0;
    model_fingerprint(&model, ret_hex);
    model_release(&model);
    return 0;
}

static int travel(struct lint *lint, struct schema_session *session, const char *file,
                  struct err *err)
{
    char first[DIGEST_HEX_LENGTH + 1], second[DIGEST_HEX_LENGTH + 1];
    struct runner_result result;
    struct runner runner;
    bool empty;

    schema_init_runner(&runner, session);
    runner.notify = NULL;
    runner.confirm = NULL;
    if (runner_upgrade(&runner, "head", &result, err) < 0 ||
        fingerprint(session, first, &empty, err) < 0 ||
        runner_downgrade(&runner, "base", &result, err) < 0 ||
        fingerprint(session, second, &empty, err) < 0)
        return -1;
    if (!empty)
        lint_add(lint, file, 0, "scratch", "the downgrade to base leaves tables behind");
    if (runner_upgrade(&runner, "head", &result, err) < 0 ||
        fingerprint(session, second, &empty, err) < 0)
        return -1;
    if (strcmp(first, second) != 0)
        lint_add(lint, file, 0, "scratch",
                 "up, down and up again makes another schema than the first time");
    return runner_downgrade(&runner, "base", &result, err);
}

/* What a server says of a revision is a finding; that it can't be reached is an error. */
static int try_on_scratch(struct lint *lint, struct schema_session *session, const char *file,
                          struct err *err)
{
    char hex[DIGEST_HEX_LENGTH + 1];
    struct err failure = ERR_INIT;
    bool empty;

    if (schema_connect(session, err) < 0 || fingerprint(session, hex, &empty, err) < 0)
        return -1;
    if (!empty) {
        err_set(err, ERR_FAILED, "the scratch database isn't empty");
        return err_hint(err, "nothing was changed; --database wants one without any table, because "
                             "all that is in it is dropped");
    }
    if (travel(lint, session, file, &failure) == 0)
        return 0;
    if (failure.code != ERR_FAILED) {
        err_set(err, failure.code, "%s", failure.message);
        err_release(&failure);
        return -1;
    }
    lint_add(lint, file, 0, "scratch", failure.message);
    err_release(&failure);
    return 0;
}

/* ---- output ---- */

static void print_json(const struct lint *lint, size_t files)
{
    json_t *value = json_object(), *list = json_array();

    for (size_t i = 0; i < lint->count; i++) {
        const struct lint_finding *finding = &lint->items[i];
        json_t *item = json_object();

        json_set_text(item, "file", finding->file);
        json_set(item, "line", finding->line ? json_integer(finding->line) : json_null());
        json_set_text(item, "kind", finding->kind);
        json_set_text(item, "message", finding->message);
        json_array_append_new(list, item);
    }
    json_set_int(value, "files", (int64_t)files);
    json_set(value, "findings", list);
    out_json_document(value);
}

static void print_text(const struct lint *lint, size_t files)
{
    for (size_t i = 0; i < lint->count; i++) {
        const struct lint_finding *finding = &lint->items[i];

        if (finding->line)
            out_printf("%s:%u: ", finding->file, finding->line);
        else
            out_printf("%s: ", finding->file);
        out_printf("%s: %s\n", finding->kind, finding->message);
    }
    log_info("%zu file%s, %zu finding%s", files, PLURAL(files, "", "s"), lint->count,
             PLURAL(lint->count, "", "s"));
}

static int run(const struct command_input *input, struct err *err)
{
    const struct schema_options *set = input->options;
    struct schema_session session = {.input = input, .options = set, .graph = GRAPH_INIT};
    struct strvec paths = STRVEC_INIT, places = STRVEC_INIT;
    struct lint lint = LINT_INIT;
    struct err failure = ERR_INIT;
    bool readable;
    int rc = -1;

    if (stop_install(err) < 0 || list_all(&paths, input, err) < 0 ||
        lint_files(&lint, &paths, &readable, err) < 0)
        goto out;
    list_places(&places, &paths, set);
    if (readable && graph_load(&session.graph, &places, &failure) < 0) {
        lint_add(&lint, paths.v[0], 0, "graph", failure.message);
        readable = false;
    }
    if (readable)
        lint_graph(&lint, &session.graph, &paths);
    if (readable && !lint.count && set->connection &&
        try_on_scratch(&lint, &session, paths.v[0], err) < 0)
        goto out;
    if (command_wants_json(input))
        print_json(&lint, paths.nr);
    else
        print_text(&lint, paths.nr);
    rc = lint.count ? STATUS_IN_PART : STATUS_DONE;
out:
    err_release(&failure);
    lint_release(&lint);
    strvec_release(&paths);
    strvec_release(&places);
    schema_close(&session);
    return rc;
}

const struct command schema_lint_command = {
    .group = "schema",
    .name = "lint",
    .operands = "[FILE...]",
    .max_operands = SIZE_MAX,
    .summary = "check revision files before a server sees them",
    .details = "FILE is a file or a directory; the default are those of --revisions-dir. Needs no\n"
               "database; with --database it also runs the revisions up, down and up again on a\n"
               "scratch one, which must be empty, and leaves it so. Status 1: something was\n"
               "found.",
    .examples = "monasca-migrate schema lint --revisions-dir .\n  check the revisions here\n",
    .options = options,
    .options_size = sizeof(struct schema_options),
    .defaults = &schema_options_defaults,
    .release = schema_options_release,
    .run = run,
};
