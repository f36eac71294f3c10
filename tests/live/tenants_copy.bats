#!/usr/bin/env bats
# What stands in the tenants' databases after a run, read past the program.

load ../lib/live

setup_file() { influxd_start; }
teardown_file() { influxd_stop; }
setup() { fresh_database; }
teardown() { drop_databases; }

@test "every point of the traps stands in its tenant's database, typed, and nothing else does" {
    generate traps | load_points
    run_json events
    expect_status 1 # for the tenants that can have no database
    compare
}

@test "the traps arrive whole from shard groups of a day" {
    influx "CREATE RETENTION POLICY persister_all ON $DB DURATION 90d REPLICATION 1 DEFAULT" >/dev/null
    generate traps | load_points
    run_json events
    expect_status 1
    compare
}

@test "the traps arrive whole with one statement in flight, and with sixteen" {
    generate traps | load_points
    run_json one --jobs 1
    expect_status 1
    compare
    drop_targets
    run_json sixteen --jobs 16 --full
    expect_status 1
    compare
}

drop_targets() {
    databases | grep -F "${DB}_" | while IFS= read -r name; do
        influx "DROP DATABASE $(identifier "$name")" >/dev/null
    done
}

@test "comparing finds a value that changed, one that is missing, and one too many" {
    write_points 'm,_tenant_id=a value=1 1000' 'm,_tenant_id=a value=2 2000'
    influx "CREATE DATABASE ${DB}_a" >/dev/null
    printf 'm,_tenant_id=a value=1 1000\nm,_tenant_id=a value=2i 700000000000000\n' | "$LIB/influx.py" load "${DB}_a"
    run -1 compare
    [[ $output == *missing* && $output == *'too much'* ]]
    printf 'm,_tenant_id=a value=3 2000\n' | "$LIB/influx.py" load "${DB}_a"
    run -1 compare
    [[ $output == *'2.0 became 3.0'* ]]
}

@test "the source holds the same before and after, and no statement names it as a target" {
    generate traps | load_points
    before=$(digest)
    run_json events
    expect_status 1
    [ "$(digest)" = "$before" ]
    into=$(statements_into | grep -F "$DB")
    [ -n "$into" ]
    # A target's name goes on behind the source's.
    run -1 grep -E "INTO \\\\?\"?$DB\\\\?\"?\\." <<<"$into"
}

@test "alarm history goes to the tenant in its tag tenant_id, every string as it was" {
    generate small --tenants 2 --weeks 1 --per-week 100 | load_points
    run_json events
    expect_status 0
    compare
    [ "$(count_history "${DB}_000000000000000000000000000000a1")" -eq 5 ]
}

count_history() {
    influx_values "SELECT count(reason) FROM \"$1\"..alarm_state_history" 1
}

@test "a user's metric called alarm_state_history goes by its _tenant_id, not by its dimension tenant_id" {
    write_points "alarm_state_history,_tenant_id=a,tenant_id=b value=1 ${NOW%?????????}000000000"
    run_json events
    expect_status 0
    compare
    has_database "${DB}_a"
    run -1 has_database "${DB}_b"
}

@test "--tenant-tag names another tag of alarm history's tenant" {
    write_points "alarm_state_history,project_id=p reason=\"x\" $((NOW - 60000000000))" \
        "alarm_state_history,tenant_id=t reason=\"y\" $((NOW - 60000000000))"
    run_json events --tenant-tag project_id
    expect_status 0
    compare --tenant-tag project_id
    has_database "${DB}_p"
    has_database "${DB}_t"
}

@test "points and measurements without a tenant stay behind, named and counted, with status 0" {
    generate small --tenants 2 --weeks 1 --per-week 20 | load_points
    for i in 1 2 3 4 5 6 7; do
        echo "lost.metric,host=h value=$i $((NOW - i * 3600000000000))"
        echo "cpu.idle_perc,host=h value=$i $((NOW - i * 3600000000000))"
    done | load_points
    run_json events
    expect_status 0
    expect_field points_unassigned 14
    compare
    run tenants run --full
    expect_status 0
    says '^warning: measurement lost\.metric has no tag that names a tenant'
    says '^Left behind: 14 points without a tenant\.'
}

@test "a tenant that can be no database's name is reported, the others are copied, status 1" {
    write_points "m,_tenant_id=sl/ash value=1 $((NOW - 60000000000))" "m,_tenant_id=good value=2 $((NOW - 60000000000))" \
        "m,_tenant_id=back\\slash value=3 $((NOW - 60000000000))"
    run tenants run
    expect_status 1
    says "^warning: tenant sl/ash can't be copied"
    compare
    has_database "${DB}_good"
    # Trying again doesn't make it better, and says so again.
    run tenants run
    expect_status 1
    says "^warning: tenant sl/ash can't be copied"
}

@test "a tenant with a name longer than a database may have is reported, the others are copied" {
    write_points "m,_tenant_id=$(printf 'x%.0s' {1..300}) value=1 $((NOW - 60000000000))" \
        "m,_tenant_id=good value=2 $((NOW - 60000000000))"
    run tenants run
    expect_status 1
    compare
    has_database "${DB}_good"
}

@test "a tenant called x' OR _tenant_id != ' gets its own points and nobody else's" {
    write_points "m,_tenant_id=x'\\ OR\\ _tenant_id\\ !\\=\\ ' value=1 $((NOW - 60000000000))" \
        "m,_tenant_id=other value=2 $((NOW - 60000000000))"
    run_json events
    expect_status 0
    compare
    [ "$(count "${DB}_x' OR _tenant_id != '")" -eq 1 ]
}

@test "a measurement whose name no statement can hold is copied or named as failed, and the others are copied" {
    generate unsayable | load_points
    run tenants run
    case $status in
    0) compare ;;
    1)
        says 'failed: .*nul'
        compare --skip 'nul.name'
        ;;
    *) expect_status 0 ;;
    esac
}

@test "the source's own name may be hostile" {
    DB="t${BATS_TEST_NUMBER} \"q' ;--%41"
    influx "CREATE DATABASE $(identifier "$DB") WITH DURATION INF REPLICATION 1 NAME \"po\\\"li cy'\"" >/dev/null
    write_conf
    generate small --tenants 2 --weeks 2 --per-week 50 | load_points
    run_json events
    expect_status 0
    compare
}

@test "--tenant copies this tenant alone" {
    generate small --tenants 3 --weeks 1 --per-week 50 | load_points
    run_json events --tenant 000000000000000000000000000000a1
    expect_status 0
    compare --tenant 000000000000000000000000000000a1
    # The others follow later: the journal doesn't take them as done.
    run_json rest
    expect_status 0
    compare
}

@test "--measurement copies what matches, and a later run without it the rest" {
    generate small --tenants 2 --weeks 2 --per-week 50 | load_points
    run_json events --measurement '^cpu\.' --measurement mem
    expect_status 0
    compare --measurement '^cpu\.' --measurement mem
    run_json rest
    expect_status 0
    compare
}

@test "--migrate-skip-regex takes several, each anchored at the start of the name" {
    generate small --tenants 2 --weeks 1 --per-week 50 | load_points
    run_json events --migrate-skip-regex '^cpu\..+,free_mb,disk'
    expect_status 0
    # mem.free_mb does not begin with free_mb.
    compare --skip '^cpu\..+' --skip free_mb --skip disk
    [ "$(summary "$EVENTS" points_skipped)" -gt 0 ]
}

@test "offsets count back from now in units, and what lies outside stays behind" {
    for i in 1 3 5 7 9 11; do
        echo "m,_tenant_id=a value=$i $((NOW - i * 12 * 3600000000000))"
    done | load_points
    # (now-4d, now-1d]: the points of 36, 60 and 84 hours ago.
    run_json events --migrate-time-unit d --migrate-start-time-offset 1 --migrate-end-time-offset 4
    expect_status 0
    compare --since $((NOW - 4 * 86400000000000)) --until $((NOW - 86400000000000))
    [ "$(count "${DB}_a")" -eq 3 ]
}

@test "plan and --dry-run say what would be done, and do nothing" {
    generate small --tenants 2 --weeks 2 --per-week 50 | load_points
    write_points "lost.metric value=1 $((NOW - 60000000000))"
    run tenants plan
    expect_status 0
    says '000000000000000000000000000000a0'
    says 'lost\.metric'
    run tenants run --dry-run
    expect_status 0
    expect_no_target
    run -1 grep -F "${DB}_" <<<"$(statements_into)"
}

@test "plan --output json is one document" {
    generate small --tenants 2 --weeks 2 --per-week 50 | load_points
    tenants plan --output json >"$BATS_TEST_TMPDIR/plan"
    holds -s 'length == 1' "$BATS_TEST_TMPDIR/plan"
    grep -q 000000000000000000000000000000a1 "$BATS_TEST_TMPDIR/plan"
}

@test "a source without points is done at once" {
    run_json events
    expect_status 0
    expect_field points_written 0
}

@test "a source that isn't there is an error that names it" {
    write_conf 'database_name = not_there'
    run -3 tenants run
    says "^error: there is no database 'not_there'"
    run -1 has_database not_there
}
