#!/usr/bin/env bats
# Deep verification: what is missing and what is different are told apart, and both values are shown.

load ../lib/live

setup_file() {
    influxd_start
    victoria_start
}
teardown_file() {
    victoria_stop
    influxd_stop
}
setup() { fresh_database; }
teardown() {
    drop_databases
    curl -sf "$VICTORIA_URL/api/v1/admin/tsdb/delete_series" --data-urlencode 'match[]={db=~"'"$DB"'_.*"}'
}

# into TENANT LINE...: points of one line each, into a target.
into() {
    printf '%s\n' "${@:2}" | "$LIB/influx.py" load "${DB}_$1"
}

# into_victoria TENANT LINE...
into_victoria() {
    printf '%s\n' "${@:2}" | curl -sf "$VICTORIA_URL/write?db=${DB}_$1" --data-binary @-
    curl -sf "$VICTORIA_URL/internal/force_flush"
}

# new_target TENANT LINE...: a target that was made anew, and holds these points only.
new_target() {
    influx "DROP DATABASE \"${DB}_$1\"" >/dev/null
    influx "CREATE DATABASE \"${DB}_$1\"" >/dev/null
    into "$@"
}

# verify [OPTION...]: $status; events in $EVENTS, all that was said in $output.
verify() {
    EVENTS=$BATS_TEST_TMPDIR/verify
    status=0
    tenants verify --output json "$@" >"$EVENTS" 2>"$EVENTS.err" || status=$?
    output=$(cat "$EVENTS.err")
}

# found CONDITION: holds of the sums of all differences, as an object.
found() {
    holds -s "[.[] | select(.event == \"difference\")] | {
        missing: (map(.values_missing) | add), different: (map(.values_different) | add),
        extra: (map(.values_extra) | add), first_missing: map(.first_missing[]), first_different: map(.first_different[])
    } | $1" "$EVENTS" >/dev/null
}

# --- an InfluxDB -----------------------------------------------------------------------------------

both_engines() {
    local t
    t=$(midweek)
    write_points "m,_tenant_id=a,d=1 v=1.5 $t" "m,_tenant_id=a,d=2 v=2.5 $t" "m,_tenant_id=a,d=3 v=3.5 $t" "m,_tenant_id=a,d=4 v=4.5 $t"
    run_json first "$@"
    expect_status 0
    curl -s "$INFLUX_URL/query?db=${DB}_a" --data-urlencode "q=DROP SERIES FROM m WHERE d = '1'" >/dev/null
    into a "m,_tenant_id=a,d=2 v=-2.5 $t" "m,_tenant_id=a,d=3 v=7 $t" "m,_tenant_id=a,d=own v=1 $t"
    verify --deep
    expect_status 1
    found '.missing == 1 and .different == 2 and .extra == 1'
    found '(.first_missing | length) == 1 and (.first_missing[0] | startswith("m,_tenant_id=a,d=1 v=1.5 at "))'
    found '.first_different | sort_by(.point) | map([(.point | split(" at ")[0]), .source, .target]) ==
        [["m,_tenant_id=a,d=2 v", "2.5", "-2.5"], ["m,_tenant_id=a,d=3 v", "3.5", "7"]]'
    says "^warning: differs: tenant a: missing in ${DB}_a: m,_tenant_id=a,d=1 v=1\\.5 at "
    says "^warning: differs: tenant a: another value in ${DB}_a: m,_tenant_id=a,d=2 v at [0-9TZ:-]+: 2\\.5 in the source, -2\\.5 there"
    says 'verification: 1 value is missing in the target, the first: m,_tenant_id=a,d=1 v=1\.5 at .*; 2 are different there, the first: '
    says_not 'or another value'
    verify --deep --repair
    expect_status 0
    compare --allow-more
}

@test "a missing value and a different one are told apart, with both values (engine server)" {
    both_engines --engine server
}

@test "a missing value and a different one are told apart, with both values (engine stream)" {
    both_engines --engine stream
}

@test "a value that differs in its type only is different, and both types show" {
    local t
    t=$(midweek)
    write_points "f,_tenant_id=a v=1 $t" "i,_tenant_id=a v=1i $t" "b,_tenant_id=a v=true $t" "s,_tenant_id=a v=\"1\" $t"
    run_json first
    expect_status 0
    new_target a "f,_tenant_id=a v=1i $t" "i,_tenant_id=a v=1 $t" "b,_tenant_id=a v=\"true\" $t" "s,_tenant_id=a v=1 $t"
    verify --deep
    expect_status 1
    found '.missing == 0 and .different == 4'
    found '.first_different | map([.point[0:1], .source, .target]) | sort ==
        [["b", "true", "\"true\""], ["f", "1", "1i"], ["i", "1i", "1"], ["s", "\"1\"", "1"]]'
    says 'f,_tenant_id=a v at .*: 1 in the source, 1i there'
}

@test "texts with quotes, newlines and control characters are shown safely, and long ones where they differ" {
    local t long
    t=$(midweek)
    long=$(printf 'x%.0s' {1..500})
    printf 'q,_tenant_id=a v="say \\"yes\\"\nand \033[31mgo" %s\nl,_tenant_id=a v="%sa" %s\n' "$t" "$long" "$t" | load_points
    run_json first
    expect_status 0
    printf 'q,_tenant_id=a v="say \\"no\\"" %s\nl,_tenant_id=a v="%sb" %s\n' "$t" "$long" "$t" | "$LIB/influx.py" load "${DB}_a"
    verify --deep
    expect_status 1
    found '.missing == 0 and .different == 2'
    says 'q,_tenant_id=a v at .*: "say "yes"\\nand \\x1b\[31mgo" in the source, "say "no"" there'
    says 'l,_tenant_id=a v at .*: "\.\.\.x{20}a" in the source, "\.\.\.x{20}b" there'
    run -1 grep -q "$(printf '\033')" "$EVENTS" "$EVENTS.err"
}

@test "all values are counted, and five of each kind are named" {
    local t i points=() others=()
    t=$(midweek)
    for i in {1..300}; do points+=("m,_tenant_id=a v=$i $((t + i * 1000000000))"); done
    for i in {1..200}; do others+=("m,_tenant_id=a v=-$i $((t + i * 1000000000))"); done
    write_points "${points[@]}"
    run_json first
    expect_status 0
    new_target a "${others[@]}"
    verify --deep
    expect_status 1
    found '.missing == 100 and .different == 200 and (.first_missing | length) == 5 and (.first_different | length) == 5'
    holds -s 'last | .windows_failed == 1' "$EVENTS" >/dev/null
}

@test "check --deep says how many values are missing and how many differ" {
    local t
    t=$(midweek)
    write_points "m,_tenant_id=a,d=1 v=1.5 $t" "m,_tenant_id=a,d=2 v=2.5 $t" "m,_tenant_id=a,d=3 v=3.5 $t"
    run_json first
    expect_status 0
    into a "m,_tenant_id=a,d=2 v=-2.5 $t"
    curl -s "$INFLUX_URL/query?db=${DB}_a" --data-urlencode "q=DROP SERIES FROM m WHERE d = '1'" >/dev/null
    run tenants check --deep --settle 1s
    expect_status 1
    says '^differs \(2\): 1 value is missing and 1 is different in 1 window, the first: tenant a: 1 value is missing in the target'
    says '2\.5 in the source, -2\.5 in the target'
}

@test "the report tells what is missing from what is different" {
    local t
    t=$(midweek)
    write_points "m,_tenant_id=a,d=1 v=1.5 $t" "m,_tenant_id=a,d=2 v=2.5 $t"
    run_json first
    expect_status 0
    into a "m,_tenant_id=a,d=2 v=-2.5 $t"
    verify --deep
    expect_status 1
    run tenants report
    says 'last verify .*: differs, .* values compared, 1 different$'
    tenants report --output json >"$BATS_TEST_TMPDIR/report" || :
    holds '.verifications[0] | .values_missing == 0 and .values_different == 1' "$BATS_TEST_TMPDIR/report" >/dev/null
}

# --- a VictoriaMetrics -----------------------------------------------------------------------------

@test "on a VictoriaMetrics what is missing and what is different are told apart, too" {
    local t
    t=$(midweek)
    write_points "m,_tenant_id=a,d=1 v=1.5 $t" "m,_tenant_id=a,d=2 v=2.5 $t" "m,_tenant_id=a,d=3 v=3.5 $t" "m,_tenant_id=a,d=4 v=4.5 $t"
    run_json first --target-url "$VICTORIA_URL" --drop-strings
    expect_status 0
    curl -sf "$VICTORIA_URL/api/v1/admin/tsdb/delete_series" --data-urlencode "match[]={db=\"${DB}_a\"}"
    into_victoria a "m,_tenant_id=a,d=2 v=-2.5 $t" "m,_tenant_id=a,d=3 v=3.5 $t" "m,_tenant_id=a,d=3 v=7 $t" "m,_tenant_id=a,d=4 v=4.5 $t"
    verify --deep --target-url "$VICTORIA_URL"
    expect_status 1
    found '.missing == 1 and .different == 2'
    found '.first_different | map([(.point | split(" at ")[0]), .source, .target]) | sort ==
        [["m,_tenant_id=a,d=2 v", "2.5", "-2.5"], ["m,_tenant_id=a,d=3 v", "3.5", "3.5 and 7"]]'
    says "missing in ${DB}_a: m,_tenant_id=a,d=1 v=1\\.5 at "
    says "another value in ${DB}_a: m,_tenant_id=a,d=3 v at .*: 3\\.5 in the source, 3\\.5 and 7 there"
}

# --- repairs -----------------------------------------------------------------------------------------

@test "the report's points contain what a repair copied" {
    local t i points=()
    t=$(midweek)
    for i in {1..20}; do points+=("m,_tenant_id=a v=$i $((t + i * 1000000000))"); done
    write_points "${points[@]}"
    run_json first
    expect_status 0
    tenants report --output json >"$BATS_TEST_TMPDIR/before" || :
    curl -s "$INFLUX_URL/query?db=${DB}_a" --data-urlencode "q=DROP SERIES FROM m" >/dev/null
    verify --repair
    expect_status 0
    [ "$(summary "$EVENTS" points_written)" -eq 20 ]
    tenants report --output json >"$BATS_TEST_TMPDIR/after" || :
    # 20 of the run, and 20 of the repair.
    [ "$(jq '.points_written' "$BATS_TEST_TMPDIR/before")" -eq 20 ]
    [ "$(jq '.points_written' "$BATS_TEST_TMPDIR/after")" -eq 40 ]
    [ "$(jq '.tenants[0].points_written' "$BATS_TEST_TMPDIR/after")" -eq 40 ]
}
