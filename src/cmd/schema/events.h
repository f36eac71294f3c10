/*
 * A run as a person or a script sees it: what the runner does, told as it happens, and the question
 * before something is lost.
 *
 * Text goes to standard error, events as JSON to standard output.
 */
#ifndef CMD_SCHEMA_EVENTS_H
#define CMD_SCHEMA_EVENTS_H

#include "cmd/schema/schema.h"
#include "schema/run/runner.h"

/* A runner that works on the session's connection, tells its events, and asks. */
void schema_init_runner(struct runner *runner, struct schema_session *session);
/*
 * Asks on a terminal whether to go on; --yes is an answer. `what` is what would be done: sentences
 * that end in a full stop. 0: go on; -1 with `err` set: don't.
 */
int schema_confirm(const struct schema_options *options, const char *what, struct err *err);
/* Tells how a run ended: as JSON the last event, with `command`. */
void schema_print_summary(const struct command_input *input, const char *command,
                          const struct runner_result *result);

#endif
