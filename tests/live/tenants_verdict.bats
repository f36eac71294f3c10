#!/usr/bin/env bats
# A verdict is a measurement of the whole, or names what it left out: of runs, verifications, status and report.

load ../lib/live

setup_file() { influxd_start; }
teardown_file() { influxd_stop; }
setup() {
    fresh_database
    T=$(midweek)
}
teardown() {
    proxy_stop
    drop_databases
}

# A point of each of four tenants.
four_tenants() {
    local tenant
    for tenant in a b c d; do
        echo "cpu,_tenant_id=$tenant value=1 $T"
        echo "mem,_tenant_id=$tenant value=2 $T"
    done | load_points
}

# verify_json [OPTION...]: $status, $output of standard error; the events in $EVENTS.
verify_json() {
    EVENTS=$BATS_TEST_TMPDIR/verify
    status=0
    tenants verify --output json "$@" >"$EVENTS" 2>"$EVENTS.err" || status=$?
    output=$(cat "$EVENTS.err")
}

# Does the last event fit? summarizes CONDITION
summarizes() {
    holds -s "last | $1" "$EVENTS" >/dev/null || {
        tail -n 1 "$EVENTS"
        return 1
    }
}

# Does the report fit? reports CONDITION
reports() {
    tenants report --output json >"$BATS_TEST_TMPDIR/report"
    holds "$1" "$BATS_TEST_TMPDIR/report" >/dev/null || {
        jq '{verdict, next}' "$BATS_TEST_TMPDIR/report"
        return 1
    }
}

# --- verify: what it didn't compare --------------------------------------------------------------

@test "verify counts the tenants that it compared, and names those that were never copied: status 1" {
    four_tenants
    run_json first --tenant a
    expect_status 0
    run tenants verify
    expect_status 1
    says 'windows of 1 tenant are whole'
    says '^Verified in part: '
    says '^Not compared: tenant b was never copied to .*_b, which is not there\.$'
    says '^Not compared: tenant d was never copied'
    says_not 'tenant a was never'
    verify_json
    expect_status 1
    summarizes '.tenants_total == 1 and .tenants_source == 4 and .complete == false and
        (.reasons | map(select(.reason == "never_copied"))[0].count) == 3 and
        (.not_compared | map(.tenant)) == ["b", "c", "d"]'
    run tenants status
    says 'last verify +by counts, .*: in part'
}

@test "verify of what was asked for is status 0, and says of how much it speaks" {
    four_tenants
    run_json first --tenant a
    run -0 tenants verify --tenant a
    says '^Verified for what was asked: '
    says '^Left out: 3 of 4 tenants are left out by --tenant\.$'
    verify_json --tenant a
    summarizes '.complete == false and (.reasons == [{reason: "filtered_tenants", count: 3,
        words: "3 of 4 tenants are left out by --tenant"}])'
    run_json second
    verify_json
    expect_status 0
    summarizes '.complete and .reasons == [] and .not_compared == [] and .tenants_total == 4'
    run -0 tenants verify
    says '^Verified: '
}

@test "verify of windows that failed is status 1 and names them, also after a repair that failed" {
    four_tenants
    run_json first
    expect_status 0
    # The shard of the target has the field as an integer: the server refuses the float.
    influx "DROP DATABASE \"${DB}_a\"" >/dev/null
    influx "CREATE DATABASE \"${DB}_a\"" >/dev/null
    echo "cpu,_tenant_id=a,other=x value=1i $((T + 1000000000))" | "$LIB/influx.py" load "${DB}_a"
    run tenants verify --deep --repair
    expect_status 1
    for i in 1 2; do
        run tenants verify
        expect_status 1
        says '^Not compared: 1 window of tenant a failed and is not compared\.$'
    done
    run -0 tenants verify --tenant b
    verify_json
    summarizes '.complete == false and any(.reasons[]; .reason == "failed" and .count == 1)'
    # What is mended is whole again.
    influx "DROP DATABASE \"${DB}_a\"" >/dev/null
    run_json again
    expect_status 0
    run -0 tenants verify --deep
    compare
}

@test "verify says no of a tenant whose name no database can have, after a run that left it out" {
    four_tenants
    echo "cpu,_tenant_id=with/slash value=1 $T" | load_points
    run_json first
    expect_status 1
    run tenants verify
    expect_status 1
    says 'windows of 4 tenants are whole'
    says "^Not compared: tenant with/slash can't be copied to the database"
    verify_json
    summarizes '.tenants_total == 4 and .tenants_source == 5 and any(.reasons[]; .reason == "homeless" and .count == 1)'
}

@test "verify names a measurement that a filter left out of the run, and calls itself not complete" {
    four_tenants
    run_json first --measurement cpu
    run -1 tenants verify
    says '^Not compared: measurement mem was never copied\.$'
    verify_json
    summarizes '.complete == false and any(.reasons[]; .reason == "never_copied_measurements" and .count == 1)'
}

@test "verify says no of a target database that is gone, and names it" {
    four_tenants
    run_json first
    influx "DROP DATABASE \"${DB}_b\"" >/dev/null
    run tenants verify
    expect_status 1
    says "^Not compared: tenant b was copied, and its database ${DB}_b is gone"
    run -0 tenants verify --repair
    run -0 tenants verify
}

@test "the points that a repair copied count in the report" {
    four_tenants
    run_json first
    reports '.points_written == 8'
    curl -s "$INFLUX_URL/query?db=${DB}_a" --data-urlencode 'q=DROP MEASUREMENT mem' >/dev/null
    run -0 tenants verify --repair
    points=$(jq -s 'last | .points_written' <(tenants report --output json))
    [ "$points" -gt 8 ]
}

# --- a rehearsal ---------------------------------------------------------------------------------

# rehearsal REASON COUNT OPTION...: a run with these options leaves something out, and nobody calls that done.
rehearsal() {
    local reason=$1 count=$2
    shift 2
    four_tenants
    # A shard group long before.
    echo "cpu,_tenant_id=a value=1 $((T - 20 * 604800000000000))" | load_points
    run -0 tenants run "$@"
    says '^Done for what was asked: '
    says_not '^Done: '
    run_json again --metrics-file "$BATS_TEST_TMPDIR/metrics" "$@"
    expect_status 0
    summarizes ".complete == false and .tenants_source == 4 and
        any(.reasons[]; .reason == \"$reason\" and .count == $count)"
    grep -qx 'monasca_migrate_complete 0' "$BATS_TEST_TMPDIR/metrics"
    run -0 tenants report
    says ': rehearsed\.'
    says_not 'cut over'
    run -0 tenants status
    says 'scope +a rehearsal: '
    # The next step is the run without them; then all is done.
    reports '.complete == false and (.left_out | length) > 0 and .verdict == "rehearsed" and (.next[0].why | startswith("This was a rehearsal")) and
        all(.next[]; .why | contains("cut over") | not)'
    command=$(jq -r '.next[0].command' "$BATS_TEST_TMPDIR/report")
    [[ $command == 'monasca-migrate tenants run '* ]]
    eval "${command/monasca-migrate/\"\$PROGRAM\"}"
    reports '.complete and .left_out == [] and .verdict == "done and verified" and any(.next[]; .why | contains("cut over"))'
    run -0 tenants report --html -
    says_not 'rehearsed'
    compare
    run_json last
    summarizes '.complete and .reasons == []'
    # A look at one tenant takes nothing back.
    run_json one "$@"
    reports '.verdict == "done and verified"'
}

@test "a run of one tenant is a rehearsal: not complete, not done, and no cutover" {
    rehearsal filtered_tenants 3 --tenant a
}

@test "a run of one measurement is a rehearsal" {
    rehearsal filtered_measurements 1 --measurement cpu
}

@test "a run that skips measurements by a regex is a rehearsal" {
    rehearsal filtered_measurements 1 --migrate-skip-regex '^mem'
}

@test "a run that doesn't reach back to the oldest points is a rehearsal" {
    rehearsal time 1 --migrate-end-time-offset 10
}

@test "the page of a rehearsal says so, and a filter that leaves nothing out makes a run no less complete" {
    four_tenants
    run_json first --tenant a
    run -0 tenants report --html -
    says '<span class="verdict going">rehearsed</span>'
    run_json all --measurement '.*'
    expect_status 0
    summarizes '.complete and .reasons == []'
}

@test "a run that verifies nothing, or finds points without a tenant, is not complete" {
    four_tenants
    run_json first --no-verify
    summarizes '.complete == false and (.reasons | map(.reason)) == ["unverified"]'
    echo "cpu,other=x value=1 $T" | load_points
    run_json second
    expect_status 0
    summarizes '.complete == false and any(.reasons[]; .reason == "unassigned" and .count == 1)'
    run -0 tenants run
    says '^Done, but for what is named below: '
}
