/*
 * A set of strings that gives each a small number, in the order of arrival: 0, 1, 2...
 *
 * For catalogues: a measurement or a tenant is a number everywhere, and its text stands once in
 * memory.
 */
#ifndef BASE_NAMES_H
#define BASE_NAMES_H

#include <stddef.h>
#include <stdint.h>

struct names {
    char **items; /* items[i] is the text of number i */
    size_t count;
    size_t alloc;
    uint32_t *slots; /* the hash table: number + 1, 0 is free */
    size_t slot_count;
};

#define NAMES_INIT                                                                                 \
    {                                                                                              \
        NULL, 0, 0, NULL, 0                                                                        \
    }
#define NAMES_NONE UINT32_MAX

void names_release(struct names *names);
/* The number of `s`, which is added (as a copy) if it is new. */
uint32_t names_add(struct names *names, const char *s);
/* The number of `s`, or NAMES_NONE. */
uint32_t names_find(const struct names *names, const char *s);

#endif
