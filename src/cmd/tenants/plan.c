#include <stdlib.h>

#include "base/log.h"
#include "cmd/tenants/setup.h"
#include "cmd/tenants/tenants.h"
#include "plan_print.h"

static int run(const struct command_input *input, struct err *err)
{
    const struct tenants_options *options = input->options;
    struct tenants_session session = {0};
    struct delta_course course = {0};
    struct delta delta = {.kind = DELTA_PLAN, .course = &course};
    const struct plan *plan = &delta.plan;
    struct journal *journal = NULL;
    struct tenants_counts counts = {0};
    const struct tenants_counts *counted = NULL;
    struct err no_journal = ERR_INIT;
    char *not_kept = NULL;
    int rc = -1;

    if (tenants_session_open(&session, input, err) < 0)
        goto out;
    /* The plan leaves out what earlier runs have done. Without a journal there were none. */
    journal = journal_open(&session.settings, JOURNAL_READ, &no_journal);
    if (no_journal.code == ERR_CONFIG) {
        *err = no_journal;
        no_journal = (struct err)ERR_INIT;
        goto out;
    }
    /* A run with --full would forget what the journal covers. */
    delta.journal = session.settings.full ? NULL : journal;
    if (tenants_session_plan(&session, &delta, err) < 0)
        goto out;
    if (options->count) {
        log_status("counting...");
        rc = tenants_counts_read(&counts, plan, &session.client, journal, err);
        log_status(NULL);
        if (rc < 0)
            goto out;
        counted = &counts;
    }
    if (command_wants_json(input))
        tenants_print_plan_json(plan, &delta.price, counted);
    else
        tenants_print_plan_text(plan, &delta.price, counted);
    not_kept = plan_not_kept(plan);
    rc = plan->unreadable_count || plan_lacks_beginning(plan) ||
         (not_kept && !session.settings.drop_strings) ||
         (!price_fits(&delta.price) && !session.settings.ignore_limits);
    for (size_t i = 0; i < plan->tenant_count; i++)
        if (plan->tenants[i].problem)
            rc = 1;
out:
    free(not_kept);
    err_release(&no_journal);
    tenants_counts_release(&counts);
    delta_release(&delta);
    journal_close(journal);
    tenants_session_close(&session);
    return rc;
}

static const struct option options_table[] = {
    {"count", 0, OPTION_FLAG, offsetof(struct tenants_options, count), NULL,
     "count the points on the server, and estimate the time; that reads all of them", 0, 0, NULL,
     NULL},
    OPTION_END,
};

const struct command command_tenants_plan = {
    .group = "tenants",
    .name = "plan",
    .summary = "show what a run would copy, and what would stay behind",
    .details =
        "Asks the server which points there are, and changes nothing. Points that an earlier run\n"
        "has copied, by the journal, aren't shown again. Problems and losses come first. Tenants\n"
        "that are alike stand in one row where there are many; --tenant shows more of one.",
    .examples = "monasca-migrate tenants plan --config-file /etc/monasca/persister.conf\n"
                "  where everything would go, and what would stay behind\n"
                "monasca-migrate tenants plan --count\n"
                "  how many points that are, and how long they may take\n"
                "monasca-migrate tenants plan --output json | jq '.tenants[].database'\n"
                "  the names of the databases\n",
    .options = options_table,
    .shared_options = {tenants_copy_options, tenants_selection_options, tenants_target_options,
                       NULL},
    .options_size = sizeof(struct tenants_options),
    .defaults = &tenants_options_defaults,
    .release = tenants_options_release,
    .run = run,
};
