#!/usr/bin/env bats
# Targets on several servers: --target-map, and other kinds of servers.

load ../lib/live

setup_file() {
    local name
    for name in second third; do
        influxd_start $name
        export "${name^^}_URL=$INFLUX_URL"
    done
    influxd_start
}

teardown_file() {
    influxd_stop
}

setup() {
    fresh_database
    MAP=$BATS_TEST_TMPDIR/targets.conf
}

teardown() {
    local url
    front_stop
    proxy_stop
    for url in "$INFLUX_URL" "$SECOND_URL" "$THIRD_URL"; do
        INFLUX_URL=$url drop_databases
    done
}

# A measurement of three tenants, 20 points of each.
three_tenants() {
    local tenant i
    for tenant in a b c; do
        for ((i = 0; i < 20; i++)); do
            echo "cpu.idle_perc,_tenant_id=$tenant,hostname=h$((i % 3)) value=$i.5,value_meta=\"{}\" $((NOW - i * 60000000000))"
        done
    done | load_points
}

write_map() {
    printf '%s\n' "$@" >"$MAP"
}

points_of() {
    INFLUX_URL=$1 influx_values "SELECT count(value) FROM \"$2\"..\"cpu.idle_perc\"" 1
}

@test "each tenant goes where the map says, and the others stay" {
    three_tenants
    write_map '[a]' "url = $SECOND_URL" '[b]' "url = $THIRD_URL/" 'database = project_b'
    run_json events --target-map "$MAP"
    expect_status 0
    [ "$(points_of "$SECOND_URL" "${DB}_a")" = 20 ]
    [ "$(points_of "$THIRD_URL" project_b)" = 20 ]
    [ "$(points_of "$INFLUX_URL" "${DB}_c")" = 20 ]
    [ "$(databases | grep -c "^${DB}_")" = 1 ]
    [ "$(INFLUX_URL=$SECOND_URL databases | grep -c "^${DB}_")" = 1 ]
    INFLUX_URL=$THIRD_URL influx 'DROP DATABASE project_b'
}

@test "a server that nothing was copied to yet lost nothing, and the report's commands look there" {
    three_tenants
    run_json first
    run_json second --target-url "$SECOND_URL"
    expect_status 0
    run ! grep 'is gone' "$EVENTS.err"
    tenants report --output json >"$BATS_TEST_TMPDIR/report"
    [[ $(jq -r '.next[].command' "$BATS_TEST_TMPDIR/report") == *"verify --deep"*" --target-url $SECOND_URL"* ]]
    # A proof of nothing is none.
    run -1 tenants verify --target-url "$THIRD_URL"
    says 'nothing was compared'
    run -0 tenants status
    says 'nothing to compare'
    INFLUX_URL=$SECOND_URL influx "DROP DATABASE ${DB}_a"
    run_json third --target-url "$SECOND_URL"
    expect_status 0
    grep "${DB}_a was copied before and is gone" "$EVENTS.err"
}

@test "the plan says where each tenant goes" {
    three_tenants
    write_map '[a]' "url = $SECOND_URL" '[b]' "url = $THIRD_URL" 'database = project_b'
    run tenants plan --target-map "$MAP"
    [ "$status" -eq 0 ]
    says "^a +$SECOND_URL +${DB}_a "
    says "^b +$THIRD_URL +project_b "
    says "^c +$INFLUX_URL +${DB}_c "
    tenants plan --target-map "$MAP" --output json >"$BATS_TEST_TMPDIR/plan"
    [ "$(jq -r '.tenants[] | "\(.tenant) \(.server) \(.server_kind) \(.database)"' "$BATS_TEST_TMPDIR/plan")" = "a $SECOND_URL influxdb ${DB}_a
b $THIRD_URL influxdb project_b
c $INFLUX_URL influxdb ${DB}_c" ]
}

@test "with --target-url the map names the exceptions" {
    three_tenants
    write_map '[a]' "url = $THIRD_URL"
    run_json events --target-url "$SECOND_URL" --target-map "$MAP"
    expect_status 0
    [ "$(points_of "$THIRD_URL" "${DB}_a")" = 20 ]
    [ "$(points_of "$SECOND_URL" "${DB}_b")" = 20 ]
    [ "$(points_of "$SECOND_URL" "${DB}_c")" = 20 ]
    expect_no_target
}

@test "what is altered on a server of the map is found there by verify --deep, and mended by --repair" {
    three_tenants
    write_map '[a]' "url = $SECOND_URL" '[b]' "url = $THIRD_URL"
    run_json events --target-map "$MAP"
    expect_status 0
    echo "cpu.idle_perc,_tenant_id=a,hostname=h0 value=-1 $NOW" | INFLUX_URL=$SECOND_URL "$LIB/influx.py" load "${DB}_a"
    run tenants verify --deep --target-map "$MAP"
    [ "$status" -eq 1 ]
    says 'tenant a'
    says_not 'tenant b: differs'
    run tenants verify --deep --repair --target-map "$MAP"
    [ "$status" -eq 0 ]
    run tenants verify --deep --target-map "$MAP"
    [ "$status" -eq 0 ]
}

@test "another map copies what goes elsewhere now, and nothing else" {
    three_tenants
    write_map '[a]' "url = $SECOND_URL"
    run_json first --target-map "$MAP"
    write_map '[a]' "url = $THIRD_URL"
    run_json second --target-map "$MAP" --overlap 0s
    expect_status 0
    expect_field points_written 20
    [ "$(points_of "$THIRD_URL" "${DB}_a")" = 20 ]
}

@test "a database that is there under the map's name keeps its retention policy, and clips" {
    write_points "m,_tenant_id=a value=1 $NOW" "m,_tenant_id=a value=2 $((NOW - 3 * 86400 * 1000000000))"
    INFLUX_URL=$SECOND_URL influx 'CREATE DATABASE "short" WITH DURATION 1d NAME "day"' >/dev/null
    write_map '[a]' "url = $SECOND_URL" 'database = short'
    run_json events --target-map "$MAP"
    expect_status 0
    expect_field points_clipped 1
    [ "$(INFLUX_URL=$SECOND_URL influx_values 'SELECT count(value) FROM short..m' 1)" = 1 ]
    INFLUX_URL=$SECOND_URL influx 'DROP DATABASE short'
}

# --- servers that are away -----------------------------------------------------------------------

@test "a server of several that isn't there is named and passed over; the next run copies what is left" {
    three_tenants
    another_start "another$BATS_TEST_NUMBER"
    another_goes_away
    echo geheim-4711 >"$BATS_TEST_TMPDIR/password"
    write_map '[a]' "url = $ANOTHER_URL" 'user = u' "password_file = $BATS_TEST_TMPDIR/password"
    run tenants plan --target-map "$MAP"
    [ "$status" -eq 1 ]
    says "PROBLEM: tenant a: can't reach InfluxDB at $ANOTHER_URL: "
    run_json events --target-map "$MAP"
    expect_status 1
    says "can't reach InfluxDB at $ANOTHER_URL: .*; its tenants are left out, the others go on"
    says_not geheim
    expect_field tenants_failed 1
    expect_field tenants_away 1
    [ "$(summary "$EVENTS" 'servers_away' | jq -r '.[] | "\(.server) \(.tenants)"')" = "$ANOTHER_URL 1" ]
    [ "$(points_of "$INFLUX_URL" "${DB}_b")" = 20 ]
    [ "$(points_of "$INFLUX_URL" "${DB}_c")" = 20 ]
    run -1 tenants verify --target-map "$MAP"
    says "Not finished: .*"
    says "Away: can't reach InfluxDB at $ANOTHER_URL: .* The rest of 1 tenant there was not compared"
    # People read the same.
    run -1 tenants run --target-map "$MAP"
    says "Away: can't reach InfluxDB at $ANOTHER_URL: .* The rest of 1 tenant there was not copied"
    another_comes_back
    run_json second --target-map "$MAP" --overlap 0s
    expect_status 0
    expect_field points_written 20
    [ "$(points_of "$ANOTHER_URL" "${DB}_a")" = 20 ]
    # What was copied there isn't taken for lost while it is away.
    another_goes_away
    run_json third --target-map "$MAP" --overlap 0s
    expect_status 1
    another_comes_back
    run_json fourth --target-map "$MAP" --overlap 0s
    expect_status 0
    expect_field points_written 0
}

@test "where no server can be reached nothing is begun, and never a password said" {
    three_tenants
    echo geheim-4711 >"$BATS_TEST_TMPDIR/password"
    write_map '[DEFAULT]' 'user = u' "password_file = $BATS_TEST_TMPDIR/password" '[a]' 'url = http://127.0.0.1:1' \
        '[b]' 'url = http://127.0.0.1:2' '[c]' 'url = http://127.0.0.1:2'
    run tenants run --target-map "$MAP"
    [ "$status" -eq 4 ]
    says "can't reach InfluxDB at http://127.0.0.1:2: "
    says "hint: .*$MAP, line "
    says_not geheim
    expect_no_target
    # The same with what --tenant leaves of them; a server of tenants that are left out isn't asked.
    run -4 tenants run --target-map "$MAP" --tenant a
    says "can't reach InfluxDB at http://127.0.0.1:1: "
    write_map '[a]' 'url = http://127.0.0.1:1'
    run tenants run --target-map "$MAP" --tenant b
    [ "$status" -eq 0 ]
    says_not '127.0.0.1:1'
}

@test "a server that goes away while it is copied to holds up nobody else, and is gone on with when it is back" {
    three_tenants
    another_start "another$BATS_TEST_NUMBER"
    write_map '[a]' "url = $ANOTHER_URL" '[b]' "url = $SECOND_URL"
    # A window for each hour, and twenty a second.
    local i lines=() tenant
    for tenant in a b c; do
        for ((i = 0; i < 60; i++)); do
            lines+=("hours,_tenant_id=$tenant value=$i $((NOW - i * 3600000000000))")
        done
    done
    write_points "${lines[@]}"
    tenants run --output json --target-map "$MAP" --migrate-time-unit h --max-rate 20 >"$BATS_TEST_TMPDIR/events" \
        2>"$BATS_TEST_TMPDIR/said" 3>&- &
    local pid=$!
    EVENTS=$BATS_TEST_TMPDIR/events
    windows_of() { jq -n --arg t "$1" '[inputs | select(.event == "window" and .tenant == $t)] | length' "$EVENTS"; }
    has_begun() { [ "$(windows_of a)" -gt 0 ]; }
    others_are_done() { [ "$(windows_of b)" -ge 60 ] && [ "$(windows_of c)" -ge 60 ]; }
    wait_for 20 has_begun
    another_goes_away
    wait_for 25 others_are_done
    grep -q '"event":"server_away"' "$EVENTS"
    kill -0 "$pid"
    another_comes_back
    status=0
    wait "$pid" || status=$?
    output=$(cat "$BATS_TEST_TMPDIR/said")
    expect_status 0
    says "InfluxDB at $ANOTHER_URL is away: .*; waiting for it, the others go on"
    says "InfluxDB at $ANOTHER_URL is back"
    grep -q '"event":"server_back"' "$EVENTS"
    for i in "$ANOTHER_URL ${DB}_a" "$SECOND_URL ${DB}_b" "$INFLUX_URL ${DB}_c"; do
        [ "$(INFLUX_URL=${i% *} influx_values "SELECT count(value) FROM \"${i#* }\"..hours" 1)" -eq 60 ]
    done
    tenants verify --deep --target-map "$MAP"
}

# --- servers that are slow -----------------------------------------------------------------------

# Tenants a and b, 40 hours of each, a on the second server behind a proxy: two_speeds RULE...
two_speeds() {
    local i lines=() tenant
    for tenant in a b; do
        for ((i = 0; i < 40; i++)); do
            lines+=("hours,_tenant_id=$tenant value=$i $((NOW - i * 3600000000000))")
        done
    done
    write_points "${lines[@]}"
    INFLUX_URL=$SECOND_URL proxy_start "$@"
    write_conf
    write_map '[a]' "url = $PROXY_URL" '[b]' "url = $THIRD_URL"
}

@test "a server that is slow holds up its own tenants only" {
    two_speeds 'delay@1+~WRITE'
    # A statement each: the slow one has one of two, the other goes through all of its windows meanwhile.
    run_json events --target-map "$MAP" --migrate-time-unit h --jobs 2
    expect_status 0
    jq -r 'select(.event == "window" and .points > 0) | .tenant' "$EVENTS" |
        awk '$1 == "a" { slow++ } $1 == "b" { meanwhile = slow } END { print meanwhile + 0; exit meanwhile >= 10 }'
    for i in "$SECOND_URL ${DB}_a" "$THIRD_URL ${DB}_b"; do
        [ "$(INFLUX_URL=${i% *} influx_values "SELECT count(value) FROM \"${i#* }\"..hours" 1)" -eq 40 ]
    done
}

@test "a server that refuses for a moment gets fewer statements, and the others as many as before" {
    two_speeds page-503@{3,4,5,6,7,8}~WRITE
    run_json events --target-map "$MAP" --migrate-time-unit h
    expect_status 0
    [ "$(jq -r 'select(.event == "limit") | .server' "$EVENTS" | sort -u)" = "$PROXY_URL" ]
    holds -s '[.[] | select(.event == "limit") | .limit] | length > 0 and min < 4 and .[-1] == 4' "$EVENTS"
}

@test "--max-rate is for all servers together" {
    two_speeds none
    local began=$EPOCHREALTIME took
    run_json events --target-map "$MAP" --migrate-time-unit h --max-rate 20
    took=$(((${EPOCHREALTIME/[.,]/} - ${began/[.,]/}) / 1000))
    expect_status 0
    expect_field points_written 80
    # 80 points at 20 a second, less the second that may be saved up and what is written last.
    [ "$took" -ge 2500 ]
}

@test "credentials of the map go to its server, and a wrong password is found before anything is copied" {
    local name=closed source=$INFLUX_URL
    influxd_start $name http.auth-enabled=true
    local closed=$INFLUX_URL
    export INFLUX_URL=$source
    INFLUX_URL=$closed influx "CREATE USER root WITH PASSWORD 'right-4711' WITH ALL PRIVILEGES" >/dev/null
    three_tenants
    echo wrong-4711 >"$BATS_TEST_TMPDIR/password"
    write_map '[DEFAULT]' 'user = root' "password_file = $BATS_TEST_TMPDIR/password" '[a]' "url = $closed"
    run tenants run --target-map "$MAP"
    [ "$status" -eq 4 ]
    says "InfluxDB at $closed refuses the user 'root'"
    says_not wrong-4711
    expect_no_target
    echo right-4711 >"$BATS_TEST_TMPDIR/password"
    run tenants run --target-map "$MAP"
    [ "$status" -eq 0 ]
    [ "$(INFLUX_USER=root INFLUX_PASSWORD=right-4711 points_of "$closed" "${DB}_a")" = 20 ]
    run grep -rl 'right-4711' "$STATE"
    [ "$status" -eq 1 ]
}

# wrong_map WORDS LINE...: a map of these lines is refused by status 3 with these words.
wrong_map() {
    local words=$1
    shift
    write_map "$@"
    run tenants plan --target-map "$MAP"
    [ "$status" -eq 3 ] || {
        printf 'status %s for:\n%s\n%s\n' "$status" "$(cat "$MAP")" "$output"
        return 1
    }
    says "$words"
    says_not secret
}

@test "what is wrong in a map is told with its line" {
    write_points "m,_tenant_id=a value=1 $NOW" "m,_tenant_id=b value=1 $NOW"
    wrong_map "$MAP, line 2: there is no key 'host'" '[a]' 'host = x'
    wrong_map "$MAP, line 3: url is there twice, first in line 2" '[a]' 'url = http://x' 'url = http://y'
    wrong_map "$MAP, line 3: section \[a\] is there twice, first in line 1" '[a]' 'url = http://x' '[a]'
    wrong_map "$MAP, line 2: url takes no user or password" '[a]' 'url = http://u:secret@x'
    wrong_map "$MAP, line 2: url: 'x:8086' is no http" '[a]' 'url = x:8086'
    wrong_map "$MAP, line 2: kind is 'mysql'; there are auto, influxdb" '[a]' 'kind = mysql' 'url = http://x'
    wrong_map "$MAP, line 2: user goes with url" '[a]' 'user = x'
    wrong_map "$MAP, line 3: can't read /nonexistent" '[a]' 'url = http://x' 'password_file = /nonexistent'
    wrong_map "$MAP, line 2: a target can't be called '$DB': the source is called so" '[a]' "database = $DB"
    wrong_map "$MAP, line 2: \[DEFAULT\] can't name the database" '[DEFAULT]' 'database = x'
    wrong_map "$MAP: the tenants a and b would share the database ${DB}_a" '[b]' "database = ${DB}_a"
    wrong_map "$MAP, line 3: .*soon" '[a]' 'url = http://x' 'retention = soon'
    wrong_map "$MAP, line 1: the line has no = or :" 'nonsense'
    run tenants plan --target-map "$BATS_TEST_TMPDIR/none"
    [ "$status" -eq 3 ]
}

# InfluxDB 2 isn't in Debian: a front before an influxd 1.x answers as it is documented to (tests/lib/front.py).

@test "an InfluxDB 2 is recognised, and its buckets are copied to with the token as password" {
    three_tenants
    INFLUX_URL=$SECOND_URL influx "CREATE DATABASE \"${DB}_a\"" >/dev/null
    front_start influxdb2 "$SECOND_URL" --token token-4711 --map "${DB}_a"
    echo token-4711 >"$BATS_TEST_TMPDIR/token"
    write_map '[a]' "url = $FRONT_URL" "password_file = $BATS_TEST_TMPDIR/token"
    run_json events --target-map "$MAP"
    expect_status 0
    [ "$(points_of "$SECOND_URL" "${DB}_a")" = 20 ]
    run tenants verify --deep --target-map "$MAP"
    [ "$status" -eq 0 ]
    run ! grep -qE 'CREATE|GRANT|SHARD' "$FRONT_LOG"
    tenants plan --target-map "$MAP" --output json >"$BATS_TEST_TMPDIR/plan"
    [ "$(jq -r '.tenants[] | select(.tenant == "a") | .server_kind' "$BATS_TEST_TMPDIR/plan")" = influxdb2 ]
    # With a user it is the password.
    write_map '[a]' "url = $FRONT_URL" 'user = somebody' "password_file = $BATS_TEST_TMPDIR/token"
    run tenants verify --target-map "$MAP"
    [ "$status" -eq 0 ]
}

@test "what isn't a bucket of an InfluxDB 2 with a mapping is told, with what makes it one; the others are copied" {
    three_tenants
    front_start influxdb2 "$SECOND_URL"
    write_map '[a]' "url = $FRONT_URL"
    run tenants run --target-map "$MAP"
    [ "$status" -eq 1 ]
    says "tenant a can't be copied to the database ${DB}_a: InfluxDB 2 has no bucket .* 'influx bucket create' and 'influx v1 dbrp create"
    [ "$(points_of "$INFLUX_URL" "${DB}_b")" = 20 ]
    run tenants plan --target-map "$MAP"
    [ "$status" -eq 1 ]
    says 'PROBLEM: tenant a: InfluxDB 2 has no bucket'
}

@test "a wrong token is told before anything is copied, and not shown" {
    three_tenants
    front_start influxdb2 "$SECOND_URL" --token token-4711 --map "${DB}_a"
    echo wrong-4711 >"$BATS_TEST_TMPDIR/token"
    write_map '[a]' "url = $FRONT_URL" "password_file = $BATS_TEST_TMPDIR/token"
    run tenants run --target-map "$MAP"
    [ "$status" -eq 4 ]
    says "InfluxDB 2 at $FRONT_URL refuses the token"
    says_not wrong-4711
    expect_no_target
}

@test "how long a bucket keeps points is told by the map" {
    write_points "m,_tenant_id=a value=1 $NOW" "m,_tenant_id=a value=2 $((NOW - 3 * 86400 * 1000000000))"
    INFLUX_URL=$SECOND_URL influx "CREATE DATABASE \"${DB}_a\" WITH DURATION 1d" >/dev/null
    front_start influxdb2 "$SECOND_URL" --map "${DB}_a"
    write_map '[a]' "url = $FRONT_URL" 'retention = 1d'
    run_json events --target-map "$MAP"
    expect_status 0
    expect_field points_clipped 1
}
