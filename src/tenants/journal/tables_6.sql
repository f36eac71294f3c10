-- From version 5 to 6: a deep verification tells what is missing from what is different.

-- values_missing doesn't count these. -1: an older version didn't tell them apart, and values_missing
-- counts both.
ALTER TABLE verification ADD COLUMN values_different INTEGER NOT NULL DEFAULT -1;
