#!/usr/bin/python3
"""A strict reader of Prometheus' text format, as the node exporter's textfile collector wants it.

    prometheus.py FILE            fails, with the line, where the file is none
    prometheus.py FILE METRIC     the value of NAME or NAME{LABEL="VALUE",...}; status 1 where it isn't there

Every metric has HELP, TYPE and then its samples, in one block; no sample stands twice, none has a
timestamp (the collector refuses these), counters end in _total, and the last line ends.
"""
import re
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(rf'({NAME})(\{{(?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)+\}})? (-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)')


def fail(number, line, why):
    sys.exit(f"line {number}: {why}: {line!r}")


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    if not text.endswith("\n"):
        sys.exit("the last line doesn't end")
    samples, seen, helped, kind = {}, set(), None, None
    for number, line in enumerate(text[:-1].split("\n"), 1):
        if line.startswith("# HELP "):
            match = re.fullmatch(rf"# HELP ({NAME}) \S.*", line)
            if not match or match[1] in seen:
                fail(number, line, "no HELP, or a second one")
            if kind and not any(name.split("{")[0] == helped for name in samples):
                fail(number, line, f"{helped} has no sample")
            helped, kind = match[1], None
            seen.add(helped)
        elif line.startswith("# TYPE "):
            match = re.fullmatch(rf"# TYPE ({NAME}) (counter|gauge)", line)
            if not match or match[1] != helped or kind:
                fail(number, line, "no TYPE behind its HELP")
            kind = match[2]
            if (kind == "counter") != helped.endswith("_total"):
                fail(number, line, "counters end in _total, and nothing else does")
        else:
            match = SAMPLE.fullmatch(line)
            if not match or match[1] != helped or not kind:
                fail(number, line, "no sample behind its TYPE")
            name = match[1] + (match[2] or "")
            if name in samples:
                fail(number, line, "twice")
            samples[name] = match[3]
    return samples


METRICS = read(sys.argv[1])
if len(sys.argv) > 2:
    if sys.argv[2] not in METRICS:
        sys.exit(1)
    print(METRICS[sys.argv[2]])
else:
    print(f"{len(METRICS)} samples")
