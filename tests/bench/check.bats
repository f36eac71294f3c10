#!/usr/bin/env bats
# What `tenants check` costs beside copying: `make check-cost`. Prints wall time, and the processor's time of the server,
# which waiting doesn't take. The check settles for a second.

load ../lib/live
load ../lib/check

setup_file() { influxd_start data.query-log-enabled=false http.log-enabled=false; }
teardown_file() { influxd_stop; }
setup() { fresh_database; }
teardown() { drop_databases; }

# The processor's time of the server so far, in milliseconds.
processor_ms() {
    awk -v tick="$(getconf CLK_TCK)" '{ print int(($14 + $15) * 1000 / tick) }' "/proc/$(cat "$INFLUX_DIR/pid")/stat"
}

# Runs a command and prints what it took: took WHAT COMMAND...
took() {
    local what=$1 began before
    shift
    began=$(date +%s%N)
    before=$(processor_ms)
    "$@"
    echo "$what: $((($(date +%s%N) - began) / 1000000)) ms, $(($(processor_ms) - before)) ms of the server's processor" >&3
}

@test "967,680 points with 2 fields: copying, and three checks" {
    generate bulk --measurements 60 --tenants 8 --weeks 6 --per-week 336 | load_points
    took copying run_json first
    expect_status 0
    for _ in 1 2 3; do
        took check check
        says_yes
    done
}
