/*
 * A report as one JSON document on standard output. docs/json.rst promises the names of its fields.
 */
#ifndef CMD_TENANTS_REPORT_JSON_H
#define CMD_TENANTS_REPORT_JSON_H

#include "tenants/report/report.h"

void report_print_json(const struct report *report);

#endif
