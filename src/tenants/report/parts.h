/*
 * The inside of a report: what its files share. Nobody else includes this.
 *
 * report_read.c reads the journal; report_rows.c subtracts its rows; report_proof.c tells what
 * `tenants verify` has proven; report.c makes the map; report_advice.c groups failures by their
 * reason and says what to do next.
 */
#ifndef TENANTS_REPORT_PARTS_H
#define TENANTS_REPORT_PARTS_H

#include "tenants/report/report.h"

/* report_rows.c */

/* Some of a row's measurements, and what is left of its time for them. */
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

/* What of a row none of the others has; all of the others are its tenant's. `pieces` must be zero;
 * release it in any case. */
void report_subtract_rows(struct report_pieces *pieces, const struct report_facts *facts,
                          const struct report_row *row, struct report_slice others);
void report_pieces_release(struct report_pieces *pieces);
/* Where each tenant's rows are, by its number. The caller frees it. */
struct report_slice *report_slices(const struct report_facts *facts,
                                   const struct report_rows *rows);

/* report_advice.c */

/* More failed windows or refused points; those of a tenant come one after the other. */
void report_count_reason(struct report *report, const char *tenant, const char *words,
                         int64_t windows, int64_t points);
void report_sort_reasons(struct report *report);
void report_add_steps(struct report *report, const struct strvec *options);

/* commands.c: adds shell lines that a report proposes. `options` lead a command to this journal. */

/* `monasca-migrate tenants COMMAND`; `command` may hold options of its own. */
void report_add_command(struct strbuf *sb, const char *command, const struct strvec *options);
/* The last copy's own line, since its filters and policies matter; `run` where there is none. */
void report_add_run(struct strbuf *sb, const struct report *report, const struct strvec *options);
/* The same for one shard: "2/4". */
void report_add_run_of_shard(struct strbuf *sb, const struct report *report, const char *shard,
                             const struct strvec *options);
/* A verification that looks where the last copy wrote. `command`: "verify", with its options. */
void report_add_verify(struct strbuf *sb, const struct report *report, const char *command,
                       const struct strvec *options);
/* The line of a verification, which then repairs. */
void report_add_repair(struct strbuf *sb, const char *verification);
/* InfluxDB's own client, which makes a tenant's policy at the server `url` keep points forever. */
void report_add_keep_all(struct strbuf *sb, const struct report_tenant *tenant, const char *url);

#endif
