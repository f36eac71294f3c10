#!/usr/bin/env bats
# The commands of docs/ are run as they stand there, page by page, in their order.
#
# A block behind `::` is a script. In it, paths of a real deployment stand for the test's own.

load ../lib/live

setup_file() {
    influxd_start
    mariadbd_start
}
teardown_file() {
    influxd_stop
    mariadbd_stop
}
setup() {
    fresh_database
    "$LIB/sample" history "$(date +%s)" 1 | load_points
    BIN=$BATS_TEST_TMPDIR/bin
    mkdir "$BIN"
    for name in monasca-migrate migrate-to-db-per-tenant monasca_db; do ln -s "$PROGRAM" "$BIN/$name"; done
    # What a deployment has and the tests don't: services, and other users.
    printf '#!/bin/sh\necho "systemctl $*" >>"%s/services"\n' "$BATS_TEST_TMPDIR" >"$BIN/systemctl"
    # shellcheck disable=SC2016  # the script expands
    printf '#!/bin/sh\n[ "$1" != -u ] || shift 2\nexec "$@"\n' >"$BIN/sudo"
    chmod +x "$BIN/systemctl" "$BIN/sudo"
    export PATH=$BIN:$PATH STATE_DIRECTORY=$STATE
    # Some commands write files where they run.
    cd "$BATS_TEST_TMPDIR" || return
}
teardown() { drop_databases; }

# The blocks behind `::` of a page, in files $BATS_TEST_TMPDIR/block.N.
blocks() {
    awk -v out="$BATS_TEST_TMPDIR/block." '
    /^ *[^. ].*::$/ || /^::$/ { wanted = 1; next }
    wanted && /^$/ { if (file) print "" >file; next }
    wanted && /^    / { if (!file) file = out sprintf("%02d", ++n); print substr($0, 5) >file; next }
    { wanted = 0; file = "" }' "$1"
}

# The lines of the code-block of the page $1 that is named $2.
named() {
    awk -v name="$2" '
    $0 ~ "^   :name: " name "$" { wanted = 1; next }
    wanted && /^$/ { if (seen) print ""; next }
    wanted && /^    / { print substr($0, 5); seen = 1; next }
    { wanted = 0 }' "$1"
}

# Runs a script of a page; what it says is shown where it fails.
run_script() {
    sed -i "s|/etc/monasca/persister.conf|$CONF|g; s|/etc/monasca/api.conf|$CONF.api|g" "$1"
    CONF=$CONF timeout 300 bash -euo pipefail "$1" >"$1.out" 2>&1 || {
        echo "status $? of:"
        cat "$1"
        echo "it said:"
        tail -n 20 "$1.out"
        return 1
    }
}

run_page() {
    local block
    blocks "$ROOT/docs/$1"
    [ -e "$BATS_TEST_TMPDIR/block.01" ]
    for block in "$BATS_TEST_TMPDIR"/block.[0-9][0-9]; do run_script "$block"; done
}

@test "the commands of the operator guide work, in their order" {
    run_page operator-guide.rst
    compare
}

@test "the commands of exit-statuses.rst work" {
    run_page exit-statuses.rst
    compare
}

@test "the commands of targets.rst work" {
    local source=$INFLUX_URL third
    influxd_start third
    third=$INFLUX_URL
    influxd_start second
    victoria_start
    echo secret >targets.password
    printf 'cpu,_tenant_id=%s value=1 %s\n' 0123456789abcdef0123456789abcdef "$NOW" 89abcdef0123456789abcdef01234567 "$NOW" | INFLUX_URL=$source "$LIB/influx.py" load "$DB"
    sed "s|http://influx2.example.org:8086|$INFLUX_URL|g; s|http://victoria.example.org:8428|$VICTORIA_URL|g
        s|http://influx1.example.org:8086|$source|g; s|http://influx3.example.org:8086|$third|g; s|/etc/monasca/targets.password|targets.password|g" \
        "$ROOT/docs/targets.rst" >"$BATS_TEST_TMPDIR/targets.rst"
    export INFLUX_URL=$source
    local block
    blocks targets.rst
    [ -e block.02 ]
    for block in block.[0-9][0-9]; do run_script "$block"; done
    grep -q "0123456789abcdef0123456789abcdef .*project_a" block.02.out
    grep -q "89abcdef0123456789abcdef01234567 .*$VICTORIA_URL" block.02.out
    # The map of the third block spreads the tenants over three servers.
    grep -qF "#~ $third: " map.conf
    grep -qxF "password_file = $PWD/targets.password" map.conf
    victoria_stop
}

@test "the commands of json.rst work" {
    run_page json.rst
    # How many points were written.
    grep -qxE '[1-9][0-9]*' block.01.out
    compare
}

@test "the commands of deployment.rst work" {
    MON=mon$BATS_TEST_NUMBER
    sql '' "CREATE DATABASE $MON"
    printf '[database]\nconnection = mysql+pymysql://root:%s@127.0.0.1:%s/%s\n' "$MYSQL_PASSWORD" "$MYSQL_PORT" "$MON" >"$CONF.api"
    run_page deployment.rst
    compare --skip '^log\..+'
    [ "$(sql "$MON" 'SELECT version_num FROM alembic_version')" = "$(monasca-migrate schema heads | cut -d ' ' -f 1)" ]
}

@test "the devstack snippet migrates, switches the persister over, and can be run again" {
    named "$ROOT/docs/deployment.rst" devstack >"$BATS_TEST_TMPDIR/local.sh"
    [ -s "$BATS_TEST_TMPDIR/local.sh" ]
    run_script "$BATS_TEST_TMPDIR/local.sh"
    grep -qx 'db_per_tenant = True' "$CONF"
    grep -q 'restart devstack@monasca-persister' "$BATS_TEST_TMPDIR/services"
    run_script "$BATS_TEST_TMPDIR/local.sh"
    [ "$(grep -c '^db_per_tenant' "$CONF")" -eq 1 ]
    compare
}

@test "the commands of the Ansible snippet work, and its conditions read what they print" {
    /usr/bin/python3 -c 'import yaml' 2>/dev/null || skip 'no python3-yaml'
    named "$ROOT/docs/deployment.rst" ansible >"$BATS_TEST_TMPDIR/tasks.yml"
    /usr/bin/python3 -c '
import sys, yaml
for task in yaml.safe_load(open(sys.argv[1])):
    print(task["ansible.builtin.command"]["cmd"])' "$BATS_TEST_TMPDIR/tasks.yml" >"$BATS_TEST_TMPDIR/commands"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/commands")" -eq 2 ]
    run_script "$BATS_TEST_TMPDIR/commands"
    grep '"event":"summary"' "$BATS_TEST_TMPDIR/commands.out" | holds '.points_written > 0'
}

@test "the command of the systemd unit works" {
    named "$ROOT/docs/deployment.rst" systemd | sed -n 's/^ExecStart=\/usr\/bin\///p' >"$BATS_TEST_TMPDIR/unit"
    [ -s "$BATS_TEST_TMPDIR/unit" ]
    run_script "$BATS_TEST_TMPDIR/unit"
    compare
}

@test "every page of docs/ can be read by docutils, and links to pages that exist" {
    rst2html=$(command -v rst2html || command -v rst2html.py) || skip 'no rst2html (python3-docutils)'
    local links=0
    for page in "$ROOT"/README.rst "$ROOT"/docs/*.rst; do
        "$rst2html" --halt=2 --syntax-highlight=none "$page" >"$BATS_TEST_TMPDIR/page.html" || {
            echo "$page"
            return 1
        }
        grep -oE 'href="[a-z-]*\.rst' "$BATS_TEST_TMPDIR/page.html" | sed 's/href="//' | sort -u >"$BATS_TEST_TMPDIR/links"
        while read -r name; do
            links=$((links + 1))
            [ -e "$(dirname "$page")/$name" ] || {
                echo "$page links to $name, which is not there"
                return 1
            }
        done <"$BATS_TEST_TMPDIR/links"
    done
    [ "$links" -ge 20 ]
}
