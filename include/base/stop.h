/*
 * SIGINT, SIGTERM and SIGHUP.
 *
 * The first signal asks to finish what is in flight, the second to stop at once. A SIGHUP never
 * counts as the second; where it is ignored (nohup) it stays so. The handler counts, wakes the
 * event loop (stop_fd() becomes readable), and at the second signal cuts the connection on which
 * somebody waits without a loop.
 */
#ifndef BASE_STOP_H
#define BASE_STOP_H

#include <stdbool.h>

#include "base/err.h"

int stop_install(struct err *err);
/* How many signals have come, without one that only announced the end: 0, 1, or 2 for two and more.
 */
int stop_requested(void);
/* From here on the first signal only announces the end. stop_announced() says whether it came. */
void stop_announce_first(void);
bool stop_announced(void);
/* A descriptor that is readable once a signal came, until stop_drain(); -1 before
 * stop_install(). */
int stop_fd(void);
void stop_drain(void);
/* Names the socket that the second signal shuts down, so that a read that waits there ends; -1:
 * none. */
void stop_set_socket(int fd);

#endif
