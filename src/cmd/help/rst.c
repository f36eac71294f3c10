/* reStructuredText: man pages and the reference of all options. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/utf8.h"
#include "cmd/help/help.h"

enum { WIDTH = 100 };

/* Adds text with a backslash before each character that reStructuredText would read as markup. */
static void add_escaped(struct strbuf *sb, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (strchr("\\*`_|", text[i]))
            strbuf_addch(sb, '\\');
        strbuf_addch(sb, text[i]);
    }
}

/* Adds a sentence as a paragraph: indented, broken at WIDTH, with a capital and a full stop. */
static void add_paragraph(struct strbuf *sb, const char *words, int indent)
{
    struct strbuf line = STRBUF_INIT, sentence = STRBUF_INIT;
    const char *text;

    help_add_sentence(&sentence, words);
    text = sentence.buf;
    while (*text) {
        size_t len = strcspn(text, " ");

        if (line.len && (size_t)indent + utf8_columns(line.buf) + 1 + len > WIDTH) {
            strbuf_addf(sb, "%*s%s\n", indent, "", line.buf);
            strbuf_reset(&line);
        }
        if (line.len)
            strbuf_addch(&line, ' ');
        add_escaped(&line, text, len);
        text += len;
        text += strspn(text, " ");
    }
    strbuf_addf(sb, "%*s%s\n", indent, "", line.buf);
    strbuf_release(&line);
    strbuf_release(&sentence);
}

static void add_heading(struct strbuf *sb, const char *text, char underline)
{
    strbuf_addf(sb, "\n%s\n", text);
    for (size_t i = 0; i < strlen(text); i++)
        strbuf_addch(sb, underline);
    strbuf_addstr(sb, "\n\n");
}

static void add_option_names(struct strbuf *sb, const struct option *o)
{
    strbuf_addstr(sb, "``");
    if (o->letter)
        strbuf_addf(sb, "-%c%s%s, ", o->letter, o->argument && !o->implied ? " " : "",
                    o->argument && !o->implied ? o->argument : "");
    strbuf_addf(sb, "--%s", o->name);
    if (o->argument)
        strbuf_addf(sb, o->implied ? "[=%s]" : " %s", o->argument);
    strbuf_addstr(sb, "``\n");
}

static void add_options(struct strbuf *sb, const struct option *table)
{
    for (const struct option *o = table; o->name; o++) {
        add_option_names(sb, o);
        add_paragraph(sb, o->help, 4);
        strbuf_addch(sb, '\n');
    }
}

/* Adds paragraphs. Their lines stay as they are written; blank lines part them. */
static void add_details(struct strbuf *sb, const char *details)
{
    add_escaped(sb, details, strlen(details));
    strbuf_addstr(sb, "\n");
}

static void add_literal(struct strbuf *sb, const char *text)
{
    strbuf_addstr(sb, "::\n\n    ");
    for (; *text; text++) {
        strbuf_addch(sb, *text);
        if (*text == '\n')
            strbuf_addstr(sb, "    ");
    }
    strbuf_addstr(sb, "\n\n");
}

static void add_examples(struct strbuf *sb, const char *at)
{
    while (at) {
        char *command, *words;

        at = help_next_example(at, &command, &words);
        if (*words)
            add_paragraph(sb, words, 0);
        strbuf_addch(sb, '\n');
        add_literal(sb, command);
        free(command);
        free(words);
    }
}

static void add_command(struct strbuf *sb, const struct command *command, char underline,
                        bool with_examples)
{
    struct strbuf text = STRBUF_INIT;

    strbuf_addf(&text, "%s %s", command->group, command->name);
    add_heading(sb, text.buf, underline);
    add_paragraph(sb, command->summary, 0);
    strbuf_addch(sb, '\n');
    strbuf_reset(&text);
    help_add_usage(&text, command);
    add_literal(sb, text.buf);
    if (command->details) {
        add_details(sb, command->details);
        strbuf_addch(sb, '\n');
    }
    for (size_t i = 0; command_table(command, i); i++)
        add_options(sb, command_table(command, i));
    if (with_examples && command->examples)
        add_examples(sb, command->examples);
    strbuf_release(&text);
}

static void add_title(struct strbuf *sb, const char *name, const char *summary)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < len; i++)
        strbuf_addch(sb, '=');
    strbuf_addf(sb, "\n%s\n", name);
    for (size_t i = 0; i < len; i++)
        strbuf_addch(sb, '=');
    strbuf_addf(sb, "\n\n");
    for (size_t i = 0; i < strlen(summary); i++)
        strbuf_addch(sb, '-');
    strbuf_addf(sb, "\n%s\n", summary);
    for (size_t i = 0; i < strlen(summary); i++)
        strbuf_addch(sb, '-');
    strbuf_addf(sb, "\n\n:Manual section: 1\n:Version: monasca-migrate %s\n",
                MONASCA_MIGRATE_VERSION);
}

static void add_statuses(struct strbuf *sb)
{
    add_heading(sb, "EXIT STATUS", '=');
    for (const struct status_meaning *s = status_meanings; s->meaning; s++) {
        strbuf_addf(sb, "``%d``\n", (int)s->status);
        add_paragraph(sb, s->meaning, 4);
        strbuf_addch(sb, '\n');
    }
}

static const struct {
    const char *name;
    const char *words;
} surroundings[] = {
    {"OS_<SECTION>__<KEY>",
     "a value of the configuration, such as OS_INFLUXDB__PASSWORD; it wins over the files"},
    {"STATE_DIRECTORY", "the directory of the tenants commands' journals, as systemd sets it"},
    {"XDG_STATE_HOME", "the journals are in monasca-migrate below it (default: ~/.local/state) for "
                       "a user who can't write to /var/lib/monasca-migrate"},
    {"/etc/monasca/monasca-persister.conf, /etc/monasca/persister.conf",
     "the configuration of the tenants commands, where --config-file names no other"},
    {"/etc/monasca/monasca-api.conf, /etc/monasca/api.conf, /etc/monasca/api-config.conf",
     "the configuration of the schema commands, where --config-file names no other"},
    {"/var/lib/monasca-migrate", "the journals: one file for each source server and database"},
};

static void add_main_page(struct strbuf *sb, const struct command *const *commands)
{
    add_title(sb, "monasca-migrate", "takes a Monasca deployment over two thresholds");
    add_heading(sb, "SYNOPSIS", '=');
    strbuf_addstr(sb, "| **monasca-migrate** *GROUP* *COMMAND* [*OPTION*]... [*ARGUMENT*]...\n"
                      "| **monasca-migrate** **help** [*GROUP* [*COMMAND*]]\n"
                      "| **monasca-migrate** **--version**\n");
    add_heading(sb, "DESCRIPTION", '=');
    strbuf_addstr(sb,
                  "Takes an OpenStack Monasca deployment from one InfluxDB database for all to one "
                  "per tenant,\n"
                  "and its MySQL schema to one with a known revision that can be upgraded.\n\n");
    for (const struct help_link *l = help_links; l->name; l++)
        strbuf_addf(sb, "A link named **%s** acts as **monasca-migrate %s%s%s**.\n", l->name,
                    l->group, l->command ? " " : "", l->command ? l->command : "");
    strbuf_addstr(sb, "\nData goes to standard output, everything else to standard error.\n");
    add_heading(sb, "COMMANDS", '=');
    for (const struct command *const *c = commands; *c; c++) {
        strbuf_addf(sb, "``%s %s``\n", (*c)->group, (*c)->name);
        add_paragraph(sb, (*c)->summary, 4);
        strbuf_addch(sb, '\n');
    }
    add_heading(sb, "OPTIONS OF ALL COMMANDS", '=');
    add_options(sb, common_options_table);
    add_statuses(sb);
    add_heading(sb, "FILES AND ENVIRONMENT", '=');
    for (size_t i = 0; i < sizeof(surroundings) / sizeof(surroundings[0]); i++) {
        strbuf_addf(sb, "``%s``\n", surroundings[i].name);
        add_paragraph(sb, surroundings[i].words, 4);
        strbuf_addch(sb, '\n');
    }
    add_heading(sb, "SEE ALSO", '=');
    for (const struct help_group *g = help_groups; g->name; g++)
        if (help_group_has_commands(commands, g->name))
            strbuf_addf(sb, "**monasca-migrate-%s**\\(1)\n", g->name);
}

void help_rst_add_man(struct strbuf *sb, const struct command *const *commands,
                      const struct help_group *group)
{
    struct strbuf name = STRBUF_INIT;

    if (!group) {
        add_main_page(sb, commands);
        return;
    }
    strbuf_addf(&name, "monasca-migrate-%s", group->name);
    add_title(sb, name.buf, group->summary);
    add_heading(sb, "SYNOPSIS", '=');
    strbuf_addf(sb, "**monasca-migrate** **%s** *COMMAND* [*OPTION*]... [*ARGUMENT*]...\n",
                group->name);
    add_heading(sb, "DESCRIPTION", '=');
    add_details(sb, group->details);
    add_heading(sb, "COMMANDS", '=');
    for (const struct command *const *c = commands; *c; c++)
        if (strcmp((*c)->group, group->name) == 0)
            add_command(sb, *c, '-', true);
    add_heading(sb, "OPTIONS OF ALL COMMANDS", '=');
    add_options(sb, common_options_table);
    add_statuses(sb);
    add_heading(sb, "SEE ALSO", '=');
    strbuf_addstr(sb, "**monasca-migrate**\\(1)\n");
    strbuf_release(&name);
}

void help_rst_add_options(struct strbuf *sb, const struct command *const *commands)
{
    strbuf_addstr(sb, ".. Made by 'make docs' from the tables that parse the command line.\n\n"
                      "=======\nOptions\n=======\n\n"
                      "Options stand before or after the arguments of a command; long ones as "
                      "``--name value`` or\n"
                      "``--name=value``. ``--`` ends them.\n");
    add_heading(sb, "Options of all commands", '=');
    add_options(sb, common_options_table);
    for (const struct help_group *g = help_groups; g->name; g++) {
        if (!help_group_has_commands(commands, g->name))
            continue;
        add_heading(sb, g->name, '=');
        add_details(sb, g->details);
        for (const struct command *const *c = commands; *c; c++)
            if (strcmp((*c)->group, g->name) == 0)
                add_command(sb, *c, '-', false);
    }
    /* The page ends in one line feed. */
    while (sb->len > 1 && sb->buf[sb->len - 2] == '\n')
        strbuf_setlen(sb, sb->len - 1);
}
