#include "base/shell.h"

#include <string.h>

#include "../unit.h"

static void assert_word(const char *word, const char *expected)
{
    struct strbuf sb = STRBUF_INIT;

    shell_add_word(&sb, word);
    assert_string_equal(sb.buf, expected);
    strbuf_release(&sb);
}

static void quotes(void **state)
{
    (void)state;
    assert_word("--state-dir=/var/lib/x_1", "--state-dir=/var/lib/x_1");
    assert_word("", "''");
    assert_word("a b", "'a b'");
    assert_word("it's; $(x)", "'it'\\''s; $(x)'");
    assert_word("~", "'~'");
    assert_word("^log\\..+", "'^log\\..+'");
}

/* `expected` are the words with a '|' behind each. */
static void assert_split(const char *line, const char *expected)
{
    struct strvec words = STRVEC_INIT;
    struct strbuf joined = STRBUF_INIT;

    shell_split(&words, line);
    for (size_t i = 0; i < words.nr; i++)
        strbuf_addf(&joined, "%s|", words.v[i]);
    assert_string_equal(joined.buf, expected);
    strbuf_release(&joined);
    strvec_release(&words);
}

static void splits(void **state)
{
    (void)state;
    assert_split("", "");
    assert_split("  ", "");
    assert_split("run -j 2", "run|-j|2|");
    assert_split("  run \t-j\n2 ", "run|-j|2|");
    assert_split("a 'b c' d", "a|b c|d|");
    assert_split("'' x''y", "|xy|");
    assert_split("'it'\\''s' a\\ b '\\'", "it's|a b|\\|");
}

static void odd_lines(void **state)
{
    (void)state;
    assert_split("a 'b c", "a|b c|");
    assert_split("a\\", "a\\|");
    assert_split("'", "|");
}

static void comes_back(void **state)
{
    static const char *const words[] = {"run", "", "a b", "it's", "\\", "'", "$x\n\t", "\xff", "*"};
    struct strvec before = STRVEC_INIT, after = STRVEC_INIT;
    struct strbuf line = STRBUF_INIT, again = STRBUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        strvec_push(&before, words[i]);
    shell_add_line(&line, &before);
    shell_split(&after, line.buf);
    assert_int_equal(after.nr, before.nr);
    for (size_t i = 0; i < before.nr; i++)
        assert_string_equal(after.v[i], before.v[i]);
    shell_add_line(&again, &after);
    assert_string_equal(again.buf, line.buf);
    strbuf_release(&line);
    strbuf_release(&again);
    strvec_release(&before);
    strvec_release(&after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("words are quoted where a shell would change them", quotes),
        TEST("a line is split at blanks outside of quotes", splits),
        TEST("a line that no shell would take is split too", odd_lines),
        TEST("words of any bytes come back from a line", comes_back),
    };

    return cmocka_run_group_tests_name("base/shell", tests, NULL, NULL);
}
