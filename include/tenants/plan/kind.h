/*
 * The kind of a delta: all that follows from the command that was typed, and from the delta's place
 * among others of one process.
 *
 * The kind is chosen when a delta begins and stands in its plan; settings say what was typed.
 */
#ifndef TENANTS_PLAN_KIND_H
#define TENANTS_PLAN_KIND_H

#include <stdbool.h>

enum delta_kind {
    DELTA_PLAN, /* `tenants plan`: nothing is written, not even to the journal */
    DELTA_COPY, /* `tenants run`: goes back by --overlap for late points, and tries again windows
                 * that failed */

    /* --follow: many deltas, one after the other. */
    DELTA_FIRST,    /* the first: as DELTA_COPY, and another one comes */
    DELTA_LATE,     /* a later one that looks for late points, and tries again what failed */
    DELTA_QUICK,    /* goes back by a little from the end of the last one that went through */
    DELTA_QUICKEST, /* as DELTA_QUICK, and leaves out what failed or was refused */

    DELTA_VERIFY, /* `tenants verify`: compares what is covered */
    DELTA_REPAIR, /* likewise, and copies again what differs */

    DELTA_CHECK, /* `tenants check`: compares all that the source has, of all time */
};

/* Does the delta compare both sides? All others copy (or plan) what the journal doesn't cover. */
bool delta_compares(enum delta_kind kind);

/* Does the delta only read, from the targets and the journal too? */
bool delta_only_reads(enum delta_kind kind);

/* Does the delta ask the servers alone, and look at all that the source has, whatever the journal
 * covers? */
bool delta_asks_servers_alone(enum delta_kind kind);

/* Does another delta of the same process follow at once? Then a server of several that is away
 * isn't waited for, and what is left for it isn't recorded as failed. */
bool delta_is_followed(enum delta_kind kind);

/* Is the delta a later one of many? Then nothing is told a second time, and points that stay behind
 * aren't counted. */
bool delta_is_brief(enum delta_kind kind);

/* Does the delta look for late points, by going back by --overlap? */
bool delta_looks_back(enum delta_kind kind);

/* Does the delta leave out what failed or was refused before? */
bool delta_leaves_out_failed(enum delta_kind kind);

#endif
