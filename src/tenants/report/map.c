/* The map: bins of time, and what is in them. */
#include "base/clock.h"
#include "base/mem.h"
#include "parts.h"

const char *report_state_name(enum report_state state)
{
    static const char *const names[REPORT_STATES] = {
        [REPORT_NOTHING] = "nothing", [REPORT_CLIPPED] = "clipped", [REPORT_VERIFIED] = "verified",
        [REPORT_COPIED] = "copied",   [REPORT_TODO] = "to_do",      [REPORT_DIFFERS] = "differs",
        [REPORT_FAILED] = "failed",
    };

    return names[state];
}

/* The first Monday of the epoch. Shard groups of a week begin on Mondays. */
#define MONDAY_NS (4 * CLOCK_DAY_NS)

int64_t report_bin_ns(int64_t time_ns)
{
    static const int64_t lengths[] = {
        CLOCK_HOUR_NS,      2 * CLOCK_HOUR_NS, 3 * CLOCK_HOUR_NS,  6 * CLOCK_HOUR_NS,
        12 * CLOCK_HOUR_NS, CLOCK_DAY_NS,      2 * CLOCK_DAY_NS,   CLOCK_WEEK_NS,
        2 * CLOCK_WEEK_NS,  4 * CLOCK_WEEK_NS, 13 * CLOCK_WEEK_NS, 26 * CLOCK_WEEK_NS,
        52 * CLOCK_WEEK_NS,
    };
    int64_t length = lengths[ARRAY_SIZE(lengths) - 1];

    for (size_t i = 0; i < ARRAY_SIZE(lengths); i++)
        if (time_ns / lengths[i] < REPORT_BINS_MAX - 1)
            return lengths[i];
    while (time_ns / length >= REPORT_BINS_MAX - 1)
        length *= 2;
    return length;
}

/* The last multiple of `step`, counted from `origin`, that isn't after `at`. */
static int64_t round_down(int64_t at, int64_t step, int64_t origin)
{
    int64_t since = clock_sub(at, origin), rest = since % step;

    return clock_add(origin, clock_sub(since, rest < 0 ? rest + step : rest));
}

void report_widen(struct range *time, struct range range)
{
    if (range_is_empty(range))
        return;
    if (range_is_empty(*time)) {
        *time = range;
        return;
    }
    time->start_ns = range.start_ns < time->start_ns ? range.start_ns : time->start_ns;
    time->end_ns = range.end_ns > time->end_ns ? range.end_ns : time->end_ns;
}

int64_t report_bin_start_ns(const struct report *report, size_t bin)
{
    /* All of time is more than an int64_t holds. */
    uint64_t room = (uint64_t)INT64_MAX - (uint64_t)report->time.start_ns, since;

    if (__builtin_mul_overflow((uint64_t)bin, (uint64_t)report->bin_ns, &since) || since >= room)
        return INT64_MAX;
    return (int64_t)((uint64_t)report->time.start_ns + since);
}

/* The time of all that the journal tells, as far as it is within `bounds`. */
static struct range find_time(const struct report_facts *facts, struct range bounds)
{
    const struct report_rows *tables[] = {&facts->covered, &facts->failed, &facts->planned,
                                          &facts->differing};
    struct range time = {0, 0};

    for (size_t t = 0; t < ARRAY_SIZE(tables); t++)
        for (size_t i = 0; i < tables[t]->count; i++)
            report_widen(&time, range_intersect(tables[t]->items[i].range, bounds));
    for (size_t i = 0; i < facts->source.count; i++)
        report_widen(&time, range_intersect(facts->source.items[i], bounds));
    return time;
}

/*
 * One point of 1970, or ahead of the clock by years, would make bins so long that nothing is seen
 * of the time that people look at. So the bins show ten years back and one ahead where anything is
 * there.
 */
static struct range shown_time(const struct report *report)
{
    struct range shown =
        find_time(report->facts, (struct range){clock_sub(report->made_ns, 520 * CLOCK_WEEK_NS),
                                                clock_add(report->made_ns, 52 * CLOCK_WEEK_NS)});

    return range_is_empty(shown) ? report->all_time : shown;
}

void report_find_bins(struct report *report)
{
    struct range time = find_time(report->facts, (struct range){INT64_MIN, INT64_MAX});

    if (range_is_empty(time))
        return;
    report->all_time = time;
    time = shown_time(report);
    report->bin_ns = report_bin_ns(clock_sub(time.end_ns, time.start_ns));
    time.start_ns = round_down(time.start_ns, report->bin_ns,
                               report->bin_ns % CLOCK_WEEK_NS == 0 ? MONDAY_NS : 0);
    report->time = time;
    while (report->bin_count < REPORT_BINS_MAX &&
           report_bin_start_ns(report, report->bin_count) < time.end_ns)
        report->bin_count++;
    report->time.end_ns = report_bin_start_ns(report, report->bin_count);
    report_widen(&report->all_time, report->time);
}

/* The bin of an instant; the first or the last bin for an instant beyond them. */
static size_t bin_of(const struct report *report, int64_t at_ns)
{
    if (at_ns < report->time.start_ns)
        return 0;
    if (at_ns >= report->time.end_ns)
        return report->bin_count - 1;
    return (size_t)(((uint64_t)at_ns - (uint64_t)report->time.start_ns) / (uint64_t)report->bin_ns);
}

void report_mark(const struct report *report, struct report_tenant *tenant, struct range range,
                 enum report_state state)
{
    size_t first, last;

    range = range_intersect(range, report->all_time);
    if (range_is_empty(range))
        return;
    first = bin_of(report, range.start_ns);
    last = bin_of(report, range.end_ns - 1);
    for (size_t i = first; i <= last && i < report->bin_count; i++)
        if (tenant->bins[i] < state)
            tenant->bins[i] = (unsigned char)state;
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
    size_t end = stretch->first + stretch->count;
    struct range range = {report_bin_start_ns(report, stretch->first),
                          report_bin_start_ns(report, end)};

    if (!stretch->first && report->all_time.start_ns < range.start_ns)
        range.start_ns = report->all_time.start_ns;
    if (end == report->bin_count && report->all_time.end_ns > range.end_ns)
        range.end_ns = report->all_time.end_ns;
    return range;
}
