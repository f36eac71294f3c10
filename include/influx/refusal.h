/*
 * Points that a target refuses: which of a batch they are, and a list of them.
 *
 * An InfluxDB that refuses a few points of a batch takes the others, and says "partial write: ...
 * dropped=N" about one of the reasons, not about all (measured on 1.6.7: with a type conflict and a
 * point beyond the policy in one batch, N counts the conflicts only). So nothing is taken from its
 * words but hints: refusal_split() makes parts that are written again, until a part is refused
 * whole.
 */
#ifndef INFLUX_REFUSAL_H
#define INFLUX_REFUSAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

/* Is every one of `lines` refused, by the words of the answer to them? */
bool refusal_is_of_all(const char *words, const char *lines, size_t len);

/* Divides two lines or more into two parts that aren't empty: those that the words condemn and the
 * others, or halves. Appends to both. */
void refusal_split(const char *words, const char *lines, size_t len, struct strbuf *condemned,
                   struct strbuf *others);

/* Lines that were refused for one reason. */
struct refusal {
    char *words; /* of the server, without the number */
    struct strbuf lines;
    int64_t points;
};

struct refusals {
    struct refusal *items;
    size_t count, alloc;
    size_t bytes; /* of all lines and words */
    int64_t points;
};

#define REFUSALS_INIT                                                                              \
    {                                                                                              \
        NULL, 0, 0, 0, 0                                                                           \
    }

void refusals_release(struct refusals *refusals);
void refusals_add(struct refusals *refusals, const char *words, const char *lines, size_t len);

#endif
