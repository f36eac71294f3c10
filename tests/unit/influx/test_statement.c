#include "influx/statement.h"

#include <string.h>

#include "../unit.h"
#include "base/clock.h"
#include "base/mem.h"

#define NUL "\xc0\x80"

static struct strvec tags_of(const char *list)
{
    struct strvec tags = STRVEC_INIT;

    strvec_split(&tags, list, ',');
    return tags;
}

/* `expected` is the condition on the owner, which stands last in the statement. */
static void assert_belonging(const char *list, enum influx_owner owner, const char *tenant,
                             const char *expected)
{
    struct strvec tags = tags_of(list);
    struct influx_selection selection = {.database = "mon",
                                         .policy = "p",
                                         .measurements = (const char *const[]){"m"},
                                         .measurement_count = 1,
                                         .belonging = {&tags, owner, tenant},
                                         .start_ns = 1,
                                         .end_ns = 2};
    struct strbuf sb = STRBUF_INIT;

    influx_statement_count(&sb, &selection);
    assert_has(sb.buf, " WHERE time >= 1 AND time < 2");
    assert_string_equal(strstr(sb.buf, "time < 2") + strlen("time < 2"), expected);
    strbuf_release(&sb);
    strvec_release(&tags);
}

static void one_tag(void **state)
{
    (void)state;
    assert_belonging("_tenant_id", INFLUX_OWNER_TENANT, "t", " AND ((\"_tenant_id\"::tag = 't'))");
    assert_belonging("_tenant_id", INFLUX_OWNER_TENANT, "x' OR _tenant_id != '",
                     " AND ((\"_tenant_id\"::tag = 'x\\' OR _tenant_id != \\''))");
    assert_belonging("_tenant_id", INFLUX_OWNER_TENANT, "a" NUL,
                     " AND ((\"_tenant_id\"::tag =~ /^a\\x{00}$/))");
    assert_belonging("a\"b", INFLUX_OWNER_TENANT, "t", " AND ((\"a\\\"b\"::tag = 't'))");
}

static void more_tags(void **state)
{
    (void)state;
    assert_belonging("_tenant_id,tenant_id", INFLUX_OWNER_TENANT, "t",
                     " AND ((\"_tenant_id\"::tag = 't')"
                     " OR (\"_tenant_id\"::tag = '' AND \"tenant_id\"::tag = 't'))");
    assert_belonging("a,b,c", INFLUX_OWNER_TENANT, "t",
                     " AND ((\"a\"::tag = 't') OR (\"a\"::tag = '' AND \"b\"::tag = 't')"
                     " OR (\"a\"::tag = '' AND \"b\"::tag = '' AND \"c\"::tag = 't'))");
}

static void nobody_and_any(void **state)
{
    (void)state;
    assert_belonging("a", INFLUX_OWNER_NOBODY, NULL, " AND (\"a\"::tag = '')");
    assert_belonging("a,b,c", INFLUX_OWNER_NOBODY, NULL,
                     " AND (\"a\"::tag = '' AND \"b\"::tag = '' AND \"c\"::tag = '')");
    assert_belonging("a,b", INFLUX_OWNER_ANY, NULL, "");
}

static void copies(void **state)
{
    struct strvec tags = tags_of("_tenant_id");
    struct influx_target target = {"mon_t\"", "2w"};
    struct influx_selection selection = {
        .database = "mon",
        .policy = "persister_all",
        .measurements = (const char *const[]){"cpu.idle_perc", "a\"; DROP DATABASE mon --", "b\rc",
                                              ":MEASUREMENT"},
        .measurement_count = 4,
        .belonging = {&tags, INFLUX_OWNER_TENANT, "t\""},
        .start_ns = INT64_MIN,
        .end_ns = INT64_MAX,
    };
    struct strbuf sb = STRBUF_INIT;

    (void)state;
    influx_statement_copy(&sb, &target, &selection);
    assert_string_equal(sb.buf, "SELECT * INTO \"mon_t\\\"\".\"2w\".:MEASUREMENT"
                                " FROM \"mon\".\"persister_all\".\"cpu.idle_perc\","
                                " \"mon\".\"persister_all\".\"a\\\"; DROP DATABASE mon --\","
                                " \"mon\".\"persister_all\"./^b\\x{0d}c$/,"
                                " \"mon\".\"persister_all\".\":MEASUREMENT\""
                                " WHERE time >= -9223372036854775808 AND time < 9223372036854775807"
                                " AND ((\"_tenant_id\"::tag = 't\"')) GROUP BY *");
    strbuf_release(&sb);
    strvec_release(&tags);
}

static void counts(void **state)
{
    struct strvec tags = tags_of("_tenant_id");
    struct influx_selection selection = {.database = "mon",
                                         .policy = "p",
                                         .measurements = (const char *const[]){"a", "b"},
                                         .measurement_count = 2,
                                         .belonging = {&tags, INFLUX_OWNER_ANY, NULL},
                                         .start_ns = 0,
                                         .end_ns = 10};
    struct strbuf sb = STRBUF_INIT;

    (void)state;
    influx_statement_count(&sb, &selection);
    assert_string_equal(sb.buf, "SELECT count(*) FROM \"mon\".\"p\".\"a\", \"mon\".\"p\".\"b\""
                                " WHERE time >= 0 AND time < 10");
    strbuf_release(&sb);
    strvec_release(&tags);
}

static void assert_created(const struct influx_policy_spec *policy, const char *expected)
{
    struct influx_target target = {"mon_t", NULL};
    struct strbuf sb = STRBUF_INIT;

    influx_statement_create_database(&sb, &target, policy);
    assert_string_equal(sb.buf, expected);
    strbuf_release(&sb);
}

static void creates(void **state)
{
    (void)state;
    assert_created(NULL, "CREATE DATABASE \"mon_t\"");
    assert_created(&(struct influx_policy_spec){"2w", 2 * CLOCK_WEEK_NS, 0},
                   "CREATE DATABASE \"mon_t\" WITH DURATION 2w REPLICATION 1 NAME \"2w\"");
    assert_created(
        &(struct influx_policy_spec){"36h", 36 * CLOCK_HOUR_NS, CLOCK_HOUR_NS},
        "CREATE DATABASE \"mon_t\" WITH DURATION 36h REPLICATION 1 SHARD DURATION 1h NAME \"36h\"");
    assert_created(&(struct influx_policy_spec){"autogen", 0, CLOCK_WEEK_NS},
                   "CREATE DATABASE \"mon_t\" WITH DURATION INF REPLICATION 1 SHARD DURATION 1w"
                   " NAME \"autogen\"");
}

static void grants(void **state)
{
    static const struct {
        enum influx_privilege privilege;
        const char *expected;
    } cases[] = {
        {INFLUX_PRIVILEGE_READ, "GRANT READ ON \"mon_t\" TO \"u\\\"\\\\\""},
        {INFLUX_PRIVILEGE_WRITE, "GRANT WRITE ON \"mon_t\" TO \"u\\\"\\\\\""},
        {INFLUX_PRIVILEGE_ALL, "GRANT ALL ON \"mon_t\" TO \"u\\\"\\\\\""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct influx_target target = {"mon_t", NULL};
        struct strbuf sb = STRBUF_INIT;

        influx_statement_grant(&sb, cases[i].privilege, &target, "u\"\\");
        assert_string_equal(sb.buf, cases[i].expected);
        strbuf_release(&sb);
    }
}

static void shows(void **state)
{
    struct strvec tags = tags_of("_tenant_id,tenant_id,project");
    struct strbuf sb = STRBUF_INIT;

    (void)state;
    influx_statement_show_policies(&sb, "m\"");
    assert_string_equal(sb.buf, "SHOW RETENTION POLICIES ON \"m\\\"\"");
    strbuf_reset(&sb);
    influx_statement_show_field_keys(&sb, "mon");
    assert_string_equal(sb.buf, "SHOW FIELD KEYS ON \"mon\"");
    strbuf_reset(&sb);
    influx_statement_show_tag_keys(&sb, "mon");
    assert_string_equal(sb.buf, "SHOW TAG KEYS ON \"mon\"");
    strbuf_reset(&sb);
    influx_statement_show_grants(&sb, "a\nb");
    assert_string_equal(sb.buf, "SHOW GRANTS FOR \"a\\nb\"");
    strbuf_reset(&sb);
    influx_statement_show_tenants(&sb, "mon", &tags, 0);
    assert_string_equal(sb.buf, "SHOW TAG VALUES ON \"mon\" WITH KEY = \"_tenant_id\"");
    strbuf_reset(&sb);
    influx_statement_show_tenants(&sb, "mon", &tags, 2);
    assert_string_equal(sb.buf, "SHOW TAG VALUES ON \"mon\" WITH KEY = \"project\""
                                " WHERE \"_tenant_id\"::tag = ''");
    strbuf_release(&sb);
    strvec_release(&tags);
}

static void source_is_no_target(void **state)
{
    struct influx_target target = {"untouched", NULL};
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(influx_target_init(&target, "mon", "p", "mon", &err), -1);
    assert_int_equal(err.code, ERR_BUG);
    assert_has(err.message, "mon");
    assert_string_equal(target.database, "untouched");
    err_release(&err);
    assert_int_equal(influx_target_init(&target, "Mon", "p", "mon", &err), 0);
    assert_string_equal(target.database, "Mon");
    assert_string_equal(target.policy, "p");
    assert_int_equal(influx_target_init(&target, "mon_", NULL, "mon", &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a point belongs to the tenant in its one tag", one_tag),
        TEST("a point belongs to the tenant in the first tag that it has", more_tags),
        TEST("nobody's points have none of the tags, and all points need no clause",
             nobody_and_any),
        TEST("a copy names each measurement, the time, the tenant, and keeps tags", copies),
        TEST("a count has the selection of a copy, and groups nothing", counts),
        TEST("a database is made with its policy, or with the server's own", creates),
        TEST("a grant names the privilege, the target and the user", grants),
        TEST("what is there is asked for by name, quoted", shows),
        TEST("the source can't be made a target", source_is_no_target),
    };

    return cmocka_run_group_tests_name("influx/statement", tests, NULL, NULL);
}
