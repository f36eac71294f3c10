# For tests of what a plan costs: `load ../lib/price` behind ../lib/live.

# shellcheck shell=bash

# Points of TENANTS tenants, one a week for WEEKS weeks, into $DB: many_tenants TENANTS WEEKS
many_tenants() {
    awk -v tenants="$1" -v weeks="$2" -v now="${NOW%?????????}" 'BEGIN {
        for (w = 0; w < weeks; w++)
            for (t = 0; t < tenants; t++)
                printf "cpu.idle_perc,_tenant_id=t%05d,_region=r,hostname=h value=%d,value_meta=\"{}\" %d000000000\n", t, w,
                    now - 60 - w * 7 * 86400
    }' | load_points
}

# The descriptors that the server has open, its memory maps, and its resident memory in bytes.
server_descriptors() {
    find "/proc/$(cat "$INFLUX_DIR/pid")/fd" -mindepth 1 | wc -l
}
server_maps() {
    wc -l <"/proc/$(cat "$INFLUX_DIR/pid")/maps"
}
server_memory() {
    awk '/^VmRSS:/ { print $2 * 1024 }' "/proc/$(cat "$INFLUX_DIR/pid")/status"
}
server_shards() {
    influx "SHOW STATS FOR 'shard'" | jq '.results[0].series | length'
}

# near PERCENT WANTED GOT WHAT
near() {
    echo "$4: $2 in the plan, $3 on the server"
    [ $((($2 > $3 ? $2 - $3 : $3 - $2) * 100)) -le $(($3 * $1)) ]
}

# Keeps the plan in $PRICED, for figures_hold after the run.
plan_price() {
    PRICED=$BATS_TEST_TMPDIR/priced
    tenants plan --output json "$@" >"$PRICED" 2>"$PRICED.err" || {
        cat "$PRICED.err"
        jq -c .price "$PRICED"
        return 1
    }
}

priced() {
    jq --arg of "$1" --arg item "$2" '.price[0][$of][$item]' "$PRICED"
}

# Are the figures of the plan what the server has now? A tenth of descriptors and shards, a third of memory.
figures_hold() {
    near 10 "$(priced after descriptors)" "$(server_descriptors)" descriptors
    near 10 "$(priced after shards)" "$(server_shards)" shards
    [ "$(priced after maps)" -ge "$(server_maps)" ]
    near "${1:-33}" "$(priced after memory_bytes)" "$(server_memory)" memory
}
