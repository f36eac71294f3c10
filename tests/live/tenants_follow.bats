#!/usr/bin/env bats
# `tenants run --follow`: delta after delta, while a persister writes all the time.

load ../lib/live
load follow_helpers

setup_file() { influxd_start; }
teardown_file() { influxd_stop; }
setup() {
    fresh_database
    EVENTS=$BATS_TEST_TMPDIR/events
}
teardown() {
    [ -z "${WRITER:-}" ] || kill -TERM "$WRITER" 2>/dev/null || true
    [ -z "${FOLLOW:-}" ] || kill -KILL "$FOLLOW" 2>/dev/null || true
    proxy_stop
    drop_databases
}

@test "at a cutover no point of a persister that never rested is lost, and the gap is seconds" {
    generate small --tenants 2 --weeks 2 --per-week 200 | load_points
    persister
    follow
    more_deltas 4
    stop_persister
    begin=$(date +%s%N)
    stop_follow
    end=$(date +%s%N)
    expect_status 0
    compare
    [ "$COUNT" -gt 20 ]
    for tenant in "$A0" "$A1"; do
        [ "$(influx_values "SELECT count(value) FROM \"${DB}_$tenant\"..\"live.metric\"" 1)" -eq "$COUNT" ]
    done
    # From the persister's end to the end of the last delta. On a machine that does other things it takes longer.
    [ $((end - begin)) -lt $((15 * SECOND)) ]
    expect_field status 0
    # What it said of itself: after each delta seconds behind, the last up to after the persister's end.
    holds -s '[.[] | select(.event == "delta") | .behind_seconds] | length >= 4 and max < 15 and min >= 0' "$EVENTS"
    until_ns=$(date -d "$(jq -r 'select(.event == "delta") | .copied_until' "$EVENTS" | tail -n 1)" +%s%N)
    [ "$until_ns" -ge "$LAST" ]
    run tenants verify --deep
    expect_status 0
}

@test "a delta copies what is new and the last minute again, not the hour before" {
    for i in {1..50}; do echo "m,_tenant_id=$A0 value=$i $((NOW - i * 60 * SECOND))"; done | load_points
    follow
    more_deltas 3
    stop_follow
    expect_status 0
    [ "$(jq -n '[inputs | select(.event == "delta") | .points_written] | .[0]' "$EVENTS")" -eq 50 ]
    [ "$(jq -n '[inputs | select(.event == "delta") | .points_written] | max_by(.) == 50' "$EVENTS")" = true ]
    holds -s '[.[] | select(.event == "delta") | .points_written][1:] | length >= 2 and all(. <= 2)' "$EVENTS"
    compare
}

@test "targets on another server are followed too" {
    generate small --tenants 2 --weeks 1 --per-week 50 | load_points
    source_url=$INFLUX_URL
    influxd_start target
    target_url=$INFLUX_URL
    INFLUX_URL=$source_url
    persister
    follow --target-url "$target_url"
    more_deltas 3
    stop_persister
    stop_follow
    expect_status 0
    INFLUX_URL=$target_url
    for tenant in "$A0" "$A1"; do
        [ "$(influx_values "SELECT count(value) FROM \"${DB}_$tenant\"..\"live.metric\"" 1)" -eq "$COUNT" ]
    done
    INFLUX_URL=$source_url
    expect_no_target
}

@test "tenants and measurements that appear while it follows are copied from their beginning" {
    write_points "m,_tenant_id=$A0 value=1 $((NOW - 60 * SECOND))"
    follow
    more_deltas 1
    for i in {1..20}; do
        echo "brand.new,_tenant_id=$A0 value=$i $((NOW - i * 86400 * SECOND))"
        echo "m,_tenant_id=brandnew value=$i $((NOW - i * 86400 * SECOND))"
    done | load_points
    more_deltas 2
    stop_follow
    expect_status 0
    compare
}

@test "a point that is later than a quick delta looks comes with the delta that looks for late points" {
    write_points "m,_tenant_id=$A0 value=1 $((NOW - 3600 * SECOND))"
    follow --overlap 61s
    more_deltas 1
    first=$(date -d "$(jq -r 'select(.event == "delta") | .copied_until' "$EVENTS" | head -n 1)" +%s%N)
    write_points "m,_tenant_id=$A0 value=2 $((first - 60500000000))"
    more_deltas 2
    compare_lacks
    late_again() {
        [ "$(jq -n '[inputs | select(.event == "delta" and .late_points)] | length' "$EVENTS")" -ge 2 ]
    }
    wait_for 90 late_again
    compare
    stop_follow
    expect_status 0
}

@test "a point that came late while it followed comes with the next run, however the following ended" {
    write_points "m,_tenant_id=$A0 value=1 $((NOW - 3600 * SECOND))"
    follow
    more_deltas 1
    write_points "m,_tenant_id=$A0 value=2 $((NOW - 1800 * SECOND))"
    more_deltas 2
    stop_follow
    expect_status 0
    compare_lacks
    cp -r "$STATE" "$STATE.kept"
    tenants run --quiet
    compare
    # Killed: as the journal was then.
    influx "DROP SERIES FROM /.*/" >/dev/null || true
    follow --full
    more_deltas 1
    write_points "m,_tenant_id=$A0 value=3 $((NOW - 1700 * SECOND))"
    more_deltas 2
    stop_follow KILL
    compare_lacks
    tenants run --quiet
    compare
}

@test "a server that goes away is waited for, and what came in meanwhile is copied" {
    influxd_start waited
    fresh_database
    write_points "m,_tenant_id=$A0 value=1 $((NOW - 60 * SECOND))"
    follow
    more_deltas 1
    "$LIB/influxd" kill "$INFLUX_DIR"
    waits() { grep -q 'trying again\|waiting for it' "$EVENTS.err"; }
    wait_for 60 waits
    sleep 2
    kill -0 "$FOLLOW"
    OWNER=$$ "$LIB/influxd" start "$INFLUX_DIR" port="$INFLUX_PORT" >/dev/null
    write_points "m,_tenant_id=$A0 value=2 $(date +%s%N)"
    more_deltas 2
    stop_follow
    expect_status 0
    [ "$(grep -c 'trying again' <<<"$output")" -le 1 ]
    compare
}

@test "where the last delta can't be made, the status says so" {
    influxd_start last
    fresh_database
    write_points "m,_tenant_id=$A0 value=1 $((NOW - 60 * SECOND))"
    follow
    more_deltas 1
    "$LIB/influxd" kill "$INFLUX_DIR"
    sleep 1.5
    stop_follow
    OWNER=$$ "$LIB/influxd" start "$INFLUX_DIR" port="$INFLUX_PORT" >/dev/null
    expect_status 4
    says 'the last delta: '
    expect_field status 4
}

@test "stopped before the first delta is through, it was interrupted, and goes on from there" {
    generate small --tenants 2 --weeks 3 --per-week 300 | load_points
    follow --max-rate 500 --jobs 1
    wait_for 60 grep -q '"event":"window"' "$EVENTS"
    stop_follow
    expect_status 5
    [ "$(deltas)" -eq 0 ]
    run_json again
    expect_status 0
    compare
}

@test "a second signal doesn't wait for the last delta" {
    write_points "m,_tenant_id=$A0 value=1 $((NOW - 60 * SECOND))"
    proxy_start
    follow
    more_deltas 1
    proxy_rules "hold=$BATS_TEST_TMPDIR/go@1+~ INTO "
    wait_until_held
    send_signal TERM "$FOLLOW"
    send_signal TERM "$FOLLOW"
    kill -0 "$FOLLOW"
    before=$(wc -l <"$PROXY_LOG")
    release
    status=0
    wait "$FOLLOW" || status=$?
    expect_status 5
    # What was in flight is all that it asked for.
    [ "$(wc -l <"$PROXY_LOG")" -eq "$before" ]
    proxy_stop
}

@test "a third signal waits for nothing" {
    write_points "m,_tenant_id=$A0 value=1 $((NOW - 60 * SECOND))"
    proxy_start
    follow
    more_deltas 1
    proxy_rules "hold=$BATS_TEST_TMPDIR/never@1+~ INTO "
    wait_until_held
    send_signal TERM "$FOLLOW"
    send_signal TERM "$FOLLOW"
    stop_follow
    expect_status 5
}

@test "what is refused is told, the rest goes on, and the status is 1" {
    influx "CREATE DATABASE ${DB}_$A0" >/dev/null
    printf 'bad value="text" %s\n' $((NOW - 60 * SECOND)) | "$LIB/influx.py" load "${DB}_$A0"
    write_points "bad,_tenant_id=$A0 value=1 $((NOW - 60 * SECOND))" "good,_tenant_id=$A0 value=1 $((NOW - 60 * SECOND))"
    follow
    more_deltas 6
    write_points "good,_tenant_id=$A0 value=2 $(date +%s%N)"
    more_deltas 2
    stop_follow
    expect_status 1
    says 'field type conflict'
    expect_field points_refused 1
    [ "$(influx_values "SELECT count(value) FROM \"${DB}_$A0\"..good" 1)" -eq 2 ]
    holds -s '[.[] | select(.event == "delta")] | length >= 8 and all(.failing)' "$EVENTS"
    run -1 tenants status
    says '^refused: tenant '
}

@test "what fails is told, the rest goes on, and it isn't tried each second for ever" {
    write_points "m,_tenant_id=$A0 value=1 $((NOW - 60 * SECOND))" "m,_tenant_id=$A1 value=1 $((NOW - 60 * SECOND))"
    proxy_start "page-404@1+~INTO .*$A1"
    follow
    more_deltas 6
    write_points "m,_tenant_id=$A0 value=2 $(date +%s%N)"
    more_deltas 2
    stop_follow
    expect_status 1
    [ "$(influx_values "SELECT count(value) FROM \"${DB}_$A0\"..m" 1)" -eq 2 ]
    holds -s '[.[] | select(.event == "delta")] | length >= 8 and all(.failing)' "$EVENTS"
    # Three times, and at the end; what is new, each time.
    [ "$(jq -n '[inputs | select(.event == "window_failed")] | group_by(.start) | map(length) | max' "$EVENTS")" -eq 4 ]
    run -1 tenants status
    says "failed: tenant $A1"
    proxy_rules none
    tenants run --quiet
    proxy_stop
    write_conf
    compare
}

@test "people are told what each delta did, and how to end it" {
    write_points "m,_tenant_id=$A0 value=1 $((NOW - 60 * SECOND))"
    "$PROGRAM" tenants run --config-file "$CONF" --state-dir "$STATE" --follow=1s >"$EVENTS" 2>"$EVENTS.err" 3>&- &
    FOLLOW=$!
    wait_for 60 grep -q 'Delta 2: ' "$EVENTS"
    run -1 tenants run
    says 'another run is at work'
    stop_follow INT
    expect_status 0
    says 'SIGTERM or Ctrl-C'
    output=$(cat "$EVENTS")
    says 'Delta 1: 1 point in [0-9.]+s, [0-9.]+s behind\.'
    says 'Done: '
    run -1 grep -P '[\x00-\x08\x0b-\x1f\x7f]' "$EVENTS" "$EVENTS.err"
}
