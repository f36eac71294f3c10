#!/usr/bin/env bash
# How fast the schema commands are, on a private server:
#
#   * from empty to head, against the stock client with the same statements (target: at most 1.25
#     times as long) and against Alembic over the same graph (target: at least 4 times as fast);
#   * version (target: under 20 ms).
#
#     ROUNDS=15 DURABLE=1 tests/bench/schema.sh
#
# The best of ROUNDS counts, taken in turns, so that what else the machine does hits all alike. With
# DURABLE=1 the server flushes at every commit, as in production.
set -eu
unset MYSQL_PWD

here=$(cd "$(dirname "$0")/../.." && pwd)
program=${BUILD:-$here/build}/monasca-migrate
dir=$(mktemp -d)
rounds=${ROUNDS:-15}
# The server of the tests waits for no disk, unless it is told to.
address=$("$here/tests/lib/mariadbd" start "$dir/server" --skip-debug-no-sync --innodb-flush-method=O_DIRECT \
    --innodb-flush-log-at-trx-commit="${DURABLE:-1}")
trap '"$here/tests/lib/mariadbd" stop "$dir/server"; rm -rf "$dir"' EXIT
MYSQL_PWD=$(cat "$dir/server/password")
export MYSQL_PWD ALEMBIC_URL=mysql+pymysql://root:$MYSQL_PWD@$address/mon
url=mysql://root@$address/mon
client="mariadb --defaults-file=$dir/server/client.cnf"
"$program" schema upgrade --sql >"$dir/head.sql"

# milliseconds FILE COMMAND...: appends how long it took, as tenths of a millisecond.
milliseconds() {
    local file=$1 start end
    shift
    start=$(date +%s%N)
    "$@" >/dev/null 2>&1
    end=$(date +%s%N)
    echo $(((end - start) / 100000)) >>"$dir/$file"
}
empty() { $client -e 'DROP DATABASE IF EXISTS mon; CREATE DATABASE mon CHARACTER SET utf8mb4'; }
stock() { $client mon <"$dir/head.sql"; }
ours() { "$program" schema upgrade --connection "$url"; }
alembic() { /usr/bin/python3 -B -m alembic.config -c "$here/tests/live/schema/alembic/alembic.ini" upgrade head; }
version() { "$program" schema version --connection "$url"; }

with=(stock ours)
if /usr/bin/python3 -c 'import alembic, pymysql' 2>/dev/null; then with+=(alembic); fi
for ((i = 0; i < rounds; i++)); do
    for what in "${with[@]}"; do
        empty
        milliseconds "$what" "$what"
    done
    milliseconds version version
done
for what in "${with[@]}" version; do
    sort -n "$dir/$what" | awk -v what="$what" '
        { all[NR] = $1 }
        END { printf "%-8s best %7.1f ms, median %7.1f ms\n", what, all[1] / 10, all[int((NR + 1) / 2)] / 10 }'
done
best() { sort -n "$dir/$1" | head -n 1; }
median() { sort -n "$dir/$1" | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }
awk -v o="$(best ours)" -v s="$(best stock)" -v om="$(median ours)" -v sm="$(median stock)" \
    'BEGIN { printf "ours / stock client: best %.2f, median %.2f (at most 1.25)\n", o / s, om / sm }'
[ ! -e "$dir/alembic" ] || awk -v o="$(best ours)" -v a="$(best alembic)" -v om="$(median ours)" -v am="$(median alembic)" \
    'BEGIN { printf "Alembic / ours: best %.1f, median %.1f (at least 4)\n", a / o, am / om }'
