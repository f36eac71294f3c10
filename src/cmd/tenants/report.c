#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "cmd/tenants/report_page.h"
#include "cmd/tenants/setup.h"
#include "cmd/tenants/tenants.h"
#include "cmd/tenants/verification_print.h"
#include "cmd/tenants/watch.h"
#include "tenants/rejects/rejects.h"
#include "term/number.h"
#include "term/out.h"

enum { TEXT_TENANTS = 30, TEXT_FAILURES = 10, TEXT_SLOW = 5, JSON_RATES = 200 };

/* JSON */

static void set_range(json_t *object, struct range range)
{
    json_set_instant(object, "start", range.start_ns);
    json_set_instant(object, "end", range.end_ns);
}

/* -1 is what wasn't counted. */
static void set_count(json_t *object, const char *key, int64_t count)
{
    if (count < 0)
        json_set(object, key, json_null());
    else
        json_set_int(object, key, count);
}

static json_t *run_json(const struct report_run *run)
{
    const struct journal_run *facts = &run->run;
    json_t *object = json_object();

    json_set_int(object, "run", facts->id);
    json_set_text(object, "kind", run->kind);
    json_set_text(object, "engine", run->engine);
    json_set_text(object, "command", run->command);
    json_set_bool(object, "running", facts->running);
    json_set_int(object, "status", facts->ended_ns ? facts->status : -1);
    json_set_text(object, "words", run->words);
    json_set_instant_or_null(object, "started", facts->started_ns);
    json_set_instant_or_null(object, "updated", facts->updated_ns);
    json_set_instant_or_null(object, "ended", facts->ended_ns);
    json_set_instant_or_null(object, "cutoff", facts->cutoff_ns);
    json_set_int(object, "tenants_total", facts->progress.tenants_total);
    json_set_int(object, "tenants_done", facts->progress.tenants_done);
    json_set_int(object, "windows_total", facts->progress.windows_total);
    json_set_int(object, "windows_done", facts->progress.windows_done);
    json_set_int(object, "windows_failed", facts->progress.windows_failed);
    json_set_int(object, "statements", facts->progress.statements);
    json_set_int(object, "retries", facts->progress.retries);
    json_set_int(object, "splits", facts->progress.splits);
    json_set_int(object, "points_written", facts->progress.points);
    set_count(object, "values_verified", run->values_verified);
    set_count(object, "points_unassigned", run->unassigned);
    set_count(object, "points_skipped", run->skipped);
    set_count(object, "points_clipped", run->clipped);
    set_count(object, "points_without_database", run->homeless);
    return object;
}

static json_t *shard_json(const struct report_shard *shard)
{
    json_t *object = json_object();

    json_set_text(object, "shard", shard->name);
    json_set_text(object, "state", report_shard_state(shard));
    json_set_bool(object, "running", shard->run.running);
    json_set_int(object, "status", shard->run.ended_ns ? shard->run.status : -1);
    json_set_text(object, "words", shard->words ? shard->words : "");
    json_set_instant_or_null(object, "started", shard->run.started_ns);
    json_set_instant_or_null(object, "updated", shard->run.updated_ns);
    json_set_instant_or_null(object, "ended", shard->run.ended_ns);
    return object;
}

static json_t *tenant_json(const struct report *report, const struct report_tenant *tenant)
{
    json_t *object = json_object(), *periods = json_array();
    struct report_stretch stretch = {0};

    json_set_text(object, "tenant", tenant->id);
    json_set_text(object, "database", tenant->database);
    json_set_text(object, "target_policy", tenant->policy);
    json_set_int(object, "keeps_seconds", tenant->keeps_ns / CLOCK_SECOND_NS);
    json_set_text(object, "state", *tenant->problem ? "problem" : report_state_name(tenant->state));
    json_set_text(object, "problem", tenant->problem);
    json_set_bool(object, "clipped", tenant->clipped);
    json_set_int(object, "points_written", tenant->points);
    set_count(object, "points_clipped", tenant->points_clipped);
    json_set_int(object, "windows_failed", tenant->failures);
    json_set_int(object, "windows_differing", tenant->differences);
    json_set_int(object, "points_refused", tenant->refused);
    while (report_next_stretch(tenant->bins, report->bin_count, &stretch)) {
        json_t *period = json_object();

        json_set_text(period, "state", report_state_name(stretch.state));
        set_range(period, report_stretch_range(report, &stretch));
        json_array_append_new(periods, period);
    }
    json_set(object, "periods", periods);
    return object;
}

static json_t *failure_json(const struct report_failure *failure)
{
    json_t *object = json_object(), *measurements = json_array();

    json_set_text(object, "tenant", failure->tenant);
    json_set_text(object, "database", failure->database);
    json_set_text(object, "source_policy", failure->policy);
    for (size_t i = 0; i < failure->measurement_count; i++)
        json_array_append_new(measurements, json_text(failure->measurements[i]));
    json_set(object, "measurements", measurements);
    set_range(object, failure->range);
    json_set_text(object, "words", failure->words);
    return object;
}

static json_t *reason_json(const struct report_reason *reason)
{
    json_t *object = json_object();

    json_set_text(object, "reason", reason->words);
    json_set_int(object, "windows_failed", reason->failures);
    json_set_int(object, "points_refused", reason->points);
    json_set_int(object, "tenants", reason->tenants);
    json_set(object, "advice", reason->advice ? json_text(reason->advice) : json_null());
    return object;
}

static json_t *slow_json(const struct report_slow *slow)
{
    json_t *object = json_object();

    json_set_text(object, "action", slow->action);
    json_set_text(object, "tenant", slow->tenant);
    json_set_text(object, "database", slow->database);
    json_set_int(object, "measurements", slow->measurement_count);
    json_set(object, "measurement",
             *slow->measurement ? json_text(slow->measurement) : json_null());
    set_range(object, slow->range);
    json_set_real(object, "seconds", (double)slow->duration_ns / 1e9);
    json_set_int(object, "points", slow->points);
    json_set_text(object, "words", slow->words);
    return object;
}

static json_t *trace_json(const struct report_trace *trace)
{
    json_t *object, *list;
    struct report_rate *rates;
    size_t count;

    if (!trace->run_id)
        return json_null();
    object = json_object();
    list = json_array();
    count = report_rates(trace, JSON_RATES, &rates);
    for (size_t i = 0; i < count; i++) {
        json_t *rate = json_object();

        json_set_real(rate, "from_seconds", (double)rates[i].from_ns / 1e9);
        json_set_real(rate, "to_seconds", (double)rates[i].to_ns / 1e9);
        json_set_real(rate, "points_per_second", rates[i].points_per_second);
        json_set_int(rate, "points_written", rates[i].points);
        json_set_int(rate, "in_flight", rates[i].in_flight);
        json_array_append_new(list, rate);
    }
    free(rates);
    json_set_int(object, "run", trace->run_id);
    json_set(object, "samples", list);
    return object;
}

static json_t *step_json(const struct report_step *step)
{
    json_t *object = json_object();

    json_set_text(object, "why", step->why);
    json_set(object, "command", step->command ? json_text(step->command) : json_null());
    return object;
}

static void set_counts(json_t *document, const struct report *report)
{
    json_set_int(document, "tenants_total", (int64_t)report->tenant_count);
    json_set_int(document, "tenants_verified", report->tenants_in[REPORT_VERIFIED]);
    json_set_int(document, "tenants_copied", report->tenants_in[REPORT_COPIED]);
    json_set_int(document, "tenants_to_do", report->tenants_in[REPORT_TODO]);
    json_set_int(document, "tenants_differing", report->tenants_in[REPORT_DIFFERS]);
    json_set_int(document, "tenants_failed", report->tenants_in[REPORT_FAILED]);
    json_set_int(document, "tenants_with_nothing", report->tenants_in[REPORT_NOTHING]);
    json_set_int(document, "tenants_without_database", report->tenants_problem);
    json_set_int(document, "tenants_clipped", report->tenants_clipped);
    json_set_int(document, "points_written", report->points);
    set_count(document, "points_clipped", report->points_clipped);
    json_set_int(document, "windows_failed", report->failure_total);
    json_set_int(document, "windows_differing", report->difference_total);
    json_set_int(document, "points_refused", report->refused);
    json_set_text(document, "reject_file", report->facts->reject_file);
}

static void print_json(const struct report *report)
{
    const struct report_facts *facts = report->facts;
    json_t *document = json_object(), *runs = json_array(), *tenants = json_array(),
           *failures = json_array(), *reasons = json_array(), *slowest = json_array(),
           *steps = json_array(), *verifications = json_array(), *differences = json_array(),
           *shards = json_array();

    for (size_t i = 0; i < facts->run_count; i++)
        json_array_append_new(runs, run_json(&facts->runs[i]));
    for (size_t i = 0; i < report->tenant_count; i++)
        json_array_append_new(tenants, tenant_json(report, &report->tenants[i]));
    for (size_t i = 0; i < report->failure_count; i++)
        json_array_append_new(failures, failure_json(&report->failures[i]));
    for (size_t i = 0; i < facts->shard_count; i++)
        json_array_append_new(shards, shard_json(&facts->shards[i]));
    for (size_t i = 0; i < report->difference_count; i++)
        json_array_append_new(differences, failure_json(&report->differences[i]));
    for (size_t i = 0; i < facts->verifications.count && i < REPORT_VERIFICATIONS_MAX; i++)
        json_array_append_new(verifications,
                              verification_print_record_json(&facts->verifications.items[i]));
    for (size_t i = 0; i < report->reason_count; i++)
        json_array_append_new(reasons, reason_json(&report->reasons[i]));
    for (size_t i = 0; i < facts->slow_count; i++)
        json_array_append_new(slowest, slow_json(&facts->slow[i]));
    for (size_t i = 0; i < report->step_count; i++)
        json_array_append_new(steps, step_json(&report->steps[i]));
    json_set_text(document, "journal", facts->journal);
    json_set_text(document, "source", facts->url);
    json_set_text(document, "database", facts->database);
    json_set_instant_or_null(document, "made", report->made_ns);
    json_set_text(document, "verdict", report_verdict_words(report));
    set_counts(document, report);
    json_set_int(document, "step_seconds", report->bin_ns / CLOCK_SECOND_NS);
    json_set(document, "compared", verification_print_proof_json(&report->proof));
    json_set(document, "next", steps);
    json_set(document, "tenants", tenants);
    json_set(document, "reasons", reasons);
    json_set(document, "failures", failures);
    json_set(document, "differences", differences);
    json_set(document, "rate_of_last", trace_json(&facts->last));
    json_set(document, "rate_of_largest", trace_json(&facts->largest));
    json_set(document, "slowest", slowest);
    json_set_int(document, "runs_total", facts->run_total);
    json_set(document, "runs", runs);
    json_set(document, "verifications", verifications);
    json_set(document, "shards", shards);
    out_json_document(document);
}

/* Text */

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

/* Those of each state in one group: "1/3 2/3 done; 3/3 never ran". */
static void print_shards(const struct report_facts *facts)
{
    struct strbuf text = STRBUF_INIT;
    size_t told = 0;

    if (!facts->shard_count)
        return;
    for (size_t i = 0; i < facts->shard_count; i++) {
        const char *state = report_shard_state(&facts->shards[i]);
        bool new = true;

        for (size_t k = 0; k < i && new; k++)
            new = strcmp(report_shard_state(&facts->shards[k]), state) != 0;
        if (!new)
            continue;
        strbuf_addstr(&text, told++ ? ";" : "  shards      ");
        for (size_t k = i; k < facts->shard_count; k++)
            if (strcmp(report_shard_state(&facts->shards[k]), state) == 0)
                strbuf_addf(&text, " %s", facts->shards[k].name);
        strbuf_addf(&text, " %s", state);
    }
    print_line(&text);
    strbuf_release(&text);
}

static void print_summary(const struct report *report)
{
    struct strbuf text = STRBUF_INIT;

    strbuf_addf(&text, "Migration of %s at %s: %s.", report->facts->database, report->facts->url,
                report_verdict_words(report));
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
                report->facts->run_total == 1 ? "" : "s");
    print_line(&text);
    if (report->tenants_clipped) {
        strbuf_addstr(&text, "  clipped      ");
        if (report->points_clipped < 0)
            strbuf_addstr(&text, "points (not counted)");
        else
            tenants_add_points(&text, report->points_clipped);
        strbuf_addf(&text, " of %" PRId64 " tenant%s, older than the target keeps",
                    report->tenants_clipped, report->tenants_clipped == 1 ? "" : "s");
        print_line(&text);
    }
    print_shards(report->facts);
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
                        reason->failures == 1 ? "" : "s", reason->points ? " and " : "");
        if (reason->points)
            strbuf_addf(&text, "%" PRId64 " point%s", reason->points,
                        reason->points == 1 ? "" : "s");
        strbuf_addf(&text, " of %" PRId64 " tenant%s: %s", reason->tenants,
                    reason->tenants == 1 ? "" : "s", reason->words);
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

static void print_text(const struct report *report)
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

/* The command */

struct report_options {
    struct tenants_options tenants;
    const char *html;
};

static const struct report_options defaults = {
    .tenants = {.skip_regexes = STRVEC_INIT,
                .end_offset = 520,
                .tenants = STRVEC_INIT,
                .measurements = STRVEC_INIT,
                .tenant_tags = STRVEC_INIT,
                .jobs = 4,
                .overlap_ns = CLOCK_HOUR_NS},
};

static void add_option(struct strbuf *line, const char *name, const char *value)
{
    strbuf_addf(line, " %s ", name);
    strbuf_add_shell_word(line, value);
}

/* What leads the next commands to the same journal. */
static void add_place(struct strbuf *line, const struct command_input *input)
{
    const struct report_options *options = input->options;

    for (size_t i = 0; i < input->common->config_files.nr; i++)
        add_option(line, "--config-file", input->common->config_files.v[i]);
    for (size_t i = 0; i < input->common->config_dirs.nr; i++)
        add_option(line, "--config-dir", input->common->config_dirs.v[i]);
    if (options->tenants.state_dir)
        add_option(line, "--state-dir", options->tenants.state_dir);
}

static int write_html(const struct report *report, const char *path, struct err *err)
{
    struct strbuf page = STRBUF_INIT;
    int rc = 0;

    report_add_html(&page, report);
    if (strcmp(path, "-") == 0) {
        out_text(page.buf);
    } else {
        rc = file_replace(path, page.buf, page.len, err);
        if (rc == 0)
            log_notice("the report stands in %s", path);
    }
    strbuf_release(&page);
    return rc;
}

static int print(const struct report *report, const struct command_input *input, struct err *err)
{
    const struct report_options *options = input->options;

    if (options->html && write_html(report, options->html, err) < 0)
        return -1;
    if (command_wants_json(input))
        print_json(report);
    else if (!options->html)
        print_text(report);
    return 0;
}

static int run(const struct command_input *input, struct err *err)
{
    const struct report_options *options = input->options;
    struct tenants_session session = {0};
    struct report_facts facts = {0};
    struct report report = {0};
    struct strbuf place = STRBUF_INIT;
    struct journal *journal = NULL;
    struct rejects *rejects = NULL;
    int rc = -1;

    if (options->html && strcmp(options->html, "-") == 0 && command_wants_json(input))
        return err_set(err, ERR_USAGE, "--html - and --output json both want standard output");
    if (tenants_session_open(&session, input, err) < 0)
        goto out;
    rejects = rejects_new(&session.settings);
    journal = journal_open(&session.settings, JOURNAL_READ, err);
    if (!journal || report_read(&facts, journal, err) < 0 ||
        report_read_rejects(&facts, rejects, err) < 0)
        goto out;
    add_place(&place, input);
    report_build(&report, &facts, clock_now_ns(), place.buf);
    rc = print(&report, input, err);
out:
    report_release(&report);
    report_facts_release(&facts);
    strbuf_release(&place);
    journal_close(journal);
    rejects_free(rejects);
    tenants_session_close(&session);
    return rc;
}

static const struct option options[] = {
    {"html", 0, OPTION_STRING, offsetof(struct report_options, html), "FILE",
     "write it as a page of HTML that needs nothing beside it; - is standard output", 0, 0, NULL,
     NULL},
    {"state-dir", 0, OPTION_STRING, offsetof(struct report_options, tenants.state_dir), "DIR",
     "where the journal is kept (default: as for run)", 0, 0, NULL, NULL},
    OPTION_END,
};

const struct command command_tenants_report = {
    .group = "tenants",
    .name = "report",
    .summary = "tell what became of each tenant, and what to do next",
    .details =
        "Reads the journal, also while a run goes on; asks no server. Tells what was copied,\n"
        "verified, clipped and what failed, by tenant and time, how fast it went, which\n"
        "statements were the slowest, and the next commands. The status is 0 where there was a\n"
        "journal to report on; 'tenants status' has one that tells whether all is done.",
    .examples = "monasca-migrate tenants report\n"
                "  the summary, and what to do next\n"
                "monasca-migrate tenants report --html migration.html\n"
                "  a page for a browser or the printer\n"
                "monasca-migrate tenants report --output json | jq -r '.next[].command'\n"
                "  the same facts for a program\n",
    .options = options,
    .options_size = sizeof(struct report_options),
    .defaults = &defaults,
    .release = tenants_options_release,
    .run = run,
};
