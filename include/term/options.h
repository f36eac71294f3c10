/*
 * The command line, from tables.
 *
 * A table of `struct option` describes the options of a command: their names, their arguments'
 * names, the help, and where in the command's own struct the value goes. Parsing, help texts, man
 * pages, completions and docs all read the table.
 *
 * Long options are written `--name value` or `--name=value`, before or after the arguments; `--`
 * ends them. A unique prefix of a long name is NOT accepted: scripts must not break when an option
 * is added. An unknown name or value is an error (ERR_USAGE) that names the nearest right one. An
 * argument like -1 (a dash and digits) is no option.
 */
#ifndef TERM_OPTIONS_H
#define TERM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "base/strvec.h"

enum option_kind {
    OPTION_FLAG,     /* bool: set to true */
    OPTION_STRING,   /* const char *: borrowed from argv; the last one wins */
    OPTION_STRINGS,  /* struct strvec: one more each time */
    OPTION_WORDS,    /* struct strvec: "--name" and the value, each time; so options that share a
                        list keep the order in which they were given */
    OPTION_INTEGER,  /* int64_t, from `min` to `max` */
    OPTION_DURATION, /* int64_t, nanoseconds, as clock_parse_duration() reads it; a plain number
                        counts seconds */
    OPTION_CHOICE,   /* const char *: one of `choices`, the table's own string */
};

struct option {
    const char *name; /* long name without dashes */
    char letter;      /* short name, or 0 */
    enum option_kind kind;
    size_t offset;        /* of the value in the command's struct: offsetof() */
    const char *argument; /* the argument's name in help: "FILE"; NULL for flags */
    const char *help;     /* one sentence without a full stop; says the default */
    int64_t min, max; /* OPTION_INTEGER, OPTION_DURATION: the range, in the value's unit; max 0: no
                         limit */
    const char *const *choices; /* OPTION_CHOICE: ends in NULL */
    /*
     * The value where the argument is left out; NULL: it can't be. An option that has this takes an
     * argument in one word only, as `--name=value` or `-xvalue`. Whether the option was given at
     * all shows by the initial value of its struct member.
     */
    const char *implied;
};

/* Ends a table. */
#define OPTION_END                                                                                 \
    {                                                                                              \
        NULL, 0, OPTION_FLAG, 0, NULL, NULL, 0, 0, NULL, NULL                                      \
    }

/* A table and the struct that it fills. A command has several: its own options, and those that all
 * commands have. */
struct option_set {
    const struct option *table;
    void *values;
};

/*
 * Parses `args` (without the program's and the command's name), a NULL-terminated list. Arguments
 * that are no options are pushed to `operands`. `sets` ends with a set whose table is NULL.
 */
int options_parse(char *const *args, const struct option_set *sets, struct strvec *operands,
                  struct err *err);

/* Adds the help of a table: a line or more for each option, wrapped at 100 columns. */
void options_add_help(struct strbuf *sb, const struct option *table);

/*
 * The item of `names` (ends in NULL) that is nearest to `wrong` by edits (insertion, deletion,
 * change, swap of neighbours). NULL where no name is near enough to be meant.
 */
const char *options_nearest(const char *wrong, const char *const *names);

#endif
