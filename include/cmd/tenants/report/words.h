/*
 * Words that all forms of a report share.
 */
#ifndef CMD_TENANTS_REPORT_WORDS_H
#define CMD_TENANTS_REPORT_WORDS_H

#include "base/strbuf.h"
#include "tenants/report/report.h"

const char *report_verdict_words(const struct report *report);
/* Adds a time as exactly as multiples of `step_ns` can differ: "2026-03-01", "2026-03-01 06:00" or
 * "2026-03-01 06:00:00". */
void report_add_day(struct strbuf *sb, int64_t instant_ns, int64_t step_ns);
/* "done", "never ran" */
const char *report_shard_state(const struct report_shard *shard);
/* report_state_name(), but "to do" for REPORT_TODO. */
const char *report_state_words(enum report_state state);
/* A tenant's state, or that it can't be copied. Tenants in the same state get the same pointer. */
const char *report_tenant_words(const struct report_tenant *tenant);
/* Adds "cpu.idle_perc" for one measurement, else "12 measurements". */
void report_add_measurements(struct strbuf *sb, const char *first, int64_t count);

/* Neighbouring bins of one state. */
struct report_stretch {
    enum report_state state;
    size_t first, count;
};
/* The next one behind `stretch`, which begins as zero; false after the last. */
bool report_next_stretch(const unsigned char *bins, size_t bin_count,
                         struct report_stretch *stretch);
struct range report_stretch_range(const struct report *report,
                                  const struct report_stretch *stretch);

/* How fast a run was between two moments since its start. */
struct report_rate {
    int64_t from_ns, to_ns;
    double points_per_second;
    int64_t points, in_flight; /* at its end; the most in it */
};
/* At most `max` of them for a trace, of about equal length. The caller frees `*ret_rates`. */
size_t report_rates(const struct report_trace *trace, size_t max, struct report_rate **ret_rates);

#endif
