#!/usr/bin/python3
"""Checks that each promise of a page names tests that are there.

    tests/lib/promises.py PAGE...

A page has tables of two columns, promises and tests. In the second, ``a/file.bats`` and then the names of
its tests in quotes, where "..." stands for what was left out; after ``make torture``: kinds of faults; other
files must exist. A row that names nothing is an error, too.
"""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "torture"))
os.environ.setdefault("MONASCA_MIGRATE", "/bin/true")
import schema  # noqa: E402
import tenants  # noqa: E402

KINDS = set(tenants.Torture.kinds) | {"schema:" + kind for kind in schema.Torture.kinds} | {"verify-..."}


def rows(page):
    """Pairs of promise and tests; a table may say in its head where all its tests are."""
    with open(page, encoding="utf-8") as file:
        lines = file.read().splitlines()
    borders = [at for at, line in enumerate(lines) if re.fullmatch(r"=+  =+", line)]
    for top, head, bottom in zip(borders[::3], borders[1::3], borders[2::3]):
        split = lines[top].index(" ")
        joined = " ".join(line[split:].strip() for line in lines[top + 1:head])
        inherited = " ".join(re.findall(r"``tests/[^`]*``", joined))
        row = None
        for line in lines[head + 1:bottom]:
            promise, tests = line[:split].strip(), line[split:].strip()
            # A new row begins where both columns begin anew: its promise has a capital letter or code.
            if row and not (promise and tests and starts_row(promise, tests, row)):
                row = (row[0] + " " + promise, row[1] + " " + tests)
                continue
            if row:
                yield row[0], inherited + " " + row[1]
            row = (promise, tests)
        if row:
            yield row[0], inherited + " " + row[1]


def starts_row(promise, tests, row):
    return (bool(re.match(r"[A-Z`]", promise)) and bool(re.match(r'``(tests/|make )|"', tests))
            and row[1].count('"') % 2 == 0 and row[1].count("``") % 2 == 0)


def tests_of(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return re.findall(r'^@test "(.*)" \{$', file.read(), re.M)


def errors_of(text):
    path = None
    for token in re.findall(r"``[^`]*``|\"[^\"]*\"|[a-z:]+(?:-[a-z.]+)+|schema:[a-z-]+|\b[a-z]+\b", text):
        if token.startswith("``"):
            path = token[2:-2]
            if path.startswith("tests/") and not os.path.exists(os.path.join(ROOT, path)):
                yield f"there is no {path}"
                path = None
        elif token.startswith('"') and path:
            name = ".*".join(re.escape(part.rstrip(" ,:")) for part in token[1:-1].split("..."))
            if path.endswith(".bats") and not any(re.fullmatch(name, test.replace('\\"', '"')) for test in tests_of(path)):
                yield f"{path} has no test {token}"
        elif path == "make torture" and ("-" in token or ":" in token) and token not in KINDS:
            yield f"make torture has no fault {token}"


def main():
    failed = count = 0
    for page in sys.argv[1:]:
        for promise, tests in rows(page):
            count += 1
            if not re.search(r"``(tests/|make )", tests):
                failed += 1
                print(f"{page}: no test is named for: {promise}")
            for error in errors_of(tests):
                failed += 1
                print(f"{page}: {error}, for: {promise}")
    print(f"{count} promises, {failed} errors")
    return 1 if failed or count < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
