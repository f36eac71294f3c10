#include "term/options.h"

#include <string.h>

#include "../unit.h"
#include "base/clock.h"

struct values {
    bool flag;
    bool other;
    const char *text;
    struct strvec list;
    int64_t number;
    int64_t any;
    int64_t duration;
    const char *choice;
    const char *implied;
};

static const char *const choices[] = {"text", "json", NULL};

#define AT(member) offsetof(struct values, member)
static const struct option table[] = {
    {"flag", 'f', OPTION_FLAG, AT(flag), NULL, "set the flag", 0, 0, NULL, NULL},
    {"other", 'o', OPTION_FLAG, AT(other), NULL, "set the other flag", 0, 0, NULL, NULL},
    {"text", 't', OPTION_STRING, AT(text), "TEXT", "a text (default: none)", 0, 0, NULL, NULL},
    {"item", 0, OPTION_STRINGS, AT(list), "ITEM", "one more item", 0, 0, NULL, NULL},
    {"number", 'n', OPTION_INTEGER, AT(number), "N", "a number", 1, 10, NULL, NULL},
    {"any", 0, OPTION_INTEGER, AT(any), "N", "any number", 0, 0, NULL, NULL},
    {"duration", 0, OPTION_DURATION, AT(duration), "DURATION", "a time", CLOCK_SECOND_NS,
     CLOCK_HOUR_NS, NULL, NULL},
    {"choice", 0, OPTION_CHOICE, AT(choice), "FORMAT", "one of two", 0, 0, choices, NULL},
    {"implied", 'i', OPTION_STRING, AT(implied), "VALUE", "a value that may be left out", 0, 0,
     NULL, "implied value"},
    OPTION_END,
};

struct parsed {
    struct strvec words; /* `values` borrows from these */
    struct values values;
    struct strvec operands;
    struct err err;
};

static int set_up(void **state)
{
    static struct parsed parsed;

    parsed =
        (struct parsed){.words = STRVEC_INIT, .values.list = STRVEC_INIT, .operands = STRVEC_INIT};
    *state = &parsed;
    return 0;
}

static int tear_down(void **state)
{
    struct parsed *parsed = *state;

    strvec_release(&parsed->words);
    strvec_release(&parsed->values.list);
    strvec_release(&parsed->operands);
    err_release(&parsed->err);
    return 0;
}

/* Parses the words of a line, which are separated by single spaces. */
static int parse(struct parsed *parsed, const char *line)
{
    const struct option_set sets[] = {{table, &parsed->values}, {NULL, NULL}};

    strvec_release(&parsed->words);
    strvec_split(&parsed->words, line, ' ');
    return options_parse(parsed->words.v, sets, &parsed->operands, &parsed->err);
}

static void assert_refused(struct parsed *parsed, const char *line, const char *message)
{
    assert_int_equal(parse(parsed, line), -1);
    assert_int_equal(parsed->err.code, ERR_USAGE);
    assert_has(parsed->err.message, message);
}

static void forms(void **state)
{
    struct parsed *parsed = *state;
    const struct values *values = &parsed->values;

    assert_int_equal(parse(parsed, "--flag --text=a=b one --item x --item=y --number 3 two"), 0);
    assert_true(values->flag);
    assert_false(values->other);
    assert_string_equal(values->text, "a=b");
    assert_int_equal(values->list.nr, 2);
    assert_string_equal(values->list.v[1], "y");
    assert_int_equal(values->number, 3);
    assert_int_equal(parsed->operands.nr, 2);
    assert_string_equal(parsed->operands.v[1], "two");
}

static void letters(void **state)
{
    struct parsed *parsed = *state;

    assert_int_equal(parse(parsed, "-fo -t x -n5 -tfoo"), 0);
    assert_true(parsed->values.flag && parsed->values.other);
    assert_string_equal(parsed->values.text, "foo");
    assert_int_equal(parsed->values.number, 5);
    assert_int_equal(parse(parsed, "-fn 7"), 0);
    assert_int_equal(parsed->values.number, 7);
}

static void operands(void **state)
{
    struct parsed *parsed = *state;

    assert_int_equal(parse(parsed, "-1 - +2 a:b -- --flag --"), 0);
    assert_false(parsed->values.flag);
    assert_int_equal(parsed->operands.nr, 6);
    assert_string_equal(parsed->operands.v[0], "-1");
    assert_string_equal(parsed->operands.v[4], "--flag");
    assert_string_equal(parsed->operands.v[5], "--");
}

static void last_wins(void **state)
{
    struct parsed *parsed = *state;

    assert_int_equal(parse(parsed, "--text a --text= --number 1 --number 2"), 0);
    assert_string_equal(parsed->values.text, "");
    assert_int_equal(parsed->values.number, 2);
}

static void implied(void **state)
{
    struct parsed *parsed = *state;

    assert_int_equal(parse(parsed, "--implied x"), 0);
    assert_string_equal(parsed->values.implied, "implied value");
    assert_string_equal(parsed->operands.v[0], "x");
    assert_int_equal(parse(parsed, "--implied=y"), 0);
    assert_string_equal(parsed->values.implied, "y");
    assert_int_equal(parse(parsed, "-i x"), 0);
    assert_string_equal(parsed->values.implied, "implied value");
    assert_int_equal(parse(parsed, "-iz"), 0);
    assert_string_equal(parsed->values.implied, "z");
}

static void unknown(void **state)
{
    struct parsed *parsed = *state;

    assert_refused(parsed, "--flga", "there is no option --flga");
    assert_has(parsed->err.hint, "--flag");
    assert_refused(parsed, "--num=3", "there is no option --num");
    assert_has(parsed->err.hint, "--number");
    assert_refused(parsed, "--zzzzzzzz", "--zzzzzzzz");
    assert_null(parsed->err.hint);
    assert_refused(parsed, "--=x", "there is no option --");
    assert_refused(parsed, "-fx", "there is no option -x");
    assert_refused(parsed, "-1w", "there is no option -1");
}

static void values_missing(void **state)
{
    struct parsed *parsed = *state;

    assert_refused(parsed, "--text", "--text needs a value: --text TEXT");
    assert_refused(parsed, "-n", "-n needs a value: -n N");
    assert_refused(parsed, "--flag=yes", "--flag takes no value");
}

static void numbers(void **state)
{
    struct parsed *parsed = *state;

    assert_refused(parsed, "--number 0", "0 is out of range; allowed are 1 to 10");
    assert_refused(parsed, "--number 11", "11 is out of range; allowed are 1 to 10");
    assert_refused(parsed, "--number=", "'' is no number");
    assert_refused(parsed, "--number 1x", "'1x' is no number");
    assert_refused(parsed, "--number 0x1", "'0x1' is no number");
    assert_refused(parsed, "--number \t1", "is no number");
    assert_refused(parsed, "--any -1", "-1 is out of range; allowed are 0 and more");
    assert_refused(parsed, "--any 9223372036854775808", "9223372036854775808 is out of range");
    assert_int_equal(parse(parsed, "--any 9223372036854775807"), 0);
    assert_true(parsed->values.any == INT64_MAX);
}

static void durations(void **state)
{
    struct parsed *parsed = *state;

    assert_int_equal(parse(parsed, "--duration 5m"), 0);
    assert_true(parsed->values.duration == 300 * CLOCK_SECOND_NS);
    assert_int_equal(parse(parsed, "--duration 5"), 0);
    assert_true(parsed->values.duration == 5 * CLOCK_SECOND_NS);
    assert_refused(parsed, "--duration 2h", "2h is out of range; allowed are 1s to 1h");
    assert_refused(parsed, "--duration soon", "--duration: 'soon' is no duration");
}

static void choice(void **state)
{
    struct parsed *parsed = *state;

    assert_int_equal(parse(parsed, "--choice json"), 0);
    assert_ptr_equal(parsed->values.choice, choices[1]);
    assert_refused(parsed, "--choice jsno", "'jsno' is not allowed; allowed are text, json");
    assert_has(parsed->err.hint, "json");
}

static void help(void **state)
{
    static const struct option long_table[] = {
        {"a-very-long-option-name-indeed-it-is", 0, OPTION_STRING, 0, "FILE",
         "a help of many words that goes on and on until it has to be broken at the hundredth "
         "column of the terminal",
         0, 0, NULL, NULL},
        OPTION_END,
    };
    struct strbuf text = STRBUF_INIT;

    (void)state;
    options_add_help(&text, table);
    assert_has(text.buf, "  -f, --flag                        set the flag\n");
    assert_has(text.buf, "  --item ITEM ");
    assert_has(text.buf, "  -i, --implied[=VALUE] ");
    strbuf_reset(&text);
    options_add_help(&text, long_table);
    for (const char *line = text.buf; *line; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") <= 100);
    assert_has(text.buf, "indeed-it-is FILE\n                                    a help of");
    strbuf_release(&text);
}

static void nearest(void **state)
{
    static const char *const letters[] = {"h", "d", "w", NULL};
    static const char *const names[] = {"upgrade", "downgrade", "stamp", "diff", "-", NULL};

    (void)state;
    assert_string_equal(options_nearest("upgarde", names), "upgrade");
    assert_string_equal(options_nearest("stmap", names), "stamp");
    assert_string_equal(options_nearest("down", names), "downgrade");
    assert_string_equal(options_nearest("dif", names), "diff");
    assert_null(options_nearest("fingerprint", names));
    assert_null(options_nearest("xyz", names));
    /* Every letter is one edit away from every other: no hint is better. */
    assert_null(options_nearest("m", letters));
}

#define OPTIONS_TEST(sentence, function) TEST_WITH(sentence, function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPTIONS_TEST("long options take a value in two forms, among operands", forms),
        OPTIONS_TEST("letters can be bundled, and take a value in two forms", letters),
        OPTIONS_TEST("numbers, a dash and what follows -- are operands", operands),
        OPTIONS_TEST("the last of several values wins, an empty one too", last_wins),
        OPTIONS_TEST("a value that may be left out is taken in one word only", implied),
        OPTIONS_TEST("an unknown option is refused with the nearest one as hint", unknown),
        OPTIONS_TEST("a value that is missing, or too much, is refused", values_missing),
        OPTIONS_TEST("a number is checked against its range", numbers),
        OPTIONS_TEST("a duration is checked against its range", durations),
        OPTIONS_TEST("a choice is one of the table's", choice),
        OPTIONS_TEST("help fits into a hundred columns", help),
        OPTIONS_TEST("the nearest name is found, and none when nothing is near", nearest),
    };

    return cmocka_run_group_tests_name("term/options", tests, NULL, NULL);
}
