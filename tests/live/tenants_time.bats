#!/usr/bin/env bats
# The time that is at stake: all of it, from the beginning of InfluxDB's time; what is ahead of the clock is
# counted, and copied when asked for.

load ../lib/live
load follow_helpers

setup_file() { influxd_start; }
teardown_file() { influxd_stop; }
setup() {
    fresh_database
    EVENTS=$BATS_TEST_TMPDIR/events
    HOUR=$((3600 * SECOND))
    DAY=$((24 * HOUR))
    YEAR=$((365 * DAY))
    OLDEST=-9223372036854775806
    NEWEST=9223372036854775806
}
teardown() {
    [ -z "${WRITER:-}" ] || kill -TERM "$WRITER" 2>/dev/null || true
    [ -z "${FOLLOW:-}" ] || kill -KILL "$FOLLOW" 2>/dev/null || true
    proxy_stop
    drop_databases
}

# Three points that are there, and two ahead of the clock.
five_points() {
    write_points "m,_tenant_id=a value=1 -$SECOND" "m,_tenant_id=a value=2 $((NOW - 11 * YEAR))" \
        "m,_tenant_id=a value=3 $((NOW - DAY))" "m,_tenant_id=a value=4 $((NOW + HOUR))" \
        "m,_tenant_id=a value=5 $((NOW + 400 * DAY))"
}

# The times of the points of the measurement m in a database, sorted.
times() {
    local reply
    reply=$("$LIB/influx.py" query "SELECT value FROM \"$1\"..m WHERE time >= $OLDEST AND time <= $NEWEST") || return
    jq -r '.results[0].series[]?.values[][0]' <<<"$reply"
}

@test "points of 1969 and of eleven years ago are copied, and those ahead of the clock are counted" {
    five_points
    run_json events
    expect_status 0
    compare --until "$NOW"
    [ "$(count "${DB}_a")" -eq 3 ]
    expect_field points_written 3
    expect_field points_ahead 2
    run tenants run
    expect_status 0
    says '^Left behind: 2 points ahead of the clock\.$'
}

@test "with --ahead all is copied, whatever the engine" {
    local engine
    for engine in server stream; do
        five_points
        run_json events --ahead --engine "$engine"
        expect_status 0
        compare
        [ "$(count "${DB}_a")" -eq 5 ]
        expect_field points_ahead 0
        run tenants verify --deep --ahead
        expect_status 0
        says '^Verified: 5 values'
        influx "DROP DATABASE ${DB}_a" >/dev/null
        rm -r "$STATE"
    done
}

@test "plan tells the time that it looks at, and with --count what is ahead of the clock" {
    five_points
    run tenants plan --count
    expect_status 0
    says 'points of all time up to 20[0-9-]{8}T'
    says '^3 points to copy; 2 points are ahead of the clock'
    run tenants plan
    says '^shard groups ahead of the clock, whose points stay behind.*: 1, the first from'
    run tenants plan --ahead
    says_not 'stay behind'
    says 'points of all time up to 20.*, and those ahead of the clock$'
    tenants plan --count --output json >"$BATS_TEST_TMPDIR/plan"
    holds '.points_total == 3 and .points_ahead == 2' "$BATS_TEST_TMPDIR/plan"
    tenants plan --count --ahead --output json >"$BATS_TEST_TMPDIR/plan"
    holds '.points_total == 5 and .points_ahead == 0' "$BATS_TEST_TMPDIR/plan"
    tenants plan --output json >"$BATS_TEST_TMPDIR/plan"
    holds '.points_ahead == null' "$BATS_TEST_TMPDIR/plan"
}

@test "an end of time that is typed counts in units, as ever" {
    write_points "m,_tenant_id=a value=1 $((NOW - 519 * 7 * DAY))" "m,_tenant_id=a value=2 $((NOW - 522 * 7 * DAY))"
    run_json events --migrate-end-time-offset 520
    expect_status 0
    [ "$(count "${DB}_a")" -eq 1 ]
    run_json events
    expect_status 0
    expect_field points_written 1
    compare
}

@test "the first and the last instant of all are copied" {
    local engine
    for engine in server stream; do
        write_points "m,_tenant_id=a value=1 $OLDEST" "m,_tenant_id=a value=2 $((OLDEST + 1))" \
            "m,_tenant_id=a value=3 -1" "m,_tenant_id=a value=4 0" "m,_tenant_id=a value=5 $((NEWEST - SECOND))" \
            "m,_tenant_id=a value=6 $((NEWEST - 1))" "m,_tenant_id=a value=7 $NEWEST"
        run_json events --engine "$engine"
        expect_status 0
        expect_field points_written 4
        expect_field points_ahead 3
        [ "$(times "${DB}_a")" = "$(times "$DB" | head -n 4)" ]
        run_json events --ahead --engine "$engine"
        expect_status 0
        expect_field points_written 3
        [ "$(times "${DB}_a")" = "$(times "$DB")" ]
        [ "$(times "${DB}_a" | wc -l)" -eq 7 ]
        run tenants verify --deep --ahead
        expect_status 0
        says '^Verified: 7 values'
        influx "DROP DATABASE ${DB}_a" >/dev/null
        rm -r "$STATE"
    done
}

# InfluxDB 1.6 loses the start of the first shard group when it is started again, and reads the group no more for a
# statement that ends before 2262.
@test "a first shard group that the server can't read any more is no whole" {
    influxd_start ends
    influx "CREATE DATABASE \"$DB\"" >/dev/null
    write_conf
    write_points "m,_tenant_id=a value=1 $OLDEST" "m,_tenant_id=a value=2 -1"
    "$LIB/influxd" kill "$INFLUX_DIR"
    influxd_start ends port="$INFLUX_PORT"
    if [ "$(influx_values "SELECT value FROM \"$DB\"..m WHERE time >= $OLDEST AND time < 0" | wc -l)" -eq 2 ]; then
        skip "this server reads it"
    fi
    run tenants plan
    expect_status 1
    says 'begins in 1677, can.t be read'
    run_json events
    expect_status 1
    expect_field points_written 1
    says 'begins in 1677, can.t be read'
    run tenants verify
    expect_status 1
    run_json events --migrate-end-time-offset 3000
    expect_status 0
}

@test "a unit of time that is given cuts the oldest time as any other" {
    local i
    for i in {0..6}; do write_points "m,_tenant_id=a value=$i $((OLDEST + 30 * DAY + i * DAY))"; done
    write_points "m,_tenant_id=a value=9 $((NOW - DAY))"
    run_json events --migrate-time-unit d
    expect_status 0
    compare
    # shellcheck disable=SC2016  # jq's own
    holds 'select(.event == "window") | [.start, .end] | map(.[0:10] + "T" + .[11:19] + "Z") | .[0] as $start
        | .[1] | (fromdate - ($start | fromdate)) <= 86401' "$EVENTS"
}

@test "points that arrive ahead of the clock after a run come with the next" {
    five_points
    run_json events --ahead
    expect_status 0
    write_points "m,_tenant_id=a value=6 $((NOW + 2 * HOUR))" "m,_tenant_id=a value=7 $((NOW + 400 * DAY + HOUR))" \
        "m,_tenant_id=a value=8 $((NOW + 5 * YEAR))"
    run_json events
    expect_status 0
    expect_field points_ahead 5
    run_json events --ahead
    expect_status 0
    compare
    [ "$(count "${DB}_a")" -eq 8 ]
}

@test "a point ahead of the clock comes when the clock has reached it" {
    local ahead=$(($(date +%s%N) + 6 * SECOND))
    write_points "m,_tenant_id=a value=1 $((NOW - HOUR))" "m,_tenant_id=a value=2 $ahead"
    run_json events
    expect_status 0
    [ "$(count "${DB}_a")" -eq 1 ]
    expect_field points_ahead 1
    until [ "$(date +%s%N)" -gt $((ahead + SECOND / 10)) ]; do sleep 0.1; done
    run_json later
    expect_status 0
    expect_field points_ahead 0
    compare
}

@test "what a persister writes while a run copies isn't ahead of the clock" {
    local job
    write_points "m,_tenant_id=a value=1 $((NOW - HOUR))"
    hold
    tenants run --output json >"$EVENTS" 2>"$EVENTS.err" 3>&- &
    job=$!
    wait_until_held
    write_points "m,_tenant_id=a value=2 $(date +%s%N)"
    release
    status=0
    wait "$job" || status=$?
    expect_status 0
    expect_field points_written 1
    expect_field points_ahead 0
}

@test "points ahead of the clock are counted whatever their types, tenants and policies' shard groups" {
    write_points "m,_tenant_id=a value=1 $((NOW - DAY))" "m,_tenant_id=a value=1 $((NOW + 30 * DAY))" \
        "m,_tenant_id=a value=1i $((NOW + 60 * DAY))" "other,_tenant_id=b value=1 $((NOW + 30 * DAY))" \
        "nobody value=1 $((NOW + 30 * DAY))"
    run_json events
    expect_status 0
    expect_field points_ahead 4
    expect_field points_unassigned 0
    run_json events --ahead
    expect_status 0
    compare
    expect_field points_ahead 0
    expect_field points_unassigned 1
}

@test "verify says what is ahead of the clock, and compares it when asked to" {
    five_points
    run_json events --ahead
    expect_status 0
    run tenants verify
    expect_status 0
    says '^Verified for what was asked: 3 values'
    says '^Not compared: 2 points ahead of the clock'
    curl -sf -G "$INFLUX_URL/query" --data-urlencode "db=${DB}_a" -X POST \
        --data-urlencode "q=DELETE FROM m WHERE time > $((NOW + 300 * DAY))" >/dev/null
    run tenants verify
    expect_status 0
    run tenants verify --ahead
    expect_status 1
    run tenants verify --ahead --repair
    expect_status 0
    compare
    status=0
    tenants verify --output json >"$EVENTS" || status=$?
    expect_status 0
    expect_field points_ahead 2
}

@test "with --follow --ahead it says how far it is by the clock, and loses nothing" {
    five_points
    follow --ahead
    more_deltas 2
    write_points "m,_tenant_id=a value=6 $((NOW + 500 * DAY))" "m,_tenant_id=a value=7 $(date +%s%N)"
    more_deltas 2
    stop_follow
    expect_status 0
    compare
    holds -s '[.[] | select(.event == "delta")] | length >= 4 and all(.behind_seconds >= 0 and .behind_seconds < 60)' \
        "$EVENTS"
    holds 'select(.event == "delta") | .copied_until[0:4] < "2100"' "$EVENTS"
    # A later delta copies what is ahead and the last minute, not what is behind them.
    holds -s '[.[] | select(.event == "delta") | .points_written][1:] | all(. <= 4)' "$EVENTS"
    expect_field points_ahead 0
    [ "$(count "${DB}_a")" -eq 7 ]
}

@test "a run that followed tells at its end what is ahead of the clock then" {
    write_points "m,_tenant_id=a value=1 $(($(date +%s%N) + 6 * SECOND))"
    follow
    more_deltas 1
    write_points "m,_tenant_id=a value=2 $((NOW + DAY))" "m,_tenant_id=a value=3 $((NOW + 2 * DAY))"
    until [ "$(count "${DB}_a")" -eq 1 ]; do sleep 0.2; done
    stop_follow
    expect_status 0
    expect_field points_ahead 2
}

@test "status and report speak of the time that there is" {
    five_points
    run_json events --ahead
    expect_status 0
    run tenants status
    expect_status 0
    says 'looks at +points up to 20[0-9-]{8}T.*, and those ahead of the clock'
    says_not '2262|1677'
    run tenants report
    expect_status 0
    says_not '2262|1677'
    # Of 57 years between the first point and the last; steps of half a year would show nothing.
    tenants report --output json >"$BATS_TEST_TMPDIR/report"
    holds '.step_seconds <= 8 * 7 * 86400' "$BATS_TEST_TMPDIR/report"
    # shellcheck disable=SC2016  # jq's own
    holds --argjson day $((NOW / SECOND / 86400 + 399)) '.tenants[0].periods
        | .[0].state == "verified" and .[0].start < "1970" and (.[-1].end | fromdate) > $day * 86400' "$BATS_TEST_TMPDIR/report"
    tenants report --html "$BATS_TEST_TMPDIR/report.html"
    grep -q 'show what lies beyond them' "$BATS_TEST_TMPDIR/report.html"
}

@test "a report says what was ahead of the clock" {
    five_points
    run_json events
    expect_status 0
    tenants report --output json >"$BATS_TEST_TMPDIR/report"
    holds '.runs[0].points_ahead == 2' "$BATS_TEST_TMPDIR/report"
    run tenants report
    says '2 points of the source are ahead of its clock'
    run_json later --ahead
    run tenants report
    says_not 'ahead of its clock'
}

@test "--ahead and a start that leaves out the newest points contradict each other" {
    run tenants run --ahead --migrate-start-time-offset 1
    expect_status 2
    says 'ahead.*leave one'
}

@test "older than the target keeps is counted back to the beginning of time" {
    write_conf 'default_retention_hours = 48'
    five_points
    write_points "m,_tenant_id=a value=9 $OLDEST"
    run_json events --ahead
    expect_status 0
    [ "$(count "${DB}_a")" -eq 3 ]
    expect_field points_clipped 3
    expect_field points_ahead 0
}
