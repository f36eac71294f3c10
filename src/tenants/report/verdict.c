/* The verdict: how the migration stands as a whole. */
#include "base/status.h"
#include <string.h>

#include "parts.h"

bool report_is_cut_short(const struct journal_run *run)
{
    return !run->running && (!run->ended_ns || run->status > STATUS_IN_PART);
}

bool report_lacks_part(const struct report_facts *facts, size_t part)
{
    return !facts->parts[part].ran && facts->parts_here > 1;
}

/* Did parts run here whose division has others that didn't? */
static bool is_lone_part(const struct report_facts *facts)
{
    return facts->part_count && facts->parts_here < facts->part_count;
}

/* The verdict of the newest run, or of the newest run of each part. */
static enum report_verdict verdict_of_runs(const struct report_facts *facts)
{
    bool in_part = false, cut_short = false;

    for (size_t i = 0; i < facts->part_count; i++) {
        const struct report_part *part = &facts->parts[i];

        cut_short = cut_short || report_lacks_part(facts, i) ||
                    (part->ran && report_is_cut_short(&part->run));
        in_part = in_part || (part->ran && part->run.status == STATUS_IN_PART);
    }
    if (!facts->part_count) {
        cut_short = report_is_cut_short(&facts->runs[0].run);
        in_part = facts->runs[0].run.status == STATUS_IN_PART;
    }
    return cut_short ? REPORT_CUT_SHORT : in_part ? REPORT_IN_PART : REPORT_DONE;
}

enum report_verdict report_find_verdict(const struct report *report)
{
    const struct report_facts *facts = report->facts;
    enum report_verdict verdict;

    if (!facts->run_count)
        return REPORT_NO_RUN;
    /* A part may be at work while the newest run, which is of another part, has ended. */
    for (size_t i = 0; i < facts->run_count; i++)
        if (facts->runs[i].run.running)
            return REPORT_RUNNING;
    for (size_t i = 0; i < facts->part_count; i++)
        if (facts->parts[i].run.running)
            return REPORT_RUNNING;
    if (report->difference_total)
        return REPORT_NOT_WHOLE;
    verdict = verdict_of_runs(facts);
    if (verdict == REPORT_CUT_SHORT)
        return verdict;
    if (verdict == REPORT_IN_PART || report->tenants_problem || report->tenants_in[REPORT_FAILED] ||
        report->tenants_in[REPORT_TODO])
        return REPORT_IN_PART;
    if (report_is_rehearsal(facts))
        return REPORT_REHEARSED;
    /* The other parts may be done elsewhere; nothing here tells. */
    if (is_lone_part(facts))
        return REPORT_IN_PART;
    return report->tenants_in[REPORT_COPIED] ? REPORT_DONE : REPORT_DONE_VERIFIED;
}

void report_find_scope(struct report *report)
{
    const struct report_facts *facts = report->facts;
    int64_t *figures = report->scope.figures;

    report_scope_of_runs(&report->scope, facts);
    /* The parts of --shard that ran here leave nothing to another. */
    figures[SCOPE_PART] = is_lone_part(facts) ? -1 : 0;
    figures[SCOPE_FAILED] = report->failure_total;
    /* A run may end in part without a failed window: where a target lost points. */
    if (report->verdict == REPORT_IN_PART && verdict_of_runs(facts) == REPORT_IN_PART &&
        !report->failure_total && !report->refused && !report->tenants_problem)
        figures[SCOPE_FAILED] = -1;
    figures[SCOPE_DIFFERING] = report->difference_total;
    figures[SCOPE_HOMELESS] = report->tenants_problem;
    figures[SCOPE_REFUSED] = report->refused;
    figures[SCOPE_CLIPPED] = report->tenants_clipped ? report->points_clipped : 0;
    figures[SCOPE_UNVERIFIED] = report->tenants_in[REPORT_COPIED] ? -1 : 0;
    figures[SCOPE_UNASSIGNED] =
        facts->run_count && facts->runs[0].unassigned > 0 ? facts->runs[0].unassigned : 0;
    figures[SCOPE_AHEAD] = facts->run_count && facts->runs[0].ahead > 0 ? facts->runs[0].ahead : 0;
    if (report->verdict == REPORT_NO_RUN || report->verdict == REPORT_RUNNING ||
        report->verdict == REPORT_CUT_SHORT || report->tenants_in[REPORT_TODO])
        figures[SCOPE_CUT_SHORT] = -1;
}
