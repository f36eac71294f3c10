#!/usr/bin/env bats
# `tenants plan --spread`: a map that spreads tenants over several servers.

load ../lib/live
load ../lib/price

setup_file() {
    local name
    for name in second third; do
        influxd_start $name
        export "${name^^}_URL=$INFLUX_URL"
    done
    influxd_start
}

teardown_file() {
    victoria_stop
    influxd_stop
}

setup() {
    fresh_database
    MAP=$BATS_TEST_TMPDIR/map.conf
    SERVERS=$INFLUX_URL,$SECOND_URL,$THIRD_URL
    PLAN=$BATS_TEST_TMPDIR/plan
}

teardown() {
    local url
    for url in "$INFLUX_URL" "$SECOND_URL" "$THIRD_URL"; do
        INFLUX_URL=$url drop_databases
    done
}

# The map on standard output of the program: spread [OPTION...] >MAP
spread() {
    tenants plan --spread "$SERVERS" "$@"
}

# "SERVER TENANT" for each tenant, by the plan of a run with this map.
homes() {
    tenants plan --full --output json --target-map "$1" 2>/dev/null | jq -r '.tenants[] | .server + " " + .tenant' | sort
}

tenants_on() {
    grep -c "^$1 " "$2"
}

targets_on() {
    INFLUX_URL=$1 databases | grep -c "^${DB}_"
}

# More tenants than many_tenants made, with a point each: more_tenants FIRST COUNT
more_tenants() {
    local i
    for ((i = $1; i < $1 + $2; i++)); do
        printf 'cpu.idle_perc,_tenant_id=t%05d,_region=r,hostname=h value=%d,value_meta="{}" %d\n' "$i" "$i" $((NOW - 60000000000))
    done | load_points
}

@test "12 tenants on three servers: the map is balanced, a run with it copies all, and verify finds nothing" {
    many_tenants 12 3
    spread >"$MAP"
    grep -F "#~ $SECOND_URL: 4 tenants (0 placed before), 4 measurements, 12 shards" "$MAP"
    homes "$MAP" >"$BATS_TEST_TMPDIR/homes"
    for url in "$INFLUX_URL" "$SECOND_URL" "$THIRD_URL"; do
        [ "$(tenants_on "$url" "$BATS_TEST_TMPDIR/homes")" = 4 ]
    done
    # Those on the source's own server need no address.
    [ "$(grep -c '^url = ' "$MAP")" = 8 ]
    # The same again, whatever the order of the servers.
    tenants plan --spread "$THIRD_URL,$INFLUX_URL,$SECOND_URL" | grep -v '^#~' | cmp - <(grep -v '^#~' "$MAP")
    run_json events --target-map "$MAP"
    expect_status 0
    expect_field tenants_done 12
    for url in "$INFLUX_URL" "$SECOND_URL" "$THIRD_URL"; do
        [ "$(targets_on "$url")" = 4 ]
    done
    run -0 tenants verify --deep --target-map "$MAP"
    run -0 tenants check --settle 1s --target-map "$MAP"
}

@test "more tenants move nobody, and fill the emptiest server" {
    many_tenants 8 3
    printf '%s\n' '# by hand' '[t00000]' "url = $SECOND_URL/" 'database = by_hand' '[t00001]' 'url = http://127.0.0.1:9' >"$MAP"
    spread --target-map "$MAP" --output-map "$MAP"
    grep -q '^# by hand$' "$MAP"
    grep -q '^database = by_hand$' "$MAP"
    [ "$(grep -c '^database' "$MAP")" = 1 ]
    sed -i '/^.t00001/,+1d' "$MAP"
    spread --target-map "$MAP" --output-map "$MAP"
    homes "$MAP" >"$BATS_TEST_TMPDIR/before"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/before")" = 8 ]
    run_json events --target-map "$MAP"
    expect_status 0
    more_tenants 8 5
    spread --target-map "$MAP" --output json >"$PLAN"
    holds '.spread.servers | length == 3 and all(.tenants_before > 0) and (map(.tenants) | add) == 13 and (map(.tenants) | max - min) <= 1' "$PLAN"
    jq -j .spread.map "$PLAN" >"$MAP.2"
    homes "$MAP.2" >"$BATS_TEST_TMPDIR/after"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/after")" = 13 ]
    [ -z "$(comm -23 "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after")" ]
    [ "$(grep -c '^#~ Made' "$MAP.2")" = 1 ]
    run_json again --target-map "$MAP.2"
    expect_status 0
    # The first eight were copied before, but for the overlap.
    for url in "$INFLUX_URL" "$SECOND_URL" "$THIRD_URL"; do
        [ "$(tenants_on "$url" "$BATS_TEST_TMPDIR/after")" -ge 4 ]
    done
    run -0 tenants verify --deep --target-map "$MAP.2"
    # Nothing is new: the map stays what it is.
    spread --target-map "$MAP.2" | grep -v '^#~' | cmp - <(grep -v '^#~' "$MAP.2")
    INFLUX_URL=$SECOND_URL influx 'DROP DATABASE by_hand'
}

@test "without its map a tenant stays where its database is, but for the source's own server" {
    many_tenants 3 1
    INFLUX_URL=$THIRD_URL influx "CREATE DATABASE ${DB}_t00000" >/dev/null
    INFLUX_URL=$THIRD_URL influx "CREATE DATABASE ${DB}_t00001" >/dev/null
    influx "CREATE DATABASE ${DB}_t00002" >/dev/null
    spread >"$MAP"
    homes "$MAP" >"$BATS_TEST_TMPDIR/homes"
    [ "$(tenants_on "$THIRD_URL" "$BATS_TEST_TMPDIR/homes")" = 2 ]
    grep "^$THIRD_URL t00000$" "$BATS_TEST_TMPDIR/homes"
    grep -F "#~ $THIRD_URL: 2 tenants (2 placed before)" "$MAP"
}

@test "points are counted with --count, and the largest tenant has a server for itself" {
    many_tenants 6 1
    for ((i = 0; i < 500; i++)); do echo "cpu.idle_perc,_tenant_id=large value=$i $((NOW - 60000000000 - i))"; done | load_points
    tenants plan --spread "$SECOND_URL,$THIRD_URL" --count --output json >"$PLAN"
    holds '.spread.servers | (map(.points) | add) == 506 and (map(.tenants) | sort) == [1, 6] and all(.measurements == null)' "$PLAN"
    holds '.price | length == 2' "$PLAN"
}

@test "one server is enough; a map that is there is left alone, unless it is the same" {
    many_tenants 3 1
    run -0 tenants plan --spread "$SECOND_URL/" --output-map "$MAP"
    says "^$MAP: a map of 3 tenants"
    says "^$SECOND_URL: 3 tenants"
    [ "$(stat -c %a "$MAP")" = 640 ]
    cp -p "$MAP" "$MAP.old"
    run -0 tenants plan --spread "$SECOND_URL" --output-map "$MAP"
    run -3 tenants plan --spread "$THIRD_URL" --output-map "$MAP"
    says "--output-map: $MAP is there, and isn't this map"
    cmp "$MAP" "$MAP.old"
    run -3 tenants plan --spread "$THIRD_URL" --output-map "$BATS_TEST_TMPDIR/missing/map"
    [ ! -e "$BATS_TEST_TMPDIR/missing" ]
    run -0 find "$BATS_TEST_TMPDIR" -name '*.new-*'
    [ -z "$output" ]
}

@test "bad addresses and options that don't go together are refused" {
    run -2 tenants plan --spread ''
    run -2 tenants plan --spread "$SECOND_URL,"
    run -2 tenants plan --spread "127.0.0.1:8086"
    run -2 tenants plan --spread "$SECOND_URL,$SECOND_URL/"
    says 'is there twice'
    run -2 tenants plan --spread "http://user:secret@127.0.0.1:8086"
    says_not secret
    run -2 tenants plan --spread "$SECOND_URL,http://localhost:${SECOND_URL##*:}"
    says 'are the same server'
    run -2 tenants plan --spread "$SECOND_URL" --target-url "$THIRD_URL"
    run -2 tenants plan --output-map "$MAP"
    [ ! -e "$MAP" ]
    expect_no_target
}

@test "a server that is away, or refuses the credentials, is one line and status 4" {
    many_tenants 3 1
    run --separate-stderr -4 tenants plan --spread "$SECOND_URL,http://127.0.0.1:9"
    [ -z "$output" ]
    [ "$(grep -c . <<<"$stderr")" = 1 ]
    grep -F 'http://127.0.0.1:9' <<<"$stderr"
    another_start closed http.auth-enabled=true
    INFLUX_URL=$ANOTHER_URL influx "CREATE USER root WITH PASSWORD 'right-4711' WITH ALL PRIVILEGES" >/dev/null
    echo wrong-4711 >"$BATS_TEST_TMPDIR/password"
    run --separate-stderr -4 tenants plan --spread "$SECOND_URL,$ANOTHER_URL" --target-user root --target-password-file "$BATS_TEST_TMPDIR/password"
    [ -z "$output" ]
    [ "$(grep -vc '^hint: ' <<<"$stderr")" = 1 ]
    grep -F "$ANOTHER_URL refuses" <<<"$stderr"
    # A user who may not see what the server has.
    INFLUX_URL=$ANOTHER_URL INFLUX_USER=root INFLUX_PASSWORD=right-4711 influx "CREATE USER weak WITH PASSWORD 'weak-4711'" >/dev/null
    echo weak-4711 >"$BATS_TEST_TMPDIR/password"
    run --separate-stderr -4 tenants plan --spread "$SECOND_URL,$ANOTHER_URL" --target-user weak --target-password-file "$BATS_TEST_TMPDIR/password"
    [ -z "$output" ]
    [ "$(grep -vc '^hint: ' <<<"$stderr")" = 1 ]
    grep "^error: --spread: asking $ANOTHER_URL what it has: .*weak not authorized" <<<"$stderr"
}

@test "credentials stand in the map as the file of the password, and a run with it has them" {
    many_tenants 3 1
    another_start open http.auth-enabled=true
    INFLUX_URL=$ANOTHER_URL influx "CREATE USER root WITH PASSWORD 'right-4711' WITH ALL PRIVILEGES" >/dev/null
    echo right-4711 >"$BATS_TEST_TMPDIR/password"
    (cd "$BATS_TEST_TMPDIR" && tenants plan --spread "$ANOTHER_URL" --target-user root --target-password-file password --output-map map.conf)
    grep -q '^user = root$' "$MAP"
    grep -qxF "password_file = $BATS_TEST_TMPDIR/password" "$MAP"
    run ! grep -r right-4711 "$MAP"
    run_json events --target-map "$MAP"
    expect_status 0
    expect_field tenants_done 3
    # A server that the map names needs no options.
    more_tenants 3 2
    spread() { tenants plan --spread "$ANOTHER_URL" "$@"; }
    spread --target-map "$MAP" --output-map "$MAP"
    [ "$(grep -c '^user = root$' "$MAP")" = 5 ]
    run_json again --target-map "$MAP"
    expect_status 0
}

@test "tenants with strange names: what a map can name is in it, the others stay and are told" {
    write_points "m,_tenant_id=DEFAULT value=1 $((NOW - 60000000000))" \
        "m,_tenant_id=a] value=1 $((NOW - 60000000000))" "m,_tenant_id=\\ #b\\=\\  value=1 $((NOW - 60000000000))" \
        "m,_tenant_id=ü value=1 $((NOW - 60000000000))"
    status=0
    tenants plan --spread "$SECOND_URL" --output json >"$PLAN" 2>"$PLAN.err" || status=$?
    [ "$status" = 1 ]
    holds '.spread.tenants_unnamed == ["DEFAULT"] and .spread.servers[0].tenants == 3' "$PLAN"
    grep 'DEFAULT: it stays' "$PLAN.err"
    jq -j .spread.map "$PLAN" >"$MAP"
    run_json events --target-map "$MAP"
    expect_status 0
    [ "$(targets_on "$SECOND_URL")" = 3 ]
    [ "$(targets_on "$INFLUX_URL")" = 1 ]
}

@test "a map that doesn't fit the servers is written, with a warning and status 1" {
    many_tenants 40 1
    another_start small descriptors=200
    status=0
    tenants plan --spread "$ANOTHER_URL" >"$MAP" 2>"$MAP.err" || status=$?
    [ "$status" = 1 ]
    grep -E "with this map the run doesn't fit on InfluxDB at $ANOTHER_URL.*descriptors" "$MAP.err"
    # With another server beside it all fits.
    tenants plan --spread "$ANOTHER_URL,$SECOND_URL" --output json >"$PLAN"
    holds '.price | length == 2 and all(.fits)' "$PLAN"
    holds '.spread.servers[0].tenants < .spread.servers[1].tenants' "$PLAN"
}

@test "an InfluxDB and a VictoriaMetrics share the tenants by their points" {
    victoria_start
    many_tenants 6 1
    tenants plan --spread "$SECOND_URL,$VICTORIA_URL" --drop-strings --output-map "$MAP"
    grep -F "#~ $VICTORIA_URL: 3 tenants (0 placed before), 3 measurements" "$MAP"
    run_json events --target-map "$MAP" --drop-strings
    expect_status 0
    expect_field tenants_done 6
}
