#!/usr/bin/python3
"""Breaks the world around the program, and counts what was lost.

    tests/torture/torture.py [--faults N] [--seed S] [--only NAME[,NAME...]] [--short] [--verbose]

Half of the faults hit `tenants`, half `schema`; tenants.py and schema.py beside this say how, and what must
hold afterwards. NAME is one of these two, or a kind of fault: schema:cut, or cut for both.

The same seed gives the same faults, not the same moments. The last lines are figures; the status is 1 if
any promise was broken.
"""
import argparse
import collections
import os
import random
import resource
import sys
import time

import schema
import tenants
from program import Broken, Figures

GROUPS = {"tenants": tenants.Torture, "schema": schema.Torture}


def choose(pool, number, chance):
    """Chooses `number` kinds by chance, each as often as the others, give or take one."""
    chosen = []
    while pool and len(chosen) < number:
        chosen += chance.sample(pool, len(pool))
    return chosen[:number]


def cases_for(args, chance):
    """Returns pairs of group and kind."""
    if args.short:
        return [(group, kind) for group, torture in GROUPS.items() for kind in torture.short]
    names = args.only.split(",") if args.only else list(GROUPS)
    pools = {group: [kind for kind in torture.kinds if {group, kind, f"{group}:{kind}"} & set(names)]
             for group, torture in GROUPS.items()}
    used = [group for group in pools if pools[group]]
    if not used:
        raise SystemExit(f"no fault is called {args.only}")
    cases = []
    for number, group in enumerate(used):
        share = args.faults // len(used) + (number < args.faults % len(used))
        cases += [(group, kind) for kind in choose(pools[group], share, chance)]
    return cases


class Count:
    def __init__(self, verbose):
        self.verbose, self.number = verbose, 0
        self.happened, self.idle, self.broken = collections.Counter(), collections.Counter(), []

    def one(self, torture, group, kind):
        name, start = f"{group}:{kind}", time.monotonic()
        self.number += 1
        try:
            (self.happened if torture.one(kind) else self.idle)[name] += 1
            word = "fine"
        except Broken as error:
            self.happened[name] += 1
            self.broken.append(name)
            word = f"BROKEN: {error}\n{torture.said()[-2000:]}"
        if self.verbose or word != "fine":
            print(f"{self.number} {name}, {torture.about()}: {word} ({time.monotonic() - start:.1f} s)", flush=True)

    def figures(self):
        for name in sorted(set(self.happened) | set(self.idle)):
            yield f"  {name}: {self.happened[name]}" + (
                f" (and {self.idle[name]} that met no request)" if self.idle[name] else "")
        yield f"{sum(self.happened.values())} faults, {len(self.broken)} broken promises" + (
            ": " + ", ".join(self.broken) if self.broken else ", nothing lost")


def run_group(group, kinds, chance, count, short):
    """Tortures one half; returns the lines about it."""
    figures = Figures()
    torture = GROUPS[group](figures, chance, short)
    try:
        torture.prepare()
        for kind in kinds:
            count.one(torture, group, kind)
        torture.finish()
    finally:
        torture.close()
    return [f"{group}:"] + ["  " + line for line in torture.figures()] + [
        f"  most memory: {figures.max_rss_kib // 1024} MiB"]


def main():
    parser = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--only")
    parser.add_argument("--short", action="store_true", help="one each of some kinds")
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(10**6)
    chance = random.Random(seed)
    for name in ("MYSQL_PWD", "MYSQL_HOST", "MONASCA_MIGRATE_DB_PASSWORD"):
        os.environ.pop(name, None)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    begin, count, lines = time.monotonic(), Count(args.verbose), []
    cases = cases_for(args, chance)
    for group in GROUPS:
        kinds = [kind for which, kind in cases if which == group]
        if kinds:
            lines += run_group(group, kinds, chance, count, args.short)
    print(f"seed {seed}, {time.monotonic() - begin:.0f} s")
    print("\n".join(lines + list(count.figures())))
    return 1 if count.broken else 0


if __name__ == "__main__":
    sys.exit(main())
