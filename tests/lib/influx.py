#!/usr/bin/python3
"""Reads and writes an InfluxDB for the tests, past the program that is tested.

    influx.py query [--csv] QUERY               prints the reply; status 1 when it holds an error
    influx.py load DB [--rp RP]                 writes the line protocol that comes on standard input
    influx.py dump DB [--rp RP]                 prints every point, typed, sorted
    influx.py digest DB                         one digest over all policies and points of a database
    influx.py count DB [--rp RP]                the number of points (times with at least one field)
    influx.py compare DB [...]                  are the tenants' databases what they should be?

The server is --url (or $INFLUX_URL), the account $INFLUX_USER and $INFLUX_PASSWORD.

Points are read shard group by shard group and measurement by measurement, since one query over two
shards may change types, as msgpack, which keeps integers, floats and bytes apart. A point is
(measurement, tags, time), and its typed fields.
"""
import argparse
import base64
import calendar
import collections
import concurrent.futures
import hashlib
import http.client
import os
import re
import struct
import sys
import threading
import time
import urllib.parse

import msgpack

HISTORY = b"alarm_state_history"


class InfluxError(Exception):
    pass


class Influx:
    """One connection that is kept alive."""

    def __init__(self, url, user=None, password=None):
        parts = urllib.parse.urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self.connection = kind(parts.hostname, parts.port, timeout=600)
        self.headers = {}
        if user:
            token = base64.b64encode(f"{user}:{password or ''}".encode()).decode()
            self.headers["Authorization"] = "Basic " + token

    def request(self, path, parameters, body=None, accept="application/json"):
        query = urllib.parse.urlencode(parameters)
        if body is None:
            body, path = query, path
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
        else:
            path = path + "?" + query
            headers = {}
        self.connection.request("POST", path, body, {**self.headers, **headers, "Accept": accept})
        reply = self.connection.getresponse()
        return reply.status, reply.read()

    def query_text(self, query, accept="application/json"):
        _, data = self.request("/query", {"q": query, "epoch": "ns"}, accept=accept)
        return data

    def query(self, query):
        """The series of one statement, with bytes for every string."""
        status, data = self.request("/query", {"q": query, "epoch": "ns", "chunked": "true",
                                               "chunk_size": "10000"},
                                    accept="application/x-msgpack")
        series = []
        if status >= 400 and not data[:1] >= b"\x80":
            raise InfluxError(f"{query}: {status} {data[:500]!r}")
        unpacker = msgpack.Unpacker(raw=True, strict_map_key=False, max_buffer_size=0)
        unpacker.feed(data)
        documents = 0
        for document in unpacker:
            documents += 1
            if b"error" in document:
                raise InfluxError(f"{query}: {document[b'error']!r}")
            for result in document.get(b"results", []):
                if b"error" in result:
                    raise InfluxError(f"{query}: {result[b'error']!r}")
                series.extend(result.get(b"series") or [])
        if not documents:
            raise InfluxError(f"{query}: an empty reply, status {status}")
        return series

    def rows(self, query):
        """The rows of all series, as dicts of text, with the series' name under ''."""
        result = []
        for series in self.query(query):
            columns = [c.decode() for c in series[b"columns"]]
            for row in series.get(b"values") or []:
                result.append({"": series.get(b"name", b""), **dict(zip(columns, row))})
        return result

    def write(self, database, body, policy=None):
        parameters = {"db": database, "precision": "ns"}
        if policy:
            parameters["rp"] = policy
        status, data = self.request("/write", parameters, body)
        if status != 204:
            raise InfluxError(f"write: {status} {data.decode('utf-8', 'replace')}")


def identifier(name):
    if isinstance(name, bytes):
        name = name.decode("utf-8", "surrogateescape")
    name = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return '"' + name + '"'


def source_of(name):
    """What stands behind FROM. No identifier can hold a NUL or invalid UTF-8: a regex finds those."""
    try:
        if b"\0" not in name:
            name.decode()
            return identifier(name)
    except UnicodeDecodeError:
        pass
    text = re.escape(name.decode("utf-8", "replace")).replace("\x00", r"\x00").replace("\\\\x00", r"\x00")
    return "/^" + text.replace("\ufffd", ".").replace("/", r"\/") + "$/"


def nanoseconds(text):
    """The shard groups' borders come as RFC 3339 with whole seconds."""
    text = text.decode() if isinstance(text, bytes) else text
    if not text:
        return None
    stamp = time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")
    return calendar.timegm(stamp) * 10**9


def databases(influx):
    return [row["name"] for row in influx.rows("SHOW DATABASES")]


def policies(influx, database):
    return influx.rows(f"SHOW RETENTION POLICIES ON {identifier(database)}")


def choose_policies(influx, database, wanted):
    rows = policies(influx, database)
    if wanted == "all":
        return [row["name"].decode() for row in rows]
    if wanted == "default":
        return [row["name"].decode() for row in rows if row["default"]]
    return [wanted]


def shard_groups(influx, database, policy):
    """[(start, end)] in nanoseconds, sorted."""
    found = set()
    for row in influx.rows("SHOW SHARDS"):
        if row["database"].decode("utf-8", "surrogateescape") == database and \
                row["retention_policy"].decode() == policy:
            found.add((nanoseconds(row["start_time"]), nanoseconds(row["end_time"])))
    return sorted(found)


def typed(value):
    """A value that is equal to another only if type and every bit are."""
    if isinstance(value, bool):
        return ("b", value)
    if isinstance(value, int):
        return ("i", value)
    if isinstance(value, float):
        return ("f", struct.pack(">d", value))
    return ("s", value)


def show(value):
    kind, content = value
    return repr(struct.unpack(">d", content)[0]) if kind == "f" else \
        f"{content}i" if kind == "i" else repr(content)


def read_points(influx, database, wanted="all"):
    """{(measurement, tags, time): {field: typed value}} of the policies that are wanted."""
    points = {}
    for policy in choose_policies(influx, database, wanted):
        measurements = [row["name"] for row in
                        influx.rows(f"SHOW MEASUREMENTS ON {identifier(database)}")]
        for start, end in shard_groups(influx, database, policy):
            for measurement in measurements:
                source = f"{identifier(database)}.{identifier(policy)}.{source_of(measurement)}"
                query = (f"SELECT * FROM {source} WHERE time >= {start} AND time < {end} GROUP BY *")
                for series in influx.query(query):
                    if series[b"name"] == measurement:  # a regex may match more
                        take_series(points, measurement, series)
    return points


def take_series(points, measurement, series):
    tags = tuple(sorted((k, v) for k, v in (series.get(b"tags") or {}).items() if v != b""))
    columns = series[b"columns"]
    for row in series[b"values"]:
        key = (measurement, tags, row[0])
        fields = points.setdefault(key, {})
        for name, value in zip(columns[1:], row[1:]):
            if value is not None:
                # Two policies may hold one point: each value counts once.
                fields[name] = typed(value)


def lines(points):
    for (measurement, tags, when), fields in sorted(points.items()):
        yield "%r %r %d %s" % (measurement, tags, when,
                               ", ".join(f"{k!r}={show(v)}" for k, v in sorted(fields.items())))


def tenant_of(measurement, tags, tenant_tag):
    """The rule of belonging; `tenant_tag`: more tags that name an alarm-history point's tenant."""
    tags = dict(tags)
    if tags.get(b"_tenant_id"):
        return tags[b"_tenant_id"]
    if measurement == HISTORY:
        for tag in [*tenant_tag, "tenant_id"]:
            if tags.get(tag.encode()):
                return tags[tag.encode()]
    return None


def can_be_a_database(name):
    text = name.decode("utf-8", "replace")
    # Go's unicode.IsPrint: of all blanks only the plain one.
    return all(c.isprintable() for c in text) and not set(text) & set("/\\") and len(name) <= 255


def expected(points, args):
    """{database: points} from the source's points, and how many belong to nobody."""
    result = collections.defaultdict(dict)
    unassigned = 0
    keep = {}
    for item in args.keep:
        tenant, _, since = item.rpartition("=")
        keep[tenant] = int(since)
    for key, fields in points.items():
        measurement, tags, when = key
        tenant = tenant_of(measurement, tags, args.tenant_tag)
        name = None if tenant is None else args.prefix.encode() + tenant
        if tenant is None:
            unassigned += 1
            continue
        text = tenant.decode("utf-8", "surrogateescape")
        if not can_be_a_database(name):
            continue
        if args.tenant and text not in args.tenant:
            continue
        if when < max(args.since, keep.get(text, args.since)) or when >= args.until:
            continue
        if any(re.match(p, measurement.decode("utf-8", "surrogateescape")) for p in args.skip):
            continue
        if args.measurement and not any(
                re.search(p, measurement.decode("utf-8", "surrogateescape")) for p in args.measurement):
            continue
        result[name][key] = fields
    return result, unassigned


def compare(influx, args):
    args.prefix = args.prefix or args.database + "_"
    wanted, unassigned = expected(read_points(influx, args.database, args.rp), args)
    target = Influx(args.target_url, os.environ.get("INFLUX_USER"),
                    os.environ.get("INFLUX_PASSWORD")) if args.target_url else influx
    present = {d for d in databases(target) if d.startswith(args.prefix.encode())}
    problems = []
    total = 0
    for name in sorted(present | set(wanted)):
        want = wanted.get(name, {})
        have = {}
        if name in present:
            have = read_points(target, name.decode("utf-8", "surrogateescape"))
        elif want:
            problems.append(f"{name!r}: there is no such database")
        total += len(have)
        for key in want.keys() - have.keys():
            problems.append(f"{name!r}: missing {key!r} {want[key]!r}")
        if not args.allow_more:
            for key in have.keys() - want.keys():
                problems.append(f"{name!r}: too much {key!r} {have[key]!r}")
        for key in want.keys() & have.keys():
            for field in want[key].keys() | have[key].keys():
                a, b = want[key].get(field), have[key].get(field)
                if a != b and not (args.allow_more and a is None):
                    problems.append(f"{name!r}: {key!r} {field!r}: {a and show(a)} became {b and show(b)}")
    for problem in problems[:20]:
        print(problem if len(problem) < 400 else problem[:400] + " ...")
    if len(problems) > 20:
        print(f"... and {len(problems) - 20} more")
    if not total and not args.allow_empty:
        print("the targets hold nothing at all")
        return 1
    if not problems:
        print(f"equal: {total} points in {len(wanted)} databases, {unassigned} of nobody")
    return 1 if problems else 0


def digest(influx, database):
    """Over everything that a run could change in a database."""
    sha = hashlib.sha256()
    for policy in policies(influx, database):
        sha.update(repr(sorted(policy.items())).encode())
        for line in lines(read_points(influx, database, policy["name"].decode())):
            sha.update(line.encode() + b"\n")
    return sha.hexdigest()


def pieces(stream):
    """Pieces of some 4 MB that end with a line; a small input stays whole, for newlines in strings."""
    data = stream.read(8 << 20)
    if len(data) < 8 << 20:
        yield data
        return
    while data:
        cut = data.rfind(b"\n") + 1 or len(data)
        yield data[:cut]
        data = data[cut:] + stream.read(4 << 20)


def load(args):
    """Over three connections at once."""
    queue = collections.deque()
    local = threading.local()

    def write(piece):
        if not hasattr(local, "influx"):
            local.influx = Influx(args.url, os.environ.get("INFLUX_USER"),
                                  os.environ.get("INFLUX_PASSWORD"))
        local.influx.write(args.database, piece, args.rp)

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        for piece in pieces(sys.stdin.buffer):
            queue.append(pool.submit(write, piece))
            if len(queue) > 4:
                queue.popleft().result()
        for pending in queue:
            pending.result()


def main():
    parser = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter,
                                     description=__doc__)
    parser.add_argument("--url", default=os.environ.get("INFLUX_URL"))
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("query")
    verb.add_argument("query")
    verb.add_argument("--csv", action="store_true")
    for name in ("load", "dump", "digest", "count", "compare"):
        verb = verbs.add_parser(name)
        verb.add_argument("database")
        if name == "load":
            verb.add_argument("--rp")
        elif name != "digest":
            verb.add_argument("--rp", default="default" if name == "compare" else "all",
                              help="a policy's name, 'default' or 'all'")
    # Of the source's points only these are expected in the targets:
    verb.add_argument("--prefix", help="of the targets' names; default: DB_")
    verb.add_argument("--since", type=int, default=-2**63, help="from this time (ns) on")
    verb.add_argument("--until", type=int, default=2**63, help="before this time (ns)")
    verb.add_argument("--keep", action="append", default=[], metavar="TENANT=NS",
                      help="of this tenant only from this time on")
    verb.add_argument("--tenant", action="append", default=[])
    verb.add_argument("--measurement", action="append", default=[], metavar="REGEX")
    verb.add_argument("--skip", action="append", default=[], metavar="REGEX")
    verb.add_argument("--tenant-tag", action="append", default=[], metavar="TAG")
    verb.add_argument("--target-url")
    verb.add_argument("--allow-more", action="store_true", help="the targets may hold more")
    verb.add_argument("--allow-empty", action="store_true")
    args = parser.parse_args()
    if not args.url:
        parser.error("no server: give --url, or set INFLUX_URL")
    influx = Influx(args.url, os.environ.get("INFLUX_USER"), os.environ.get("INFLUX_PASSWORD"))

    if args.verb == "query":
        reply = influx.query_text(args.query, "application/csv" if args.csv else "application/json")
        sys.stdout.buffer.write(reply)
        return 1 if not args.csv and b'"error":' in reply else 0
    if args.verb == "load":
        load(args)
        return 0
    if args.verb == "dump":
        for line in lines(read_points(influx, args.database, args.rp)):
            print(line)
        return 0
    if args.verb == "count":
        print(len(read_points(influx, args.database, args.rp)))
        return 0
    if args.verb == "digest":
        print(digest(influx, args.database))
        return 0
    return compare(influx, args)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (InfluxError, OSError) as error:
        print(f"influx.py: {error}", file=sys.stderr)
        sys.exit(2)
