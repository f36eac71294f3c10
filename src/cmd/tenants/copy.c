#include "cmd/tenants/copy.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "cmd/tenants/away.h"
#include "tenants/loss.h"
#include "tenants/servers/target.h"
#include "term/out.h"

static void tell_start(const struct tenants_copy *copy, const struct plan *plan)
{
    json_t *event = json_object();
    struct strbuf text = STRBUF_INIT;

    clock_add_instant(&text, plan->cutoff_ns);
    json_set_text(event, "event", "start");
    json_set_text(event, "source", plan->settings->url);
    json_set_text(event, "database", plan->settings->database);
    json_set_int(event, "delta", copy->begun + 1);
    json_set_text(event, "cutoff", text.buf);
    json_set_int(event, "tenants_total", (int64_t)plan->tenant_count);
    json_set_int(event, "windows_total", (int64_t)plan->piece_count);
    out_json_line(event);
    strbuf_release(&text);
}

/* A warning that one process gives once. */
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

/* What a target can't keep isn't lost without a word. */
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

/* Notes of the plan that a person should see before the copy begins. */
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
        note(copy, "measurement %s can't be copied: its name holds bytes that are no UTF-8",
             catalogue->measurements.items[plan->unnameable.measurements[i]]);
    for (size_t i = 0; i < catalogue->policy_count; i++)
        if (!catalogue->policies[i].read)
            note(copy,
                 "retention policy %s of the source is not copied; "
                 "--source-retention-policy %s does",
                 catalogue->policies[i].name, catalogue->policies[i].name);
    for (size_t i = 0; i < catalogue->continuous_queries.nr; i++)
        note(copy, "continuous query of the source, to be made again on the targets by hand: %s",
             catalogue->continuous_queries.v[i]);
}

/* What the journal must forget before its coverage counts. */
static int prepare_journal(const struct tenants_copy *copy, enum tenants_delta kind,
                           struct err *err)
{
    const struct settings *settings = &copy->session->settings;
    int64_t quick_ns = settings->overlap_ns < TENANTS_QUICK_OVERLAP_NS ? settings->overlap_ns
                                                                       : TENANTS_QUICK_OVERLAP_NS;

    /* What was copied since the first delta began is new enough. */
    if (settings->full && !copy->begun && journal_forget(copy->journal, settings, err) < 0)
        return -1;
    if (kind == TENANTS_DELTA_LATE)
        return journal_trim(copy->journal, settings->overlap_ns, err);
    return journal_trim_at(copy->journal, copy->whole_end_ns - quick_ns, err);
}

/* Was anything copied into this target, as far as the journal knows? */
static bool is_known(const struct coverage *coverage, const struct plan_tenant *tenant)
{
    const struct coverage_tenant *rows = coverage_find(coverage, tenant->id);

    for (size_t i = 0; rows && i < rows->count; i++)
        if (strcmp(rows->rows[i].database, tenant->place) == 0)
            return true;
    return false;
}

/* A database that the journal knows and the server doesn't has lost what was copied into it. That
 * is on the disk before the database is made: later nobody could tell. */
static int forget_lost_databases(struct journal *journal, const struct plan *plan,
                                 const struct coverage *coverage, struct err *err)
{
    bool any = false;

    for (size_t i = 0; i < plan->tenant_count; i++) {
        const struct plan_tenant *tenant = &plan->tenants[i];

        if (!tenant->retention.create || !is_known(coverage, tenant))
            continue;
        log_warning("the database %s was copied before and is gone; all of it is copied again",
                    tenant->database);
        if (journal_forget_database(journal, tenant->place, err) < 0)
            return -1;
        any = true;
    }
    return any ? journal_save(journal, err) : 0;
}

static int begin(struct tenants_copy *copy, const struct plan *plan, enum tenants_delta kind,
                 struct err *err)
{
    int64_t late_cutoff_ns = kind == TENANTS_DELTA_LATE ? plan->cutoff_ns : copy->late_cutoff_ns;

    int rc = copy->begun ? journal_begin_delta(copy->journal, plan->cutoff_ns, plan->range,
                                               late_cutoff_ns, err)
                         : journal_begin_run(copy->journal, plan->cutoff_ns, plan->range, err);

    /* What each of many deltas means to do is the same, but for new tenants. */
    if (rc == 0 && (!copy->begun || plan->tenant_count != copy->tenants))
        rc = journal_record_plan(copy->journal, plan, copy->line, err);
    copy->tenants = plan->tenant_count;
    return rc;
}

static void add_to_total(struct tenants_copy *copy)
{
    const struct run_summary *last = &copy->last;
    struct run_summary *total = &copy->total;
    struct journal_progress *sum = &total->state.progress;
    const struct journal_progress *progress = &last->state.progress;

    sum->tenants_total = progress->tenants_total;
    sum->tenants_done = progress->tenants_done;
    /* What was left is part of the next delta. */
    sum->windows_total += progress->windows_total - last->windows_left;
    sum->windows_done += progress->windows_done;
    sum->windows_failed += progress->windows_failed;
    sum->statements += progress->statements;
    sum->retries += progress->retries;
    sum->splits += progress->splits;
    sum->points += progress->points;
    total->state.values_verified += last->state.values_verified;
    total->state.strings_left += last->state.strings_left;
    total->state.copying_ns += last->state.copying_ns;
    total->state.verifying_ns += last->state.verifying_ns;
    total->elapsed_ns += last->elapsed_ns;
    total->tenants_failed = last->tenants_failed;
    total->tenants_away = last->tenants_away;
    total->refused = last->refused;
    /* Only a delta that isn't brief counts what stays behind. */
    if (last->left_known) {
        total->left = last->left;
        total->clipped = last->clipped;
        total->homeless = last->homeless;
        total->left_known = true;
    }
}

/* So that the next run notices what they lost. */
static void remember_targets(const struct plan *plan, struct journal *journal)
{
    struct err err = ERR_INIT;

    if (losses_remember(plan, journal, &err) < 0)
        log_debug("what the targets hold isn't recorded: %s", err.message);
    err_release(&err);
}

static int execute(struct tenants_copy *copy, struct plan *plan, struct err *err)
{
    struct tenants_session *session = copy->session;
    struct run_observer observer = tenants_watcher_observer(&copy->watcher);
    int rc;

    if (copy->json)
        tell_start(copy, plan);
    copy->begun++;
    copy->end_ns = plan->range.end_ns;
    copy->lag_ns = plan->cutoff_ns + 1 - plan->range.end_ns;
    copy->unnameable = plan->unnameable.count;
    rc = run_execute(plan, &session->client, &session->servers, copy->journal, &observer,
                     &copy->last, err);
    log_status(NULL);
    add_to_total(copy);
    if (copy->last.state.progress.points)
        remember_targets(plan, copy->journal);
    /* A brief run leaves that out, so that it isn't said every time. */
    for (size_t i = 0; i < plan->tenant_count; i++)
        if (plan->settings->brief && plan->tenants[i].problem && !plan->tenants[i].away)
            note(copy, "tenant %s can't be copied to the database %s: %s", plan->tenants[i].id,
                 plan->tenants[i].database, plan->tenants[i].problem);
    return rc;
}

/*
 * All that may refuse a delta, from the servers' catalogues to the making of databases. Only behind
 * it the journal has forgotten for good what is to be copied again.
 */
static int set_up(struct tenants_copy *copy, enum tenants_delta kind, struct catalogue *catalogue,
                  struct coverage *coverage, struct plan *plan, struct err *err)
{
    struct tenants_session *session = copy->session;
    struct coverage before = {0};
    bool full = session->settings.full && !copy->begun;
    int rc = -1;

    if (tenants_session_read(session, catalogue, err) < 0 || journal_save(copy->journal, err) < 0 ||
        (full && journal_load(copy->journal, &before, false, err) < 0) ||
        prepare_journal(copy, kind, err) < 0 ||
        tenants_session_plan(session, catalogue, copy->journal, true, coverage, plan, err) < 0 ||
        check_not_kept(copy, plan, err) < 0 ||
        forget_lost_databases(copy->journal, plan, full ? &before : coverage, err) < 0)
        goto out;
    tenants_tell_servers(&session->servers);
    log_notes(copy, plan);
    if (targets_prepare(plan, &session->servers, err) == 0)
        rc = begin(copy, plan, kind, err);
out:
    if (rc < 0)
        journal_undo(copy->journal);
    coverage_release(&before);
    return rc;
}

int tenants_copy_delta(struct tenants_copy *copy, enum tenants_delta kind, struct err *err)
{
    struct settings *settings = &copy->session->settings;
    struct catalogue catalogue = {0};
    struct coverage coverage = {0};
    struct plan plan = {0};
    int rc = -1;

    settings->follows = copy->follows;
    settings->only_new = kind == TENANTS_DELTA_QUICKEST;
    if (set_up(copy, kind, &catalogue, &coverage, &plan, err) < 0)
        goto out;
    rc = execute(copy, &plan, err);
    if (rc < 0)
        goto out;
    copy->whole_end_ns = plan.range.end_ns;
    if (kind == TENANTS_DELTA_LATE)
        copy->late_cutoff_ns = plan.cutoff_ns;
out:
    plan_release(&plan);
    coverage_release(&coverage);
    catalogue_release(&catalogue);
    return rc;
}

void tenants_copy_release(struct tenants_copy *copy)
{
    strvec_release(&copy->told);
}
