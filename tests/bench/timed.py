#!/usr/bin/python3 -IS
"""Runs a command and writes what it took, as JSON, to a file: timed.py FILE COMMAND [ARGUMENT...]

    {"status": 0, "seconds": 1.5, "cpu": 0.2, "rss": 13000000}

`cpu`: seconds of processor time, user and system; `rss`: bytes of memory at the most. A process's
peak counts from the fork on, so whoever starts it sets a floor: this one is as small as a Python
gets (some 9 MB), which is what it is for.
"""
import os
import sys
import time

start = time.monotonic()
pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
seconds = time.monotonic() - start
with open(sys.argv[1], "w", encoding="ascii") as file:
    file.write('{"status": %d, "seconds": %.6f, "cpu": %.6f, "rss": %d}\n' % (
        os.waitstatus_to_exitcode(status), seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024))
