#!/usr/bin/env bats
# TLS, with certificates of an authority that the test makes; and where passwords are not.

load ../lib/live
load ../lib/authority

SECRET='s3cr3t-Pa55'

# An authority, and certificates: good, expired, for another host, self-signed.
setup_file() {
    local dir=$BATS_FILE_TMPDIR
    (
        cd "$dir" || exit
        authority ca
        certificate good -days 2 -- 'IP:127.0.0.1,DNS:localhost'
        certificate other -days 2 -- 'DNS:other.example.org'
        # Made on the authority's clock of long ago.
        certificate expired -not_after 20200102000000Z -- 'IP:127.0.0.1'
        self_signed self 'IP:127.0.0.1'
    )
    for name in good other expired self; do
        influxd_start "$name" http.https-enabled=true "http.https-certificate=$dir/$name.pem" \
            "http.https-private-key=$dir/$name.key"
    done
}
teardown_file() { influxd_stop; }

setup() {
    CA=$BATS_FILE_TMPDIR/ca.pem
    LISTENERS=()
    unset SSL_CERT_FILE CURL_CA_BUNDLE REQUESTS_CA_BUNDLE
}

teardown() { listener_stop; }

# The server with that certificate, with one tenant's point in $DB.
server() {
    INFLUX_URL=$(cat "$BATS_FILE_TMPDIR/$1/url")
    INFLUX_HOST=127.0.0.1
    INFLUX_PORT=${INFLUX_URL##*:}
    INFLUX_DIR=$BATS_FILE_TMPDIR/$1
    DB=t${BATS_TEST_NUMBER}
    STATE=$BATS_TEST_TMPDIR/state
    CONF=$BATS_TEST_TMPDIR/persister.conf
    NOW=$(date +%s%N)
    curl -sk "$INFLUX_URL/query" --data-urlencode "q=CREATE DATABASE $DB" >/dev/null
    curl -sk "$INFLUX_URL/write?db=$DB" --data-binary "m,_tenant_id=a value=1 $((NOW - 60000000000))"
    INFLUX_PASSWORD=$SECRET write_conf 'ssl = true' "verify_ssl = $2"
}

arrived() {
    curl -sk "$INFLUX_URL/query" --data-urlencode "q=SELECT value FROM ${DB}_a..m" | grep -q '"values":\[\['
}

@test "a good certificate of an authority that is named is taken, by the variables that the persister knows" {
    for variable in REQUESTS_CA_BUNDLE CURL_CA_BUNDLE SSL_CERT_FILE; do
        server good true
        rm -rf "$STATE"
        run env "$variable=$CA" "$PROGRAM" tenants run --config-file "$CONF" --state-dir "$STATE"
        expect_status 0
        arrived
        says_not "isn't checked"
        curl -sk "$INFLUX_URL/query" --data-urlencode "q=DROP DATABASE ${DB}_a" >/dev/null
    done
}

@test "the same certificate is refused where the authority isn't known: status 4, with a hint" {
    server good true
    run tenants run
    expect_status 4
    says '^error: .*certificate problem: .*issuer'
    says '^hint: .*(REQUESTS_CA_BUNDLE|SSL_CERT_FILE)'
    run ! arrived
}

@test "an expired certificate is refused" {
    server expired true
    run env "SSL_CERT_FILE=$CA" "$PROGRAM" tenants run --config-file "$CONF" --state-dir "$STATE"
    expect_status 4
    says '^error: .*certificate has expired'
    run ! arrived
}

@test "a certificate for another host is refused" {
    server other true
    run env "SSL_CERT_FILE=$CA" "$PROGRAM" tenants run --config-file "$CONF" --state-dir "$STATE"
    expect_status 4
    says "^error: .*certificate.* (matches|match) .*127\.0\.0\.1'"
    run ! arrived
}

@test "a self-signed certificate is refused, and taken where it is itself the authority that is named" {
    server self true
    run env "SSL_CERT_FILE=$CA" "$PROGRAM" tenants run --config-file "$CONF" --state-dir "$STATE"
    expect_status 4
    says '^error: .*self-signed certificate'
    run ! arrived
    run env "SSL_CERT_FILE=$BATS_FILE_TMPDIR/self.pem" "$PROGRAM" tenants run --config-file "$CONF" --state-dir "$STATE"
    expect_status 0
    arrived
}

@test "with verify_ssl off any certificate is taken, and one warning says that it isn't checked" {
    for name in good expired other self; do
        server "$name" false
        run tenants run
        expect_status 0
        [ "$(grep -c "isn't checked" <<<"$output")" -eq 1 ]
        arrived
    done
}

@test "a file of authorities that isn't there is status 4 and named, not taken for all of the system's" {
    server good true
    run env "SSL_CERT_FILE=/no/such.pem" "$PROGRAM" tenants run --config-file "$CONF" --state-dir "$STATE"
    expect_status 4
    says '/no/such\.pem'
}

@test "https to a server that speaks plain HTTP is status 4" {
    server good true
    listener plain 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'
    write_conf "port = $LISTENER_PORT" 'ssl = true' 'verify_ssl = false'
    run tenants run
    expect_status 4
    says "^error: can't reach InfluxDB at https://127\.0\.0\.1:$LISTENER_PORT: "
}

# --- credentials ---------------------------------------------------------------------------------

# A plain listener that keeps all it is sent, in heard.NAME, and answers the same to everybody:
# listener NAME ANSWER. Sets LISTENER_PORT.
listener() {
    python3 - "$2" "$BATS_TEST_TMPDIR/heard.$1" "$BATS_TEST_TMPDIR/port.$1" <<'PYTHON' >/dev/null 2>&1 3>&- &
import os, socketserver, sys
answer = sys.argv[1].encode().decode("unicode_escape").encode("latin-1")
class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        while heard := self.request.recv(65536):
            with open(sys.argv[2], "ab") as file:
                file.write(heard)
            self.request.sendall(answer)
class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
open(sys.argv[2], "wb").close()
with Server(("127.0.0.1", 0), Handler) as server:
    with open(sys.argv[3] + ".new", "w", encoding="ascii") as file:
        print(server.server_address[1], file=file)
    os.rename(sys.argv[3] + ".new", sys.argv[3])
    server.serve_forever()
PYTHON
    LISTENERS+=("$!")
    disown "$!"
    wait_for 10 test -s "$BATS_TEST_TMPDIR/port.$1"
    LISTENER_PORT=$(cat "$BATS_TEST_TMPDIR/port.$1")
}

listener_stop() {
    local pid
    for pid in "${LISTENERS[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
}

@test "a redirect to another host is not followed: nothing is sent there, least of all a password" {
    server good true
    listener other 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'
    other=$LISTENER_PORT
    for code in 301 302 307 308; do
        listener "$code" "HTTP/1.1 $code Moved\r\nLocation: http://127.0.0.1:$other/query\r\nContent-Length: 0\r\n\r\n"
        INFLUX_PASSWORD=$SECRET write_conf "port = $LISTENER_PORT" 'ssl = false'
        run tenants run
        expect_status 1
        says "^error: InfluxDB at http://127\.0\.0\.1:$LISTENER_PORT: HTTP status $code\b"
        # The one that is configured was asked, with the password.
        grep -qa '^Authorization: Basic ' "$BATS_TEST_TMPDIR/heard.$code"
    done
    [ ! -s "$BATS_TEST_TMPDIR/heard.other" ]
}

@test "the password stands in no output, log, journal, command line or environment, and in no URL" {
    server good true
    curl -sk "$INFLUX_URL/query" --data-urlencode "q=CREATE USER u WITH PASSWORD '$SECRET' WITH ALL PRIVILEGES" >/dev/null
    # Enough points that the process can be looked at while it works.
    for ((i = 0; i < 20000; i++)); do
        echo "m$((i % 20)),_tenant_id=t$((i % 10)) value=$i $((NOW - i * 60000000000))"
    done | curl -sk "$INFLUX_URL/write?db=$DB" --data-binary @-
    SSL_CERT_FILE=$CA "$PROGRAM" tenants run --debug --output json --config-file "$CONF" --state-dir "$STATE" \
        --log-file "$BATS_TEST_TMPDIR/log" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
    pid=$!
    while kill -0 "$pid" 2>/dev/null; do
        { cat "/proc/$pid/cmdline" "/proc/$pid/environ" >>"$BATS_TEST_TMPDIR/proc"; } 2>/dev/null || true
        { ls -l "/proc/$pid/task/$pid/children" && cat "/proc/$pid/task/$pid/children"; } >>"$BATS_TEST_TMPDIR/children" 2>/dev/null || true
    done
    wait "$pid"
    [ -s "$BATS_TEST_TMPDIR/proc" ]
    [ -s "$BATS_TEST_TMPDIR/log" ]
    base64=$(printf 'mon_persister:%s' "$SECRET" | base64)
    for hidden in "$SECRET" "$base64"; do
        run ! grep -raF -- "$hidden" "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err" "$BATS_TEST_TMPDIR/log" \
            "$BATS_TEST_TMPDIR/proc" "$STATE"
    done
    # InfluxDB redacts the statement that made the user; nothing of ours is there.
    run ! grep -aF -- "$SECRET" "$INFLUX_DIR/log"
    run ! grep -aE 'POST .*[?&](p|u)=' "$INFLUX_DIR/log"
    run env "SSL_CERT_FILE=$CA" "$PROGRAM" tenants status --config-file "$CONF" --state-dir "$STATE"
    expect_status 0
    says_not "$SECRET"
    run env "SSL_CERT_FILE=$CA" "$PROGRAM" tenants plan --output json --config-file "$CONF" --state-dir "$STATE"
    expect_status 0
    says_not "$SECRET"
}

@test "the program leaves no core file, and no other process of its user may read its memory" {
    ! grep -qE '__asan|__gcov' "$PROGRAM" || skip 'an instrumented build'
    server good true
    listener silent '' # says nothing: the program waits
    INFLUX_PASSWORD=$SECRET write_conf "port = $LISTENER_PORT" 'ssl = false'
    ulimit -c unlimited 2>/dev/null || true
    local -a as=()
    if [ "$(id -u)" = 0 ]; then
        command -v setpriv >/dev/null || skip 'no setpriv'
        as=(setpriv --reuid 65534 --clear-groups)
        chmod a+rx "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_TEST_TMPDIR" && chmod a+r "$CONF"
        cp "$PROGRAM" "$BATS_TEST_TMPDIR/monasca-migrate"
        PROGRAM=$BATS_TEST_TMPDIR/monasca-migrate
    fi
    "${as[@]}" "$PROGRAM" tenants plan --config-file "$CONF" --state-dir "$BATS_TEST_TMPDIR" >/dev/null 2>&1 3>&- &
    LISTENERS+=("$!")
    pid=$!
    wait_for 5 grep -qa Authorization "$BATS_TEST_TMPDIR/heard.silent"
    [ "$(sed -n 's/^Max core file size *\([^ ]*\) *\([^ ]*\).*/\1 \2/p' "/proc/$pid/limits")" = '0 0' ]
    # /proc gives what isn't dumpable to root.
    [ "$(stat -c %u "/proc/$pid/environ")" = 0 ]
    if [ -n "${as[*]}" ]; then run ! "${as[@]}" cat "/proc/$pid/environ"; fi
}

@test "the binary is hardened: PIE, RELRO, immediate binding, stack protector, fortified, no executable stack" {
    readelf -h "$PROGRAM" | grep -q 'Type: *DYN'
    readelf -lW "$PROGRAM" | grep -q GNU_RELRO
    readelf -dW "$PROGRAM" | grep -qE 'BIND_NOW|FLAGS_1.*NOW'
    readelf -lW "$PROGRAM" | grep GNU_STACK | grep -q 'RW '
    # Builds for sanitizers and coverage are without these.
    ! grep -qE '__asan|__gcov' "$PROGRAM" || skip 'an instrumented build'
    readelf --dyn-syms -W "$PROGRAM" | grep -q __stack_chk_fail
    readelf --dyn-syms -W "$PROGRAM" | grep -qE '__(memcpy|snprintf|vsnprintf|read|fprintf)_chk'
}
