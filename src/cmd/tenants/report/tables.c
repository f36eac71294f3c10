#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/plural.h"
#include "cmd/tenants/progress.h"
#include "cmd/tenants/report/words.h"
#include "cmd/tenants/verification_print.h"
#include "html.h"
#include "sections.h"
#include "term/number.h"

enum { ROWS_LIST = 2000 /* the list of all tenants is cut there */ };

/* Failures */

static void add_reasons(struct strbuf *sb, const struct report *report)
{
    static const char *const titles[] = {"Reason",   ">Windows",   ">Refused points",
                                         ">Tenants", "What helps", NULL};

    html_begin_table(sb, "Failures by their reason", titles);
    for (size_t i = 0; i < report->reason_count; i++) {
        const struct report_reason *reason = &report->reasons[i];

        strbuf_addstr(sb, "<tr>");
        html_add_text_cell(sb, reason->words);
        html_add_number_cell(sb, reason->failures);
        html_add_number_cell(sb, reason->points);
        html_add_number_cell(sb, reason->tenants);
        html_add_text_cell(sb, reason->advice ? reason->advice : "");
        strbuf_addstr(sb, "</tr>\n");
    }
    html_end_table(sb);
}

static void add_failure(struct strbuf *sb, const struct report_failure *failure)
{
    struct strbuf measurements = STRBUF_INIT;

    report_add_measurements(&measurements, failure->measurements[0],
                            (int64_t)failure->measurement_count);
    strbuf_addstr(sb, "<tr>");
    html_add_name_cell(sb, failure->tenant);
    html_add_name_cell(sb, measurements.buf);
    strbuf_addstr(sb, "<td class=\"t\">");
    html_add_range(sb, failure->range);
    strbuf_addstr(sb, "</td>");
    html_add_text_cell(sb, failure->words);
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
    html_begin_table(sb, "Windows that differ, and were not mended since", titles);
    for (size_t i = 0; i < report->difference_count; i++)
        add_failure(sb, &report->differences[i]);
    html_end_table(sb);
    strbuf_addstr(sb, "</details>\n");
}

static void add_verification(struct strbuf *sb, const struct verification_record *record)
{
    strbuf_addstr(sb, "<tr><td class=\"t\"><span>");
    clock_add_second(sb, record->started_ns);
    strbuf_addstr(sb, "</span></td><td class=\"n\">");
    if (record->ended_ns)
        clock_add_duration_rounded(sb, clock_sub(record->ended_ns, record->started_ns));
    strbuf_addf(sb, "</td><td>%s%s</td><td>", record->deep ? "point by point" : "counts",
                record->repair ? ", with repair" : "");
    if (record->part && *record->filters) {
        strbuf_addstr(sb, "<code>");
        html_add_escaped(sb, record->filters);
        strbuf_addstr(sb, "</code>");
    } else {
        strbuf_addstr(sb, record->part ? "a part" : "all");
    }
    strbuf_addf(sb, "</td><td>%s", verification_print_state(record));
    html_add_note(sb, record->words);
    strbuf_addstr(sb, "</td><td class=\"n\">");
    number_add_grouped(sb, record->windows_done);
    strbuf_addstr(sb, " of ");
    number_add_grouped(sb, record->windows_total);
    strbuf_addstr(sb, "</td>");
    html_add_number_cell(sb, record->values_verified);
    html_add_number_cell(sb, record->values_missing +
                                 (record->values_different > 0 ? record->values_different : 0));
    html_add_number_cell(sb, record->points_repaired);
    strbuf_addstr(sb, "</tr>\n");
}

void report_page_add_verifications(struct strbuf *sb, const struct report *report)
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
    html_add_escaped(sb, words.buf);
    strbuf_addstr(sb, ".</p>\n");
    add_differences(sb, report);
    html_begin_table(sb, "Verifications, the newest first", titles);
    for (size_t i = 0; i < list->count && i < REPORT_VERIFICATIONS_MAX; i++)
        add_verification(sb, &list->items[i]);
    html_end_table(sb);
    strbuf_addstr(sb, "</section>\n");
    strbuf_release(&words);
}

void report_page_add_failures(struct strbuf *sb, const struct report *report)
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
        html_add_escaped(sb, report->facts->reject_file);
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
    html_begin_table(sb, "Failed windows", titles);
    for (size_t i = 0; i < report->failure_count; i++)
        add_failure(sb, &report->failures[i]);
    html_end_table(sb);
    strbuf_addstr(sb, "</details></section>\n");
}

void report_page_add_slow(struct strbuf *sb, const struct report *report)
{
    static const char *const titles[] = {">Took", "What",    "Tenant", "Measurement",
                                         "Time",  ">Points", NULL};

    if (!report->facts->slow_count)
        return;
    strbuf_addstr(sb,
                  "<section aria-labelledby=\"slow\"><h2 id=\"slow\">Slowest statements</h2>\n");
    html_begin_table(sb, "The slowest first", titles);
    for (size_t i = 0; i < report->facts->slow_count; i++) {
        const struct report_slow *slow = &report->facts->slow[i];
        struct strbuf measurements = STRBUF_INIT;

        report_add_measurements(&measurements, slow->measurement, slow->measurement_count);
        strbuf_addstr(sb, "<tr><td class=\"n\">");
        clock_add_duration_rounded(sb, slow->duration_ns);
        strbuf_addstr(sb, "</td><td>");
        html_add_escaped(sb, slow->action);
        html_add_note(sb, slow->words);
        strbuf_addstr(sb, "</td>");
        html_add_name_cell(sb, slow->tenant);
        html_add_name_cell(sb, measurements.buf);
        strbuf_addstr(sb, "<td class=\"t\">");
        html_add_range(sb, slow->range);
        strbuf_addstr(sb, "</td>");
        html_add_number_cell(sb, slow->points);
        strbuf_addstr(sb, "</tr>\n");
        strbuf_release(&measurements);
    }
    html_end_table(sb);
    strbuf_addstr(sb, "</section>\n");
}

/* Tenants */

static void add_duration(struct strbuf *sb, int64_t keeps_ns)
{
    if (keeps_ns > 0)
        clock_add_duration(sb, keeps_ns);
    else
        strbuf_addstr(sb, keeps_ns ? "not known" : "forever");
}

/* Each policy of the source, and the target's: "autogen (forever) to monasca (13w)". */
static void add_keeps(struct strbuf *sb, const struct report_facts *facts,
                      const struct report_tenant *tenant)
{
    size_t told = 0;

    for (size_t i = 0; i < facts->landing_count; i++) {
        const struct report_landing *landing = &facts->landings[i];

        if (!report_is_landing_of(facts, landing, tenant))
            continue;
        strbuf_addstr(sb, told++ ? "<br/>" : "");
        html_add_escaped(sb, facts->names.items[landing->source_policy]);
        strbuf_addstr(sb, " (");
        add_duration(sb, landing->source_keeps_ns);
        strbuf_addstr(sb, ") to ");
        html_add_escaped(sb, facts->names.items[landing->policy]);
        strbuf_addstr(sb, " (");
        add_duration(sb, landing->keeps_ns);
        strbuf_addstr(sb, ")");
    }
    if (told || !*tenant->policy)
        return;
    html_add_escaped(sb, tenant->policy);
    strbuf_addstr(sb, " (");
    add_duration(sb, tenant->keeps_ns);
    strbuf_addstr(sb, ")");
}

static void add_tenant(struct strbuf *sb, const struct report_facts *facts,
                       const struct report_tenant *tenant)
{
    strbuf_addstr(sb, "<tr>");
    html_add_name_cell(sb, tenant->id);
    html_add_name_cell(sb, tenant->database);
    strbuf_addstr(sb, "<td>");
    add_keeps(sb, facts, tenant);
    strbuf_addf(sb, "</td><td>%s</td>", report_tenant_words(tenant));
    html_add_number_cell(sb, tenant->points);
    strbuf_addstr(sb, "<td class=\"n\">");
    if (tenant->clipped && tenant->points_clipped < 0)
        strbuf_addstr(sb, "not counted");
    else
        number_add_grouped(sb, tenant->clipped ? tenant->points_clipped : 0);
    strbuf_addstr(sb, "</td>");
    html_add_number_cell(sb, tenant->failures);
    strbuf_addstr(sb, "<td class=\"t\">");
    if (!range_is_empty(tenant->covered)) {
        report_add_day(sb, tenant->covered.start_ns, CLOCK_DAY_NS);
        strbuf_addstr(sb, " to ");
        report_add_day(sb, tenant->covered.end_ns, CLOCK_DAY_NS);
    }
    strbuf_addstr(sb, "</td></tr>\n");
}

void report_page_add_tenants(struct strbuf *sb, const struct report *report)
{
    static const char *const titles[] = {"Tenant",   "Database", "Keeps",   "State", ">Points",
                                         ">Clipped", ">Failed",  "Covered", NULL};
    size_t shown = report->tenant_count < ROWS_LIST ? report->tenant_count : ROWS_LIST;

    if (!report->tenant_count)
        return;
    strbuf_addstr(sb, "<section aria-labelledby=\"tenants\"><h2 id=\"tenants\">All tenants</h2>\n");
    strbuf_addf(sb, "<details%s><summary>", shown <= 20 ? " open=\"open\"" : "");
    number_add_grouped(sb, (int64_t)shown);
    strbuf_addf(sb, " tenant%s", PLURAL(shown, "", "s"));
    if (shown < report->tenant_count) {
        strbuf_addstr(sb, " of ");
        number_add_grouped(sb, (int64_t)report->tenant_count);
        strbuf_addstr(sb, "; --output json lists all");
    }
    strbuf_addstr(sb, "</summary>\n");
    html_begin_table(sb, "Tenants, the gravest first", titles);
    for (size_t i = 0; i < shown; i++)
        add_tenant(sb, report->facts, &report->tenants[i]);
    html_end_table(sb);
    strbuf_addstr(sb, "</details></section>\n");
}

static void add_run(struct strbuf *sb, const struct report *report, const struct report_run *run)
{
    const struct journal_run *facts = &run->run;
    int64_t end_ns = facts->running    ? report->made_ns
                     : facts->ended_ns ? facts->ended_ns
                                       : facts->updated_ns;

    strbuf_addf(sb, "<tr><td class=\"n\">%" PRId64 "</td><td class=\"t\">", facts->id);
    clock_add_second(sb, facts->started_ns);
    strbuf_addstr(sb, "</td><td class=\"n\">");
    clock_add_duration_rounded(sb, clock_sub(end_ns, facts->started_ns));
    strbuf_addstr(sb, "</td>");
    html_add_text_cell(sb, run->kind);
    strbuf_addf(sb, "<td>%s", tenants_run_state(facts));
    html_add_note(sb, run->words);
    strbuf_addstr(sb, "</td>");
    html_add_number_cell(sb, facts->progress.points);
    strbuf_addstr(sb, "<td class=\"n\">");
    number_add_grouped(sb, facts->progress.windows_done);
    strbuf_addstr(sb, " of ");
    number_add_grouped(sb, facts->progress.windows_total);
    strbuf_addstr(sb, "</td>");
    html_add_number_cell(sb, facts->progress.windows_failed);
    html_add_number_cell(sb, facts->progress.retries);
    strbuf_addstr(sb, "</tr>\n");
}

static void add_parts(struct strbuf *sb, const struct report_facts *facts)
{
    static const char *const titles[] = {"Shard", "Its newest run", "Began", "Last recorded", NULL};

    if (!facts->part_count)
        return;
    html_begin_table(sb, "Shards, which divide the tenants", titles);
    for (size_t i = 0; i < facts->part_count; i++) {
        const struct report_part *part = &facts->parts[i];

        strbuf_addstr(sb, "<tr>");
        html_add_text_cell(sb, part->name);
        strbuf_addf(sb, "<td>%s", report_part_state(part));
        if (part->words)
            html_add_note(sb, part->words);
        strbuf_addstr(sb, "</td><td class=\"t\">");
        if (part->ran)
            clock_add_second(sb, part->run.started_ns);
        strbuf_addstr(sb, "</td><td class=\"t\">");
        if (part->ran)
            clock_add_second(sb, part->run.updated_ns);
        strbuf_addstr(sb, "</td></tr>\n");
    }
    html_end_table(sb);
}

void report_page_add_runs(struct strbuf *sb, const struct report *report)
{
    static const char *const titles[] = {">Run",    "Started",  ">Took",   "Kind",     "Result",
                                         ">Points", ">Windows", ">Failed", ">Retries", NULL};
    const struct report_facts *facts = report->facts;

    if (!facts->run_count)
        return;
    strbuf_addstr(sb, "<section aria-labelledby=\"runs\"><h2 id=\"runs\">Runs</h2>\n");
    add_parts(sb, facts);
    if (facts->run_total > (int64_t)facts->run_count)
        strbuf_addf(sb, "<p>The last %zu of %" PRId64 ".</p>\n", facts->run_count,
                    facts->run_total);
    html_begin_table(sb, "The newest first", titles);
    for (size_t i = 0; i < facts->run_count; i++)
        add_run(sb, report, &facts->runs[i]);
    html_end_table(sb);
    strbuf_addstr(sb, "</section>\n");
}
