#!/usr/bin/env bats
# Ends that come in the middle: of the program, of its connection.

load ../lib/live
load schema_helpers

setup_file() {
    mariadbd_start
    build_interrupt
    # Sanitizers make each of these many runs several times as long.
    STRIDE=1
    ! grep -q __asan "$PROGRAM" || STRIDE=6
    export STRIDE
}
teardown_file() { mariadbd_stop; }
setup() { fresh_mon latin1; }
teardown() { drop_mon; }

# Interrupts a run at each of its statements, runs it again, and looks; `STEP` statements apart.
at_every_statement() { # WHEN HOW STEP PREPARE COMMAND [OPTION...]
    local when=$1 how=$2 step=$3 prepare=$4 at
    shift 4
    for ((at = 1; at < 1000; at += step * STRIDE)); do
        fresh_mon latin1
        "$prepare"
        interrupted "$when" "$how" "$at" "$@"
        schema "$@" >"$BATS_TEST_TMPDIR/second.log" 2>&1 || {
            echo "after an interruption at statement $at:"
            cat "$BATS_TEST_TMPDIR/interrupted.log" "$BATS_TEST_TMPDIR/second.log"
            return 1
        }
        if [ "$1" = upgrade ]; then
            expect_head || return 1
            [ "$(sql "$MON" 'SELECT GROUP_CONCAT(name ORDER BY name) FROM alarm_state')" = ALARM,OK,UNDETERMINED ]
        else
            [ "$(sql "$MON" 'SHOW TABLES')" = alembic_version ]
        fi
        [ "$ended" -ne 0 ] || break
    done
    echo "interrupted at $at places"
    [ "$at" -gt 40 ] && [ "$at" -lt 1000 ]
}

nothing() { :; }
first_state() {
    load_script 01_00597b5c
    schema stamp -q -f
}
first_state_with_data() {
    first_state
    insert_data
}
at_head() { schema upgrade -q; }

@test "Ctrl-C at a question is an answer: status 5, and nothing is changed" {
    local asked ended=0 screen=$BATS_TEST_TMPDIR/screen
    at_head
    "$LIB/terminal.py" "$screen" 80 "$PROGRAM" schema downgrade base --connection "$URL" 3>&- &
    asked=$!
    wait_for 20 grep -q 'Type yes' "$screen"
    pkill -INT -P "$asked"
    wait_for 5 grep -q '^error: interrupted' "$screen"
    wait "$asked" || ended=$?
    [ "$ended" -eq 5 ]
    expect_head
}

@test "an upgrade from the script's first state, killed before any statement, goes on" {
    at_every_statement before kill 1 first_state upgrade
}

@test "an upgrade from the script's first state, killed after any statement, goes on" {
    at_every_statement after kill 1 first_state_with_data upgrade
    expect_data
}

@test "an upgrade from empty, killed after any statement, goes on" {
    at_every_statement after kill 2 nothing upgrade
}

unversioned_state() { load_script 01_00597b5c; }

@test "an upgrade --from-fingerprint, killed after any statement, goes on: from empty, from a script's tables" {
    at_every_statement after kill 5 nothing upgrade --from-fingerprint
    at_every_statement after kill 5 unversioned_state upgrade --from-fingerprint
}

@test "an upgrade whose connection the server kills before any statement goes on with the next run" {
    at_every_statement before connection 2 first_state upgrade
}

@test "an upgrade whose connection the server kills after any statement goes on with the next run" {
    at_every_statement after connection 3 first_state upgrade
}

@test "a downgrade, killed after any statement, goes on" {
    at_every_statement after kill 4 at_head downgrade --yes base
}

@test "an upgrade killed after the first of two columns goes on with the second" {
    schema upgrade -q d8b801498850
    for ((at = 10; ; at++)); do
        interrupted after kill "$at" upgrade 8781a256f0c1
        [ -z "$(sql "$MON" "SHOW COLUMNS FROM alarm LIKE 'inhibited'")" ] || break
        [ "$ended" -ne 0 ] || return 1
    done
    [ -z "$(sql "$MON" "SHOW COLUMNS FROM alarm LIKE 'silenced'")" ]
    run -0 schema upgrade
    [[ $output == *'interrupted in revision 8781a256f0c1'* ]]
    expect_head
}

@test "a downgrade after an interrupted upgrade finishes that first" {
    schema upgrade -q d8b801498850
    interrupted after kill 36 upgrade
    [ "$ended" -ne 0 ]
    run -1 schema check
    [[ $output == *'is under way, or was interrupted'* ]]
    run -0 schema downgrade --yes 6b2b88f3cab4
    expect_shape 6b2b88f3cab4
    expect_no_table_left
}

@test "a signal ends a run after its statement with status 5, and it goes on" {
    interrupted before stop 40 upgrade
    [ "$ended" -eq 5 ]
    run -0 schema upgrade
    expect_head
}

@test "a stamp forgets an interrupted run, and says so" {
    interrupted after kill 60 upgrade
    [ "$ended" -ne 0 ]
    run -0 schema stamp base
    [[ $output == *interrupted* ]]
    expect_no_table_left
}
