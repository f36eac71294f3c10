#!/usr/bin/env bats
# The servers' own disks are full. What a full disk does to the journal is in tenants_resume.bats; `make
# torture` fills disks at random moments.

load ../lib/live
load schema_helpers

setup_file() {
    local server
    for server in influxd mariadbd; do
        mkdir "$BATS_FILE_TMPDIR/$server"
        mount -t tmpfs -o size=192m none "$BATS_FILE_TMPDIR/$server" 2>/dev/null || return 0
    done
    influxd_start coordinator.write-timeout=1s
    mariadbd_start
}

teardown_file() {
    [ -z "${MYSQL_DIR:-}" ] || "$LIB/mariadbd" kill "$MYSQL_DIR"
    [ -z "${INFLUX_DIR:-}" ] || "$LIB/influxd" kill "$INFLUX_DIR"
    umount "$BATS_FILE_TMPDIR/influxd" "$BATS_FILE_TMPDIR/mariadbd" 2>/dev/null || true
}

# bats 1.8 takes a skip in setup_file for a failure.
setup() {
    mountpoint -q "$BATS_FILE_TMPDIR/mariadbd" || skip 'no tmpfs mount here'
}

teardown() {
    rm -f "${INFLUX_DIR:-$BATS_FILE_TMPDIR}/filler" "${MYSQL_DIR:-$BATS_FILE_TMPDIR}/filler"
}

# fill DIR KIB: so much is left.
fill() {
    local free
    free=$(df --output=avail -k "$1" | tail -n 1)
    head -c $(((free - $2) * 1024)) /dev/zero >"$1/filler" 2>/dev/null || true
}

is_gone() { [ ! -e "/proc/$1" ] || [[ $(cut -d ' ' -f 3 "/proc/$1/stat") == Z ]]; }

influxd_restart() {
    "$LIB/influxd" kill "$INFLUX_DIR"
    OWNER=$$ "$LIB/influxd" start "$INFLUX_DIR" port="$INFLUX_PORT" coordinator.write-timeout=1s
}

# The whole reason in one line, what to do in another; what the run comes to follows.
expect_full() { # WORDS
    expect_status 1
    says "^error: .*$1"
    says "^hint: .*room.* goes on from here"
    [ "$(grep -Ec '^(error|warning|hint): ' <<<"$output")" -eq 2 ]
}

@test "a full disk of MySQL ends any command in one line, and when there is room it goes on" {
    fresh_mon
    load_script 01_00597b5c
    insert_data
    fill "$MYSQL_DIR" 0
    run schema stamp --from-fingerprint -q
    expect_full 'No space left'
    rm "$MYSQL_DIR/filler"
    schema stamp --from-fingerprint -q

    fill "$MYSQL_DIR" 0
    run schema upgrade -q
    expect_full 'No space left|is full|No more room'
    run schema upgrade -q
    expect_full 'No space left|is full|No more room'
    rm "$MYSQL_DIR/filler"
    schema upgrade -q
    expect_head
    expect_data

    fill "$MYSQL_DIR" 0
    run schema downgrade -q --yes c2f85438d6f3
    expect_full 'No space left|is full|No more room'
    rm "$MYSQL_DIR/filler"
    schema downgrade -q --yes c2f85438d6f3
    expect_version c2f85438d6f3
    expect_data
    schema upgrade -q

    sql "$MON" 'DROP TABLE alarm_action'
    fill "$MYSQL_DIR" 0
    run schema align -q --yes
    expect_full 'No space left|is full|No more room|Disk got full'
    rm "$MYSQL_DIR/filler"
    schema align -q --yes
    expect_head
    drop_mon
}

@test "a disk of MySQL that fills up in the middle of an upgrade: it goes on where it stopped" {
    local inside=0
    # Where it stops depends on the room, of which the server takes some for itself now and then.
    for left in 300 700 1000; do
        fresh_mon
        fill "$MYSQL_DIR" "$left"
        run schema upgrade -q
        expect_full 'No space left|is full|No more room'
        ! grep -qE 'statement [0-9]+ of' <<<"$output" || inside=$((inside + 1))
        rm "$MYSQL_DIR/filler"
        schema upgrade -q
        expect_head
        drop_mon
    done
    [ "$inside" -gt 0 ]
}

@test "a full disk of InfluxDB ends a run in one line; with room, and restarted, it goes on and loses nothing" {
    fresh_database
    generate small --tenants 3 --weeks 3 --per-week 60 | load_points
    for engine in server stream; do
        # Nothing can be made; a shard can't be; a shard's log has no room.
        for left in 0 60 150; do
            fill "$INFLUX_DIR" "$left"
            "$PROGRAM" tenants run -q --engine "$engine" --config-file "$CONF" --state-dir "$STATE" \
                >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
            pid=$!
            # InfluxDB may hang now, and the run with it; restarted, it lets that go on.
            hung=yes
            ! wait_for 8 is_gone "$pid" || hung=
            rm "$INFLUX_DIR/filler"
            influxd_restart
            status=0
            wait "$pid" || status=$?
            output=$(cat "$BATS_TEST_TMPDIR/out")
            # What was left may have done.
            [ "$left" -ne 0 ] || [ -z "$hung" ]
            [ "$left" -ne 0 ] || [ "$status" -eq 1 ]
            [ "$status" -eq 0 ] || [ -n "$hung" ] || expect_full 'disk of InfluxDB at http.* is full: .*no space left'
            run timeout -s KILL 90 "$PROGRAM" tenants run -q --engine "$engine" --config-file "$CONF" --state-dir "$STATE"
            expect_status 0
            compare
            run ! compgen -G "$STATE/*.rejects"
            for database in $(databases | grep "^${DB}_"); do
                influx "DROP DATABASE \"$database\"" >/dev/null
            done
        done
    done
}

@test "a full disk under --revisions-dir leaves no part of a revision behind" {
    mkdir "$BATS_TEST_TMPDIR/revisions"
    mount -t tmpfs -o size=4k none "$BATS_TEST_TMPDIR/revisions"
    head -c 4096 /dev/zero >"$BATS_TEST_TMPDIR/revisions/full" || true
    run "$PROGRAM" schema revision --revisions-dir "$BATS_TEST_TMPDIR/revisions" -m 'A note'
    left=$(ls "$BATS_TEST_TMPDIR/revisions")
    umount "$BATS_TEST_TMPDIR/revisions"
    expect_status 3
    says 'No space left on device'
    [ "$left" = full ]
}
