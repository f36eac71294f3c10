#!/usr/bin/env bats
# Watching a run: the line on a terminal, `status --watch`, `--metrics-file`.

load ../lib/live

setup_file() { influxd_start; }
teardown_file() { influxd_stop; }
setup() {
    fresh_database
    SCREEN=$BATS_TEST_TMPDIR/screen
    METRICS=$BATS_TEST_TMPDIR/monasca.prom
    export TERM=xterm
}
teardown() {
    [ -z "${RUN:-}" ] || kill -KILL "$RUN" 2>/dev/null || true
    [ -z "${WATCHER:-}" ] || kill -KILL "$WATCHER" 2>/dev/null || true
    proxy_stop
    drop_databases
}

# 17 days of 144 points each for two tenants, one of them with a name of wide characters.
load_wide() {
    for tenant in 000000000000000000000000000000a0 日本語のテナント日本語のテナント日本語; do
        for i in {1..2400}; do echo "m,_tenant_id=$tenant value=$i $((NOW - i * 600000000000))"; done
    done | load_points
}

# A run of some seconds on a terminal: on_terminal COLUMNS[,COLUMNS...] [OPTION...]
on_terminal() {
    local sizes=$1
    shift
    "$LIB/terminal.py" "$SCREEN" "$sizes" "$PROGRAM" tenants run --config-file "$CONF" --state-dir "$STATE" \
        --max-rate 1500 --jobs 2 --migrate-time-unit d "$@"
}

# The same in the background, without a terminal.
start_run() {
    "$PROGRAM" tenants run --config-file "$CONF" --state-dir "$STATE" --max-rate 1500 --jobs 2 --migrate-time-unit d "$@" \
        >"$BATS_TEST_TMPDIR/run.out" 2>&1 3>&- &
    RUN=$!
}

# Starts a run that is held after some windows, so that who watches it is there before it goes on; `release` lets it.
start_held_run() {
    hold 5
    start_run
    wait_for 60 runs
}

runs() {
    tenants status --output json 2>/dev/null | holds -s '.[0].running and .[0].windows_done > 0'
}

# Starts `status --watch` in the background, as $WATCHER, and waits until it has told something: watch [OPTION...]
watch() {
    WATCHED=$BATS_TEST_TMPDIR/watched
    "$PROGRAM" tenants status --config-file "$CONF" --state-dir "$STATE" "$@" >"$WATCHED" 2>&1 3>&- &
    WATCHER=$!
    wait_for 60 test -s "$WATCHED"
}

# Its status, in $status, and what it said, in $output.
end_watch() {
    status=0
    wait "$WATCHER" || status=$?
    WATCHER=
    output=$(cat "$WATCHED")
}

# --- the line ------------------------------------------------------------------------------------

@test "the progress line fits terminals of 200, 80, 40, 20 and 10 columns" {
    load_wide
    for columns in 200 80 40 20 10; do
        on_terminal "$columns" --full >"$BATS_TEST_TMPDIR/out"
        "$LIB/terminal.py" check "$SCREEN" $((columns - 1))
        grep -q '[0-9]%' "$SCREEN"
    done
}

@test "the progress line follows a terminal whose size changes" {
    load_wide
    on_terminal 120,20 >"$BATS_TEST_TMPDIR/out"
    "$LIB/terminal.py" check "$SCREEN" 119
    python3 - "$SCREEN" <<'PYTHON'
import sys
text = open(sys.argv[1], encoding="utf-8", newline="").read()
lines = [part.split("\n")[-1] for part in text.split("\r\x1b[K") if "%" in part.split("\n")[-1]]
print(lines[0], lines[-1], sep="\n")
# The first has no rate yet, and no time left.
assert len(lines[0]) > 40 and len(lines[-1]) < 20
PYTHON
}

@test "a wide line shows how far, how fast, how long still, and for whom" {
    load_wide
    # Held, until there is enough to go by for all that a line can show, and something in flight.
    hold 12
    on_terminal 250 >"$BATS_TEST_TMPDIR/out" 3>&- &
    WATCHER=$!
    wait_until_held
    wait_for 60 grep -qE '[0-9]+%, [0-9]+s left, [0-9.]+k? points, [0-9.]+k?/s, tenants 0/2, windows [0-9]+/[0-9]+, [0-9] of [0-9] in flight, at (0000|日本語)' "$SCREEN"
    release
    wait "$WATCHER"
    WATCHER=
}

@test "a terminal that can't move its cursor gets lines, and no control character" {
    load_wide
    TERM=dumb on_terminal 80 >"$BATS_TEST_TMPDIR/out"
    grep -q '^Done: ' "$SCREEN"
    run -1 grep -P '[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]' "$SCREEN"
    run -1 grep -P '\r.' "$SCREEN"
    env -u TERM "$LIB/terminal.py" "$SCREEN" 80 "$PROGRAM" tenants run --config-file "$CONF" --state-dir "$STATE" --full >"$BATS_TEST_TMPDIR/out"
    grep -q '^Done: ' "$SCREEN"
    run -1 grep -P '[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]' "$SCREEN"
}

@test "nothing is coloured, with NO_COLOR and without" {
    load_wide
    on_terminal 80 >"$BATS_TEST_TMPDIR/out"
    grep -q '[0-9]%' "$SCREEN"
    run -1 grep -P '\x1b\[[0-9;]*m' "$SCREEN"
    NO_COLOR=1 on_terminal 80 --full >"$BATS_TEST_TMPDIR/out"
    grep -q '[0-9]%' "$SCREEN"
    run -1 grep -P '\x1b\[[0-9;]*m' "$SCREEN"
}

@test "--quiet draws nothing, and objects on a terminal have it to themselves" {
    load_wide
    on_terminal 80 --quiet >"$BATS_TEST_TMPDIR/out"
    grep -q '^Done: ' "$SCREEN"
    run -1 grep -q $'\x1b' "$SCREEN"
    on_terminal 80 --full --output json >"$BATS_TEST_TMPDIR/out"
    tr '\r' '\n' <"$SCREEN" | grep '"event":"window"' | holds .points >/dev/null
    run -1 grep -q '% *,.*{' "$SCREEN"
}

# --- status --watch ------------------------------------------------------------------------------

@test "status --watch tells in a pipe each change until the run ends, and then how it ended" {
    load_wide
    start_held_run
    watch --watch=200ms
    release
    end_watch
    expect_status 0
    [ "$(grep -c ' running: ' <<<"$output")" -ge 3 ]
    says 'running: [0-9]+%, .*points, .*tenants 0/2, windows'
    says 'The last run \(process [0-9]+\) is done\.'
    run -1 grep -P '[\x00-\x08\x0b-\x1f\x7f]' <<<"$output"
    # Each change once: without its time no line is like the one before.
    [ -z "$(grep ' running: ' <<<"$output" | cut -d' ' -f2- | uniq -d)" ]
}

@test "status --watch --output json gives an object a line, the last of the run that has ended" {
    load_wide
    start_held_run
    watch --watch=200ms --output json
    release
    end_watch
    expect_status 0
    holds -s 'length >= 3 and .[0].state == "running" and .[-1].state == "done" and .[-1].status == 0' "$WATCHED"
    [ "$(wc -l <"$WATCHED")" -eq "$(jq -n '[inputs] | length' "$WATCHED")" ]
    holds -s '[.[].windows_done] | length >= 3 and . == sort' "$WATCHED"
}

@test "status --watch draws one line on a terminal, and ends with the run" {
    load_wide
    start_held_run
    "$LIB/terminal.py" "$SCREEN" 40 "$PROGRAM" tenants status --watch --config-file "$CONF" --state-dir "$STATE" 3>&- &
    WATCHER=$!
    wait_for 60 grep -q '%' "$SCREEN"
    release
    wait "$WATCHER"
    WATCHER=
    "$LIB/terminal.py" check "$SCREEN" 39
    grep -q 'is done' "$SCREEN"
}

@test "status --watch of a run that is killed says so" {
    load_wide
    start_held_run
    watch --watch=100ms
    kill -KILL "$RUN"
    end_watch
    expect_status 1
    says 'is cut short'
    says 'killed, or the machine went down'
    RUN=
}

@test "Ctrl-C ends the watching and not the run; with no run at work the status is told at once" {
    load_wide
    start_held_run
    watch --watch
    kill -INT "$WATCHER"
    end_watch
    says 'is running'
    [ "$(tenants status --output json | jq .running)" = true ]
    release
    wait "$RUN"
    RUN=
    run -0 timeout 60 "$PROGRAM" tenants status --watch --config-file "$CONF" --state-dir "$STATE"
    says 'is done'
}

# --- metrics -------------------------------------------------------------------------------------

# The value of a metric: metric NAME[{LABELS}]
metric() {
    "$LIB/prometheus.py" "$METRICS" "monasca_migrate_$1"
}

@test "--metrics-file holds what the summary says, in Prometheus' format" {
    load_wide
    run_json events --metrics-file "$METRICS"
    expect_status 0
    "$LIB/prometheus.py" "$METRICS"
    [ "$(metric points_written_total)" = "$(summary "$EVENTS" points_written)" ]
    [ "$(metric 'windows{state="done"}')" = "$(summary "$EVENTS" windows_done)" ]
    [ "$(metric 'windows{state="open"}')" = 0 ]
    [ "$(metric 'tenants{state="done"}')" = 2 ]
    [ "$(metric statements_total)" = "$(summary "$EVENTS" statements)" ]
    [ "$(metric values_verified_total)" = "$(summary "$EVENTS" values_verified)" ]
    [ "$(metric exit_status)" = 0 ]
    [ "$(metric running)" = 0 ]
    [ "$(metric deltas_total)" = 1 ]
    now=$(date +%s)
    success=$(metric last_success_timestamp_seconds)
    [ "${success%.*}" -ge $((now - 60)) ]
    [ "$(stat -c %a "$METRICS")" = 644 ]
    [ ! -e "$METRICS.tmp" ]
    # Names that name no tenant.
    run -1 grep -q 'a0\|テナント' "$METRICS"
    command -v promtool >/dev/null || skip 'no promtool (prometheus)'
    promtool check metrics <"$METRICS"
}

@test "the metrics files of shards tell their samples apart, and remember the last success each" {
    load_wide
    promtool=$(command -v promtool) || true
    for shard in 1 2 1; do
        METRICS=$BATS_TEST_TMPDIR/$shard.prom
        tenants run --quiet --shard $shard/2 --metrics-file "$METRICS" >/dev/null
        "$LIB/prometheus.py" "$METRICS"
        [ -z "$promtool" ] || "$promtool" check metrics <"$METRICS"
        run -1 grep -v "^#\|[{]shard=\"$shard/2\"[,}]" "$METRICS"
    done
    [ "$(metric 'windows{shard="1/2",state="open"}')" = 0 ]
    [ "$(metric 'running{shard="1/2"}')" = 0 ]
    before=$(metric 'last_success_timestamp_seconds{shard="1/2"}')
    # No server: the last success is that of the run before.
    sed -i 's/^port = .*/port = 1/' "$CONF"
    run -4 tenants run --quiet --shard 1/2 --metrics-file "$METRICS"
    [ "$(metric 'last_success_timestamp_seconds{shard="1/2"}')" = "$before" ]
    [ -n "$promtool" ] || skip 'no promtool (prometheus)'
}

@test "--metrics-file is renewed while a run goes on, and each state of it is whole" {
    load_wide
    start_run --metrics-file "$METRICS" --follow=1s
    wait_for 60 test -e "$METRICS"
    for i in {1..40}; do
        "$LIB/prometheus.py" "$METRICS" >/dev/null
        sleep 0.1
    done
    [ "$(metric running)" = 1 ]
    run -1 metric exit_status
    wait_for 60 metric behind_seconds
    first=$(metric copied_until_timestamp_seconds)
    newer() { [ "$(metric copied_until_timestamp_seconds)" != "$first" ]; }
    wait_for 60 newer
    behind=$(metric behind_seconds)
    [ "${behind%.*}" -lt 20 ]
    [ "$(metric deltas_total)" -ge 2 ]
    points=$(metric points_written_total)
    kill -TERM "$RUN"
    wait "$RUN"
    RUN=
    [ "$(metric running)" = 0 ]
    [ "$(metric points_written_total)" -ge "$points" ]
}

@test "what failed is no success: the time of the last one stays, and how it ended is told" {
    write_points "m,_tenant_id=a value=1 $((NOW - 60000000000))"
    tenants run --quiet --metrics-file "$METRICS"
    success=$(metric last_success_timestamp_seconds)
    write_points "m,_tenant_id=a/b value=1 $((NOW - 60000000000))"
    run -1 tenants run --metrics-file "$METRICS"
    [ "$(metric last_success_timestamp_seconds)" = "$success" ]
    [ "$(metric exit_status)" = 1 ]
    run -1 metric copied_until_timestamp_seconds
    write_conf 'port = 1'
    run -4 tenants run --metrics-file "$METRICS"
    [ "$(metric last_success_timestamp_seconds)" = "$success" ]
    [ "$(metric exit_status)" = 4 ]
}

@test "a metrics file that can't be written keeps the run from beginning" {
    write_points "m,_tenant_id=a value=1 $((NOW - 60000000000))"
    run -3 tenants run --metrics-file "$BATS_TEST_TMPDIR/nowhere/file.prom"
    says 'error: --metrics-file: .*nowhere'
    says '^hint: '
    mkdir "$BATS_TEST_TMPDIR/directory.prom"
    run -3 tenants run --metrics-file "$BATS_TEST_TMPDIR/directory.prom"
    says '^error: --metrics-file: .*directory\.prom'
    ln -s "$BATS_TEST_TMPDIR/elsewhere" "$METRICS.tmp"
    run -3 tenants run --metrics-file "$METRICS"
    says '^error: --metrics-file: '
    [ ! -e "$BATS_TEST_TMPDIR/elsewhere" ]
    run -1 has_database "${DB}_a"
}

@test "a metrics file that can't be written any more is told once, and the run goes on" {
    load_wide
    mkdir "$BATS_TEST_TMPDIR/folder"
    start_run --metrics-file "$BATS_TEST_TMPDIR/folder/file.prom" --follow=1s
    wait_for 60 grep -q 'Delta 1' "$BATS_TEST_TMPDIR/run.out"
    mv "$BATS_TEST_TMPDIR/folder" "$BATS_TEST_TMPDIR/away"
    wait_for 60 grep -q 'Delta 4' "$BATS_TEST_TMPDIR/run.out"
    kill -TERM "$RUN"
    wait "$RUN"
    RUN=
    [ "$(grep -c 'metrics-file' "$BATS_TEST_TMPDIR/run.out")" -eq 1 ]
}

@test "the commands of docs/metrics.rst work, and it names every metric and no other" {
    load_wide
    tenants run --quiet --metrics-file "$METRICS"
    sed -n 's/^# TYPE monasca_migrate_\([a-z_]*\) .*/\1/p' "$METRICS" | sort >"$BATS_TEST_TMPDIR/written"
    sed -n '/^``/p' "$ROOT/docs/metrics.rst" | grep -oE '``[a-z_]+' | tr -d '`' | sort -u >"$BATS_TEST_TMPDIR/documented"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/written")" -ge 10 ]
    diff "$BATS_TEST_TMPDIR/documented" "$BATS_TEST_TMPDIR/written"
    awk '/::$/ { wanted = 1; next } wanted && /^    / { print substr($0, 5); next } wanted && /^$/ { print ""; next } { wanted = 0 }' \
        "$ROOT/docs/metrics.rst" | sed "s|/etc/monasca/persister.conf|$CONF|; s|/var/lib/prometheus/node-exporter|$BATS_TEST_TMPDIR|" \
        >"$BATS_TEST_TMPDIR/script"
    cd "$BATS_TEST_TMPDIR"
    ln -s "$PROGRAM" monasca-migrate
    PATH=$PWD:$PATH STATE_DIRECTORY=$STATE bash -eu script
    "$LIB/prometheus.py" "$BATS_TEST_TMPDIR/monasca-migrate.prom"
    grep -q 'alert: MonascaMigrateBehind' monasca-migrate.rules
}
