# Asks `tenants check` and looks at its answer. `load ../lib/check`, after `load ../lib/live`.

# shellcheck shell=bash
# shellcheck disable=SC2034  # tests read these
HOUR=3600000000000
DAY=$((24 * HOUR))

# Points of one line each, into a policy of the source: write_points_to POLICY LINE...
write_points_to() {
    local policy=$1
    shift
    printf '%s\n' "$@" | load_points --rp "$policy"
}

# check [OPTION...]: the document in $CHECK, and $status.
check() {
    CHECK=$BATS_TEST_TMPDIR/check
    status=0
    tenants check --settle 1s --output json "$@" >"$CHECK" 2>"$CHECK.err" || status=$?
    output=$(cat "$CHECK.err")
}

# The answer is yes, and no reason but these accepted ones stands in it: says_yes [REASON...]
says_yes() {
    local reasons
    # shellcheck disable=SC2015  # all of it, or what was said is shown
    reasons=$(jq -r '.reasons | map(select(.accepted) | .reason) | unique | join(" ")' "$CHECK") &&
        [ "$status" -eq 0 ] && [ "$reasons" = "$*" ] &&
        holds '.may_be_dropped and (.reasons | all(.accepted)) and .scope.tenants_total > 0' "$CHECK" >/dev/null || {
        cat "$CHECK" "$CHECK.err"
        return 1
    }
}

# The answer is no, for this reason alone; the figure, where it is given: says_no REASON [FIGURE]
says_no() {
    # shellcheck disable=SC2015,SC2016  # all of it, or what was said is shown
    [ "$status" -eq 1 ] &&
        holds --arg reason "$1" --argjson figure "${2:-null}" '(.may_be_dropped | not) and (.reasons | length > 0) and
            (.reasons | all(.reason == $reason and .figure > 0 and (.accepted | not) and (.words | length > 0) and
                (.mend | length > 0))) and
            ($figure == null or (.reasons | map(.figure) | add) == $figure)' "$CHECK" >/dev/null || {
        cat "$CHECK" "$CHECK.err"
        return 1
    }
}

