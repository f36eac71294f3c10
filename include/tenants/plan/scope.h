/*
 * The scope of a verdict: how much of all that is there a run or a verification looked at, and what
 * it left out, with a figure for each reason.
 *
 * A reason has a code word, which never changes: programs and the journal know it by that. What a
 * person is told of it, and what kind it is of, stand beside it in one table (scope.c). A new
 * reason is one line here, one there, and one in docs/json.rst.
 *
 * Nothing here asks a server.
 */
#ifndef TENANTS_PLAN_SCOPE_H
#define TENANTS_PLAN_SCOPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "tenants/plan/plan.h"

enum scope_reason {
    /* Left out by options. */
    SCOPE_FILTERED_TENANTS,
    SCOPE_FILTERED_MEASUREMENTS,
    SCOPE_TIME, /* shard groups of the source that the range of time doesn't hold whole; of a
                   verification also windows that no run copied */

    /* Left to another run. */
    SCOPE_PART,     /* tenants of other parts (--shard) */
    SCOPE_POLICIES, /* retention policies of the source */

    /* Found on the way. */
    SCOPE_FAILED,                    /* windows */
    SCOPE_AWAY,                      /* tenants */
    SCOPE_CUT_SHORT,                 /* 1: the run didn't come to its end */
    SCOPE_UNREADABLE,                /* shards of the source that aren't open */
    SCOPE_AHEAD,                     /* points ahead of the clock */
    SCOPE_UNASSIGNED,                /* points */
    SCOPE_CLIPPED,                   /* points */
    SCOPE_REFUSED,                   /* points */
    SCOPE_UNNAMEABLE,                /* measurements */
    SCOPE_HOMELESS,                  /* tenants */
    SCOPE_STRINGS,                   /* values */
    SCOPE_UNVERIFIED,                /* 1: nothing was counted on the targets */
    SCOPE_UNCOUNTED,                 /* 1: points that stay behind weren't counted */
    SCOPE_DIFFERING,                 /* windows */
    SCOPE_NO_DATABASE,               /* tenants */
    SCOPE_NEVER_COPIED,              /* tenants */
    SCOPE_NEVER_COPIED_MEASUREMENTS, /* measurements */
    SCOPE_REASONS,
};

/* Zero: nothing is left out. */
struct scope {
    int64_t tenants_total;          /* that the source has; 0: not known */
    int64_t figures[SCOPE_REASONS]; /* 0: the reason doesn't hold; -1: it does, not counted */
};

/* "filtered_tenants" */
const char *scope_code(enum scope_reason reason);
/* Adds what a person is told: "3 of 4 tenants are left out by --tenant". */
void scope_add_words(struct strbuf *sb, const struct scope *scope, enum scope_reason reason);

/* The points, measurements and tenants of the source's catalogue that a plan leaves out. */
void scope_of_plan(struct scope *scope, const struct plan *plan);

/* How many shard groups of a policy that is read the plan's time doesn't hold whole. */
int64_t scope_count_cut(const struct plan *plan, const struct catalogue_policy *policy);

/* Is nothing left out? */
bool scope_is_complete(const struct scope *scope);
/* Did options leave something out? Then a run was a rehearsal, or a part of the work. */
bool scope_is_rehearsal(const struct scope *scope);
/* Was everything looked at, whatever was found there? */
bool scope_is_whole(const struct scope *scope);
/* Adds the figures of another part (--shard). */
void scope_merge(struct scope *scope, const struct scope *other);

/* The reasons as the journal keeps them: "filtered_tenants 3 time 2". Words that aren't known are
 * passed over, since a newer version may have written them. */
void scope_add_record(struct strbuf *sb, const struct scope *scope);
void scope_read_record(struct scope *scope, const char *record);
/* The reasons that follow from a command line, none of which is counted: for runs whose journal
 * keeps no reasons. */
void scope_of_command(struct scope *scope, const char *command);

#endif
