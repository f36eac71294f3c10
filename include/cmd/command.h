/*
 * One command of the command line.
 *
 * A command is one small file in src/cmd/: a table of its options, one run function that turns them
 * into one call, and its output. It prints nothing on an error: it returns -1 with `err` filled,
 * and main prints that once.
 */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/strvec.h"
#include "term/options.h"

/* The options that every command takes. */
struct common_options {
    struct strvec config; /* --config-file FILE and --config-dir DIR, as words, in their order */
    const char *output;   /* "text" or "json" */
    const char *log_file;
    bool debug;
    bool quiet;
    bool help;
};

#define COMMON_OPTIONS_INIT                                                                        \
    {                                                                                              \
        .config = STRVEC_INIT, .output = "text"                                                    \
    }

extern const struct option common_options_table[];

struct command;

struct command_input {
    const struct common_options *common;
    void *options;          /* the command's own struct, filled */
    struct strvec operands; /* its arguments */
    const char *line;       /* the whole command line, quoted for a shell */
    const char *link;       /* the old tool's name by which it was called, or NULL */
    const struct command *command;
};

enum { COMMAND_MAX_SHARED = 3 };

struct command {
    const char *group;    /* "tenants" or "schema" */
    const char *name;     /* "run" */
    const char *operands; /* the arguments as the usage line has them: "[REVISION]"; NULL: none */
    size_t max_operands;
    const char *summary; /* one line, without a full stop */
    const char *details; /* paragraphs for --help and the man page, wrapped by hand at 78 columns */
    const char *examples; /* lines of "command\n  what it does\n"; help_next_example() reads it */
    const struct option *options; /* the command's own options */
    /* Tables that several commands share; ends in NULL. */
    const struct option *shared_options[COMMAND_MAX_SHARED + 1];
    size_t options_size;            /* of the struct that the tables fill */
    const void *defaults;           /* content of that struct before parsing */
    void (*release)(void *options); /* frees what parsing allocated; may be NULL */
    /* Returns STATUS_DONE or STATUS_IN_PART; -1 with `err` set where it failed. */
    int (*run)(const struct command_input *input, struct err *err);
};

/* The tables of a command's options by number: its own is the first, then come the shared ones;
 * NULL behind the last. The common options aren't among them. */
const struct option *command_table(const struct command *command, size_t index);

/* Does the command have this table of options? */
bool command_has_table(const struct command *command, const struct option *table);

/* True for --output json. */
bool command_wants_json(const struct command_input *input);

/*
 * Finds the command that `argv` names, parses its options, and runs it; or prints help or the
 * version. `commands` ends in NULL. Returns the exit status; all errors have been printed.
 */
int command_main(const struct command *const *commands, int argc, char **argv);

#endif
