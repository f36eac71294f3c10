-- From version 2 to 3: what `tenants verify` found. A verification writes beside a run, too. So a run
-- takes what it forgets out of these tables, as it does out of `coverage`.

-- A verification. Its token was drawn at random, since it stands in each of several files. `filters` are
-- the options that left something out; `part` is 1 where it didn't look at all that the journal held.
-- cutoff_ns, start_ns and end_ns are 0 until they are known.
CREATE TABLE verification (
    token           INTEGER PRIMARY KEY,
    pid             INTEGER NOT NULL,
    started_ns      INTEGER NOT NULL,
    ended_ns        INTEGER NOT NULL,
    status          INTEGER NOT NULL,
    words           TEXT NOT NULL,
    command         TEXT NOT NULL,
    filters         TEXT NOT NULL,
    deep            INTEGER NOT NULL,
    repair          INTEGER NOT NULL,
    part            INTEGER NOT NULL,
    cutoff_ns       INTEGER NOT NULL,
    start_ns        INTEGER NOT NULL,
    end_ns          INTEGER NOT NULL,
    tenants_total   INTEGER NOT NULL,
    windows_total   INTEGER NOT NULL,
    windows_done    INTEGER NOT NULL,
    windows_failed  INTEGER NOT NULL,
    values_verified INTEGER NOT NULL,
    values_missing  INTEGER NOT NULL,
    points_repaired INTEGER NOT NULL
);

-- What a verification looks at; once it came to its end, what it found whole. It is covered, and was not
-- copied again since the verification began.
CREATE TABLE compared (
    tenant       TEXT NOT NULL,
    database     TEXT NOT NULL,
    policy       TEXT NOT NULL,
    set_id       INTEGER NOT NULL REFERENCES measurement_set,
    start_ns     INTEGER NOT NULL,
    end_ns       INTEGER NOT NULL,
    as_of_ns     INTEGER NOT NULL,
    verification INTEGER NOT NULL,
    PRIMARY KEY (tenant, database, policy, set_id, start_ns, verification)
) WITHOUT ROWID;

-- What a verification found to be missing or different, and was not mended since. `deep` is 1 where points
-- were compared, so that counts don't disprove it.
CREATE TABLE difference (
    tenant       TEXT NOT NULL,
    database     TEXT NOT NULL,
    policy       TEXT NOT NULL,
    set_id       INTEGER NOT NULL REFERENCES measurement_set,
    start_ns     INTEGER NOT NULL,
    end_ns       INTEGER NOT NULL,
    words        TEXT NOT NULL,
    verification INTEGER NOT NULL,
    deep         INTEGER NOT NULL,
    PRIMARY KEY (tenant, database, policy, set_id, start_ns)
) WITHOUT ROWID;
