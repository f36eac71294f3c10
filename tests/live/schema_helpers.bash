# For the tests of the schema commands. `load ../lib/live` first, then `load schema_helpers`.
#
#     setup_file() { mariadbd_start; }
#     teardown_file() { mariadbd_stop; }
#     setup() { fresh_mon; }               # an empty database $MON
#     teardown() { drop_mon; }

# shellcheck shell=bash

SCHEMA_FILES=$BATS_TEST_DIRNAME/schema
REVISIONS=(00597b5c8325 0cce983d957a c2f85438d6f3 30181b42434b 6b2b88f3cab4 d8b801498850
    8781a256f0c1 f69cb3152a76 26083b298bb7)
HEAD=${REVISIONS[8]}
export HEAD

# An empty database of the test's own: fresh_mon [CHARSET]
fresh_mon() {
    MON=mon${BATS_TEST_NUMBER}
    sql '' "DROP DATABASE IF EXISTS $MON; CREATE DATABASE $MON CHARACTER SET ${1:-utf8mb4}"
    export MYSQL_PWD=$MYSQL_PASSWORD
    URL=mysql+pymysql://root@127.0.0.1:$MYSQL_PORT/$MON
}

drop_mon() {
    sql '' "DROP DATABASE IF EXISTS $MON"
}

# schema COMMAND [OPTION...]: on $MON
schema() {
    local command=$1
    shift
    "$PROGRAM" schema "$command" --connection "$URL" "$@"
}

# What the script of a commit makes: load_script 05_6b2b88f3
load_script() {
    sql "$MON" <"$SCHEMA_FILES/script/$1.sql"
}

# Is the shape that of a revision? The default is head.
# shellcheck disable=SC2120  # the tests give arguments
expect_shape() {
    local shape
    shape=$(schema fingerprint --raw) && [ -n "$shape" ] && diff <(echo "$shape") <(grep -v '^#' "$ROOT/src/schema/states/${1:-$HEAD}.txt")
}

expect_version() {
    [ "$(sql "$MON" 'SELECT version_num FROM alembic_version')" = "$1" ]
}

expect_no_table_left() {
    local tables
    tables=$(sql "$MON" "SHOW TABLES LIKE 'monasca%'") && [ -z "$tables" ]
}

# At head, of its shape, and with nothing left behind. Joined by &&: in `expect_head || ...` only the last would count.
expect_head() {
    expect_version "$HEAD" && expect_shape "$HEAD" && expect_no_table_left
}

# An error in one line, and a hint, if any, on a second; nothing on standard output.
expect_one_line() {
    [ -z "$output" ] || {
        echo "standard output: $output"
        return 1
    }
    # shellcheck disable=SC2154
    [[ $(grep -v '^hint: ' <<<"$stderr") =~ ^error:\ [^$'\n']+$ ]] || {
        echo "not an error in one line: $stderr"
        return 1
    }
}

# A row in each table that somebody cares about; the revision must be 00597b5c8325 or later.
insert_data() {
    sql "$MON" "
        INSERT INTO notification_method (id, tenant_id, name, type, address, created_at, updated_at)
            VALUES ('n1', 't', 'mail', 'EMAIL', 'a@example.org', NOW(), NOW());
        INSERT INTO alarm_definition (id, tenant_id, name, expression, severity, created_at, updated_at)
            VALUES ('d1', 't', 'high', 'max(cpu) > 90', 'HIGH', NOW(), NOW());
        INSERT INTO alarm (id, alarm_definition_id, state, created_at, updated_at)
            VALUES ('a1', 'd1', 'ALARM', NOW(), NOW());
        INSERT INTO alarm_action VALUES ('d1', 'ALARM', 'n1');
        INSERT INTO sub_alarm_definition
            (id, alarm_definition_id, \`function\`, metric_name, \`operator\`, threshold, period, periods,
             created_at, updated_at)
            VALUES ('s1', 'd1', 'MAX', 'cpu', 'GT', 90, 60, 1, NOW(), NOW());
        INSERT INTO sub_alarm (id, alarm_id, sub_expression_id, expression, created_at, updated_at)
            VALUES ('u1', 'a1', 's1', 'max(cpu) > 90', NOW(), NOW())"
}

expect_data() {
    [ "$(sql "$MON" "SELECT CONCAT_WS(' ', a.state, d.name, n.type, s.threshold, u.expression)
        FROM alarm a JOIN alarm_definition d ON d.id = a.alarm_definition_id
        JOIN alarm_action x ON x.alarm_definition_id = d.id JOIN notification_method n ON n.id = x.action_id
        JOIN sub_alarm u ON u.alarm_id = a.id JOIN sub_alarm_definition s ON s.id = u.sub_expression_id")" = \
        'ALARM high EMAIL 90 max(cpu) > 90' ]
}

# Another connection takes the lock of $MON, and keeps it until let_lock_go.
hold_lock() {
    sql '' "DO GET_LOCK('monasca-migrate.$MON', 0); SELECT SLEEP(600)" >/dev/null 2>&1 3>&- &
    wait_for 60 holder_of_lock
}

holder_of_lock() {
    sql '' "SELECT IS_USED_LOCK('monasca-migrate.$MON')" | grep -x '[0-9]*'
}

let_lock_go() {
    sql '' "KILL $(holder_of_lock)"
}

# Waits until so many runs wait for the lock: wait_for_waiters NUMBER
wait_for_waiters() {
    wait_for 60 has_waiters "$1"
}

has_waiters() {
    [ "$(sql '' "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = '$MON' AND STATE = 'User lock'")" -eq "$1" ]
}

# A proxy before the server that gives some statements a fault (tests/torture/mysql_proxy.py has them);
# $URL leads there: mysql_proxy_start [RULE...]. proxy_rules and proxy_stop are those of InfluxDB's.
mysql_proxy_start() {
    proxy_stop
    PROXY_LOG=$BATS_TEST_TMPDIR/faults
    rm -f "$BATS_TEST_TMPDIR/proxy"
    : >"$PROXY_LOG"
    proxy_rules "$@"
    OWNER=$$ "$ROOT/tests/torture/mysql_proxy.py" --upstream "127.0.0.1:$MYSQL_PORT" --port-file "$BATS_TEST_TMPDIR/proxy" \
        --log "$PROXY_LOG" --rules "$BATS_TEST_TMPDIR/rules" </dev/null >"$BATS_TEST_TMPDIR/proxy.out" 2>&1 3>&- &
    PROXY=$!
    disown "$PROXY"
    wait_for 10 test -s "$BATS_TEST_TMPDIR/proxy"
    URL=mysql+pymysql://root@$(cat "$BATS_TEST_TMPDIR/proxy")/$MON
}

# Builds what ends the program at a statement; sets INTERRUPT.
build_interrupt() {
    INTERRUPT=$BATS_FILE_TMPDIR/interrupt.so
    # shellcheck disable=SC2046
    "${CC:-cc}" -D_GNU_SOURCE -shared -fPIC -o "$INTERRUPT" "$SCHEMA_FILES/interrupt.c" \
        $(pkg-config --cflags libmariadb 2>/dev/null || pkg-config --cflags mysqlclient) || return 1
    export INTERRUPT
}

# interrupted WHEN HOW N COMMAND [OPTION...]: see schema/interrupt.c. The status is in $ended.
interrupted() {
    local when=$1 how=$2 at=$3 command=$4
    shift 4
    ended=0
    env LD_PRELOAD="$INTERRUPT" INTERRUPT_AT="$at" INTERRUPT_WHEN="$when" INTERRUPT_HOW="$how" \
        INTERRUPT_CLIENT="mariadb --defaults-file=$MYSQL_DIR/client.cnf" \
        sh -c '"$@"; exit $?' - "$PROGRAM" schema "$command" --connection "$URL" "$@" \
        >"$BATS_TEST_TMPDIR/interrupted.log" 2>&1 || ended=$?
}
