#include "conf/dburl.h"

#include <stdio.h>
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

static void socket_beside_host(void **state)
{
    static const struct {
        const char *scheme_and_host;
        bool socket;
    } cases[] = {
        {"mysql+pymysql://u@db.example.org", true},
        {"mysql+mysqlconnector://u@h:3306", true},
        {"mysql+pymysql://u@", true},
        {"mysql://u@localhost", true},
        {"mysql://u@", true},
        {"mysql://u@db.example.org", false},
        {"mysql+mysqldb://u@127.0.0.1", false},
        {"mariadb+MariaDBConnector://u@h", false},
        {"mysql+mysqldb://u@localhost:3306", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char text[200];
        struct dburl url;

        snprintf(text, sizeof(text), "%s/mon?unix_socket=/s", cases[i].scheme_and_host);
        url = parsed(text);
        if ((url.socket != NULL) != cases[i].socket)
            fail_msg("%s", text);
        dburl_release(&url);
    }
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

/* PyMySQL, mysqlclient and MySQL's own driver name the keys differently; all names count. */
static void tls_verification(void **state)
{
    static const struct {
        const char *query;
        bool ssl, verify, host;
    } cases[] = {
        {"charset=utf8", false, false, false},
        {"ssl=true", true, false, false},
        {"ssl_ca=/c", true, true, true},
        {"ssl_capath=/c", true, true, true},
        {"ssl_verify_cert=true", true, true, true},
        {"ssl_verify_identity=true", true, true, true},
        {"ssl_ca=/c&ssl_verify_identity=false", true, true, false},
        {"ssl_ca=/c&ssl_check_hostname=false", true, true, false},
        {"ssl_ca=/c&ssl_verify_cert=true&ssl_verify_identity=false", true, true, false},
        {"ssl_ca=/c&ssl_verify_cert=false", true, false, false},
        {"ssl_verify_cert=false&ssl_verify_identity=true", true, false, false},
        {"ssl_mode=REQUIRED", true, false, false},
        {"ssl_mode=PREFERRED", true, false, false},
        {"ssl_mode=VERIFY_CA&ssl_ca=/c", true, true, false},
        {"ssl_mode=verify_identity", true, true, true},
        {"ssl_mode=DISABLED", false, false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char text[200];
        struct dburl url;

        snprintf(text, sizeof(text), "mysql://h/m?%s", cases[i].query);
        url = parsed(text);
        if (url.ssl != cases[i].ssl || url.ssl_verify != cases[i].verify ||
            url.ssl_verify_host != cases[i].host)
            fail_msg("%s: ssl %d, verify %d, host %d", cases[i].query, url.ssl, url.ssl_verify,
                     url.ssl_verify_host);
        dburl_release(&url);
    }
}

static void bad(void **state)
{
    static const char *const urls[] = {
        "postgresql://u:secret@h/mon",
        "mysql:u:secret@h/mon",
        "mysql://u:secret@h:x/mon",
        "mysql://u:secret@h",
        "mysql://u:sec@secret@h/mon",
        "mysql://u:secret@[::1/mon",
        "mysql://u:secret@h:70000/m",
        "root:secret://x@h/mon",
        "mysql://u:secret%00x@h/mon",
        "mysql://u:secret@[]/mon",
        "mysql://u:secret@h/m?ssl_mode=secret",
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
        TEST("beside a host the driver decides whether a socket counts", socket_beside_host),
        TEST("a URL is taken apart and decoded, in quotes or not", whole),
        TEST("parts may be missing, hosts may be IPv6 addresses", parts),
        TEST("TLS is asked for by its keys, a CA is there to be checked", tls),
        TEST("keys of TLS say whether the certificate, and the host's name in it, is checked",
             tls_verification),
        TEST("a bad URL is an error that shows no part of the password", bad),
    };

    return cmocka_run_group_tests_name("conf/dburl", tests, NULL, NULL);
}
