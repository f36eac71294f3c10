#include "influx/statement.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "influx/quote.h"

int influx_target_init(struct influx_target *target, const char *database, const char *policy,
                       const char *source_database, struct err *err)
{
    if (strcmp(database, source_database) == 0)
        return err_set(err, ERR_BUG, "the source database %s was taken for a target",
                       source_database);
    *target = (struct influx_target){database, policy};
    return 0;
}

static void add_sources(struct strbuf *sb, const struct influx_selection *selection)
{
    if (!selection->measurement_count) {
        strbuf_addstr(sb, " FROM ");
        influx_add_identifier(sb, selection->database);
        strbuf_addch(sb, '.');
        influx_add_identifier(sb, selection->policy);
        strbuf_addstr(sb, "./.*/");
    }
    for (size_t i = 0; i < selection->measurement_count; i++) {
        const char *name = selection->measurements[i];

        strbuf_addstr(sb, i ? ", " : " FROM ");
        influx_add_identifier(sb, selection->database);
        strbuf_addch(sb, '.');
        influx_add_identifier(sb, selection->policy);
        strbuf_addch(sb, '.');
        if (influx_name_is_quotable(name) && !influx_name_is_reserved(name))
            influx_add_identifier(sb, name);
        else
            influx_add_exact_regex(sb, name);
    }
}

/* ::tag keeps a field of the same name out. */
static void add_tag_equals(struct strbuf *sb, const char *tag, const char *value)
{
    struct strbuf left = STRBUF_INIT;

    influx_add_identifier(&left, tag);
    strbuf_addstr(&left, "::tag");
    influx_add_equals(sb, left.buf, value);
    strbuf_release(&left);
}

/* Adds the condition that the first `count` tags are missing: InfluxQL compares a missing tag as
 * ''. */
static void add_missing(struct strbuf *sb, const struct strvec *tags, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        strbuf_addstr(sb, i ? " AND " : "");
        add_tag_equals(sb, tags->v[i], "");
    }
}

/* A tenant's points match one alternative for each tag: that tag names the tenant, and the tags
 * before it are missing. */
static void add_belonging(struct strbuf *sb, const struct influx_belonging *belonging)
{
    strbuf_addstr(sb, " AND (");
    for (size_t i = 0; i < belonging->tags->nr && belonging->owner == INFLUX_OWNER_TENANT; i++) {
        strbuf_addstr(sb, i ? " OR (" : "(");
        add_missing(sb, belonging->tags, i);
        strbuf_addstr(sb, i ? " AND " : "");
        add_tag_equals(sb, belonging->tags->v[i], belonging->tenant);
        strbuf_addch(sb, ')');
    }
    if (belonging->owner == INFLUX_OWNER_NOBODY)
        add_missing(sb, belonging->tags, belonging->tags->nr);
    strbuf_addch(sb, ')');
}

static void add_selection(struct strbuf *sb, const struct influx_selection *selection)
{
    add_sources(sb, selection);
    strbuf_addf(sb, " WHERE time >= %" PRId64 " AND time < %" PRId64, selection->start_ns,
                selection->end_ns);
    if (selection->belonging.owner != INFLUX_OWNER_ANY)
        add_belonging(sb, &selection->belonging);
}

struct influx_selection influx_selection_of_target(const struct influx_selection *source,
                                                   const struct influx_target *target)
{
    struct influx_selection there = *source;

    there.database = target->database;
    there.policy = target->policy;
    there.belonging.owner = INFLUX_OWNER_ANY;
    return there;
}

void influx_statement_copy(struct strbuf *sb, const struct influx_target *target,
                           const struct influx_selection *selection)
{
    strbuf_addstr(sb, "SELECT * INTO ");
    influx_add_identifier(sb, target->database);
    strbuf_addch(sb, '.');
    influx_add_identifier(sb, target->policy);
    strbuf_addstr(sb, ".:MEASUREMENT");
    add_selection(sb, selection);
    strbuf_addstr(sb, " GROUP BY *");
}

void influx_statement_select(struct strbuf *sb, const struct influx_selection *selection)
{
    strbuf_addstr(sb, "SELECT *");
    add_selection(sb, selection);
    strbuf_addstr(sb, " GROUP BY *");
}

void influx_statement_count(struct strbuf *sb, const struct influx_selection *selection)
{
    strbuf_addstr(sb, "SELECT count(*)");
    add_selection(sb, selection);
}

void influx_statement_sum(struct strbuf *sb, const struct influx_selection *selection)
{
    strbuf_addstr(sb, "SELECT count(*), sum(*)");
    add_selection(sb, selection);
}

void influx_statement_edge(struct strbuf *sb, const struct influx_selection *selection, bool newest)
{
    strbuf_addstr(sb, "SELECT *");
    add_selection(sb, selection);
    strbuf_addf(sb, " ORDER BY time%s LIMIT 1", newest ? " DESC" : "");
}

void influx_statement_count_unnameable(struct strbuf *sb, const char *database, const char *policy)
{
    strbuf_addstr(sb, "SELECT count(*) FROM ");
    influx_add_identifier(sb, database);
    strbuf_addch(sb, '.');
    influx_add_identifier(sb, policy);
    strbuf_addstr(sb, "./\\x{FFFD}/");
}

static void add_durations(struct strbuf *sb, const struct influx_policy_spec *policy)
{
    strbuf_addstr(sb, " DURATION ");
    if (policy->duration_ns)
        clock_add_duration(sb, policy->duration_ns);
    else
        strbuf_addstr(sb, "INF");
    strbuf_addstr(sb, " REPLICATION 1");
    if (policy->shard_group_duration_ns) {
        strbuf_addstr(sb, " SHARD DURATION ");
        clock_add_duration(sb, policy->shard_group_duration_ns);
    }
}

void influx_statement_create_database(struct strbuf *sb, const struct influx_target *target,
                                      const struct influx_policy_spec *policy)
{
    strbuf_addstr(sb, "CREATE DATABASE ");
    influx_add_identifier(sb, target->database);
    if (!policy)
        return;
    strbuf_addstr(sb, " WITH");
    add_durations(sb, policy);
    strbuf_addstr(sb, " NAME ");
    influx_add_identifier(sb, policy->name);
}

void influx_statement_create_policy(struct strbuf *sb, const struct influx_target *target,
                                    const struct influx_policy_spec *policy)
{
    strbuf_addstr(sb, "CREATE RETENTION POLICY ");
    influx_add_identifier(sb, policy->name);
    strbuf_addstr(sb, " ON ");
    influx_add_identifier(sb, target->database);
    add_durations(sb, policy);
}

void influx_statement_grant(struct strbuf *sb, enum influx_privilege privilege,
                            const struct influx_target *target, const char *user)
{
    static const char *const words[] = {"", "READ", "WRITE", "ALL"};

    strbuf_addf(sb, "GRANT %s ON ", words[privilege]);
    influx_add_identifier(sb, target->database);
    strbuf_addstr(sb, " TO ");
    influx_add_identifier(sb, user);
}

static void add_show(struct strbuf *sb, const char *what, const char *database)
{
    strbuf_addf(sb, "SHOW %s ON ", what);
    influx_add_identifier(sb, database);
}

void influx_statement_show_policies(struct strbuf *sb, const char *database)
{
    add_show(sb, "RETENTION POLICIES", database);
}

void influx_statement_show_field_keys(struct strbuf *sb, const char *database)
{
    add_show(sb, "FIELD KEYS", database);
}

void influx_statement_show_tag_keys(struct strbuf *sb, const char *database)
{
    add_show(sb, "TAG KEYS", database);
}

void influx_statement_show_tenants(struct strbuf *sb, const char *database,
                                   const struct strvec *tags, size_t index)
{
    add_show(sb, "TAG VALUES", database);
    strbuf_addstr(sb, " WITH KEY = ");
    influx_add_identifier(sb, tags->v[index]);
    if (index) {
        strbuf_addstr(sb, " WHERE ");
        add_missing(sb, tags, 1);
    }
}

void influx_statement_show_grants(struct strbuf *sb, const char *user)
{
    strbuf_addstr(sb, "SHOW GRANTS FOR ");
    influx_add_identifier(sb, user);
}
