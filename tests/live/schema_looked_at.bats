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

@test "rows that the schema comes with are part of check, and align brings them back" {
    schema upgrade -q
    sql "$MON" "DELETE FROM alarm_state WHERE name = 'OK'; DELETE FROM alarm_definition_severity WHERE name IN ('LOW', 'HIGH')"
    run -1 schema check
    says "drift: missing row alarm_state \(name\): 'OK'"
    says "drift: missing row alarm_definition_severity \(name\): 'HIGH'"
    run -1 --separate-stderr schema check --output json
    holds '.drift and (.differences | length == 3) and .differences[0].object == "row" and .differences[0].table == "alarm_state"
        and .differences[0].name == "name" and .differences[0].wanted == "'"'OK'"'"' <<<"$output"
    run -1 schema diff
    run -0 schema align
    run -0 schema check
    [ "$(sql "$MON" 'SELECT COUNT(*) FROM alarm_definition_severity')" = 4 ]
    # Types of notification methods are the API's own to keep at head, and there before.
    fresh_mon
    schema upgrade -q f69cb3152a76
    sql "$MON" "DELETE FROM notification_method_type WHERE name = 'EMAIL'"
    run -1 schema check
    says "missing row notification_method_type \(name\): 'EMAIL'"
}

@test "rows that a foreign key would refuse are found before the first statement, with a query that shows them" {
    schema upgrade -q 00597b5c8325
    insert_data
    schema upgrade -q
    sql "$MON" "ALTER TABLE sub_alarm DROP FOREIGN KEY fk_sub_alarm; ALTER TABLE alarm DROP COLUMN link;
        INSERT INTO sub_alarm SELECT 'u2', 'gone', sub_expression_id, expression, created_at, updated_at, state FROM sub_alarm"
    run -1 --separate-stderr schema align -q
    expect_one_line
    [[ $stderr == *'the foreign key of sub_alarm (alarm_id) can'"'"'t be made: 1 row has no row of alarm that it refers to'* ]]
    query=$(sed -n 's/.*nothing was changed; \(SELECT .*\) shows them.*/\1/p' <<<"$stderr")
    [ "$(sql "$MON" "$query" | cut -f 1)" = u2 ]
    [ -z "$(sql "$MON" "SHOW COLUMNS FROM alarm LIKE 'link'")" ]
    sql "$MON" "DELETE FROM sub_alarm WHERE id = 'u2'"
    run -0 schema align
    run -0 schema check
}

@test "an upgrade whose foreign key would be refused fails before its first statement" {
    schema upgrade -q 00597b5c8325
    insert_data
    sql "$MON" "SET foreign_key_checks = 0; DELETE FROM alarm_state WHERE name = 'OK'"
    run -1 --separate-stderr schema upgrade -q
    expect_one_line
    [[ $stderr == *'the foreign key of sub_alarm (state) can'"'"'t be made: 1 row has no row of alarm_state that it refers to'*'hint: nothing was changed'* ]]
    expect_shape 00597b5c8325
    run -0 schema align -q
    run -0 schema upgrade
    expect_head
}

@test "a misspelt DROP in a revision is an error, not a statement that has taken effect already" {
    schema upgrade -q
    mkdir "$BATS_TEST_TMPDIR/revisions"
    for drop in 'DROP TABLE metric_dimensoin' 'ALTER TABLE alarm DROP COLUMN lnik' 'ALTER TABLE alarm DROP FOREIGN KEY fk_alrm' \
        'ALTER TABLE alarm DROP INDEX stat' 'DROP INDEX stat ON alarm' 'ALTER TABLE alarm ADD COLUMN a int, DROP COLUMN lnik'; do
        printf -- '-- revision: feedfacecafe\n-- revises: %s\n-- message: x\n-- upgrade\n%s;\n-- downgrade\n' "$HEAD" "$drop" \
            >"$BATS_TEST_TMPDIR/revisions/x.sql"
        run -1 --separate-stderr schema upgrade -q --revisions-dir "$BATS_TEST_TMPDIR/revisions"
        expect_one_line
        [[ $stderr == *"x.sql:5): it drops a"*'that there is no more, or never was'*'hint: nothing was changed; correct the name'* ]]
        expect_version "$HEAD"
    done
    sed -i 's/^ALTER.*/DROP TABLE IF EXISTS metric_dimensoin;/' "$BATS_TEST_TMPDIR/revisions/x.sql"
    run -0 schema upgrade -q --revisions-dir "$BATS_TEST_TMPDIR/revisions"
}

@test "a connection that only looks on isn't the one to KILL where the user may not see who holds the lock" {
    schema upgrade -q 00597b5c8325
    as_viewer "ALL ON $MON.*"
    MYSQL_PWD=$MYSQL_PASSWORD mariadb --no-defaults -h 127.0.0.1 -P "$MYSQL_PORT" -u viewer "$MON" -e 'SELECT SLEEP(30)' \
        >/dev/null 3>&- &
    innocent=$!
    sql "$MON" 'BEGIN; SELECT * FROM sub_alarm_definition; SELECT SLEEP(30)' >/dev/null 3>&- &
    holder=$!
    sleep 0.5
    run -1 --separate-stderr schema upgrade -q --lock-timeout 1s
    kill "$innocent" "$holder" 2>/dev/null || true
    sql '' "SELECT CONCAT('KILL ', ID) FROM information_schema.PROCESSLIST WHERE INFO LIKE '%SLEEP(30)%' AND
        ID <> CONNECTION_ID()" | while read -r kill; do sql '' "$kill"; done
    expect_one_line
    [[ $stderr == *'waited 1 s for the lock of sub_alarm_definition'* && $stderr != *KILL* ]]
}

@test "a foreign key whose name is taken gets another, in an upgrade and in align" {
    schema upgrade -q 30181b42434b
    sql "$MON" 'CREATE TABLE other (id varchar(36), state varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci,
        CONSTRAINT fk_sub_alarm_state FOREIGN KEY (state) REFERENCES alarm_state (name)) ENGINE=InnoDB'
    run -0 schema upgrade
    says 'the name fk_sub_alarm_state is taken .* this one is called fk_sub_alarm_state_2'
    sql "$MON" 'DROP TABLE other'
    expect_head
    sql "$MON" 'ALTER TABLE sub_alarm DROP FOREIGN KEY fk_sub_alarm_state_2'
    run -0 schema align
    run -0 schema downgrade --yes base
}

@test "definitions that the server writes down otherwise are no drift after their upgrade" {
    mkdir "$BATS_TEST_TMPDIR/revisions"
    cat >"$BATS_TEST_TMPDIR/revisions/x.sql" <<SQL
-- revision: feedfacecafe
-- revises: $HEAD
-- message: Odd definitions
-- upgrade
CREATE TABLE odd (id int NOT NULL PRIMARY KEY) ENGINE=InnoDB;
ALTER TABLE odd ADD COLUMN a datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6);
ALTER TABLE odd ADD COLUMN b decimal(5,2) NOT NULL DEFAULT 1.5;
ALTER TABLE odd ADD COLUMN c decimal(5,2) DEFAULT 0;
ALTER TABLE odd ADD COLUMN d varchar(30) DEFAULT 'current_timestamp';
ALTER TABLE odd ADD COLUMN e datetime DEFAULT NOW();
-- downgrade
DROP TABLE odd;
SQL
    run -0 schema upgrade --revisions-dir "$BATS_TEST_TMPDIR/revisions"
    run -0 schema check --revisions-dir "$BATS_TEST_TMPDIR/revisions"
}
