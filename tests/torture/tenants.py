"""Faults around `tenants run` and `tenants verify`.

Each fault hits a whole migration: the source is always the same, and there are no targets and no journal yet.
Then the same command is run again, undisturbed, until its status is 0; `verify --deep` must find nothing, and
tests/lib/influx.py, which knows nothing of the program, compares every point. tests/torture/proxy.py says which
faults hit what is on the way to the server; the others are:

    kill-program        SIGKILL after a random time
    kill-program-at     SIGKILL when a statement chosen by chance is on its way
    term-program        SIGTERM after a random time
    term-program-at     SIGTERM, or two, when a statement is on its way
    kill-server         SIGKILL of influxd after a random time; it starts again at once
    kill-server-at      the same when a statement is on its way
    hang-server         influxd stands still for two seconds (SIGSTOP)
    empty-server        influxd comes back without any data in the middle, and later with it
    disk-full           the disk of the journal is full after a random time (needs to be root)
    disk-full-server    the disk of influxd is full but for some KiB; later there is room again, and influxd
                        is restarted, as it may refuse or hang until then (needs to be root)
    verify-FAULT        a point is taken out of a target, then FAULT hits `verify --deep`: it must not
                        say that all is well

Each case uses one of both engines. An InfluxDB that is killed may lose points that it had acknowledged (seen
with 1.6.7): such a case is counted apart where `verify --deep` tells of the loss and `--repair` mends it.
"""
import collections
import os
import shutil
import subprocess
import time
import urllib.parse
import urllib.request

import common
from program import LIB, Broken, Proxy

DB = "mon"

ON_THE_WAY = ["refuse", "reset", "silence", "cut", "cut-chunk", "truncate", "truncate-line", "malformed", "garbage",
              "endless", "endless-lines", "endless-error", "huge", "slow", "empty", "page-401", "page-403",
              "page-404", "page-500", "page-502", "page-503", "delay", "duplicate", "date-back", "date-ahead",
              "date-odd"]
AROUND = ["kill-program", "kill-program-at", "term-program", "term-program-at", "kill-server", "kill-server-at",
          "hang-server", "empty-server", "disk-full", "disk-full-server"]
VERIFY = ["verify-cut", "verify-cut-chunk", "verify-truncate", "verify-truncate-line", "verify-malformed",
          "verify-empty", "verify-page-500"]
# The kinds that have no test of their own in tests/live.
SHORT = ["truncate-line", "malformed", "page-503", "refuse", "kill-program-at", "kill-server-at", "empty-server",
         "verify-truncate-line"]
STATEMENTS = ["", "INTO|WRITE", "INTO|SELECT \\*", "count", "SHOW", "CREATE DATABASE"]


class World(common.World):
    """An influxd with a source, and the program's files."""

    def __init__(self, figures):
        super().__init__(figures, "influxd", "96m")
        self.url = self.address
        self.state = os.path.join(self.folder, "state")
        self.conf = os.path.join(self.folder, "persister.conf")
        self.engine = "server"

    def query(self, statement):
        data = urllib.parse.urlencode({"q": statement}).encode()
        with urllib.request.urlopen(f"{self.url}/query", data, timeout=60) as reply:
            return reply.read().decode()

    def influx_py(self, *args, **more):
        env = dict(os.environ, INFLUX_URL=self.url)
        return subprocess.run([os.path.join(LIB, "influx.py"), *args], env=env, text=more.pop("text", True),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **more)

    def fill(self):
        self.query(f'CREATE DATABASE "{DB}" WITH DURATION 90d REPLICATION 1 NAME "persister_all"')
        points = subprocess.run([os.path.join(LIB, "generate.py"), "small", "--tenants", "3", "--weeks", "3",
                                 "--per-week", "60"], check=True, stdout=subprocess.PIPE).stdout
        done = self.influx_py("load", DB, input=points, text=False)
        if done.returncode:
            raise SystemExit(done.stdout.decode())
        self.tenants = ["%032x" % (0xA0 + n) for n in range(3)]

    def forget(self):
        """No targets, no journal."""
        for tenant in self.tenants:
            self.query(f'DROP DATABASE "{DB}_{tenant}"')
        shutil.rmtree(self.state, ignore_errors=True)

    def configure(self, port):
        with open(self.conf, "w", encoding="ascii") as file:
            file.write(f"[influxdb]\ndatabase_name = {DB}\nip_address = 127.0.0.1\nport = {port}\n"
                       "user = u\npassword = p\n")

    def start_proxy(self):
        self.proxy = Proxy("proxy.py", self.url, self.folder)
        self.configure(self.proxy.port)

    def start(self, *command):
        if command == ("run",):
            command += ("--engine", self.engine)
        return self.launch(["tenants", *command, "--config-file", self.conf, "--state-dir", self.state])

    def close(self):
        subprocess.run(["umount", self.state], stderr=subprocess.DEVNULL, check=False)
        super().close()


class Torture(common.Torture):
    """A migration, its faults, and what must hold then."""

    kinds = ON_THE_WAY + AROUND + VERIFY
    short = SHORT
    on_the_way_kinds = ON_THE_WAY
    max_runs = 5

    def __init__(self, figures, chance, _short):
        super().__init__(World(figures), chance)
        self.engines = collections.Counter()
        self.server_lost = self.checks = 0

    def start(self):
        return self.world.start("run")

    def run(self):
        return self.world.command("run")

    # How each kind disturbs.

    def rule(self, fault):
        regex = self.chance.choice(STATEMENTS)
        onward = "+" if fault.startswith("date-") else ""
        number = 1 if onward or regex in ("CREATE DATABASE",) else self.chance.randint(1, 5)
        return f"{fault}@{number}{onward}~{'' if onward else regex}"

    def at_a_statement_rule(self, command):
        return f"exec={command}@{self.chance.randint(1, 12)}~{self.chance.choice(['INTO|WRITE', 'count', ''])}"

    def term_program_at(self):
        again = f"; sleep 0.1; kill -TERM $(cat {self.world.pid_file})" if self.chance.random() < 0.5 else ""
        return self.signal_at("TERM", again)

    def empty_server(self):
        """An empty server takes the place of the real one, which later comes back with all its data."""
        away = os.path.join(self.world.folder, "empty")

        def act(_program):
            self.world.serve("kill")
            self.world.serve("start", f"port={self.world.port}", folder=away)
        try:
            self.after_a_while(act)
            first, second = self.status, self.run()
            if first == 0 and second == 0:
                raise Broken("a server without the source was taken as done")
        finally:
            self.world.serve("kill", folder=away)
            shutil.rmtree(away, ignore_errors=True)
            self.world.restart()
        return True

    def disk_full(self):
        world = self.world
        os.mkdir(world.state)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "none", world.state], stderr=subprocess.DEVNULL,
                          check=False).returncode:
            return False
        full = os.path.join(world.state, "full")

        def act(_program):
            try:
                with open(full, "wb", buffering=0) as file:
                    while True:
                        file.write(b"\0" * 4096)
            except OSError:
                pass
        try:
            self.after_a_while(act)
            os.unlink(full)
            # The journal is on the tmpfs: the reruns must end before that goes.
            self.run_again()
        finally:
            subprocess.run(["umount", world.state], check=False)
        # The journal is gone: a run without it copies all once more, which is harmless.
        return True

    def disk_full_server(self):
        """The disk is full from the start, or after a while. A run that hangs goes on when the server is back."""
        world = self.world
        if not world.disk.mounted:
            return False
        at_once = self.chance.random() < 0.5
        try:
            if at_once:
                world.disk.fill(self.chance.choice([0, 4, 16, 30, 45, 60, 90, 150]))
            program = self.start()
            if not at_once:
                time.sleep(self.chance.random() * self.typical)
                world.disk.fill(0)
            program.wait(20)
            hung = program.running()
        finally:
            world.disk.make_room()
            world.serve("kill")
            world.restart()
        status = world.end(program)
        if not hung and status != 0 and "is full" not in world.said:
            raise Broken(f"status {status}, and the disk isn't told to be full")
        program.expect_one_line(status)
        return True

    def verify_under(self, fault):
        world = self.world
        self.run_again()
        victim = self.chance.choice(world.tenants)
        metric = self.chance.choice(["cpu.idle_perc", "mem.free_mb", "alarm_state_history"])
        with urllib.request.urlopen(f"{world.url}/query?" + urllib.parse.urlencode(
                {"db": f"{DB}_{victim}", "q": f'SELECT * FROM "{metric}" LIMIT 1', "epoch": "ns"})) as reply:
            text = reply.read().decode()
        when = text.split('"values":[[', 1)[1].split(",", 1)[0]
        data = urllib.parse.urlencode({"db": f"{DB}_{victim}", "q": f'DELETE FROM "{metric}" WHERE time = {when}'})
        urllib.request.urlopen(f"{world.url}/query", data.encode()).read()
        world.proxy.rules(f"{fault}@{self.chance.randint(1, 6)}~{self.chance.choice(['SELECT', 'SELECT', 'SHOW', ''])}")
        status = world.command("verify", "--deep")
        given = world.proxy.given() > 0
        if status == 0:
            raise Broken(f"verify --deep found nothing where {metric} of {victim} lacks a point")
        world.proxy.rules()
        if world.command("verify", "--deep", "--repair") != 0:
            raise Broken("verify --deep --repair did not mend it")
        return given

    def disturb(self, kind):
        if kind.startswith("verify-"):
            return self.verify_under(kind[7:])
        return super().disturb(kind)

    # What must hold then.

    def lost(self):
        """Returns the differences that a comparison finds which knows nothing of the program, or None."""
        done = self.world.influx_py("compare", DB)
        return None if done.returncode == 0 else done.stdout

    def check(self, kind):
        world = self.world
        world.proxy.rules()
        self.reruns[self.run_again()] += 1
        status = world.command("verify", "--deep")
        lost = self.lost()
        if kind.startswith(("kill-server", "disk-full-server")) and status == 1:
            if not lost:
                raise Broken("verify --deep tells of a loss that there is not")
            if world.command("verify", "--deep", "--repair") != 0:
                raise Broken("verify --deep --repair did not mend what the server lost")
            self.server_lost += 1
            lost = self.lost()
        elif status:
            raise Broken("verify --deep differs" + (": " + lost if lost else ", and the comparison does not"))
        if lost:
            raise Broken("lost: " + lost)
        self.checks += 1
        if self.checks % 10 == 0:
            self.check_source()

    def check_source(self):
        if self.world.influx_py("digest", DB).stdout != self.source:
            raise Broken("the source was changed")

    def one(self, kind):
        self.world.forget()
        self.world.engine = self.chance.choice(["server", "stream"])
        self.engines[self.world.engine] += 1
        happened = self.disturb(kind)
        self.check(kind)
        return happened

    def prepare(self):
        self.world.fill()
        self.world.start_proxy()
        self.source = self.world.influx_py("digest", DB).stdout
        begin = time.monotonic()
        if self.run() != 0:
            raise SystemExit("a run without any fault fails:\n" + self.world.said)
        self.typical = time.monotonic() - begin
        if self.lost():
            raise SystemExit("a run without any fault loses points")

    def about(self):
        """Names the circumstances of the last case."""
        return self.world.engine

    def finish(self):
        self.check_source()

    def figures(self):
        yield "engines: " + ", ".join(f"{e} in {c} cases" for e, c in sorted(self.engines.items()))
        yield from super().figures()
        yield f"an InfluxDB that was killed had lost points, told and mended: {self.server_lost}"
