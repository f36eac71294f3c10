#include "conf/host.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { NAME_MAX_LENGTH = 253, LABEL_MAX_LENGTH = 63 };

static bool is_ipv6(const char *text, size_t len)
{
    struct in6_addr ignored;
    bool bracketed = len > 2 && text[0] == '[' && text[len - 1] == ']';
    char *address = bracketed ? xmemdupz(text + 1, len - 2) : xmemdupz(text, len);
    char *zone = strchr(address, '%');
    bool is;

    if (zone && !zone[strspn(zone, "%ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                   "0123456789._-")])
        *zone = '\0';
    is = inet_pton(AF_INET6, address, &ignored) == 1;
    free(address);
    return is;
}

static bool is_label(const char *label, size_t len)
{
    if (!len || len > LABEL_MAX_LENGTH || label[0] == '-' || label[len - 1] == '-')
        return false;
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)label[i]) && label[i] != '-')
            return false;
    return true;
}

static bool is_name(const char *text, size_t len)
{
    size_t start = 0;

    while (true) {
        size_t label = 0;

        while (start + label < len && text[start + label] != '.')
            label++;
        if (!is_label(text + start, label))
            return false;
        if (start + label == len)
            return strspn(text + start, "0123456789") < label;
        start += label + 1;
    }
}

size_t host_length(const char *text)
{
    struct in_addr ignored;
    size_t len = strlen(text);
    size_t name = len && text[len - 1] == '.' ? len - 1 : len;

    if (inet_pton(AF_INET, text, &ignored) == 1 || is_ipv6(text, len))
        return len;
    return len <= NAME_MAX_LENGTH && is_name(text, name) ? name : 0;
}
