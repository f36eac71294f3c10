#include "cmd/help/help.h"

#include <string.h>

#include "base/strvec.h"
#include "term/out.h"

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
    struct help_options options = {.common = COMMON_OPTIONS_INIT, .format = formats[0]};
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
    strvec_release(&options.common.config);
    return rc;
}
