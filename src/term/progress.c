#include "term/progress.h"

#include <stdbool.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"

/* The shortest time that a rate is smoothed over. */
#define SMOOTHING_NS (5 * CLOCK_SECOND_NS)
/* One sample says too little about the time left. */
#define MIN_SAMPLES  2

static const char separator[] = ", ";

void progress_rate_begin(struct progress_rate *rate, double amount, int64_t now_ns)
{
    *rate = (struct progress_rate){.started_ns = now_ns, .sampled_ns = now_ns, .amount = amount};
}

void progress_rate_update(struct progress_rate *rate, double amount, int64_t now_ns)
{
    int64_t since_ns = now_ns - rate->sampled_ns, over_ns = (now_ns - rate->started_ns) / 3;
    double now, weight;

    if (since_ns < CLOCK_SECOND_NS)
        return;
    over_ns = over_ns > SMOOTHING_NS ? over_ns : SMOOTHING_NS;
    now = (amount - rate->amount) * 1e9 / (double)since_ns;
    weight = (double)since_ns / (double)(since_ns + over_ns);
    rate->per_second = rate->samples ? rate->per_second + (now - rate->per_second) * weight : now;
    rate->sampled_ns = now_ns;
    rate->amount = amount;
    rate->samples++;
}

double progress_rate(const struct progress_rate *rate)
{
    return rate->samples && rate->per_second >= 0 ? rate->per_second : -1;
}

int64_t progress_time_left_ns(const struct progress_rate *rate, double rest)
{
    double seconds;
    int64_t left_s, step_s;

    if (rate->samples < MIN_SAMPLES || rate->per_second <= 0 || rest <= 0)
        return -1;
    seconds = rest / rate->per_second;
    if (seconds > 365.0 * 86400)
        return -1;
    left_s = (int64_t)(seconds + 0.5);
    step_s = left_s < 60 ? 1 : left_s < 600 ? 5 : left_s < 3600 ? 60 : 300;
    left_s = (left_s + step_s / 2) / step_s * step_s;
    return (left_s ? left_s : 1) * CLOCK_SECOND_NS;
}

struct strbuf *progress_line_part(struct progress_line *line, int rank)
{
    size_t at = line->count < PROGRESS_MAX_PARTS ? line->count++ : PROGRESS_MAX_PARTS - 1;

    line->parts[at].text = (struct strbuf)STRBUF_INIT;
    line->parts[at].rank = rank;
    return &line->parts[at].text;
}

/* The most important part that isn't chosen yet; `count` where all are. */
static size_t next_part(const struct progress_line *line, const bool *seen)
{
    size_t best = line->count;

    for (size_t i = 0; i < line->count; i++)
        if (!seen[i] && (best == line->count || line->parts[i].rank < line->parts[best].rank))
            best = i;
    return best;
}

void progress_line_add(const struct progress_line *line, size_t columns, struct strbuf *sb)
{
    bool seen[PROGRESS_MAX_PARTS] = {false}, chosen[PROGRESS_MAX_PARTS] = {false};
    size_t used = 0, at, first = line->count;

    while ((at = next_part(line, seen)) < line->count) {
        size_t width = utf8_columns(line->parts[at].text.buf);

        seen[at] = true;
        if (first == line->count)
            first = at;
        if (used + (used ? strlen(separator) : 0) + width > columns)
            continue;
        used += (used ? strlen(separator) : 0) + width;
        chosen[at] = true;
    }
    if (!used && first < line->count)
        strbuf_add(sb, line->parts[first].text.buf,
                   utf8_fitting(line->parts[first].text.buf, columns));
    for (size_t i = 0, added = 0; i < line->count; i++)
        if (chosen[i])
            strbuf_addf(sb, "%s%s", added++ ? separator : "", line->parts[i].text.buf);
}

void progress_line_release(struct progress_line *line)
{
    for (size_t i = 0; i < line->count; i++)
        strbuf_release(&line->parts[i].text);
    line->count = 0;
}
