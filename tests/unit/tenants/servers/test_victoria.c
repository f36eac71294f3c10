#include "tenants/servers/victoria.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../unit.h"
#include "base/clock.h"

static struct victoria_server server = {.label = (char *)"db", .separator = (char *)"_"};

static void retention(void **state)
{
    static const struct {
        const char *text;
        int64_t ns;
    } cases[] = {{"1", 31 * CLOCK_DAY_NS},    {"12", 372 * CLOCK_DAY_NS},
                 {"30d", 30 * CLOCK_DAY_NS},  {"2w", 14 * CLOCK_DAY_NS},
                 {"1y", 365 * CLOCK_DAY_NS},  {"24h", CLOCK_DAY_NS},
                 {"1.5d", 36 * CLOCK_HOUR_NS}};
    static const char *const wrong[] = {"", "d", "-1", "1x", "0", "nan"};
    int64_t ns;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(victoria_parse_retention(cases[i].text, &ns), 0);
        assert_int_equal(ns, cases[i].ns);
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(victoria_parse_retention(wrong[i], &ns), -1);
    assert_int_equal(victoria_parse_retention("1000y", &ns), 0);
    assert_int_equal(ns, INT64_MAX);
}

static void addresses(void **state)
{
    static const char *const cases[][2] = {
        {"http://vm:8428", "http://vm:8428"},
        {"http://vm:8428/path", "http://vm:8428/path"},
        {"http://vmauth/insert/7:2/influx", "http://vmauth/select/7:2/prometheus"},
        {"https://x/y/insert/0", "https://x/y/select/0/prometheus"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *url = victoria_read_url(cases[i][0]);

        assert_string_equal(url, cases[i][1]);
        free(url);
    }
}

static char *decoded(const char *text)
{
    struct strbuf sb = STRBUF_INIT;

    for (; *text; text++) {
        unsigned byte;

        if (*text == '%' && sscanf(text + 1, "%2x", &byte) == 1) {
            strbuf_addch(&sb, (char)byte);
            text += 2;
        } else {
            strbuf_addch(&sb, *text);
        }
    }
    return strbuf_detach(&sb);
}

static void requests(void **state)
{
    const char *const measurements[] = {"cpu.idle|x", "mem"};
    struct strvec tags = STRVEC_INIT;
    struct victoria_selection selection = {.server = &server,
                                           .measurements = measurements,
                                           .measurement_count = 2,
                                           .database = "mon_a\"b",
                                           .tags = &tags,
                                           .tenant = "a\\b",
                                           .range = {1500000, 3000001}};
    struct strbuf sb = STRBUF_INIT;
    char *text;

    (void)state;
    strvec_push(&tags, "_tenant_id");
    strvec_push(&tags, "project");
    victoria_add_database_export(&sb, &selection);
    text = decoded(sb.buf);
    assert_string_equal(
        text,
        "match[]={__name__=~\"(cpu\\\\.idle\\\\|x|mem)_.+\",db=\"mon_a\\\"b\"}"
        "&start=1970-01-01T00:00:00.0015Z&end=1970-01-01T00:00:00.0035Z&max_rows_per_line=10000");
    free(text);
    strbuf_reset(&sb);
    victoria_add_tenant_export(&sb, &selection);
    text = decoded(sb.buf);
    assert_has(text, ",_tenant_id=\"a\\\\b\"}");
    assert_has(text, ",_tenant_id=\"\",project=\"a\\\\b\"}");
    free(text);
    /* Down, also before 1970: a half-open range that ends with the epoch. */
    strbuf_reset(&sb);
    selection.range = (struct range){-1500000, 0};
    victoria_add_tenant_export(&sb, &selection);
    text = decoded(sb.buf);
    assert_has(text, "&start=1969-12-31T23:59:59.9985Z&end=1969-12-31T23:59:59.9995Z&");
    free(text);
    strbuf_release(&sb);
    strvec_release(&tags);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a retention is months, or has a unit", retention),
        TEST("a cluster is read beside where it is written", addresses),
        TEST("what is asked is quoted, and whole milliseconds", requests),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
