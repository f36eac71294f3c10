#!/usr/bin/env bats
# The plan as a person reads it, and what --count asks the server.

load ../lib/live

setup_file() { influxd_start; }
teardown_file() { influxd_stop; }
setup() {
    fresh_database
    PLAN=$BATS_TEST_TMPDIR/plan
}
teardown() { drop_databases; }

A0=000000000000000000000000000000a0
HOUR=3600000000000

planned() {
    tenants plan --output json "$@" >"$PLAN"
}

field() {
    jq -c ".$1" "$PLAN"
}

# The plan's number and that of the summary are one: agrees FIELD-OF-THE-PLAN FIELD-OF-THE-SUMMARY
agrees() {
    local planned
    planned=$(field "$1")
    [[ $planned =~ ^[0-9]+$ ]] && [ "$planned" = "$(summary "$EVENTS" "$2")" ]
}

# 60 tenants of three points each, the last with a measurement more.
many() {
    for i in {100..159}; do
        for k in 1 2 3; do echo "m,_tenant_id=t$i value=$k $((NOW - k * HOUR))"; done
    done | load_points
    write_points "other,_tenant_id=t159 value=1 $((NOW - HOUR))"
}

@test "what to know first comes first: problems, what is clipped, what belongs to nobody" {
    generate traps | load_points
    run tenants plan --migrate-retention-policy "$A0:1d"
    expect_status 1
    grep -nE '^(PROBLEM|clipped|measurements without|note|tenant )' <<<"$output" | cut -d: -f2 | cut -c1-12 | uniq >"$BATS_TEST_TMPDIR/order"
    [ "$(head -n 1 "$BATS_TEST_TMPDIR/order")" = PROBLEM ]
    [ "$(grep -n '^tenant ' "$BATS_TEST_TMPDIR/order" | cut -d: -f1)" -eq "$(wc -l <"$BATS_TEST_TMPDIR/order")" ]
    says '^measurements without a tenant'
}

@test "what the target wouldn't keep is told with its border" {
    generate small --tenants 2 --weeks 3 --per-week 10 | load_points
    run tenants plan --migrate-retention-policy "$A0:2d"
    expect_status 0
    says "^clipped: tenant $A0: the target keeps 2d; what is before 20..-.*Z stays behind"
    [ "$(grep -c '^clipped' <<<"$output")" -eq 1 ]
}

@test "many tenants that are alike stand in one row, the others in theirs" {
    many
    run -0 tenants plan
    says '^59 tenants: t100 \.\.\. +.*_t100 \.\.\. '
    says '^t159 '
    says '^60 tenants, [0-9]+ windows to copy'
    says '^60 databases will be made'
    [ "$(wc -l <<<"$output")" -lt 15 ]
    # Named, each has its own.
    run -0 tenants plan --tenant t100 --tenant t101
    says '^t100 +'
    says '^t101 +'
    says '^Tenant t100'
    says 'measurements that one statement copies together: 1: m$'
    says '^tenants left out by a filter: 58'
}

@test "problems that many tenants have are one line" {
    for i in {100..130}; do echo "m,_tenant_id=a/$i value=1 $((NOW - HOUR))"; done | load_points
    run -1 tenants plan
    [ "$(grep -c '^PROBLEM' <<<"$output")" -eq 1 ]
    says '^PROBLEM: 31 tenants \(a/100, a/101, a/102 and 28 more\): '
}

@test "--count tells the very points that a run then copies, and leaves" {
    generate small --tenants 3 --weeks 3 --per-week 50 | load_points
    write_points "nobody value=1 $((NOW - HOUR))" "cpu.idle_perc value=1 $((NOW - HOUR))"
    planned --count --migrate-skip-regex '^mem.*'
    run_json events --migrate-skip-regex '^mem.*'
    expect_status 0
    agrees points_total points_written
    agrees points_unassigned points_unassigned
    agrees points_skipped points_skipped
    agrees points_clipped points_clipped
    [ "$(field points_total)" -gt 0 ]
    [ "$(jq '[.tenants[].points] | add' "$PLAN")" = "$(field points_total)" ]
}

@test "--count after a run counts what is left" {
    generate small --tenants 2 --weeks 2 --per-week 50 | load_points
    planned --count
    [ "$(field points_total)" -eq 1010 ]
    tenants run --quiet
    write_points "brand.new,_tenant_id=$A0 value=1 $((NOW - 50 * HOUR))" "brand.new,_tenant_id=$A0 value=1 $((NOW - 30 * HOUR))"
    run -0 tenants plan --count --overlap 0s
    planned --count --overlap 0s
    [ "$(field points_total)" -eq 2 ]
    says '^2 points to copy'
}

@test "clipped points are counted for each tenant" {
    generate small --tenants 2 --weeks 3 --per-week 10 | load_points
    planned --count --migrate-retention-policy "$A0:2d"
    run_json events --migrate-retention-policy "$A0:2d"
    agrees points_clipped points_clipped
    [ "$(field points_clipped)" -gt 0 ]
    [ "$(jq --arg t "$A0" '.tenants[] | select(.tenant == $t) | .points_clipped' "$PLAN")" = "$(field points_clipped)" ]
}

@test "without --count nothing is counted, and no figure is made up" {
    many
    before=$(grep -c 'SELECT count' "$INFLUX_DIR/log" || true)
    planned
    [ "$(field points_total)" = null ]
    [ "$(field seconds_estimated_low)" = null ]
    [ "$(field 'tenants[0].points')" = null ]
    run -0 tenants plan
    says_not 'points a second|Between'
    [ "$(grep -c 'SELECT count' "$INFLUX_DIR/log" || true)" -eq "$before" ]
}

@test "the estimate says what it is based on, and goes by the last run where that was long enough" {
    generate bulk --measurements 10 --tenants 5 --weeks 4 --per-week 550 | load_points
    run -0 tenants plan --count
    says '^110,000 points to copy'
    says '^Between [0-9.]+s and [0-9.]+s: at 50\.0k to 300k points a second, as other servers did\. This one wasn.t measured'
    planned --count
    [ "$(field estimate_based_on)" = '"measured elsewhere"' ]
    planned --count --max-rate 1000
    [ "$(field seconds_estimated_low)" -eq 110 ]
    [ "$(field seconds_estimated_high)" -eq 110 ]
    # The last windows are not waited for: some 14 s instead of 18.
    tenants run --quiet --max-rate 6000
    tenants plan --output json --count --full >"$PLAN"
    [ "$(field estimate_based_on)" = '"last run"' ]
    [ "$(field seconds_estimated_low)" -ge 9 ]
    [ "$(field seconds_estimated_high)" -le 30 ]
}

@test "the points of tenants that --tenant leaves out cost a few statements, and are exact" {
    many
    write_points "nobody value=1 $((NOW - HOUR))" "m value=1 $((NOW - HOUR))"
    before=$(statements)
    run_json events --tenant t100
    expect_status 0
    after=$(statements)
    expect_field points_skipped $((59 * 3 + 1))
    expect_field points_unassigned 2
    expect_field points_written 3
    [ $((after - before)) -lt 40 ]
    before=$after
    arguments=()
    for i in {102..159}; do arguments+=(--tenant "t$i"); done
    run_json events "${arguments[@]}"
    expect_field points_skipped 6
    expect_field points_unassigned 2
}
