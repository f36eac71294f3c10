#!/usr/bin/env bats
# The engine that streams, and targets on another server.

load ../lib/live

setup_file() {
    influxd_start other
    OTHER_URL=$INFLUX_URL
    export OTHER_URL
    influxd_start
}

teardown_file() {
    influxd_stop
}

setup() {
    fresh_database
}

teardown() {
    drop_databases
}

@test "every point of the traps arrives by the engine that streams, typed, and nothing else does" {
    generate traps | load_points
    run tenants run --engine stream
    # One tenant's name can be no database's.
    [ "$status" -eq 1 ]
    compare
}

@test "what line protocol can't express goes by the server instead" {
    # A backslash before a comma can be read from the server, and not be written to it.
    write_points 'odd,_tenant_id=a,path=c:\\,x value=1 '"$NOW" "odd,_tenant_id=a,path=plain value=2 $NOW" 2>/dev/null || true
    write_points "even,_tenant_id=a value=1 $NOW"
    run_json events --engine stream
    expect_status 0
    compare
}

@test "targets on another server are made there, copied, and verified there, point by point" {
    generate small --tenants 3 --weeks 2 | load_points
    run_json events --target-url "$OTHER_URL"
    expect_status 0
    compare --target-url "$OTHER_URL"
    expect_no_target
    run tenants verify --deep --target-url "$OTHER_URL"
    [ "$status" -eq 0 ]
}

@test "a second run to another server copies only what is new" {
    generate small --tenants 2 --weeks 2 | load_points
    run_json first --target-url "$OTHER_URL"
    run_json second --target-url "$OTHER_URL"
    expect_status 0
    [ "$(tail -n 1 "$BATS_TEST_TMPDIR/second" | jq .points_written)" -lt "$(tail -n 1 "$BATS_TEST_TMPDIR/first" | jq .points_written)" ]
}

@test "what was copied to one server doesn't count as copied to another" {
    generate small --tenants 2 --weeks 1 | load_points
    run_json first --target-url "$OTHER_URL"
    run_json second
    expect_status 0
    compare
}

@test "a value that is altered on the other server is found by verify --deep, and mended by --repair" {
    generate small --tenants 1 --weeks 1 | load_points
    run_json first --target-url "$OTHER_URL"
    local name
    name=$(INFLUX_URL=$OTHER_URL databases | grep "^${DB}_")
    altered=$(INFLUX_URL=$OTHER_URL influx "SELECT * FROM \"$name\"../.*/ GROUP BY * LIMIT 1" |
        jq -r '.results[0].series | map(select(.name != "alarm_state_history"))[0] |
               "\(.name),\(.tags | to_entries | map(select(.value != "") | "\(.key)=\(.value)") | join(",")) value=-12345.5 \(.values[0][0])"')
    printf '%s\n' "$altered" | INFLUX_URL=$OTHER_URL "$LIB/influx.py" load "$name"
    run tenants verify --deep --target-url "$OTHER_URL"
    [ "$status" -eq 1 ]
    says '^tenant .*: differs in '
    run tenants verify --deep --repair --target-url "$OTHER_URL"
    [ "$status" -eq 0 ]
    compare --target-url "$OTHER_URL"
}

@test "--engine server with --target-url, a password in the URL, and no URL at all are wrong usage" {
    run -2 tenants run --engine server --target-url "$OTHER_URL"
    says "^error: --engine server can't copy to another server"
    run -2 tenants run --target-url "http://u:secret@127.0.0.1:1"
    says '^error: --target-url takes no user or password'
    says_not secret
    run -2 tenants run --target-url 127.0.0.1:8086
    says "^error: --target-url: '127\.0\.0\.1:8086' is no http:// or https:// address"
    run -2 tenants run --target-user somebody
    says '^error: --target-user.* go with --target-url'
}

@test "another server that isn't there is status 4, and named" {
    write_points "m,_tenant_id=a value=1 $NOW"
    run tenants run --target-url http://127.0.0.1:1
    [ "$status" -eq 4 ]
    [[ $output == *"http://127.0.0.1:1"* ]]
}
# Points that a target refuses.

# Target $1 has the field of a measurement as a string, in the week of the points that will come: conflict_in TARGET
# [FIELD [TIME]]. The points of such tests are around $AT.
conflict_in() {
    AT=$(midweek)
    influx "CREATE DATABASE \"$1\"" >/dev/null
    printf 'm,_tenant_id=a,host=other %s="text" %s\n' "${2:-value}" "${3:-$AT}" | "$LIB/influx.py" load "$1"
}

drop_measurement() {
    curl -sf -X POST "$INFLUX_URL/query?db=$1" --data-urlencode "q=DROP MEASUREMENT $2" >/dev/null
}

# The reject file: there is one for a source.
rejects() {
    echo "$STATE"/*.rejects
}

refused_lines() {
    grep -v '^#' "$(rejects)"
}

@test "points that a target refuses land in the reject file with the reason, and the rest goes on" {
    conflict_in "${DB}_a" other
    # 7 in 20,000, in the middle of batches.
    seq 20000 | awk -v now="$AT" '{ printf "m,_tenant_id=a,host=h%d value=%d%s %s\n", $1 % 50, $1, $1 % 2900 == 100 ? ",other=1.5" : "", substr(now, 1, 10) - $1 "000000000" }' | load_points
    write_points "fine,_tenant_id=a value=1 $AT" "m,_tenant_id=b value=1,other=2 $AT"
    run_json events --engine stream
    expect_status 1
    expect_field points_refused 7
    expect_field reject_file "\"$(rejects)\""
    expect_field windows_failed 0
    [ "$(stat -c %a "$(rejects)")" = 600 ]
    [ "$(refused_lines | wc -l)" -eq 7 ]
    [ "$(refused_lines | grep -c ' other=1.5,')" -eq 7 ]
    grep -q '^# REASON: partial write: field type conflict: .*"other" on measurement "m"' "$(rejects)"
    grep -qx "# CONTEXT-DATABASE: ${DB}_a" "$(rejects)"
    [ "$(influx_values "SELECT count(value) FROM ${DB}_a..m" 1)" -eq 19993 ]
    [ "$(influx_values "SELECT count(value) FROM ${DB}_a..fine" 1)" -eq 1 ]
    [ "$(influx_values "SELECT count(value) FROM ${DB}_b..m" 1)" -eq 1 ]
    run tenants status
    [ "$status" -eq 1 ]
    says 'refused +7, in '
    says 'refused: tenant a, 7 points: partial write: field type conflict'
    # Verification names what is missing, and ends.
    run tenants verify --engine stream
    [ "$status" -eq 1 ]
    says 'field other'
}

@test "what was refused is tried again by the next run, stands in the reject file once, and leaves it when it is taken" {
    conflict_in "${DB}_a"
    write_points "m,_tenant_id=a,host=x value=1 $((AT - 1000))" "m,_tenant_id=a,host=y value=2 $((AT - 2000))" "fine,_tenant_id=a value=2 $AT"
    run_json first --engine stream
    expect_status 1
    before=$(sha256sum <"$(rejects)")
    # What a kill in the middle of that would leave.
    : >"$(rejects).new"
    run_json second --engine stream
    expect_status 1
    expect_field points_refused 2
    [ ! -e "$(rejects).new" ]
    [ "$before" = "$(sha256sum <"$(rejects)")" ]
    drop_measurement "${DB}_a" m
    run_json third --engine stream
    expect_status 0
    expect_field points_refused 0
    [ ! -e "$(rejects)" ]
    compare
}

@test "lines that are mended in the reject file are written by the next run" {
    conflict_in "${DB}_a"
    write_points "m,_tenant_id=a,host=x value=1 $((AT - 7200000000000))" "m,_tenant_id=a,host=y value=2 $((AT - 7200000000000))"
    run_json first --engine stream
    expect_status 1
    sed -i 's/ value=\([0-9]\) / value="\1" /' "$(rejects)"
    run_json second --engine stream
    expect_status 0
    [ "$(influx_values "SELECT count(value) FROM ${DB}_a..m" 1)" -eq 3 ]
}

@test "the stock client imports the reject file" {
    conflict_in "${DB}_a"
    conflict_in "${DB}_b"
    write_points "m,_tenant_id=a,host=x value=1 $AT" "m,_tenant_id=a,host=y value=2 $AT" "m,_tenant_id=b,host=y value=2 $AT"
    run_json first --engine stream
    expect_status 1
    drop_measurement "${DB}_a" m
    drop_measurement "${DB}_b" m
    "$(type -P influx)" -host "$INFLUX_HOST" -port "$INFLUX_PORT" -import -path "$(rejects)" -precision ns
    compare
}

@test "a measurement that is refused whole leaves the others alone, with few statements" {
    conflict_in "${DB}_a"
    seq 30000 | awk -v now="$AT" '{ printf "m,_tenant_id=a,host=h%d value=%d %s\nfine,_tenant_id=a value=%d %s\n", $1 % 50, $1, now - $1 * 1000000, $1, now - $1 * 1000000 }' | load_points
    run_json events --engine stream
    expect_status 1
    expect_field points_refused 30000
    expect_field windows_failed 0
    [ "$(summary "$EVENTS" statements)" -lt 100 ]
    [ "$(refused_lines | wc -l)" -eq 30000 ]
    [ "$(influx_values "SELECT count(value) FROM ${DB}_a..fine" 1)" -eq 30000 ]
}

# 40,000 points of each of two measurements in a week; the target refuses all of one, more than a MiB of lines.
many_refused() {
    conflict_in "${DB}_a"
    seq 40000 | awk -v now="$AT" '{ at = now - $1 * 1000000
        printf "m,_tenant_id=a,hostname=host%d,service=monitoring value=%d %d\n", $1 % 50, $1, at
        printf "fine,_tenant_id=a,hostname=host%d value=%d %d\n", $1 % 50, $1, at }' | load_points
}

# Each refused point stands in the reject file once, and the others are in the target.
expect_many_refused() {
    [ "$(refused_lines | grep -c '^m,')" -eq 40000 ]
    [ "$(refused_lines | sort -u | wc -l)" -eq 40000 ]
    [ "$(refused_lines | wc -l)" -eq 40000 ]
    [ "$(influx_values "SELECT count(value) FROM ${DB}_a..fine" 1)" -eq 40000 ]
}

@test "a window with more than a MiB of refused lines isn't halved" {
    many_refused
    run_json events --engine stream
    expect_status 1
    expect_field points_refused 40000
    expect_field windows_failed 0
    expect_field splits 0
    expect_many_refused
    # Nothing is left of what knew them.
    [ "$(find "$STATE" -name '*.index*' -o -name '*.new' | wc -l)" -eq 0 ]
    run tenants status
    says 'refused: tenant a, 40,000 points: partial write: field type conflict'
}

@test "killed at any time, refused points stand in the reject file once, and the next run completes it" {
    many_refused
    local i size pid
    for i in 05 15 30 50; do
        size=$(stat -c %s "$(rejects)" 2>/dev/null || echo 0)
        "$PROGRAM" tenants run --config-file "$CONF" --state-dir "$STATE" --engine stream >/dev/null 2>&1 3>&- &
        pid=$!
        # As soon as it has added something, or later.
        for _ in {1..100}; do
            [ "$(stat -c %s "$(rejects)" 2>/dev/null || echo 0)" = "$size" ] || break
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.01
        done
        [ "$size" = 0 ] || sleep "0.$i"
        kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" || true
    done
    run_json events --engine stream
    expect_status 1
    expect_field points_refused 40000
    expect_field windows_failed 0
    expect_many_refused
}

@test "the server's engine has the refused points told apart, too" {
    conflict_in "${DB}_a" other
    seq 3000 | awk -v now="$AT" '{ printf "m,_tenant_id=a,host=h%d value=%d%s %s\n", $1 % 50, $1, $1 % 1000 == 100 ? ",other=1.5" : "", now - $1 * 1000000000 }' | load_points
    run_json events
    expect_status 1
    expect_field points_refused 3
    [ "$(refused_lines | wc -l)" -eq 3 ]
    [ "$(influx_values "SELECT count(value) FROM ${DB}_a..m" 1)" -eq 2997 ]
    grep -q '"event":"refused_in_part"' "$EVENTS"
}

@test "points beyond the target's policy are clipped, also where others of their batch are refused" {
    local old=$((NOW - 20 * 3600000000000))
    influx "CREATE DATABASE ${DB}_a WITH DURATION 48h SHARD DURATION 1h NAME kept" >/dev/null
    conflict_in "${DB}_a" value "$NOW"
    # Old and new points shall come in one batch, whatever day it is.
    influx "CREATE RETENTION POLICY long ON $DB DURATION INF REPLICATION 1 SHARD DURATION 520w DEFAULT" >/dev/null
    write_points "m,_tenant_id=a,host=old value=1 $old" "fine,_tenant_id=a value=1 $old" \
        "fine,_tenant_id=a value=2 $((NOW - 1000))" "m,_tenant_id=a,host=new value=2 $((NOW - 1000))"
    # The policy becomes shorter when the first points come.
    proxy_start "exec=curl -s '$INFLUX_URL/query' --data-urlencode 'q=ALTER RETENTION POLICY kept ON ${DB}_a DURATION 10h SHARD DURATION 1h'@1~WRITE"
    run_json events --engine stream
    expect_status 1
    expect_field points_refused 1
    expect_field windows_failed 0
    refused_lines | grep -q host=new
    [ "$(influx_values "SELECT count(value) FROM ${DB}_a..fine" 1)" -eq 1 ]
}

@test "a reject file that can't be written ends the run, and marks nothing as done" {
    conflict_in "${DB}_a"
    write_points "m,_tenant_id=a,host=x value=1 $AT"
    run_json first --engine stream
    expect_status 1
    # A directory in its place stands for a disk that takes nothing.
    local file
    file=$(rejects)
    rm -r "$STATE"
    mkdir -p "$file"
    run_json second --engine stream
    expect_status 3
    says "$file"
    rmdir "$file"
    run_json third --engine stream
    expect_status 1
    expect_field points_refused 1
}

@test "--gzip on: points come and go compressed, and are the same" {
    generate traps | load_points
    generate small --tenants 2 --weeks 1 | load_points
    proxy_start 'encodings@1+'
    run tenants run --engine stream --gzip on
    # One tenant's name can be no database's.
    [ "$status" -eq 1 ]
    compare
    cut -f 2 <(grep ^WRITE.gzip "$PROXY_LOG") | sort -u | grep -qx gzip
    run ! grep -P '^WRITE\tNone' "$PROXY_LOG"
    grep -qP '^SELECT[^\t]*\tNone\tgzip' "$PROXY_LOG"
}

@test "--gzip auto: nothing is compressed on one machine, unless it is asked for" {
    generate small --tenants 1 --weeks 1 | load_points
    proxy_start 'encodings@1+'
    run_json events --engine stream
    expect_status 0
    grep -qP '^WRITE\tNone\tNone' "$PROXY_LOG"
    run ! grep -P '\tgzip' "$PROXY_LOG"
}

@test "points so large that a chunk of them would be too much to hold are copied in smaller windows" {
    # 1,000 a chunk, of 12 KiB each, would be more than the 8 MiB that are held.
    /usr/bin/python3 - "$NOW" <<'PYTHON' | load_points
import sys
now = int(sys.argv[1])
for n in range(1500):
    print('big,_tenant_id=000000000000000000000000000000a0 text="%05d%s" %d' % (n, "x" * 12000, now - (n + 1) * 60 * 10**9))
PYTHON
    run_json large --engine stream
    expect_status 0
    expect_field points_written 1500
    compare
    # Sanitizers take memory of their own.
    ! grep -q __asan "$PROGRAM" || return 0
    /usr/bin/python3 - "$PROGRAM" tenants run --engine stream --full --config-file "$CONF" --state-dir "$STATE" <<'PYTHON'
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print("KiB", most)
sys.exit(status or most >= 64 * 1024)
PYTHON
}
