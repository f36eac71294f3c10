/*
 * The canonical text of every revision, and of the one fork.
 *
 * That of a built-in revision is a file, src/schema/states/ID.txt, so that a review sees when a
 * shape changes; tests make each on a real server and compare. That of another revision is what its
 * statements make of its parent's.
 */
#ifndef SCHEMA_HISTORY_STATE_H
#define SCHEMA_HISTORY_STATE_H

#include <stdbool.h>

#include "base/strbuf.h"
#include "base/strvec.h"
#include "schema/history/graph.h"
#include "schema/shape/model.h"

/* Appends the lines of the state at `revision`; the base has none. False where it can't be told. */
bool state_lines(struct strvec *lines, const struct graph *graph, const struct revision *revision);

/* A shape that no revision has, though a script made it. */
struct state_fork {
    const char *name;        /* "d8b80149" */
    const char *explanation; /* a sentence */
};

/* The fork that has these lines, or NULL. */
const struct state_fork *state_find_fork(const struct strvec *lines);

/* How many lines stand in only one of two sorted lists. */
size_t state_distance(const struct strvec *a, const struct strvec *b);

#endif
