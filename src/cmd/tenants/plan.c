#include <stdlib.h>

#include "base/log.h"
#include "base/status.h"
#include "cmd/tenants/price/price_print.h"
#include "cmd/tenants/setup.h"
#include "cmd/tenants/tenants.h"
#include "plan_print.h"

/* Writes the map of --spread. Returns a status, or -1. */
static int print_spread(const struct tenants_session *session, const struct delta *delta,
                        const struct tenants_counts *counts, bool as_json, struct err *err)
{
    const struct tenants_options *options = session->options;
    const struct settings *settings = &session->settings;
    struct err no_room = ERR_INIT;
    bool fits = settings->ignore_limits || price_check(&delta->price, settings, &no_room) == 0;

    if (options->output_map &&
        spread_out_write(&session->spread, options->output_map, settings->map_path, err) < 0) {
        err_release(&no_room);
        return -1;
    }
    if (as_json)
        tenants_print_plan_json(&delta->plan, &delta->price, counts,
                                spread_out_json(&session->spread, options->output_map));
    else
        spread_out_print(&session->spread, options->output_map);
    if (!fits)
        log_warning("with this map %s", no_room.message);
    err_release(&no_room);
    return !fits || session->spread.spread.unnamed_count ? STATUS_IN_PART : STATUS_DONE;
}

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
    /* The map of a spread has counted points already. */
    if (options->count && (!options->spread || command_wants_json(input))) {
        log_status("counting...");
        rc = tenants_counts_read(&counts, plan, &session.client, journal, err);
        log_status(NULL);
        if (rc < 0)
            goto out;
        counted = &counts;
    }
    if (session.settings.spread_count) {
        rc = print_spread(&session, &delta, counted, command_wants_json(input), err);
        goto out;
    }
    if (command_wants_json(input))
        tenants_print_plan_json(plan, &delta.price, counted, NULL);
    else
        tenants_print_plan_text(plan, &delta.price, counted);
    not_kept = plan_not_kept(plan);
    rc = STATUS_DONE;
    if (plan->unreadable_count || plan_lacks_beginning(plan) ||
        (not_kept && !session.settings.drop_strings) ||
        (!price_fits(&delta.price) && !session.settings.ignore_limits))
        rc = STATUS_IN_PART;
    for (size_t i = 0; i < plan->tenant_count; i++)
        if (plan->tenants[i].problem)
            rc = STATUS_IN_PART;
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
    {"spread", 0, OPTION_STRING, offsetof(struct tenants_options, spread), "URL[,URL...]",
     "write a map for --target-map instead, which spreads the tenants over these servers; tenants "
     "that --target-map names keep their places",
     0, 0, NULL, NULL},
    {"output-map", 0, OPTION_STRING, offsetof(struct tenants_options, output_map), "FILE",
     "write that map to a file (default: to standard output); one that is there is left alone, "
     "but for that of --target-map",
     0, 0, NULL, NULL},
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
                "monasca-migrate tenants plan --spread http://i1:8086,http://i2:8086 "
                "--output-map map.conf\n"
                "  a map that shares the tenants out among two servers\n"
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
