#include "base/stop.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>

#include "../unit.h"

static bool readable(void)
{
    struct pollfd fd = {.fd = stop_fd(), .events = POLLIN};

    return poll(&fd, 1, 0) == 1;
}

/* One test, since the state is the process's. */
static void signals_are_counted(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(stop_fd(), -1);
    assert_int_equal(stop_install(&err), 0);
    assert_int_equal(stop_install(&err), 0);
    assert_int_equal(stop_requested(), 0);
    assert_false(readable());
    assert_false(stop_announced());
    raise(SIGTERM);
    assert_int_equal(stop_requested(), 1);
    assert_true(stop_announced());
    assert_true(readable());
    stop_announce_first();
    assert_int_equal(stop_requested(), 0);
    assert_true(stop_announced());
    raise(SIGTERM);
    assert_int_equal(stop_requested(), 1);
    raise(SIGTERM);
    assert_int_equal(stop_requested(), 2);
    stop_drain();
    assert_false(readable());
    for (int i = 0; i < 5; i++)
        raise(SIGINT);
    assert_true(stop_requested() >= 2);
    assert_true(readable());
    stop_drain();
    assert_false(readable());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("signals are counted, and wake the loop until it drained them", signals_are_counted),
    };

    return cmocka_run_group_tests_name("base/stop", tests, NULL, NULL);
}
