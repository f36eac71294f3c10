-- The tables of the journal, as version 1 had them. What came later stands in tables_2.sql and so on,
-- and is added to them. Times are nanoseconds since the epoch; ranges are half-open.

CREATE TABLE source (
    url      TEXT NOT NULL,
    database TEXT NOT NULL
);

-- A measurement's name as include/influx/quote.h has names.
CREATE TABLE measurement (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

-- The digest of its tags and names identifies a set of measurements. `members` are their ids, separated
-- by commas.
CREATE TABLE measurement_set (
    id      INTEGER PRIMARY KEY,
    digest  TEXT NOT NULL UNIQUE,
    tags    TEXT NOT NULL,
    members TEXT NOT NULL
);

-- What was copied. Ranges of one key that touch are merged. as_of_ns is the cutoff of the newest run that
-- copied into a range.
CREATE TABLE coverage (
    tenant   TEXT NOT NULL,
    database TEXT NOT NULL,
    policy   TEXT NOT NULL,
    set_id   INTEGER NOT NULL REFERENCES measurement_set,
    start_ns INTEGER NOT NULL,
    end_ns   INTEGER NOT NULL,
    as_of_ns INTEGER NOT NULL,
    PRIMARY KEY (tenant, database, policy, set_id, start_ns)
) WITHOUT ROWID;

-- What of that was verified: both sides were counted, and the target lacked nothing.
CREATE TABLE verified (
    tenant   TEXT NOT NULL,
    database TEXT NOT NULL,
    policy   TEXT NOT NULL,
    set_id   INTEGER NOT NULL REFERENCES measurement_set,
    start_ns INTEGER NOT NULL,
    end_ns   INTEGER NOT NULL,
    as_of_ns INTEGER NOT NULL,
    PRIMARY KEY (tenant, database, policy, set_id, start_ns)
) WITHOUT ROWID;

-- What failed and was not done since.
CREATE TABLE failure (
    tenant   TEXT NOT NULL,
    database TEXT NOT NULL,
    policy   TEXT NOT NULL,
    set_id   INTEGER NOT NULL REFERENCES measurement_set,
    start_ns INTEGER NOT NULL,
    end_ns   INTEGER NOT NULL,
    words    TEXT NOT NULL,
    run_id   INTEGER NOT NULL,
    PRIMARY KEY (tenant, database, policy, set_id, start_ns)
) WITHOUT ROWID;

-- Runs. ended_ns is 0 until a run has ended; `status` is its exit status then.
CREATE TABLE run (
    id             INTEGER PRIMARY KEY,
    pid            INTEGER NOT NULL,
    started_ns     INTEGER NOT NULL,
    updated_ns     INTEGER NOT NULL,
    ended_ns       INTEGER NOT NULL DEFAULT 0,
    status         INTEGER NOT NULL DEFAULT -1,
    cutoff_ns      INTEGER NOT NULL,
    start_ns       INTEGER NOT NULL,
    end_ns         INTEGER NOT NULL,
    tenants_total  INTEGER NOT NULL DEFAULT 0,
    tenants_done   INTEGER NOT NULL DEFAULT 0,
    windows_total  INTEGER NOT NULL DEFAULT 0,
    windows_done   INTEGER NOT NULL DEFAULT 0,
    windows_failed INTEGER NOT NULL DEFAULT 0,
    statements     INTEGER NOT NULL DEFAULT 0,
    retries        INTEGER NOT NULL DEFAULT 0,
    splits         INTEGER NOT NULL DEFAULT 0,
    points         INTEGER NOT NULL DEFAULT 0
);
