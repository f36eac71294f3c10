/*
 * The inside of a verification's record: what its files share. Nobody else includes this.
 *
 * `file` is an open file of the journal, in a transaction.
 */
#ifndef TENANTS_JOURNAL_VERIFICATION_INSIDE_H
#define TENANTS_JOURNAL_VERIFICATION_INSIDE_H

#include "db.h"
#include "tenants/journal/verification.h"
#include "tenants/plan/plan.h"

/* verification_files.c */

/* Locks the token of a verification, for as long as the process lives or the descriptor that is
 * returned is open. */
int verification_lock(const struct settings *settings, int64_t token, struct err *err);
/* Does a process hold the lock of that token? */
bool verification_is_running(const char *lock_path, int64_t token);

typedef int (*verification_work)(void *context, struct journal *file, struct err *err);
/* Does the work in each file of the source, in a transaction of its own. A run may move files
 * meanwhile, so that the work may be done twice in one. */
int verification_each_file(const struct settings *settings, verification_work work, void *context,
                           struct err *err);

/* verification_record.c */

int verification_record_write(const struct verification_record *record, struct journal *file,
                              struct err *err);
void verification_record_release(struct verification_record *record);

/* verification_limit.c */

/*
 * Takes out of the table `compared` what the plan leaves out: by a filter, a range of time, a
 * retention policy of the source, tags, or a target, that isn't the plan's. What is gone from the
 * source can't lack in a target, and stays. `*ret_part` becomes true where anything was left out,
 * and is left alone else.
 */
int verification_limit_rows(struct journal *file, int64_t token, const struct plan *plan,
                            bool *ret_part, struct err *err);

/* verification_mend.c */

/* Deletes the differences that earlier verifications found, and this one found whole. */
int verification_mend(struct journal *file, int64_t token, bool deep, struct err *err);

#endif
