#!/usr/bin/env bats
# A server, or something on the way to it, that hangs, lies or breaks off; and runs that get in each
# other's way. `make torture` tries these at random; here is what it found, and what each must say.

load ../lib/live
load schema_helpers

setup_file() { mariadbd_start; }
teardown_file() { mariadbd_stop; }
setup() {
    fresh_mon
    mysql_proxy_start
}
teardown() {
    proxy_stop
    drop_mon
}

# The database at head, and nothing wrong with it, whatever happened before.
expect_whole() {
    proxy_rules
    run -0 schema upgrade -q
    run -0 schema check
    expect_head
}

@test "a server that accepts connections and says nothing is given up after connect_timeout" {
    for at in CONNECT AUTH 'SET SESSION'; do
        proxy_rules "hang@1~$at"
        start=$SECONDS
        run -4 timeout -s KILL 30 "$PROGRAM" schema version --connection "$URL?connect_timeout=1"
        says "connecting to 127.0.0.1:|session on 127.0.0.1:"
        [ $((SECONDS - start)) -lt 8 ]
        grep -q hang "$PROXY_LOG"
    done
}

@test "--wait goes on waiting for a server that says nothing, until it does" {
    proxy_rules 'hang@1~CONNECT'
    run -0 timeout -s KILL 30 "$PROGRAM" schema wait --wait 20s --connection "$URL?connect_timeout=1"
    grep -q hang "$PROXY_LOG"
}

@test "a reply that never comes: the first signal waits for it, the second ends with status 5" {
    schema upgrade -q c2f85438d6f3
    proxy_rules 'hang@1~DROP TABLE event_transform'
    "$PROGRAM" schema upgrade --connection "$URL" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
    pid=$!
    wait_for 60 grep -q hang "$PROXY_LOG"
    send_signal TERM "$pid"
    kill -0 "$pid"
    send_signal TERM "$pid"
    status=0
    wait "$pid" || status=$?
    output=$(cat "$BATS_TEST_TMPDIR/out")
    expect_status 5
    says 'interrupted'
    says '^hint: .*goes on'
    expect_whole
}

@test "a connection that is silent for hours is kept alive, and a peer that is gone is noticed" {
    proxy_rules 'hang@1~alembic_version'
    "$PROGRAM" schema version --connection "$URL" >/dev/null 2>&1 3>&- &
    pid=$!
    wait_for 60 grep -q hang "$PROXY_LOG"
    port=$(printf '%04X' "$(sed 's/.*:\([0-9]*\)\/.*/\1/' <<<"$URL")")
    # The timer 02 is that of the probes; its time is in hundredths of a second, in hexadecimal. For a moment it may be
    # that of a packet which the other end hasn't acknowledged yet.
    for _ in {1..50}; do
        read -r timer when < <(awk -v port=":$port" '$3 ~ port "$" { split($6, t, ":"); print t[1], t[2]; exit }' /proc/net/tcp)
        [ "$timer" != 02 ] || break
        sleep 0.1
    done
    kill -KILL "$pid"
    [ "$timer" = 02 ]
    [ $((16#$when)) -le 3000 ]
}

@test "a reply without rows, or without the columns asked for, is damaged, not an empty database" {
    schema upgrade -q
    for at in alembic_version information_schema.TABLES information_schema.COLUMNS progress; do
        for fault in no-rows short endless; do
            proxy_rules "$fault@1~$at"
            run timeout -s KILL 30 "$PROGRAM" schema check --connection "$URL"
            [ "$status" -eq 4 ] || { [ "$fault $at" = 'short progress' ] && [ "$status" -le 4 ]; }
            says_not 'error 0|no version|missing table'
        done
    done
    expect_whole
}

@test "a value, or rows, without an end are given up, in less than 64 MiB" {
    # Sanitizers take memory of their own.
    ! grep -q __asan "$PROGRAM" || skip 'an instrumented build'
    for fault in huge endless; do
        proxy_rules "$fault@1~SELECT DATABASE"
        run -4 /usr/bin/python3 - "$PROGRAM" schema upgrade --connection "$URL" <<'PYTHON'
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print("KiB", most)
sys.exit(status if most < 64 * 1024 else 99)
PYTHON
        grep -q "$fault" "$PROXY_LOG"
    done
    expect_whole
}

@test "no reply that breaks off or is damaged ends a run as if all were done" {
    for fault in cut truncate truncate-packet short malformed garbage silence half error-1213 error-1205 error-1317; do
        fresh_mon
        mysql_proxy_start
        schema upgrade -q c2f85438d6f3
        proxy_rules "$fault@3~^(CREATE|ALTER|DROP|UPDATE)"
        run timeout -s KILL 60 "$PROGRAM" schema upgrade --connection "$URL"
        grep -q "$fault" "$PROXY_LOG"
        # A deadlock is tried again, and of an answer of OK little can be damaged.
        case $status,$fault in 1,* | 4,* | 0,malformed | 0,short | 0,error-1213) ;; *) expect_status 4 ;; esac
        says_not 'error 0\)'
        expect_whole
    done
}

@test "two that align at once both succeed: what to do is looked up with the lock held" {
    schema upgrade -q
    sql "$MON" 'ALTER TABLE alarm DROP COLUMN link; DROP TABLE alarm_action'
    # Both have come as far as they can before either has the lock.
    hold_lock
    status1=0 status2=0
    schema align 2>"$BATS_TEST_TMPDIR/first" 3>&- &
    pid1=$!
    schema align 2>"$BATS_TEST_TMPDIR/second" 3>&- &
    pid2=$!
    wait_for_waiters 2
    let_lock_go
    wait "$pid1" || status1=$?
    wait "$pid2" || status2=$?
    cat "$BATS_TEST_TMPDIR/first" "$BATS_TEST_TMPDIR/second"
    [ "$status1 $status2" = '0 0' ]
    expect_head
}

@test "an upgrade's half-done step is no drift: align leaves it alone, and says what finishes it" {
    schema upgrade -q d8b801498850
    proxy_rules 'reset@2~^ALTER TABLE'
    run schema upgrade
    [ "$status" -eq 4 ]
    proxy_rules
    run -1 schema align --allow-destructive --yes
    says 'interrupted in revision 8781a256f0c1'
    says "^hint: 'schema upgrade' finishes it"
    [ -n "$(sql "$MON" "SHOW COLUMNS FROM alarm LIKE 'inhibited'")" ] ||
        [ -n "$(sql "$MON" "SHOW COLUMNS FROM alarm LIKE 'silenced'")" ]
    expect_whole
}

@test "align clears up what a run before it couldn't, also where nothing else is to be done" {
    schema upgrade -q
    sql "$MON" 'DROP TABLE alarm_action'
    proxy_rules 'error-1317@1~DROP TABLE IF EXISTS monasca'
    run schema align
    [ "$status" -eq 1 ]
    proxy_rules
    run -0 schema align
    expect_head
}

@test "a stamp that fails between two statements leaves the version as it was" {
    schema upgrade -q
    for at in 'DELETE FROM alembic' 'INSERT INTO alembic' COMMIT; do
        proxy_rules "error-1205@1~^$at"
        run -1 schema stamp d8b801498850
        grep -q error-1205 "$PROXY_LOG"
        expect_version "$HEAD"
        expect_no_table_left
    done
}

@test "stamp --from-fingerprint goes by what is there when its turn has come" {
    schema upgrade -q 6b2b88f3cab4
    sql "$MON" 'DELETE FROM alembic_version'
    hold_lock
    schema stamp --from-fingerprint 2>"$BATS_TEST_TMPDIR/stamp" 3>&- &
    pid=$!
    wait_for_waiters 1
    sql "$MON" "INSERT INTO alembic_version VALUES ('6b2b88f3cab4'); DROP TABLE stream_actions_action_type;
        UPDATE alembic_version SET version_num = 'd8b801498850'"
    let_lock_go
    wait "$pid"
    [ "$(sql "$MON" 'SELECT version_num FROM alembic_version')" = f69cb3152a76 ]
}

@test "upgrade --from-fingerprint goes by what is there when its turn has come" {
    load_script 05_6b2b88f3
    # All have looked before any has the lock.
    sql '' "DO GET_LOCK('monasca-migrate.$MON', 0), SLEEP(2)" 3>&- &
    sleep 0.3
    pids=()
    for i in 1 2 3; do
        schema upgrade --from-fingerprint >"$BATS_TEST_TMPDIR/$i" 2>&1 3>&- &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i" || { cat "$BATS_TEST_TMPDIR"/? && false; }; done
    [ "$(cat "$BATS_TEST_TMPDIR"/? | grep -c 'Running upgrade')" -eq 4 ]
    expect_head
}

@test "the tests' own server starts whatever the environment says of another one" {
    MYSQL_PWD=wrong MYSQL_HOST=nowhere.example.org MYSQL_TCP_PORT=1 OWNER=$$ \
        "$LIB/mariadbd" start "$BATS_TEST_TMPDIR/own" >/dev/null
    [ "$(mariadb --defaults-file="$BATS_TEST_TMPDIR/own/client.cnf" -BNe 'SELECT 1')" = 1 ]
    "$LIB/mariadbd" stop "$BATS_TEST_TMPDIR/own"
}

@test "a statement that a cluster chose as the victim of a deadlock, a query too, is tried again" {
    for at in 'SELECT version_num' 'SELECT owner' SHOW 'SELECT GET_LOCK' 'CREATE TABLE IF NOT' "CREATE TABLE alarm" 'UPDATE monasca' \
        'UPDATE alembic' COMMIT 'DROP TABLE IF EXISTS monasca' 'SELECT .*information_schema'; do
        fresh_mon
        mysql_proxy_start "error-1213@1~^$at"
        schema upgrade -q
        grep -q error-1213 "$PROXY_LOG" || { echo "no fault at $at" && false; }
        expect_head
    done
}

@test "a server that knows no GET_LOCK: the record's row is the lock; one that fails to give it gives none" {
    proxy_rules 'error-1235@1+~^SELECT GET_LOCK'
    run -0 schema upgrade -q 00597b5c8325
    proxy_rules 'error-1317@1~^SELECT GET_LOCK'
    run -1 --separate-stderr schema upgrade
    expect_one_line
    [[ $stderr == *'asking for the lock: '*'(error 1317)'* ]]
    expect_version 00597b5c8325
    expect_whole
}

@test "a run that another one took the lock from leaves the other's record alone" {
    proxy_rules 'error-1235@1+~^SELECT GET_LOCK' \
        "exec=mariadb --defaults-file=$MYSQL_DIR/client.cnf $MON -e \"UPDATE monasca_migrate_progress SET owner = 'other'\"@1~^UPDATE monasca"
    run -1 schema upgrade
    [[ $output == *'another run took over'* ]]
    [ "$(sql "$MON" 'SELECT owner FROM monasca_migrate_progress')" = other ]
}

@test "a deadlock at every try ends in one line, soon" {
    mysql_proxy_start 'error-1213@1+~^SELECT version_num'
    SECONDS=0
    run -1 --separate-stderr schema version
    expect_one_line
    [[ $stderr == *'reading alembic_version: '*'(error 1213)'* ]]
    [ "$SECONDS" -lt 10 ]
}

# The account of the tests is root's, which may write where the server is read-only, and connect where it is full.
as_operator() {
    sql '' "CREATE OR REPLACE USER operator@127.0.0.1 IDENTIFIED BY '$MYSQL_PASSWORD';
        GRANT ALL ON $MON.* TO operator@127.0.0.1"
    URL=${URL/root/operator}
}

@test "a server that is made read-only in the middle of an upgrade is told so in one line, and it goes on" {
    as_operator
    proxy_rules "exec=mariadb --defaults-file=$MYSQL_DIR/client.cnf -e 'SET GLOBAL read_only = 1'@3~^CREATE TABLE"
    run -1 --separate-stderr schema upgrade -q
    expect_one_line
    [[ $stderr == *'read-only'*'hint: '*'read-only'*'goes on from here' ]]
    run -1 --separate-stderr schema upgrade -q
    expect_one_line
    sql '' 'SET GLOBAL read_only = 0'
    expect_whole
}

@test "an administrator's KILL in the middle of a statement is told in one line, and it goes on" {
    as_operator
    # The statement waits for the table, so that it can be met.
    schema upgrade -q 00597b5c8325
    for what in QUERY CONNECTION; do
        sql "$MON" 'BEGIN; SELECT * FROM sub_alarm_definition; SELECT SLEEP(60)' >/dev/null 3>&- &
        holder=$!
        sleep 0.3
        "$PROGRAM" schema upgrade --connection "$URL" >/dev/null 2>"$BATS_TEST_TMPDIR/err" 3>&- &
        pid=$!
        waiting="FROM information_schema.PROCESSLIST WHERE USER = 'operator' AND STATE LIKE 'Waiting for table%'"
        wait_for 10 eval "[ -n \"\$(sql '' \"SELECT ID $waiting\")\" ]"
        sql '' "KILL $what $(sql '' "SELECT ID $waiting")"
        status=0
        wait "$pid" || status=$?
        kill "$holder" 2>/dev/null || true
        sql '' "SELECT CONCAT('KILL ', ID) FROM information_schema.PROCESSLIST WHERE INFO LIKE '%SLEEP(60)%' AND
            ID <> CONNECTION_ID()" | while read -r kill; do sql '' "$kill"; done
        stderr=$(grep -E '^(error|hint)' "$BATS_TEST_TMPDIR/err") output=
        cat "$BATS_TEST_TMPDIR/err"
        case $what in QUERY) [ "$status" -eq 1 ] ;; CONNECTION) [ "$status" -eq 4 ] ;; esac
        expect_one_line
        [[ $stderr == *'goes on'* ]]
    done
    expect_whole
}

@test "a server whose max_statement_time is short for others lets a statement take its time" {
    as_operator
    sql '' 'SET GLOBAL max_statement_time = 0.0005'
    status=0
    schema upgrade -q || status=$?
    sql '' 'SET SESSION max_statement_time = 0; SET GLOBAL max_statement_time = 0'
    [ "$status" -eq 0 ]
    expect_head
}

@test "where too many are connected a line says so, and --wait waits until some are gone" {
    as_operator
    sql '' 'CREATE OR REPLACE USER operator@127.0.0.1 IDENTIFIED BY "'"$MYSQL_PASSWORD"'" WITH MAX_USER_CONNECTIONS 1'
    sql '' "GRANT ALL ON $MON.* TO operator@127.0.0.1"
    MYSQL_PWD=$MYSQL_PASSWORD mariadb --no-defaults -h 127.0.0.1 -P "$MYSQL_PORT" -u operator -e 'SELECT SLEEP(3)' \
        >/dev/null 3>&- &
    sleep 0.5
    run -4 --separate-stderr schema upgrade -q
    expect_one_line
    [[ $stderr == *'hint: '*'--wait waits'* ]]
    run -0 schema upgrade -q --wait=30s
    expect_head
}
