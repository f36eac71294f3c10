/*
 * How kinds of servers differ as targets. The table in target_facts.c is the one place that says
 * so: other files ask for a fact, never for a kind. tests/lint.d/house.py checks that.
 */
#ifndef TENANTS_PLAN_TARGET_FACTS_H
#define TENANTS_PLAN_TARGET_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "influx/client.h"

struct target_facts {
    bool has_policies; /* databases, and retention policies in them; else the whole server has one
                          retention, and no database is made */
    bool has_buckets;  /* a person maps buckets to the policies; the server doesn't tell how long it
                          keeps their points */
    bool tells_shard_groups; /* the server lists its shard groups, and two first writes into one may
                                collide */
    bool keeps_texts;        /* else numbers only */
    bool is_exported;  /* the server is read by its export, perhaps at another address, and not
                          by InfluxQL */
    int64_t oldest_ns; /* the server keeps no older points; INT64_MIN: no limit */
};

/* Never NULL. A server of unknown kind is away, and is taken for one with databases. */
const struct target_facts *target_facts(enum influx_kind kind);

#endif
