/*
 * Memory that is always there.
 *
 * Running out of memory ends the program here, in this one place, with status 70; the journal makes
 * that safe. So nobody else checks for NULL. All sizes are checked for overflow.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xreallocarray(void *ptr, size_t count, size_t size);
char *xstrdup(const char *s);
/* A copy of `s`; NULL for NULL. */
char *xstrdup_or_null(const char *s);
/* A copy of the first `len` bytes of `s`, with a NUL behind them. */
char *xmemdupz(const void *s, size_t len);

/*
 * Makes room for one more item in a growing array, which has `count` items and room for `alloc`.
 * Behind GROW(list->items, list->count, list->alloc), `alloc` > `count`.
 */
#define GROW(items, count, alloc) ((items) = mem_grow((items), (count), &(alloc), sizeof(*(items))))
void *mem_grow(void *items, size_t count, size_t *alloc, size_t item_size);

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
