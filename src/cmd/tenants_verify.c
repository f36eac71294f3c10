#include <inttypes.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "cmd/tenants.h"
#include "cmd/tenants_away.h"
#include "cmd/tenants_setup.h"
#include "cmd/tenants_watch.h"
#include "tenants/run.h"
#include "term/number.h"
#include "term/out.h"

static void print_json(const struct tenants_session *session, const struct run_summary *summary,
                       int status)
{
    const struct settings *settings = &session->settings;
    const struct journal_progress *progress = &summary->state.progress;
    json_t *event = json_object();

    json_set_text(event, "event", "summary");
    json_set_int(event, "status", status);
    json_set_text(event, "result", tenants_status_word(status));
    json_set_bool(event, "deep", settings->deep);
    json_set_bool(event, "repair", settings->repair);
    json_set_int(event, "tenants_total", progress->tenants_total);
    json_set_int(event, "tenants_done", progress->tenants_done);
    json_set_int(event, "tenants_failed", summary->tenants_failed);
    json_set_int(event, "tenants_away", summary->tenants_away);
    json_set(event, "servers_away", tenants_away_json(&session->servers));
    json_set_int(event, "windows_total", progress->windows_total);
    json_set_int(event, "windows_done", progress->windows_done);
    json_set_int(event, "windows_failed", progress->windows_failed);
    json_set_int(event, "statements", progress->statements);
    json_set_int(event, "values_verified", summary->state.values_verified);
    json_set_int(event, "points_written", progress->points);
    json_set_real(event, "seconds", (double)summary->elapsed_ns / 1e9);
    out_json_line(event);
}

static void print_text(const struct tenants_session *session, const struct run_summary *summary,
                       int status)
{
    const struct settings *settings = &session->settings;
    const struct journal_progress *progress = &summary->state.progress;
    struct strbuf text = STRBUF_INIT;

    strbuf_addf(&text, "%s: ",
                status == 0                               ? "Verified"
                : status == 1 && progress->windows_failed ? "Differs"
                                                          : "Not finished");
    number_add_grouped(&text, summary->state.values_verified);
    strbuf_addf(&text, " values were %s on both sides in ",
                settings->deep ? "compared one by one" : "counted");
    clock_add_duration_rounded(&text, summary->elapsed_ns);
    strbuf_addf(&text, "; %" PRId64 " of %" PRId64 " windows of %" PRId64 " tenants are whole.\n",
                progress->windows_done, progress->windows_total, progress->tenants_total);
    if (progress->points) {
        strbuf_addstr(&text, "Repaired: ");
        tenants_add_points(&text, progress->points);
        strbuf_addstr(&text, " were copied again.\n");
    }
    if (progress->windows_failed)
        strbuf_addf(&text, "Windows that %sdiffer: %" PRId64 "%s.\n",
                    settings->repair ? "still " : "", progress->windows_failed,
                    settings->repair ? "" : "; --repair copies them again");
    tenants_add_away(&text, &session->servers, "compared");
    if (!progress->windows_total)
        strbuf_addstr(&text, "The journal says that nothing was copied yet.\n");
    out_text(text.buf);
    strbuf_release(&text);
}

static int execute(struct tenants_session *session, struct plan *plan, struct journal *journal,
                   bool json, struct err *err)
{
    struct tenants_watcher watcher;
    struct run_observer observer;
    struct run_summary summary = {0};
    struct err end_err = ERR_INIT;
    struct journal_end end = JOURNAL_END_INIT;
    int rc, status;

    tenants_tell_servers(&session->servers);
    tenants_watcher_init(&watcher, json, NULL);
    observer = tenants_watcher_observer(&watcher);
    rc = run_execute(plan, &session->client, &session->servers, journal, &observer, &summary, err);
    status = rc < 0 ? err_status(err->code) : rc;
    log_status(NULL);
    end.status = status;
    end.words = err->message;
    end.values_verified = summary.state.values_verified;
    if (journal && journal_end_run(journal, &end, &summary.state.progress, &end_err) < 0 &&
        rc >= 0) {
        *err = end_err;
        end_err = (struct err)ERR_INIT;
        rc = -1;
    }
    err_release(&end_err);
    if (json)
        print_json(session, &summary, status);
    else
        print_text(session, &summary, status);
    return rc;
}

static int run(const struct command_input *input, struct err *err)
{
    struct tenants_session session = {0};
    struct catalogue catalogue = {0};
    struct coverage coverage = {0};
    struct plan plan = {0};
    struct journal *journal = NULL;
    struct settings *settings = &session.settings;
    int rc = -1;

    if (tenants_session_open(&session, input, err) < 0)
        goto out;
    settings->purpose = PURPOSE_VERIFY;
    /* Only a repair writes, and keeps runs away. */
    journal = journal_open(settings, settings->repair ? JOURNAL_WRITE : JOURNAL_READ, err);
    if (!journal || journal_load(journal, &coverage, false, err) < 0 ||
        tenants_session_read(&session, &catalogue, err) < 0 ||
        plan_build(&plan, settings, &catalogue, &session.servers, &coverage, err) < 0)
        goto out;
    if (settings->repair && (journal_begin_run(journal, plan.cutoff_ns, plan.range, err) < 0 ||
                             journal_record_plan(journal, &plan, input->line, err) < 0))
        goto out;
    rc =
        execute(&session, &plan, settings->repair ? journal : NULL, command_wants_json(input), err);
out:
    journal_close(journal);
    plan_release(&plan);
    coverage_release(&coverage);
    catalogue_release(&catalogue);
    tenants_session_close(&session);
    return rc;
}

static const struct option options[] = {
    {"deep", 0, OPTION_FLAG, offsetof(struct tenants_options, deep), NULL,
     "compare every point of both sides, not only their counts", 0, 0, NULL, NULL},
    {"repair", 0, OPTION_FLAG, offsetof(struct tenants_options, repair), NULL,
     "copy again what differs, and verify it again", 0, 0, NULL, NULL},
    OPTION_END,
};

const struct command command_tenants_verify = {
    .group = "tenants",
    .name = "verify",
    .summary = "compare what was copied with the source",
    .details =
        "Counts every field of every measurement on both sides for all that the journal says is\n"
        "done, or with --deep compares every point. The target may hold more than the source, as\n"
        "a persister already writes there; it may never hold less. Differences are named, and\n"
        "--repair copies them again.",
    .examples = "monasca-migrate tenants verify\n"
                "  count both sides\n"
                "monasca-migrate tenants verify --deep --tenant 0123456789abcdef\n"
                "  compare every point of one tenant\n"
                "monasca-migrate tenants verify --deep --repair\n"
                "  compare every point, and copy again what differs\n",
    .options = options,
    .shared_options = {tenants_selection_options, tenants_target_options, NULL},
    .options_size = sizeof(struct tenants_options),
    .defaults = &tenants_options_defaults,
    .release = tenants_options_release,
    .run = run,
};
