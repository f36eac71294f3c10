#include "cmd/tenants/copy.h"

#include <stdlib.h>

#include "away.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "cmd/tenants/price/price_print.h"
#include "influx/quote.h"
#include "plan_print.h"
#include "term/out.h"

static void tell_start(const struct tenants_copy *copy, const struct plan *plan)
{
    json_t *event = json_object();
    struct strbuf text = STRBUF_INIT;

    clock_add_instant(&text, plan->cutoff_ns);
    json_set_text(event, "event", "start");
    json_set_text(event, "source", plan->settings->url);
    json_set_text(event, "database", plan->settings->database);
    json_set_int(event, "delta", copy->course.begun + 1);
    json_set_text(event, "cutoff", text.buf);
    json_set_int(event, "tenants_total", (int64_t)plan->tenant_count);
    json_set_int(event, "windows_total", (int64_t)plan->piece_count);
    out_json_line(event);
    strbuf_release(&text);
}

/* Logs a warning, unless this process has logged the same one before. */
static void note(struct tenants_copy *copy, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void note(struct tenants_copy *copy, const char *fmt, ...)
{
    struct strbuf text = STRBUF_INIT;
    va_list ap;

    va_start(ap, fmt);
    strbuf_vaddf(&text, fmt, ap);
    va_end(ap);
    if (!strvec_has(&copy->told, text.buf)) {
        strvec_push(&copy->told, text.buf);
        log_warning("%s", text.buf);
    }
    strbuf_release(&text);
}

static void note_unnameable(struct tenants_copy *copy, const char *measurement)
{
    note(copy, "measurement %s can't be copied: %s", measurement,
         influx_measurement_problem(measurement));
}

static void note_write_windows(struct tenants_copy *copy, const struct catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->policy_count; i++) {
        struct strbuf window = STRBUF_INIT;

        if (retention_add_window(&window, &catalogue->policies[i]))
            note(copy,
                 "write window of the source's policy %s (%s), to be made again on the targets by "
                 "hand, after the last run",
                 catalogue->policies[i].name, window.buf);
        strbuf_release(&window);
    }
}

/* Points that a target can't keep are left behind only where --drop-strings says so. */
static int check_not_kept(struct tenants_copy *copy, const struct plan *plan, struct err *err)
{
    char *not_kept = plan_not_kept(plan);
    int rc = 0;

    if (not_kept && plan->settings->drop_strings) {
        note(copy, "%s", not_kept);
    } else if (not_kept) {
        rc = err_set(err, ERR_USAGE, "%s", not_kept);
        err_hint(err, "--drop-strings says that this is meant");
    }
    free(not_kept);
    return rc;
}

/* A run that would take more than a server has doesn't begin: the server would hang. */
static int check_price(struct tenants_copy *copy, const struct delta *delta, struct err *err)
{
    const struct settings *settings = delta->settings;
    struct strvec warnings = STRVEC_INIT;
    int rc = price_check(&delta->price, settings, err);

    if (rc < 0 && settings->ignore_limits) {
        note(copy, "%s; --ignore-limits begins all the same", err->message);
        err_release(err);
        rc = 0;
    }
    price_warnings(&delta->price, settings, &warnings);
    for (size_t i = 0; i < warnings.nr && rc == 0; i++)
        note(copy, "%s", warnings.v[i]);
    strvec_release(&warnings);
    return rc;
}

static void take_unreadable(struct tenants_copy *copy, const struct plan *plan)
{
    strvec_release(&copy->unreadable);
    json_decref(copy->unreadable_json);
    copy->unreadable_json = tenants_unreadable_json(plan);
    for (size_t i = 0; i < plan->unreadable_count; i++) {
        char *words = plan_unreadable_words(plan, &plan->unreadable[i]);

        strvec_push(&copy->unreadable, words);
        note(copy, "%s", words);
        free(words);
    }
    if (plan->catalogue->closed_shards.unknown)
        note(copy, "whether all shards of the source are open isn't known: %s",
             plan->catalogue->closed_shards.unknown);
}

/* Logs notes of the plan that a person should see before the copy begins. */
static void log_notes(struct tenants_copy *copy, const struct plan *plan)
{
    const struct catalogue *catalogue = plan->catalogue;

    for (size_t i = 0; i < plan->tenant_count; i++)
        if (plan->tenants[i].retention.note && !plan->tenants[i].problem)
            note(copy, "tenant %s: %s", plan->tenants[i].id, plan->tenants[i].retention.note);
    for (size_t i = 0; i < plan->unassigned.count; i++)
        note(copy, "measurement %s has no tag that names a tenant; its points stay behind",
             catalogue->measurements.items[plan->unassigned.measurements[i]]);
    for (size_t i = 0; i < plan->unnameable.count; i++)
        note_unnameable(copy, catalogue->measurements.items[plan->unnameable.measurements[i]]);
    for (size_t i = 0; i < plan->place_count; i++)
        if (plan->places[i].own.note && !plan->tenants[plan->places[i].tenant].problem)
            note(copy, "tenant %s: %s", plan->tenants[plan->places[i].tenant].id,
                 plan->places[i].own.note);
    for (size_t i = 0; i < catalogue->policy_count; i++)
        if (!catalogue->policies[i].read)
            note(copy,
                 "retention policy %s of the source is not copied; "
                 "--source-retention-policy all copies it, into a policy of its own",
                 catalogue->policies[i].name);
    note_write_windows(copy, catalogue);
    for (size_t i = 0; i < catalogue->continuous_queries.nr; i++)
        note(copy, "continuous query of the source, to be made again on the targets by hand: %s",
             catalogue->continuous_queries.v[i]);
}

static void add_to_total(struct tenants_copy *copy)
{
    struct run_summary *last = &copy->last;
    struct run_summary *total = &copy->total;
    struct journal_progress *sum = &total->state.progress;
    const struct journal_progress *progress = &last->state.progress;

    sum->tenants_total = progress->tenants_total;
    sum->tenants_done = progress->tenants_done;
    /* The next delta counts the owed windows again. */
    sum->windows_total += progress->windows_total - last->windows_owed;
    sum->windows_done += progress->windows_done;
    sum->windows_failed += progress->windows_failed;
    sum->statements += progress->statements;
    sum->retries += progress->retries;
    sum->splits += progress->splits;
    sum->points += progress->points;
    total->state.values_verified += last->state.values_verified;
    total->state.strings_dropped += last->state.strings_dropped;
    total->state.copying_ns += last->state.copying_ns;
    total->state.verifying_ns += last->state.verifying_ns;
    total->elapsed_ns += last->elapsed_ns;
    total->tenants_failed = last->tenants_failed;
    total->tenants_away = last->tenants_away;
    total->refused = last->refused;
    /* Points that were ahead of the clock in the first delta may be past in the last one. */
    if (last->ahead >= 0)
        total->ahead = last->ahead;
    /* Only a delta that isn't brief counts what stays behind. */
    if (last->behind_known) {
        source_points_behind_release(&total->behind);
        total->behind = last->behind;
        total->clipped = last->clipped;
        total->homeless = last->homeless;
        total->behind_known = true;
    } else {
        source_points_behind_release(&last->behind);
    }
}

static int execute(struct tenants_copy *copy, struct delta *delta, struct err *err)
{
    struct run_observer observer = tenants_watcher_observer(&copy->watcher);
    const struct plan *plan = &delta->plan;
    int rc;

    if (copy->json)
        tell_start(copy, plan);
    copy->end_ns = range_past_end_ns(plan->range, plan->cutoff_ns);
    copy->lag_ns = plan->cutoff_ns + 1 - copy->end_ns;
    copy->unnameable = plan->unnameable.count;
    copy->homeless = 0;
    for (size_t i = 0; i < plan->tenant_count; i++)
        copy->homeless += plan->tenants[i].problem && !plan->tenants[i].away;
    scope_of_plan(&copy->asked, plan);
    rc = delta_run(delta, &observer, &copy->last, err);
    if (rc == 0 && !delta_is_brief(delta->kind) &&
        tenants_session_lacks_tenant(copy->session, &delta->catalogue))
        rc = 1;
    add_to_total(copy);
    /* A brief delta doesn't warn of a tenant that can't be copied, since each delta would. */
    for (size_t i = 0; i < plan->tenant_count; i++)
        if (delta_is_brief(delta->kind) && plan->tenants[i].problem && !plan->tenants[i].away)
            note(copy, "tenant %s can't be copied to the database %s: %s", plan->tenants[i].id,
                 plan->tenants[i].database, plan->tenants[i].problem);
    return rc;
}

int tenants_copy_delta(struct tenants_copy *copy, enum delta_kind kind, struct err *err)
{
    struct tenants_session *session = copy->session;
    struct delta delta = {.kind = kind, .journal = copy->journal, .course = &copy->course};
    int rc = -1;

    if (tenants_session_plan(session, &delta, err) < 0 ||
        check_not_kept(copy, &delta.plan, err) < 0 || check_price(copy, &delta, err) < 0)
        goto out;
    tenants_tell_servers(&session->servers);
    log_notes(copy, &delta.plan);
    take_unreadable(copy, &delta.plan);
    if (delta_prepare(&delta, err) == 0)
        rc = execute(copy, &delta, err);
out:
    delta_release(&delta);
    return rc;
}

void tenants_copy_release(struct tenants_copy *copy)
{
    strvec_release(&copy->told);
    strvec_release(&copy->unreadable);
    json_decref(copy->unreadable_json);
    source_points_behind_release(&copy->total.behind);
}
