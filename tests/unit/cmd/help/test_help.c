#include "cmd/help/help.h"

#include <stdlib.h>
#include <string.h>

#include "../../unit.h"

/* Takes an example, which must have this command and these words. Returns where the next begins. */
static const char *take(const char *at, const char *command, const char *words)
{
    char *got_command, *got_words;
    const char *next = help_next_example(at, &got_command, &got_words);

    assert_string_equal(got_command, command);
    assert_string_equal(got_words, words);
    free(got_command);
    free(got_words);
    return next;
}

static void examples(void **state)
{
    const char *at =
        "run\n  copy it\nplan | jq\n  show it,\n  and more\nstatus\nrun \\\n    --full\n"
        "  copy all of it\n";

    (void)state;
    at = take(at, "run", "copy it");
    at = take(at, "plan | jq", "show it, and more");
    at = take(at, "status", "");
    at = take(at, "run \\\n    --full", "copy all of it");
    assert_null(at);
    assert_null(take("run", "run", ""));
}

static void sentence(void **state)
{
    struct strbuf text = STRBUF_INIT;

    (void)state;
    help_add_sentence(&text, "copy it");
    assert_string_equal(text.buf, "Copy it.");
    strbuf_release(&text);
}

static const char *const words[] = {"one|two", "half", NULL};
static const struct option table[] = {
    {"flag", 'f', OPTION_FLAG, 0, NULL, "it's [odd]: *.conf, a_b and `c`", 0, 0, NULL, NULL},
    {"file", 0, OPTION_STRINGS, 0, "FILE", "which", 0, 0, NULL, NULL},
    {"choice", 0, OPTION_CHOICE, 0, "WORD", "a choice", 0, 0, words, NULL},
    {"follow", 0, OPTION_STRING, 0, "INTERVAL", "again and again", 0, 0, NULL, "1m"},
    OPTION_END,
};
static const struct option shared_table[] = {
    {"shared", 0, OPTION_FLAG, 0, NULL, "of many", 0, 0, NULL, NULL},
    OPTION_END,
};
static const struct command run = {.group = "tenants",
                                   .name = "run",
                                   .summary = "copy it",
                                   .options = table,
                                   .shared_options = {shared_table, NULL},
                                   .options_size = 1};
static const struct command *const commands[] = {&run, NULL};

static void escapes(void **state)
{
    struct strbuf text = STRBUF_INIT;

    (void)state;
    help_rst_add_man(&text, commands, help_find_group("tenants"));
    assert_non_null(
        strstr(text.buf, "``-f, --flag``\n    It's [odd]: \\*.conf, a\\_b and \\`c\\`.\n"));
    assert_non_null(strstr(text.buf, "``--follow[=INTERVAL]``\n"));
    assert_non_null(strstr(text.buf, "``--shared``\n"));
    strbuf_reset(&text);
    help_shell_add_zsh(&text, commands);
    assert_non_null(strstr(text.buf, "'--flag[it'\\''s \\[odd\\]\\: *.conf, a_b and `c`]'"));
    assert_non_null(strstr(text.buf, "'*--file=[which]:FILE:_files'"));
    assert_non_null(strstr(text.buf, "'--follow=-[again and again]::INTERVAL:'"));
    assert_non_null(strstr(text.buf, "'--shared[of many]'"));
    strbuf_reset(&text);
    help_shell_add_bash(&text, commands);
    assert_non_null(strstr(text.buf, " --follow --shared --config-file"));
    strbuf_reset(&text);
    help_shell_add_fish(&text, commands);
    assert_non_null(strstr(text.buf, "-l flag -s f -d 'it\\'s [odd]: *.conf"));
    assert_non_null(strstr(text.buf, "-l shared -d 'of many'"));
    strbuf_release(&text);
}

static void groups(void **state)
{
    struct strbuf text = STRBUF_INIT;

    (void)state;
    help_add_main(&text, commands);
    assert_non_null(strstr(text.buf, "tenants  run"));
    assert_null(strstr(text.buf, "schema:"));
    assert_null(help_find_group("nothing"));
    strbuf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("examples are parted into commands, of several lines too, and words", examples),
        TEST("a summary becomes a sentence", sentence),
        TEST("what a page or a shell would take for markup is escaped", escapes),
        TEST("a group without commands isn't shown", groups),
    };

    return cmocka_run_group_tests_name("cmd/help", tests, NULL, NULL);
}
