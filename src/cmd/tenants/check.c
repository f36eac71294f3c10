#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/plural.h"
#include "base/status.h"
#include "base/strbuf.h"
#include "cmd/tenants/progress.h"
#include "cmd/tenants/setup.h"
#include "cmd/tenants/tenants.h"
#include "cmd/tenants/watch.h"
#include "tenants/check/inspection.h"
#include "term/number.h"
#include "term/out.h"

/* JSON */

static json_t *scope_json(const struct inspection *inspection)
{
    json_t *scope = json_object();
    bool any = inspection->oldest_ns <= inspection->newest_ns;

    json_set_text(scope, "source", inspection->settings->database);
    json_set_int(scope, "tenants_total", inspection->tenants);
    json_set_int(scope, "tenants_whole", inspection->tenants_whole);
    json_set_int(scope, "policies_total", inspection->policies);
    json_set_int(scope, "policies_compared", inspection->policies_compared);
    json_set_int(scope, "measurements", inspection->measurements);
    json_set_int(scope, "points", inspection->total.points);
    json_set_int(scope, "values_compared", inspection->values_compared);
    json_set_instant_or_null(scope, "oldest", any ? inspection->oldest_ns : 0);
    json_set_instant_or_null(scope, "newest", any ? inspection->newest_ns : 0);
    json_set_bool(scope, "deep", inspection->settings->deep);
    json_set_real(scope, "settle_seconds", (double)inspection->settle_ns / 1e9);
    return scope;
}

static json_t *reasons_json(const struct reasons *reasons)
{
    json_t *list = json_array();

    for (size_t i = 0; i < reasons->count; i++) {
        const struct reason *reason = &reasons->items[i];
        json_t *object = json_object();

        json_set_text(object, "reason", reasons_word(reason->code));
        json_set_int(object, "figure", reason->figure);
        json_set_text(object, "words", reason->words);
        json_set_text(object, "mend", reason->mend);
        json_set_bool(object, "accepted", reason->accepted);
        json_array_append_new(list, object);
    }
    return list;
}

static void print_json(const struct inspection *inspection)
{
    json_t *document = json_object();

    json_set_bool(document, "may_be_dropped", !reasons_open(&inspection->reasons));
    json_set(document, "scope", scope_json(inspection));
    json_set(document, "reasons", reasons_json(&inspection->reasons));
    out_json_document(document);
}

/* Text */

static void add_count(struct strbuf *text, int64_t count, const char *one, const char *more)
{
    number_add_grouped(text, count);
    strbuf_addstr(text, PLURAL(count, one, more));
}

/* Adds "4 of 4 tenants". */
static void add_tenants(struct strbuf *text, const struct inspection *inspection)
{
    number_add_grouped(text, inspection->tenants_whole);
    strbuf_addstr(text, " of ");
    add_count(text, inspection->tenants, " tenant", " tenants");
}

/* Adds "1 of 1 policy, 12 measurements, 581,056 points from ... to ...". */
static void add_scope(struct strbuf *text, const struct inspection *inspection)
{
    number_add_grouped(text, inspection->policies_compared);
    strbuf_addstr(text, " of ");
    add_count(text, inspection->policies, " policy, ", " policies, ");
    add_count(text, inspection->measurements, " measurement, ", " measurements, ");
    tenants_add_points(text, inspection->total.points);
    if (inspection->oldest_ns > inspection->newest_ns)
        return;
    strbuf_addstr(text, " from ");
    clock_add_instant(text, inspection->oldest_ns);
    strbuf_addstr(text, " to ");
    clock_add_instant(text, inspection->newest_ns);
}

static void add_reasons(struct strbuf *text, const struct reasons *reasons, bool accepted)
{
    for (size_t i = 0; i < reasons->count; i++) {
        const struct reason *reason = &reasons->items[i];

        if (reason->accepted != accepted)
            continue;
        strbuf_addf(text, "%s%s (", accepted ? "accepted: " : "", reasons_word(reason->code));
        number_add_grouped(text, reason->figure);
        strbuf_addstr(text, "): ");
        strbuf_add_visible(text, reason->words, strlen(reason->words));
        if (!accepted)
            strbuf_addf(text, "; mend it: %s", reason->mend);
        strbuf_addch(text, '\n');
    }
}

static void print_text(const struct inspection *inspection)
{
    const struct reasons *reasons = &inspection->reasons;
    int64_t open = (int64_t)reasons_open(reasons);
    struct strbuf text = STRBUF_INIT;

    if (open) {
        strbuf_addf(&text,
                    "No: the source %s can't be dropped yet: ", inspection->settings->database);
        add_count(&text, open, " reason", " reasons");
        strbuf_addstr(&text, ". Whole: ");
        add_tenants(&text, inspection);
        strbuf_addstr(&text, ". Looked at: ");
        add_scope(&text, inspection);
        strbuf_addstr(&text, ".\n");
    } else {
        strbuf_addf(&text, "Yes: the source %s may be dropped: ", inspection->settings->database);
        add_tenants(&text, inspection);
        strbuf_addstr(&text, ", ");
        add_scope(&text, inspection);
        strbuf_addf(&text, " stand in their places, %s",
                    inspection->settings->deep ? "compared point by point"
                                               : "by equal counts and sums, the last hour point "
                                                 "by point");
        strbuf_addstr(&text, reasons->count ? ", but for the losses that are accepted.\n" : ".\n");
    }
    add_reasons(&text, reasons, false);
    add_reasons(&text, reasons, true);
    out_text(text.buf);
    strbuf_release(&text);
}

/* The command */

static int accept_all(struct reasons *reasons, const struct strvec *lists, struct err *err)
{
    for (size_t i = 0; i < lists->nr; i++)
        if (reasons_accept(reasons, lists->v[i], err) < 0)
            return -1;
    return 0;
}

static int run(const struct command_input *input, struct err *err)
{
    const struct tenants_options *options = input->options;
    struct tenants_session session = {0};
    struct inspection inspection = {.settings = &session.settings,
                                    .source = &session.client,
                                    .servers = &session.servers,
                                    .settle_ns = options->settle_ns,
                                    .reasons = REASONS_INIT};
    struct tenants_watcher watcher;
    struct err no_journal = ERR_INIT;
    int rc = -1;

    if (accept_all(&inspection.reasons, &options->accept, err) < 0 ||
        tenants_session_open(&session, input, err) < 0)
        goto out;
    /* The journal only tells where to look: without it the answer may become no, and never yes. */
    inspection.journal = journal_open(&session.settings, JOURNAL_READ, &no_journal);
    tenants_watcher_init(&watcher, false, NULL);
    inspection.watcher = tenants_watcher_observer(&watcher);
    if (inspection_run(&inspection, err) < 0)
        goto out;
    if (command_wants_json(input))
        print_json(&inspection);
    else
        print_text(&inspection);
    rc = reasons_open(&inspection.reasons) ? STATUS_IN_PART : STATUS_DONE;
out:
    inspection_release(&inspection);
    journal_close(inspection.journal);
    err_release(&no_journal);
    tenants_session_close(&session);
    return rc;
}

static const struct option options[] = {
    {"accept", 0, OPTION_STRINGS, offsetof(struct tenants_options, accept), "REASON,...",
     "losses that are decided on, for example clipped,unassigned; the verdict repeats them", 0, 0,
     NULL, NULL},
    {"deep", 0, OPTION_FLAG, offsetof(struct tenants_options, deep), NULL,
     "compare every point of both sides, not only their counts and sums", 0, 0, NULL, NULL},
    {"migrate-skip-regex", 0, OPTION_STRINGS, offsetof(struct tenants_options, skip_regexes),
     "REGEX,...",
     "measurements that the runs left out, as for run: their points are a reason, skipped", 0, 0,
     NULL, NULL},
    {"settle", 0, OPTION_DURATION, offsetof(struct tenants_options, settle_ns), "DURATION",
     "look a second time after so long, and take no younger point for the last one (default: 10s)",
     CLOCK_SECOND_NS, 0, NULL, NULL},
    {"tenant-tag", 0, OPTION_STRINGS, offsetof(struct tenants_options, tenant_tags), "TAG",
     "one more tag that names the tenant of points without _tenant_id; may be given more than once",
     0, 0, NULL, NULL},
    OPTION_END,
};

const struct command command_tenants_check = {
    .group = "tenants",
    .name = "check",
    .summary = "say whether the source may be dropped",
    .details =
        "Asks the servers, not the journal: every point of all tenants, measurements and time "
        "must\n"
        "stand in its place now, nobody may write into the source or read it any more, and no\n"
        "refused point may wait in the reject file. Status 0 means yes. Status 1 means no, with a\n"
        "line for each reason: a code word, a figure, and the command that mends it. Losses that\n"
        "are decided on can be accepted. Nothing is written anywhere.",
    .examples = "monasca-migrate tenants check\n"
                "  may the source be dropped?\n"
                "monasca-migrate tenants check --deep --accept clipped,unassigned\n"
                "  compare every point; what is too old or has no tenant may be lost\n",
    .options = options,
    .shared_options = {tenants_target_options, NULL},
    .options_size = sizeof(struct tenants_options),
    .defaults = &tenants_options_defaults,
    .release = tenants_options_release,
    .run = run,
};
