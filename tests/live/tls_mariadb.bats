#!/usr/bin/env bats
# TLS to MariaDB, with certificates of an authority that the test makes; and where passwords are not.

load ../lib/live
load ../lib/authority
load schema_helpers

SECRET='s3cr3t-Pa55'

# One server; serve() gives it another certificate.
setup_file() {
    cd "$BATS_FILE_TMPDIR" || return
    authority ca
    authority stranger
    certificate good -days 2 -- 'IP:127.0.0.1,DNS:localhost'
    certificate other -days 2 -- 'DNS:other.example.org'
    certificate expired -not_after 20200102000000Z -- 'IP:127.0.0.1,DNS:localhost'
    certificate client -days 2 -- 'DNS:client'
    self_signed self 'IP:127.0.0.1,DNS:localhost'
    mkdir capath
    cp ca.pem "capath/$(openssl x509 -hash -noout -in ca.pem).0"
    cp good.pem server.pem
    cp good.key server.key
    mariadbd_start --ssl-ca="$PWD/ca.pem" --ssl-cert="$PWD/server.pem" --ssl-key="$PWD/server.key"
    sql '' "CREATE USER tls@'127.0.0.1' IDENTIFIED BY '$SECRET' REQUIRE SSL; GRANT ALL ON *.* TO tls@'127.0.0.1';
        CREATE USER x509@'127.0.0.1' IDENTIFIED BY '$SECRET' REQUIRE X509; GRANT ALL ON *.* TO x509@'127.0.0.1';
        CREATE USER plain@'127.0.0.1' IDENTIFIED BY '$SECRET'; GRANT ALL ON *.* TO plain@'127.0.0.1'"
}
teardown_file() { mariadbd_stop; }
setup() {
    CA=$BATS_FILE_TMPDIR/ca.pem
    fresh_mon
    unset MYSQL_PWD
    serve good
}
teardown() {
    proxy_stop
    drop_mon
}

serve() {
    cp "$BATS_FILE_TMPDIR/$1.pem" "$BATS_FILE_TMPDIR/server.pem"
    cp "$BATS_FILE_TMPDIR/$1.key" "$BATS_FILE_TMPDIR/server.key"
    sql '' 'FLUSH SSL'
}

# connect QUERY [USER]: runs a command with these keys in the URL.
connect() {
    run timeout -s KILL 30 "$PROGRAM" schema wait --wait 1s \
        --connection "mysql+pymysql://${2:-tls}:$SECRET@${HOST:-127.0.0.1}:$MYSQL_PORT/$MON?$1"
    says_not "$SECRET"
}

refused() {
    expect_status 4
    says "^error: connecting to 127\.0\.0\.1:$MYSQL_PORT: .*($1)"
    says '^hint: '
    # Refused, and not merely waited for.
    says_not '^waiting'
}

@test "a good certificate of the authority that is named is taken: a file, or a folder of them" {
    for query in "ssl_ca=$CA" "ssl_ca=$CA&ssl_verify_cert=true&ssl_verify_identity=true" \
        "ssl_capath=$BATS_FILE_TMPDIR/capath" "ssl_ca=$CA&ssl_mode=VERIFY_IDENTITY" "ssl_mode=VERIFY_CA&ssl_ca=$CA"; do
        connect "$query"
        expect_status 0
        says '^the server answers: '
        says_not "isn't verified"
    done
}

@test "the same certificate is refused where its authority isn't the one named, or isn't known" {
    for query in "ssl_ca=$BATS_FILE_TMPDIR/stranger.pem" "ssl_verify_cert=true" "ssl_mode=VERIFY_IDENTITY"; do
        connect "$query"
        refused 'certificate|verif|issuer'
    done
}

@test "an expired certificate is refused" {
    serve expired
    connect "ssl_ca=$CA"
    refused 'certificate has expired|Validation of SSL server certificate'
}

@test "a certificate for another host is refused, unless the host's name isn't to be checked" {
    serve other
    connect "ssl_ca=$CA"
    refused 'certificate.* (match|name)|Validation of SSL server certificate'
    for query in "ssl_check_hostname=false" "ssl_verify_identity=false" "ssl_mode=VERIFY_CA"; do
        connect "ssl_ca=$CA&$query"
        expect_status 0
        connect "ssl_ca=$BATS_FILE_TMPDIR/stranger.pem&$query"
        refused 'certificate|verif|issuer'
    done
}

@test "a self-signed certificate is refused, and taken where it is itself the authority that is named" {
    serve self
    connect "ssl_ca=$CA"
    refused 'certificate|verif|issuer'
    connect "ssl_ca=$BATS_FILE_TMPDIR/self.pem"
    expect_status 0
}

@test "without verification any certificate is taken, and one warning says that it isn't verified" {
    for name in good other expired self; do
        serve "$name"
        for query in 'ssl=true' "ssl_ca=$CA&ssl_verify_cert=false" 'ssl_mode=REQUIRED'; do
            connect "$query"
            expect_status 0
            [ "$(grep -c "isn't verified" <<<"$output")" -eq 1 ]
        done
    done
}

@test "a file of authorities that isn't there is status 4, and not taken for the system's" {
    connect 'ssl_ca=/no/such.pem'
    expect_status 4
    says '^error: .*(/no/such\.pem|No such file)'
}

@test "a server without TLS is refused where the URL asks for it, whatever stands on the way" {
    # The proxy takes TLS out of what the server offers, as somebody in the middle would.
    mysql_proxy_start
    address=$(sed 's/.*@\(.*\)\/.*/\1/' <<<"$URL")
    for query in 'ssl=true' "ssl_ca=$CA" 'ssl_mode=REQUIRED'; do
        run timeout -s KILL 30 "$PROGRAM" schema version --connection "mysql+pymysql://plain:$SECRET@$address/$MON?$query"
        expect_status 4
        says '^error: .*(offers no TLS|SSL is required)'
        says_not "$SECRET"
    done
    # Where the certificate is to be checked, it isn't even told the user's name.
    proxy_rules 'none@1+~AUTH'
    run timeout -s KILL 30 "$PROGRAM" schema version --connection "mysql+pymysql://plain:$SECRET@$address/$MON?ssl_ca=$CA"
    expect_status 4
    [ ! -s "$PROXY_LOG" ]
    # Where none is, it is, and the proxy notes it.
    run timeout -s KILL 30 "$PROGRAM" schema version --connection "mysql+pymysql://plain:$SECRET@$address/$MON"
    [ -s "$PROXY_LOG" ]
}

@test "a server, or a user, that requires TLS is told of, with what to do" {
    connect '' tls
    expect_status 4
    says '^hint: .*REQUIRE SSL.* ssl_ca=FILE'
    sql '' 'SET GLOBAL require_secure_transport = 1'
    connect '' plain
    sql '' 'SET GLOBAL require_secure_transport = 0'
    expect_status 4
    says '^hint: .*ssl_ca'
}

@test "a client's own certificate is shown to a server that asks for it" {
    connect "ssl_ca=$CA" x509
    expect_status 4
    connect "ssl_ca=$CA&ssl_cert=$BATS_FILE_TMPDIR/client.pem&ssl_key=$BATS_FILE_TMPDIR/client.key" x509
    expect_status 0
}

@test "TLS may be asked for in connection_parameters, where oslo.db has them" {
    serve other
    printf '[database]\nconnection = mysql+pymysql://tls:%s@127.0.0.1:%s/%s?charset=utf8mb4\nconnection_parameters = ssl_ca=%s\n' \
        "$SECRET" "$MYSQL_PORT" "$MON" "$CA" >"$BATS_TEST_TMPDIR/api.conf"
    run -4 "$PROGRAM" schema version --config-file "$BATS_TEST_TMPDIR/api.conf"
    says_not "$SECRET"
    serve good
    run -1 "$PROGRAM" schema version --config-file "$BATS_TEST_TMPDIR/api.conf"
    says 'no version'
}

@test "the password stands in no output, log, command line or environment" {
    mysql_proxy_start 'hang@1~alembic_version'
    address=$(sed 's/.*@\(.*\)\/.*/\1/' <<<"$URL")
    printf '[database]\nconnection = mysql+pymysql://plain:%s@%s/%s\n' "$SECRET" "$address" "$MON" >"$BATS_TEST_TMPDIR/api.conf"
    "$PROGRAM" schema upgrade --debug --output json --config-file "$BATS_TEST_TMPDIR/api.conf" \
        --log-file "$BATS_TEST_TMPDIR/log" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
    pid=$!
    wait_for 60 grep -q hang "$PROXY_LOG"
    cat "/proc/$pid/cmdline" "/proc/$pid/environ" >"$BATS_TEST_TMPDIR/proc"
    send_signal TERM "$pid"
    send_signal TERM "$pid"
    wait "$pid" || true
    "$PROGRAM" schema upgrade --debug --config-file "$BATS_TEST_TMPDIR/api.conf" --log-file "$BATS_TEST_TMPDIR/log" \
        >>"$BATS_TEST_TMPDIR/out" 2>>"$BATS_TEST_TMPDIR/err"
    # A wrong one isn't quoted either.
    run -4 "$PROGRAM" schema version --debug --connection "mysql+pymysql://plain:wrong-$SECRET@127.0.0.1:$MYSQL_PORT/$MON"
    says_not "$SECRET"
    [ -s "$BATS_TEST_TMPDIR/log" ]
    [ -s "$BATS_TEST_TMPDIR/proc" ]
    run ! grep -raF -- "$SECRET" "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err" "$BATS_TEST_TMPDIR/log" "$BATS_TEST_TMPDIR/proc"
}
