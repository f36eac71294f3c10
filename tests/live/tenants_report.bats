#!/usr/bin/env bats
# The report: what the journal says of a migration, as text, JSON and a page.

# shellcheck disable=SC2016  # the variables are jq's
load ../lib/live

A0=000000000000000000000000000000a0
A1=000000000000000000000000000000a1
EVIL='</td><script>alert(1)</script>'

# One migration for all tests of the file: tenant a0 has refused points, a1 keeps ten weeks, a2 is whole, one
# can have no database, one has a name that is markup.
setup_file() {
    influxd_start
    DB=mon STATE=$BATS_FILE_TMPDIR/state CONF=$BATS_FILE_TMPDIR/persister.conf NOW=$(date +%s%N)
    export DB STATE CONF NOW
    influx "CREATE DATABASE $DB" >/dev/null
    write_conf
    generate small --tenants 3 --weeks 30 --per-week 40 | load_points
    influx "CREATE DATABASE \"${DB}_$A0\"" >/dev/null
    # A field of another type in the target, ten weeks ago.
    echo "cpu.idle_perc,_tenant_id=$A0 value=\"text\" $((NOW - 10 * 7 * 86400 * 1000000000))" |
        "$LIB/influx.py" load "${DB}_$A0"
    write_points "odd,_tenant_id=a/b value=1 $((NOW - 60000000000))" \
        "odd,_tenant_id=$(sed 's/ /\\ /g; s/\///g' <<<"$EVIL") value=1 $((NOW - 60000000000))" \
        "nobody value=1 $((NOW - 60000000000))"
    tenants run --quiet --migrate-retention-policy $A1:10w >/dev/null 2>&1 || [ $? -eq 1 ]
}
teardown_file() { influxd_stop; }
teardown() {
    proxy_stop
    write_conf
}

# Is the page well-formed, does it load nothing, and has it no script? Prints its text.
check_page() {
    /usr/bin/python3 - "$1" <<'PY'
import html.parser, sys

VOID = {"meta", "br"}
LOADS = {"src", "href", "srcset", "data", "action", "formaction", "poster", "background", "ping"}

class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.text, self.ids, self.policy = [], [], set(), None

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag in {"script", "link", "iframe", "object", "embed", "base", "img", "form"}:
            sys.exit(f"the page has a <{tag}>")
        if LOADS & set(attrs) or any(name.startswith("on") for name in attrs):
            sys.exit(f"<{tag}> with {attrs}")
        if attrs.get("http-equiv") == "Content-Security-Policy":
            self.policy = attrs["content"]
        if attrs.get("id") in self.ids:
            sys.exit(f"two with the id {attrs['id']}")
        if "id" in attrs:
            self.ids.add(attrs["id"])
        if tag == "svg" and not (attrs.get("role") == "img" and attrs.get("aria-label")):
            sys.exit("a picture without words")
        if tag not in VOID and not self.get_starttag_text().endswith("/>"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            sys.exit(f"</{tag}> closes nothing, line {self.getpos()}")

    def handle_data(self, data):
        if "style" not in self.open:
            self.text.append(data)
        elif "url(" in data or "@import" in data:
            sys.exit("the style loads something")

page = Page()
page.feed(open(sys.argv[1], encoding="utf-8").read())
page.close()
if page.open:
    sys.exit(f"never closed: {page.open}")
if not page.policy or "default-src 'none'" not in page.policy:
    sys.exit(f"the page has no policy that forbids to load: {page.policy}")
print("".join(page.text))
PY
}

chromium_run() {
    timeout -s KILL 60 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync --hide-scrollbars \
        --user-data-dir="$BATS_TEST_TMPDIR/chromium" "$@" >"$BATS_TEST_TMPDIR/chromium.out" 2>&1
}

# Prints how many points of a PNG file have the colour RED GREEN BLUE: no library, 8 bits a channel.
count_colour() {
    /usr/bin/python3 - "$@" <<'PY'
import struct, sys, zlib

data = open(sys.argv[1], "rb").read()
wanted = bytes(int(x) for x in sys.argv[2:5])
at, idat = 8, b""
while at < len(data):
    length, kind = struct.unpack(">I4s", data[at:at + 8])
    body = data[at + 8:at + 8 + length]
    if kind == b"IHDR":
        width, height, depth, colour = struct.unpack(">IIBB", body[:10])
    if kind == b"IDAT":
        idat += body
    at += 12 + length
assert depth == 8 and colour in (2, 6)
size = 3 if colour == 2 else 4
raw, line, found = zlib.decompress(idat), bytearray(width * size), 0
for y in range(height):
    start = y * (width * size + 1)
    kind, now = raw[start], bytearray(raw[start + 1:start + 1 + width * size])
    for i in range(width * size):
        left = now[i - size] if i >= size else 0
        up, corner = line[i], line[i - size] if i >= size else 0
        if kind == 1:
            add = left
        elif kind == 2:
            add = up
        elif kind == 3:
            add = (left + up) // 2
        elif kind == 4:
            p = left + up - corner
            a, b, c = abs(p - left), abs(p - up), abs(p - corner)
            add = left if a <= b and a <= c else up if b <= c else corner
        else:
            add = 0
        now[i] = (now[i] + add) & 255
    line = now
    found += sum(now[i:i + 3] == wanted for i in range(0, width * size, size))
print(found)
PY
}

@test "the report says what became of each tenant, and what to do next" {
    run -0 tenants report
    says 'done in part'
    says "a/b +mon_a/b +can't be copied"
    says "$A0 .*points refused"
    says "$A1 .*verified, clipped"
    says '000000000000000000000000000000a2 .*verified'
    says 'failed: 40 points of 1 tenant: .*field type conflict'
    says 'Slowest statements'
    # The very command that ran, and one that leads to the right database.
    says "monasca-migrate tenants run --config-file $CONF --state-dir $STATE --quiet --migrate-retention-policy $A1:10w"
    says "ALTER RETENTION POLICY \"10w\" ON \"mon_$A1\""
    says_not $'\x1b'
}

@test "the same facts as JSON: counts, periods without gaps, and the next commands" {
    tenants report --output json >"$BATS_TEST_TMPDIR/json"
    holds '.verdict == "done in part" and .tenants_total == 5 and .tenants_verified == 3 and .tenants_failed == 1
        and .tenants_without_database == 1 and .points_refused == 40 and .tenants_clipped == 1 and .runs_total == 1
        and .points_clipped > 0 and .runs[0].status == 1' "$BATS_TEST_TMPDIR/json"
    # Each step of time once, from the first to the last.
    holds '[.tenants[].periods | [.[0].start, .[-1].end]] | unique | length == 1' "$BATS_TEST_TMPDIR/json"
    holds '.tenants | length == 5 and all(.periods as $p | all(range(1; $p | length); $p[.].start == $p[. - 1].end))' "$BATS_TEST_TMPDIR/json"
    holds --arg a1 $A1 '.tenants[] | select(.tenant == $a1) | .periods | map(.state) == ["clipped", "verified"]' "$BATS_TEST_TMPDIR/json"
    holds --arg a0 $A0 '.tenants[] | select(.tenant == $a0) | .periods | map(.state) == ["verified", "failed", "verified"]' \
        "$BATS_TEST_TMPDIR/json"
    holds '(.slowest | length) == 20 and (.slowest | [.[].seconds] | . == (sort | reverse))' "$BATS_TEST_TMPDIR/json"
    holds '.rate_of_last.samples[-1].points_written > 0 and .rate_of_largest == null' "$BATS_TEST_TMPDIR/json"
    # What is written is what the summary of the tenants adds up to.
    holds '.points_written == ([.tenants[].points_written] | add) and .points_written == .runs[0].points_written' \
        "$BATS_TEST_TMPDIR/json"
}

@test "docs/json.rst explains every field of the report" {
    tenants report --output json >"$BATS_TEST_TMPDIR/json"
    section() { awk -v h="$1" '{ line[NR] = $0 } END { for (i = 1; i < NR; i++) {
        if (line[i + 1] ~ /^===+$/) on = line[i] == h; if (on && line[i] ~ /^``/) print line[i] } }' "$ROOT/docs/json.rst"; }
    check() {
        local names
        names=$(section "$1")
        [ -n "$names" ]
        jq -r "$2 | keys[]" "$BATS_TEST_TMPDIR/json" | sort -u >"$BATS_TEST_TMPDIR/fields"
        [ -s "$BATS_TEST_TMPDIR/fields" ]
        while read -r field; do
            grep -qF "\`\`$field\`\`" <<<"$names" || {
                echo "no '$field' in '$1'"
                return 1
            }
        done <"$BATS_TEST_TMPDIR/fields"
    }
    check 'tenants report' .
    for list in next tenants reasons slowest runs; do check "tenants report: an item of $list" ".${list}[]"; done
    check 'tenants report: an item of periods' '.tenants[].periods[]'
    check 'tenants report: an item of policies' '.tenants[].policies[]'
    cp -r "$STATE" "$BATS_TEST_TMPDIR/state"
    local STATE=$BATS_TEST_TMPDIR/state
    # Points that were refused lack in the target.
    run -1 tenants verify
    tenants report --output json >"$BATS_TEST_TMPDIR/json"
    check 'tenants report: an item of verifications' '.verifications[]'
    check 'tenants status: an item of compared' '.compared'
    check 'tenants report: an item of failures' '.differences[]'
    check 'tenants report: an item of rate_of_last' '.rate_of_last'
    check 'tenants report: an item of rate_of_last' '.rate_of_last.samples[]'
}

@test "the page is well-formed, loads nothing, and holds names from outside as text" {
    run -0 tenants report --html "$BATS_TEST_TMPDIR/report.html"
    says "stands in $BATS_TEST_TMPDIR/report.html"
    run -0 check_page "$BATS_TEST_TMPDIR/report.html"
    says 'done in part'
    says 'Points refused40'
    says 'What to do next'
    says 'field type conflict'
    says "$A1"
    # The tenant's markup is there as text.
    says '<td><script>alert\(1\)<script>'
    [ "$(stat -c %a "$BATS_TEST_TMPDIR/report.html")" = 640 ]
    # An ampersand alone, or a bracket in an attribute, would break what is stricter.
    command -v xmllint >/dev/null || skip 'no xmllint (libxml2-utils)'
    xmllint --noout "$BATS_TEST_TMPDIR/report.html"
}

@test "the page goes to standard output, or in the place of an old one as a whole" {
    tenants report --html - >"$BATS_TEST_TMPDIR/stdout.html"
    check_page "$BATS_TEST_TMPDIR/stdout.html" >/dev/null
    echo old >"$BATS_TEST_TMPDIR/report.html"
    chmod 604 "$BATS_TEST_TMPDIR/report.html"
    tenants report --html "$BATS_TEST_TMPDIR/report.html" 2>/dev/null
    check_page "$BATS_TEST_TMPDIR/report.html" >/dev/null
    [ "$(stat -c %a "$BATS_TEST_TMPDIR/report.html")" = 604 ]
    run -3 tenants report --html "$BATS_TEST_TMPDIR/missing/report.html"
    says "can't write .*missing/report.html"
    run -2 tenants report --html - --output json
    says 'both want standard output'
    [ "$(find "$BATS_TEST_TMPDIR" -name '*.new-*' | wc -l)" -eq 0 ]
    if [ -w /dev/full ]; then
        run -3 tenants report --html /dev/full
        says 'No space left'
    fi
}

@test "without a journal there is nothing to report" {
    STATE=$BATS_TEST_TMPDIR/none run -1 tenants report --html "$BATS_TEST_TMPDIR/none.html"
    says 'no run was made yet'
    [ ! -e "$BATS_TEST_TMPDIR/none.html" ]
}

@test "the report can be made while a run goes on, and asks no server" {
    local STATE=$BATS_TEST_TMPDIR/state
    proxy_start 'exec=sleep 30@3+~INTO'
    "$PROGRAM" tenants run --config-file "$CONF" --state-dir "$STATE" --quiet --tenant 000000000000000000000000000000a2 \
        >"$BATS_TEST_TMPDIR/run" 2>&1 3>&- &
    local pid=$!
    running() { [ "$(tenants report --output json | jq '.verdict == "running" and .points_written > 0')" = true ]; }
    wait_for 30 running
    # Nobody is there to be asked.
    proxy_stop
    tenants report --output json >"$BATS_TEST_TMPDIR/json"
    holds '.verdict == "running" and .tenants_to_do == 1 and .runs[0].running' "$BATS_TEST_TMPDIR/json"
    tenants report --html "$BATS_TEST_TMPDIR/report.html" 2>/dev/null
    kill -KILL $pid
    wait $pid || true
    run -0 tenants report
    says 'not finished'
    says 'The same command goes on from there'
}

@test "the page of 1,000 tenants and 500 weeks is small, and folds what is well" {
    local STATE=$BATS_TEST_TMPDIR/state
    cp -r "$BATS_FILE_TMPDIR/state" "$STATE"
    sqlite3 "$STATE"/*.journal ".parameter set @now $NOW" ".read $LIB/grow_journal.sql"
    tenants report --html "$BATS_TEST_TMPDIR/report.html" 2>/dev/null
    [ "$(stat -c %s "$BATS_TEST_TMPDIR/report.html")" -lt 1000000 ]
    run -0 check_page "$BATS_TEST_TMPDIR/report.html"
    says '971 of 1,001'
    says '952 more tenants'
    says 'not finished'
    tenants report --output json | holds '.tenants_total == 1001 and .tenants_failed == 12 and .tenants_to_do == 17'
}

@test "Chromium shows the page, by day, by night and on paper, and finds nothing to complain of" {
    command -v chromium >/dev/null || skip 'no chromium'
    tenants report --html "$BATS_TEST_TMPDIR/report.html" 2>/dev/null
    chromium_run --enable-logging=stderr --window-size=1240,1600 --blink-settings=preferredColorScheme=1 \
        --screenshot="$BATS_TEST_TMPDIR/day.png" "file://$BATS_TEST_TMPDIR/report.html"
    # What breaks the policy is told on the console.
    run -1 grep -E 'CONSOLE|Refused to' "$BATS_TEST_TMPDIR/chromium.out"
    chromium_run --window-size=1240,1600 --blink-settings=preferredColorScheme=0 \
        --screenshot="$BATS_TEST_TMPDIR/night.png" "file://$BATS_TEST_TMPDIR/report.html"
    chromium_run --no-pdf-header-footer --print-to-pdf="$BATS_TEST_TMPDIR/paper.pdf" "file://$BATS_TEST_TMPDIR/report.html"
    head -c 5 "$BATS_TEST_TMPDIR/paper.pdf" | grep -qx '%PDF-'
    # Verified weeks in their colours, three bars of 600 by 16 points at least; failed ones too.
    [ "$(count_colour "$BATS_TEST_TMPDIR/day.png" 0 114 178)" -gt 15000 ]
    [ "$(count_colour "$BATS_TEST_TMPDIR/day.png" 213 94 0)" -gt 100 ]
    [ "$(count_colour "$BATS_TEST_TMPDIR/night.png" 47 147 214)" -gt 15000 ]
    [ "$(count_colour "$BATS_TEST_TMPDIR/night.png" 15 20 25)" -gt 500000 ]
}
