-- From version 1 to 2: what a report needs.

-- `kind` is 'copy' or 'repair'; -1 stands for what is not known, or was not counted; `command` is the
-- command line as it was typed; `words` say why a run ended early.
ALTER TABLE run ADD COLUMN kind              TEXT NOT NULL DEFAULT 'copy';
ALTER TABLE run ADD COLUMN engine            TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN verify            INTEGER NOT NULL DEFAULT -1;
ALTER TABLE run ADD COLUMN values_verified   INTEGER NOT NULL DEFAULT -1;
ALTER TABLE run ADD COLUMN points_unassigned INTEGER NOT NULL DEFAULT -1;
ALTER TABLE run ADD COLUMN points_skipped    INTEGER NOT NULL DEFAULT -1;
ALTER TABLE run ADD COLUMN points_clipped    INTEGER NOT NULL DEFAULT -1;
ALTER TABLE run ADD COLUMN points_homeless   INTEGER NOT NULL DEFAULT -1;
ALTER TABLE run ADD COLUMN command           TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN words             TEXT NOT NULL DEFAULT '';

-- Tenants as the newest run that meant them found them. `policy` is the target's, which keeps points for
-- keeps_ns (0: forever); what is before oldest_ns was clipped. `points` were written by all runs since the
-- database is known.
CREATE TABLE tenant (
    tenant         TEXT NOT NULL,
    database       TEXT NOT NULL,
    policy         TEXT NOT NULL DEFAULT '',
    keeps_ns       INTEGER NOT NULL DEFAULT 0,
    oldest_ns      INTEGER NOT NULL DEFAULT -9223372036854775808,
    problem        TEXT NOT NULL DEFAULT '',
    points         INTEGER NOT NULL DEFAULT 0,
    points_clipped INTEGER NOT NULL DEFAULT -1,
    run_id         INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, database)
) WITHOUT ROWID;

-- What the newest run that meant a tenant had to do, so that a report can tell what is missing.
CREATE TABLE planned (
    tenant   TEXT NOT NULL,
    database TEXT NOT NULL,
    policy   TEXT NOT NULL,
    set_id   INTEGER NOT NULL REFERENCES measurement_set,
    start_ns INTEGER NOT NULL,
    end_ns   INTEGER NOT NULL,
    run_id   INTEGER NOT NULL,
    PRIMARY KEY (tenant, database, policy, set_id, start_ns)
) WITHOUT ROWID;

-- Where the source had shard groups when the newest run looked.
CREATE TABLE source_range (
    policy   TEXT NOT NULL,
    start_ns INTEGER NOT NULL,
    end_ns   INTEGER NOT NULL,
    PRIMARY KEY (policy, start_ns)
) WITHOUT ROWID;

-- How far a run was, at_ns after its start. A run thins its samples: it keeps some hundreds at most.
CREATE TABLE sample (
    run_id    INTEGER NOT NULL,
    at_ns     INTEGER NOT NULL,
    points    INTEGER NOT NULL,
    windows   INTEGER NOT NULL,
    in_flight INTEGER NOT NULL,
    PRIMARY KEY (run_id, at_ns)
) WITHOUT ROWID;

-- The shard groups that a target, by its place, held at the end of the newest run: "ID START END", one a
-- line (include/tenants/plan/holding.h).
CREATE TABLE holding (
    place  TEXT PRIMARY KEY,
    groups TEXT NOT NULL
) WITHOUT ROWID;

-- A run's slowest statements. `measurement` is the name where `measurements` is 1; `words` are what the
-- server said instead of doing it.
CREATE TABLE slow (
    run_id       INTEGER NOT NULL,
    slot         INTEGER NOT NULL,
    tenant       TEXT NOT NULL,
    database     TEXT NOT NULL,
    action       TEXT NOT NULL,
    measurements INTEGER NOT NULL,
    measurement  TEXT NOT NULL,
    start_ns     INTEGER NOT NULL,
    end_ns       INTEGER NOT NULL,
    duration_ns  INTEGER NOT NULL,
    points       INTEGER NOT NULL,
    words        TEXT NOT NULL,
    PRIMARY KEY (run_id, slot)
) WITHOUT ROWID;
