#include "tenants/plan/settings.h"

#include <stdlib.h>
#include <string.h>

#include "../../unit.h"
#include "base/clock.h"
#include "base/mem.h"

/* The number of expressions in a list; -1 where the list is refused. */
static int count_of(const char *list)
{
    struct settings settings = {0};
    struct err err = ERR_INIT;
    int count = settings_add_skip(&settings, list, &err);

    if (count == 0)
        count = (int)settings.skip.count;
    else
        assert_has(err.message, "--migrate-skip-regex");
    err_release(&err);
    settings_release(&settings);
    return count;
}

static void lists(void **state)
{
    (void)state;
    assert_int_equal(count_of(""), 0);
    assert_int_equal(count_of("a"), 1);
    assert_int_equal(count_of("^log\\..+,^mon\\..+"), 2);
    assert_int_equal(count_of(",a,,b,"), 2);
    assert_int_equal(count_of("a, b ,\tc, ,"), 3);
}

static void commas_within(void **state)
{
    (void)state;
    assert_int_equal(count_of("a{1,2}"), 1);
    assert_int_equal(count_of("a{1,2},b{3,4},c"), 3);
    assert_int_equal(count_of("[a,b]"), 1);
    assert_int_equal(count_of("(a,b|c),d"), 2);
    assert_int_equal(count_of("([a,b]{1,2},c),d"), 2);
    assert_int_equal(count_of("a\\,b"), 1);
    assert_int_equal(count_of("a\\\\,b"), 2);
    assert_int_equal(count_of("a\\(,b"), 2);
    assert_int_equal(count_of("a),b"), -1);
}

/* Within [] a bracket is a character like others. */
static void brackets_within_classes(void **state)
{
    (void)state;
    assert_int_equal(count_of("[(],b"), 2);
    assert_int_equal(count_of("[({[],b"), 2);
    assert_int_equal(count_of("[)],b"), 2);
    assert_int_equal(count_of("[],],b"), 2);
    assert_int_equal(count_of("[^],],b"), 2);
    assert_int_equal(count_of("[\\],],b"), 2);
    assert_int_equal(count_of("([)],x),b"), 2);
}

static void bad_ones(void **state)
{
    (void)state;
    assert_int_equal(count_of("a,(b"), -1);
    assert_int_equal(count_of("*"), -1);
}

static void assert_skips(const char *list, const char *measurement, bool skips)
{
    struct settings settings = {0};
    struct err err = ERR_INIT;

    assert_int_equal(settings_add_skip(&settings, list, &err), 0);
    assert_int_equal(settings_skips(&settings, measurement), skips);
    settings_release(&settings);
}

static void anchored_as_match(void **state)
{
    (void)state;
    assert_skips("cpu", "cpu", true);
    assert_skips("cpu", "cpu.idle_perc", true);
    assert_skips("cpu", "vm.cpu", false);
    assert_skips(".*cpu", "vm.cpu", true);
    assert_skips("^cpu$", "cpu.idle_perc", false);
    assert_skips("a|b", "xb", false);
    assert_skips("a|b", "bx", true);
    assert_skips("x,cpu\\.", "cpu.idle", true);
    assert_skips("x,cpu\\.", "cpuidle", false);
    assert_skips("CPU", "cpu", false);
    assert_skips("", "cpu", false);
}

static void measurements(void **state)
{
    struct settings settings = {0};
    struct err err = ERR_INIT;

    (void)state;
    assert_false(settings_skips(&settings, "cpu"));
    assert_int_equal(settings_add_measurement(&settings, "cpu,", &err), 0);
    assert_int_equal(settings_add_measurement(&settings, "disk", &err), 0);
    assert_true(settings_skips(&settings, "cpu"));
    assert_false(settings_skips(&settings, "cpu,x"));
    assert_false(settings_skips(&settings, "disk.space"));
    assert_true(settings_skips(&settings, "vm.disk"));
    assert_int_equal(settings_add_skip(&settings, "disk\\.s", &err), 0);
    assert_true(settings_skips(&settings, "disk.space"));
    assert_false(settings_skips(&settings, "disk.total"));
    assert_int_equal(settings_add_measurement(&settings, "(", &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    assert_has(err.message, "--measurement");
    err_release(&err);
    settings_release(&settings);
}

static void tenants(void **state)
{
    struct settings settings = {.tenants = STRVEC_INIT};

    (void)state;
    assert_false(settings_skips_tenant(&settings, "a"));
    strvec_push(&settings.tenants, "a");
    strvec_push(&settings.tenants, "c");
    assert_false(settings_skips_tenant(&settings, "a"));
    assert_true(settings_skips_tenant(&settings, "b"));
    assert_true(settings_skips_tenant(&settings, "aa"));
    assert_false(settings_skips_tenant(&settings, "c"));
    strvec_release(&settings.tenants);
}

static void alarm_history(void **state)
{
    struct settings settings = {0};

    (void)state;
    assert_ptr_equal(settings_tags_of(&settings, "alarm_state_history"), &settings.history_tags);
    assert_ptr_equal(settings_tags_of(&settings, "alarm_state_history2"), &settings.metric_tags);
    assert_ptr_equal(settings_tags_of(&settings, "Alarm_state_history"), &settings.metric_tags);
    assert_ptr_equal(settings_tags_of(&settings, ""), &settings.metric_tags);
}

static void names_and_units(void **state)
{
    struct settings settings = {.database = (char *)"mon"};
    char *database = settings_target_database(&settings, "%s'\"");

    (void)state;
    assert_string_equal(database, "mon_%s'\"");
    free(database);
    assert_true(settings_unit_ns("h") == CLOCK_HOUR_NS);
    assert_true(settings_unit_ns("d") == CLOCK_DAY_NS);
    assert_true(settings_unit_ns("w") == CLOCK_WEEK_NS);
}

/* The numbers come from a shell: 0x$(printf %s a | sha256sum | cut -c 1-15) % 1000 + 1. These must
 * never change. */
static void shards(void **state)
{
    (void)state;
    assert_int_equal(settings_part_of("a", 1), 1);
    assert_int_equal(settings_part_of("a", 4), 1);
    assert_int_equal(settings_part_of("a", 1000), 141);
    assert_int_equal(settings_part_of("0123456789abcdef", 4), 4);
    assert_int_equal(settings_part_of("0123456789abcdef", 1000), 696);
}

static int set_shard(struct settings *settings, const char *text)
{
    struct err err = ERR_INIT;
    int rc = settings_set_part(settings, text, &err);

    err_release(&err);
    return rc;
}

static void shard_option(void **state)
{
    static const char *const wrong[] = {"",   "1",    "0/2",  "3/2",    "1/",
                                        "/2", "1/2 ", "-1/2", "1/1001", "99999999999999999999/2"};
    struct settings settings = {0};

    (void)state;
    assert_false(settings_is_elsewhere(&settings, "a"));
    assert_int_equal(set_shard(&settings, "4/4"), 0);
    assert_true(settings_is_elsewhere(&settings, "a"));
    assert_true(settings_skips_tenant(&settings, "a"));
    assert_false(settings_is_elsewhere(&settings, "0123456789abcdef"));
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
        assert_int_equal(set_shard(&settings, wrong[i]), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a list of expressions is cut at its commas, and empty ones don't count", lists),
        TEST("a comma within brackets or behind a backslash separates nothing", commas_within),
        TEST("a bracket in a character class opens nothing", brackets_within_classes),
        TEST("a wrong expression in a list is an error that names the option", bad_ones),
        TEST("an expression matches at the start of a name, as Python's re.match",
             anchored_as_match),
        TEST("of the measurements asked for, those to skip are left out", measurements),
        TEST("where tenants are named, all others are left out", tenants),
        TEST("alarm history, and nothing else, belongs by its own tags", alarm_history),
        TEST("a tenant's shard is what a shell computes", shards),
        TEST("--shard leaves out the tenants of other shards", shard_option),
        TEST("a target is named after the source and the tenant", names_and_units),
    };

    return cmocka_run_group_tests_name("tenants/settings", tests, NULL, NULL);
}
