/*
 * Is a server on this machine? What goes there needs no compression.
 */
#ifndef HTTP_LOCAL_H
#define HTTP_LOCAL_H

#include <stdbool.h>

/* By the host of a URL: a loopback name or address, the address of an interface of this machine, or
 * its own name. Nobody is asked. */
bool local_url(const char *url);

#endif
