# For tests against real servers. `load ../lib/live` (from tests/live).
#
# A file starts one server for all its tests:
#
#     setup_file() { influxd_start; }          # settings as tests/lib/influxd takes them
#     teardown_file() { influxd_stop; }
#     setup() { fresh_database; }              # a source $DB, and its configuration $CONF
#     teardown() { drop_databases; }
#
# A test that needs another server starts it with `influxd_start NAME SETTING...` and reads
# $INFLUX_URL; it ends with the file at the latest.

# shellcheck shell=bash
bats_require_minimum_version 1.5.0

ROOT=$(cd "${BATS_TEST_DIRNAME%%/tests/*}" && pwd)
LIB=$ROOT/tests/lib
PROGRAM=${MONASCA_MIGRATE:-$ROOT/build/monasca-migrate}
# The program goes by no locale; the tools of the tests do: a Turkish shell has an I of its own.
LC_ALL=C.UTF-8
export ROOT LIB PROGRAM LC_ALL

# --- servers -------------------------------------------------------------------------------------

# Starts a private influxd and sets INFLUX_URL, INFLUX_HOST, INFLUX_PORT and INFLUX_DIR.
influxd_start() {
    local name=influxd
    case ${1:-} in '' | *=*) ;; *)
        name=$1
        shift
        ;;
    esac
    INFLUX_DIR=$BATS_FILE_TMPDIR/$name
    INFLUX_URL=$(OWNER=$$ "$LIB/influxd" start "$INFLUX_DIR" "$@") || return 1
    INFLUX_HOST=127.0.0.1
    INFLUX_PORT=${INFLUX_URL##*:}
    export INFLUX_DIR INFLUX_URL INFLUX_HOST INFLUX_PORT
}

# The same for one beside that of the tests, as ANOTHER_URL and ANOTHER_DIR; what it had goes on when it is started again.
another_start() {
    local url=$INFLUX_URL port=$INFLUX_PORT dir=$INFLUX_DIR
    influxd_start "$@"
    ANOTHER_URL=$INFLUX_URL
    ANOTHER_DIR=$INFLUX_DIR
    export ANOTHER_URL ANOTHER_DIR INFLUX_URL=$url INFLUX_PORT=$port INFLUX_DIR=$dir
}

another_goes_away() {
    "$LIB/influxd" kill "$ANOTHER_DIR"
}

another_comes_back() {
    OWNER=$$ "$LIB/influxd" start "$ANOTHER_DIR" port="${ANOTHER_URL##*:}" >/dev/null
}

influxd_stop() {
    local dir
    for dir in "$BATS_FILE_TMPDIR"/*/; do
        [ ! -f "$dir/url" ] || "$LIB/influxd" stop "${dir%/}"
    done
}

# A proxy before $INFLUX_URL that gives some requests a fault (tests/torture/proxy.py has the rules),
# and a configuration $CONF that leads there: proxy_start [RULE...]. Sets PROXY_URL and PROXY_LOG. It
# stays what it is, a server with a journal of its own: proxy_rules [RULE...] changes the faults.
proxy_start() {
    proxy_stop
    PROXY_LOG=$BATS_TEST_TMPDIR/faults
    rm -f "$BATS_TEST_TMPDIR/proxy"
    : >"$PROXY_LOG"
    proxy_rules "$@"
    OWNER=$$ "$ROOT/tests/torture/proxy.py" --upstream "$INFLUX_URL" --port-file "$BATS_TEST_TMPDIR/proxy" \
        --log "$PROXY_LOG" --rules "$BATS_TEST_TMPDIR/rules" </dev/null >"$BATS_TEST_TMPDIR/proxy.out" 2>&1 3>&- &
    PROXY=$!
    disown "$PROXY"
    wait_for 10 test -s "$BATS_TEST_TMPDIR/proxy"
    PROXY_URL=$(cat "$BATS_TEST_TMPDIR/proxy")
    write_conf "port = ${PROXY_URL##*:}"
}

proxy_rules() {
    printf '%s\n' "$@" >"$BATS_TEST_TMPDIR/rules.new"
    mv "$BATS_TEST_TMPDIR/rules.new" "$BATS_TEST_TMPDIR/rules"
}

# Starts the proxy, and holds the N-th statement that passes it, and those after, until `release`: what runs is
# then where the test wants it, however fast or slow the machine is. hold [N [REGEX]]: of those that match.
hold() {
    rm -f "$BATS_TEST_TMPDIR/go"
    proxy_start "hold=$BATS_TEST_TMPDIR/go@${1:-1}+~${2:- INTO }"
}

wait_until_held() {
    wait_for 60 grep -q ^hold "$PROXY_LOG"
}

release() {
    : >"$BATS_TEST_TMPDIR/go"
}

proxy_stop() {
    [ -z "${PROXY:-}" ] || kill -KILL "$PROXY" 2>/dev/null || true
    PROXY=
}

# Starts a private VictoriaMetrics and sets VICTORIA_URL and VICTORIA_DIR: victoria_start [NAME] [-FLAG=VALUE...]
victoria_start() {
    local name=victoria
    case ${1:-} in '' | -*) ;; *)
        name=$1
        shift
        ;;
    esac
    VICTORIA_DIR=$BATS_FILE_TMPDIR/$name
    VICTORIA_URL=$(OWNER=$$ "$LIB/victoria" start "$VICTORIA_DIR" "$@") || return 1
    export VICTORIA_DIR VICTORIA_URL
}

victoria_stop() {
    local dir
    for dir in "$BATS_FILE_TMPDIR"/victoria*/; do
        [ ! -f "$dir/pid" ] || "$LIB/victoria" stop "${dir%/}"
    done
}

# A server that makes another look like a kind of its own (tests/lib/front.py): front_start MODE UPSTREAM [OPTION...].
# Sets FRONT_URL and FRONT_LOG.
front_start() {
    local mode=$1 upstream=$2
    shift 2
    front_stop
    FRONT_LOG=$BATS_TEST_TMPDIR/front.log
    rm -f "$BATS_TEST_TMPDIR/front"
    : >"$FRONT_LOG"
    OWNER=$$ "$LIB/front.py" "$mode" --upstream "$upstream" --port-file "$BATS_TEST_TMPDIR/front" --log "$FRONT_LOG" \
        "$@" </dev/null >"$BATS_TEST_TMPDIR/front.out" 2>&1 3>&- &
    FRONT=$!
    disown "$FRONT"
    wait_for 10 test -s "$BATS_TEST_TMPDIR/front"
    FRONT_URL=$(cat "$BATS_TEST_TMPDIR/front")
}

front_stop() {
    [ -z "${FRONT:-}" ] || kill -KILL "$FRONT" 2>/dev/null || true
    FRONT=
}

# Starts a private mariadbd and sets MYSQL_HOST, MYSQL_PORT, MYSQL_PASSWORD and MYSQL_DIR. The
# account is root.
mariadbd_start() {
    MYSQL_DIR=$BATS_FILE_TMPDIR/mariadbd
    local address
    address=$(OWNER=$$ "$LIB/mariadbd" start "$MYSQL_DIR" "$@") || return 1
    MYSQL_HOST=127.0.0.1
    MYSQL_PORT=${address##*:}
    MYSQL_PASSWORD=$(cat "$MYSQL_DIR/password")
    export MYSQL_DIR MYSQL_HOST MYSQL_PORT MYSQL_PASSWORD
}

mariadbd_stop() {
    [ ! -d "$BATS_FILE_TMPDIR/mariadbd" ] || "$LIB/mariadbd" stop "$BATS_FILE_TMPDIR/mariadbd"
}

# Runs SQL: sql DATABASE STATEMENT, or statements on standard input.
sql() {
    local database=$1
    shift
    mariadb --defaults-file="$MYSQL_DIR/client.cnf" --batch --skip-column-names ${1:+-e "$1"} "$database"
}

# --- InfluxDB ------------------------------------------------------------------------------------

# The reply to one statement, as JSON; fails when it holds an error.
influx() {
    "$LIB/influx.py" query "$1"
}

# The values of a reply's first column, one a line: influx_values STATEMENT [COLUMN]
influx_values() {
    local reply
    reply=$(influx "$1") || return
    jq -r --argjson column "${2:-0}" '.results[0].series[]?.values[][$column]' <<<"$reply"
}

databases() {
    influx_values 'SHOW DATABASES'
}

# Status 1 where there is none, and 2 where the server doesn't say: `run -1 has_database NAME` tells that it isn't there.
has_database() {
    local names
    names=$(databases) || return 2
    grep -qxF -- "$1" <<<"$names"
}

# The middle of the last week that is over, in nanoseconds: what is written around it lies in one shard group, and is
# one window, also where the tests run in the first minutes of a week.
midweek() {
    local day=86400000000000
    echo $(((NOW / day - 4) / 7 * 7 * day + day / 2))
}

# No target is on the server: fails where there is one, and where the server doesn't say.
expect_no_target() {
    local names
    names=$(databases) && ! grep -F "${DB}_" <<<"$names"
}

# A source database of the test's own, $DB, an empty state folder $STATE, and a configuration $CONF
# that names them. Arguments: what CREATE DATABASE takes behind the name.
fresh_database() {
    DB=t${BATS_TEST_NUMBER}
    STATE=$BATS_TEST_TMPDIR/state
    CONF=$BATS_TEST_TMPDIR/persister.conf
    export DB STATE CONF
    NOW=$(date +%s%N)
    influx "CREATE DATABASE \"$DB\" ${1:-}" >/dev/null
    # shellcheck disable=SC2119
    write_conf
}

# Writes $CONF; arguments are more lines for [influxdb], which win over what stands before.
# shellcheck disable=SC2120  # the tests give arguments
write_conf() {
    {
        printf '[influxdb]\ndatabase_name = %s\nip_address = %s\nport = %s\n' "$DB" "$INFLUX_HOST" "$INFLUX_PORT"
        printf 'user = %s\npassword = %s\n' "${INFLUX_USER:-mon_persister}" "${INFLUX_PASSWORD:-pw}"
        printf '%s\n' "$@"
    } >"$CONF"
}

drop_databases() {
    local name
    databases | while IFS= read -r name; do
        case $name in "$DB" | "$DB"_*) influx "DROP DATABASE $(identifier "$name")" >/dev/null ;; esac
    done
}

identifier() {
    local name=${1//\\/\\\\}
    printf '"%s"' "${name//\"/\\\"}"
}

# generate WHAT [OPTION...] | load [--rp POLICY]
generate() {
    "$LIB/generate.py" "$@" --now "$NOW"
}

load_points() {
    "$LIB/influx.py" load "$DB" "$@"
}

# Points of one line each, as arguments.
write_points() {
    printf '%s\n' "$@" | "$LIB/influx.py" load "$DB"
}

# Do the targets hold what they should, typed, and nothing else?
compare() {
    "$LIB/influx.py" compare "$DB" "$@"
}

# The targets lack points that the source has: fails where they lack none, and where there is nothing to compare.
compare_lacks() {
    run -1 compare "$@"
    says ': missing '
}

digest() {
    "$LIB/influx.py" digest "${1:-$DB}"
}

count() {
    "$LIB/influx.py" count "$1"
}

# How many statements the server has run since it started, this one included.
statements() {
    influx "SHOW STATS FOR 'queryExecutor'" |
        jq '.results[0].series[0] | [.columns, .values[0]] | transpose | map(select(.[0] == "queriesExecuted"))[0][1]'
}

# The statements in the server's log that write: INTO and what follows.
statements_into() {
    cat "$INFLUX_DIR/log.old" "$INFLUX_DIR/log" 2>/dev/null | grep -F 'Executing query' | grep -aoE ' INTO .*' || true
}

# --- the program ---------------------------------------------------------------------------------

# tenants VERB [OPTION...]: with the test's configuration and state folder.
tenants() {
    local verb=$1
    shift
    "$PROGRAM" tenants "$verb" --config-file "$CONF" --state-dir "$STATE" "$@"
}

# What the journal says of what is done.
recorded() {
    local table
    for table in run coverage verified failure tenant planned holding; do
        sqlite3 "$STATE"/*.journal "SELECT '$table', * FROM $table"
    done
}

# The field of the last line, the summary, of `run --output json` in the file $1.
summary() {
    tail -n 1 "$1" | jq -e --arg field "$2" 'if .event == "summary" then .[$field] else error("no summary") end'
}

# run_json NAME [OPTION...]: runs with --output json; $status, and the events in the file $NAME.
run_json() {
    local name=$1
    shift
    EVENTS=$BATS_TEST_TMPDIR/$name
    status=0
    tenants run --output json "$@" >"$EVENTS" 2>"$EVENTS.err" || status=$?
    output=$(cat "$EVENTS.err")
}

# Fails, and shows what was said, unless the status is the one wanted.
expect_status() {
    [ "$status" -eq "$1" ] || {
        printf 'status %s, not %s; it said:\n%s\n' "$status" "$1" "$(head -n 30 <<<"$output")"
        tail -n 5 "${EVENTS:-/dev/null}"
        return 1
    }
}

# expect_field FIELD VALUE: of the summary of the last run_json.
expect_field() {
    local value
    value=$(summary "$EVENTS" "$1") || true
    [ "$value" = "$2" ] || {
        echo "$1 is ${value:-missing}, not $2:"
        tail -n 1 "$EVENTS"
        return 1
    }
}

# Does a condition hold for all that jq gives? holds [JQ-OPTION...] CONDITION [FILE]. Where there is no input, or no result,
# nothing holds; `jq -e` is content with that, so a command that printed nothing would pass.
holds() {
    local results
    if results=$(jq -c "$@") && [ -n "$results" ] && ! grep -qxE 'false|null' <<<"$results"; then return 0; fi
    printf 'does not hold: %s\n%s\n' "$*" "${results:-(no result)}"
    return 1
}

says() {
    grep -qiE -- "$1" <<<"$output" || {
        printf 'nothing matches %s in:\n%s\n' "$1" "$(head -n 30 <<<"$output")"
        return 1
    }
}

says_not() {
    ! grep -qiE -- "$1" <<<"$output" || {
        printf '%s stands in:\n%s\n' "$1" "$output"
        return 1
    }
}

# Sends a signal and waits until it has arrived: of two that come at once a process sees one. send_signal NAME PID
send_signal() {
    kill "-$1" "$2"
    wait_for 60 has_taken_signals "$2"
}

has_taken_signals() {
    ! grep -q '^ShdPnd:.*[1-9a-f]' "/proc/$1/status"
}

# Waits until a command succeeds: wait_for SECONDS COMMAND... No longer than WAIT_AT_MOST seconds, where that is set:
# with a program that does nothing there is nothing to wait for (tests/nothing).
wait_for() {
    local seconds=$1
    [ "$seconds" -le "${WAIT_AT_MOST:-$seconds}" ] || seconds=$WAIT_AT_MOST
    local tries=$((seconds * 20))
    shift
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep 0.05
    done
}
