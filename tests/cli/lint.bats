#!/usr/bin/env bats
# The checks of tests/lint that keep the plan of the house, on a small tree: each passes on it, and fails once it is broken.

ROOT=$(cd "${BATS_TEST_DIRNAME%%/tests/*}" && pwd)

# A tree of three rooms in tenants and one in cmd, each with one function; run calls servers calls plan.
setup() {
    export LC_ALL=C.UTF-8
    TREE=$BATS_TEST_TMPDIR/tree
    module tenants/plan/plan plan_build ''
    module tenants/servers/servers servers_find plan_build '#include "tenants/plan/plan.h"'
    module tenants/run/run run_start task_new '#include "tenants/servers/servers.h"' '#include "task.h"'
    module tenants/run/task task_new servers_find '#include "tenants/servers/servers.h"' '#include "task.h"'
    mv "$TREE/include/tenants/run/task.h" "$TREE/src/tenants/run/task.h"
    sed -i '/run\/task.h/d' "$TREE/src/tenants/run/task.c"
    module cmd/tenants/tenants tenants_run run_start '#include "tenants/run/run.h"'
    printf '#include "cmd/tenants/tenants.h"\nint main(void)\n{\n    return tenants_run();\n}\n' | write src/main.c
    printf '#include "../../../../src/tenants/run/task.h"\n' | write tests/unit/tenants/run/test_task.c
    write Makefile <<'END'
SOURCES := $(shell find src -name '*.c')
all: $(SOURCES:src/%.c=$(BUILD)/obj/%.o)
$(BUILD)/obj/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) -Iinclude -Wall $(CFLAGS) -c -o $@ $<
END
}

# Writes standard input to a file of the tree.
write() {
    mkdir -p "$TREE/$(dirname "$1")"
    cat >"$TREE/$1"
}

# module PATH FUNCTION CALLED [INCLUDE...]: a .c file with a function that calls another, and its header.
module() {
    local path=$1 function=$2 called=$3 guard
    shift 3
    guard=$(tr a-z/ A-Z_ <<<"$path")_H
    printf '%s\n' "/* What $function is for. */" "#ifndef $guard" "#define $guard" "int $function(void);" '#endif' |
        write "include/$path.h"
    printf '%s\n' "#include \"$path.h\"" "$@" "int $function(void)" '{' "    return ${called:+$called() +} 1;" '}' |
        write "src/$path.c"
}

# Puts a line in front of a file of the tree.
put_before() {
    sed -i "1i\\$2" "$TREE/$1"
}

lint() {
    run env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL LINT_TREE="$TREE" "$ROOT/tests/lint" "$@"
}

# The last lint was content.
assert_clean() {
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$output" = 'lint: clean' ]
}

# The last lint failed, and among its lines are these.
assert_finds() {
    local line
    echo "$output"
    [ "$status" -eq 1 ]
    for line in "$@"; do
        grep -qxF -- "$line" <<<"$output" || {
            echo "no line says: $line"
            return 1
        }
    done
}

needs_compiler() {
    command -v gcc >/dev/null || skip 'no gcc'
    command -v nm >/dev/null || skip 'no nm'
}

@test "a tree that keeps the plan is clean" {
    needs_compiler
    lint floors private sizes headers names circles
    assert_clean
}

@test "floors: a room doesn't include a room above it, nor a floor above its own" {
    put_before src/tenants/plan/plan.c '#include "tenants/run/run.h"'
    put_before include/tenants/servers/servers.h '#include "cmd/tenants/tenants.h"'
    lint floors
    assert_finds 'src/tenants/plan/plan.c:1: tenants/plan may not include tenants/run (tenants/run/run.h)' \
        'include/tenants/servers/servers.h:1: tenants/servers may not include cmd/tenants (cmd/tenants/tenants.h)'
}

@test "floors: report doesn't include run, nor run report" {
    module tenants/report/report report_read ''
    put_before src/tenants/report/report.c '#include "tenants/run/run.h"'
    put_before src/tenants/run/run.c '#include "tenants/report/report.h"'
    lint floors
    assert_finds 'src/tenants/report/report.c:1: tenants/report may not include tenants/run (tenants/run/run.h)' \
        'src/tenants/run/run.c:1: tenants/run may not include tenants/report (tenants/report/report.h)'
}

@test "floors: delta may include run and loss; loss includes no delta, and a loose file that no rule names no room" {
    module tenants/loss loss_find '' '#include "tenants/run/run.h"'
    module tenants/delta delta_read '' '#include "tenants/run/run.h"' '#include "tenants/loss.h"'
    lint floors
    assert_clean
    put_before src/tenants/loss.c '#include "tenants/delta.h"'
    module tenants/lossless lossless_find '' '#include "tenants/run/run.h"'
    lint floors
    assert_finds 'src/tenants/loss.c:1: tenants/loss may not include tenants/delta (tenants/delta.h)' \
        'src/tenants/lossless.c:2: tenants may not include tenants/run (tenants/run/run.h)'
}

@test "floors: rooms of cmd share what stands loose in cmd, and don't include each other" {
    module cmd/command command_run '' '#include "cmd/help/help.h"'
    module cmd/help/help help_print '' '#include "cmd/command.h"'
    module cmd/schema/schema schema_run '' '#include "cmd/command.h"'
    lint floors
    assert_clean
    put_before src/cmd/schema/schema.c '#include "cmd/tenants/tenants.h"'
    put_before src/cmd/tenants/tenants.c '#include "cmd/help/help.h"'
    lint floors
    assert_finds 'src/cmd/schema/schema.c:1: cmd/schema may not include cmd/tenants (cmd/tenants/tenants.h)' \
        'src/cmd/tenants/tenants.c:1: cmd/tenants may not include cmd/help (cmd/help/help.h)'
}

@test "floors: a room that the table doesn't have is named" {
    module attic/old old_find ''
    lint floors
    assert_finds 'src/attic/old.c: no room of this name is in tests/lint.d/house.py'
}

@test "floors: libraries and calls stay in their rooms; a comment may name them" {
    module http/loop loop_run ''
    put_before src/http/loop.c '#include <curl/curl.h> /* curl_multi_init() */'
    put_before src/tenants/run/run.c '/* exit() and curl_multi_init() */'
    put_before src/main.c '#define STOP exit(1)'
    lint floors
    assert_clean
    put_before src/tenants/run/run.c '#include <curl/curl.h>'
    put_before src/tenants/plan/plan.c '#define STOP _exit(1)'
    put_before src/tenants/servers/servers.c '#define MULTI curl_multi_init()'
    put_before src/cmd/tenants/tenants.c '#include <sqlite3.h>'
    lint floors
    assert_finds 'src/tenants/run/run.c:1: tenants/run may not include <curl/curl.h>: that is for http' \
        'src/tenants/plan/plan.c:1: only main.c ends the program' \
        'src/tenants/servers/servers.c:1: only http/ calls curl_multi' \
        'src/cmd/tenants/tenants.c:1: cmd/tenants may not include <sqlite3.h>: that is for tenants/journal tenants/rejects'
}

@test "floors: an exit status is named, and no number" {
    put_before src/cmd/tenants/tenants.c '#define END(n) rc = (n) ? STATUS_IN_PART : STATUS_DONE;'
    put_before src/tenants/plan/plan.c '#define COMPARE(a, b) return (a) < (b) ? -1 : (a) > (b) ? 1 : 0;'
    lint floors
    assert_clean
    put_before src/cmd/tenants/tenants.c '#define END_OF(n) rc = (n) ? 1 : 0;'
    put_before src/tenants/plan/plan.c '#define END_OF(n) status = (n).fine ? 0 : 1;'
    put_before src/tenants/run/run.c '#define END_OF(n) return (n).failing ? 1 : 0;'
    lint floors
    assert_finds 'src/cmd/tenants/tenants.c:1: an exit status is named: STATUS_DONE, STATUS_IN_PART' \
        'src/tenants/plan/plan.c:1: an exit status is named: STATUS_DONE, STATUS_IN_PART' \
        'src/tenants/run/run.c:1: an exit status is named: STATUS_DONE, STATUS_IN_PART'
}

@test "private: a header in src/ is included in its own folder only, whatever the path" {
    put_before src/cmd/tenants/tenants.c '#include "../../tenants/run/task.h"'
    module tenants/loss loss_find '' '#include "run/task.h"'
    put_before src/tenants/servers/servers.c '#include "tenants/run/task.h"'
    put_before include/tenants/run/run.h '#include "../../../src/tenants/run/task.h"'
    lint private
    assert_finds 'src/cmd/tenants/tenants.c:1: src/tenants/run/task.h is private to src/tenants/run' \
        'src/tenants/loss.c:2: there is no include/run/task.h' \
        'src/tenants/servers/servers.c:1: there is no include/tenants/run/task.h' \
        'include/tenants/run/run.h:1: src/tenants/run/task.h is private to src/tenants/run'
}

@test "private: a unit test includes the private headers of the room that it mirrors, and of no other" {
    printf '#include "../../../../src/tenants/run/task.h"\n' | write tests/unit/tenants/plan/test_plan.c
    lint private
    assert_finds 'tests/unit/tenants/plan/test_plan.c:1: src/tenants/run/task.h is private to src/tenants/run'
    [[ $output != *test_task.c* ]]
}

@test "private: a header without a folder stands beside its file, and public ones are named from include/ on" {
    put_before src/tenants/run/run.c '#include "servers.h"'
    put_before include/tenants/run/run.h '#include "../servers/servers.h"'
    lint private
    assert_finds 'src/tenants/run/run.c:1: there is no src/tenants/run/servers.h' \
        'include/tenants/run/run.h:1: ../servers/servers.h: write "tenants/servers/servers.h"'
}

@test "circles: two files that call each other are named with the functions" {
    needs_compiler
    module tenants/run/task task_new run_start '#include "tenants/run/run.h"'
    lint circles
    assert_finds 'src/tenants/run/run.c: stands in a circle of 2 files that call each other:' \
        '    src/tenants/run/run.c -> src/tenants/run/task.c: task_new' \
        '    src/tenants/run/task.c -> src/tenants/run/run.c: run_start'
}

@test "circles: a circle over three rooms is found, and those who only call into it are not in it" {
    needs_compiler
    module tenants/plan/plan plan_build task_new
    printf 'int task_new(void);\n' >>"$TREE/include/tenants/plan/plan.h"
    lint circles
    assert_finds 'src/tenants/plan/plan.c: stands in a circle of 3 files that call each other:' \
        '    src/tenants/plan/plan.c -> src/tenants/run/task.c: task_new' \
        '    src/tenants/run/task.c -> src/tenants/servers/servers.c: servers_find' \
        '    src/tenants/servers/servers.c -> src/tenants/plan/plan.c: plan_build'
    [[ $output != *run/run.c* ]]
}

@test "circles: a tree that doesn't compile is not clean" {
    needs_compiler
    put_before src/main.c '#error broken'
    lint circles
    assert_finds 'lint: circles: the build fails'
}

@test "names: what a .c file exports, a header of its own room declares" {
    needs_compiler
    printf 'int plan_count;\n' >>"$TREE/src/tenants/plan/plan.c"
    printf 'extern int plan_count;\n' >>"$TREE/include/tenants/servers/servers.h"
    lint names
    assert_finds 'src/tenants/plan/plan.c: exports plan_count, which no header of tenants/plan declares'
    printf 'extern int plan_count;\n' | write src/tenants/plan/count.h
    lint names
    assert_clean
}

@test "sizes: a file has at most 900 lines" {
    yes '/* line */' | head -n 900 | write src/tenants/run/long.c
    lint sizes
    assert_clean
    echo >>"$TREE/src/tenants/run/long.c"
    lint sizes
    assert_finds 'src/tenants/run/long.c: 901 lines; at most 900'
}

@test "sizes: a room has at most 20 .c files" {
    for number in {3..20}; do
        write "src/tenants/run/file$number.c" </dev/null
    done
    lint sizes
    assert_clean
    write src/tenants/run/file21.c </dev/null
    lint sizes
    assert_finds 'src/tenants/run: 21 .c files; at most 20'
}

@test "sizes: at most four files of a floor stand beside its rooms; a floor without rooms, or a room, may have more" {
    for name in a b c d; do
        write "src/tenants/$name.c" </dev/null
        write "src/base/$name.c" </dev/null
        write "src/cmd/tenants/$name.c" </dev/null
    done
    write src/base/e.c </dev/null
    write src/cmd/tenants/report/text.c </dev/null
    lint sizes
    assert_clean
    write src/tenants/e.h </dev/null
    lint sizes
    assert_finds 'src/tenants: 5 files stand beside its rooms (a.c b.c c.c d.c e.h); at most 4'
}

@test "sizes: include/ and tests/unit have the folders of src/" {
    write include/tenants/rejects/rejects.h </dev/null
    write tests/unit/run/test_run.c </dev/null
    lint sizes
    assert_finds 'include/tenants/rejects/rejects.h: there is no src/tenants/rejects with .c files' \
        'tests/unit/run/test_run.c: there is no src/run with .c files'
}

@test "sizes: a public header has a .c file of its name, or a reason" {
    write src/schema/shape/ddl_parse.c </dev/null
    write include/schema/shape/ddl.h </dev/null
    lint sizes
    assert_clean
    write include/schema/words.h </dev/null
    lint sizes
    assert_finds 'include/schema/words.h: there is no src/schema/words.c, and no reason in WITHOUT_SOURCE'
}

@test "a check that doesn't exist is refused" {
    lint floor
    [ "$status" -eq 2 ]
    [ "$output" = "tests/lint: there is no check 'floor'" ]
}
