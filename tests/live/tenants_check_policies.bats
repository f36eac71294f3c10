#!/usr/bin/env bats
# `tenants check` compares each policy of the source with its own in every target.

load ../lib/live
load ../lib/check

setup_file() { influxd_start; }
teardown_file() { influxd_stop; }
setup() { fresh_database; }
teardown() {
    victoria_stop
    drop_databases
}

# Points of two tenants in the policies autogen and rollup, at the same times.
two_policies() {
    influx "CREATE RETENTION POLICY rollup ON \"$DB\" DURATION 90d REPLICATION 1" >/dev/null
    series 1 | load_points
    series 2 | load_points --rp rollup
}

# A point an hour of the tenants a and b: series VALUE
series() {
    local tenant i
    for tenant in a b; do
        for ((i = 24; i < 224; i++)); do
            echo "cpu,_tenant_id=$tenant value=$1 $((NOW - i * HOUR))"
        done
    done
}

migrated() {
    run_json first --source-retention-policy all
    expect_status 0
}

into() {
    printf '%s\n' "$3" | "$LIB/influx.py" load "${DB}_$1" --rp "$2"
}

@test "all policies of a source are compared, each with its own" {
    two_policies
    migrated
    check
    says_yes
    holds '.scope | .policies_total == 2 and .policies_compared == 2 and .points == 800 and .values_compared == 800 and
        .tenants_whole == 2' "$CHECK"
    check --deep
    says_yes
    # Without the journal the places are those that a first run takes.
    rm -rf "$STATE"
    check
    says_yes
}

@test "no: a point of another policy is missing" {
    two_policies
    migrated
    write_points_to rollup "cpu,_tenant_id=a value=2 $((NOW - 100 * HOUR + 1))"
    check
    says_no differs 1
    check --accept policy
    says_no differs 1
}

@test "no: another policy's value differs, which --deep sees" {
    two_policies
    migrated
    into a rollup "cpu,_tenant_id=a value=7 $((NOW - 100 * HOUR))"
    check --deep
    says_no differs 1
}

@test "no: another policy was never copied" {
    two_policies
    run_json first
    expect_status 0
    check
    says_no policy 400
    check --accept policy
    says_yes policy
}

@test "no: a tenant lacks a policy that another has" {
    two_policies
    migrated
    influx "DROP RETENTION POLICY rollup ON \"${DB}_b\"" >/dev/null
    check
    says_no policy 200
    holds '.reasons[0].words | test("rollup.* 1 tenants.*: b$")' "$CHECK"
    check --accept policy
    says_yes policy
}

@test "no: another policy keeps less in a target" {
    two_policies
    migrated
    influx "ALTER RETENTION POLICY rollup ON \"${DB}_a\" DURATION 3d SHARD DURATION 1h" >/dev/null
    check
    says_no clipped
    holds '.reasons[0].figure >= 150 and .reasons[0].figure <= 155' "$CHECK"
    check --accept clipped
    says_yes clipped
}

@test "the source's default policy changed: the journal says where the points of each stand" {
    two_policies
    migrated
    influx "ALTER RETENTION POLICY rollup ON \"$DB\" DEFAULT" >/dev/null
    check
    says_yes
    holds '.scope.policies_compared == 2' "$CHECK"
    influx "DROP RETENTION POLICY rollup ON \"${DB}_a\"" >/dev/null
    check
    [ "$status" -eq 1 ]
}

@test "a policy that persisters left long ago doesn't make the check read the newer points of another" {
    local before
    influx "CREATE RETENTION POLICY old ON \"$DB\" DURATION INF REPLICATION 1" >/dev/null
    series 1 | load_points
    printf 'cpu,_tenant_id=a value=1 %s\n' $((NOW - 4000 * HOUR)) | load_points --rp old
    migrated
    before=$(wc -l <"$INFLUX_DIR/log")
    check
    says_yes
    # Points are read in the last hour of each policy only.
    tail -n +"$((before + 1))" "$INFLUX_DIR/log" | sed -n 's/.*time >= \([0-9]*\) AND time < \([0-9]*\).*GROUP BY \*.*/\1 \2/p' \
        >"$BATS_TEST_TMPDIR/reads"
    awk -v hour="$HOUR" '$2 - $1 > 1.001 * hour { wide = 1 } END { exit wide || NR == 0 }' "$BATS_TEST_TMPDIR/reads"
}

@test "no: another policy of a source whose targets are on a VictoriaMetrics" {
    command -v victoria-metrics || skip 'no victoria-metrics'
    two_policies
    victoria_start
    run_json first --source-retention-policy autogen --target-url "$VICTORIA_URL" --drop-strings
    check --target-url "$VICTORIA_URL" --drop-strings --accept strings
    [ "$status" -eq 1 ]
    holds '[.reasons[] | select(.accepted | not) | .reason] == ["policy"]' "$CHECK" || { cat "$CHECK"; false; }
}
