#include "tenants/plan/target_map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../unit.h"
#include "base/mem.h"
#include "base/strbuf.h"

/* Reads a map of this text, and finds the servers of `spread` with that (NULL: none). Returns the
 * error, or NULL. */
static char *read_spread(struct settings *settings, const char *text, const char *spread,
                         const struct target_map_told *told)
{
    char path[] = "/tmp/test_target_map.XXXXXX";
    int fd = mkstemp(path);
    struct err err = ERR_INIT;
    char *message = NULL;

    *settings = (struct settings){.database = xstrdup("mon"),
                                  .url = xstrdup("http://source:8086"),
                                  .map_path = xstrdup(path)};
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    if (spread)
        assert_int_equal(settings_set_spread(settings, spread, &err), 0);
    if (target_map_read(settings, path, &err) < 0 ||
        (spread && target_map_spread(settings, told, &err) < 0)) {
        assert_int_equal(err.code, ERR_CONFIG);
        message = xstrdup(err.message);
    }
    unlink(path);
    err_release(&err);
    return message;
}

static char *read_map(struct settings *settings, const char *text)
{
    return read_spread(settings, text, NULL, NULL);
}

static void assert_refused(const char *text, const char *words)
{
    struct settings settings;
    char *message = read_map(&settings, text);

    assert_has(message, words);
    free(message);
    settings_release(&settings);
}

static void limits(void **state)
{
    struct settings settings;
    char *message = read_map(&settings, "[t1]\nurl = http://a:8086\n"
                                        "[t2]\nurl = http://a:8086\ndescriptors = 4096\n"
                                        "maps = 70000\nmemory = 2048\nindex = tsi1\n");
    const struct settings_limits *told = settings_limits(&settings, 1);

    (void)state;
    assert_null(message);
    assert_int_equal(settings.server_count, 1);
    assert_int_equal(told->descriptors, 4096);
    assert_int_equal(told->maps, 70000);
    assert_true(told->memory_bytes == 2048 * SETTINGS_MIB);
    assert_int_equal(told->index, INFLUX_INDEX_TSI1);
    assert_int_equal(settings_limits(&settings, 0)->descriptors, 0);
    settings_release(&settings);
}

static void routes(void **state)
{
    struct settings settings;
    char *message = read_map(&settings, "[DEFAULT]\nurl = http://a:8086/\nuser = u\n"
                                        "[t1]\ndatabase = x\n"
                                        "[t2]\nurl = http://b:8086\nuser =\n"
                                        "[t3]\nurl = http://a:8086\n");
    const struct settings_route *route = settings.routes;

    (void)state;
    assert_null(message);
    assert_int_equal(settings.mapped.count, 3);
    assert_int_equal(settings.server_count, 2);
    assert_string_equal(settings.servers[route[0].server - 1].url, "http://a:8086");
    assert_string_equal(settings.servers[route[0].server - 1].user, "u");
    assert_string_equal(route[0].database, "x");
    assert_string_equal(settings.servers[route[1].server - 1].url, "http://b:8086");
    assert_null(settings.servers[route[1].server - 1].user);
    assert_int_equal(route[2].server, route[0].server);
    assert_null(route[2].database);
    settings_release(&settings);
}

static void refused(void **state)
{
    (void)state;
    assert_refused("[t]\nurl = http://u:secret@h:1\n", "line 2");
    assert_refused("[t]\nkind = influxdb\n", "kind goes with url");
    assert_refused("[t]\nurl = http://h\nkind = mongodb\n", "line 3");
    assert_refused("[t]\nurl = http://h\nretention = soon\n", "line 3");
    assert_refused("[t]\nurl = http://h\ndescriptors = many\n", "line 3");
    assert_refused("[t]\nurl = http://h\nmaps = 0\n", "line 3");
    assert_refused("[t]\nurl = http://h\nmemory = 9223372036854775807\n", "line 3");
    assert_refused("[t]\nurl = http://h\nindex = tsi2\n", "line 3");
    assert_refused("[t]\nindex = tsi1\n", "goes with url");
    assert_refused("[t]\nurl = http://h\nurl = http://i\n", "is there twice, first in line 2");
    assert_refused("[t]\n[s]\n[t]\n", "line 3: section [t] is there twice, first in line 1");
    assert_refused("[DEFAULT]\ndatabase = x\n", "[DEFAULT] can't name the database");
    assert_refused("[t]\ndatabase = mon\n", "the source is called so");
}

static const struct settings_server *server_of(const struct settings *settings, size_t spread)
{
    return settings_server(settings, settings->spread[spread].server);
}

static void spread_without_map(void **state)
{
    const struct target_map_told told = {.user = " u'", .kind = "influxdb", .descriptors = 4096};
    struct settings settings;
    char *message = read_spread(&settings, "", "http://a:1/,http://source:8086", &told);

    (void)state;
    assert_null(message);
    assert_string_equal(settings.spread[0].keys,
                        "url = http://a:1\nuser = \" u'\"\nkind = influxdb\n"
                        "descriptors = 4096\n");
    assert_string_equal(server_of(&settings, 0)->user, " u'");
    assert_string_equal(server_of(&settings, 0)->origin, "--spread");
    assert_int_equal(server_of(&settings, 0)->limits.descriptors, 4096);
    assert_int_equal(settings.spread[1].server, 0);
    assert_string_equal(settings.spread[1].keys, "");
    assert_int_equal(settings.server_count, 1);
    assert_true(settings_spreads(&settings, 0) && settings_spreads(&settings, 1));
    settings_release(&settings);
}

static void spread_with_map(void **state)
{
    const struct target_map_told told = {.user = "told"};
    struct settings settings;
    char *message = read_spread(&settings,
                                "[DEFAULT]\nurl = http://c:1\nretention = 90d\n"
                                "[t1]\nurl = http://a:1//\nuser = u\ndatabase = x\n"
                                "[t2]\nurl = http://a:1\n[t3]\n",
                                "http://a:1,http://b:1,http://source:8086,http://c:1", &told);

    (void)state;
    assert_null(message);
    /* A server that the map names has the keys of its first section. */
    assert_int_equal(settings.spread[0].server, settings.routes[0].server);
    assert_string_equal(settings.spread[0].keys, "url = http://a:1//\nuser = u\n");
    /* Another has those of the command line, and of [DEFAULT]. */
    assert_string_equal(settings.spread[1].keys, "url = http://b:1\nuser = told\n");
    assert_true(server_of(&settings, 1)->retention_ns > 0);
    /* The source's own takes the address away. */
    assert_int_equal(settings.spread[2].server, 0);
    assert_string_equal(settings.spread[2].keys, "url =\n");
    assert_int_equal(settings.spread[3].server, settings.routes[2].server);
    assert_string_equal(settings.spread[3].keys, "");
    settings_release(&settings);
}

static void refused_spread(void **state)
{
    static const char *const wrong[] = {"",
                                        ",",
                                        "http://a:1,",
                                        "a:1",
                                        "ftp://a",
                                        "http://a:1,http://a:1/",
                                        "http://u:p@a:1",
                                        "http://a:1\x01",
                                        "http://a:1\r"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        struct settings settings = {0};
        struct err err = ERR_INIT;

        assert_int_equal(settings_set_spread(&settings, wrong[i], &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
        err_release(&err);
        settings_release(&settings);
    }
}

static void names_of_sections(void **state)
{
    (void)state;
    assert_true(target_map_can_name("0123"));
    assert_true(target_map_can_name(" a]#= "));
    assert_true(target_map_can_name("\xc3\xbc"));
    assert_false(target_map_can_name(""));
    assert_false(target_map_can_name("DEFAULT"));
    assert_false(target_map_can_name("a\nb"));
    assert_false(target_map_can_name("a\r"));
    assert_false(target_map_can_name("\xff"));
}

static void many_sections_behind_an_error(void **state)
{
    struct strbuf text = STRBUF_INIT;

    (void)state;
    strbuf_addstr(&text, "[first]\nurlk = x\n");
    for (int i = 0; i < 1000; i++)
        strbuf_addf(&text, "[t%d]\nurl = http://h\n", i);
    assert_refused(text.buf, "line 2: there is no key 'urlk'");
    strbuf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a section sends its tenant to its server, or that of [DEFAULT]", routes),
        TEST("what a section tells of a server counts for all of its tenants", limits),
        TEST("what can't be is refused, with its line", refused),
        TEST("a server of --spread has the keys that the command line tells", spread_without_map),
        TEST("a server of --spread has the keys that the map tells", spread_with_map),
        TEST("a list of servers that can't be is refused", refused_spread),
        TEST("a name that no line can hold is no name of a section", names_of_sections),
        TEST("an error before many sections is told", many_sections_behind_an_error),
    };

    return cmocka_run_group_tests_name("tenants/target_map", tests, NULL, NULL);
}
