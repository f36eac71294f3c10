#include "tenants/plan/scope.h"

#include <string.h>

#include "../../unit.h"

/* A scope with one reason. */
static struct scope scope_with(enum scope_reason reason, int64_t figure)
{
    struct scope scope = {0};

    scope.figures[reason] = figure;
    return scope;
}

static void assert_words(const struct scope *scope, enum scope_reason reason, const char *expected)
{
    struct strbuf text = STRBUF_INIT;

    scope_add_words(&text, scope, reason);
    assert_string_equal(text.buf, expected);
    strbuf_release(&text);
}

static void assert_record(const struct scope *scope, const char *expected)
{
    struct strbuf text = STRBUF_INIT;

    scope_add_record(&text, scope);
    assert_string_equal(text.buf ? text.buf : "", expected);
    strbuf_release(&text);
}

static void words(void **state)
{
    struct scope scope = {0};

    (void)state;
    scope.figures[SCOPE_POLICIES] = 1;
    assert_words(&scope, SCOPE_POLICIES, "1 retention policy of the source is left out");
    scope.figures[SCOPE_POLICIES] = 2;
    assert_words(&scope, SCOPE_POLICIES, "2 retention policies of the source are left out");
    scope.figures[SCOPE_POLICIES] = -1;
    assert_words(&scope, SCOPE_POLICIES, "retention policies of the source are left out");
    scope.figures[SCOPE_FILTERED_TENANTS] = 1;
    assert_words(&scope, SCOPE_FILTERED_TENANTS, "1 tenant is left out by --tenant");
    scope.tenants_total = 4;
    assert_words(&scope, SCOPE_FILTERED_TENANTS, "1 of 4 tenants are left out by --tenant");
}

static void every_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < SCOPE_REASONS; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(scope_code((enum scope_reason)i),
                                    scope_code((enum scope_reason)j));
    for (int i = 0; i < SCOPE_REASONS; i++) {
        enum scope_reason reason = (enum scope_reason)i;

        for (int64_t figure = -1; figure <= 2; figure++) {
            struct scope scope = scope_with(reason, figure);
            struct strbuf text = STRBUF_INIT;

            scope_add_words(&text, &scope, reason);
            assert_true(text.len > 10);
            strbuf_release(&text);
        }
    }
}

static void kinds_of_reasons(void **state)
{
    struct scope nothing = {.tenants_total = 3}, option = scope_with(SCOPE_TIME, 1),
                 other_run = scope_with(SCOPE_POLICIES, -1), found = scope_with(SCOPE_AHEAD, 7);

    (void)state;
    assert_true(scope_is_complete(&nothing) && scope_is_whole(&nothing));
    assert_false(scope_is_rehearsal(&nothing));

    assert_true(scope_is_rehearsal(&option));
    assert_false(scope_is_whole(&option) || scope_is_complete(&option));

    assert_false(scope_is_rehearsal(&other_run) || scope_is_whole(&other_run) ||
                 scope_is_complete(&other_run));

    assert_true(scope_is_whole(&found));
    assert_false(scope_is_rehearsal(&found) || scope_is_complete(&found));
}

static void merges(void **state)
{
    struct scope sum = {.tenants_total = 5}, other = {.tenants_total = 6};

    (void)state;
    sum.figures[SCOPE_FILTERED_TENANTS] = 2;
    other.figures[SCOPE_FILTERED_TENANTS] = 1;
    sum.figures[SCOPE_CLIPPED] = 10;
    other.figures[SCOPE_CLIPPED] = 5;
    sum.figures[SCOPE_FILTERED_MEASUREMENTS] = 3;
    other.figures[SCOPE_FILTERED_MEASUREMENTS] = 4;
    sum.figures[SCOPE_TIME] = 2;
    sum.figures[SCOPE_REFUSED] = -1;
    other.figures[SCOPE_REFUSED] = 3;
    sum.figures[SCOPE_STRINGS] = 3;
    other.figures[SCOPE_STRINGS] = -1;
    scope_merge(&sum, &other);
    assert_int_equal(sum.tenants_total, 6);
    assert_record(&sum, "filtered_tenants 3 filtered_measurements 4 time 2 clipped 15 refused -1 "
                        "strings -1");
}

static void record_and_back(void **state)
{
    struct scope scope = scope_with(SCOPE_NEVER_COPIED, INT64_MAX), again = {0};
    struct strbuf text = STRBUF_INIT;

    (void)state;
    scope.figures[SCOPE_PART] = -1;
    scope_add_record(&text, &scope);
    scope_read_record(&again, text.buf);
    assert_memory_equal(&again, &scope, sizeof(scope));

    again = (struct scope){0};
    scope_read_record(&again, "");
    assert_record(&again, "");
    scope_read_record(&again, "of_tomorrow 3 ahead 2 time");
    assert_record(&again, "ahead 2");
    strbuf_release(&text);
}

static void assert_command(const char *command, const char *expected)
{
    struct scope scope = {0};

    scope_of_command(&scope, command);
    assert_record(&scope, expected);
}

static void commands(void **state)
{
    (void)state;
    assert_command("tenants run", "");
    assert_command("tenants run --tenant a --shard=1/2", "filtered_tenants -1 shard -1");
    assert_command("tenants run --migrate-skip-regex '^x y'", "filtered_measurements -1");
    assert_command("tenants run --migrate-end-time-offset 0 --migrate-start-time-offset=0", "");
    assert_command("tenants run --migrate-end-time-offset 12", "time -1");
    assert_command("tenants run --tenants a --shard-duration 2w", "");
    assert_command("tenants run --measurement", "filtered_measurements -1");
}

static void cut_shard_groups(void **state)
{
    struct catalogue_shard shards[] = {{INT64_MIN, 10}, {10, 20}, {20, 30}, {30, 40}};
    struct catalogue_policy policy = {.shards = shards, .shard_count = 4, .read = true};
    struct plan plan = {.cutoff_ns = 25, .range = {PLAN_OLDEST_NS, 26}};

    (void)state;
    /* All time up to the cutoff: points after it are another run's. */
    assert_int_equal(scope_count_cut(&plan, &policy), 0);
    plan.range.start_ns = 10;
    assert_int_equal(scope_count_cut(&plan, &policy), 1);
    plan.range.start_ns = 11;
    assert_int_equal(scope_count_cut(&plan, &policy), 2);
    /* The end too, but not a shard group that begins after the cutoff. */
    plan.range.end_ns = 20;
    assert_int_equal(scope_count_cut(&plan, &policy), 3);
    policy.read = false;
    assert_int_equal(scope_count_cut(&plan, &policy), 0);
}

static void plans(void **state)
{
    struct catalogue_shard shards[] = {{0, 10}, {10, 20}};
    char autogen[] = "autogen", empty[] = "empty", rollup[] = "rollup";
    struct catalogue_policy policies[] = {
        {.name = autogen, .shards = shards, .shard_count = 2, .read = true},
        {.name = empty},
        {.name = rollup, .shards = shards, .shard_count = 1},
    };
    struct catalogue catalogue = {.policies = policies, .policy_count = 3};
    struct settings settings = {.part = 1, .part_count = 2};
    struct plan plan = {.catalogue = &catalogue,
                        .settings = &settings,
                        .cutoff_ns = 19,
                        .range = {5, 20},
                        .excluded_tenant_count = 2,
                        .skipped = {.count = 3}};
    struct scope first, second;

    (void)state;
    for (int i = 0; i < 10; i++) {
        const char name[] = {(char)('a' + i), '\0'};

        names_add(&catalogue.tenants, name);
    }
    scope_of_plan(&first, &plan);
    settings.part = 2;
    scope_of_plan(&second, &plan);
    assert_int_equal(first.tenants_total, 10);
    assert_true(first.figures[SCOPE_PART] > 0 && second.figures[SCOPE_PART] > 0);
    assert_int_equal(first.figures[SCOPE_PART] + second.figures[SCOPE_PART], 10);
    second.figures[SCOPE_PART] = 0;
    assert_record(&second, "filtered_tenants 2 filtered_measurements 3 time 1 policies 1");
    names_release(&catalogue.tenants);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a reason is told with its figure, of all tenants where these are known", words),
        TEST("every reason has a code word of its own, and words for every figure", every_reason),
        TEST("options make a rehearsal, other runs a part, and what is found a reservation",
             kinds_of_reasons),
        TEST("runs side by side add up tenants and findings, and share all else", merges),
        TEST("the journal's words say the same again, and unknown ones are passed over",
             record_and_back),
        TEST("a command line tells which reasons hold, and an offset of 0 leaves nothing out",
             commands),
        TEST("a shard group is cut where the plan's time doesn't hold it whole", cut_shard_groups),
        TEST("a plan leaves out tenants of other parts, filtered ones, policies, and time", plans),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
