/*
 * Pieces of HTML: text, names, cells and tables.
 *
 * Whatever comes from outside goes through html_add_escaped(), alone or in one of the other calls.
 */
#ifndef CMD_TENANTS_REPORT_HTML_H
#define CMD_TENANTS_REPORT_HTML_H

#include <stdint.h>

#include "base/strbuf.h"
#include "tenants/plan/range.h"

/* Adds text so that it may stand in an element, or between the quotes of an attribute. */
void html_add_escaped(struct strbuf *sb, const char *text);
/* Adds a name from outside. Its letters may run from right to left; what is around it does not. */
void html_add_name(struct strbuf *sb, const char *name);
/* Adds text in small letters on a line of its own; nothing for "". */
void html_add_note(struct strbuf *sb, const char *text);
/* Adds "START to END": in days where both are whole days, else to the second. */
void html_add_range(struct strbuf *sb, struct range range);

/* `titles` ends in NULL; a title that begins with '>' heads a column of numbers. `caption` and
 * `titles` are literals: they are not escaped. */
void html_begin_table(struct strbuf *sb, const char *caption, const char *const *titles);
void html_end_table(struct strbuf *sb);

void html_add_name_cell(struct strbuf *sb, const char *name);
void html_add_number_cell(struct strbuf *sb, int64_t number);
void html_add_text_cell(struct strbuf *sb, const char *text);

#endif
