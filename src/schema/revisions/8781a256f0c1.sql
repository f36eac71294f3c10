-- revision: 8781a256f0c1
-- revises: d8b801498850
-- message: Add inhibited and silenced to alarms
-- script: 8781a256

-- upgrade
ALTER TABLE alarm ADD COLUMN inhibited tinyint(1) NOT NULL DEFAULT 0;
ALTER TABLE alarm ADD COLUMN silenced tinyint(1) NOT NULL DEFAULT 0;

-- downgrade
ALTER TABLE alarm DROP COLUMN inhibited;
ALTER TABLE alarm DROP COLUMN silenced;
