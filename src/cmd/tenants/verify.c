#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "away.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/plural.h"
#include "base/status.h"
#include "base/strbuf.h"
#include "cmd/tenants/progress.h"
#include "cmd/tenants/setup.h"
#include "cmd/tenants/tenants.h"
#include "cmd/tenants/verdict/scope_print.h"
#include "cmd/tenants/watch.h"
#include "plan_print.h"
#include "tenants/gaps.h"
#include "tenants/journal/verification.h"
#include "tenants/run/run.h"
#include "term/number.h"
#include "term/out.h"

/* A verification, and the values that it works with. */
struct verifying {
    struct tenants_session *session;
    struct delta delta;
    struct delta_course course;
    struct verification *record;
    struct run_summary summary;
    struct gaps gaps;   /* what isn't compared */
    struct scope asked; /* what options leave out */
    struct scope scope; /* of the verdict: that, and what was found */
    bool json;
};

static json_t *gaps_json(const struct gaps *gaps)
{
    json_t *list = json_array();

    for (size_t i = 0; i < gaps->count; i++) {
        const struct gap *gap = &gaps->items[i];
        json_t *object = json_object();

        json_set_text(object, "reason", scope_code(gap->reason));
        json_set_text(object,
                      gap->reason == SCOPE_NEVER_COPIED_MEASUREMENTS ? "measurement" : "tenant",
                      gap->name);
        json_set_int(object, "count", gap->figure);
        json_set_text(object, "words", gap->words);
        json_array_append_new(list, object);
    }
    return list;
}

static void print_json(const struct verifying *verifying, int status)
{
    const struct settings *settings = &verifying->session->settings;
    json_t *event = tenants_summary_json(status, &verifying->summary, &verifying->session->servers);

    json_set(event, "unreadable", tenants_unreadable_json(&verifying->delta.plan));
    json_set_bool(event, "deep", settings->deep);
    json_set_bool(event, "repair", settings->repair);
    json_set_bool(event, "recorded", verification_is_kept(verifying->record));
    if (verifying->summary.ahead >= 0)
        json_set_int(event, "points_ahead", verifying->summary.ahead);
    else
        json_set(event, "points_ahead", json_null());
    json_set_int(event, "tenants_source", verifying->scope.tenants_total);
    scope_print_json(event, "reasons", &verifying->scope);
    json_set(event, "not_compared", gaps_json(&verifying->gaps));
    out_json_line(event);
}

/* Names what isn't compared; a long list is cut. */
static void add_gaps(struct strbuf *text, const struct gaps *gaps)
{
    enum { SHOWN = 20 };

    for (size_t i = 0; i < gaps->count && i < SHOWN; i++) {
        strbuf_addstr(text, "Not compared: ");
        strbuf_add_visible(text, gaps->items[i].words, strlen(gaps->items[i].words));
        strbuf_addstr(text, ".\n");
    }
    if (gaps->count > SHOWN)
        strbuf_addf(text, "Not compared: and %zu more; --output json names them all.\n",
                    gaps->count - SHOWN);
}

static void add_unreadable(struct strbuf *text, const struct plan *plan)
{
    for (size_t i = 0; i < plan->unreadable_count; i++) {
        char *words = plan_unreadable_words(plan, &plan->unreadable[i]);

        strbuf_addf(text, "Not compared: %s.\n", words);
        free(words);
    }
}

/* Windows whose shard of the source isn't open failed, but don't differ. */
static int64_t count_differing(const struct run_state *state)
{
    return state->progress.windows_failed - state->windows_unreadable;
}

static const char *result_words(const struct verifying *verifying, int status)
{
    const struct run_summary *summary = &verifying->summary;

    if (status == STATUS_DONE)
        return scope_is_complete(&verifying->scope) ? "Verified" : "Verified for what was asked";
    if (status == STATUS_IN_PART && count_differing(&summary->state))
        return "Differs";
    return status == STATUS_IN_PART && !summary->tenants_away &&
                   !verifying->delta.plan.unreadable_count
               ? "Verified in part"
               : "Not finished";
}

static void add_compared(struct strbuf *text, const struct verifying *verifying, int status)
{
    const struct run_summary *summary = &verifying->summary;
    const struct settings *settings = &verifying->session->settings;
    const struct journal_progress *progress = &summary->state.progress;
    int64_t differing = count_differing(&summary->state);

    strbuf_addf(text, "%s: ", result_words(verifying, status));
    number_add_grouped(text, summary->state.values_verified);
    strbuf_addf(text, " values were %s on both sides in ",
                settings->deep ? "compared one by one" : "counted");
    clock_add_duration_rounded(text, summary->elapsed_ns);
    strbuf_addf(text, "; %" PRId64 " of %" PRId64 " windows of %" PRId64 " tenant%s are whole.\n",
                progress->windows_done, progress->windows_total, progress->tenants_total,
                PLURAL(progress->tenants_total, "", "s"));
    if (progress->points) {
        strbuf_addstr(text, "Repaired: ");
        tenants_add_points(text, progress->points);
        strbuf_addstr(text, " were copied again.\n");
    }
    if (differing)
        strbuf_addf(text, "Windows that %sdiffer: %" PRId64 "%s.\n",
                    settings->repair ? "still " : "", differing,
                    settings->repair ? "" : "; --repair copies them again");
    if (summary->ahead > 0) {
        strbuf_addstr(text, "Not compared: ");
        tenants_add_points(text, summary->ahead);
        strbuf_addstr(text, " ahead of the clock (--ahead compares those that were copied).\n");
    }
    tenants_add_away(text, &verifying->session->servers, "compared");
}

static void print_text(const struct verifying *verifying, int status)
{
    struct strbuf text = STRBUF_INIT;

    if (!verifying->summary.state.progress.windows_total && !verifying->summary.tenants_away)
        strbuf_addstr(&text,
                      !verifying->delta.plan.tenant_count && verifying->delta.coverage.tenants.count
                          ? "Nothing was compared: the source shows no points of the time "
                            "that was copied.\n"
                          : "Nothing was compared: the journal says that nothing was copied "
                            "yet to where these options lead.\n");
    else
        add_compared(&text, verifying, status);
    add_unreadable(&text, &verifying->delta.plan);
    add_gaps(&text, &verifying->gaps);
    scope_print_text(&text, "Left out: ", &verifying->asked);
    out_text(text.buf);
    strbuf_release(&text);
}

/* Gathers what the verdict leaves out, before anything is compared. */
static int find_scope(struct verifying *verifying, struct err *err)
{
    const struct delta *delta = &verifying->delta;

    scope_of_plan(&verifying->asked, &delta->plan);
    verifying->scope = verifying->asked;
    if (gaps_find(&verifying->gaps, &delta->plan, &delta->coverage, &verifying->asked,
                  delta->journal, err) < 0)
        return -1;
    gaps_count(&verifying->gaps, &verifying->scope);
    return 0;
}

/* Adds to the scope what became of the comparison. */
static void end_scope(struct verifying *verifying, int status)
{
    const struct run_summary *summary = &verifying->summary;
    int64_t *figures = verifying->scope.figures;

    figures[SCOPE_DIFFERING] = count_differing(&summary->state);
    figures[SCOPE_AHEAD] = summary->ahead;
    figures[SCOPE_UNREADABLE] = (int64_t)verifying->delta.plan.unreadable_count;
    figures[SCOPE_AWAY] = summary->tenants_away;
    if (status > STATUS_IN_PART)
        figures[SCOPE_CUT_SHORT] = 1;
}

static int end_run(struct verifying *verifying, int status, const char *words, struct err *err)
{
    struct journal_end end = JOURNAL_END_INIT;

    if (verifying->delta.kind != DELTA_REPAIR)
        return 0;
    end.status = status;
    end.words = words;
    end.values_verified = verifying->summary.state.values_verified;
    return journal_end_run(verifying->delta.journal, &end, &verifying->summary.state.progress, err);
}

static void end_record(struct verifying *verifying, int status, const char *words)
{
    const struct run_state *state = &verifying->summary.state;
    const struct verification_end end = {.status = status,
                                         .words = words,
                                         .values_verified = state->values_verified,
                                         .points_repaired = state->progress.points};

    verification_end(verifying->record, &end, &state->progress);
}

static void warn_of_unreadable(const struct plan *plan)
{
    for (size_t i = 0; i < plan->unreadable_count; i++) {
        char *words = plan_unreadable_words(plan, &plan->unreadable[i]);

        log_warning("%s", words);
        free(words);
    }
    if (plan->catalogue->closed_shards.unknown)
        log_warning("whether all shards of the source are open isn't known: %s",
                    plan->catalogue->closed_shards.unknown);
}

static int execute(struct verifying *verifying, struct err *err)
{
    struct tenants_session *session = verifying->session;
    struct tenants_watcher watcher;
    struct run_observer observer;
    struct err end_err = ERR_INIT;
    int rc, status;

    tenants_tell_servers(&session->servers);
    warn_of_unreadable(&verifying->delta.plan);
    tenants_watcher_init(&watcher, verifying->json, NULL);
    observer = tenants_watcher_observer(&watcher);
    observer.verification = verifying->record;
    rc = delta_run(&verifying->delta, &observer, &verifying->summary, err);
    /* Where there are tenants, or were, and nothing was compared, nothing is proven: that is no
     * success. */
    if (rc == 0 && !verifying->summary.state.progress.windows_total &&
        (verifying->delta.plan.tenant_count || verifying->delta.coverage.tenants.count))
        rc = 1;
    if (rc == 0 && gaps_deny(&verifying->gaps))
        rc = 1;
    status = rc < 0 ? err_status(err->code) : rc;
    if (end_run(verifying, status, err->message, &end_err) < 0 && rc >= 0) {
        *err = end_err;
        end_err = (struct err)ERR_INIT;
        rc = -1;
        status = err_status(err->code);
    }
    err_release(&end_err);
    end_record(verifying, status, err->message);
    end_scope(verifying, status);
    if (verifying->json)
        print_json(verifying, status);
    else
        print_text(verifying, status);
    return rc;
}

static int run(const struct command_input *input, struct err *err)
{
    struct tenants_session session = {0};
    struct verifying verifying = {.session = &session, .json = command_wants_json(input)};
    struct delta *delta = &verifying.delta;
    const struct settings *settings = &session.settings;
    char *filters = scope_print_options(input->options);
    int rc = -1;

    if (tenants_session_open(&session, input, err) < 0)
        goto out;
    verifying.course.line = input->line;
    delta->course = &verifying.course;
    delta->kind = settings->repair ? DELTA_REPAIR : DELTA_VERIFY;
    /* A repair copies, so it takes the lock that runs take. */
    delta->journal = journal_open(settings, settings->repair ? JOURNAL_WRITE : JOURNAL_READ, err);
    if (!delta->journal)
        goto out;
    /* The record notes the coverage when it begins; the delta then loads the same. */
    verifying.record = verification_begin(settings, settings->repair ? delta->journal : NULL,
                                          input->line, filters);
    if ((!settings->repair && journal_refresh(delta->journal, settings, err) < 0) ||
        tenants_session_plan(&session, delta, err) < 0 || find_scope(&verifying, err) < 0)
        goto out;
    verification_limit(verifying.record, &delta->plan);
    if (delta_prepare(delta, err) == 0)
        rc = execute(&verifying, err);
out:
    /* The verification ended before it began to compare. */
    if (!verifying.summary.elapsed_ns && verifying.record)
        end_record(&verifying, err_status(err->code), err->message);
    verification_free(verifying.record);
    gaps_release(&verifying.gaps);
    delta_release(delta);
    journal_close(delta->journal);
    tenants_session_close(&session);
    free(filters);
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
        "done, or with --deep compares every point. Tenants that were never copied and\n"
        "windows that failed are named, and make the answer no. The target may hold more than\n"
        "the source, as a persister already writes there; it may never hold less. Differences\n"
        "are named, and --repair copies them again.",
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
