/*
 * The tables of the journal. PRAGMA user_version is JOURNAL_VERSION (journal_db.h); a change of a
 * table raises it, and journal.c carries older files over.
 */
#ifndef TENANTS_JOURNAL_TABLES_SQL_H
#define TENANTS_JOURNAL_TABLES_SQL_H

/* As version 1 had them; what came later stands below, and is added to them. */
static const char journal_tables[] =
    "CREATE TABLE source (url TEXT NOT NULL, database TEXT NOT NULL);"
    /* Names as influx/quote.h has them. */
    "CREATE TABLE measurement (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
    /* A set of measurements is known by the digest of its tags and names; members are ids,
       comma-separated. */
    "CREATE TABLE measurement_set (id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, tags TEXT "
    "NOT NULL,"
    " members TEXT NOT NULL);"
    /* Ranges are half-open, ns since the epoch, merged; as_of_ns is the cutoff of the newest run
       that copied into it. */
    "CREATE TABLE coverage (tenant TEXT NOT NULL, database TEXT NOT NULL, policy TEXT NOT NULL,"
    " set_id INTEGER NOT NULL REFERENCES measurement_set, start_ns INTEGER NOT NULL, end_ns "
    "INTEGER NOT NULL,"
    " as_of_ns INTEGER NOT NULL,"
    " PRIMARY KEY (tenant, database, policy, set_id, start_ns)) WITHOUT ROWID;"
    /* What of it was verified: both sides were counted, and the target lacked nothing. */
    "CREATE TABLE verified (tenant TEXT NOT NULL, database TEXT NOT NULL, policy TEXT NOT NULL,"
    " set_id INTEGER NOT NULL REFERENCES measurement_set, start_ns INTEGER NOT NULL, end_ns "
    "INTEGER NOT NULL,"
    " as_of_ns INTEGER NOT NULL,"
    " PRIMARY KEY (tenant, database, policy, set_id, start_ns)) WITHOUT ROWID;"
    "CREATE TABLE failure (tenant TEXT NOT NULL, database TEXT NOT NULL, policy TEXT NOT NULL,"
    " set_id INTEGER NOT NULL REFERENCES measurement_set, start_ns INTEGER NOT NULL, end_ns "
    "INTEGER NOT NULL,"
    " words TEXT NOT NULL, run_id INTEGER NOT NULL,"
    " PRIMARY KEY (tenant, database, policy, set_id, start_ns)) WITHOUT ROWID;"
    "CREATE TABLE run (id INTEGER PRIMARY KEY, pid INTEGER NOT NULL, started_ns INTEGER NOT NULL,"
    " updated_ns INTEGER NOT NULL, ended_ns INTEGER NOT NULL DEFAULT 0, status INTEGER NOT NULL "
    "DEFAULT -1,"
    " cutoff_ns INTEGER NOT NULL, start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL,"
    " tenants_total INTEGER NOT NULL DEFAULT 0, tenants_done INTEGER NOT NULL DEFAULT 0,"
    " windows_total INTEGER NOT NULL DEFAULT 0, windows_done INTEGER NOT NULL DEFAULT 0,"
    " windows_failed INTEGER NOT NULL DEFAULT 0, statements INTEGER NOT NULL DEFAULT 0,"
    " retries INTEGER NOT NULL DEFAULT 0, splits INTEGER NOT NULL DEFAULT 0,"
    " points INTEGER NOT NULL DEFAULT 0);";

/* From version 1 to 2: what a report needs. */
static const char journal_tables_2[] =
    /* Of a copy or of a repair; -1: not counted. `command`: as it was typed; `words`: why it ended
       early. */
    "ALTER TABLE run ADD COLUMN kind TEXT NOT NULL DEFAULT 'copy';"
    "ALTER TABLE run ADD COLUMN engine TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE run ADD COLUMN verify INTEGER NOT NULL DEFAULT -1;"
    "ALTER TABLE run ADD COLUMN values_verified INTEGER NOT NULL DEFAULT -1;"
    "ALTER TABLE run ADD COLUMN points_unassigned INTEGER NOT NULL DEFAULT -1;"
    "ALTER TABLE run ADD COLUMN points_skipped INTEGER NOT NULL DEFAULT -1;"
    "ALTER TABLE run ADD COLUMN points_clipped INTEGER NOT NULL DEFAULT -1;"
    "ALTER TABLE run ADD COLUMN points_homeless INTEGER NOT NULL DEFAULT -1;"
    "ALTER TABLE run ADD COLUMN command TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE run ADD COLUMN words TEXT NOT NULL DEFAULT '';"
    /* Tenants as the newest run that meant them found them. `policy` is the target's, which keeps
       points for keeps_ns (0: forever); what is before oldest_ns was clipped. `points` were written
       since the database is known, by all runs. */
    "CREATE TABLE tenant (tenant TEXT NOT NULL, database TEXT NOT NULL,"
    " policy TEXT NOT NULL DEFAULT '', keeps_ns INTEGER NOT NULL DEFAULT 0,"
    " oldest_ns INTEGER NOT NULL DEFAULT -9223372036854775808, problem TEXT NOT NULL DEFAULT '',"
    " points INTEGER NOT NULL DEFAULT 0, points_clipped INTEGER NOT NULL DEFAULT -1,"
    " run_id INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (tenant, database)) WITHOUT ROWID;"
    /* What the newest run that meant a tenant had to do, so that what is missing can be told. */
    "CREATE TABLE planned (tenant TEXT NOT NULL, database TEXT NOT NULL, policy TEXT NOT NULL,"
    " set_id INTEGER NOT NULL REFERENCES measurement_set, start_ns INTEGER NOT NULL, end_ns "
    "INTEGER NOT NULL, run_id INTEGER NOT NULL,"
    " PRIMARY KEY (tenant, database, policy, set_id, start_ns)) WITHOUT ROWID;"
    /* Where the source had shard groups when the newest run looked. */
    "CREATE TABLE source_range (policy TEXT NOT NULL, start_ns INTEGER NOT NULL, end_ns INTEGER "
    "NOT "
    "NULL, PRIMARY KEY (policy, start_ns)) WITHOUT ROWID;"
    /* How far a run was, at_ns after its start: thinned, some hundreds at most. */
    "CREATE TABLE sample (run_id INTEGER NOT NULL, at_ns INTEGER NOT NULL, points INTEGER NOT NULL,"
    " windows INTEGER NOT NULL, in_flight INTEGER NOT NULL, PRIMARY KEY (run_id, at_ns)) WITHOUT "
    "ROWID;"
    /* The shard groups that a target, by its place, held at the end of the newest run:
       "ID START END", one a line (tenants/holding.h). */
    "CREATE TABLE holding (place TEXT PRIMARY KEY, groups TEXT NOT NULL) WITHOUT ROWID;"
    /* A run's slowest statements. `measurement` names the one, where it is one; `words`: what the
       server said instead of doing it. */
    "CREATE TABLE slow (run_id INTEGER NOT NULL, slot INTEGER NOT NULL, tenant TEXT NOT NULL,"
    " database TEXT NOT NULL, action TEXT NOT NULL, measurements INTEGER NOT NULL, measurement "
    "TEXT "
    "NOT NULL,"
    " start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL, duration_ns INTEGER NOT NULL, points "
    "INTEGER NOT NULL, words TEXT NOT NULL,"
    " PRIMARY KEY (run_id, slot)) WITHOUT ROWID;";

/* From version 2 to 3: what `tenants verify` found. src/tenants/verification.c writes these, beside
 * a run too, and so a run takes what it forgets out of them as it does out of `coverage`. */
static const char journal_tables_3[] =
    /* A verification, known by a number drawn at random: it stands in each file of several.
       `filters`: the options that left something out. `part` is 1 where the journal held something
       that it didn't look at. cutoff_ns, start_ns and end_ns are 0 until they are known. */
    "CREATE TABLE verification (token INTEGER PRIMARY KEY, pid INTEGER NOT NULL,"
    " started_ns INTEGER NOT NULL, ended_ns INTEGER NOT NULL, status INTEGER NOT NULL,"
    " words TEXT NOT NULL, command TEXT NOT NULL, filters TEXT NOT NULL, deep INTEGER NOT NULL,"
    " repair INTEGER NOT NULL, part INTEGER NOT NULL, cutoff_ns INTEGER NOT NULL,"
    " start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL, tenants_total INTEGER NOT NULL,"
    " windows_total INTEGER NOT NULL, windows_done INTEGER NOT NULL, windows_failed INTEGER NOT "
    "NULL,"
    " values_verified INTEGER NOT NULL, values_missing INTEGER NOT NULL,"
    " points_repaired INTEGER NOT NULL);"
    /* What is covered, wasn't copied again since a verification began, and was found whole by it,
       where that came to its end; until then it is what the verification looks at. */
    "CREATE TABLE compared (tenant TEXT NOT NULL, database TEXT NOT NULL, policy TEXT NOT NULL,"
    " set_id INTEGER NOT NULL REFERENCES measurement_set, start_ns INTEGER NOT NULL, end_ns "
    "INTEGER NOT NULL, as_of_ns INTEGER NOT NULL, verification INTEGER NOT NULL,"
    " PRIMARY KEY (tenant, database, policy, set_id, start_ns, verification)) WITHOUT ROWID;"
    /* What one found to be missing or different, and was not mended since. `deep`: points were
       compared, so that counts don't disprove it. */
    "CREATE TABLE difference (tenant TEXT NOT NULL, database TEXT NOT NULL, policy TEXT NOT NULL,"
    " set_id INTEGER NOT NULL REFERENCES measurement_set, start_ns INTEGER NOT NULL, end_ns "
    "INTEGER NOT NULL, words TEXT NOT NULL, verification INTEGER NOT NULL, deep INTEGER NOT NULL,"
    " PRIMARY KEY (tenant, database, policy, set_id, start_ns)) WITHOUT ROWID;";

#endif
