/*
 * The inside of a report: what its files share. Nobody else includes this.
 *
 * report_read.c reads the journal; report.c makes the map; report_advice.c groups failures by their
 * reason and says what to do next.
 */
#ifndef TENANTS_REPORT_PARTS_H
#define TENANTS_REPORT_PARTS_H

#include "tenants/report.h"

/* More failed windows or refused points; those of a tenant come one after the other. */
void report_count_reason(struct report *report, const char *tenant, const char *words,
                         int64_t windows, int64_t points);
void report_sort_reasons(struct report *report);
void report_add_steps(struct report *report, const char *options);

#endif
