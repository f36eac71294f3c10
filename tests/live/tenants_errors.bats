#!/usr/bin/env bats
# Wrong input, servers that refuse, windows that fail.

load ../lib/live

setup_file() { influxd_start; }
teardown_file() { influxd_stop; }
setup() {
    fresh_database
    write_points "m,_tenant_id=a value=1 $((NOW - 60000000000))" "m,_tenant_id=b value=1 $((NOW - 60000000000))"
}
teardown() {
    [ ! -d "$BATS_FILE_TMPDIR/auth$BATS_TEST_NUMBER" ] || "$LIB/influxd" stop "$BATS_FILE_TMPDIR/auth$BATS_TEST_NUMBER"
    INFLUX_URL=$(cat "$BATS_FILE_TMPDIR/influxd/url")
    unset INFLUX_USER INFLUX_PASSWORD
    drop_databases
}

@test "a server that isn't there is status 4, with its address and a hint" {
    write_conf 'port = 1'
    run tenants run
    expect_status 4
    says "^error: can't reach InfluxDB at http://127\.0\.0\.1:1: "
    says '^hint: is the server up'
    run tenants plan
    expect_status 4
}

@test "a host that can't be resolved is status 4" {
    write_conf 'ip_address = no-such-host.invalid'
    run tenants run
    expect_status 4
    says 'no-such-host\.invalid'
}

@test "a wrong flag is status 2 and names the nearest right one" {
    run tenants run --migrate-retention-polcy a:1w
    expect_status 2
    says '^hint: did you mean --migrate-retention-policy\?'
    run tenants run --job 3
    expect_status 2
    says '^hint: did you mean --jobs\?'
    run "$PROGRAM" tenants rnu
    expect_status 2
    says "^hint: did you mean 'monasca-migrate tenants run'"
}

@test "a wrong value of a flag is status 2, and names what is allowed" {
    for wrong in --jobs=0 --jobs=x --migrate-time-unit=m --migrate-start-time-offset=-1 --migrate-end-time-offset=x \
        --overlap=soon '--measurement=(' '--migrate-skip-regex=[' --output=xml; do
        run tenants run "$wrong"
        expect_status 2
        says "^error: ${wrong%%=*}: "
    done
    run tenants run --migrate-time-unit x
    says "^error: --migrate-time-unit: 'x' is not allowed; allowed are h, d, w$"
    run -1 has_database "${DB}_a"
    run -2 tenants run --migrate-start-time-offset 5 --migrate-end-time-offset 5
    says '^error: --migrate-start-time-offset must be less than --migrate-end-time-offset'
}

@test "a wrong value in the configuration is status 3, with file, section and key" {
    for wrong in 'port = x' 'port = 70000' 'ssl = maybe' 'default_retention_hours = x' 'batch_size = many'; do
        write_conf "$wrong"
        run tenants run
        expect_status 3
        says "^error: $CONF, line [0-9]+: \[influxdb\] ${wrong%% *}: '${wrong##* }' is wrong"
    done
    run -1 has_database "${DB}_a"
}

@test "a configuration file that isn't there is status 3, and named" {
    run "$PROGRAM" tenants run --config-file /no/such.conf --state-dir "$STATE"
    expect_status 3
    says "^error: can't read /no/such\.conf: "
}

@test "a value that isn't used by this command may be wrong" {
    printf '[kafka]\nport = x\n[repositories]\nnonsense = [\n' >>"$CONF"
    run_json events
    expect_status 0
    compare
}

@test "a point that is refused leaves the others alone, and the reason is told in the server's words" {
    # The target has the field with another type: what stands there stays.
    influx "CREATE DATABASE ${DB}_a" >/dev/null
    printf 'm,_tenant_id=a value="text" %s\n' "$((NOW - 60000000000))" | "$LIB/influx.py" load "${DB}_a"
    write_points "m,_tenant_id=a value=3 $((NOW - 40 * 86400000000000))" \
        "fine,_tenant_id=a value=3 $((NOW - 60000000000))"
    run_json events
    expect_status 1
    expect_field points_refused 1
    run tenants run
    expect_status 1
    says '1 point\. They stand in'
    compare --allow-more --tenant b
    [ "$(influx_values "SELECT count(value) FROM ${DB}_a..fine" 1)" -eq 1 ]
    [ "$(influx_values "SELECT count(value) FROM ${DB}_a..m WHERE time < now() - 30d" 1)" -eq 1 ]
    run -1 tenants status
    says '^refused: tenant a, .*field type conflict'
    # Once mended, the same command copies what failed and no more.
    influx "DROP DATABASE ${DB}_a" >/dev/null
    influx "CREATE DATABASE ${DB}_a" >/dev/null
    run_json after --full
    expect_status 0
    compare
}

@test "a window that fails leaves the others alone, and is tried again by the next run" {
    local source=$INFLUX_URL
    write_points "fine,_tenant_id=a value=1 $NOW" m,_tenant_id=a,host={1..9}" value=1 $NOW"
    influxd_start limited data.max-values-per-tag=5
    LIMITED=$INFLUX_URL
    influx "CREATE DATABASE ${DB}_a" >/dev/null
    printf '%s\n' m,_tenant_id=a,host={1..5}" value=1 $NOW" | "$LIB/influx.py" load "${DB}_a"
    INFLUX_URL=$source
    run_json events --target-url "$LIMITED"
    expect_status 1
    says '^warning: failed: tenant a, measurement m, .*max-values-per-tag'
    expect_field windows_failed 1
    [ "$(INFLUX_URL=$LIMITED influx_values "SELECT count(value) FROM ${DB}_a..fine" 1)" -eq 1 ]
    run -1 tenants status
    says '^failed: tenant a, .*max-values-per-tag'
    "$LIB/influxd" kill "$BATS_FILE_TMPDIR/limited"
    influxd_start limited "port=${LIMITED##*:}"
    INFLUX_URL=$source
    run_json after --target-url "$LIMITED"
    expect_status 0
    compare --target-url "$LIMITED"
}

@test "a refused point is tried again by the next run" {
    influx "CREATE DATABASE ${DB}_a" >/dev/null
    printf 'm,_tenant_id=a value="text" %s\n' "$((NOW - 60000000000))" | "$LIB/influx.py" load "${DB}_a"
    run_json first
    expect_status 1
    influx "DROP MEASUREMENT m ON ${DB}_a" >/dev/null 2>&1 ||
        influx "DROP DATABASE ${DB}_a" >/dev/null
    has_database "${DB}_a" || influx "CREATE DATABASE ${DB}_a" >/dev/null
    run_json second
    expect_status 0
    compare
}

# A second server, with authentication: an admin, a persister that may do all, an API that reads.
with_auth() {
    influxd_start "auth$BATS_TEST_NUMBER" http.auth-enabled=true
    export INFLUX_USER=admin INFLUX_PASSWORD=secret
    # The first user may be made without credentials.
    INFLUX_USER='' "$LIB/influx.py" query "CREATE USER admin WITH PASSWORD 'secret' WITH ALL PRIVILEGES" >/dev/null
    influx "CREATE DATABASE $DB" >/dev/null
    write_points "m,_tenant_id=a value=1 $((NOW - 60000000000))" "m,_tenant_id=b value=1 $((NOW - 60000000000))"
}

@test "a wrong password is status 4, and the password stands nowhere" {
    with_auth
    INFLUX_PASSWORD='wr0ng#pass;"' write_conf
    run tenants run --debug
    expect_status 4
    says "^error: InfluxDB at $INFLUX_URL refuses the user 'admin': "
    says '^hint: check user and password'
    says_not 'wr0ng'
    run ! grep -rF 'wr0ng' "$STATE"
    run -1 grep -F 'wr0ng' "$INFLUX_DIR/log"
}

@test "a source that isn't there is status 3: nothing was copied, so a script must not go on" {
    write_conf 'database_name = nowhere'
    run -3 tenants run
    says "no database 'nowhere'"
    says '^hint: .*database_name'
}

@test "what names nothing in the source is said" {
    write_points "m,_tenant_id=a value=1 $((NOW - HOUR))"
    run -1 tenants run --migrate-retention-policy nobody:2w --tenant c --measurement x --measurement m
    says 'warning: --migrate-retention-policy nobody: the source has no points of this tenant'
    says 'warning: --tenant c: the source has no points of this tenant'
    says 'warning: --measurement x: the source has no measurement that it matches'
    says_not 'warning: --measurement m'
}

@test "a user that may not create databases is status 4 or 1, and what it lacks is said" {
    with_auth
    influx "CREATE USER weak WITH PASSWORD 'weak'" >/dev/null
    influx "GRANT READ ON $DB TO weak" >/dev/null
    INFLUX_USER=weak INFLUX_PASSWORD=weak write_conf
    run -4 tenants run
    says "^error: InfluxDB at $INFLUX_URL refuses the user 'weak': .*requires admin privilege"
    says '^hint: .*GRANT ALL PRIVILEGES TO "?weak'
    says_not '\bbug\b'
}

@test "the grants on the source are repeated on each target" {
    with_auth
    influx "CREATE USER \"mon api\" WITH PASSWORD 'x'" >/dev/null
    influx "GRANT READ ON $DB TO \"mon api\"" >/dev/null
    influx "CREATE USER writer WITH PASSWORD 'x'" >/dev/null
    influx "GRANT ALL ON $DB TO writer" >/dev/null
    influx "CREATE USER stranger WITH PASSWORD 'x'" >/dev/null
    write_conf
    run_json events
    expect_status 0
    compare
    for target in "${DB}_a" "${DB}_b"; do
        [ "$(grants_of 'mon api' "$target")" = READ ]
        [ "$(grants_of writer "$target")" = 'ALL PRIVILEGES' ]
        [ -z "$(grants_of stranger "$target")" ]
    done
}

grants_of() {
    influx "SHOW GRANTS FOR \"$1\"" |
        jq -r --arg database "$2" '.results[0].series[0].values[]? | select(.[0] == $database) | .[1]'
}

@test "--no-grants leaves the grants as they are" {
    with_auth
    influx "CREATE USER api WITH PASSWORD 'x'" >/dev/null
    influx "GRANT READ ON $DB TO api" >/dev/null
    write_conf
    run_json events --no-grants
    expect_status 0
    compare
    [ -z "$(grants_of api "${DB}_a")" ]
}

@test "a password with # ; quotes and blanks is sent as it is, and in no URL" {
    with_auth
    influx "CREATE USER odd WITH PASSWORD 'a#b;c \"d\" %41&x=1' WITH ALL PRIVILEGES" >/dev/null
    INFLUX_USER=odd INFLUX_PASSWORD='a#b;c "d" %41&x=1' write_conf
    run_json events --debug
    expect_status 0
    compare
    run -1 grep -F 'a#b' "$INFLUX_DIR/log" "$EVENTS" "$EVENTS.err"
}
