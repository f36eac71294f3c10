/* The status of the last run, as JSON. */
#include "base/json.h"
#include "cmd/tenants/progress.h"
#include "cmd/tenants/report/words.h"
#include "cmd/tenants/verdict/scope_print.h"
#include "cmd/tenants/verification_print.h"
#include "status.h"
#include "term/out.h"

static int add_failure_json(void *context, const struct journal_failure *failure)
{
    json_t *object = json_object(), *measurements = json_array();

    json_set_text(object, "tenant", failure->tenant);
    json_set_text(object, "database", failure->database);
    json_set_text(object, "source_policy", failure->policy);
    for (size_t i = 0; i < failure->measurements.nr; i++)
        json_array_append_new(measurements, json_text(failure->measurements.v[i]));
    json_set(object, "measurements", measurements);
    json_set_instant(object, "start", failure->range.start_ns);
    json_set_instant(object, "end", failure->range.end_ns);
    json_set_text(object, "words", failure->words);
    json_array_append_new(context, object);
    return 0;
}

static void add_refused_json(void *context, const struct rejects_section *section)
{
    json_t *object = json_object();

    json_set_text(object, "tenant", section->owner.tenant);
    json_set_text(object, "database", section->owner.target);
    json_set_int(object, "points", section->points);
    json_set_text(object, "words", section->words);
    json_array_append_new(context, object);
}

static json_t *part_json(const char *name, const struct journal_run *run)
{
    json_t *object = json_object();

    json_set_text(object, "shard", name);
    json_set_text(object, "state", tenants_run_state(run));
    json_set_bool(object, "running", run->running);
    json_set_int(object, "pid", run->pid);
    json_set_instant_or_null(object, "updated", run->updated_ns);
    tenants_set_tenants(object, &run->progress);
    tenants_set_windows(object, &run->progress);
    json_set_int(object, "points_written", run->progress.points);
    return object;
}

static int add_parts_json(json_t *list, struct journal *journal, struct err *err)
{
    for (size_t i = 0; i < journal_part_count(journal); i++) {
        const char *name;
        struct journal_run run;

        if (journal_part_run(journal, i, &name, &run, err) < 0)
            return -1;
        if (run.id)
            json_array_append_new(list, part_json(name, &run));
    }
    return 0;
}

/* While a run is watched, verifications aren't read: then all is null. */
static void set_proven(json_t *document, const struct run_status *status)
{
    const struct verification_list *list = &status->facts.verifications;
    const struct scope *scope = &status->report.scope;
    bool known = status->proven;

    json_set(document, "verdict",
             known ? json_string(report_verdict_words(&status->report)) : json_null());
    json_set(document, "complete", known ? json_boolean(scope_is_complete(scope)) : json_null());
    json_set(document, "left_out", known ? scope_print_reasons(scope) : json_null());

    json_set(document, "rehearsal",
             known ? json_boolean(report_is_rehearsal(&status->facts)) : json_null());
    json_set(document, "compared",
             known ? verification_print_proof_json(&status->report.proof) : json_null());
    json_set(document, "windows_differing",
             known ? json_integer((json_int_t)status->facts.differing.count) : json_null());
    json_set(document, "verification",
             list->count ? verification_print_record_json(&list->items[0]) : json_null());
}

/* Returns a reference for the caller, or NULL on an error. */
static json_t *make_document(const struct run_status *status, struct err *err)
{
    const struct journal_run *run = &status->run;
    json_t *document = json_object(), *failures = json_array(), *refused = json_array(),
           *shards = json_array();

    json_set_text(document, "journal", journal_path(status->journal));
    json_set_text(document, "state", tenants_run_state(run));
    json_set_bool(document, "running", run->running);
    json_set_int(document, "pid", run->pid);
    json_set_int(document, "status", run->ended_ns ? run->status : -1);
    json_set_instant_or_null(document, "started", run->started_ns);
    json_set_instant_or_null(document, "updated", run->updated_ns);
    json_set_instant_or_null(document, "ended", run->ended_ns);
    json_set_instant_or_null(document, "cutoff", run->cutoff_ns);
    tenants_set_progress(document, &run->progress);
    json_set(document, "failures", failures);
    json_set(document, "shards", shards);
    set_proven(document, status);
    json_set(document, "refused", refused);
    json_set_text(document, "reject_file", rejects_path(status->rejects));
    if (add_parts_json(shards, status->journal, err) < 0 ||
        journal_failures(status->journal, add_failure_json, failures, err) < 0 ||
        rejects_summary(status->rejects, add_refused_json, refused, err) < 0) {
        json_decref(document);
        return NULL;
    }
    return document;
}

int status_print_json(const struct run_status *status, bool one_line, struct err *err)
{
    json_t *document = make_document(status, err);

    if (!document)
        return -1;
    if (one_line)
        out_json_line(document);
    else
        out_json_document(document);
    return 0;
}
