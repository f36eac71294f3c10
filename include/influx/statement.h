/*
 * InfluxQL statements.
 *
 * Only these functions write InfluxQL, and they quote all names and texts by influx/quote.h. A
 * statement that changes a database takes a `struct influx_target`, and no such target can be made
 * for the source: so no statement that writes to the source can be made.
 */
#ifndef INFLUX_STATEMENT_H
#define INFLUX_STATEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/names.h"
#include "base/strbuf.h"
#include "base/strvec.h"

/* A database that may be written to, and its retention policy that takes the points. */
struct influx_target {
    const char *database; /* borrowed */
    const char *policy;   /* borrowed; may be NULL until it is known */
};

/* ERR_BUG where the target is the source, compared by bytes, as InfluxDB compares databases' names.
 */
int influx_target_init(struct influx_target *target, const char *database, const char *policy,
                       const char *source_database, struct err *err);

/*
 * The owner of the points that a statement selects. A point belongs to the tenant in the first of
 * `tags` that the point has. With ["_tenant_id", "tenant_id"], the tag _tenant_id names the tenant;
 * where a point lacks it, tenant_id does.
 */
enum influx_owner {
    INFLUX_OWNER_TENANT, /* points of `tenant` */
    INFLUX_OWNER_NOBODY, /* points that have none of the tags */
    INFLUX_OWNER_ANY,    /* all points */
};

struct influx_belonging {
    const struct strvec *tags;
    enum influx_owner owner;
    const char *tenant;
};

/* Points of measurements of one retention policy in [start_ns, end_ns); no measurements: of all.
 * All borrowed. */
struct influx_selection {
    const char *database;
    const char *policy;
    const char *const *measurements;
    size_t measurement_count;
    struct influx_belonging belonging;
    int64_t start_ns, end_ns;
};

/* Selects the same measurements and time in the target, and the points of all owners. */
struct influx_selection influx_selection_of_target(const struct influx_selection *source,
                                                   const struct influx_target *target);

/* SELECT * INTO "target"."policy".:MEASUREMENT FROM ... WHERE ... GROUP BY * */
void influx_statement_copy(struct strbuf *sb, const struct influx_target *target,
                           const struct influx_selection *selection);
/* SELECT * FROM ... WHERE ... GROUP BY *; the reply has the points, a series after the other. */
void influx_statement_select(struct strbuf *sb, const struct influx_selection *selection);
/* SELECT * FROM ... WHERE ... ORDER BY time LIMIT 1: the oldest point of each measurement, or the
 * newest. */
void influx_statement_edge(struct strbuf *sb, const struct influx_selection *selection,
                           bool newest);
/* SELECT count(*) FROM ... WHERE ...; the reply has a row for each measurement that has points. */
void influx_statement_count(struct strbuf *sb, const struct influx_selection *selection);

/* SELECT count(*), sum(*) FROM ... WHERE ...; each row has the sums of fields with numbers, too.
 */
void influx_statement_sum(struct strbuf *sb, const struct influx_selection *selection);

/* SELECT count(*) of all measurements whose names aren't influx_name_is_exact(): a regular
 * expression matches U+FFFD, and bytes that are no UTF-8. */
void influx_statement_count_unnameable(struct strbuf *sb, const char *database, const char *policy);

/* One policy of a database. A duration of 0 keeps points forever. */
struct influx_policy_spec {
    const char *name;
    int64_t duration_ns;
    int64_t shard_group_duration_ns; /* 0: as the server chooses */
};

/* CREATE DATABASE, with `policy` as the default policy; NULL: the server makes its own. */
void influx_statement_create_database(struct strbuf *sb, const struct influx_target *target,
                                      const struct influx_policy_spec *policy);

/* CREATE RETENTION POLICY on the target's database; never the default one. */
void influx_statement_create_policy(struct strbuf *sb, const struct influx_target *target,
                                    const struct influx_policy_spec *policy);

enum influx_privilege {
    INFLUX_PRIVILEGE_NONE,
    INFLUX_PRIVILEGE_READ,
    INFLUX_PRIVILEGE_WRITE,
    INFLUX_PRIVILEGE_ALL,
};
void influx_statement_grant(struct strbuf *sb, enum influx_privilege privilege,
                            const struct influx_target *target, const char *user);

/* Statements that only read: SHOW ... */
void influx_statement_show_policies(struct strbuf *sb, const char *database);
void influx_statement_show_field_keys(struct strbuf *sb, const char *database);
void influx_statement_show_tag_keys(struct strbuf *sb, const char *database);
/*
 * Asks for the values of tags[index] that may name a tenant: of all series for the first tag, of
 * series that lack the first tag for the others. Which of the tags between count depends on the
 * measurement, and isn't asked here: so no tenant is missed, and one that a tag between hides gets
 * an empty database.
 */
void influx_statement_show_tenants(struct strbuf *sb, const char *database,
                                   const struct strvec *tags, size_t index);
void influx_statement_show_grants(struct strbuf *sb, const char *user);

#endif
