/*
 * How a scope is printed: the options that made it, and what it leaves out.
 */
#ifndef CMD_TENANTS_VERDICT_SCOPE_PRINT_H
#define CMD_TENANTS_VERDICT_SCOPE_PRINT_H

#include <jansson.h>

#include "base/strbuf.h"
#include "cmd/tenants/setup.h"
#include "tenants/plan/scope.h"

/* The options that leave something out, as they were given; "" for none. The caller's to free. */
char *scope_print_options(const struct tenants_options *options);

/* Adds a line for each reason, with `before` in front: "Left out: 3 of 4 tenants ...". */
void scope_print_text(struct strbuf *sb, const char *before, const struct scope *scope);
/* Adds all reasons to a line, with "; " between them. */
void scope_print_line(struct strbuf *sb, const struct scope *scope);
/* Adds a line for each reason; the first has `before` in front, the others as many blanks. */
void scope_print_list(struct strbuf *sb, const char *before, const struct scope *scope);
/* The list of reasons, which is the caller's. */
json_t *scope_print_reasons(const struct scope *scope);
/* Sets `complete`, and the list of reasons as `key`. */
void scope_print_json(json_t *object, const char *key, const struct scope *scope);

#endif
