-- From version 4 to 5: points ahead of the source's clock when a run ended; -1: not counted.
ALTER TABLE run ADD COLUMN points_ahead INTEGER NOT NULL DEFAULT -1;
