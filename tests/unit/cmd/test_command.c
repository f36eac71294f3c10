#include "cmd/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../unit.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"

/* A command that notes its input. */
struct copy_options {
    int64_t jobs;
    struct strvec tenants;
};

static struct heard {
    int runs, releases;
    int64_t jobs;
    size_t tenants, operands;
    bool json, quiet;
    int result;
} heard;

static int run_copy(const struct command_input *input, struct err *err)
{
    const struct copy_options *options = input->options;

    heard.runs++;
    heard.jobs = options->jobs;
    heard.tenants = options->tenants.nr;
    heard.operands = input->operands.nr;
    heard.json = command_wants_json(input);
    heard.quiet = input->common->quiet;
    if (heard.result >= 0)
        return heard.result;
    err_set(err, ERR_CONNECT, "can't\nreach it");
    return err_hint(err, "try again");
}

static int run_show(const struct command_input *input, struct err *err)
{
    (void)input;
    (void)err;
    heard.runs++;
    return 0;
}

static void release_copy(void *values)
{
    struct copy_options *options = values;

    heard.releases++;
    strvec_release(&options->tenants);
}

static const struct option copy_table[] = {
    {"jobs", 'j', OPTION_INTEGER, offsetof(struct copy_options, jobs), "N", "how many", 1, 64, NULL,
     NULL},
    OPTION_END,
};

static const struct option copy_shared_table[] = {
    {"tenant", 0, OPTION_STRINGS, offsetof(struct copy_options, tenants), "ID", "whose", 0, 0, NULL,
     NULL},
    OPTION_END,
};

static const struct copy_options copy_defaults = {4, STRVEC_INIT};

static const struct command copy = {
    .group = "tenants",
    .name = "run",
    .operands = "[WHAT]",
    .max_operands = 1,
    .summary = "copy it",
    .options = copy_table,
    .shared_options = {copy_shared_table, NULL},
    .options_size = sizeof(struct copy_options),
    .defaults = &copy_defaults,
    .release = release_copy,
    .run = run_copy,
};
static const struct option no_options[] = {OPTION_END};
static const struct command show = {
    .group = "schema",
    .name = "version",
    .summary = "show it",
    .details = "It is shown.",
    .examples = "monasca-migrate schema version\n  show it\n",
    .options = no_options,
    .options_size = 1,
    .run = run_show,
};
static const struct command *const commands[] = {&copy, &show, NULL};

/* The output of a command line, and its status. */
struct printed {
    char out_path[32], err_path[32];
    struct strbuf out, err;
    int status;
};

static int redirect(int from, char *path)
{
    int fd, kept = dup(from);

    strcpy(path, "/tmp/test_command.XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    dup2(fd, from);
    close(fd);
    return kept;
}

static void put_back(int from, int kept)
{
    dup2(kept, from);
    close(kept);
}

/* Runs "program words..." */
static void run_line(struct printed *printed, const char *line)
{
    struct strvec words = STRVEC_INIT;
    struct err err = ERR_INIT;
    int kept_out, kept_err;

    strbuf_reset(&printed->out);
    strbuf_reset(&printed->err);
    strvec_split(&words, line, ' ');
    fflush(stdout);
    fflush(stderr);
    kept_out = redirect(STDOUT_FILENO, printed->out_path);
    kept_err = redirect(STDERR_FILENO, printed->err_path);
    printed->status = command_main(commands, (int)words.nr, words.v);
    fflush(stdout);
    fflush(stderr);
    put_back(STDOUT_FILENO, kept_out);
    put_back(STDERR_FILENO, kept_err);
    log_set_quiet(0);
    log_set_level(LOG_LEVEL_INFO);
    assert_int_equal(file_read(printed->out_path, 100000, &printed->out, &err), 0);
    assert_int_equal(file_read(printed->err_path, 100000, &printed->err, &err), 0);
    unlink(printed->out_path);
    unlink(printed->err_path);
    strvec_release(&words);
}

static int set_up(void **state)
{
    struct printed *printed = xcalloc(1, sizeof(*printed));

    printed->out = printed->err = (struct strbuf)STRBUF_INIT;
    heard = (struct heard){0};
    *state = printed;
    return 0;
}

static int tear_down(void **state)
{
    struct printed *printed = *state;

    strbuf_release(&printed->out);
    strbuf_release(&printed->err);
    free(printed);
    return 0;
}

static void options_anywhere(void **state)
{
    static const char *const lines[] = {
        "/usr/bin/monasca-migrate tenants run --jobs 7 --output json --tenant a --tenant=b what",
        "monasca-migrate --output json tenants run what --tenant a --tenant b -j7",
        "monasca-migrate --quiet --output=json tenants --debug run --tenant a what -j 7 --tenant b",
        "monasca-migrate tenants --output json run --jobs=7 --tenant a --tenant b -- what",
    };

    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        heard = (struct heard){0};
        run_line(*state, lines[i]);
        assert_int_equal(((struct printed *)*state)->status, 0);
        assert_int_equal(heard.runs, 1);
        assert_int_equal(heard.releases, 1);
        assert_int_equal(heard.jobs, 7);
        assert_int_equal(heard.tenants, 2);
        assert_int_equal(heard.operands, 1);
        assert_true(heard.json);
        assert_int_equal(heard.quiet, i == 2);
    }
}

static void defaults(void **state)
{
    run_line(*state, "monasca-migrate tenants run");
    assert_int_equal(heard.runs, 1);
    assert_int_equal(heard.jobs, 4);
    assert_false(heard.json);
    run_line(*state, "monasca-migrate schema version");
    assert_int_equal(heard.runs, 2);
}

static void links(void **state)
{
    struct printed *printed = *state;

    run_line(printed, "/usr/local/bin/migrate-to-db-per-tenant --jobs 3 what");
    assert_int_equal(printed->status, 0);
    assert_int_equal(heard.jobs, 3);
    assert_int_equal(heard.operands, 1);
    run_line(printed, "monasca_db version");
    assert_int_equal(printed->status, 0);
    assert_int_equal(heard.runs, 2);
    run_line(printed, "monasca_db");
    assert_int_equal(printed->status, 2);
    run_line(printed, "migrate-to-db-per-tenant --help");
    assert_int_equal(printed->status, 0);
    assert_has(printed->out.buf, "usage: monasca-migrate tenants run [OPTION]... [WHAT]");
    run_line(printed, "monasca_db --help");
    assert_int_equal(printed->status, 0);
    assert_has(printed->out.buf, "usage: monasca-migrate schema COMMAND");
    assert_int_equal(heard.runs, 2);
}

static void link_versions(void **state)
{
    struct printed *printed = *state;

    run_line(printed, "migrate-to-db-per-tenant --version");
    assert_int_equal(printed->status, 0);
    assert_string_equal(printed->out.buf, "monasca-migrate " MONASCA_MIGRATE_VERSION "\n");
    run_line(printed, "monasca_db --version");
    assert_int_equal(printed->status, 0);
    assert_string_equal(printed->out.buf, "monasca-migrate " MONASCA_MIGRATE_VERSION "\n");
    assert_int_equal(heard.runs, 0);
}

static void help(void **state)
{
    static const struct {
        const char *line, *words;
    } cases[] = {
        {"monasca-migrate --help", "usage: monasca-migrate GROUP COMMAND"},
        {"monasca-migrate -h", "Exit status:"},
        {"monasca-migrate help", "  tenants  run"},
        {"monasca-migrate help tenants", "usage: monasca-migrate tenants COMMAND"},
        {"monasca-migrate tenants --help", "usage: monasca-migrate tenants COMMAND"},
        {"monasca-migrate help tenants run", "  -j, --jobs N"},
        {"monasca-migrate tenants run --help", "--config-file FILE"},
        {"monasca-migrate tenants run --help", "  --tenant ID"},
        {"monasca-migrate --help tenants run", "[WHAT]"},
        {"monasca-migrate tenants run --jobs 3 -h", "[WHAT]"},
        {"monasca-migrate help schema version",
         "Examples:\n  show it:\n    monasca-migrate schema version\n"},
        {"monasca-migrate --output json help schema version", "It is shown."},
        {"monasca-migrate --version", "monasca-migrate " MONASCA_MIGRATE_VERSION "\n"},
    };
    struct printed *printed = *state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        run_line(printed, cases[i].line);
        if (printed->status)
            fail_msg("%s: %s", cases[i].line, printed->err.buf);
        assert_has(printed->out.buf, cases[i].words);
        assert_string_equal(printed->err.buf, "");
    }
    assert_int_equal(heard.runs, 0);
}

static void usage_errors(void **state)
{
    static const struct {
        const char *line, *words;
    } cases[] = {
        {"monasca-migrate", "a command is missing"},
        {"monasca-migrate --quiet", "a command is missing"},
        {"monasca-migrate tenants", "a command is missing behind 'tenants'"},
        {"monasca-migrate tenant run", "did you mean 'monasca-migrate tenants'?"},
        {"monasca-migrate tenants rum", "did you mean 'monasca-migrate tenants run'?"},
        {"monasca-migrate tenants version", "there is no command 'tenants version'"},
        {"monasca-migrate help nothing", "there is no command 'nothing'"},
        {"monasca-migrate help tenants nothing", "there is no command 'tenants nothing'"},
        {"monasca-migrate tenants run --job 3", "did you mean --jobs?"},
        {"monasca-migrate tenants run --jobs 65", "65"},
        {"monasca-migrate tenants run --output xml", "xml"},
        {"monasca-migrate tenants run a b", "unexpected argument 'b'"},
        {"monasca-migrate schema version x", "unexpected argument 'x'"},
    };
    struct printed *printed = *state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        run_line(printed, cases[i].line);
        if (printed->status != 2)
            fail_msg("%s: status %d", cases[i].line, printed->status);
        assert_has(printed->err.buf, cases[i].words);
        assert_string_equal(printed->out.buf, "");
    }
    assert_int_equal(heard.runs, 0);
}

static void statuses(void **state)
{
    struct printed *printed = *state;

    heard.result = 1;
    run_line(printed, "monasca-migrate tenants run");
    assert_int_equal(printed->status, 1);
    assert_string_equal(printed->err.buf, "");
    heard.result = -1;
    run_line(printed, "monasca-migrate tenants run --quiet");
    assert_int_equal(printed->status, 4);
    assert_has(printed->err.buf, "can't\\nreach it\nhint: try again\n");
    assert_int_equal(heard.releases, 2);
}

static void log_file(void **state)
{
    struct printed *printed = *state;

    run_line(printed, "monasca-migrate tenants run --log-file /nonexistent/directory/log");
    assert_int_equal(printed->status, 3);
    assert_has(printed->err.buf, "/nonexistent/directory/log");
    assert_int_equal(heard.runs, 0);
    assert_int_equal(heard.releases, 1);
}

static void no_words(void **state)
{
    struct printed *printed = *state;
    char *nothing[] = {NULL};
    int kept = redirect(STDERR_FILENO, printed->err_path);
    int status = command_main(commands, 0, nothing);

    put_back(STDERR_FILENO, kept);
    unlink(printed->err_path);
    assert_int_equal(status, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define LINE_TEST(sentence, function) TEST_WITH(sentence, function, set_up, tear_down)
        LINE_TEST("options stand before, between and behind the command's words", options_anywhere),
        LINE_TEST("what isn't given is as the command's defaults say", defaults),
        LINE_TEST("a link acts as the words that it stands for", links),
        LINE_TEST("a link tells the version too", link_versions),
        LINE_TEST("help is data, on standard output, and runs nothing", help),
        LINE_TEST("a usage error has status 2, says what is meant, and runs nothing", usage_errors),
        LINE_TEST("what a command returns becomes the status, its error one line and a hint",
                  statuses),
        LINE_TEST("a log that can't be opened is an error of the configuration", log_file),
        LINE_TEST("a program without even a name lacks a command", no_words),
    };

    return cmocka_run_group_tests_name("cmd/command", tests, NULL, NULL);
}
