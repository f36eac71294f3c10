#!/usr/bin/env bats
# The short form of `make torture`: one fault each of some kinds, of both commands. And what the kinds of
# broken replies are called when one meets them.

load ../lib/live

setup_file() { influxd_start; }
teardown_file() { influxd_stop; }
setup() { fresh_database; }
teardown() {
    proxy_stop
    drop_databases
}

@test "some faults of both commands, and nothing lost" {
    run "$ROOT/tests/torture/torture.py" --short --seed 1
    echo "$output"
    [ "$status" -eq 0 ]
}

# A fault of a catalogue's reply, in a subshell of its own: a run says what it got, or asks again, and loses
# nothing. Most of the time it waits before it asks again, so these go side by side.
broken_catalogue() { # FAULT WORDS
    local fault=$1
    BATS_TEST_TMPDIR=$BATS_TEST_TMPDIR/$fault
    mkdir "$BATS_TEST_TMPDIR"
    DB=${DB}_${fault//-/}
    STATE=$BATS_TEST_TMPDIR/state
    CONF=$BATS_TEST_TMPDIR/persister.conf
    influx "CREATE DATABASE \"$DB\"" >/dev/null
    generate small --tenants 2 --weeks 1 --per-week 20 | load_points
    proxy_start "$fault@1+~SHOW FIELD KEYS"
    run timeout 60 "$PROGRAM" tenants run --config-file "$CONF" --state-dir "$STATE"
    grep -q . "$PROXY_LOG"
    [ "$status" -eq 1 ] || [ "$status" -eq 4 ] || expect_status 1
    says "$2"
    says "${PROXY_URL##*:}" # whose reply it was
    run -1 has_database "${DB}_000000000000000000000000000000a0"
    # Once is none.
    proxy_rules "$fault@1~SHOW FIELD KEYS"
    run timeout 60 "$PROGRAM" tenants run --config-file "$CONF" --state-dir "$STATE"
    expect_status 0
    compare
    proxy_stop
}

@test "a catalogue that is cut at the end of a line, or in the middle of one, or has no end, is not taken for all there is" {
    local -A words=([truncate-line]='cut|ended' [short]='damaged|middle|empty' [endless-error]='larger'
        [endless-lines]='no results|damaged' [endless]='larger')
    local -A pids
    local fault failed=
    for fault in "${!words[@]}"; do
        (
            set -e
            broken_catalogue "$fault" "${words[$fault]}"
        ) >"$BATS_TEST_TMPDIR/$fault.out" 2>&1 3>&- &
        pids[$fault]=$!
    done
    for fault in "${!pids[@]}"; do
        wait "${pids[$fault]}" || {
            failed=yes
            echo "$fault:"
            cat "$BATS_TEST_TMPDIR/$fault.out"
        }
    done
    [ -z "$failed" ]
}

@test "a page of an intermediary is quoted with its status, in one line" {
    generate small --tenants 1 --weeks 1 --per-week 20 | load_points
    proxy_start 'page-404@1+'
    run -4 tenants run
    says "^error: InfluxDB at $PROXY_URL: HTTP status 404: <html>"
    [ "$(wc -l <<<"$output")" -le 2 ]
}

@test "a clock of the server that was ahead for one run takes nothing from the next" {
    generate small --tenants 2 --weeks 1 --per-week 20 | load_points
    proxy_start 'date-ahead@1+'
    run_json ahead
    expect_status 0
    proxy_rules
    sleep 1.1
    write_points "cpu.idle_perc,_tenant_id=000000000000000000000000000000a0 value=1 $(date +%s%N)"
    sleep 0.1
    run_json second --overlap 0s
    expect_status 0
    compare
}

@test "a clock of the server that was set back for one run: the next brings the rest" {
    generate small --tenants 2 --weeks 3 --per-week 20 | load_points
    proxy_start 'date-back@1+'
    run_json back
    expect_status 0
    proxy_rules
    run_json second
    expect_status 0
    compare
}
