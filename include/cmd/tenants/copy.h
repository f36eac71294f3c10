/*
 * One delta: the catalogue is read, what no earlier one has copied is planned, copied, and told to
 * the journal. `tenants run` does one; with --follow, one after the other.
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
    const char *line; /* the command line */
    bool json;
    struct tenants_watcher watcher;
    struct strvec told; /* notes that were logged: each is once */
    bool follows;       /* --follow: a server of several that is away isn't waited for */

    int64_t begun;          /* deltas whose run began */
    int64_t late_cutoff_ns; /* of the last one that went through and looked for late points */
    int64_t whole_end_ns;   /* the end of what the last one that went through looked at; 0: none */

    struct run_summary total; /* of all: tenants as of the last, the rest are sums */
    struct run_summary last;  /* of the last */
    int64_t end_ns;           /* of what the last one looked at */
    int64_t lag_ns;           /* how long before its cutoff that is: --migrate-start-time-offset */
    size_t unnameable;        /* measurements, as of the last */
    size_t tenants;           /* in the last one's plan */
};

#define TENANTS_COPY_INIT                                                                          \
    {                                                                                              \
        .told = STRVEC_INIT                                                                        \
    }

enum tenants_delta {
    TENANTS_DELTA_LATE,     /* goes back by --overlap, for late points, and tries what failed */
    TENANTS_DELTA_QUICK,    /* goes back by little from the end of the last that went through */
    TENANTS_DELTA_QUICKEST, /* likewise, and leaves out what failed */
};

/* How far a quick delta goes back: what a persister collects before it writes, and then some. */
#define TENANTS_QUICK_OVERLAP_NS (60 * CLOCK_SECOND_NS)

/* Returns as run_execute(), which see, and has told all but the summary. */
int tenants_copy_delta(struct tenants_copy *copy, enum tenants_delta kind, struct err *err);
void tenants_copy_release(struct tenants_copy *copy);

#endif
