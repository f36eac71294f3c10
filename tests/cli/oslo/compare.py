#!/usr/bin/python3
"""Compare what dump.c and oracle.py make of the cases of generate.py.

    compare.py CASES THEIRS OSLO-DUMP DECISIONS [FAMILY]

Prints each difference that DECISIONS doesn't decide, as "difference: CASE: OPTION: theirs THEIRS, ours OURS", each
decision that no case needs, as "unused: ID", and a line of figures. Status 1 if there is any. With FAMILY only its cases
are compared.

A line of DECISIONS has six fields, separated by tabs: an id; regular expressions for the whole option, their whole
value, our whole value, and for a part of the case's files; the reason. Where one side refuses all files, there is one
difference, of the option "all" and the values "read" and "load error".
"""
import os
import re
import shlex
import subprocess
import sys


class Decision:
    def __init__(self, line):
        self.id, option, theirs, ours, text, self.reason = line.split('\t')
        self.option, self.theirs, self.ours = (re.compile(part) for part in (option, theirs, ours))
        self.text = re.compile(text.encode(), re.MULTILINE | re.DOTALL)
        self.used = 0

    def holds(self, option, theirs, ours, text):
        return (self.option.fullmatch(option) and self.theirs.fullmatch(theirs) and self.ours.fullmatch(ours) and
                self.text.search(text))


def read_decisions(path):
    with open(path) as f:
        return [Decision(line.rstrip('\n')) for line in f if line.strip() and not line.startswith('#')]


def read(path):
    with open(path) as f:
        return f.read()


def values(output):
    """Option to value; nothing where the files could not be read."""
    if output == 'load error\n':
        return {}
    return dict(re.fullmatch(r'(\[.*?\] \S+) = (.*)', line).groups() for line in output.splitlines())


def pairs(left, right):
    if bool(left) != bool(right):
        return [('all', 'read' if left else 'load error', 'read' if right else 'load error')]
    return [(option, left[option], right[option]) for option in left]


def ours(case, dump):
    env = {key: value for key, value in os.environ.items() if not key.startswith('OS_')}
    env['HOME'] = os.path.join(case, 'home')
    env.update(line.split('=', 1) for line in read(os.path.join(case, 'env')).splitlines())
    service = read(os.path.join(case, 'service')).strip()
    args = shlex.split(read(os.path.join(case, 'args')))
    return subprocess.run([dump, '--service', service] + args, cwd=case, env=env, check=True, stderr=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, text=True).stdout


def text_of(case):
    parts = []
    for folder, _, names in sorted(os.walk(case)):
        for name in sorted(names):
            with open(os.path.join(folder, name), 'rb') as f:
                parts.append(f.read())
    return b'\n'.join(parts)


def main(cases, theirs, dump, decisions, family=''):
    cases, dump, decided = os.path.abspath(cases), os.path.abspath(dump), read_decisions(decisions)
    alike = differing = compared = same = 0
    failed = False
    for name in sorted(os.listdir(cases)):
        if family and name.rpartition('-')[0] != family:
            continue
        case = os.path.join(cases, name)
        left, right = values(read(os.path.join(theirs, name))), values(ours(case, dump))
        whole = True
        for option, *pair in pairs(left, right):
            compared += 1
            if pair[0] == pair[1]:
                same += 1
                continue
            whole = False
            held = [d for d in decided if d.holds(option, *pair, text_of(case))]
            if held:
                held[0].used += 1
            else:
                failed = True
                print('difference: %s: %s: theirs %s, ours %s' % (name, option, *pair))
        alike += whole
        differing += not whole
    if not compared:
        failed = True
    for decision in decided:
        if not decision.used:
            failed = True
            print('unused: %s' % decision.id)
    print('%d of %d cases alike, %d differ; %d of %d values' % (alike, alike + differing, differing, same, compared))
    sys.exit(failed)


main(*sys.argv[1:])
