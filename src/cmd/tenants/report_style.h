/*
 * What is built into the program for the report: src/cmd/report.css.
 */
#ifndef CMD_TENANTS_REPORT_STYLE_H
#define CMD_TENANTS_REPORT_STYLE_H

#include "schema/builtin.h"

extern const struct builtin_file report_files[];

#endif
