/*
 * Retention of a target: which policy it gets, and how long it keeps points.
 *
 * A database that exists keeps its default policy, whatever was asked for; a note says so. A new
 * database gets the policy that --migrate-retention-policy names for its tenant; else
 * `<default_retention_hours>h` where that is over 0; else the server's own default. That policy
 * takes the points of the source's default policy. Those of another one have a policy of their own.
 *
 * Nothing here talks to a server.
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
    char *name; /* of the policy, which is its duration: "2w" */
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
 * Parses the option's value. A duration without a unit counts in `unit` ("h", "d" or "w"). The
 * tenant is the text before the last colon. ERR_USAGE, also for less than an hour: InfluxDB has no
 * shorter policy.
 */
int retention_rules_parse(struct retention_rules *rules, const char *text, const char *unit,
                          struct err *err);
void retention_rules_release(struct retention_rules *rules);
/* The last rule of a tenant, or NULL. */
const struct retention_rule *retention_rules_find(const struct retention_rules *rules,
                                                  const char *tenant);

/* The retention of one target. */
struct retention_choice {
    bool create;                     /* it is missing, and made: the database with this policy, or
                                        the policy alone where it isn't the default one */
    char *policy;                    /* its name; NULL: not known */
    int64_t duration_ns;             /* how long the target keeps points; 0: forever */
    int64_t past_limit_ns;           /* points that are older are refused; 0: none */
    int64_t shard_group_duration_ns; /* to ask for in a new policy; 0: the server chooses */
    int64_t shard_length_ns;         /* of the target's shard groups, new or not */
    char *note;                      /* says what isn't as it was asked for; NULL: nothing */
};

/*
 * Makes the choice; release it. `existing` is the target's database, NULL where it is missing.
 * `same_shards` asks that a new policy has shard groups as long as those of `source`: a field that
 * changes its type between two shards of the source must not meet itself in one of the target.
 */
void retention_choose(struct retention_choice *choice, const struct retention_rules *rules,
                      int64_t default_retention_hours, const char *tenant,
                      const struct catalogue_database *existing,
                      const struct catalogue_policy *source, bool same_shards);
/*
 * The choice for points of a policy of the source that has one of its own in the target: called
 * `name`, with the duration of `source`, never the default one. An existing one is kept.
 */
void retention_choose_own(struct retention_choice *choice, const char *name,
                          const struct catalogue_policy *source,
                          const struct catalogue_database *existing);
/*
 * Asks that a policy that is made has shard groups of this length. InfluxDB refuses groups that are
 * longer than the policy keeps points, so a longer length becomes that.
 */
void retention_set_shards(struct retention_choice *choice, int64_t length_ns);
void retention_choice_release(struct retention_choice *choice);

/* How long ago a point may have been that the target takes: by its retention and its write window.
 * 0: forever. */
int64_t retention_reach_ns(const struct retention_choice *choice);
/* Adds the write window of a policy: "PAST LIMIT 5d, FUTURE LIMIT 1h"; false where it has none. */
bool retention_add_window(struct strbuf *sb, const struct catalogue_policy *policy);

/*
 * The oldest instant that is worth copying to a target that keeps points for `duration_ns`;
 * INT64_MIN where that is 0, forever. It is the target's limit at `now_ns`, and a margin later,
 * since the limit moves on while a statement runs: one point before the limit makes the server drop
 * the rest of the statement.
 */
int64_t retention_oldest_ns(int64_t duration_ns, int64_t now_ns, int64_t margin_ns);

#endif
