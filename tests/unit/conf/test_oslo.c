/* tests/cli/oslo compares values and grammar with the real oslo.config; this file tests the rest.
 */
#include "conf/oslo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "conf/pystr.h"

static struct oslo_config *config_of(const char *text)
{
    struct err err = ERR_INIT;
    struct oslo_config *config = oslo_config_new_from_text("x.conf", text, strlen(text), &err);

    if (!config)
        fail_msg("%s", err.message);
    return config;
}

static void assert_text_refused(const char *text, size_t len, const char *message)
{
    struct err err = ERR_INIT;

    assert_null(oslo_config_new_from_text("x.conf", text, len, &err));
    assert_int_equal(err.code, ERR_CONFIG);
    assert_string_equal(err.message, message);
    err_release(&err);
}

static void grammar_messages(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"[DEFAULT]\n\nfoo\n", "x.conf, line 3: the line has no = or :"},
        {"[DEFAULT]\r\n\r\n = x\r\n", "x.conf, line 3: an indented line continues nothing"},
        {"[DEFAULT]\n=x", "x.conf, line 2: there is no key in front of the = or :"},
        {"a = x\n\n\n", "x.conf, line 1: a key stands before the first [section]"},
        {"# c\n[DEFAULT\n", "x.conf, line 2: a line that begins with [ must end with ]"},
        {"\r\r[]\r", "x.conf, line 3: the section has no name"},
        {"[DEFAULT]\na = caf\xe9\n", "x.conf, line 2: a byte is no UTF-8"},
        {"\xef\xbb\xbf[DEFAULT]",
         "x.conf, line 1: a byte order mark stands in front of the first character"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_text_refused(cases[i].text, strlen(cases[i].text), cases[i].message);
    assert_text_refused("[a]\r\nb = \0\n", 11, "x.conf, line 2: there is a NUL byte");
}

static void assert_string_refused(const char *text, const char *key, const char *message)
{
    struct oslo_config *config = config_of(text);
    struct err err = ERR_INIT;
    char *value = NULL;

    assert_int_equal(oslo_config_get_string(config, "s", key, NULL, &value, &err), -1);
    assert_int_equal(err.code, ERR_CONFIG);
    assert_string_equal(err.message, message);
    assert_null(value);
    err_release(&err);
    oslo_config_free(config);
}

static void substitution_messages(void **state)
{
    (void)state;
    assert_string_refused("[s]\n\na = $nothing\n", "a",
                          "x.conf, line 3: [s] a: $nothing: there is no such option");
    assert_string_refused("[s]\na = ${t.b}\n", "a",
                          "x.conf, line 2: [s] a: $t.b: there is no such section");
    assert_string_refused("[s]\na = $b\nb = $a\n", "a",
                          "x.conf, line 3: [s] b: the values behind its dollar signs go in a "
                          "circle");
    assert_string_refused("[s]\na = $db_password\ndb_password = x$y\n", "a",
                          "x.conf, line 3: [s] db_password: what stands behind a dollar sign "
                          "names no option");
}

static void origins(void **state)
{
    struct oslo_config *config = config_of("[S]\na = 1\n\na = 2\n  3\nb = 1\n");

    (void)state;
    assert_string_equal(oslo_config_origin(config, "s", "a"), "x.conf, line 4");
    assert_null(oslo_config_origin(config, "s", "c"));
    setenv("OS_S__B", "2", 1);
    assert_string_equal(oslo_config_origin(config, "s", "b"), "environment variable OS_S__B");
    unsetenv("OS_S__B");
    oslo_config_free(config);
}

static void fallbacks(void **state)
{
    struct oslo_config *config = config_of("[s]\n");
    struct err err = ERR_INIT;
    char *text;
    bool truth;
    int64_t number;

    (void)state;
    assert_int_equal(oslo_config_get_string(config, "s", "a", "f", &text, &err), 0);
    assert_string_equal(text, "f");
    free(text);
    assert_int_equal(oslo_config_get_string(config, "s", "a", NULL, &text, &err), 0);
    assert_null(text);
    assert_int_equal(oslo_config_get_bool(config, "s", "a", true, &truth, &err), 0);
    assert_true(truth);
    assert_int_equal(oslo_config_get_int(config, "s", "a", 1, 5, 99, &number, &err), 0);
    assert_int_equal(number, 99);
    oslo_config_set_default(config, "s", "a", OSLO_INT, "4");
    assert_int_equal(oslo_config_get_int(config, "s", "a", 1, 5, 99, &number, &err), 0);
    assert_int_equal(number, 4);
    oslo_config_free(config);
}

static void explosion(void **state)
{
    struct strbuf text = STRBUF_INIT;
    struct oslo_config *config;
    struct err err = ERR_INIT;
    char *value;

    (void)state;
    strbuf_addstr(&text, "[s]\n");
    for (int i = 0; i < 60; i++)
        strbuf_addf(&text, "a%d = $a%d$a%d\n", i, i + 1, i + 1);
    strbuf_addstr(&text, "a60 =\n");
    config = config_of(text.buf);
    assert_int_equal(oslo_config_get_string(config, "s", "a0", NULL, &value, &err), -1);
    assert_has(err.message, "too many values");
    err_release(&err);
    oslo_config_free(config);
    strbuf_release(&text);
}

static void depth(void **state)
{
    struct strbuf text = STRBUF_INIT;
    struct oslo_config *config;
    struct err err = ERR_INIT;
    char *value;

    (void)state;
    strbuf_addstr(&text, "[s]\n");
    for (int i = 0; i < 5000; i++)
        strbuf_addf(&text, "a%d = $a%d\n", i, i + 1);
    strbuf_addstr(&text, "a5000 = x\n");
    config = config_of(text.buf);
    assert_int_equal(oslo_config_get_string(config, "s", "a0", NULL, &value, &err), -1);
    assert_has(err.message, "too many values");
    err_release(&err);
    assert_int_equal(oslo_config_get_string(config, "s", "a4950", NULL, &value, &err), 0);
    assert_string_equal(value, "x");
    free(value);
    oslo_config_free(config);
    strbuf_release(&text);
}

/* The directories of a tree to search; `root` is its top. */
static const char *const tree_dirs[] = {"/etc",     "/etc/p",         "/home",
                                        "/home/.p", "/home/a.conf.d", "/etc/p.conf.d",
                                        "/snap",    "/snap/etc",      "/snap/etc/p"};
static char root[64];

static int make_tree(void **state)
{
    char path[256];

    (void)state;
    strcpy(root, "/tmp/test_oslo.XXXXXX");
    assert_non_null(mkdtemp(root));
    for (size_t i = 0; i < ARRAY_SIZE(tree_dirs); i++) {
        snprintf(path, sizeof(path), "%s%s", root, tree_dirs[i]);
        assert_int_equal(mkdir(path, 0755), 0);
    }
    return 0;
}

static void put(const char *name, bool there)
{
    char path[256];
    FILE *file;

    snprintf(path, sizeof(path), "%s%s", root, name);
    if (!there) {
        unlink(path);
        return;
    }
    file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
}

static int remove_tree(void **state)
{
    static const char *const files[] = {"/etc/p/p.conf", "/home/a.conf", "/etc/a.conf",
                                        "/home/.p/b.conf", "/snap/etc/p/p.conf"};
    char path[256];

    (void)state;
    unsetenv("SNAP");
    for (size_t i = 0; i < ARRAY_SIZE(files); i++)
        put(files[i], false);
    for (size_t i = ARRAY_SIZE(tree_dirs); i-- > 0;) {
        snprintf(path, sizeof(path), "%s%s", root, tree_dirs[i]);
        assert_int_equal(rmdir(path), 0);
    }
    return rmdir(root);
}

/* `expected` is the files found, then the directories, separated by spaces, without the root. */
static void assert_found(const char *expected)
{
    static const char *const former[] = {"b", "c", NULL}, *const folders[] = {"p", "a", NULL};
    static const struct oslo_service service = {"p", "a", former, folders};
    struct strvec found = STRVEC_INIT, dirs = STRVEC_INIT;
    struct strbuf text = STRBUF_INIT;
    char home[128];

    snprintf(home, sizeof(home), "%s/home", root);
    oslo_config_find(&service, home, root, &found, &dirs);
    for (size_t i = 0; i < dirs.nr; i++)
        strvec_push(&found, dirs.v[i]);
    for (size_t i = 0; i < found.nr; i++)
        strbuf_addf(&text, "%s%s", i ? " " : "", found.v[i] + strlen(root));
    assert_string_equal(text.buf, expected);
    strbuf_release(&text);
    strvec_release(&found);
    strvec_release(&dirs);
}

static void places(void **state)
{
    char snap[128];

    (void)state;
    assert_found("/etc/p.conf.d /home/a.conf.d");
    put("/home/.p/b.conf", true);
    assert_found("/home/.p/b.conf /etc/p.conf.d /home/a.conf.d");
    put("/etc/c.conf", true);
    assert_found("/home/.p/b.conf /etc/c.conf /etc/p.conf.d /home/a.conf.d");
    put("/etc/c.conf", false);
    put("/etc/a.conf", true);
    assert_found("/etc/a.conf /etc/p.conf.d /home/a.conf.d");
    put("/home/a.conf", true);
    assert_found("/home/a.conf /etc/p.conf.d /home/a.conf.d");
    put("/etc/p/p.conf", true);
    assert_found("/etc/p/p.conf /home/a.conf /etc/p.conf.d /home/a.conf.d");
    put("/home/a.conf", false);
    put("/etc/a.conf", false);
    /* Monasca's services look for no former name where the project's file is there. */
    assert_found("/etc/p/p.conf /etc/p.conf.d /home/a.conf.d");
    put("/etc/p/p.conf", false);
    put("/home/.p/b.conf", false);
    put("/snap/etc/p/p.conf", true);
    snprintf(snap, sizeof(snap), "%s/snap", root);
    setenv("SNAP", snap, 1);
    assert_found("/snap/etc/p/p.conf /etc/p.conf.d /home/a.conf.d");
}

static void strips(void **state)
{
    const struct pystr text = {"\xe3\x80\x80 \x1f"
                               "a b\xc2\xa0\n",
                               11};
    struct pystr stripped = pystr_strip(text);

    (void)state;
    assert_int_equal(stripped.len, 3);
    assert_memory_equal(stripped.s, "a b", 3);
    assert_int_equal(pystr_strip((struct pystr){" \t ", 3}).len, 0);
    assert_int_equal(pystr_strip((struct pystr){"", 0}).len, 0);
}

static void integers(void **state)
{
    int64_t value = 42;

    (void)state;
    assert_int_equal(pystr_int("  ", &value), PYSTR_NUMBER_EMPTY);
    assert_int_equal(pystr_int("-", &value), PYSTR_NUMBER_WRONG);
    assert_int_equal(pystr_int("9223372036854775808", &value), PYSTR_NUMBER_LARGE);
    assert_int_equal(pystr_int("99999999999999999999999999x", &value), PYSTR_NUMBER_WRONG);
    assert_true(value == 42);
    assert_int_equal(pystr_int("-9223372036854775808", &value), PYSTR_NUMBER_DONE);
    assert_true(value == INT64_MIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a wrong line is an error that names file and line", grammar_messages),
        TEST("a wrong substitution is an error that names the option", substitution_messages),
        TEST("an option's origin is a line or a variable", origins),
        TEST("a fallback stands in where nothing else does", fallbacks),
        TEST("values that double in each other end in an error", explosion),
        TEST("values stand within each other a hundred deep, and no deeper", depth),
        TEST_WITH("default files are found in oslo.config's places", places, make_tree,
                  remove_tree),
        TEST("Unicode white space is stripped", strips),
        TEST("integers are Python's, as far as 64 bits hold them", integers),
    };

    return cmocka_run_group_tests_name("conf/oslo", tests, NULL, NULL);
}
