#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/plural.h"
#include "cmd/tenants/report/words.h"
#include "html.h"
#include "sections.h"
#include "term/number.h"

enum {
    ROWS_ALONE = 40,  /* up to so many tenants have a row each, whatever their state */
    ROWS_GRAVE = 150, /* of more tenants, so many that aren't well have a row each */
    TICKS = 6,
};

static double percent(size_t part, size_t whole)
{
    return 100.0 * (double)part / (double)whole;
}

static void add_legend(struct strbuf *sb)
{
    static const struct {
        enum report_state state;
        const char *words;
    } items[] = {
        {REPORT_VERIFIED, "copied, and counted on the target"},
        {REPORT_COPIED, "copied, not verified"},
        {REPORT_TODO, "planned, not done yet"},
        {REPORT_DIFFERS, "found so by a verification, and not mended"},
        {REPORT_FAILED, "did not succeed"},
        {REPORT_CLIPPED, "older than the target keeps"},
        {REPORT_NOTHING, "nothing in the source"},
    };

    strbuf_addstr(sb, "<ul class=\"legend\">");
    for (size_t i = 0; i < ARRAY_SIZE(items); i++)
        strbuf_addf(sb, "<li><i class=\"%s\"></i><b>%s</b> %s</li>",
                    report_state_name(items[i].state), report_state_words(items[i].state),
                    items[i].words);
    strbuf_addstr(sb, "</ul>\n");
}

/* The bars of one row, and the same in words for people who don't see them. */
static void add_bar(struct strbuf *sb, const struct report *report, const unsigned char *bins)
{
    struct report_stretch stretch = {0};
    struct strbuf words = STRBUF_INIT, bars = STRBUF_INIT;

    while (report_next_stretch(bins, report->bin_count, &stretch)) {
        struct range range = report_stretch_range(report, &stretch);
        size_t start = words.len;

        if (stretch.state == REPORT_NOTHING)
            continue;
        if (words.len) {
            strbuf_addstr(&words, "; ");
            start = words.len;
        }
        strbuf_addf(&words, "%s ", report_state_words(stretch.state));
        report_add_day(&words, range.start_ns, report->bin_ns);
        strbuf_addstr(&words, " to ");
        report_add_day(&words, range.end_ns, report->bin_ns);
        strbuf_addf(&bars, "<i class=\"%s\" style=\"left:%.2f%%;width:%.2f%%\" title=\"%s\"></i>",
                    report_state_name(stretch.state), percent(stretch.first, report->bin_count),
                    percent(stretch.count, report->bin_count), words.buf + start);
    }
    strbuf_addf(sb, "<td class=\"bar\"><div role=\"img\" aria-label=\"%s\">%s</div></td>",
                words.len ? words.buf : "nothing", bars.buf);
    strbuf_release(&words);
    strbuf_release(&bars);
}

static void add_axis(struct strbuf *sb, const struct report *report)
{
    /* Labels with a time of day take twice the room. */
    size_t ticks = report->bin_ns < CLOCK_DAY_NS ? TICKS / 2 : TICKS;
    size_t step = (report->bin_count + ticks - 1) / ticks;

    strbuf_addstr(sb, "<div class=\"axis\">");
    for (size_t i = 0; step && i < report->bin_count; i += step) {
        int64_t at_ns;

        /* The last label must end within the picture. */
        if (i && report->bin_count - i < step / 2 + 1)
            break;
        at_ns = report_bin_start_ns(report, i);
        strbuf_addf(sb, "<span style=\"left:%.2f%%\">", percent(i, report->bin_count));
        report_add_day(sb, at_ns, at_ns % CLOCK_DAY_NS ? report->bin_ns : CLOCK_DAY_NS);
        strbuf_addstr(sb, "</span>");
    }
    strbuf_addstr(sb, "</div>");
}

static void add_map_row(struct strbuf *sb, const struct report *report,
                        const struct report_tenant *tenant)
{
    strbuf_addstr(sb, "<tr><th scope=\"row\" title=\"");
    html_add_escaped(sb, tenant->database);
    strbuf_addstr(sb, "\">");
    html_add_name(sb, tenant->id);
    strbuf_addstr(sb, "</th>");
    add_bar(sb, report, tenant->bins);
    strbuf_addf(sb, "<td>%s", report_tenant_words(tenant));
    if (tenant->failures || tenant->refused || tenant->differences)
        strbuf_addf(sb, " (%" PRId64 ")",
                    tenant->failures  ? tenant->failures
                    : tenant->refused ? tenant->refused
                                      : tenant->differences);
    if (tenant->clipped && tenant->state)
        strbuf_addstr(sb, ", clipped");
    html_add_note(sb, tenant->problem);
    strbuf_addstr(sb, "</td>");
    html_add_number_cell(sb, tenant->points);
    strbuf_addstr(sb, "</tr>\n");
}

/* Adds several tenants as one row, which shows the gravest state of each time. */
static void add_folded_row(struct strbuf *sb, const struct report *report, size_t first,
                           size_t count)
{
    unsigned char *bins = xcalloc(report->bin_count + 1, 1);
    int64_t points = 0;

    for (size_t t = first; t < first + count; t++) {
        points += report->tenants[t].points;
        for (size_t i = 0; i < report->bin_count; i++)
            if (bins[i] < report->tenants[t].bins[i])
                bins[i] = report->tenants[t].bins[i];
    }
    strbuf_addstr(sb, "<tr class=\"folded\"><th scope=\"row\">");
    number_add_grouped(sb, (int64_t)count);
    strbuf_addf(sb, "%s tenant%s</th>", first ? " more" : "", PLURAL(count, "", "s"));
    add_bar(sb, report, bins);
    strbuf_addf(sb, "<td>%s</td>", report_tenant_words(&report->tenants[first]));
    html_add_number_cell(sb, points);
    strbuf_addstr(sb, "</tr>\n");
    free(bins);
}

static bool is_grave(const struct report_tenant *tenant)
{
    return *tenant->problem || tenant->state >= REPORT_TODO;
}

/* The number of tenants in the same state from `first` on. */
static size_t count_alike(const struct report *report, size_t first)
{
    const struct report_tenant *tenants = report->tenants;
    size_t end = first;

    while (end < report->tenant_count &&
           report_tenant_words(&tenants[end]) == report_tenant_words(&tenants[first]))
        end++;
    return end - first;
}

static void add_map_rows(struct strbuf *sb, const struct report *report)
{
    size_t alone = 0;

    for (size_t i = 0; i < report->tenant_count;) {
        bool stands_alone = report->tenant_count <= ROWS_ALONE ||
                            (is_grave(&report->tenants[i]) && alone < ROWS_GRAVE);
        size_t count = stands_alone ? 1 : count_alike(report, i);

        if (stands_alone)
            add_map_row(sb, report, &report->tenants[i]);
        else
            add_folded_row(sb, report, i, count);
        alone += stands_alone;
        i += count;
    }
}

/* A picture of the whole: how many tenants are in each state, by time. */
static void add_overview(struct strbuf *sb, const struct report *report)
{
    static const enum report_state order[] = {REPORT_FAILED, REPORT_DIFFERS,  REPORT_TODO,
                                              REPORT_COPIED, REPORT_VERIFIED, REPORT_CLIPPED};

    strbuf_addstr(sb, "<div class=\"overview\"><p class=\"muted\">Share of all tenants in each "
                      "state, by time</p>");
    strbuf_addf(sb,
                "<svg viewBox=\"0 0 %zu 100\" preserveAspectRatio=\"none\" role=\"img\" "
                "aria-label=\"Share of tenants in each state, by time; the map below has the "
                "same in words\">",
                report->bin_count);
    for (size_t i = 0; i < report->bin_count; i++) {
        size_t counts[REPORT_STATES] = {0};
        double top = 0;

        for (size_t t = 0; t < report->tenant_count; t++)
            counts[report->tenants[t].bins[i]]++;
        for (size_t k = 0; k < ARRAY_SIZE(order); k++) {
            double height = percent(counts[order[k]], report->tenant_count);

            if (!counts[order[k]])
                continue;
            /* A single tenant of thousands must be seen, too. */
            if (order[k] >= REPORT_TODO && height < 2)
                height = 2;
            if (top + height > 100)
                height = 100 - top;
            strbuf_addf(sb, "<rect class=\"%s\" x=\"%zu\" y=\"%.2f\" width=\"1\" height=\"%.2f\"/>",
                        report_state_name(order[k]), i, top, height);
            top += height;
        }
    }
    strbuf_addstr(sb, "</svg>");
    add_axis(sb, report);
    strbuf_addstr(sb, "</div>\n");
}

/* "2 weeks" */
static void add_step_length(struct strbuf *sb, int64_t length_ns)
{
    const char *unit = length_ns % CLOCK_WEEK_NS == 0  ? "week"
                       : length_ns % CLOCK_DAY_NS == 0 ? "day"
                                                       : "hour";
    int64_t unit_ns = *unit == 'w' ? CLOCK_WEEK_NS : *unit == 'd' ? CLOCK_DAY_NS : CLOCK_HOUR_NS;

    strbuf_addf(sb, "%" PRId64 " %s%s", length_ns / unit_ns, unit,
                PLURAL(length_ns / unit_ns, "", "s"));
}

void report_page_add_map(struct strbuf *sb, const struct report *report)
{
    if (!report->tenant_count || !report->bin_count)
        return;
    strbuf_addstr(sb, "<section aria-labelledby=\"map\"><h2 id=\"map\">Tenants by time</h2>\n");
    add_legend(sb);
    if (report->tenant_count > ROWS_ALONE)
        add_overview(sb, report);
    strbuf_addstr(sb, "<table class=\"map\"><caption>Each row is a tenant; a step is ");
    add_step_length(sb, report->bin_ns);
    strbuf_addstr(sb, ", and shows the gravest of what is in it");
    if (report->all_time.start_ns < report->time.start_ns ||
        report->all_time.end_ns > report->time.end_ns)
        strbuf_addstr(sb, "; the first and the last step show what lies beyond them, too");
    strbuf_addstr(sb, "</caption>"
                      "<thead><tr><th scope=\"col\">Tenant</th><th scope=\"col\" class=\"bar\">");
    add_axis(sb, report);
    strbuf_addstr(sb, "</th><th scope=\"col\">State</th><th scope=\"col\" class=\"n\">Points</th>"
                      "</tr></thead><tbody>\n");
    add_map_rows(sb, report);
    strbuf_addstr(sb, "</tbody></table></section>\n");
}
