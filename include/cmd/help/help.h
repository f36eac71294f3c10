/*
 * Everything that is told about the commands, from the tables that parse them: help texts, the
 * sources of the man pages, the option reference of docs/, and shell completions.
 *
 * Nothing here is written twice: an option that is added to a command's table stands in all of
 * these with the next build, and tests/cli/help.bats fails where docs/options.rst was not renewed.
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

/* Names under which scripts know the program, and the words that each stands for. Ends with a
 * link whose name is NULL. */
struct help_link {
    const char *name;
    const char *group;
    const char *command; /* NULL: the first argument names it */
};
extern const struct help_link help_links[];

/* True where `group` has a command in `commands`. */
bool help_group_has_commands(const struct command *const *commands, const char *group);
/* "Copy it." from "copy it" */
void help_add_sentence(struct strbuf *sb, const char *text);
/* "monasca-migrate tenants run [OPTION]..." */
void help_add_usage(struct strbuf *sb, const struct command *command);

/*
 * A command's examples one by one: `command` holds its line or lines (all but the last end in a
 * backslash), `words` what it does ("" where nothing is said). Returns where the next one begins,
 * or NULL behind the last. Both texts are the caller's to free.
 */
const char *help_next_example(const char *at, char **ret_command, char **ret_words);

/* For people. `name` must be a command of the group. */
void help_add_main(struct strbuf *sb, const struct command *const *commands);
void help_add_group(struct strbuf *sb, const struct command *const *commands,
                    const struct help_group *group);
void help_add_command(struct strbuf *sb, const struct command *command);

/* reStructuredText: the man page of the program (`group` NULL) or of a group, for rst2man; the
 * reference of all options. */
void help_rst_add_man(struct strbuf *sb, const struct command *const *commands,
                      const struct help_group *group);
void help_rst_add_options(struct strbuf *sb, const struct command *const *commands);

/* Completions. */
void help_shell_add_bash(struct strbuf *sb, const struct command *const *commands);
void help_shell_add_zsh(struct strbuf *sb, const struct command *const *commands);
void help_shell_add_fish(struct strbuf *sb, const struct command *const *commands);

/*
 * `monasca-migrate help ARGUMENTS`: prints help for up to two words (a group and a command) in the
 * form that --format names. ERR_USAGE.
 */
int help_main(const struct command *const *commands, char *const *args, struct err *err);

/* Prints what --help prints. */
void help_print_command(const struct command *command);

/* Errors for words that name nothing; each says the nearest that does. Return -1. */
int help_unknown_group(const char *word, struct err *err);
int help_unknown_command(const struct command *const *commands, const char *group, const char *word,
                         struct err *err);

#endif
