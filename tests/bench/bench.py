#!/usr/bin/python3 -B
"""Compares ways of copying the same data, side by side, on private servers.

    bench.py [--size full|small|smoke] [--only SECTION]... [--record DOCS] [--out DIR]

What it measures, in sections:

    dense, wide, tall   three shapes of data, each copied by
        old         the old script's pattern: one statement for each measurement, tenant and week, one
                    at a time, for the weeks that there are; what it costs for 520 weeks is worked out
                    from a sample of the statements for weeks without data
        server      tenants run; and without verification
        replay      the statements that such a run sent, by a client with nothing around them
        stream      tenants run --engine stream; without verification; and so with two in flight
        read, write the statements by which stream reads, two in flight, what comes is thrown away; and
                    the same points written from memory, two in flight
        rerun, plan tenants run with nothing new; tenants plan
    plans               tenants plan of 1,000 measurements x 500 tenants, and of 10,000 tenants
    growth              how each way grows as points, measurements, tenants and weeks double
    databases           what a database and its first shards cost, the more there are
    schema              tests/bench/schema.sh: the schema commands, where MariaDB is installed

In each section the ways take turns, ROUNDS times; medians count, ratios are of one round each. Each
way copies into databases of its own, which are gone before the next begins; the server gets time to
end what it does behind the scenes. After each the points of the targets are counted: a way that
copied less has no time. One that verifies ends the bench then; another is measured again, which is said.

Results: a table on standard output; OUT (build/bench) gets results.json, growth.csv and
performance.svg. With --record the tables in DOCS/performance.rst and DOCS/scaling.rst are written
anew, and DOCS/performance.svg.
"""
import argparse
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import time

import machine
import report
from machine import Failed, say

WEEK = 7 * 86400 * 10**9
OLD_WEEKS = 520

SIZES = {
    "full": {
        "rounds": 3,
        "shapes": {
            "dense": {"measurements": 60, "tenants": 8, "weeks": 6, "per_week": 336},
            "wide": {"measurements": 80, "tenants": 80, "weeks": 2, "per_week": 12},
            "tall": {"measurements": 4, "tenants": 5, "weeks": 2, "per_week": 16, "series": 800},
        },
        "empty_statements": 2000,
        "plans": {
            "1,000 measurements x 500 tenants": {"measurements": 1000, "tenants": 500},
            "10,000 tenants": {"measurements": 40, "tenants": 10000},
        },
        "growth": {"measurements": 10, "tenants": 5, "weeks": 4, "per_week": 84},
        "growth_rounds": 3,
        "doublings": 3,
        "databases": [250, 250, 250, 250],
        "schema_rounds": 15,
    },
    "small": {
        "rounds": 1,
        "shapes": {
            "dense": {"measurements": 10, "tenants": 3, "weeks": 2, "per_week": 84},
            "wide": {"measurements": 10, "tenants": 10, "weeks": 2, "per_week": 4},
            "tall": {"measurements": 2, "tenants": 2, "weeks": 2, "per_week": 4, "series": 100},
        },
        "empty_statements": 100,
        "plans": {
            "1,000 measurements x 500 tenants": {"measurements": 100, "tenants": 50},
            "10,000 tenants": {"measurements": 5, "tenants": 500},
        },
        "growth": {"measurements": 2, "tenants": 2, "weeks": 2, "per_week": 21},
        "growth_rounds": 1,
        "doublings": 2,
        "databases": [20, 20],
        "schema_rounds": 3,
    },
}
# The least from which every figure can be worked out: for the test of the bench itself.
SIZES["smoke"] = {
    **SIZES["small"],
    "shapes": {
        "dense": {"measurements": 3, "tenants": 2, "weeks": 1, "per_week": 12},
        "wide": {"measurements": 4, "tenants": 3, "weeks": 1, "per_week": 2},
        "tall": {"measurements": 1, "tenants": 2, "weeks": 1, "per_week": 2, "series": 10},
    },
    "empty_statements": 20,
    "plans": {
        "1,000 measurements x 500 tenants": {"measurements": 20, "tenants": 10},
        "10,000 tenants": {"measurements": 2, "tenants": 50},
    },
    "growth": {"measurements": 1, "tenants": 1, "weeks": 1, "per_week": 12},
    "doublings": 1,
    "databases": [3, 3],
    "schema_rounds": 1,
}

# Shard groups of the source in the section of plans: windows that a plan has to cut.
PLAN_WEEKS = 13


class Lacks(Failed):
    """A way copied less than all."""


class Source:
    """Data in a database, and the ways to copy it."""

    def __init__(self, bench, server, database, sizes):
        self.bench, self.server, self.database, self.sizes = bench, server, database, sizes
        self.points = points_of(sizes)
        self.file = os.path.join(bench.folder, database + ".points")
        self.state = os.path.join(bench.folder, database + ".state")
        self.prefix = database + "_"
        self.tenants = ["%032x" % (n + 1) for n in range(sizes["tenants"])]
        self.load_seconds = None

    def load(self):
        machine.generate(self.file, self.bench.now, **self.sizes)
        self.server.ask(f'CREATE DATABASE "{self.database}"')
        # Once more where the server lost a write into a new shard (see unverified()).
        for _ in range(3):
            took = self.bench.timer.client(self.server, "write", self.server.url, self.file,
                                           "--database", self.database, "--jobs", "2")
            self.load_seconds = took["seconds"]
            if self.server.count(self.database) == self.points:
                return
        raise Failed("the data can't be loaded")

    def check(self, way):
        """All there, or the time says nothing."""
        names = self.server.databases(self.prefix)
        got = sum(self.server.count(name) for name in names)
        if got != self.points:
            raise Lacks(f"{way} copied {got} of {self.points} points")

    def unverified(self, way, measure):
        """What nobody verifies may lack points: InfluxDB 1.6.7 now and then answers two writes at once into a new
        shard, and keeps one of them in its log only, until it is restarted. That is said, and measured again."""
        for _ in range(3):
            took = measure()
            try:
                self.check(way)
                return took
            except Lacks as lacks:
                say(f"  {lacks}; once more")
                self.bench.results["machine"]["repeated"] += 1
        raise Failed(f"{way} never copied all points")

    def old_statement(self, measurement, tenant, week):
        start, end = self.bench.now - (week + 1) * WEEK, self.bench.now - week * WEEK
        return (f'SELECT * INTO "{self.prefix}{tenant}".autogen.:MEASUREMENT'
                f' FROM "{self.database}".autogen."metric.{measurement:03d}" WHERE _tenant_id = \'{tenant}\''
                f" AND time >= {start} AND time < {end} GROUP BY *")

    def old_weeks(self):
        """Weeks back from now; the data's are whole ones from a Monday, so one more."""
        return self.sizes["weeks"] + 1

    def write_statements(self, steps):
        name = os.path.join(self.bench.folder, "statements")
        with open(name, "w", encoding="utf-8") as file:
            file.write("--\n".join("".join(line + "\n" for line in step) for step in steps))
        return name

    def create_statements(self):
        return [f'CREATE DATABASE "{self.prefix}{tenant}"' for tenant in self.tenants]

    # --- the ways; each gives what it took --------------------------------------------------------

    def fresh(self):
        self.server.drop(self.prefix)
        machine.remove(self.state)

    def program(self, verb, *options):
        conf = os.path.join(self.bench.folder, "persister.conf")
        with open(conf, "w", encoding="ascii") as file:
            file.write(f"[influxdb]\ndatabase_name = {self.database}\nip_address = 127.0.0.1\n"
                       f"port = {self.server.url.rpartition(':')[2]}\n")
        took = self.bench.timer.run(self.server, [self.bench.program, "tenants", verb, "--config-file", conf,
                                                  "--state-dir", self.state, "--output", "json", *options])
        with open(took["out"], encoding="utf-8") as file:
            last = json.loads(file.read().rstrip().rpartition("\n")[2] or "{}")
        took.update((key, last.get(key)) for key in ("statements", "retries", "splits", "windows_total"))
        return took

    def run(self, way, *options, log=None):
        """tenants run, into new databases."""
        if log:
            options += ("--debug", "--log-file", log)

        def measure():
            self.fresh()
            if log:
                machine.remove_file(log)
            return self.program("run", *options)

        if "--no-verify" in options:
            return self.unverified(way, measure)
        took = measure()
        self.check(way)
        return took

    def replay(self, log):
        statements = [text for text in machine.logged_statements(log) if text.startswith("SELECT * INTO ")]

        def measure():
            self.fresh()
            return self.bench.timer.client(self.server, "statements", self.server.url,
                                           self.write_statements([self.create_statements(), statements]),
                                           "--jobs", str(self.bench.jobs))

        return self.unverified("replay", measure)

    def old(self):
        self.fresh()
        statements = [self.old_statement(measurement, tenant, week)
                      for measurement in range(self.sizes["measurements"])
                      for tenant in self.tenants for week in range(self.old_weeks())]
        took = self.bench.timer.client(self.server, "statements", self.server.url,
                                       self.write_statements([self.create_statements(), statements]))
        self.check("old")
        return took

    def old_empty(self, count):
        """A sample of the statements for weeks without data. The targets are there."""
        dice = random.Random(1)
        statements = [self.old_statement(dice.randrange(self.sizes["measurements"]), dice.choice(self.tenants),
                                         dice.randrange(self.old_weeks(), OLD_WEEKS)) for _ in range(count)]
        return self.bench.timer.client(self.server, "statements", self.server.url,
                                       self.write_statements([statements]))

    def read(self, log):
        statements = [text for text in machine.logged_statements(log)
                      if text.startswith("SELECT * FROM ") and f'FROM "{self.database}".' in text]
        return self.bench.timer.client(self.server, "statements", self.server.url,
                                       self.write_statements([statements]), "--read", "--jobs", "2")

    def write(self):
        def measure():
            self.fresh()
            for statement in self.create_statements():
                self.server.ask(statement)
            return self.bench.timer.client(self.server, "write", self.server.url, self.file, "--prefix", self.prefix,
                                           "--jobs", "2")

        return self.unverified("write", measure)


def points_of(sizes):
    return (sizes["measurements"] * sizes["tenants"] * sizes["weeks"] * sizes.get("per_week", 1) *
            sizes.get("series", 1))


class Bench:
    def __init__(self, args):
        self.size = SIZES[args.size]
        self.program = os.path.join(os.environ.get("BUILD", os.path.join(machine.ROOT, "build")), "monasca-migrate")
        self.folder = machine.work_folder()
        self.timer = machine.Timer(self.folder)
        self.now = time.time_ns()
        self.others = machine.Others()
        self.jobs = 4  # the program's default
        self.results = {"size": args.size, "sizes": self.size, "rounds": self.size["rounds"],
                        "machine": {"cores": machine.cores(), "memory_gib": round(machine.memory_gib()),
                                    "load_before": os.getloadavg()[0],
                                    "repeated": 0}}

    # --- sections ---------------------------------------------------------------------------------

    def shape(self, name):
        with machine.Server(self.folder, self.others) as server:
            sizes = self.size["shapes"][name]
            source = Source(self, server, "mon", sizes)
            say(f"{name}: {source.points:,} points ({report.sizes_text(sizes)})")
            source.load()
            server.restart()
            result = {"points": source.points, "load_seconds": source.load_seconds,
                      "source_bytes": server.data_bytes("mon"), "old_weeks": source.old_weeks(), "rounds": []}
            self.results["machine"]["influxd"] = server.version()
            source.run("warming up")
            for number in range(self.size["rounds"]):
                one = self.shape_round(source)
                result["rounds"].append(one)
                say(f"  round {number + 1}: " + ", ".join(f"{way} {took['seconds']:.2f}" for way, took in one.items()))
            server.settle()
            result["target_bytes"] = server.data_bytes("mon_")
            self.results[name] = result

    def shape_round(self, source):
        log = os.path.join(self.folder, "log")
        one = {"server_bare": source.run("server", "--no-verify", log=log)}
        one["replay"] = source.replay(log)
        one["server"] = source.run("server")
        one["rerun"] = source.program("run")
        one["plan"] = source.program("plan")
        one["stream2_bare"] = source.run("stream", "--engine", "stream", "--no-verify", "--jobs", "2", log=log)
        one["read"] = source.read(log)
        one["write"] = source.write()
        one["stream_bare"] = source.run("stream", "--engine", "stream", "--no-verify")
        one["stream"] = source.run("stream", "--engine", "stream")
        one["old"] = source.old()
        one["old_empty"] = source.old_empty(self.size["empty_statements"])
        return one

    def plans(self):
        self.results["plans"] = {}
        for name, sizes in self.size["plans"].items():
            with machine.Server(self.folder, self.others) as server:
                source = Source(self, server, "mon", {**sizes, "weeks": 1, "per_week": 1})
                say(f"plan: {name} ({report.sizes_text(sizes)})")
                source.load()
                machine.generate(source.file, self.now, measurements=1, tenants=1, weeks=PLAN_WEEKS, per_week=1)
                self.timer.client(server, "write", server.url, source.file, "--database", "mon")
                server.restart()
                rounds = []
                for _ in range(self.size["rounds"]):
                    took = source.program("plan")
                    server.settle()
                    rounds.append(took)
                    say(f"  {took['seconds']:.2f} s, {took['rss'] / 2**20:.0f} MiB")
                self.results["plans"][name] = {"sizes": sizes, "pairs": sizes["measurements"] * sizes["tenants"],
                                               "weeks": PLAN_WEEKS, "rounds": rounds}

    def growth(self):
        base = self.size["growth"]
        grid = [("base", 1, base)] + [
            (axis, 2**n, {**base, axis: base[axis] * 2**n})
            for axis in report.AXES for n in range(1, self.size["doublings"] + 1)]
        say(f"growth: {len(grid)} sizes, from {points_of(base):,} points ({report.sizes_text(base)})")
        self.results["growth"] = []
        with machine.Server(self.folder, self.others) as server:
            sources = [Source(self, server, f"g{number:02d}", sizes) for number, (_, _, sizes) in enumerate(grid)]
            for source in sources:
                source.load()
            server.restart()
            for (axis, factor, sizes), source in zip(grid, sources):
                result = {"axis": axis, "factor": factor, "sizes": sizes, "points": source.points, "rounds": [
                    self.growth_round(source) for _ in range(self.size["growth_rounds"])]}
                source.fresh()
                self.results["growth"].append(result)
                say(f"  {axis} x {factor}: " + ", ".join(
                    f"{way} {statistics.median(one[way]['seconds'] for one in result['rounds']):.3f}"
                    for way in result["rounds"][0]))

    def growth_round(self, source):
        log = os.path.join(self.folder, "log")
        one = {"server": source.run("server", log=log)}
        one["rerun"] = source.program("run")
        one["replay"] = source.replay(log)
        one["stream"] = source.run("stream", "--engine", "stream")
        one["old"] = source.old()
        source.fresh()
        one["plan"] = source.program("plan")
        return one

    def databases(self):
        """What a database and a shard cost, as their number grows: the server writes its whole list of
        both at each."""
        say(f"databases: {sum(self.size['databases'])}, with two shards each")
        blocks = []
        with machine.Server(self.folder, self.others) as server:
            before, done = server.rss(), 0
            for count in self.size["databases"]:
                names = [f"many_{done + n:06d}" for n in range(count)]
                start = time.monotonic()
                for name in names:
                    server.ask(f'CREATE DATABASE "{name}"')
                middle = time.monotonic()
                self.touch(server, names)
                end = time.monotonic()
                done += count
                blocks.append({"before": done - count, "count": count, "create": (middle - start) / count,
                               "shards": (end - middle) / count / 2})
                say(f"  {done}: {blocks[-1]['create'] * 1000:.1f} ms a database, "
                    f"{blocks[-1]['shards'] * 1000:.1f} ms a shard")
            blocks[-1]["rss"] = server.rss() - before
        self.results["databases"] = blocks

    def touch(self, server, names):
        """A point in each of two weeks."""
        file = os.path.join(self.folder, "touch")
        with open(file, "w", encoding="ascii") as out:
            for name in names:
                for week in (2, 1):
                    out.write(f"m,_tenant_id={name.rpartition('_')[2]} v=1 {self.now - week * WEEK}\n\n")
        self.timer.client(server, "write", server.url, file, "--prefix", "many_")

    def schema(self):
        if not shutil.which("mariadbd", path=os.environ["PATH"] + ":/usr/sbin"):
            say("schema: MariaDB isn't installed: left out")
            return
        say("schema")
        done = subprocess.run([os.path.join(machine.HERE, "schema.sh")], stdout=subprocess.PIPE, text=True, check=False,
                              env={**os.environ, "ROUNDS": str(self.size["schema_rounds"])})
        if done.returncode:
            raise Failed(f"schema.sh ended with status {done.returncode}")
        self.results["schema"] = done.stdout.splitlines()

    # --- the whole ----------------------------------------------------------------------------------

    def measure(self, sections):
        started = time.monotonic()
        for section in sections:
            begun = time.monotonic()
            if section in self.size["shapes"]:
                self.shape(section)
            else:
                getattr(self, section)()
            say(f"  {section}: {time.monotonic() - begun:.0f} s in all")
        self.results["seconds"] = time.monotonic() - started
        self.results["machine"]["others"] = self.others.share()


def warn_if_busy(results):
    load, others = results["machine"]["load_before"], results["machine"].get("others")
    meanwhile = "" if others is None else f", other programs used {others:.0%} of it meanwhile"
    if load > 0.5 or (others or 0) > 0.05:
        say(f"warning: the machine is busy (load average {load:.2f} before{meanwhile}): these figures are noise")


def main():
    parser = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    sections = [*SIZES["full"]["shapes"], "plans", "growth", "databases", "schema"]
    parser.add_argument("--size", choices=SIZES, default="full")
    parser.add_argument("--only", action="append", choices=sections, metavar="SECTION",
                        help="of " + ", ".join(sections))
    parser.add_argument("--record", metavar="DOCS", help="write the pages' tables and the picture anew")
    parser.add_argument("--out", default=os.path.join(machine.ROOT, "build", "bench"))
    parser.add_argument("--from", dest="source", metavar="FILE",
                        help="measure nothing: print, and record, what a results.json holds")
    args = parser.parse_args()
    if args.record and args.only:
        parser.error("--record wants all sections")
    if args.source:
        with open(args.source, encoding="utf-8") as file:
            results = json.load(file)
    else:
        bench = Bench(args)
        say(f"load average {bench.results['machine']['load_before']:.2f}, {machine.cores()} cores")
        warn_if_busy(bench.results)
        try:
            bench.measure(args.only or sections)
        finally:
            machine.remove(bench.folder)
        results = bench.results
    os.makedirs(args.out, exist_ok=True)
    report.write(results, args.out, args.record)
    warn_if_busy(results)


if __name__ == "__main__":
    # Servers and files go with the program, whatever asks it to end.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        main()
    except Failed as failure:
        say(f"bench: {failure}")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
