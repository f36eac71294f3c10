#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "cmd/tenants/report/words.h"
#include "html.h"
#include "sections.h"
#include "term/number.h"

enum { RATE_POINTS = 200, RATE_ROWS = 20 };

enum { CHART_WIDTH = 1000, CHART_HEIGHT = 200, CHART_LEFT = 60, CHART_BOTTOM = 24, CHART_TOP = 8 };

/* 1, 2 or 5 times a power of ten, not less than `value`. */
static double round_up(double value)
{
    double unit = 1;

    while (unit * 10 < value)
        unit *= 10;
    if (value <= unit)
        return unit;
    return value <= 2 * unit ? 2 * unit : value <= 5 * unit ? 5 * unit : 10 * unit;
}

static double chart_x(int64_t at_ns, int64_t end_ns)
{
    return CHART_LEFT + (double)at_ns / (double)end_ns * (CHART_WIDTH - CHART_LEFT - 8);
}

static double chart_y(double rate, double top)
{
    return CHART_HEIGHT - CHART_BOTTOM -
           (rate > 0 ? rate : 0) / top * (CHART_HEIGHT - CHART_BOTTOM - CHART_TOP);
}

static void add_grid(struct strbuf *sb, double top, int64_t end_ns)
{
    enum { LINES = 2, MARKS = 5 };

    for (int i = 0; i <= LINES; i++) {
        double rate = top * i / LINES, y = chart_y(rate, top);

        strbuf_addf(sb,
                    "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>"
                    "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">",
                    CHART_LEFT, CHART_WIDTH - 8, y, y, CHART_LEFT - 6, y + 4);
        number_add_short(sb, rate);
        strbuf_addstr(sb, "</text>");
    }
    for (int i = 0; i <= MARKS; i++) {
        int64_t at_ns = end_ns / MARKS * i;

        strbuf_addf(sb, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">", chart_x(at_ns, end_ns),
                    CHART_HEIGHT - 6,
                    i == 0       ? "start"
                    : i == MARKS ? "end"
                                 : "middle");
        clock_add_duration_rounded(sb, at_ns);
        strbuf_addstr(sb, "</text>");
    }
}

static void add_chart(struct strbuf *sb, const struct report_rate *rates, size_t count)
{
    int64_t end_ns = rates[count - 1].to_ns;
    double most = 1, top;
    struct strbuf line = STRBUF_INIT;

    for (size_t i = 0; i < count; i++)
        most = rates[i].points_per_second > most ? rates[i].points_per_second : most;
    top = round_up(most);
    for (size_t i = 0; i < count; i++) {
        double y = chart_y(rates[i].points_per_second, top);

        strbuf_addf(&line, "%s%.1f,%.1f L%.1f,%.1f ", i ? "L" : "M",
                    chart_x(rates[i].from_ns, end_ns), y, chart_x(rates[i].to_ns, end_ns), y);
    }
    strbuf_addf(sb,
                "<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Points per "
                "second over time, at most ",
                CHART_WIDTH, CHART_HEIGHT);
    number_add_short(sb, most);
    strbuf_addstr(sb, "; the table below has the figures\">");
    add_grid(sb, top, end_ns);
    strbuf_addf(sb, "<path class=\"area\" d=\"%sL%.1f,%.1f L%d,%.1fZ\"/>", line.buf,
                chart_x(end_ns, end_ns), chart_y(0, top), CHART_LEFT, chart_y(0, top));
    strbuf_addf(sb, "<path class=\"line\" d=\"%s\"/></svg>\n", line.buf);
    strbuf_release(&line);
}

static void add_rate_table(struct strbuf *sb, const struct report_trace *trace)
{
    static const char *const titles[] = {
        ">From", ">To", ">Points per second", ">Points by then", ">Statements in flight", NULL};
    struct report_rate *rates;
    size_t count = report_rates(trace, RATE_ROWS, &rates);

    strbuf_addstr(sb, "<details><summary>The same as a table</summary>\n");
    html_begin_table(sb, "Rate over time since the start of the run", titles);
    for (size_t i = 0; i < count; i++) {
        strbuf_addstr(sb, "<tr><td class=\"n\">");
        clock_add_duration_rounded(sb, rates[i].from_ns);
        strbuf_addstr(sb, "</td><td class=\"n\">");
        clock_add_duration_rounded(sb, rates[i].to_ns);
        strbuf_addstr(sb, "</td>");
        html_add_number_cell(sb, (int64_t)rates[i].points_per_second);
        html_add_number_cell(sb, rates[i].points);
        html_add_number_cell(sb, rates[i].in_flight);
        strbuf_addstr(sb, "</tr>\n");
    }
    html_end_table(sb);
    strbuf_addstr(sb, "</details>\n");
    free(rates);
}

static void add_trace(struct strbuf *sb, const struct report_trace *trace, const char *which)
{
    struct report_rate *rates;
    size_t count = report_rates(trace, RATE_POINTS, &rates);

    if (count >= 2) {
        strbuf_addf(sb, "<h3>%s (run %" PRId64 "): points per second</h3>\n", which, trace->run_id);
        add_chart(sb, rates, count);
        add_rate_table(sb, trace);
    }
    free(rates);
}

void report_page_add_rates(struct strbuf *sb, const struct report *report)
{
    const struct report_facts *facts = report->facts;

    if (facts->last.count < 2 && facts->largest.count < 2)
        return;
    strbuf_addstr(sb, "<section aria-labelledby=\"rate\"><h2 id=\"rate\">Rate over time</h2>\n");
    add_trace(sb, &facts->largest, "The run that wrote most");
    add_trace(sb, &facts->last, "The last run");
    strbuf_addstr(sb, "</section>\n");
}
