/* The verdict: how the migration stands as a whole. */
#include "base/status.h"
#include "parts.h"

bool report_is_cut_short(const struct journal_run *run)
{
    return !run->running && (!run->ended_ns || run->status > STATUS_IN_PART);
}

bool report_lacks_shard(const struct report_facts *facts, size_t shard)
{
    return !facts->shards[shard].ran && facts->shards_here > 1;
}

/* The verdict of the newest run, or of the newest run of each shard. */
static enum report_verdict verdict_of_runs(const struct report_facts *facts)
{
    bool in_part = false, cut_short = false;

    for (size_t i = 0; i < facts->shard_count; i++) {
        const struct report_shard *shard = &facts->shards[i];

        cut_short = cut_short || report_lacks_shard(facts, i) ||
                    (shard->ran && report_is_cut_short(&shard->run));
        in_part = in_part || (shard->ran && shard->run.status == STATUS_IN_PART);
    }
    if (!facts->shard_count) {
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
    /* A shard may be at work while the newest run, which is another's, has ended. */
    for (size_t i = 0; i < facts->run_count; i++)
        if (facts->runs[i].run.running)
            return REPORT_RUNNING;
    for (size_t i = 0; i < facts->shard_count; i++)
        if (facts->shards[i].run.running)
            return REPORT_RUNNING;
    if (report->difference_total)
        return REPORT_NOT_WHOLE;
    verdict = verdict_of_runs(facts);
    if (verdict == REPORT_CUT_SHORT)
        return verdict;
    if (verdict == REPORT_IN_PART || report->tenants_problem || report->tenants_in[REPORT_FAILED] ||
        report->tenants_in[REPORT_TODO])
        return REPORT_IN_PART;
    return report->tenants_in[REPORT_COPIED] ? REPORT_DONE : REPORT_DONE_VERIFIED;
}
