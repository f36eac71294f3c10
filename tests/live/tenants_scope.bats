#!/usr/bin/env bats
# The scope of what runs did is recorded as figures, and status and report go by it: also over several runs.

load ../lib/live

setup_file() { influxd_start; }
teardown_file() { influxd_stop; }
setup() {
    fresh_database
    T=$(midweek)
    for tenant in a b; do
        echo "cpu,_tenant_id=$tenant value=1 $T"
        echo "mem,_tenant_id=$tenant value=2 $T"
    done | load_points
}
teardown() {
    proxy_stop
    drop_databases
}

# reports CONDITION: of the report as JSON.
reports() {
    tenants report --output json >"$BATS_TEST_TMPDIR/report"
    holds "$1" "$BATS_TEST_TMPDIR/report" >/dev/null || {
        jq '{verdict, complete, left_out, next}' "$BATS_TEST_TMPDIR/report"
        return 1
    }
}

# tells CONDITION: of the status as JSON.
tells() {
    tenants status --output json >"$BATS_TEST_TMPDIR/status" || true
    holds "$1" "$BATS_TEST_TMPDIR/status" >/dev/null || {
        jq '{verdict, complete, left_out, rehearsal}' "$BATS_TEST_TMPDIR/status"
        return 1
    }
}

# second_policy: raw, with two points of tenant a.
second_policy() {
    influx "CREATE RETENTION POLICY raw ON \"$DB\" DURATION INF REPLICATION 1" >/dev/null
    printf 'cpu,_tenant_id=a value=7 %s\ncpu,_tenant_id=a value=8 %s\n' "$T" "$((T + 1000000000))" |
        curl -fsS --data-binary @- "$INFLUX_URL/write?db=$DB&rp=raw"
}

@test "a filter that leaves nothing out makes no rehearsal, and neither do offsets" {
    run_json first --migrate-skip-regex '^nothing$' --tenant a --tenant b --migrate-start-time-offset 0 --migrate-end-time-offset 1000
    expect_status 0
    reports '.verdict == "done and verified" and .complete and .left_out == []'
    tells '.rehearsal == false and .complete and .left_out == []'
    run -0 tenants status
    says_not 'rehearsal'
}

@test "what a rehearsal left out is told with its figures, and so is what it showed" {
    run_json first --tenant a --measurement cpu
    reports '.verdict == "rehearsed" and .complete == false and (.left_out | map({reason, count})) ==
        [{reason: "filtered_tenants", count: 1}, {reason: "filtered_measurements", count: 1}]'
    reports '.runs[0] | .tenants_source == 2 and .measurements == 1 and .measurements_source == 2 and
        .policies == 1 and .policies_source == 1 and .points_skipped == 3 and
        (.left_out | map(.reason)) == ["filtered_tenants", "filtered_measurements"]'
    tells '.rehearsal and .complete == false and .verdict == "rehearsed" and
        (.left_out | map(.words)) == ["1 of 2 tenants are left out by --tenant", "1 measurement is left out by a filter"]'
    run -0 tenants status
    says 'scope +a rehearsal: 1 of 2 tenants, 1 of 2 measurements'
    says 'it showed +1 point copied in .*, 0 windows failed'
    says 'left out +1 of 2 tenants are left out by --tenant'
    run -0 tenants report
    says 'left out +1 of 2 tenants are left out by --tenant'
}

@test "runs that looked at each tenant in turn have looked at all of them, and not before the last" {
    run_json first --tenant a
    reports '.verdict == "rehearsed" and (.left_out | map({reason, count})) == [{reason: "filtered_tenants", count: 1}]'
    run_json second --tenant b
    reports '.verdict == "done and verified" and .complete and .left_out == [] and any(.next[]; .why | contains("cut over"))'
    # What comes next is of all tenants.
    holds '.next[0].command | contains("--tenant") | not' "$BATS_TEST_TMPDIR/report"
    # A tenant that is new in the source was looked at by nobody.
    echo "cpu,_tenant_id=c value=1 $T" | load_points
    run_json third --tenant a
    reports '.verdict == "rehearsed" and (.left_out | map({reason, count, words})) ==
        [{reason: "filtered_tenants", count: 1, words: "1 of 3 tenants are left out by --tenant"}]'
    run_json all
    reports '.complete and .left_out == []'
    # More runs than a report lists take nothing back.
    for _ in $(seq 21); do tenants run --tenant a --quiet >/dev/null; done
    reports '.complete and .left_out == []'
}

@test "the page shows the verdict and each reason beside it" {
    run_json first --tenant a
    run -0 tenants report --html -
    says '<span class="verdict going">rehearsed</span>'
    says '<section aria-labelledby="left-out">'
    says '<li><code>filtered_tenants</code> 1 of 2 tenants are left out by --tenant</li>'
    run_json second
    run -0 tenants report --html -
    says_not 'aria-labelledby="left-out"'
}

@test "points in a policy that is not read withhold the cutover, and are named with the way to take or to lose them" {
    second_policy
    run_json first
    reports '.verdict == "done and verified" and .complete == false and
        (.left_out | map({reason, count})) == [{reason: "policies", count: 1}] and
        all(.next[]; .why | contains("cut over") | not) and
        any(.next[]; (.why | contains("2 points")) and (.command | contains("--source-retention-policy all"))) and
        any(.next[]; .command // "" | contains("check --accept policy"))'
    command=$(jq -r '.next[] | select(.command // "" | contains("--source-retention-policy all")) | .command' "$BATS_TEST_TMPDIR/report")
    eval "${command/monasca-migrate/\"\$PROGRAM\"}"
    reports '.complete and .left_out == [] and any(.next[]; .why | contains("cut over"))'
    # A run of the default policy takes nothing back.
    run_json third
    reports '.complete and .left_out == []'
}

@test "the report shows how long each policy of the target keeps points, and its policy of the source" {
    second_policy
    influx "ALTER RETENTION POLICY raw ON \"$DB\" DURATION 2600w" >/dev/null
    run_json first --source-retention-policy all --migrate-retention-policy 'b:9w'
    reports '(.tenants[] | select(.tenant == "a") | .policies | map(select(.source_policy == "raw"))) ==
        [{source_policy: "raw", source_keeps_seconds: 1572480000, target_policy: "raw", keeps_seconds: 1572480000}] and
        all(.tenants[]; .policies | length == 2)'
    run -0 tenants report --html -
    says 'raw.*2600w'
}

@test "the journal of the version before is read by its command lines, and carried over" {
    run_json first
    journal=$(tenants report --output json | jq -r .journal)
    sqlite3 "$journal" "ALTER TABLE verification DROP COLUMN values_different;
        DROP TABLE refused; DROP TABLE looked; ALTER TABLE run DROP COLUMN scope; ALTER TABLE run DROP COLUMN tenants_source;
        ALTER TABLE run DROP COLUMN measurements; ALTER TABLE run DROP COLUMN measurements_source;
        ALTER TABLE run DROP COLUMN policies; ALTER TABLE run DROP COLUMN policies_source;
        ALTER TABLE run DROP COLUMN points_other_policies; ALTER TABLE landing DROP COLUMN source_keeps_ns;
        ALTER TABLE landing DROP COLUMN keeps_ns; PRAGMA user_version = 5"
    reports '.complete and .left_out == [] and .runs[0].left_out == null and .runs[0].tenants_source == null'
    # A run of one tenant takes nothing back of what an older version looked at.
    run_json second --tenant a
    reports '.verdict == "done and verified" and .complete'
    [ "$(sqlite3 "$journal" 'PRAGMA user_version')" = 6 ]
}

# --- verify: what a run that was cut short left behind -------------------------------------------

@test "verify names a run that was killed where windows lack because of it, until a run has done them" {
    generate small --tenants 2 --weeks 6 --per-week 100 | load_points
    hold 9
    "$PROGRAM" tenants run --config-file "$CONF" --state-dir "$STATE" --jobs 1 >/dev/null 2>&1 3>&- &
    wait_until_held
    wait_for 10 has_coverage
    kill -KILL $!
    release
    wait $! || true
    proxy_rules
    run tenants verify --output json
    expect_status 1
    tail -n 1 <<<"$output" >"$BATS_TEST_TMPDIR/verify"
    holds '.complete == false and any(.reasons[]; .reason == "cut_short" and .count == 1) and
        any(.not_compared[]; .reason == "cut_short" and (.words | contains("cut short")))' "$BATS_TEST_TMPDIR/verify"
    run -1 tenants verify
    says '^Not compared: a run was cut short before it had copied all of tenant '
    run -0 tenants run
    run -0 tenants verify
    says_not 'cut short'
    # A later run that is cut short and leaves nothing undone is no reason.
    sqlite3 "$STATE"/*.journal 'UPDATE run SET ended_ns = 0, status = -1'
    run -0 tenants verify
    says_not 'cut short'
}

has_coverage() {
    [ "$(sqlite3 "$STATE"/*.journal 'SELECT count(*) FROM coverage')" -gt 0 ]
}

# --- VictoriaMetrics -----------------------------------------------------------------------------

@test "a second policy is refused where an earlier run copied another one into the same VictoriaMetrics" {
    command -v victoria-metrics >/dev/null || skip 'no victoria-metrics'
    victoria_start
    second_policy
    run -0 tenants run --target-url "$VICTORIA_URL" --drop-strings
    run -2 tenants run --target-url "$VICTORIA_URL" --drop-strings --source-retention-policy raw
    says "points of the source's raw and autogen would land on each other"
    says '^hint: .*--target-map'
    run -2 tenants plan --target-url "$VICTORIA_URL" --drop-strings --source-retention-policy raw
    # The value of the first policy still stands alone.
    curl -sf "$VICTORIA_URL/internal/force_flush"
    run -0 curl -sf "$VICTORIA_URL/api/v1/export" --data-urlencode "match[]={__name__=\"cpu_value\",db=\"${DB}_a\"}" -d start=0 -d end=9999999999
    [ "$(jq -c .values <<<"$output")" = '[1]' ]
    # Another database keeps them apart, and the first policy goes on.
    printf '[%s]\ndatabase = %s_raw_%s\n' a "$DB" a b "$DB" b >"$BATS_TEST_TMPDIR/map"
    run -0 tenants run --target-url "$VICTORIA_URL" --target-map "$BATS_TEST_TMPDIR/map" --drop-strings --source-retention-policy raw
    run -0 tenants run --target-url "$VICTORIA_URL" --drop-strings --source-retention-policy autogen
    run -0 tenants verify --target-url "$VICTORIA_URL" --drop-strings --source-retention-policy autogen
    victoria_stop
}
