#include "cmd/command.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/shell.h"
#include "base/strbuf.h"
#include "cmd/help/help.h"
#include "oslo_options.h"
#include "term/out.h"

static bool is_group(const char *word)
{
    return help_find_group(word) != NULL;
}

static const struct command *find_command(const struct command *const *commands, const char *group,
                                          const char *name)
{
    for (; *commands; commands++)
        if (strcmp((*commands)->group, group) == 0 && strcmp((*commands)->name, name) == 0)
            return *commands;
    return NULL;
}

/* Does this option, which may stand before the command, take the next word as its value? */
static bool takes_next_word(const char *arg)
{
    static const struct option *const tables[] = {common_options_table, oslo_options_table};

    for (size_t i = 0; i < ARRAY_SIZE(tables) && strncmp(arg, "--", 2) == 0; i++)
        for (const struct option *o = tables[i]; o->name; o++)
            if (strcmp(arg + 2, o->name) == 0)
                return o->kind != OPTION_FLAG;
    return false;
}

/*
 * Moves the words that name the command, up to two, from `args` to `words`. Common options may
 * stand before them. Where the first word is no group, the second stays.
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

static int open_log(const struct common_options *common, struct err *err)
{
    log_set_quiet(common->quiet);
    if (common->debug)
        log_set_level(LOG_LEVEL_DEBUG);
    return common->log_file ? log_open_file(common->log_file, err) : 0;
}

/* An error of usage or configuration ends in a hint, whatever it is. */
static void add_hint(const struct command *command, struct err *err)
{
    if (err->hint)
        return;
    if (err->code == ERR_USAGE)
        err_hint(err, "'monasca-migrate help %s %s' tells what is allowed", command->group,
                 command->name);
    else if (err->code == ERR_CONFIG)
        err_hint(err, "mend that and run the same command again");
}

/*
 * Adds the command line for the journal, so that a person can run the same again. --full is left
 * out: with it the command would begin anew, and not go on.
 */
static void add_line(struct strbuf *line, const struct command *command, const char *link,
                     const struct strvec *args)
{
    if (link)
        strbuf_addstr(line, link);
    else
        strbuf_addf(line, "monasca-migrate %s %s", command->group, command->name);
    for (size_t i = 0; i < args->nr; i++) {
        if (strcmp(args->v[i], "--full") == 0)
            continue;
        strbuf_addch(line, ' ');
        shell_add_word(line, args->v[i]);
    }
}

/* The option in front of this argument, where its value may be left out. The argument was meant as
 * that value. */
static const char *optional_value_of(const struct option_set *sets, const struct strvec *args,
                                     const char *operand)
{
    size_t i = 1;

    while (i < args->nr && strcmp(args->v[i], operand) != 0)
        i++;
    if (i >= args->nr || strncmp(args->v[i - 1], "--", 2) != 0)
        return NULL;
    for (; sets->table; sets++)
        for (const struct option *o = sets->table; o->name; o++)
            if (o->implied && strcmp(args->v[i - 1] + 2, o->name) == 0)
                return o->name;
    return NULL;
}

static int unexpected(const struct command *command, const struct option_set *sets,
                      const struct strvec *args, const char *operand, struct err *err)
{
    const char *option = optional_value_of(sets, args, operand);
    struct strbuf usage = STRBUF_INIT;

    err_set(err, ERR_USAGE, "unexpected argument '%s'", operand);
    help_add_usage(&usage, command);
    if (option)
        err_hint(err, "was --%s=%s meant?", option, operand);
    else
        err_hint(err, "usage: %s", usage.buf);
    strbuf_release(&usage);
    return -1;
}

/* `link` is the name of an old tool by which the program was called, or NULL. */
static int run_command(const struct command *command, const struct strvec *args, const char *link,
                       struct err *err)
{
    struct common_options common = COMMON_OPTIONS_INIT;
    struct command_input input = {.common = &common, .operands = STRVEC_INIT};
    struct oslo_options oslo = {0};
    struct option_set sets[COMMAND_MAX_SHARED + 4] = {{NULL, NULL}};
    size_t count = 0;
    char *log_path = NULL;
    struct strbuf line = STRBUF_INIT;
    int rc = -1;

    add_line(&line, command, link, args);
    input.line = line.buf;
    input.link = link;
    input.command = command;
    input.options = xcalloc(1, command->options_size);
    if (command->defaults)
        memcpy(input.options, command->defaults, command->options_size);
    for (; command_table(command, count); count++)
        sets[count] = (struct option_set){command_table(command, count), input.options};
    sets[count++] = (struct option_set){common_options_table, &common};
    if (link)
        sets[count++] = (struct option_set){oslo_options_table, &oslo};
    if (options_parse(args->v, sets, &input.operands, err) < 0)
        goto out;
    if (common.help) {
        help_print_command(command);
        rc = 0;
        goto out;
    }
    if (input.operands.nr > command->max_operands) {
        unexpected(command, sets, args, input.operands.v[command->max_operands], err);
        goto out;
    }
    if (link)
        oslo_options_apply(&oslo, &common, link, &log_path);
    if (open_log(&common, err) < 0)
        goto out;
    rc = command->run(&input, err);
out:
    if (rc < 0)
        add_hint(command, err);
    if (command->release)
        command->release(input.options);
    free(input.options);
    free(log_path);
    strbuf_release(&line);
    strvec_release(&input.operands);
    strvec_release(&common.config);
    return rc;
}

/* There are only options. An unknown option is the more telling error; else the command is
 * missing. */
static int missing_command(const struct strvec *args, struct err *err)
{
    struct common_options common = COMMON_OPTIONS_INIT;
    const struct option_set sets[] = {{common_options_table, &common}, {NULL, NULL}};
    struct strvec operands = STRVEC_INIT;

    if (options_parse(args->v, sets, &operands, err) == 0)
        err_set(err, ERR_USAGE, "a command is missing");
    strvec_release(&operands);
    strvec_release(&common.config);
    return err->hint ? -1 : err_hint(err, "'monasca-migrate --help' lists what there is");
}

static int dispatch(const struct command *const *commands, struct strvec *args,
                    struct strvec *words, const char *link_name, struct err *err)
{
    const struct command *command;
    size_t linked = words->nr;

    take_command_words(args, words);
    if (strvec_has(args, "--version") && words->nr == linked) {
        out_printf("monasca-migrate %s\n", MONASCA_MIGRATE_VERSION);
        return 0;
    }
    if (words->nr && strcmp(words->v[0], "help") == 0)
        return help_main(commands, args->v, err);
    if (words->nr < 2 && (strvec_has(args, "--help") || strvec_has(args, "-h")))
        return help_main(commands, words->v, err);
    if (!words->nr)
        return missing_command(args, err);
    if (!is_group(words->v[0]))
        return help_unknown_group(words->v[0], err);
    if (words->nr < 2) {
        err_set(err, ERR_USAGE, "a command is missing behind '%s'", words->v[0]);
        return err_hint(err, "'monasca-migrate help %s' lists them", words->v[0]);
    }
    command = find_command(commands, words->v[0], words->v[1]);
    if (!command)
        return help_unknown_command(commands, words->v[0], words->v[1], err);
    return run_command(command, args, link_name, err);
}

/*
 * Overwrites the passwords of URLs in argv, which everybody on the machine can read while the
 * program runs. Our copies of the arguments were made before, and keep them.
 */
static void hide_passwords(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        char *url = strstr(argv[i], "://");
        char *colon = url ? strchr(url + 3, ':') : NULL;
        char *at = colon ? strrchr(colon, '@') : NULL;

        for (char *p = colon ? colon + 1 : NULL; at && p < at; p++)
            *p = 'x';
    }
}

int command_main(const struct command *const *commands, int argc, char **argv)
{
    const char *program = argc ? strrchr(argv[0], '/') : NULL;
    struct strvec args = STRVEC_INIT, words = STRVEC_INIT;
    struct err err = ERR_INIT, out_err = ERR_INIT;
    const char *link_name = NULL;
    int status;

    program = program ? program + 1 : argc ? argv[0] : "";
    for (const struct help_link *link = help_links; link->name; link++)
        if (strcmp(program, link->name) == 0) {
            link_name = link->name;
            strvec_push(&words, link->group);
            if (link->command)
                strvec_push(&words, link->command);
        }
    for (int i = 1; i < argc; i++)
        strvec_push(&args, argv[i]);
    hide_passwords(argc, argv);
    status = dispatch(commands, &args, &words, link_name, &err);
    if (status < 0) {
        log_err(&err);
        status = err_status(err.code);
    }
    if (out_finish(&out_err) < 0) {
        if (out_err.message)
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
