#include "tenants/plan/retention.h"

#include <string.h>

#include "../../unit.h"
#include "base/clock.h"
#include "base/mem.h"

static void assert_rule(const char *text, const char *unit, const char *tenant, const char *name,
                        int64_t duration_ns)
{
    struct retention_rules rules = RETENTION_RULES_INIT;
    struct err err = ERR_INIT;
    const struct retention_rule *rule;

    if (retention_rules_parse(&rules, text, unit, &err) < 0)
        fail_msg("%s", err.message);
    rule = retention_rules_find(&rules, tenant);
    assert_non_null(rule);
    assert_string_equal(rule->name, name);
    assert_true(rule->duration_ns == duration_ns);
    retention_rules_release(&rules);
}

static void durations(void **state)
{
    (void)state;
    assert_rule("p:2w", "d", "p", "2w", 2 * CLOCK_WEEK_NS);
    assert_rule("p:10d", "w", "p", "10d", 10 * CLOCK_DAY_NS);
    assert_rule("p:1h", "w", "p", "1h", CLOCK_HOUR_NS);
    assert_rule("p:1h30m", "w", "p", "1h30m", CLOCK_HOUR_NS / 2 * 3);
    assert_rule("p:3600s", "w", "p", "3600s", CLOCK_HOUR_NS);
}

static void plain_numbers(void **state)
{
    (void)state;
    assert_rule("p:10", "h", "p", "10h", 10 * CLOCK_HOUR_NS);
    assert_rule("p:10", "d", "p", "10d", 10 * CLOCK_DAY_NS);
    assert_rule("p:10", "w", "p", "10w", 10 * CLOCK_WEEK_NS);
}

static void several(void **state)
{
    static const char text[] = "a:2w,b:10,a:3d,";

    (void)state;
    assert_rule(text, "h", "b", "10h", 10 * CLOCK_HOUR_NS);
    assert_rule(text, "h", "a", "3d", 3 * CLOCK_DAY_NS);
    assert_rule("a:b:c:2w", "h", "a:b:c", "2w", 2 * CLOCK_WEEK_NS);
}

/* oslo.config takes white space off around each name and value. */
static void blanks(void **state)
{
    (void)state;
    assert_rule("a:2w, b : 10 ,\tc:1d", "h", "b", "10h", 10 * CLOCK_HOUR_NS);
    assert_rule("a:2w, b : 10 ,\tc:1d , ", "h", "c", "1d", CLOCK_DAY_NS);
}

static void none(void **state)
{
    struct retention_rules rules = RETENTION_RULES_INIT;
    struct err err = ERR_INIT;

    (void)state;
    assert_null(retention_rules_find(&rules, "p"));
    assert_int_equal(retention_rules_parse(&rules, "", "w", &err), 0);
    assert_int_equal(rules.count, 0);
    assert_int_equal(retention_rules_parse(&rules, "p:1w", "w", &err), 0);
    assert_null(retention_rules_find(&rules, "P"));
    assert_null(retention_rules_find(&rules, ""));
    retention_rules_release(&rules);
}

static void bad_ones(void **state)
{
    static const char *const texts[] = {
        "p",          "p:",     ":2w",   "p=2w", "p:2x", "p:-2w",
        "p:w",        "p:2 w",  "p:59m", "p:0",  "p:0w", "p:1.5w",
        "p:inf",      "a:2w,b", "p:2 w", " :2w", "p: ",  "p:99999999999999999999w",
        "p:1000000w",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct retention_rules rules = RETENTION_RULES_INIT;
        struct err err = ERR_INIT;

        if (retention_rules_parse(&rules, texts[i], "w", &err) == 0)
            fail_msg("'%s' was taken", texts[i]);
        assert_int_equal(err.code, ERR_USAGE);
        assert_has(err.message, "--migrate-retention-policy");
        err_release(&err);
        retention_rules_release(&rules);
    }
}

static const struct catalogue_policy source = {.name = (char *)"all",
                                               .duration_ns = 90 * CLOCK_DAY_NS,
                                               .shard_group_duration_ns = CLOCK_DAY_NS};

static struct retention_choice choose(const char *rules_text, int64_t hours,
                                      const struct catalogue_database *existing, bool same_shards)
{
    struct retention_rules rules = RETENTION_RULES_INIT;
    struct retention_choice choice;
    struct err err = ERR_INIT;

    assert_int_equal(retention_rules_parse(&rules, rules_text, "w", &err), 0);
    retention_choose(&choice, &rules, hours, "t", existing, &source, same_shards);
    retention_rules_release(&rules);
    return choice;
}

static void new_database(void **state)
{
    struct retention_choice choice = choose("t:2w", 5, NULL, false);

    (void)state;
    assert_true(choice.create);
    assert_string_equal(choice.policy, "2w");
    assert_true(choice.duration_ns == 2 * CLOCK_WEEK_NS);
    assert_int_equal(choice.shard_group_duration_ns, 0);
    assert_null(choice.note);
    retention_choice_release(&choice);

    choice = choose("other:2w", 720, NULL, false);
    assert_true(choice.create);
    assert_string_equal(choice.policy, "720h");
    assert_true(choice.duration_ns == 30 * CLOCK_DAY_NS);
    retention_choice_release(&choice);

    choice = choose("", 0, NULL, false);
    assert_true(choice.create);
    assert_string_equal(choice.policy, "autogen");
    assert_int_equal(choice.duration_ns, 0);
    retention_choice_release(&choice);
}

/* The lengths that InfluxDB chooses by itself. */
static void lengths_of_shards(void **state)
{
    static const struct {
        const char *rules;
        int64_t length_ns;
    } cases[] = {{"t:47h", CLOCK_HOUR_NS},
                 {"t:2d", CLOCK_DAY_NS},
                 {"t:179d", CLOCK_DAY_NS},
                 {"t:180d", CLOCK_WEEK_NS},
                 {"", CLOCK_WEEK_NS}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct retention_choice choice = choose(cases[i].rules, 0, NULL, false);

        assert_true(choice.shard_length_ns == cases[i].length_ns);
        retention_choice_release(&choice);
    }
}

static void same_shards(void **state)
{
    struct retention_choice choice = choose("t:2w", 0, NULL, true);

    (void)state;
    assert_true(choice.shard_group_duration_ns == CLOCK_DAY_NS);
    retention_choice_release(&choice);
    choice = choose("", 0, NULL, true);
    assert_true(choice.shard_group_duration_ns == CLOCK_DAY_NS);
    retention_choice_release(&choice);
    /* InfluxDB refuses shard groups longer than the policy. */
    choice = choose("t:23h", 0, NULL, true);
    assert_int_equal(choice.shard_group_duration_ns, 0);
    retention_choice_release(&choice);
}

static void existing_database(void **state)
{
    struct catalogue_database database = {
        .name = (char *)"mon_t", .default_policy = (char *)"1w", .duration_ns = CLOCK_WEEK_NS};
    struct retention_choice choice = choose("t:2w", 5, &database, true);

    (void)state;
    assert_false(choice.create);
    assert_string_equal(choice.policy, "1w");
    assert_true(choice.duration_ns == CLOCK_WEEK_NS);
    assert_int_equal(choice.shard_group_duration_ns, 0);
    assert_has(choice.note, "1w (1w)");
    assert_has(choice.note, "asked for was 2w");
    retention_choice_release(&choice);

    choice = choose("", 5, &database, false);
    assert_has(choice.note, "asked for was 5h");
    retention_choice_release(&choice);

    database.duration_ns = 0;
    choice = choose("t:2w", 0, &database, false);
    assert_has(choice.note, "forever");
    assert_int_equal(choice.duration_ns, 0);
    retention_choice_release(&choice);
}

static void no_note(void **state)
{
    struct catalogue_database database = {
        .name = (char *)"mon_t", .default_policy = (char *)"autogen", .duration_ns = CLOCK_WEEK_NS};
    struct retention_choice choice = choose("t:7d", 0, &database, false);

    (void)state;
    assert_string_equal(choice.policy, "autogen");
    assert_null(choice.note);
    retention_choice_release(&choice);
    choice = choose("", 0, &database, false);
    assert_null(choice.note);
    retention_choice_release(&choice);
}

static void no_default_policy(void **state)
{
    struct catalogue_database database = {.name = (char *)"mon_t"};
    struct retention_choice choice = choose("t:7d", 0, &database, false);

    (void)state;
    assert_false(choice.create);
    assert_null(choice.policy);
    assert_has(choice.note, "no default");
    retention_choice_release(&choice);
}

static void oldest(void **state)
{
    (void)state;
    assert_true(retention_oldest_ns(0, 1000, 10) == INT64_MIN);
    assert_int_equal(retention_oldest_ns(300, 1000, 10), 710);
    assert_true(retention_oldest_ns(INT64_MAX, -10, 0) == INT64_MIN);
    assert_true(retention_oldest_ns(1, INT64_MAX, INT64_MAX) == INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a rule's duration has a unit of its own", durations),
        TEST("a rule's plain number counts in the unit", plain_numbers),
        TEST("a tenant ends at the last colon, and its last rule counts", several),
        TEST("blanks around tenants and durations don't count", blanks),
        TEST("no rules are fine, and nobody is found in them", none),
        TEST("a bad rule is a usage error that names the option", bad_ones),
        TEST("a new database gets its rule, else the default hours, else the server's policy",
             new_database),
        TEST("the length of a new policy's shard groups is the server's choice", lengths_of_shards),
        TEST("a new policy gets the source's shard groups where they must be the same",
             same_shards),
        TEST("an existing database keeps its policy, and that is said", existing_database),
        TEST("nothing is said where the existing policy keeps what was asked for", no_note),
        TEST("a database without a default policy has none to write to", no_default_policy),
        TEST("the oldest instant that is kept is held at the ends of time", oldest),
    };

    return cmocka_run_group_tests_name("tenants/retention", tests, NULL, NULL);
}
