#!/usr/bin/env bats
# Servers with narrow limits, and servers that go away: the work is done all the same.

load ../lib/live

setup() { NOW=$(date +%s%N); }
teardown() { influxd_stop; }
setup_file() { :; }

begin() {
    influxd_start "s$BATS_TEST_NUMBER" "$@"
    fresh_database
    export NOW
}

@test "a server that takes two statements at once gets everything done with eight in flight" {
    begin coordinator.max-concurrent-queries=2
    generate bulk --measurements 6 --tenants 5 --weeks 6 --per-week 200 | load_points
    run_json events --jobs 8
    expect_status 0
    compare
}

@test "a server that ends statements after a moment gets smaller ones" {
    begin coordinator.query-timeout=250ms
    generate bulk --measurements 40 --tenants 2 --weeks 3 --per-week 2000 | load_points
    run_json events --jobs 1
    expect_status 0
    INFLUX_URL=$(without_limits) compare
}

# The same server and data, started again without its limits: prints its address.
without_limits() {
    "$LIB/influxd" kill "$INFLUX_DIR"
    OWNER=$$ "$LIB/influxd" start "$INFLUX_DIR"
}

@test "a server that reads few series at once gets smaller statements" {
    begin coordinator.max-select-series=10
    for ((i = 0; i < 60; i++)); do
        echo "m$((i % 20)),_tenant_id=t$((i % 3)),n=$((i / 20)) value=$i $((NOW - i * 3600000000000))"
    done | load_points
    run_json events
    expect_status 0
    INFLUX_URL=$(without_limits) compare
}

@test "a server that reads few points at once gets smaller statements" {
    begin coordinator.max-select-point=5000
    generate bulk --measurements 10 --tenants 2 --weeks 2 --per-week 2000 | load_points
    run_json events
    expect_status 0
    INFLUX_URL=$(without_limits) compare
}

@test "a tenant and window that no statement can be small enough for is reported, the others are copied" {
    begin coordinator.max-select-series=3
    for ((i = 0; i < 12; i++)); do
        echo "wide,_tenant_id=big,n=$i value=$i $((NOW - 60000000000))"
    done | load_points
    write_points "narrow,_tenant_id=small value=1 $((NOW - 60000000000))"
    run tenants run
    [ "$status" -eq 1 ]
    says 'max-select-series'
    INFLUX_URL=$(without_limits) compare --tenant small
}

@test "a server that is killed and comes back during the run is waited for, and a full run makes sure" {
    begin
    influx "CREATE RETENTION POLICY persister_all ON $DB DURATION 90d REPLICATION 1 DEFAULT" >/dev/null
    generate bulk --measurements 15 --tenants 10 --weeks 8 --per-week 300 | load_points
    tenants run --jobs 2 >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
    pid=$!
    sleep 0.7
    "$LIB/influxd" kill "$INFLUX_DIR"
    INFLUX_URL=$(OWNER=$$ "$LIB/influxd" start "$INFLUX_DIR" port="$INFLUX_PORT")
    status=0
    wait "$pid" || status=$?
    output=$(cat "$BATS_TEST_TMPDIR/out")
    # Waited for, or given up with what to do next: both are right.
    [ "$status" -eq 0 ] || [ "$status" -eq 1 ] || [ "$status" -eq 4 ] || expect_status 0
    run_json again
    expect_status 0
    # InfluxDB 1.6.7 itself now and then loses a statement that it had answered when it is killed (2 of 25
    # kills measured here): only verifying, or copying once more, makes sure.
    run_json whole --full
    expect_status 0
    compare
}
