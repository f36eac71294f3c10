#!/usr/bin/env bats
# Revision files, looked at before a server sees them.

load ../lib/live
load schema_helpers

setup_file() { mariadbd_start; }
teardown_file() { mariadbd_stop; }
setup() {
    fresh_mon
    DIR=$BATS_TEST_TMPDIR/revisions
    mkdir "$DIR"
}
teardown() { drop_mon; }

# revision UPGRADE DOWNGRADE [ID] [REVISES]: writes a file, $FILE.
revision() {
    FILE=$DIR/${3:-feedfacecafe}.sql
    printf -- '-- revision: %s\n-- revises: %s\n-- message: A test\n\n-- upgrade\n%s\n\n-- downgrade\n%s\n' \
        "${3:-feedfacecafe}" "${4:-$HEAD}" "$1" "$2" >"$FILE"
}

lint() {
    run "$1" --separate-stderr "$PROGRAM" schema lint "${@:2}"
}

finds() {
    lint -1 "$FILE"
    grep -qE "^$FILE(:$2)?: $1: " <<<"$output" || {
        printf 'no %s at line %s in:\n%s\n' "$1" "$2" "$output"
        return 1
    }
    # And nothing else.
    [ "$(wc -l <<<"$output")" -eq 1 ]
}

NOTE='ALTER TABLE alarm ADD COLUMN note varchar(10) NULL;'
NO_NOTE='ALTER TABLE alarm DROP COLUMN note;'

@test "the revisions of the program, one that schema revision writes, and a good one pass" {
    lint -0 "$ROOT/src/schema/revisions"
    [ -z "$output" ]
    run -0 "$PROGRAM" schema revision --revisions-dir "$DIR" -m 'Add a note'
    lint -0 --revisions-dir "$DIR"
    rm "$DIR"/*
    revision "$NOTE" "$NO_NOTE"
    lint -0 "$FILE"
    lint -0 --output json "$FILE"
    holds '.files == 1 and .findings == []' <<<"$output"
}

@test "what can't be read is a finding with its line" {
    revision "$NOTE" "$NO_NOTE"
    for edit in 's/^-- revision:.*//' 's/^-- revises:.*//' 's/^-- downgrade//' 's/^-- upgrade/-- upgarde/' 's/NULL;/NULL/' \
        's/^-- revision: .*/-- revision: a-b/' "s/NULL;/NULL COMMENT 'it;/" 's/NULL;/NULL;;/' 's/note varchar/{note} varchar/'; do
        revision "$NOTE" "$NO_NOTE"
        sed -i "$edit" "$FILE"
        finds syntax '[0-9]+'
    done
    revision "$NOTE" "$NO_NOTE"
    sed -i 's/^-- message:.*/-- message:/' "$FILE"
    finds message 1
    revision "$NOTE" "$NO_NOTE"
    sed -i '1s/^/\xef\xbb\xbf/' "$FILE"
    finds bom 1
    revision "$NOTE" "$NO_NOTE"
    sed -i 's/$/\r/' "$FILE"
    finds crlf 1
}

@test "statements that end the run's transaction, lock or database are found, and refused by upgrade" {
    schema upgrade -q
    for statement in 'USE mysql' 'ROLLBACK' 'COMMIT' 'BEGIN' 'START TRANSACTION' 'LOCK TABLES alarm WRITE' 'UNLOCK TABLES' \
        'SET autocommit = 0' 'SET SESSION sql_mode = ""' 'SET @@session.autocommit = 0'; do
        revision "$NOTE
$statement;" "$NO_NOTE"
        finds statement 7
        run -1 --separate-stderr schema upgrade -q --revisions-dir "$DIR"
        expect_one_line
        [[ $stderr == *"can't run ($FILE:7): "*'hint: nothing was changed'* ]]
        expect_head
    done
    revision "DELIMITER //
$NOTE" "$NO_NOTE"
    lint -1 "$FILE"
    grep -q "^$FILE:6: statement: DELIMITER" <<<"$output"
}

@test "a deletion without a word, a downgrade that is missing, and a DROP that names nothing are found" {
    revision 'DROP TABLE alarm_action;' 'CREATE TABLE alarm_action (id int);'
    finds destructive 6
    sed -i '6s/^/-- destructive: nobody needs them\n/' "$FILE"
    lint -0 "$FILE"
    revision "$NOTE" ''
    finds downgrade
    revision "$NOTE" '-- irreversible: notes are for ever'
    lint -0 "$FILE"
    revision "$NOTE" 'ALTER TABLE alarm DROP COLUMN noet;'
    finds drop 9
    revision 'ALTER TABLE alarm DROP FOREIGN KEY fk_noen;' 'SELECT 1;'
    finds drop 6
    revision 'ALTER TABLE alram ADD COLUMN note int;' 'SELECT 1;'
    lint -1 "$FILE"
    grep -q "^$FILE:6: conflict: there is no table alram" <<<"$output"
}

@test "a statement that can't be resumed is found, unless it may run again" {
    revision 'CREATE TRIGGER t BEFORE INSERT ON alarm FOR EACH ROW SET NEW.link = NULL;' 'DROP TRIGGER IF EXISTS t;'
    finds resume 6
    revision 'CREATE OR REPLACE TRIGGER t BEFORE INSERT ON alarm FOR EACH ROW SET NEW.link = NULL;' 'DROP TRIGGER IF EXISTS t;'
    lint -0 "$FILE"
}

@test "two heads, an unknown parent and an id twice are found; a folder without files is an error" {
    revision "$NOTE" "$NO_NOTE" feedfacecafe
    revision 'SELECT 1;' 'SELECT 1;' feedfacecaff
    lint -1 "$DIR"
    grep -q ': heads: there are several heads' <<<"$output"
    revision 'SELECT 1;' 'SELECT 1;' feedfacecaff feedfacecafe
    lint -0 "$DIR"
    # Only the one file, among the others.
    lint -0 --revisions-dir "$DIR" "$DIR/feedfacecaff.sql"
    lint -1 "$DIR/feedfacecaff.sql"
    grep -q ': graph: .*revises feedfacecafe, and no file has that revision' <<<"$output"
    cp "$DIR/feedfacecafe.sql" "$DIR/other.sql"
    lint -1 "$DIR"
    grep -q ': graph: revision feedfacecafe stands in two files' <<<"$output"
    mkdir "$BATS_TEST_TMPDIR/empty"
    lint -3 "$BATS_TEST_TMPDIR/empty"
    expect_one_line
    lint -3 "$BATS_TEST_TMPDIR/none"
    lint -2
}

@test "--database takes the revisions up, down and up on a scratch database, which it leaves empty" {
    revision "$NOTE" "$NO_NOTE"
    lint -0 --database "$URL" "$FILE"
    [ -z "$(sql "$MON" 'SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()
        AND TABLE_NAME <> "alembic_version"')" ]
    # A statement that the server refuses, and a way down that forgets something.
    revision 'ALTER TABLE alarm ADD COLUMN note varchar(70000) NULL;' "$NO_NOTE"
    lint -1 --database "$URL" "$FILE"
    grep -q ": scratch: .*statement 1 of 1 ($FILE:6)" <<<"$output"
    fresh_mon
    revision 'CREATE TABLE notes (id int PRIMARY KEY) ENGINE=InnoDB;' '-- irreversible: they stay'
    lint -1 --database "$URL" "$FILE"
    grep -q ': scratch: ' <<<"$output"
    # It never touches one that isn't empty.
    fresh_mon
    sql "$MON" 'CREATE TABLE precious (id int)'
    revision "$NOTE" "$NO_NOTE"
    lint -1 --database "$URL" "$FILE"
    expect_one_line
    [[ $stderr == *"the scratch database isn't empty"* ]]
}

@test "what SET sets for a session is set again where a run goes on" {
    schema upgrade -q
    revision "SET @note = 'kept';
CREATE TABLE notes (text varchar(20) NOT NULL PRIMARY KEY) ENGINE=InnoDB;
INSERT INTO notes VALUES (@note);" 'DROP TABLE notes;'
    mysql_proxy_start 'reset@1~^INSERT INTO notes'
    run schema upgrade -q --revisions-dir "$DIR"
    [ "$status" -eq 4 ]
    proxy_rules
    run -0 schema upgrade -q --revisions-dir "$DIR"
    proxy_stop
    [ "$(sql "$MON" 'SELECT text FROM notes')" = kept ]
}

@test "a CALL of a procedure that has results ends, and the run goes on" {
    schema upgrade -q
    printf 'DELIMITER //\nCREATE PROCEDURE two() BEGIN SELECT 1; SELECT 2; END //\n' | sql "$MON"
    revision "CALL two();
$NOTE" "$NO_NOTE"
    run -0 timeout 30 "$PROGRAM" schema upgrade -q --revisions-dir "$DIR" --connection "$URL"
    [ -n "$(sql "$MON" "SHOW COLUMNS FROM alarm LIKE 'note'")" ]
}
