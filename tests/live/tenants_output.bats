#!/usr/bin/env bats
# What a person and a program see of a run.

load ../lib/live

setup_file() { influxd_start; }
teardown_file() { influxd_stop; }
setup() {
    fresh_database
    generate small --tenants 2 --weeks 2 --per-week 50 | load_points
}
teardown() { drop_databases; }

A0=000000000000000000000000000000a0

@test "--output json gives one object a line, each with its event, the summary last" {
    run_json events
    expect_status 0
    holds 'has("event")' "$EVENTS"
    [ "$(jq -c . "$EVENTS" | wc -l)" -eq "$(wc -l <"$EVENTS")" ]
    [ "$(jq -s '[.[] | select(.event == "summary")] | length' "$EVENTS")" -eq 1 ]
    for field in tenants_total tenants_done windows_total windows_done windows_failed statements points_written \
        points_unassigned points_clipped points_skipped status; do
        # shellcheck disable=SC2016  # the variable is jq's
        tail -n 1 "$EVENTS" | holds --arg f "$field" '.[$f] | type == "number" and . == floor'
    done
    expect_field tenants_total 2
    expect_field tenants_done 2
    expect_field windows_failed 0
    expect_field status 0
    # 5 metrics and now and then alarm history, for 2 tenants.
    expect_field points_written $((2 * (5 * 100 + 5)))
}

@test "the summary is a person's: tenants, points, and no control character in a pipe" {
    run tenants run
    expect_status 0
    says '^Done: 1,010 points copied in [0-9.]+s; 2 of 2 tenants and ([0-9]+) of \1 windows are complete\.'
    run -1 grep -P '[\x00-\x08\x0b-\x1f\x7f]' <<<"$output"
}

@test "data goes to standard output, the rest to standard error" {
    tenants run --output json >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
    holds -s 'length > 2 and .[-1].event == "summary" and all(.event)' "$BATS_TEST_TMPDIR/out"
    grep -q "^tenant $A0: done in " "$BATS_TEST_TMPDIR/err"
    run -1 grep '"event"' "$BATS_TEST_TMPDIR/err"
}

@test "--quiet prints nothing but the result" {
    run -0 --separate-stderr tenants run --quiet
    [ -z "$stderr" ]
    says '^Done: 1,010 points copied'
    says_not '^tenant '
}

@test "a terminal gets a progress line, with tenants and points" {
    command -v script >/dev/null || skip 'no script(1)'
    script -qec "'$PROGRAM' tenants run --config-file '$CONF' --state-dir '$STATE'" "$BATS_TEST_TMPDIR/typed" \
        </dev/null >/dev/null
    grep -qE $'\r\x1b\\[K[0-9]+%, .*points, .*tenants [0-9]/2' "$BATS_TEST_TMPDIR/typed"
}

@test "the log goes to log_file" {
    { printf '[DEFAULT]\nlog_file = %s\n' "$BATS_TEST_TMPDIR/persister.log"; cat "$CONF"; } >"$CONF.2"
    CONF=$CONF.2
    run tenants run
    expect_status 0
    grep -q "$A0\|$DB" "$BATS_TEST_TMPDIR/persister.log"
}

@test "the log goes to log_file under log_dir" {
    mkdir "$BATS_TEST_TMPDIR/logs"
    { printf '[DEFAULT]\nlog_dir = %s\nlog_file = p.log\n' "$BATS_TEST_TMPDIR/logs"; cat "$CONF"; } >"$CONF.2"
    CONF=$CONF.2
    run tenants run
    expect_status 0
    [ -s "$BATS_TEST_TMPDIR/logs/p.log" ]
}

@test "the log goes to the file handler of log_config_append" {
    cat >"$BATS_TEST_TMPDIR/logging.conf" <<END
[loggers]
keys = root
[handlers]
keys = console, file
[formatters]
keys = context
[logger_root]
level = DEBUG
handlers = console, file
[handler_console]
class = logging.StreamHandler
level = DEBUG
formatter = context
args = (sys.stderr,)
[handler_file]
class = logging.handlers.RotatingFileHandler
level = DEBUG
formatter = context
args = ('$BATS_TEST_TMPDIR/handler.log', 'a', 104857600, 5)
[formatter_context]
class = oslo_log.formatters.ContextFormatter
END
    { printf '[DEFAULT]\nlog_config_append = %s\n' "$BATS_TEST_TMPDIR/logging.conf"; cat "$CONF"; } >"$CONF.2"
    CONF=$CONF.2
    run tenants run
    expect_status 0
    [ -s "$BATS_TEST_TMPDIR/handler.log" ]
}

@test "--log-file wins over the configuration" {
    { printf '[DEFAULT]\nlog_file = %s\n' "$BATS_TEST_TMPDIR/no.log"; cat "$CONF"; } >"$CONF.2"
    CONF=$CONF.2
    run tenants run --log-file "$BATS_TEST_TMPDIR/yes.log"
    expect_status 0
    [ -s "$BATS_TEST_TMPDIR/yes.log" ]
    [ ! -e "$BATS_TEST_TMPDIR/no.log" ]
}

@test "the old script's command line works through its name" {
    ln -s "$PROGRAM" "$BATS_TEST_TMPDIR/migrate-to-db-per-tenant"
    STATE_DIRECTORY=$STATE run "$BATS_TEST_TMPDIR/migrate-to-db-per-tenant" --config-file "$CONF" \
        --migrate-retention-policy "$A0:1w,project2:1d" --migrate-skip-regex '^mem\..+' \
        --migrate-time-unit w --migrate-start-time-offset 0 --migrate-end-time-offset 520
    expect_status 0
    compare --skip '^mem\..+' --keep "$A0=$((NOW - 604800000000000))" --allow-more
    [ "$(influx_values "SHOW RETENTION POLICIES ON ${DB}_$A0" | grep -c '^1w$')" -eq 1 ]
    [ -n "$(ls "$STATE")" ]
}

@test "options may stand before the command, after it, and with =" {
    run "$PROGRAM" --config-file="$CONF" tenants run --state-dir="$STATE" --jobs=2
    expect_status 0
    compare
}

@test "several configuration files: the later wins" {
    printf '[influxdb]\nport = 1\ndatabase_name = elsewhere\n' >"$BATS_TEST_TMPDIR/first.conf"
    run "$PROGRAM" tenants run --config-file "$BATS_TEST_TMPDIR/first.conf" --config-file "$CONF" --state-dir "$STATE"
    expect_status 0
    compare
}

@test "a run whose standard output is closed says so and is not taken as done in silence" {
    run bash -c "'$PROGRAM' tenants run --config-file '$CONF' --state-dir '$STATE' --output json >/dev/full"
    [ "$status" -ne 0 ]
    run_json again
    expect_status 0
    compare
}

@test "a reader that goes away costs the status, not a message" {
    write_conf
    # With a reader, who stays, it is 0.
    run -0 tenants plan
    # It has gone before the program begins, so that what that writes can go nowhere.
    cat >"$BATS_TEST_TMPDIR/script" <<'SH'
{
    until [ -e gone ]; do sleep 0.01; done
    "$PROGRAM" tenants plan --config-file "$CONF" --state-dir "$STATE"
    echo $? >status
} | {
    exec <&-
    : >gone
    until [ -s status ]; do sleep 0.01; done
}
SH
    cd "$BATS_TEST_TMPDIR"
    run -0 bash script
    [ -z "$output" ]
    [ "$(cat status)" -eq 1 ]
}

@test "a repair says how many points it copied again" {
    tenants run --quiet >"$BATS_TEST_TMPDIR/run"
    curl -fsS --data-urlencode 'q=DROP SERIES FROM /.*/' "$INFLUX_URL/query?db=${DB}_$A0" >/dev/null
    run -1 tenants verify
    run -0 tenants verify --repair
    says 'Repaired: [1-9][0-9,]* points'
}
