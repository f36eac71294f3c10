#include "status.h"

#include "base/clock.h"
#include "base/status.h"
#include "cmd/tenants/setup.h"
#include "cmd/tenants/tenants.h"

static int read_report(struct run_status *status, struct err *err)
{
    const struct strvec none = STRVEC_INIT;

    if (report_read(&status->facts, status->journal, err) < 0 ||
        report_read_rejects(&status->facts, status->rejects, status->journal, err) < 0)
        return -1;
    report_build(&status->report, &status->facts, clock_now_ns(), &none);
    status->proven = true;
    return 0;
}

static bool is_fine(const struct run_status *status)
{
    return status->run.running || (status->run.status == STATUS_DONE &&
                                   !status->facts.differing.count && !status->report.refused);
}

static int run(const struct command_input *input, struct err *err)
{
    const struct tenants_options *options = input->options;
    int64_t watch_ns = options->watch_ns;
    bool json = command_wants_json(input);
    struct tenants_session session = {0};
    struct run_status status = {0};
    int rc = -1;

    if (tenants_session_open(&session, input, err) < 0)
        goto out;
    status.journal = journal_open(&session.settings, JOURNAL_READ, err);
    if (!status.journal || status_read_run(&status, err) < 0)
        goto out;
    status.rejects = rejects_new(&session.settings);
    if (watch_ns && status_watch(&status, &session.settings, watch_ns, json, err) < 0)
        goto out;
    if (read_report(&status, err) < 0)
        goto out;
    rc = json ? status_print_json(&status, watch_ns != 0, err) : status_print_text(&status, err);
    if (rc == 0)
        rc = is_fine(&status) ? STATUS_DONE : STATUS_IN_PART;
out:
    report_release(&status.report);
    report_facts_release(&status.facts);
    rejects_free(status.rejects);
    journal_close(status.journal);
    tenants_session_close(&session);
    return rc;
}

static const struct option options_table[] = {
    {"watch", 'w', OPTION_DURATION, offsetof(struct tenants_options, watch_ns), "INTERVAL",
     "show the status until the run ends, anew each INTERVAL (1s without a value); Ctrl-C ends the "
     "watching, not the run",
     CLOCK_SECOND_NS / 10, CLOCK_DAY_NS, NULL, "1s"},
    {"state-dir", 0, OPTION_STRING, offsetof(struct tenants_options, state_dir), "DIR",
     "directory of the journal (default: as for run)", 0, 0, NULL, NULL},
    OPTION_END,
};

const struct command command_tenants_status = {
    .group = "tenants",
    .name = "status",
    .summary = "show how far the last run is or was",
    .details =
        "Reads the journal, also while a run goes on, and asks no server. The exit status is 0\n"
        "while the last run goes on. It is 0, too, where that run has done everything and no\n"
        "difference is left that 'tenants verify' found. Else it is 1.\n"
        "\n"
        "With --watch a terminal shows one line, which is drawn over and over. Elsewhere each\n"
        "change is a line, or an object with --output json. When the run ends, the watching ends,\n"
        "too, and the status is printed.",
    .examples = "monasca-migrate tenants status\n"
                "  how far it is, and what failed\n"
                "monasca-migrate tenants status --watch\n"
                "  the same from another terminal, until the run ends\n"
                "monasca-migrate tenants status --output json | jq .windows_done\n"
                "  one figure of it\n",
    .options = options_table,
    .options_size = sizeof(struct tenants_options),
    .defaults = &tenants_options_defaults,
    .release = tenants_options_release,
    .run = run,
};
