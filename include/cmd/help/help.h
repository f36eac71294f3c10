/*
 * Help, in all its forms, from the tables that parse the command line: texts for a terminal, the
 * sources of the man pages, the option reference of docs/, and shell completions.
 *
 * An option is written once, in its command's table, and the next build has it in all of these.
 * tests/cli/help.bats fails where docs/options.rst was not renewed.
 */
#ifndef CMD_HELP_HELP_H
#define CMD_HELP_HELP_H

#include "base/err.h"
#include "base/strbuf.h"
#include "cmd/command.h"

struct help_group {
    const char *name;
    const char *summary; /* one line, without a full stop */
    const char *details; /* paragraphs, wrapped by hand at 78 columns */
};

/* Ends with a group whose name is NULL. */
extern const struct help_group help_groups[];
/* NULL where no group has this name. */
const struct help_group *help_find_group(const char *name);

/* Names by which scripts call the program, and the words that each stands for. Ends with a link
 * whose name is NULL. */
struct help_link {
    const char *name;
    const char *group;
    const char *command; /* NULL: the first argument names it */
};
extern const struct help_link help_links[];

/* Has the group a command in `commands`? */
bool help_group_has_commands(const struct command *const *commands, const char *group);
/* Adds "Copy it." for "copy it". */
void help_add_sentence(struct strbuf *sb, const char *text);
/* Adds "monasca-migrate tenants run [OPTION]...". */
void help_add_usage(struct strbuf *sb, const struct command *command);

/*
 * Reads the example at `at`, one of a command's examples. `ret_command` is its line, or its lines,
 * of which all but the last end in a backslash. `ret_words` says what it does, or is "". Both are
 * the caller's to free. Returns where the next example begins, or NULL behind the last.
 */
const char *help_next_example(const char *at, char **ret_command, char **ret_words);

/* Help for a person: on the program, on a group, on a command. */
void help_add_main(struct strbuf *sb, const struct command *const *commands);
void help_add_group(struct strbuf *sb, const struct command *const *commands,
                    const struct help_group *group);
void help_add_command(struct strbuf *sb, const struct command *command);

/* Help as reStructuredText: for rst2man, the man page of the program (`group` is NULL) or of a
 * group; and the reference of all options. */
void help_rst_add_man(struct strbuf *sb, const struct command *const *commands,
                      const struct help_group *group);
void help_rst_add_options(struct strbuf *sb, const struct command *const *commands);

/* Help as completions of a shell. */
void help_shell_add_bash(struct strbuf *sb, const struct command *const *commands);
void help_shell_add_zsh(struct strbuf *sb, const struct command *const *commands);
void help_shell_add_fish(struct strbuf *sb, const struct command *const *commands);

/*
 * Runs `monasca-migrate help ARGUMENTS`: prints help on up to two words, a group and a command, in
 * the form that --format names. Errors are ERR_USAGE.
 */
int help_main(const struct command *const *commands, char *const *args, struct err *err);

/* Prints the help on a command, as its --help does. */
void help_print_command(const struct command *command);

/* Set the error for a word that names nothing, with the nearest name as a hint. Return -1. */
int help_unknown_group(const char *word, struct err *err);
int help_unknown_command(const struct command *const *commands, const char *group, const char *word,
                         struct err *err);

#endif
