#!/usr/bin/env bats
# Verification: in the run, and by `tenants verify`. What is said is held against what was done to the data.

load ../lib/live

setup_file() { influxd_start; }
teardown_file() { influxd_stop; }
setup() { fresh_database; }
teardown() {
    proxy_stop
    drop_databases
}

A0=000000000000000000000000000000a0
A1=000000000000000000000000000000a1

migrated() {
    generate small --tenants 2 --weeks 2 --per-week 50 | load_points
    run_json first
    expect_status 0
}

# Points of one line each, into a target: into TENANT LINE...
into() {
    local database=${DB}_$1
    shift
    printf '%s\n' "$@" | "$LIB/influx.py" load "$database"
}

# drop_from TENANT CLAUSE: deletes in a target.
drop_from() {
    curl -s "$INFLUX_URL/query?db=${DB}_$1" --data-urlencode "q=$2" >/dev/null
}

# Is there an event in $EVENTS that fits? event NAME [CONDITION]
event() {
    holds -s --arg name "$1" "[.[] | select(.event == \$name) | select(${2:-true})] | length > 0" "$EVENTS" >/dev/null || {
        grep "$1" "$EVENTS" || cat "$EVENTS"
        return 1
    }
}

# verify_json [OPTION...]: $status; the events in $EVENTS.
verify_json() {
    EVENTS=$BATS_TEST_TMPDIR/verify
    status=0
    tenants verify --output json "$@" >"$EVENTS" 2>"$EVENTS.err" || status=$?
    output=$(cat "$EVENTS.err")
}

# Points of one tenant in one shard group, far from the cutoff.
in_one_window() {
    local i
    for i in {1..50}; do
        echo "cpu.idle_perc,_tenant_id=$A0,n=$i value=$i $((1780000000000000000 + i * 1000000))"
        echo "cpu.user_perc,_tenant_id=$A0,n=$i value=$i $((1780000000000000000 + i * 1000000))"
    done | load_points
}

# A fault for the proxy that deletes in a target: deleting TENANT STATEMENT
deleting() {
    printf "exec=curl -s '%s/query?db=%s_%s' --data-urlencode 'q=%s'" "$INFLUX_URL" "$DB" "$1" "$2"
}

# --- in the run ----------------------------------------------------------------------------------

@test "what vanishes from the target between copying and counting is noticed, and copied once more" {
    in_one_window
    proxy_start "$(deleting "$A0" 'DELETE FROM "cpu.idle_perc"')@1~count\\("
    run_json events
    expect_status 0
    grep -q . "$PROXY_LOG"
    event copied_again '.words | contains("cpu.idle_perc")'
    compare
}

@test "what vanishes again and again fails the window: status 1, what lacks is named, and the next run mends it" {
    in_one_window
    proxy_start "$(deleting "$A0" 'DELETE FROM "cpu.idle_perc"')@1+~count\\("
    run_json events
    expect_status 1
    [ "$(summary "$EVENTS" windows_failed)" -ge 1 ]
    says '^warning: differs: .*measurement cpu\.idle_perc, '
    event difference 'any(.counts[]; .measurement == "cpu.idle_perc" and .target < .source)'
    proxy_rules
    run_json again
    expect_status 0
    compare
}

@test "--no-verify counts nothing, and the summary says so" {
    generate small --tenants 2 --weeks 2 --per-week 50 | load_points
    run_json events --no-verify
    expect_status 0
    compare
    expect_field verified false
    expect_field values_verified 0
    run tenants run --no-verify --full
    expect_status 0
    says '^Not verified \(--no-verify\): nothing was counted on the targets\.'
}

@test "a run that verifies says how many values it counted" {
    migrated
    expect_field verified true
    # value and value_meta of 5 x 100 points, 9 and a half fields of alarm history.
    [ "$(summary "$EVENTS" values_verified)" -ge 2000 ]
}

# --- tenants verify ------------------------------------------------------------------------------

@test "verify of what is whole is status 0, by counts and by points" {
    migrated
    verify_json
    expect_status 0
    [ "$(summary "$EVENTS" values_verified)" -ge 2000 ]
    verify_json --deep
    expect_status 0
    [ "$(summary "$EVENTS" values_verified)" -ge 2000 ]
    run tenants verify
    expect_status 0
    says '^Verified'
}

@test "the traps are whole for every point, typed, to the last bit" {
    generate traps | load_points
    run_json first
    expect_status 1
    verify_json --deep
    # All that is compared is whole; tenants whose names no database can have are named.
    expect_status 1
    holds -s 'last | .windows_done == .windows_total and .windows_failed == 0 and
        all(.not_compared[]; .reason == "homeless")' "$EVENTS" >/dev/null
    compare
}

@test "verify counts: a missing point is named with tenant, measurement, field, time and numbers" {
    migrated
    drop_from "$A1" 'DELETE FROM "mem.free_mb" WHERE time < now() - 7d'
    run tenants verify
    expect_status 1
    local at='[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z'
    says "^warning: differs: tenant $A1, $at to $at, measurement mem\.free_mb, field value: [0-9]+ values in the source, [0-9]+ in ${DB}_$A1$"
    says_not "tenant $A0.*differs: |cpu\\.user_perc"
    says '^Windows that differ: [1-9][0-9]*; --repair copies them again'
    verify_json
    expect_status 1
    event difference ".tenant == \"$A1\" and any(.counts[]; .measurement == \"mem.free_mb\" and .field == \"value\" and
        .source > .target)"
}

@test "verify --repair copies what lacks and verifies again: status 0, and the same on both sides" {
    migrated
    drop_from "$A1" 'DELETE FROM "mem.free_mb" WHERE time < now() - 7d'
    run -1 compare
    verify_json --repair
    expect_status 0
    [ "$(summary "$EVENTS" points_written)" -ge 1 ]
    compare
    verify_json --deep
    expect_status 0
}

# What --deep must find, by one changed point each: difference LINE-IN-SOURCE LINE-IN-TARGET NAMED [missing|different]
difference() {
    write_points "$1" "m,_tenant_id=a value=1,other=2 $((NOW - 50000000000))"
    run_json first
    expect_status 0
    compare
    drop_from a "DROP SERIES FROM m WHERE d = 'x'"
    [ -z "$2" ] || into a "$2"
    run tenants verify --deep
    expect_status 1
    says 'tenant a\b'
    says "$3"
    verify_json --deep
    expect_status 1
    event difference ".values_missing + .values_different == 1 and .values_${4:-missing} == 1 and (.first_${4:-missing} | length) == 1"
}

@test "verify --deep finds a value that was altered, though the counts agree, and --repair mends it" {
    t=$((NOW - 60000000000))
    difference "m,_tenant_id=a,d=x value=1.5 $t" "m,_tenant_id=a,d=x value=1.5000000000000002 $t" \
        ' value at [0-9TZ:.-]+: 1\.5 in the source, 1\.5000000000000002 there' different
    verify_json
    expect_status 0 # counts can't tell
    verify_json --deep --repair
    expect_status 0
    compare
}

@test "verify --deep finds a missing point, and names it" {
    t=$((NOW - 60000000000))
    difference "m,_tenant_id=a,d=x value=1.5 $t" "" 'm,.*d=x value=1\.5 at [0-9]{4}-'
    verify_json --deep --repair
    expect_status 0
    compare
}

@test "verify --deep finds a point that stands a nanosecond beside its time" {
    t=$((NOW - 60000000000))
    difference "m,_tenant_id=a,d=x value=1.5 $t" "m,_tenant_id=a,d=x value=1.5 $((t + 1))" 'value=1\.5 at'
}

@test "verify --deep finds a string whose bytes are no UTF-8 and differ" {
    t=$((NOW - 60000000000))
    difference "$(printf 'm,_tenant_id=a,d=x s="a\xffb" %s' "$t")" "$(printf 'm,_tenant_id=a,d=x s="a\xfeb" %s' "$t")" \
        'a\\xffb" in the source, "a\\xfeb" there' different
    verify_json --deep --repair
    expect_status 0
    compare
}

@test "verify --deep finds a string that lost what stands behind a NUL" {
    t=$((NOW - 60000000000))
    printf 'm,_tenant_id=a,d=x s="a\0b" %s\nm,_tenant_id=a value=1 %s\n' "$t" "$t" | load_points
    run_json first
    expect_status 0
    into a "m,_tenant_id=a,d=x s=\"a\" $t"
    run -1 compare
    run tenants verify --deep
    expect_status 1
    says 'm,_tenant_id=a,d=x s at .*: "a\\x00b" in the source, "a" there'
    verify_json --deep --repair
    expect_status 0
    compare
}

@test "verify --deep finds an integer where there was a float, and says why --repair can't mend it" {
    t=$(midweek)
    difference "m,_tenant_id=a,d=x n=1 $t" "" 'n=1'
    # The shard of the target has the field as an integer: the server refuses the float.
    curl -s "$INFLUX_URL/query" --data-urlencode "q=DROP DATABASE \"${DB}_a\"" >/dev/null
    influx "CREATE DATABASE \"${DB}_a\"" >/dev/null
    into a "m,_tenant_id=a,d=x n=1i $t" "m,_tenant_id=a value=1,other=2 $((t + 1000000000))"
    run tenants verify --deep
    expect_status 1
    says ' n at .*: 1 in the source, 1i there'
    run tenants verify --deep --repair
    expect_status 1
    says 'field type conflict'
}

@test "verify --deep finds a missing point where the target holds another one instead" {
    t=$((NOW - 60000000000))
    difference "m,_tenant_id=a,d=x value=7 $t" "m,_tenant_id=a,d=y value=7 $t" 'd=x value=7'
    verify_json --deep --repair
    expect_status 0
    compare --allow-more
}

@test "a target that holds more than the source is whole" {
    migrated
    into "$A0" "cpu.idle_perc,_tenant_id=$A0 value=1 $((NOW - 3600000000000))" \
        "other,_tenant_id=$A0 value=1i $((NOW - 3600000000000))" "cpu.user_perc,_tenant_id=$A0,new=x value=1 $NOW"
    verify_json
    expect_status 0
    verify_json --deep
    expect_status 0
    compare --allow-more
}

@test "no more than the first few points of a window are named, and all are counted" {
    migrated
    drop_from "$A1" 'DROP MEASUREMENT "mem.free_mb"'
    for i in {1..200}; do echo "mem.free_mb,_tenant_id=$A1 value=0,value_meta=\"\" $((NOW - 20 * 86400000000000 + i))"; done |
        "$LIB/influx.py" load "${DB}_$A1"
    verify_json --deep
    expect_status 1
    # 100 points of two fields.
    [ "$(jq -s '[.[] | select(.event == "difference") | .values_missing] | add' "$EVENTS")" -eq 200 ]
    [ "$(jq -s '[.[] | select(.event == "difference") | .first_missing | length] | max' "$EVENTS")" -le 10 ]
    event difference 'any(.first_missing[]; startswith("mem.free_mb"))'
}

@test "verify before any run is status 1, and says that there was none" {
    generate small --tenants 1 --weeks 1 --per-week 20 | load_points
    run tenants verify
    expect_status 1
    says '^error: there is no journal of this source'
    says '^hint: no run was made yet'
    run -1 has_database "${DB}_$A0"
}

@test "verify of a target that was dropped is status 1 and names it; --repair makes it again" {
    migrated
    influx "DROP DATABASE \"${DB}_$A1\"" >/dev/null
    run tenants verify
    expect_status 1
    says "^tenant $A1: differs in "
    says "^warning: failed: tenant $A1, .*: database not found: ${DB}_$A1"
    says "^tenant $A0: whole in "
    run tenants verify --deep
    expect_status 1
    says "^tenant $A1: differs in "
    run -1 has_database "${DB}_$A1"
    verify_json --repair
    expect_status 0
    compare
}

@test "verify of a target whose retention policy is another one than the run's finds the points there or says so" {
    migrated
    influx "CREATE RETENTION POLICY other ON \"${DB}_$A1\" DURATION INF REPLICATION 1 DEFAULT" >/dev/null
    run tenants verify
    # Queries without a policy read the default one: the copied points are out of sight.
    expect_status 1
    says "^tenant $A1: differs in "
    says "^tenant $A0: whole in "
}

@test "filters: verify looks at this tenant, this measurement, this time" {
    migrated
    drop_from "$A1" 'DELETE FROM "mem.free_mb" WHERE time < now() - 7d'
    verify_json --tenant "$A0"
    expect_status 0
    verify_json --tenant "$A1"
    expect_status 1
    verify_json --measurement '^cpu\.'
    expect_status 0
    verify_json --measurement '^mem\.'
    expect_status 1
    verify_json --migrate-skip-regex '^mem'
    expect_status 0
    verify_json --migrate-time-unit d --migrate-end-time-offset 6
    expect_status 0
    verify_json --migrate-time-unit d --migrate-start-time-offset 6
    expect_status 1
}

@test "verify writes nothing to the servers, and changes nothing that the journal says is copied" {
    migrated
    before=$(digest)
    target=$(digest "${DB}_$A0")
    copied() { for table in coverage verified failure run planned tenant; do sqlite3 "$STATE"/*.journal "SELECT * FROM $table"; done; }
    journal=$(copied)
    [ -n "$journal" ]
    writes=$(statements_into | wc -l)
    verify_json --deep
    expect_status 0
    [ "$(digest)" = "$before" ]
    [ "$(digest "${DB}_$A0")" = "$target" ]
    [ "$(copied)" = "$journal" ]
    [ "$(statements_into | wc -l)" -eq "$writes" ]
}

# --- the record of verifications -----------------------------------------------------------------

# Does the report's, or status's, JSON fit? reports CONDITION
reports() {
    tenants report --output json >"$BATS_TEST_TMPDIR/report"
    holds "$1" "$BATS_TEST_TMPDIR/report" >/dev/null || {
        jq '{verdict, compared, windows_differing, verifications}' "$BATS_TEST_TMPDIR/report"
        return 1
    }
}

@test "status and report say that all was compared, when, and how; and up to when, after the next run" {
    migrated
    run tenants status
    says "compared +nothing yet, by 'tenants verify'"
    reports '.compared.all == false and .verifications == []'
    run -0 tenants verify
    run -0 tenants status
    says 'compared +all that was copied, by counts, at [0-9T:-]+Z; nothing is missing'
    says 'last verify +by counts, .*: whole, [0-9]+ of [0-9]+ windows, [0-9,]+ values counted'
    verify_json --deep
    expect_status 0
    [ "$(summary "$EVENTS" recorded)" = true ]
    run -0 tenants report
    says 'compared +all that was copied, point by point, at [0-9T:-]+Z; nothing differs'
    says 'All that was copied so far was compared point by point'
    reports '.verdict == "done and verified" and .compared.all and .compared.by_points and .compared.verifications == 1 and
        (.verifications | length) == 2 and .verifications[0].complete and .verifications[0].deep and
        .verifications[0].values_verified > 0 and .verifications[0].windows_done == .verifications[0].windows_total'
    # Of what is copied from now on nothing is known.
    until=$(jq -r '.verifications[0].cutoff' "$BATS_TEST_TMPDIR/report")
    write_points "cpu.idle_perc,_tenant_id=$A0 value=1 $(date +%s%N)"
    run_json second
    run -0 tenants status
    says 'compared +all that was copied up to [0-9T:-]+Z, point by point, at .*; nothing differs there\. Not yet: what is later, of 2 tenants'
    reports ".compared.all == false and .compared.tenants_in_part == 2 and .compared.open_from < \"$until\""
}

@test "after a run without verification, verify makes of copied verified" {
    generate small --tenants 2 --weeks 2 --per-week 50 | load_points
    run_json first --no-verify
    reports '.verdict == "done" and .tenants_copied == 2'
    run -0 tenants verify
    reports '.verdict == "done and verified" and .tenants_verified == 2'
}

@test "a difference makes the report's verdict, until it is mended by the command that it advises" {
    migrated
    drop_from "$A1" 'DELETE FROM "mem.free_mb" WHERE time < now() - 7d'
    run -1 tenants verify --deep
    run -1 tenants status
    says 'differences +[0-9]+ windows? of 1 tenant, not mended'
    says 'compared +a part of what was copied, point by point, at .*: a part of 1 tenant, from '
    run -0 tenants report
    says 'not whole'
    says "$A1 .*differs"
    reports ".verdict == \"not whole\" and .windows_differing > 0 and .tenants_differing == 1 and
        (.differences[0] | .tenant == \"$A1\" and (.words | contains(\"verification:\")))
        and any(.tenants[].periods[]; .state == \"differs\") and .verifications[0].state == \"differs\""
    # Neither a run, nor counting what is whole, nor a look at others makes it good.
    run_json again
    run -0 tenants verify --tenant "$A0"
    reports '.verdict == "not whole"'
    command=$(jq -r '.next[0].command' "$BATS_TEST_TMPDIR/report")
    [[ $command == *' --deep --repair' ]]
    eval "${command/monasca-migrate/\"\$PROGRAM\"}"
    reports '.verdict == "done and verified" and .windows_differing == 0 and .verifications[0].repair and
        .verifications[0].points_written > 0 and .compared.all'
    run -0 tenants status
    compare
}

@test "a verification that was interrupted or killed proves nothing, and keeps what it found" {
    # Each server, the proxy too, has a journal of its own.
    proxy_start
    migrated
    drop_from "$A1" 'DELETE FROM "mem.free_mb"'
    slow() { [ -s "$PROXY_LOG" ]; }
    verify_slowly() {
        : >"$PROXY_LOG"
        proxy_rules 'exec=sleep 60@9+~count'
        "$PROGRAM" tenants verify --jobs 1 --config-file "$CONF" --state-dir "$STATE" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
        pid=$!
        wait_for 30 slow
    }
    verify_slowly
    run tenants status
    says 'last verify .*: running'
    kill -INT $pid
    sleep 0.3
    kill -INT $pid
    status=0
    wait $pid || status=$?
    expect_status 5
    reports '.verifications[0].state == "interrupted" and (.verifications[0].complete | not) and (.compared.all | not)
        and .compared.verifications == 0 and .windows_differing > 0 and .verdict == "not whole"'
    verify_slowly
    kill -KILL $pid
    wait $pid || true
    proxy_rules
    run tenants status
    says 'last verify .*: cut short'
    run -1 tenants verify
    [ "$(sqlite3 "$STATE"/*.journal 'SELECT count(DISTINCT verification) FROM compared')" -eq 1 ]
}

@test "verify beside a run: neither disturbs the other, and what is copied meanwhile isn't proven" {
    migrated
    generate small --tenants 4 --weeks 4 --per-week 100 | load_points
    tenants run --full --max-rate 600 --output json >"$BATS_TEST_TMPDIR/run" 2>/dev/null 3>&- &
    pid=$!
    under_way() { [ "$(tenants status --output json | jq '.running and .windows_done > 5')" = true ]; }
    wait_for 30 under_way
    for _ in {1..5}; do
        verify_json --deep
        expect_status 0
        [ "$(summary "$EVENTS" recorded)" = true ]
        reports '.verdict == "running" and (.verifications[0].complete)'
    done
    status=0
    wait $pid || status=$?
    expect_status 0
    [ "$(tail -n 1 "$BATS_TEST_TMPDIR/run" | jq .windows_failed)" -eq 0 ]
    reports '(.compared.all | not) and .compared.verifications > 0'
    verify_json --deep
    reports '.compared.all and .compared.by_points'
    compare
}

@test "where the state directory is only read, verify warns, and compares" {
    [ "$(id -u)" = 0 ] || skip 'only root can be another user'
    migrated
    readonly=$(mktemp -d /tmp/readonly.XXXXXX)
    # The program, too: its own folder may be closed to others.
    cp "$STATE"/*.journal "$CONF" "$PROGRAM" "$readonly"
    # What SQLite keeps beside it, until the last who wrote has gone.
    sqlite3 "$readonly"/*.journal 'PRAGMA wal_checkpoint' >/dev/null
    rm -f "$readonly"/*-wal "$readonly"/*-shm
    chmod 644 "$readonly"/*
    chmod 555 "$readonly" "$readonly/${PROGRAM##*/}"
    as_nobody() {
        setpriv --reuid 65534 --regid 65534 --clear-groups "$readonly/${PROGRAM##*/}" "$@" --config-file "$readonly/persister.conf" \
            --state-dir "$readonly"
    }
    run as_nobody tenants verify --deep
    verified=$status
    deep=$output
    run as_nobody tenants status
    counted=$(as_nobody tenants verify --output json 2>/dev/null | tail -n 1)
    chmod 755 "$readonly"
    rm -r "$readonly"
    [ "$status" -eq 0 ]
    says "compared +nothing yet"
    output=$deep
    [ "$verified" -eq 0 ]
    says "warning: this verification isn't recorded in the journal: can't write .*: Permission denied"
    says '^Verified'
    holds '.recorded == false and .status == 0' <<<"$counted"
}

@test "comparing 300,000 points takes less than 64 MiB" {
    influx "CREATE RETENTION POLICY persister_all ON $DB DURATION INF REPLICATION 1 SHARD DURATION 1w DEFAULT" >/dev/null
    generate bulk --measurements 10 --tenants 2 --weeks 3 --per-week 5000 | load_points
    run_json first
    expect_status 0
    python3 - "$PROGRAM" tenants verify --deep --config-file "$CONF" --state-dir "$STATE" >"$BATS_TEST_TMPDIR/out" 2>&1 <<'PYTHON'
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:], check=False).returncode
print("status", status, "KiB", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
PYTHON
    output=$(cat "$BATS_TEST_TMPDIR/out")
    echo "$output"
    says '^Verified: 600,000 values were compared one by one on both sides'
    # Sanitizers take memory of their own.
    ! grep -q __asan "$PROGRAM" || skip 'an instrumented build'
    [ "$(sed -n 's/.* KiB //p' "$BATS_TEST_TMPDIR/out")" -lt 65536 ]
}
