#!/usr/bin/env bats
# Shards that their server lists and couldn't open: their points can't be read, and nobody may call them copied.

load ../lib/live

# Each test damages a server of its own.
setup() {
    influxd_start "server$BATS_TEST_NUMBER" data.index-version=tsi1
    BROKEN=
    fresh_database
    A0=000000000000000000000000000000a0
}

teardown() {
    proxy_stop
    "$LIB/influxd" stop "$INFLUX_DIR"
}

restart() {
    OWNER=$$ "$LIB/influxd" start "$INFLUX_DIR" port="$INFLUX_PORT" data.index-version=tsi1 "$@" >/dev/null
}

# The id of the oldest, second... shard of a database: shard_of DATABASE [NUMBER]
shard_of() {
    influx 'SHOW SHARDS' | jq -e --arg db "$1" --argjson n "${2:-0}" '
        [.results[0].series[] | select(.name == $db).values[]] | sort_by(.[4])[$n][0]'
}

# Damages shards, by their ids, while the server is down.
damage() {
    local id index
    "$LIB/influxd" kill "$INFLUX_DIR"
    for id in "$@"; do
        index=$(echo "$INFLUX_DIR"/data/*/*/"$id"/index)
        mv "$index" "$index.away"
        echo 'no folder' >"$index"
        BROKEN="$BROKEN $index"
    done
    restart
}

mend() {
    local index
    "$LIB/influxd" kill "$INFLUX_DIR"
    for index in $BROKEN; do
        rm "$index"
        mv "$index.away" "$index"
    done
    BROKEN=
    restart
}

# Four weeks of one tenant's points; the shard of the second week, $SHARD, is damaged.
four_weeks() {
    generate small --tenants 2 --weeks 4 --per-week 100 | load_points
    SHARD=$(shard_of "$DB" 1)
}

UNREADABLE='of the source, policy autogen, 20..-..-..T..:..:..Z to 20..-..-..T..:..:..Z, is not open: its points can.t be read'

@test "a shard of the source that isn't open is named by plan, run and verify, each of which says no" {
    four_weeks
    damage "$SHARD"
    run -1 tenants plan
    says "shard $SHARD $UNREADABLE"
    tenants plan --output json >"$BATS_TEST_TMPDIR/plan" || [ $? -eq 1 ]
    # shellcheck disable=SC2016
    holds --argjson shard "$SHARD" '.unreadable | length == 1 and (.[0] | .shard == $shard and .policy == "autogen"
        and (.start | test("^20.*T00:00:00Z$")) and (.end | test("^20.*T00:00:00Z$")) and .start < .end)' \
        "$BATS_TEST_TMPDIR/plan"
    run_json first
    expect_status 1
    says "shard $SHARD $UNREADABLE"
    [ "$(summary "$EVENTS" unreadable | jq '.[0].shard')" -eq "$SHARD" ]
    [ "$(summary "$EVENTS" tenants_done)" -eq 0 ]
    for deep in '' --deep; do
        verify_json ${deep:+"$deep"}
        expect_status 1
        says "shard $SHARD $UNREADABLE"
        [ "$(summary "$EVENTS" unreadable | jq '.[0].shard')" -eq "$SHARD" ]
    done
    run -1 tenants verify
    says "shard $SHARD $UNREADABLE"
    says_not '^Verified'
}

verify_json() {
    EVENTS=$BATS_TEST_TMPDIR/verify
    status=0
    tenants verify --output json "$@" >"$EVENTS" 2>"$EVENTS.err" || status=$?
    output=$(cat "$EVENTS.err")
}

@test "when the shard is mended, the next run copies it" {
    four_weeks
    damage "$SHARD"
    run_json first
    expect_status 1
    [ "$(summary "$EVENTS" points_written)" -gt 0 ]
    mend
    compare_lacks
    run_json second
    expect_status 0
    expect_field unreadable '[]'
    compare
    verify_json --deep
    expect_status 0
    [ "$(sqlite3 "$STATE"/*.journal 'SELECT count(*) FROM failure')" -eq 0 ]
}

@test "status and report show the time that couldn't be read" {
    four_weeks
    damage "$SHARD"
    run -1 tenants run
    says '^Done in part'
    says "shard $SHARD $UNREADABLE"
    run -1 tenants verify
    run -1 tenants status
    says "shard $SHARD $UNREADABLE"
    says 'in part'
    run -0 tenants report
    says 'is not open: its points can.t be read'
    says_not 'done and verified'
}

@test "what was copied while a shard could be read stays recorded, and isn't proven any more" {
    four_weeks
    run -0 tenants run
    damage "$SHARD"
    verify_json --deep
    expect_status 1
    says "shard $SHARD $UNREADABLE"
    run -1 tenants verify --repair
    run_json with_damage
    expect_status 1
    says "shard $SHARD $UNREADABLE"
    end=$(summary "$EVENTS" unreadable | jq '.[0].end')
    mend
    run_json again
    expect_status 0
    # All of that week was copied by the first run; --overlap looks at the last hour.
    [ "$(jq -s --argjson until "$end" '[.[] | select(.event == "window" and .start < $until)] | length' "$EVENTS")" -eq 0 ]
    compare
}

@test "a source all of whose shards are closed isn't an empty one" {
    four_weeks
    damage "$SHARD" "$(shard_of "$DB" 0)" "$(shard_of "$DB" 2)" "$(shard_of "$DB" 3)"
    run -1 tenants plan
    run_json first
    expect_status 1
    [ "$(summary "$EVENTS" unreadable | jq length)" -eq 4 ]
}

@test "a damaged file of points closes a shard as well" {
    four_weeks
    folder=$(echo "$INFLUX_DIR"/data/"$DB"/*/"$SHARD")
    "$LIB/influxd" kill "$INFLUX_DIR"
    echo damaged >"$folder/nonsense.tsm"
    restart
    run -1 tenants plan
    says "shard $SHARD $UNREADABLE"
    "$LIB/influxd" kill "$INFLUX_DIR"
    rm "$folder/nonsense.tsm"
    restart
    run -0 tenants plan
}

@test "other policies and other databases don't matter, nor does the time that the offsets leave out" {
    four_weeks
    influx "CREATE RETENTION POLICY other ON $DB DURATION INF REPLICATION 1" >/dev/null
    generate small --tenants 1 --weeks 1 --per-week 10 | load_points --rp other
    influx "CREATE DATABASE ${DB}_x" >/dev/null
    write_points_to "${DB}_x"
    other=$(influx 'SHOW SHARDS' | jq "[.results[0].series[].values[] | select(.[2] == \"other\")][0][0]")
    damage "$other" "$(shard_of "${DB}_x")" "$SHARD"
    run -0 tenants plan --migrate-end-time-offset 2
    says_not 'is not open'
    run -1 tenants plan --source-retention-policy other
    says "shard $other of the source, policy other,"
    says_not "shard $SHARD"
}

write_points_to() {
    echo "cpu,_tenant_id=x value=1 $NOW" | "$LIB/influx.py" load "$1"
}

@test "a shard of the target that isn't open makes verify say no" {
    four_weeks
    run -0 tenants run
    run -0 tenants verify
    damage "$(shard_of "${DB}_$A0" 1)"
    run -1 tenants verify
    run -1 tenants verify --deep
}

@test "a shard of the target that can't be opened fails its windows at once, by both engines" {
    four_weeks
    run -0 tenants run
    damage "$(shard_of "${DB}_$A0" 1)"
    for engine in server stream; do
        run_json "$engine" --full --engine "$engine"
        expect_status 1
        says 'warning: failed: .*\[shard [0-9]+\]'
        expect_field retries 0
        expect_field splits 0
        expect_field tenants_done 1
    done
}

# --- groups without a shard ----------------------------------------------------------------------

@test "the group that the server makes ahead of its time has no shard yet, and is no damage" {
    influx "CREATE RETENTION POLICY hourly ON $DB DURATION INF REPLICATION 1 SHARD DURATION 1h DEFAULT" >/dev/null
    write_points "cpu,_tenant_id=$A0 value=1 $NOW"
    "$LIB/influxd" kill "$INFLUX_DIR"
    restart shard-precreation.check-interval=100ms shard-precreation.advance-period=59m59s
    wait_for 20 shard_of "$DB" 1
    [ "$(find "$INFLUX_DIR/data/$DB/hourly" -mindepth 1 -maxdepth 1 | wc -l)" -eq 1 ]
    run -0 tenants plan
    says_not 'is not open'
    run -0 tenants run
    run -0 tenants verify
}

# The command of the operator's guide: writes a point that has the tag `time`, which InfluxDB drops.
probe() {
    curl -s "$INFLUX_URL/write?db=$DB&rp=autogen&precision=s" --data-binary "probe,time=0 value=0 $(date -d "$1" +%s)"
}

@test "a group without a shard counts as closed, until a point that the server refuses has made the shard" {
    four_weeks
    start=$(influx 'SHOW SHARDS' | jq -r --argjson id "$SHARD" '.results[0].series[].values[] | select(.[0] == $id)[4]')
    "$LIB/influxd" kill "$INFLUX_DIR"
    rm -r "$INFLUX_DIR"/data/"$DB"/*/"$SHARD" "$INFLUX_DIR"/wal/"$DB"/*/"$SHARD"
    restart
    run -1 tenants plan
    says "shard $SHARD $UNREADABLE"
    run probe "$start"
    says 'partial write: .*dropped=1'
    run -0 tenants plan
    says_not 'is not open'
}

@test "a point that the server refuses doesn't open a damaged shard" {
    four_weeks
    damage "$SHARD"
    start=$(influx 'SHOW SHARDS' | jq -r --argjson id "$SHARD" '.results[0].series[].values[] | select(.[0] == $id)[4]')
    run probe "$start"
    says '"error":"[[]shard'
    run -1 tenants plan
    says "shard $SHARD $UNREADABLE"
}

# plan_as_if_started INSTANT: as if the server had been started then.
plan_as_if_started() {
    proxy_start "answer={\"results\":[{\"series\":[{\"name\":\"system\",\"columns\":[\"PID\",\"started\"],\"values\":[[1,\"$1\"]]}]}]}@1+~DIAGNOSTICS"
    run tenants plan
    grep -q DIAGNOSTICS "$PROXY_LOG"
}

@test "a group without a shard that began while the server ran never had a point" {
    four_weeks
    damage "$SHARD"
    start=$(influx 'SHOW SHARDS' | jq -r --argjson id "$SHARD" '.results[0].series[].values[] | select(.[0] == $id)[4]')
    plan_as_if_started "$(date -u -d "$start 1 second ago" +%FT%TZ)"
    [ "$status" -eq 0 ]
    says_not 'is not open'
    plan_as_if_started "$(date -u -d "$start 1 second" +%FT%TZ)"
    [ "$status" -eq 1 ]
    says "shard $SHARD $UNREADABLE"
    # Where it isn't known when the server was started, only what is still to come may be such a group.
    proxy_start 'page-403@1+~DIAGNOSTICS'
    run -1 tenants plan
    says "shard $SHARD $UNREADABLE"
}

@test "a shard that was emptied is open" {
    four_weeks
    curl -s "$INFLUX_URL/query?db=$DB" --data-urlencode 'q=DELETE FROM /.*/' >/dev/null
    [ "$(count "$DB")" -eq 0 ]
    run -0 tenants plan
    says_not 'is not open'
}

@test "a user who may not see shards is told that it isn't known whether all are open" {
    four_weeks
    proxy_start 'page-403@1+~SHOW.STATS'
    run -0 tenants plan
    says "whether all shards of the source are open isn.t known"
    run_json first
    expect_status 0
    says "whether all shards of the source are open isn.t known"
    [ "$(grep -c 'whether all shards' <<<"$output")" -eq 1 ]
    [ "$(summary "$EVENTS" unreadable)" = null ]
}

@test "a shard that closes in the middle of a run isn't called copied" {
    four_weeks
    hold 3
    "$PROGRAM" tenants run --jobs 1 --config-file "$CONF" --state-dir "$STATE" \
        >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
    pid=$!
    wait_until_held
    closing=$(shard_of "$DB" 2)
    damage "$closing"
    release
    status=0
    wait "$pid" || status=$?
    output=$(cat "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err")
    expect_status 1
    says "shard $closing of the source, policy autogen, isn.t open since the server was started again"
    mend
    proxy_rules
    run_json again
    expect_status 0
    compare
}

# --- following -----------------------------------------------------------------------------------

@test "a shard that is mended while a run follows is copied then" {
    four_weeks
    damage "$SHARD"
    "$PROGRAM" tenants run --follow=1s --overlap 5s --config-file "$CONF" --state-dir "$STATE" \
        >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
    pid=$!
    wait_for 60 grep -q '^Delta 2' "$BATS_TEST_TMPDIR/out"
    [ "$(grep -c 'is not open' "$BATS_TEST_TMPDIR/err")" -eq 1 ]
    mend
    wait_for 60 compare
    kill -TERM "$pid"
    status=0
    wait "$pid" || status=$?
    output=$(cat "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err")
    expect_status 0
    says '^Done: '
    compare
}

@test "a shard that closes while a run follows makes its end a no" {
    four_weeks
    "$PROGRAM" tenants run --follow=1s --config-file "$CONF" --state-dir "$STATE" \
        >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
    pid=$!
    wait_for 60 grep -q '^Delta 1' "$BATS_TEST_TMPDIR/out"
    damage "$(shard_of "$DB" 3)"
    wait_for 60 grep -q 'is not open' "$BATS_TEST_TMPDIR/err"
    kill -TERM "$pid"
    status=0
    wait "$pid" || status=$?
    output=$(cat "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err")
    expect_status 1
    says_not '^Done: '
    says '^Not copied: shard'
}

@test "tenants check says no of a source with a shard that isn't open, and yes when it is mended" {
    four_weeks
    run_json run --tenant-tag tenant_id
    expect_status 0
    damage "$SHARD"
    run -1 tenants check --settle 1s --accept unassigned
    says "shard $SHARD $UNREADABLE"
    tenants check --settle 1s --accept unassigned --output json >"$BATS_TEST_TMPDIR/check" || [ $? -eq 1 ]
    holds '[.reasons[] | select(.reason == "unreadable")] | length == 1' "$BATS_TEST_TMPDIR/check"
    run -2 tenants check --accept unreadable
    says 'these can be accepted'
    mend
    run -0 tenants check --settle 1s --accept unassigned
}
