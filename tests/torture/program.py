"""Runs the program, and watches its end, its output and its memory; a disk and a proxy for that."""
import os
import re
import signal
import subprocess
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
LIB = os.path.join(ROOT, "tests", "lib")
PATH = os.environ.get("MONASCA_MIGRATE") or os.path.join(os.environ.get("BUILD", os.path.join(ROOT, "build")),
                                                         "monasca-migrate")
MAX_SECONDS = 180
# An instrumented build may take more, since sanitizers need memory of their own.
with open(PATH, "rb") as binary:
    MAX_RSS_KIB = 64 * 1024 if b"__asan" not in binary.read() else 512 * 1024
STATUSES = (0, 1, 3, 4, 5, -signal.SIGKILL)


class Broken(Exception):
    """A promise that was not kept."""


class Figures:
    """The maxima of all runs."""

    def __init__(self):
        self.max_rss_kib = 0


class Program:
    """One run of the program, in the process group of the tests. Its output goes to a file, at its end to `said`."""

    def __init__(self, figures, output, arguments, env=None):
        self.figures, self.output, self.said = figures, output, ""
        with open(output, "wb") as file:
            self.process = subprocess.Popen([PATH, *arguments], stdin=subprocess.DEVNULL, stdout=file,
                                            stderr=subprocess.STDOUT, env=env)

    @property
    def pid(self):
        return self.process.pid

    def signal(self, number):
        # Nobody has waited for the process yet, so its id is still its own, even where it has ended.
        os.kill(self.process.pid, number)

    def running(self):
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def wait(self, max_seconds):
        """Waits until the run ends, or for `max_seconds`."""
        end = time.monotonic() + max_seconds
        while self.running() and time.monotonic() < end:
            time.sleep(0.02)

    def expect_one_line(self, status):
        """Checks that a failed run says why in one line, which a hint may follow."""
        errors, hints = (len(re.findall(f"^{word}: ", self.said, re.M)) for word in ("error", "hint"))
        if status not in (0, -signal.SIGKILL) and (errors > 1 or hints > 1):
            raise Broken(f"status {status} with {errors} errors and {hints} hints")

    def end(self, max_seconds=MAX_SECONDS):
        """Waits for the end, checks the run, and returns its status; a signal is negative."""
        if self.process.returncode is not None:
            return self.process.returncode
        timer = threading.Timer(max_seconds, self.process.kill)
        timer.start()
        begin = time.monotonic()
        # An upper bound: the kernel counts the memory that this process had at the fork as the child's.
        _, status, usage = os.wait4(self.process.pid, 0)
        timer.cancel()
        code = self.process.returncode = os.waitstatus_to_exitcode(status)
        with open(self.output, encoding="utf-8", errors="replace") as file:
            self.said = file.read()
        self.figures.max_rss_kib = max(self.figures.max_rss_kib, usage.ru_maxrss)
        if time.monotonic() - begin >= max_seconds:
            raise Broken(f"hangs: no end after {max_seconds} s")
        if usage.ru_maxrss > MAX_RSS_KIB:
            raise Broken(f"took {usage.ru_maxrss} KiB")
        if code not in STATUSES:
            raise Broken(f"status {code}")
        return code


class Disk:
    """A small disk in memory, mounted on `path`, which is made. Only root can mount it: see `mounted`."""

    def __init__(self, path, size):
        self.path, self.filler = path, os.path.join(path, "filler")
        os.makedirs(path, exist_ok=True)
        self.mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", path],
                                      stderr=subprocess.DEVNULL, check=False).returncode == 0

    def fill(self, left_kib):
        """Leaves about so many KiB of room."""
        with open(self.filler, "wb", buffering=0) as file:
            free = os.statvfs(self.path)
            try:
                for _ in range(free.f_bavail * free.f_frsize // 4096 - left_kib // 4):
                    file.write(b"\0" * 4096)
            except OSError:
                pass  # the server took the room first

    def make_room(self):
        if os.path.exists(self.filler):
            os.unlink(self.filler)

    def close(self):
        if self.mounted:
            subprocess.run(["umount", self.path], check=False)


class Proxy:
    """A running fault proxy and its rules."""

    def __init__(self, script, upstream, folder):
        self.folder, self.faults = folder, os.path.join(folder, "faults")
        port_file = os.path.join(folder, "proxy")
        self.rules()
        command = [os.path.join(HERE, script), "--upstream", upstream, "--port-file", port_file, "--log", self.faults,
                   "--rules", os.path.join(folder, "rules")]
        with open(os.path.join(folder, "proxy.err"), "ab") as err:
            self.process = subprocess.Popen(command, env=dict(os.environ, OWNER=str(os.getpid())), stderr=err)
        while not os.path.exists(port_file):
            if self.process.poll() is not None:
                raise SystemExit("the proxy ended")
            time.sleep(0.02)
        with open(port_file, encoding="ascii") as file:
            self.address = file.read().strip()

    @property
    def port(self):
        return self.address.rsplit(":", 1)[1]

    def rules(self, *rules):
        """Sets the faults from now on. The proxy goes on at the same address, which may be in a journal."""
        path = os.path.join(self.folder, "rules")
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write("".join(rule + "\n" for rule in rules))
        os.rename(path + ".new", path)
        with open(self.faults, "w", encoding="utf-8"):
            pass

    def given(self):
        """Counts the faults since the last rules()."""
        try:
            with open(self.faults, encoding="utf-8") as file:
                return len(file.readlines())
        except OSError:
            return 0

    def close(self):
        self.process.kill()
        self.process.wait()
