-- revision: 26083b298bb7
-- revises: f69cb3152a76
-- message: Remove the built-in notification types that nothing uses

-- upgrade
-- destructive: types come from the plugins of the notification engine
DELETE FROM notification_method_type
    WHERE name IN ('EMAIL', 'WEBHOOK', 'PAGERDUTY')
    AND name NOT IN (SELECT type FROM notification_method);

-- downgrade
INSERT IGNORE INTO notification_method_type (name) VALUES ('EMAIL'), ('WEBHOOK'), ('PAGERDUTY');
