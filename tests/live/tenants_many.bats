#!/usr/bin/env bats
# Many tenants on a server with few descriptors: a run that goes on near the limit ends in good order, and the server
# still takes writes. tests/bench/price.bats does the same with hundreds of tenants.

load ../lib/live
load ../lib/price

setup_file() { :; }
teardown() { influxd_stop; }

begin() {
    influxd_start "s$BATS_TEST_NUMBER" "$@"
    fresh_database
}

# The source takes a write, and answers within a few seconds.
takes_writes() {
    curl -sf -m 10 "$INFLUX_URL/write?db=$DB" --data-binary "cpu.idle_perc,_tenant_id=t00000,_region=r,hostname=new value=1"
}

# The databases that were made have all their points.
begun_are_whole() {
    local tenant points
    for tenant in $(databases | sed -n "s/^${DB}_//p"); do
        points=$(influx "SELECT count(value) FROM \"${DB}_$tenant\".autogen.\"cpu.idle_perc\"" | jq '.results[0].series[0].values[0][1]')
        [ "$points" -eq "$1" ] || { echo "$tenant has $points points"; return 1; }
    done
}

@test "a run that ignores the limits begins as many tenants as have room, finishes them, and ends with status 4" {
    begin descriptors=500
    many_tenants 70 3
    run_json events --ignore-limits
    expect_status 4
    says 'descriptors: [0-9]+ of 500 are in use'
    says 'has no room for [0-9]+ tenants more'
    [ "$(summary "$EVENTS" tenants_done)" -ge 40 ]
    [ "$(summary "$EVENTS" tenants_done)" -eq "$(databases | grep -c "${DB}_")" ]
    begun_are_whole 3
    takes_writes
    # The same command goes on where there is room again.
    "$LIB/influxd" kill "$INFLUX_DIR"
    OWNER=$$ "$LIB/influxd" start "$INFLUX_DIR" port="$INFLUX_PORT" descriptors=4000 >/dev/null
    run_json again
    expect_status 0
    [ "$(databases | grep -c "${DB}_")" -eq 70 ]
    compare
}

# Connections that say nothing, until the server has so many descriptors open.
connections() {
    python3 - "$1" "$INFLUX_URL" "$(cat "$INFLUX_DIR/pid")" 3>&- <<'PY' &
import os, socket, sys, time, urllib.parse
url = urllib.parse.urlparse(sys.argv[2])
kept = []
while len(os.listdir(f"/proc/{sys.argv[3]}/fd")) < int(sys.argv[1]):
    kept.append(socket.create_connection((url.hostname, url.port)))
    if len(kept) % 20 == 0 or len(os.listdir(f"/proc/{sys.argv[3]}/fd")) > int(sys.argv[1]) - 60:
        time.sleep(0.02)
time.sleep(60)
PY
    CONNECTIONS=$!
}

@test "a server whose descriptors others take while it is filled is left alone, and the reason is told" {
    begin descriptors=3000
    many_tenants 100 3
    tenants run --jobs 1 --max-rate 20 >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
    local run=$!
    sleep 1.5
    connections 2973
    status=0
    wait "$run" || status=$?
    kill "$CONNECTIONS"
    output=$(cat "$BATS_TEST_TMPDIR/err")
    expect_status 4
    says 'descriptors: [0-9]+ of 3000 are in use'
    takes_writes
}
