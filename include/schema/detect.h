/*
 * Which revision a schema is.
 *
 * The schema is at a revision when their canonical texts are equal. Where several revisions have
 * one shape, the latest of them that a script could have made is meant, or where none was made by a
 * script, the earliest: always safe, since what follows changes rows only, and may run again.
 * Where no revision has it, the nearest is named: the one with the fewest differing lines, of
 * equally near ones the latest, and then by the same rule.
 */
#ifndef SCHEMA_DETECT_H
#define SCHEMA_DETECT_H

#include <stdbool.h>
#include <stddef.h>

#include "schema/graph.h"
#include "schema/model.h"
#include "schema/state.h"

struct detection {
    bool empty;                      /* no tables at all */
    bool exact;                      /* `revision` has this very shape */
    const struct revision *revision; /* the one that is meant, exact or nearest; NULL where empty */
    const struct revision **same;    /* all revisions of that shape, in order, `revision` too */
    size_t same_count, same_alloc;
    size_t distance;               /* lines that differ; 0 where exact */
    const struct state_fork *fork; /* the known fork that it is, or NULL */
    char fingerprint[DIGEST_HEX_LENGTH + 1];
};

void detect_revision(struct detection *ret, const struct graph *graph, const struct model *actual);
void detection_release(struct detection *detection);

#endif
