-- revision: f69cb3152a76
-- revises: 8781a256f0c1
-- message: Remove inhibited and silenced from alarms
-- script: f69cb315

-- upgrade
-- destructive: nothing reads it
ALTER TABLE alarm DROP COLUMN inhibited;
-- destructive: nothing reads it
ALTER TABLE alarm DROP COLUMN silenced;

-- downgrade
ALTER TABLE alarm ADD COLUMN inhibited tinyint(1) NOT NULL DEFAULT 0;
ALTER TABLE alarm ADD COLUMN silenced tinyint(1) NOT NULL DEFAULT 0;
