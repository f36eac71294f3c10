-- revision: c2f85438d6f3
-- revises: 0cce983d957a
-- message: Add a period to notification methods
-- script: c2f85438

-- upgrade
ALTER TABLE notification_method ADD COLUMN period int NOT NULL DEFAULT 0;

-- downgrade
ALTER TABLE notification_method DROP COLUMN period;
