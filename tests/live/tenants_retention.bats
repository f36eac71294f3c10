#!/usr/bin/env bats
# Retention policies: of the targets, which clip what is copied, and of the source.

load ../lib/live

setup_file() { influxd_start; }
teardown_file() { influxd_stop; }
setup() { fresh_database; }
teardown() { drop_databases; }

HOUR=3600000000000
DAY=$((24 * HOUR))

# A point every 6 hours for 30 days, none within 3 hours of a border of days: sampled TENANT...
sampled() {
    local tenant i
    for tenant; do
        for ((i = 0; i < 120; i++)); do
            echo "cpu.idle_perc,_tenant_id=$tenant value=$i $((NOW - i * 6 * HOUR - 3 * HOUR))"
        done
    done | load_points
}

# The default policy of a database: NAME DURATION
default_policy() {
    influx "SHOW RETENTION POLICIES ON \"$1\"" |
        jq -r '.results[0].series[0] | .columns as $c | .values[] | [$c, .] | transpose | map({(.[0]): .[1]}) | add
            | select(.default) | "\(.name) \(.duration)"'
}

@test "project:2w,project2:1d gives each its policy and nothing older" {
    sampled project project2 project3
    run_json events --migrate-retention-policy project:2w,project2:1d
    expect_status 0
    compare --keep project=$((NOW - 14 * DAY)) --keep project2=$((NOW - DAY))
    [ "$(default_policy "${DB}_project")" = '2w 336h0m0s' ]
    [ "$(default_policy "${DB}_project2")" = '1d 24h0m0s' ]
    [ "$(default_policy "${DB}_project3")" = 'autogen 0s' ]
    expect_field points_clipped $((64 + 116))
}

@test "a plain number counts in weeks by default" {
    sampled project
    run_json events --migrate-retention-policy project:2
    expect_status 0
    compare --keep project=$((NOW - 14 * DAY))
    [ "$(default_policy "${DB}_project")" = '2w 336h0m0s' ]
}

@test "a plain number counts in the time unit" {
    sampled project
    run_json events --migrate-retention-policy project:2 --migrate-time-unit d
    expect_status 0
    compare --keep project=$((NOW - 2 * DAY))
    [ "$(default_policy "${DB}_project")" = '2d 48h0m0s' ]
}

@test "default_retention_hours names and makes the policy of the others" {
    sampled project other
    write_conf 'default_retention_hours = 240'
    run_json events --migrate-retention-policy project:1w
    expect_status 0
    compare --keep project=$((NOW - 7 * DAY)) --keep other=$((NOW - 10 * DAY))
    [ "$(default_policy "${DB}_other")" = '240h 240h0m0s' ]
}

@test "an existing policy of the same name and another length is kept, and said" {
    sampled project
    influx "CREATE DATABASE ${DB}_project WITH DURATION 20d REPLICATION 1 NAME \"2w\"" >/dev/null
    run tenants run --migrate-retention-policy project:2w
    expect_status 0
    says '^warning: tenant project: the database is there with the default policy 2w \(20d\), which is kept; asked for was 2w'
    [ "$(default_policy "${DB}_project")" = '2w 480h0m0s' ]
    compare --keep project=$((NOW - 20 * DAY))
}

@test "an existing database with another default policy keeps it, and is clipped by it" {
    sampled project
    influx "CREATE DATABASE ${DB}_project WITH DURATION 3d REPLICATION 1 NAME mine" >/dev/null
    run_json events
    expect_status 0
    [ "$(default_policy "${DB}_project")" = 'mine 72h0m0s' ]
    compare --keep project=$((NOW - 3 * DAY))
}

@test "an existing database with points of its own loses none of them" {
    sampled project
    influx "CREATE DATABASE ${DB}_project" >/dev/null
    printf 'fresh,_tenant_id=project value=1 %s\n' "$NOW" | "$LIB/influx.py" load "${DB}_project"
    run_json events
    expect_status 0
    compare --allow-more
    [ "$(influx_values "SELECT count(value) FROM ${DB}_project..fresh" 1)" -eq 1 ]
}

@test "points close to the edge of what a policy keeps cost no other point" {
    # One a second for half an hour around the edge, which moves on while the copy runs, and others far off.
    for ((i = -900; i < 900; i++)); do
        echo "edge,_tenant_id=project value=$i $((NOW - DAY + i * 1000000000))"
        echo "edge2,_tenant_id=project value=$i $((NOW - DAY + i * 1000000000))"
        echo "inside,_tenant_id=project value=$i $((NOW - DAY / 2 + i * 1000000000))"
    done | load_points
    run_json events --migrate-retention-policy project:1d
    expect_status 0
    compare --allow-more --keep project=$((NOW - DAY + 800 * 1000000000)) --measurement '^edge'
    compare --allow-more --measurement inside
}

@test "a wrong retention list is a usage error before anything is made" {
    sampled project
    for wrong in project project: project:x project:2y :2w project:-1 project:0; do
        run tenants run --migrate-retention-policy "$wrong"
        expect_status 2
    done
    run -1 has_database "${DB}_proj"
}

@test "of several policies of the source the default is copied and the others are named" {
    sampled project
    influx "CREATE RETENTION POLICY second ON $DB DURATION 30d REPLICATION 1" >/dev/null
    generate policy | load_points --rp second
    run tenants run
    expect_status 0
    says '^warning: retention policy second of the source is not copied'
    compare
}

@test "--source-retention-policy NAME copies that one alone" {
    sampled project
    influx "CREATE RETENTION POLICY \"se cond\" ON $DB DURATION 30d REPLICATION 1" >/dev/null
    generate policy | load_points --rp 'se cond'
    run_json events --source-retention-policy 'se cond'
    expect_status 0
    compare --rp 'se cond'
}

@test "--source-retention-policy all copies every one" {
    sampled project
    influx "CREATE RETENTION POLICY second ON $DB DURATION 30d REPLICATION 1" >/dev/null
    generate policy | load_points --rp second
    run_json events --source-retention-policy all
    expect_status 0
    compare --rp all
}

@test "a source policy that isn't there is an error that names it" {
    sampled project
    run -2 tenants run --source-retention-policy seccond
    says "^error: the database $DB has no retention policy 'seccond'; it has .*autogen"
}
