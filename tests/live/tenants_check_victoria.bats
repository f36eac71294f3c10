#!/usr/bin/env bats
# `tenants check` and `tenants verify` of targets on a VictoriaMetrics, which shows points only a while after they were
# written, and new series up to ten seconds later.

load ../lib/live
load ../lib/check

setup_file() {
    command -v victoria-metrics || return 0
    victoria_start
    influxd_start
}

teardown_file() {
    influxd_stop
    victoria_stop
}

setup() {
    command -v victoria-metrics || skip 'no victoria-metrics'
    fresh_database
}

teardown() { [ -z "${VICTORIA_URL:-}" ] || drop_databases; }

victoria() {
    local verb=$1
    shift
    tenants "$verb" --target-url "$VICTORIA_URL" --drop-strings "$@"
}

migrated() {
    local i
    for ((i = 24; i < 124; i++)); do
        echo "cpu,_tenant_id=a,hostname=h value=$i $((NOW - i * HOUR))"
    done | load_points
    run_json first --target-url "$VICTORIA_URL" --drop-strings
    expect_status 0
}

# A new series comes into both sides; the VictoriaMetrics doesn't show it yet.
both() {
    write_points "$1"
    curl -sf "$VICTORIA_URL/write?db=${DB}_a" --data-binary "$1"
}

@test "points that were written just before the check are waited for" {
    migrated
    both "cpu,_tenant_id=a,hostname=new value=1 $((NOW - 24 * HOUR))"
    check --target-url "$VICTORIA_URL" --drop-strings
    says_yes
    # Also where the server was asked for them too early.
    both "cpu,_tenant_id=a,hostname=newer value=1 $((NOW - 24 * HOUR))"
    check --target-url "$VICTORIA_URL" --drop-strings
    says_yes
}

@test "points that were written just before a verification are waited for" {
    migrated
    both "cpu,_tenant_id=a,hostname=new value=1 $((NOW - 24 * HOUR))"
    run -0 victoria verify
    both "cpu,_tenant_id=a,hostname=newer value=1 $((NOW - 24 * HOUR))"
    run -0 victoria verify --deep
}

@test "no: a point is missing there, also after a while" {
    migrated
    write_points "cpu,_tenant_id=a,hostname=h value=9 $((NOW - 24 * HOUR + 1000000))"
    check --target-url "$VICTORIA_URL" --drop-strings
    says_no differs 1
    run -1 victoria verify
    says '1 value is missing'
}

shows_all() {
    [ "$(curl -sf "$VICTORIA_URL/api/v1/export" --data-urlencode "match[]={db=\"${DB}_a\"}" -d start=0 -d end=9999999999 |
        jq -s '[.[].values[]] | length')" -eq 100 ]
}

@test "no: values are others there, and no fewer" {
    local i
    migrated
    curl -sf "$VICTORIA_URL/api/v1/admin/tsdb/delete_series" --data-urlencode "match[]={db=\"${DB}_a\"}"
    for ((i = 24; i < 124; i++)); do
        echo "cpu,_tenant_id=a,hostname=h value=$((i == 100 ? 7 : i)) $((NOW - i * HOUR))"
    done | curl -sf "$VICTORIA_URL/write?db=${DB}_a" --data-binary @-
    # Otherwise they are read since none is seen.
    wait_for 30 shows_all
    check --target-url "$VICTORIA_URL" --drop-strings
    says_no differs 1
}
