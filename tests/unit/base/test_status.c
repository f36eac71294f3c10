#include "base/status.h"

#include <string.h>

#include "../unit.h"

static void words(void **state)
{
    (void)state;
    assert_string_equal(status_word(0), "done");
    assert_string_equal(status_word(1), "done in part");
    assert_string_equal(status_word(4), "failed");
    assert_string_equal(status_word(5), "interrupted");
    assert_string_equal(status_word(70), "failed");
}

static void no_status(void **state)
{
    (void)state;
    assert_string_equal(status_word(-1), "failed");
    assert_string_equal(status_word(6), "failed");
}

static void table(void **state)
{
    int before = -1;

    (void)state;
    for (const struct status_meaning *s = status_meanings; s->meaning; s++) {
        assert_true((int)s->status > before);
        assert_non_null(s->word);
        before = (int)s->status;
    }
    assert_int_equal(before, 70);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("each status has its word", words),
        TEST("a number that is no status is a failure", no_status),
        TEST("the table is sorted and whole", table),
    };

    return cmocka_run_group_tests_name("base/status", tests, NULL, NULL);
}
