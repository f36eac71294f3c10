-- From version 5 to 6: how much of all that is there a run looked at, as figures; and a deep verification
-- tells what is missing from what is different.

-- `scope` holds the reasons for which something was left out (scope_add_record() in
-- include/tenants/plan/scope.h); "unknown" where an older version ran. Counts are -1 where they aren't known.
ALTER TABLE run ADD COLUMN scope                 TEXT NOT NULL DEFAULT 'unknown';
ALTER TABLE run ADD COLUMN tenants_source        INTEGER NOT NULL DEFAULT -1;
ALTER TABLE run ADD COLUMN measurements          INTEGER NOT NULL DEFAULT -1;
ALTER TABLE run ADD COLUMN measurements_source   INTEGER NOT NULL DEFAULT -1;
ALTER TABLE run ADD COLUMN policies              INTEGER NOT NULL DEFAULT -1;
ALTER TABLE run ADD COLUMN policies_source       INTEGER NOT NULL DEFAULT -1;
ALTER TABLE run ADD COLUMN points_other_policies INTEGER NOT NULL DEFAULT -1;

-- What all runs together have looked at: a row for each tenant and policy that the source had when the newest
-- run looked, as_of_ns. `looked` is 0 while no run that came to its end has looked at it; else `measurements`
-- and `shard_groups` say how many of these were left out.
CREATE TABLE looked (
    tenant       TEXT NOT NULL,
    policy       TEXT NOT NULL,
    looked       INTEGER NOT NULL,
    measurements INTEGER NOT NULL,
    shard_groups INTEGER NOT NULL,
    as_of_ns     INTEGER NOT NULL,
    PRIMARY KEY (tenant, policy)
) WITHOUT ROWID;

-- How long both policies keep points; 0: forever, -1: not known.
ALTER TABLE landing ADD COLUMN source_keeps_ns INTEGER NOT NULL DEFAULT -1;
ALTER TABLE landing ADD COLUMN keeps_ns        INTEGER NOT NULL DEFAULT -1;

-- values_missing doesn't count these. -1: an older version didn't tell them apart, and values_missing
-- counts both.
ALTER TABLE verification ADD COLUMN values_different INTEGER NOT NULL DEFAULT -1;

-- Where a target refused points of what is covered: from the first of these points to the last. The reject
-- file has them. `gone` is 1 once the file was found to lack them, and the time was forgotten to be copied
-- again.
CREATE TABLE refused (
    id       INTEGER PRIMARY KEY,
    tenant   TEXT NOT NULL,
    database TEXT NOT NULL,
    policy   TEXT NOT NULL,
    set_id   INTEGER NOT NULL REFERENCES measurement_set,
    start_ns INTEGER NOT NULL,
    end_ns   INTEGER NOT NULL,
    points   INTEGER NOT NULL,
    gone     INTEGER NOT NULL DEFAULT 0,
    UNIQUE (tenant, database, policy, set_id, start_ns)
);
