"""The common part of tenants.py and schema.py: a private server behind a proxy, and faults of processes."""
import collections
import os
import shutil
import signal
import subprocess
import tempfile
import time

from program import LIB, MAX_SECONDS, Broken, Disk, Program


class World:
    """A server of the tests, a proxy before it, and the program's files, all in one folder.

    `tool` is tests/lib/TOOL, which starts and kills the server; the server has a disk of its own. A subclass
    starts the proxy, and has start(*command), which calls launch().
    """

    def __init__(self, figures, tool, disk_size):
        self.figures, self.said, self.proxy, self.program = figures, "", None, None
        self.folder = tempfile.mkdtemp(prefix="torture.")
        self.tool, self.server = os.path.join(LIB, tool), os.path.join(self.folder, tool)
        self.pid_file = os.path.join(self.folder, "program.pid")
        self.disk = Disk(self.server, disk_size)
        self.address = self.serve("start")
        self.port = int(self.address.rsplit(":", 1)[1])

    def serve(self, verb, *settings, folder=None):
        """Starts or kills the server, or another one in `folder`; returns what the tool prints."""
        done = subprocess.run([self.tool, verb, folder or self.server, *settings], check=True, text=True,
                              env=dict(os.environ, OWNER=str(os.getpid())), stdout=subprocess.PIPE)
        return done.stdout.strip()

    def restart(self):
        """After a kill: the server comes back with the same data, at the same port."""
        self.serve("start", f"port={self.port}")

    def server_pid(self):
        with open(os.path.join(self.server, "pid"), encoding="ascii") as file:
            return int(file.read())

    def launch(self, arguments, name="output", env=None):
        """Starts the program; its output goes to the file `name`, its process id to the pid file."""
        if os.path.exists(self.pid_file):
            os.unlink(self.pid_file)
        self.program = Program(self.figures, os.path.join(self.folder, name), arguments, env)
        with open(self.pid_file + ".new", "w", encoding="ascii") as file:
            file.write(str(self.program.pid))
        os.rename(self.pid_file + ".new", self.pid_file)
        return self.program

    def end(self, program, max_seconds=MAX_SECONDS):
        """Waits for the end of a run; returns its status, and keeps what it said."""
        try:
            return program.end(max_seconds)
        finally:
            self.said = program.said

    def command(self, *command):
        return self.end(self.start(*command))

    def close(self):
        if self.proxy:
            self.proxy.close()
        self.serve("kill")
        self.disk.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Torture:
    """The faults that hit both halves. Each returns True where the fault really happened.

    A subclass has the command to be disturbed: start(*more), which returns the running program, and run(*more),
    which returns its status; rule(fault), a rule of the proxy that strikes at a random statement; and
    at_a_statement_rule(command), a rule that runs a shell command there.
    """

    on_the_way_kinds = ()
    max_runs = 0

    def __init__(self, world, chance):
        self.world, self.chance = world, chance
        self.reruns = collections.Counter()
        self.typical, self.status = 1.0, None

    def on_the_way(self, fault):
        self.world.proxy.rules(self.rule(fault))
        self.status = self.run()
        return self.world.proxy.given() > 0

    def after_a_while(self, act):
        """Calls act(program) at a random moment of a run."""
        program = self.start()
        time.sleep(self.chance.random() * self.typical)
        act(program)
        self.status = self.world.end(program)
        return True

    def at_a_statement(self, command):
        self.world.proxy.rules(self.at_a_statement_rule(command))
        self.status = self.run()
        return self.world.proxy.given() > 0

    def signal_at(self, name, then=""):
        path = self.world.pid_file
        return self.at_a_statement(f"until [ -s {path} ]; do sleep 0.01; done; kill -{name} $(cat {path}){then}")

    def kill_program(self):
        return self.after_a_while(lambda program: program.signal(signal.SIGKILL))

    def kill_program_at(self):
        return self.signal_at("KILL")

    def term_program(self):
        return self.after_a_while(lambda program: program.signal(signal.SIGTERM))

    def term_program_at(self):
        return self.signal_at("TERM")

    def kill_server(self):
        def act(_program):
            self.world.serve("kill")
            self.world.restart()
        return self.after_a_while(act)

    def kill_server_at(self):
        tool, server = self.world.tool, self.world.server
        return self.at_a_statement(f"{tool} kill {server}; OWNER={os.getpid()} {tool} start {server} "
                                   f"port={self.world.port}")

    def hang_server(self):
        def act(_program):
            os.kill(self.world.server_pid(), signal.SIGSTOP)
            time.sleep(2)
            os.kill(self.world.server_pid(), signal.SIGCONT)
        return self.after_a_while(act)

    def disturb(self, kind):
        self.status = None
        if kind in self.on_the_way_kinds:
            return self.on_the_way(kind)
        return getattr(self, kind.replace("-", "_"))()

    def run_again(self):
        """Runs until the status is 0; returns how often."""
        for number in range(1, self.max_runs + 1):
            if self.run() == 0:
                return number
        raise Broken(f"no status 0 after {self.max_runs} runs")

    def said(self):
        return self.world.said

    def finish(self):
        """Checks, after the last case, what concerns all of them."""

    def figures(self):
        yield "runs until done: " + ", ".join(f"{n} in {c} cases" for n, c in sorted(self.reruns.items()))

    def close(self):
        self.world.close()
