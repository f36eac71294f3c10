/*
 * The style of the page, src/cmd/tenants/report/page.css, as it is built into the program.
 */
#ifndef CMD_TENANTS_REPORT_PAGE_STYLE_H
#define CMD_TENANTS_REPORT_PAGE_STYLE_H

#include "base/embed.h"

extern const struct embedded_file report_page_files[];

#endif
