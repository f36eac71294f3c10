/*
 * Points that a target refuses: finding them in a batch, and listing them.
 *
 * An InfluxDB that refuses a few points of a batch takes the others, and says "partial write: ...
 * dropped=N" about one of the reasons, not about all (measured on 1.6.7: with a type conflict and a
 * point beyond the policy in one batch, N counts the conflicts only). So the server's words are
 * hints only: refusal_split() makes parts that are written again, until a part is refused whole.
 */
#ifndef INFLUX_REFUSAL_H
#define INFLUX_REFUSAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "influx/reply.h"

/* Does the server's answer to `lines` say that every one of them is refused? */
bool refusal_is_of_all(const char *words, const char *lines, size_t len);

/* Divides two lines or more into two parts that aren't empty: the lines that the server's words
 * condemn and the others, or halves where the words don't tell them apart. Appends to both. */
void refusal_split(const char *words, const char *lines, size_t len, struct strbuf *condemned,
                   struct strbuf *others);

/* Lines that were refused for one reason. */
struct refusal {
    char *words; /* of the server, without the number */
    enum influx_cause cause;
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
/* Adds lines to those of the same reason. */
void refusals_add(struct refusals *refusals, const char *words, const char *lines, size_t len);

#endif
