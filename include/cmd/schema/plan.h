/*
 * What a run of statements is about to do, told before the first of them runs: how many, which
 * tables they make, change and drop, and how many rows these have by the server's estimate.
 *
 * It is told where nobody parses: in the log, or as an event "plan".
 */
#ifndef CMD_SCHEMA_PLAN_H
#define CMD_SCHEMA_PLAN_H

#include <stddef.h>

#include "base/strvec.h"
#include "cmd/schema/schema.h"

struct schema_plan {
    const struct revision *from, *to; /* NULL: base; where `steps` is 0, `from` means nothing */
    size_t steps;                     /* revisions; 0: the statements belong to none */
    struct strvec statements;         /* that will run */
    const struct strvec *losses;      /* what is deleted with all that is in it, in words */
};

/* A server that doesn't tell its rows is no reason to stop: they are left out then. */
void schema_tell_plan(const struct schema_session *session, const struct schema_plan *plan);

#endif
