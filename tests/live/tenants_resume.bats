#!/usr/bin/env bats
# The journal: reruns, interruptions, two at once.

load ../lib/live

A0=000000000000000000000000000000a0
A1=000000000000000000000000000000a1

setup_file() { influxd_start; }
teardown_file() { influxd_stop; }
setup() { fresh_database; }
teardown() {
    [ -z "${BACKGROUND:-}" ] || kill -KILL "$BACKGROUND" 2>/dev/null || true
    proxy_stop
    drop_databases
}

# Enough for a run of some seconds: 360,000 points in shard groups of a day.
much() {
    influx "CREATE RETENTION POLICY persister_all ON $DB DURATION 90d REPLICATION 1 DEFAULT" >/dev/null
    generate bulk --measurements 15 --tenants 10 --weeks 8 --per-week 300 | load_points
}

# Starts `tenants run` in the background as $BACKGROUND: start_run [OPTION...]
start_run() {
    "$PROGRAM" tenants run --config-file "$CONF" --state-dir "$STATE" "$@" >"$BATS_TEST_TMPDIR/out" \
        2>"$BATS_TEST_TMPDIR/err" 3>&- &
    BACKGROUND=$!
}

# Its status, in $status, and what it said, in $output.
end_run() {
    status=0
    wait "$BACKGROUND" || status=$?
    BACKGROUND=
    output=$(cat "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err")
}

@test "a rerun with nothing new sends few statements and copies nothing" {
    generate small --tenants 5 --weeks 4 --per-week 100 | load_points
    run_json first
    expect_status 0
    compare
    before=$(statements)
    run_json second --overlap 0s
    expect_status 0
    after=$(statements)
    expect_field windows_failed 0
    # The catalogue, and what has become past since: not 5 tenants x 4 weeks x 6 measurements.
    echo "$((after - before)) statements"
    [ $((after - before)) -le 60 ]
    [ "$(summary "$EVENTS" points_written)" -eq 0 ]
    compare
}

@test "a rerun copies what is new since, and nothing else" {
    generate small --tenants 3 --weeks 4 --per-week 100 | load_points
    run_json first
    expect_status 0
    sleep 1
    write_points "cpu.idle_perc,_tenant_id=000000000000000000000000000000a1 value=42 $(date +%s%N)" \
        "cpu.new,_tenant_id=000000000000000000000000000000a1 value=43 $(date +%s%N)" \
        "cpu.idle_perc,_tenant_id=new value=44 $(date +%s%N)"
    sleep 1
    run_json second --overlap 0s
    expect_status 0
    compare
    [ "$(summary "$EVENTS" points_written)" -le 50 ]
    has_database "${DB}_new"
}

@test "a measurement that appears later is copied from its beginning" {
    generate small --tenants 2 --weeks 2 --per-week 100 | load_points
    run_json first
    expect_status 0
    for i in 1 2 3 4 5; do
        echo "appeared,_tenant_id=000000000000000000000000000000a1 value=$i $((NOW - i * 86400000000000))"
        echo "appeared,_tenant_id=late value=$i $((NOW - i * 86400000000000))"
    done | load_points
    run_json second
    expect_status 0
    compare
}

@test "--overlap copies a stretch before the last cutoff again, and with it what arrived late" {
    generate small --tenants 2 --weeks 1 --per-week 100 | load_points
    run_json first
    expect_status 0
    write_points "cpu.idle_perc,_tenant_id=000000000000000000000000000000a1,late=y value=1 $((NOW - 1800000000000))"
    run_json second --overlap 2h
    expect_status 0
    compare
}

@test "--full forgets the journal and copies everything again" {
    generate small --tenants 2 --weeks 2 --per-week 100 | load_points
    run_json first
    expect_status 0
    first=$(summary "$EVENTS" points_written)
    influx "DROP DATABASE ${DB}_000000000000000000000000000000a1" >/dev/null
    run_json second --full
    expect_status 0
    compare
    [ "$(summary "$EVENTS" points_written)" -ge "$first" ]
}

# A run with these options ends with this status, and the journal is as it was: refused STATUS OPTION...
refused() {
    local wanted=$1 before
    shift
    before=$(recorded)
    run_json refused --full "$@"
    expect_status "$wanted"
    run_json refused "$@"
    expect_status "$wanted"
    [ "$(recorded)" = "$before" ]
}

@test "a run that is refused leaves the journal as it is, with --full too" {
    proxy_start
    generate small --tenants 2 --weeks 2 --per-week 100 | load_points
    run_json first
    expect_status 0
    [ -n "$(recorded)" ]
    refused 2 --engine nonsense
    refused 2 --max-rate 0
    printf 'nonsense\n' >"$BATS_TEST_TMPDIR/map"
    refused 3 --target-map "$BATS_TEST_TMPDIR/map"
    refused 4 --target-url http://127.0.0.1:1
    # The source lets nobody in; its list of databases, then of fields, doesn't come.
    proxy_rules page-401@1+
    refused 4
    proxy_rules reset@1+~'SHOW DATABASES'
    refused 1
    proxy_rules reset@1+~'SHOW FIELD KEYS'
    refused 1
    # It doesn't let this user make a database.
    write_points "cpu.idle_perc,_tenant_id=new value=44 $((NOW - 7200000000000))"
    proxy_rules page-401@1+~CREATE
    refused 4
    proxy_rules
    run_json second
    expect_status 0
    compare
    # Only what is new, and the overlap, was copied again.
    [ "$(summary "$EVENTS" points_written)" -lt 50 ]
}

@test "a database that is gone is known to be so before it is made anew, whatever happens then" {
    proxy_start
    generate small --tenants 2 --weeks 2 --per-week 100 | load_points
    run_json first
    expect_status 0
    influx "DROP DATABASE ${DB}_000000000000000000000000000000a1" >/dev/null
    sqlite3 "$STATE"/*.journal 'DELETE FROM holding'
    # Killed while it is made.
    proxy_rules "exec=kill -KILL \$(cat '$STATE'/*.journal.lock)@1~CREATE"
    run_json second --full
    expect_status 137
    wait_for 5 has_database "${DB}_000000000000000000000000000000a1"
    proxy_rules
    run_json third
    expect_status 0
    compare
}

@test "killed at random moments and run again, it ends with the same, and copies little twice" {
    much
    kills=0
    for _ in {1..15}; do
        start_run --jobs 4
        sleep "$(awk -v seed="$RANDOM" 'BEGIN { srand(seed); printf "%.3f", 0.02 + rand() * 0.6 }')"
        if kill -KILL "$BACKGROUND" 2>/dev/null; then kills=$((kills + 1)); fi
        end_run
    done
    run_json last
    expect_status 0
    compare
    spent=$(statements_into | grep -cF "${DB}_")
    # A whole run of its own is the measure; a few windows more have become past since.
    run_json whole --full
    expect_status 0
    whole=$(($(statements_into | grep -cF "${DB}_") - spent))
    echo "$kills kills, $spent statements, $whole for a whole run"
    # A kill costs what was copied since the server was asked last what it holds.
    [ "$spent" -le $((whole + (kills + 1) * 8 + 20)) ]
}

@test "the first SIGINT finishes what is in flight, status 5, and the same command goes on" {
    generate small --tenants 3 --weeks 4 --per-week 50 | load_points
    hold 5
    start_run --jobs 2
    wait_until_held
    send_signal INT "$BACKGROUND"
    kill -0 "$BACKGROUND"
    release
    end_run
    expect_status 5
    compare_lacks --allow-more
    # What was in flight is done: it isn't asked for again.
    [ "$(sqlite3 "$STATE"/*.journal 'SELECT count(*) > 0 FROM coverage')" -eq 1 ]
    run_json again
    expect_status 0
    compare
}

@test "SIGTERM ends with status 5, and the same command goes on" {
    generate small --tenants 3 --weeks 4 --per-week 50 | load_points
    hold 5
    start_run --jobs 2 --output json
    wait_until_held
    send_signal TERM "$BACKGROUND"
    release
    end_run
    expect_status 5
    [ "$(tail -n 1 "$BATS_TEST_TMPDIR/out" | jq '.status')" -eq 5 ]
    compare_lacks --allow-more
    run_json again
    expect_status 0
    compare
}

@test "a second SIGTERM stops at once, status 5, and nothing is lost" {
    generate small --tenants 3 --weeks 4 --per-week 50 | load_points
    hold 5
    start_run --jobs 4
    wait_until_held
    send_signal TERM "$BACKGROUND"
    send_signal TERM "$BACKGROUND"
    # No answer has come, and none will: it ends all the same.
    end_run
    expect_status 5
    release
    run_json again
    expect_status 0
    compare
}

@test "a terminal that goes away ends it orderly, however often that is said" {
    generate small --tenants 3 --weeks 4 --per-week 50 | load_points
    hold 5
    start_run --jobs 2
    wait_until_held
    send_signal HUP "$BACKGROUND"
    send_signal HUP "$BACKGROUND"
    kill -0 "$BACKGROUND"
    release
    end_run
    expect_status 5
    run -1 tenants status
    says '^The last run \(process [0-9]+\) is interrupted\.'
    run_json again
    expect_status 0
    compare
}

@test "nohup keeps it going" {
    generate small --tenants 3 --weeks 4 --per-week 50 | load_points
    hold 5
    (trap '' HUP && start_run --jobs 2 && wait_until_held && send_signal HUP "$BACKGROUND" && release && end_run &&
        expect_status 0)
    compare
}

@test "what --full began goes on without it, and whoever says how to go on says so" {
    generate small --tenants 3 --weeks 4 --per-week 50 | load_points
    hold 5
    start_run --jobs 2 --full
    wait_until_held
    send_signal TERM "$BACKGROUND"
    release
    end_run
    expect_status 5
    says '^hint: .*without --full'
    [ "$(tenants report --output json | jq -r '.next[0].command' | grep -c -e --full)" = 0 ]
    run_json again
    expect_status 0
    compare
}

@test "two runs on one state folder: the second is refused, and says so" {
    generate small --tenants 3 --weeks 4 --per-week 50 | load_points
    hold 3
    start_run --jobs 1
    wait_until_held
    run -1 tenants run
    says '^error: another run is at work'
    release
    end_run
    expect_status 0
    compare
}

@test "status tells of a run while it goes on, and when it is done" {
    generate small --tenants 3 --weeks 4 --per-week 50 | load_points
    hold 5
    start_run --jobs 1
    wait_until_held
    # What is done is on disk within moments.
    some_are_done() {
        tenants status --output json | holds -s 'length == 1 and .[0].running and .[0].windows_done > 0'
    }
    wait_for 60 some_are_done
    run tenants status --output json
    expect_status 0
    release
    end_run
    expect_status 0
    run tenants status
    expect_status 0
    says '^The last run \(process [0-9]+\) is done\.'
    says '^ +tenants +3 of 3$'
}

@test "status tells windows of a tenant that failed for one reason in one line" {
    generate small --tenants 2 --weeks 3 --per-week 10 | load_points
    proxy_start "page-404@1+~INTO .*$A1"
    run_json events
    expect_status 1
    run -1 tenants status
    [ "$(grep -c '^failed: ' <<<"$output")" -eq 1 ]
    count=$("$PROGRAM" tenants status --output json --config-file "$CONF" --state-dir "$STATE" | jq '.failures | length')
    [ "$count" -ge 3 ]
    says "failed: tenant $A1, .*$count windows, .* to .*: "
}

@test "status without a journal says that there was no run" {
    run -1 tenants status
    says '^hint: no run was made yet'
}

@test "a source database that was dropped and filled anew is not taken as done" {
    write_points "m,_tenant_id=a value=1 $((NOW - 60000000000))"
    run_json first
    expect_status 0
    influx "DROP DATABASE ${DB}_a" >/dev/null
    # The target is gone: a run that goes on as if it had the points would lose them.
    run_json second
    case $status in
    0) compare ;;
    *) expect_status 1 ;;
    esac
}

@test "a target that was dropped and made again by a persister is copied again, and no other" {
    local point="cpu.idle_perc,_tenant_id=$A1,hostname=new value=1 $((NOW - 60000000000))"
    generate small --tenants 2 --weeks 2 --per-week 50 | load_points
    write_points "$point"
    run_json first
    expect_status 0
    first=$(summary "$EVENTS" points_written)
    influx "DROP DATABASE ${DB}_$A1" >/dev/null
    influx "CREATE DATABASE ${DB}_$A1" >/dev/null
    curl -sf "$INFLUX_URL/write?db=${DB}_$A1" --data-binary "$point"
    run tenants plan
    expect_status 0
    says "the database ${DB}_$A1 has lost shard groups"
    run_json second
    expect_status 0
    says "the database ${DB}_$A1 has lost shard groups"
    compare
    [ "$(summary "$EVENTS" points_written)" -lt $((first * 3 / 4)) ]
    run_json third
    expect_status 0
    says_not 'has lost'
}

@test "a shard of a target that was dropped is copied again, and nothing else" {
    generate small --tenants 1 --weeks 3 --per-week 50 | load_points
    run_json first
    expect_status 0
    first=$(summary "$EVENTS" points_written)
    shard=$(influx 'SHOW SHARD GROUPS' |
        jq -r --arg db "${DB}_$A0" '[.results[0].series[0].values[] | select(.[1] == $db)][0][0]')
    influx "DROP SHARD $shard" >/dev/null
    compare_lacks
    run_json second
    expect_status 0
    compare
    [ "$(summary "$EVENTS" points_written)" -lt $((first * 3 / 4)) ]
}

@test "what another policy of a target loses isn't taken for lost" {
    generate small --tenants 1 --weeks 2 --per-week 50 | load_points
    run_json first
    expect_status 0
    influx "CREATE RETENTION POLICY other ON ${DB}_$A0 DURATION INF REPLICATION 1" >/dev/null
    curl -sf "$INFLUX_URL/write?db=${DB}_$A0&rp=other" --data-binary "cpu,_tenant_id=$A0 value=1 $((NOW - 60000000000))"
    run_json second
    expect_status 0
    influx "DROP RETENTION POLICY other ON ${DB}_$A0" >/dev/null
    run_json third
    expect_status 0
    says_not 'has lost'
}

@test "a server that doesn't say what it holds isn't taken to have lost it" {
    local direct=$INFLUX_URL
    generate small --tenants 1 --weeks 2 --per-week 50 | load_points
    proxy_start
    write_conf "port = ${direct##*:}"
    run_json first --target-url "$PROXY_URL"
    expect_status 0
    proxy_rules 'page-403@1+~SHOW SHARD GROUPS'
    run_json second --target-url "$PROXY_URL"
    grep -q page-403 "$PROXY_LOG"
    expect_status 0
    says_not 'has lost'
    [ "$(summary "$EVENTS" points_written)" -lt 50 ]
}

@test "a shard of a target that is dropped while a run goes on is noticed by that run and mended by the next" {
    generate small --tenants 1 --weeks 3 --per-week 50 | load_points
    proxy_start
    run_json first
    expect_status 0
    shard=$(influx 'SHOW SHARD GROUPS' |
        jq -r --arg db "${DB}_$A0" '[.results[0].series[0].values[] | select(.[1] == $db)][0][0]')
    write_points "brand.new,_tenant_id=$A0 value=1 $((NOW - 60000000000))"
    proxy_rules "exec=curl -s '$INFLUX_URL/query' --data-urlencode 'q=DROP SHARD $shard'@1~INTO"
    run_json second
    expect_status 1
    says 'has lost shard groups of .* during this run'
    # The journal knows it: nobody calls the tenant whole.
    run -0 tenants report
    says_not 'done and verified'
    says 'The last run ended in part; the next one copies what is missing'
    compare_lacks
    run_json third
    expect_status 0
    says_not 'has lost'
    compare
    run_json fourth
    expect_status 0
    says_not 'has lost'
}

@test "a journal of a newer version is refused before anything is copied" {
    write_points "m,_tenant_id=a value=1 $((NOW - 60000000000))"
    run_json first
    expect_status 0
    journal=$(find "$STATE" -type f -exec sh -c 'head -c 15 "$1" | grep -q "SQLite format 3"' _ {} \; -print | head -n 1)
    [ -n "$journal" ]
    influx "DROP DATABASE ${DB}_a" >/dev/null
    sqlite3 "$journal" 'PRAGMA user_version = 999'
    run -3 tenants run
    says '^error: .*999'
    run -1 has_database "${DB}_a"
}

@test "what is no journal is refused, and left as it is" {
    write_points "m,_tenant_id=a value=1 $((NOW - 60000000000))"
    run_json first
    expect_status 0
    journal=$(find "$STATE" -type f -exec sh -c 'head -c 15 "$1" | grep -q "SQLite format 3"' _ {} \; -print | head -n 1)
    rm -f "$journal"-*
    echo 'some text, and long enough to be looked at as a database' >"$journal"
    run -3 tenants run
    says "^error: .*$journal"
    grep -q 'some text' "$journal"
}

@test "a state folder that can't be made is refused before anything is copied" {
    write_points "m,_tenant_id=a value=1 $((NOW - 60000000000))"
    echo file >"$BATS_TEST_TMPDIR/file"
    STATE=$BATS_TEST_TMPDIR/file/state
    run tenants run
    expect_status 3
    says "^error: can't make the directory $BATS_TEST_TMPDIR/file/state: "
    run -1 has_database "${DB}_a"
}

@test "a state folder that can't be written is refused before anything is copied" {
    write_points "m,_tenant_id=a value=1 $((NOW - 60000000000))"
    mkdir "$STATE"
    chmod 500 "$STATE"
    chmod 755 "$BATS_TEST_TMPDIR"
    if [ "$(id -u)" = 0 ]; then
        # root may write anywhere: be somebody else, where the way there is open.
        command -v setpriv >/dev/null || skip 'no setpriv'
        mount -t tmpfs -o ro none "$STATE" 2>/dev/null || skip 'no read-only mount here'
        run tenants run
        umount "$STATE"
    else
        run tenants run
    fi
    expect_status 3
    says "^error: .*$STATE.*"
    run -1 has_database "${DB}_a"
}

@test "a full disk under the journal is refused before anything is copied" {
    write_points "m,_tenant_id=a value=1 $((NOW - 60000000000))"
    mkdir "$STATE"
    mount -t tmpfs -o size=16k none "$STATE" 2>/dev/null || skip 'no tmpfs mount here'
    head -c 1000000 /dev/zero >"$STATE/full" 2>/dev/null || true
    run tenants run
    umount "$STATE"
    expect_status 3
    says '^error: .*(full|space)'
    run -1 has_database "${DB}_a"
}

@test "a disk that fills up during the run: nothing is taken as done that is not" {
    generate small --tenants 3 --weeks 4 --per-week 50 | load_points
    mkdir "$STATE"
    mount -t tmpfs -o size=16m none "$STATE" 2>/dev/null || skip 'no tmpfs mount here'
    hold 5
    start_run --jobs 2
    wait_until_held
    head -c 20000000 /dev/zero >"$STATE/full" 2>/dev/null || true
    release
    end_run
    first=$output
    proxy_rules
    rm -f "$STATE/full"
    expect_status 3
    says '^error: .*(full|space)'
    run_json again
    umount "$STATE"
    echo "the first run: $first"
    expect_status 0
    compare
}

@test "the state folder and what is in it is the owner's alone" {
    write_points "m,_tenant_id=a value=1 $((NOW - 60000000000))"
    run_json first
    expect_status 0
    run -0 find "$STATE" -type f -perm /077
    [ -z "$output" ]
}

@test "plan shows what the next run copies, the overlap included" {
    generate small --tenants 1 --weeks 4 --per-week 20 | load_points
    run_json first
    expect_status 0
    # Covered is all but the overlap, which is several shard groups here.
    planned=$(tenants plan --overlap 21d --output json | jq .windows_total)
    [ "$planned" -ge 3 ]
    run_json second --overlap 21d
    expect_status 0
    expect_field windows_total "$planned"
}
