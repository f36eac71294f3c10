#include "base/err.h"

#include <string.h>

#include "../unit.h"

static void set_replaces(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(err_set(&err, ERR_USAGE, "first %d", 1), -1);
    err_hint(&err, "a hint");
    assert_int_equal(err_set(&err, ERR_CONFIG, "second: %s", err.message), -1);
    assert_int_equal(err.code, ERR_CONFIG);
    assert_string_equal(err.message, "second: first 1");
    assert_null(err.hint);
    err_release(&err);
}

static void wrap_puts_in_front(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    err_set(&err, ERR_CONNECT, "refused");
    err_hint(&err, "start it");
    assert_int_equal(err_wrap(&err, "asking %s", "host"), -1);
    assert_int_equal(err_wrap(&err, "again"), -1);
    assert_string_equal(err.message, "again: asking host: refused");
    assert_string_equal(err.hint, "start it");
    assert_int_equal(err.code, ERR_CONNECT);
    err_release(&err);
}

static void wrap_of_nothing(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    err_wrap(&err, "trying");
    assert_string_equal(err.message, "trying: unknown error");
    assert_int_equal(err_status(err.code), 70);
    err_release(&err);
}

static void release_leaves_init(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    err_set(&err, ERR_BUG, "x");
    err_release(&err);
    assert_int_equal(err.code, ERR_NONE);
    assert_null(err.message);
    err_release(&err);
}

static void statuses(void **state)
{
    (void)state;
    assert_int_equal(err_status(ERR_NONE), 0);
    assert_int_equal(err_status(ERR_FAILED), 1);
    assert_int_equal(err_status(ERR_USAGE), 2);
    assert_int_equal(err_status(ERR_CONFIG), 3);
    assert_int_equal(err_status(ERR_CONNECT), 4);
    assert_int_equal(err_status(ERR_INTERRUPTED), 5);
    assert_int_equal(err_status(ERR_BUG), 70);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("err_set replaces message and hint, even out of the old message", set_replaces),
        TEST("err_wrap puts text in front and keeps code and hint", wrap_puts_in_front),
        TEST("an error without a code is a bug once it is wrapped", wrap_of_nothing),
        TEST("err_release may be called twice", release_leaves_init),
        TEST("each code has its exit status", statuses),
    };

    return cmocka_run_group_tests_name("base/err", tests, NULL, NULL);
}
