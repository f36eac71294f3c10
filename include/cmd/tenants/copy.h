/*
 * The deltas of `tenants run`: one, or with --follow one after the other; and the sum of their
 * work. Before a delta copies, it tells people and programs which points the plan leaves behind.
 */
#ifndef CMD_TENANTS_COPY_H
#define CMD_TENANTS_COPY_H

#include "base/strvec.h"
#include "cmd/tenants/setup.h"
#include "cmd/tenants/watch.h"
#include "tenants/plan/scope.h"
#include "tenants/run/run.h"

/* The deltas of one process: what they share, and their results. */
struct tenants_copy {
    struct tenants_session *session;
    struct journal *journal;
    bool json;
    struct tenants_watcher watcher;
    struct strvec told; /* notes that were logged, so that each is logged once */
    struct delta_course course;

    struct run_summary total; /* of all deltas: sums, but the tenants are those of the last delta */
    struct run_summary last;  /* of the last delta */
    int64_t end_ns;           /* the end of the last delta's range, its cutoff at most */
    int64_t lag_ns;           /* from there to its cutoff: --migrate-start-time-offset */
    size_t unnameable;        /* measurements of the last delta that no statement can name */
    struct strvec unreadable; /* closed shards of the source in words, as of the last delta */
    json_t *unreadable_json;  /* the same for programs */
    int64_t homeless;         /* tenants of the last delta that can have no database */
    struct scope asked;       /* what options left out of the last delta */
    struct scope scope;       /* of the verdict: that, and what was found */
};

#define TENANTS_COPY_INIT                                                                          \
    {                                                                                              \
        .told = STRVEC_INIT, .unreadable = STRVEC_INIT                                             \
    }

/* Plans and copies one delta. Returns as run_execute() does, and has told everything by then but
 * the summary. */
int tenants_copy_delta(struct tenants_copy *copy, enum delta_kind kind, struct err *err);
void tenants_copy_release(struct tenants_copy *copy);

#endif
