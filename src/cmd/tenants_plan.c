#include <stdlib.h>

#include "base/log.h"
#include "cmd/tenants.h"
#include "cmd/tenants_setup.h"

static int run(const struct command_input *input, struct err *err)
{
    struct tenants_session session = {0};
    struct catalogue catalogue = {0};
    struct coverage coverage = {0};
    struct plan plan = {0};
    struct journal *journal = NULL;
    struct err no_journal = ERR_INIT;
    char *not_kept = NULL;
    int rc = -1;

    if (tenants_session_open(&session, input, err) < 0 ||
        tenants_session_read(&session, &catalogue, err) < 0)
        goto out;
    /* What an earlier run has done is left out; where there is none, nothing is. */
    journal =
        session.settings.full ? NULL : journal_open(&session.settings, JOURNAL_READ, &no_journal);
    if (no_journal.code == ERR_CONFIG) {
        *err = no_journal;
        no_journal = (struct err)ERR_INIT;
        goto out;
    }
    if (tenants_session_plan(&session, &catalogue, journal, false, &coverage, &plan, err) < 0)
        goto out;
    tenants_print_plan(&plan, command_wants_json(input));
    not_kept = plan_not_kept(&plan);
    rc = not_kept && !session.settings.drop_strings;
    for (size_t i = 0; i < plan.tenant_count; i++)
        if (plan.tenants[i].problem)
            rc = 1;
out:
    free(not_kept);
    err_release(&no_journal);
    journal_close(journal);
    plan_release(&plan);
    coverage_release(&coverage);
    catalogue_release(&catalogue);
    tenants_session_close(&session);
    return rc;
}

const struct command command_tenants_plan = {
    .group = "tenants",
    .name = "plan",
    .summary = "show what a run would copy, and what would stay behind",
    .details =
        "Asks the server what is there and changes nothing. What an earlier run has copied, by\n"
        "the journal, isn't shown again.",
    .examples = "monasca-migrate tenants plan --config-file /etc/monasca/persister.conf\n"
                "  where everything would go, and what would stay behind\n"
                "monasca-migrate tenants plan --output json | jq '.tenants[].database'\n"
                "  the names of the databases\n",
    .options = tenants_copy_options,
    .shared_options = {tenants_selection_options, tenants_target_options, NULL},
    .options_size = sizeof(struct tenants_options),
    .defaults = &tenants_options_defaults,
    .release = tenants_options_release,
    .run = run,
};
