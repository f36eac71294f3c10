#!/usr/bin/env bats
# Two Galera nodes on the loopback address, where GET_LOCK keeps nobody apart.

load ../lib/live
load schema_helpers

setup_file() {
    # Not in bats' own folder, which the user mysql can't enter.
    GALERA=$(mktemp -d "${TMPDIR:-/tmp}/galera.XXXXXX")
    chmod 755 "$GALERA"
    status=0
    ports=$(OWNER=$$ "$SCHEMA_FILES/galera" start "$GALERA" 2>"$BATS_FILE_TMPDIR/why") || status=$?
    [ "$status" -eq 0 ] || why="no cluster: $(cat "$BATS_FILE_TMPDIR/why")"
    # shellcheck disable=SC2086
    set -- ${ports:-0 0}
    export GALERA PORT1=$1 PORT2=$2 why=${why:-} MYSQL_DIR=$GALERA MYSQL_PASSWORD=galera
    [ -n "$why" ] || cp "$GALERA/1.cnf" "$GALERA/client.cnf"
    build_interrupt
}
teardown_file() { "$SCHEMA_FILES/galera" stop "$GALERA"; }
setup() {
    [ -z "$why" ] || skip "$why"
    on 1
    fresh_mon
    on 1
}
teardown() { [ -n "$why" ] || drop_mon; }

on() { # NODE
    MYSQL_PORT=$PORT1
    [ "$1" = 1 ] || MYSQL_PORT=$PORT2
    URL=mysql+pymysql://root@127.0.0.1:$MYSQL_PORT/${MON:-}
}

@test "six upgrades at once on two nodes all succeed, and one does the work" {
    for i in 1 2 3 4 5 6; do
        on $((i % 2 + 1))
        schema upgrade --lock-timeout 10m >"$BATS_TEST_TMPDIR/$i" 2>&1 &
        pids[i]=$!
    done
    for i in 1 2 3 4 5 6; do wait "${pids[i]}" || { cat "$BATS_TEST_TMPDIR/$i" && false; }; done
    [ "$(cat "$BATS_TEST_TMPDIR"/? | grep -c 'Running upgrade')" -eq 9 ]
    expect_head
    on 2
    run -0 schema check
}

@test "the lock of a node keeps its runs apart: without it none takes the row that another one has" {
    hold_lock
    run -1 schema upgrade --lock-timeout 1s
    [[ $output == *'another run holds the lock'* ]]
    on 2
    run -0 schema upgrade --lock-timeout 1s
    expect_head
    let_lock_go
}

@test "a run killed on one node is finished on the other, once it isn't heard of any more" {
    interrupted after kill 60 upgrade --lock-expiry 12s
    [ "$ended" -ne 0 ]
    on 2
    run -1 schema upgrade --lock-timeout 1s
    [[ $output == *'another run holds the lock'* ]]
    run -0 schema upgrade
    expect_head
}

@test "a run killed on a node is finished on the same node at once" {
    interrupted after kill 60 upgrade
    [ "$ended" -ne 0 ]
    run -0 schema upgrade --lock-timeout 2s
    expect_head
}
