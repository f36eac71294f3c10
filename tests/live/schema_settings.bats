#!/usr/bin/env bats
# Servers that are set up otherwise, and what stands between us and them.

load ../lib/live
load schema_helpers

setup_file() { mariadbd_start; }
teardown_file() { mariadbd_stop; }
setup() { fresh_mon; }
teardown() {
    proxy_stop
    drop_mon
}

# set_global NAME VALUE: for the sessions that begin in this test.
set_global() {
    sql '' "SET GLOBAL $1 = $2"
}

@test "the server says what it is: a front that names another version makes no drift" {
    schema upgrade -q
    for version in 5.7.1-front 5.5.5-10.1.9-MariaDB 8.0.11; do
        mysql_proxy_start "version=$version@1+~^CONNECT"
        run -0 schema check
        grep -q "version=$version" "$PROXY_LOG"
        says 'at head'
        run -0 schema align
        says '0 statements done'
        run -0 schema wait
        [[ $output == *"the server answers: $(sql '' 'SELECT VERSION()')" ]]
    done
}

@test "whatever a session of the server begins with, upgrade, check and downgrade work" {
    while read -r name value usual; do
        fresh_mon
        schema upgrade -q 00597b5c8325
        insert_data
        set_global "$name" "$value"
        status=0
        { schema upgrade -q && schema check && schema downgrade -q --yes base && schema upgrade -q; } >"$BATS_TEST_TMPDIR/log" 2>&1 ||
            status=$?
        set_global "$name" "$usual"
        [ "$status" -ne 0 ] || expect_head
        [ "$status" -eq 0 ] || {
            echo "$name=$value:"
            cat "$BATS_TEST_TMPDIR/log"
            return 1
        }
    done <<'SETTINGS'
sql_safe_updates 1 0
sql_select_limit 1 DEFAULT
completion_type 1 0
completion_type 2 0
tx_read_only 1 0
autocommit 0 1
sql_mode 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES' DEFAULT
sql_mode 'ORACLE' DEFAULT
sql_mode '' DEFAULT
innodb_strict_mode 0 1
sql_if_exists 1 0
sql_auto_is_null 1 0
max_join_size 1 DEFAULT
alter_algorithm 'INSTANT' DEFAULT
default_storage_engine 'MyISAM' DEFAULT
group_concat_max_len 4 DEFAULT
foreign_key_checks 0 1
unique_checks 0 1
tx_isolation 'SERIALIZABLE' DEFAULT
SETTINGS
}

@test "lower_case_table_names=1: names of tables that a revision writes in capitals are one with the server's" {
    "$LIB/mariadbd" stop "$BATS_TEST_TMPDIR/lower" 2>/dev/null || true
    address=$(OWNER=$$ "$LIB/mariadbd" start "$BATS_TEST_TMPDIR/lower" --lower-case-table-names=1)
    lower="mariadb --defaults-file=$BATS_TEST_TMPDIR/lower/client.cnf"
    $lower -e 'CREATE DATABASE Mon'
    MYSQL_PWD=$(cat "$BATS_TEST_TMPDIR/lower/password")
    URL=mysql://root@$address/Mon
    mkdir "$BATS_TEST_TMPDIR/revisions"
    cat >"$BATS_TEST_TMPDIR/revisions/notes.sql" <<'SQL'
-- revision: feedfacecafe
-- revises: 26083b298bb7
-- message: Notes

-- upgrade
CREATE TABLE Alarm_Notes (id varchar(36) NOT NULL PRIMARY KEY) ENGINE=InnoDB;
ALTER TABLE ALARM_NOTES ADD COLUMN text varchar(10) NULL;

-- downgrade
DROP TABLE Alarm_Notes;
SQL
    run -0 schema upgrade --revisions-dir "$BATS_TEST_TMPDIR/revisions"
    run -0 schema check --revisions-dir "$BATS_TEST_TMPDIR/revisions"
    run -0 schema downgrade --revisions-dir "$BATS_TEST_TMPDIR/revisions" --yes -1
    run -0 schema check
    run -0 schema downgrade --yes base
    "$LIB/mariadbd" stop "$BATS_TEST_TMPDIR/lower"
}

@test "unix_socket in the URL is used, whatever host stands beside it" {
    schema upgrade -q
    for host in 127.0.0.1:1 localhost localhost:1 db.example.org ''; do
        URL="mysql+pymysql://root@$host/$MON?unix_socket=$MYSQL_DIR/socket"
        run -0 schema check
    done
    URL="mysql+pymysql://root@127.0.0.1:$MYSQL_PORT/$MON?unix_socket=$MYSQL_DIR/none"
    run -4 --separate-stderr schema check
    expect_one_line
    [[ $stderr == *"$MYSQL_DIR/none"* ]]
}

@test "ssl_mode=PREFERRED goes on without TLS where the server has none, and says so; REQUIRED doesn't" {
    schema upgrade -q
    URL+='?ssl_mode=PREFERRED'
    run -0 schema check
    says 'offers no TLS'
    URL=${URL/PREFERRED/REQUIRED}
    run -4 schema check
    URL=${URL/REQUIRED/PREFERRED\&ssl_ca=/etc/ssl/certs/ca-certificates.crt}
    run -4 schema check
}
