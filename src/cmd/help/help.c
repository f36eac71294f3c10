#include "cmd/help/help.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/status.h"
#include "base/strvec.h"
#include "term/out.h"

const struct help_group help_groups[] = {
    {"tenants", "copy one InfluxDB database into one per tenant",
     "The source is the database that [influxdb] of the persister's configuration names, mon "
     "where\n"
     "nothing else is said. A tenant's own database is named after it: mon_<tenant_id>.\n"
     "Plan, run, verify; run again for what is new. The source is only read."},
    {"schema", "find, upgrade and downgrade the revision of the MySQL schema",
     "The database is the one that --connection or [database] connection of the API's\n"
     "configuration names. Its revision stands in the table alembic_version, in Alembic's terms."},
    {NULL, NULL, NULL},
};

const struct help_link help_links[] = {
    {"migrate-to-db-per-tenant", "tenants", "run"},
    {"monasca_db", "schema", NULL},
    {NULL, NULL, NULL},
};

struct help_options {
    struct common_options common;
    const char *format;
};

static const char *const formats[] = {"text", "man", "options", "bash", "zsh", "fish", NULL};

static const struct option help_options_table[] = {
    {"format", 0, OPTION_CHOICE, offsetof(struct help_options, format), "FORMAT",
     "text; the source of a man page; the reference of all options; completions for bash, zsh or "
     "fish",
     0, 0, formats, NULL},
    OPTION_END,
};

const struct help_group *help_find_group(const char *name)
{
    for (const struct help_group *g = help_groups; g->name; g++)
        if (strcmp(g->name, name) == 0)
            return g;
    return NULL;
}

bool help_group_has_commands(const struct command *const *commands, const char *group)
{
    for (; *commands; commands++)
        if (strcmp((*commands)->group, group) == 0)
            return true;
    return false;
}

void help_add_sentence(struct strbuf *sb, const char *text)
{
    strbuf_addch(sb, (char)toupper((unsigned char)*text));
    strbuf_addf(sb, "%s.", text + 1);
}

void help_add_usage(struct strbuf *sb, const struct command *command)
{
    strbuf_addf(sb, "monasca-migrate %s %s [OPTION]...%s%s", command->group, command->name,
                command->operands ? " " : "", command->operands ? command->operands : "");
}

const char *help_next_example(const char *at, char **ret_command, char **ret_words)
{
    struct strbuf command = STRBUF_INIT, words = STRBUF_INIT;
    bool continued = false;

    while (*at) {
        size_t len = strcspn(at, "\n");

        if (*at != ' ' && command.len && !continued)
            break;
        if (*at != ' ' || continued) {
            if (command.len)
                strbuf_addch(&command, '\n');
            strbuf_add(&command, at, len);
        } else {
            if (words.len)
                strbuf_addch(&words, ' ');
            strbuf_add(&words, at + 2, len - 2);
        }
        continued = len && at[len - 1] == '\\';
        at += len + (at[len] == '\n');
    }
    *ret_command = strbuf_detach(&command);
    *ret_words = strbuf_detach(&words);
    return *at ? at : NULL;
}

void help_add_main(struct strbuf *sb, const struct command *const *commands)
{
    strbuf_addstr(sb,
                  "usage: monasca-migrate GROUP COMMAND [OPTION]... [ARGUMENT]...\n"
                  "       monasca-migrate help [GROUP [COMMAND]]\n"
                  "       monasca-migrate --version\n\n"
                  "Takes an OpenStack Monasca deployment from one InfluxDB database for all to one "
                  "per\n"
                  "tenant, and its MySQL schema to one with a known revision that can be "
                  "upgraded.\n");
    for (const struct help_group *g = help_groups; g->name; g++) {
        if (!help_group_has_commands(commands, g->name))
            continue;
        strbuf_addf(sb, "\n%s: %s\n", g->name, g->summary);
        for (const struct command *const *c = commands; *c; c++)
            if (strcmp((*c)->group, g->name) == 0)
                strbuf_addf(sb, "  %-8s %-18s %s\n", g->name, (*c)->name, (*c)->summary);
    }
    strbuf_addstr(sb, "\nExit status:\n");
    for (const struct status_meaning *s = status_meanings; s->meaning; s++)
        strbuf_addf(sb, "  %2d  %s\n", (int)s->status, s->meaning);
    strbuf_addstr(sb, "\nExamples:\n"
                      "  monasca-migrate help tenants run\n"
                      "  monasca-migrate tenants plan --config-file /etc/monasca/persister.conf\n");
}

void help_add_group(struct strbuf *sb, const struct command *const *commands,
                    const struct help_group *group)
{
    strbuf_addf(sb, "usage: monasca-migrate %s COMMAND [OPTION]... [ARGUMENT]...\n\n", group->name);
    help_add_sentence(sb, group->summary);
    strbuf_addf(sb, "\n\n%s\n\n", group->details);
    for (; *commands; commands++)
        if (strcmp((*commands)->group, group->name) == 0)
            strbuf_addf(sb, "  %-18s %s\n", (*commands)->name, (*commands)->summary);
    strbuf_addf(sb, "\n'monasca-migrate help %s COMMAND' tells more of one.\n", group->name);
}

static void add_examples(struct strbuf *sb, const char *at)
{
    strbuf_addstr(sb, "\nExamples:\n");
    while (at) {
        char *command, *words;

        at = help_next_example(at, &command, &words);
        if (*words)
            strbuf_addf(sb, "  %s:\n", words);
        strbuf_addstr(sb, "    ");
        for (const char *c = command; *c; c++) {
            strbuf_addch(sb, *c);
            if (*c == '\n')
                strbuf_addstr(sb, "    ");
        }
        strbuf_addch(sb, '\n');
        free(command);
        free(words);
    }
}

void help_add_command(struct strbuf *sb, const struct command *command)
{
    strbuf_addstr(sb, "usage: ");
    help_add_usage(sb, command);
    strbuf_addstr(sb, "\n\n");
    help_add_sentence(sb, command->summary);
    strbuf_addch(sb, '\n');
    if (command->details)
        strbuf_addf(sb, "\n%s\n", command->details);
    if (command->options->name || command->shared_options[0])
        strbuf_addstr(sb, "\nOptions:\n");
    for (size_t i = 0; command_table(command, i); i++)
        options_add_help(sb, command_table(command, i));
    strbuf_addstr(sb, "\nCommon options:\n");
    options_add_help(sb, common_options_table);
    if (command->examples)
        add_examples(sb, command->examples);
}

void help_print_command(const struct command *command)
{
    struct strbuf text = STRBUF_INIT;

    help_add_command(&text, command);
    out_text(text.buf);
    strbuf_release(&text);
}

int help_unknown_group(const char *word, struct err *err)
{
    struct strvec names = STRVEC_INIT;
    const char *nearest;

    for (const struct help_group *g = help_groups; g->name; g++)
        strvec_push(&names, g->name);
    strvec_push(&names, "help");
    nearest = options_nearest(word, (const char *const *)names.v);
    err_set(err, ERR_USAGE, "there is no command '%s'", word);
    if (nearest)
        err_hint(err, "did you mean 'monasca-migrate %s'?", nearest);
    else
        err_hint(err, "'monasca-migrate --help' lists what there is");
    strvec_release(&names);
    return -1;
}

int help_unknown_command(const struct command *const *commands, const char *group, const char *word,
                         struct err *err)
{
    struct strvec names = STRVEC_INIT;
    const char *nearest;

    for (; *commands; commands++)
        if (strcmp((*commands)->group, group) == 0)
            strvec_push(&names, (*commands)->name);
    nearest = names.nr ? options_nearest(word, (const char *const *)names.v) : NULL;
    err_set(err, ERR_USAGE, "there is no command '%s %s'", group, word);
    if (nearest)
        err_hint(err, "did you mean 'monasca-migrate %s %s'?", group, nearest);
    else
        err_hint(err, "'monasca-migrate help %s' lists what there is", group);
    strvec_release(&names);
    return -1;
}

static int add_text(struct strbuf *sb, const struct command *const *commands,
                    const struct strvec *words, struct err *err)
{
    const struct help_group *group;

    if (!words->nr) {
        help_add_main(sb, commands);
        return 0;
    }
    group = help_find_group(words->v[0]);
    if (words->nr == 1) {
        help_add_group(sb, commands, group);
        return 0;
    }
    for (const struct command *const *c = commands; *c; c++)
        if (strcmp((*c)->group, group->name) == 0 && strcmp((*c)->name, words->v[1]) == 0) {
            help_add_command(sb, *c);
            return 0;
        }
    return help_unknown_command(commands, group->name, words->v[1], err);
}

static int add_format(struct strbuf *sb, const struct command *const *commands, const char *format,
                      const struct strvec *words, struct err *err)
{
    if (words->nr && strcmp(words->v[0], "help") != 0 && !help_find_group(words->v[0]))
        return help_unknown_group(words->v[0], err);
    if (words->nr && strcmp(words->v[0], "help") == 0)
        help_add_main(sb, commands);
    else if (strcmp(format, "man") == 0)
        help_rst_add_man(sb, commands, words->nr ? help_find_group(words->v[0]) : NULL);
    else if (strcmp(format, "options") == 0)
        help_rst_add_options(sb, commands);
    else if (strcmp(format, "bash") == 0)
        help_shell_add_bash(sb, commands);
    else if (strcmp(format, "zsh") == 0)
        help_shell_add_zsh(sb, commands);
    else if (strcmp(format, "fish") == 0)
        help_shell_add_fish(sb, commands);
    else
        return add_text(sb, commands, words, err);
    return 0;
}

int help_main(const struct command *const *commands, char *const *args, struct err *err)
{
    struct help_options options = {
        .common = {.config_files = STRVEC_INIT, .config_dirs = STRVEC_INIT, .output = "text"},
        .format = formats[0]};
    struct option_set sets[3] = {
        {help_options_table, &options}, {common_options_table, &options.common}, {NULL, NULL}};
    struct strvec words = STRVEC_INIT;
    struct strbuf text = STRBUF_INIT;
    int rc = -1;

    if (options_parse(args, sets, &words, err) < 0)
        goto out;
    if (words.nr > 2) {
        err_set(err, ERR_USAGE, "unexpected argument '%s'", words.v[2]);
        err_hint(err, "usage: monasca-migrate help [GROUP [COMMAND]]");
        goto out;
    }
    rc = add_format(&text, commands, options.format, &words, err);
    if (rc == 0)
        out_text(text.buf);
out:
    strbuf_release(&text);
    strvec_release(&words);
    strvec_release(&options.common.config_files);
    strvec_release(&options.common.config_dirs);
    return rc;
}
