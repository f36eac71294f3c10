/* Help for a person at a terminal. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "cmd/help/help.h"
#include "term/out.h"

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
