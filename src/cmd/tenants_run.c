#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/stop.h"
#include "cmd/tenants.h"
#include "cmd/tenants_setup.h"
#include "cmd/tenants_watch.h"
#include "tenants/loss.h"
#include "tenants/run.h"
#include "term/number.h"
#include "term/out.h"

static void print_summary_json(const struct plan *plan, const struct run_summary *summary,
                               int status)
{
    const struct journal_progress *progress = &summary->state.progress;
    json_t *event = json_object();
    char *reject_file = journal_file(plan->settings, ".rejects");

    json_set_text(event, "event", "summary");
    json_set_int(event, "status", status);
    json_set_text(event, "result", tenants_status_word(status));
    json_set_int(event, "tenants_total", progress->tenants_total);
    json_set_int(event, "tenants_done", progress->tenants_done);
    json_set_int(event, "tenants_failed", summary->tenants_failed);
    json_set_int(event, "windows_total", progress->windows_total);
    json_set_int(event, "windows_done", progress->windows_done);
    json_set_int(event, "windows_failed", progress->windows_failed);
    json_set_int(event, "statements", progress->statements);
    json_set_int(event, "retries", progress->retries);
    json_set_int(event, "splits", progress->splits);
    json_set_int(event, "points_written", progress->points);
    json_set_int(event, "points_unassigned", summary->left.unassigned);
    json_set_int(event, "points_skipped", summary->left.skipped);
    json_set_int(event, "points_clipped", summary->clipped);
    json_set_int(event, "points_without_database", summary->homeless);
    json_set_int(event, "points_refused", summary->refused);
    json_set_text(event, "reject_file", summary->refused ? reject_file : NULL);
    json_set_int(event, "values_verified", summary->state.values_verified);
    json_set_bool(event, "verified", plan->settings->verify);
    json_set_bool(event, "left_behind_counted", summary->left_known);
    json_set_int(event, "measurements_unnameable", (int64_t)plan->unnameable.count);
    json_set_real(event, "seconds", (double)summary->elapsed_ns / 1e9);
    json_set_real(event, "seconds_copying", (double)summary->state.copying_ns / 1e9);
    json_set_real(event, "seconds_verifying", (double)summary->state.verifying_ns / 1e9);
    out_json_line(event);
    free(reject_file);
}

static void add_left_behind(struct strbuf *text, const struct run_summary *summary)
{
    const struct {
        int64_t points;
        const char *why;
    } left[] = {
        {summary->left.unassigned, "without a tenant"},
        {summary->left.skipped, "left out by a filter"},
        {summary->clipped, "older than their target would keep"},
        {summary->homeless, "of tenants that can have no database"},
    };

    if (!summary->left_known) {
        strbuf_addstr(text, "What stays behind was not counted.\n");
        return;
    }
    for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
        if (!left[i].points)
            continue;
        strbuf_addstr(text, "Left behind: ");
        tenants_add_points(text, left[i].points);
        strbuf_addf(text, " %s.\n", left[i].why);
    }
}

static void add_refused(struct strbuf *text, const struct plan *plan,
                        const struct run_summary *summary)
{
    char *path;

    if (!summary->refused)
        return;
    path = journal_file(plan->settings, ".rejects");
    strbuf_addstr(text, "Refused by their targets: ");
    tenants_add_points(text, summary->refused);
    strbuf_addf(text,
                ". They stand in %s, with the reason; mend the target or these lines, and run "
                "again.\n",
                path);
    free(path);
}

static void print_summary_text(const struct plan *plan, const struct run_summary *summary,
                               int status)
{
    const struct journal_progress *progress = &summary->state.progress;
    struct strbuf text = STRBUF_INIT;

    strbuf_addf(&text, "%s: ",
                status == 0   ? "Done"
                : status == 1 ? "Done in part"
                              : "Not finished");
    tenants_add_points(&text, progress->points);
    strbuf_addf(&text, " copied in ");
    clock_add_duration_rounded(&text, summary->elapsed_ns);
    strbuf_addf(&text,
                "; %" PRId64 " of %" PRId64 " tenants and %" PRId64 " of %" PRId64
                " windows are complete.\n",
                progress->tenants_done, progress->tenants_total, progress->windows_done,
                progress->windows_total);
    if (plan->settings->verify) {
        strbuf_addstr(&text, "Verified: ");
        number_add_grouped(&text, summary->state.values_verified);
        strbuf_addstr(&text, " values were counted in the targets against what was read; none is "
                             "missing in what is complete.\n");
    } else {
        strbuf_addstr(&text, "Not verified (--no-verify): nothing was counted on the targets.\n");
    }
    add_left_behind(&text, summary);
    add_refused(&text, plan, summary);
    if (progress->windows_failed)
        strbuf_addf(&text,
                    "Failed: %" PRId64 " windows; 'monasca-migrate tenants status' lists them.\n",
                    progress->windows_failed);
    if (plan->unnameable.count)
        strbuf_addf(&text, "Not copied: %zu measurements whose names no statement can hold.\n",
                    plan->unnameable.count);
    strbuf_addstr(&text, "What was to be copied, up to ");
    clock_add_instant(&text, plan->range.end_ns - 1);
    strbuf_addstr(&text, status == 0 ? ", is in the tenants' databases; run it again for what is "
                                       "newer.\n"
                                     : ", isn't all there; run it again for what is missing or "
                                       "newer.\n");
    out_text(text.buf);
    strbuf_release(&text);
}

static void tell_start(const struct plan *plan)
{
    json_t *event = json_object();
    struct strbuf text = STRBUF_INIT;

    clock_add_instant(&text, plan->cutoff_ns);
    json_set_text(event, "event", "start");
    json_set_text(event, "source", plan->settings->url);
    json_set_text(event, "database", plan->settings->database);
    json_set_text(event, "cutoff", text.buf);
    json_set_int(event, "tenants_total", (int64_t)plan->tenant_count);
    json_set_int(event, "windows_total", (int64_t)plan->piece_count);
    out_json_line(event);
    strbuf_release(&text);
}

/* Notes of the plan that a person should see before the copy begins. */
static void log_notes(const struct plan *plan)
{
    const struct catalogue *catalogue = plan->catalogue;

    for (size_t i = 0; i < plan->tenant_count; i++)
        if (plan->tenants[i].retention.note && !plan->tenants[i].problem)
            log_warning("tenant %s: %s", plan->tenants[i].id, plan->tenants[i].retention.note);
    for (size_t i = 0; i < plan->unassigned.count; i++)
        log_warning("measurement %s has no tag that names a tenant; its points stay behind",
                    catalogue->measurements.items[plan->unassigned.measurements[i]]);
    for (size_t i = 0; i < plan->unnameable.count; i++)
        log_warning("measurement %s can't be copied: its name holds bytes that are no UTF-8",
                    catalogue->measurements.items[plan->unnameable.measurements[i]]);
    for (size_t i = 0; i < catalogue->policy_count; i++)
        if (!catalogue->policies[i].read)
            log_warning("retention policy %s of the source is not copied; "
                        "--source-retention-policy %s does",
                        catalogue->policies[i].name, catalogue->policies[i].name);
    for (size_t i = 0; i < catalogue->continuous_queries.nr; i++)
        log_warning("continuous query of the source, to be made again on the targets by hand: %s",
                    catalogue->continuous_queries.v[i]);
}

/* What the journal must forget before its coverage counts. */
static int prepare_journal(struct journal *journal, const struct settings *settings,
                           struct err *err)
{
    if (settings->full && journal_forget(journal, settings, err) < 0)
        return -1;
    return journal_trim(journal, settings->overlap_ns, err);
}

/* A database that the journal knows and the server doesn't has lost what was copied into it. */
static int forget_lost_databases(struct journal *journal, const struct plan *plan,
                                 const struct coverage *coverage, struct err *err)
{
    for (size_t i = 0; i < plan->tenant_count; i++) {
        const struct plan_tenant *tenant = &plan->tenants[i];

        if (!tenant->retention.create || !coverage_find(coverage, tenant->id))
            continue;
        log_warning("the database %s was copied before and is gone; all of it is copied again",
                    tenant->database);
        if (journal_forget_database(journal, tenant->place, err) < 0)
            return -1;
    }
    return 0;
}

static void open_log(const struct tenants_session *session, const struct common_options *common)
{
    struct err err = ERR_INIT;

    if (common->log_file || !session->log_path)
        return;
    if (log_open_file(session->log_path, &err) < 0)
        log_warning("%s; the log goes to standard error", err.message);
    err_release(&err);
}

/* So that the next run notices what they lost. */
static void remember_targets(const struct plan *plan, struct journal *journal)
{
    struct err err = ERR_INIT;

    if (losses_remember(plan, journal, &err) < 0)
        log_debug("what the targets hold isn't recorded: %s", err.message);
    err_release(&err);
}

/* `words`: why it ended early, or NULL. */
static int end_record(struct journal *journal, const struct plan *plan,
                      const struct run_summary *summary, int status, const char *words,
                      struct err *err)
{
    struct journal_end end = JOURNAL_END_INIT;

    end.status = status;
    end.words = words;
    end.values_verified = summary->state.values_verified;
    if (summary->left_known) {
        end.unassigned = summary->left.unassigned;
        end.skipped = summary->left.skipped;
        end.clipped = summary->clipped;
        end.homeless = summary->homeless;
    }
    if (summary->state.progress.points)
        remember_targets(plan, journal);
    /* Only a run that came to its end looked at all that had failed before. */
    if (!words && journal_forget_failures(journal, plan->settings, err) < 0)
        return -1;
    return journal_end_run(journal, &end, &summary->state.progress, err);
}

static int execute(struct tenants_session *session, struct plan *plan, struct journal *journal,
                   bool json, struct err *err)
{
    struct tenants_watcher watcher;
    struct run_observer observer = tenants_watcher_observer(&watcher, json);
    struct run_summary summary = {0};
    struct err end_err = ERR_INIT;
    int rc, status;

    log_notes(plan);
    if (json)
        tell_start(plan);
    if (journal_begin_run(journal, plan->cutoff_ns, plan->range, err) < 0 ||
        journal_record_plan(journal, plan, err) < 0)
        return -1;
    rc = run_execute(plan, &session->client, &session->servers, journal, &observer, &summary, err);
    log_status(NULL);
    status = rc < 0 ? err_status(err->code) : rc;
    if (end_record(journal, plan, &summary, status, err->message, &end_err) < 0 && rc >= 0) {
        *err = end_err;
        end_err = (struct err)ERR_INIT;
        rc = -1;
        status = err_status(err->code);
    }
    if (json)
        print_summary_json(plan, &summary, status);
    else
        print_summary_text(plan, &summary, status);
    err_release(&end_err);
    return rc;
}

static int run(const struct command_input *input, struct err *err)
{
    const struct tenants_options *options = input->options;
    struct tenants_session session = {0};
    struct catalogue catalogue = {0};
    struct coverage coverage = {0};
    struct plan plan = {0};
    struct journal *journal = NULL;
    int rc = -1;

    if (options->dry_run)
        return command_tenants_plan.run(input, err);
    if (tenants_session_open(&session, input, err) < 0)
        goto out;
    open_log(&session, input->common);
    journal = journal_open(&session.settings, JOURNAL_WRITE, err);
    if (!journal || tenants_session_read(&session, &catalogue, err) < 0 ||
        prepare_journal(journal, &session.settings, err) < 0 ||
        tenants_session_plan(&session, &catalogue, journal, true, &coverage, &plan, err) < 0 ||
        forget_lost_databases(journal, &plan, &coverage, err) < 0)
        goto out;
    rc = execute(&session, &plan, journal, command_wants_json(input), err);
out:
    journal_close(journal);
    plan_release(&plan);
    coverage_release(&coverage);
    catalogue_release(&catalogue);
    tenants_session_close(&session);
    return rc;
}

static const struct option options[] = {
    {"dry-run", 'n', OPTION_FLAG, offsetof(struct tenants_options, dry_run), NULL,
     "show the plan and change nothing", 0, 0, NULL, NULL},
    OPTION_END,
};

const struct command command_tenants_run = {
    .group = "tenants",
    .name = "run",
    .summary = "copy every tenant's points into its own database",
    .details =
        "Copies what no earlier run has copied, in windows of time, and records each window that\n"
        "is done. It may be interrupted at any time, by any means: the same command goes on from\n"
        "there. Run again, it copies what is new. The source is only read.",
    .examples =
        "monasca-migrate tenants run --config-file /etc/monasca/persister.conf\n"
        "  copy everything that no earlier run has copied\n"
        "monasca-migrate tenants run --migrate-retention-policy project:2w,project2:1d \\\n"
        "    --migrate-skip-regex '^log\\..+'\n"
        "  new databases keep two weeks for one tenant, a day for another; logs stay behind\n",
    .options = options,
    .shared_options = {tenants_copy_options, tenants_selection_options, tenants_target_options,
                       NULL},
    .options_size = sizeof(struct tenants_options),
    .defaults = &tenants_options_defaults,
    .release = tenants_options_release,
    .run = run,
};
