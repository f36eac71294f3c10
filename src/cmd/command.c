#include "cmd/command.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "term/out.h"

/* Names under which scripts know the program, and the words that each stands for. */
static const struct {
    const char *program;
    const char *words[2];
} links[] = {
    {"migrate-to-db-per-tenant", {"tenants", "run"}},
    {"monasca_db", {"schema", NULL}},
};

static const struct {
    const char *name;
    const char *summary;
} groups[] = {
    {"tenants", "copy one InfluxDB database into one per tenant"},
    {"schema", "find, upgrade and downgrade the revision of the MySQL schema"},
};

static const char *const outputs[] = {"text", "json", NULL};

const struct option common_options_table[] = {
    {"config-file", 0, OPTION_STRINGS, offsetof(struct common_options, config_files), "FILE",
     "configuration file as oslo.config reads it; may be given more than once, later ones win "
     "(default: where oslo.config looks)",
     0, 0, NULL, NULL},
    {"config-dir", 0, OPTION_STRINGS, offsetof(struct common_options, config_dirs), "DIR",
     "directory whose *.conf files are read after the files, in sorted order", 0, 0, NULL, NULL},
    {"output", 0, OPTION_CHOICE, offsetof(struct common_options, output), "FORMAT",
     "text for people, json for programs (default: text)", 0, 0, outputs, NULL},
    {"log-file", 0, OPTION_STRING, offsetof(struct common_options, log_file), "FILE",
     "write the log there (default: the log file that the configuration names, else standard "
     "error)",
     0, 0, NULL, NULL},
    {"debug", 'd', OPTION_FLAG, offsetof(struct common_options, debug), NULL, "log every statement",
     0, 0, NULL, NULL},
    {"quiet", 'q', OPTION_FLAG, offsetof(struct common_options, quiet), NULL,
     "print nothing but results and errors", 0, 0, NULL, NULL},
    {"help", 'h', OPTION_FLAG, offsetof(struct common_options, help), NULL, "print this help", 0, 0,
     NULL, NULL},
    OPTION_END,
};

bool command_wants_json(const struct command_input *input)
{
    return strcmp(input->common->output, "json") == 0;
}

static bool is_group(const char *word)
{
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
        if (strcmp(groups[i].name, word) == 0)
            return true;
    return false;
}

static const struct command *find_command(const struct command *const *commands, const char *group,
                                          const char *name)
{
    for (; *commands; commands++)
        if (strcmp((*commands)->group, group) == 0 && strcmp((*commands)->name, name) == 0)
            return *commands;
    return NULL;
}

static void print_main_help(const struct command *const *commands)
{
    out_text("usage: monasca-migrate GROUP COMMAND [OPTION]... [ARGUMENT]...\n"
             "       monasca-migrate help [GROUP [COMMAND]]\n"
             "       monasca-migrate --version\n\n"
             "Takes an OpenStack Monasca deployment from one InfluxDB database for all to one per\n"
             "tenant, and its MySQL schema to one with a known revision that can be upgraded.\n");
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
        out_printf("\n%s: %s\n", groups[i].name, groups[i].summary);
        for (const struct command *const *c = commands; *c; c++)
            if (strcmp((*c)->group, groups[i].name) == 0)
                out_printf("  %-8s %-18s %s\n", groups[i].name, (*c)->name, (*c)->summary);
    }
    out_text("\nExit status: 0 done, or yes; 1 done in part, or no; 2 usage; 3 configuration; 4 a "
             "server can't be\n"
             "reached, or refuses the credentials; 5 interrupted, the same command goes on; 70 a "
             "bug.\n");
}

static void print_group_help(const struct command *const *commands, const char *group)
{
    out_printf("usage: monasca-migrate %s COMMAND [OPTION]... [ARGUMENT]...\n\n", group);
    for (; *commands; commands++)
        if (strcmp((*commands)->group, group) == 0)
            out_printf("  %-18s %s\n", (*commands)->name, (*commands)->summary);
    out_printf("\n'monasca-migrate help %s COMMAND' tells more of one.\n", group);
}

static void print_command_help(const struct command *command)
{
    struct strbuf text = STRBUF_INIT;

    strbuf_addf(&text, "usage: monasca-migrate %s %s [OPTION]...%s%s\n\n%s.\n", command->group,
                command->name, command->operands ? " " : "",
                command->operands ? command->operands : "", command->summary);
    if (command->details)
        strbuf_addf(&text, "\n%s\n", command->details);
    if (command->options->name) {
        strbuf_addstr(&text, "\nOptions:\n");
        options_add_help(&text, command->options);
    }
    strbuf_addstr(&text, "\nCommon options:\n");
    options_add_help(&text, common_options_table);
    if (command->examples)
        strbuf_addf(&text, "\nExamples:\n%s", command->examples);
    out_text(text.buf);
    strbuf_release(&text);
}

static int unknown_word(const char *what, const char *word, const struct strvec *names,
                        struct err *err)
{
    const char *nearest = options_nearest(word, (const char *const *)names->v);

    err_set(err, ERR_USAGE, "there is no %s '%s'", what, word);
    if (nearest)
        return err_hint(err, "did you mean %s?", nearest);
    return err_hint(err, "'monasca-migrate --help' lists what there is");
}

static int unknown_group(const char *word, struct err *err)
{
    struct strvec names = STRVEC_INIT;

    for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
        strvec_push(&names, groups[i].name);
    strvec_push(&names, "help");
    unknown_word("command", word, &names, err);
    strvec_release(&names);
    return -1;
}

static int unknown_command(const struct command *const *commands, const char *group,
                           const char *word, struct err *err)
{
    struct strvec names = STRVEC_INIT;

    for (; *commands; commands++)
        if (strcmp((*commands)->group, group) == 0)
            strvec_push(&names, (*commands)->name);
    unknown_word(strcmp(group, "tenants") == 0 ? "command tenants" : "command schema", word, &names,
                 err);
    strvec_release(&names);
    return -1;
}

/* Help for up to two words: a group and a command. */
static int print_help(const struct command *const *commands, char *const *words, struct err *err)
{
    const struct command *command;

    if (!words[0]) {
        print_main_help(commands);
        return 0;
    }
    if (!is_group(words[0]))
        return unknown_group(words[0], err);
    if (!words[1]) {
        print_group_help(commands, words[0]);
        return 0;
    }
    command = find_command(commands, words[0], words[1]);
    if (!command)
        return unknown_command(commands, words[0], words[1], err);
    print_command_help(command);
    return 0;
}

/* Does this common option take the next word as its value? */
static bool takes_next_word(const char *arg)
{
    for (const struct option *o = common_options_table; o->name; o++)
        if (strncmp(arg, "--", 2) == 0 && strcmp(arg + 2, o->name) == 0)
            return o->kind != OPTION_FLAG;
    return false;
}

/*
 * Moves the words that name the command (up to two) from `args` to `words`; common options may
 * stand before them. The second word is left where the first one is no group.
 */
static void take_command_words(struct strvec *args, struct strvec *words)
{
    struct strvec rest = STRVEC_INIT;

    for (size_t i = 0; i < args->nr; i++) {
        bool wanted = words->nr == 0 || (words->nr == 1 && is_group(words->v[0]));

        if (wanted && args->v[i][0] != '-') {
            strvec_push(words, args->v[i]);
            continue;
        }
        strvec_push(&rest, args->v[i]);
        if (takes_next_word(args->v[i]) && i + 1 < args->nr)
            strvec_push(&rest, args->v[++i]);
    }
    strvec_release(args);
    *args = rest;
}

/* help [GROUP [COMMAND]]; common options may stand between. */
static int print_topic(const struct command *const *commands, struct strvec *args, struct err *err)
{
    struct strvec topic = STRVEC_INIT;
    int rc;

    take_command_words(args, &topic);
    rc = print_help(commands, topic.v, err);
    strvec_release(&topic);
    return rc;
}

static int open_log(const struct common_options *common, struct err *err)
{
    log_set_quiet(common->quiet);
    if (common->debug)
        log_set_level(LOG_LEVEL_DEBUG);
    return common->log_file ? log_open_file(common->log_file, err) : 0;
}

static int run_command(const struct command *command, const struct strvec *args, struct err *err)
{
    struct common_options common = {
        .config_files = STRVEC_INIT, .config_dirs = STRVEC_INIT, .output = outputs[0]};
    struct command_input input = {.common = &common, .operands = STRVEC_INIT};
    struct option_set sets[3] = {
        {command->options, NULL}, {common_options_table, &common}, {NULL, NULL}};
    int rc = -1;

    input.options = xcalloc(1, command->options_size);
    if (command->defaults)
        memcpy(input.options, command->defaults, command->options_size);
    sets[0].values = input.options;
    if (options_parse(args->v, sets, &input.operands, err) < 0)
        goto out;
    if (common.help) {
        print_command_help(command);
        rc = 0;
        goto out;
    }
    if (input.operands.nr > command->max_operands) {
        err_set(err, ERR_USAGE, "unexpected argument '%s'",
                input.operands.v[command->max_operands]);
        err_hint(err, "usage: monasca-migrate %s %s [OPTION]...%s%s", command->group, command->name,
                 command->operands ? " " : "", command->operands ? command->operands : "");
        goto out;
    }
    if (open_log(&common, err) < 0)
        goto out;
    rc = command->run(&input, err);
out:
    if (command->release)
        command->release(input.options);
    free(input.options);
    strvec_release(&input.operands);
    strvec_release(&common.config_files);
    strvec_release(&common.config_dirs);
    return rc;
}

static int dispatch(const struct command *const *commands, struct strvec *args,
                    struct strvec *words, struct err *err)
{
    const struct command *command;
    size_t link_words = words->nr;

    take_command_words(args, words);
    if (strvec_has(args, "--version") && words->nr == link_words) {
        out_printf("monasca-migrate %s\n", MONASCA_MIGRATE_VERSION);
        return 0;
    }
    if (words->nr && strcmp(words->v[0], "help") == 0)
        return print_topic(commands, args, err);
    if (words->nr < 2 && (strvec_has(args, "--help") || strvec_has(args, "-h")))
        return print_help(commands, words->v, err);
    if (!words->nr) {
        err_set(err, ERR_USAGE, "a command is missing");
        return err_hint(err, "'monasca-migrate --help' lists them");
    }
    if (!is_group(words->v[0]))
        return unknown_group(words->v[0], err);
    if (words->nr < 2) {
        err_set(err, ERR_USAGE, "a command is missing behind '%s'", words->v[0]);
        return err_hint(err, "'monasca-migrate help %s' lists them", words->v[0]);
    }
    command = find_command(commands, words->v[0], words->v[1]);
    if (!command)
        return unknown_command(commands, words->v[0], words->v[1], err);
    return run_command(command, args, err);
}

int command_main(const struct command *const *commands, int argc, char **argv)
{
    const char *program = argc ? strrchr(argv[0], '/') : NULL;
    struct strvec args = STRVEC_INIT, words = STRVEC_INIT;
    struct err err = ERR_INIT, out_err = ERR_INIT;
    int status;

    program = program ? program + 1 : argc ? argv[0] : "";
    for (size_t i = 0; i < ARRAY_SIZE(links); i++)
        for (size_t w = 0; w < 2 && strcmp(program, links[i].program) == 0 && links[i].words[w];
             w++)
            strvec_push(&words, links[i].words[w]);
    for (int i = 1; i < argc; i++)
        strvec_push(&args, argv[i]);
    status = dispatch(commands, &args, &words, &err);
    if (status < 0) {
        log_err(&err);
        status = err_status(err.code);
    }
    if (out_finish(&out_err) < 0) {
        log_err(&out_err);
        status = status ? status : err_status(out_err.code);
    }
    err_release(&err);
    err_release(&out_err);
    strvec_release(&args);
    strvec_release(&words);
    log_close();
    return status;
}
