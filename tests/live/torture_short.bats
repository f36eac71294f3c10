#!/usr/bin/env bats
# The short form of `make torture`: one fault each of a dozen kinds. And what the kinds of broken replies
# are called when one meets them.

load ../lib/live

setup_file() { influxd_start; }
teardown_file() { influxd_stop; }
setup() { fresh_database; }
teardown() {
    proxy_stop
    drop_databases
}

@test "a dozen faults, and nothing lost" {
    run "$ROOT/tests/torture/torture.py" --short --seed 1
    echo "$output"
    [ "$status" -eq 0 ]
}

# Each fault of a catalogue's reply: a run says what it got, or asks again, and loses nothing.
# broken_catalogue FAULT [WORDS]
broken_catalogue() {
    local fault=$1
    generate small --tenants 2 --weeks 1 --per-week 20 | load_points
    proxy_start "$fault@1+~SHOW FIELD KEYS"
    run timeout 60 "$PROGRAM" tenants run --config-file "$CONF" --state-dir "$STATE"
    grep -q . "$PROXY_LOG"
    [ "$status" -eq 1 ] || [ "$status" -eq 4 ] || expect_status 1
    says "$2"
    says "${PROXY_URL##*:}" # whose reply it was
    run ! has_database "${DB}_000000000000000000000000000000a0"
    # Once is none.
    proxy_rules "$fault@1~SHOW FIELD KEYS"
    run timeout 60 "$PROGRAM" tenants run --config-file "$CONF" --state-dir "$STATE"
    expect_status 0
    compare
}

@test "a catalogue that is cut at the end of a line is asked for again, not taken for all there is" {
    broken_catalogue truncate-line 'cut|ended'
}

@test "a catalogue that stops short in the middle of a line is asked for again" {
    broken_catalogue short 'damaged|middle|empty'
}

@test "an error page without an end is given up, in little memory" {
    broken_catalogue endless-error 'larger'
}

@test "documents without an end that say nothing are given up" {
    broken_catalogue endless-lines 'no results|damaged'
}

@test "blanks without an end are given up" {
    broken_catalogue endless 'larger'
}

@test "a page of an intermediary is quoted with its status, in one line" {
    generate small --tenants 1 --weeks 1 --per-week 20 | load_points
    proxy_start 'page-404@1+'
    run tenants run
    [ "$status" -ne 0 ]
    [ "$status" -ne 70 ]
    says '404'
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
