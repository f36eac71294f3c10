#!/usr/bin/env bats
# Systems that live while they are migrated: late points, persisters, new metrics, retention. And
# docs/cutover.rst, whose commands are run as they stand there.

load ../lib/live

setup_file() { influxd_start; }
teardown_file() { influxd_stop; }
setup() { fresh_database; }
teardown() {
    [ -z "${WRITER:-}" ] || kill -TERM "$WRITER" 2>/dev/null || true
    [ ! -f "$BATS_TEST_TMPDIR/persister.pid" ] || kill -KILL "$(cat "$BATS_TEST_TMPDIR/persister.pid")" 2>/dev/null || true
    [ ! -f "$BATS_TEST_TMPDIR/monasca-follow.pid" ] || kill -KILL "$(cat "$BATS_TEST_TMPDIR/monasca-follow.pid")" 2>/dev/null || true
    proxy_stop
    drop_databases
}

A1=000000000000000000000000000000a1
HOUR=3600000000000

migrated() {
    generate small --tenants 2 --weeks 1 --per-week 100 | load_points
    run_json first
    expect_status 0
}

# A persister in small: a point for each of two tenants and metrics every 20 ms, into the databases that
# are named. Its time is the clock's, in milliseconds. persister DATABASE-OF-TENANT-a0 DATABASE-OF-TENANT-a1
persister() {
    python3 - "$INFLUX_URL" "$BATS_TEST_TMPDIR/persister.began" "$@" <<'PYTHON' >"$BATS_TEST_TMPDIR/persister.out" 2>&1 3>&- &
import signal, sys, time, urllib.request
url, began, *databases = sys.argv[1:]
going = []
signal.signal(signal.SIGTERM, lambda *_: going.append(1))
written = 0
open(began, "w", encoding="ascii").close()
while not going:
    for number, database in enumerate(databases):
        tenant = "%032x" % (0xa0 + number)
        now = time.time_ns() // 10**6 * 10**6
        lines = "".join(f'{m},_tenant_id={tenant},_region=R,hostname=live value={written},value_meta="{{}}" {now}\n'
                        for m in ("cpu.idle_perc", "mem.free_mb"))
        urllib.request.urlopen(f"{url}/write?db={database}", lines.encode()).read()
        written += 2
    time.sleep(0.02)
print(written)
PYTHON
    WRITER=$!
    wait_for 60 test -e "$BATS_TEST_TMPDIR/persister.began"
}

stop_persister() {
    kill -TERM "$WRITER"
    wait "$WRITER"
    WRITER=
    cat "$BATS_TEST_TMPDIR/persister.out"
    [ "$(cat "$BATS_TEST_TMPDIR/persister.out")" -gt 0 ]
}

# --- late points ---------------------------------------------------------------------------------

@test "a point that arrives late within --overlap comes with the next run" {
    migrated
    write_points "cpu.idle_perc,_tenant_id=$A1,late=y value=1 $((NOW - HOUR / 2))"
    run_json second
    expect_status 0
    compare
}

@test "an older late point stays behind in the next run, verify tells of it, and verify --repair brings it" {
    migrated
    write_points "cpu.idle_perc,_tenant_id=$A1,late=y value=1 $((NOW - 50 * HOUR))"
    run_json second
    expect_status 0
    compare_lacks
    run tenants verify
    expect_status 1
    says "tenant $A1"
    says 'cpu\.idle_perc'
    run tenants verify --repair
    expect_status 0
    compare
}

@test "an older late point comes with --full" {
    migrated
    write_points "cpu.idle_perc,_tenant_id=$A1,late=y value=1 $((NOW - 50 * HOUR))"
    run_json second --full
    expect_status 0
    compare
}

@test "a point that was written over in the source since is found by verify --deep and mended by --repair" {
    write_points "m,_tenant_id=a value=1 $((NOW - 50 * HOUR))"
    run_json first
    expect_status 0
    write_points "m,_tenant_id=a value=2 $((NOW - 50 * HOUR))"
    run tenants verify
    expect_status 0
    run tenants verify --deep
    expect_status 1
    says 'value at .*: 2 in the source, 1 there'
    run tenants verify --deep --repair
    expect_status 0
    compare
}

# --- writers -------------------------------------------------------------------------------------

@test "a persister that writes to the source during the run: what is past its cutoff comes with the next" {
    generate bulk --measurements 10 --tenants 5 --weeks 4 --per-week 300 | load_points
    persister "$DB" "$DB"
    run_json first
    expect_status 0
    run_json second
    expect_status 0
    stop_persister
    sleep 0.1
    run_json third
    expect_status 0
    compare
    run tenants verify --deep
    expect_status 0
}

@test "a persister that already writes to the targets: all that the source has arrives, and what it wrote stays" {
    generate small --tenants 2 --weeks 4 --per-week 300 | load_points
    influx "CREATE DATABASE ${DB}_000000000000000000000000000000a0" >/dev/null
    influx "CREATE DATABASE ${DB}_$A1" >/dev/null
    persister "${DB}_000000000000000000000000000000a0" "${DB}_$A1"
    run_json first
    expect_status 0
    run tenants verify --deep
    expect_status 0
    stop_persister
    written=$(cat "$BATS_TEST_TMPDIR/persister.out")
    compare --allow-more
    live=0
    for tenant in 000000000000000000000000000000a0 "$A1"; do
        for metric in cpu.idle_perc mem.free_mb; do
            live=$((live + $(influx_values "SELECT count(value) FROM \"${DB}_$tenant\"..\"$metric\" WHERE hostname = 'live'" 1)))
        done
    done
    [ "$live" -eq "$written" ]
}

@test "a persister that writes to the source and another to the targets, during run, rerun and verify" {
    generate small --tenants 2 --weeks 2 --per-week 300 | load_points
    influx "CREATE DATABASE ${DB}_000000000000000000000000000000a0" >/dev/null
    influx "CREATE DATABASE ${DB}_$A1" >/dev/null
    persister "$DB" "${DB}_$A1"
    for name in first second; do
        run_json "$name"
        expect_status 0
    done
    run tenants verify --deep
    expect_status 0
    stop_persister
    sleep 0.1
    run_json third
    expect_status 0
    compare --allow-more
}

# --- what is new ---------------------------------------------------------------------------------

@test "measurements, tenants, fields and tags that appear between two runs are copied from their beginning" {
    migrated
    for i in {1..20}; do
        echo "brand.new,_tenant_id=$A1 value=$i $((NOW - i * 24 * HOUR))"
        echo "cpu.idle_perc,_tenant_id=brandnew value=$i $((NOW - i * 24 * HOUR))"
        echo "alarm_state_history,tenant_id=onlyalarms reason=\"r$i\" $((NOW - i * 24 * HOUR))"
    done | load_points
    t=$((NOW - HOUR / 4))
    write_points "cpu.user_perc,_tenant_id=$A1 another=1i $t" "cpu.user_perc,_tenant_id=$A1,newtag=x value=1 $t"
    run_json second
    expect_status 0
    compare
}

# --- retention -----------------------------------------------------------------------------------

@test "a shard that the source's retention takes while it is copied is no failure, and the rest arrives" {
    influx "CREATE RETENTION POLICY short ON $DB DURATION 90d REPLICATION 1 DEFAULT" >/dev/null
    generate small --tenants 3 --weeks 4 --per-week 300 | load_points
    oldest=$(influx 'SHOW SHARDS' | jq -r --arg db "$DB" '[.results[0].series[] | select(.name == $db) | . as $s |
        .values[] | [.[$s.columns | index("start_time")], .[$s.columns | index("id")]]] | sort | .[0][1]')
    # What the server's retention service does: the shard group is gone.
    proxy_start "exec=curl -s '$INFLUX_URL/query' --data-urlencode 'q=DROP SHARD $oldest'@2~INTO"
    run_json first --jobs 2
    grep -q . "$PROXY_LOG"
    expect_status 0
    # What was copied of it before is more than the source has now.
    compare --allow-more
    run tenants verify --deep
    expect_status 0
    run_json second
    expect_status 0
}

@test "a shard that is taken between planning and the first statement is no failure" {
    influx "CREATE RETENTION POLICY short ON $DB DURATION 90d REPLICATION 1 DEFAULT" >/dev/null
    generate small --tenants 2 --weeks 3 --per-week 100 | load_points
    oldest=$(influx 'SHOW SHARDS' | jq -r --arg db "$DB" '[.results[0].series[] | select(.name == $db) | . as $s |
        .values[] | [.[$s.columns | index("start_time")], .[$s.columns | index("id")]]] | sort | .[0][1]')
    proxy_start "exec=curl -s '$INFLUX_URL/query' --data-urlencode 'q=DROP SHARD $oldest'@1~INTO"
    run_json first --jobs 1
    expect_status 0
    compare --allow-more
}

# --- the page ------------------------------------------------------------------------------------

# What stands in for the services: a persister that reads a topic whose message number k came at
# T0 + 10 ms x k, and goes on where it stopped.
services() {
    cat >"$BATS_TEST_TMPDIR/persister.py" <<'PYTHON'
import configparser, os, signal, sys, time, urllib.request
folder, url = sys.argv[1:]
config = configparser.ConfigParser()
config.read(folder + "/persister.conf")
per_tenant = config.getboolean("influxdb", "db_per_tenant")
with open(folder + "/t0", encoding="ascii") as file:
    t0 = int(file.read())
going = []
signal.signal(signal.SIGTERM, lambda *_: going.append(1))
try:
    with open(folder + "/offset", encoding="ascii") as file:
        offset = int(file.read())
except FileNotFoundError:
    offset = 0
while not going:
    end = (time.time_ns() - t0) // 10**7
    for tenant in ("%032x" % 0xa0, "%032x" % 0xa1):
        lines = "".join(f"live.metric,_tenant_id={tenant},_region=R value={k} {t0 + k * 10**7}\n"
                        for k in range(offset, end))
        name = "mon_" + tenant if per_tenant else "mon"
        if lines:
            urllib.request.urlopen(f"{url}/write?db={name}", lines.encode()).read()
    offset = end
    with open(folder + "/offset.new", "w", encoding="ascii") as file:
        file.write(str(offset))
    os.rename(folder + "/offset.new", folder + "/offset")
    time.sleep(0.01)
PYTHON
    echo "$((NOW / 10000000 * 10000000))" >"$BATS_TEST_TMPDIR/t0"
    mkdir -p "$BATS_TEST_TMPDIR/bin"
    ln -sf "$PROGRAM" "$BATS_TEST_TMPDIR/bin/monasca-migrate"
    cat >"$BATS_TEST_TMPDIR/bin/systemctl" <<SH
#!/bin/sh
echo "\$*" >>"$BATS_TEST_TMPDIR/systemctl.log"
case "\$*" in
'start monasca-persister')
    python3 "$BATS_TEST_TMPDIR/persister.py" "$BATS_TEST_TMPDIR" "$INFLUX_URL" </dev/null >/dev/null 2>&1 3>&- &
    echo \$! >"$BATS_TEST_TMPDIR/persister.pid"
    ;;
'stop monasca-'*)
    pid=\$(cat "$BATS_TEST_TMPDIR/\${2#monasca-}.pid" "$BATS_TEST_TMPDIR/\$2.pid" 2>/dev/null)
    kill -TERM "\$pid"
    while kill -0 "\$pid" 2>/dev/null; do sleep 0.02; done
    ;;
esac
SH
    # Returns when the first delta is through, as somebody who looks would wait for.
    cat >"$BATS_TEST_TMPDIR/bin/systemd-run" <<SH
#!/bin/sh
while case \$1 in --*) true ;; *) false ;; esac; do
    case \$1 in --property) shift ;; --unit) unit=\$2; shift ;; esac
    shift
done
"\$@" </dev/null >"$BATS_TEST_TMPDIR/\$unit.out" 2>&1 3>&- &
echo \$! >"$BATS_TEST_TMPDIR/\$unit.pid"
until grep -q '^Delta 1' "$BATS_TEST_TMPDIR/\$unit.out"; do sleep 0.05; done
SH
    chmod +x "$BATS_TEST_TMPDIR/bin/systemctl" "$BATS_TEST_TMPDIR/bin/systemd-run"
}

# A command of the page, with this test's files and server.
follow() {
    local command=$1
    command=${command//\/etc\/monasca/$BATS_TEST_TMPDIR}
    command=${command//http:\/\/127.0.0.1:8086/$INFLUX_URL}
    command=${command//TENANT/$A1}
    echo "> $command"
    PATH=$BATS_TEST_TMPDIR/bin:$PATH STATE_DIRECTORY=$STATE bash -c "$command" 3>&-
}

# Has the source no point any more of the last seconds, as the page's command shows it?
follow_shows_none() {
    follow "$1" | grep -qxF '{"results":[{"statement_id":0}]}'
}

@test "the page's command sets db_per_tenant whether it is absent, commented or there, and shows it" {
    local set show before
    mapfile -t set < <(sed -n 's/^ *\$ \(sed -i .*db_per_tenant.*persister.conf\)$/\1/p' "$ROOT/docs/cutover.rst")
    mapfile -t show < <(sed -n 's/^ *\$ \(grep .*db_per_tenant.*persister.conf\)$/\1/p' "$ROOT/docs/cutover.rst")
    [ "${#set[@]}" -eq 1 ]
    [ "${#show[@]}" -eq 1 ]
    for before in '' '#db_per_tenant = False' '# db_per_tenant=False' 'db_per_tenant = False' 'db_per_tenant=false' \
        'db_per_tenant: False' 'db_per_tenant = True'; do
        write_conf "$before" '[kafka]' 'uri = x'
        follow "${set[0]}"
        follow "${show[0]}" | grep -q 'db_per_tenant = True$'
        [ "$(grep -c 'db_per_tenant' "$CONF")" -eq 1 ]
        [ "$(sed -n '/^\[influxdb\]/,/^\[kafka\]/p' "$CONF" | grep -c '^db_per_tenant = True')" -eq 1 ]
        grep -qx 'uri = x' "$CONF"
    done
    printf '[kafka]\nuri = x\n' >"$CONF"
    follow "${set[0]}"
    run -1 follow "${show[0]}"
}

@test "the commands of docs/cutover.rst, as they stand there, lose no point of a system that lives" {
    influx "DROP DATABASE $DB" >/dev/null
    DB=mon
    influx 'CREATE DATABASE mon' >/dev/null
    write_conf 'db_per_tenant = False'
    cp "$CONF" "$BATS_TEST_TMPDIR/monasca-api.conf"
    generate small --tenants 2 --weeks 4 --per-week 200 | load_points
    services
    PATH=$BATS_TEST_TMPDIR/bin:$PATH systemctl start monasca-persister
    sleep 0.5

    # A backslash at the end goes on in the next line.
    mapfile -t commands < <(sed -n -e ':more' -e '/^ *\$ .*\\$/{ N; s/\\\n *//; b more' -e '}' -e 's/^ *\$ //p' \
        "$ROOT/docs/cutover.rst")
    [ "${#commands[@]}" -ge 10 ]
    for command in "${commands[@]}"; do
        if [[ $command == *'FROM "mon_TENANT"'* ]]; then
            follow "$command" | grep -q '"name":"live.metric"'
        elif [[ $command == *'FROM "mon"'* ]]; then
            wait_for 30 follow_shows_none "$command"
        elif [[ $command == *'DROP DATABASE'* ]]; then
            compare --allow-more # the source as it was left, before it goes
        fi
        follow "$command" || {
            echo "status $?"
            return 1
        }
        sleep 0.2
    done
    PATH=$BATS_TEST_TMPDIR/bin:$PATH systemctl stop monasca-persister
    run -1 has_database mon
    grep -q 'restart monasca-api' "$BATS_TEST_TMPDIR/systemctl.log"
    grep -q '^db_per_tenant = True' "$BATS_TEST_TMPDIR/monasca-api.conf"

    # Every message of the topic, once, wherever it was written first.
    messages=$(cat "$BATS_TEST_TMPDIR/offset")
    [ "$messages" -gt 100 ]
    for tenant in 000000000000000000000000000000a0 "$A1"; do
        [ "$(influx_values "SELECT count(value) FROM \"mon_$tenant\"..\"live.metric\"" 1)" -eq "$messages" ]
        [ "$(influx_values "SELECT sum(value) FROM \"mon_$tenant\"..\"live.metric\"" 1)" -eq $((messages * (messages - 1) / 2)) ]
    done
}
