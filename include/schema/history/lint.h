/*
 * What can be said of revision files before a server sees them.
 *
 * A finding is a fault, or something that is right only if its author meant it: then a comment says
 * so, in the line before, and there is no finding:
 *
 *     -- destructive: nothing reads these tables since the event engine is gone
 *     DROP TABLE event_transform;
 *
 *     -- downgrade
 *     -- irreversible: the rows are gone
 *
 * Nothing here talks to a server.
 */
#ifndef SCHEMA_HISTORY_LINT_H
#define SCHEMA_HISTORY_LINT_H

#include <stddef.h>

#include "base/err.h"
#include "base/strvec.h"
#include "schema/history/graph.h"

struct lint_finding {
    char *file;
    unsigned line; /* 0: the finding is about the whole file, or all of them */
    const char *kind;
    char *message;
};

struct lint {
    struct lint_finding *items;
    size_t count, alloc;
};

#define LINT_INIT                                                                                  \
    {                                                                                              \
        NULL, 0, 0                                                                                 \
    }

/* Looks at one file by itself. False where it can't be read as a revision; then a finding says why.
 */
bool lint_file(struct lint *lint, const char *path, const char *text);
/* Looks at the revisions of `paths` among the others of `graph`: heads, names that are dropped,
 * statements that can't be resumed. */
void lint_graph(struct lint *lint, const struct graph *graph, const struct strvec *paths);
/* `message` is the caller's. */
void lint_add(struct lint *lint, const char *file, unsigned line, const char *kind,
              const char *message);
void lint_release(struct lint *lint);

#endif
