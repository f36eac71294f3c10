#include "conf/pystr.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

/* White space characters that take two or three bytes in UTF-8. */
static const char *const wide_spaces[] = {
    "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81",
    "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86",
    "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8",
    "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80",
};

static bool is_narrow_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f);
}

/* Bytes of the white space character that `text` begins with; 0: none. */
static size_t space_at_start(struct pystr text)
{
    if (text.len && is_narrow_space(text.s[0]))
        return 1;
    for (size_t i = 0; i < ARRAY_SIZE(wide_spaces); i++) {
        size_t len = strlen(wide_spaces[i]);

        if (text.len >= len && memcmp(text.s, wide_spaces[i], len) == 0)
            return len;
    }
    return 0;
}

/* Bytes of the white space character that `text` ends with; 0: none. */
static size_t space_at_end(struct pystr text)
{
    if (text.len && is_narrow_space(text.s[text.len - 1]))
        return 1;
    for (size_t i = 0; i < ARRAY_SIZE(wide_spaces); i++) {
        size_t len = strlen(wide_spaces[i]);

        if (text.len >= len && memcmp(text.s + text.len - len, wide_spaces[i], len) == 0)
            return len;
    }
    return 0;
}

struct pystr pystr_lstrip(struct pystr text)
{
    size_t len;

    while ((len = space_at_start(text))) {
        text.s += len;
        text.len -= len;
    }
    return text;
}

struct pystr pystr_rstrip(struct pystr text)
{
    size_t len;

    while ((len = space_at_end(text)))
        text.len -= len;
    return text;
}

struct pystr pystr_strip(struct pystr text)
{
    return pystr_lstrip(pystr_rstrip(text));
}

enum pystr_number pystr_int(const char *text, int64_t *ret_value)
{
    struct pystr rest = pystr_strip((struct pystr){text, strlen(text)});
    bool negative = rest.len && rest.s[0] == '-';
    bool large = false;
    int64_t value = 0;

    if (!rest.len)
        return PYSTR_NUMBER_EMPTY;
    if (rest.s[0] == '-' || rest.s[0] == '+') {
        rest.s++;
        rest.len--;
    }
    if (!rest.len)
        return PYSTR_NUMBER_WRONG;
    for (size_t i = 0; i < rest.len; i++) {
        int digit = rest.s[i] - '0';

        /* Python takes a single underscore between two digits. */
        if (rest.s[i] == '_' && i > 0 && rest.s[i - 1] != '_' && i + 1 < rest.len)
            continue;
        if (!isdigit((unsigned char)rest.s[i]))
            return PYSTR_NUMBER_WRONG;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, negative ? -digit : digit, &value))
            large = true;
    }
    if (large)
        return PYSTR_NUMBER_LARGE;
    *ret_value = value;
    return PYSTR_NUMBER_DONE;
}

int pystr_bool(const char *text, bool *ret_value)
{
    static const char *const words[2][4] = {{"false", "0", "off", "no"},
                                            {"true", "1", "on", "yes"}};

    for (size_t truth = 0; truth < 2; truth++)
        for (size_t i = 0; i < 4; i++)
            if (strcasecmp(text, words[truth][i]) == 0) {
                *ret_value = truth;
                return 0;
            }
    return -1;
}
