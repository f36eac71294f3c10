#include "tenants/report/report.h"

#include <stdlib.h>

#include "parts.h"

void report_build(struct report *report, const struct report_facts *facts, int64_t now_ns,
                  const struct strvec *options)
{
    report->facts = facts;
    report->made_ns = now_ns;
    report_find_bins(report);
    report_add_tenants(report);
    report_prove(&report->proof, facts);
    report->verdict = report_find_verdict(report);
    report_find_scope(report);
    report_sort_reasons(report);
    report_add_steps(report, options);
}

void report_release(struct report *report)
{
    for (size_t i = 0; i < report->tenant_count; i++)
        free(report->tenants[i].bins);
    for (size_t i = 0; i < report->failure_count; i++)
        free(report->failures[i].measurements);
    for (size_t i = 0; i < report->difference_count; i++)
        free(report->differences[i].measurements);
    free(report->differences);
    for (size_t i = 0; i < report->reason_count; i++)
        free(report->reasons[i].words);
    for (size_t i = 0; i < report->step_count; i++) {
        free(report->steps[i].why);
        free(report->steps[i].command);
    }
    free(report->tenants);
    free(report->failures);
    free(report->reasons);
    free(report->steps);
    *report = (struct report){0};
}
