#!/usr/bin/env bats
# Wrong turns that people take: each ends in a line that says what to do, with the right status.

load ../lib/live

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    printf '[influxdb]\nip_address = 127.0.0.1\nport = 1\n' >good.conf
    # Nothing of the machine's own may be read.
    export HOME=$BATS_TEST_TMPDIR
}

# turn STATUS WORDS ARGUMENT...: nothing on standard output, an error, the hint last. WORDS are the hint's; where many
# errors share one hint, they are 'ERROR hint: HINT'.
turn() {
    local wanted=$1 words=$2
    shift 2
    run --separate-stderr "$PROGRAM" "$@"
    [ "$status" -eq "$wanted" ] || {
        printf 'status %s, not %s: %s\n%s\n' "$status" "$wanted" "$*" "$stderr"
        return 1
    }
    [ -z "$output" ]
    output=$(tail -n 1 <<<"$stderr")
    says '^hint: '
    output=${stderr//$'\n'/ }
    [[ $words == *' hint: '* ]] || words=".* hint: .*$words"
    says "^error: $words"
}

@test "no command" { turn 2 'monasca-migrate --help'; }

@test "a group without a command" { turn 2 'help tenants' tenants; }

@test "a mistyped group" { turn 2 "did you mean 'monasca-migrate tenants'" tenats run; }

@test "a mistyped command" { turn 2 "did you mean 'monasca-migrate tenants run'" tenants rn; }

@test "a word that is near nothing" { turn 2 'monasca-migrate --help' frobnicate; }

@test "help for a mistyped command" { turn 2 "'monasca-migrate tenants status'" help tenants statsu; }

@test "help for too much" { turn 2 'usage: monasca-migrate help ' help tenants run please; }

@test "a mistyped option" { turn 2 'did you mean --jobs' tenants run --jbos 4; }

@test "an option near to nothing" { turn 2 "there is no option --frobnicate hint: .*help tenants run" tenants run --frobnicate; }

@test "a letter that is no option" { turn 2 'there is no option -z hint: --help lists' tenants run -z; }

@test "an option without its value" { turn 2 "--tenant needs a value: --tenant ID hint: .*help tenants run" tenants run --tenant; }

@test "a flag with a value" { turn 2 "--full takes no value hint: .*help tenants run" tenants run --full=yes; }

@test "a number in words" { turn 2 "--jobs: 'many' is no number hint: .*help tenants run" tenants run --jobs many; }

@test "a number out of range" { turn 2 "--jobs: 0 is out of range; .* hint: .*help tenants run" tenants run --jobs 0; }

@test "a unit that does not exist" { turn 2 "--migrate-time-unit: 'm' is not allowed; .* hint: .*help tenants run" tenants run --migrate-time-unit m; }

@test "a mistyped choice" { turn 2 'did you mean json' tenants run --output jsn; }

@test "a duration in words" { turn 2 "--overlap: 'soon' is no duration; .* hint: .*help tenants run" tenants run --overlap soon; }

@test "offsets the wrong way round" {
    turn 2 "--migrate-start-time-offset must be less than --migrate-end-time-offset hint: .*help tenants run" tenants run --migrate-start-time-offset 5 --migrate-end-time-offset 4
}

@test "a retention policy without a duration" {
    turn 2 'project:2w' tenants run --config-file good.conf --migrate-retention-policy project
}

@test "an option alone that does not exist" {
    turn 2 'there is no option -x hint: --help lists' -x
    run ! grep 'command is missing' <<<"$stderr"
}

@test "a value that belongs behind an equals sign" {
    turn 2 '--follow=5s' tenants run --config-file good.conf --follow 5s
}

@test "a tenant without a name" { turn 2 "--tenant: the value is empty hint: .*help tenants run" tenants run --config-file good.conf --tenant ''; }

@test "a whole address for the host, with a password in it that is not shown" {
    printf '[influxdb]\nip_address = http://u:hunter2@127.0.0.1:8086\n' >bad.conf
    turn 3 'ssl = true' tenants run --config-file bad.conf
    run ! grep hunter2 <<<"$stderr"
    printf '[influxdb]\nip_address = 127.0.0.1:8086\n' >bad.conf
    turn 3 'the key port' tenants run --config-file bad.conf
}

@test "a metrics file that is a device stays one" {
    [ -c /dev/null ]
    mkfifo pipe
    turn 3 'name a file' tenants run --config-file good.conf --state-dir state --metrics-file pipe
    [ -p pipe ]
}

@test "a journal that another user keeps is not said to be missing" {
    local drop=()
    [ "$(id -u)" != 0 ] || drop=(setpriv "--bounding-set=-dac_override,-dac_read_search")
    mkdir -m 000 state
    run -3 "${drop[@]}" "$PROGRAM" tenants status --config-file good.conf --state-dir state
    says 'Permission denied'
    says '^hint: .*user'
}

@test "without a home the journal goes nowhere that others write to" {
    [ "$(id -u)" = 0 ] || skip 'no right to be another user'
    [ ! -e /var/lib/monasca-migrate ] || skip 'this machine has a state directory'
    local open
    open=$(mktemp -d)
    cp "$PROGRAM" good.conf "$open"
    chmod 755 "$open"
    chmod 644 "$open/good.conf"
    run -3 env -u HOME setpriv --reuid=4242 --regid=4242 --clear-groups "$open/${PROGRAM##*/}" tenants run --config-file "$open/good.conf"
    rm -r "$open"
    says '/var/lib/monasca-migrate'
    says '^hint: --state-dir'
}

@test "a damaged journal is no reason for a script to go on" {
    mkdir state
    tenants_status=$("$PROGRAM" tenants status --config-file good.conf --state-dir state 2>&1 >/dev/null || true)
    journal=$(grep -o 'state/[^ ]*\.journal' <<<"$tenants_status")
    seq 10000 >"$journal"
    turn 3 'damaged' tenants run --config-file good.conf --state-dir state
    turn 3 'damaged' tenants status --config-file good.conf --state-dir state
}

@test "a regular expression that is none" {
    turn 2 "--migrate-skip-regex: the regular expression .* hint: .*help tenants run" tenants run --config-file good.conf --migrate-skip-regex '('
}

@test "an argument too many" { turn 2 'usage: monasca-migrate tenants run' tenants run now; }

@test "no configuration file anywhere" {
    [ ! -e /etc/monasca ] || skip 'this machine has a configuration'
    turn 3 '--config-file' tenants run
}

@test "a configuration file that is not there" { turn 3 "can't read none.conf: .* hint: .*run the same command again" tenants run --config-file none.conf; }

@test "a configuration directory that is not there" { turn 3 '--config-dir' tenants run --config-dir none.d; }

@test "a configuration without an address" {
    echo '[influxdb]' >bad.conf
    turn 3 'set it there' tenants run --config-file bad.conf
}

@test "a configuration with a word for the port" {
    printf '[influxdb]\nip_address = 127.0.0.1\nport = usual\n' >bad.conf
    turn 3 "bad.conf, line 3: \[influxdb\] port: 'usual' is wrong.* hint: .*run the same command again" tenants run --config-file bad.conf
}

@test "a log file in a folder that is not there" {
    turn 3 '--log-file' tenants run --config-file good.conf --log-file none/run.log
}

@test "a state directory that can't be made" {
    turn 3 '--state-dir' tenants run --config-file good.conf --state-dir good.conf/state
}

@test "a server that is not there" {
    turn 4 'is the server up' tenants run --config-file good.conf --state-dir state
}

@test "status before any run" { turn 1 'no run was made yet' tenants status --config-file good.conf --state-dir state; }

@test "verify before any run" { turn 1 'no run was made yet' tenants verify --config-file good.conf --state-dir state; }

@test "a mistyped schema command" { turn 2 "'monasca-migrate schema upgrade'" schema upgrde; }

@test "a downgrade to nowhere" { turn 2 '-1 is the one before' schema downgrade; }

@test "a revision that does not exist" { turn 2 'schema history' schema show nope; }

@test "a database URL that is none" { turn 3 'mysql\+pymysql://' schema upgrade --connection nonsense; }

@test "a database server that is not there" {
    turn 4 '--wait waits' schema upgrade --connection mysql+pymysql://u:p@127.0.0.1:1/mon
}

@test "a revision without a message" { turn 2 'a message of one line is needed: .* hint: .*help schema revision' schema revision; }

@test "a full disk under standard output" {
    [ -e /dev/full ] || skip 'no /dev/full'
    # shellcheck disable=SC2016  # the inner shell expands
    run -1 bash -c '"$PROGRAM" help >/dev/full'
    says 'write to standard output'
}
