/*
 * The inside of a report: what its files share.
 *
 * read.c reads the facts from the journal. report.c makes a report of them, with
 * rows.c, which subtracts rows from others; map.c, the bins of time; tenants.c, what became of each
 * tenant; reasons.c, failures by their reason; proof.c, what verifications have proven; verdict.c;
 * and steps.c with commands.c, what to do next. rates.c is for the forms of a report alone.
 */
#ifndef TENANTS_REPORT_PARTS_H
#define TENANTS_REPORT_PARTS_H

#include "tenants/report/report.h"

/* rows.c */

/* Some measurements of a row, and the time that is left of the row for them. */
struct report_piece {
    uint32_t *measurements;
    size_t count;
    struct range_list ranges; /* may have none */
};

struct report_pieces {
    struct report_piece *items;
    size_t count, alloc;
};

struct report_slice {
    const struct report_row *items;
    size_t count;
};

/* Leaves in `pieces` the measurements and times of a row that none of `others` has. All the others
 * are of the same tenant. `pieces` must be zero; release it in any case. */
void report_subtract_rows(struct report_pieces *pieces, const struct report_facts *facts,
                          const struct report_row *row, struct report_slice others);
void report_pieces_release(struct report_pieces *pieces);
/* The rows of each tenant: an array by the tenant's number, which the caller frees. */
struct report_slice *report_slices(const struct report_facts *facts,
                                   const struct report_rows *rows);

/* map.c */

/* Finds the time of the map, and the length and number of its bins. */
void report_find_bins(struct report *report);
/* Raises the bins of a range to a state; a bin that holds a graver one keeps it. */
void report_mark(const struct report *report, struct report_tenant *tenant, struct range range,
                 enum report_state state);
/* Makes `time` reach over `range` too. An empty `time` becomes `range`. */
void report_widen(struct range *time, struct range range);

/* tenants.c */

/* Adds all tenants, the gravest first, with their failures and differences, and counts them. */
void report_add_tenants(struct report *report);

/* verdict.c */

/* The tenants must have been counted. */
enum report_verdict report_find_verdict(const struct report *report);
/* The verdict must have been found. */
void report_find_scope(struct report *report);

/* reasons.c */

/* Counts failed windows or refused points for the reason that `words` give; its kind decides what
 * helps. The calls for one tenant must come one after the other. */
void report_count_reason(struct report *report, const char *tenant, enum failure_kind kind,
                         const char *words, int64_t windows, int64_t points);
/* Sorts the reasons, the most frequent first. */
void report_sort_reasons(struct report *report);

/* steps.c: `options` as report_build() has them. The report must be whole otherwise. */
void report_add_steps(struct report *report, const struct strvec *options);

/* commands.c: adds shell lines that a report proposes. `options` lead a command to this journal. */

/* `monasca-migrate tenants COMMAND`; `command` may hold options of its own. */
void report_add_command(struct strbuf *sb, const char *command, const struct strvec *options);
/* The last copy's own line, since its filters and policies matter; `run` where there is none. */
void report_add_run(struct strbuf *sb, const struct report *report, const struct strvec *options);
/* The same line without the options that leave something out, which go to `left_out`. */
void report_add_run_of_all(struct strbuf *sb, struct strbuf *left_out, const struct report *report,
                           const struct strvec *options);
/* The same line, for all policies of the source. */
void report_add_run_of_policies(struct strbuf *sb, const struct report *report,
                                const struct strvec *options);
/* The same line, for one part of --shard: "2/4". */
void report_add_run_of_part(struct strbuf *sb, const struct report *report, const char *part,
                            const struct strvec *options);
/* A verification that looks where the last copy wrote. `command`: "verify", with its options. */
void report_add_verify(struct strbuf *sb, const struct report *report, const char *command,
                       const struct strvec *options);
/* The line of a verification, which then repairs. */
void report_add_repair(struct strbuf *sb, const char *verification);
/* InfluxDB's own client, which makes a tenant's policy at the server `url` keep points forever. */
void report_add_keep_all(struct strbuf *sb, const struct report_tenant *tenant, const char *url);

#endif
