/*
 * Is a server on this machine? Bytes to such a server need no compression.
 */
#ifndef HTTP_LOCAL_H
#define HTTP_LOCAL_H

#include <stdbool.h>

/* True where the host of the URL is a loopback name or address, the address of an interface of this
 * machine, or the machine's own name. No name server is asked. */
bool local_url(const char *url);

#endif
