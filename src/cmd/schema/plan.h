/*
 * The plan of a run, told before its first statement: how many statements there are, which tables
 * they make, change and drop, and how many rows these have by the server's estimate.
 *
 * As text it goes into the log; as JSON it is the event "plan".
 */
#ifndef CMD_SCHEMA_PLAN_H
#define CMD_SCHEMA_PLAN_H

#include <stddef.h>

#include "base/strvec.h"
#include "cmd/schema/schema.h"

struct schema_plan {
    const struct revision *from, *to; /* where `steps` is 0, `from` means nothing */
    size_t steps;                     /* revisions; 0: the statements belong to none */
    struct strvec statements;         /* those that will run */
    const struct strvec *losses; /* tables and columns that are deleted with their data, in words */
};

/* Where the server doesn't tell the numbers of rows, the plan has none; that is no error. */
void schema_tell_plan(const struct schema_session *session, const struct schema_plan *plan);

#endif
