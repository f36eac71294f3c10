/*
 * All that a journal holds, row by row: for a report.
 *
 * The rows are one consistent set, also while a run writes: what it commits after
 * journal_contents_open() isn't seen. A journal of an older version lacks some tables, and gives no
 * rows of these.
 *
 * Each function calls `each` for every row, with `context`. The row and its texts are borrowed
 * until `each` returns. An error is what SQLite says of a file that can't be read.
 */
#ifndef TENANTS_JOURNAL_CONTENTS_H
#define TENANTS_JOURNAL_CONTENTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "tenants/journal/journal.h"
#include "tenants/plan/coverage.h"
#include "tenants/plan/range.h"

struct journal_contents;

/* `journal` must outlive the contents, and begin no transaction meanwhile. */
struct journal_contents *journal_contents_open(struct journal *journal, struct err *err);
void journal_contents_close(struct journal_contents *contents);

/* The source that the journal is of. Both texts are the caller's; "" where they are missing. */
int journal_source(struct journal_contents *contents, char **ret_url, char **ret_database,
                   struct err *err);

/* The sets of measurements, in the order of their numbers: 0, 1, 2... */
void journal_each_set(struct journal_contents *contents,
                      void (*each)(void *context, const struct coverage_set *set), void *context);

enum journal_ranges {
    JOURNAL_COVERED,
    JOURNAL_VERIFIED,  /* by a run, or by a verification since */
    JOURNAL_FAILED,    /* and not done since */
    JOURNAL_PLANNED,   /* and neither done nor found to be gone by a run that came to its end */
    JOURNAL_DIFFERING, /* what verifications found, and wasn't mended since */
    JOURNAL_COUNTED,   /* found whole by a verification, at least by counts */
    JOURNAL_COMPARED,  /* found whole by comparing every point */
};

struct journal_range {
    const char *tenant, *database, *policy;
    size_t set;         /* its number, after journal_each_set() */
    struct range range; /* not empty */
    const char *words;  /* of what failed or differs; else "" */
    enum failure_kind kind;
    int64_t verification; /* the token of the one that tells it; 0: none does */
};
/* Sorted by tenant, database, policy, set and start. */
int journal_each_range(struct journal_contents *contents, enum journal_ranges which,
                       void (*each)(void *context, const struct journal_range *range),
                       void *context, struct err *err);

/* A tenant's target, as the newest run that meant it found it. */
struct journal_target {
    const char *tenant, *database;
    const char *policy;     /* of the target */
    const char *problem;    /* why nothing can be copied into it; else "" */
    int64_t keeps_ns;       /* 0: forever */
    int64_t oldest_ns;      /* older points were left in the source */
    int64_t points;         /* written, by all runs */
    int64_t points_clipped; /* -1: not counted */
};
/* Sorted by tenant and database. */
int journal_each_target(struct journal_contents *contents,
                        void (*each)(void *context, const struct journal_target *target),
                        void *context, struct err *err);

/* Into which policy of a target the points of a policy of the source go. */
struct journal_landing {
    const char *tenant, *database, *source_policy, *policy;
    int64_t source_keeps_ns, keeps_ns; /* 0: forever; -1: not known */
};
/* Sorted by tenant, database and policy of the source. */
int journal_each_landing(struct journal_contents *contents,
                         void (*each)(void *context, const struct journal_landing *landing),
                         void *context, struct err *err);

/* What all runs that came to their end have looked at of a tenant and a policy of the source. */
struct journal_looked {
    const char *tenant, *policy;
    bool looked;                        /* did any run? */
    int64_t measurements, shard_groups; /* that were left out */
};
/* Sorted by tenant and policy; none where an older version made all runs. */
int journal_each_looked(struct journal_contents *contents,
                        void (*each)(void *context, const struct journal_looked *looked),
                        void *context, struct err *err);

/* Adds to `ranges` where the source had shard groups when the newest run looked. */
int journal_source_ranges(struct journal_contents *contents, struct range_list *ranges,
                          struct err *err);

/* A run, and what it said of itself. -1: not known, or not counted. */
struct journal_run_details {
    struct journal_run run;
    const char *kind;            /* "copy" or "repair" */
    const char *engine;          /* "server" or "stream"; "": not known */
    const char *command, *words; /* the command line; why it ended early, or "" */
    int verify;
    int64_t values_verified;
    int64_t unassigned, skipped, clipped, homeless, ahead; /* points that stay behind */
    int64_t other_policies;                                /* likewise: in policies not read */
    const char *scope;                                     /* as scope_read_record() reads it */
    int64_t tenants_source;                                /* that the source had */
    int64_t measurements, measurements_source;             /* looked at, of those of the source */
    int64_t policies, policies_source;                     /* likewise */
};
/* The newest first, at most `max`. */
int journal_each_run(struct journal_contents *contents, size_t max,
                     void (*each)(void *context, const struct journal_run_details *run),
                     void *context, struct err *err);
int journal_count_runs(struct journal_contents *contents, int64_t *ret_count, struct err *err);
/* The run that wrote most points, of those that have samples; 0 where none has. */
int journal_largest_run(struct journal_contents *contents, int64_t *ret_id, struct err *err);

/* One of the parts (--shard) that divide the tenants as the newest run does. */
struct journal_part_details {
    const char *name;            /* "2/4" */
    struct journal_run run;      /* its newest; all zero where this state directory has none */
    const char *command, *words; /* of that run */
};
/* All parts in their order; none where the newest run takes all tenants. */
int journal_each_part(struct journal_contents *contents,
                      void (*each)(void *context, const struct journal_part_details *part),
                      void *context, struct err *err);

/* How far a run was. */
struct journal_sample {
    int64_t at_ns; /* since the run began */
    int64_t points, windows, in_flight;
};
int journal_each_sample(struct journal_contents *contents, int64_t run_id,
                        void (*each)(void *context, const struct journal_sample *sample),
                        void *context, struct err *err);
/* The slowest statements of two runs (0: of none), the slowest first, at most `max`. `measurement`
 * and `words` are never NULL here, but "". */
int journal_each_slow(struct journal_contents *contents, int64_t run_id, int64_t other_run_id,
                      size_t max,
                      void (*each)(void *context, const struct journal_statement *statement),
                      void *context, struct err *err);

#endif
