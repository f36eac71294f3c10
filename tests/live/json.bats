#!/usr/bin/env bats
# docs/json.rst against what the commands print: every field that they print is there.

load ../lib/live

setup_file() { influxd_start; }
teardown_file() { influxd_stop; }
setup() { fresh_database; }
teardown() { drop_databases; }

PAGE=$ROOT/docs/json.rst

# The fields that the section with the heading $1 explains; a section that says "As ``window``" has those too.
documented() {
    awk -v heading="$1" '
    { line[NR] = $0 }
    END {
        for (i = 1; i < NR; i++) {
            if (line[i + 1] ~ /^===+$/)
                in_it = line[i] == heading
            if (!in_it)
                continue
            if (line[i] ~ /As ``window``/)
                print "@window"
            if (line[i] ~ /^``/) {
                count = split(line[i], parts, "``")
                for (p = 2; p <= count; p += 2)
                    print parts[p]
            }
        }
    }' "$PAGE" | while read -r name; do
        if [ "$name" = @window ]; then documented window; else echo "$name"; fi
    done
}

# Names on standard input, of which there is one at least, must be documented under the heading $1, which exists.
expect_documented() {
    sort -u >"$BATS_TEST_TMPDIR/printed"
    [ -s "$BATS_TEST_TMPDIR/printed" ] || {
        echo "nothing is printed that '$1' could explain"
        return 1
    }
    documented "$1" | sort -u >"$BATS_TEST_TMPDIR/documented"
    [ -s "$BATS_TEST_TMPDIR/documented" ] || {
        echo "docs/json.rst has no section '$1'"
        return 1
    }
    comm -23 "$BATS_TEST_TMPDIR/printed" "$BATS_TEST_TMPDIR/documented" >"$BATS_TEST_TMPDIR/missing"
    [ ! -s "$BATS_TEST_TMPDIR/missing" ] || {
        echo "docs/json.rst, '$1', lacks:"
        cat "$BATS_TEST_TMPDIR/missing"
        return 1
    }
}

# Every event in the file $1, printed by the command $2.
expect_events() {
    local event heading
    [ -s "$1" ]
    for event in $(jq -r .event "$1" | sort -u); do
        heading=$event
        [ "$event" != summary ] || heading="summary of tenants $2"
        jq -r "select(.event == \"$event\") | keys[]" "$1" | expect_documented "$heading"
    done
}

@test "docs/json.rst explains every field of plan" {
    generate traps | load_points
    # Status 1: a tenant among the traps can have no database.
    tenants plan --output json >"$BATS_TEST_TMPDIR/plan" || [ $? -eq 1 ]
    jq -r 'keys[]' "$BATS_TEST_TMPDIR/plan" | expect_documented 'tenants plan'
    jq -r '.price[] | keys[]' "$BATS_TEST_TMPDIR/plan" | expect_documented 'tenants plan: an item of price'
    jq -r '.tenants[] | keys[]' "$BATS_TEST_TMPDIR/plan" | expect_documented 'tenants plan: an item of tenants'
    # And plan prints all of them.
    diff <(documented 'tenants plan' | sort -u) <(jq -r 'keys[]' "$BATS_TEST_TMPDIR/plan")
}

@test "docs/json.rst explains every event of run, status and verify, failures included" {
    generate small --tenants 2 --weeks 1 --per-week 50 | load_points
    write_points "odd,_tenant_id=a/b value=1 $((NOW - 60000000000))"
    # A field of another type in the target: the points can't be copied.
    influx "CREATE DATABASE \"${DB}_000000000000000000000000000000a0\"" >/dev/null
    echo "cpu.idle_perc,_tenant_id=000000000000000000000000000000a0 value=\"text\" $((NOW - 60000000000))" |
        "$LIB/influx.py" load "${DB}_000000000000000000000000000000a0"
    run_json events
    jq -r .event "$EVENTS" | sort -u >"$BATS_TEST_TMPDIR/seen"
    for event in start window tenant summary; do grep -qx "$event" "$BATS_TEST_TMPDIR/seen"; done
    expect_events "$EVENTS" run
    run -1 tenants status --output json
    jq -r 'keys[]' <<<"$output" | expect_documented 'tenants status'
    jq -r '.refused[] | keys[]' <<<"$output" | expect_documented 'tenants status: an item of refused'

    curl -fsS --data-urlencode 'q=DROP SERIES FROM /.*/' "$INFLUX_URL/query?db=${DB}_000000000000000000000000000000a1" >/dev/null
    for mode in '' --deep --repair; do
        # shellcheck disable=SC2086  # none, or one option
        run -1 --separate-stderr tenants verify --output json $mode
        echo "$output" >"$BATS_TEST_TMPDIR/verify"
        expect_events "$BATS_TEST_TMPDIR/verify" verify
        [ -n "$mode" ] || grep -q '"difference"' "$BATS_TEST_TMPDIR/verify"
    done
    # What --repair couldn't mend is a window that failed.
    run -1 tenants status --output json
    holds '.failures | length > 0' <<<"$output"
    jq -r '.failures[] | keys[]' <<<"$output" | expect_documented 'tenants status: an item of failures'
}

@test "docs/json.rst explains every field of check" {
    write_points "m,_tenant_id=a value=1 $((NOW - 3600000000000))"
    run -1 --separate-stderr tenants check --settle 1s --output json
    jq -r 'keys[]' <<<"$output" | expect_documented 'tenants check'
    jq -r '.scope | keys[]' <<<"$output" | expect_documented 'tenants check: scope'
    jq -r '.reasons[] | keys[]' <<<"$output" | expect_documented 'tenants check: an item of reasons'
}

@test "docs/json.rst explains every event that the code can tell" {
    sed -n 's/.*run_tell_window([^"]*"\([a-z_]*\)".*/\1/p; s/.*"event", "\([a-z_]*\)".*/\1/p' \
        "$ROOT"/src/tenants/*.c "$ROOT"/src/tenants/*/*.c "$ROOT"/src/cmd/tenants/*.c "$ROOT"/src/cmd/tenants/*/*.c | grep -vx summary | sort -u >"$BATS_TEST_TMPDIR/told"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/told")" -ge 10 ]
    while read -r event; do
        grep -qx "$event" "$PAGE" || {
            echo "no section '$event'"
            return 1
        }
    done <"$BATS_TEST_TMPDIR/told"
    # Field by field, also of events that are hard to come by.
    sed -n 's/.*json_set[a-z_]*([a-z_]*, "\([a-z_]*\)".*/\1/p; s/.*set_instant([a-z_]*, "\([a-z_]*\)".*/\1/p' \
        "$ROOT"/src/tenants/run/tell.c "$ROOT"/src/cmd/tenants/*.c "$ROOT"/src/cmd/tenants/*/*.c | sort -u >"$BATS_TEST_TMPDIR/printed"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/printed")" -ge 50 ]
    while read -r field; do
        grep -qF "\`\`$field\`\`" "$PAGE" || {
            echo "no field '$field'"
            return 1
        }
    done <"$BATS_TEST_TMPDIR/printed"
}

@test "docs/json.rst explains no field that no command prints" {
    # shellcheck disable=SC2016  # the backquotes are reST's
    sed -n '/^tenants plan$/,$p' "$PAGE" | grep '^``' | grep -oE '``[a-z_]+``' | tr -d '`' | sort -u >"$BATS_TEST_TMPDIR/explained"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/explained")" -ge 100 ]
    while read -r field; do
        grep -qF "\"$field\"" "$ROOT"/src/tenants/*.c "$ROOT"/src/tenants/*/*.c "$ROOT"/src/cmd/*.c "$ROOT"/src/cmd/*/*.c \
            "$ROOT"/src/cmd/*/*/*.c || {
            echo "nothing prints '$field'"
            return 1
        }
    done <"$BATS_TEST_TMPDIR/explained"
}
