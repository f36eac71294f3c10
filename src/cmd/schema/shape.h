/*
 * The shape that the database has, and the one that it should have.
 */
#ifndef CMD_SCHEMA_SHAPE_H
#define CMD_SCHEMA_SHAPE_H

#include "base/json.h"
#include "cmd/schema/schema.h"
#include "schema/history/detect.h"
#include "schema/history/diff.h"
#include "schema/shape/model.h"

/* Reads the actual model, and detects its revision; the caller releases both. */
int schema_detect(const struct schema_session *session, struct model *actual,
                  struct detection *detection, struct err *err);
/* The error for a schema that is no revision's: says how it differs from the nearest, and which
 * command mends that. Always -1. */
int schema_fail_undetected(const struct schema_session *session, const struct model *actual,
                           const struct detection *detection, struct err *err);
/* Tells on standard error which other revisions have the same shape. */
void schema_tell_ties(const struct detection *detection);

/* The revision that `diff` and `align` compare with: the operand, else the version, else the
 * nearest. */
int schema_wanted_revision(const struct schema_session *session, const struct detection *detection,
                           const struct revision **ret, struct err *err);
/* The shape of that revision; an error where it can't be told. The caller releases `wanted`. */
int schema_wanted_state(const struct schema_session *session, const struct revision *revision,
                        struct model *wanted, struct err *err);

/* Fills `diff`: how the database differs from `wanted`, the state at `revision`, in its shape and
 * in the rows that a schema comes with. The caller releases it either way. */
int schema_compare(const struct schema_session *session, const struct model *actual,
                   const struct model *wanted, const struct revision *revision, struct diff *diff,
                   struct err *err);

json_t *schema_json_detection(const struct detection *detection);
json_t *schema_json_diff(const struct diff *diff);

#endif
