#!/usr/bin/env bats
# The real Alembic, over a graph of the same ids: each reads what the other wrote.

load ../lib/live
load schema_helpers

setup_file() {
    mariadbd_start
    /usr/bin/python3 -c 'import alembic, pymysql' 2>/dev/null || skip_all='no alembic with pymysql'
    export skip_all
}
teardown_file() { mariadbd_stop; }
setup() {
    [ -z "${skip_all:-}" ] || skip "$skip_all"
    fresh_mon
    export ALEMBIC_URL="mysql+pymysql://root:$MYSQL_PASSWORD@127.0.0.1:$MYSQL_PORT/$MON"
}
teardown() { drop_mon; }

alembic() {
    /usr/bin/python3 -B -m alembic.config -c "$SCHEMA_FILES/alembic/alembic.ini" "$@" 2>"$BATS_TEST_TMPDIR/alembic.log"
}

@test "each revision that Alembic made has the canonical text that is built in" {
    for revision in "${REVISIONS[@]}"; do
        alembic upgrade "$revision"
        expect_shape "$revision"
        [ "$(schema version)" = "$revision" ]
    done
    expect_head
}

@test "what Alembic made is taken down to base, step by step, and up again" {
    alembic upgrade f69cb3152a76
    insert_data
    alembic upgrade head
    for ((i = 7; i >= 0; i--)); do
        schema downgrade -q --yes -1
        expect_shape "${REVISIONS[i]}"
    done
    expect_data
    schema downgrade -q --yes base
    schema upgrade -q
    expect_head
}

@test "Alembic goes on where this program stopped, and the other way round" {
    schema upgrade -q c2f85438d6f3
    [[ $(alembic current) == c2f85438d6f3* ]]
    alembic upgrade +3
    [ "$(schema version)" = d8b801498850 ]
    schema upgrade -q +1
    alembic upgrade head
    expect_head
    alembic downgrade -2
    [ "$(schema version)" = 8781a256f0c1 ]
    schema upgrade -q
    [[ $(alembic current) == "$HEAD"* ]]
}

@test "what is stamped here Alembic upgrades, and what Alembic stamps is upgraded here" {
    load_script 05_6b2b88f3
    schema stamp -q -f
    alembic upgrade head
    expect_head
    fresh_mon
    export ALEMBIC_URL="mysql+pymysql://root:$MYSQL_PASSWORD@127.0.0.1:$MYSQL_PORT/$MON"
    load_script 05_6b2b88f3
    alembic stamp 6b2b88f3cab4
    schema upgrade -q
    expect_head
}

@test "a first revision that Alembic left half-done is finished" {
    sql "$MON" 'CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)'
    sql "$MON" <<<"$(awk 'BEGIN { RS = ";\n" } NR <= 7 { print $0 ";" }' "$SCHEMA_FILES/alembic/initial.sql")"
    run -0 schema upgrade
    expect_head
}
