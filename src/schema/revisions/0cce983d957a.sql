-- revision: 0cce983d957a
-- revises: 00597b5c8325
-- message: Mark sub-alarm definitions as deterministic
-- script: 0cce983d

-- upgrade
ALTER TABLE sub_alarm_definition ADD COLUMN is_deterministic tinyint(1) NOT NULL DEFAULT 0;

-- downgrade
ALTER TABLE sub_alarm_definition DROP COLUMN is_deterministic;
