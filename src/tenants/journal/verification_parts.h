/*
 * The inside of a verification's record: what it looks at, and what it mends. Nobody else includes
 * this.
 *
 * Both work in an open transaction, on what the table `compared` has of a verification.
 */
#ifndef TENANTS_JOURNAL_VERIFICATION_PARTS_H
#define TENANTS_JOURNAL_VERIFICATION_PARTS_H

#include "db.h"
#include "tenants/plan/plan.h"

/*
 * Takes out what the plan leaves out: by a filter, a range of time, a retention policy of the
 * source, tags, or a target, that isn't the plan's. What is gone from the source can't lack in a
 * target, and stays. `*ret_part` becomes true where anything was left out, and is left alone else.
 */
int verification_limit_rows(struct journal *file, int64_t token, const struct plan *plan,
                            bool *ret_part, struct err *err);
/* Deletes the differences that earlier ones found, and this one found whole. */
int verification_mend(struct journal *file, int64_t token, bool deep, struct err *err);

#endif
