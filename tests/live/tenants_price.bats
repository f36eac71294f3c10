#!/usr/bin/env bats
# What databases and shards cost a server: the plan tells it before, and a run that doesn't fit doesn't begin.
# `make price` does the same with hundreds and thousands of tenants.

load ../lib/live
load ../lib/price

setup_file() { :; }
teardown() { influxd_stop; }

begin() {
    influxd_start "s$BATS_TEST_NUMBER" "$@"
    fresh_database
}

# The lengths of the shard groups of the tenants' default policies, each once.
shard_lengths() {
    influx "SHOW RETENTION POLICIES ON ${DB}_t00000" | jq -r '.results[0].series[0].values[] | select(.[4]) | .[2]'
}

@test "the plan tells the price with the limits of the process, and the server has that afterwards: inmem" {
    begin descriptors=2000
    many_tenants 40 6
    plan_price
    holds '.price | length == 1' "$PRICED"
    holds '.price[0] | .index == "inmem" and .fits and .lacks == [] and .limits.descriptors == 2000 and .limits.descriptors_from == "process"' "$PRICED"
    holds '.price[0].added | .databases == 40 and .shards == 240 and .descriptors == 40 * 8 + 240' "$PRICED"
    holds '.price[0].week_later.shards > .price[0].after.shards' "$PRICED"
    holds '.tenants[].policies[0] | .shards_new == 6 and .shard_seconds == 604800' "$PRICED"
    run -0 tenants plan --tenant t00003
    says '^autogen gets 6 new shards at most, of 1w each$'
    run_json events
    expect_status 0
    figures_hold 60
    compare
    # What is there isn't paid for again.
    plan_price
    holds '.price[0].added | .databases == 0 and .shards == 0' "$PRICED"
}

@test "the plan tells the price with the limits of the process, and the server has that afterwards: tsi1" {
    begin descriptors=4000 data.index-version=tsi1
    many_tenants 40 6
    plan_price
    holds '.price[0] | .index == "tsi1" and .fits' "$PRICED"
    run_json events
    expect_status 0
    figures_hold 60
    compare
}

@test "shard groups become longer where the server couldn't take so many, and all fits: inmem" {
    begin descriptors=500
    many_tenants 40 6
    plan_price
    holds '.price[0] | .fits and .policies_longer > 0 and .after.descriptors < 500' "$PRICED"
    run_json events
    expect_status 0
    figures_hold 60
    compare
    [ "$(shard_lengths)" != 168h0m0s ]
    says 'of 40 new retention policies 40 get longer shard groups than its own, up to'
    run_json again
    expect_status 0
    compare
}

@test "shard groups become longer where the server couldn't take so many, and all fits: tsi1" {
    begin descriptors=1300 data.index-version=tsi1
    many_tenants 40 6
    plan_price
    holds '.price[0] | .fits and .policies_longer > 0' "$PRICED"
    run_json events
    expect_status 0
    figures_hold 60
    compare
}

@test "a run that doesn't fit doesn't begin: status 3, the figures, what mends it; the source goes on" {
    begin descriptors=500
    many_tenants 70 3
    local before
    before=$(databases)
    run tenants plan
    expect_status 1
    says 'PROBLEM: the run doesn.t fit on InfluxDB at .*descriptors'
    says 'memory maps'
    run tenants run
    expect_status 3
    says 'descriptors: [0-9]+ now, [0-9]+ more, [0-9]+ in all, of 500'
    says 'LimitNOFILE='
    says '--ignore-limits'
    [ "$(databases)" = "$before" ]
    write_points "cpu.idle_perc,_tenant_id=t00000,_region=r,hostname=h value=1 $NOW"
    # Fewer tenants fit.
    run_json some --shard 1/3
    expect_status 0
}

@test "--ignore-limits begins all the same, and says what may happen" {
    begin
    many_tenants 5 2
    run tenants run --target-descriptors 40
    expect_status 3
    run_json all --target-descriptors 40 --ignore-limits
    expect_status 0
    says 'descriptors: .* of 40; --ignore-limits'
    compare
}

@test "limits of a server that isn't here are told, by options or the map, else taken for granted" {
    begin
    many_tenants 8 2
    # A process that isn't influxd listens there: it is as if the server were elsewhere.
    proxy_start
    plan_price
    holds '.price[0].limits | .descriptors == 65536 and .maps == 65530 and .descriptors_from == "default"' "$PRICED"
    holds '.price[0].index == "unknown"' "$PRICED"
    run -0 tenants plan
    says 'far from the limits of influxd.s unit, while its own aren.t known'
    run -0 tenants plan --target-descriptors 250
    says 'its index isn.t known and counts as tsi1'
    plan_price --target-descriptors 20000 --target-maps 30000 --target-memory 4096 --target-index inmem
    holds '.price[0].limits | .descriptors == 20000 and .maps == 30000 and .memory_bytes == 4294967296 and .descriptors_from == "told"' "$PRICED"
    holds '.price[0] | .index == "inmem" and .added.descriptors == 8 * 8 + 16' "$PRICED"
    run tenants run --target-maps 100
    expect_status 3
    says 'memory maps: .* of 100'
    says 'vm.max_map_count='
    another_start another
    printf '[DEFAULT]\nurl = %s\ndescriptors = 30\nmaps = 999\nmemory = 512\nindex = tsi1\n[t00001]\n[t00002]\n' "$ANOTHER_URL" >"$BATS_TEST_TMPDIR/map"
    run -1 tenants plan --output json --target-map "$BATS_TEST_TMPDIR/map"
    holds '.price[1] | .limits.descriptors == 30 and .limits.maps == 999 and .index == "tsi1" and .lacks == ["descriptors"]' <<<"$output"
    printf '[DEFAULT]\nurl = %s\nindex = inmen\n[t00001]\n' "$ANOTHER_URL" >"$BATS_TEST_TMPDIR/map"
    run tenants plan --target-map "$BATS_TEST_TMPDIR/map"
    expect_status 3
    says 'map, line 3: index is .inmen'
    proxy_stop
}

@test "--shard-duration makes shard groups of that length, and a policy that is there is respected" {
    begin
    many_tenants 2 5
    influx "CREATE DATABASE ${DB}_t00001 WITH DURATION INF SHARD DURATION 2w NAME autogen" >/dev/null
    run_json events --shard-duration 52w
    expect_status 0
    compare
    [ "$(shard_lengths)" = 8736h0m0s ]
    [ "$(influx "SHOW RETENTION POLICIES ON ${DB}_t00001" | jq -r '.results[0].series[0].values[0][2]')" = 336h0m0s ]
    run -2 tenants run --shard-duration 5m
    run -2 tenants run --shard-duration soon
}

@test "shard groups are no longer than the policy keeps points" {
    begin
    many_tenants 2 2
    run_json events --shard-duration 52w --migrate-retention-policy t00000:3w
    expect_status 0
    [ "$(shard_lengths)" = 504h0m0s ]
}

@test "a field of two types keeps the shard groups of the source" {
    begin
    many_tenants 1 1
    write_points "m,_tenant_id=t00000 value=1 $NOW" "m,_tenant_id=t00000 value=\"text\" $((NOW - 14 * 86400000000000))"
    run_json events --shard-duration 52w
    expect_status 0
    says 'a field of the source has two types.*--shard-duration'
    compare
    [ "$(shard_lengths)" = 168h0m0s ]
}

@test "a server with two names pays for all its tenants" {
    begin descriptors=110
    many_tenants 12 1
    for ((t = 0; t < 6; t++)); do
        printf '[t%05d]\nurl = http://localhost:%s\n' $t "$INFLUX_PORT"
    done >"$BATS_TEST_TMPDIR/map"
    run tenants plan --target-map "$BATS_TEST_TMPDIR/map"
    expect_status 1
    says 'with 12 databases'
    run tenants run --target-map "$BATS_TEST_TMPDIR/map"
    expect_status 3
}

@test "a target with long shard groups that loses one is copied again" {
    begin
    many_tenants 3 6
    run_json events --shard-duration 52w
    expect_status 0
    influx "DROP DATABASE ${DB}_t00001" >/dev/null
    influx "CREATE DATABASE ${DB}_t00001 WITH DURATION INF SHARD DURATION 52w NAME autogen" >/dev/null
    compare_lacks
    run_json again --shard-duration 52w
    expect_status 0
    says 'has lost shard groups'
    compare
}

@test "--follow goes on into long shard groups" {
    begin descriptors=500
    many_tenants 40 6
    "$PROGRAM" tenants run --config-file "$CONF" --state-dir "$STATE" --follow=1s >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
    local follower=$!
    wait_for 60 compare
    write_points "cpu.idle_perc,_tenant_id=t00007,_region=r,hostname=h value=99 $(date +%s%N)" \
        "cpu.idle_perc,_tenant_id=new,_region=r,hostname=h value=1 $(date +%s%N)"
    wait_for 60 compare
    kill "$follower"
    wait "$follower"
    compare
}
