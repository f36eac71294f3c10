#include "influx/quote.h"

#include <stdlib.h>
#include <string.h>

#include "../unit.h"
#include "base/mem.h"

/* The bytes that stand for a NUL in a name. */
#define NUL "\xc0\x80"

/* Names that mean something to InfluxQL, to a shell, to a formatter or to a regular expression. */
static const char *const hostile_names[] = {
    "",
    "cpu.idle_perc",
    "a\"b",
    "a'b",
    "a\\",
    "\\\"",
    "\\'",
    "a\nb",
    "a\rb",
    (NUL "between" NUL),
    "a;DROP DATABASE mon;--",
    "a--b",
    "/* a */",
    "%s%n%20",
    "gr\xc3\xb6\xc3\x9fte",
    "SELECT",
    ":MEASUREMENT",
    "x' OR _tenant_id != '",
    "x\" WHERE time > 0; --",
    "/^.*$/",
    "[.*+?(){}|^$]",
    " a\tb ",
};

static void assert_added(void (*add)(struct strbuf *sb, const char *name), const char *name,
                         const char *expected)
{
    struct strbuf sb = STRBUF_INIT;

    add(&sb, name);
    assert_string_equal(sb.buf, expected);
    strbuf_release(&sb);
}

static void identifiers(void **state)
{
    (void)state;
    assert_added(influx_add_identifier, "cpu.idle_perc", "\"cpu.idle_perc\"");
    assert_added(influx_add_identifier, "", "\"\"");
    assert_added(influx_add_identifier, "a\"b", "\"a\\\"b\"");
    assert_added(influx_add_identifier, "a'b", "\"a'b\"");
    assert_added(influx_add_identifier, "a\\", "\"a\\\\\"");
    assert_added(influx_add_identifier, "a\nb", "\"a\\nb\"");
    assert_added(influx_add_identifier, "\\n", "\"\\\\n\"");
    assert_added(influx_add_identifier, "a;--b", "\"a;--b\"");
    assert_added(influx_add_identifier, "100%s", "\"100%s\"");
    assert_added(influx_add_identifier, "\xc3\xb6", "\"\xc3\xb6\"");
    assert_added(influx_add_identifier, "SELECT", "\"SELECT\"");
    assert_added(influx_add_identifier, ":MEASUREMENT", "\":MEASUREMENT\"");
}

static void strings(void **state)
{
    (void)state;
    assert_added(influx_add_string, "", "''");
    assert_added(influx_add_string, "a\"b", "'a\"b'");
    assert_added(influx_add_string, "a'b", "'a\\'b'");
    assert_added(influx_add_string, "a\\", "'a\\\\'");
    assert_added(influx_add_string, "a\nb", "'a\\nb'");
    assert_added(influx_add_string, "x' OR _tenant_id != '", "'x\\' OR _tenant_id != \\''");
}

static void regexes(void **state)
{
    (void)state;
    assert_added(influx_add_exact_regex, "cpu", "/^cpu$/");
    assert_added(influx_add_exact_regex, "a.b", "/^a\\x{2e}b$/");
    assert_added(influx_add_exact_regex, "a/b", "/^a\\x{2f}b$/");
    assert_added(influx_add_exact_regex, "a\rb", "/^a\\x{0d}b$/");
    assert_added(influx_add_exact_regex, "a\nb", "/^a\\x{0a}b$/");
    assert_added(influx_add_exact_regex, "a" NUL "b", "/^a\\x{00}b$/");
    assert_added(influx_add_exact_regex, NUL NUL, "/^\\x{00}\\x{00}$/");
    assert_added(influx_add_exact_regex, "\x7f\\", "/^\\x{7f}\\x{5c}$/");
    assert_added(influx_add_exact_regex, "\xc3\xb6\xe2\x82\xac", "/^\xc3\xb6\xe2\x82\xac$/");
    assert_added(influx_add_exact_regex, "", "/^$/");
}

/*
 * Reads a quoted text as InfluxQL's scanner does (scanner.go, ScanString): from quote to quote,
 * with three escapes. NULL where it isn't one text to the end.
 */
static char *unquote(const char *text, char quote)
{
    struct strbuf content = STRBUF_INIT;

    if (*text++ != quote)
        return NULL;
    for (; *text && *text != quote && *text != '\n'; text++) {
        if (*text != '\\')
            strbuf_addch(&content, *text);
        else if (*++text == 'n')
            strbuf_addch(&content, '\n');
        else if (*text == '\\' || *text == '"' || *text == '\'')
            strbuf_addch(&content, *text);
        else
            break;
    }
    if (*text != quote || text[1]) {
        strbuf_release(&content);
        return NULL;
    }
    return strbuf_detach(&content);
}

static void assert_read_back(void (*add)(struct strbuf *sb, const char *name), char quote)
{
    for (size_t i = 0; i < ARRAY_SIZE(hostile_names); i++) {
        struct strbuf sb = STRBUF_INIT;
        char *read;

        add(&sb, hostile_names[i]);
        read = unquote(sb.buf, quote);
        if (!read)
            fail_msg("not one quoted text: %s", sb.buf);
        assert_string_equal(read, hostile_names[i]);
        free(read);
        strbuf_release(&sb);
    }
}

static void read_back(void **state)
{
    (void)state;
    assert_read_back(influx_add_identifier, '"');
    assert_read_back(influx_add_string, '\'');
}

static void regex_is_closed(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(hostile_names); i++) {
        struct strbuf sb = STRBUF_INIT;

        influx_add_exact_regex(&sb, hostile_names[i]);
        assert_ptr_equal(strchr(sb.buf + 1, '/'), sb.buf + sb.len - 1);
        for (const char *c = sb.buf + 2; c < sb.buf + sb.len - 2; c++)
            if (*c == '\\')
                assert_memory_equal(c, "\\x{", 3);
            else if (strchr(".*+?()[]|^$\r\n;'\" ", *c))
                fail_msg("a character with a meaning: %s", sb.buf);
        strbuf_release(&sb);
    }
}

static void assert_equals(const char *text, const char *expected)
{
    struct strbuf sb = STRBUF_INIT;

    influx_add_equals(&sb, "\"t\"::tag", text);
    assert_string_equal(sb.buf, expected);
    strbuf_release(&sb);
}

static void equality(void **state)
{
    (void)state;
    assert_equals("a'b", "\"t\"::tag = 'a\\'b'");
    assert_equals("", "\"t\"::tag = ''");
    assert_equals("a\rb", "\"t\"::tag =~ /^a\\x{0d}b$/");
    assert_equals("a" NUL, "\"t\"::tag =~ /^a\\x{00}$/");
}

static void urls(void **state)
{
    static const char all[] = "aZ09-._~ &=+%#?/\"\\\n\r\0\xc3\xb6";
    struct strbuf sb = STRBUF_INIT;

    (void)state;
    influx_add_url_encoded(&sb, all, sizeof(all) - 1);
    assert_string_equal(sb.buf, "aZ09-._~%20%26%3D%2B%25%23%3F%2F%22%5C%0A%0D%00%C3%B6");
    strbuf_release(&sb);
}

static void properties(void **state)
{
    (void)state;
    assert_true(influx_name_is_quotable("a\"'\\\n;"));
    assert_true(influx_name_is_quotable("\xc3\x80"));
    assert_false(influx_name_is_quotable("\r"));
    assert_false(influx_name_is_quotable("a" NUL));
    assert_true(influx_name_is_exact("\xef\xbf\xbc"));
    assert_false(influx_name_is_exact("a\xef\xbf\xbd"));
}

static void good_databases(void **state)
{
    char name[256];

    (void)state;
    memset(name, 'a', sizeof(name) - 1);
    name[255] = 0;
    assert_null(influx_database_name_problem(name));
    assert_null(influx_database_name_problem("mon_0123456789abcdef"));
    assert_null(influx_database_name_problem("x' OR _tenant_id != '"));
    assert_null(influx_database_name_problem("a\"b; DROP DATABASE mon--%s"));
    assert_null(influx_database_name_problem("..."));
    assert_null(influx_database_name_problem("\xc3\xb6\xc2\xa1\xe2\x82\xac"));
    assert_null(influx_database_name_problem("SELECT"));
}

static void bad_databases(void **state)
{
    static const char *const names[] = {
        "",     ".",    "..",       "a/b",      "a\\b", "a\nb",     "a\r",           (NUL "a"),
        "\x7f", "\x1b", "\xc2\xa0", "\xc2\xad", "\t",   "\xc2\x85", "a\xef\xbf\xbd",
    };
    char name[257];

    (void)state;
    memset(name, 'a', sizeof(name) - 1);
    name[256] = 0;
    assert_has(influx_database_name_problem(name), "255");
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (!influx_database_name_problem(names[i]))
            fail_msg("name %zu was taken for good", i);
    assert_has(influx_database_name_problem("a/b"), "slash");
    assert_has(influx_database_name_problem("a\xef\xbf\xbd"), "UTF-8");
    assert_has(influx_database_name_problem("a" NUL), "printed");
}

static void decodes(void **state)
{
    char *name = influx_decode_name("a\0b\0", 4);

    (void)state;
    assert_string_equal(name, "a" NUL "b" NUL);
    free(name);
    name = influx_decode_name(NULL, 0);
    assert_string_equal(name, "");
    free(name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("an identifier is quoted with its quotes, backslashes and newlines escaped",
             identifiers),
        TEST("a string is quoted with its quotes, backslashes and newlines escaped", strings),
        TEST("an exact expression spells out whatever has a meaning", regexes),
        TEST("InfluxQL reads every hostile name back as it was, and nothing behind it", read_back),
        TEST("no name ends its expression, or means anything in it", regex_is_closed),
        TEST("a text that can't be quoted is compared by an expression", equality),
        TEST("a URL's query string holds nothing but what needs no encoding", urls),
        TEST("CR, NUL and U+FFFD make a name unquotable or inexact", properties),
        TEST("a database may have any printable name of up to 255 bytes", good_databases),
        TEST("a database's name that the server would refuse has a problem, in words",
             bad_databases),
        TEST("NULs in a reply become two bytes of a name", decodes),
    };

    return cmocka_run_group_tests_name("influx/quote", tests, NULL, NULL);
}
