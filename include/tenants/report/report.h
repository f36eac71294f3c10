/*
 * The report of a migration: what the journal says, as a value.
 *
 * report_read() takes the journal's rows as one consistent set, also while a run writes them.
 * report_build() makes the report of them, and asks nobody. `tenants report` prints it.
 *
 * The map says for each tenant what became of its points in each of `bin_count` bins of time. A bin
 * has the gravest state of what is in it, so that one failed window in ten years is seen. Long
 * lists are cut (REPORT_*_MAX); the counts beside them are whole.
 */
#ifndef TENANTS_REPORT_REPORT_H
#define TENANTS_REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/names.h"
#include "base/strvec.h"
#include "tenants/journal/failure.h"
#include "tenants/journal/journal.h"
#include "tenants/journal/verification.h"
#include "tenants/plan/range.h"
#include "tenants/plan/scope.h"

enum {
    REPORT_BINS_MAX = 140,
    REPORT_FAILURES_MAX = 200, /* that are listed; all are counted */
    REPORT_RUNS_MAX = 20,
    REPORT_VERIFICATIONS_MAX = 20,
};

/* Sorted by gravity: a bin has the greatest state of what is in it. */
enum report_state {
    REPORT_NOTHING,  /* the source has no shard group there, or the tenant wasn't there yet */
    REPORT_CLIPPED,  /* older than the target keeps: left in the source */
    REPORT_VERIFIED, /* copied, and counted on the target */
    REPORT_COPIED,   /* not verified */
    REPORT_TODO,     /* planned, and not done */
    REPORT_DIFFERS,  /* a verification found a difference, which wasn't mended since */
    REPORT_FAILED,
    REPORT_STATES,
};
/* "verified": for people and JSON. */
const char *report_state_name(enum report_state state);

/* Facts that the journal holds */

struct report_row {
    uint32_t tenant, database, policy, set; /* numbers in the facts' names; of its sets */
    uint32_t words;
    enum failure_kind kind; /* of a failure */
    uint32_t verification;  /* its number in the facts' list, where the row is of one */
    struct range range;
};

struct report_rows {
    struct report_row *items; /* sorted by tenant, database, policy, set, start */
    size_t count, alloc;
};

struct report_set {
    uint32_t *measurements; /* numbers in the facts' names, sorted */
    size_t count;
    uint32_t tags;
};

struct report_target {
    uint32_t tenant, database, policy, problem; /* numbers in the facts' names */
    int64_t keeps_ns, oldest_ns, points, points_clipped;
};

struct report_run {
    struct journal_run run;
    char *kind, *engine, *command, *words;
    int verify; /* -1: not known */
    int64_t values_verified, unassigned, skipped, clipped, homeless, ahead, other_policies;
    char *scope; /* what options left out, as scope_read_record() reads it; "unknown" */
    /* How much of the source the run looked at; -1: not known. */
    int64_t tenants_source, measurements, measurements_source, policies, policies_source;
};

/* Where points of a policy of the source go. */
struct report_landing {
    uint32_t tenant, database, source_policy, policy; /* numbers in the facts' names */
    int64_t source_keeps_ns, keeps_ns;                /* 0: forever; -1: not known */
};

/* What all runs have looked at of a tenant and a policy of the source. */
struct report_looked {
    uint32_t tenant, policy; /* numbers in the facts' names */
    bool looked;
    int64_t measurements, shard_groups; /* that were left out */
};

/* One of the parts into which --shard divides the tenants of the newest run. */
struct report_part {
    char *name;             /* "2/4" */
    bool ran;               /* has a run in this state directory; else all below is zero */
    struct journal_run run; /* the newest run of the part */
    char *command, *words;
};

struct report_sample {
    int64_t at_ns; /* since the run began */
    int64_t points, windows, in_flight;
};

struct report_trace {
    int64_t run_id; /* 0: there is none */
    struct report_sample *samples;
    size_t count, alloc;
};

struct report_slow {
    char *tenant, *database, *action, *measurement, *words;
    int64_t measurement_count, duration_ns, points;
    struct range range;
};

/* Points that a target refused: they stand in the reject file, or went from it. */
struct report_refused {
    uint32_t tenant, database, words; /* numbers in the facts' names */
    int64_t points;
    struct range_list times; /* to the hour */
    enum failure_kind kind;
};

struct report_facts {
    char *journal, *url, *database;
    char *reject_file;
    struct names names; /* all texts of the rows */
    struct report_set *sets;
    size_t set_count, set_alloc;
    struct report_rows covered, verified, failed, planned;
    struct report_rows differing;           /* windows that differ, and weren't mended since */
    struct report_rows compared, counted;   /* windows found whole: by points; at least by counts */
    struct verification_list verifications; /* the newest first */
    struct report_target *targets;          /* sorted by tenant, as the journal sorts */
    size_t target_count, target_alloc;
    struct report_landing *landings; /* sorted by tenant */
    size_t landing_count, landing_alloc;
    struct report_looked *looked; /* sorted by tenant; none where older versions made all runs */
    size_t looked_count, looked_alloc;
    struct range_list source; /* where the source had shard groups */
    struct report_run *runs;  /* the newest first; run_count of run_total */
    size_t run_count, run_alloc;
    int64_t run_total;
    /* All parts, in order; none where the newest run has no --shard. Where only one of several is
     * here, the others may have state directories of their own. */
    struct report_part *parts;
    size_t part_count, parts_here;
    struct report_trace last, largest; /* of the newest run; of the one that wrote most, if that is
                                          another */
    struct report_refused *refused;
    size_t refused_count, refused_alloc;
    int64_t refused_lost;     /* points of these that the reject file lacks */
    struct report_slow *slow; /* of both, the slowest first */
    size_t slow_count, slow_alloc;
};

/* Reads all but the reject file. `facts` must be zero; release it in any case. */
int report_read(struct report_facts *facts, struct journal *journal, struct err *err);
struct rejects;
/* Adds what stands in the reject file, and what the journal knows to have stood there. */
int report_read_rejects(struct report_facts *facts, const struct rejects *rejects,
                        struct journal *journal, struct err *err);
void report_facts_release(struct report_facts *facts);

/* The parts of a report */

struct report_tenant {
    const char *id, *database, *policy, *problem; /* borrowed from the facts; "" for none */
    int64_t keeps_ns;                             /* 0: forever */
    int64_t points;                               /* written, by all runs */
    int64_t points_clipped;                       /* -1: not counted */
    bool planned;                                 /* its target is known, not only its rows */
    enum report_state state;                      /* the gravest of its bins but clipped ones */
    bool clipped;
    int64_t failures;
    int64_t differences;  /* windows that differ */
    int64_t refused;      /* points in the reject file */
    struct range covered; /* first and last; empty: nothing */
    unsigned char *bins;  /* bin_count of enum report_state */
};

struct report_failure {
    const char *tenant, *database, *policy, *words;
    const char **measurements; /* the array is owned, the names are borrowed */
    size_t measurement_count;
    struct range range;
};

/* Failed windows and refused points with the same words. */
struct report_reason {
    char *words;            /* without names and numbers */
    enum failure_kind kind; /* of the first failure with these words */
    int64_t failures, points, tenants;
    const char *last_tenant; /* that was counted */
    const char *advice;      /* what helps against it; NULL: not known */
};

/* One step of what to do next. */
struct report_step {
    char *why;     /* a sentence */
    char *command; /* for a shell; NULL where there is none */
};

/* How much of the covered time `tenants verify` found whole. What was copied since doesn't count.
 */
struct report_proof {
    bool all, points;          /* all of it; by comparing every point, else by counts */
    int64_t tenants;           /* tenants of which the journal covers something */
    int64_t tenants_none;      /* of these, tenants of which nothing was compared */
    int64_t tenants_part;      /* of these, tenants of which only a part was compared */
    int64_t open_ns;           /* the first instant that wasn't compared; 0: all was */
    int64_t verifications;     /* how many this rests on */
    int64_t first_ns, last_ns; /* when the first of them began, and the last ended; 0: none */
};

enum report_verdict {
    REPORT_NO_RUN,
    REPORT_RUNNING,
    REPORT_NOT_WHOLE, /* a verification found a difference, which wasn't mended since */
    REPORT_CUT_SHORT, /* killed, interrupted, or ended early */
    REPORT_IN_PART,
    REPORT_REHEARSED,     /* all that was asked for is copied; options left out the rest */
    REPORT_DONE,          /* all is copied */
    REPORT_DONE_VERIFIED, /* and verified */
};

struct report {
    const struct report_facts *facts;
    int64_t made_ns;
    enum report_verdict verdict;
    struct scope scope; /* what the verdict leaves out */
    int64_t bin_ns;
    struct range time; /* of all bins */
    /* Of all there is. What lies before or behind the bins counts to the first or the last one. */
    struct range all_time;
    size_t bin_count;
    struct report_tenant *tenants; /* the gravest first, then by id */
    size_t tenant_count;
    int64_t tenants_in[REPORT_STATES]; /* how many are in each state; those with a problem are in
                                          none */
    int64_t tenants_problem, tenants_clipped;
    int64_t points, points_clipped; /* points_clipped -1: not counted for some that are clipped */
    struct report_failure *failures;
    size_t failure_count, failure_alloc; /* at most REPORT_FAILURES_MAX */
    int64_t failure_total;
    struct report_proof proof;
    struct report_failure *differences;        /* windows that differ */
    size_t difference_count, difference_alloc; /* at most REPORT_FAILURES_MAX */
    int64_t difference_total;
    int64_t refused;               /* points in the reject file */
    struct report_reason *reasons; /* the most frequent first */
    size_t reason_count, reason_alloc;
    struct report_step *steps;
    size_t step_count, step_alloc;
};

/*
 * Fills `report`, which must be zero; the facts must outlive it. `options` are the words that lead
 * the next commands to this journal: --config-file F --state-dir D.
 */
void report_build(struct report *report, const struct report_facts *facts, int64_t now_ns,
                  const struct strvec *options);
void report_release(struct report *report);

/* Fills the proof alone, as report_build() does. */
void report_prove(struct report_proof *proof, const struct report_facts *facts);

/* Was the run killed or interrupted, or did it end early? */
bool report_is_cut_short(const struct journal_run *run);
/* Has this part never run? False where it may have a state directory of its own. */
bool report_lacks_part(const struct report_facts *facts, size_t part);

/*
 * Adds what all runs together have left out: tenants, measurements, shard groups and policies that
 * no run that came to its end has looked at. Tenants may come one after the other; a measurement or
 * a shard group counts where no single run looked at all of its tenant.
 */
void report_scope_of_runs(struct scope *scope, const struct report_facts *facts);
/* What the options of one run left out; nothing where that isn't known (tenants_source is -1). */
void report_run_scope(struct scope *scope, const struct report_run *run);
/* Does this landing tell of the tenant, in the database that the report shows? */
bool report_is_landing_of(const struct report_facts *facts, const struct report_landing *landing,
                          const struct report_tenant *tenant);
/* Did options (--tenant, ...) leave something out that no run looked at? */
bool report_is_rehearsal(const struct report_facts *facts);

/* The length of a bin that suits so much time: a number of hours, days or weeks that people know.
 */
int64_t report_bin_ns(int64_t time_ns);
/* Where a bin begins; held at INT64_MAX. The number of bins gives the end of the last. */
int64_t report_bin_start_ns(const struct report *report, size_t bin);

/* Neighbouring bins of one state. A stretch of zeros stands before the first. */
struct report_stretch {
    enum report_state state;
    size_t first, count;
};
/* Moves on to the next stretch; false after the last. */
bool report_next_stretch(const unsigned char *bins, size_t bin_count,
                         struct report_stretch *stretch);
struct range report_stretch_range(const struct report *report,
                                  const struct report_stretch *stretch);

/* How fast a run was between two moments since its start. */
struct report_rate {
    int64_t from_ns, to_ns;
    double points_per_second;
    int64_t points;    /* written by its end */
    int64_t in_flight; /* the most statements at once */
};
/* Cuts a trace into at most `max` rates of about equal length. The caller frees `*ret_rates`. */
size_t report_rates(const struct report_trace *trace, size_t max, struct report_rate **ret_rates);

#endif
