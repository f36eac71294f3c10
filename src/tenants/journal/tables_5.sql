-- From version 4 to 5: policies of the source are kept apart in the targets.

-- Into which policy of a target the points of a policy of the source are copied. Older versions copied
-- all of them into one: what they covered has no row here.
CREATE TABLE landing (
    tenant        TEXT NOT NULL,
    database      TEXT NOT NULL,
    policy        TEXT NOT NULL,
    target_policy TEXT NOT NULL,
    PRIMARY KEY (tenant, database, policy)
) WITHOUT ROWID;

-- The place of a holding is a target and its policy, with a tab between.
UPDATE holding SET place = place || char(9) || ifnull(
    (SELECT policy FROM tenant WHERE tenant.database = holding.place ORDER BY run_id DESC LIMIT 1), '');

-- Points ahead of the source's clock when a run ended; -1: not counted.
ALTER TABLE run ADD COLUMN points_ahead INTEGER NOT NULL DEFAULT -1;
