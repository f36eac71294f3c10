#include "http/local.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/mem.h"

/* The host of a URL, the caller's to free: "http://[::1]:8086/path" gives "::1". */
static char *host_of(const char *url)
{
    const char *start = strstr(url, "://");

    start = start ? start + 3 : url;
    if (*start == '[')
        return xmemdupz(start + 1, strcspn(start + 1, "]"));
    return xmemdupz(start, strcspn(start, ":/"));
}

static bool is_own_name(const char *host)
{
    char name[256] = "";

    return gethostname(name, sizeof(name) - 1) == 0 && strcasecmp(host, name) == 0;
}

/* The IP address in `address`, in network order; NULL where it is of another family. */
static const void *address_bytes(const struct sockaddr *address, int family)
{
    if (!address || address->sa_family != family)
        return NULL;
    if (family == AF_INET)
        return &((const struct sockaddr_in *)(const void *)address)->sin_addr;
    return &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
}

static bool is_own_address(const char *host)
{
    unsigned char bytes[sizeof(struct in6_addr)];
    int family = strchr(host, ':') ? AF_INET6 : AF_INET;
    size_t len = family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
    struct ifaddrs *interfaces = NULL;
    bool found = false;

    if (inet_pton(family, host, bytes) != 1 || getifaddrs(&interfaces) < 0)
        return false;
    for (struct ifaddrs *at = interfaces; at && !found; at = at->ifa_next) {
        const void *own = address_bytes(at->ifa_addr, family);

        found = own && memcmp(own, bytes, len) == 0;
    }
    freeifaddrs(interfaces);
    return found;
}

bool local_url(const char *url)
{
    char *host = host_of(url);
    bool local = strcasecmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 ||
                 is_own_name(host) || is_own_address(host);

    free(host);
    return local;
}
