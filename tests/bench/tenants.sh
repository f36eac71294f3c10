#!/bin/sh
# Compares ways of copying the same data on one private server, one after the other, in one run:
#
#     reference   one statement for each measurement, tenant and week, one at a time, as the old script has it
#     replay      one statement for each tenant and shard group over all measurements, JOBS in flight, bare
#     run         monasca-migrate tenants run
#     rerun       the same again, with nothing new
#     plan        monasca-migrate tenants plan
#
# Sizes, by environment: MEASUREMENTS (20), TENANTS (10), WEEKS (8), PER_WEEK (168) points a series, JOBS (4),
# REFERENCE_WEEKS (WEEKS + 1): how many weeks the reference asks for; the old script's default is 520. ROUNDS (1):
# each is done so often, and the best counts. The issue's size: MEASUREMENTS=60 TENANTS=20 WEEKS=13 PER_WEEK=336.
set -eu
cd "$(dirname "$0")/../.."

MEASUREMENTS=${MEASUREMENTS:-20}
TENANTS=${TENANTS:-10}
WEEKS=${WEEKS:-8}
PER_WEEK=${PER_WEEK:-168}
JOBS=${JOBS:-4}
REFERENCE_WEEKS=${REFERENCE_WEEKS:-$((WEEKS + 1))}
ROUNDS=${ROUNDS:-1}
program=${BUILD:-build}/monasca-migrate
points=$((MEASUREMENTS * TENANTS * WEEKS * PER_WEEK))

export OWNER=$$
dir=$(mktemp -d "${TMPDIR:-/tmp}/monasca-bench.XXXXXX")
cleanup() {
    trap '' INT TERM HUP
    [ ! -d "$dir/influxd" ] || tests/lib/influxd stop "$dir/influxd"
    rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

INFLUX_URL=$(tests/lib/influxd start "$dir/influxd" http.log-enabled=false data.query-log-enabled=false)
export INFLUX_URL
influx() {
    tests/lib/influx.py query "$1" >"$dir/reply" || {
        cat "$dir/reply" >&2
        return 1
    }
}

echo "$points points: $MEASUREMENTS measurements x $TENANTS tenants x $WEEKS weeks x $PER_WEEK; $JOBS in flight; $(nproc) cores" >&2
influx 'CREATE DATABASE mon'
now=$(date +%s)000000000
start=$(date +%s.%N)
tests/lib/generate.py bulk --now "$now" --measurements "$MEASUREMENTS" --tenants "$TENANTS" --weeks "$WEEKS" \
    --per-week "$PER_WEEK" | tests/lib/influx.py load mon
echo "$start $(date +%s.%N) $points" | awk '{ printf "loaded at %d points/s\n", $3 / ($2 - $1) }' >&2

cat >"$dir/persister.conf" <<END
[influxdb]
database_name = mon
ip_address = 127.0.0.1
port = ${INFLUX_URL##*:}
END

drop_targets() {
    tests/lib/influx.py query --csv 'SHOW DATABASES' | awk -F, '$NF ~ /^mon_/ { print $NF }' | while read -r name; do
        influx "DROP DATABASE \"$name\""
    done
}

program_run() {
    "$program" tenants run --config-file "$dir/persister.conf" --state-dir "$dir/state" --jobs "$JOBS" --quiet \
        >"$dir/out" 2>&1 || {
        cat "$dir/out" >&2
        return 1
    }
}
run_once() {
    rm -rf "$dir/state"
    program_run
}
rerun() {
    program_run
}
plan() {
    "$program" tenants plan --config-file "$dir/persister.conf" --state-dir "$dir/state" >"$dir/out" 2>&1
}
reference() {
    tests/bench/copy.py reference --weeks "$REFERENCE_WEEKS" --now "$now"
}
replay() {
    tests/bench/copy.py replay --jobs "$JOBS"
}

# measure NAME FUNCTION: the best of ROUNDS, in seconds, into $dir/NAME
measure() {
    best=
    round=0
    while [ "$round" -lt "$ROUNDS" ]; do
        round=$((round + 1))
        case $1 in rerun | plan) ;; *) drop_targets ;; esac
        start=$(date +%s.%N)
        "$2"
        best=$(echo "$start $(date +%s.%N) ${best:-0}" |
            awk '{ s = $2 - $1; printf "%.3f", $3 == 0 || s < $3 ? s : $3 }')
    done
    echo "$best" >"$dir/$1"
    echo "$1: $best s" >&2
}

# Every way must have copied everything, or its time says nothing.
check() {
    got=0
    for name in $(tests/lib/influx.py query --csv 'SHOW DATABASES' | awk -F, '$NF ~ /^mon_/ { print $NF }'); do
        n=$(tests/lib/influx.py query --csv "SELECT count(value) FROM \"$name\"../.*/" |
            awk -F, '$NF ~ /^[0-9]+$/ { n += $NF } END { print n + 0 }')
        got=$((got + n))
    done
    if [ "$got" != "$points" ]; then
        echo "$1 copied $got of $points points" >&2
        exit 1
    fi
}

measure reference reference
check reference
measure replay replay
check replay
measure run run_once
check run
measure rerun rerun
check rerun
measure plan plan

echo
awk -v points="$points" -v dir="$dir" -v reference_weeks="$REFERENCE_WEEKS" '
function seconds(name,    s) { getline s < (dir "/" name); close(dir "/" name); return s }
BEGIN {
    reference = seconds("reference"); replay = seconds("replay"); run = seconds("run"); rerun = seconds("rerun")
    printf "%-10s %9s %12s   %s\n", "", "s", "points/s", ""
    printf "%-10s %9.2f %12d   one statement for each measurement, tenant and week (%d weeks)\n", "reference", reference, points / reference, reference_weeks
    printf "%-10s %9.2f %12d   grouped statements, bare\n", "replay", replay, points / replay
    printf "%-10s %9.2f %12d   %.1f times as fast as the reference, %.2f of the time of the replay\n", "run", run, points / run, reference / run, run / replay
    printf "%-10s %9.2f %12s   %.1f%% of the run\n", "rerun", rerun, "", 100 * rerun / run
    printf "%-10s %9.2f\n", "plan", seconds("plan")
}'
