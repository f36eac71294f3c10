/*
 * The catalogue of a source server: databases, policies, shard groups, measurements, tenants and
 * grants. It is one value, read in a constant number of requests however big the database is.
 *
 * Measurements and tenants are numbers (base/names.h). After catalogue_read() a catalogue never
 * changes.
 */
#ifndef INFLUX_CATALOGUE_H
#define INFLUX_CATALOGUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/names.h"
#include "base/strvec.h"
#include "influx/client.h"
#include "influx/shards.h"
#include "influx/statement.h"

struct catalogue_shard {
    int64_t start_ns, end_ns; /* [start, end); INT64_MIN and INT64_MAX at the ends of time */
};

struct catalogue_policy {
    char *name;
    int64_t duration_ns; /* 0: forever */
    int64_t shard_group_duration_ns;
    /* Its write window, which InfluxDB 1.12 has: points that are older than the one, or further
     * ahead than the other, are refused. 0: none. */
    int64_t past_limit_ns, future_limit_ns;
    bool is_default;
    /* Shard groups of the policy: sorted by start, disjoint. */
    struct catalogue_shard *shards;
    size_t shard_count, shard_alloc;
    /* Its first shard group isn't among them, since no statement with a time reads it:
     * shard_group.wrapped. */
    bool lost_beginning;
    uint32_t *signature; /* catalogue_signature() */
    size_t signature_count;
    bool mixed_types; /* some field has two types (in different shards) */
    bool read;        /* signatures were read: the policy is wanted */
    int64_t
        newest_ns; /* as in struct catalogue, for this policy alone; only edges_read() sets it */
};

/* A tenant that has series of a measurement (in some policy, at some time). */
struct catalogue_pair {
    uint32_t tenant, measurement;
};

/* A policy of a database that may be a target. */
struct catalogue_target_policy {
    char *name;
    int64_t duration_ns; /* 0: forever */
    int64_t shard_group_duration_ns;
    int64_t past_limit_ns; /* as in struct catalogue_policy */
};

/* A database of the server, and its retention policies, the default one by its own. */
struct catalogue_database {
    char *name;
    struct catalogue_target_policy *policies; /* the default one, too; none where not read */
    size_t policy_count, policy_alloc;
    char *default_policy; /* NULL: not read, or the database has none */
    int64_t duration_ns;  /* 0: forever */
    int64_t shard_group_duration_ns;
    int64_t past_limit_ns;
};

struct catalogue_grant {
    char *user;
    char *database;
    enum influx_privilege privilege;
};

/* Facts about the measurements of one signature. */
struct catalogue_signature {
    size_t fields; /* a field of two types counts twice */
    /* One measurement only, which must be copied alone: a field has two types, or a tag has a
     * field's name. */
    bool alone;
    struct strvec strings, numbers; /* fields by type; a field of two types may be in both lists */
};

struct catalogue {
    int64_t now_ns;  /* the server's clock when reading began; to the second where the clock
                        disagrees with ours */
    int64_t read_ns; /* clock_monotonic_ns() at that time */
    /* The times of the oldest point, and of the newest that isn't ahead of the clock. Only
     * edges_read() sets them; before, and where there is no such point, they are as here. */
    int64_t oldest_ns; /* INT64_MAX */
    int64_t newest_ns; /* INT64_MIN */
    struct catalogue_policy *policies;
    size_t policy_count, policy_alloc;
    struct names measurements;
    bool *
        has_tenant_tag; /* by measurement: it has at least one of the tags that can name a tenant */
    struct names tenants;
    struct catalogue_pair *pairs; /* sorted by tenant, then measurement; each once */
    size_t pair_count, pair_alloc;
    struct names signatures;
    struct catalogue_signature *signature_facts; /* by signature */
    size_t signature_alloc;
    struct catalogue_database *databases; /* sorted by name */
    size_t database_count, database_alloc;
    struct strvec continuous_queries; /* on the source: "name: query" */
    struct shard_list closed_shards;  /* of the source: their points can't be read */
    struct catalogue_grant *grants;   /* of all users that have any on the source */
    size_t grant_count, grant_alloc;
};

struct catalogue_request {
    const char *database; /* the source */
    const char
        *policy; /* the source's policy to read: a name, "all", or NULL for the default one */
    const struct strvec *also; /* with NULL: policies to read as well, where they are there; may be
                                  NULL */
    const struct strvec *tags; /* all tags that can name a tenant */
    /* May this tag name the tenant of this measurement, and is the measurement wanted? */
    bool (*wanted)(const void *context, const char *measurement, const char *tag);
    const void *context;
    /* May this database be a target? Retention policies are read of such databases only. */
    bool (*is_target)(const void *context, const char *database);
    bool grants; /* read users and their grants */
};

/*
 * Reads the whole catalogue. Errors: as influx_query_run(); ERR_CONFIG where the source database
 * isn't there, ERR_USAGE where the named policy isn't, ERR_FAILED where the default policy isn't.
 * `catalogue` must be zero; release it in any case.
 */
int catalogue_read(struct catalogue *catalogue, struct influx_client *client,
                   const struct catalogue_request *request, struct err *err);
void catalogue_release(struct catalogue *catalogue);

/*
 * Reads a server that only holds targets: its databases, and the default retention policies of
 * those that may be targets. All else stays empty.
 */
int catalogue_read_databases(struct catalogue *catalogue, struct influx_client *client,
                             bool (*is_wanted)(const void *context, const char *database),
                             const void *context, struct err *err);

/*
 * The number (in `signatures`) of a measurement's fields in a policy. Two measurements of one
 * number have the same field names and types in all shards, no field of two types, and no tag of a
 * field's name: one statement may copy both. A measurement that must be copied alone has a number
 * of its own. NAMES_NONE: the measurement has no fields in this policy.
 */
uint32_t catalogue_signature(const struct catalogue_policy *policy, uint32_t measurement);

/* Does a policy that is read have points that can't be read, at the beginning of time? */
bool catalogue_lost_beginning(const struct catalogue *catalogue);

/* NULL where no database has that name. */
const struct catalogue_database *catalogue_find_database(const struct catalogue *catalogue,
                                                         const char *name);
/* NULL where the database has no policy of that name, or is NULL. */
const struct catalogue_target_policy *catalogue_find_policy(
    const struct catalogue_database *database, const char *name);

#endif
