-- revision: d8b801498850
-- revises: 6b2b88f3cab4
-- message: Drop the types of stream actions
-- script: 717f2b68 01d9fabb 161ad011

-- upgrade
-- destructive: the table that referred to it is gone
DROP TABLE stream_actions_action_type;

-- downgrade
CREATE TABLE stream_actions_action_type (
    name varchar(20) NOT NULL,
    PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
INSERT IGNORE INTO stream_actions_action_type (name) VALUES ('EXPIRE'), ('FIRE');
