# For tests of `tenants run --follow`, beside tests/lib/live.bash: the run, and a persister that writes meanwhile.
# shellcheck shell=bash
# shellcheck disable=SC2034  # the tests read what is set here

A0=000000000000000000000000000000a0
A1=000000000000000000000000000000a1
SECOND=1000000000

# Starts a run that follows, with events in $EVENTS: follow [OPTION...]. Its number is $FOLLOW.
follow() {
    "$PROGRAM" tenants run --config-file "$CONF" --state-dir "$STATE" --follow=1s --output json "$@" \
        >"$EVENTS" 2>"$EVENTS.err" 3>&- &
    FOLLOW=$!
}

deltas() {
    jq -n '[inputs | select(.event == "delta")] | length' "$EVENTS"
}

has_deltas() {
    [ "$(deltas)" -ge "$1" ]
}

# Waits for so many more deltas; each of them begins after this does, but for the first.
more_deltas() {
    wait_for 60 has_deltas $(($(deltas) + $1))
}

# Sends the signal $1, TERM if there is none, and waits for the end; $status and $output.
stop_follow() {
    kill -"${1:-TERM}" "$FOLLOW"
    status=0
    wait "$FOLLOW" || status=$?
    FOLLOW=
    output=$(cat "$EVENTS.err")
}

# A persister that writes for two tenants, or those that are named, every 10 ms, until it is told to stop: persister
# [TENANT...]. It writes down the time of the last write, and how many points it wrote for each.
persister() {
    [ $# -gt 0 ] || set -- "$A0" "$A1"
    rm -f "$BATS_TEST_TMPDIR/written.began"
    python3 - "$INFLUX_URL/write?db=$DB" "$BATS_TEST_TMPDIR/written" "$@" <<'PYTHON' 3>&- &
import signal, sys, time, urllib.request
url, written, *tenants = sys.argv[1:]
going = []
signal.signal(signal.SIGTERM, lambda *_: going.append(1))
count = 0
open(written + ".began", "w", encoding="ascii").close()
while not going:
    now = time.time_ns() // 10**6 * 10**6
    lines = "".join(f'live.metric,_tenant_id={t},_region=R value={count},value_meta="{{}}" {now}\n' for t in tenants)
    urllib.request.urlopen(url, lines.encode()).read()
    count += 1
    time.sleep(0.01)
with open(written, "w", encoding="ascii") as file:
    print(count, now, file=file)
PYTHON
    WRITER=$!
    wait_for 60 test -e "$BATS_TEST_TMPDIR/written.began"
}

stop_persister() {
    kill -TERM "$WRITER"
    wait "$WRITER"
    WRITER=
    read -r COUNT LAST <"$BATS_TEST_TMPDIR/written"
}
