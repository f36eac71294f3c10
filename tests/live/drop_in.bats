#!/usr/bin/env bats
# The old script's name and command line, to the letter, with the old meaning and statuses.

load ../lib/live

setup_file() { influxd_start; }
teardown_file() { influxd_stop; }
setup() {
    fresh_database
    ln -s "$PROGRAM" "$BATS_TEST_TMPDIR/migrate-to-db-per-tenant"
    export PATH=$BATS_TEST_TMPDIR:$PATH STATE_DIRECTORY=$STATE
    HOUR=3600000000000
    for tenant in project project2 project3; do
        for age in 1 30 100 400 2000 9000; do
            echo "cpu.idle_perc,_tenant_id=$tenant,_region=R value=$age,value_meta=\"{}\" $((NOW - age * HOUR))"
            echo "log.errors,_tenant_id=$tenant,_region=R value=$age,value_meta=\"{}\" $((NOW - age * HOUR))"
        done
    done | load_points
}
teardown() { drop_databases; }

# The ages, in hours, of what a target holds: ages TENANT MEASUREMENT
ages() {
    influx "SELECT value FROM \"${DB}_$1\"..\"$2\"" | jq -r '[.results[0].series[]?.values[][1]] | sort | map(tostring) | join(" ")'
}

policy() {
    influx_values "SHOW RETENTION POLICIES ON \"${DB}_$1\"" | paste -sd ' '
}

@test "the command line of the old manual means what it says there" {
    # As its README writes it; the shell makes one backslash of two.
    run -0 migrate-to-db-per-tenant --config-file "$CONF" --migrate-retention-policy project:2w,project2:1d \
        --migrate-skip-regex ^log\\..+ --migrate-time-unit w --migrate-start-time-offset 0 --migrate-end-time-offset 520
    [ "$(ages project cpu.idle_perc)" = '1 30 100' ]
    [ "$(ages project2 cpu.idle_perc)" = 1 ]
    [ "$(ages project3 cpu.idle_perc)" = '1 30 100 400 2000 9000' ]
    [ -z "$(ages project3 log.errors)" ]
    [ "$(policy project)" = 2w ]
    [ "$(policy project2)" = 1d ]
}

@test "a plain number in --migrate-retention-policy counts in --migrate-time-unit, as in the old code" {
    run -0 migrate-to-db-per-tenant --config-file "$CONF" --migrate-retention-policy project:2,project2:40 --migrate-time-unit d
    [ "$(ages project cpu.idle_perc)" = '1 30' ]
    [ "$(ages project2 cpu.idle_perc)" = '1 30 100 400' ]
}

@test "--name=value means --name value" {
    run -0 migrate-to-db-per-tenant --config-file="$CONF" --migrate-retention-policy=project:2w --migrate-skip-regex='^log' \
        --migrate-time-unit=w --migrate-start-time-offset=0 --migrate-end-time-offset=520
    [ "$(ages project cpu.idle_perc)" = '1 30 100' ]
}

@test "the offsets count back from now in units" {
    run -0 migrate-to-db-per-tenant --config-file "$CONF" --migrate-time-unit d --migrate-start-time-offset 1 --migrate-end-time-offset 5
    [ "$(ages project cpu.idle_perc)" = '30 100' ]
}

@test "the regex is anchored at the start, and commas part several" {
    run -0 migrate-to-db-per-tenant --config-file "$CONF" --migrate-skip-regex 'errors,cpu,idle'
    [ -z "$(ages project cpu.idle_perc)" ]
    [ "$(ages project log.errors)" = '1 30 100 400 2000 9000' ]
}

@test "others get the policy of default_retention_hours" {
    write_conf 'default_retention_hours = 96'
    run -0 migrate-to-db-per-tenant --config-file "$CONF" --migrate-retention-policy project:2w
    [ "$(policy project3)" = 96h ]
    [ "$(ages project3 cpu.idle_perc)" = '1 30' ]
    [ "$(ages project cpu.idle_perc)" = '1 30 100' ]
}

@test "it can be run again, and writes none of the old script's files" {
    cd "$BATS_TEST_TMPDIR"
    run -0 migrate-to-db-per-tenant --config-file "$CONF"
    before=$(digest "${DB}_project")
    run -0 migrate-to-db-per-tenant --config-file "$CONF"
    [ "$(digest "${DB}_project")" = "$before" ]
    for file in migrate-measurements migrate-success migrate-failure; do [ ! -e "$file" ]; done
}

@test "the statuses that scripts know: 0 done, 2 a wrong command line, and not 0 for what fails" {
    run -0 migrate-to-db-per-tenant --config-file "$CONF"
    run -2 migrate-to-db-per-tenant --config-file "$CONF" --migrate-time-unit month
    run -3 migrate-to-db-per-tenant --config-file "$BATS_TEST_TMPDIR/none.conf"
    says '^error: .*none\.conf'
    write_conf 'port = 1'
    run -4 migrate-to-db-per-tenant --config-file "$CONF"
    says '^error: .*127\.0\.0\.1:1\b'
}

@test "--help and --version work under the old name" {
    run -0 migrate-to-db-per-tenant --help
    says '--migrate-retention-policy'
    run -0 migrate-to-db-per-tenant --version
    says '^monasca-migrate [0-9]'
}

@test "more than one configuration file and a directory are read, as by oslo.config" {
    mkdir "$BATS_TEST_TMPDIR/conf.d"
    printf '[influxdb]\nport = 1\nip_address = 127.0.0.1\n' >"$BATS_TEST_TMPDIR/first.conf"
    cp "$CONF" "$BATS_TEST_TMPDIR/conf.d/second.conf"
    run -0 migrate-to-db-per-tenant --config-file "$BATS_TEST_TMPDIR/first.conf" --config-dir "$BATS_TEST_TMPDIR/conf.d"
    [ "$(ages project log.errors)" = '1 30 100 400 2000 9000' ]
}

@test "the options that the old script had from oslo.log are taken under its name, and only there" {
    mkdir "$BATS_TEST_TMPDIR/logs"
    run -0 migrate-to-db-per-tenant --config-file "$CONF" --nodebug --log-dir "$BATS_TEST_TMPDIR/logs" --log-file m.log
    [ -s "$BATS_TEST_TMPDIR/logs/m.log" ]
    run -0 migrate-to-db-per-tenant --config-file "$CONF" --logdir "$BATS_TEST_TMPDIR/logs" --use-syslog
    says 'syslog.*means? nothing|mean nothing'
    [ -s "$BATS_TEST_TMPDIR/logs/migrate-to-db-per-tenant.log" ]
    printf '[handlers]\nkeys = file\n[handler_file]\nclass = FileHandler\nargs = ("%s",)\n' "$BATS_TEST_TMPDIR/logs/h.log" \
        >"$BATS_TEST_TMPDIR/logging.conf"
    run -0 migrate-to-db-per-tenant --config-file "$CONF" --log-config-append "$BATS_TEST_TMPDIR/logging.conf"
    [ -s "$BATS_TEST_TMPDIR/logs/h.log" ]
    run -2 tenants run --nodebug
}
