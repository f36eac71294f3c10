/*
 * The inside of `tenants status`: what its files share.
 */
#ifndef CMD_TENANTS_STATUS_H
#define CMD_TENANTS_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "tenants/journal/journal.h"
#include "tenants/rejects/rejects.h"
#include "tenants/report/report.h"

struct run_status {
    struct journal *journal;
    struct rejects *rejects;
    struct journal_run run; /* the last one */
    bool proven;            /* `facts` and `report` were read and made */
    struct report_facts facts;
    struct report report; /* of these facts */
};

/* status_text.c, status_json.c: print it on standard output. The text needs the report. */
int status_print_text(const struct run_status *status, struct err *err);
int status_print_json(const struct run_status *status, bool one_line, struct err *err);

/* status_watch.c */

/* Reads the last run. ERR_FAILED where there is none. */
int status_read_run(struct run_status *status, struct err *err);
/* Shows the run, and reads it anew each `interval_ns`, until it ends or a signal comes. */
int status_watch(struct run_status *status, const struct settings *settings, int64_t interval_ns,
                 bool json, struct err *err);

#endif
