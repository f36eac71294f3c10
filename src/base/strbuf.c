#include "base/strbuf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

char strbuf_empty[1] = "";

void strbuf_release(struct strbuf *sb)
{
    if (sb->alloc)
        free(sb->buf);
    *sb = (struct strbuf)STRBUF_INIT;
}

void strbuf_reset(struct strbuf *sb)
{
    strbuf_setlen(sb, 0);
}

void strbuf_setlen(struct strbuf *sb, size_t len)
{
    sb->len = len;
    if (sb->alloc)
        sb->buf[len] = '\0';
}

char *strbuf_detach(struct strbuf *sb)
{
    char *text = sb->alloc ? sb->buf : xstrdup("");

    *sb = (struct strbuf)STRBUF_INIT;
    return text;
}

void strbuf_grow(struct strbuf *sb, size_t extra)
{
    /* A sum beyond SIZE_MAX becomes SIZE_MAX, for which there is no memory. */
    size_t need = extra < SIZE_MAX - sb->len ? sb->len + extra + 1 : SIZE_MAX;
    size_t alloc = sb->alloc ? sb->alloc : 64;

    if (need <= sb->alloc)
        return;
    while (alloc < need)
        alloc = alloc > need / 2 ? alloc * 2 : need;
    sb->buf = xreallocarray(sb->alloc ? sb->buf : NULL, alloc, 1);
    sb->alloc = alloc;
    sb->buf[sb->len] = '\0';
}

void strbuf_add(struct strbuf *sb, const void *data, size_t len)
{
    if (!len)
        return;
    strbuf_grow(sb, len);
    memcpy(sb->buf + sb->len, data, len);
    strbuf_setlen(sb, sb->len + len);
}

void strbuf_addstr(struct strbuf *sb, const char *s)
{
    strbuf_add(sb, s, strlen(s));
}

void strbuf_addch(struct strbuf *sb, char c)
{
    if (sb->len + 1 >= sb->alloc)
        strbuf_grow(sb, 1);
    sb->buf[sb->len++] = c;
    sb->buf[sb->len] = '\0';
}

void strbuf_addf(struct strbuf *sb, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    strbuf_vaddf(sb, fmt, ap);
    va_end(ap);
}

void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap)
{
    va_list again;
    int len;

    va_copy(again, ap);
    len = vsnprintf(NULL, 0, fmt, ap);
    if (len > 0) {
        strbuf_grow(sb, (size_t)len);
        vsnprintf(sb->buf + sb->len, (size_t)len + 1, fmt, again);
        strbuf_setlen(sb, sb->len + (size_t)len);
    }
    va_end(again);
}

void strbuf_drop_front(struct strbuf *sb, size_t len)
{
    if (!len)
        return;
    memmove(sb->buf, sb->buf + len, sb->len - len);
    strbuf_setlen(sb, sb->len - len);
}

/* The character of a sequence of `len` bytes; the text may end behind it. */
static uint32_t character_of(const char *s, size_t len)
{
    char text[5] = "";

    memcpy(text, s, len);
    return utf8_character(text);
}

void strbuf_add_visible(struct strbuf *sb, const char *s, size_t len)
{
    for (size_t i = 0; i < len;) {
        unsigned char c = (unsigned char)s[i];
        size_t run = utf8_sequence(s + i, len - i);

        if (c == '\n')
            strbuf_addstr(sb, "\\n");
        else if (c == '\r')
            strbuf_addstr(sb, "\\r");
        else if (c == '\t')
            strbuf_addstr(sb, "\\t");
        else if (run == 0 || c < 0x20 || c == 0x7f ||
                 (run == 2 && c == 0xc2 && (unsigned char)s[i + 1] < 0xa0))
            for (size_t k = 0; k < (run ? run : 1); k++)
                strbuf_addf(sb, "\\x%02x", (unsigned char)s[i + k]);
        else if (run > 1 && utf8_is_hidden(character_of(s + i, run)))
            strbuf_addf(sb, "\\u{%x}", (unsigned)character_of(s + i, run));
        else
            strbuf_add(sb, s + i, run);
        i += run ? run : 1;
    }
}
