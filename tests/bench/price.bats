#!/usr/bin/env bats
# What databases and shards cost a server, with as many tenants as a server can take: `make price`. Minutes; the
# short form is tests/live/tenants_price.bats. Each test prints its figures.

load ../lib/live
load ../lib/price

setup_file() { :; }
teardown() { influxd_stop; }

begin() {
    influxd_start "s$BATS_TEST_NUMBER" data.query-log-enabled=false http.log-enabled=false "$@"
    fresh_database
}

# Copies, verifies, and compares the plan's figures with the server's.
copy() {
    local began=$SECONDS
    plan_price
    echo "plan: $((SECONDS - began)) s; $(jq -c '.price[0] | del(.limits)' "$PRICED")" >&3
    began=$SECONDS
    run_json events
    expect_status 0
    echo "run: $((SECONDS - began)) s; $(server_shards) shards, $(server_descriptors) descriptors, $(server_maps) maps, $(server_memory) bytes" >&3
    [ "$(summary "$EVENTS" tenants_done)" = "$1" ]
    figures_hold
    compare
}

@test "300 tenants of 6 weeks on a server with 4,096 descriptors: all copied and verified" {
    begin descriptors=4096
    many_tenants 300 6
    copy 300
}

@test "300 tenants of 6 weeks on a server with 20,000 descriptors, inmem" {
    begin descriptors=20000
    many_tenants 300 6
    copy 300
}

@test "300 tenants of 6 weeks on a server with 20,000 descriptors, tsi1" {
    begin descriptors=20000 data.index-version=tsi1
    many_tenants 300 6
    copy 300
}

@test "700 tenants of 3 weeks on a server with 4,096 descriptors: refused within a minute, and the source takes writes" {
    begin descriptors=4096
    many_tenants 700 3
    local began=$SECONDS
    run tenants run
    expect_status 3
    echo "refused: $((SECONDS - began)) s; $output" >&3
    [ $((SECONDS - began)) -lt 60 ]
    says 'descriptors: [0-9,]+ now, [0-9,]+ more, [0-9,]+ in all, of 4,096'
    write_points "cpu.idle_perc,_tenant_id=t00000,_region=r,hostname=h value=1 $NOW"
    [ "$(databases | wc -l)" -eq 1 ]
}

@test "700 tenants of 6 weeks on a server with 4,096 descriptors, limits ignored: ended in good order, and the source takes writes" {
    begin descriptors=4096
    many_tenants 700 6
    local began=$SECONDS
    run_json events --ignore-limits
    expect_status 4
    echo "ended: $((SECONDS - began)) s; $(summary "$EVENTS" tenants_done) tenants whole, $(server_descriptors) descriptors" >&3
    [ $((SECONDS - began)) -lt 60 ]
    says 'descriptors: [0-9]+ of 4096 are in use'
    [ "$(summary "$EVENTS" tenants_done)" -ge 300 ]
    write_points "cpu.idle_perc,_tenant_id=t00000,_region=r,hostname=h value=1 $NOW"
}

@test "2,000 tenants of 4 weeks on a server with 20,000 descriptors: all copied and verified, in less than 60 s" {
    begin descriptors=20000
    many_tenants 2000 4
    copy 2000
    [ "$(summary "$EVENTS" seconds | cut -d . -f 1)" -lt 60 ]
}
