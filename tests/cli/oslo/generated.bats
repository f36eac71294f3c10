#!/usr/bin/env bats
#
# Files of a few hundred kinds are read as the real oslo.config reads them, in a persister and in monasca_db.
#
# generate.py makes the files, oracle.py asks oslo.config, compare.py our reader. Where both differ on purpose,
# decisions.tsv says why.

setup_file() {
    export LC_ALL=C.UTF-8
    cd "$BATS_FILE_TMPDIR" || return 1
    mkdir cases theirs
    "$BATS_TEST_DIRNAME/generate.py" cases
    /usr/bin/python3 "$BATS_TEST_DIRNAME/oracle.py" cases theirs
}

compare() {
    cd "$BATS_FILE_TMPDIR" || return 1
    "$BATS_TEST_DIRNAME/compare.py" cases theirs "${OSLO_DUMP:-$BATS_TEST_DIRNAME/../../../build/oslo-dump}" "$@"
}

@test "generated files are read as by oslo.config, or a decision tells the difference" {
    compare "$BATS_TEST_DIRNAME/decisions.tsv"
}

@test "a difference that is not decided is shown, and so is a decision that decides nothing" {
    printf 'idle\t.*\tnever\tnever\t.\tNo case is like this.\n' >"$BATS_TEST_TMPDIR/decisions.tsv"
    run compare "$BATS_TEST_TMPDIR/decisions.tsv" int
    [ "$status" -eq 1 ]
    grep -q '^difference: int-[0-9]*: \[influxdb\] port: theirs 0, ours error$' <<<"$output"
    grep -qx 'unused: idle' <<<"$output"
}

@test "the same files are generated each time" {
    mkdir "$BATS_TEST_TMPDIR/again"
    "$BATS_TEST_DIRNAME/generate.py" "$BATS_TEST_TMPDIR/again"
    diff -r "$BATS_FILE_TMPDIR/cases" "$BATS_TEST_TMPDIR/again"
}
