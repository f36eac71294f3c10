#!/usr/bin/env bats
# `tenants check` of a source of which a run left measurements out.

load ../lib/live
load ../lib/check

setup_file() { influxd_start; }
teardown_file() { influxd_stop; }
setup() { fresh_database; }
teardown() { drop_databases; }

migrated() {
    local i
    for ((i = 24; i < 124; i++)); do
        echo "cpu,_tenant_id=a value=$i $((NOW - i * HOUR))"
        echo "junk.$((i % 4)),_tenant_id=a value=$i $((NOW - i * HOUR))"
    done | load_points
    write_points "junk.0 value=1 $((NOW - 30 * HOUR))"
    run_json first --migrate-skip-regex '^junk'
    expect_status 0
}

@test "no: measurements that the run skipped are missing, and are skipped where the check is told so" {
    migrated
    check
    [ "$status" -eq 1 ]
    holds '.reasons | any(.reason == "differs" and .figure == 100)' "$CHECK"
    check --migrate-skip-regex '^junk'
    says_no skipped 101
    check --migrate-skip-regex '^junk' --accept skipped
    says_yes skipped
    run -0 tenants check --settle 1s --migrate-skip-regex '^junk' --accept skipped
    says '^accepted: skipped \(101\): points of 4 measurements '
}

@test "no: a point is missing, of what isn't skipped" {
    migrated
    write_points "cpu,_tenant_id=a value=1 $((NOW - 50 * HOUR + 1))"
    check --migrate-skip-regex '^junk' --accept skipped
    [ "$status" -eq 1 ]
    holds '[.reasons[] | select(.accepted | not) | .reason] == ["differs"]' "$CHECK"
}

@test "no: a measurement that no statement can name isn't skipped, since nobody can count it" {
    migrated
    write_points $'junk\xef\xbf\xbdname,_tenant_id=a value=1 '"$((NOW - 30 * HOUR))"
    check --migrate-skip-regex '^junk' --accept skipped
    [ "$status" -eq 1 ]
    holds '[.reasons[] | select(.accepted | not) | .reason] == ["unnameable"]' "$CHECK"
}
