#!/usr/bin/env bats
# `tenants run --follow` with more than one server, and with more than one run: while a persister writes all the time.

load ../lib/live
load follow_helpers

setup_file() {
    influxd_start second
    export SECOND_URL=$INFLUX_URL
    influxd_start
}
teardown_file() {
    victoria_stop
    influxd_stop
}
setup() {
    fresh_database
    EVENTS=$BATS_TEST_TMPDIR/events
    MAP=$BATS_TEST_TMPDIR/targets.conf
}
teardown() {
    [ -z "${WRITER:-}" ] || kill -TERM "$WRITER" 2>/dev/null || true
    [ -z "${FOLLOW:-}" ] || kill -KILL "$FOLLOW" 2>/dev/null || true
    [ -z "${OTHER:-}" ] || kill -KILL "$OTHER" 2>/dev/null || true
    proxy_stop
    drop_databases
    INFLUX_URL=$SECOND_URL drop_databases
}

# Points of the persister in a target: written_to URL TENANT
written_to() {
    INFLUX_URL=$1 influx_values "SELECT count(value) FROM \"${DB}_$2\"..\"live.metric\"" 1
}

# A second run that follows, with events in $EVENTS.other.
follow_other() {
    local events=$EVENTS follow=${FOLLOW:-}
    EVENTS=$events.other
    follow "$@"
    OTHER=$FOLLOW FOLLOW=$follow EVENTS=$events
}

stop_other() {
    local events=$EVENTS follow=${FOLLOW:-}
    EVENTS=$events.other FOLLOW=$OTHER
    stop_follow "$@"
    FOLLOW=$follow OTHER='' EVENTS=$events
}

# Two of them are in each of two shards.
TENANTS=(one two four six)

# As the last delta tells.
away() { jq -r 'select(.event == "delta") | .tenants_away' "$EVENTS" | tail -n 1; }
is_back() { [ "$(away)" = 0 ]; }
has_lost() { grep -q '"event":"server_lost"' "$EVENTS"; }

# Tenant one is followed to the second server by the proxy, tenant two without.
follow_one_by_proxy() {
    INFLUX_URL=$SECOND_URL proxy_start
    write_conf
    printf '%s\n' '[one]' "url = $PROXY_URL" '[two]' "url = $SECOND_URL" >"$MAP"
    persister "${TENANTS[@]}"
    follow --target-map "$MAP"
    more_deltas 2
}

@test "two shards with one state directory are followed at the same time, and a run without shards goes on from both" {
    persister "${TENANTS[@]}"
    follow --shard 1/2
    follow_other --shard 2/2
    more_deltas 3
    run -0 tenants status
    says 'shard 1/2 +running'
    says 'shard 2/2 +running'
    # One is stopped, the other killed, and both begin again.
    stop_follow
    expect_status 0
    stop_other KILL
    follow --shard 1/2
    follow_other --shard 2/2
    more_deltas 3
    stop_persister
    stop_follow
    expect_status 0
    stop_other
    expect_status 0
    compare
    for tenant in "${TENANTS[@]}"; do
        [ "$(written_to "$INFLUX_URL" "$tenant")" -eq "$COUNT" ]
    done
    tenants verify --deep
    run_json after
    expect_status 0
    compare
}

@test "two shards with a state directory each are followed at the same time" {
    persister "${TENANTS[@]}"
    follow --shard 1/2 --state-dir "$STATE.1"
    follow_other --shard 2/2 --state-dir "$STATE.2"
    more_deltas 3
    stop_persister
    stop_follow
    expect_status 0
    stop_other
    expect_status 0
    compare
    for shard in 1 2; do
        run -0 tenants verify --deep --shard $shard/2 --state-dir "$STATE.$shard"
        says 'windows of 2 tenants are whole'
    done
}

@test "tenants on a VictoriaMetrics and on another InfluxDB are followed beside those that stay" {
    victoria_start
    printf '%s\n' '[two]' "url = $SECOND_URL" '[six]' "url = $VICTORIA_URL" >"$MAP"
    persister "${TENANTS[@]}"
    follow --target-map "$MAP" --drop-strings
    more_deltas 2
    stop_follow
    expect_status 0
    follow --target-map "$MAP" --drop-strings
    more_deltas 2
    stop_persister
    stop_follow
    expect_status 0
    [ "$(written_to "$INFLUX_URL" one)" -eq "$COUNT" ]
    [ "$(written_to "$INFLUX_URL" four)" -eq "$COUNT" ]
    [ "$(written_to "$SECOND_URL" two)" -eq "$COUNT" ]
    # A sample in each millisecond that was written to, whatever came twice.
    [ "$(curl -sS "$VICTORIA_URL/api/v1/export" --data-urlencode "match[]={db=\"${DB}_six\"}" |
        jq -n '[inputs.timestamps[]] | unique | length')" -eq "$COUNT" ]
    tenants verify --deep --target-map "$MAP"
}

@test "a server that is away holds up nobody who is followed, is named, and gets what it missed" {
    another_start away
    printf '%s\n' '[one]' "url = $ANOTHER_URL" '[two]' "url = $SECOND_URL" >"$MAP"
    persister "${TENANTS[@]}"
    follow --target-map "$MAP"
    more_deltas 2
    another_goes_away
    misses() { tail -n 2 "$EVENTS" | grep -q '"servers_away":\[{'; }
    wait_for 20 misses
    local before
    before=$(written_to "$SECOND_URL" two)
    more_deltas 4
    [ "$(written_to "$SECOND_URL" two)" -gt "$before" ]
    kill -0 "$FOLLOW"
    # Those that are served aren't far behind meanwhile.
    holds -s '[.[] | select(.event == "delta" and .tenants_away == 1)] | length >= 4 and all(.failing)' "$EVENTS"
    holds -s '[.[] | select(.event == "delta" and .tenants_away == 1) | .behind_seconds][1:] | length >= 3 and max < 5' "$EVENTS"
    another_comes_back
    wait_for 60 is_back
    stop_persister
    stop_follow
    expect_status 0
    # Said once, not with each delta.
    [ "$(grep -c "can't reach InfluxDB at $ANOTHER_URL" <<<"$output")" -eq 1 ]
    says "InfluxDB at $ANOTHER_URL is back"
    [ "$(written_to "$ANOTHER_URL" one)" -eq "$COUNT" ]
    [ "$(written_to "$SECOND_URL" two)" -eq "$COUNT" ]
    tenants verify --deep --target-map "$MAP"
}

@test "a server that goes away in the middle of a delta holds that up for seconds, not for minutes" {
    follow_one_by_proxy
    # It dies of what the delta writes, after it has answered that it is there.
    proxy_rules "exec=kill -9 $PROXY@1+~WRITE"
    wait_for 20 has_lost
    more_deltas 2
    stop_persister
    stop_follow
    expect_status 1
    holds -s '[.[] | select(.event == "delta") | .behind_seconds] | length >= 4 and max < 15' "$EVENTS"
    says "can't reach InfluxDB at $PROXY_URL: .*; its tenants are left out until it is back, the others go on"
    [ "$(written_to "$SECOND_URL" two)" -eq "$COUNT" ]
    [ "$(written_to "$INFLUX_URL" four)" -eq "$COUNT" ]
}

@test "a server that takes a write and says nothing holds up a delta for half a minute" {
    follow_one_by_proxy
    proxy_rules "hold=$BATS_TEST_TMPDIR/go@1+~WRITE"
    wait_for 60 has_lost
    more_deltas 1
    [ "$(away)" -eq 1 ]
    proxy_rules none
    release
    wait_for 60 is_back
    stop_persister
    stop_follow
    expect_status 0
    says "InfluxDB at $PROXY_URL says nothing for 30 seconds; its tenants are left out"
    [ "$(written_to "$SECOND_URL" one)" -eq "$COUNT" ]
    [ "$(written_to "$SECOND_URL" two)" -eq "$COUNT" ]
}

@test "a server that is away when following ends is a reason for status 1, and the next run copies what it missed" {
    another_start gone
    printf '%s\n' '[one]' "url = $ANOTHER_URL" >"$MAP"
    write_points "m,_tenant_id=one value=1 $NOW" "m,_tenant_id=two value=1 $NOW"
    follow --target-map "$MAP"
    more_deltas 1
    another_goes_away
    write_points "m,_tenant_id=one value=2 $((NOW + 1))" "m,_tenant_id=two value=2 $((NOW + 1))"
    more_deltas 2
    stop_follow
    expect_status 1
    expect_field tenants_away 1
    [ "$(influx_values "SELECT count(value) FROM \"${DB}_two\"..m" 1)" -eq 2 ]
    run -1 tenants status
    another_comes_back
    tenants run --quiet --target-map "$MAP"
    [ "$(INFLUX_URL=$ANOTHER_URL influx_values "SELECT count(value) FROM \"${DB}_one\"..m" 1)" -eq 2 ]
}
