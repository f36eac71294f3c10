/*
 * Verifications and what they have proven, in words and as JSON, for `status` and all forms of a
 * report.
 */
#ifndef CMD_TENANTS_VERIFICATION_PRINT_H
#define CMD_TENANTS_VERIFICATION_PRINT_H

#include <jansson.h>

#include "base/strbuf.h"
#include "tenants/journal/verification.h"
#include "tenants/report/report.h"

/* Adds "all that was copied, point by point, at 2026-11-22T03:12:44Z; nothing differs". */
void verification_print_proof(struct strbuf *sb, const struct report_proof *proof,
                              int64_t differences);
/* Adds "3 windows of 2 tenants", which differ. */
void verification_print_differences(struct strbuf *sb, const struct report_facts *facts);
/* Adds how, when, of what and with which result a verification was made, without a full stop. */
void verification_print_record(struct strbuf *sb, const struct verification_record *record);
/* "whole", "differs", "in part", "running", "cut short", "interrupted" or "failed". */
const char *verification_print_state(const struct verification_record *record);

/* The references are the caller's. */
json_t *verification_print_proof_json(const struct report_proof *proof);
json_t *verification_print_record_json(const struct verification_record *record);

#endif
