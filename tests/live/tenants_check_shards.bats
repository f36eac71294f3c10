#!/usr/bin/env bats
# `tenants check` where a shard of a target isn't open.

load ../lib/live
load ../lib/check

# Each test damages a server of its own.
setup() {
    influxd_start "server$BATS_TEST_NUMBER" data.index-version=tsi1
    fresh_database
}

teardown() { "$LIB/influxd" stop "$INFLUX_DIR"; }

restart() {
    OWNER=$$ "$LIB/influxd" start "$INFLUX_DIR" port="$INFLUX_PORT" data.index-version=tsi1 >/dev/null
}

# The second week's shard of a database doesn't open any more: damage DATABASE
damage() {
    local shard
    shard=$(influx 'SHOW SHARDS' | jq -e --arg db "$1" '
        [.results[0].series[] | select(.name == $db).values[]] | sort_by(.[4])[1][0]')
    "$LIB/influxd" kill "$INFLUX_DIR"
    mv "$INFLUX_DIR/data/$1/autogen/$shard/index" "$BATS_TEST_TMPDIR/away"
    echo 'no folder' >"$INFLUX_DIR/data/$1/autogen/$shard/index"
    restart
}

migrated() {
    local i
    for ((i = 24; i < 700; i++)); do
        echo "cpu,_tenant_id=a,hostname=h value=$i $((NOW - i * HOUR))"
    done | load_points
    run_json first
    expect_status 0
}

@test "no: a shard of a target isn't open" {
    migrated
    check
    says_yes
    damage "${DB}_a"
    check
    says_no differs 168
    check --deep
    says_no differs 168
}
