#include "cmd/tenants/report/words.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cmd/tenants/progress.h"

const char *report_verdict_words(const struct report *report)
{
    static const char *const words[] = {
        [REPORT_NO_RUN] = "no run yet",
        [REPORT_RUNNING] = "running",
        [REPORT_NOT_WHOLE] = "not whole",
        [REPORT_CUT_SHORT] = "not finished",
        [REPORT_IN_PART] = "done in part",
        [REPORT_DONE] = "done",
        [REPORT_DONE_VERIFIED] = "done and verified",
    };

    return words[report->verdict];
}

const char *report_shard_state(const struct report_shard *shard)
{
    return shard->ran ? tenants_run_state(&shard->run) : "never ran";
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
    /* Of 2026-03-01T06:00:00.5Z, as much as the step can differ in. */
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

bool report_next_stretch(const unsigned char *bins, size_t bin_count,
                         struct report_stretch *stretch)
{
    size_t first = stretch->first + stretch->count;

    if (first >= bin_count)
        return false;
    *stretch = (struct report_stretch){(enum report_state)bins[first], first, 0};
    while (first + stretch->count < bin_count && bins[first + stretch->count] == bins[first])
        stretch->count++;
    return true;
}

struct range report_stretch_range(const struct report *report, const struct report_stretch *stretch)
{

    return (struct range){report_bin_start_ns(report, stretch->first),
                          report_bin_start_ns(report, stretch->first + stretch->count)};
}

size_t report_rates(const struct report_trace *trace, size_t max, struct report_rate **ret_rates)
{
    struct report_rate *rates = xcalloc(max + 1, sizeof(*rates));
    struct report_sample before = {0, 0, 0, 0};
    int64_t length_ns, most = 0;
    size_t count = 0;

    *ret_rates = rates;
    if (!trace->count)
        return 0;
    length_ns = trace->samples[trace->count - 1].at_ns / (int64_t)max + 1;
    for (size_t i = 0; i < trace->count; i++) {
        struct report_sample now = trace->samples[i];

        most = now.in_flight > most ? now.in_flight : most;
        if (now.at_ns <= before.at_ns ||
            (now.at_ns - before.at_ns < length_ns && i + 1 < trace->count))
            continue;
        if (count == max)
            break;
        rates[count++] = (struct report_rate){
            .from_ns = before.at_ns,
            .to_ns = now.at_ns,
            .points_per_second =
                (double)(now.points - before.points) * 1e9 / (double)(now.at_ns - before.at_ns),
            .points = now.points,
            .in_flight = most,
        };
        before = now;
        most = 0;
    }
    return count;
}
