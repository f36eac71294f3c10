#!/usr/bin/env bats
# The old script's own options where oslo.config finds them, too: in [DEFAULT] of a file, or in the environment.

load ../lib/live

setup_file() { influxd_start; }
teardown_file() { influxd_stop; }
setup() {
    fresh_database
    ln -s "$PROGRAM" "$BATS_TEST_TMPDIR/migrate-to-db-per-tenant"
    export PATH=$BATS_TEST_TMPDIR:$PATH STATE_DIRECTORY=$STATE
    HOUR=3600000000000
    for tenant in project project2; do
        for age in 1 30 100 400 2000; do
            echo "cpu.idle_perc,_tenant_id=$tenant value=$age $((NOW - age * HOUR))"
            echo "log.errors,_tenant_id=$tenant value=$age $((NOW - age * HOUR))"
            echo "disk.used,_tenant_id=$tenant value=$age $((NOW - age * HOUR))"
        done
    done | load_points
}
teardown() { drop_databases; }

# The ages, in hours, of what a target holds: ages TENANT MEASUREMENT
ages() {
    influx "SELECT value FROM \"${DB}_$1\"..\"$2\"" | jq -r '[.results[0].series[]?.values[][1]] | sort | map(tostring) | join(" ")'
}

configure() {
    printf '[DEFAULT]\n' >>"$CONF"
    printf '%s\n' "$@" >>"$CONF"
}

@test "the old script's options may stand in [DEFAULT] of the file" {
    configure 'migrate_time_unit = d' 'migrate_start_time_offset = 1' 'migrate_end_time_offset = 30' \
        'migrate_skip_regex = ^log\..+, ^disk' 'migrate_retention_policy = project:10, project2 : 2w'
    run -0 migrate-to-db-per-tenant --config-file "$CONF"
    [ "$(ages project cpu.idle_perc)" = '30 100' ]
    [ "$(ages project2 cpu.idle_perc)" = '30 100' ]
    [ -z "$(ages project log.errors)" ]
    [ -z "$(ages project disk.used)" ]
    [ "$(influx_values "SHOW RETENTION POLICIES ON \"${DB}_project\"")" = 10d ]
    [ "$(influx_values "SHOW RETENTION POLICIES ON \"${DB}_project2\"")" = 2w ]
}

@test "they mean the same under the new name, and a run that they bound says so" {
    configure 'migrate_skip_regex = ^log'
    run -0 tenants run
    [ -z "$(ages project log.errors)" ]
    [ "$(ages project disk.used)" = '1 30 100 400 2000' ]
    says 'migrate_.* of section .DEFAULT.'
    says '1 measurement is left out by a filter'
    run -0 tenants verify
    run -1 tenants check
    says 'log\.errors'
}

@test "the environment sets them, too, and wins over the file; the command line wins over both" {
    configure 'migrate_skip_regex = ^disk' 'migrate_time_unit = w' 'migrate_end_time_offset = 1'
    export OS_DEFAULT__MIGRATE_SKIP_REGEX='^log' OS_DEFAULT__MIGRATE_TIME_UNIT=d OS_DEFAULT__MIGRATE_END_TIME_OFFSET=3
    run -0 migrate-to-db-per-tenant --config-file "$CONF" --migrate-end-time-offset 5
    [ -z "$(ages project log.errors)" ]
    [ "$(ages project disk.used)" = '1 30 100' ]
}

@test "of several --migrate-skip-regex the last one counts under the old name, and all under the new one" {
    run -0 migrate-to-db-per-tenant --config-file "$CONF" --migrate-skip-regex ^log --migrate-skip-regex ^disk
    [ "$(ages project log.errors)" = '1 30 100 400 2000' ]
    [ -z "$(ages project disk.used)" ]
    drop_databases
    fresh_database
    echo "log.errors,_tenant_id=project value=1 $((NOW - HOUR))
disk.used,_tenant_id=project value=1 $((NOW - HOUR))
cpu,_tenant_id=project value=1 $((NOW - HOUR))" | load_points
    run -0 tenants run --full --migrate-skip-regex ^log --migrate-skip-regex ^disk
    [ -z "$(ages project log.errors)$(ages project disk.used)" ]
    [ "$(ages project cpu)" = 1 ]
}

@test "blanks behind the commas of lists on the command line don't count" {
    run -0 migrate-to-db-per-tenant --config-file "$CONF" --migrate-skip-regex '^log, ^disk ,' \
        --migrate-retention-policy 'project: 10d, project2:2w'
    [ -z "$(ages project log.errors)$(ages project disk.used)" ]
    [ "$(ages project cpu.idle_perc)" = '1 30 100' ]
}

@test "negative hours mean no policy, and a negative batch all in one, as before" {
    sed -i '/^\[influxdb\]/a default_retention_hours = -1\nbatch_size = -1' "$CONF"
    run -0 migrate-to-db-per-tenant --config-file "$CONF"
    [ "$(ages project cpu.idle_perc)" = '1 30 100 400 2000' ]
    [ "$(influx_values "SHOW RETENTION POLICIES ON \"${DB}_project\"")" = autogen ]
}

@test "a wrong value in the file is an error of the configuration that names file and key" {
    configure 'migrate_time_unit = m'
    run -3 migrate-to-db-per-tenant --config-file "$CONF"
    says "$CONF, line [0-9]*: \[DEFAULT\] migrate_time_unit"
}
