#!/usr/bin/env bats
# Odd sources, and what servers of other versions say.

load ../lib/live

setup_file() { influxd_start; }
teardown_file() { influxd_stop; }
setup() { fresh_database; }
teardown() {
    proxy_stop
    drop_databases
}

MINUTE=60000000000

@test "points that a server of 1.12 finds outside its policy are clipped, not refused" {
    # The policy seems to keep points for longer than it does, so that the server has to refuse some.
    for engine in server stream; do
        influx "CREATE DATABASE ${DB}_a WITH DURATION 1h REPLICATION 1 NAME p" >/dev/null
        printf 'm,_tenant_id=a,n=%s value=1 %s\n' 1 $((NOW - 70 * MINUTE)) 2 $((NOW - 10 * MINUTE)) |
            "$LIB/influx.py" load "$DB"
        proxy_start 'words="1h0m0s","1h0m0s"=>"1h20m0s","1h0m0s"@1+~SHOW RETENTION POLICIES' \
            'words=points beyond retention policy dropped=(\d+)=>dropped \1 points outside retention policy of duration 1h0m0s - oldest point m at 2026-01-01T00:00:00Z dropped=\1 for database: d for retention policy: p@1+~^WRITE| INTO '
        run_json "$engine" --engine "$engine"
        proxy_stop
        [ -s "$PROXY_LOG" ]
        grep -q 'INTO\|WRITE' "$PROXY_LOG"
        expect_status 0
        expect_field points_refused 0
        [ "$(influx_values "SELECT count(value) FROM ${DB}_a.p.m" 1)" -eq 1 ]
        influx "DROP DATABASE ${DB}_a" >/dev/null
        rm -rf "$STATE"
    done
}

# 1.12 lists two more columns, and the words of a write window.
@test "a target's write window is known to the plan, and the source's is named" {
    influx "CREATE DATABASE ${DB}_a WITH NAME p" >/dev/null
    write_points "m,_tenant_id=a value=1 $((NOW - 70 * MINUTE))" "m,_tenant_id=a value=1 $((NOW - 10 * MINUTE))"
    proxy_start 'words="replicaN","default"\],"values":\[\[([^]]*),1,(\w+)\]=>"replicaN","futureWriteLimit","pastWriteLimit","default"],"values":[[\1,1,"0s","1h0m0s",\2]@1+~SHOW RETENTION POLICIES'
    run tenants plan
    expect_status 0
    says "write window of the source's policy autogen \(PAST LIMIT 1h\)"
    says 'the policy p has a write window, and refuses points older than 1h'
    tenants plan --output json >"$BATS_TEST_TMPDIR/plan"
    holds '.source_write_windows == [{"policy": "autogen", "window": "PAST LIMIT 1h"}]' "$BATS_TEST_TMPDIR/plan"
    run_json events
    says "write window of the source's policy autogen"
    expect_field points_clipped 1
    [ "$(influx_values "SELECT count(value) FROM ${DB}_a.p.m" 1)" -eq 1 ]
}

@test "measurements with names that InfluxDB keeps for itself are copied, or named" {
    local name at=$((NOW - 20 * MINUTE))
    for name in _name _tags _tagKey _measurements; do
        write_points "$name,_tenant_id=a,n=1 value=1.5,text=\"x\" $at" "$name,_tenant_id=b value=2 $at" \
            "$name,_tenant_id=a value=3i $((at - 30 * 86400 * 1000000000))"
    done
    write_points "cpu,_tenant_id=a value=1 $at"
    for engine in server stream; do
        run_json "$engine" --engine "$engine" --full
        expect_status 0
        for name in _name _tags _tagKey _measurements; do
            [ "$(influx_values "SELECT count(value) FROM ${DB}_a../^$name\$/" 1)" -eq 2 ]
            [ "$(influx_values "SELECT count(value) FROM ${DB}_b../^$name\$/" 1)" -eq 1 ]
        done
        run -0 tenants verify --deep
        influx "DROP DATABASE ${DB}_a" >/dev/null
        influx "DROP DATABASE ${DB}_b" >/dev/null
    done
    # Of these InfluxDB shows no points at all.
    for name in _tagKeys _series _fieldKeys; do
        write_points "$name,_tenant_id=a value=1 $at"
    done
    run tenants plan
    says 'PROBLEM: measurements that no statement can read: 3: _fieldKeys, _series, _tagKeys'
    run_json hidden --full
    expect_status 1
    says 'measurement _series can.t be copied: InfluxDB keeps its name for a list of its own'
    expect_field windows_failed 0
    expect_field measurements_unnameable 3
    [ "$(influx_values "SELECT count(value) FROM ${DB}_a..cpu" 1)" -eq 1 ]
    run -1 tenants check
    says 'names that InfluxDB keeps for lists of its own'
}
