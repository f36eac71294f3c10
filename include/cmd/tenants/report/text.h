/*
 * A report as text for a terminal, on standard output. Long lists are cut and say so.
 */
#ifndef CMD_TENANTS_REPORT_TEXT_H
#define CMD_TENANTS_REPORT_TEXT_H

#include "tenants/report/report.h"

void report_print_text(const struct report *report);

#endif
