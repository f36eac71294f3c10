/*
 * What is built into the program for the report: src/cmd/tenants/report.css.
 */
#ifndef CMD_TENANTS_REPORT_STYLE_H
#define CMD_TENANTS_REPORT_STYLE_H

#include "base/embed.h"

extern const struct embedded_file report_files[];

#endif
