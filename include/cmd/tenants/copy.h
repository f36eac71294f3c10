/*
 * The deltas of `tenants run`: one, or with --follow one after the other, and what they have done
 * together. Tells people and programs what a plan leaves behind before it is copied.
 */
#ifndef CMD_TENANTS_COPY_H
#define CMD_TENANTS_COPY_H

#include "base/strvec.h"
#include "cmd/tenants/setup.h"
#include "cmd/tenants/watch.h"
#include "tenants/run/run.h"

/* What the deltas of one process share, and what became of them. */
struct tenants_copy {
    struct tenants_session *session;
    struct journal *journal;
    bool json;
    struct tenants_watcher watcher;
    struct strvec told; /* notes that were logged: each is once */
    struct delta_course course;

    struct run_summary total; /* of all: tenants as of the last, the rest are sums */
    struct run_summary last;  /* of the last */
    int64_t end_ns;           /* of what the last one looked at */
    int64_t lag_ns;           /* how long before its cutoff that is: --migrate-start-time-offset */
    size_t unnameable;        /* measurements, as of the last */
};

#define TENANTS_COPY_INIT                                                                          \
    {                                                                                              \
        .told = STRVEC_INIT                                                                        \
    }

/* Returns as run_execute() does. Everything but the summary has been told by then. */
int tenants_copy_delta(struct tenants_copy *copy, enum delta_kind kind, struct err *err);
void tenants_copy_release(struct tenants_copy *copy);

#endif
