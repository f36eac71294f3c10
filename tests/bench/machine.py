"""What the bench runs on: the machine, a private server, and commands that are timed."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
INFLUXD = os.path.join(ROOT, "tests", "lib", "influxd")
GENERATE = os.path.join(ROOT, "tests", "lib", "generate.py")
CLIENT = os.path.join(HERE, "client.py")
TIMED = os.path.join(HERE, "timed.py")
TICK = os.sysconf("SC_CLK_TCK")

QUIET = ["http.log-enabled=false", "data.query-log-enabled=false"]
# While data is loaded: written out of the server's cache at once, as data of weeks ago would be.
LOADING = ["data.cache-snapshot-write-cold-duration=1s", "data.compact-full-write-cold-duration=1s",
           "coordinator.write-timeout=10m"]


class Failed(Exception):
    pass


def say(text):
    print(text, file=sys.stderr, flush=True)


# --- the machine ---------------------------------------------------------------------------------


def machine_cpu():
    """Seconds of processor time that anybody used since the start of the machine."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _idle, _wait, irq, softirq, *_ = map(int, file.readline().split()[1:])
    return (user + nice + system + irq + softirq) / TICK


def cores():
    return len(os.sched_getaffinity(0))


def memory_gib():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


class Others:
    """How much of the machine others use while we measure, as a share of its cores."""

    def __init__(self):
        self.started = time.monotonic()
        self.ours = 0.0  # of servers and commands, added by those who know
        self.machine = machine_cpu()
        self.times = os.times()

    def add(self, seconds):
        self.ours += seconds

    def share(self):
        times = os.times()
        here = sum(times[:4]) - sum(self.times[:4])
        seconds = time.monotonic() - self.started
        return max(0.0, (machine_cpu() - self.machine - self.ours - here) / seconds / cores())


# --- servers -------------------------------------------------------------------------------------


class Server:
    """A private influxd; ends with the `with`."""

    def __init__(self, folder, others):
        self.folder = os.path.join(folder, "influxd")
        self.others = others
        self.url = self.pid = None
        self.counted = 0.0

    def __enter__(self):
        self.start(QUIET + LOADING)
        return self

    def __exit__(self, *_):
        self.count_cpu()
        self.call("stop")

    def call(self, *words):
        # OWNER: the server ends with the bench, whatever ends that.
        done = subprocess.run([INFLUXD, words[0], self.folder, *words[1:]], stdout=subprocess.PIPE,
                              env={**os.environ, "OWNER": str(os.getpid())}, text=True, check=False)
        if done.returncode:
            raise Failed("no private influxd can be started")
        return done.stdout.strip()

    def start(self, settings):
        self.url = self.call("start", *settings)
        with open(os.path.join(self.folder, "pid"), encoding="ascii") as file:
            self.pid = int(file.read())
        self.counted = 0.0

    def logged_bytes(self):
        """Of points that are in its cache, and on the disk in its log only."""
        return sum(os.path.getsize(os.path.join(folder, file))
                   for folder, _, files in os.walk(os.path.join(self.folder, "wal")) for file in files)

    def restart(self):
        """With the server's own defaults, and an empty cache."""
        for _ in range(600):
            if not self.logged_bytes():
                break
            time.sleep(0.1)
        self.settle()
        self.count_cpu()
        self.call("kill")
        self.start(QUIET)
        self.settle()

    def cpu(self):
        """Seconds of processor time that it has used."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def rss(self):
        with open(f"/proc/{self.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def count_cpu(self):
        self.others.add(self.cpu() - self.counted)
        self.counted = self.cpu()

    def settle(self):
        """Waits until it has nothing left to do: what was written before is compacted."""
        for _ in range(600):
            before = self.cpu()
            time.sleep(0.1)
            if self.cpu() - before <= 1 / TICK:
                return

    def ask(self, statement):
        """The rows of a reply, as dicts."""
        body = urllib.parse.urlencode({"q": statement, "epoch": "ns"}).encode()
        with urllib.request.urlopen(self.url + "/query", body, timeout=600) as reply:
            results = json.load(reply)["results"]
        rows = []
        for result in results:
            if "error" in result:
                raise Failed(f"{statement[:300]}: {result['error']}")
            for series in result.get("series", []):
                rows += [dict(zip(series["columns"], row)) for row in series.get("values", [])]
        return rows

    def databases(self, prefix):
        return [row["name"] for row in self.ask("SHOW DATABASES") if row["name"].startswith(prefix)]

    def drop(self, prefix):
        for name in self.databases(prefix):
            self.ask(f'DROP DATABASE "{name}"')
        self.settle()

    def count(self, name):
        return sum(row["count"] for row in self.ask(f'SELECT count(value) FROM "{name}".autogen./.*/'))

    def data_bytes(self, prefix):
        """Of points on the disk, in databases whose name begins so."""
        total = 0
        data = os.path.join(self.folder, "data")
        for name in os.listdir(data):
            if name.startswith(prefix):
                for folder, _, files in os.walk(os.path.join(data, name)):
                    total += sum(os.path.getsize(os.path.join(folder, file)) for file in files
                                 if file.endswith(".tsm"))
        return total

    def version(self):
        with urllib.request.urlopen(self.url + "/ping", timeout=60) as reply:
            return reply.headers["X-Influxdb-Version"]


# --- commands ------------------------------------------------------------------------------------


class Timer:
    """Runs commands, each for its own time, memory and processor time, and the server's."""

    def __init__(self, folder):
        self.folder = folder

    def run(self, server, command, statuses=(0,)):
        """{"seconds", "cpu", "rss", "server_cpu", "out"}"""
        result = os.path.join(self.folder, "timed")
        out, err = os.path.join(self.folder, "out"), os.path.join(self.folder, "err")
        before = server.cpu()
        with open(out, "wb") as stdout, open(err, "wb") as stderr:
            subprocess.run(["/usr/bin/python3", "-IS", TIMED, result, *command], stdin=subprocess.DEVNULL,
                           stdout=stdout, stderr=stderr, check=True)
        with open(result, encoding="ascii") as file:
            took = json.load(file)
        took["server_cpu"] = server.cpu() - before
        if took["status"] not in statuses:
            with open(err, encoding="utf-8", errors="replace") as file:
                raise Failed(f"{' '.join(command[:3])} ended with status {took['status']}: {file.read()[-2000:]}")
        took["out"] = out
        return took

    def client(self, server, *words):
        """A run of client.py; the time is its own, without what it needs to begin."""
        took = self.run(server, ["/usr/bin/python3", CLIENT, *words])
        with open(took["out"], encoding="ascii") as file:
            took.update(json.load(file))
        return took


def generate(file, now, **sizes):
    options = [word for name, value in sizes.items() for word in ("--" + name.replace("_", "-"), str(value))]
    with open(file, "wb") as out:
        subprocess.run([GENERATE, "bulk", "--now", str(now), *options], stdout=out, check=True)


def work_folder():
    return tempfile.mkdtemp(prefix="monasca-bench.", dir=os.environ.get("TMPDIR"))


def remove(folder):
    shutil.rmtree(folder, ignore_errors=True)


def remove_file(name):
    if os.path.exists(name):
        os.remove(name)


def logged_statements(file):
    """The statements that a run with --debug sent, in their order."""
    found = []
    with open(file, encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            match = re.search(r"\bstatement: (.*)$", line)
            if match:
                found.append(match.group(1))
    return found
