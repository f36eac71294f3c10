/*
 * The canonical text of every revision, and of the one fork.
 *
 * Built-in revisions have theirs in src/schema/states/ID.txt, so that a change of shape shows up in
 * review; tests build each on a real server and compare. For others it is what their statements
 * make of their parent's.
 */
#ifndef SCHEMA_STATE_H
#define SCHEMA_STATE_H

#include <stdbool.h>

#include "base/strbuf.h"
#include "base/strvec.h"
#include "schema/graph.h"
#include "schema/model.h"

/* Appends the lines of the state at `place` (NULL: base, no lines). False where it can't be told.
 */
bool state_lines(struct strvec *lines, const struct graph *graph, const struct revision *revision);

/* A shape that is on no point of the line, though a script made it. */
struct state_fork {
    const char *name;        /* "d8b80149" */
    const char *explanation; /* a sentence */
};

/* The fork whose shape these lines are, or NULL. */
const struct state_fork *state_find_fork(const struct strvec *lines);

/* How many lines stand in only one of two sorted lists. */
size_t state_distance(const struct strvec *a, const struct strvec *b);

#endif
