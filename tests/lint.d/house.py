"""Checks the plan of the house: which room may include which, who calls whom, and how large a room may grow.

    python3 tests/lint.d/house.py floors|private|sizes
    python3 tests/lint.d/house.py names|circles OBJECTS

The current folder is the tree to check. OBJECTS is the obj/ folder of a build of that tree. Each
finding is one line on standard output; the exit status is 1 when there was one.
"""
import os
import re
import subprocess
import sys

# What each room may include. A file belongs to the longest name here that its path below src/ or
# include/ begins with, and may always include its own room. A name with a slash may also include what
# the name before the slash may.
MAY_INCLUDE = {
    "base": "",
    "conf": "base",
    "term": "base",
    "http": "base",
    "mysql": "base",
    "influx": "base conf term http",
    "schema": "base conf term mysql",
    # In schema a room includes the rooms that stand above it here.
    "schema/shape": "",
    "schema/history": "schema/shape",
    "schema/server": "schema/shape schema/history",
    "schema/run": "schema/shape schema/history schema/server",
    # In tenants a room includes the rooms that stand above it here; only report is a branch beside run.
    "tenants": "base conf term http influx",
    "tenants/plan": "",
    "tenants/servers": "tenants/plan",
    "tenants/journal": "tenants/plan tenants/servers",
    "tenants/rejects": "tenants/plan tenants/servers tenants/journal",
    "tenants/report": "tenants/plan tenants/servers tenants/journal tenants/rejects",
    "tenants/run": "tenants/plan tenants/servers tenants/journal tenants/rejects",
    "tenants/loss": "tenants/plan tenants/servers tenants/journal tenants/rejects tenants/run",
    "tenants/gaps": "tenants/plan tenants/journal",
    "tenants/spread": "tenants/plan",
    "tenants/delta": "tenants/plan tenants/servers tenants/journal tenants/rejects tenants/run tenants/loss"
                     " tenants/spread",
    "tenants/check": "tenants/plan tenants/servers tenants/journal tenants/rejects tenants/run tenants/loss tenants/delta",
    # The rooms of cmd share what stands loose in cmd, and don't know each other.
    "cmd": "base conf term cmd cmd/command",
    # Every command line may ask for help, and help prints the tables of commands.
    "cmd/command": "cmd/help",
    "cmd/help": "",
    "cmd/schema": "mysql schema/shape schema/history schema/server schema/run",
    "cmd/tenants": "http influx tenants/plan tenants/servers tenants/journal tenants/rejects tenants/report tenants/run"
                   " tenants/loss tenants/gaps tenants/delta tenants/check tenants/spread",
    "main": "base cmd/command cmd/schema cmd/tenants",
}

# Headers of libraries that few rooms know.
LIBRARIES = {
    "curl/": "http",
    "mysql": "mysql",
    "sqlite3.h": "tenants/journal tenants/rejects",
}

# Code that few places or none may have: a pattern, the rooms or files that may, and what to say of the others.
CALLS = (
    (r"\bcurl_multi_", ("http",), "only http/ calls curl_multi"),
    (r"([!=]=|\bcase) *INFLUX_KIND_(1|2|VICTORIA)\b", ("influx",),
     "ask tenants/plan/target_facts.h for a fact, not for the kind of a target"),
    (r"(?<![A-Za-z0-9_])(_|quick_)?exit *\(", ("main", "base/mem", "base/stop"), "only main.c ends the program"),
    # A function that compares for qsort() returns -1, too.
    (r"\b((rc|status) =|return\b)(?!.*\? *-1\b).*\? *(0 : 1|1 : 0);", (), "an exit status is named: STATUS_DONE, STATUS_IN_PART"),
)

# Headers of include/ that declare what no .c file of their name holds, and why.
WITHOUT_SOURCE = {
    "base/embed": "the type of the lists that embed.sh writes",
    "base/plural": "a macro",
    "schema/shape/ddl": "ddl_parse.c, ddl_apply.c, ddl_lookup.c and ddl_refuse.c are one module",
    "tenants/rejects/rejects": "the files of the room are one module",
    "cmd/schema/schema": "the table of the room's commands, of which each has a file; session.c has the session",
    "cmd/tenants/tenants": "the table of the room's commands, of which each has a file",
    "cmd/tenants/plan_print": "plan_text.c and plan_json.c are one module",
}

# `circles` does not look at these: commands are called by main.c only, help and the tables of commands name each other.
NO_CIRCLES_IN = ("cmd/", "main.c")

LONGEST_FILE = 900  # lines
LARGEST_ROOM = 20   # .c files
MOST_LOOSE = 4      # files of a floor that stand beside its rooms

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]*)[">]')


def files(top, *endings):
    """The files below a folder, sorted, as paths from the tree's top."""
    found = []
    for folder, _, names in os.walk(top):
        found += [os.path.join(folder, name) for name in names if name.endswith(endings)]
    return sorted(found)


def read_lines(path):
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()


def includes(path):
    """Each include of a file: line number, '"' or '<', and the name between."""
    for number, line in enumerate(read_lines(path), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1), match.group(2)


def below(path):
    """The path of a file below src/ or include/."""
    return path.split("/", 1)[1]


def begins(name, start):
    return name == start or name.startswith(start + "/")


def room_of(name):
    """The room of "tenants/run/task.c", by the table: "tenants/run". None where the table has none."""
    stem = os.path.splitext(name)[0]
    return max((room for room in MAY_INCLUDE if begins(stem, room)), key=len, default=None)


def allowed(room):
    """The rooms that a room may include, itself too."""
    rooms = {room}
    while room:
        rooms.update(MAY_INCLUDE.get(room, "").split())
        room = room.rpartition("/")[0]
    return rooms


def names_a_folder(wanted):
    """Whether an include names a header from include/ on, and not beside the file that includes it."""
    return "/" in wanted and not wanted.startswith((".", "/"))


def floors():
    """A room includes only what stands below it."""
    for path in files("src", ".c", ".h") + files("include", ".h"):
        room = room_of(below(path))
        if room is None:
            yield f"{path}: no room of this name is in tests/lint.d/house.py"
            continue
        for number, kind, wanted in includes(path):
            if kind == '"' and names_a_folder(wanted):
                other = room_of(wanted)
                if other not in allowed(room):
                    yield f"{path}:{number}: {room} may not include {other or wanted} ({wanted})"
            elif kind == "<":
                for library, rooms in LIBRARIES.items():
                    if wanted.startswith(library) and room not in rooms.split():
                        yield f"{path}:{number}: {room} may not include <{wanted}>: that is for {rooms}"
        for number, line in enumerate(read_lines(path), 1):
            if re.match(r"\s*(/\*|\*|//)", line):
                continue
            for pattern, places, words in CALLS:
                if re.search(pattern, line) and not any(begins(os.path.splitext(below(path))[0], place) for place in places):
                    yield f"{path}:{number}: {words}"


def private():
    """A header that stands in src/ is included by its own folder, and by the unit tests of that folder."""
    for path in files("src", ".c", ".h") + files("include", ".h") + files("tests", ".c", ".h"):
        folder = os.path.dirname(path)
        for number, kind, wanted in includes(path):
            if kind != '"':
                continue
            if names_a_folder(wanted):
                # The compiler would also find src/tenants/run/task.h as "run/task.h" from src/tenants.
                if not os.path.exists(os.path.join("include", wanted)):
                    yield f"{path}:{number}: there is no include/{wanted}"
                continue
            header = os.path.normpath(os.path.join(folder, wanted))
            room = os.path.dirname(header)
            if not os.path.exists(header):
                yield f"{path}:{number}: there is no {header}"
            elif header.startswith("include/"):
                yield f"{path}:{number}: {wanted}: write \"{below(header)}\""
            elif header.startswith("src/") and room != folder and folder != os.path.join("tests/unit", below(room)):
                yield f"{path}:{number}: {header} is private to {room}"


def read_objects(folder):
    """What nm says of the objects of src/: for each source the symbols that it exports, and those that it needs."""
    sources = {}
    for path in files("src", ".c"):
        built = os.path.join(folder, os.path.splitext(below(path))[0] + ".o")
        if not os.path.exists(built):
            sys.exit(f"{path}: {built} was not built")
        sources[built] = path
    exported, needed = ({path: set() for path in sources.values()} for _ in range(2))
    listing = subprocess.run(["nm", "-A", "-g", *sources], stdout=subprocess.PIPE, check=True, text=True).stdout
    for line in listing.splitlines():
        built, _, rest = line.rpartition(":")
        *_, kind, symbol = rest.split()
        if not symbol.startswith("__"):
            (needed if kind in "Uwv" else exported)[sources[built]].add(symbol)
    return exported, needed


def names(folder):
    """A .c file exports only what a header of its own room declares; a module may be several files."""
    exported, _ = read_objects(folder)
    for path, symbols in exported.items():
        room = os.path.dirname(below(path))
        headers = [header for header in files("include", ".h") + files("src", ".h") if os.path.dirname(below(header)) == room]
        words = set(re.findall(r"\w+", "\n".join("\n".join(read_lines(header)) for header in headers)))
        for symbol in sorted(symbols - words - {"main"}):
            yield f"{path}: exports {symbol}, which no header of {room} declares"


def arrows(folder):
    """Who calls whom: {source: {other source: the functions that it calls there}}."""
    exported, needed = read_objects(folder)
    home = {symbol: path for path, symbols in exported.items() for symbol in symbols}
    calls = {path: {} for path in exported if not below(path).startswith(NO_CIRCLES_IN)}
    for path in calls:
        for symbol in sorted(needed[path]):
            called = home.get(symbol, path)
            if called in calls and called != path:
                calls[path].setdefault(called, []).append(symbol)
    return calls


def reachable(calls, start):
    """All files that can be reached over arrows from a file."""
    seen, todo = set(), [start]
    while todo:
        for path in calls[todo.pop()]:
            if path not in seen:
                seen.add(path)
                todo.append(path)
    return seen


def circles(folder):
    """Files that call each other, perhaps through others, are one file in truth."""
    calls = arrows(folder)
    reach = {path: reachable(calls, path) for path in calls}
    told = set()
    for path in calls:
        members = sorted(other for other in reach[path] if path in reach[other])
        if not members or path in told:
            continue
        told.update(members)
        yield f"{path}: stands in a circle of {len(members)} files that call each other:"
        for caller in members:
            for called in members:
                if called in calls[caller]:
                    yield f"    {caller} -> {called}: {' '.join(calls[caller][called])}"


def sizes():
    """Rooms and files stay small, and include/ and tests/unit have the folders of src/."""
    for path in files("src", ".c", ".h") + files("include", ".h"):
        count = len(read_lines(path))
        if count > LONGEST_FILE:
            yield f"{path}: {count} lines; at most {LONGEST_FILE}"
    rooms = {}
    for path in files("src", ".c"):
        rooms.setdefault(os.path.dirname(path), []).append(path)
    for room, sources in sorted(rooms.items()):
        if len(sources) > LARGEST_ROOM:
            yield f"{room}: {len(sources)} .c files; at most {LARGEST_ROOM}"
        loose = [name for name in sorted(os.listdir(room)) if os.path.isfile(os.path.join(room, name))]
        is_floor = room.count("/") == 1
        if is_floor and len(loose) > MOST_LOOSE and any(other.startswith(room + "/") for other in rooms):
            yield f"{room}: {len(loose)} files stand beside its rooms ({' '.join(loose)}); at most {MOST_LOOSE}"
    for top, pattern in (("include", r".*\.h"), ("tests/unit", r"test_.*\.c")):
        for path in files(top, ".h", ".c"):
            mirrored = os.path.join("src", os.path.relpath(os.path.dirname(path), top))
            if re.fullmatch(pattern, os.path.basename(path)) and os.path.normpath(mirrored) not in rooms:
                yield f"{path}: there is no {os.path.normpath(mirrored)} with .c files"
    for path in files("include", ".h"):
        stem = os.path.splitext(below(path))[0]
        if stem not in WITHOUT_SOURCE and not os.path.exists(f"src/{stem}.c"):
            yield f"{path}: there is no src/{stem}.c, and no reason in WITHOUT_SOURCE"


def main():
    checks = {"floors": floors, "private": private, "sizes": sizes, "names": names, "circles": circles}
    bad = 0
    for line in checks[sys.argv[1]](*sys.argv[2:]):
        print(line)
        bad = 1
    return bad


sys.exit(main())
