/* The status of the last run, for a person. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cmd/tenants/progress.h"
#include "cmd/tenants/verdict/scope_print.h"
#include "cmd/tenants/verification_print.h"
#include "status.h"
#include "term/number.h"
#include "term/out.h"

/* Failed windows of one tenant, one after the other, with the same words. They take one line. */
struct failed_windows {
    char *tenant, *what, *words; /* what: their measurements; "" where these differ */
    int64_t count;
    struct range range;
};

/* Prints the line, and empties it. */
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

/* A line for each part of --shard, and for runs without it. */
static int print_parts(struct journal *journal, struct err *err)
{
    for (size_t i = 0; i < journal_part_count(journal); i++) {
        const char *name;
        struct journal_run run;

        if (journal_part_run(journal, i, &name, &run, err) < 0)
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

static void add_proven(struct strbuf *text, const struct run_status *status)
{
    const struct report_facts *facts = &status->facts;

    strbuf_addstr(text, "  compared     ");
    verification_print_proof(text, &status->report.proof, (int64_t)facts->differing.count);
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

/* The run itself: whether it goes on, since when, and how far it is. tenants_source: how many
 * tenants the source has; -1: not known. */
static void add_run(struct strbuf *text, const struct journal_run *run, int64_t tenants_source)
{
    const struct journal_progress *progress = &run->progress;

    strbuf_addf(text, "The last run (process %" PRId64 ") is %s.\n", run->pid,
                tenants_run_state(run));
    if (!run->running && !run->ended_ns)
        strbuf_addstr(text, "  It ended without a word: killed, or the machine went down. What is "
                            "recorded counts;\n  the same command goes on from there.\n");
    strbuf_addstr(text, "  started      ");
    clock_add_second(text, run->started_ns);
    strbuf_addf(text, ", %s after ", run->running ? "last recorded" : "ended");
    clock_add_duration_rounded(text,
                               (run->ended_ns ? run->ended_ns : run->updated_ns) - run->started_ns);
    strbuf_addstr(text, "\n  looks at     points up to ");
    clock_add_instant(text, range_past_end_ns(run->range, run->cutoff_ns) - 1);
    if (run->range.end_ns > run->cutoff_ns + 1)
        strbuf_addstr(text, ", and those ahead of the clock");
    strbuf_addf(text, "\n  tenants      %" PRId64 " of %" PRId64, progress->tenants_done,
                progress->tenants_total);
    if (tenants_source > progress->tenants_total)
        strbuf_addf(text, ", of %" PRId64 " in the source", tenants_source);
    strbuf_addf(text, "\n  windows      %" PRId64 " of %" PRId64, progress->windows_done,
                progress->windows_total);
    if (progress->windows_failed)
        strbuf_addf(text, ", %" PRId64 " failed", progress->windows_failed);
    strbuf_addstr(text, "\n  points       ");
    number_add_grouped(text, progress->points);
    strbuf_addch(text, '\n');
}

/* The newest copy; NULL where there is none. */
static const struct report_run *newest_copy(const struct report_facts *facts)
{
    for (size_t i = 0; i < facts->run_count; i++)
        if (strcmp(facts->runs[i].kind, "copy") == 0)
            return &facts->runs[i];
    return NULL;
}

/* Adds how much a rehearsal looked at, and what it showed: all runs so far did that work, and the
 * figures of the last one tell how long the whole takes. */
static void add_rehearsal(struct strbuf *text, const struct run_status *status)
{
    const struct report_run *run = newest_copy(&status->facts);
    const struct journal_run *facts = run ? &run->run : &status->run;

    strbuf_addstr(text, "  scope        a rehearsal: ");
    if (run && run->tenants_source >= 0)
        strbuf_addf(text,
                    "%" PRId64 " of %" PRId64 " tenants, %" PRId64 " of %" PRId64
                    " measurements, %" PRId64 " of %" PRId64 " retention policies",
                    facts->progress.tenants_total, run->tenants_source, run->measurements,
                    run->measurements_source, run->policies, run->policies_source);
    else
        strbuf_addstr(text, "options left something out of each run");
    strbuf_addstr(text, "; 'monasca-migrate tenants report' says how to run for all\n"
                        "  it showed    ");
    tenants_add_points(text, facts->progress.points);
    strbuf_addstr(text, " copied in ");
    clock_add_duration_rounded(text, (facts->ended_ns ? facts->ended_ns : facts->updated_ns) -
                                         facts->started_ns);
    strbuf_addf(text, ", %" PRId64 " windows failed\n", facts->progress.windows_failed);
}

int status_print_text(const struct run_status *status, struct err *err)
{
    struct strbuf text = STRBUF_INIT;
    int64_t refused = 0;

    if (rejects_each(status->rejects, count_refused, &refused, err) < 0)
        return -1;
    add_run(&text, &status->run,
            newest_copy(&status->facts) ? newest_copy(&status->facts)->tenants_source : -1);
    if (scope_is_rehearsal(&status->report.scope))
        add_rehearsal(&text, status);
    scope_print_list(&text, "  left out     ", &status->report.scope);
    add_proven(&text, status);
    strbuf_addf(&text, "  journal      %s\n", journal_path(status->journal));
    if (refused) {
        strbuf_addstr(&text, "  refused      ");
        number_add_grouped(&text, refused);
        strbuf_addf(&text, ", in %s\n", rejects_path(status->rejects));
    }
    out_text(text.buf);
    strbuf_release(&text);
    if (print_parts(status->journal, err) < 0 || print_failures(status->journal, err) < 0)
        return -1;
    return rejects_summary(status->rejects, print_refused, NULL, err);
}
