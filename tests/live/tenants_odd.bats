#!/usr/bin/env bats
# Odd sources, and what servers of other versions say.

load ../lib/live

setup_file() { influxd_start; }
teardown_file() { influxd_stop; }
setup() { fresh_database; }
teardown() {
    proxy_stop
    INFLUX_URL=$(cat "$BATS_FILE_TMPDIR/influxd/url")
    unset INFLUX_USER INFLUX_PASSWORD
    drop_databases
}

MINUTE=60000000000

@test "points that a server of 1.12 finds outside its policy are clipped, not refused" {
    # The policy seems to keep points for longer than it does, so that the server has to refuse some.
    for engine in server stream; do
        influx "CREATE DATABASE ${DB}_a WITH DURATION 1h REPLICATION 1 NAME p" >/dev/null
        printf 'm,_tenant_id=a,n=%s value=1 %s\n' 1 $((NOW - 70 * MINUTE)) 2 $((NOW - 10 * MINUTE)) |
            "$LIB/influx.py" load "$DB"
        proxy_start 'words="1h0m0s","1h0m0s"=>"1h20m0s","1h0m0s"@1+~SHOW RETENTION POLICIES' \
            'words=points beyond retention policy dropped=(\d+)=>dropped \1 points outside retention policy of duration 1h0m0s - oldest point m at 2026-01-01T00:00:00Z dropped=\1 for database: d for retention policy: p@1+~^WRITE| INTO '
        run_json "$engine" --engine "$engine"
        proxy_stop
        [ -s "$PROXY_LOG" ]
        grep -q 'INTO\|WRITE' "$PROXY_LOG"
        expect_status 0
        expect_field points_refused 0
        [ "$(influx_values "SELECT count(value) FROM ${DB}_a.p.m" 1)" -eq 1 ]
        influx "DROP DATABASE ${DB}_a" >/dev/null
        rm -rf "$STATE"
    done
}

# 1.12 lists two more columns, and the words of a write window.
@test "a target's write window is known to the plan, and the source's is named" {
    influx "CREATE DATABASE ${DB}_a WITH NAME p" >/dev/null
    write_points "m,_tenant_id=a value=1 $((NOW - 70 * MINUTE))" "m,_tenant_id=a value=1 $((NOW - 10 * MINUTE))"
    proxy_start 'words="replicaN","default"\],"values":\[\[([^]]*),1,(\w+)\]=>"replicaN","futureWriteLimit","pastWriteLimit","default"],"values":[[\1,1,"0s","1h0m0s",\2]@1+~SHOW RETENTION POLICIES'
    run tenants plan
    expect_status 0
    says "write window of the source's policy autogen \(PAST LIMIT 1h\)"
    says 'the policy p has a write window, and refuses points older than 1h'
    tenants plan --output json >"$BATS_TEST_TMPDIR/plan"
    holds '.source_write_windows == [{"policy": "autogen", "window": "PAST LIMIT 1h"}]' "$BATS_TEST_TMPDIR/plan"
    run_json events
    says "write window of the source's policy autogen"
    expect_field points_clipped 1
    [ "$(influx_values "SELECT count(value) FROM ${DB}_a.p.m" 1)" -eq 1 ]
}

@test "measurements with names that InfluxDB keeps for itself are copied, or named" {
    local name at=$((NOW - 20 * MINUTE))
    for name in _name _tags _tagKey _measurements; do
        write_points "$name,_tenant_id=a,n=1 value=1.5,text=\"x\" $at" "$name,_tenant_id=b value=2 $at" \
            "$name,_tenant_id=a value=3i $((at - 30 * 86400 * 1000000000))"
    done
    write_points "cpu,_tenant_id=a value=1 $at"
    for engine in server stream; do
        run_json "$engine" --engine "$engine" --full
        expect_status 0
        for name in _name _tags _tagKey _measurements; do
            [ "$(influx_values "SELECT count(value) FROM ${DB}_a../^$name\$/" 1)" -eq 2 ]
            [ "$(influx_values "SELECT count(value) FROM ${DB}_b../^$name\$/" 1)" -eq 1 ]
        done
        run -0 tenants verify --deep
        influx "DROP DATABASE ${DB}_a" >/dev/null
        influx "DROP DATABASE ${DB}_b" >/dev/null
    done
    # Of these InfluxDB shows no points at all.
    for name in _tagKeys _series _fieldKeys; do
        write_points "$name,_tenant_id=a value=1 $at"
    done
    run tenants plan
    says 'PROBLEM: measurements that no statement can read: 3: _fieldKeys, _series, _tagKeys'
    run_json hidden --full
    expect_status 1
    says 'measurement _series can.t be copied: InfluxDB keeps its name for a list of its own'
    expect_field windows_failed 0
    expect_field measurements_unnameable 3
    [ "$(influx_values "SELECT count(value) FROM ${DB}_a..cpu" 1)" -eq 1 ]
    run -1 tenants check
    says 'names that InfluxDB keeps for lists of its own'
}

# A second server with authentication, an admin and a user called weak.
with_auth() {
    influxd_start "auth$BATS_TEST_NUMBER" http.auth-enabled=true "$@"
    export INFLUX_USER=admin INFLUX_PASSWORD=secret
    # The first user may be made without credentials.
    INFLUX_USER='' "$LIB/influx.py" query "CREATE USER admin WITH PASSWORD 'secret' WITH ALL PRIVILEGES" >/dev/null
    influx "CREATE USER weak WITH PASSWORD 'weak'" >/dev/null
    printf 'weak\n' >"$BATS_TEST_TMPDIR/weak"
}

@test "a user of the source without rights is told the right that it lacks" {
    with_auth
    influx "CREATE DATABASE $DB" >/dev/null
    INFLUX_USER=weak INFLUX_PASSWORD=weak write_conf
    run -4 tenants run
    says "^error: InfluxDB at $INFLUX_URL refuses the user 'weak': .*requires READ on $DB"
    says "^hint: .*GRANT READ ON \"?$DB\"? TO \"?weak"
    says_not 'there is no database'
    # A database that isn't there is another matter.
    INFLUX_USER=admin INFLUX_PASSWORD=secret write_conf 'database_name = nowhere'
    run -3 tenants run
    says "there is no database 'nowhere'"
}

@test "a user of the target that may only write is told to ask for reading, not for all" {
    write_points "m,_tenant_id=a value=1 $((NOW - 10 * MINUTE))"
    with_auth
    influx "CREATE DATABASE ${DB}_a" >/dev/null
    influx "GRANT WRITE ON ${DB}_a TO weak" >/dev/null
    target=$INFLUX_URL
    INFLUX_URL=$(cat "$BATS_FILE_TMPDIR/influxd/url")
    unset INFLUX_USER INFLUX_PASSWORD
    INFLUX_PORT=${INFLUX_URL##*:} write_conf
    run -4 tenants run --target-url "$target" --target-user weak --target-password-file "$BATS_TEST_TMPDIR/weak"
    says "^hint: .*GRANT READ ON \"?${DB}_a\"? TO \"?weak"
    says_not 'GRANT ALL PRIVILEGES TO'
    says_not "password's file"
}

@test "InfluxDB 1.x takes a JSON Web Token" {
    write_points "m,_tenant_id=a value=1 $((NOW - 10 * MINUTE))"
    with_auth http.shared-secret=xyz
    target=$INFLUX_URL
    python3 - >"$BATS_TEST_TMPDIR/token" <<'PYTHON'
import base64, hashlib, hmac, json, time
def part(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")
text = part(json.dumps({"alg": "HS256", "typ": "JWT"}).encode()) + b"." + \
    part(json.dumps({"username": "admin", "exp": int(time.time()) + 600}).encode())
print((text + b"." + part(hmac.new(b"xyz", text, hashlib.sha256).digest())).decode())
PYTHON
    INFLUX_URL=$(cat "$BATS_FILE_TMPDIR/influxd/url")
    INFLUX_USER='' INFLUX_PASSWORD='' INFLUX_PORT=${INFLUX_URL##*:} write_conf
    run -0 tenants run --target-url "$target" --target-password-file "$BATS_TEST_TMPDIR/token"
    INFLUX_URL=$target has_database "${DB}_a"
}

@test "plain HTTP to a port of TLS, and a wrong prefix of a target, are status 4 with a hint" {
    write_points "m,_tenant_id=a value=1 $((NOW - 10 * MINUTE))"
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$BATS_TEST_TMPDIR/key" -out "$BATS_TEST_TMPDIR/pem" -days 2 \
        -subj /CN=x 2>/dev/null
    run -4 tenants run --target-url "$INFLUX_URL/nowhere"
    says '^hint: no InfluxDB answers at this path; it comes from --target-url'
    another_start tls http.https-enabled=true http.https-certificate="$BATS_TEST_TMPDIR/pem" \
        http.https-private-key="$BATS_TEST_TMPDIR/key"
    run -4 tenants run --target-url "http:${ANOTHER_URL#https:}"
    says '^error: .* wants TLS: '
    says '^hint: the address begins with https:// then; it comes from --target-url'
    write_conf "port = ${ANOTHER_URL##*:}"
    run -4 tenants run
    says '^hint: set ssl = true in section \[influxdb\]'
    "$LIB/influxd" stop "$BATS_FILE_TMPDIR/tls"
}

@test "a source that goes away while what stays behind is counted is waited for" {
    influxd_start behind
    local dir=$INFLUX_DIR
    influx "CREATE DATABASE $DB" >/dev/null
    write_points "m,_tenant_id=a value=1 $((NOW - 10 * MINUTE))" "nobody,host=h value=1 $((NOW - 10 * MINUTE))"
    hold 1 'count.*nobody'
    tenants run --output json >"$BATS_TEST_TMPDIR/events" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
    local run=$! status=0
    wait_until_held
    proxy_stop
    "$LIB/influxd" kill "$dir"
    sleep 2
    OWNER=$$ "$LIB/influxd" start "$dir" port="${PROXY_URL##*:}" >/dev/null
    wait "$run" || status=$?
    output=$(cat "$BATS_TEST_TMPDIR/err")
    EVENTS=$BATS_TEST_TMPDIR/events
    expect_status 0
    expect_field points_unassigned 1
    "$LIB/influxd" stop "$dir"
}

@test "an error that nobody knows is said, and given up after a bounded time" {
    local name
    for name in a b c d e f g h; do write_points "m,_tenant_id=$name value=1 $((NOW - 10 * MINUTE))"; done
    proxy_start 'error=engine: the moon is full@1+~^WRITE'
    SECONDS=0
    run_json events --engine stream
    [ "$SECONDS" -lt 90 ]
    expect_status 1
    says "warning: an error that isn.t known here: engine: the moon is full"
    [ "$(grep -c "isn't known here" <<<"$output")" -eq 1 ]
    expect_field windows_failed 8
    expect_field splits 0
}

@test "a server whose cache never falls is given up, with a hint" {
    write_points m,_tenant_id={a..f}" value=1 $((NOW - 10 * MINUTE))"
    another_start cache data.cache-max-memory-size=1
    SECONDS=0
    run tenants run --target-url "$ANOTHER_URL" --engine stream
    [ "$SECONDS" -lt 240 ]
    [ "$status" -ne 0 ]
    says '^error: .* takes no points, for 90 seconds: .*cache-max-memory-size'
    says '^hint: .*cache-max-memory-size'
    "$LIB/influxd" stop "$BATS_FILE_TMPDIR/cache"
}

# Turned round, of no width, and characters that control the terminal.
@test "names that deceive the eye are shown by the numbers of their characters" {
    local rlo=$'\u202e' zero=$'\u200b' at=$((NOW - 10 * MINUTE))
    write_points "m${rlo}x,_tenant_id=a${rlo}b value=1 $at" "n${zero},_tenant_id=c${zero} value=1 $at" \
        "o${rlo},host=h value=1 $at"
    for verb in plan run status report check; do
        run tenants "$verb"
        says_not "$rlo|$zero"
    done
    run tenants plan
    says 'a\\u\{202e\}b'
    says 'o\\u\{202e\}'
}

@test "a tenant that can have no database is told what helps, and that helps" {
    write_points "m,_tenant_id=a/b value=1 $((NOW - 10 * MINUTE))"
    run -1 tenants run
    says 'a/b .*it holds a slash or a backslash; a file of --target-map gives the tenant a database of another name'
    printf '[a/b]\ndatabase = %s_a_b\n' "$DB" >"$BATS_TEST_TMPDIR/map"
    run -0 tenants run --target-map "$BATS_TEST_TMPDIR/map"
    [ "$(influx_values "SELECT count(value) FROM ${DB}_a_b..m" 1)" -eq 1 ]
}

@test "a tenant that the source doesn't have is named, and is status 1" {
    write_points "m,_tenant_id=a value=1 $((NOW - 10 * MINUTE))"
    run -0 tenants run --tenant a
    run_json events --tenant a --tenant typo
    expect_status 1
    expect_field status 1
    says 'warning: --tenant typo: the source has no points of this tenant'
}
