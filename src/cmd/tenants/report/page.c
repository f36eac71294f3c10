#include "cmd/tenants/report/page.h"
#include "base/plural.h"

#include <inttypes.h>

#include "base/clock.h"
#include "cmd/tenants/report/words.h"
#include "html.h"
#include "page_style.h"
#include "sections.h"
#include "term/number.h"

static const char *verdict_class(const struct report *report)
{
    switch (report->verdict) {
    case REPORT_DONE_VERIFIED:
    case REPORT_DONE:
        return scope_is_complete(&report->scope) ? "good" : "going";
    case REPORT_REHEARSED:
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
    html_add_escaped(sb, facts->database);
    strbuf_addf(sb, ": %s</title>\n<style>%s</style>\n</head>\n<body>\n", report_headline(report),
                (const char *)report_page_files[0].data);
    strbuf_addstr(sb, "<header>\n<p class=\"kind\">Migration to a database per tenant</p>\n<h1>");
    html_add_name(sb, facts->database);
    strbuf_addf(sb, " <span class=\"verdict %s\">%s</span></h1>\n<p class=\"muted\">Source ",
                verdict_class(report), report_headline(report));
    html_add_escaped(sb, facts->url);
    strbuf_addstr(sb, " &#183; as of ");
    clock_add_second(sb, report->made_ns);
    strbuf_addstr(sb, " &#183; times are UTC</p>\n</header>\n");
}

/* Adds a tile, and empties `value` and `note`, which are markup. `kind` is a class with a blank
 * before it, or "". */
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
        strbuf_addstr(&note, PLURAL(report->refused, " point refused, ", " points refused, "));
    }
    if (grave) {
        strbuf_addstr(&note, "of ");
        number_add_grouped(&note, grave);
        strbuf_addstr(&note, PLURAL(grave, " tenant", " tenants"));
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
                    PLURAL(report->tenants_clipped, "", "s"),
                    PLURAL(report->tenants_clipped, "s", ""));
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
                PLURAL(report->facts->run_total, "", "s"));
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
        html_add_escaped(sb, report->steps[i].why);
        if (report->steps[i].command) {
            strbuf_addstr(sb, "<pre><code>");
            html_add_escaped(sb, report->steps[i].command);
            strbuf_addstr(sb, "</code></pre>");
        }
        strbuf_addstr(sb, "</li>\n");
    }
    strbuf_addstr(sb, "</ol></section>\n");
}

/* Lists the reasons for which something is left out of the verdict. */
static void add_left_out(struct strbuf *sb, const struct report *report)
{
    if (scope_is_complete(&report->scope))
        return;
    strbuf_addstr(sb, "<section aria-labelledby=\"left-out\"><h2 id=\"left-out\">Why it is not "
                      "complete</h2>\n<ul>\n");
    for (enum scope_reason i = 0; i < SCOPE_REASONS; i++) {
        struct strbuf words = STRBUF_INIT;

        if (!report->scope.figures[i])
            continue;
        scope_add_words(&words, &report->scope, i);
        strbuf_addf(sb, "<li><code>%s</code> ", scope_code(i));
        html_add_escaped(sb, words.buf);
        strbuf_addstr(sb, "</li>\n");
        strbuf_release(&words);
    }
    strbuf_addstr(sb, "</ul></section>\n");
}

void report_add_page(struct strbuf *sb, const struct report *report)
{
    add_head(sb, report);
    add_tiles(sb, report);
    add_left_out(sb, report);
    add_steps(sb, report);
    report_page_add_map(sb, report);
    report_page_add_verifications(sb, report);
    report_page_add_failures(sb, report);
    report_page_add_rates(sb, report);
    report_page_add_slow(sb, report);
    report_page_add_tenants(sb, report);
    report_page_add_runs(sb, report);
    strbuf_addstr(sb, "</main>\n<footer><p>Made by monasca-migrate " MONASCA_MIGRATE_VERSION
                      " from the journal ");
    html_add_escaped(sb, report->facts->journal);
    strbuf_addstr(sb, "</p></footer>\n</body>\n</html>\n");
}
