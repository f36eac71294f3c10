#!/usr/bin/env bats
# Several runs that divide the tenants: --shard I/N.

load ../lib/live

setup_file() {
    influxd_start
}

teardown_file() {
    influxd_stop
}

setup() {
    fresh_database
}

teardown() {
    proxy_stop
    drop_databases
}

# The shard of a tenant, as docs/operator-guide.rst says to compute it.
shard_of() {
    echo $((0x$(printf %s "$1" | sha256sum | cut -c 1-15) % $2 + 1))
}

# Points of 9 tenants.
load_tenants() {
    generate small --tenants 9 --weeks 2 --per-week 40 | load_points
}

tenants_of_source() {
    tenants plan --full --output json | jq -r '.tenants[].tenant'
}

copied() {
    databases | grep "^${DB}_" | sed "s/^${DB}_//" | sort
}

shard_files() {
    find "$STATE" -name '*.shard-*.journal' | wc -l
}

@test "shards copy their tenants and no others, by a hash that a shell can compute" {
    load_tenants
    tenants_of_source >"$BATS_TEST_TMPDIR/tenants"
    for shard in 1 2 3; do
        while read -r tenant; do
            [ "$(shard_of "$tenant" 3)" -ne "$shard" ] || echo "$tenant"
        done <"$BATS_TEST_TMPDIR/tenants" | sort >"$BATS_TEST_TMPDIR/$shard"
        [ "$(tenants plan --shard "$shard/3" --output json | jq -r '.tenants[].tenant' | sort)" = "$(cat "$BATS_TEST_TMPDIR/$shard")" ]
    done
    [ -s "$BATS_TEST_TMPDIR/1" ]
    run_json first --shard 1/3
    expect_status 0
    expect_field points_skipped 0
    [ "$(copied)" = "$(cat "$BATS_TEST_TMPDIR/1")" ]
    run_json second --shard 2/3
    expect_status 0
    [ "$(copied)" = "$(sort "$BATS_TEST_TMPDIR/1" "$BATS_TEST_TMPDIR/2")" ]
    run_json third --shard 3/3
    expect_status 0
    compare
}

@test "shards run at the same time with one state directory; status, plan and verify see all of them" {
    load_tenants
    # None of them is done before the others have begun.
    hold 4
    for shard in 1 2 3; do
        tenants run --shard "$shard/3" >"$BATS_TEST_TMPDIR/out.$shard" 2>&1 3>&- &
        pids+=($!)
    done
    all_are_at_work() {
        [ "$(tenants status --output json | jq '[.shards[] | select(.running)] | length')" -eq 3 ]
    }
    wait_for 60 all_are_at_work
    # A run of all, and one of another division, keep away.
    run tenants run
    expect_status 1
    says 'another run is at work'
    run tenants run --shard 1/2
    expect_status 1
    says 'run with --shard ./3 is at work'
    tenants status --watch=100ms --output json >"$BATS_TEST_TMPDIR/watched" 3>&- &
    watcher=$!
    wait_for 60 test -s "$BATS_TEST_TMPDIR/watched"
    release
    wait "$watcher"
    holds -s 'length > 1 and .[0].windows_done < .[-1].windows_done and (.[-1].running | not)' "$BATS_TEST_TMPDIR/watched"
    for pid in "${pids[@]}"; do wait "$pid"; done
    compare
    run tenants status --output json
    [ "$status" -eq 0 ]
    [ "$(jq -r '[.shards[].shard] | join(" ")' <<<"$output")" = "1/3 2/3 3/3" ]
    holds '.tenants_total == 9 and .tenants_done == 9 and (.windows_done == ([.shards[].windows_done] | add))' <<<"$output"
    run tenants status
    [ "$status" -eq 0 ]
    says 'shard 2/3 +done'
    run tenants report --output json
    [ "$status" -eq 0 ]
    holds '(.tenants | length) == 9 and (.runs | length) == 3 and (.shards | length) == 3' <<<"$output"
    run tenants verify
    [ "$status" -eq 0 ]
    says 'windows of 9 tenants are whole'
    run tenants verify --shard 2/3 --deep
    [ "$status" -eq 0 ]
    says_not 'windows of 9 tenants'
}

@test "a run without --shard doesn't copy again what shards did, and makes one journal of theirs" {
    load_tenants
    run_json first --shard 1/2
    run_json second --shard 2/2
    copied_points=$(($(summary "$BATS_TEST_TMPDIR/first" points_written) + $(summary "$BATS_TEST_TMPDIR/second" points_written)))
    [ "$(shard_files)" -eq 2 ]
    run_json all --overlap 0s
    expect_status 0
    expect_field points_written 0
    [ "$copied_points" -gt 0 ]
    [ "$(shard_files)" -eq 0 ]
    run tenants verify
    [ "$status" -eq 0 ]
    says 'windows of 9 tenants are whole'
    [ "$(sqlite3 "$STATE"/*.journal 'SELECT count(*) FROM run')" -eq 3 ]
}

@test "a shard takes over its tenants from a run of all, and another division takes over from shards" {
    load_tenants
    run_json all
    for division in 2 3; do
        for shard in $(seq "$division"); do
            run_json "shard$shard" --shard "$shard/$division" --overlap 0s
            expect_status 0
            expect_field points_written 0
        done
    done
    # Each tenant stands in one file.
    for file in "$STATE"/*.journal; do sqlite3 "$file" 'SELECT DISTINCT tenant FROM coverage'; done | sort >"$BATS_TEST_TMPDIR/tenants"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/tenants")" -eq 9 ]
    [ -z "$(uniq -d "$BATS_TEST_TMPDIR/tenants")" ]
    # What fails in a shard is not covered by what another file remembers.
    victim=$(copied | head -n 1)
    influx "DROP DATABASE ${DB}_$victim" >/dev/null
    run_json again --shard "$(shard_of "$victim" 3)/3"
    expect_status 0
    [ "$(summary "$EVENTS" points_written)" -gt 0 ]
    compare
}

@test "the report goes by the newest run of each shard, and names those that failed or never ran" {
    load_tenants
    verdict() { tenants report --output json | holds "$@"; }
    tenants run --shard 1/3 --quiet >/dev/null
    # It may have a directory of its own.
    verdict '.verdict == "done in part" and ([.shards[].state] == ["done", "never ran", "never ran"])'
    run -0 tenants report
    says 'This is shard 1/3 alone'
    "$PROGRAM" tenants run --config-file "$CONF" --state-dir "$STATE" --shard 2/3 --max-rate 100 >/dev/null 2>&1 3>&- &
    pid=$!
    at_work() { verdict '.verdict == "running" and .shards[1].running'; }
    wait_for 20 at_work
    kill -KILL $pid
    wait $pid || true
    # A newer run of another shard is well; the verdict isn't.
    tenants run --shard 1/3 --quiet >/dev/null
    run -0 tenants report
    says 'not finished'
    says 'shards +1/3 done; 2/3 cut short; 3/3 never ran'
    verdict '.verdict == "not finished" and (.next[0].why | contains("shard 2/3")) and (.next[1].why | contains("3/3 never ran"))'
    # The commands that it gives finish it, and the last of the three is not the first to be done.
    tenants report --output json | jq -r '.next[] | .command // empty' | head -n 2 >"$BATS_TEST_TMPDIR/next"
    [ "$(grep -c -- '--shard [23]/3' "$BATS_TEST_TMPDIR/next")" -eq 2 ]
    while read -r command; do eval "${command/monasca-migrate/\"\$PROGRAM\"}" >/dev/null 2>&1 </dev/null; done <"$BATS_TEST_TMPDIR/next"
    verdict '.verdict == "done and verified" and all(.shards[]; .state == "done")'
    compare
}

@test "a state directory for each shard does as well" {
    load_tenants
    for shard in 1 2; do
        STATE=$BATS_TEST_TMPDIR/state$shard tenants run --shard "$shard/2" 2>/dev/null
    done
    compare
}

@test "a shard that was killed goes on where it was" {
    load_tenants
    hold 5
    "$PROGRAM" tenants run --config-file "$CONF" --state-dir "$STATE" --shard 1/2 --jobs 1 >/dev/null 2>&1 3>&- &
    pid=$!
    # shellcheck disable=SC2016  # eval expands
    wait_for 60 eval '[ "$(tenants status --output json 2>/dev/null | jq .windows_done)" -ge 1 ]'
    kill -KILL "$pid"
    wait "$pid" 2>/dev/null || true
    release
    run tenants status
    [ "$status" -eq 1 ]
    says 'cut short'
    run_json second --shard 1/2
    expect_status 0
    run_json other --shard 2/2
    expect_status 0
    compare
}

@test "--shard of a wrong form is wrong usage, with an example" {
    for wrong in 0/2 3/2 2 1/0 /2 1/ 1/2x x/2 -1/2 1/1001; do
        run tenants run --shard "$wrong"
        expect_status 2
        says 'no I/N'
        says 'hint: .*--shard 1/4'
    done
}
