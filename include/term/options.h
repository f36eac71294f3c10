/*
 * The command line, from tables.
 *
 * A table of `struct option` describes the options of a command: their names, what their argument
 * is called, the help, and where in the command's own struct the value goes. Parsing, help texts,
 * man pages, completions and docs all read it.
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
    const char *argument; /* what its argument is called in help: "FILE"; NULL for flags */
    const char *help;     /* one sentence without a full stop; says the default */
    int64_t min, max; /* OPTION_INTEGER, OPTION_DURATION: what is allowed (in the value's unit); max
                         0: no limit */
    const char *const *choices; /* OPTION_CHOICE: ends in NULL */
    /*
     * Not NULL: the argument may be left out (then only `--name=value` and `-xvalue` give one), and
     * this stands for it. The value's own struct member tells by its initial value whether the
     * option was given at all.
     */
    const char *implied;
};

/* Ends a table. */
#define OPTION_END                                                                                 \
    {                                                                                              \
        NULL, 0, OPTION_FLAG, 0, NULL, NULL, 0, 0, NULL, NULL                                      \
    }

/* Several tables and the structs that they fill: a command's own options, and those that all
 * commands have. */
struct option_set {
    const struct option *table;
    void *values;
};

/*
 * Parses `args` (without the program's and the command's name), a NULL-terminated list. What is no
 * option is pushed to `operands`. `sets` ends with a set whose table is NULL.
 */
int options_parse(char *const *args, const struct option_set *sets, struct strvec *operands,
                  struct err *err);

/* Adds the help of a table: a line or more for each option, wrapped at 100 columns. */
void options_add_help(struct strbuf *sb, const struct option *table);

/*
 * The item of `names` (ends in NULL) that is nearest to `wrong` by edits (insertion, deletion,
 * change, swap of neighbours), or NULL where none is near enough to be meant.
 */
const char *options_nearest(const char *wrong, const char *const *names);

#endif
