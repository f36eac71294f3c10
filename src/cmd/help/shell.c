/* Completions for bash, zsh and fish: programs that are made of the tables of options. */
#include <string.h>

#include "base/strvec.h"
#include "cmd/help/help.h"

/* Does the option take the next word as its value? */
static bool takes_value(const struct option *o)
{
    return o->kind != OPTION_FLAG && !o->implied;
}

static bool is_file(const struct option *o)
{
    return o->argument && strcmp(o->argument, "FILE") == 0;
}

static bool is_directory(const struct option *o)
{
    return o->argument && strcmp(o->argument, "DIR") == 0;
}

static void add_choices(struct strbuf *sb, const struct option *o)
{
    for (const char *const *c = o->choices; *c; c++)
        strbuf_addf(sb, "%s%s", c == o->choices ? "" : " ", *c);
}

/* Adds the names of the commands of a group, with blanks between them. */
static void add_commands(struct strbuf *sb, const struct command *const *commands,
                         const char *group)
{
    for (const struct command *const *c = commands; *c; c++)
        if (strcmp((*c)->group, group) == 0)
            strbuf_addf(sb, "%s ", (*c)->name);
    strbuf_setlen(sb, sb->len - 1);
}

static void add_groups(struct strbuf *sb, const struct command *const *commands)
{
    for (const struct help_group *g = help_groups; g->name; g++)
        if (help_group_has_commands(commands, g->name))
            strbuf_addf(sb, "%s ", g->name);
    strbuf_addstr(sb, "help");
}

static void add_new_options(struct strbuf *sb, const struct option *table, struct strvec *names,
                            void (*add)(struct strbuf *sb, const struct option *o))
{
    for (const struct option *o = table; o->name; o++)
        if (!strvec_has(names, o->name)) {
            strvec_push(names, o->name);
            add(sb, o);
        }
}

/* Calls `add` for every option. Of options with the same name it takes the first. */
static void each_option(struct strbuf *sb, const struct command *const *commands,
                        void (*add)(struct strbuf *sb, const struct option *o))
{
    struct strvec names = STRVEC_INIT;

    add_new_options(sb, common_options_table, &names, add);
    for (; *commands; commands++)
        for (size_t i = 0; command_table(*commands, i); i++)
            add_new_options(sb, command_table(*commands, i), &names, add);
    strvec_release(&names);
}

/* bash */

static void add_bash_value(struct strbuf *sb, const struct option *o)
{
    if (!takes_value(o))
        return;
    strbuf_addf(sb, "\n    --%s) ", o->name);
    if (o->choices) {
        strbuf_addstr(sb, "mapfile -t COMPREPLY < <(compgen -W '");
        add_choices(sb, o);
        strbuf_addstr(sb, "' -- \"$cur\") ;;");
    } else if (is_file(o) || is_directory(o)) {
        strbuf_addf(sb, "mapfile -t COMPREPLY < <(compgen -%c -- \"$cur\") ;;",
                    is_file(o) ? 'f' : 'd');
    } else {
        strbuf_addstr(sb, ";;");
    }
}

static void add_taker(struct strbuf *sb, const struct option *o)
{
    if (takes_value(o))
        strbuf_addf(sb, " | --%s", o->name);
}

static void add_bash_names(struct strbuf *sb, const struct option *table)
{
    for (const struct option *o = table; o->name; o++) {
        strbuf_addf(sb, " --%s", o->name);
        if (o->letter)
            strbuf_addf(sb, " -%c", o->letter);
    }
}

static void add_bash_words(struct strbuf *sb, const struct command *const *commands)
{
    strbuf_addstr(sb, "    case \"$group $command\" in\n    ' ') words='");
    add_groups(sb, commands);
    strbuf_addstr(sb, " --help --version' ;;\n    'help '*) words='");
    add_groups(sb, commands);
    strbuf_addstr(sb, "' ;;\n");
    for (const struct help_group *g = help_groups; g->name; g++) {
        if (!help_group_has_commands(commands, g->name))
            continue;
        strbuf_addf(sb, "    '%s ') words='", g->name);
        add_commands(sb, commands, g->name);
        strbuf_addstr(sb, " --help' ;;\n");
    }
    for (const struct command *const *c = commands; *c; c++) {
        strbuf_addf(sb, "    '%s %s') words='", (*c)->group, (*c)->name);
        for (size_t i = 0; command_table(*c, i); i++)
            add_bash_names(sb, command_table(*c, i));
        add_bash_names(sb, common_options_table);
        strbuf_addstr(sb, "' ;;\n");
    }
    strbuf_addstr(sb, "    esac\n");
}

void help_shell_add_bash(struct strbuf *sb, const struct command *const *commands)
{
    strbuf_addstr(sb, "# Completion of monasca-migrate for bash, made of its tables of options.\n"
                      "# shellcheck shell=bash\n\n"
                      "# The values of an option $1; 1 where it has none.\n"
                      "_monasca_migrate_value() {\n    case $1 in");
    each_option(sb, commands, add_bash_value);
    strbuf_addstr(sb, "\n    *) return 1 ;;\n    esac\n}\n\n"
                      "_monasca_migrate() {\n"
                      "    local cur=$2 option=$3 group='' command='' words='' i\n"
                      "    COMPREPLY=()\n"
                      "    # bash parts --name=value at the sign.\n"
                      "    if [ \"$option\" = = ]; then\n"
                      "        option=${COMP_WORDS[COMP_CWORD - 2]}\n"
                      "    elif [ \"$cur\" = = ]; then\n"
                      "        cur=''\n"
                      "    fi\n"
                      "    _monasca_migrate_value \"$option\" && return\n"
                      "    case ${COMP_WORDS[0]##*/} in\n");
    for (const struct help_link *l = help_links; l->name; l++)
        strbuf_addf(sb, "    %s) group=%s command=%s ;;\n", l->name, l->group,
                    l->command ? l->command : "''");
    strbuf_addstr(sb, "    esac\n"
                      "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                      "        case ${COMP_WORDS[i]} in\n"
                      "        =");
    each_option(sb, commands, add_taker);
    strbuf_addstr(sb, ") ((i++)) ;;\n"
                      "        -*) ;;\n"
                      "        *)\n"
                      "            if [ -z \"$group\" ]; then\n"
                      "                group=${COMP_WORDS[i]}\n"
                      "            elif [ -z \"$command\" ]; then\n"
                      "                command=${COMP_WORDS[i]}\n"
                      "            fi\n"
                      "            ;;\n"
                      "        esac\n"
                      "    done\n");
    add_bash_words(sb, commands);
    strbuf_addstr(sb, "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n}\n\n"
                      "complete -F _monasca_migrate monasca-migrate");
    for (const struct help_link *l = help_links; l->name; l++)
        strbuf_addf(sb, " %s", l->name);
    strbuf_addch(sb, '\n');
}

/* Adds text that stands between single quotes, with a backslash before each character of
 * `special`. */
static void add_quoted(struct strbuf *sb, const char *text, const char *special)
{
    for (; *text; text++) {
        if (strchr(special, *text))
            strbuf_addch(sb, '\\');
        if (*text == '\'')
            strbuf_addstr(sb, "'\\''");
        else
            strbuf_addch(sb, *text);
    }
}

/* zsh */

static void add_zsh_options(struct strbuf *sb, const struct option *table)
{
    for (const struct option *o = table; o->name; o++) {
        strbuf_addf(sb, " \\\n            '%s--%s%s[",
                    o->kind == OPTION_STRINGS || o->kind == OPTION_WORDS ? "*" : "", o->name,
                    o->kind == OPTION_FLAG ? ""
                    : o->implied           ? "=-"
                                           : "=");
        add_quoted(sb, o->help, "[]:\\");
        strbuf_addch(sb, ']');
        if (o->kind != OPTION_FLAG) {
            strbuf_addstr(sb, o->implied ? "::" : ":");
            add_quoted(sb, o->argument, "[]:\\");
            strbuf_addch(sb, ':');
        }
        if (o->choices) {
            strbuf_addch(sb, '(');
            add_choices(sb, o);
            strbuf_addch(sb, ')');
        } else if (is_file(o)) {
            strbuf_addstr(sb, "_files");
        } else if (is_directory(o)) {
            strbuf_addstr(sb, "_files -/");
        }
        strbuf_addch(sb, '\'');
    }
}

static void add_zsh_group(struct strbuf *sb, const struct command *const *commands,
                          const char *group)
{
    strbuf_addf(sb, "_monasca_migrate_%s_commands() {\n    local -a commands=(", group);
    for (const struct command *const *c = commands; *c; c++)
        if (strcmp((*c)->group, group) == 0) {
            strbuf_addf(sb, "\n        '%s:", (*c)->name);
            add_quoted(sb, (*c)->summary, ":\\");
            strbuf_addch(sb, '\'');
        }
    strbuf_addf(sb, "\n    )\n    _describe command commands\n}\n\n");
}

void help_shell_add_zsh(struct strbuf *sb, const struct command *const *commands)
{
    strbuf_addstr(sb, "#compdef monasca-migrate");
    for (const struct help_link *l = help_links; l->name; l++)
        strbuf_addf(sb, " %s", l->name);
    strbuf_addstr(sb,
                  "\n# Completion of monasca-migrate for zsh, made of its tables of options.\n\n"
                  "_monasca_migrate_options() {\n    case \"$1 $2\" in\n");
    for (const struct command *const *c = commands; *c; c++) {
        strbuf_addf(sb, "    '%s %s')\n        _arguments", (*c)->group, (*c)->name);
        for (size_t i = 0; command_table(*c, i); i++)
            add_zsh_options(sb, command_table(*c, i));
        add_zsh_options(sb, common_options_table);
        strbuf_addstr(sb, "\n        ;;\n");
    }
    strbuf_addstr(sb, "    esac\n}\n\n");
    for (const struct help_group *g = help_groups; g->name; g++)
        if (help_group_has_commands(commands, g->name))
            add_zsh_group(sb, commands, g->name);
    strbuf_addstr(sb, "_monasca_migrate() {\n    local -a named\n    case ${words[1]:t} in\n");
    for (const struct help_link *l = help_links; l->name; l++)
        strbuf_addf(sb, "    %s) named=(%s %s) ;;\n", l->name, l->group,
                    l->command ? l->command : "");
    strbuf_addstr(sb, "    esac\n"
                      "    # Words before the cursor that are no options name the command.\n"
                      "    local i last=1\n"
                      "    for ((i = 2; i < CURRENT; i++)); do\n"
                      "        (( $#named < 2 )) || break\n"
                      "        case ${words[i]} in\n"
                      "        ''");
    each_option(sb, commands, add_taker);
    strbuf_addstr(sb, ") ((i++)) ;;\n"
                      "        -*) ;;\n"
                      "        *) named+=(${words[i]}) last=$i ;;\n"
                      "        esac\n"
                      "    done\n"
                      "    case $#named in\n"
                      "    0) compadd -- ");
    add_groups(sb, commands);
    strbuf_addstr(sb, " --help --version ;;\n    1)\n        case $named[1] in\n");
    for (const struct help_group *g = help_groups; g->name; g++)
        if (help_group_has_commands(commands, g->name))
            strbuf_addf(sb, "        %s) _monasca_migrate_%s_commands ;;\n", g->name, g->name);
    strbuf_addstr(sb, "        help) compadd -- ");
    add_groups(sb, commands);
    strbuf_addstr(sb, " ;;\n        esac\n        ;;\n"
                      "    *)\n"
                      "        # To _arguments, what names the command is one word.\n"
                      "        words=(\"${words[1]}\" \"${(@)words[last + 1,-1]}\")\n"
                      "        (( CURRENT -= last - 1 ))\n"
                      "        _monasca_migrate_options $named[1] $named[2]\n"
                      "        ;;\n"
                      "    esac\n}\n\n_monasca_migrate \"$@\"\n");
}

/* fish */

static void add_fish_options(struct strbuf *sb, const char *program, const char *condition,
                             const struct option *table)
{
    for (const struct option *o = table; o->name; o++) {
        strbuf_addf(sb, "complete -c %s%s -l %s", program, condition, o->name);
        if (o->letter)
            strbuf_addf(sb, " -s %c", o->letter);
        if (takes_value(o))
            strbuf_addstr(sb, " -r");
        if (o->choices) {
            strbuf_addstr(sb, " -f -a '");
            add_choices(sb, o);
            strbuf_addch(sb, '\'');
        } else if (is_file(o)) {
            strbuf_addstr(sb, " -F");
        } else if (is_directory(o)) {
            strbuf_addstr(sb, " -f -a '(__fish_complete_directories)'");
        } else if (takes_value(o)) {
            strbuf_addstr(sb, " -f");
        }
        strbuf_addstr(sb, " -d '");
        for (const char *c = o->help; *c; c++) {
            if (*c == '\'' || *c == '\\')
                strbuf_addch(sb, '\\');
            strbuf_addch(sb, *c);
        }
        strbuf_addstr(sb, "'\n");
    }
}

static void add_fish_commands(struct strbuf *sb, const struct command *const *commands,
                              const char *program, const char *group, const char *seen)
{
    struct strbuf condition = STRBUF_INIT, names = STRBUF_INIT;

    add_commands(&names, commands, group);
    for (const struct command *const *c = commands; *c; c++) {
        if (strcmp((*c)->group, group) != 0)
            continue;
        strbuf_addf(sb, "complete -c %s -n '%snot __fish_seen_subcommand_from %s' -f -a %s -d '",
                    program, seen, names.buf, (*c)->name);
        add_quoted(sb, (*c)->summary, "");
        strbuf_addstr(sb, "'\n");
        strbuf_reset(&condition);
        strbuf_addf(&condition, " -n '%s__fish_seen_subcommand_from %s'", seen, (*c)->name);
        for (size_t i = 0; command_table(*c, i); i++)
            add_fish_options(sb, program, condition.buf, command_table(*c, i));
        add_fish_options(sb, program, condition.buf, common_options_table);
    }
    strbuf_release(&condition);
    strbuf_release(&names);
}

void help_shell_add_fish(struct strbuf *sb, const struct command *const *commands)
{
    struct strbuf groups = STRBUF_INIT, seen = STRBUF_INIT;

    add_groups(&groups, commands);
    strbuf_addf(sb,
                "# Completion of monasca-migrate for fish, made of its tables of options.\n\n"
                "complete -c monasca-migrate -f\n"
                "complete -c monasca-migrate -n 'not __fish_seen_subcommand_from %s' -a '%s'\n"
                "complete -c monasca-migrate -n 'not __fish_seen_subcommand_from %s' -l help -d "
                "'print help'\n"
                "complete -c monasca-migrate -n 'not __fish_seen_subcommand_from %s' -l version -d "
                "'print the version'\n",
                groups.buf, groups.buf, groups.buf, groups.buf);
    for (const struct help_group *g = help_groups; g->name; g++) {
        if (!help_group_has_commands(commands, g->name))
            continue;
        strbuf_reset(&seen);
        strbuf_addf(&seen, "__fish_seen_subcommand_from %s; and ", g->name);
        add_fish_commands(sb, commands, "monasca-migrate", g->name, seen.buf);
    }
    for (const struct help_link *l = help_links; l->name; l++) {
        if (!help_group_has_commands(commands, l->group))
            continue;
        strbuf_addf(sb, "\ncomplete -c %s -f\n", l->name);
        if (!l->command)
            add_fish_commands(sb, commands, l->name, l->group, "");
        for (const struct command *const *c = commands; l->command && *c; c++)
            if (strcmp((*c)->group, l->group) == 0 && strcmp((*c)->name, l->command) == 0) {
                for (size_t i = 0; command_table(*c, i); i++)
                    add_fish_options(sb, l->name, "", command_table(*c, i));
                add_fish_options(sb, l->name, "", common_options_table);
            }
    }
    strbuf_release(&groups);
    strbuf_release(&seen);
}
