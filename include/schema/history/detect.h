/*
 * Which revision a schema has.
 *
 * A schema has a revision when their canonical texts are equal. Where several revisions have one
 * shape, the choice is the latest of them that a script could have made; where no script made any,
 * the earliest. Both are safe: what follows changes rows only, and may run again.
 *
 * Where no revision has the shape, the nearest is named: the one with the fewest differing lines;
 * of equally near ones the latest, and then the choice among its equals as above.
 */
#ifndef SCHEMA_HISTORY_DETECT_H
#define SCHEMA_HISTORY_DETECT_H

#include <stdbool.h>
#include <stddef.h>

#include "schema/history/graph.h"
#include "schema/history/state.h"
#include "schema/shape/model.h"

struct detection {
    bool empty;                      /* no tables at all */
    bool exact;                      /* `revision` has exactly this shape */
    const struct revision *revision; /* the choice, exact or nearest; NULL where empty */
    const struct revision **same;    /* all revisions of its shape, in order, itself too */
    size_t same_count, same_alloc;
    size_t distance;               /* lines that differ; 0 where exact */
    const struct state_fork *fork; /* the known fork that the schema is, or NULL */
    char fingerprint[DIGEST_HEX_LENGTH + 1];
};

void detect_revision(struct detection *ret, const struct graph *graph, const struct model *actual);
void detection_release(struct detection *detection);

#endif
