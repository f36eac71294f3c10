#include "base/stop.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../unit.h"

static bool readable(void)
{
    struct pollfd fd = {.fd = stop_fd(), .events = POLLIN};

    return poll(&fd, 1, 0) == 1;
}

/* One test does all, since signals are counted for the whole process. */
static void signals_are_counted(void **state)
{
    struct err err = ERR_INIT;
    int pair[2];
    char byte;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    stop_set_socket(pair[0]);
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
    raise(SIGHUP);
    assert_int_equal(stop_requested(), 1); /* SIGHUP is no second signal */
    stop_announce_first();
    assert_int_equal(stop_requested(), 0);
    assert_true(stop_announced());
    raise(SIGTERM);
    assert_int_equal(stop_requested(), 1);
    assert_int_equal(recv(pair[0], &byte, 1, 0), -1); /* the socket is still open, and empty */
    raise(SIGTERM);
    assert_int_equal(stop_requested(), 2);
    stop_drain();
    assert_false(readable());
    for (int i = 0; i < 5; i++)
        raise(SIGINT);
    assert_true(stop_requested() >= 2);
    assert_int_equal(recv(pair[0], &byte, 1, 0), 0);
    close(pair[0]);
    close(pair[1]);
    assert_true(readable());
    stop_drain();
    assert_false(readable());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("signals are counted, wake the loop until it drained them, and the second cuts a "
             "socket",
             signals_are_counted),
    };

    return cmocka_run_group_tests_name("base/stop", tests, NULL, NULL);
}
