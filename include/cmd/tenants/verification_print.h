/*
 * What `tenants verify` has proven, in words and as JSON: what `status` and all forms of a report
 * say alike.
 */
#ifndef CMD_TENANTS_VERIFICATION_PRINT_H
#define CMD_TENANTS_VERIFICATION_PRINT_H

#include <jansson.h>

#include "base/strbuf.h"
#include "tenants/journal/verification.h"
#include "tenants/report/report.h"

/* "all that was copied, point by point, at 2026-11-22T03:12:44Z; nothing differs" */
void verification_print_proof(struct strbuf *sb, const struct report_proof *proof,
                              int64_t differences);
/* "3 windows of 2 tenants" */
void verification_print_differences(struct strbuf *sb, const struct report_facts *facts);
/* When, how, of what, and with which result: without the end of a sentence. */
void verification_print_record(struct strbuf *sb, const struct verification_record *record);
/* "whole", "differs", "in part", "running", "cut short", "interrupted" or "failed". */
const char *verification_print_state(const struct verification_record *record);

/* The caller's references. */
json_t *verification_print_proof_json(const struct report_proof *proof);
json_t *verification_print_record_json(const struct verification_record *record);

#endif
