/* How fast a run was over time. */
#include <stdlib.h>

#include "base/mem.h"
#include "tenants/report/report.h"

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
