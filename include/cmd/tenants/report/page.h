/*
 * A report as one page of HTML that needs nothing beside it: it holds its style and its pictures,
 * it has no script, and its Content-Security-Policy forbids to load anything.
 *
 * Names of tenants and measurements come from outside. The page holds them escaped; control
 * characters and bytes that are no UTF-8 are made visible. The page stays readable and small for
 * thousands of tenants: tenants that are well are folded, and a list that is cut says so.
 */
#ifndef CMD_TENANTS_REPORT_PAGE_H
#define CMD_TENANTS_REPORT_PAGE_H

#include "base/strbuf.h"
#include "tenants/report/report.h"

void report_add_page(struct strbuf *sb, const struct report *report);

#endif
