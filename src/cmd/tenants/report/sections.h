/*
 * The sections of the page, in the order in which page.c asks for them. Each adds a <section>, or
 * nothing where the report has nothing to say about it.
 */
#ifndef CMD_TENANTS_REPORT_SECTIONS_H
#define CMD_TENANTS_REPORT_SECTIONS_H

#include "base/strbuf.h"
#include "tenants/report/report.h"

/* map.c: tenants by time */
void report_page_add_map(struct strbuf *sb, const struct report *report);

/* tables.c */
void report_page_add_verifications(struct strbuf *sb, const struct report *report);
void report_page_add_failures(struct strbuf *sb, const struct report *report);

/* chart.c: rate over time */
void report_page_add_rates(struct strbuf *sb, const struct report *report);

/* tables.c */
void report_page_add_slow(struct strbuf *sb, const struct report *report);
void report_page_add_tenants(struct strbuf *sb, const struct report *report);
void report_page_add_runs(struct strbuf *sb, const struct report *report);

#endif
