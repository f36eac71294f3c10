#include "cmd/tenants/report/text.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/plural.h"
#include "cmd/tenants/progress.h"
#include "cmd/tenants/report/words.h"
#include "cmd/tenants/verdict/scope_print.h"
#include "cmd/tenants/verification_print.h"
#include "term/number.h"
#include "term/out.h"

enum { TEXT_TENANTS = 30, TEXT_FAILURES = 10, TEXT_SLOW = 5 };

static void print_line(struct strbuf *text)
{
    struct strbuf visible = STRBUF_INIT;

    strbuf_add_visible(&visible, text->buf, text->len);
    out_printf("%s\n", visible.buf);
    strbuf_release(&visible);
    strbuf_reset(text);
}

static void add_count(struct strbuf *text, int64_t count, const char *words)
{
    if (!count)
        return;
    strbuf_addstr(text, ", ");
    number_add_grouped(text, count);
    strbuf_addf(text, " %s", words);
}

static void print_proof(const struct report *report)
{
    const struct report_facts *facts = report->facts;
    struct strbuf text = STRBUF_INIT;

    strbuf_addstr(&text, "  compared     ");
    verification_print_proof(&text, &report->proof, report->difference_total);
    print_line(&text);
    if (report->difference_total) {
        strbuf_addstr(&text, "  differences  ");
        verification_print_differences(&text, facts);
        strbuf_addstr(&text, ", not mended");
        print_line(&text);
    }
    if (facts->verifications.count) {
        strbuf_addstr(&text, "  last verify  ");
        verification_print_record(&text, &facts->verifications.items[0]);
        print_line(&text);
    }
    strbuf_release(&text);
}

/* Parts in the same state stand together: "1/3 2/3 done; 3/3 never ran". */
static void print_parts(const struct report_facts *facts)
{
    struct strbuf text = STRBUF_INIT;
    size_t told = 0;

    if (!facts->part_count)
        return;
    for (size_t i = 0; i < facts->part_count; i++) {
        const char *state = report_part_state(&facts->parts[i]);
        bool new = true;

        for (size_t k = 0; k < i && new; k++)
            new = strcmp(report_part_state(&facts->parts[k]), state) != 0;
        if (!new)
            continue;
        strbuf_addstr(&text, told++ ? ";" : "  shards      ");
        for (size_t k = i; k < facts->part_count; k++)
            if (strcmp(report_part_state(&facts->parts[k]), state) == 0)
                strbuf_addf(&text, " %s", facts->parts[k].name);
        strbuf_addf(&text, " %s", state);
    }
    print_line(&text);
    strbuf_release(&text);
}

static void print_summary(const struct report *report)
{
    struct strbuf text = STRBUF_INIT;

    strbuf_addf(&text, "Migration of %s at %s: %s.", report->facts->database, report->facts->url,
                report_headline(report));
    print_line(&text);
    strbuf_addstr(&text, "  tenants      ");
    number_add_grouped(&text, (int64_t)report->tenant_count);
    add_count(&text, report->tenants_in[REPORT_VERIFIED], "verified");
    add_count(&text, report->tenants_in[REPORT_COPIED], "copied, not verified");
    add_count(&text, report->tenants_in[REPORT_TODO], "to do");
    add_count(&text, report->tenants_in[REPORT_DIFFERS], "with differences");
    add_count(&text, report->tenants_in[REPORT_FAILED], "with failures");
    add_count(&text, report->tenants_problem, "that can't be copied");
    print_line(&text);
    strbuf_addstr(&text, "  points       ");
    number_add_grouped(&text, report->points);
    strbuf_addf(&text, " written, in %" PRId64 " run%s", report->facts->run_total,
                PLURAL(report->facts->run_total, "", "s"));
    print_line(&text);
    if (report->tenants_clipped) {
        strbuf_addstr(&text, "  clipped      ");
        if (report->points_clipped < 0)
            strbuf_addstr(&text, "points (not counted)");
        else
            tenants_add_points(&text, report->points_clipped);
        strbuf_addf(&text, " of %" PRId64 " tenant%s, older than the target keeps",
                    report->tenants_clipped, PLURAL(report->tenants_clipped, "", "s"));
        print_line(&text);
    }
    scope_print_list(&text, "  left out     ", &report->scope);
    if (text.len) {
        out_text(text.buf);
        strbuf_reset(&text);
    }
    print_parts(report->facts);
    print_proof(report);
    strbuf_addf(&text, "  journal      %s", report->facts->journal);
    print_line(&text);
    strbuf_release(&text);
}

static void add_last_covered(struct out_table *table, const struct report_tenant *tenant)
{
    struct strbuf text = STRBUF_INIT;

    if (range_is_empty(tenant->covered)) {
        strbuf_addstr(&text, "-");
    } else {
        report_add_day(&text, tenant->covered.start_ns, CLOCK_DAY_NS);
        strbuf_addstr(&text, " to ");
        report_add_day(&text, tenant->covered.end_ns, CLOCK_DAY_NS);
    }
    out_table_cell(table, "%s", text.buf);
    strbuf_release(&text);
}

static void print_tenants(const struct report *report)
{
    static const char *const titles[] = {"tenant",  "database", "state", ">points",
                                         ">failed", "covered",  NULL};
    size_t shown = report->tenant_count < TEXT_TENANTS ? report->tenant_count : TEXT_TENANTS;
    struct out_table *table;

    if (!shown)
        return;
    out_text("\n");
    table = out_table_new(titles);
    for (size_t i = 0; i < shown; i++) {
        const struct report_tenant *tenant = &report->tenants[i];

        out_table_cell(table, "%s", tenant->id);
        out_table_cell(table, "%s", tenant->database);
        out_table_cell(table, "%s%s", report_tenant_words(tenant),
                       tenant->clipped && tenant->state ? ", clipped" : "");
        out_table_cell(table, "%" PRId64, tenant->points);
        out_table_cell(table, "%" PRId64, tenant->failures);
        add_last_covered(table, tenant);
    }
    out_table_print(table);
    if (shown < report->tenant_count)
        out_printf("and %zu more tenants, none in a worse state\n", report->tenant_count - shown);
}

static void print_windows(const struct report_failure *windows, size_t count, int64_t total)
{
    struct strbuf text = STRBUF_INIT;

    for (size_t i = 0; i < count && i < TEXT_FAILURES; i++) {
        const struct report_failure *window = &windows[i];

        strbuf_addf(&text, "  tenant %s, ", window->tenant);
        report_add_measurements(&text, window->measurements[0], (int64_t)window->measurement_count);
        strbuf_addstr(&text, ", ");
        clock_add_instant(&text, window->range.start_ns);
        strbuf_addstr(&text, " to ");
        clock_add_instant(&text, window->range.end_ns);
        print_line(&text);
    }
    if (total > TEXT_FAILURES)
        out_printf("  and %" PRId64 " more; --output json lists 200\n", total - TEXT_FAILURES);
    strbuf_release(&text);
}

static void print_failures(const struct report *report)
{
    struct strbuf text = STRBUF_INIT;

    if (!report->reason_count)
        return;
    out_text("\n");
    for (size_t i = 0; i < report->reason_count; i++) {
        const struct report_reason *reason = &report->reasons[i];

        strbuf_addf(&text, "failed: ");
        if (reason->failures)
            strbuf_addf(&text, "%" PRId64 " window%s%s", reason->failures,
                        PLURAL(reason->failures, "", "s"), reason->points ? " and " : "");
        if (reason->points)
            strbuf_addf(&text, "%" PRId64 " point%s", reason->points,
                        PLURAL(reason->points, "", "s"));
        strbuf_addf(&text, " of %" PRId64 " tenant%s: %s", reason->tenants,
                    PLURAL(reason->tenants, "", "s"), reason->words);
        print_line(&text);
        if (reason->advice)
            out_printf("        %s\n", reason->advice);
    }
    print_windows(report->failures, report->failure_count, report->failure_total);
    strbuf_release(&text);
}

static void print_differences(const struct report *report)
{
    if (!report->difference_total)
        return;
    out_text("\nDiffers from the source, and was not mended:\n");
    print_windows(report->differences, report->difference_count, report->difference_total);
}

static void print_slow(const struct report *report)
{
    struct strbuf text = STRBUF_INIT;
    const struct report_facts *facts = report->facts;

    if (facts->slow_count)
        out_text("\nSlowest statements:\n");
    for (size_t i = 0; i < facts->slow_count && i < TEXT_SLOW; i++) {
        const struct report_slow *slow = &facts->slow[i];

        strbuf_addstr(&text, "  ");
        clock_add_duration_rounded(&text, slow->duration_ns);
        strbuf_addf(&text, "  %s, tenant %s, ", slow->action, slow->tenant);
        report_add_measurements(&text, slow->measurement, slow->measurement_count);
        strbuf_addstr(&text, ", ");
        report_add_day(&text, slow->range.start_ns, CLOCK_SECOND_NS);
        strbuf_addstr(&text, " to ");
        report_add_day(&text, slow->range.end_ns, CLOCK_SECOND_NS);
        strbuf_addstr(&text, ", ");
        tenants_add_points(&text, slow->points);
        print_line(&text);
    }
    strbuf_release(&text);
}

void report_print_text(const struct report *report)
{
    struct strbuf text = STRBUF_INIT;

    print_summary(report);
    print_tenants(report);
    print_differences(report);
    print_failures(report);
    print_slow(report);
    if (report->step_count)
        out_text("\nWhat to do next:\n");
    for (size_t i = 0; i < report->step_count; i++) {
        strbuf_addf(&text, "  %zu. %s", i + 1, report->steps[i].why);
        print_line(&text);
        if (!report->steps[i].command)
            continue;
        strbuf_addf(&text, "       %s", report->steps[i].command);
        print_line(&text);
    }
    strbuf_release(&text);
}
