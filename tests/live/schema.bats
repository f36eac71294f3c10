#!/usr/bin/env bats
# Every state that the legacy script ever made, under every charset; and what the commands say.

# shellcheck disable=SC2016  # the backquotes are SQL's
load ../lib/live
load schema_helpers

setup_file() { mariadbd_start; }
teardown_file() { mariadbd_stop; }
setup() { fresh_mon; }
teardown() { drop_mon; }

# The revision that each state of the script stands for.
states() {
    echo 01_00597b5c 00597b5c8325 02_0cce983d 0cce983d957a 03_c2f85438 c2f85438d6f3
    echo 04_30181b42 30181b42434b 05_6b2b88f3 6b2b88f3cab4 07_717f2b68 f69cb3152a76
    echo 08_01d9fabb f69cb3152a76 09_161ad011 f69cb3152a76 10_8781a256 8781a256f0c1
    echo 11_f69cb315 f69cb3152a76
}

every_state() { # CHARSET
    local state revision
    # shellcheck disable=SC2046
    set -- "$1" $(states)
    local charset=$1
    shift
    while [ $# -gt 0 ]; do
        state=$1 revision=$2
        shift 2
        echo "$state under $charset"
        fresh_mon "$charset"
        load_script "$state"
        [ "$(schema detect-revision -q)" = "$revision" ]
        expect_shape "$revision"
        insert_data
        schema stamp --from-fingerprint -q
        expect_version "$revision"
        schema upgrade -q
        expect_head
        expect_data
        [ "$(sql "$MON" 'SELECT GROUP_CONCAT(name) FROM notification_method_type')" = EMAIL ]
        schema downgrade --yes -q base
        [ "$(sql "$MON" 'SHOW TABLES')" = alembic_version ]
        schema upgrade -q
        expect_head
    done
}

@test "every state of the script under utf8mb4 is detected, stamped, upgraded, taken down and up again" {
    every_state utf8mb4
}

@test "every state of the script under utf8 is detected, stamped, upgraded, taken down and up again" {
    every_state utf8
}

@test "every state of the script under latin1 is detected, stamped, upgraded, taken down and up again" {
    every_state latin1
}

@test "a database whose columns are all utf8, or all latin1, goes up, down and up again" {
    for charset in 'utf8/utf8_unicode_ci' 'latin1/latin1_swedish_ci'; do
        fresh_mon "${charset%/*}"
        sed "s/utf8mb4_[a-z_]*ci/${charset#*/}/g; s/utf8_unicode_ci/${charset#*/}/g; s/CHARSET=utf8[mb4]*/CHARSET=${charset%/*}/g" \
            "$SCHEMA_FILES/script/03_c2f85438.sql" | sql "$MON"
        schema stamp -q -f
        schema upgrade -q
        expect_head
        [ "$(sql "$MON" "SELECT COUNT(DISTINCT COLLATION_NAME) FROM information_schema.COLUMNS
            WHERE TABLE_SCHEMA = '$MON' AND TABLE_NAME IN ('sub_alarm', 'alarm_state')")" -eq 1 ]
        schema downgrade -q --yes 00597b5c8325
        schema upgrade -q
        expect_head
    done
}

@test "the fork d8b80149 is off the line, explained, and mended" {
    fresh_mon latin1
    load_script 06_d8b80149
    insert_data
    run --separate-stderr -1 schema detect-revision
    expect_one_line
    [[ $stderr == *'does not match any known legacy revision'*d8b80149*'missing column sub_alarm.state'* ]]
    [[ $stderr == *'schema align f69cb3152a76'* ]]
    run -1 schema stamp --from-fingerprint
    run -1 schema upgrade
    run -0 schema align
    [ "$(schema detect-revision -q)" = f69cb3152a76 ]
    schema stamp -q --from-fingerprint
    schema upgrade -q
    expect_head
    expect_data
}

@test "from empty, each revision has the canonical text that is built in" {
    for revision in "${REVISIONS[@]}"; do
        schema upgrade -q "$revision"
        expect_shape "$revision"
        expect_version "$revision"
    done
    for ((i = 7; i >= 0; i--)); do
        schema downgrade -q --yes -1
        expect_shape "${REVISIONS[i]}"
        expect_version "${REVISIONS[i]}"
    done
}

@test "binary defaults are 20 zero bytes, and the rows of the enumerations stand" {
    schema upgrade -q 00597b5c8325
    sql "$MON" "INSERT INTO metric_definition (name, tenant_id) VALUES ('m', 't')"
    [ "$(sql "$MON" 'SELECT HEX(id) FROM metric_definition')" = 0000000000000000000000000000000000000000 ]
    [ "$(sql "$MON" 'SELECT GROUP_CONCAT(name ORDER BY name) FROM alarm_state')" = ALARM,OK,UNDETERMINED ]
    [ "$(sql "$MON" 'SELECT GROUP_CONCAT(name ORDER BY name) FROM alarm_definition_severity')" = CRITICAL,HIGH,LOW,MEDIUM ]
    [ "$(sql "$MON" 'SELECT GROUP_CONCAT(name ORDER BY name) FROM stream_actions_action_type')" = EXPIRE,FIRE ]
}

@test "an empty database says so, and has no version" {
    run --separate-stderr -1 schema detect-revision
    expect_one_line
    [[ $stderr == *'the database is empty'* ]]
    run --separate-stderr -1 schema version
    expect_one_line
    run --separate-stderr -1 schema check
    [[ $output == *'no version'* ]]
}

@test "a tie is said on standard error, the bare id on standard output" {
    load_script 07_717f2b68
    run --separate-stderr -0 schema detect-revision
    [ "$output" = f69cb3152a76 ]
    [[ $stderr == *'d8b801498850, f69cb3152a76 and 26083b298bb7 have the same shape'* ]]
}

@test "an upgrade of tables without a version says to use stamp, and changes nothing" {
    load_script 04_30181b42
    run --separate-stderr -1 schema upgrade
    expect_one_line
    [[ $stderr == *'no version'*"'schema stamp --from-fingerprint'"* ]]
    [ -z "$(sql "$MON" "SHOW TABLES LIKE 'alembic%'")" ]
    run -0 schema upgrade --from-fingerprint
    expect_head
}

@test "a link named monasca_db takes the words of old scripts" {
    ln -s "$PROGRAM" "$BATS_TEST_TMPDIR/monasca_db"
    printf '[database]\nconnection = "%s?charset=utf8mb4"\n' "$URL" >"$BATS_TEST_TMPDIR/api.conf"
    monasca_db() { "$BATS_TEST_TMPDIR/monasca_db" --config-file "$BATS_TEST_TMPDIR/api.conf" "$@"; }
    load_script 11_f69cb315
    run -1 monasca_db version
    [[ $output == *'no version in alembic_version'* ]]
    run -1 monasca_db stamp
    [[ $output == *'No version or --from-fingerprint was given'* ]]
    run -0 monasca_db stamp -f
    run -0 --separate-stderr monasca_db version
    [ "$output" = f69cb3152a76 ]
    run -0 monasca_db upgrade
    run -0 monasca_db upgrade
    run -0 --separate-stderr monasca_db fingerprint
    [[ $output =~ ^[0-9a-f]{64}$ ]]
    run -0 --separate-stderr monasca_db fingerprint -r
    [[ $output == *'alarm column id varchar(36) not null'* ]]
    run -0 --separate-stderr monasca_db detect-revision
    expect_head
}

@test "symbols lead where Alembic's do" {
    schema upgrade -q +2
    expect_version 0cce983d957a
    schema upgrade -q 6b2b
    expect_version 6b2b88f3cab4
    schema downgrade -q --yes -1
    expect_version 30181b42434b
    schema upgrade -q 6b2b+2
    expect_version 8781a256f0c1
    schema downgrade -q --yes head-4
    expect_version 6b2b88f3cab4
    schema upgrade -q 0059
    expect_version 6b2b88f3cab4
    schema upgrade -q heads
    expect_head
    schema downgrade -q --yes base
    [ -z "$(sql "$MON" 'SELECT * FROM alembic_version')" ]
    run --separate-stderr -2 schema upgrade 0
    [[ $stderr == *'00597b5c8325, 0cce983d957a'* ]]
    run -2 schema upgrade +10
    [[ $output == *"'+10' leads nowhere"* ]]
    run -2 schema downgrade head
    [[ $output == *"doesn't lie below the current revision base"* ]]
}

@test "check tells whether it is at head, and what drifts" {
    schema upgrade -q 8781a256f0c1
    run --separate-stderr -1 schema check
    [[ $output == *'at 8781a256f0c1, not at the head 26083b298bb7'* ]]
    schema upgrade -q
    run -0 schema check
    sql "$MON" 'ALTER TABLE alarm MODIFY link varchar(999); ALTER TABLE alarm_definition DROP INDEX tenant_id;
        CREATE TABLE vendor (x int)'
    run --separate-stderr -1 schema check
    [[ $output == *"different column alarm.link: it is 'varchar(999)', and should be 'varchar(512)'"* ]]
    [[ $output == *'missing index alarm_definition (tenant_id)'* && $output == *'extra table vendor'* ]]
    run --separate-stderr -1 schema check --output json
    [ "$(jq -r '[.differences[].kind] | sort | join(" ")' <<<"$output")" = 'different extra missing' ]
    [ "$(jq -r .at_head <<<"$output")" = true ]
}

@test "align mends what is safe, and leaves what loses something until it is allowed" {
    schema upgrade -q
    insert_data 2>/dev/null || true
    sql "$MON" 'ALTER TABLE alarm MODIFY link varchar(999); ALTER TABLE alarm_definition DROP INDEX tenant_id;
        CREATE TABLE vendor (x int)'
    run -1 schema align
    [[ $output == *'2 statements were left out'* ]]
    [ "$(schema check --output json | jq '.differences | length')" -eq 2 ]
    run --separate-stderr -0 schema align --sql
    [[ $output == *'left out without --allow-destructive: DROP TABLE `vendor`'* ]]
    run -1 schema align --allow-destructive </dev/null
    [[ $output == *'DROP TABLE `vendor`'*'--yes'* ]]
    run -0 schema align --allow-destructive --yes
    run -0 schema check
}

@test "align replaces keys and indexes whose names are taken, and takes away columns with their indexes" {
    schema upgrade -q
    sql "$MON" "INSERT INTO notification_method_type VALUES ('EMAIL')"
    insert_data
    sql "$MON" 'ALTER TABLE alarm_metric DROP PRIMARY KEY, ADD PRIMARY KEY (metric_definition_dimensions_id, alarm_id);
        ALTER TABLE alarm_definition DROP INDEX deleted_at, ADD INDEX deleted_at (name),
            ADD COLUMN note int, ADD COLUMN more int, ADD INDEX note (note, more);
        ALTER TABLE metric_dimension ADD COLUMN id int NOT NULL, ADD PRIMARY KEY (id)'
    local name
    name=$(sql "$MON" "SELECT CONSTRAINT_NAME FROM information_schema.KEY_COLUMN_USAGE
        WHERE TABLE_SCHEMA = '$MON' AND TABLE_NAME = 'sub_alarm' AND COLUMN_NAME = 'alarm_id'
        AND REFERENCED_TABLE_NAME IS NOT NULL")
    sql "$MON" "ALTER TABLE sub_alarm DROP FOREIGN KEY $name;
        ALTER TABLE sub_alarm ADD CONSTRAINT $name FOREIGN KEY (alarm_id) REFERENCES alarm (id)"
    run -1 schema align
    [[ $output == *'statements were left out'* ]]
    run -0 schema align --allow-destructive --yes
    run -0 schema check
    expect_data
}

@test "drift that a pending step would trip over is told before the first statement" {
    schema upgrade -q 0cce983d957a
    sql "$MON" 'DROP TABLE stream_actions; ALTER TABLE notification_method ADD note int'
    run --separate-stderr -1 schema upgrade
    expect_one_line
    [[ $stderr == *'30181b42434b.sql:12'*'nothing was changed'* ]]
    expect_version 0cce983d957a
    [ -z "$(sql "$MON" "SHOW COLUMNS FROM notification_method LIKE 'period'")" ]
    expect_no_table_left
}

@test "what somebody added is no obstacle where no step touches it" {
    load_script 03_c2f85438
    schema stamp -q -f
    sql "$MON" 'CREATE TABLE vendor (x int); ALTER TABLE alarm MODIFY link varchar(999)'
    run -0 schema upgrade
    [[ $output == *'not in the way'* ]]
    expect_version "$HEAD"
}

@test "a revision that another tool left half-done is finished" {
    schema upgrade -q 8781a256f0c1
    sql "$MON" 'ALTER TABLE alarm DROP COLUMN inhibited'
    run -0 schema upgrade
    [[ $output == *'has taken effect already'* ]]
    expect_head
    schema downgrade -q --yes d8b801498850
    sql "$MON" 'ALTER TABLE alarm ADD COLUMN silenced tinyint(1) NOT NULL DEFAULT 0'
    schema upgrade -q 8781a256f0c1
    expect_shape 8781a256f0c1
    schema downgrade -q --yes 6b2b88f3cab4
    sql "$MON" "ALTER TABLE sub_alarm DROP FOREIGN KEY fk_sub_alarm_state"
    schema downgrade -q --yes 30181b42434b
    expect_shape 30181b42434b
}

@test "six upgrades at once all succeed, and one does the work" {
    for i in 1 2 3 4 5 6; do
        schema upgrade >"$BATS_TEST_TMPDIR/$i" 2>&1 &
        pids[i]=$!
    done
    for i in 1 2 3 4 5 6; do wait "${pids[i]}"; done
    [ "$(cat "$BATS_TEST_TMPDIR"/? | grep -c 'Running upgrade  -> 00597b5c8325')" -eq 1 ]
    [ "$(cat "$BATS_TEST_TMPDIR"/? | grep -c 'Running upgrade')" -eq 9 ]
    expect_head
}

@test "a table's lock that is not given is told with the connection that holds it" {
    schema upgrade -q 8781a256f0c1
    sql "$MON" 'START TRANSACTION; SELECT COUNT(*) FROM alarm; SELECT SLEEP(30)' >"$BATS_TEST_TMPDIR/holder" 2>&1 3>&- &
    wait_for 60 holder_sleeps
    run --separate-stderr -1 schema upgrade --lock-timeout 1s
    [ "$(grep -c '^error: ' <<<"$stderr")" -eq 1 ]
    [[ $stderr == *'waited 1 s for the lock of alarm, which connection '*'user root'*KILL* ]]
    sql '' "$(grep -o 'KILL [0-9]*' <<<"$stderr")"
    run -0 schema upgrade --lock-timeout 10s
    expect_head
}

holder_sleeps() {
    [ "$(sql '' "SELECT COUNT(*) FROM information_schema.PROCESSLIST
        WHERE DB = '$MON' AND INFO LIKE 'SELECT SLEEP%'")" -ge 1 ]
}

@test "another run that goes on is waited for no longer than --lock-timeout" {
    schema upgrade -q 8781a256f0c1
    hold_lock
    run --separate-stderr -1 schema upgrade --lock-timeout 1s
    let_lock_go
    [[ $stderr == *'another run holds the lock (connection '* ]]
}

@test "stamp --purge looks for its target before it empties anything" {
    schema upgrade -q
    sql "$MON" "UPDATE alembic_version SET version_num = 'deadbeef'"
    run --separate-stderr -1 schema version
    expect_one_line
    [[ $stderr == *deadbeef*purge* ]]
    run -1 schema upgrade
    run -1 schema stamp head
    run -2 schema stamp --purge --yes nowhere
    expect_version deadbeef
    run -1 schema stamp --purge head </dev/null
    expect_version deadbeef
    run -0 schema stamp --purge --yes head
    expect_head
}

@test "two rows on one line are an error that says so" {
    schema upgrade -q
    sql "$MON" "INSERT INTO alembic_version VALUES ('0cce983d957a')"
    for command in version upgrade check 'downgrade --yes -1'; do
        # shellcheck disable=SC2086
        run --separate-stderr -1 schema $command
        [[ $stderr == *'0cce983d957a beside 26083b298bb7'* ]]
    done
}

@test "a downgrade without a terminal needs --yes, and says what it would lose" {
    schema upgrade -q 8781a256f0c1
    run --separate-stderr -1 schema downgrade -1 </dev/null
    expect_one_line
    [[ $stderr == *'column alarm.inhibited'*'column alarm.silenced'*--yes* ]]
    expect_version 8781a256f0c1
    expect_no_table_left
}

@test "bad input is one clear line, with its status" {
    run --separate-stderr -4 "$PROGRAM" schema version --connection "mysql://root:wrongword@127.0.0.1:$MYSQL_PORT/$MON"
    expect_one_line
    [[ $stderr != *wrongword* && $stderr == *"Access denied for user 'root'"*hint:* ]]
    run --separate-stderr -4 "$PROGRAM" schema version --connection "mysql://root@127.0.0.1:$MYSQL_PORT/nowhere"
    [[ $stderr == *"there is no database 'nowhere'"* ]]
    run --separate-stderr -4 "$PROGRAM" schema version --connection "mysql://root@127.0.0.1:1/$MON"
    expect_one_line
    [[ $stderr == *'connecting to 127.0.0.1:1: '* ]]
    run --separate-stderr -3 "$PROGRAM" schema version --connection "postgresql://root@127.0.0.1/$MON"
    expect_one_line
    [[ $stderr == *"is for 'postgresql'"* ]]
    run --separate-stderr -3 "$PROGRAM" schema history --revisions-dir /nowhere
    expect_one_line
    [[ $stderr == *"can't read the revisions directory /nowhere"* ]]
    run --separate-stderr -2 schema stamp nowhere
    expect_one_line
    [[ $stderr == *"there is no revision 'nowhere'"* ]]
    run --separate-stderr -2 schema downgrade
    expect_one_line
    [[ $stderr == *'downgrade needs a revision'* ]]
}

@test "a user without the rights is told before the first statement" {
    schema upgrade -q 6b2b88f3cab4
    sql '' "CREATE OR REPLACE USER reader@'127.0.0.1' IDENTIFIED BY 'pw'; GRANT SELECT, INSERT, UPDATE, DELETE ON $MON.* TO reader@'127.0.0.1'"
    URL=mysql://reader:pw@127.0.0.1:$MYSQL_PORT/$MON
    run --separate-stderr -1 schema upgrade
    expect_one_line
    [[ $stderr == *'lacks rights'*'CREATE, DROP'*'GRANT CREATE, DROP ON'* ]]
    # The hint is a statement, which the server takes as it stands.
    sql '' "$(grep -o 'GRANT .*' <<<"$stderr")"
    run --separate-stderr -1 schema upgrade
    expect_one_line
    [[ $stderr == *'lacks rights'*ALTER* ]]
    expect_version 6b2b88f3cab4
    expect_shape 6b2b88f3cab4
    expect_no_table_left
    sql '' "GRANT ALL ON $MON.* TO reader@'127.0.0.1'"
    run -0 schema upgrade
    expect_head
}

@test "a read-only server is told, and nothing is changed" {
    schema upgrade -q 6b2b88f3cab4
    sql '' "CREATE OR REPLACE USER writer@'127.0.0.1' IDENTIFIED BY 'pw'; GRANT ALL ON $MON.* TO writer@'127.0.0.1'; SET GLOBAL read_only = 1"
    URL=mysql://writer:pw@127.0.0.1:$MYSQL_PORT/$MON
    run --separate-stderr -1 schema upgrade
    status_of_head=0
    schema upgrade -q 6b2b88f3cab4 || status_of_head=$?
    sql '' 'SET GLOBAL read_only = 0'
    expect_one_line
    [[ $stderr == *read-only* ]]
    [ "$status_of_head" -eq 0 ]
    expect_version 6b2b88f3cab4
}

@test "the password comes from the environment or a defaults file, and shows nowhere" {
    schema upgrade -q
    unset MYSQL_PWD
    run -0 env MONASCA_MIGRATE_DB_PASSWORD="$MYSQL_PASSWORD" "$PROGRAM" schema version --connection "$URL" --debug
    [[ $output == *alembic_version*"$HEAD"* && $output != *"$MYSQL_PASSWORD"* ]]
    run -0 --separate-stderr schema version --defaults-file "$MYSQL_DIR/client.cnf"
    [ "$output" = "$HEAD" ]
    run -4 schema version
}

@test "a socket is a way in, too" {
    schema upgrade -q
    run -0 --separate-stderr "$PROGRAM" schema version --connection "mysql://root@localhost/$MON?unix_socket=$MYSQL_DIR/socket"
    [ "$output" = "$HEAD" ]
}

@test "schema wait waits for a server that starts, and not for a wrong password" {
    run -4 "$PROGRAM" schema wait --wait 1s --connection "mysql://root@127.0.0.1:1/$MON"
    run -4 "$PROGRAM" schema wait --wait 30s --connection "mysql://root:wrong@127.0.0.1:$MYSQL_PORT/$MON"
    run -0 schema wait --wait 1s
}

@test "upgrade, downgrade and align tell what they are about to do, before they do it, and not on standard output" {
    run --separate-stderr -0 schema upgrade
    [ -z "$output" ]
    output=$stderr
    says '^Plan: 9 revisions with [0-9]+ statements, from base to 26083b298bb7'
    says '^Tables that it makes: .*alarm_definition'
    # Tables of the first revision that later ones drop were never there.
    says_not '^Tables that it drops'
    [ "$(grep -n '^Plan' <<<"$output" | cut -d: -f1)" -lt "$(grep -n '^Running' <<<"$output" | head -n 1 | cut -d: -f1)" ]
    run -0 schema upgrade
    says_not 'Plan|Tables'
    run --separate-stderr -0 schema downgrade --yes base
    [ -z "$output" ]
    output=$stderr
    head -n 1 <<<"$output" | grep -q '^warning: this deletes, with all data in it: .*table alarm'
    says '^Tables that it drops: .*alarm_state \(about 3 rows\)'
    schema upgrade --output json | holds -s '.[0].event == "plan" and .[0].revisions == 9 and .[0].losses == [] and
        (.[0].tables | map(select(.table == "alarm"))[0].action == "make")'
    sql "$MON" 'DROP TABLE alarm_action; ALTER TABLE alarm MODIFY link varchar(300) NULL'
    run --separate-stderr schema align --allow-destructive --yes
    output=$stderr
    says '^Plan: [0-9] statements, to the shape of 26083b298bb7'
    says '^Tables that it changes: alarm \(about 0 rows\)'
    says '^Tables that it makes: alarm_action'
}

@test "a run as JSON is one object a line, the last one the summary" {
    schema upgrade --output json >"$BATS_TEST_TMPDIR/events"
    tail -n 1 "$BATS_TEST_TMPDIR/events" | holds '.event == "summary" and .from == null and .to == "26083b298bb7" and .steps == 9'
    [ "$(jq -r 'select(.event == "step").revision' "$BATS_TEST_TMPDIR/events" | tr '\n' ' ')" = "${REVISIONS[*]} " ]
    "$PROGRAM" schema history --output json | holds '.revisions | length == 9'
    schema version --output json | holds '.revision == "26083b298bb7" and .head'
    schema detect-revision --output json | holds '.exact and .revision == "f69cb3152a76" and (.same_shape | length == 3)'
}

@test "a password in a URL doesn't stay in the process list" {
    hold_lock
    "$PROGRAM" schema upgrade --connection "mysql://root:$MYSQL_PASSWORD@127.0.0.1:$MYSQL_PORT/$MON" --lock-timeout 60s 3>&- &
    pid=$!
    wait_for_waiters 1
    tr '\0' ' ' </proc/$pid/cmdline >"$BATS_TEST_TMPDIR/cmdline"
    kill "$pid"
    [[ $(cat "$BATS_TEST_TMPDIR/cmdline") == *"root:x"*"127.0.0.1"* ]]
    run -1 grep "$MYSQL_PASSWORD" "$BATS_TEST_TMPDIR/cmdline"
    let_lock_go
}

@test "a server that requires primary keys gets a hint, and the run goes on when it doesn't" {
    sql '' 'SET GLOBAL innodb_force_primary_key = 1'
    run --separate-stderr -1 schema upgrade
    sql '' 'SET GLOBAL innodb_force_primary_key = 0'
    [[ $stderr == *'metric_dimension'*'innodb_force_primary_key'* || $stderr == *'primary key'*'innodb_force_primary_key'* ]]
    run -0 schema upgrade
    expect_head
}
