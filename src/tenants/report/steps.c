/* The next steps: a sentence for each, and a command where there is one. */
#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "base/plural.h"
#include "base/status.h"
#include "parts.h"

/* Adds a step, and takes the texts out of both buffers. An empty command is none. */
static void add_step(struct report *report, struct strbuf *why, struct strbuf *command)
{
    GROW(report->steps, report->step_count, report->step_alloc);
    report->steps[report->step_count++] =
        (struct report_step){strbuf_detach(why), command->len ? strbuf_detach(command) : NULL};
}

/* Steps for each part (of --shard) that never ran, or whose newest run did not come to its end. */
static void add_part_steps(struct report *report, const struct strvec *options)
{
    enum { SHOWN = 10 };
    const struct report_facts *facts = report->facts;
    struct strbuf why = STRBUF_INIT, command = STRBUF_INIT;

    for (size_t i = 0, shown = 0; i < facts->part_count && shown < SHOWN; i++) {
        const struct report_part *part = &facts->parts[i];

        if (report_lacks_part(facts, i)) {
            strbuf_addf(&why, "Shard %s never ran. Run it:", part->name);
            report_add_run_of_part(&command, report, part->name, options);
        } else if (part->ran && report_is_cut_short(&part->run)) {
            strbuf_addf(&why,
                        "The last run of shard %s did not come to its end%s%s. The same "
                        "command goes on from there:",
                        part->name, *part->words ? ": " : "", part->words);
            if (*part->command)
                strbuf_addstr(&command, part->command);
            else
                report_add_run_of_part(&command, report, part->name, options);
        } else {
            continue;
        }
        add_step(report, &why, &command);
        shown++;
    }
}

/* A step that says so where only one of several parts has a journal here. */
static void add_lone_part_step(struct report *report)
{
    const struct report_facts *facts = report->facts;
    struct strbuf why = STRBUF_INIT, command = STRBUF_INIT;

    if (facts->part_count < 2 || facts->parts_here > 1)
        return;
    for (size_t i = 0; i < facts->part_count; i++)
        if (facts->parts[i].ran)
            strbuf_addf(&why,
                        "This is shard %s alone: the others have no journal here. Where they have "
                        "state directories of their own, ask there; else run them.",
                        facts->parts[i].name);
    add_step(report, &why, &command);
}

/* The process of a run that is at work. */
static int64_t pid_at_work(const struct report_facts *facts)
{
    for (size_t i = 0; i < facts->part_count; i++)
        if (facts->parts[i].run.running)
            return facts->parts[i].run.pid;
    return facts->runs[0].run.pid;
}

/* The step about a run that is at work, or did not come to its end. */
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
    } else if (report->facts->part_count) {
        add_part_steps(report, options);
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
    if (report->facts->refused_lost)
        strbuf_addf(&why,
                    "Of %" PRId64 " points that were refused by the target, %s lacks %" PRId64
                    ". The next run copies their time again; a verification may find it whole:",
                    report->refused, report->facts->reject_file, report->facts->refused_lost);
    else
        strbuf_addf(&why,
                    "%" PRId64
                    " point%s refused by the target, and stand%s in %s with the reason. Mend "
                    "the target, or these lines; the next run writes them again:",
                    report->refused, PLURAL(report->refused, " was", "s were"),
                    PLURAL(report->refused, "s", ""), report->facts->reject_file);
    report_add_run(&command, report, options);
    add_step(report, &why, &command);
}

/* The first part whose newest run was done in part; the first of all where none was. */
static const char *part_that_failed(const struct report_facts *facts)
{
    for (size_t i = 0; i < facts->part_count; i++)
        if (facts->parts[i].ran && facts->parts[i].run.status == STATUS_IN_PART)
            return facts->parts[i].name;
    return facts->parts[0].name;
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
    /* A run that is at work, or that must go on anyway, tries the failed windows. */
    if (!report->failure_total || report->verdict == REPORT_RUNNING ||
        report->verdict == REPORT_CUT_SHORT || report->verdict == REPORT_NO_RUN ||
        report_is_cut_short(&report->facts->runs[0].run))
        return;
    for (size_t i = 0; i < report->reason_count; i++)
        verification = verification || report->reasons[i].kind == FAILURE_DIFFERENCE;
    strbuf_addf(&why,
                "%" PRId64 " window%s failed. Mend the reason, which stands with the failures; the "
                "same command then copies only these%s:",
                report->failure_total, PLURAL(report->failure_total, "", "s"),
                report->facts->part_count ? ", for the shard that they are of" : "");
    if (report->facts->part_count)
        report_add_run_of_part(&command, report, part_that_failed(report->facts), options);
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

/* The step about points that are older than a target keeps. Its example is the first such tenant on
 * the source's server, which is known to be an InfluxDB. */
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

/* The step about points ahead of the clock. */
static void add_ahead_step(struct report *report)
{
    const struct report_run *last = report->facts->run_count ? &report->facts->runs[0] : NULL;
    struct strbuf why = STRBUF_INIT, command = STRBUF_INIT;

    if (!last || last->ahead <= 0)
        return;
    strbuf_addf(&why,
                "%" PRId64 " point%s of the source %s ahead of its clock, and stay%s there. A run "
                "copies them when the clock has reached them, or with --ahead.",
                last->ahead, PLURAL(last->ahead, "", "s"), PLURAL(last->ahead, "is", "are"),
                PLURAL(last->ahead, "s", ""));
    add_step(report, &why, &command);
}

/* The step about points that belong to no tenant. */
static void add_left_step(struct report *report)
{
    const struct report_run *last = report->facts->run_count ? &report->facts->runs[0] : NULL;
    struct strbuf why = STRBUF_INIT, command = STRBUF_INIT;

    if (!last || last->unassigned <= 0)
        return;
    strbuf_addf(&why,
                "%" PRId64 " point%s of the source belong%s to no tenant, and stay%s there. Where "
                "another tag names the tenant, give it with --tenant-tag.",
                last->unassigned, PLURAL(last->unassigned, "", "s"),
                PLURAL(last->unassigned, "s", ""), PLURAL(last->unassigned, "s", ""));
    add_step(report, &why, &command);
}

/* The step about windows that differ. It repeats the verification that found the first of them, so
 * that it looks at the same targets, and as deeply. */
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

    strbuf_addstr(&why, "Then cut over: docs/cutover.rst has the steps. ");
    if (report->proof.all && report->proof.points) {
        strbuf_addstr(&why, "All that was copied so far was compared point by point, and is whole; "
                            "what is copied from now on is compared before the source is dropped:");
    } else {
        strbuf_addstr(&why, "Before the source is dropped, compare every point:");
    }
    report_add_verify(&command, report, "verify --deep", options);
    add_step(report, &why, &command);
}

/* The step after a rehearsal: nothing was looked at but what its options named. */
static void add_rehearsal_step(struct report *report, const struct strvec *options)
{
    struct strbuf why = STRBUF_INIT, command = STRBUF_INIT, left_out = STRBUF_INIT;

    report_add_run_of_all(&command, &left_out, report, options);
    strbuf_addf(&why,
                "This was a rehearsal: what was asked for is copied, and options left out the rest "
                "(%s). Run without them:",
                left_out.buf);
    add_step(report, &why, &command);
    strbuf_release(&left_out);
}

/* The points of policies that no run has read, as the newest run counted them; -1: not known. */
static int64_t points_in_other_policies(const struct report_facts *facts)
{
    for (size_t i = 0; i < facts->run_count; i++)
        if (facts->runs[i].other_policies >= 0)
            return facts->runs[i].other_policies;
    return -1;
}

/* Steps about policies of the source that no run has read: they are copied, or their loss is
 * accepted. Returns whether they withhold the cutover. */
static bool add_policy_steps(struct report *report, const struct strvec *options)
{
    int64_t policies = report->scope.figures[SCOPE_POLICIES];
    int64_t points = points_in_other_policies(report->facts);
    struct strbuf why = STRBUF_INIT, command = STRBUF_INIT;

    if (!policies || !points)
        return false;
    if (points > 0)
        strbuf_addf(&why, "%" PRId64 " point%s in ", points, PLURAL(points, "", "s"));
    else
        strbuf_addstr(&why, "Points, not counted, may stand in ");
    strbuf_addf(&why,
                "%" PRId64 " retention polic%s of the source that no run has read. Copy them, each "
                "policy into one of its own:",
                policies, PLURAL(policies, "y", "ies"));
    report_add_run_of_policies(&command, report, options);
    add_step(report, &why, &command);
    strbuf_addstr(&why, "Or, where these points may be lost, say so to the check before the source "
                        "is dropped; docs/cutover.rst has the steps:");
    report_add_verify(&command, report, "check --accept policy", options);
    add_step(report, &why, &command);
    return true;
}

static void add_done_steps(struct report *report, const struct strvec *options)
{
    struct strbuf why = STRBUF_INIT, command = STRBUF_INIT, filters = STRBUF_INIT;

    if (report->tenants_in[REPORT_COPIED] && report->verdict != REPORT_RUNNING) {
        strbuf_addf(&why, "%" PRId64 " tenant%s not verified as a whole. Count both sides:",
                    report->tenants_in[REPORT_COPIED],
                    PLURAL(report->tenants_in[REPORT_COPIED], " is", "s are"));
        report_add_verify(&command, report, "verify --repair", options);
        add_step(report, &why, &command);
    }
    if (report->verdict == REPORT_REHEARSED)
        add_rehearsal_step(report, options);
    if (report->verdict != REPORT_DONE && report->verdict != REPORT_DONE_VERIFIED)
        return;
    strbuf_addstr(&why, "Copy what came in since");
    if (report->facts->part_count)
        strbuf_addf(&why, ", with each of the %zu shards, or at once without --shard",
                    report->facts->part_count);
    strbuf_addch(&why, ':');
    /* Runs together have looked at all; the last one may be of a part. */
    report_add_run_of_all(&command, &filters, report, options);
    strbuf_release(&filters);
    add_step(report, &why, &command);
    if (!add_policy_steps(report, options))
        add_cutover_step(report, options);
}

/* A run that ended in part has always a next step, also where no window failed: a target lost
 * something, or a shard of the source closed. */
static void add_rest_step(struct report *report, const struct strvec *options)
{
    const struct report_run *last = report->facts->run_count ? &report->facts->runs[0] : NULL;
    struct strbuf why = STRBUF_INIT, command = STRBUF_INIT;

    if (report->step_count || !last || last->run.status != STATUS_IN_PART)
        return;
    strbuf_addstr(&why, "The last run ended in part; the next one copies what is missing:");
    report_add_run(&command, report, options);
    add_step(report, &why, &command);
}

void report_add_steps(struct report *report, const struct strvec *options)
{
    add_difference_step(report, options);
    add_run_steps(report, options);
    add_failure_steps(report, options);
    add_done_steps(report, options);
    add_rest_step(report, options);
    add_clipped_step(report);
    add_left_step(report);
    add_ahead_step(report);
    add_lone_part_step(report);
}
