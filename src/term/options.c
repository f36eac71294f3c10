#include "term/options.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"

enum { HELP_COLUMN = 36, HELP_WIDTH = 100 };

/* An option, and the struct that its value goes into. */
struct place {
    const struct option *option;
    char *values;
};

/* A negative number like -1 is an operand, and no bundle of letters. */
static bool is_number(const char *arg)
{
    if (*arg != '-' || !arg[1])
        return false;
    for (arg++; *arg; arg++)
        if (!isdigit((unsigned char)*arg))
            return false;
    return true;
}

static bool find_long(const struct option_set *sets, const char *name, size_t len,
                      struct place *ret)
{
    for (; sets->table; sets++)
        for (const struct option *o = sets->table; o->name; o++)
            if (strlen(o->name) == len && strncmp(o->name, name, len) == 0) {
                *ret = (struct place){o, sets->values};
                return true;
            }
    return false;
}

static bool find_letter(const struct option_set *sets, char letter, struct place *ret)
{
    for (; sets->table; sets++)
        for (const struct option *o = sets->table; o->name; o++)
            if (o->letter == letter) {
                *ret = (struct place){o, sets->values};
                return true;
            }
    return false;
}

static int unknown_option(const struct option_set *sets, const char *name, size_t len,
                          struct err *err)
{
    struct strvec names = STRVEC_INIT;
    char *wrong = xmemdupz(name, len);
    const char *nearest;

    for (; sets->table; sets++)
        for (const struct option *o = sets->table; o->name; o++)
            strvec_push(&names, o->name);
    nearest = options_nearest(wrong, (const char *const *)names.v);
    err_set(err, ERR_USAGE, "there is no option --%s", wrong);
    if (nearest)
        err_hint(err, "did you mean --%s?", nearest);
    free(wrong);
    strvec_release(&names);
    return -1;
}

static int set_integer(const struct option *o, void *value, const char *arg, struct err *err)
{
    char *end;
    long long number;

    errno = 0;
    number = strtoll(arg, &end, 10);
    if (end == arg || *end || isspace((unsigned char)*arg))
        return err_set(err, ERR_USAGE, "--%s: '%s' is no number", o->name, arg);
    if (errno || number < o->min || (o->max && number > o->max)) {
        if (o->max)
            return err_set(err, ERR_USAGE,
                           "--%s: %s is out of range; allowed are %" PRId64 " to %" PRId64, o->name,
                           arg, o->min, o->max);
        return err_set(err, ERR_USAGE, "--%s: %s is out of range; allowed are %" PRId64 " and more",
                       o->name, arg, o->min);
    }
    *(int64_t *)value = number;
    return 0;
}

static int set_duration(const struct option *o, void *value, const char *arg, struct err *err)
{
    int64_t duration;

    if (clock_parse_duration(arg, CLOCK_SECOND_NS, &duration, err) < 0)
        return err_wrap(err, "--%s", o->name);
    if (duration < o->min || (o->max && duration > o->max)) {
        struct strbuf range = STRBUF_INIT;

        clock_add_duration(&range, o->min);
        if (o->max) {
            strbuf_addstr(&range, " to ");
            clock_add_duration(&range, o->max);
        } else {
            strbuf_addstr(&range, " and more");
        }
        err_set(err, ERR_USAGE, "--%s: %s is out of range; allowed are %s", o->name, arg,
                range.buf);
        strbuf_release(&range);
        return -1;
    }
    *(int64_t *)value = duration;
    return 0;
}

static int set_choice(const struct option *o, void *value, const char *arg, struct err *err)
{
    struct strbuf allowed = STRBUF_INIT;
    const char *nearest;

    for (const char *const *c = o->choices; *c; c++) {
        if (strcmp(*c, arg) == 0) {
            *(const char **)value = *c;
            strbuf_release(&allowed);
            return 0;
        }
        strbuf_addf(&allowed, "%s%s", allowed.len ? ", " : "", *c);
    }
    err_set(err, ERR_USAGE, "--%s: '%s' is not allowed; allowed are %s", o->name, arg, allowed.buf);
    nearest = options_nearest(arg, o->choices);
    if (nearest)
        err_hint(err, "did you mean %s?", nearest);
    strbuf_release(&allowed);
    return -1;
}

static int set_value(const struct place *place, const char *arg, struct err *err)
{
    const struct option *o = place->option;
    void *value = place->values + o->offset;

    switch (o->kind) {
    case OPTION_FLAG:
        *(bool *)value = true;
        return 0;
    case OPTION_STRING:
        *(const char **)value = arg;
        return 0;
    case OPTION_STRINGS:
        strvec_push(value, arg);
        return 0;
    case OPTION_WORDS:
        strvec_pushf(value, "--%s", o->name);
        strvec_push(value, arg);
        return 0;
    case OPTION_INTEGER:
        return set_integer(o, value, arg, err);
    case OPTION_DURATION:
        return set_duration(o, value, arg, err);
    case OPTION_CHOICE:
        return set_choice(o, value, arg, err);
    }
    return err_set(err, ERR_BUG, "option --%s is of no kind", o->name);
}

/* Takes `--name`, `--name=value` or `--name value` at `*args`, and leaves `*args` at its last word.
 */
static int parse_long(char *const **args, const struct option_set *sets, struct err *err)
{
    const char *name = **args + 2;
    const char *equals = strchr(name, '=');
    size_t len = equals ? (size_t)(equals - name) : strlen(name);
    struct place place;

    if (!find_long(sets, name, len, &place))
        return unknown_option(sets, name, len, err);
    if (place.option->kind == OPTION_FLAG && equals)
        return err_set(err, ERR_USAGE, "--%s takes no value", place.option->name);
    if (place.option->kind == OPTION_FLAG || equals)
        return set_value(&place, equals ? equals + 1 : NULL, err);
    if (place.option->implied)
        return set_value(&place, place.option->implied, err);
    if (!(*args)[1])
        return err_set(err, ERR_USAGE, "--%s needs a value: --%s %s", place.option->name,
                       place.option->name, place.option->argument);
    (*args)++;
    return set_value(&place, **args, err);
}

/* Takes `-x`, `-xvalue`, `-x value` or a bundle of flags, and leaves `*args` at its last word. */
static int parse_short(char *const **args, const struct option_set *sets, struct err *err)
{
    const char *at = **args + 1;

    for (; *at; at++) {
        struct place place;

        if (!find_letter(sets, *at, &place)) {
            err_set(err, ERR_USAGE, "there is no option -%c", *at);
            return err_hint(err, "--help lists the options");
        }
        if (place.option->kind == OPTION_FLAG) {
            if (set_value(&place, NULL, err) < 0)
                return -1;
            continue;
        }
        if (at[1])
            return set_value(&place, at + 1, err);
        if (place.option->implied)
            return set_value(&place, place.option->implied, err);
        if (!(*args)[1])
            return err_set(err, ERR_USAGE, "-%c needs a value: -%c %s", *at, *at,
                           place.option->argument);
        (*args)++;
        return set_value(&place, **args, err);
    }
    return 0;
}

int options_parse(char *const *args, const struct option_set *sets, struct strvec *operands,
                  struct err *err)
{
    for (; *args; args++) {
        const char *arg = *args;

        if (strcmp(arg, "--") == 0) {
            while (*++args)
                strvec_push(operands, *args);
            return 0;
        }
        if (arg[0] != '-' || !arg[1] || is_number(arg)) {
            strvec_push(operands, arg);
        } else if (arg[1] == '-') {
            if (parse_long(&args, sets, err) < 0)
                return -1;
        } else if (parse_short(&args, sets, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Adds `text` from the column `indent` on, in lines of at most HELP_WIDTH columns. The cursor is at
 * `column`; a new line begins where that is too far right. */
static void add_wrapped(struct strbuf *sb, const char *text, size_t column, size_t indent)
{
    bool first = true;

    if (column + 2 > indent) {
        strbuf_addf(sb, "\n%*s", (int)indent, "");
        column = indent;
    } else {
        strbuf_addf(sb, "%*s", (int)(indent - column), "");
        column = indent;
    }
    while (*text) {
        size_t len = strcspn(text, " ");

        if (!first && column + 1 + len > HELP_WIDTH) {
            strbuf_addf(sb, "\n%*s", (int)indent, "");
            column = indent;
            first = true;
        }
        if (!first) {
            strbuf_addch(sb, ' ');
            column++;
        }
        strbuf_add(sb, text, len);
        column += len;
        first = false;
        text += len;
        text += strspn(text, " ");
    }
    strbuf_addch(sb, '\n');
}

void options_add_help(struct strbuf *sb, const struct option *table)
{
    for (const struct option *o = table; o->name; o++) {
        struct strbuf left = STRBUF_INIT;

        strbuf_addstr(&left, "  ");
        if (o->letter)
            strbuf_addf(&left, "-%c, ", o->letter);
        strbuf_addf(&left, "--%s", o->name);
        if (o->argument)
            strbuf_addf(&left, o->implied ? "[=%s]" : " %s", o->argument);
        strbuf_addstr(sb, left.buf);
        add_wrapped(sb, o->help, utf8_columns(left.buf), HELP_COLUMN);
        strbuf_release(&left);
    }
}

/* The distance of Damerau and Levenshtein, with neighbours swapped at most once. */
static size_t distance(const char *a, const char *b)
{
    size_t la = strlen(a), lb = strlen(b), result;
    size_t *rows = xcalloc(3 * (lb + 1), sizeof(*rows));
    size_t *before = rows, *previous = rows + lb + 1, *current = rows + 2 * (lb + 1);

    for (size_t j = 0; j <= lb; j++)
        previous[j] = j;
    for (size_t i = 1; i <= la; i++) {
        size_t *unused = before;

        current[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t best = previous[j - 1] + (a[i - 1] != b[j - 1]);

            if (previous[j] + 1 < best)
                best = previous[j] + 1;
            if (current[j - 1] + 1 < best)
                best = current[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            current[j] = best;
        }
        before = previous;
        previous = current;
        current = unused;
    }
    result = previous[lb];
    free(rows);
    return result;
}

/* A prefix of three letters or more counts as one edit. A name of more than three letters may have
 * edits in a third of its letters and one more; a shorter name may have one. */
const char *options_nearest(const char *wrong, const char *const *names)
{
    const char *nearest = NULL;
    size_t best = 0;

    for (; *names; names++) {
        size_t len = strlen(*names);
        size_t d = strlen(wrong) >= 3 && strncmp(*names, wrong, strlen(wrong)) == 0
                       ? 1
                       : distance(wrong, *names);

        if (d < len && d <= (len > 3 ? len / 3 + 1 : 1) && (!nearest || d < best)) {
            nearest = *names;
            best = d;
        }
    }
    return nearest;
}
