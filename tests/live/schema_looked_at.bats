#!/usr/bin/env bats
# What the schema commands say was looked at: a verdict only where all could be seen, and the schema read again before
# a claim.

load ../lib/live
load schema_helpers

setup_file() { mariadbd_start; }
teardown_file() { mariadbd_stop; }
setup() { fresh_mon; }
teardown() {
    sql '' "DROP USER IF EXISTS viewer@127.0.0.1; DROP ROLE IF EXISTS viewers"
    drop_mon
}

# as_viewer GRANTS: $URL is that of a user with these rights; ON follows.
as_viewer() {
    sql '' "CREATE OR REPLACE USER viewer@127.0.0.1 IDENTIFIED BY '$MYSQL_PASSWORD'"
    sql '' "GRANT $1 TO viewer@127.0.0.1"
    URL=${URL/root@/viewer@}
}

QUERIES=(check diff detect-revision fingerprint)

@test "a user who can't see all gets no verdict, but the rights that are missing" {
    schema upgrade -q
    for grant in "SELECT ON $MON.*" "SELECT, INSERT ON $MON.alembic_version" "SELECT ON *.*" "REFERENCES ON $MON.*" \
        "SELECT, LOCK TABLES, EXECUTE ON $MON.*"; do
        as_viewer "$grant"
        for query in "${QUERIES[@]}" align 'stamp --from-fingerprint' 'upgrade --from-fingerprint'; do
            # shellcheck disable=SC2086
            run --separate-stderr schema $query
            [ "$query" != 'upgrade --from-fingerprint' ] || [ "$status" -ne 0 ] || continue # at head: nothing is looked at
            [ "$status" -eq 1 ]
            expect_one_line
            [[ $stderr == *"lacks rights on $MON that this needs: "*'hint: '*'GRANT '* ]] || [[ $stderr == *'command denied'* ]]
            [[ $stderr != *drift* && $stderr != *empty* && $stderr != *'missing'* ]]
        done
    done
}

@test "SELECT and any right that shows foreign keys is enough, also by a role" {
    schema upgrade -q
    for right in REFERENCES INSERT UPDATE DELETE CREATE DROP ALTER INDEX TRIGGER 'SHOW VIEW'; do
        as_viewer "SELECT, $right ON $MON.*"
        run -0 schema check
    done
    as_viewer "USAGE ON *.*"
    sql '' "CREATE OR REPLACE ROLE viewers; GRANT SELECT, REFERENCES ON $MON.* TO viewers; GRANT viewers TO viewer@127.0.0.1"
    run -4 schema check
    sql '' "SET DEFAULT ROLE viewers FOR viewer@127.0.0.1"
    run -0 schema check
}

@test "a table of another engine is drift; align brings it back, with the keys that it lost" {
    schema upgrade -q
    sql "$MON" 'SET foreign_key_checks = 0; ALTER TABLE sub_alarm_definition_dimension DROP FOREIGN KEY fk_sub_alarm_definition_dimension;
        ALTER TABLE sub_alarm_definition_dimension ENGINE=MyISAM; ALTER TABLE metric_dimension ENGINE=MyISAM'
    run -1 schema check
    says "drift: different table metric_dimension: it is 'engine myisam', and should be 'a plain table of InnoDB'"
    run -1 schema detect-revision
    run -0 schema align
    says 'the schema is that of'
    [ "$(sql "$MON" "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '$MON' AND ENGINE <> 'InnoDB'")" = 0 ]
    run -0 schema check
}

@test "align says what still differs where its statements didn't change it" {
    schema upgrade -q
    sql "$MON" 'ALTER TABLE alarm DROP COLUMN link'
    mysql_proxy_start 'ok@1+~^ALTER TABLE .alarm'
    run -1 --separate-stderr schema align -q
    expect_one_line
    [[ $stderr == *'1 statement done, and the schema still isn'"'"'t that of revision'*'missing column alarm.link'* ]]
    proxy_rules
    run -0 schema align
}

@test "upgrade looks at the schema again before it claims" {
    schema upgrade -q 0cce983d957a
    mysql_proxy_start 'ok@1~^DROP TABLE schema_migrations'
    run -1 --separate-stderr schema upgrade -q
    expect_one_line
    [[ $stderr == *"at $HEAD now, but its schema isn't what the statements should have made: extra table schema_migrations"* ]]
    expect_version "$HEAD"
}

@test "system-versioned and partitioned tables are seen for what they are" {
    schema upgrade -q
    sql "$MON" 'ALTER TABLE metric_dimension ADD SYSTEM VERSIONING;
        ALTER TABLE metric_definition PARTITION BY KEY (id) PARTITIONS 2'
    run -1 schema check
    says "different table metric_dimension: it is 'system versioned'"
    says "different table metric_definition: it is 'partitioned'"
    says_not 'missing'
    run -1 schema align
    says '2 statements were left out'
    run -0 schema align --allow-destructive --yes
    run -0 schema check
}

@test "a table that the server can't open is called that, and align promises nothing" {
    schema upgrade -q
    # As a crash leaves it where statements aren't atomic: the server has the definition, InnoDB has no table.
    cp "$MYSQL_DIR/data/$MON/metric_dimension.frm" "$BATS_TEST_TMPDIR"
    sql "$MON" 'DROP TABLE metric_dimension'
    cp "$BATS_TEST_TMPDIR/metric_dimension.frm" "$MYSQL_DIR/data/$MON/"
    for query in "${QUERIES[@]}" align; do
        run -1 --separate-stderr schema "$query"
        expect_one_line
        [[ $stderr == *"the server can't open table metric_dimension: "*'hint: nothing was changed. Restore the table'* ]]
    done
    sql "$MON" 'DROP TABLE metric_dimension'
    run -0 schema align
    run -0 schema check
}
