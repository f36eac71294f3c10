#!/usr/bin/env bats
# Targets on a VictoriaMetrics.

load ../lib/live

setup_file() {
    victoria_start
    influxd_start
}

teardown_file() {
    influxd_stop
    victoria_stop
}

setup() {
    fresh_database
    MAP=$BATS_TEST_TMPDIR/targets.conf
}

teardown() {
    front_stop
    proxy_stop
    drop_databases
    forget '{db=~"'"$DB"'_.*"}'
}

forget() {
    curl -sf "$VICTORIA_URL/api/v1/admin/tsdb/delete_series" --data-urlencode "match[]=$1"
}

# Lines of the export of all series that match: what is written is visible after this.
export_series() {
    curl -sf "$VICTORIA_URL/internal/force_flush"
    curl -sf "$VICTORIA_URL/api/v1/export" --data-urlencode "match[]=$1" -d start=0 -d end=9999999999
}

write_victoria() {
    printf '%s\n' "${@:2}" | curl -sf "$VICTORIA_URL/write?db=$1" --data-binary @-
    curl -sf "$VICTORIA_URL/internal/force_flush"
}

# The values of a series, sorted: values_of SELECTOR
values_of() {
    export_series "$1" | jq -r '.values[]' | sort -g | paste -sd ' '
}

victoria() {
    local verb=$1
    shift
    tenants "$verb" --target-url "$VICTORIA_URL" "$@"
}

@test "a tenant's numbers arrive in a series for each field, under its database, and its strings don't" {
    write_points 'cpu.idle_perc,_tenant_id=a,hostname=h\ 1 value=1.5,value_meta="{\"a\":1}" '"$NOW" \
        "cpu.idle_perc,_tenant_id=a,hostname=h\\ 1 value=2.25,flag=true,n=7i $((NOW - 60000000000))" \
        'alarm_state_history,tenant_id=a new_state="ALARM" '"$NOW"
    run_json events --target-url "$VICTORIA_URL" --drop-strings
    expect_status 0
    expect_field points_written 2
    expect_field strings_dropped 1
    export_series "{db=\"${DB}_a\"}" >"$BATS_TEST_TMPDIR/export"
    run jq -rc '[.metric, .values, .timestamps] | @json' "$BATS_TEST_TMPDIR/export"
    [ "$(sort <<<"$output")" = "$(
        local ms=$((NOW / 1000000))
        for line in "flag [1] [$((ms - 60000))]" "n [7] [$((ms - 60000))]" "value [2.25,1.5] [$((ms - 60000)),$ms]"; do
            # shellcheck disable=SC2086
            set -- $line
            printf '[{"__name__":"cpu.idle_perc_%s","db":"%s","_tenant_id":"a","hostname":"h 1"},%s,%s]\n' "$1" "${DB}_a" "$2" "$3"
        done | sort
    )" ]
}

@test "without --drop-strings nothing is copied there, and what would be lost is told" {
    write_points 'cpu,_tenant_id=a value=1,value_meta="x" '"$NOW" 'alarm_state_history,tenant_id=a new_state="ALARM" '"$NOW"
    run victoria run
    [ "$status" -eq 2 ]
    says 'keeps numbers only'
    says 'value_meta'
    says 'alarm_state_history'
    says 'below a millisecond'
    says 'hint: --drop-strings'
    export_series "{db=\"${DB}_a\"}" >"$BATS_TEST_TMPDIR/export"
    [ ! -s "$BATS_TEST_TMPDIR/export" ]
    run victoria plan
    [ "$status" -eq 1 ]
    says 'PROBLEM .*value_meta'
    run victoria plan --drop-strings
    [ "$status" -eq 0 ]
    # What an earlier run copied isn't forgotten for a run that is refused.
    run_json first --target-url "$VICTORIA_URL" --drop-strings
    expect_status 0
    before=$(recorded)
    [ -n "$before" ]
    run -2 victoria run --full
    [ "$(recorded)" = "$before" ]
}

@test "one tenant goes to a second InfluxDB, another to VictoriaMetrics, and both are verified there" {
    local source=$INFLUX_URL second
    influxd_start second
    second=$INFLUX_URL
    export INFLUX_URL=$source
    generate small --tenants 3 --weeks 2 | load_points
    local ids
    mapfile -t ids < <(influx_values "SHOW TAG VALUES ON \"$DB\" WITH KEY = \"_tenant_id\"" 1 | sort -u)
    printf '%s\n' "[${ids[0]}]" "url = $second" "[${ids[1]}]" "url = $VICTORIA_URL" >"$MAP"
    run_json events --target-map "$MAP" --drop-strings
    expect_status 0
    run tenants verify --target-map "$MAP" --drop-strings
    [ "$status" -eq 0 ]
    run tenants verify --deep --target-map "$MAP"
    [ "$status" -eq 0 ]
    INFLUX_URL=$second has_database "${DB}_${ids[0]}"
    # Past the program: the sums of both sides, measurement by measurement.
    local measurement there here
    for measurement in $(influx_values "SHOW MEASUREMENTS ON \"$DB\"" | grep -v alarm); do
        here=$(influx "SELECT count(value), sum(value) FROM \"$DB\"..\"$measurement\" WHERE _tenant_id = '${ids[1]}'" |
            jq '.results[0].series[0].values[0][1:] | [.[0], (.[1] * 1000 | round)] | @json')
        there=$(export_series "{__name__=\"${measurement}_value\",db=\"${DB}_${ids[1]}\"}" |
            jq -s '[.[].values[]] | [length, (add * 1000 | round)] | @json')
        [ "$here" = "$there" ]
    done
    run tenants plan --target-map "$MAP" --drop-strings --output json
    [ "$(jq -r '[.tenants[].server_kind] | sort | join(" ")' <<<"$output")" = 'influxdb influxdb victoriametrics' ]
}

@test "a second run copies only what is new" {
    generate small --tenants 2 --weeks 1 | load_points
    run_json first --target-url "$VICTORIA_URL" --drop-strings
    expect_status 0
    run_json second --target-url "$VICTORIA_URL" --drop-strings --overlap 0s
    expect_status 0
    expect_field points_written 0
}

@test "what is lost there is found by verify, and mended by --repair" {
    generate small --tenants 2 --weeks 1 | load_points
    run_json events --target-url "$VICTORIA_URL" --drop-strings
    expect_status 0
    local name
    name=$(export_series "{db=~\"${DB}_.*\"}" | head -n 1 | jq -r '.metric | "{__name__=\"\(.__name__)\",db=\"\(.db)\",hostname=\"\(.hostname)\"}"')
    forget "$name"
    run victoria verify
    [ "$status" -eq 1 ]
    says 'values are missing in the target, the first: .*value='
    run victoria verify --repair
    [ "$status" -eq 0 ]
    [ -n "$(export_series "$name")" ]
    run victoria verify --deep
    [ "$status" -eq 0 ]
}

@test "a value that is another one there is found by verify --deep, and the right one is put beside it" {
    local at
    at=$(midweek)
    write_points "cpu,_tenant_id=a value=1 $at" "cpu,_tenant_id=a value=2 $((at - 60000000000))"
    run_json events --target-url "$VICTORIA_URL" --drop-strings
    expect_status 0
    forget "{__name__=\"cpu_value\",db=\"${DB}_a\"}"
    write_victoria "${DB}_a" "cpu,_tenant_id=a value=1 $at" "cpu,_tenant_id=a value=3 $((at - 60000000000))"
    run victoria verify
    [ "$status" -eq 0 ]
    run victoria verify --deep
    [ "$status" -eq 1 ]
    says '1 value is different in the target, the first: cpu,_tenant_id=a value at .*Z, 2 in the source, 3 in the target'
    run victoria verify --deep --repair
    [ "$status" -eq 1 ]
    says 'VictoriaMetrics never overwrites; the first: cpu,_tenant_id=a value at .*Z, 2 in the source, 2 and 3 in the target'
    [ "$(values_of "{__name__=\"cpu_value\",db=\"${DB}_a\"}" | tr ' ' '\n' | sort -u | paste -sd ' ')" = '1 2 3' ]
}

@test "points of a series in one millisecond are all kept, and verified" {
    local ms=$((NOW / 1000000))
    write_points "cpu,_tenant_id=a value=1 ${ms}000001" "cpu,_tenant_id=a value=2 ${ms}000002" "cpu,_tenant_id=a value=2 ${ms}999999"
    run_json events --target-url "$VICTORIA_URL" --drop-strings
    expect_status 0
    [ "$(values_of "{db=\"${DB}_a\"}")" = '1 2 2' ]
    run victoria verify --deep
    [ "$status" -eq 0 ]
}

@test "integers, booleans, small and large numbers agree as far as they are kept" {
    write_points "n,_tenant_id=a i=9223372036854775807i,b=true,c=false,f=0.30000000000000004 $NOW" \
        "n,_tenant_id=a i=-9007199254740995i,b=false,c=true,f=-123456789.12345679 $((NOW - 60000000000))" \
        "n,_tenant_id=a i=0i,f=1e-9 $((NOW - 120000000000))"
    run_json events --target-url "$VICTORIA_URL" --drop-strings
    expect_status 0
    run victoria verify --deep
    [ "$status" -eq 0 ]
    [ "$(values_of "{__name__=\"n_b\",db=\"${DB}_a\"}")" = '0 1' ]
}

@test "a server that keeps one of several values in a millisecond is verified as such" {
    local url=$VICTORIA_URL dir=$VICTORIA_DIR ms=$((NOW / 1000000))
    victoria_start victoria-dedup -dedup.minScrapeInterval=1ms
    write_points "cpu,_tenant_id=a value=1 ${ms}000001" "cpu,_tenant_id=a value=2 ${ms}000002" "cpu,_tenant_id=a value=3 $((NOW - 60000000000))"
    run_json events --target-url "$VICTORIA_URL" --drop-strings
    run_json again --target-url "$VICTORIA_URL" --drop-strings --full
    local again=$status kept
    run victoria verify --deep
    kept=$(values_of "{db=\"${DB}_a\"}" | wc -w)
    "$LIB/victoria" stop "$VICTORIA_DIR"
    export VICTORIA_URL=$url VICTORIA_DIR=$dir
    [ "$again" -eq 0 ]
    [ "$status" -eq 0 ]
    [ "$kept" = 2 ]
}

@test "a point with a tag db keeps it, and is verified all the same" {
    write_points "cpu,_tenant_id=a,db=mysql value=1 $NOW" "cpu,_tenant_id=a value=2 $NOW"
    run_json events --target-url "$VICTORIA_URL" --drop-strings
    expect_status 0
    [ "$(values_of '{__name__="cpu_value",db="mysql",_tenant_id="a"}')" = 1 ]
    run victoria verify --deep
    [ "$status" -eq 0 ]
    forget '{__name__="cpu_value",db="mysql",_tenant_id="a"}'
    run victoria verify
    [ "$status" -eq 1 ]
    says 'value is missing in the target, the first: cpu,.*db=mysql.* value=1 '
}

@test "what was written twice hides no lack" {
    local i at points=()
    at=$(midweek)
    for ((i = 0; i < 20; i++)); do points+=("cpu,_tenant_id=a,h=$((i % 2)) value=$i $((at - i * 60000000000))"); done
    write_points "${points[@]}"
    run_json events --target-url "$VICTORIA_URL" --drop-strings
    run_json again --target-url "$VICTORIA_URL" --drop-strings --full
    expect_status 0
    [ "$(values_of "{db=\"${DB}_a\"}" | wc -w)" = 40 ]
    forget "{db=\"${DB}_a\",h=\"1\"}"
    run victoria verify
    [ "$status" -eq 1 ]
    says '10 values are missing'
}

@test "points before 1970 are left out and counted" {
    write_points "cpu,_tenant_id=a value=1 $NOW" "cpu,_tenant_id=a value=2 0" "cpu,_tenant_id=a value=3 -86400000000000" \
        "cpu,_tenant_id=a value=4 1000000"
    run_json events --target-url "$VICTORIA_URL" --drop-strings --migrate-end-time-offset 4000
    expect_status 0
    expect_field points_clipped 2
    [ "$(values_of "{db=\"${DB}_a\"}")" = '1 4' ]
}

@test "what the server's retention drops is left out and counted" {
    local url=$VICTORIA_URL dir=$VICTORIA_DIR
    write_points "cpu,_tenant_id=a value=1 $NOW" "cpu,_tenant_id=a value=2 $((NOW - 40 * 86400 * 1000000000))"
    victoria_start victoria-short -retentionPeriod=1
    run_json events --target-url "$VICTORIA_URL" --drop-strings
    local short=$status
    [ "$(values_of '{__name__="cpu_value"}')" = 1 ]
    run victoria plan --drop-strings
    "$LIB/victoria" stop "$VICTORIA_DIR"
    export VICTORIA_URL=$url VICTORIA_DIR=$dir
    [ "$short" -eq 0 ]
    expect_field points_clipped 1
    says "the server's \(31d"
}

@test "a kill in the middle and a rerun lose nothing" {
    generate small --tenants 4 --weeks 3 | load_points
    local try
    for try in 1 2 3; do
        timeout -s KILL "0.$((try * 7))" "$PROGRAM" tenants run --config-file "$CONF" --state-dir "$STATE" \
            --target-url "$VICTORIA_URL" --drop-strings >/dev/null 2>&1 || true
    done
    run_json events --target-url "$VICTORIA_URL" --drop-strings
    expect_status 0
    # Of 4 tenants, 5 metrics and 3 weeks of 336 points each, whatever came twice.
    [ "$(export_series "{db=~\"${DB}_.*\"}" | jq '.timestamps | unique | length' |
        awk '{ sum += $1 } END { print sum }')" -eq $((4 * 5 * 3 * 336)) ]
    run victoria verify --deep
    [ "$status" -eq 0 ]
}

@test "a VictoriaMetrics that goes away during the run is waited for" {
    local url=$VICTORIA_URL dir=$VICTORIA_DIR
    victoria_start victoria-restarted
    generate small --tenants 4 --weeks 3 | load_points
    proxy_start "exec=$LIB/victoria kill $VICTORIA_DIR~GROUP BY"
    (
        wait_for 20 test -s "$PROXY_LOG"
        sleep 1
        OWNER=$$ "$LIB/victoria" start "$VICTORIA_DIR"
    ) >/dev/null 2>&1 3>&- &
    run_json events --target-url "$VICTORIA_URL" --drop-strings
    wait
    expect_status 0
    says "VictoriaMetrics at $VICTORIA_URL is away"
    run victoria verify --deep
    local verified=$status
    "$LIB/victoria" stop "$VICTORIA_DIR"
    export VICTORIA_URL=$url VICTORIA_DIR=$dir
    [ "$verified" -eq 0 ]
}

@test "a cluster is written to and read from by its own addresses" {
    generate small --tenants 2 --weeks 1 | load_points
    front_start cluster "$VICTORIA_URL"
    run_json events --target-url "$FRONT_URL/insert/0/influx" --drop-strings
    expect_status 0
    says 'how long VictoriaMetrics keeps points'
    grep -q '^POST /insert/0/influx/write' "$FRONT_LOG"
    grep -q '^POST /select/0/prometheus/api/v1/export' "$FRONT_LOG"
    run tenants verify --deep --target-url "$FRONT_URL/insert/0/influx"
    [ "$status" -eq 0 ]
    # The reading side somewhere else, and the retention told.
    printf '%s\n' '[DEFAULT]' "url = $FRONT_URL/insert/0/influx" "read_url = $VICTORIA_URL" 'retention = 3650d' >"$MAP"
    influx_values "SHOW TAG VALUES ON \"$DB\" WITH KEY = \"_tenant_id\"" 1 | sort -u | sed 's/.*/[&]/' >>"$MAP"
    run tenants verify --deep --target-map "$MAP"
    [ "$status" -eq 0 ]
    says_not 'how long'
    run tenants run --target-url "$FRONT_URL/wrong" --target-kind victoriametrics --drop-strings
    [ "$status" -eq 1 ]
    says 'does not take line protocol'
    says 'hint: .*insert/0/influx'
}

@test "a user and a password go there, and a wrong one is told before anything is read" {
    local url=$VICTORIA_URL dir=$VICTORIA_DIR
    victoria_start victoria-closed -httpAuth.username=u -httpAuth.password=right-4711
    write_points "cpu,_tenant_id=a value=1 $NOW"
    echo wrong-4711 >"$BATS_TEST_TMPDIR/password"
    run victoria run --drop-strings --target-user u --target-password-file "$BATS_TEST_TMPDIR/password"
    local wrong=$status
    says "VictoriaMetrics at $VICTORIA_URL refuses the user 'u'"
    says_not wrong-4711
    echo right-4711 >"$BATS_TEST_TMPDIR/password"
    run victoria run --drop-strings --target-user u --target-password-file "$BATS_TEST_TMPDIR/password"
    "$LIB/victoria" stop "$VICTORIA_DIR"
    export VICTORIA_URL=$url VICTORIA_DIR=$dir
    [ "$wrong" -eq 4 ]
    [ "$status" -eq 0 ]
}

@test "a server that makes other names of measurements is followed, or refused" {
    local url=$VICTORIA_URL dir=$VICTORIA_DIR
    write_points "cpu,_tenant_id=a value=1 $NOW"
    victoria_start victoria-names -influxMeasurementFieldSeparator=. -influxDBLabel=tenant
    run victoria run --drop-strings
    local followed=$status values
    values=$(values_of "{__name__=\"cpu.value\",tenant=\"${DB}_a\"}")
    "$LIB/victoria" stop "$VICTORIA_DIR"
    victoria_start victoria-single -influxSkipSingleField
    run victoria run --drop-strings
    "$LIB/victoria" stop "$VICTORIA_DIR"
    export VICTORIA_URL=$url VICTORIA_DIR=$dir
    [ "$followed" -eq 0 ]
    [ "$values" = 1 ]
    [ "$status" -eq 3 ]
    says 'influxSkipSingleField'
}

@test "an address where something else answers is told" {
    write_points "cpu,_tenant_id=a value=1 $NOW"
    run tenants plan --target-url "$VICTORIA_URL/elsewhere"
    [ "$status" -eq 4 ]
    says "hint: what answers there doesn't say that it is an InfluxDB or a VictoriaMetrics; .* --target-url"
}
