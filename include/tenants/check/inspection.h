/*
 * May the source be dropped? An inspection asks the servers, not the journal.
 *
 * It compares all that the source has with the targets, whatever was copied when; counts what has
 * no counterpart there; looks for users of the source; and after a moment looks a second time, to
 * see that nobody writes there any more. Values must add up: those that were compared and those
 * that have a reason are all that the source has.
 */
#ifndef TENANTS_CHECK_INSPECTION_H
#define TENANTS_CHECK_INSPECTION_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "influx/client.h"
#include "tenants/check/reasons.h"
#include "tenants/check/totals.h"
#include "tenants/journal/journal.h"
#include "tenants/plan/settings.h"
#include "tenants/run/run.h"
#include "tenants/servers/servers.h"

/* The first members are the caller's, and outlive the inspection; the rest is zero at the start,
 * but for `reasons`, which knows what is accepted. */
struct inspection {
    const struct settings *settings;
    struct influx_client *source;
    struct servers *servers;
    struct journal *journal; /* says in which policies of the targets the points should stand; NULL:
                                as a first run would choose them */
    int64_t settle_ns;       /* between the first and the second look */
    struct run_observer watcher; /* shows progress; its events are the inspection's */

    struct reasons reasons;
    /* The scope of the verdict, as of the second look. */
    int64_t tenants, tenants_whole;
    int64_t policies, policies_compared;
    int64_t measurements;
    struct totals total;          /* of the policies that were compared */
    int64_t values_compared;      /* found in their place */
    int64_t oldest_ns, newest_ns; /* of all policies; as in struct catalogue */
};

/* Inspects. -1: a server can't be asked, so that there is no verdict; after a stop signal
 * ERR_INTERRUPTED. */
int inspection_run(struct inspection *inspection, struct err *err);
void inspection_release(struct inspection *inspection);

#endif
