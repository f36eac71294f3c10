#!/usr/bin/env bats
# The bench, with the least data: every figure comes out, and is written where it belongs.

load ../lib/live

# parts PAGE DO: what awk does with the lines outside of the parts that the bench writes; `begins`: one
# begins behind this line.
parts() {
    awk "/^\.\. bench: end/ { inside = 0 } { begins = /^\.\. bench: / && !/: end/ } !inside { $2 } begins { inside = 1 }" "$1"
}

setup_file() {
    DOCS=$BATS_FILE_TMPDIR/docs
    mkdir "$DOCS"
    export DOCS
    for page in performance.rst scaling.rst; do
        parts "$ROOT/docs/$page" 'print; if (begins) print "\nnothing yet\n"' >"$DOCS/$page"
        grep -q 'nothing yet' "$DOCS/$page"
    done
    "$ROOT/tests/bench/bench.py" --size smoke --out "$BATS_FILE_TMPDIR/out" --record "$DOCS" \
        >"$BATS_FILE_TMPDIR/said" 2>"$BATS_FILE_TMPDIR/steps" || {
        cat "$BATS_FILE_TMPDIR/steps"
        return 1
    }
}

said() {
    grep -qF -- "$1" "$BATS_FILE_TMPDIR/said" || {
        echo "not said: $1"
        cat "$BATS_FILE_TMPDIR/said"
        return 1
    }
}

@test "make bench prints every row of the table, each with a figure and whether it is met" {
    for row in 'server to the old pattern, dense, the weeks that there are' \
        'the same, wide, at the old default of 520 weeks' 'server to the bare replay of its statements' \
        'stream to reading alone plus writing alone, two in flight each' 'verified to unverified run, server' \
        'the same, stream' 'rerun with nothing new' 'memory of a run' 'plan of 1,000 measurements x 500 tenants' \
        'plan of 10,000 tenants'; do
        grep -E "^$row  .*[0-9].*  (met|not met)" "$BATS_FILE_TMPDIR/said" || {
            echo "no row: $row"
            cat "$BATS_FILE_TMPDIR/said"
            return 1
        }
    done
}

@test "every way is there with a time in each shape, and the model with its three cases" {
    for way in 'the old pattern, the weeks that there are' 'the old pattern, 520 weeks' 'bare replay' 'server, not verified' \
        'server  ' 'reading alone' 'writing alone' 'stream --jobs 2' 'stream, not verified' 'stream  ' 'rerun' 'plan  '; do
        grep -E "^$way.*( [0-9.,]+ [sh]\>.*){3}" "$BATS_FILE_TMPDIR/said" || {
            echo "no row: $way"
            cat "$BATS_FILE_TMPDIR/said"
            return 1
        }
    done
    for case in '40 GB' '1 TB' '10,000 tenants'; do said "$case"; done
    said 'bytes'
}

@test "the pages get their figures, and keep all else" {
    for page in performance.rst scaling.rst; do
        run grep -c 'nothing yet' "$DOCS/$page"
        [ "$output" -eq 0 ]
        diff <(parts "$ROOT/docs/$page" print) <(parts "$DOCS/$page" print)
        awk 'length($0) > 120 { print FILENAME ": " $0; bad = 1 } END { exit bad }' "$DOCS/$page"
    done
}

@test "recording the same figures twice changes nothing, and docutils reads the pages" {
    cp -r "$DOCS" "$BATS_TEST_TMPDIR/before"
    "$ROOT/tests/bench/bench.py" --from "$BATS_FILE_TMPDIR/out/results.json" --out "$BATS_TEST_TMPDIR/out" \
        --record "$DOCS" >/dev/null 2>&1
    diff -r "$BATS_TEST_TMPDIR/before" "$DOCS"
    rst2html=$(command -v rst2html || command -v rst2html.py) || skip 'no rst2html (python3-docutils)'
    for page in performance.rst scaling.rst; do
        "$rst2html" --halt=2 --syntax-highlight=none "$DOCS/$page" >"$BATS_TEST_TMPDIR/page.html"
        grep -q '<table' "$BATS_TEST_TMPDIR/page.html"
    done
}

@test "the picture is XML with a curve for each way in four panels" {
    /usr/bin/python3 - "$DOCS/performance.svg" <<'END'
import sys
import xml.etree.ElementTree as tree

root = tree.parse(sys.argv[1]).getroot()
curves = [path for path in root.iter("{http://www.w3.org/2000/svg}path") if "curve" in path.get("class", "")]
# One of each in the legend, and one of each in each panel.
assert len(curves) == 6 * 5, len(curves)
END
}

@test "a way that copies less than all has no time: the bench ends with an error" {
    # A program that says that all is well, and copies nothing.
    mkdir "$BATS_TEST_TMPDIR/build"
    printf '#!/bin/sh\necho "{}"\n' >"$BATS_TEST_TMPDIR/build/monasca-migrate"
    chmod +x "$BATS_TEST_TMPDIR/build/monasca-migrate"
    BUILD=$BATS_TEST_TMPDIR/build run "$ROOT/tests/bench/bench.py" --size smoke --only dense --out "$BATS_TEST_TMPDIR/out"
    [ "$status" -eq 1 ]
    [[ "$output" == *'copied 0 of 72 points'* ]]
}
