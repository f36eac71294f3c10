#!/usr/bin/env bats
# The headlines of report, status and check: who reads nothing else must not think that all is there.

load ../lib/live

setup_file() { influxd_start; }
teardown_file() { influxd_stop; }
setup() {
    fresh_database
    T=$(midweek)
}
teardown() { drop_databases; }

@test "one shard alone is done in part, and status says of how many tenants" {
    generate small --tenants 9 --weeks 1 --per-week 10 | load_points
    run_json first --shard 1/2
    run -0 tenants report
    says 'Migration of .*: done in part\.'
    says_not 'windows? failed|without a failed window'
    tenants report --output json | holds '.verdict == "done in part" and .complete == false and [.left_out[].reason] == ["shard"]'
    tenants report --html - | grep -q '<title>.*: done in part</title>'
    run -0 tenants status
    says 'tenants +[1-8] of [1-8], of 9 in the source'
    # Of another division.
    run_json second --shard 2/3
    run -0 tenants report
    says_not 'done and verified'
}

@test "a headline says that something is left out, and is plain where nothing is" {
    echo "cpu,_tenant_id=a value=1 $T" | load_points
    run_json first
    run -0 tenants report
    says ': done and verified\.'
    influx "CREATE RETENTION POLICY raw ON \"$DB\" DURATION INF REPLICATION 1" >/dev/null
    echo "cpu,_tenant_id=a value=7 $T" | curl -fsS --data-binary @- "$INFLUX_URL/write?db=$DB&rp=raw"
    run_json second
    run -0 tenants report
    says ': done and verified, but for what is named below\.'
    tenants report --html - | grep -q '<title>.*: done and verified, but for what is named below</title>'
    tenants report --output json | holds '.verdict == "done and verified" and .complete == false'
}

@test "check tells tenants that are whole from what it looked at" {
    printf 'cpu,_tenant_id=%s value=1 %s\n' a "$T" b "$T" | load_points
    run -1 tenants check
    says 'Whole: 0 of 2 tenants\. Looked at: 1 of 1 policy'
}
