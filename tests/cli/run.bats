#!/usr/bin/env bats
# The runner of the tests itself: what it counts, and what it lets nobody skip where CI=true.

ROOT=$(cd "${BATS_TEST_DIRNAME%%/tests/*}" && pwd)

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    # Not as a here-document, where bats would take its lines for tests of this file.
    printf '%s\n' '@test "one passes" { :; }' "@test 'another has no server' { skip 'no server'; }" >sentences.bats
    touch skips
}

# Runs the runner as CI does, or as a person does: runner CI [FILE...]
runner() {
    local ci=$1
    shift
    CI=$ci run "$ROOT/tests/run" --skips skips --timeout 2 "$@"
    echo "$output"
}

# What a compiled test of cmocka prints, in LINES: fake NAME LINES [STATUS]
fake() {
    printf '#!/bin/sh\nprintf "%s"\nexit %s\n' "$2" "${3:-0}" >"$1"
    chmod 755 "$1"
}

last_line_is() { [ "${lines[-1]}" = "$1" ]; }

@test "a skipped test is told, and no failure, on a person's machine" {
    runner '' sentences.bats
    [ "$status" -eq 0 ]
    grep -q 'skipped: another has no server # skip no server' <<<"$output"
    last_line_is '1 passed, 0 failed'
}

@test "where CI=true, a skipped test that tests/skips doesn't name counts as failed, and is named" {
    runner true sentences.bats
    [ "$status" -eq 1 ]
    grep -qE 'FAILED .*sentences.bats: another has no server # skip no server: .*tests/skips' <<<"$output"
    last_line_is '1 passed, 1 failed'
}

@test "where CI=true, a skipped test that tests/skips names is no failure" {
    echo '*/sentences.bats: another has * # skip no server' >skips
    runner true sentences.bats
    [ "$status" -eq 0 ]
    [ "$(grep -c 'skipped no test' <<<"$output")" -eq 0 ]
    last_line_is '1 passed, 0 failed'
}

@test "an entry of tests/skips allows a test, and a reason, and no other" {
    for entry in '*/sentences.bats: one passes # skip no server' '*/sentences.bats: * # skip no disk' \
        '*/other.bats: * # skip no server' '# */sentences.bats: *'; do
        echo "$entry" >skips
        runner true sentences.bats
        [ "$status" -eq 1 ]
        last_line_is '1 passed, 1 failed'
    done
}

@test "where CI=true, an entry that matches no skipped test of the files is told, and no failure" {
    printf '%s\n' '# why' '' '*/sentences.bats: *' '*/sentences.bats: one *' '*/other.bats: *' >skips
    runner true sentences.bats
    [ "$status" -eq 0 ]
    [ "$(grep 'skipped no test' <<<"$output")" = 'tests/skips: this run skipped no test like: */sentences.bats: one *' ]
    last_line_is '1 passed, 0 failed'
}

@test "cmocka's skipped test is skipped, whether it is called ok or not" {
    for word in ok 'not ok'; do
        fake fake "1..2\n$word 1 # SKIP nothing anywhere\nok 2 - fine\n"
        runner '' fake
        [ "$status" -eq 0 ]
        grep -q 'skipped: nothing anywhere # skip' <<<"$output"
        runner true fake
        [ "$status" -eq 1 ]
        grep -q 'FAILED .*fake: nothing anywhere # skip: ' <<<"$output"
        last_line_is '1 passed, 1 failed'
    done
}

@test "a test that fails, or gives no result, a bad end and a file without a test count as failed" {
    fake failing '1..2\nnot ok 1 - broken\n# 0x1 != 0x2\nok 2 - fine\n' 1
    runner '' failing
    [ "$status" -eq 1 ]
    grep -q 'FAILED .*failing: broken' <<<"$output"
    grep -q '^    # 0x1 != 0x2' <<<"$output"
    last_line_is '1 passed, 1 failed'
    fake short '1..3\nok 1 - fine\n'
    runner '' short
    last_line_is '1 passed, 2 failed'
    fake crashed '1..1\nok 1 - fine\n' 139
    runner '' crashed
    grep -q 'ended with status 139' <<<"$output"
    last_line_is '1 passed, 1 failed'
    fake empty ''
    runner '' empty
    last_line_is '0 passed, 1 failed'
}

@test "a file that hangs is ended, with what it started" {
    printf '%s\n' '#!/bin/sh' 'echo 1..1' 'sleep 60 &' "echo \$! >$PWD/child" wait >hanging
    chmod 755 hanging
    runner '' hanging
    [ "$status" -eq 1 ]
    grep -q '1 tests gave no result (a timeout after 2 s)' <<<"$output"
    last_line_is '0 passed, 1 failed'
    # Where nobody waits for orphans, a zombie stays.
    state=$(sed 's/.*) \(.\).*/\1/' "/proc/$(cat child)/stat" 2>/dev/null || echo gone)
    [[ $state == gone || $state == Z ]]
}

@test "every entry of tests/skips names a file, a test and a reason" {
    grep -vE '^(#|$)' "$ROOT/tests/skips" >entries
    [ -s entries ]
    while IFS= read -r entry; do
        case $entry in tests/*.bats:\ *\ '# skip '?* | '*/unit/'*': '*' # skip') ;; *)
            echo "no entry: $entry"
            return 1
            ;;
        esac
        file=${entry%%: *}
        case $file in
        '*/unit/'*) test -e "$ROOT/tests/${file#'*/'}.c" ;;
        *) grep -qF "${entry##*# skip }" "$ROOT/$file" || [[ $file == */schema_galera.bats ]] ;;
        esac
    done <entries
}
