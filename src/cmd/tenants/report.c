#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "cmd/tenants/report/json.h"
#include "cmd/tenants/report/page.h"
#include "cmd/tenants/report/text.h"
#include "cmd/tenants/setup.h"
#include "cmd/tenants/tenants.h"
#include "tenants/rejects/rejects.h"
#include "term/out.h"

struct report_options {
    struct tenants_options tenants;
    const char *html;
};

static const struct report_options defaults = {
    .tenants = {.skip_regexes = STRVEC_INIT,
                .tenants = STRVEC_INIT,
                .measurements = STRVEC_INIT,
                .tenant_tags = STRVEC_INIT,
                .jobs = 4,
                .overlap_ns = CLOCK_HOUR_NS},
};

static void push_option(struct strvec *words, const char *name, const char *value)
{
    strvec_push(words, name);
    strvec_push(words, value);
}

/* The options that lead the next commands to the same journal. */
static void push_leading_options(struct strvec *words, const struct command_input *input)
{
    const struct report_options *options = input->options;

    for (size_t i = 0; i < input->common->config.nr; i++)
        strvec_push(words, input->common->config.v[i]);
    if (options->tenants.state_dir)
        push_option(words, "--state-dir", options->tenants.state_dir);
}

static int write_html(const struct report *report, const char *path, struct err *err)
{
    struct strbuf page = STRBUF_INIT;
    int rc = 0;

    report_add_page(&page, report);
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
        report_print_json(report);
    else if (!options->html)
        report_print_text(report);
    return 0;
}

static int run(const struct command_input *input, struct err *err)
{
    const struct report_options *options = input->options;
    struct tenants_session session = {0};
    struct report_facts facts = {0};
    struct report report = {0};
    struct strvec leading = STRVEC_INIT;
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
        report_read_rejects(&facts, rejects, journal, err) < 0)
        goto out;
    push_leading_options(&leading, input);
    report_build(&report, &facts, clock_now_ns(), &leading);
    rc = print(&report, input, err);
out:
    report_release(&report);
    report_facts_release(&facts);
    strvec_release(&leading);
    journal_close(journal);
    rejects_free(rejects);
    tenants_session_close(&session);
    return rc;
}

static const struct option options[] = {
    {"html", 0, OPTION_STRING, offsetof(struct report_options, html), "FILE",
     "write the report as a page of HTML that needs no other file; - is standard output", 0, 0,
     NULL, NULL},
    {"state-dir", 0, OPTION_STRING, offsetof(struct report_options, tenants.state_dir), "DIR",
     "directory of the journal (default: as for run)", 0, 0, NULL, NULL},
    OPTION_END,
};

const struct command command_tenants_report = {
    .group = "tenants",
    .name = "report",
    .summary = "tell what became of each tenant, and what to do next",
    .details = "Reads the journal, also while a run goes on, and asks no server. The report says "
               "what was\n"
               "copied, verified, clipped and what failed, by tenant and time. It shows the rate "
               "over time\n"
               "and the slowest statements, and gives the next commands. The exit status is 0 "
               "where there\n"
               "is a journal; that of 'tenants status' says whether all is done.",
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
