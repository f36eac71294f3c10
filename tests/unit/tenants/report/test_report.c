#include "tenants/report/report.h"

#include <stdlib.h>
#include <string.h>

#include "../../unit.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/strbuf.h"

#define WEEK  CLOCK_WEEK_NS
/* A Monday, so that weeks are bins. */
#define START (2800 * CLOCK_WEEK_NS + 4 * CLOCK_DAY_NS)

/* Facts as a journal could have them, made by hand. */
struct made {
    struct report_facts facts;
    struct report report;
};

static int set_up(void **state)
{
    struct made *made = xcalloc(1, sizeof(*made));

    made->facts.url = xstrdup("https://[::1]:8086");
    *state = made;
    return 0;
}

static int tear_down(void **state)
{
    struct made *made = *state;

    report_release(&made->report);
    report_facts_release(&made->facts);
    free(made);
    return 0;
}

static uint32_t name(struct made *made, const char *text)
{
    return names_add(&made->facts.names, text);
}

/* The number of a set; `measurements` are separated by blanks. */
static uint32_t set_of(struct made *made, const char *measurements)
{
    struct report_facts *facts = &made->facts;
    struct strvec list = STRVEC_INIT;
    struct report_set set = {.tags = name(made, "tags")};

    strvec_split(&list, measurements, ' ');
    set.measurements = xcalloc(list.nr, sizeof(*set.measurements));
    for (size_t i = 0; i < list.nr; i++) {
        uint32_t number = name(made, list.v[i]);
        size_t at = set.count++;

        for (; at && set.measurements[at - 1] > number; at--)
            set.measurements[at] = set.measurements[at - 1];
        set.measurements[at] = number;
    }
    strvec_release(&list);
    for (uint32_t i = 0; i < facts->set_count; i++)
        if (facts->sets[i].count == set.count &&
            memcmp(facts->sets[i].measurements, set.measurements,
                   set.count * sizeof(*set.measurements)) == 0) {
            free(set.measurements);
            return i;
        }
    GROW(facts->sets, facts->set_count, facts->set_alloc);
    facts->sets[facts->set_count] = set;
    return (uint32_t)facts->set_count++;
}

/* A row over the weeks `from` to `to`. */
static void add_words(struct made *made, struct report_rows *rows, const char *tenant,
                      const char *measurements, int from, int to, const char *words)
{
    struct report_row row = {.tenant = name(made, tenant),
                             .database = name(made, "mon"),
                             .policy = name(made, "autogen"),
                             .set = set_of(made, measurements),
                             .words = name(made, words),
                             .kind = failure_kind_of_words(words),
                             .range = {START + from * WEEK, START + to * WEEK}};

    GROW(rows->items, rows->count, rows->alloc);
    rows->items[rows->count++] = row;
}

static void add(struct made *made, struct report_rows *rows, const char *tenant,
                const char *measurements, int from, int to)
{
    add_words(made, rows, tenant, measurements, from, to, "");
}

static void add_run(struct made *made, const char *kind, const char *command, bool running,
                    int status)
{
    struct report_facts *facts = &made->facts;
    bool ended = !running && status >= 0;

    GROW(facts->runs, facts->run_count, facts->run_alloc);
    facts->runs[facts->run_count++] = (struct report_run){
        .run = {.id = 1, .running = running, .ended_ns = ended ? 1 : 0, .status = status, .pid = 7},
        .kind = xstrdup(kind),
        .engine = xstrdup("server"),
        .command = xstrdup(command),
        .words = xstrdup(""),
        .unassigned = -1,
    };
    facts->run_total++;
}

static void add_target(struct made *made, const char *tenant, int keeps_weeks, int64_t points)
{
    struct report_facts *facts = &made->facts;

    GROW(facts->targets, facts->target_count, facts->target_alloc);
    facts->targets[facts->target_count++] = (struct report_target){
        .tenant = name(made, tenant),
        .database = name(made, "mon_x"),
        .policy = name(made, "short"),
        .problem = name(made, ""),
        .keeps_ns = keeps_weeks * WEEK,
        .oldest_ns = INT64_MIN,
        .points = points,
        .points_clipped = 5,
    };
}

/* Builds the report as of week `now`. */
static const struct report *build(struct made *made, int now)
{
    static char name[] = "--state-dir", value[] = "d";
    char *words[] = {name, value, NULL};
    const struct strvec options = {words, 2, 0};

    if (!made->facts.run_count)
        add_run(made, "copy", "monasca-migrate tenants run --log-file 'a b'", false, 0);

    report_build(&made->report, &made->facts, START + now * WEEK, &options);
    return &made->report;
}

/* `expected` has a letter for each week: of nothing, clipped, verified, copied, to do, differs,
 * failed. */
static void assert_bins(const struct report *report, const char *tenant, const char *expected)
{
    struct strbuf text = STRBUF_INIT;
    const struct report_tenant *found = NULL;

    for (size_t i = 0; i < report->tenant_count; i++)
        if (strcmp(report->tenants[i].id, tenant) == 0)
            found = &report->tenants[i];
    assert_non_null(found);
    /* A bin is one or two days. */
    for (size_t i = 0; i < report->bin_count; i++) {
        int64_t at = report->time.start_ns + (int64_t)i * report->bin_ns;

        if ((at - START) % WEEK == 0)
            strbuf_addch(&text, ".-vctdF"[found->bins[i]]);
    }
    assert_string_equal(text.buf, expected);
    strbuf_release(&text);
}

static void all_verified(void **state)
{
    struct made *made = *state;
    const struct report *report;

    add(made, &made->facts.covered, "t", "cpu disk", 0, 4);
    add(made, &made->facts.verified, "t", "cpu disk", 0, 4);
    report = build(made, 4);
    assert_bins(report, "t", "vvvv");
    assert_int_equal(report->verdict, REPORT_DONE_VERIFIED);
    assert_int_equal(report->tenants_in[REPORT_VERIFIED], 1);
    assert_int_equal(report->tenants[0].covered.start_ns, START);
}

static void verified_by_other_sets(void **state)
{
    struct made *made = *state;

    add(made, &made->facts.covered, "t", "cpu disk", 0, 6);
    add(made, &made->facts.covered, "u", "cpu disk", 0, 6);
    add(made, &made->facts.verified, "t", "cpu", 0, 4);
    add(made, &made->facts.verified, "t", "disk mem", 1, 5);
    add(made, &made->facts.verified, "u", "disk mem cpu", 2, 6);
    assert_bins(build(made, 6), "t", "cvvvcc");
    assert_bins(&made->report, "u", "ccvvvv");
    assert_int_equal(made->report.verdict, REPORT_DONE);
}

static void to_do(void **state)
{
    struct made *made = *state;
    const struct report *report;

    add_run(made, "copy", "monasca-migrate tenants run -j 2", true, -1);
    add(made, &made->facts.planned, "t", "cpu disk", 0, 5);
    add(made, &made->facts.covered, "t", "cpu", 0, 4);
    add(made, &made->facts.verified, "t", "cpu", 0, 4);
    add(made, &made->facts.covered, "t", "disk", 0, 2);
    add(made, &made->facts.verified, "t", "disk", 0, 2);
    report = build(made, 5);
    assert_bins(report, "t", "vvttt");
    assert_int_equal(report->verdict, REPORT_RUNNING);
    assert_int_equal(report->tenants_in[REPORT_TODO], 1);
    assert_string_equal(report->steps[0].command,
                        "monasca-migrate tenants status --watch --state-dir d");
}

static void failed(void **state)
{
    struct made *made = *state;
    const struct report *report;

    add_run(made, "copy", "monasca-migrate tenants run -j 2", false, 1);
    add(made, &made->facts.covered, "t", "cpu disk", 0, 2);
    add(made, &made->facts.covered, "t", "cpu", 2, 3);
    add(made, &made->facts.covered, "t", "cpu disk", 3, 5);
    add_words(made, &made->facts.failed, "t", "cpu disk", 2, 4, "timeout");
    report = build(made, 5);
    assert_bins(report, "t", "ccFcc");
    assert_int_equal(report->failure_total, 1);
    /* Time that was covered since isn't failed: neither that of cpu, nor the week behind. */
    assert_int_equal(report->failures[0].measurement_count, 1);
    assert_string_equal(report->failures[0].measurements[0], "disk");
    assert_int_equal(report->failures[0].range.end_ns, START + 3 * WEEK);
    assert_int_equal(report->tenants[0].failures, 1);
    assert_int_equal(report->verdict, REPORT_IN_PART);
    assert_has(report->reasons[0].advice, "--jobs");
    assert_string_equal(report->steps[0].command, "monasca-migrate tenants run -j 2");
}

static void clipped(void **state)
{
    struct made *made = *state;
    const struct report *report;

    range_list_add(&made->facts.source, (struct range){START, START + 3 * WEEK});
    range_list_add(&made->facts.source, (struct range){START + 4 * WEEK, START + 10 * WEEK});
    add_target(made, "t", 4, 1000);
    add_target(made, "u", 0, 234);
    add(made, &made->facts.covered, "t", "cpu", 6, 10);
    add(made, &made->facts.verified, "t", "cpu", 6, 10);
    /* This week is older than the target keeps by now: nobody can copy it. */
    add(made, &made->facts.planned, "t", "cpu", 5, 6);
    report = build(made, 10);
    assert_bins(report, "t", "---.--vvvv");
    assert_bins(report, "u", "..........");
    assert_true(report->tenants[0].clipped);
    assert_false(report->tenants[1].clipped);
    assert_int_equal(report->points, 1234);
    assert_int_equal(report->points_clipped, 5);
    assert_int_equal(report->tenants_clipped, 1);
    assert_int_equal(report->verdict, REPORT_DONE_VERIFIED);
    assert_has(report->steps[report->step_count - 1].command,
               "influx -host [::1] -port 8086 -ssl -execute 'ALTER RETENTION POLICY \"short\" ON "
               "\"mon_x\" "
               "DURATION INF'");
}

static void refused(void **state)
{
    struct made *made = *state;
    struct report_facts *facts = &made->facts;
    const struct report *report;

    add_run(made, "copy", "again", false, 1);
    add(made, &facts->covered, "t", "cpu", 0, 4);
    add(made, &facts->verified, "t", "cpu", 0, 4);
    GROW(facts->refused, facts->refused_count, facts->refused_alloc);
    facts->refused[facts->refused_count++] =
        (struct report_refused){.tenant = name(made, "t"),
                                .database = name(made, "mon"),
                                .words = name(made, "field type conflict: \"a\" on \"b\""),
                                .kind = FAILURE_FIELD_TYPE,
                                .points = 3};
    range_list_add(&facts->refused[0].times,
                   (struct range){START + WEEK, START + WEEK + CLOCK_HOUR_NS});
    facts->reject_file = xstrdup("/x/y.rejects");
    report = build(made, 4);
    assert_bins(report, "t", "vFvv");
    assert_int_equal(report->tenants[0].refused, 3);
    assert_int_equal(report->refused, 3);
    assert_int_equal(report->tenants_in[REPORT_FAILED], 1);
    assert_string_equal(report->reasons[0].words,
                        "field type conflict: \"\xe2\x80\xa6\" on \"\xe2\x80\xa6\"");
    assert_has(report->steps[0].why, "/x/y.rejects");
    assert_string_equal(report->steps[0].command, "again");
}

static void gravest_first(void **state)
{
    struct made *made = *state;
    const struct report *report;
    static const char *const expected[] = {"problem",  "failed",   "todo",
                                           "a-copied", "b-copied", "verified"};

    add_run(made, "copy", "", false, -1);
    add(made, &made->facts.covered, "b-copied", "cpu", 0, 4);
    add(made, &made->facts.covered, "verified", "cpu", 0, 4);
    add(made, &made->facts.covered, "a-copied", "cpu", 0, 4);
    add(made, &made->facts.verified, "verified", "cpu", 0, 4);
    add(made, &made->facts.planned, "todo", "cpu", 0, 4);
    add_words(made, &made->facts.failed, "failed", "cpu", 0, 1, "words");
    add_target(made, "problem", 0, 0);
    made->facts.targets[0].problem = name(made, "a slash");
    report = build(made, 4);
    assert_int_equal(report->tenant_count, 6);
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(report->tenants[i].id, expected[i]);
    assert_int_equal(report->verdict, REPORT_CUT_SHORT);
    assert_int_equal(report->tenants_problem, 1);
}

static void advice_by_kind(void **state)
{
    struct made *made = *state;
    const struct report *report;

    add_words(made, &made->facts.failed, "t", "cpu", 0, 1, "401 Unauthorized: timeout");
    made->facts.failed.items[0].kind = FAILURE_DENIED;
    report = build(made, 4);
    assert_int_equal(report->reasons[0].kind, FAILURE_DENIED);
    assert_has(report->reasons[0].advice, "grant it");
}

static void many_failures(void **state)
{
    struct made *made = *state;
    const struct report *report;
    struct strbuf words = STRBUF_INIT;

    for (int i = 0; i < 1000; i++) {
        strbuf_reset(&words);
        strbuf_addf(&words, "verification: the target lacks %d of 70 values; measurement m%d", i,
                    i);
        add_words(made, &made->facts.failed, i < 600 ? "t" : "u", "cpu", 2 * i, 2 * i + 1,
                  words.buf);
    }
    for (int i = 0; i < 50; i++) {
        strbuf_reset(&words);
        strbuf_addf(&words, "reason %c%c", 'a' + i % 26, 'a' + i / 26);
        add_words(made, &made->facts.failed, "u", "cpu", 2000 + i, 2001 + i, words.buf);
    }
    report = build(made, 2100);
    assert_int_equal(report->failure_total, 1050);
    assert_int_equal(report->failure_count, REPORT_FAILURES_MAX);
    assert_int_equal(report->reason_count, 20);
    assert_int_equal(report->reasons[0].failures, 1000);
    assert_int_equal(report->reasons[0].tenants, 2);
    assert_string_equal(report->reasons[1].words, "other reasons");
    assert_int_equal(report->reasons[1].failures, 32);
    assert_true(report->bin_count <= REPORT_BINS_MAX);
    strbuf_release(&words);
}

static void bins(void **state)
{
    (void)state;
    assert_int_equal(report_bin_ns(0), CLOCK_HOUR_NS);
    assert_int_equal(report_bin_ns(5 * CLOCK_DAY_NS), CLOCK_HOUR_NS);
    assert_int_equal(report_bin_ns(30 * CLOCK_WEEK_NS), 2 * CLOCK_DAY_NS);
    assert_int_equal(report_bin_ns(500 * CLOCK_WEEK_NS), 4 * CLOCK_WEEK_NS);
    for (int64_t time = 1; time < INT64_MAX / 3; time *= 3)
        assert_true(time / report_bin_ns(time) < REPORT_BINS_MAX - 1);
    assert_true(INT64_MAX / report_bin_ns(INT64_MAX) < REPORT_BINS_MAX);
}

static void stretches(void **state)
{
    const unsigned char bins[] = {REPORT_VERIFIED, REPORT_VERIFIED, REPORT_FAILED, REPORT_VERIFIED};
    struct report report = {
        .bin_ns = 10, .time = {100, 140}, .all_time = {100, 140}, .bin_count = 4};
    struct report_stretch stretch = {0};

    (void)state;
    assert_true(report_next_stretch(bins, 4, &stretch));
    assert_int_equal(stretch.count, 2);
    assert_int_equal(report_stretch_range(&report, &stretch).end_ns, 120);
    assert_true(report_next_stretch(bins, 4, &stretch));
    assert_int_equal(stretch.state, REPORT_FAILED);
    assert_int_equal(report_stretch_range(&report, &stretch).start_ns, 120);
    assert_true(report_next_stretch(bins, 4, &stretch));
    assert_int_equal(report_stretch_range(&report, &stretch).end_ns, 140);
    assert_false(report_next_stretch(bins, 4, &stretch));
    stretch = (struct report_stretch){0};
    assert_false(report_next_stretch(bins, 0, &stretch));
}

/* A point of 1677 and one of 2262 take nothing from the picture of the year. */
static void distant_times(void **state)
{
    struct made *made = *state;
    const struct report *report;
    struct report_stretch stretch = {0};

    add(made, &made->facts.covered, "t", "cpu", 0, 40);
    add(made, &made->facts.failed, "t", "cpu", -15000, -14999);
    add(made, &made->facts.failed, "t", "cpu", 12000, 12001);
    report = build(made, 41);
    assert_true(report->bin_ns <= WEEK);
    assert_true(report->time.start_ns == START);
    assert_true(report->time.end_ns >= START + 40 * WEEK &&
                report->time.end_ns < START + 42 * WEEK);
    assert_int_equal(report->tenants[0].state, REPORT_FAILED);
    assert_int_equal(report->tenants[0].failures, 2);
    assert_true(report_next_stretch(report->tenants[0].bins, report->bin_count, &stretch));
    assert_int_equal(stretch.state, REPORT_FAILED);
    assert_int_equal(stretch.count, 1);
    assert_true(report_stretch_range(report, &stretch).start_ns == START - 15000 * WEEK);
    while (report_next_stretch(report->tenants[0].bins, report->bin_count, &stretch))
        ;
    assert_true(report_stretch_range(report, &stretch).end_ns == START + 12001 * WEEK);
}

/* Times that no journal should hold, but a damaged one may. */
static void odd_times(void **state)
{
    struct made *made = *state;
    struct report_row row = {.tenant = name(made, "t"),
                             .database = name(made, "d"),
                             .policy = name(made, "p"),
                             .set = set_of(made, "cpu"),
                             .words = name(made, ""),
                             .range = {INT64_MIN, INT64_MAX}};

    GROW(made->facts.covered.items, made->facts.covered.count, made->facts.covered.alloc);
    made->facts.covered.items[made->facts.covered.count++] = row;
    build(made, 1);
    assert_true(made->report.bin_count > 0 && made->report.bin_count <= REPORT_BINS_MAX);
}

static void no_run(void **state)
{
    struct made *made = *state;
    const struct strvec none = STRVEC_INIT;

    report_build(&made->report, &made->facts, START, &none);
    assert_int_equal(made->report.verdict, REPORT_NO_RUN);
    assert_int_equal(made->report.tenant_count, 0);
    assert_string_equal(made->report.steps[0].command, "monasca-migrate tenants plan");
}

static void rehearsal(void **state)
{
    struct made *made = *state;

    add_run(made, "copy", "monasca-migrate tenants run --tenant 'a b' -j 2 --measurement=cpu",
            false, 0);
    add(made, &made->facts.covered, "t", "cpu", 0, 1);
    build(made, 1);
    assert_true(report_is_rehearsal(&made->facts));
    assert_int_equal(made->report.verdict, REPORT_REHEARSED);
    assert_has(made->report.steps[made->report.step_count - 1].why,
               "(--tenant 'a b' --measurement=cpu)");
    assert_string_equal(made->report.steps[made->report.step_count - 1].command,
                        "monasca-migrate tenants run -j 2");
    /* What a whole run looked at before stays known. */
    add_run(made, "copy", "monasca-migrate tenants run", false, 0);
    assert_false(report_is_rehearsal(&made->facts));
}

static void look(struct made *made, const char *tenant, const char *policy, bool looked,
                 int64_t measurements, int64_t shard_groups)
{
    struct report_facts *facts = &made->facts;

    GROW(facts->looked, facts->looked_count, facts->looked_alloc);
    facts->looked[facts->looked_count++] = (struct report_looked){
        name(made, tenant), name(made, policy), looked, measurements, shard_groups};
}

static void scope_of_runs(void **state)
{
    struct made *made = *state;
    struct scope scope = {0};

    /* The command lines don't matter any more. */
    add_run(made, "copy", "monasca-migrate tenants run --tenant a --measurement cpu", false, 0);
    look(made, "a", "all", true, 0, 0);
    look(made, "a", "raw", false, 0, 0);
    look(made, "b", "all", true, 0, 0);
    look(made, "b", "raw", false, 0, 0);
    report_scope_of_runs(&scope, &made->facts);
    assert_false(report_is_rehearsal(&made->facts));
    assert_int_equal(scope.tenants_total, 2);
    /* A policy that nobody read is one policy, and not all tenants. */
    assert_int_equal(scope.figures[SCOPE_POLICIES], 1);
    assert_int_equal(scope.figures[SCOPE_FILTERED_TENANTS], 0);
    look(made, "c", "all", true, 2, 5);
    look(made, "d", "all", false, 7, 7);
    look(made, "e", "all", true, 3, 0);
    scope = (struct scope){0};
    report_scope_of_runs(&scope, &made->facts);
    assert_true(report_is_rehearsal(&made->facts));
    assert_int_equal(scope.tenants_total, 5);
    assert_int_equal(scope.figures[SCOPE_FILTERED_TENANTS], 1);
    assert_int_equal(scope.figures[SCOPE_FILTERED_MEASUREMENTS], 3);
    assert_int_equal(scope.figures[SCOPE_TIME], 5);
}

static void next_of_interrupted(void **state)
{
    struct made *made = *state;

    add_run(made, "repair", "monasca-migrate tenants verify --repair", false, 5);
    add_run(made, "copy", "monasca-migrate tenants run", false, 0);
    build(made, 1);
    assert_int_equal(made->report.verdict, REPORT_CUT_SHORT);
    assert_string_equal(made->report.steps[0].command, "monasca-migrate tenants verify --repair");
}

/* `statuses`: a letter for each part of --shard: d done, p in part, f failed, k killed, r running,
 * - never ran. */
static const struct report *build_parts(struct made *made, const char *statuses)
{
    struct report_facts *facts = &made->facts;

    facts->part_count = strlen(statuses);
    facts->parts = xcalloc(facts->part_count, sizeof(*facts->parts));
    for (size_t i = 0; i < facts->part_count; i++) {
        struct report_part *part = &facts->parts[i];
        struct strbuf name = STRBUF_INIT;
        char status = statuses[i];

        strbuf_addf(&name, "%zu/%zu", i + 1, facts->part_count);
        part->name = strbuf_detach(&name);
        part->ran = status != '-';
        if (!part->ran)
            continue;
        facts->parts_here++;
        part->run = (struct journal_run){.id = 1, .running = status == 'r', .pid = 9};
        part->run.ended_ns = status != 'r' && status != 'k';
        part->run.status = status == 'p' ? 1 : status == 'f' ? 4 : 0;
        part->words = xstrdup(status == 'f' ? "no server" : "");
        part->command = xstrdup(status == 'k' ? "its own" : "");
    }
    add_run(made, "copy", "tenants run --shard 2/9 -j 2", false, 0);
    return build(made, 1);
}

static void parts_done(void **state)
{
    const struct report *report = build_parts(*state, "ddd");

    assert_int_equal(report->verdict, REPORT_DONE_VERIFIED);
    assert_has(report->steps[0].why, "each of the 3 shards");
}

static void parts_missing(void **state)
{
    const struct report *report = build_parts(*state, "d-kf");

    assert_int_equal(report->verdict, REPORT_CUT_SHORT);
    assert_int_equal(report->step_count, 3);
    assert_has(report->steps[0].why, "Shard 2/4 never ran");
    assert_string_equal(report->steps[0].command, "tenants run --shard 2/4 -j 2");
    assert_has(report->steps[1].why, "shard 3/4 did not come to its end.");
    assert_string_equal(report->steps[1].command, "its own");
    assert_has(report->steps[2].why, "shard 4/4 did not come to its end: no server");
}

/* Checks the run that is proposed for a part that never ran, after a copy with the line `copy`. */
static void assert_run_of_part(void **state, const char *copy, const char *expected)
{
    struct made *made = *state;

    build_parts(made, "-dd");
    report_release(&made->report);
    free(made->facts.runs[0].command);
    made->facts.runs[0].command = xstrdup(copy);
    build(made, 1);
    assert_string_equal(made->report.steps[0].command, expected);
}

static void part_after_sign(void **state)
{
    assert_run_of_part(state, "run --shard=2/3 'x --shard 7/9'", "run --shard=1/3 'x --shard 7/9'");
}

static void part_not_named(void **state)
{
    assert_run_of_part(state, "run --tenant 'a --shard b'",
                       "run --tenant 'a --shard b' --shard 1/3");
}

static void verifies_targets(void **state)
{
    struct made *made = *state;

    add_run(made, "copy",
            "monasca-migrate tenants run --tenant '--target-url x' --target-url=http://a -j 2 "
            "--target-user 'a b' --tenant-tag t",
            false, 0);
    add(made, &made->facts.covered, "t", "cpu", 0, 1);
    build(made, 1);
    assert_string_equal(made->report.steps[0].command,
                        "monasca-migrate tenants verify --repair --state-dir d "
                        "--target-url=http://a --target-user 'a b' --tenant-tag t");
}

static void parts_at_work(void **state)
{
    const struct report *report = build_parts(*state, "f-r");

    assert_int_equal(report->verdict, REPORT_RUNNING);
    assert_has(report->steps[0].why, "process 9");
}

static void parts_in_part(void **state)
{
    assert_int_equal(build_parts(*state, "dp")->verdict, REPORT_IN_PART);
}

static void lone_part(void **state)
{
    const struct report *report = build_parts(*state, "-d-");

    assert_int_equal(report->verdict, REPORT_IN_PART);
    assert_has(report->steps[report->step_count - 1].why, "This is shard 2/3 alone");
}

static void differences_first(void **state)
{
    struct made *made = *state;
    const struct report *report;

    add(made, &made->facts.covered, "t", "cpu", 0, 4);
    add_words(made, &made->facts.differing, "t", "cpu", 1, 2, "verification: the target lacks 1");
    add_run(made, "copy", "again", false, 5);
    report = build(made, 4);
    assert_bins(report, "t", "cdcc");
    assert_int_equal(report->verdict, REPORT_NOT_WHOLE);
    assert_int_equal(report->difference_total, 1);
    assert_string_equal(report->differences[0].measurements[0], "cpu");
    assert_string_equal(report->steps[0].command,
                        "monasca-migrate tenants verify --deep --repair --state-dir d");
    assert_string_equal(report->steps[1].command, "again");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define MADE_TEST(sentence, function) TEST_WITH(sentence, function, set_up, tear_down)
        MADE_TEST("what is covered and verified is verified", all_verified),
        MADE_TEST("verified is what all measurements are, whatever sets they were counted in",
                  verified_by_other_sets),
        MADE_TEST("what was planned and not covered is to do", to_do),
        MADE_TEST("what failed and wasn't covered since is failed", failed),
        MADE_TEST("what the target doesn't keep is clipped where the source has shards", clipped),
        MADE_TEST("refused points are failures, at their time", refused),
        MADE_TEST("the gravest tenants come first", gravest_first),
        MADE_TEST("the kind of a failure, not its words, decides what helps", advice_by_kind),
        MADE_TEST("failures are counted all, listed in part, and grouped by kind", many_failures),
        TEST("a bin is a length that people know, and there are never too many", bins),
        TEST("neighbouring bins of one state are one stretch", stretches),
        MADE_TEST("times of other centuries count to the first and the last bin", distant_times),
        MADE_TEST("times at the ends of what can be told do no harm", odd_times),
        MADE_TEST("without a run, the plan is next", no_run),
        MADE_TEST("shards that are all done are done", parts_done),
        MADE_TEST("shards that never ran, or did not come to their end, are told one by one",
                  parts_missing),
        MADE_TEST("the proposed run of another shard keeps the form in which --shard was given",
                  part_after_sign),
        MADE_TEST("a proposed run gets --shard where only another word's text holds it",
                  part_not_named),
        MADE_TEST("options that leave something out of each run make a rehearsal", rehearsal),
        MADE_TEST("what no run looked at is left out, whatever the command lines say",
                  scope_of_runs),
        MADE_TEST("a proposed verification takes the words of the last copy that name targets",
                  verifies_targets),
        MADE_TEST("while a shard is at work the verdict waits", parts_at_work),
        MADE_TEST("one shard done in part is the whole done in part", parts_in_part),
        MADE_TEST("a shard with a state directory of its own is a part of the work", lone_part),
        MADE_TEST("what differs comes before a run that was interrupted", differences_first),
        MADE_TEST("what was interrupted is next, with its own command line", next_of_interrupted),
    };

    return cmocka_run_group_tests_name("tenants/report", tests, NULL, NULL);
}
