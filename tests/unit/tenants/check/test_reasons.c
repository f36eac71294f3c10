#include "tenants/check/reasons.h"

#include <string.h>

#include "../../../../src/tenants/check/uses.h"
#include "../../unit.h"

static void accepting(void **state)
{
    struct reasons reasons = REASONS_INIT;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(reasons_accept(&reasons, "clipped,unassigned", &err), 0);
    assert_int_equal(reasons_open(&reasons), 0);
    reasons_add(&reasons, REASON_CLIPPED, 3, "mend", "%d points", 3);
    assert_int_equal(reasons.count, 1);
    assert_int_equal(reasons_open(&reasons), 0);
    assert_true(reasons.items[0].accepted);
    assert_string_equal(reasons.items[0].words, "3 points");
    reasons_add(&reasons, REASON_DIFFERS, 1, "mend", "differs");
    assert_int_equal(reasons_open(&reasons), 1);
    reasons_release(&reasons);
}

static void nothing(void **state)
{
    struct reasons reasons = REASONS_INIT;

    (void)state;
    reasons_add(&reasons, REASON_GRANT, 0, "mend", "none");
    assert_int_equal(reasons.count, 0);
    reasons_release(&reasons);
}

static void refusing(void **state)
{
    static const char *const refused[] = {
        "lost",   "clipped,lost", "",         "differs",     "away",   "growing", "rights",
        "unseen", "no_database",  "clipped,", "unaccounted", "Clipped"};
    struct reasons reasons = REASONS_INIT;
    struct err err = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        assert_int_equal(reasons_accept(&reasons, refused[i], &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
        assert_non_null(strstr(err.message, "can be accepted: empty, unassigned, clipped, "));
        assert_null(strstr(err.message, "accepted: differs"));
        err_release(&err);
    }
    reasons_release(&reasons);
}

static void naming(void **state)
{
    (void)state;
    assert_true(uses_named("SELECT mean(value) INTO o.autogen.m FROM mon.autogen.cpu", "mon"));
    assert_true(uses_named("SELECT * INTO \"mon\"..x FROM o..y", "mon"));
    assert_true(uses_named("SELECT * FROM \"a\\\"b\".r.m", "a\"b"));
    assert_true(uses_named("FROM o..a WHERE x = 'it\\'s' AND y FROM mon.r.m", "mon"));
    assert_false(uses_named("SELECT mon FROM o.autogen.mon", "mon"));
    assert_false(uses_named("SELECT * FROM o..m WHERE tag = 'mon.autogen.cpu'", "mon"));
    assert_false(uses_named("SELECT * FROM mon_a.autogen.cpu", "mon"));
    assert_false(uses_named("SELECT * FROM xmon.autogen.cpu", "mon"));
    assert_false(uses_named("", "mon"));
    assert_false(uses_named("'\\", "mon"));
    assert_false(uses_named("\"mon", "mon"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("what is accepted speaks against nothing", accepting),
        TEST("a figure of 0 is no reason", nothing),
        TEST("an unknown reason, or one that can't be accepted, is refused with the list",
             refusing),
        TEST("a statement names a database before a dot, and not in a text", naming),
    };

    return cmocka_run_group_tests_name("tenants/check", tests, NULL, NULL);
}
