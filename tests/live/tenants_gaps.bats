#!/usr/bin/env bats
# A verification compares what the journal covers. What no run copied, of time and measurements, isn't whole: it is
# named, and the answer is no.

load ../lib/live

WEEK=$((7 * 24 * 3600 * 1000000000))

setup_file() { influxd_start; }
teardown_file() { influxd_stop; }
setup() {
    fresh_database
    T=$(midweek)
    for tenant in a b; do
        for week in 0 1 2 3; do
            echo "cpu,_tenant_id=$tenant value=1 $((T - week * WEEK))"
            echo "mem,_tenant_id=$tenant value=2 $((T - week * WEEK))"
        done
    done | load_points
}
teardown() { drop_databases; }

# verifies STATUS CONDITION [OPTION...]: of the last event of a verification.
verifies() {
    local status=$1 condition=$2
    shift 2
    run_json_verify "$@"
    expect_status "$status"
    jq -s 'last' "$BATS_TEST_TMPDIR/verify" >"$BATS_TEST_TMPDIR/last"
    holds "$condition" "$BATS_TEST_TMPDIR/last" >/dev/null || {
        jq '{complete, reasons, not_compared}' "$BATS_TEST_TMPDIR/last"
        return 1
    }
}

run_json_verify() {
    status=0
    tenants verify --output json "$@" >"$BATS_TEST_TMPDIR/verify" || status=$?
}

@test "time that offsets left out of every run is named, and is no" {
    for option in '--migrate-start-time-offset 2' '--migrate-end-time-offset 2'; do
        # shellcheck disable=SC2086
        run_json first --full $option
        expect_status 0
        verifies 1 '.complete == false and any(.not_compared[]; .reason == "time")'
        verifies 1 '.complete == false and any(.reasons[]; .reason == "time")' --deep
        run tenants verify
        says 'no run looked at all time of tenant a, the last one left out time of [0-9]+ shard groups?; a run without the offset'
        # Asked for that time only, the answer is yes, for what was asked.
        # shellcheck disable=SC2086
        verifies 0 '.complete == false and .not_compared == []' $option
    done
    run_json second
    expect_status 0
    verifies 0 '.complete and .not_compared == []'
}

@test "measurements of a tenant that rehearsals left out are named, though another tenant has them" {
    run_json first --tenant a
    run_json second --measurement cpu
    verifies 1 '.complete == false and any(.not_compared[]; .reason == "filtered_measurements" and .tenant == "b" and .count == 1)'
    verifies 0 '.complete == false and .not_compared == []' --measurement cpu
    run_json third
    verifies 0 '.complete and .not_compared == []'
}

@test "points that came into old time after a whole run are named until they are copied" {
    run_json first
    verifies 0 '.complete'
    echo "cpu,_tenant_id=a value=9 $((T - 600 * WEEK))" | load_points
    verifies 1 '.complete == false and any(.not_compared[]; .reason == "time" and .tenant == "a")'
    run tenants verify
    says '1 window of time, older than what was copied of tenant a, was never copied'
    run_json second
    verifies 0 '.complete and .not_compared == []'
}

@test "a source that lost all its points proves nothing" {
    run_json first
    influx "DROP DATABASE \"$DB\"; CREATE DATABASE \"$DB\"" >/dev/null
    run -1 tenants verify
    says 'Nothing was compared: the source shows no points of the time that was copied'
}
