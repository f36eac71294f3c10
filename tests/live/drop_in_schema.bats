#!/usr/bin/env bats
# What deployment tools do with monasca_db, under its old name.

load ../lib/live
load schema_helpers

setup_file() { mariadbd_start; }
teardown_file() { mariadbd_stop; }
setup() {
    fresh_mon
    ln -s "$PROGRAM" "$BATS_TEST_TMPDIR/monasca_db"
    export PATH=$BATS_TEST_TMPDIR:$PATH
    API_CONF=$BATS_TEST_TMPDIR/monasca-api.conf
    # As monasca-api's own file has it, in quotes.
    printf '[DEFAULT]\nlog_config_append = /nowhere\n\n[database]\nconnection = "mysql+pymysql://root:%s@127.0.0.1:%s/%s?charset=utf8mb4"\n' \
        "$MYSQL_PASSWORD" "$MYSQL_PORT" "$MON" >"$API_CONF"
    unset MYSQL_PWD
}
teardown() { drop_mon; }

db() { monasca_db --config-file "$API_CONF" "$@"; }

@test "kolla: upgrade on every deploy, an empty database first" {
    run -0 db upgrade
    run -0 db upgrade
    export MYSQL_PWD=$MYSQL_PASSWORD
    expect_head
}

@test "crowbar: stamp guarded by version, then upgrade" {
    load_script 05_6b2b88f3
    run -1 db version
    run -1 db upgrade
    says "^hint: .*'schema stamp --from-fingerprint'"
    db version || db stamp --from-fingerprint
    run -0 --separate-stderr db version
    [ "$output" = 6b2b88f3cab4 ]
    run -0 db upgrade
    # The guard does nothing the second time.
    run -0 db version
    export MYSQL_PWD=$MYSQL_PASSWORD
    expect_head
}

@test "the options that monasca_db took mean what they meant" {
    load_script 05_6b2b88f3
    run -0 --separate-stderr db detect-revision
    [ "$output" = 6b2b88f3cab4 ]
    run -0 --separate-stderr db fingerprint
    [[ $output =~ ^[0-9a-f]+$ ]]
    run -0 --separate-stderr db fingerprint --raw
    [ "${#lines[@]}" -gt 10 ]
    run -0 db upgrade -f
    run -0 db upgrade head --from-fingerprint
    run -0 db --log-dir "$BATS_TEST_TMPDIR" --nodebug upgrade
    [ -e "$BATS_TEST_TMPDIR/monasca_db.log" ]
    run -0 --separate-stderr db version
    [ "$output" = "$HEAD" ]
}

@test "what matches no revision, and a stamp without a revision, have status 1 as before" {
    sql "$MON" 'CREATE TABLE other (id int primary key)'
    run -1 db detect-revision
    says 'does not match any known legacy revision'
    run -1 db stamp --from-fingerprint
    says 'does not match any known legacy revision'
    run -1 db stamp
    says 'No version or --from-fingerprint was given'
    run -2 db upgrad
    says "^hint: did you mean 'monasca-migrate schema upgrade'"
}
