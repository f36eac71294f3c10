#!/usr/bin/env bats
# The source's retention policies are kept apart: each has one of its own in every target, and what isn't copied is
# counted and named.

load ../lib/live

setup_file() { influxd_start; }
teardown_file() { influxd_stop; }

setup() {
    fresh_database
    DAY=86400000000000
    MIDWEEK=$(midweek)
}

teardown() { drop_databases; }

policy() {
    influx "CREATE RETENTION POLICY \"$1\" ON \"$DB\" DURATION ${2:-60d} REPLICATION 1 ${3:-}" >/dev/null
}

# samples POLICY COUNT VALUE [OFFSET [TENANT]]: a point a minute of tenant a, from the middle of last week on; VALUE
# is what all of them hold.
samples() {
    local i
    for ((i = 0; i < $2; i++)); do
        echo "cpu,_tenant_id=${5:-a},_region=r value=$3 $((MIDWEEK + (i + ${4:-0}) * 60000000000))"
    done | load_points --rp "$1"
}

# has DATABASE POLICY COUNT VALUE: so many points there, and all of this value.
has() {
    local counted
    counted=$(influx "SELECT count(value), min(value), max(value) FROM \"$1\".\"$2\".cpu" |
        jq -r '.results[0].series[0]?.values[0][1:] | join(" ")')
    [ "$counted" = "$3 $4 $4" ] || {
        echo "$1.$2 has '$counted' (count, least, most), not $3 points of $4"
        return 1
    }
}

# The policies of a database, a line each: NAME DURATION, and "default" behind the default one.
policies() {
    influx "SHOW RETENTION POLICIES ON \"$1\"" | jq -r '.results[0].series[0] | .columns as $c | .values[]
        | [$c, .] | transpose | map({(.[0]): .[1]}) | add | "\(.name) \(.duration)\(if .default then " default" else "" end)"'
}

default_is() {
    influx "ALTER RETENTION POLICY \"$2\" ON \"$1\" DEFAULT" >/dev/null
}

# --- apart ---------------------------------------------------------------------------------------

apart() {
    policy rollup 60d
    samples autogen 50 1
    samples rollup 50 2
    run_json events --source-retention-policy all "$@"
    expect_status 0
    has "${DB}_a" autogen 50 1
    has "${DB}_a" rollup 50 2
    [ "$(policies "${DB}_a" | sort)" = "$(printf 'autogen 0s default\nrollup 1440h0m0s')" ]
    expect_field points_written 100
    expect_field points_other_policies 0
    run -0 tenants verify --deep --source-retention-policy all
    run -0 tenants verify --deep
    # A repair finds nothing to turn over, however often.
    run -0 tenants verify --deep --repair --source-retention-policy all
    run -0 tenants verify --deep --repair --source-retention-policy all
    has "${DB}_a" autogen 50 1
    has "${DB}_a" rollup 50 2
    # Nothing is new.
    run_json events --source-retention-policy all --overlap 0s "$@"
    expect_status 0
    expect_field points_written 0
}

@test "two policies with points of the same time stay apart (server)" {
    apart --engine server
}

@test "two policies with points of the same time stay apart (stream)" {
    apart --engine stream
}

@test "the policy of the tenant's retention takes the default policy's points alone" {
    policy rollup 60d
    samples autogen 50 1
    samples rollup 50 2
    run_json events --source-retention-policy all --migrate-retention-policy a:26w
    expect_status 0
    has "${DB}_a" 26w 50 1
    has "${DB}_a" rollup 50 2
    [ "$(policies "${DB}_a" | grep default)" = '26w 4368h0m0s default' ]
}

@test "a policy that is copied alone has its own in the target, too" {
    policy rollup 60d
    samples autogen 50 1
    samples rollup 50 2
    run_json events --source-retention-policy rollup
    expect_status 0
    has "${DB}_a" rollup 50 2
    [ "$(influx_values "SELECT count(value) FROM ${DB}_a.autogen.cpu" 1)" = '' ]
    expect_field points_other_policies 50
    # It goes on being copied by a run that names none.
    samples rollup 10 2 100
    run_json events --overlap 8w
    expect_status 0
    has "${DB}_a" autogen 50 1
    has "${DB}_a" rollup 60 2
}

@test "a policy called as the target's default one gets another name" {
    policy mine 60d DEFAULT
    samples mine 50 1
    samples autogen 50 2
    run_json events --source-retention-policy all
    expect_status 0
    has "${DB}_a" autogen 50 1
    has "${DB}_a" autogen_2 50 2
    says 'autogen_2'
    run -0 tenants plan --source-retention-policy all
    says 'autogen_2'
    run -0 tenants verify --deep --source-retention-policy all
}

@test "policies that are called as each other's places stay apart" {
    # What goes to 26w by the tenant's retention isn't what is called 26w in the source.
    policy 26w 60d
    policy 26w_2 50d
    samples autogen 50 1
    samples 26w 50 2
    samples 26w_2 50 3
    run_json events --source-retention-policy all --migrate-retention-policy a:26w
    expect_status 0
    has "${DB}_a" 26w 50 1
    [ "$(policies "${DB}_a" | wc -l)" -eq 3 ]
    run -0 tenants verify --deep --source-retention-policy all
    has "${DB}_a" 26w 50 1
    samples 26w 10 2 100
    samples 26w_2 10 3 100
    run_json events --source-retention-policy all --overlap 8w
    expect_status 0
    has "${DB}_a" 26w 50 1
    # The source's 26w_2 has its name, and 26w the next one that is free.
    has "${DB}_a" 26w_2 60 3 || has "${DB}_a" 26w_2 60 2
    has "${DB}_a" 26w_2_2 60 3 || has "${DB}_a" 26w_3 60 2 || has "${DB}_a" 26w_2_2 60 2
}

@test "a policy with quotes and spaces in its name is copied under that name" {
    influx "CREATE RETENTION POLICY \"a \\\"b\\\" c\" ON \"$DB\" DURATION 60d REPLICATION 1" >/dev/null
    samples autogen 5 1
    samples 'a "b" c' 5 2
    for engine in server stream; do
        run_json events --source-retention-policy all --full --engine $engine
        expect_status 0
    done
    run -0 tenants verify --deep --source-retention-policy all
    [ "$(influx_values "SELECT count(value) FROM ${DB}_a.\"a \\\"b\\\" c\".cpu" 1)" = 5 ]
}

@test "a policy of that name in the target is respected, and clips its own points only" {
    policy rollup 60d
    samples autogen 50 1
    samples rollup 50 2
    influx "CREATE DATABASE ${DB}_a" >/dev/null
    influx "CREATE RETENTION POLICY rollup ON ${DB}_a DURATION 1d REPLICATION 1" >/dev/null
    run_json events --source-retention-policy all
    expect_status 0
    has "${DB}_a" autogen 50 1
    [ "$(influx_values "SELECT count(value) FROM ${DB}_a.rollup.cpu" 1)" = '' ]
    expect_field points_clipped 50
    says 'rollup'
    policies "${DB}_a" | grep -qx 'rollup 24h0m0s'
}

@test "plan says where each policy goes, and counts each" {
    policy rollup 60d
    samples autogen 50 1
    samples rollup 30 2
    run -0 tenants plan --count --source-retention-policy all
    says 'points of rollup go to rollup \(.*, new\)'
    says '80 points to copy'
    run -0 --separate-stderr tenants plan --count --output json --source-retention-policy all
    [ "$(jq -c '[.tenants[0].policies[] | [.source_policy, .retention_policy, .create]]' <<<"$output")" = \
        '[["autogen","autogen",true],["rollup","rollup",true]]' ]
    [ "$(jq '.points_other_policies' <<<"$output")" = 0 ]
}

@test "--follow copies all policies, each into its own" {
    policy rollup 60d
    samples autogen 20 1
    samples rollup 20 2
    "$PROGRAM" tenants run --config-file "$CONF" --state-dir "$STATE" --follow=1s --source-retention-policy all \
        >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
    local follower=$!
    wait_for 30 has "${DB}_a" rollup 20 2
    for ((i = 0; i < 3; i++)); do
        echo "cpu,_tenant_id=a,_region=r value=1 $(date +%s%N)" | load_points --rp autogen
        echo "cpu,_tenant_id=a,_region=r value=2 $(date +%s%N)" | load_points --rp rollup
        sleep 0.3
    done
    wait_for 30 has "${DB}_a" rollup 23 2
    kill -TERM $follower
    wait $follower
    has "${DB}_a" autogen 23 1
    has "${DB}_a" rollup 23 2
}

@test "a policy of the target that is dropped is made and filled again" {
    policy rollup 60d
    samples autogen 50 1
    samples rollup 50 2
    run -0 tenants run --source-retention-policy all
    influx "DROP RETENTION POLICY rollup ON ${DB}_a" >/dev/null
    run_json events --source-retention-policy all --overlap 0s
    expect_status 0
    expect_field points_written 50
    has "${DB}_a" rollup 50 2
    has "${DB}_a" autogen 50 1
}

@test "a policy of the target that is dropped and made anew is filled again, that one alone" {
    policy rollup 60d
    samples autogen 50 1
    samples rollup 50 2
    run -0 tenants run --source-retention-policy all
    influx "DROP RETENTION POLICY rollup ON ${DB}_a" >/dev/null
    influx "CREATE RETENTION POLICY rollup ON ${DB}_a DURATION 60d REPLICATION 1" >/dev/null
    run_json events --source-retention-policy all --overlap 0s
    expect_status 0
    says 'has lost shard groups'
    expect_field points_written 50
    has "${DB}_a" rollup 50 2
}

@test "a target of two policies that is dropped is made and filled again, and that is said once" {
    policy rollup 60d
    samples autogen 50 1
    samples rollup 50 2
    run -0 tenants run --source-retention-policy all
    influx "DROP DATABASE ${DB}_a" >/dev/null
    run_json events --source-retention-policy all --overlap 0s
    expect_status 0
    [ "$(grep -c ^warning <<<"$output")" -eq 1 ]
    has "${DB}_a" autogen 50 1
    has "${DB}_a" rollup 50 2
    run_json events --source-retention-policy all --overlap 0s
    expect_status 0
    expect_field points_written 0
}

# --- what isn't copied ---------------------------------------------------------------------------

@test "what other policies hold is counted and named" {
    policy rollup 60d
    policy empty 60d
    samples autogen 50 1
    samples rollup 30 2
    echo "mem,_tenant_id=b free=1i,used=2i $MIDWEEK" | load_points --rp rollup
    run -0 tenants run
    says '^Left behind: 31 points in retention policy rollup, which is not the default one; --source-retention-policy all copies them'
    says_not 'in retention policy empty'
    run -0 tenants plan --count
    says '31 points in retention policy rollup'
    run_json events
    expect_field points_other_policies 31
    run -0 --separate-stderr tenants plan --count --output json
    [ "$(jq '.points_other_policies' <<<"$output")" = 31 ]
}

@test "values of two types in two shards of a policy that isn't copied are all counted" {
    policy rollup 60d
    samples autogen 1 1
    for ((i = 1; i <= 3; i++)); do
        echo "mem,_tenant_id=a value=$i $((MIDWEEK + i))"
        echo "mem,_tenant_id=a value=${i}i $((MIDWEEK - 8 * DAY + i))"
    done | load_points --rp rollup
    run_json events
    expect_field points_other_policies 6
}

# --- the default policy changes ------------------------------------------------------------------

changed() {
    samples autogen 50 1
    run -0 tenants run "$@"
    # Last points come in before the change, and the first ones behind it have times of the others.
    samples autogen 10 1 50
    policy later 60d DEFAULT
    samples later 60 2
    run -1 tenants verify --deep
    run_json events --overlap 8w "$@"
    expect_status 0
    has "${DB}_a" autogen 60 1
    has "${DB}_a" later 60 2
    says 'later'
    expect_field points_other_policies 0
    run -0 tenants verify --deep
    [ "$(policies "${DB}_a" | grep default)" = 'autogen 0s default' ]
    # From then on, too, also once the operator made it the default one.
    default_is "${DB}_a" later
    samples autogen 10 1 60
    samples later 10 2 60
    run_json events --overlap 8w "$@"
    expect_status 0
    has "${DB}_a" autogen 70 1
    has "${DB}_a" later 70 2
    run -0 tenants verify --deep
}

@test "the source's default policy changes between two runs: both go on, apart (server)" {
    changed
}

@test "the source's default policy changes between two runs: both go on, apart (stream)" {
    changed --engine stream
}

@test "where the target's default policy changes, the default policy's points are copied into the new one" {
    samples autogen 50 1
    run -0 tenants run
    influx "CREATE RETENTION POLICY other ON ${DB}_a DURATION INF REPLICATION 1 DEFAULT" >/dev/null
    run -1 tenants verify
    run_json events --overlap 0s
    expect_status 0
    says 'stands in another policy than other'
    has "${DB}_a" other 50 1
    run -0 tenants verify --deep
}

@test "verify finds what came into the old default policy" {
    samples autogen 50 1
    run -0 tenants run
    samples autogen 10 1 20000
    policy later 60d DEFAULT
    run -0 tenants run --overlap 0s
    samples autogen 10 3
    run -1 tenants verify --deep
}

# --- journals of older versions ------------------------------------------------------------------

# SQL that takes out of a journal what came after version 4.
to_version_4() {
    echo 'DROP TABLE landing; DROP TABLE looked; DROP TABLE refused;'
    echo 'ALTER TABLE verification DROP COLUMN values_different;'
    for column in points_ahead scope tenants_source measurements measurements_source policies policies_source points_other_policies; do
        echo "ALTER TABLE run DROP COLUMN $column;"
    done
    echo 'PRAGMA user_version = 4'
}

# As version 4 left it after a run of both policies: both in one, and no landings.
make_merged() {
    local journal
    policy rollup 60d
    samples autogen 50 1
    samples rollup 50 2
    run -0 tenants run --source-retention-policy all
    influx "DROP RETENTION POLICY rollup ON ${DB}_a" >/dev/null
    samples_in_target
    journal=$(echo "$STATE"/*.journal)
    sqlite3 "$journal" "UPDATE holding SET place = '${DB}_a' WHERE place LIKE '%autogen';
        DELETE FROM holding WHERE place LIKE '%rollup'; $(to_version_4)"
}

samples_in_target() {
    local i
    for ((i = 0; i < 50; i++)); do
        echo "cpu,_tenant_id=a,_region=r value=2 $((MIDWEEK + i * 60000000000))"
    done | "$LIB/influx.py" load "${DB}_a" --rp autogen
}

@test "what an older version copied into one policy is copied again, each into its own" {
    make_merged
    run -0 tenants plan --source-retention-policy all
    says 'again'
    run -1 tenants verify --deep --source-retention-policy all
    run_json events --source-retention-policy all --overlap 0s
    expect_status 0
    says 'stands in another policy than rollup, or not alone'
    has "${DB}_a" autogen 50 1
    has "${DB}_a" rollup 50 2
    run -0 tenants verify --deep --source-retention-policy all
    run_json events --source-retention-policy all --overlap 0s
    expect_field points_written 0
}

@test "an older journal of the default policy alone goes on" {
    local journal
    samples autogen 50 1
    run -0 tenants run
    journal=$(echo "$STATE"/*.journal)
    sqlite3 "$journal" "UPDATE holding SET place = '${DB}_a'; $(to_version_4)"
    run_json events --overlap 0s
    expect_status 0
    expect_field points_written 0
    run -0 tenants verify --deep
    # What it held is still known.
    influx "DROP DATABASE ${DB}_a" >/dev/null
    influx "CREATE DATABASE ${DB}_a" >/dev/null
    run_json events --overlap 0s
    expect_status 0
    says 'has lost shard groups'
    expect_field points_written 50
}

# --- servers without policies --------------------------------------------------------------------

@test "VictoriaMetrics takes one policy; a second one is refused" {
    command -v victoria-metrics >/dev/null || skip 'no victoria-metrics'
    victoria_start
    policy rollup 60d
    samples autogen 50 1
    samples rollup 50 2
    run -2 tenants run --target-url "$VICTORIA_URL" --source-retention-policy all --drop-strings
    says 'would land on each other'
    says '^hint: --source-retention-policy NAME'
    run -2 tenants plan --target-url "$VICTORIA_URL" --source-retention-policy all
    run -0 tenants run --target-url "$VICTORIA_URL" --source-retention-policy rollup --drop-strings
    victoria_stop
}
