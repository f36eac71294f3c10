#!/usr/bin/env bats
# `tenants check` against what would make a careless look say yes.

load ../lib/live
load ../lib/check

setup_file() { influxd_start; }
teardown_file() { influxd_stop; }
setup() { fresh_database; }
teardown() { drop_databases; }

migrated() {
    local tenant i
    for tenant in a b; do
        for ((i = 24; i < 224; i++)); do
            echo "cpu,_tenant_id=$tenant,hostname=h value=$i,n=1i $((NOW - i * HOUR))"
        done
    done | load_points
    run_json first
    expect_status 0
}

into() {
    printf '%s\n' "$2" | "$LIB/influx.py" load "${DB}_$1"
}

delete() {
    curl -s "$INFLUX_URL/query?db=${DB}_$1" --data-urlencode "q=$2" >/dev/null
}

@test "no: some points lack a field" {
    migrated
    delete a "DELETE FROM cpu WHERE time = $((NOW - 100 * HOUR))"
    into a "cpu,_tenant_id=a,hostname=h value=100 $((NOW - 100 * HOUR))"
    check
    says_no differs 1
}

@test "no: points of another tenant stand in the place of those that are missing" {
    migrated
    delete a "DELETE FROM cpu WHERE time < $((NOW - 50 * HOUR))"
    influx "SELECT * INTO \"${DB}_a\".autogen.:MEASUREMENT FROM \"${DB}_b\".autogen./.*/ WHERE time < $((NOW - 50 * HOUR)) GROUP BY *" >/dev/null
    [ "$(influx_values "SELECT count(value) FROM \"${DB}_a\"..cpu" 1)" -eq 200 ]
    check
    says_no differs 346
}

@test "no: a target's points stand in another policy" {
    migrated
    influx "CREATE RETENTION POLICY other ON \"${DB}_a\" DURATION INF REPLICATION 1" >/dev/null
    influx "SELECT * INTO \"${DB}_a\".other.:MEASUREMENT FROM \"${DB}_a\".autogen./.*/ GROUP BY *" >/dev/null
    delete a 'DELETE FROM cpu WHERE time > 0'
    influx "SELECT * INTO \"${DB}_a\".other.:MEASUREMENT FROM \"$DB\".autogen./.*/ WHERE _tenant_id = 'a' GROUP BY *" >/dev/null
    [ "$(influx_values "SELECT count(value) FROM \"${DB}_a\".other.cpu" 1)" -eq 200 ]
    check
    says_no differs 400
}

@test "no: a tenant's points stand in a policy only that isn't read" {
    migrated
    influx "CREATE RETENTION POLICY kept ON \"$DB\" DURATION INF REPLICATION 1" >/dev/null
    write_points_to kept "cpu,_tenant_id=c value=1 $((NOW - 30 * HOUR))"
    check
    says_no policy 1
}

@test "no: somebody writes points again that are there, with other values" {
    migrated
    (sleep 1.5 && "$LIB/influx.py" load "$DB" <<<"cpu,_tenant_id=a,hostname=h value=7 $((NOW - 100 * HOUR))") 3>&- &
    check --settle 4s
    says_no growing 1
}

@test "no: a map makes the source its own target" {
    migrated
    printf '[a]\nurl = http://localhost:%s\ndatabase = %s\n[b]\ndatabase = %s\n' "$INFLUX_PORT" "$DB" "$DB" >"$BATS_TEST_TMPDIR/map"
    check --target-map "$BATS_TEST_TMPDIR/map"
    [ "$status" -eq 3 ]
    printf '[a]\nurl = http://localhost:%s\ndatabase = %s\n' "$INFLUX_PORT" "$DB" >"$BATS_TEST_TMPDIR/map"
    check --target-map "$BATS_TEST_TMPDIR/map"
    [ "$status" -eq 3 ]
}

@test "no: what the configuration leaves out for runs isn't left out here without a word" {
    migrated
    write_points "junk,_tenant_id=a value=1 $((NOW - 30 * HOUR))" "cpu,_tenant_id=a,hostname=h value=1,n=1i $((NOW - 4000 * HOUR))"
    export OS_DEFAULT__MIGRATE_SKIP_REGEX=junk OS_DEFAULT__MIGRATE_END_TIME_OFFSET=1 OS_DEFAULT__MIGRATE_TIME_UNIT=w
    check
    [ "$status" -eq 1 ]
    jq -e '.reasons | any(.reason == "differs" and .figure >= 2)' "$CHECK"
}

@test "no: a source that isn't there, or is empty, isn't taken for one that is whole" {
    influx "DROP DATABASE \"$DB\"" >/dev/null
    check
    cat "$CHECK" "$CHECK.err"
    [ "$status" -eq 3 ]
    influx "CREATE DATABASE \"$DB\"" >/dev/null
    check
    says_no empty 1
    check --accept empty
    [ "$status" -eq 0 ]
}

@test "no: all that is there is left out, so that nothing was compared" {
    migrated
    check --migrate-skip-regex '.*' --accept skipped
    [ "$status" -eq 1 ]
    holds 'any(.reasons[]; .reason == "empty" and (.accepted | not))' "$CHECK"
}

@test "the answer is the same in other time zones and languages" {
    migrated
    TZ=Pacific/Auckland LC_ALL=tr_TR.UTF-8 check
    says_yes
    write_points "cpu,_tenant_id=a,hostname=h value=1,n=1i $((NOW - 100 * HOUR + 1))"
    TZ=Pacific/Auckland LC_ALL=tr_TR.UTF-8 check
    says_no differs 2
}

@test "no: a continuous query of another database writes to the source" {
    migrated
    influx "CREATE DATABASE \"${DB}_other\"" >/dev/null
    influx "CREATE CONTINUOUS QUERY q ON \"${DB}_other\" BEGIN SELECT mean(value) INTO \"$DB\".autogen.m FROM \"${DB}_other\".autogen.cpu GROUP BY time(1h) END" >/dev/null
    check
    says_no continuous_query 1
}
