#!/usr/bin/env bats
# SQL for every range, loaded by the stock client.

load ../lib/live
load schema_helpers

setup_file() { mariadbd_start; }
teardown_file() { mariadbd_stop; }
setup() { fresh_mon latin1; }
teardown() { drop_mon; }

@test "the SQL of every single step up and down loads, and makes the built-in shapes" {
    previous=base
    for revision in "${REVISIONS[@]}"; do
        "$PROGRAM" schema upgrade --sql "$previous:$revision" | sql "$MON"
        expect_shape "$revision"
        expect_version "$revision"
        previous=$revision
    done
    for ((i = 7; i >= 0; i--)); do
        "$PROGRAM" schema downgrade --sql "${REVISIONS[i + 1]}:${REVISIONS[i]}" | sql "$MON"
        expect_shape "${REVISIONS[i]}"
        expect_version "${REVISIONS[i]}"
    done
    "$PROGRAM" schema downgrade --sql "${REVISIONS[0]}:base" | sql "$MON"
    [ -z "$(sql "$MON" 'SHOW TABLES')" ]
}

@test "the SQL from base to each revision and back loads" {
    for revision in "${REVISIONS[@]}"; do
        fresh_mon utf8
        "$PROGRAM" schema upgrade --sql "$revision" | sql "$MON"
        expect_shape "$revision"
        "$PROGRAM" schema downgrade --sql "$revision:base" | sql "$MON"
        [ -z "$(sql "$MON" 'SHOW TABLES')" ]
    done
}

@test "the SQL for a script-made latin1 database loads, up and all the way down" {
    load_script 01_00597b5c
    sql "$MON" "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
        INSERT INTO alembic_version VALUES ('00597b5c8325')"
    insert_data
    "$PROGRAM" schema upgrade --sql 00597b5c8325:head | sql "$MON"
    expect_head
    expect_data
    "$PROGRAM" schema downgrade --sql head:base | sql "$MON"
    [ -z "$(sql "$MON" 'SHOW TABLES')" ]
}

@test "the SQL holds no raw NUL, and a comment and an UPDATE for each step" {
    "$PROGRAM" schema upgrade --sql >"$BATS_TEST_TMPDIR/sql"
    [ "$(tr -d '\0' <"$BATS_TEST_TMPDIR/sql" | wc -c)" -eq "$(wc -c <"$BATS_TEST_TMPDIR/sql")" ]
    [ "$(grep -c '^-- Running upgrade' "$BATS_TEST_TMPDIR/sql")" -eq 9 ]
    [ "$(grep -c '^UPDATE alembic_version' "$BATS_TEST_TMPDIR/sql")" -eq 8 ]
    run -2 "$PROGRAM" schema downgrade --sql base
    run -2 "$PROGRAM" schema upgrade --sql head:base
}

@test "what align prints loads, and mends the fork" {
    load_script 06_d8b80149
    schema align --sql | sql "$MON"
    [ "$(schema detect-revision -q)" = f69cb3152a76 ]
    "$PROGRAM" schema stamp --sql f69cb3152a76 | sql "$MON"
    schema upgrade -q
    expect_head
}
