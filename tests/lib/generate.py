#!/usr/bin/python3
"""Line protocol for the tests, on standard output.

    generate.py traps [--now NS]        every trap of InfluxDB and of Monasca's data in one database
    generate.py unsayable [--now NS]    a measurement whose name no statement can hold
    generate.py policy [--now NS]       points for a second retention policy beside it
    generate.py small [--now NS] [--tenants T] [--weeks W] [--per-week P]
                                        Monasca's shape, a few metrics, every point with a tenant
    generate.py bulk --measurements N --tenants T --weeks W [--per-week P] [--series S] [--now NS]
                                        N x T x W x P x S points, week by week and in it tenant by tenant, an
                                        empty line after each: data for the bench

The same arguments give the same points. Shard groups of the source: 7 days, unless its policy is
shorter; a border of those is a border of every shorter one too.
"""
import argparse
import sys
import time

SECOND = 10**9
DAY = 86400 * SECOND
WEEK = 7 * DAY
# Go truncates times from the year 1, a Monday; the epoch was a Thursday.
MONDAY = 4 * DAY

JSON = b'{"detail": "a \\"quoted\\" word, a back\\\\slash", "unicode": "\xc3\xa4", "list": [1, 2]}'

STRINGS = [
    b"", b" ", b"plain", b'"', b'\\', b'\\\\', b'\\"', b'ends with \\', b"two\nlines", b"cr\r\n", b"\t",
    b"nul \x00 inside", b"invalid \xff\xfe utf-8", b"\xed\xa0\x80", b"'; DROP DATABASE mon --", b"%s%n%00",
    "größe ☃ 😀".encode(), b"x" * 40000, JSON, b"a,b=c d", b"#", b"true", b"1i", b"1.0",
]

FLOATS = [b"1", b"1.0", b"-0.0", b"5e-324", b"1.7976931348623157e308", b"-1.7976931348623157e308",
          b"0.1", b"1e21", b"123456789", b"2.2250738585072014e-308", b"9007199254740993", b"3.141592653589793"]
INTEGERS = [b"0i", b"-1i", b"9007199254740993i", b"9223372036854775807i", b"-9223372036854775808i"]

TAG_VALUES = [
    b"plain", b'"', b'say "hi"', b"it's", b"a b", b"a,b", b"a=b", b"back\\slash", b"two\\\\two", b"\\n",
    b"nul\x00nul", b"\xff\xfe", "grün ☃ 😀".encode(), b"; DROP DATABASE mon --", b"%41%00", b"$x", b"*", b".*",
    b"/re/", b"SELECT", b":MEASUREMENT", b" leading", b"x" * 500, b"null", b"true", b"0", b"#",
]

MEASUREMENTS = [
    b'quo"ted', b'"', b'""', b"it's", b"a b", b" leading", b"a,b", b"a=b", b"back\\slash", b"two\\\\two", b"\\nn",
    b"; DROP DATABASE mon", b"x--y", b"%s%n%41", "größe.☃.😀".encode(), b"SELECT", b"from", b"time", b"group",
    b":MEASUREMENT", b"x:MEASUREMENT", b"/re.*/", b"a/b", b"cpu.idle_perc", b"cpuXidle_perc", b"*", b".*", b"$x",
    b"..", b"a" * 3000, b"(x)", b"[x]", b"x#y", b"UPPER", b"upper", b"{}", b"?", b"1", b"tab\tbed",
]

KEYS = [b"a b", b"a,b", b"a=b", b'quo"ted', b"it's", b"back\\slash", b"SELECT", b"from", "größe".encode(), b"%41",
        b"*", b"$x", b":MEASUREMENT", b"x.y", b";", b"value_1"]

TENANTS = [
    b"x' OR _tenant_id != '", b"a b", b"a,b", b"a=b", b'quo"ted', "mändänt ☃".encode(), b"select", b":MEASUREMENT",
    b"; DROP DATABASE mon --", b"%41", b"a.b", b"1", b"-", b"*", b".*", b"Abc", b"abc", b"abc_", b"a" * 200,
    b"$x", b"--", b"#", b"[x]", b"../x".replace(b"/", b""), b"null",
]
# InfluxDB refuses these as parts of a database's name.
UNPLACEABLE = [b"sl/ash", b"back\\slash", b"tab\tbed", b"no\xc2\xa0break", b"..\\..", b"/"]

PROJECTS = [b"0f1e2d3c4b5a69788796a5b4c3d2e1f0", b"11112222333344445555666677778888",
            b"aaaabbbbccccddddeeeeffff00001111"]


def escape(text, characters):
    for c in characters:
        text = text.replace(c, b"\\" + c)
    return text


def key(text):
    return escape(text, [b",", b"=", b" "])


def string(text):
    return b'"' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


class Writer:
    def __init__(self):
        self.out = sys.stdout.buffer

    def point(self, measurement, tags, fields, when):
        name = escape(measurement, [b",", b" "])
        # A line that begins with # is a comment.
        head = b",".join([name] + [key(k) + b"=" + key(v) for k, v in sorted(tags.items())])
        body = b",".join(key(k) + b"=" + v for k, v in fields.items())
        self.out.write(b"%s %s %d\n" % (head, body, when))


def monday(now, weeks_ago):
    """The start of the week (and shard group) that many weeks ago."""
    return (now - MONDAY) // WEEK * WEEK + MONDAY - weeks_ago * WEEK


def tags_of(tenant, **more):
    return {b"_tenant_id": tenant, b"_region": b"RegionOne", **{k.encode(): v for k, v in more.items()}}


def history(w, tags, tenant, when, text=JSON):
    w.point(b"alarm_state_history", tags, {
        b"tenant_id": string(tenant), b"alarm_id": string(b"d3b0" + b"0" * 28),
        b"metrics": string(b'[{"id":null,"name":"cpu","dimensions":{"host":"a\\\\b"}}]'),
        b"new_state": string(b"ALARM"), b"old_state": string(b"OK"), b"link": string(b""),
        b"lifecycle_state": string(b"OPEN"), b"reason": string(b"Thresholds were exceeded\nfor \"cpu\""),
        b"reason_data": string(b"{}"), b"sub_alarms": string(text)}, when)


def traps(w, now):
    week = [monday(now, n) for n in range(9)]
    noon = 12 * 3600 * SECOND

    for n, tenant in enumerate(PROJECTS):
        # Four types under one name, in the same shard groups.
        for i in range(200):
            when = week[3] + i * 3600 * SECOND + n
            tags = tags_of(tenant, hostname=b"h%d" % (i % 3))
            w.point(b"types.float", tags, {b"value": FLOATS[i % len(FLOATS)], b"value_meta": string(b"{}")}, when)
            w.point(b"types.integer", tags, {b"value": INTEGERS[i % len(INTEGERS)], b"value_meta": string(b"{}")}, when)
            w.point(b"types.string", tags, {b"value": string(STRINGS[i % len(STRINGS)]), b"value_meta": string(b"{}")},
                    when)
            w.point(b"types.boolean", tags, {b"value": [b"true", b"false"][i % 2], b"value_meta": string(b"{}")}, when)

        # A type that changes between shard groups, and back.
        for weeks_ago, value in ((7, b"1.5"), (6, b"9007199254740993i"), (5, string(b"text")), (4, b"true"),
                                 (3, b"2"), (2, b"2i")):
            for i in range(20):
                w.point(b"shift", tags_of(tenant, n=b"%d" % (i % 2)), {b"value": value, b"other": b"0.5"},
                        week[weeks_ago] + i * 8 * 3600 * SECOND)
        # ... of a metric that otherwise looks like the others.
        for i in range(10):
            w.point(b"shift.late", tags_of(tenant), {b"value": b"1", b"value_meta": string(b"{}")}, week[4] + i * SECOND)
            w.point(b"shift.late", tags_of(tenant), {b"value": b"1i", b"value_meta": string(b"{}")}, week[3] + i * SECOND)

        # A tag and a field of one name; value as a tag.
        for i in range(50):
            w.point(b"both", tags_of(tenant, host=b"tag%d" % (i % 4)), {b"host": string(b"field%d" % i), b"value": b"1"},
                    week[2] + i * SECOND)
            w.point(b"both.value", tags_of(tenant, value=b"v%d" % (i % 4)), {b"value": b"%d.25" % i}, week[2] + i * SECOND)
            # The tag in one series, the field in another.
            w.point(b"both.apart", tags_of(tenant, host=b"h"), {b"value": b"1"}, week[2] + i * SECOND)
            w.point(b"both.apart", tags_of(tenant), {b"host": b"%d" % i}, week[2] + i * SECOND)

        # Sparse fields: a different subset each time; tags that only some series have.
        for i in range(1, 64):
            fields = {b"f%d" % bit: [b"1.5", b"2i", string(b"s"), b"t", string(b""), b"-1"][bit]
                      for bit in range(6) if i >> bit & 1}
            tags = tags_of(tenant, **{f"t{bit}": b"x" for bit in range(3) if i >> bit & 1})
            w.point(b"sparse", tags, fields, week[2] + i * SECOND)
        # Fields that turn up in one shard group only.
        for i in range(4):
            w.point(b"sparse.late", tags_of(tenant), {b"value": b"1", b"only_%d" % i: b"%di" % i}, week[5 - i] + noon)

        # On the borders of shard groups, and beside them.
        for weeks_ago in range(1, 8):
            for delta in (-1, 0, 1):
                for name in (b"border", b"border.other"):
                    w.point(name, tags_of(tenant), {b"value": b"%d.5" % (weeks_ago * 10 + delta)}, week[weeks_ago] + delta)
        # Borders of shard groups of a day and an hour.
        for i in range(1, 30):
            for delta in (-1, 0, 1):
                w.point(b"border.day", tags_of(tenant), {b"value": b"1"}, week[3] + i * DAY // 2 + delta)

        # Times below the millisecond, duplicates of one time over many series.
        for i in range(40):
            w.point(b"fine", tags_of(tenant, s=b"%d" % (i % 8)), {b"value": b"%d" % i}, week[1] + i // 8)

        # Hostile tag values and keys, field keys and values.
        for i, value in enumerate(TAG_VALUES):
            w.point(b"tags", tags_of(tenant, d=value), {b"value": b"%d" % i}, week[2] + noon)
            w.point(b"tags.two", {b"_tenant_id": tenant, b"d": value, b"e": TAG_VALUES[i - 1]}, {b"value": b"1"}, week[2])
        for i, name in enumerate(KEYS):
            w.point(b"keys", {**tags_of(tenant), name: b"v"}, {b"value": b"%d" % i}, week[2] + noon)
            w.point(b"fields", tags_of(tenant), {name: b"%d.5" % i, b"value": b"1"}, week[2] + noon + i)
            w.point(b"fields.alone", tags_of(tenant), {name: string(b"only")}, week[2] + noon + i)
        for i, text in enumerate(STRINGS):
            w.point(b"strings", tags_of(tenant), {b"value": b"1", b"value_meta": string(text)}, week[2] + i)

        # Hostile measurements.
        for i, name in enumerate(MEASUREMENTS):
            for k in range(3):
                w.point(name, tags_of(tenant), {b"value": b"%d.5" % i, b"value_meta": string(b"{}")}, week[k + 1] + noon)

        # Alarm history: by the tag tenant_id, with a field of that name.
        for i in range(30):
            history(w, {b"tenant_id": tenant}, tenant, week[1 + i % 4] + i * SECOND, STRINGS[i % len(STRINGS)])
    # A user's metric of that name: _tenant_id decides, the dimension tenant_id is only a tag.
    for i in range(5):
        w.point(b"alarm_state_history", tags_of(PROJECTS[0], tenant_id=PROJECTS[1]),
                {b"value": b"%d.5" % i, b"value_meta": string(b"{}")}, week[2] + i)
    # A tenant that has alarm history and no metrics.
    history(w, {b"tenant_id": b"onlyhistory"}, b"onlyhistory", week[2] + noon)
    # History of nobody: the field alone says nothing.
    history(w, {}, PROJECTS[0], week[2] + noon)

    # Hostile tenants, those that can't have a database too.
    for i, tenant in enumerate(TENANTS + UNPLACEABLE):
        for k in range(2):
            w.point(b"cpu.idle_perc", tags_of(tenant), {b"value": b"%d.5" % i, b"value_meta": string(b"{}")},
                    week[k + 1] + i)
            w.point(b"types.integer", tags_of(tenant), {b"value": b"%di" % i}, week[k + 1] + i)
        history(w, {b"tenant_id": tenant}, tenant, week[1] + i)

    # Of nobody: measurements without a tenant tag, points without one, a field that is called so.
    for i in range(25):
        w.point(b"nobody", {b"host": b"h"}, {b"value": b"%d" % i}, week[2] + i * SECOND)
        w.point(b"nobody.bare", {}, {b"value": b"%d" % i}, week[2] + i * SECOND)
        w.point(b"cpu.idle_perc", {b"hostname": b"lost"}, {b"value": b"%d" % i}, week[2] + i * SECOND)
        w.point(b"nobody.field", {}, {b"_tenant_id": string(PROJECTS[0]), b"value": b"1"}, week[2] + i * SECOND)
        w.point(b"nobody.other_tag", {b"tenant_id": PROJECTS[0]}, {b"value": b"1"}, week[2] + i * SECOND)


def unsayable(w, now):
    """A measurement whose name no InfluxQL identifier can hold, beside one that is like any other."""
    when = monday(now, 2)
    for tenant in PROJECTS:
        for name in (b"nul\x00name", b"like.any.other"):
            for i in range(10):
                w.point(name, tags_of(tenant), {b"value": b"%d" % i}, when + i * SECOND)


def policy(w, now):
    for n, tenant in enumerate(PROJECTS):
        for i in range(50):
            w.point(b"cpu.idle_perc", tags_of(tenant, source=b"second"), {b"value": b"%d.75" % i},
                    now - DAY - i * 3600 * SECOND + n)
            w.point(b"second.only", tags_of(tenant), {b"value": b"%di" % i}, now - DAY - i * 3600 * SECOND + n)


SMALL = [b"cpu.idle_perc", b"cpu.user_perc", b"mem.free_mb", b"disk.space_used_perc", b"net.in_bytes_sec"]


def small(w, now, args):
    step = WEEK // args.per_week
    for n in range(args.tenants):
        tenant = b"%032x" % (0xA0 + n)
        for i in range(args.weeks * args.per_week):
            when = (now - i * step) // 10**6 * 10**6 - 10 * SECOND
            for m, name in enumerate(SMALL):
                w.point(name, tags_of(tenant, hostname=b"host%d" % (i % 2)),
                        {b"value": b"%d.5" % (i * 7 % 100 + m), b"value_meta": string(b"{}")}, when)
            if i % 20 == 0:
                history(w, {b"tenant_id": tenant}, tenant, when)


def bulk(w, now, args):
    """A block for each series and week, so that the server sorts nothing."""
    step = WEEK // args.per_week
    first = monday(now, args.weeks)
    for week in range(args.weeks):
        start = first + week * WEEK
        for n in range(args.tenants):
            for m in range(args.measurements):
                for s in range(args.series):
                    host = s if args.series > 1 else m % 4
                    head = b"metric.%03d,_region=RegionOne,_tenant_id=%032x,hostname=host%d value=" % (m, n + 1, host)
                    w.out.write(b"".join(
                        b'%s%d.%d,value_meta="{}" %d\n' % (head, (i + m + s) % 100, i % 10, start + i * step)
                        for i in range(args.per_week)))
            w.out.write(b"\n")


def main():
    parser = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter,
                                     description=__doc__)
    parser.add_argument("what", choices=["traps", "unsayable", "policy", "small", "bulk"])
    parser.add_argument("--now", type=int, default=time.time_ns())
    parser.add_argument("--measurements", type=int, default=60)
    parser.add_argument("--tenants", type=int, default=3)
    parser.add_argument("--weeks", type=int, default=4)
    parser.add_argument("--per-week", type=int, default=336)
    parser.add_argument("--series", type=int, default=1)
    args = parser.parse_args()
    writer = Writer()
    if args.what == "traps":
        traps(writer, args.now)
    elif args.what == "unsayable":
        unsayable(writer, args.now)
    elif args.what == "policy":
        policy(writer, args.now)
    elif args.what == "small":
        small(writer, args.now, args)
    else:
        bulk(writer, args.now, args)


main()
