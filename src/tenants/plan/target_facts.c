#include "tenants/plan/target_facts.h"

const struct target_facts *target_facts(enum influx_kind kind)
{
    static const struct target_facts facts[] = {
        [INFLUX_KIND_UNKNOWN] = {.has_policies = true, .keeps_texts = true, .oldest_ns = INT64_MIN},
        [INFLUX_KIND_1] = {.has_policies = true,
                           .tells_shard_groups = true,
                           .keeps_texts = true,
                           .oldest_ns = INT64_MIN},
        [INFLUX_KIND_2] = {.has_policies = true,
                           .has_buckets = true,
                           .keeps_texts = true,
                           .oldest_ns = INT64_MIN},
        /* VictoriaMetrics takes the time 0 for a missing one, and keeps no negative ones
         * (measured). */
        [INFLUX_KIND_VICTORIA] = {.is_exported = true, .oldest_ns = INT64_C(1000000)},
    };

    return &facts[kind];
}
