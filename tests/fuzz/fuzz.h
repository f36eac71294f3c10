/*
 * What the fuzzers share: a property that must hold, and the input as text or as choices.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A broken property is a finding; its words stand in the log of the fuzzer. */
#define must(property)                                                                             \
    do {                                                                                           \
        if (!(property)) {                                                                         \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #property);                 \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static inline bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* The input as a text, which the caller frees; it ends at the first NUL. */
static inline char *text_of(const uint8_t *data, size_t size)
{
    return xmemdupz(data, size);
}

/* The input as choices, one after the other; 0 when there is no more. */
struct choices {
    const uint8_t *data;
    size_t size;
};

static inline unsigned choose(struct choices *choices, unsigned count)
{
    if (!choices->size)
        return 0;
    choices->size--;
    return *choices->data++ % count;
}

#endif
