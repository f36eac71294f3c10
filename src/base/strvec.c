#include "base/strvec.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"

char *strvec_empty[1] = {NULL};

/* Adds `s` itself, which the list then owns. */
static void push_owned(struct strvec *list, char *s)
{
    if (list->nr + 1 >= list->alloc) {
        char **old = list->alloc ? list->v : NULL;

        list->alloc = list->alloc ? list->alloc * 2 : 8;
        list->v = xreallocarray(old, list->alloc, sizeof(*list->v));
    }
    list->v[list->nr++] = s;
    list->v[list->nr] = NULL;
}

void strvec_release(struct strvec *list)
{
    for (size_t i = 0; i < list->nr; i++)
        free(list->v[i]);
    if (list->alloc)
        free(list->v);
    *list = (struct strvec)STRVEC_INIT;
}

void strvec_push(struct strvec *list, const char *s)
{
    push_owned(list, xstrdup(s));
}

void strvec_pushf(struct strvec *list, const char *fmt, ...)
{
    struct strbuf text = STRBUF_INIT;
    va_list ap;

    va_start(ap, fmt);
    strbuf_vaddf(&text, fmt, ap);
    va_end(ap);
    push_owned(list, strbuf_detach(&text));
}

void strvec_split(struct strvec *list, const char *s, char separator)
{
    const char *end;

    while ((end = strchr(s, separator))) {
        push_owned(list, xmemdupz(s, (size_t)(end - s)));
        s = end + 1;
    }
    strvec_push(list, s);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void strvec_sort(struct strvec *list)
{
    if (list->nr)
        qsort(list->v, list->nr, sizeof(*list->v), compare);
}

bool strvec_has(const struct strvec *list, const char *s)
{
    for (size_t i = 0; i < list->nr; i++)
        if (strcmp(list->v[i], s) == 0)
            return true;
    return false;
}
