#!/usr/bin/env bats
# `tenants check` without --deep: equal counts are no proof, equal counts and sums are.

load ../lib/live
load ../lib/check

setup_file() { influxd_start; }
teardown_file() { influxd_stop; }
setup() { fresh_database; }
teardown() { drop_databases; }

migrated() {
    local i
    for ((i = 24; i < 360; i++)); do
        echo "cpu,_tenant_id=a,hostname=h value=$i.1,value_meta=\"{}\" $((NOW - i * HOUR))"
        echo "counter,_tenant_id=a,hostname=h value=${i}i $((NOW - i * HOUR))"
        echo "alarm_state_history,tenant_id=a alarm_id=\"$i\",tenant_id=\"a\" $((NOW - i * HOUR))"
    done | load_points
    run_json first
    expect_status 0
}

# A point of an instant is gone in the target, and another stands there: instead MEASUREMENT HOURS LINE
instead() {
    curl -s "$INFLUX_URL/query?db=${DB}_a" --data-urlencode "q=DELETE FROM $1 WHERE time = $((NOW - $2 * HOUR))" >/dev/null
    echo "$3" | "$LIB/influx.py" load "${DB}_a"
}

reads() {
    grep 'GROUP BY \*' "$INFLUX_DIR/log" | grep -cE 'autogen\.(cpu|counter) ' || true
}

@test "equal counts and sums are proof enough: no point is read, but for the last hour and texts" {
    local before
    migrated
    before=$(reads)
    check
    says_yes
    # Of both sides, two measurements in the last hour.
    [ $(($(reads) - before)) -eq 4 ]
}

@test "no: a point is missing, and another of its measurement stands in its place" {
    migrated
    instead cpu 100 "cpu,_tenant_id=a,hostname=h value=7,value_meta=\"{}\" $((NOW - 100 * HOUR + 1))"
    check
    says_no differs 2
}

@test "no: the same, of integers" {
    migrated
    instead counter 100 "counter,_tenant_id=a,hostname=h value=101i $((NOW - 100 * HOUR + 1))"
    check
    says_no differs 1
}

@test "no: the same, of texts, which have no sums" {
    migrated
    instead alarm_state_history 100 "alarm_state_history,tenant_id=a alarm_id=\"100\",tenant_id=\"a\" $((NOW - 100 * HOUR + 1))"
    check
    says_no differs 2
}

@test "no: a value is another one" {
    migrated
    echo "cpu,_tenant_id=a,hostname=h value=7 $((NOW - 100 * HOUR))" | "$LIB/influx.py" load "${DB}_a"
    check
    says_no differs 1
}

@test "the verdict says what was measured" {
    migrated
    run -0 tenants check --settle 1s
    says 'stand in their places, by equal counts and sums, the last hour point by point'
    run -0 tenants check --settle 1s --deep
    says 'stand in their places, compared point by point'
}
