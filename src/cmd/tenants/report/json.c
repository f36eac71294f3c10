#include "cmd/tenants/report/json.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "cmd/tenants/progress.h"
#include "cmd/tenants/report/words.h"
#include "cmd/tenants/verdict/scope_print.h"
#include "cmd/tenants/verification_print.h"
#include "term/out.h"

enum { JSON_RATES = 200 };

static void set_range(json_t *object, struct range range)
{
    json_set_instant(object, "start", range.start_ns);
    json_set_instant(object, "end", range.end_ns);
}

/* A count of -1 says that nothing was counted: null. */
static void set_count(json_t *object, const char *key, int64_t count)
{
    if (count < 0)
        json_set(object, key, json_null());
    else
        json_set_int(object, key, count);
}

/* A time of -1 isn't known: null. */
static void set_keeps(json_t *object, const char *key, int64_t keeps_ns)
{
    set_count(object, key, keeps_ns < 0 ? -1 : keeps_ns / CLOCK_SECOND_NS);
}

static json_t *run_json(const struct report_run *run)
{
    const struct journal_run *facts = &run->run;
    json_t *object = json_object();
    struct scope scope;

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
    tenants_set_progress(object, &facts->progress);
    set_count(object, "values_verified", run->values_verified);
    set_count(object, "points_unassigned", run->unassigned);
    set_count(object, "points_skipped", run->skipped);
    set_count(object, "points_clipped", run->clipped);
    set_count(object, "points_without_database", run->homeless);
    set_count(object, "points_ahead", run->ahead);
    set_count(object, "points_other_policies", run->other_policies);
    set_count(object, "tenants_source", run->tenants_source);
    set_count(object, "measurements", run->measurements);
    set_count(object, "measurements_source", run->measurements_source);
    set_count(object, "policies", run->policies);
    set_count(object, "policies_source", run->policies_source);
    json_set_instant(object, "start", facts->range.start_ns);
    json_set_instant(object, "end", facts->range.end_ns);
    report_run_scope(&scope, run);
    json_set(object, "left_out",
             run->tenants_source < 0 ? json_null() : scope_print_reasons(&scope));
    return object;
}

static json_t *part_json(const struct report_part *part)
{
    json_t *object = json_object();

    json_set_text(object, "shard", part->name);
    json_set_text(object, "state", report_part_state(part));
    json_set_bool(object, "running", part->run.running);
    json_set_int(object, "status", part->run.ended_ns ? part->run.status : -1);
    json_set_text(object, "words", part->words ? part->words : "");
    json_set_instant_or_null(object, "started", part->run.started_ns);
    json_set_instant_or_null(object, "updated", part->run.updated_ns);
    json_set_instant_or_null(object, "ended", part->run.ended_ns);
    return object;
}

static json_t *policies_json(const struct report *report, const struct report_tenant *tenant)
{
    const struct report_facts *facts = report->facts;
    json_t *list = json_array();

    for (size_t i = 0; i < facts->landing_count; i++) {
        const struct report_landing *landing = &facts->landings[i];
        json_t *object;

        if (!report_is_landing_of(facts, landing, tenant))
            continue;
        object = json_object();
        json_set_text(object, "source_policy", facts->names.items[landing->source_policy]);
        set_keeps(object, "source_keeps_seconds", landing->source_keeps_ns);
        json_set_text(object, "target_policy", facts->names.items[landing->policy]);
        set_keeps(object, "keeps_seconds", landing->keeps_ns);
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *tenant_json(const struct report *report, const struct report_tenant *tenant)
{
    json_t *object = json_object(), *periods = json_array();
    struct report_stretch stretch = {0};

    json_set_text(object, "tenant", tenant->id);
    json_set_text(object, "database", tenant->database);
    json_set_text(object, "target_policy", tenant->policy);
    json_set_int(object, "keeps_seconds", tenant->keeps_ns / CLOCK_SECOND_NS);
    json_set(object, "policies", policies_json(report, tenant));
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

void report_print_json(const struct report *report)
{
    const struct report_facts *facts = report->facts;
    json_t *document = json_object(), *runs = json_array(), *tenants = json_array(),
           *failures = json_array(), *reasons = json_array(), *slowest = json_array(),
           *steps = json_array(), *verifications = json_array(), *differences = json_array(),
           *parts = json_array();

    for (size_t i = 0; i < facts->run_count; i++)
        json_array_append_new(runs, run_json(&facts->runs[i]));
    for (size_t i = 0; i < report->tenant_count; i++)
        json_array_append_new(tenants, tenant_json(report, &report->tenants[i]));
    for (size_t i = 0; i < report->failure_count; i++)
        json_array_append_new(failures, failure_json(&report->failures[i]));
    for (size_t i = 0; i < facts->part_count; i++)
        json_array_append_new(parts, part_json(&facts->parts[i]));
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
    scope_print_json(document, "left_out", &report->scope);
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
    json_set(document, "shards", parts);
    out_json_document(document);
}
