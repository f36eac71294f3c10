#include "conf/dburl.h"

#include <string.h>

#include "../unit.h"

static struct dburl parsed(const char *text)
{
    struct dburl url;
    struct err err = ERR_INIT;

    if (dburl_parse(text, &url, &err) < 0)
        fail_msg("%s: %s", text, err.message);
    return url;
}

static void whole(void **state)
{
    struct dburl url = parsed(" 'mysql+pymysql://mon%40api:p%2Fw%25@db.example:3307/mon"
                              "?charset=utf8mb4&unix_socket=%2Frun%2Fmy.sock' ");

    (void)state;
    assert_string_equal(url.user, "mon@api");
    assert_string_equal(url.password, "p/w%");
    assert_string_equal(url.host, "db.example");
    assert_int_equal(url.port, 3307);
    assert_string_equal(url.database, "mon");
    assert_string_equal(url.charset, "utf8mb4");
    assert_string_equal(url.socket, "/run/my.sock");
    assert_false(url.ssl);
    dburl_release(&url);
}

static void parts(void **state)
{
    struct dburl url = parsed("mariadb+mariadbconnector://u@[::1]:3306/mon");

    (void)state;
    assert_string_equal(url.host, "::1");
    assert_string_equal(url.user, "u");
    assert_null(url.password);
    dburl_release(&url);
    url = parsed("mysql://root@127.0.0.1:33/mon");
    assert_string_equal(url.user, "root");
    assert_string_equal(url.host, "127.0.0.1");
    dburl_release(&url);
    url = parsed("mysql://u:@h/mon");
    assert_string_equal(url.password, "");
    dburl_release(&url);
    url = parsed("\"mysql+mysqldb:///mon\"");
    assert_null(url.host);
    assert_null(url.user);
    assert_string_equal(url.database, "mon");
    dburl_release(&url);
    url = parsed("mysql://u:a/b?c:d@h/mon");
    assert_string_equal(url.password, "a/b?c:d");
    dburl_release(&url);
}

static void tls(void **state)
{
    struct dburl url = parsed("mysql://h/m?ssl_ca=/ca.pem&ssl_cert=/c.pem&ssl_key=/k.pem");

    (void)state;
    assert_true(url.ssl && url.ssl_verify);
    assert_string_equal(url.ssl_ca, "/ca.pem");
    assert_string_equal(url.ssl_key, "/k.pem");
    dburl_release(&url);
    url = parsed("mysql://h/m?ssl_ca=/ca.pem&ssl_verify_cert=false");
    assert_true(url.ssl && !url.ssl_verify);
    dburl_release(&url);
    url = parsed("mysql://h/m?ssl_disabled=true&ssl_ca=/ca.pem");
    assert_false(url.ssl);
    dburl_release(&url);
}

static void bad(void **state)
{
    static const char *const urls[] = {
        "postgresql://u:secret@h/mon", "mysql:u:secret@h/mon",       "mysql://u:secret@h:x/mon",
        "mysql://u:secret@h",          "mysql://u:sec@secret@h/mon", "mysql://u:secret@[::1/mon",
        "mysql://u:secret@h:70000/m",  "root:secret://x@h/mon",      "mysql://u:secret%00x@h/mon",
        "mysql://u:secret@[]/mon",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
        struct dburl url;
        struct err err = ERR_INIT;

        if (dburl_parse(urls[i], &url, &err) == 0)
            fail_msg("accepted: %s", urls[i]);
        assert_int_equal(err.code, ERR_CONFIG);
        if (strstr(err.message, "secret"))
            fail_msg("%s", err.message);
        err_release(&err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a URL is taken apart and decoded, in quotes or not", whole),
        TEST("parts may be missing, hosts may be IPv6 addresses", parts),
        TEST("TLS is asked for by its keys, a CA is there to be checked", tls),
        TEST("a bad URL is an error that shows no part of the password", bad),
    };

    return cmocka_run_group_tests_name("conf/dburl", tests, NULL, NULL);
}
