#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"

static _Noreturn void out_of_memory(void)
{
    static const char text[] =
        "monasca-migrate: out of memory; the same command goes on from here\n";
    ssize_t ignored = write(STDERR_FILENO, text, sizeof(text) - 1);

    (void)ignored;
    _exit(STATUS_BUG);
}

void *xmalloc(size_t size)
{
    void *ptr = malloc(size ? size : 1);

    if (!ptr)
        out_of_memory();
    return ptr;
}

void *xcalloc(size_t count, size_t size)
{
    void *ptr = calloc(count ? count : 1, size ? size : 1);

    if (!ptr)
        out_of_memory();
    return ptr;
}

void *xreallocarray(void *ptr, size_t count, size_t size)
{
    void *grown;

    if (size && count > SIZE_MAX / size)
        out_of_memory();
    grown = realloc(ptr, count && size ? count * size : 1);
    if (!grown)
        out_of_memory();
    return grown;
}

char *xstrdup(const char *s)
{
    return xmemdupz(s, strlen(s));
}

char *xstrdup_or_null(const char *s)
{
    return s ? xstrdup(s) : NULL;
}

char *xmemdupz(const void *s, size_t len)
{
    char *copy;

    if (len == SIZE_MAX)
        out_of_memory();
    copy = xmalloc(len + 1);
    memcpy(copy, s, len);
    copy[len] = '\0';
    return copy;
}

void *mem_grow(void *items, size_t count, size_t *alloc, size_t item_size)
{
    if (count < *alloc)
        return items;
    if (*alloc > SIZE_MAX / 2)
        out_of_memory();
    *alloc = *alloc ? *alloc * 2 : 8;
    return xreallocarray(items, *alloc, item_size);
}
