/*
 * A list that owns its strings.
 *
 * `v` is never NULL. It ends in NULL, and may be passed where an argv is wanted.
 */
#ifndef BASE_STRVEC_H
#define BASE_STRVEC_H

#include <stdbool.h>
#include <stddef.h>

struct strvec {
    char **v;
    size_t nr;
    size_t alloc; /* 0: `v` is the shared empty list */
};

extern char *strvec_empty[1];
#define STRVEC_INIT                                                                                \
    {                                                                                              \
        strvec_empty, 0, 0                                                                         \
    }

void strvec_release(struct strvec *list);
/* Adds a copy of `s`. */
void strvec_push(struct strvec *list, const char *s);
void strvec_pushf(struct strvec *list, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Adds the parts of `s` between separators, also the empty ones. "" gives one empty part. */
void strvec_split(struct strvec *list, const char *s, char separator);
/* Sorts the list by bytes. */
void strvec_sort(struct strvec *list);
bool strvec_has(const struct strvec *list, const char *s);

#endif
