#!/usr/bin/env bats
# Targets that lose what was copied into them, whenever that is: the next run copies it again, once.

load ../lib/live

setup_file() { influxd_start; }
teardown_file() { influxd_stop; }

setup() {
    fresh_database
    A0=000000000000000000000000000000a0
    A1=000000000000000000000000000000a1
}

teardown() {
    proxy_stop
    drop_databases
}

# Starts a run in the background, and keeps what it says.
start_run() {
    "$PROGRAM" tenants run --config-file "$CONF" --state-dir "$STATE" "$@" >"$BATS_TEST_TMPDIR/out" \
        2>"$BATS_TEST_TMPDIR/err" 3>&- &
    BACKGROUND=$!
}

end_run() {
    status=0
    wait "$BACKGROUND" || status=$?
    output=$(cat "$BATS_TEST_TMPDIR/err")
}

# The target of a tenant, dropped and made anew as a persister does it.
make_anew() {
    influx "DROP DATABASE ${DB}_$1" >/dev/null
    influx "CREATE DATABASE ${DB}_$1" >/dev/null
}

# Does the journal say that points of the first tenant are done?
has_recorded_points() {
    [ "$(sqlite3 "$STATE"/*.journal "SELECT count(*) FROM tenant WHERE tenant = '$A0' AND points > 20")" -gt 0 ]
}

# Is something of the tenant done, and not all?
is_done_in_part() {
    local covered
    covered=$(sqlite3 "$STATE"/*.journal "SELECT count(*) FROM coverage WHERE tenant = '$1'")
    echo "$covered ranges of $1 are covered"
    [ "$covered" -gt 0 ]
    compare_lacks
}

# A run that is ended in its middle by SIGNAL, then its target is made anew; the rest of the arguments are options.
interrupt_and_make_anew() {
    local signal=$1
    shift
    generate small --tenants 2 --weeks 6 --per-week 100 | load_points
    hold 9
    start_run --jobs 1 "$@"
    wait_until_held
    wait_for 10 has_recorded_points
    if [ "$signal" = KILL ]; then kill -KILL "$BACKGROUND"; else send_signal "$signal" "$BACKGROUND"; fi
    release
    end_run
    [ "$status" -ne 0 ]
    is_done_in_part "$A0"
    make_anew "$A0"
    proxy_rules
    run_json second "$@"
    expect_status 0
    says "the database ${DB}_$A0 has lost shard groups of"
    compare
    run_json third "$@"
    expect_status 0
    says_not 'has lost'
    compare
}

@test "a target that is made anew after a run was killed is copied whole" {
    interrupt_and_make_anew KILL
}

@test "a target that is made anew after a run was interrupted is copied whole" {
    interrupt_and_make_anew INT
}

@test "a target that is made anew after a run of the engine stream was killed is copied whole" {
    generate small --tenants 2 --weeks 6 --per-week 100 | load_points
    hold 5 WRITE
    start_run --jobs 1 --engine stream
    wait_until_held
    wait_for 10 has_recorded_points
    kill -KILL "$BACKGROUND"
    release
    end_run
    is_done_in_part "$A0"
    make_anew "$A0"
    proxy_rules
    run_json second --engine stream
    expect_status 0
    says "the database ${DB}_$A0 has lost shard groups of"
    compare
}

@test "a target that is made anew after the server went away in the middle of the run is copied whole" {
    generate small --tenants 2 --weeks 6 --per-week 100 | load_points
    hold 9
    start_run --jobs 1
    wait_until_held
    wait_for 10 has_recorded_points
    # Its credentials are refused from here on: the run ends with status 4.
    proxy_rules 'page-401@1+'
    release
    end_run
    [ "$status" -ne 0 ]
    proxy_rules
    is_done_in_part "$A0"
    make_anew "$A0"
    run_json second
    expect_status 0
    compare
}

@test "a target that is made anew while the first run fills it is told at once, and whole after the next" {
    generate small --tenants 2 --weeks 6 --per-week 100 | load_points
    hold 9
    start_run --jobs 1
    wait_until_held
    wait_for 10 has_recorded_points
    make_anew "$A0"
    release
    end_run
    [ "$status" -ne 0 ]
    grep -q "the database ${DB}_$A0 has lost shard groups of .* during this run" <<<"$output"
    proxy_rules
    compare_lacks
    run_json second
    expect_status 0
    compare
    run_json third
    expect_status 0
    says_not 'has lost'
}

@test "a database that is dropped after a whole run is copied again once, with one warning" {
    generate small --tenants 2 --weeks 3 --per-week 50 | load_points
    run_json first
    expect_status 0
    influx "DROP DATABASE ${DB}_$A1" >/dev/null
    run_json second
    expect_status 0
    says "the database ${DB}_$A1 was copied before and is gone"
    says_not 'has lost'
    compare
    run_json third
    expect_status 0
    says_not 'has lost|is gone'
    [ "$(summary "$EVENTS" points_written)" -lt 20 ]
}
