/*
 * Host names and addresses, as oslo.config's type HostAddress takes them.
 *
 * An address is IPv4 with four numbers, or IPv6. A name has labels of 1 to 63 letters, digits and
 * hyphens, without a hyphen at either end; the last label has a letter or a hyphen; the whole has
 * at most 253 characters. Two forms of IPv6 addresses are ours: in brackets, and with a zone.
 */
#ifndef CONF_HOST_H
#define CONF_HOST_H

#include <stddef.h>

/* The length of the host in `text`: all of it, but for the dot that may end a name. 0: it is no
 * host. */
size_t host_length(const char *text);

#endif
