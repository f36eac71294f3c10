#!/usr/bin/python3
"""Runs a command on a terminal of its own, and writes down what it draws.

    terminal.py OUTPUT COLUMNS[,COLUMNS...] COMMAND...   a second after each size comes the next
    terminal.py check OUTPUT COLUMNS                     fails where a line that is drawn over is wider

The status is the command's. COLUMNS of `check` is the widest that any of its lines may be.
"""
import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time
import unicodedata


def resize(terminal, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))


def run(output, sizes, command):
    sizes = [int(size) for size in sizes.split(",")]
    child, terminal = pty.fork()
    if child == 0:
        # The size is set before the program looks at it.
        sys.stdin.readline()
        os.execvp(command[0], command)
    resize(terminal, sizes.pop(0))
    os.write(terminal, b"\n")
    next_at = time.monotonic() + 1
    with open(output, "wb", buffering=0) as file:
        while True:
            if sizes and time.monotonic() > next_at:
                resize(terminal, sizes.pop(0))
                next_at = time.monotonic() + 1
            if not select.select([terminal], [], [], 0.1)[0]:
                continue
            try:
                data = os.read(terminal, 65536)
            except OSError:
                break
            if not data:
                break
            file.write(data)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def columns(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def check(output, widest):
    with open(output, "rb") as file:
        text = file.read().decode()
    # A record of the log is printed above the line, which then comes again; it may wrap.
    drawn = [part.split("\n")[-1] for part in text.split("\r\x1b[K")[1:]]
    drawn = [line for line in drawn if line]
    if not drawn:
        sys.exit("no line was drawn over")
    for line in drawn:
        if columns(line) > widest:
            sys.exit(f"{columns(line)} columns, not {widest}: {line!r}")
    rest = re.sub(r"\r\x1b\[K|\r?\n", "", text)
    wrong = re.search(r"[\x00-\x1f\x7f]", rest)
    if wrong:
        sys.exit(f"a control character: {rest[max(0, wrong.start() - 30):wrong.end() + 30]!r}")
    print(f"{len(drawn)} lines, the widest of {max(map(columns, drawn))}")


if sys.argv[1] == "check":
    check(sys.argv[2], int(sys.argv[3]))
else:
    sys.exit(run(sys.argv[1], sys.argv[2], sys.argv[3:]))
