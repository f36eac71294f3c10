/*
 * The findings of a comparison, gathered from the events of its run (docs/json.rst): windows that
 * differ, and windows that could not be compared.
 */
#ifndef TENANTS_CHECK_FINDINGS_H
#define TENANTS_CHECK_FINDINGS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "tenants/check/reasons.h"

/* Some windows of one kind. */
struct findings_group {
    int64_t windows;
    int64_t values;    /* that are missing or different, */
    int64_t different; /* and of these, those that are different */
    char *first;       /* the first in words */
};

struct findings {
    int64_t cutoff_ns; /* set by the caller: younger points are ahead of the clock */
    struct findings_group differing, ahead, unseen;
    bool told; /* the failure that comes next is a difference that was told */
};

void findings_release(struct findings *findings);

/* Takes an event of the run, and over its reference. */
void findings_take(struct findings *findings, json_t *event);

/* Adds a reason for each kind of windows that there is. */
void findings_tell(const struct findings *findings, struct reasons *reasons);

#endif
