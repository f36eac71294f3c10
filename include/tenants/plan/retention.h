/*
 * Which retention policy a target gets, and what of the source it will keep.
 *
 * Rules: a database that is there keeps its default policy, whatever was asked for, and that is
 * said. A new one gets what
 * --migrate-retention-policy says for its tenant, else `<default_retention_hours>h` where that is
 * over 0, else the server's own default. All decisions are pure.
 */
#ifndef TENANTS_PLAN_RETENTION_H
#define TENANTS_PLAN_RETENTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "influx/catalogue.h"

/* --migrate-retention-policy: "project:2w,project2:10" */
struct retention_rule {
    char *tenant;
    char *name; /* of the policy: "2w" */
    int64_t duration_ns;
};

struct retention_rules {
    struct retention_rule *items;
    size_t count;
    size_t alloc;
};

#define RETENTION_RULES_INIT                                                                       \
    {                                                                                              \
        NULL, 0, 0                                                                                 \
    }

/*
 * Parses the option's value; a plain number counts in `unit` ("h", "d" or "w"), a suffix is a unit
 * of its own. The tenant is what stands before the last colon. InfluxDB keeps a policy's points for
 * an hour at least. ERR_USAGE.
 */
int retention_rules_parse(struct retention_rules *rules, const char *text, const char *unit,
                          struct err *err);
void retention_rules_release(struct retention_rules *rules);
const struct retention_rule *retention_rules_find(const struct retention_rules *rules,
                                                  const char *tenant);

/* What happens with one target. */
struct retention_choice {
    bool create;                     /* the database is made, with this policy */
    char *policy;                    /* its name, where it is known */
    int64_t duration_ns;             /* what the target will keep; 0: forever */
    int64_t shard_group_duration_ns; /* for a policy that is made; 0: the server's choice */
    int64_t shard_length_ns;         /* of the target's shard groups, be it made or there */
    char *note;                      /* what differs from what was asked for, in words, or NULL */
};

/*
 * `existing` is NULL where the database isn't there. `same_shards` asks that a policy that is made
 * has shard groups as long as those of `source` (fields that change their type between shards of
 * the source must not meet in one of the target).
 */
void retention_choose(struct retention_choice *choice, const struct retention_rules *rules,
                      int64_t default_retention_hours, const char *tenant,
                      const struct catalogue_database *existing,
                      const struct catalogue_policy *source, bool same_shards);
void retention_choice_release(struct retention_choice *choice);

/*
 * The oldest instant that is worth copying to a target that keeps `duration_ns` (0: forever, gives
 * INT64_MIN): the limit at `now_ns`, and a margin on top for the time that a statement takes. A
 * point before the target's limit makes the server drop the rest of the statement.
 */
int64_t retention_oldest_ns(int64_t duration_ns, int64_t now_ns, int64_t margin_ns);

#endif
