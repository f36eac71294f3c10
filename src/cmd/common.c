/* The common options, and the way to the tables of a command. */
#include <string.h>

#include "cmd/command.h"

static const char *const outputs[] = {"text", "json", NULL};

const struct option common_options_table[] = {
    {"config-file", 0, OPTION_WORDS, offsetof(struct common_options, config), "FILE",
     "configuration file as oslo.config reads it; may be given more than once, and later files and "
     "directories win (default: where the service looks)",
     0, 0, NULL, NULL},
    {"config-dir", 0, OPTION_WORDS, offsetof(struct common_options, config), "DIR",
     "directory whose *.conf files are read in sorted order, where it stands among the files", 0, 0,
     NULL, NULL},
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

const struct option *command_table(const struct command *command, size_t index)
{
    return index ? command->shared_options[index - 1] : command->options;
}

bool command_has_table(const struct command *command, const struct option *table)
{
    for (size_t i = 0; command_table(command, i); i++)
        if (command_table(command, i) == table)
            return true;
    return false;
}

bool command_wants_json(const struct command_input *input)
{
    return strcmp(input->common->output, "json") == 0;
}
