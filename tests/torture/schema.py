"""Faults around `schema upgrade`, `downgrade`, `stamp`, `align` and `wait`.

Each fault hits one command on a database with rows, from one of these beginnings: an empty database, the
state of a script (the first, one in the middle, the one on the fork), the head, the head with drift. Before
any fault, the tests let each command run undisturbed, step by step, and read every column, index, key and row
by statements of their own. After a fault

    * alembic_version tells the truth: unless the record names a step that is under way, the database is that
      of the revision, to the last row; a status 0 means that the target is reached;
    * the same command, undisturbed, ends with 0, and the database is what it is without a fault;
    * `upgrade` brings it to head: `check`, `diff` and the fingerprint say so, and no table is left behind.

tests/torture/mysql_proxy.py says which faults hit what is on the way to the server; the others are:

    kill-program, kill-program-at   SIGKILL after a random time; before or after a statement
    term-program, term-program-at   SIGTERM likewise
    kill-server, kill-server-at     SIGKILL of mariadbd; it starts again at once
    hang-server         mariadbd stands still for two seconds (SIGSTOP)
    hang                a reply never comes, and two SIGTERMs do
    two-at-once         the command twice at the same time
    two-and-kill        ... and one is killed
    frozen              a run stands still (SIGSTOP) while another comes
    lock-held           the lock of runs is held by a client that does nothing, and then dies
    metadata-lock       a transaction uses a table that is to be changed
    server-late         the server starts after the command
    disk-full           the disk of the server is full but for some KiB, or is after a random time; then it has
                        room again (needs to be root)
    kill-connection     an administrator kills the program's connection, a moment into a statement
    kill-query          ... the statement
    read-only           the server is made read-only at a statement, for this run and another one
    crowded             as many others are connected as the server allows
    short-statements    the server ends statements after a millisecond (max_statement_time)
    restored            the program is killed, and the server comes back with the backup of the beginning
    emptied             ... without a table; later with the backup
"""
import collections
import hashlib
import os
import re
import signal
import subprocess
import time

import common
import pymysql
from program import MAX_SECONDS, ROOT, Broken, Proxy

# The program's account is not root: it can write where the server is read-only, and connect where it is crowded.
DB, USER = "mon", "monasca"
SCRIPTS = os.path.join(ROOT, "tests", "live", "schema", "script")
CHAIN = ["00597b5c8325", "0cce983d957a", "c2f85438d6f3", "30181b42434b", "6b2b88f3cab4", "d8b801498850",
         "8781a256f0c1", "f69cb3152a76", "26083b298bb7"]
HEAD = CHAIN[-1]
RECORD = "monasca_migrate_progress"
OURS = (RECORD, "alembic_version")

ON_THE_WAY = ["refuse", "reset", "half", "silence", "cut", "truncate", "truncate-packet", "short", "malformed",
              "garbage", "huge", "endless", "slow", "delay", "no-rows", "error-1040", "error-1053", "error-1205",
              "error-1213", "error-1317", "error-1927"]
AROUND = ["kill-program", "kill-program-at", "term-program", "term-program-at", "kill-server", "kill-server-at",
          "hang-server", "hang", "two-at-once", "two-and-kill", "frozen", "lock-held", "metadata-lock", "server-late",
          "disk-full", "kill-connection", "kill-query", "read-only", "crowded", "short-statements", "restored", "emptied"]
SHORT = ["silence", "malformed", "kill-program-at", "term-program-at", "kill-server-at", "two-and-kill", "frozen",
         "metadata-lock"]
# The scenarios of the short form.
FEW = ["upgrade from the first", "downgrade to the middle", "stamp over nonsense", "align the fork"]
# A fault strikes at a statement that matches one of these, as far as the command has such a statement.
STATEMENTS = ["", "^(CREATE|ALTER|DROP) ", "^(INSERT|UPDATE|DELETE|COMMIT)", RECORD, "alembic_version",
              "information_schema", "CONNECT|AUTH", "LOCK"]

ROWS = """
INSERT INTO notification_method (id, tenant_id, name, type, address, created_at, updated_at)
    VALUES ('n1', 't', 'mail', 'EMAIL', 'a@example.org', '2020-01-01', '2020-01-02');
INSERT INTO alarm_definition (id, tenant_id, name, expression, severity, created_at, updated_at)
    VALUES ('d1', 't', 'high', 'max(cpu) > 90', 'HIGH', '2020-01-01', '2020-01-02');
INSERT INTO alarm (id, alarm_definition_id, state, created_at, updated_at)
    VALUES ('a1', 'd1', 'ALARM', '2020-01-01', '2020-01-02');
INSERT INTO alarm_action VALUES ('d1', 'ALARM', 'n1');
INSERT INTO sub_alarm_definition (id, alarm_definition_id, `function`, metric_name, `operator`, threshold, period,
    periods, created_at, updated_at)
    VALUES ('s1', 'd1', 'MAX', 'cpu', 'GT', 90, 60, 1, '2020-01-01', '2020-01-02');
INSERT INTO sub_alarm (id, alarm_id, sub_expression_id, expression, created_at, updated_at)
    VALUES ('u1', 'a1', 's1', 'max(cpu) > 90', '2020-01-01', '2020-01-02');
INSERT INTO metric_dimension VALUES (REPEAT(x'01', 20), 'host', 'a'), (REPEAT(x'02', 20), 'host', 'b')
"""
DRIFT = """
ALTER TABLE alarm ADD COLUMN extra int;
ALTER TABLE alarm DROP COLUMN lifecycle_state;
ALTER TABLE alarm_definition MODIFY name varchar(100) NOT NULL DEFAULT '';
CREATE TABLE extra (id int PRIMARY KEY, CONSTRAINT extra_fk FOREIGN KEY (id) REFERENCES extra (id));
DROP TABLE alarm_action
"""

# The facts of a database, read before and after a fault, in the server's own words.
FACTS = {
    "tables": "SELECT TABLE_NAME, ENGINE, TABLE_COLLATION FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()",
    "columns": "SELECT TABLE_NAME, ORDINAL_POSITION, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA,"
               " COLLATION_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()",
    "indexes": "SELECT TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX, COLUMN_NAME, NON_UNIQUE, SUB_PART, INDEX_TYPE"
               " FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()",
    "keys": "SELECT TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION, COLUMN_NAME, REFERENCED_TABLE_NAME,"
            " REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = DATABASE()",
    "rules": "SELECT TABLE_NAME, CONSTRAINT_NAME, DELETE_RULE, UPDATE_RULE"
             " FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE()",
}


class Scenario:
    """A beginning, a command, and the revisions through which it leads, in order: `way`, up to `target`."""

    def __init__(self, name, prepare, command, way, target):
        self.name, self.prepare, self.command, self.way, self.target = name, prepare, command, way, target
        # Of a run without a fault: the facts at each revision, at the end, and after one more upgrade to head; and the
        # statements of the command.
        self.at, self.done, self.final, self.statements = {}, None, None, []


def difference(have, want):
    """Says in a few words in what `have` differs from `want`."""
    for kind in want:
        missing, extra = [r for r in want[kind] if r not in have[kind]], [r for r in have[kind] if r not in want[kind]]
        if missing or extra:
            return f"{kind}: lacks {missing[:3]}, has {extra[:3]}"
    return "nothing"


class World(common.World):
    """A mariadbd with the database, and the program's files."""

    def __init__(self, figures):
        super().__init__(figures, "mariadbd", "192m")
        with open(os.path.join(self.server, "password"), encoding="ascii") as file:
            self.password = file.read().strip()
        self.run(f"CREATE USER {USER}@'127.0.0.1' IDENTIFIED BY '{self.password}';\n"
                 f"GRANT ALL ON {DB}.* TO {USER}@'127.0.0.1';\nGRANT PROCESS ON *.* TO {USER}@'127.0.0.1'", None)

    def restart_cleanly(self):
        pid = self.server_pid()
        self.run("SHUTDOWN", None)
        end = time.monotonic() + 60
        while os.path.exists(f"/proc/{pid}") and time.monotonic() < end:
            time.sleep(0.05)
        self.restart()

    # The tests' own connections pass no proxy.

    def connect(self, database=DB):
        return pymysql.connect(unix_socket=os.path.join(self.server, "socket"), user="root", password=self.password,
                               database=database, autocommit=True, charset="utf8mb4")

    def run(self, sql, database=DB):
        connection, rows = self.connect(database), ()
        with connection.cursor() as cursor:
            for statement in filter(str.strip, sql.split(";\n")):
                cursor.execute(statement)
                rows = cursor.fetchall()
        connection.close()
        return rows

    def load(self, script):
        with open(os.path.join(SCRIPTS, script + ".sql"), "rb") as file:
            subprocess.run(["mariadb", f"--defaults-file={self.server}/client.cnf", DB], stdin=file, check=True)

    def stamp(self, revision):
        self.run("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL,"
                 f" CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));\nDELETE FROM alembic_version;\n"
                 f"INSERT INTO alembic_version VALUES ('{revision}')")

    def calm(self):
        """Waits until the server has ended the statements of lost connections."""
        end = time.monotonic() + 30
        while left := self.run("SELECT * FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID()"
                       f" AND USER IN ('root', '{USER}') AND COMMAND <> 'Killed'", None):
            if time.monotonic() > end:
                raise Broken(f"a connection is left open: {left}")
            time.sleep(0.02)

    def fresh(self):
        self.run(f"DROP DATABASE IF EXISTS {DB};\nCREATE DATABASE {DB} CHARACTER SET latin1", None)

    def facts(self):
        """Reads the facts of all tables but the program's own: alembic_version is compared by its meaning."""
        connection, found = self.connect(), {}
        with connection.cursor() as cursor:
            for kind, sql in FACTS.items():
                cursor.execute(sql)
                found[kind] = sorted((r for r in cursor.fetchall() if r[0] not in OURS), key=repr)
            for (table, *_) in found["tables"]:
                cursor.execute(f"SELECT * FROM `{table}`")
                found[f"rows of {table}"] = sorted(cursor.fetchall(), key=repr)
        connection.close()
        return found

    def rows_of(self, table, columns):
        try:
            return self.run(f"SELECT {columns} FROM {table}")
        except pymysql.err.ProgrammingError as error:
            if error.args[0] == 1146:
                return None
            raise

    def version(self):
        rows = self.rows_of("alembic_version", "version_num")
        return ",".join(r[0] for r in rows) if rows else None

    def step_under_way(self):
        rows = self.rows_of(RECORD, "revision")
        return rows[0][0] if rows else ""

    # The program, through the proxy.

    def start(self, *command, name="output"):
        environment = dict(os.environ, MYSQL_PWD=self.password)
        url = f"mysql+pymysql://{USER}@{self.proxy.address}/{DB}"
        return self.launch(["schema", *command, "--connection", url], name, environment)

    def end(self, program, max_seconds=MAX_SECONDS):
        try:
            return super().end(program, max_seconds)
        finally:
            program.expect_one_line(program.process.returncode)
            if self.password in self.said:
                raise Broken("the password was printed")


class Torture(common.Torture):
    """The commands, their faults, and what must hold then."""

    kinds = ON_THE_WAY + AROUND
    short = SHORT
    on_the_way_kinds = ON_THE_WAY
    max_runs = 3

    def __init__(self, figures, chance, few):
        super().__init__(World(figures), chance)
        self.few, self.commands = few, collections.Counter()
        self.scenario, self.was_full = None, False

    # The beginnings.

    def script(self, name, revision):
        def prepare():
            self.world.load(name)
            self.world.run(ROWS)
            if revision:
                self.world.stamp(revision)
        return prepare

    def at_head(self, drift=""):
        def prepare():
            self.script("01_00597b5c", CHAIN[0])()
            self.undisturbed("upgrade")
            self.world.run(drift)
        return prepare

    def scenarios(self):
        yield Scenario("upgrade from empty", lambda: None, ["upgrade"], [None] + CHAIN, HEAD)
        yield Scenario("upgrade from the first", self.script("01_00597b5c", CHAIN[0]), ["upgrade"], CHAIN, HEAD)
        yield Scenario("upgrade from the middle", self.script("04_30181b42", CHAIN[3]), ["upgrade", CHAIN[6]],
                       CHAIN[3:7], CHAIN[6])
        yield Scenario("upgrade from no version", self.script("11_f69cb315", None), ["upgrade", "--from-fingerprint"],
                       [None, CHAIN[7], HEAD], HEAD)
        yield Scenario("downgrade to the middle", self.at_head(), ["downgrade", "--yes", CHAIN[3]], CHAIN[:2:-1],
                       CHAIN[3])
        yield Scenario("downgrade to base", self.at_head(), ["downgrade", "--yes", "base"], CHAIN[::-1] + [None], None)
        yield Scenario("stamp", self.script("11_f69cb315", None), ["stamp", "--from-fingerprint"], [None, CHAIN[7]],
                       CHAIN[7])
        yield Scenario("stamp over nonsense", self.script("11_f69cb315", "nonsense"), ["stamp", "--purge", "--yes", HEAD],
                       ["nonsense", HEAD], HEAD)
        yield Scenario("align the fork", self.script("06_d8b80149", CHAIN[7]), ["align"], [CHAIN[7]], CHAIN[7])
        yield Scenario("align drift", self.at_head(DRIFT), ["align", "--allow-destructive", "--yes"], [HEAD], HEAD)

    def undisturbed(self, *command):
        if self.world.command(*command, "-q") != 0:
            raise SystemExit(f"{' '.join(command)}, without any fault, fails:\n{self.world.said}")

    def begin(self, scenario):
        self.world.proxy.rules()
        self.world.fresh()
        scenario.prepare()

    def learn(self, scenario):
        """Records what the command makes without a fault, step by step and at once."""
        verb = scenario.command[0]
        self.begin(scenario)
        scenario.at[scenario.way[0]] = self.world.facts()
        for revision in scenario.way[1:]:
            if verb == "stamp":
                scenario.at[revision] = self.world.facts()
            elif scenario.command[1:] == ["--from-fingerprint"]:
                self.undisturbed("stamp" if revision == scenario.way[1] else "upgrade",
                                 *(["--from-fingerprint"] if revision == scenario.way[1] else []))
                scenario.at[revision] = self.world.facts()
            else:
                self.undisturbed(verb, *(["--yes"] if verb == "downgrade" else []), revision or "base")
                scenario.at[revision] = self.world.facts()
        self.begin(scenario)
        self.world.proxy.rules("none@1+")
        self.undisturbed(*scenario.command)
        with open(self.world.proxy.faults, encoding="utf-8") as file:
            # The proxy's log has each statement in quotes.
            scenario.statements = [line.split("\t", 1)[1][1:-2] for line in file]
        self.world.proxy.rules()
        scenario.done = self.world.facts()
        if self.world.version() != scenario.target:
            raise SystemExit(f"{scenario.name}, without any fault, ends at {self.world.version()}")
        self.undisturbed("upgrade")
        scenario.final = self.world.facts()

    def prepare(self):
        world = self.world
        world.fresh()
        world.proxy = Proxy("mysql_proxy.py", f"127.0.0.1:{world.port}", world.folder)
        self.all = [s for s in self.scenarios() if s.name in FEW or not self.few]
        for scenario in self.all:
            self.learn(scenario)
        begin = time.monotonic()
        self.begin(self.all[0])
        self.undisturbed(*self.all[0].command)
        self.typical = time.monotonic() - begin
        with open(os.path.join(ROOT, "src", "schema", "states", HEAD + ".txt"), "rb") as file:
            lines = [line for line in file if not line.startswith(b"#")]
        self.fingerprint = hashlib.sha256(b"".join(lines)).hexdigest()

    # How each kind disturbs.

    def rule(self, fault):
        regexes = [r for r in STATEMENTS if self.count(r)]
        regex = self.chance.choice(regexes)
        return f"{fault}@{self.chance.randint(1, self.count(regex))}~{regex}"

    def count(self, regex):
        return sum(1 for text in self.scenario.statements if re.search(regex, text))

    def run(self, *more):
        return self.world.command(*self.scenario.command, *more)

    def start(self, *more, name="output"):
        return self.world.start(*self.scenario.command, *more, name=name)

    def at_a_statement_rule(self, command):
        return self.rule(f"{self.chance.choice(['exec', 'exec-after'])}={command}")

    def on_the_way(self, fault):
        if fault != "malformed":
            return super().on_the_way(fault)
        self.world.proxy.rules(self.rule(fault))
        program = self.start()
        self.end_waiting(program)
        self.status = self.world.end(program)
        return self.world.proxy.given() > 0

    def end_waiting(self, program):
        """Ends a run that waits: a damaged reply may promise more than comes, as if a statement took long."""
        program.wait(20)
        for _ in range(2 if program.running() else 0):
            time.sleep(0.2)
            program.signal(signal.SIGTERM)

    def hang(self):
        self.world.proxy.rules(self.rule("hang"))
        program = self.start()
        end = time.monotonic() + 10
        while not self.world.proxy.given() and program.running() and time.monotonic() < end:
            time.sleep(0.01)
        for _ in range(2):
            time.sleep(0.2)
            program.signal(signal.SIGTERM)
        self.status = self.world.end(program, 15)
        return self.world.proxy.given() > 0

    def both(self, act):
        """Two runs; returns both statuses."""
        first = self.start(name="first")
        time.sleep(self.chance.random() * self.typical / 2)
        second = self.start(name="second")
        act(first)
        statuses = [self.world.end(first), self.world.end(second)]
        self.status = statuses[1]
        return statuses

    def two_at_once(self):
        statuses = self.both(lambda first: None)
        if statuses != [0, 0]:
            raise Broken(f"two at once end with {statuses}")
        return True

    def two_and_kill(self):
        def act(first):
            time.sleep(self.chance.random() * self.typical)
            first.signal(signal.SIGKILL)
        if self.both(act)[1] != 0:
            raise Broken("the second of two, of which the first was killed, fails")
        return True

    def frozen(self):
        first = self.start(name="first")
        time.sleep(self.chance.random() * self.typical)
        first.signal(signal.SIGSTOP)
        self.status = self.run("--lock-timeout", "1s")
        first.signal(signal.SIGCONT)
        if self.world.end(first) != 0:
            raise Broken("what stood still and goes on, fails")
        return True

    def lock_held(self):
        world, before = self.world, (self.world.version(), self.world.facts())
        holder = world.connect()
        with holder.cursor() as cursor:
            cursor.execute(f"SELECT GET_LOCK('monasca-migrate.{DB}', 0)")
        status = self.run("--lock-timeout", "1s")
        if status != 1 or "holds the lock" not in world.said or (world.version(), world.facts()) != before:
            raise Broken(f"with the lock held elsewhere: status {status}")
        program = self.start("--lock-timeout", "30s")
        time.sleep(self.chance.random())
        holder.close()
        self.status = self.world.end(program)
        if self.status != 0:
            raise Broken("the lock's holder has died, and it isn't taken")
        return True

    def metadata_lock(self):
        world = self.world
        tables = [row[0] for row in world.facts()["tables"]]
        if not tables:
            return False
        user = world.connect()
        with user.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(f"SELECT * FROM `{self.chance.choice(tables)}`")
        status = self.run("--lock-timeout", "1s")
        if status == 1 and "KILL" not in world.said:
            raise Broken("who holds the table isn't told")
        if status not in (0, 1):
            raise Broken(f"with a table in use: status {status}")
        program = self.start("--lock-timeout", "30s")
        time.sleep(self.chance.random())
        user.close()
        self.status = self.world.end(program)
        if self.status != 0:
            raise Broken("the table is free, and it isn't changed")
        return status == 1

    def server_late(self):
        self.world.serve("kill")
        try:
            if self.run() != 4:
                raise Broken(f"without a server: status {self.world.program.process.returncode}")
            waiting = self.world.start("wait", "--wait", "30s", name="waiting")
            program = self.start("--wait=30s")
            time.sleep(self.chance.random())
        finally:
            self.world.restart()
        if self.world.end(waiting) != 0:
            raise Broken("wait doesn't see that the server is there")
        self.status = self.world.end(program)
        if self.status != 0:
            raise Broken("the server came late, and --wait didn't help")
        return True

    def disk_full(self):
        disk = self.world.disk
        if not disk.mounted:
            return False
        self.was_full = True
        try:
            if self.chance.random() < 0.5:
                disk.fill(self.chance.choice([0, 16, 64, 200, 400, 700, 1000]))
                program = self.start()
            else:
                program = self.start()
                time.sleep(self.chance.random() * self.typical)
                disk.fill(0)
            self.status = self.world.end(program)
            self.expect_words("full", "it goes on from here")
            # A second run meets what the first one left.
            self.status = self.run()
            self.expect_words("full", "it goes on from here")
        finally:
            disk.make_room()
        return True

    def expect_words(self, about, *words):
        """Checks that a command that failed says why in these words."""
        if self.status not in (0, 1) or (self.status and not all(w in self.world.said for w in words)):
            raise Broken(f"status {self.status} where the server is {about}")

    def as_administrator(self, statement):
        """Returns a shell command that executes the statement."""
        return f'mariadb --defaults-file={self.world.server}/client.cnf -e "{statement}"'

    def kill_at(self, what):
        find = self.as_administrator(f"SELECT ID FROM information_schema.PROCESSLIST WHERE USER = '{USER}'")
        kill = self.as_administrator(f"KILL {what} $id")
        # The proxy passes the statement on while this waits.
        return self.at_a_statement(f"id=$({find[:-1]} LIMIT 1\" -N); (sleep 0.00{self.chance.randint(0, 9)}; {kill}) "
                                   ">/dev/null 2>&1 &")

    def kill_connection(self):
        return self.kill_at("CONNECTION")

    def kill_query(self):
        return self.kill_at("QUERY")

    def read_only(self):
        try:
            happened = self.at_a_statement(self.as_administrator("SET GLOBAL read_only = 1"))
            self.expect_words("read-only", "read-only")
            self.world.proxy.rules()
            self.status = self.run()
            self.expect_words("read-only", "read-only")
        finally:
            self.world.run("SET GLOBAL read_only = 0", None)
        return happened

    def crowded(self):
        world, others = self.world, []
        world.run("SET GLOBAL max_connections = 10", None)
        try:
            while len(others) < 40:
                others.append(pymysql.connect(host="127.0.0.1", port=world.port, user=USER, password=world.password))
        except pymysql.err.OperationalError:
            pass
        status = self.run()
        if status != 4 or "--wait" not in world.said:
            raise Broken(f"status {status} where too many are connected")
        program = self.start("--wait=30s")
        time.sleep(self.chance.random())
        for other in others:
            other.close()
        self.status = self.world.end(program)
        world.run("SET GLOBAL max_connections = 151", None)
        if self.status != 0:
            raise Broken("the others have gone, and --wait didn't help")
        return True

    def short_statements(self):
        self.world.run("SET GLOBAL max_statement_time = 0.001", None)
        try:
            self.status = self.run()
        finally:
            self.world.run("SET SESSION max_statement_time = 0;\nSET GLOBAL max_statement_time = 0", None)
        if self.status != 0:
            raise Broken("the server's max_statement_time ended a statement")
        return True

    def back_again(self, fill):
        """Kills the program at a statement; then the server comes back with other tables, which `fill` makes."""
        happened = self.signal_at("KILL")
        self.world.proxy.rules()
        self.world.serve("kill")
        self.world.restart()
        self.world.fresh()
        fill()
        return happened

    def restored(self):
        happened = self.back_again(self.scenario.prepare)
        self.status = None
        return happened

    def emptied(self):
        happened = self.back_again(lambda: None)
        self.status = self.run()
        if self.status not in (0, 1):
            raise Broken(f"status {self.status} where there is no table")
        self.begin(self.scenario)
        self.status = None
        return happened

    # What must hold then.

    def check_truth(self):
        """Checks that nothing is marked done that wasn't."""
        world, scenario = self.world, self.scenario
        version = world.version()
        if version not in scenario.way:
            raise Broken(f"alembic_version says {version}, which is not on the way")
        if self.status == 0 and (version != scenario.target or world.rows_of(RECORD, "1") is not None):
            raise Broken(f"status 0 at {version}, record: {world.rows_of(RECORD, '*')}")
        if scenario.command[0] == "align" or world.step_under_way():
            return
        facts = world.facts()
        if facts != scenario.at[version]:
            raise Broken(f"alembic_version says {version}, and it isn't so: {difference(facts, scenario.at[version])}")

    def check_end(self, want):
        world = self.world
        for command in (["upgrade"], ["check"], ["diff", HEAD]):
            if world.command(*command) != 0:
                raise Broken(f"{command[0]} fails at the end")
        if world.command("fingerprint", "-q") != 0 or world.said.strip() != self.fingerprint:
            raise Broken("the fingerprint isn't that of the head")
        if world.version() != HEAD:
            raise Broken(f"alembic_version says {world.version()} at the end")
        if world.run("SHOW TABLES LIKE 'monasca%'"):
            raise Broken("a table was left behind")
        facts = world.facts()
        if want and facts != want:
            raise Broken(f"lost: {difference(facts, want)}")

    def check(self):
        world, scenario = self.world, self.scenario
        world.proxy.rules()
        world.calm()
        self.check_truth()
        if scenario.command[0] == "downgrade" and self.chance.random() < 0.3:
            # The upgrade comes at once, and finishes the interrupted step first. Which rows are left depends on how far
            # the downgrade got.
            self.check_end(None)
            return
        self.reruns[self.run_again()] += 1
        self.status = 0
        self.check_truth()
        facts = world.facts()
        if facts != scenario.done:
            raise Broken(f"lost: {difference(facts, scenario.done)}")
        if world.rows_of(RECORD, "1") is not None:
            raise Broken("the record was left behind")
        self.check_end(scenario.final)

    def one(self, kind):
        self.scenario = self.chance.choice(self.all)
        self.commands[self.scenario.command[0]] += 1
        try:
            if self.was_full:
                # Killed after its disk was full in the middle of DDL, MariaDB 10.11 may not start any more ("Missing
                # FILE_CREATE ... before FILE_CHECKPOINT"), whoever its client is.
                self.world.restart_cleanly()
                self.was_full = False
            self.begin(self.scenario)
            happened = self.disturb(kind)
            self.check()
        finally:
            self.recover()
        return happened

    def recover(self):
        """After a broken promise the next case begins as any other."""
        self.world.proxy.rules()
        program = self.world.program
        if program.process.returncode is None and program.running():
            program.process.kill()
            program.process.wait()

    def about(self):
        return self.scenario.name

    def figures(self):
        yield "commands: " + ", ".join(f"{c} in {n} cases" for c, n in sorted(self.commands.items()))
        yield from super().figures()
