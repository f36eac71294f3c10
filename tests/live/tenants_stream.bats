#!/usr/bin/env bats
# The engine that streams, and targets on another server.

load ../lib/live

setup_file() {
    influxd_start other
    OTHER_URL=$INFLUX_URL
    export OTHER_URL
    influxd_start
}

teardown_file() {
    influxd_stop
}

setup() {
    fresh_database
}

teardown() {
    drop_databases
}

@test "every point of the traps arrives by the engine that streams, typed, and nothing else does" {
    generate traps | load_points
    run tenants run --engine stream
    # One tenant's name can be no database's.
    [ "$status" -eq 1 ]
    compare
}

@test "what line protocol can't express goes by the server instead" {
    # A backslash before a comma can be read from the server, and not be written to it.
    write_points 'odd,_tenant_id=a,path=c:\\,x value=1 '"$NOW" "odd,_tenant_id=a,path=plain value=2 $NOW" 2>/dev/null || true
    write_points "even,_tenant_id=a value=1 $NOW"
    run_json events --engine stream
    expect_status 0
    compare
}

@test "targets on another server are made there, copied, and verified there, point by point" {
    generate small --tenants 3 --weeks 2 | load_points
    run_json events --target-url "$OTHER_URL"
    expect_status 0
    compare --target-url "$OTHER_URL"
    here=$(databases)
    run ! grep -q "^${DB}_" <<<"$here"
    run tenants verify --deep --target-url "$OTHER_URL"
    [ "$status" -eq 0 ]
}

@test "a second run to another server copies only what is new" {
    generate small --tenants 2 --weeks 2 | load_points
    run_json first --target-url "$OTHER_URL"
    run_json second --target-url "$OTHER_URL"
    expect_status 0
    [ "$(tail -n 1 "$BATS_TEST_TMPDIR/second" | jq .points_written)" -lt "$(tail -n 1 "$BATS_TEST_TMPDIR/first" | jq .points_written)" ]
}

@test "what was copied to one server doesn't count as copied to another" {
    generate small --tenants 2 --weeks 1 | load_points
    run_json first --target-url "$OTHER_URL"
    run_json second
    expect_status 0
    compare
}

@test "a value that is altered on the other server is found by verify --deep, and mended by --repair" {
    generate small --tenants 1 --weeks 1 | load_points
    run_json first --target-url "$OTHER_URL"
    local name
    name=$(INFLUX_URL=$OTHER_URL databases | grep "^${DB}_")
    altered=$(INFLUX_URL=$OTHER_URL influx "SELECT * FROM \"$name\"../.*/ GROUP BY * LIMIT 1" |
        jq -r '.results[0].series | map(select(.name != "alarm_state_history"))[0] |
               "\(.name),\(.tags | to_entries | map(select(.value != "") | "\(.key)=\(.value)") | join(",")) value=-12345.5 \(.values[0][0])"')
    printf '%s\n' "$altered" | INFLUX_URL=$OTHER_URL "$LIB/influx.py" load "$name"
    run tenants verify --deep --target-url "$OTHER_URL"
    [ "$status" -eq 1 ]
    run tenants verify --deep --repair --target-url "$OTHER_URL"
    [ "$status" -eq 0 ]
    compare --target-url "$OTHER_URL"
}

@test "--engine server with --target-url, a password in the URL, and no URL at all are wrong usage" {
    run tenants run --engine server --target-url "$OTHER_URL"
    [ "$status" -eq 2 ]
    run tenants run --target-url "http://u:secret@127.0.0.1:1"
    [ "$status" -eq 2 ]
    [[ $output != *secret* ]]
    run tenants run --target-url 127.0.0.1:8086
    [ "$status" -eq 2 ]
    run tenants run --target-user somebody
    [ "$status" -eq 2 ]
}

@test "another server that isn't there is status 4, and named" {
    write_points "m,_tenant_id=a value=1 $NOW"
    run tenants run --target-url http://127.0.0.1:1
    [ "$status" -eq 4 ]
    [[ $output == *"http://127.0.0.1:1"* ]]
}
