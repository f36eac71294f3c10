#include "base/utf8.h"

#include <stdbool.h>

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* RFC 3629, section 4: no overlong forms, no surrogates, nothing above U+10FFFF. */
size_t utf8_sequence(const char *s, size_t len)
{
    unsigned char c = len ? (unsigned char)s[0] : 0xff;
    unsigned char next = len > 1 ? (unsigned char)s[1] : 0;
    size_t need;

    if (c < 0x80)
        return 1;
    if (c < 0xc2 || c > 0xf4)
        return 0;
    need = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (len < need)
        return 0;
    for (size_t i = 1; i < need; i++)
        if (!is_continuation(s[i]))
            return 0;
    if ((c == 0xe0 && next < 0xa0) || (c == 0xed && next > 0x9f) || (c == 0xf0 && next < 0x90) ||
        (c == 0xf4 && next > 0x8f))
        return 0;
    return need;
}

size_t utf8_columns(const char *s)
{
    size_t columns = 0;

    for (; *s; s++)
        if (!is_continuation(*s))
            columns++;
    return columns;
}
