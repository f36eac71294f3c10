#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "away.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/status.h"
#include "base/stop.h"
#include "cmd/tenants/copy.h"
#include "cmd/tenants/metrics.h"
#include "cmd/tenants/tenants.h"
#include "cmd/tenants/verdict/scope_print.h"
#include "follow.h"
#include "tenants/run/run.h"
#include "term/number.h"
#include "term/out.h"

/* Gathers all that the verdict leaves out. */
static void find_scope(struct tenants_copy *copy, int status)
{
    const struct run_summary *total = &copy->total;
    int64_t *figures = copy->scope.figures;

    copy->scope = copy->asked;
    figures[SCOPE_FAILED] = copy->last.state.progress.windows_failed;
    figures[SCOPE_AWAY] = copy->last.tenants_away;
    figures[SCOPE_CUT_SHORT] = status > STATUS_IN_PART;
    figures[SCOPE_UNREADABLE] = (int64_t)copy->unreadable.nr;
    figures[SCOPE_AHEAD] = total->ahead;
    figures[SCOPE_UNASSIGNED] = total->behind.unassigned;
    figures[SCOPE_CLIPPED] = total->clipped;
    figures[SCOPE_REFUSED] = total->refused;
    figures[SCOPE_UNNAMEABLE] = (int64_t)copy->unnameable;
    figures[SCOPE_HOMELESS] = copy->homeless;
    figures[SCOPE_STRINGS] = total->state.strings_dropped;
    figures[SCOPE_UNVERIFIED] = copy->session->settings.verify ? 0 : -1;
    figures[SCOPE_UNCOUNTED] = total->behind_known ? 0 : -1;
}

/* Only a copy of everything is "done" without more words. */
static const char *result_words(const struct tenants_copy *copy, int status)
{
    if (status)
        return status == STATUS_IN_PART ? status_word(status) : "not finished";
    return scope_is_complete(&copy->scope) ? status_word(status)
           : !scope_is_whole(&copy->scope) ? "done for what was asked"
                                           : "done, but for what is named below";
}

static void print_summary_json(const struct tenants_copy *copy, int status)
{
    const struct run_summary *summary = &copy->total;
    const struct journal_progress *progress = &summary->state.progress;
    json_t *event = tenants_summary_json(status, summary, &copy->session->servers);
    char *reject_file = journal_file(&copy->session->settings, ".rejects");

    json_set_int(event, "retries", progress->retries);
    json_set_int(event, "splits", progress->splits);
    json_set_int(event, "points_unassigned", summary->behind.unassigned);
    json_set_int(event, "points_skipped", summary->behind.skipped);
    json_set_int(event, "points_other_policies", summary->behind.other_policies);
    json_set_int(event, "points_clipped", summary->clipped);
    json_set_int(event, "points_without_database", summary->homeless);
    json_set_int(event, "points_ahead", summary->ahead);
    json_set_int(event, "points_refused", summary->refused);
    json_set_text(event, "reject_file", summary->refused ? reject_file : NULL);
    json_set_int(event, "strings_dropped", summary->state.strings_dropped);
    json_set_bool(event, "verified", copy->session->settings.verify);
    json_set_bool(event, "left_behind_counted", summary->behind_known);
    json_set(event, "unreadable", json_incref(copy->unreadable_json));
    json_set_int(event, "measurements_unnameable", (int64_t)copy->unnameable);
    json_set_int(event, "tenants_source", copy->scope.tenants_total);
    scope_print_json(event, "reasons", &copy->scope);
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
        {summary->behind.unassigned, "without a tenant"},
        {summary->behind.skipped, "left out by a filter"},
        {summary->clipped, "older than their target would keep"},
        {summary->homeless, "of tenants that can have no database"},
        {summary->ahead, "ahead of the clock"},
    };

    if (summary->state.strings_dropped) {
        strbuf_addstr(text, "Left behind: ");
        number_add_grouped(text, summary->state.strings_dropped);
        strbuf_addstr(text, " texts that VictoriaMetrics can't keep.\n");
    }
    if (!summary->behind_known) {
        strbuf_addstr(text, "Points that stay behind were not counted.\n");
        return;
    }
    for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
        if (!left[i].points)
            continue;
        strbuf_addstr(text, "Left behind: ");
        tenants_add_points(text, left[i].points);
        strbuf_addf(text, " %s.\n", left[i].why);
    }
    if (summary->ahead)
        strbuf_addstr(text,
                      "A run copies them when the clock has reached them, or with --ahead.\n");
    tenants_add_other_policies(text, &summary->behind);
}

static void add_refused(struct strbuf *text, const struct tenants_copy *copy)
{
    char *path;

    if (!copy->total.refused)
        return;
    path = journal_file(&copy->session->settings, ".rejects");
    strbuf_addstr(text, "Refused by their targets: ");
    tenants_add_points(text, copy->total.refused);
    strbuf_addf(text,
                ". They stand in %s, with the reason; mend the target or these lines, and run "
                "again.\n",
                path);
    free(path);
}

static void print_summary_text(const struct tenants_copy *copy, int status)
{
    const struct run_summary *summary = &copy->total;
    const struct journal_progress *progress = &summary->state.progress;
    struct strbuf text = STRBUF_INIT;

    strbuf_addf(&text, "%s: ", result_words(copy, status));
    text.buf[0] = (char)toupper((unsigned char)text.buf[0]);
    tenants_add_points(&text, progress->points);
    strbuf_addf(&text, " copied in ");
    clock_add_duration_rounded(&text, summary->elapsed_ns);
    strbuf_addf(&text,
                "; %" PRId64 " of %" PRId64 " tenants and %" PRId64 " of %" PRId64
                " windows are complete.\n",
                progress->tenants_done, progress->tenants_total, progress->windows_done,
                progress->windows_total);
    if (copy->session->settings.verify) {
        strbuf_addstr(&text, "Verified: ");
        number_add_grouped(&text, summary->state.values_verified);
        strbuf_addstr(&text, " values were counted in the targets against those that were read; no "
                             "complete window lacks one.\n");
    } else {
        strbuf_addstr(&text, "Not verified (--no-verify): nothing was counted on the targets.\n");
    }
    scope_print_text(&text, "Left out: ", &copy->asked);
    add_left_behind(&text, summary);
    add_refused(&text, copy);
    for (size_t i = 0; i < copy->unreadable.nr; i++)
        strbuf_addf(&text, "Not copied: %s.\n", copy->unreadable.v[i]);
    tenants_add_away(&text, &copy->session->servers, "copied");
    if (progress->windows_failed)
        strbuf_addf(&text,
                    "Failed: %" PRId64 " windows; 'monasca-migrate tenants status' lists them.\n",
                    progress->windows_failed);
    if (copy->unnameable)
        strbuf_addf(&text, "Not copied: %zu measurements whose names no statement can hold.\n",
                    copy->unnameable);
    strbuf_addf(&text, "%s points that this run was to copy, up to ",
                status == STATUS_DONE ? "All" : "Not all");
    clock_add_instant(&text, copy->end_ns - 1);
    strbuf_addf(&text, ", are in the tenants' databases; run it again for %s ones.\n",
                status == STATUS_DONE ? "newer" : "missing or newer");
    out_text(text.buf);
    strbuf_release(&text);
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

/* Ends the run's record in the journal. `words`: why the run ended early; NULL: it didn't. */
static int end_record(struct tenants_copy *copy, int status, const char *words, struct err *err)
{
    const struct run_summary *total = &copy->total;
    struct journal_end end = JOURNAL_END_INIT;

    end.status = status;
    end.words = words;
    end.values_verified = total->state.values_verified;
    if (total->behind_known) {
        end.unassigned = total->behind.unassigned;
        end.skipped = total->behind.skipped;
        end.clipped = total->clipped;
        end.homeless = total->homeless;
        end.ahead = total->ahead;
        end.other_policies = total->behind.other_policies;
    }
    /* Only a run that came to its end has tried all windows that had failed before. */
    if (!words && journal_forget_failures(copy->journal, &copy->session->settings, err) < 0)
        return -1;
    return journal_end_run(copy->journal, &end, &copy->last.state.progress, err);
}

/* Ends all deltas: in the journal, and for everybody who watches. Takes and returns the result of
 * the run: -1, or the exit status. */
static int end(struct tenants_copy *copy, int rc, struct err *err)
{
    int status = rc < 0 ? err_status(err->code) : rc;
    struct err end_err = ERR_INIT;

    if (!copy->course.begun) {
        tenants_metrics_end(copy->watcher.metrics, status, false);
        return rc;
    }
    if (end_record(copy, status, err->message, &end_err) < 0 && rc >= 0) {
        *err = end_err;
        end_err = (struct err)ERR_INIT;
        rc = -1;
        status = err_status(err->code);
    }
    find_scope(copy, status);
    if (copy->json)
        print_summary_json(copy, status);
    else
        print_summary_text(copy, status);
    tenants_metrics_end(copy->watcher.metrics, status, scope_is_complete(&copy->scope));
    err_release(&end_err);
    return rc;
}

/* Copies one delta. The metrics learn how old its newest points are by the end. */
static int copy_once(struct tenants_copy *copy, struct err *err)
{
    int64_t began_ns = clock_monotonic_ns();
    int rc = tenants_copy_delta(copy, DELTA_COPY, err);

    if (rc >= 0)
        tenants_metrics_delta(copy->watcher.metrics, &copy->last.state, rc == 1, copy->end_ns,
                              clock_monotonic_ns() - began_ns + copy->lag_ns);
    return rc;
}

static int run(const struct command_input *input, struct err *err)
{
    const struct tenants_options *options = input->options;
    struct tenants_session session = {0};
    struct tenants_copy copy = TENANTS_COPY_INIT;
    struct tenants_metrics *metrics = NULL;
    int rc = -1;

    if (options->dry_run)
        return command_tenants_plan.run(input, err);
    if (tenants_session_open(&session, input, err) < 0)
        goto out;
    open_log(&session, input->common);
    copy.session = &session;
    copy.json = command_wants_json(input);
    copy.course.line = input->line;
    copy.journal = journal_open(&session.settings, JOURNAL_WRITE, err);
    if (!copy.journal)
        goto out;
    if (options->metrics_file &&
        !(metrics = tenants_metrics_open(options->metrics_file, options->shard, err)))
        goto out;
    tenants_watcher_init(&copy.watcher, copy.json, metrics);
    rc =
        options->follow_ns ? tenants_follow(&copy, options->follow_ns, err) : copy_once(&copy, err);
    rc = end(&copy, rc, err);
out:
    journal_close(copy.journal);
    tenants_metrics_free(metrics);
    tenants_copy_release(&copy);
    tenants_session_close(&session);
    return rc;
}

static const struct option options[] = {
    {"dry-run", 'n', OPTION_FLAG, offsetof(struct tenants_options, dry_run), NULL,
     "show the plan and change nothing", 0, 0, NULL, NULL},
    {"follow", 0, OPTION_DURATION, offsetof(struct tenants_options, follow_ns), "INTERVAL",
     "go on with points that come in, one delta every INTERVAL (default without a value: 10s), "
     "until "
     "SIGTERM or SIGINT; the first signal asks for a last delta",
     CLOCK_SECOND_NS, 0, NULL, "10s"},
    {"metrics-file", 0, OPTION_STRING, offsetof(struct tenants_options, metrics_file), "FILE",
     "keep metrics in FILE for the textfile collector of the Prometheus node exporter", 0, 0, NULL,
     NULL},
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
