#include "cmd/tenants/report/words.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/status.h"
#include "cmd/tenants/progress.h"

const char *report_verdict_words(const struct report *report)
{
    const char *const words[] = {
        [REPORT_NO_RUN] = "no run yet",
        [REPORT_RUNNING] = "running",
        [REPORT_NOT_WHOLE] = "not whole",
        [REPORT_CUT_SHORT] = "not finished",
        [REPORT_IN_PART] = status_word(STATUS_IN_PART),
        [REPORT_REHEARSED] = "rehearsed",
        [REPORT_DONE] = status_word(STATUS_DONE),
        [REPORT_DONE_VERIFIED] = "done and verified",
    };

    return words[report->verdict];
}

const char *report_headline(const struct report *report)
{
    if (!scope_is_complete(&report->scope)) {
        if (report->verdict == REPORT_DONE_VERIFIED)
            return "done and verified, but for what is named below";
        if (report->verdict == REPORT_DONE)
            return "done, but for what is named below";
    }
    return report_verdict_words(report);
}

const char *report_part_state(const struct report_part *part)
{
    return part->ran ? tenants_run_state(&part->run) : "never ran";
}

const char *report_state_words(enum report_state state)
{
    return state == REPORT_TODO ? "to do" : report_state_name(state);
}

const char *report_tenant_words(const struct report_tenant *tenant)
{
    if (*tenant->problem)
        return "can't be copied";
    if (tenant->refused && !tenant->failures)
        return "points refused";
    return tenant->state == REPORT_NOTHING && tenant->clipped ? "clipped"
                                                              : report_state_words(tenant->state);
}

void report_add_day(struct strbuf *sb, int64_t instant_ns, int64_t step_ns)
{
    size_t start = sb->len;
    /* So much of 2026-03-01T06:00:00.5Z can differ between multiples of the step. */
    size_t len = step_ns % CLOCK_DAY_NS == 0 ? 10 : step_ns % (60 * CLOCK_SECOND_NS) == 0 ? 16 : 19;

    clock_add_instant(sb, instant_ns);
    if (sb->len - start < len)
        return;
    strbuf_setlen(sb, start + len);
    if (len > 10)
        sb->buf[start + 10] = ' ';
}

void report_add_measurements(struct strbuf *sb, const char *first, int64_t count)
{
    if (count == 1 && first && *first)
        strbuf_addstr(sb, first);
    else
        strbuf_addf(sb, "%" PRId64 " measurements", count);
}
