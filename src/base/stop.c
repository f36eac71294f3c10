#include "base/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static volatile sig_atomic_t requests, cut = -1;
static int announcements; /* how many signals only announce the end: 0 or 1 */
static int wake[2] = {-1, -1};

static void on_signal(int signo)
{
    int saved = errno;
    ssize_t ignored;

    /* SIGHUP may come twice when a terminal goes away: from the kernel and from the shell. */
    if (requests < 3 && !(signo == SIGHUP && requests))
        requests = requests + 1;
    if (requests - announcements > 1 && cut >= 0)
        shutdown(cut, SHUT_RDWR);
    ignored = write(wake[1], "", 1);
    (void)ignored;
    errno = saved;
}

int stop_install(struct err *err)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, hangup;

    if (wake[0] >= 0)
        return 0;
    if (pipe2(wake, O_CLOEXEC | O_NONBLOCK) < 0)
        return err_set(err, ERR_FAILED, "can't make a pipe: %s", strerror(errno));
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    /* Under nohup(1) it is ignored, and must stay so. */
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
        sigaction(SIGHUP, &action, NULL);
    return 0;
}

int stop_requested(void)
{
    int counted = requests - announcements;

    return counted < 0 ? 0 : counted > 2 ? 2 : counted;
}

void stop_announce_first(void)
{
    announcements = 1;
}

bool stop_announced(void)
{
    return requests > 0;
}

void stop_set_socket(int fd)
{
    cut = fd;
}

int stop_fd(void)
{
    return wake[0];
}

void stop_drain(void)
{
    char bytes[16];

    while (read(wake[0], bytes, sizeof(bytes)) > 0)
        ;
}
