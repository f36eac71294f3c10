#include "base/utf8.h"

#include <stdbool.h>
#include <stdint.h>

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

struct span {
    uint32_t first, last;
};

/* Characters that Unicode calls wide (East_Asian_Width W or F), in whole blocks: terminals differ
 * on single characters. */
static const struct span wide[] = {
    {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xa960, 0xa97f},
    {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},
    {0xffe0, 0xffe6},   {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff},
    {0x20000, 0x3fffd},
};
/* Characters that take no column of their own: combining marks, joiners, selectors of a variant. */
static const struct span combining[] = {
    {0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},   {0x610, 0x61a},   {0x64b, 0x65f},
    {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
};

static bool is_in(uint32_t c, const struct span *spans, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (c >= spans[i].first && c <= spans[i].last)
            return true;
    return false;
}

/* Unicode's Default_Ignorable_Code_Point and Bidi_Control, and separators of lines, but for the
 * selectors of a variant (FE00 to FE0F), which emojis have. */
static const struct span hidden[] = {
    {0xad, 0xad},     {0x34f, 0x34f},     {0x61c, 0x61c},     {0x115f, 0x1160},
    {0x17b4, 0x17b5}, {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e},
    {0x2060, 0x206f}, {0x3164, 0x3164},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
    {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

uint32_t utf8_character(const char *s)
{
    uint32_t c = (unsigned char)*s;

    if (c >= 0xc0)
        c &= c < 0xe0 ? 0x1f : c < 0xf0 ? 0xf : 7;
    while (is_continuation(*++s))
        c = c << 6 | ((unsigned char)*s & 0x3f);
    return c;
}

bool utf8_is_hidden(uint32_t character)
{
    return is_in(character, hidden, sizeof(hidden) / sizeof(hidden[0]));
}

/* The columns of the character at `s`, and its length in bytes. */
static size_t character_columns(const char *s, size_t *ret_len)
{
    size_t len = 1;
    uint32_t c = utf8_character(s);

    while (is_continuation(s[len]))
        len++;
    *ret_len = len;
    if (is_in(c, combining, sizeof(combining) / sizeof(combining[0])))
        return 0;
    return is_in(c, wide, sizeof(wide) / sizeof(wide[0])) ? 2 : 1;
}

size_t utf8_columns(const char *s)
{
    size_t columns = 0, len;

    for (; *s; s += len)
        columns += character_columns(s, &len);
    return columns;
}

size_t utf8_fitting(const char *s, size_t columns)
{
    size_t fitting = 0, used = 0, len;

    for (; s[fitting]; fitting += len) {
        used += character_columns(s + fitting, &len);
        if (used > columns)
            break;
    }
    return fitting;
}
