#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/stop.h"
#include "cmd/tenants/progress.h"
#include "cmd/tenants/setup.h"
#include "cmd/tenants/tenants.h"
#include "cmd/tenants/verification_print.h"
#include "tenants/rejects/rejects.h"
#include "term/number.h"
#include "term/out.h"
#include "term/progress.h"

/* What verifications say. */
struct proven {
    struct report_facts facts;
    struct report_proof proof;
};

static int read_proven(struct proven *proven, struct journal *journal, struct err *err)
{
    if (report_read(&proven->facts, journal, err) < 0)
        return -1;
    report_prove(&proven->proof, &proven->facts);
    return 0;
}

static int add_failure_json(void *context, const struct journal_failure *failure)
{
    json_t *object = json_object(), *measurements = json_array();

    json_set_text(object, "tenant", failure->tenant);
    json_set_text(object, "database", failure->database);
    json_set_text(object, "source_policy", failure->policy);
    for (size_t i = 0; i < failure->measurements.nr; i++)
        json_array_append_new(measurements, json_text(failure->measurements.v[i]));
    json_set(object, "measurements", measurements);
    json_set_instant(object, "start", failure->range.start_ns);
    json_set_instant(object, "end", failure->range.end_ns);
    json_set_text(object, "words", failure->words);
    json_array_append_new(context, object);
    return 0;
}

static void add_refused_json(void *context, const struct rejects_section *section)
{
    json_t *object = json_object();

    json_set_text(object, "tenant", section->owner.tenant);
    json_set_text(object, "database", section->owner.place);
    json_set_int(object, "points", section->points);
    json_set_text(object, "words", section->words);
    json_array_append_new(context, object);
}

static json_t *shard_json(const char *name, const struct journal_run *run)
{
    json_t *object = json_object();

    json_set_text(object, "shard", name);
    json_set_text(object, "state", tenants_run_state(run));
    json_set_bool(object, "running", run->running);
    json_set_int(object, "pid", run->pid);
    json_set_instant_or_null(object, "updated", run->updated_ns);
    tenants_set_tenants(object, &run->progress);
    tenants_set_windows(object, &run->progress);
    json_set_int(object, "points_written", run->progress.points);
    return object;
}

static int add_shards_json(struct journal *journal, json_t *list, struct err *err)
{
    for (size_t i = 0; i < journal_shard_count(journal); i++) {
        const char *name;
        struct journal_run run;

        if (journal_shard_run(journal, i, &name, &run, err) < 0)
            return -1;
        if (run.id)
            json_array_append_new(list, shard_json(name, &run));
    }
    return 0;
}

/* NULL: it isn't told of a run that is watched. */
static void set_proven(json_t *document, const struct proven *proven)
{
    const struct verification_list *list = proven ? &proven->facts.verifications : NULL;

    json_set(document, "compared",
             proven ? verification_print_proof_json(&proven->proof) : json_null());
    json_set(document, "windows_differing",
             proven ? json_integer((json_int_t)proven->facts.differing.count) : json_null());
    json_set(document, "verification",
             list && list->count ? verification_print_record_json(&list->items[0]) : json_null());
}

/* NULL on an error. The caller's reference. */
static json_t *status_json(struct journal *journal, const struct rejects *rejects,
                           const struct journal_run *run, const struct proven *proven,
                           struct err *err)
{
    json_t *document = json_object(), *failures = json_array(), *refused = json_array(),
           *shards = json_array();

    json_set_text(document, "journal", journal_path(journal));
    json_set_text(document, "state", tenants_run_state(run));
    json_set_bool(document, "running", run->running);
    json_set_int(document, "pid", run->pid);
    json_set_int(document, "status", run->ended_ns ? run->status : -1);
    json_set_instant_or_null(document, "started", run->started_ns);
    json_set_instant_or_null(document, "updated", run->updated_ns);
    json_set_instant_or_null(document, "ended", run->ended_ns);
    json_set_instant_or_null(document, "cutoff", run->cutoff_ns);
    tenants_set_progress(document, &run->progress);
    json_set(document, "failures", failures);
    json_set(document, "shards", shards);
    set_proven(document, proven);
    json_set(document, "refused", refused);
    json_set_text(document, "reject_file", rejects_path(rejects));
    if (add_shards_json(journal, shards, err) < 0 ||
        journal_failures(journal, add_failure_json, failures, err) < 0 ||
        rejects_summary(rejects, add_refused_json, refused, err) < 0) {
        json_decref(document);
        return NULL;
    }
    return document;
}

static int print_json(struct journal *journal, const struct rejects *rejects,
                      const struct journal_run *run, const struct proven *proven, bool one_line,
                      struct err *err)
{
    json_t *document = status_json(journal, rejects, run, proven, err);

    if (!document)
        return -1;
    if (one_line)
        out_json_line(document);
    else
        out_json_document(document);
    return 0;
}

/* Windows of one tenant that failed, one after the other, for one reason: a line. */
struct failed_windows {
    char *tenant, *what, *words; /* what: of which measurements; "" where these are not the same */
    int64_t count;
    struct range range;
};

static void print_failed(struct failed_windows *failed)
{
    struct strbuf text = STRBUF_INIT, visible = STRBUF_INIT;

    if (failed->count) {
        strbuf_addf(&text, "failed: tenant %s, %s", failed->tenant, failed->what);
        if (failed->count > 1)
            strbuf_addf(&text, "%" PRId64 " windows, ", failed->count);
        clock_add_instant(&text, failed->range.start_ns);
        strbuf_addstr(&text, " to ");
        clock_add_instant(&text, failed->range.end_ns);
        strbuf_addf(&text, ": %s", failed->words);
        strbuf_add_visible(&visible, text.buf, text.len);
        out_printf("%s\n", visible.buf);
    }
    free(failed->tenant);
    free(failed->what);
    free(failed->words);
    *failed = (struct failed_windows){0};
    strbuf_release(&text);
    strbuf_release(&visible);
}

static char *measurements_text(const struct strvec *measurements)
{
    struct strbuf text = STRBUF_INIT;

    if (measurements->nr == 1)
        strbuf_addf(&text, "measurement %s, ", measurements->v[0]);
    else
        strbuf_addf(&text, "%zu measurements, ", measurements->nr);
    return strbuf_detach(&text);
}

static int add_failure(void *context, const struct journal_failure *failure)
{
    struct failed_windows *failed = context;
    char *what = measurements_text(&failure->measurements);

    if (!failed->count || strcmp(failed->tenant, failure->tenant) != 0 ||
        strcmp(failed->words, failure->words) != 0) {
        print_failed(failed);
        *failed = (struct failed_windows){.tenant = xstrdup(failure->tenant),
                                          .what = xstrdup(what),
                                          .words = xstrdup(failure->words),
                                          .range = failure->range};
    }
    if (strcmp(failed->what, what) != 0)
        failed->what[0] = '\0';
    if (failed->range.end_ns < failure->range.end_ns)
        failed->range.end_ns = failure->range.end_ns;
    failed->count++;
    free(what);
    return 0;
}

static int print_failures(struct journal *journal, struct err *err)
{
    struct failed_windows failed = {0};
    int rc = journal_failures(journal, add_failure, &failed, err);

    print_failed(&failed);
    return rc;
}

/* A line for each shard, and for runs without --shard. */
static int print_shards(struct journal *journal, struct err *err)
{
    for (size_t i = 0; i < journal_shard_count(journal); i++) {
        const char *name;
        struct journal_run run;

        if (journal_shard_run(journal, i, &name, &run, err) < 0)
            return -1;
        if (run.id)
            out_printf("  %-6s%-6s %s, %" PRId64 " of %" PRId64 " tenants, %" PRId64 " of %" PRId64
                       " windows, %" PRId64 " failed\n",
                       *name ? "shard" : "all", name, tenants_run_state(&run),
                       run.progress.tenants_done, run.progress.tenants_total,
                       run.progress.windows_done, run.progress.windows_total,
                       run.progress.windows_failed);
    }
    return 0;
}

static void print_refused(void *context, const struct rejects_section *section)
{
    struct strbuf text = STRBUF_INIT, visible = STRBUF_INIT;

    (void)context;
    strbuf_addf(&text, "refused: tenant %s, ", section->owner.tenant);
    tenants_add_points(&text, section->points);
    strbuf_addf(&text, ": %s", section->words);
    strbuf_add_visible(&visible, text.buf, text.len);
    out_printf("%s\n", visible.buf);
    strbuf_release(&text);
    strbuf_release(&visible);
}

static void count_refused(void *context, const struct rejects_section *section)
{
    *(int64_t *)context += section->points;
}

static void add_proven(struct strbuf *text, const struct proven *proven)
{
    const struct report_facts *facts = &proven->facts;

    strbuf_addstr(text, "  compared     ");
    verification_print_proof(text, &proven->proof, (int64_t)facts->differing.count);
    strbuf_addch(text, '\n');
    if (facts->differing.count) {
        strbuf_addstr(text, "  differences  ");
        verification_print_differences(text, facts);
        strbuf_addstr(text, ", not mended; 'monasca-migrate tenants report' says what to do\n");
    }
    if (facts->verifications.count) {
        struct strbuf record = STRBUF_INIT;

        verification_print_record(&record, &facts->verifications.items[0]);
        strbuf_addstr(text, "  last verify  ");
        strbuf_add_visible(text, record.buf, record.len);
        strbuf_addch(text, '\n');
        strbuf_release(&record);
    }
}

static int print_text(struct journal *journal, const struct rejects *rejects,
                      const struct journal_run *run, const struct proven *proven, struct err *err)
{
    const struct journal_progress *progress = &run->progress;
    struct strbuf text = STRBUF_INIT;
    int64_t refused = 0;

    if (rejects_each(rejects, count_refused, &refused, err) < 0)
        return -1;
    strbuf_addf(&text, "The last run (process %" PRId64 ") is %s.\n", run->pid,
                tenants_run_state(run));
    if (!run->running && !run->ended_ns)
        strbuf_addstr(&text, "  It ended without a word: killed, or the machine went down. What is "
                             "recorded counts;\n  the same command goes on from there.\n");
    strbuf_addstr(&text, "  started      ");
    clock_add_second(&text, run->started_ns);
    strbuf_addf(&text, ", %s after ", run->running ? "last recorded" : "ended");
    clock_add_duration_rounded(&text,
                               (run->ended_ns ? run->ended_ns : run->updated_ns) - run->started_ns);
    strbuf_addstr(&text, "\n  looks at     points up to ");
    clock_add_instant(&text, run->range.end_ns - 1);
    strbuf_addf(&text,
                "\n  tenants      %" PRId64 " of %" PRId64 "\n  windows      %" PRId64
                " of %" PRId64,
                progress->tenants_done, progress->tenants_total, progress->windows_done,
                progress->windows_total);
    if (progress->windows_failed)
        strbuf_addf(&text, ", %" PRId64 " failed", progress->windows_failed);
    strbuf_addstr(&text, "\n  points       ");
    number_add_grouped(&text, progress->points);
    strbuf_addch(&text, '\n');
    add_proven(&text, proven);
    strbuf_addf(&text, "  journal      %s\n", journal_path(journal));
    if (refused) {
        strbuf_addstr(&text, "  refused      ");
        number_add_grouped(&text, refused);
        strbuf_addf(&text, ", in %s\n", rejects_path(rejects));
    }
    out_text(text.buf);
    strbuf_release(&text);
    if (print_shards(journal, err) < 0 || print_failures(journal, err) < 0)
        return -1;
    return rejects_summary(rejects, print_refused, NULL, err);
}

static int read_run(struct journal *journal, struct journal_run *run, struct err *err)
{
    if (journal_last_run(journal, run, err) < 0)
        return -1;
    if (!run->id)
        return err_set(err, ERR_FAILED, "the journal %s holds no run yet", journal_path(journal));
    return 0;
}

/* Watching */

struct watch {
    const struct settings *settings;
    struct journal *journal;
    struct rejects *rejects;
    bool json;
    struct progress_rate points, windows;
    struct journal_run told; /* what the last line was about */
};

static void add_line(struct strbuf *sb, const struct watch *watch, const struct journal_run *run,
                     size_t columns)
{
    const struct journal_progress *progress = &run->progress;
    double total = (double)progress->windows_total,
           done = (double)(progress->windows_done + progress->windows_failed);
    struct tenants_progress shown = {
        .progress = progress,
        .done = total > 0 ? done / total : -1,
        .left_ns = done < total ? progress_time_left_ns(&watch->windows, total - done) : -1,
        .points_per_second = progress_rate(&watch->points),
        .in_flight = -1,
        /* With all windows done it waits for the next delta, or counts what stays behind. */
        .behind_ns = done < total ? -1 : clock_now_ns() - run->range.end_ns,
    };

    tenants_add_progress(sb, &shown, columns);
}

static void tell_watched(struct watch *watch, const struct journal_run *run)
{
    struct strbuf line = STRBUF_INIT;

    clock_add_second(&line, run->updated_ns);
    strbuf_addstr(&line, " running: ");
    add_line(&line, watch, run, TENANTS_LOG_COLUMNS);
    out_printf("%s\n", line.buf);
    out_flush();
    strbuf_release(&line);
}

/* A terminal shows one line, drawn over; what else reads gets a line where something has changed.
 */
static int show_watched(struct watch *watch, const struct journal_run *run, struct err *err)
{
    int64_t now_ns = clock_monotonic_ns();
    size_t columns = isatty(STDOUT_FILENO) && !watch->json ? log_status_columns() : 0;
    bool same = run->updated_ns == watch->told.updated_ns && run->id == watch->told.id;

    if (run->id != watch->told.id) {
        progress_rate_begin(&watch->points, (double)run->progress.points, now_ns);
        progress_rate_begin(&watch->windows, (double)run->progress.windows_done, now_ns);
    }
    progress_rate_update(&watch->points, (double)run->progress.points, now_ns);
    progress_rate_update(&watch->windows,
                         (double)(run->progress.windows_done + run->progress.windows_failed),
                         now_ns);
    watch->told = *run;
    if (columns) {
        struct strbuf line = STRBUF_INIT;

        add_line(&line, watch, run, columns);
        log_status(line.buf);
        strbuf_release(&line);
        return 0;
    }
    if (same)
        return 0;
    if (watch->json)
        return print_json(watch->journal, watch->rejects, run, NULL, true, err);
    tell_watched(watch, run);
    return 0;
}

/* Until the run ends, which `run` then is, or until it is interrupted. */
static int watch_run(struct watch *watch, int64_t interval_ns, struct journal_run *run,
                     struct err *err)
{
    struct pollfd wake = {.fd = stop_fd(), .events = POLLIN};
    int rc = 0;

    while (rc == 0 && run->running && !stop_requested()) {
        rc = show_watched(watch, run, err);
        if (rc == 0 && poll(&wake, 1, (int)(interval_ns / 1000000)) > 0)
            stop_drain();
        if (rc == 0)
            rc = journal_refresh(watch->journal, watch->settings, err);
        if (rc == 0)
            rc = read_run(watch->journal, run, err);
    }
    log_status(NULL);
    return rc;
}

static int run(const struct command_input *input, struct err *err)
{
    const struct tenants_options *options = input->options;
    bool json = command_wants_json(input);
    struct tenants_session session = {0};
    struct watch watch = {.settings = &session.settings, .json = json};
    struct journal *journal = NULL;
    struct rejects *rejects = NULL;
    struct journal_run last;
    struct proven proven = {0};
    int rc = -1;

    if (tenants_session_open(&session, input, err) < 0)
        goto out;
    journal = journal_open(&session.settings, JOURNAL_READ, err);
    if (!journal || read_run(journal, &last, err) < 0)
        goto out;
    rejects = rejects_new(&session.settings);
    watch.journal = journal;
    watch.rejects = rejects;
    if (options->watch_ns && watch_run(&watch, options->watch_ns, &last, err) < 0)
        goto out;
    if (read_proven(&proven, journal, err) < 0)
        goto out;
    rc = json ? print_json(journal, rejects, &last, &proven, options->watch_ns != 0, err)
              : print_text(journal, rejects, &last, &proven, err);
    if (rc == 0)
        rc = last.running || (last.status == STATUS_DONE && !proven.facts.differing.count) ? 0 : 1;
out:
    report_facts_release(&proven.facts);
    rejects_free(rejects);
    journal_close(journal);
    tenants_session_close(&session);
    return rc;
}

static const struct option options_table[] = {
    {"watch", 'w', OPTION_DURATION, offsetof(struct tenants_options, watch_ns), "INTERVAL",
     "go on showing it until the run ends, and look each INTERVAL (default without a value: 1s); "
     "Ctrl-C ends the watching, not the run",
     CLOCK_SECOND_NS / 10, CLOCK_DAY_NS, NULL, "1s"},
    {"state-dir", 0, OPTION_STRING, offsetof(struct tenants_options, state_dir), "DIR",
     "where the journal is kept (default: as for run)", 0, 0, NULL, NULL},
    OPTION_END,
};

const struct command command_tenants_status = {
    .group = "tenants",
    .name = "status",
    .summary = "show how far the last run is or was",
    .details =
        "Reads the journal, also while a run goes on; asks no server. The status is 0 where the\n"
        "last run goes on, or has done all and no difference that a verification found is left;\n"
        "else 1.\n"
        "\n"
        "With --watch a terminal shows a line that is drawn over; elsewhere there is a line for\n"
        "each change, or an object with --output json. When the run ends, this does too, and\n"
        "tells how.",
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
