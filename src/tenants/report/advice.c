#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/plural.h"
#include "base/status.h"
#include "parts.h"

/* Reasons */

enum { REASONS_MAX = 20 };

/* What InfluxDB or a run says, and what helps. */
static const struct {
    const char *words, *advice;
} advices[] = {
    {"field type conflict",
     "The target holds this field with another type, written there by somebody else. Drop or "
     "rename that measurement in the target, then run again."},
    {"verification:",
     "The target lacks values that the source has. 'tenants verify --repair' copies them again; if "
     "they go on missing, something deletes them, or the target's policy is shorter than it was."},
    {"can't express",
     "Line protocol can't hold these names. Copy this tenant within the source's server, without "
     "--engine stream and --target-url."},
    {"max-select-series", "The server allows too few series for one statement: raise or unset "
                          "max-select-series in the section [coordinator] of influxdb.conf."},
    {"max-select", "The server allows too little for one statement: raise or unset the max-select-"
                   "settings in the section [coordinator] of influxdb.conf."},
    {"max-values-per-tag", "The server allows too few values of a tag: raise max-values-per-tag in "
                           "the section [data] of influxdb.conf."},
    {"max-series-per-database", "The server allows too few series in a database: raise "
                                "max-series-per-database in the section [data] of influxdb.conf."},
    {"cache-max-memory-size", "The server's cache is full: run again with fewer --jobs, or raise "
                              "cache-max-memory-size in the section [data] of influxdb.conf."},
    {"no space left", "The server's disk is full: make room there, then run again."},
    {"timeout", "The server needs too long: run again when it has less to do, or with fewer "
                "--jobs."},
    {"not authorized", "The user may not do this: grant it, then run again."},
    {"retention policy", "The points are older than the target keeps: make its policy longer, or "
                         "accept that they stay behind."},
};

static const char *find_advice(const char *words)
{
    for (size_t i = 0; i < ARRAY_SIZE(advices); i++)
        if (strstr(words, advices[i].words))
            return advices[i].advice;
    return NULL;
}

/* The kind of a failure: its words without what differs from one to the next. */
static char *kind_of(const char *words)
{
    struct strbuf kind = STRBUF_INIT;

    for (const char *c = words; *c && *c != ';'; c++) {
        if (*c == '"' && strchr(c + 1, '"')) {
            strbuf_addstr(&kind, "\"\xe2\x80\xa6\"");
            c = strchr(c + 1, '"');
        } else if (isdigit((unsigned char)*c)) {
            strbuf_addstr(&kind, "\xe2\x80\xa6");
            while (isdigit((unsigned char)c[1]))
                c++;
        } else {
            strbuf_addch(&kind, *c);
        }
    }
    return strbuf_detach(&kind);
}

static struct report_reason *find_reason(struct report *report, const char *words)
{
    char *kind = kind_of(words);
    struct report_reason *reason;

    for (size_t i = 0; i < report->reason_count; i++)
        if (strcmp(report->reasons[i].words, kind) == 0) {
            free(kind);
            return &report->reasons[i];
        }
    if (report->reason_count == REASONS_MAX) {
        free(kind);
        reason = &report->reasons[REASONS_MAX - 1];
        free(reason->words);
        reason->words = xstrdup("other reasons");
        reason->advice = NULL;
        return reason;
    }
    GROW(report->reasons, report->reason_count, report->reason_alloc);
    reason = &report->reasons[report->reason_count++];
    *reason = (struct report_reason){.words = kind, .advice = find_advice(words)};
    return reason;
}

void report_count_reason(struct report *report, const char *tenant, const char *words,
                         int64_t windows, int64_t points)
{
    struct report_reason *reason = find_reason(report, words);

    reason->failures += windows;
    reason->points += points;
    if (!reason->last_tenant || strcmp(reason->last_tenant, tenant) != 0)
        reason->tenants++;
    reason->last_tenant = tenant;
}

static int compare_reasons(const void *a, const void *b)
{
    const struct report_reason *x = a, *y = b;

    if (x->failures != y->failures)
        return x->failures < y->failures ? 1 : -1;
    return (x->points < y->points) - (x->points > y->points);
}

void report_sort_reasons(struct report *report)
{
    if (report->reason_count)
        qsort(report->reasons, report->reason_count, sizeof(*report->reasons), compare_reasons);
}

/* Steps */

/* Takes over both. */
static void add_step(struct report *report, struct strbuf *why, struct strbuf *command)
{
    GROW(report->steps, report->step_count, report->step_alloc);
    report->steps[report->step_count++] =
        (struct report_step){strbuf_detach(why), command->len ? strbuf_detach(command) : NULL};
}

/* Those that never ran, and those whose newest run did not come to its end. */
static void add_shard_steps(struct report *report, const struct strvec *options)
{
    enum { SHOWN = 10 };
    const struct report_facts *facts = report->facts;
    struct strbuf why = STRBUF_INIT, command = STRBUF_INIT;

    for (size_t i = 0, shown = 0; i < facts->shard_count && shown < SHOWN; i++) {
        const struct report_shard *shard = &facts->shards[i];

        if (report_lacks_shard(facts, i)) {
            strbuf_addf(&why, "Shard %s never ran. Run it:", shard->name);
            report_add_run_of_shard(&command, report, shard->name, options);
        } else if (shard->ran && report_is_cut_short(&shard->run)) {
            strbuf_addf(&why,
                        "The last run of shard %s did not come to its end%s%s. The same "
                        "command goes on from there:",
                        shard->name, *shard->words ? ": " : "", shard->words);
            if (*shard->command)
                strbuf_addstr(&command, shard->command);
            else
                report_add_run_of_shard(&command, report, shard->name, options);
        } else {
            continue;
        }
        add_step(report, &why, &command);
        shown++;
    }
}

/* Where only one shard is here. */
static void add_lone_shard_step(struct report *report)
{
    const struct report_facts *facts = report->facts;
    struct strbuf why = STRBUF_INIT, command = STRBUF_INIT;

    if (facts->shard_count < 2 || facts->shards_here > 1)
        return;
    for (size_t i = 0; i < facts->shard_count; i++)
        if (facts->shards[i].ran)
            strbuf_addf(&why,
                        "This is shard %s alone: the others have no journal here. Where they have "
                        "state directories of their own, ask there; else run them.",
                        facts->shards[i].name);
    add_step(report, &why, &command);
}

static int64_t pid_at_work(const struct report_facts *facts)
{
    for (size_t i = 0; i < facts->shard_count; i++)
        if (facts->shards[i].run.running)
            return facts->shards[i].run.pid;
    return facts->runs[0].run.pid;
}

/* A run that goes on, or did not come to its end. */
static void add_run_steps(struct report *report, const struct strvec *options)
{
    const struct report_run *last = report->facts->run_count ? &report->facts->runs[0] : NULL;
    struct strbuf why = STRBUF_INIT, command = STRBUF_INIT;

    if (!last) {
        strbuf_addstr(&why, "No run was made yet. Begin with the plan.");
        report_add_command(&command, "plan", options);
    } else if (report->verdict == REPORT_RUNNING) {
        strbuf_addf(&why, "A run is at work (process %" PRId64 "). See how far it is:",
                    pid_at_work(report->facts));
        report_add_command(&command, "status --watch", options);
    } else if (report->facts->shard_count) {
        add_shard_steps(report, options);
        return;
    } else if (report_is_cut_short(&last->run)) {
        strbuf_addstr(&why, "The last run did not come to its end");
        strbuf_addf(&why, "%s%s. The same command goes on from there", *last->words ? ": " : "",
                    last->words);
        if (report->failure_total)
            strbuf_addf(&why, ", and tries the %" PRId64 " failed windows again",
                        report->failure_total);
        strbuf_addch(&why, ':');
        if (strcmp(last->kind, "copy") != 0 && *last->command)
            strbuf_addstr(&command, last->command);
        else
            report_add_run(&command, report, options);
    } else {
        return;
    }
    add_step(report, &why, &command);
}

static void add_refused_step(struct report *report, const struct strvec *options)
{
    struct strbuf why = STRBUF_INIT, command = STRBUF_INIT;

    if (!report->refused)
        return;
    strbuf_addf(&why,
                "%" PRId64
                " point%s refused by the target, and stand%s in %s with the reason. Mend "
                "the target, or these lines; the next run writes them again:",
                report->refused, PLURAL(report->refused, " was", "s were"),
                PLURAL(report->refused, "s", ""), report->facts->reject_file);
    report_add_run(&command, report, options);
    add_step(report, &why, &command);
}

/* The first whose newest run was done in part. */
static const char *shard_that_failed(const struct report_facts *facts)
{
    for (size_t i = 0; i < facts->shard_count; i++)
        if (facts->shards[i].ran && facts->shards[i].run.status == STATUS_IN_PART)
            return facts->shards[i].name;
    return facts->shards[0].name;
}

static void add_failure_steps(struct report *report, const struct strvec *options)
{
    struct strbuf why = STRBUF_INIT, command = STRBUF_INIT;
    bool verification = false;

    if (report->tenants_problem) {
        strbuf_addf(&why,
                    "%" PRId64 " tenant%s can't be copied: no database can have such a name. "
                    "The points stay in the source; --target-map sends them to a database of "
                    "another name.",
                    report->tenants_problem, PLURAL(report->tenants_problem, "", "s"));
        add_step(report, &why, &command);
    }
    add_refused_step(report, options);
    /* A run that is at work, or must go on anyway, tries them. */
    if (!report->failure_total || report->verdict == REPORT_RUNNING ||
        report->verdict == REPORT_CUT_SHORT || report->verdict == REPORT_NO_RUN ||
        report_is_cut_short(&report->facts->runs[0].run))
        return;
    for (size_t i = 0; i < report->reason_count; i++)
        verification = verification || strncmp(report->reasons[i].words, "verification:", 13) == 0;
    strbuf_addf(&why,
                "%" PRId64 " window%s failed. Mend the reason, which stands with the failures; the "
                "same command then copies just these%s:",
                report->failure_total, PLURAL(report->failure_total, "", "s"),
                report->facts->shard_count ? ", for the shard that they are of" : "");
    if (report->facts->shard_count)
        report_add_run_of_shard(&command, report, shard_that_failed(report->facts), options);
    else
        report_add_run(&command, report, options);
    add_step(report, &why, &command);
    if (!verification)
        return;
    strbuf_addstr(&why,
                  "Where verification found a difference, compare every point, and copy again "
                  "what differs:");
    report_add_verify(&command, report, "verify --deep --repair", options);
    add_step(report, &why, &command);
}

/* Of the tenants that lost points to their target's policy, the first on the source's server, whose
 * kind is known, stands for all. */
static void add_clipped_step(struct report *report)
{
    struct strbuf why = STRBUF_INIT, command = STRBUF_INIT;
    const struct report_tenant *example = NULL;
    bool any = false;

    for (size_t i = 0; i < report->tenant_count && !example; i++) {
        const struct report_tenant *tenant = &report->tenants[i];

        if (!tenant->clipped || tenant->points_clipped <= 0)
            continue;
        any = true;
        if (*tenant->policy && !strstr(tenant->database, "://"))
            example = tenant;
    }
    if (!any)
        return;
    strbuf_addf(&why,
                "Points of %" PRId64 " tenant%s are older than the target keeps, and stay in the "
                "source. To take them along, let the target keep more, and run again%s",
                report->tenants_clipped, PLURAL(report->tenants_clipped, "", "s"),
                example ? "; for example here:" : ".");
    if (example)
        report_add_keep_all(&command, example, report->facts->url);
    add_step(report, &why, &command);
}

static void add_left_step(struct report *report)
{
    const struct report_run *last = report->facts->run_count ? &report->facts->runs[0] : NULL;
    struct strbuf why = STRBUF_INIT, command = STRBUF_INIT;

    if (!last || last->unassigned <= 0)
        return;
    strbuf_addf(&why,
                "%" PRId64 " point%s of the source %s no tenant's, and stay%s there. Where another "
                "tag names one, --tenant-tag tells which.",
                last->unassigned, PLURAL(last->unassigned, "", "s"),
                PLURAL(last->unassigned, "is", "are"), PLURAL(last->unassigned, "s", ""));
    add_step(report, &why, &command);
}

/* The command of the verification that found the first, as it was given: with its targets, and as
 * deep. */
static void add_difference_step(struct report *report, const struct strvec *options)
{
    const struct report_facts *facts = report->facts;
    struct strbuf why = STRBUF_INIT, command = STRBUF_INIT;
    const struct verification_record *found = NULL;
    int64_t count = report->difference_total;
    uint32_t number;

    if (!count)
        return;
    number = facts->differing.items[0].verification;
    if (number < facts->verifications.count)
        found = &facts->verifications.items[number];
    strbuf_addf(&why,
                "%" PRId64 " window%s from the source: a verification found values that the "
                "target lacks, or holds otherwise. ",
                count, PLURAL(count, " differs", "s differ"));
    if (found && found->repair) {
        strbuf_addstr(&why, "The repair could not mend that; the reason stands with the failures. "
                            "Mend it, then try again:");
        strbuf_addstr(&command, found->command);
    } else {
        strbuf_addstr(&why, report->verdict == REPORT_RUNNING
                                ? "When the run has ended, copy again what differs:"
                                : "Copy again what differs:");
        if (found)
            report_add_repair(&command, found->command);
        else
            report_add_verify(&command, report, "verify --deep --repair", options);
    }
    add_step(report, &why, &command);
}

static void add_cutover_step(struct report *report, const struct strvec *options)
{
    struct strbuf why = STRBUF_INIT, command = STRBUF_INIT;

    strbuf_addstr(&why, "Then cut over, as docs/cutover.rst goes through it. ");
    if (report->proof.all && report->proof.points) {
        strbuf_addstr(&why, "All that was copied so far was compared point by point, and is whole; "
                            "what is copied from now on is compared before the source is dropped:");
    } else {
        strbuf_addstr(&why, "Before the source is dropped, compare every point:");
    }
    report_add_verify(&command, report, "verify --deep", options);
    add_step(report, &why, &command);
}

static void add_done_steps(struct report *report, const struct strvec *options)
{
    struct strbuf why = STRBUF_INIT, command = STRBUF_INIT;

    if (report->tenants_in[REPORT_COPIED] && report->verdict != REPORT_RUNNING) {
        strbuf_addf(&why, "%" PRId64 " tenant%s not verified as a whole. Count both sides:",
                    report->tenants_in[REPORT_COPIED],
                    PLURAL(report->tenants_in[REPORT_COPIED], " is", "s are"));
        report_add_verify(&command, report, "verify --repair", options);
        add_step(report, &why, &command);
    }
    if (report->verdict != REPORT_DONE && report->verdict != REPORT_DONE_VERIFIED)
        return;
    strbuf_addstr(&why, "Copy what came in since");
    if (report->facts->shard_count)
        strbuf_addf(&why, ", with each of the %zu shards, or at once without --shard",
                    report->facts->shard_count);
    strbuf_addch(&why, ':');
    report_add_run(&command, report, options);
    add_step(report, &why, &command);
    add_cutover_step(report, options);
}

void report_add_steps(struct report *report, const struct strvec *options)
{
    add_difference_step(report, options);
    add_run_steps(report, options);
    add_failure_steps(report, options);
    add_done_steps(report, options);
    add_clipped_step(report);
    add_left_step(report);
    add_lone_shard_step(report);
}
