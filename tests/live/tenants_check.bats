#!/usr/bin/env bats
# `tenants check`: may the source be dropped? Each reason for no is made on a real server, alone.

load ../lib/live
load ../lib/check

setup_file() {
    influxd_start second
    export SECOND_URL=$INFLUX_URL
    influxd_start
}

teardown_file() {
    INFLUX_DIR=$BATS_FILE_TMPDIR/second influxd_stop
    influxd_stop
}

setup() { fresh_database; }
teardown() {
    [ -z "${WRITER:-}" ] || kill -TERM "$WRITER" 2>/dev/null || true
    proxy_stop
    victoria_stop
    influx "DROP USER reader" >/dev/null
    influx "DROP DATABASE other$BATS_TEST_NUMBER" >/dev/null
    INFLUX_URL=$SECOND_URL drop_databases
    drop_databases
}

# Two tenants, a and b, with a point each hour of two weeks, up to a day ago.
points() {
    local tenant i
    for tenant in a b; do
        for ((i = 24; i < 360; i++)); do
            echo "cpu.idle_perc,_tenant_id=$tenant,hostname=h value=$i.5,value_meta=\"{}\" $((NOW - i * HOUR))"
        done
    done | load_points
}

migrated() {
    points
    run_json first "$@"
    expect_status 0
}

# Points of one line each, into a target: into TENANT LINE...
into() {
    local database=${DB}_$1
    shift
    printf '%s\n' "$@" | "$LIB/influx.py" load "$database"
}

# Deletes the points of an instant in a target: delete_from TENANT TIME
delete_from() {
    curl -s "$INFLUX_URL/query?db=${DB}_$1" --data-urlencode "q=DELETE FROM \"cpu.idle_perc\" WHERE time = $2" >/dev/null
}

# How many statements and requests that write were there so far?
writes() {
    grep -cE 'INTO|CREATE|GRANT|POST /write' "$INFLUX_DIR/log"
}

# --- yes -----------------------------------------------------------------------------------------

@test "a source whose points all stand in their places may be dropped, and the verdict names its scope" {
    migrated
    check
    says_yes
    holds '.scope | .tenants_total == 2 and .tenants_whole == 2 and .policies_total == 1 and .policies_compared == 1 and
        .measurements == 1 and .points == 672 and .values_compared == 1344' "$CHECK"
    run -0 tenants check --settle 1s
    says '^Yes: the source .* may be dropped: 2 of 2 tenants, 1 of 1 policy, 1 measurement, 672 points from .* to '
}

@test "a check writes nothing, to no server" {
    local before
    migrated
    delete_from a $((NOW - 100 * HOUR))
    influx "DROP DATABASE ${DB}_b" >/dev/null
    before=$(writes)
    check
    [ "$status" -eq 1 ]
    holds '[.reasons[].reason] | sort == ["differs", "no_database"]' "$CHECK"
    [ "$(writes)" -eq "$before" ]
    [ "$before" -gt 0 ]
    run -1 has_database "${DB}_b"
}

@test "a target that persisters write to meanwhile is whole, however much more it holds" {
    migrated
    into a "cpu.idle_perc,_tenant_id=a,hostname=h value=1 $((NOW - 12 * HOUR))" \
        "cpu.idle_perc,_tenant_id=a,hostname=i value=1 $((NOW - 36 * HOUR))" \
        "new.metric,_tenant_id=a value=1 $((NOW - 36 * HOUR))"
    check
    says_yes
}

@test "fields of two types, measurements of many shapes and alarm history are whole, and add up" {
    generate small --tenants 3 --weeks 3 --per-week 40 | load_points
    write_points "two,_tenant_id=a v=1 $((NOW - 30 * DAY))" "two,_tenant_id=a v=1i $((NOW - 15 * DAY))" \
        "sparse,_tenant_id=a x=1 $((NOW - 15 * DAY))" "sparse,_tenant_id=a y=1 $((NOW - 14 * DAY))"
    run_json first
    expect_status 0
    check --tenant-tag none
    says_yes
    check --deep
    says_yes
}

@test "losses that are accepted don't speak against it, and the verdict repeats them" {
    migrated
    write_points "cpu.idle_perc,hostname=h value=1 $((NOW - 30 * HOUR))"
    check --accept unassigned,clipped --accept ahead
    says_yes unassigned
    run -0 tenants check --settle 1s --accept unassigned
    says '^Yes: .*, but for the losses that are accepted\.'
    says '^accepted: unassigned \(1\): '
}

# --- no ------------------------------------------------------------------------------------------

@test "no: nothing was ever copied" {
    points
    check
    says_no no_database 672
}

@test "no: a point is missing in a target" {
    migrated
    delete_from a $((NOW - 100 * HOUR))
    check
    says_no differs 2
    check --accept rejects,grant
    says_no differs
    run -1 tenants check --settle 1s
    says '^No: the source .* can.t be dropped yet: 1 reason\.'
    says '^differs \(2\): .*tenant a.*cpu\.idle_perc.*; mend it: monasca-migrate tenants run && '
}

@test "no: a point is missing at the cutover, and the persister's first point makes the counts equal" {
    migrated
    # The source's last point never came; the persister wrote one later, another that is earlier.
    write_points "cpu.idle_perc,_tenant_id=a,hostname=h value=9,value_meta=\"{}\" $((NOW - 23 * HOUR))"
    into a "cpu.idle_perc,_tenant_id=a,hostname=h value=9,value_meta=\"{}\" $((NOW - 23 * HOUR - 60000000000))"
    check
    says_no differs 2
}

@test "no: the same, and another policy of the source has newer points" {
    migrated
    influx "CREATE RETENTION POLICY \"kept\" ON \"$DB\" DURATION INF REPLICATION 1" >/dev/null
    printf 'cpu.idle_perc,_tenant_id=a value=1 %s\n' $((NOW - 2 * HOUR)) | load_points --rp kept
    write_points "cpu.idle_perc,_tenant_id=a,hostname=h value=9,value_meta=\"{}\" $((NOW - 23 * HOUR))"
    into a "cpu.idle_perc,_tenant_id=a,hostname=h value=9,value_meta=\"{}\" $((NOW - 23 * HOUR - 60000000000))"
    check --accept policy
    [ "$status" -eq 1 ]
    holds '.reasons | any(.reason == "differs" and .figure == 2)' "$CHECK"
}

@test "no: points are missing, and the target has more of its own than it lacks" {
    local i
    migrated
    delete_from a $((NOW - 100 * HOUR))
    for i in 1 2 3; do
        into a "cpu.idle_perc,_tenant_id=a,hostname=own value=1,value_meta=\"{}\" $((NOW - 200 * HOUR + i))"
    done
    check
    says_no differs 2
}

@test "no: a value differs, which --deep sees" {
    migrated
    into a "cpu.idle_perc,_tenant_id=a,hostname=h value=7 $((NOW - 100 * HOUR))"
    check --deep
    says_no differs 1
}

@test "no: a database of a tenant was dropped" {
    migrated
    influx "DROP DATABASE ${DB}_a" >/dev/null
    check
    says_no no_database 336
}

@test "no: a tenant came after the last run" {
    migrated
    write_points "cpu.idle_perc,_tenant_id=late value=1 $((NOW - 100 * HOUR))"
    check
    says_no no_database 1
}

@test "no: points older than any run looks at" {
    migrated
    write_points "cpu.idle_perc,_tenant_id=a,hostname=h value=1,value_meta=\"{}\" -$DAY" \
        "cpu.idle_perc,_tenant_id=a,hostname=h value=1,value_meta=\"{}\" $((NOW - 4200 * DAY))"
    check
    says_no differs 4
    into a "cpu.idle_perc,_tenant_id=a,hostname=h value=1,value_meta=\"{}\" -$DAY" \
        "cpu.idle_perc,_tenant_id=a,hostname=h value=1,value_meta=\"{}\" $((NOW - 4200 * DAY))"
    check
    says_yes
}

@test "no: points without a tenant" {
    migrated
    write_points "cpu.idle_perc,hostname=h value=1 $((NOW - 30 * HOUR))" "plain value=1 $((NOW - 30 * HOUR))"
    check
    says_no unassigned 2
}

@test "no: points older than a target keeps" {
    points
    run_json first --migrate-retention-policy a:1w
    check
    says_no clipped
    holds '.reasons[0].figure >= 190 and .reasons[0].figure <= 194' "$CHECK"
    check --accept clipped
    says_yes clipped
}

@test "no: a measurement that no statement can name" {
    migrated
    write_points $'bad\xef\xbf\xbdname,_tenant_id=a value=1 '"$((NOW - 30 * HOUR))"
    check
    says_no unnameable 1
    check --accept unnameable
    says_yes unnameable
}

@test "no: a tenant that can have no database" {
    migrated
    write_points "cpu.idle_perc,_tenant_id=a/b value=1 $((NOW - 30 * HOUR))"
    check
    says_no homeless 1
    check --accept homeless
    says_yes homeless
}

@test "no: points ahead of the clock that no target has" {
    migrated
    write_points "cpu.idle_perc,_tenant_id=a,hostname=h value=1,value_meta=\"{}\" $((NOW + 400 * DAY))"
    check
    says_no ahead 2
    check --accept ahead
    says_yes ahead
    into a "cpu.idle_perc,_tenant_id=a,hostname=h value=1,value_meta=\"{}\" $((NOW + 400 * DAY))"
    check
    says_yes
}

@test "no: points in another policy of the source" {
    migrated
    influx "CREATE RETENTION POLICY \"kept\" ON \"$DB\" DURATION INF REPLICATION 1" >/dev/null
    check
    says_yes
    printf 'cpu.idle_perc,_tenant_id=a value=1 %s\n' $((NOW - 30 * HOUR)) | load_points --rp kept
    check
    says_no policy 1
    check --accept policy
    says_yes policy
}

@test "no: somebody writes into the source, new points" {
    migrated
    (sleep 1.5 && "$LIB/influx.py" load "$DB" <<<"cpu.idle_perc,_tenant_id=a,hostname=h value=1 $(date +%s%N)") 3>&- &
    check --settle 4s
    says_no growing 1
    # A run takes the point; its time is still younger than what is asked for now.
    run_json second
    expect_status 0
    tenants check --settle 1s >/dev/null
}

@test "no: somebody writes into the source, points of old times" {
    migrated
    (sleep 1.5 && "$LIB/influx.py" load "$DB" <<<"cpu.idle_perc,_tenant_id=a,hostname=h value=1 $((NOW - 50 * HOUR + 1))") 3>&- &
    check --settle 4s
    says_no growing 1
}

@test "no: somebody deletes points of the source" {
    migrated
    (sleep 1.5 && curl -s "$INFLUX_URL/query?db=$DB" --data-urlencode "q=DELETE FROM \"cpu.idle_perc\" WHERE time = $((NOW - 50 * HOUR))" >/dev/null) 3>&- &
    check --settle 4s
    says_no unaccounted 4
}

@test "no: refused points wait in the reject file" {
    points
    influx "CREATE DATABASE ${DB}_a" >/dev/null
    into a "cpu.idle_perc,_tenant_id=a value=\"text\" $((NOW - 100 * HOUR))"
    run_json first
    expect_status 1
    check
    [ "$status" -eq 1 ]
    holds '[.reasons[].reason] | index("rejects")' "$CHECK"
    # The operator has mended nothing: what is refused is missing, and that can't be accepted.
    check --accept rejects
    [ "$status" -eq 1 ]
    holds '.reasons | any(.reason == "differs" and (.accepted | not))' "$CHECK"
}

@test "no: a user may still read the source" {
    migrated
    influx "CREATE USER reader WITH PASSWORD 'x'" >/dev/null
    check
    says_yes
    influx "GRANT READ ON \"$DB\" TO reader" >/dev/null
    check
    says_no grant 1
    jq -r '.reasons[0].mend' "$CHECK" | grep -F "REVOKE ALL ON $DB FROM reader" ||
        jq -r '.reasons[0].mend' "$CHECK" | grep -F "REVOKE ALL ON \"$DB\" FROM \"reader\""
    influx "REVOKE ALL ON \"$DB\" FROM \"reader\"" >/dev/null
    check
    says_yes
}

@test "no: a continuous query reads the source, of its own or of another database" {
    migrated
    influx "CREATE DATABASE other$BATS_TEST_NUMBER" >/dev/null
    influx "CREATE CONTINUOUS QUERY q ON other$BATS_TEST_NUMBER BEGIN SELECT mean(value) INTO other$BATS_TEST_NUMBER.autogen.m FROM \"$DB\".autogen.\"cpu.idle_perc\" GROUP BY time(1h) END" >/dev/null
    influx "CREATE CONTINUOUS QUERY fine ON other$BATS_TEST_NUMBER BEGIN SELECT mean(value) INTO other$BATS_TEST_NUMBER.autogen.m FROM other$BATS_TEST_NUMBER.autogen.\"$DB\" GROUP BY time(1h) END" >/dev/null
    check
    says_no continuous_query 1
    influx "DROP CONTINUOUS QUERY q ON other$BATS_TEST_NUMBER" >/dev/null
    check
    says_yes
    influx "CREATE CONTINUOUS QUERY own ON \"$DB\" BEGIN SELECT mean(value) INTO m FROM \"cpu.idle_perc\" GROUP BY time(1h) END" >/dev/null
    check
    says_no continuous_query 1
}

@test "no: a subscription to the source" {
    migrated
    influx "CREATE SUBSCRIPTION s ON \"$DB\".autogen DESTINATIONS ALL 'udp://127.0.0.1:9999'" >/dev/null
    check
    says_no subscription 1
}

@test "no: a server that holds a target is away" {
    MAP=$BATS_TEST_TMPDIR/targets.conf
    printf '[a]\nurl = %s\n' "$SECOND_URL" >"$MAP"
    migrated --target-map "$MAP"
    check --target-map "$MAP"
    says_yes
    printf '[a]\nurl = http://127.0.0.1:1\n' >"$MAP"
    check --target-map "$MAP"
    says_no away 1
}

@test "no: the user may not see all that must be seen" {
    influxd_start "auth$BATS_TEST_NUMBER" http.auth-enabled=true
    export INFLUX_USER=admin INFLUX_PASSWORD=secret
    INFLUX_USER='' "$LIB/influx.py" query "CREATE USER admin WITH PASSWORD 'secret' WITH ALL PRIVILEGES" >/dev/null
    influx "CREATE DATABASE $DB" >/dev/null
    write_conf
    migrated
    check
    says_yes
    influx "CREATE USER weak WITH PASSWORD 'weak'" >/dev/null
    influx "GRANT ALL ON $DB TO weak" >/dev/null
    influx "GRANT ALL ON ${DB}_a TO weak" >/dev/null
    influx "GRANT ALL ON ${DB}_b TO weak" >/dev/null
    INFLUX_USER=weak INFLUX_PASSWORD=weak write_conf
    check
    says_no rights
    run -2 tenants check --accept rights
}

@test "no: what a VictoriaMetrics doesn't keep" {
    command -v victoria-metrics || skip 'no victoria-metrics'
    points
    victoria_start
    run_json first --target-url "$VICTORIA_URL" --drop-strings
    expect_status 0
    check --target-url "$VICTORIA_URL" --drop-strings
    says_no strings
    check --target-url "$VICTORIA_URL" --drop-strings --accept strings
    says_yes strings
}

# --- usage ---------------------------------------------------------------------------------------

@test "a reason that isn't known, or can't be accepted, is refused with the list" {
    run -2 tenants check --accept clipped,lost
    says '^error: --accept lost: there is no such reason; these can be accepted: empty, unassigned, clipped, '
    run -2 tenants check --accept differs
    says "^error: --accept differs: this reason can't be accepted; "
    run -2 tenants check --accept ''
    says '^error: --accept : there is no such reason'
}

@test "filters are no part of the question" {
    run -2 tenants check --tenant a
    run -2 tenants check --measurement cpu
    run -2 tenants check --source-retention-policy all
}

@test "a source that can't be reached is status 4, and no verdict" {
    write_conf 'port = 1'
    run -4 tenants check --settle 1s
    says_not '^(Yes|No)'
}

@test "a question that is interrupted has no answer" {
    migrated
    timeout -s INT 2 "$PROGRAM" tenants check --config-file "$CONF" --state-dir "$STATE" --settle 1m >"$BATS_TEST_TMPDIR/out" 2>&1 || status=$?
    [ "${status:-0}" -eq 124 ]
    run ! grep -E '^(Yes|No)' "$BATS_TEST_TMPDIR/out"
}
