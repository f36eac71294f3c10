#include "mysql/db.h"

#include <string.h>

#include "../unit.h"

static void quoting(void **state)
{
    struct strbuf sql = STRBUF_INIT;

    (void)state;
    db_add_string(&sql, "it's a \\ \"");
    db_add_identifier(&sql, "a`b");
    assert_string_equal(sql.buf, "'it''s a \\\\ \"'`a``b`");
    strbuf_release(&sql);
}

static void no_server(void **state)
{
    struct db_target target = {
        .host = "127.0.0.1", .port = 1, .user = "u", .password = "secret", .database = "d"};
    struct err err = ERR_INIT;
    bool starting;

    (void)state;
    assert_null(db_open(&target, &starting, &err));
    assert_true(starting);
    assert_int_equal(err.code, ERR_CONNECT);
    assert_has(err.message, "127.0.0.1:1");
    assert_null(strstr(err.message, "secret"));
    assert_non_null(err.hint);
    err_release(&err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("strings and identifiers are quoted", quoting),
        TEST("a server that isn't there is ERR_CONNECT, with address and hint", no_server),
    };

    return cmocka_run_group_tests_name("mysql/db", tests, NULL, NULL);
}
