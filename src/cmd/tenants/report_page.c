#include "cmd/tenants/report_page.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cmd/tenants/verification_print.h"
#include "report_style.h"
#include "term/number.h"

enum {
    ROWS_ALONE = 40,  /* so many tenants stand in the map one by one, whatever their state */
    ROWS_GRAVE = 150, /* of more, those that aren't well do */
    ROWS_LIST = 2000, /* of the list of all tenants */
    RATE_POINTS = 200,
    RATE_ROWS = 20,
    TICKS = 6,
};

/* Text */

void report_add_escaped(struct strbuf *sb, const char *text)
{
    struct strbuf visible = STRBUF_INIT;

    strbuf_add_visible(&visible, text, strlen(text));
    for (size_t i = 0; i < visible.len; i++) {
        switch (visible.buf[i]) {
        case '&':
            strbuf_addstr(sb, "&amp;");
            break;
        case '<':
            strbuf_addstr(sb, "&lt;");
            break;
        case '>':
            strbuf_addstr(sb, "&gt;");
            break;
        case '"':
            strbuf_addstr(sb, "&quot;");
            break;
        case '\'':
            strbuf_addstr(sb, "&#39;");
            break;
        default:
            strbuf_addch(sb, visible.buf[i]);
        }
    }
    strbuf_release(&visible);
}

/* A name from outside; its letters may run from right to left. */
static void add_name(struct strbuf *sb, const char *name)
{
    strbuf_addstr(sb, "<bdi>");
    report_add_escaped(sb, name);
    strbuf_addstr(sb, "</bdi>");
}

static void add_cell_name(struct strbuf *sb, const char *name)
{
    strbuf_addstr(sb, "<td class=\"id\">");
    add_name(sb, name);
    strbuf_addstr(sb, "</td>");
}

static void add_cell_number(struct strbuf *sb, int64_t number)
{
    strbuf_addstr(sb, "<td class=\"n\">");
    number_add_grouped(sb, number);
    strbuf_addstr(sb, "</td>");
}

static void add_cell_text(struct strbuf *sb, const char *text)
{
    strbuf_addstr(sb, "<td>");
    report_add_escaped(sb, text);
    strbuf_addstr(sb, "</td>");
}

static void add_seconds(struct strbuf *sb, int64_t instant_ns)
{
    clock_add_instant(sb, instant_ns / CLOCK_SECOND_NS * CLOCK_SECOND_NS);
}

/* To the second, or the day where that is all. */
static void add_range(struct strbuf *sb, struct range range)
{
    int64_t step_ns = range.start_ns % CLOCK_DAY_NS || range.end_ns % CLOCK_DAY_NS ? CLOCK_SECOND_NS
                                                                                   : CLOCK_DAY_NS;

    report_add_day(sb, range.start_ns, step_ns);
    strbuf_addstr(sb, " to ");
    report_add_day(sb, range.end_ns, step_ns);
}

/* `titles` ends in NULL; one that begins with '>' is of numbers. */
static void begin_table(struct strbuf *sb, const char *caption, const char *const *titles)
{
    strbuf_addf(sb,
                "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">"
                "<table><caption>%s</caption><thead><tr>",
                caption, caption);
    for (; *titles; titles++) {
        bool number = **titles == '>';

        strbuf_addf(sb, "<th scope=\"col\"%s>%s</th>", number ? " class=\"n\"" : "",
                    *titles + number);
    }
    strbuf_addstr(sb, "</tr></thead><tbody>\n");
}

static void end_table(struct strbuf *sb)
{
    strbuf_addstr(sb, "</tbody></table></div>\n");
}

/* Head */

static const char *verdict_class(const struct report *report)
{
    switch (report->verdict) {
    case REPORT_DONE_VERIFIED:
    case REPORT_DONE:
        return "good";
    case REPORT_RUNNING:
    case REPORT_NO_RUN:
        return "going";
    default:
        return "bad";
    }
}

static void add_head(struct strbuf *sb, const struct report *report)
{
    const struct report_facts *facts = report->facts;

    strbuf_addstr(sb, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
                      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                      "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\"/>\n"
                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
                      "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
                      "<meta name=\"robots\" content=\"noindex\"/>\n<title>Migration of ");
    report_add_escaped(sb, facts->database);
    strbuf_addf(sb, ": %s</title>\n<style>%s</style>\n</head>\n<body>\n",
                report_verdict_words(report), (const char *)report_files[0].data);
    strbuf_addstr(sb, "<header>\n<p class=\"kind\">Migration to a database per tenant</p>\n<h1>");
    add_name(sb, facts->database);
    strbuf_addf(sb, " <span class=\"verdict %s\">%s</span></h1>\n<p class=\"muted\">Source ",
                verdict_class(report), report_verdict_words(report));
    report_add_escaped(sb, facts->url);
    strbuf_addstr(sb, " &#183; as of ");
    add_seconds(sb, report->made_ns);
    strbuf_addstr(sb, " &#183; times are UTC</p>\n</header>\n");
}

/* What follows is `value` and `label` of a tile, in `sb`. */
static void add_tile(struct strbuf *sb, const char *kind, struct strbuf *value, const char *label,
                     struct strbuf *note)
{
    strbuf_addf(sb, "<div class=\"tile%s\"><dt>%s</dt><dd>%s", kind, label, value->buf);
    if (note->len)
        strbuf_addf(sb, "<small>%s</small>", note->buf);
    strbuf_addstr(sb, "</dd></div>\n");
    strbuf_reset(value);
    strbuf_reset(note);
}

static void add_tenant_tile(struct strbuf *sb, const struct report *report)
{
    struct strbuf value = STRBUF_INIT, note = STRBUF_INIT;
    int64_t done = report->tenants_in[REPORT_VERIFIED] + report->tenants_in[REPORT_COPIED] +
                   report->tenants_in[REPORT_NOTHING];

    number_add_grouped(&value, done);
    strbuf_addstr(&value, " <span>of ");
    number_add_grouped(&value, (int64_t)report->tenant_count);
    strbuf_addstr(&value, "</span>");
    number_add_grouped(&note, report->tenants_in[REPORT_VERIFIED]);
    strbuf_addstr(&note, " verified");
    if (report->tenants_in[REPORT_COPIED]) {
        strbuf_addstr(&note, ", ");
        number_add_grouped(&note, report->tenants_in[REPORT_COPIED]);
        strbuf_addstr(&note, " not verified");
    }
    add_tile(sb, done == (int64_t)report->tenant_count ? "" : " warn", &value, "Tenants complete",
             &note);
    strbuf_release(&value);
    strbuf_release(&note);
}

static void add_failure_tile(struct strbuf *sb, const struct report *report)
{
    struct strbuf value = STRBUF_INIT, note = STRBUF_INIT;
    int64_t grave = report->tenants_in[REPORT_FAILED];
    bool refused = report->refused && !report->failure_total;

    number_add_grouped(&value, refused ? report->refused : report->failure_total);
    if (report->refused && !refused) {
        number_add_grouped(&note, report->refused);
        strbuf_addstr(&note, report->refused == 1 ? " point refused, " : " points refused, ");
    }
    if (grave) {
        strbuf_addstr(&note, "of ");
        number_add_grouped(&note, grave);
        strbuf_addstr(&note, grave == 1 ? " tenant" : " tenants");
    }
    add_tile(sb, report->failure_total || report->refused ? " alarm" : "", &value,
             refused ? "Points refused" : "Failed windows", &note);
    strbuf_release(&value);
    strbuf_release(&note);
}

static void add_proof_tile(struct strbuf *sb, const struct report *report)
{
    const struct report_proof *proof = &report->proof;
    struct strbuf value = STRBUF_INIT, note = STRBUF_INIT;

    if (report->difference_total)
        number_add_grouped(&value, report->difference_total);
    else
        strbuf_addstr(&value, proof->all ? "all" : proof->verifications ? "in part" : "not yet");
    if (proof->verifications) {
        strbuf_addstr(&note, proof->points ? "point by point, " : "by counts, ");
        strbuf_addstr(&note, "<span>");
        report_add_day(&note, proof->last_ns, 60 * CLOCK_SECOND_NS);
        strbuf_addstr(&note, "</span>");
    } else {
        strbuf_addstr(&note, "tenants verify compares it");
    }
    add_tile(sb, report->difference_total ? " alarm" : "", &value,
             report->difference_total ? "Windows that differ" : "Compared", &note);
    strbuf_release(&value);
    strbuf_release(&note);
}

static void add_clipped_tile(struct strbuf *sb, const struct report *report)
{
    struct strbuf value = STRBUF_INIT, note = STRBUF_INIT;

    if (report->tenants_clipped && report->points_clipped < 0)
        strbuf_addstr(&value, "not counted");
    else
        number_add_short(&value, (double)report->points_clipped);
    if (report->tenants_clipped) {
        number_add_grouped(&note, report->tenants_clipped);
        strbuf_addf(&note, " tenant%s keep%s less than the source holds",
                    report->tenants_clipped == 1 ? "" : "s",
                    report->tenants_clipped == 1 ? "s" : "");
    }
    add_tile(sb, "", &value, "Points clipped", &note);
    strbuf_release(&value);
    strbuf_release(&note);
}

static void add_run_tile(struct strbuf *sb, const struct report *report)
{
    const struct journal_run *run = &report->facts->runs[0].run;
    struct strbuf value = STRBUF_INIT, note = STRBUF_INIT;
    int64_t end_ns = run->running    ? report->made_ns
                     : run->ended_ns ? run->ended_ns
                                     : run->updated_ns;

    clock_add_duration_rounded(&value, clock_sub(end_ns, run->started_ns));
    if (end_ns > run->started_ns) {
        number_add_short(&note,
                         (double)run->progress.points * 1e9 / (double)(end_ns - run->started_ns));
        strbuf_addstr(&note, " points/s, ");
    }
    number_add_grouped(&note, run->progress.windows_done);
    strbuf_addstr(&note, " of ");
    number_add_grouped(&note, run->progress.windows_total);
    strbuf_addstr(&note, " windows");
    add_tile(sb, "", &value, run->running ? "This run so far" : "Last run", &note);
    strbuf_release(&value);
    strbuf_release(&note);
}

static void add_tiles(struct strbuf *sb, const struct report *report)
{
    struct strbuf value = STRBUF_INIT, note = STRBUF_INIT;

    strbuf_addstr(sb, "<main>\n<dl class=\"tiles\">\n");
    add_tenant_tile(sb, report);
    number_add_short(&value, (double)report->points);
    number_add_grouped(&note, report->points);
    strbuf_addf(&note, ", in %" PRId64 " run%s", report->facts->run_total,
                report->facts->run_total == 1 ? "" : "s");
    add_tile(sb, "", &value, "Points written", &note);
    add_failure_tile(sb, report);
    add_proof_tile(sb, report);
    add_clipped_tile(sb, report);
    if (report->facts->run_count)
        add_run_tile(sb, report);
    strbuf_addstr(sb, "</dl>\n");
    strbuf_release(&value);
    strbuf_release(&note);
}

static void add_steps(struct strbuf *sb, const struct report *report)
{
    if (!report->step_count)
        return;
    strbuf_addstr(sb, "<section aria-labelledby=\"next\"><h2 id=\"next\">What to do next</h2>\n"
                      "<ol class=\"steps\">\n");
    for (size_t i = 0; i < report->step_count; i++) {
        strbuf_addstr(sb, "<li>");
        report_add_escaped(sb, report->steps[i].why);
        if (report->steps[i].command) {
            strbuf_addstr(sb, "<pre><code>");
            report_add_escaped(sb, report->steps[i].command);
            strbuf_addstr(sb, "</code></pre>");
        }
        strbuf_addstr(sb, "</li>\n");
    }
    strbuf_addstr(sb, "</ol></section>\n");
}

/* The map */

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

/* The bars of one row, and the same in words for those who don't see it. */
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
    report_add_escaped(sb, tenant->database);
    strbuf_addstr(sb, "\">");
    add_name(sb, tenant->id);
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
    if (*tenant->problem) {
        strbuf_addstr(sb, "<br/><small>");
        report_add_escaped(sb, tenant->problem);
        strbuf_addstr(sb, "</small>");
    }
    strbuf_addstr(sb, "</td>");
    add_cell_number(sb, tenant->points);
    strbuf_addstr(sb, "</tr>\n");
}

/* Several tenants in one row: of each time the gravest. */
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
    strbuf_addf(sb, "%s tenant%s</th>", first ? " more" : "", count == 1 ? "" : "s");
    add_bar(sb, report, bins);
    strbuf_addf(sb, "<td>%s</td>", report_tenant_words(&report->tenants[first]));
    add_cell_number(sb, points);
    strbuf_addstr(sb, "</tr>\n");
    free(bins);
}

static bool is_grave(const struct report_tenant *tenant)
{
    return *tenant->problem || tenant->state >= REPORT_TODO;
}

/* How many tenants from `first` on have one state. */
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

/* Of each time, how many tenants are in each state: the whole at a glance. */
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
            /* One tenant of thousands is seen too. */
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

    strbuf_addf(sb, "%" PRId64 " %s%s", length_ns / unit_ns, unit, length_ns == unit_ns ? "" : "s");
}

static void add_map(struct strbuf *sb, const struct report *report)
{
    if (!report->tenant_count || !report->bin_count)
        return;
    strbuf_addstr(sb, "<section aria-labelledby=\"map\"><h2 id=\"map\">Tenants by time</h2>\n");
    add_legend(sb);
    if (report->tenant_count > ROWS_ALONE)
        add_overview(sb, report);
    strbuf_addstr(sb, "<table class=\"map\"><caption>Each row is a tenant; a step is ");
    add_step_length(sb, report->bin_ns);
    strbuf_addstr(sb, ", and shows the gravest of what is in it</caption>"
                      "<thead><tr><th scope=\"col\">Tenant</th><th scope=\"col\" class=\"bar\">");
    add_axis(sb, report);
    strbuf_addstr(sb, "</th><th scope=\"col\">State</th><th scope=\"col\" class=\"n\">Points</th>"
                      "</tr></thead><tbody>\n");
    add_map_rows(sb, report);
    strbuf_addstr(sb, "</tbody></table></section>\n");
}

/* Failures */

static void add_reasons(struct strbuf *sb, const struct report *report)
{
    static const char *const titles[] = {"Reason",   ">Windows",   ">Refused points",
                                         ">Tenants", "What helps", NULL};

    begin_table(sb, "Failures by their reason", titles);
    for (size_t i = 0; i < report->reason_count; i++) {
        const struct report_reason *reason = &report->reasons[i];

        strbuf_addstr(sb, "<tr>");
        add_cell_text(sb, reason->words);
        add_cell_number(sb, reason->failures);
        add_cell_number(sb, reason->points);
        add_cell_number(sb, reason->tenants);
        add_cell_text(sb, reason->advice ? reason->advice : "");
        strbuf_addstr(sb, "</tr>\n");
    }
    end_table(sb);
}

static void add_failure(struct strbuf *sb, const struct report_failure *failure)
{
    struct strbuf measurements = STRBUF_INIT;

    report_add_measurements(&measurements, failure->measurements[0],
                            (int64_t)failure->measurement_count);
    strbuf_addstr(sb, "<tr>");
    add_cell_name(sb, failure->tenant);
    add_cell_name(sb, measurements.buf);
    strbuf_addstr(sb, "<td class=\"t\">");
    add_range(sb, failure->range);
    strbuf_addstr(sb, "</td>");
    add_cell_text(sb, failure->words);
    strbuf_addstr(sb, "</tr>\n");
    strbuf_release(&measurements);
}

/* Verification */

static void add_differences(struct strbuf *sb, const struct report *report)
{
    static const char *const titles[] = {"Tenant", "Measurement", "Time", "What differs", NULL};

    if (!report->difference_total)
        return;
    strbuf_addf(sb, "<details%s><summary>", report->difference_total <= 20 ? " open=\"open\"" : "");
    if (report->difference_total > (int64_t)report->difference_count) {
        strbuf_addf(sb, "The first %zu of ", report->difference_count);
        number_add_grouped(sb, report->difference_total);
        strbuf_addstr(sb, " differences, one by one</summary>\n");
    } else {
        strbuf_addstr(sb, "All differences, one by one</summary>\n");
    }
    begin_table(sb, "Windows that differ, and were not mended since", titles);
    for (size_t i = 0; i < report->difference_count; i++)
        add_failure(sb, &report->differences[i]);
    end_table(sb);
    strbuf_addstr(sb, "</details>\n");
}

static void add_verification(struct strbuf *sb, const struct verification_record *record)
{
    strbuf_addstr(sb, "<tr><td class=\"t\"><span>");
    add_seconds(sb, record->started_ns);
    strbuf_addstr(sb, "</span></td><td class=\"n\">");
    if (record->ended_ns)
        clock_add_duration_rounded(sb, clock_sub(record->ended_ns, record->started_ns));
    strbuf_addf(sb, "</td><td>%s%s</td><td>", record->deep ? "point by point" : "counts",
                record->repair ? ", with repair" : "");
    if (record->part && *record->filters) {
        strbuf_addstr(sb, "<code>");
        report_add_escaped(sb, record->filters);
        strbuf_addstr(sb, "</code>");
    } else {
        strbuf_addstr(sb, record->part ? "a part" : "all");
    }
    strbuf_addf(sb, "</td><td>%s", verification_print_state(record));
    if (*record->words) {
        strbuf_addstr(sb, "<br/><small>");
        report_add_escaped(sb, record->words);
        strbuf_addstr(sb, "</small>");
    }
    strbuf_addstr(sb, "</td><td class=\"n\">");
    number_add_grouped(sb, record->windows_done);
    strbuf_addstr(sb, " of ");
    number_add_grouped(sb, record->windows_total);
    strbuf_addstr(sb, "</td>");
    add_cell_number(sb, record->values_verified);
    add_cell_number(sb, record->values_missing);
    add_cell_number(sb, record->points_repaired);
    strbuf_addstr(sb, "</tr>\n");
}

static void add_verifications(struct strbuf *sb, const struct report *report)
{
    static const char *const titles[] = {"Began",   ">Took",      "How",
                                         "Of",      "Result",     ">Whole windows",
                                         ">Values", ">Differing", ">Repaired points",
                                         NULL};
    const struct verification_list *list = &report->facts->verifications;
    struct strbuf words = STRBUF_INIT;

    if (!list->count)
        return;
    strbuf_addstr(sb, "<section aria-labelledby=\"verification\"><h2 id=\"verification\">"
                      "Comparison with the source</h2>\n<p>Compared: ");
    verification_print_proof(&words, &report->proof, report->difference_total);
    report_add_escaped(sb, words.buf);
    strbuf_addstr(sb, ".</p>\n");
    add_differences(sb, report);
    begin_table(sb, "Verifications, the newest first", titles);
    for (size_t i = 0; i < list->count && i < REPORT_VERIFICATIONS_MAX; i++)
        add_verification(sb, &list->items[i]);
    end_table(sb);
    strbuf_addstr(sb, "</section>\n");
    strbuf_release(&words);
}

static void add_failures(struct strbuf *sb, const struct report *report)
{
    static const char *const titles[] = {"Tenant", "Measurement", "Time", "What the server said",
                                         NULL};

    strbuf_addstr(sb, "<section aria-labelledby=\"failures\"><h2 id=\"failures\">Failures</h2>\n");
    if (!report->reason_count) {
        strbuf_addstr(sb, "<p>None.</p></section>\n");
        return;
    }
    add_reasons(sb, report);
    if (report->refused) {
        strbuf_addstr(sb, "<p>The refused points stand in <code>");
        report_add_escaped(sb, report->facts->reject_file);
        strbuf_addstr(sb, "</code></p>\n");
    }
    if (!report->failure_total) {
        strbuf_addstr(sb, "</section>\n");
        return;
    }
    strbuf_addf(sb, "<details%s><summary>", report->failure_total <= 20 ? " open=\"open\"" : "");
    if (report->failure_total > (int64_t)report->failure_count) {
        strbuf_addf(sb, "The first %zu of ", report->failure_count);
        number_add_grouped(sb, report->failure_total);
    } else {
        strbuf_addf(sb, "All %zu", report->failure_count);
    }
    strbuf_addstr(sb, " one by one</summary>\n");
    begin_table(sb, "Failed windows", titles);
    for (size_t i = 0; i < report->failure_count; i++)
        add_failure(sb, &report->failures[i]);
    end_table(sb);
    strbuf_addstr(sb, "</details></section>\n");
}

/* Rate */

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
    begin_table(sb, "Rate over time since the start of the run", titles);
    for (size_t i = 0; i < count; i++) {
        strbuf_addstr(sb, "<tr><td class=\"n\">");
        clock_add_duration_rounded(sb, rates[i].from_ns);
        strbuf_addstr(sb, "</td><td class=\"n\">");
        clock_add_duration_rounded(sb, rates[i].to_ns);
        strbuf_addstr(sb, "</td>");
        add_cell_number(sb, (int64_t)rates[i].points_per_second);
        add_cell_number(sb, rates[i].points);
        add_cell_number(sb, rates[i].in_flight);
        strbuf_addstr(sb, "</tr>\n");
    }
    end_table(sb);
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

static void add_rates(struct strbuf *sb, const struct report *report)
{
    const struct report_facts *facts = report->facts;

    if (facts->last.count < 2 && facts->largest.count < 2)
        return;
    strbuf_addstr(sb, "<section aria-labelledby=\"rate\"><h2 id=\"rate\">Rate over time</h2>\n");
    add_trace(sb, &facts->largest, "The run that wrote most");
    add_trace(sb, &facts->last, "The last run");
    strbuf_addstr(sb, "</section>\n");
}

static void add_slow(struct strbuf *sb, const struct report *report)
{
    static const char *const titles[] = {">Took", "What",    "Tenant", "Measurement",
                                         "Time",  ">Points", NULL};

    if (!report->facts->slow_count)
        return;
    strbuf_addstr(sb,
                  "<section aria-labelledby=\"slow\"><h2 id=\"slow\">Slowest statements</h2>\n");
    begin_table(sb, "The slowest first", titles);
    for (size_t i = 0; i < report->facts->slow_count; i++) {
        const struct report_slow *slow = &report->facts->slow[i];
        struct strbuf measurements = STRBUF_INIT;

        report_add_measurements(&measurements, slow->measurement, slow->measurement_count);
        strbuf_addstr(sb, "<tr><td class=\"n\">");
        clock_add_duration_rounded(sb, slow->duration_ns);
        strbuf_addstr(sb, "</td><td>");
        report_add_escaped(sb, slow->action);
        if (*slow->words) {
            strbuf_addstr(sb, "<br/><small>");
            report_add_escaped(sb, slow->words);
            strbuf_addstr(sb, "</small>");
        }
        strbuf_addstr(sb, "</td>");
        add_cell_name(sb, slow->tenant);
        add_cell_name(sb, measurements.buf);
        strbuf_addstr(sb, "<td class=\"t\">");
        add_range(sb, slow->range);
        strbuf_addstr(sb, "</td>");
        add_cell_number(sb, slow->points);
        strbuf_addstr(sb, "</tr>\n");
        strbuf_release(&measurements);
    }
    end_table(sb);
    strbuf_addstr(sb, "</section>\n");
}

/* Lists */

static void add_keeps(struct strbuf *sb, const struct report_tenant *tenant)
{
    if (!*tenant->policy)
        return;
    report_add_escaped(sb, tenant->policy);
    strbuf_addstr(sb, " (");
    if (tenant->keeps_ns)
        clock_add_duration(sb, tenant->keeps_ns);
    else
        strbuf_addstr(sb, "forever");
    strbuf_addstr(sb, ")");
}

static void add_tenant(struct strbuf *sb, const struct report_tenant *tenant)
{
    strbuf_addstr(sb, "<tr>");
    add_cell_name(sb, tenant->id);
    add_cell_name(sb, tenant->database);
    strbuf_addstr(sb, "<td>");
    add_keeps(sb, tenant);
    strbuf_addf(sb, "</td><td>%s</td>", report_tenant_words(tenant));
    add_cell_number(sb, tenant->points);
    strbuf_addstr(sb, "<td class=\"n\">");
    if (tenant->clipped && tenant->points_clipped < 0)
        strbuf_addstr(sb, "not counted");
    else
        number_add_grouped(sb, tenant->clipped ? tenant->points_clipped : 0);
    strbuf_addstr(sb, "</td>");
    add_cell_number(sb, tenant->failures);
    strbuf_addstr(sb, "<td class=\"t\">");
    if (!range_is_empty(tenant->covered)) {
        report_add_day(sb, tenant->covered.start_ns, CLOCK_DAY_NS);
        strbuf_addstr(sb, " to ");
        report_add_day(sb, tenant->covered.end_ns, CLOCK_DAY_NS);
    }
    strbuf_addstr(sb, "</td></tr>\n");
}

static void add_tenants(struct strbuf *sb, const struct report *report)
{
    static const char *const titles[] = {"Tenant",   "Database", "Keeps",   "State", ">Points",
                                         ">Clipped", ">Failed",  "Covered", NULL};
    size_t shown = report->tenant_count < ROWS_LIST ? report->tenant_count : ROWS_LIST;

    if (!report->tenant_count)
        return;
    strbuf_addstr(sb, "<section aria-labelledby=\"tenants\"><h2 id=\"tenants\">All tenants</h2>\n");
    strbuf_addf(sb, "<details%s><summary>", shown <= 20 ? " open=\"open\"" : "");
    number_add_grouped(sb, (int64_t)shown);
    strbuf_addf(sb, " tenant%s", shown == 1 ? "" : "s");
    if (shown < report->tenant_count) {
        strbuf_addstr(sb, " of ");
        number_add_grouped(sb, (int64_t)report->tenant_count);
        strbuf_addstr(sb, "; --output json lists all");
    }
    strbuf_addstr(sb, "</summary>\n");
    begin_table(sb, "Tenants, the gravest first", titles);
    for (size_t i = 0; i < shown; i++)
        add_tenant(sb, &report->tenants[i]);
    end_table(sb);
    strbuf_addstr(sb, "</details></section>\n");
}

static void add_run(struct strbuf *sb, const struct report *report, const struct report_run *run)
{
    const struct journal_run *facts = &run->run;
    int64_t end_ns = facts->running    ? report->made_ns
                     : facts->ended_ns ? facts->ended_ns
                                       : facts->updated_ns;

    strbuf_addf(sb, "<tr><td class=\"n\">%" PRId64 "</td><td class=\"t\">", facts->id);
    add_seconds(sb, facts->started_ns);
    strbuf_addstr(sb, "</td><td class=\"n\">");
    clock_add_duration_rounded(sb, clock_sub(end_ns, facts->started_ns));
    strbuf_addstr(sb, "</td>");
    add_cell_text(sb, run->kind);
    strbuf_addf(sb, "<td>%s",
                facts->running       ? "running"
                : !facts->ended_ns   ? "cut short"
                : facts->status == 0 ? "done"
                : facts->status == 1 ? "done in part"
                : facts->status == 5 ? "interrupted"
                                     : "failed");
    if (*run->words) {
        strbuf_addstr(sb, "<br/><small>");
        report_add_escaped(sb, run->words);
        strbuf_addstr(sb, "</small>");
    }
    strbuf_addstr(sb, "</td>");
    add_cell_number(sb, facts->progress.points);
    strbuf_addstr(sb, "<td class=\"n\">");
    number_add_grouped(sb, facts->progress.windows_done);
    strbuf_addstr(sb, " of ");
    number_add_grouped(sb, facts->progress.windows_total);
    strbuf_addstr(sb, "</td>");
    add_cell_number(sb, facts->progress.windows_failed);
    add_cell_number(sb, facts->progress.retries);
    strbuf_addstr(sb, "</tr>\n");
}

static void add_shards(struct strbuf *sb, const struct report_facts *facts)
{
    static const char *const titles[] = {"Shard", "Its newest run", "Began", "Last recorded", NULL};

    if (!facts->shard_count)
        return;
    begin_table(sb, "Shards, which divide the tenants", titles);
    for (size_t i = 0; i < facts->shard_count; i++) {
        const struct report_shard *shard = &facts->shards[i];

        strbuf_addstr(sb, "<tr>");
        add_cell_text(sb, shard->name);
        strbuf_addf(sb, "<td>%s", report_shard_state(shard));
        if (shard->words && *shard->words) {
            strbuf_addstr(sb, "<br/><small>");
            report_add_escaped(sb, shard->words);
            strbuf_addstr(sb, "</small>");
        }
        strbuf_addstr(sb, "</td><td class=\"t\">");
        if (shard->ran)
            add_seconds(sb, shard->run.started_ns);
        strbuf_addstr(sb, "</td><td class=\"t\">");
        if (shard->ran)
            add_seconds(sb, shard->run.updated_ns);
        strbuf_addstr(sb, "</td></tr>\n");
    }
    end_table(sb);
}

static void add_runs(struct strbuf *sb, const struct report *report)
{
    static const char *const titles[] = {">Run",    "Started",  ">Took",   "Kind",     "Result",
                                         ">Points", ">Windows", ">Failed", ">Retries", NULL};
    const struct report_facts *facts = report->facts;

    if (!facts->run_count)
        return;
    strbuf_addstr(sb, "<section aria-labelledby=\"runs\"><h2 id=\"runs\">Runs</h2>\n");
    add_shards(sb, facts);
    if (facts->run_total > (int64_t)facts->run_count)
        strbuf_addf(sb, "<p>The last %zu of %" PRId64 ".</p>\n", facts->run_count,
                    facts->run_total);
    begin_table(sb, "The newest first", titles);
    for (size_t i = 0; i < facts->run_count; i++)
        add_run(sb, report, &facts->runs[i]);
    end_table(sb);
    strbuf_addstr(sb, "</section>\n");
}

void report_add_html(struct strbuf *sb, const struct report *report)
{
    add_head(sb, report);
    add_tiles(sb, report);
    add_steps(sb, report);
    add_map(sb, report);
    add_verifications(sb, report);
    add_failures(sb, report);
    add_rates(sb, report);
    add_slow(sb, report);
    add_tenants(sb, report);
    add_runs(sb, report);
    strbuf_addstr(sb, "</main>\n<footer><p>Made by monasca-migrate " MONASCA_MIGRATE_VERSION
                      " from the journal ");
    report_add_escaped(sb, report->facts->journal);
    strbuf_addstr(sb, "</p></footer>\n</body>\n</html>\n");
}
