#!/usr/bin/env bats
# What `tenants check` advises mends what it found.

load ../lib/live
load ../lib/check

setup_file() { influxd_start; }
teardown_file() { influxd_stop; }
setup() { fresh_database; }
teardown() { drop_databases; }

@test "the mend for a value that is another one mends it" {
    write_points "cpu,_tenant_id=a value=1.5 $((NOW - 100 * HOUR))" "cpu,_tenant_id=a value=2.5 $((NOW - 99 * HOUR))"
    run_json first
    expect_status 0
    echo "cpu,_tenant_id=a value=7 $((NOW - 100 * HOUR))" | "$LIB/influx.py" load "${DB}_a"
    check
    says_no differs 1
    holds '.reasons[0].mend | endswith("tenants verify --deep --repair")' "$CHECK"
    tenants run
    tenants verify --deep --repair
    check
    says_yes
}

@test "values whose sum no number can hold are compared point by point, at once" {
    write_points "cpu,_tenant_id=a value=1.7e308 $((NOW - 100 * HOUR))" "cpu,_tenant_id=a value=1.7e308 $((NOW - 100 * HOUR + 1))" \
        "cpu,_tenant_id=a value=1 $((NOW - 9 * HOUR))"
    run_json first
    expect_status 0
    check
    says_yes
    [ "$(jq .scope.values_compared "$CHECK")" -eq 3 ]
    echo "cpu,_tenant_id=a value=1.6e308 $((NOW - 100 * HOUR))" | "$LIB/influx.py" load "${DB}_a"
    check
    says_no differs 1
}
