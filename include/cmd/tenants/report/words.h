/*
 * Words that all forms of a report share.
 */
#ifndef CMD_TENANTS_REPORT_WORDS_H
#define CMD_TENANTS_REPORT_WORDS_H

#include "base/strbuf.h"
#include "tenants/report/report.h"

/* The word of the verdict alone, which programs know. */
const char *report_verdict_words(const struct report *report);
/* The same for a person, who may read nothing else: it says so where something is left out. */
const char *report_headline(const struct report *report);
/* Adds a time as exactly as multiples of `step_ns` can differ: "2026-03-01", "2026-03-01 06:00" or
 * "2026-03-01 06:00:00". */
void report_add_day(struct strbuf *sb, int64_t instant_ns, int64_t step_ns);
/* "done", "never ran" */
const char *report_part_state(const struct report_part *part);
/* report_state_name(), but "to do" for REPORT_TODO. */
const char *report_state_words(enum report_state state);
/* A tenant's state, or that it can't be copied. Tenants in the same state get the same pointer. */
const char *report_tenant_words(const struct report_tenant *tenant);
/* Adds "cpu.idle_perc" for one measurement, else "12 measurements". */
void report_add_measurements(struct strbuf *sb, const char *first, int64_t count);

#endif
