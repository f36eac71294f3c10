/*
 * SIGINT, SIGTERM and SIGHUP.
 *
 * The first asks to finish what is in flight, the second to stop at once; a SIGHUP is never the
 * second, and where it is ignored (nohup) it stays so. Nothing is done in the
 * handler but counting, waking the event loop (stop_fd() becomes readable), and at the second
 * cutting the connection that somebody waits on without a loop.
 */
#ifndef BASE_STOP_H
#define BASE_STOP_H

#include <stdbool.h>

#include "base/err.h"

int stop_install(struct err *err);
/* How many such signals have come: 0, 1, 2 or more; less the one that stop_announce_first() is for.
 */
int stop_requested(void);
/* From here on the first signal only announces the end: stop_announced() tells of it. */
void stop_announce_first(void);
bool stop_announced(void);
/* Readable once a signal came and stop_drain() wasn't called since; -1 before stop_install(). */
int stop_fd(void);
void stop_drain(void);
/* The second signal shuts this socket down, so that a read that waits there ends; -1: none. */
void stop_set_socket(int fd);

#endif
