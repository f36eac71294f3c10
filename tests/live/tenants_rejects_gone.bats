#!/usr/bin/env bats
# The reject file is moved away: what the target refused isn't forgotten.

load ../lib/live

setup_file() {
    influxd_start
}

teardown_file() {
    influxd_stop
}

setup() {
    fresh_database
}

teardown() {
    drop_databases
}

# The target has the field as an integer; the source has 72 floats, one an hour, of last week.
conflict() {
    AT=$(midweek)
    influx "CREATE DATABASE \"${DB}_a\"" >/dev/null
    printf 'm,_tenant_id=a,host=other value=1i %s\n' "$AT" | "$LIB/influx.py" load "${DB}_a"
    seq 72 | awk -v now="$AT" '{ printf "m,_tenant_id=a,host=h value=%d.5 %s\n", $1, substr(now, 1, 10) - $1 * 60 "000000000" }' | load_points
    write_points "fine,_tenant_id=a value=1 $AT" "fine,_tenant_id=b value=1 $AT"
}

not_whole() {
    run tenants report --output json
    jq -e '(.complete | not) and .verdict != "done and verified" and .points_refused == 72' <<<"$output"
}

for_engine() {
    conflict
    run_json first --engine "$1"
    expect_status 1
    expect_field points_refused 72
    mv "$STATE"/*.rejects "$BATS_TEST_TMPDIR/moved"
    not_whole
    run -1 tenants status
    # Another tenant's run says nothing of these, and takes nothing back.
    run_json other --engine "$1" --tenant b
    not_whole
    run_json second --engine "$1"
    expect_status 1
    expect_field points_refused 72
    not_whole
    [ "$(grep -vc '^#' "$STATE"/*.rejects)" -eq 72 ]
}

@test "the reject file is gone: the engine stream copies the points again" {
    for_engine stream
}

@test "the reject file is gone: the server's engine copies the points again" {
    for_engine server
}

@test "a part of the reject file is gone" {
    conflict
    run_json first --engine stream
    sed -i '/value=7\./d' "$STATE"/*.rejects
    run_json second --engine stream
    expect_status 1
    expect_field points_refused 72
    [ "$(grep -vc '^#' "$STATE"/*.rejects)" -eq 72 ]
}

# Two measurements that no statement copies together, since their fields differ: 72 floats of m, and 72 values of k.
two_sets() {
    AT=$(midweek)
    influx "CREATE DATABASE \"${DB}_a\"" >/dev/null
    printf 'm,_tenant_id=a,host=other value=1i %s\nk,_tenant_id=a,host=other other=1i %s\n' "$AT" "$AT" | "$LIB/influx.py" load "${DB}_a"
    seq 72 | awk -v now="$AT" -v k="$1" '{
        at = substr(now, 1, 10) - $1 * 60 "000000000"
        printf "m,_tenant_id=a,host=h value=%d.5 %s\nk,_tenant_id=a,host=h other=%d%s %s\n", $1, at, $1, k, at
    }' | load_points
}

@test "a window of other measurements doesn't lower the number that was refused" {
    two_sets i
    run_json first --engine stream
    expect_field points_refused 72
    sed -i '/value=[2-9]\./d; /value=[0-9][0-9]\./d' "$STATE"/*.rejects
    run_json second --engine stream --overlap 0s
    expect_status 1
    expect_field points_refused 72
    [ "$(grep -vc '^#' "$STATE"/*.rejects)" -eq 72 ]
}

@test "lines of one measurement don't stand for those of another" {
    two_sets .5
    run_json first --engine stream
    expect_field points_refused 144
    sed -i '/^k,/d' "$STATE"/*.rejects
    run_json second --engine stream --overlap 0s
    expect_status 1
    expect_field points_refused 144
    sed -i 's/=\([0-9]*\)\.5 /=\1i /' "$STATE"/*.rejects
    run_json third --engine stream --overlap 0s
    expect_status 0
    [ "$(influx "SELECT count(other) FROM \"${DB}_a\"..k" | grep -o '73')" = 73 ]
}

@test "lines that were imported by hand are found by a verification, and the next run is done" {
    conflict
    run_json first
    expect_status 1
    sed 's/ value=\([0-9]*\).5/ value=\1i/' "$STATE"/*.rejects | grep -v '^#' | "$LIB/influx.py" load "${DB}_a"
    rm "$STATE"/*.rejects
    run -0 tenants verify
    run_json second --overlap 0s
    expect_status 0
    expect_field points_refused 0
    run tenants report --output json
    jq -e '.complete' <<<"$output"
}

@test "what the target takes from the file is no more refused" {
    conflict
    run_json first
    sed -i 's/ value=\([0-9]*\).5/ value=\1i/' "$STATE"/*.rejects
    run_json second --overlap 0s
    expect_status 0
    run_json third --overlap 0s
    expect_status 0
    run tenants report --output json
    jq -e '.complete' <<<"$output"
}
