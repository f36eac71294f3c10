#!/usr/bin/env bats
# docs/adding-a-revision.rst, step by step.

load ../lib/live
load schema_helpers

setup_file() { mariadbd_start; }
teardown_file() { mariadbd_stop; }
setup() { fresh_mon; }
teardown() { drop_mon; }

# The literal blocks of the guide that hold this text, without their indentation.
block_with() {
    awk -v wanted="$1" '
        /^    / { block = block substr($0, 5) "\n"; next }
        /^$/ && block { block = block "\n"; next }
        { if (index(block, wanted)) printf "%s", block; block = "" }
        END { if (index(block, wanted)) printf "%s", block }' "$ROOT/docs/adding-a-revision.rst"
}

# Runs a block as a person would, in the folder of the test.
follow() {
    block_with "$1" >"$BATS_TEST_TMPDIR/block"
    [ -s "$BATS_TEST_TMPDIR/block" ] || return 1
    sed -i "s|^export URL=.*|export URL=$URL|; s|ID\\.txt|$id.txt|; s|^make check|env -u MAKEFLAGS make BUILD=build CC=${CC:-cc}|" "$BATS_TEST_TMPDIR/block"
    PATH=$BATS_TEST_TMPDIR/bin:$PATH sh -eux "$BATS_TEST_TMPDIR/block"
}

@test "the five steps of the guide add a column" {
    mkdir "$BATS_TEST_TMPDIR/bin" "$BATS_TEST_TMPDIR/work"
    ln -s "$PROGRAM" "$BATS_TEST_TMPDIR/bin/monasca-migrate"
    cd "$BATS_TEST_TMPDIR/work"
    id=

    follow 'schema revision --revisions-dir'
    file=$(echo *_add_a_note_to_alarms.sql)
    id=${file%%_*}
    [[ $id =~ ^[0-9a-f]{12}$ ]]
    grep -qx -- '-- revises: 26083b298bb7' "$file"

    { sed '/^-- upgrade$/,$d' "$file" && block_with '-- upgrade'; } >new
    mv new "$file"

    run -0 follow '--sql 26083b298bb7:head'
    [[ $output == *'ALTER TABLE alarm ADD COLUMN note varchar(255) NULL;'* ]]

    run -0 follow 'export URL='
    [[ $output == *'without drift'* ]]
    [ -n "$(sql "$MON" "SHOW COLUMNS FROM alarm LIKE 'note'")" ]
    expect_version "$id"

    mkdir tree
    cp -r "$ROOT/Makefile" "$ROOT/include" "$ROOT/src" "$ROOT/tests" tree/
    cp "$file" tree/
    cd tree
    export URL
    run -0 follow 'src/schema/states/'
    run -0 --separate-stderr build/monasca-migrate schema heads
    [ "$output" = "$id (head)" ]
    run -0 build/monasca-migrate schema check --connection "$URL"
    run -0 --separate-stderr build/monasca-migrate schema detect-revision --connection "$URL"
    [ "$output" = "$id" ]
}

@test "several heads, a missing parent, an id twice and a cycle name the files" {
    dir=$BATS_TEST_TMPDIR/revisions
    mkdir "$dir"
    write() { printf -- '-- revision: %s\n-- revises: %s\n-- message: m\n-- upgrade\n-- downgrade\n' "$2" "$3" >"$dir/$1.sql"; }
    write a aaaa 26083b298bb7
    write b bbbb 26083b298bb7
    run --separate-stderr -3 schema upgrade --revisions-dir "$dir"
    [[ $stderr == *"$dir/a.sql"*"$dir/b.sql"* ]]
    expect_one_line
    run -0 "$PROGRAM" schema heads --revisions-dir "$dir"
    [ "${#lines[@]}" -eq 2 ]
    write b aaaa 26083b298bb7
    run --separate-stderr -3 "$PROGRAM" schema history --revisions-dir "$dir"
    [[ $stderr == *"$dir/a.sql"*"$dir/b.sql"* ]]
    write b bbbb nowhere
    run --separate-stderr -3 "$PROGRAM" schema history --revisions-dir "$dir"
    [[ $stderr == *"$dir/b.sql"*nowhere* ]]
    write a aaaa bbbb
    write b bbbb aaaa
    run --separate-stderr -3 "$PROGRAM" schema history --revisions-dir "$dir"
    [[ $stderr == *cycle*"$dir/a.sql"* ]]
    printf -- '-- revision: x\n-- revises: 26083b298bb7\n-- upgrade\nDROP TABLE x\n' >"$dir/b.sql"
    run --separate-stderr -3 "$PROGRAM" schema history --revisions-dir "$dir"
    [[ $stderr == *"$dir/b.sql:4"* ]]
}

@test "a statement that fails says which of which file, and the corrected file goes on" {
    dir=$BATS_TEST_TMPDIR/revisions
    mkdir "$dir"
    file=$dir/x.sql
    printf -- '-- revision: xxxx\n-- revises: 26083b298bb7\n-- message: m\n-- upgrade\nALTER TABLE alarm ADD COLUMN one int;\nCREATE VIEW two AS SELECT nothing FROM alarm;\n-- downgrade\nDROP VIEW two;\nALTER TABLE alarm DROP COLUMN one;\n' >"$file"
    run --separate-stderr -1 schema upgrade --revisions-dir "$dir"
    [[ $stderr == *"statement 2 of 2 ($file:6)"*'1 of 2 statements of revision xxxx are done'* ]]
    expect_version "$HEAD"
    run --separate-stderr -1 schema upgrade
    [[ $stderr == *'interrupted in revision xxxx'*'--revisions-dir'* ]]
    sed -i 's/SELECT nothing/SELECT one/' "$file"
    run -0 schema upgrade --revisions-dir "$dir"
    expect_version xxxx
    expect_no_table_left
    run -0 schema downgrade --yes --revisions-dir "$dir" -1
    expect_head
}

@test "a revision that replaces a table, killed after any statement, goes on" {
    build_interrupt
    dir=$BATS_TEST_TMPDIR/revisions
    mkdir "$dir"
    cat >"$dir/x.sql" <<'SQL'
-- revision: xxxx
-- revises: 26083b298bb7
-- message: Replace a table
-- upgrade
CREATE TABLE scratch (x int);
RENAME TABLE metric_dimension TO metric_dimension_old;
CREATE TABLE metric_dimension (id int NOT NULL PRIMARY KEY, n int NOT NULL);
INSERT INTO metric_dimension VALUES (1, 1);
UPDATE metric_dimension SET n = n + 1;
ALTER TABLE metric_dimension DROP COLUMN n, ADD COLUMN m int NOT NULL DEFAULT 7;
DROP TABLE scratch;
-- downgrade
DROP TABLE metric_dimension;
RENAME TABLE metric_dimension_old TO metric_dimension;
SQL
    schema upgrade -q
    for ((at = 1; ; at++)); do
        interrupted after kill "$at" upgrade --revisions-dir "$dir"
        schema upgrade -q --revisions-dir "$dir"
        [ "$(sql "$MON" 'SELECT id, m FROM metric_dimension')" = "$(printf '1\t7')" ]
        run -0 schema check --revisions-dir "$dir"
        expect_no_table_left
        schema downgrade -q --yes --revisions-dir "$dir" -1
        expect_head
        [ "$ended" -ne 0 ] || break
    done
    [ "$at" -gt 30 ]
}
