/*
 * InfluxQL statements.
 *
 * Only these functions write InfluxQL, and what they are given is quoted by influx/quote.h. A
 * statement that changes a database takes a `struct influx_target`, and none can be made for the
 * source: so no statement that names the source as its target can be made.
 */
#ifndef INFLUX_STATEMENT_H
#define INFLUX_STATEMENT_H

#include <stdint.h>

#include "base/err.h"
#include "base/names.h"
#include "base/strbuf.h"
#include "base/strvec.h"

/* A database that may be written to, and the retention policy of it that takes the points. */
struct influx_target {
    const char *database; /* borrowed */
    const char *policy;   /* borrowed; may be NULL until it is known */
};

/* ERR_BUG where the target is the source. InfluxDB compares the names of databases by their bytes.
 */
int influx_target_init(struct influx_target *target, const char *database, const char *policy,
                       const char *source_database, struct err *err);

/*
 * Whose points are meant. A point belongs to the tenant in the first of `tags` that it has:
 * ["_tenant_id", "tenant_id"] reads: the tag _tenant_id names the tenant, or it is missing and
 * tenant_id does.
 */
enum influx_owner {
    INFLUX_OWNER_TENANT, /* those of `tenant` */
    INFLUX_OWNER_NOBODY, /* those that have none of the tags */
    INFLUX_OWNER_ANY,    /* all */
};

struct influx_belonging {
    const struct strvec *tags;
    enum influx_owner owner;
    const char *tenant;
};

/* Points of measurements of one retention policy in [start_ns, end_ns). All borrowed. */
struct influx_selection {
    const char *database;
    const char *policy;
    const char *const *measurements;
    size_t measurement_count;
    struct influx_belonging belonging;
    int64_t start_ns, end_ns;
};

/* SELECT * INTO "target"."policy".:MEASUREMENT FROM ... WHERE ... GROUP BY * */
void influx_statement_copy(struct strbuf *sb, const struct influx_target *target,
                           const struct influx_selection *selection);
/* SELECT count(*) FROM ... WHERE ...: a row for each measurement that has points. */
void influx_statement_count(struct strbuf *sb, const struct influx_selection *selection);

/* One policy of a database. A duration of 0 keeps points forever. */
struct influx_policy_spec {
    const char *name;
    int64_t duration_ns;
    int64_t shard_group_duration_ns; /* 0: as the server chooses */
};

/* CREATE DATABASE, with the policy as its default one, or with the server's own where `policy` is
 * NULL. */
void influx_statement_create_database(struct strbuf *sb, const struct influx_target *target,
                                      const struct influx_policy_spec *policy);

enum influx_privilege {
    INFLUX_PRIVILEGE_NONE,
    INFLUX_PRIVILEGE_READ,
    INFLUX_PRIVILEGE_WRITE,
    INFLUX_PRIVILEGE_ALL,
};
void influx_statement_grant(struct strbuf *sb, enum influx_privilege privilege,
                            const struct influx_target *target, const char *user);

/* What only reads: SHOW ... */
void influx_statement_show_policies(struct strbuf *sb, const char *database);
void influx_statement_show_field_keys(struct strbuf *sb, const char *database);
void influx_statement_show_tag_keys(struct strbuf *sb, const char *database);
/*
 * The values of tags[index] that may name a tenant: for all but the first tag, of series that don't
 * have the first. (Which of the tags between count depends on the measurement; one that is named in
 * vain gets an empty database, none is missed.)
 */
void influx_statement_show_tenants(struct strbuf *sb, const char *database,
                                   const struct strvec *tags, size_t index);
void influx_statement_show_grants(struct strbuf *sb, const char *user);

#endif
