/* tests/cli/oslo compares these with the real oslo.config; this file tests the ends of the rules.
 */
#include "conf/host.h"

#include <string.h>

#include "../unit.h"

static void assert_length(const char *text, size_t length)
{
    if (host_length(text) != length)
        fail_msg("'%s': %zu", text, host_length(text));
}

static void whole(const char *text)
{
    assert_length(text, strlen(text));
}

static void addresses(void **state)
{
    (void)state;
    whole("192.0.2.1");
    whole("::1");
    whole("[::1]");
    whole("fe80::1%eth0");
    whole("[fe80::1%25eth0.7]");
    assert_length("192.0.2.256", 0);
    assert_length("127.1", 0);
    assert_length("[192.0.2.1]", 0);
    assert_length("[]", 0);
    assert_length("::1%eth 0", 0);
    assert_length("::1:8086:x", 0);
}

static void names(void **state)
{
    static const char label[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

    (void)state;
    whole("influx");
    whole("3com.example.org");
    whole("a.1-2");
    whole(label);
    assert_length("influx.example.org.", strlen("influx.example.org"));
    assert_length("", 0);
    assert_length(".", 0);
    assert_length("a..b", 0);
    assert_length("a.b..", 0);
    assert_length("-a", 0);
    assert_length("a-.b", 0);
    assert_length("a.1", 0);
    assert_length("a_b", 0);
    assert_length("a b", 0);
    assert_length("http://a", 0);
    assert_length("a:8086", 0);
    assert_length("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 0);
}

static void long_names(void **state)
{
    char text[300];

    (void)state;
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = i % 10 == 9 ? '.' : 'a';
    text[253] = '\0';
    whole(text);
    text[253] = 'a';
    text[254] = '\0';
    assert_length(text, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("addresses are IPv4 with four numbers, or IPv6", addresses),
        TEST("names are labels of letters, digits and hyphens", names),
        TEST("a name has at most 253 characters", long_names),
    };

    return cmocka_run_group_tests_name("conf/host", tests, NULL, NULL);
}
