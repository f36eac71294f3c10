/*
 * A string that grows.
 *
 * `buf` always ends in a NUL and is never NULL, so it can be read as a string at any time; it may
 * hold NULs of its own, `len` counts what it holds. strbuf_detach() hands the text over;
 * strbuf_release() frees it. Both leave STRBUF_INIT.
 */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include <stdarg.h>
#include <stddef.h>

struct strbuf {
    char *buf;
    size_t len;
    size_t alloc; /* 0: `buf` is the shared empty string */
};

extern char strbuf_empty[1];
#define STRBUF_INIT                                                                                \
    {                                                                                              \
        strbuf_empty, 0, 0                                                                         \
    }

void strbuf_release(struct strbuf *sb);
/* Empties the buffer and keeps its memory. */
void strbuf_reset(struct strbuf *sb);
/* Cuts the text to `len` bytes, which is at most its length. */
void strbuf_setlen(struct strbuf *sb, size_t len);
/* Returns the text, which is the caller's to free(). */
char *strbuf_detach(struct strbuf *sb);
/* Makes room for `extra` more bytes. */
void strbuf_grow(struct strbuf *sb, size_t extra);

void strbuf_add(struct strbuf *sb, const void *data, size_t len);
void strbuf_addstr(struct strbuf *sb, const char *s);
void strbuf_addch(struct strbuf *sb, char c);
void strbuf_addf(struct strbuf *sb, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

/* Drops the first `len` bytes. */
void strbuf_drop_front(struct strbuf *sb, size_t len);

/*
 * Adds text that may hold anything so that it fits on one line of a terminal: control characters
 * and bytes that are no UTF-8 become \n, \t, \x1b and the like; characters that show nothing, or
 * that turn the order of others round, become \u{202e}.
 */
void strbuf_add_visible(struct strbuf *sb, const char *s, size_t len);

#endif
